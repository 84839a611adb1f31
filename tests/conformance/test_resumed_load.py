"""A load that was killed half way and is started again: what is in is recognised, the rest is loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.transfer_files import write_transfers_file
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file

ROWS = 20_000
CODE = (
    "import sys; from workbench.graph.store import Store; from workbench.ingest import Options, ingest_file; "
    "ingest_file(Store(sys.argv[1], 'neo4j', sys.stdin.read()), sys.argv[2], Options(source='chain'))"
)


def test_kill_9_in_the_middle_then_again(store: Store, server: tuple[str, str, str], tmp_path: Path) -> None:
    path = write_transfers_file(tmp_path / "transfers.csv", ROWS, wallets=2_000)
    child = subprocess.Popen(
        [sys.executable, "-c", CODE, server[0], str(path)], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ,
    )  # fmt: skip
    assert child.stdin is not None
    child.stdin.write(server[2])
    child.stdin.close()
    while child.poll() is None and _stored(store) == 0:
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=60)
    stored = _stored(store)
    assert 0 < stored < ROWS, "it was not killed in the middle"
    report = ingest_file(store, path, Options(source="chain"))
    assert (report.rows_in, report.loaded, report.duplicates) == (ROWS, ROWS - stored, stored)
    assert _stored(store) == ROWS
    assert store.read("MATCH (r:IngestRun) RETURN r.status AS s ORDER BY s").rows == [("done",), ("interrupted",)]


def _stored(store: Store) -> int:
    return int(store.read("MATCH ()-[t:SENT]->() RETURN count(t) AS n").rows[0][0])
