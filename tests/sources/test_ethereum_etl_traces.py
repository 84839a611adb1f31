"""ethereum-etl traces: value inside transactions, each once, and nothing that only looks like value."""

from __future__ import annotations

import csv
import lzma
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import (
    ALICE,
    ANY_JSON,
    BOB,
    CAROL,
    check,
    failures,
    load,
    parsed,
    read_any,
    said,
    transfers,
    write,
)
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file
from workbench.model.ledger import Transfer

NAME = "ethereum-etl-traces"
TX = "0x" + "ab" * 32
ROW: dict[str, Any] = {
    "block_number": 1000000, "transaction_hash": TX, "transaction_index": 3, "from_address": ALICE, "to_address": BOB,
    "value": 7, "trace_type": "call", "call_type": "call", "trace_address": [0, 1], "error": None, "status": 1,
    "trace_id": f"call_{TX}_0_1", "block_timestamp": 1455404053,
}  # fmt: skip
OUTER = {**ROW, "trace_address": [], "trace_id": f"call_{TX}_", "value": 9}


def test_real_blocks_hold_what_they_hold(store: Store, shared: Path) -> None:
    """Counted with Python's csv module: with a value, a call (or create, suicide) of the ordinary kind; of those that
    failed, and of outermost calls without value that failed, only that they did.

    No id stands twice, though the outermost traces share theirs with the transactions that are loaded too.
    """
    folder = shared / "graphsense-fixtures/account/eth/tokens"
    ingest_file(store, folder / "transactions.csv.xz")
    own = {row[0]: row for row in transfers(store)}
    with lzma.open(folder / "traces.csv.xz", "rt", newline="") as handle:
        rows = list(csv.DictReader(handle))
    report = ingest_file(store, folder / "traces.csv.xz")
    check(report)
    usual = [r for r in rows if r["traceId"].split("_")[0] in ("call", "create", "suicide")]
    wanted = [r for r in usual if r["status"] == "1" and float(r["value"] or 0) > 0 and r["callType"] in ("", "call")]
    failed = {
        f"eip155:1/tx:{r['txHash'][2:]}" + (f"/trace:{inner}" if inner else "")
        for r in usual
        if r["status"] == "0" for inner in [r["traceId"].split("_", 2)[2]]
        if (r["callType"] in ("", "call") and float(r["value"] or 0) > 0) or not inner
    }  # fmt: skip
    assert failed
    assert failures(store) == {(id_, "ethereum-etl") for id_ in failed}
    assert report.rows_in == len(wanted) + len(failed)
    assert report.quarantined == 0
    both = {f"eip155:1/tx:{r['txHash'][2:]}/tx" for r in wanted if r["traceId"].endswith("_")} & own.keys()
    assert len(both) > 50
    assert (report.duplicates, report.loaded) == (len(both), len(wanted) - len(both) + len(failed))
    assert not said(report, "is stored with")


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("block_with_create", [("/tx", "64655529900000002048")]),
        ("block_with_error", [("/tx", "1100000000000000000")]),
        ("block_with_subtraces", [("/tx", "100000000000000000000"), ("/tx", "437194980000000000")]),
        ("block_with_suicide", [("/trace:0", "50000000000000000")]),
    ],
)
def test_parity_fixtures(store: Store, shared: Path, tmp_path: Path, name: str, moved: list[tuple[str, str]]) -> None:
    """Read by eye: rewards, failures, callcode and calls without value are in these files too."""
    shutil.copy(
        shared / f"etl-fixtures/eth/test_export_traces_job__{name}__expected_traces.csv", tmp_path / "traces.csv"
    )
    numbers = ("1000690", "1000895", "1000000", "1011973")
    write(tmp_path / "blocks.csv", [{"number": n, "hash": "0x", "timestamp": "1455404053"} for n in numbers])
    made, _ = parsed(tmp_path / "traces.csv")
    sent = [t for t in made if isinstance(t, Transfer)]
    assert [("/" + t.id.rsplit("/", 1)[1], t.amount) for t in sent] == moved


def test_traces_without_a_transaction_are_quarantined(store: Store, shared: Path) -> None:
    """Old exports from geth name no transaction; an id cannot be made of nothing."""
    path = shared / "etl-fixtures/eth/test_extract_geth_traces_job__block_with_subtraces__expected_traces.csv"
    report = ingest_file(store, path)
    check(report)
    assert (report.loaded, report.quarantined) == (0, 2)
    assert said(report, "no transaction is named")


