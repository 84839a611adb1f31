"""A load that was killed half way and is started again: what is in is recognised, the rest is loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.transfer_files import write_transfers_file
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

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
    (cut_off,) = _editions(store)
    assert (cut_off["source"], cut_off["dataset"], cut_off["editions"]) == ("chain", path.name, 0)
    assert (cut_off["status"], cut_off["unfinished_runs"]) == ("running", 1)
    report = ingest_file(store, path, Options(source="chain"))
    assert (report.rows_in, report.loaded, report.duplicates) == (ROWS, ROWS - stored, stored)
    assert _stored(store) == ROWS
    assert store.read("MATCH (r:IngestRun) RETURN r.status AS s ORDER BY s").rows == [("done",), ("interrupted",)]
    (whole,) = _editions(store)
    assert (whole["editions"], whole["rows"], whole["status"], whole["unfinished_runs"]) == (1, ROWS, "done", 1)


def test_a_source_whose_only_run_was_interrupted_is_in_the_list(store: Store, tmp_path: Path) -> None:
    """With the rows that it wrote; after a whole one, an interrupted one shows as the latest, and takes no row away."""
    path = write_transfers_file(tmp_path / "transfers.csv", 12_000, wallets=500)
    with pytest.raises(KeyboardInterrupt):
        ingest_file(store, path, Options(source="chain"), _press_after(5_000))
    stored = _stored(store)
    (found,) = _editions(store)
    assert (found["source"], found["editions"], found["status"]) == ("chain", 0, "interrupted")
    assert found["rows"] == found["loaded"] == stored < 12_000
    ingest_file(store, path, Options(source="chain"))
    with pytest.raises(KeyboardInterrupt):
        ingest_file(store, path, Options(source="chain"), _press_after(5_000))
    (found,) = _editions(store)
    assert (found["editions"], found["rows"], found["status"]) == (1, 12_000, "interrupted")
    assert found["unfinished_runs"] == 2


def test_a_file_that_could_not_be_read_is_no_data_set(store: Store, tmp_path: Path) -> None:
    (tmp_path / "transfers.csv").write_text("network,tx_hash\n")
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "transfers.csv", Options(source="chain", as_format="transfers"))
    assert _editions(store) == []


def _press_after(rows: int) -> Callable[[int], None]:
    def press(done: int) -> None:
        if done >= rows:
            raise KeyboardInterrupt

    return press


def _editions(store: Store) -> list[dict[str, Any]]:
    return QueryLibrary([shipped_folder("queries")]).run(store, "sources/editions", {}).records()


def _stored(store: Store) -> int:
    return int(store.read("MATCH ()-[t:SENT]->() RETURN count(t) AS n").rows[0][0])
