"""A load that is killed at a random moment and run again leaves the graph of an undisturbed load."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.transfer_files import write_transfers_file
from workbench.graph.content import content_hash
from workbench.graph.migrations import ensure_schema
from workbench.graph.server import LocalServer
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file

ROWS = 12_000
CODE = (
    "import sys; from pathlib import Path; from workbench.graph.store import Store; "
    "from workbench.ingest import Options, ingest_file; "
    "s = Store(sys.argv[1], 'neo4j', sys.stdin.read()); "
    "print('reading', flush=True); ingest_file(s, sys.argv[2], Options(source='chain')); print('done', flush=True)"
)
WIPE = "MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS"


@pytest.fixture(scope="module")
def transfers(tmp_path_factory):
    return write_transfers_file(tmp_path_factory.mktemp("faults") / "transfers.csv", ROWS, wallets=2_000)


@pytest.fixture(scope="module")
def undisturbed(session_store, transfers):
    session_store.schema(WIPE)
    started = time.monotonic()
    ingest_file(session_store, transfers, Options(source="chain"))
    return content_hash(session_store), time.monotonic() - started


def start_load(uri: str, password: str, path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", CODE, uri, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(password)
    child.stdin.close()
    assert child.stdout.readline() == "reading\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.wait(timeout=120)
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    child.stderr.close()


@pytest.mark.parametrize("seed", range(4))
def test_kill_the_client_anywhere_and_run_again(store, server, transfers, undisturbed, seed):
    wanted, seconds = undisturbed
    child = start_load(server[0], server[2], transfers)
    time.sleep(random.Random(seed).uniform(0.05, seconds * 0.8))
    child.send_signal(signal.SIGKILL)
    end(child)
    report = ingest_file(store, transfers, Options(source="chain"))
    assert report.rows_in == ROWS == report.loaded + report.quarantined + report.duplicates
    assert content_hash(store) == wanted
    runs = store.read("MATCH (r:IngestRun) RETURN r.status AS status ORDER BY status").rows
    assert ("done",) in runs


def test_kill_the_server_and_run_again(tmp_path, transfers, undisturbed):
    version = os.environ.get("WORKBENCH_TEST_NEO4J_VERSION")
    local = LocalServer(tmp_path / "db", version=version)
    found = local.attach()
    try:
        with Store(found.uri, found.user, found.password) as store:
            ensure_schema(store)
        child = start_load(found.uri, found.password, transfers)
        time.sleep(random.Random(5).uniform(0.5, undisturbed[1]))
        os.kill(found.pid, signal.SIGKILL)
        child.kill()  # it would otherwise retry until the driver gives up
        end(child)
        again = local.attach()
        with Store(again.uri, again.user, again.password) as store:
            ensure_schema(store)
            ingest_file(store, transfers, Options(source="chain"))
            assert content_hash(store) == undisturbed[0]
    finally:
        local.stop()


def test_an_interrupted_run_says_so(store, transfers, monkeypatch):
    def interrupt(rows):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest_file(store, transfers, Options(source="chain"), interrupt)
    assert store.read("MATCH (r:IngestRun) RETURN r.status AS s").rows == [("interrupted",)]
