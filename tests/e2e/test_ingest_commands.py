"""`workbench ingest`, `sources` and `infrastructure` as they are typed: encodings, Ctrl-C, overlap."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.transfer_files import write_transfers_file
from workbench.graph.store import Store

ROWS = 40_000
"""Of the file that is interrupted: eight batches."""


@pytest.fixture
def command(tmp_path: Path, store: Store, server: tuple[str, str, str]) -> list[str]:
    """`workbench --…` on an empty graph; `store` empties it."""
    subprocess.run([sys.executable, "-m", "workbench", "init", str(tmp_path / "case")], check=True, capture_output=True)
    return [sys.executable, "-m", "workbench", "--workspace", str(tmp_path / "case"), "--db", server[0]]


def start(command: list[str], server: tuple[str, str, str], *words: str) -> subprocess.Popen[str]:
    program, rest = command[:3], command[3:]
    return subprocess.Popen(
        [*program, *words, *rest], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "WORKBENCH_DB_PASSWORD": server[2], "PYTHONUTF8": "1"},
    )  # fmt: skip


def run(command: list[str], server: tuple[str, str, str], *words: str, code: int = 0) -> tuple[str, str]:
    """What it printed on stdout and stderr."""
    child = start(command, server, *words)
    out, err = child.communicate(timeout=120)
    assert child.returncode == code, err
    return out, err


def as_csv(text: str) -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("encoding", "words"), [("shift_jis", "取引所の口座"), ("gbk", "交易所的钱包")])
def test_a_list_in_an_old_encoding_arrives_as_it_was_written(
    command: list[str], server: tuple[str, str, str], store: Store, tmp_path: Path, encoding: str, words: str
) -> None:
    path = tmp_path / "wallets.csv"
    row = f"0x{'11' * 20},eth,{words},notes"
    path.write_bytes(f"address,network,label,source\n{row}\n".encode(encoding))
    out, err = run(command, server, "ingest", str(path), "--as", "wallets", "--encoding", encoding, "--format", "json")
    (made,) = json.loads(out)["runs"]
    assert (made["rows_in"], made["loaded"], made["quarantined"]) == (1, 1, 0)
    assert f"read as {encoding}, as it was said to be" in err
    assert store.read("MATCH ()-[c:NAMED]->(:Wallet) RETURN c.name AS name").rows == [(words,)]
    _, err = run(command, server, "ingest", str(path), "--encoding", "klingon", code=2)
    assert "klingon" in err


def test_sources_say_with_which_format_a_list_was_read(
    command: list[str], server: tuple[str, str, str], tmp_path: Path
) -> None:
    """A list by hand that calls itself OFAC's is told apart from OFAC's own file."""
    (tmp_path / "mine.txt").write_text("0x" + "11" * 20 + "\n")
    run(command, server, "ingest", str(tmp_path / "mine.txt"), "--source", "ofac", "--as", "address-list")
    (row,) = as_csv(run(command, server, "sources", "--format", "csv")[0])
    assert (row["source"], row["format"], row["rows"]) == ("ofac", "address-list", "1")
    table, _ = run(command, server, "sources")
    assert "format" in table.splitlines()[0]
    assert "address-list" in table


def test_ctrl_c_keeps_what_was_loaded_says_how_to_go_on_and_the_same_command_finishes(
    command: list[str], server: tuple[str, str, str], store: Store, tmp_path: Path
) -> None:
    path = write_transfers_file(tmp_path / "many.csv", ROWS, wallets=300)
    words = ("ingest", str(path), "--source", "me", "--as", "transfers")
    child = start(command, server, *words)
    try:
        while child.poll() is None and _sent(store) == 0:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
    assert child.returncode == 130, err
    assert out == ""
    assert "interrupted" in err
    assert "run the same command again" in err
    assert "Traceback" not in err
    there = _sent(store)
    assert 0 < there < ROWS
    table, told = run(command, server, "sources")
    assert "interrupted" in table
    assert "1 data set was not read whole by the latest run" in told
    runs = as_csv(run(command, server, "query", "quality/ingest-runs", "--format", "csv")[0])
    assert [(r["status"], r["source"], r["rows_in"], r["loaded"]) for r in runs] == [
        ("interrupted", "me", str(there), str(there))
    ]  # fmt: skip
    (only,) = as_csv(run(command, server, "sources", "--format", "csv")[0])
    assert (only["source"], only["editions"], only["rows"], only["status"]) == ("me", "0", str(there), "interrupted")
    out, _ = run(command, server, *words, "--format", "json")
    (made,) = json.loads(out)["runs"]
    assert (made["rows_in"], made["loaded"], made["duplicates"]) == (ROWS, ROWS - there, there)
    assert _sent(store) == ROWS
    statuses = as_csv(run(command, server, "query", "quality/ingest-runs", "--format", "csv")[0])
    assert sorted(r["status"] for r in statuses) == ["done", "interrupted"]


def _sent(store: Store) -> int:
    return int(store.read("MATCH ()-[r:SENT]->() RETURN count(r)").rows[0][0])


def test_what_several_lists_have_in_common(command: list[str], server: tuple[str, str, str], tmp_path: Path) -> None:
    """Two lists of six hosts that are the same, and one with one of them."""
    out, err = run(command, server, "infrastructure", "overlap", "--format", "json")
    assert json.loads(out) == {"pairs": [], "indicators": []}
    assert "No indicator stands in two sources or more." in err
    hosts = [f"host{n}.example.com" for n in range(6)]
    for name, some in (("one", hosts), ("two", hosts), ("three", hosts[:1])):
        (tmp_path / f"{name}.txt").write_text("\n".join(some) + "\n")
        run(command, server, "ingest", str(tmp_path / f"{name}.txt"), "--source", name, "--as", "indicator-text")
    pairs = as_csv(run(command, server, "infrastructure", "overlap", "--format", "csv")[0])
    assert [(p["left"], p["right"], p["common"], p["candidate"].lower()) for p in pairs] == [
        ("one", "two", "6", "true"), ("one", "three", "1", "false"), ("three", "two", "1", "false"),
    ]  # fmt: skip
    (only,) = as_csv(run(command, server, "infrastructure", "overlap", "--candidates", "--format", "csv")[0])
    assert only["reasons"] == "100% of the smaller list (6 indicators) stand in the other too"
    seen = json.loads(run(command, server, "infrastructure", "overlap", "--indicators", "--format", "json")[0])
    assert [row["independent"] for row in seen] == [3, 2, 2, 2, 2, 2]
    table, err = run(command, server, "infrastructure", "overlap")
    assert "one" in table
    assert "one and two may be copies" in err
    early = run(command, server, "infrastructure", "overlap", "--as-of", "2020-01-01", "--format", "csv")[0]
    assert as_csv(early) == []
    run(command, server, "infrastructure", "overlap", "--as-of", "soon", code=5)
