"""Fixtures every test may use: one Neo4j a session, an emptied graph a test, the shared real data."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.graph.migrations import ensure_schema
from workbench.graph.store import Store

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared" / "data"

# A shell that runs the tests in the background has them, and all they start, ignore Ctrl-C; some tests press it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Address, user and password of the session's Neo4j: WORKBENCH_TEST_NEO4J (with
    WORKBENCH_TEST_NEO4J_PASSWORD), or a local one of the version WORKBENCH_TEST_NEO4J_VERSION."""
    if address := os.environ.get("WORKBENCH_TEST_NEO4J"):
        yield address, "neo4j", os.environ["WORKBENCH_TEST_NEO4J_PASSWORD"]
        return
    from workbench.graph.server import LocalServer

    version = os.environ.get("WORKBENCH_TEST_NEO4J_VERSION", "2026.08.1")
    local = LocalServer(tmp_path_factory.mktemp("neo4j"), version=version)
    found = local.attach()
    yield found.uri, found.user, found.password
    local.stop()


@pytest.fixture(scope="session")
def session_store(server: tuple[str, str, str]) -> Iterator[Store]:
    """One connection for the whole session; tests take `store`, which is empty."""
    with Store(*server) as store:
        ensure_schema(store)
        yield store


@pytest.fixture
def store(session_store: Store) -> Store:
    """A store with the schema in place and nothing else."""
    session_store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    return session_store


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real public data beside the project; tests that need it say so where it is absent."""
    if not SHARED.is_dir():
        if os.environ.get("WORKBENCH_CI"):
            pytest.fail("the shared data folder is absent, and CI may skip nothing")
        pytest.skip("the shared data folder is absent")
    return SHARED
