"""A scratch Neo4j for one measurement, with room for large loads."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.graph.migrations import ensure_schema
from workbench.graph.server import LocalServer
from workbench.graph.store import Store


@contextmanager
def fresh_store() -> Iterator[Store]:
    """A store on a new, empty database with the schema in place; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-bench-"))
    server = LocalServer(folder / "db")
    try:
        found = server.attach()
        with Store(found.uri, found.user, found.password, timeout=600) as store:
            ensure_schema(store)
            yield store
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