def test_the_outermost_call_and_the_transaction_are_one_transfer(store: Store, tmp_path: Path) -> None:
    load(store, write(tmp_path / "traces.json", [OUTER, ROW]))
    transaction = {
        "hash": TX, "from_address": ALICE, "to_address": BOB, "value": 9, "gas": 1, "block_number": 1000000,
        "transaction_index": 3, "block_timestamp": 1455404053,
    }  # fmt: skip
    report = ingest_file(store, write(tmp_path / "transactions.json", [transaction]))
    assert (report.loaded, report.duplicates) == (0, 1)
    assert {row[0].rsplit("/", 1)[1] for row in transfers(store)} == {"tx", "trace:0_1"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"status": 0, "value": 0}, "a call without value failed"),
        ({"status": None, "error": "Out of gas", "value": 0}, "a call without value failed"),
        ({"value": 0}, "without value"),
        ({"value": None}, "without value"),
        ({"call_type": "delegatecall"}, "in the caller's own name"),
        ({"call_type": "callcode"}, "in the caller's own name"),
        ({"call_type": "staticcall"}, "in the caller's own name"),
        ({"trace_type": "reward", "from_address": None}, "reward"),
        ({"trace_type": "genesis", "from_address": None}, "first block"),
        ({"trace_type": "daofork"}, "fork of July 2016"),
    ],
)
def test_what_moves_nothing_is_counted_and_left_out(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    made, context = parsed(write(tmp_path / "traces.json", [ROW, {**ROW, **changed}]))
    assert len(made) == 1
    assert [i.reason for i in context.issues if "1 of 2 rows left out" in i.reason and why in i.reason]


def test_a_failed_call_of_no_named_transaction_is_left_out_and_counted(store: Store, shared: Path) -> None:
    """As every failed row that does not say which transfer it was (decision 11); the other one moved something."""
    name = "test_extract_geth_traces_job__block_with_error__expected_traces.csv"
    report = load(store, shared / "etl-fixtures/eth" / name)
    assert (report.rows_in, report.quarantined) == (1, 1)
    assert said(report, "1 of 2 rows left out: it failed, and moved nothing, and does not say of which transaction")
    assert failures(store) == set()


@pytest.mark.parametrize("says", [{"status": 0}, {"status": None, "error": "Out of gas"}])
def test_a_failed_call_is_kept_as_failed_and_a_failed_outermost_one_fails_all(
    store: Store, tmp_path: Path, says: dict[str, Any]
) -> None:
    report = load(store, write(tmp_path / "traces.json", [{**OUTER, "value": 0, **says}, {**ROW, **says}]))
    assert (report.rows_in, report.loaded) == (2, 2)
    assert failures(store) == {(f"eip155:1/tx:{TX[2:]}{part}", "ethereum-etl") for part in ("", "/trace:0_1")}
    assert transfers(store) == set()


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"trace_type": "teleport"}, "not a kind of trace"),
        ({"call_type": "newcall"}, "not a kind of call"),
        ({"trace_address": None, "trace_id": None}, "place in the tree of calls is not told"),
        ({"trace_address": [5]}, "trace_id says 0_1"),
        ({"trace_address": "0;x"}, "not a place in the tree"),
        ({"to_address": None}, "empty"),
        ({"value": -1}, "negative"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(write(tmp_path / "traces.json", [ROW, {**ROW, **changed}]))


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_shape_says_the_same(tmp_path: Path, ending: str) -> None:
    (made,), _ = parsed(write(tmp_path / f"traces.{ending}", [ROW]))
    assert made == (
        f"eip155:1:{ALICE}", f"eip155:1:{BOB}", f"eip155:1/tx:{'ab' * 32}/trace:0_1", "eip155:1/slip44:native", "7",
        7.0, None, 1455404053000, 1000000, None,
    )  # fmt: skip


def test_a_contract_that_is_destroyed_pays_out(tmp_path: Path) -> None:
    gone = {**ROW, "trace_type": "suicide", "call_type": None, "trace_id": f"suicide_{TX}_0_1", "to_address": CAROL}
    (made,), _ = parsed(write(tmp_path / "traces.json", [gone]))
    assert (made[1], made[4]) == (f"eip155:1:{CAROL}", "7")  # type: ignore[index]


def test_an_empty_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "traces.csv").write_text(",".join(ROW) + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, tmp_path / "traces.csv", Options(as_format=NAME))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANY_JSON))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert read_any(write(tmp_path / "t.json", [ROW, {**ROW, **changed}]), NAME) >= 1
