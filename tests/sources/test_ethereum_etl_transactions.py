"""ethereum-etl transactions: what moved by itself, exactly, once, and nothing that failed."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import (
    ALICE,
    ANY_JSON,
    BOB,
    check,
    failures,
    load,
    parsed,
    read_any,
    read_csv,
    read_json,
    said,
    transfers,
    write,
)
from workbench.errors import InputError, ParameterError, RecordError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.run import Options, ingest_file

TWO_BLOCKS = "test_export_blocks_job__blocks_with_transactions_and_withdrawals__expected_transactions"
STREAM = "test_stream__blocks_17173049_17173050__expected_transactions.json"
ROW: dict[str, Any] = {
    "hash": "0x" + "ab" * 32, "nonce": 1, "block_number": 17173049, "transaction_index": 7, "from_address": ALICE,
    "to_address": BOB, "value": 1500000000000000001, "gas": 21000, "gas_price": 1, "input": "0x",
    "block_timestamp": 1683029999, "receipt_status": 1,
}  # fmt: skip


def row(number: int, **changed: Any) -> dict[str, Any]:
    """A row of its own hash."""
    return {**ROW, "hash": f"0x{number:064x}", **changed}


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_both_shapes_of_two_real_blocks_hold_what_they_hold(store: Store, shared: Path, ending: str) -> None:
    """Counted with Python's csv and json modules: rows with a value that is not 0."""
    folder = shared / "etl-fixtures/eth"
    report = load(store, folder / f"{TWO_BLOCKS}.{ending}")
    rows = read_csv(folder / f"{TWO_BLOCKS}.csv")
    moved = {(r["hash"][2:], f"eip155:1:{r['from_address']}", r["value"]) for r in rows if r["value"] != "0"}
    stored = {(id_.split(":")[-1].split("/")[0], sender, amount) for id_, sender, _, _, amount in transfers(store)}
    assert stored == moved
    assert (report.format, report.rows_in, report.loaded) == ("ethereum-etl-transactions", len(moved), len(moved))
    calls = sum(r["value"] == "0" and r["to_address"] != "" for r in rows)
    created = sum(r["value"] == "0" and r["to_address"] == "" for r in rows)
    assert said(report, "a call without value")[0].startswith(f"{calls} of {len(rows)} rows")
    assert said(report, "a created contract")[0].startswith(f"{created} of {len(rows)} rows")
    assert len(moved) + calls + created == len(rows)


def test_a_failed_transaction_moves_nothing(store: Store, shared: Path) -> None:
    """The same blocks, streamed with receipts: of those with the status 0 only that they failed is loaded."""
    rows = read_json(shared / "etl-fixtures/eth" / STREAM)
    failed = [r for r in rows if r["receipt_status"] == 0]
    assert any(r["value"] for r in failed)
    report = load(store, shared / "etl-fixtures/eth" / STREAM)
    assert report.loaded == sum(r["value"] > 0 and r["receipt_status"] == 1 for r in rows) + len(failed)
    assert failures(store) == {(f"eip155:1/tx:{r['hash'][2:]}", "ethereum-etl") for r in failed}
    assert not {id_.split(":")[-1][:64] for id_, *_ in transfers(store)} & {r["hash"][2:] for r in failed}


def test_receipts_beside_it_tell_which_transactions_failed(store: Store, shared: Path, tmp_path: Path) -> None:
    shutil.copy(shared / f"etl-fixtures/eth/{TWO_BLOCKS}.csv", tmp_path / "transactions.csv")
    rows = read_json(shared / "etl-fixtures/eth" / STREAM)
    receipts = [{"transaction_hash": r["hash"], "status": r["receipt_status"]} for r in rows]
    write(tmp_path / "receipts.csv", receipts)
    report = ingest_file(store, tmp_path / "transactions.csv")
    failed = {(f"eip155:1/tx:{r['hash'][2:]}", "ethereum-etl") for r in rows if r["receipt_status"] == 0}
    assert failures(store) == failed
    assert report.loaded == sum(r["value"] > 0 and r["receipt_status"] == 1 for r in rows) + len(failed)
    assert said(report, "looked up in receipts.csv")
    assert not said(report, "does not say which transactions failed")


def test_a_file_that_does_not_tell_failures_says_so(tmp_path: Path) -> None:
    _, context = parsed(write(tmp_path / "transactions.csv", [{k: v for k, v in ROW.items() if "receipt" not in k}]))
    assert any("does not say which transactions failed" in issue.reason for issue in context.issues)


def test_a_status_that_is_not_known_is_told(shared: Path) -> None:
    """Blocks before Byzantium have no status."""
    _, context = parsed(shared / "etl-fixtures/eth/test_stream__blocks_1755634_1755635__expected_transactions.json")
    assert sum("no status" in issue.reason for issue in context.issues) == 1


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_field_arrives_exactly_in_every_shape(tmp_path: Path, ending: str) -> None:
    exact = {**ROW, "value": str(ROW["value"])} if ending == "parquet" else ROW
    (made,), _ = parsed(write(tmp_path / f"transactions.{ending}", [exact]))
    assert made == (
        f"eip155:1:{ALICE}", f"eip155:1:{BOB}", f"eip155:1/tx:{'ab' * 32}/tx", "eip155:1/slip44:native",
        "1500000000000000001", 1500000000000000001.0, None, 1683029999000, 17173049, 7_000_000,
    )  # fmt: skip


def test_all_shapes_make_the_same_graph(store: Store, tmp_path: Path) -> None:
    rows = [row(i, value=str(i * 10**18 + i)) for i in range(1, 301)]
    reports = [ingest_file(store, write(tmp_path / f"t.{ending}", rows)) for ending in ("parquet", "json", "csv")]
    assert [(r.loaded, r.duplicates, r.quarantined) for r in reports] == [(300, 0, 0), (0, 300, 0), (0, 300, 0)]
    assert {amount for *_, amount in transfers(store)} == {r["value"] for r in rows}


def test_the_network_is_the_users_word_or_told_as_assumed(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "transactions.csv", [ROW])
    assert said(ingest_file(store, path), "taken as Ethereum mainnet")
    report = ingest_file(store, path, Options(network="bsc"))
    assert report.loaded == 1
    assert not said(report, "taken as")
    assert {sender.split(":0x")[0] for _, sender, *_ in transfers(store)} == {"eip155:1", "eip155:56"}
    with pytest.raises(InputError, match="has inputs and outputs"):
        ingest_file(store, path, Options(network="btc"))
    with pytest.raises(ParameterError, match="not a network"):
        ingest_paths(store, [path], network="USDT")
    assert ingest_paths(store, [path], network="Polygon").runs[0].loaded == 1


def test_value_given_to_a_created_contract_reaches_it(tmp_path: Path) -> None:
    created = row(1, to_address=None, receipt_contract_address=BOB)
    (made,), context = parsed(write(tmp_path / "t.json", [created]))
    assert made[1] == f"eip155:1:{BOB}"  # type: ignore[index]
    assert any("created a contract" in issue.reason for issue in context.issues)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"value": -5}, "negative"),
        ({"value": "1.5"}, "base units"),
        ({"value": "9" * 90}, "can hold"),
        ({"value": "NaN"}, "not a finite"),
        ({"value": {"x": 1}}, "an object where a value belongs"),
        ({"value": [1]}, "a list where a number"),
        ({"to_address": {"x": 1}}, "an object where a value belongs"),
        ({"block_timestamp": []}, "no time known"),
        ({"block_timestamp": [1683029999]}, "an object where a value belongs"),
        ({"from_address": "0x123"}, "40 hexadecimal"),
        ({"to_address": None}, "created a contract with value"),
        ({"hash": "0xabc"}, "64 hexadecimal"),
        ({"hash": "0x" + "ab " * 21 + "a"}, "64 hexadecimal"),
        ({"block_timestamp": "yesterday"}, "not a time"),
        ({"block_timestamp": 1000000000}, "before the first ledger"),
        ({"block_timestamp": 4102444800}, "in the future"),
        ({"block_timestamp": None}, "no time known for block"),
        ({"block_number": "12\u0663"}, "not a whole number"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(write(tmp_path / "t.json", [row(1), row(2, **changed)]))


def test_bad_rows_are_kept_apart_and_good_ones_load(store: Store, tmp_path: Path) -> None:
    rows = [row(1), row(2, value=-5), row(3), row(4, from_address=["x"]), row(3)]
    report = ingest_file(store, write(tmp_path / "t.json", rows))
    check(report)
    assert (report.loaded, report.quarantined, report.duplicates) == (2, 2, 1)
    assert [issue.where for issue in report.issues if issue.action == "quarantined"] == ["line 2", "line 4"]


def test_a_row_that_was_cut_off_is_never_filled_up(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "transactions.csv", [row(1), row(2)])
    text = path.read_text()
    path.write_text(text[: text.rindex(",")])
    report = ingest_file(store, path)
    assert (report.loaded, report.quarantined) == (1, 1)
    assert said(report, "11 cells, and the header has 12 columns")


def test_rounded_amounts_are_told(tmp_path: Path) -> None:
    (made,), context = parsed(write(tmp_path / "t.csv", [row(1, value="1.5E+18")]))
    assert made[4] == "1500000000000000000"  # type: ignore[index]
    assert any("rounded" in issue.reason for issue in context.issues)


def test_unknown_columns_are_told_once_and_misspelt_ones_named(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, write(tmp_path / "t.csv", [row(1, mood="x"), row(2, mood="y")]))
    assert [issue.field for issue in report.issues if "not known" in issue.reason] == ["mood"]
    broken = [{("valeu" if k == "value" else k): v for k, v in ROW.items()}]
    with pytest.raises(InputError, match="valeu"):
        ingest_file(store, write(tmp_path / "b.csv", broken), Options(as_format="ethereum-etl-transactions"))


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", [ROW])
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, path)
    parquet = write(tmp_path / "t.parquet", [row(i) for i in range(500)])
    parquet.write_bytes(parquet.read_bytes()[:-200])
    with pytest.raises(InputError, match="Parquet"):
        ingest_file(store, parquet)


def test_without_pyarrow_the_error_says_what_to_install(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "t.parquet", [row(1, value="5")])
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    report = ingest_paths(store, [path])
    assert report.runs == []
    assert "pip install 'attribution-workbench[all]'" in report.failed[0][1]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6))
def test_damaged_parquet_is_an_error_of_the_file(tmp_path: Path, damage: list[tuple[float, int]]) -> None:
    path = write(tmp_path / "t.parquet", [row(i, value=str(i)) for i in range(1, 30)])
    data = bytearray(path.read_bytes())
    for place, byte in damage:
        data[4 + int(place * (len(data) - 4))] = byte
    path.write_bytes(data)
    try:
        read_any(path, "ethereum-etl-transactions")
    except InputError as error:
        assert error.where == path.name  # noqa: PT017


def test_a_mended_row_is_fed_back(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", [row(1), row(2, value="x")])
    report = ingest_file(store, path, Options(network="bsc", quarantine_folder=tmp_path / "q"))
    kept = Path(str(report.quarantine_file))
    kept.write_text(kept.read_text().replace('"x"', '"12"'))
    assert ingest_file(store, kept).loaded == 1
    assert {amount for _, sender, *_, amount in transfers(store) if ":56:" in sender} >= {"12"}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANY_JSON))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any]) -> None:
    """Whatever stands in a row, it is read, left out and counted, or refused with a RecordError."""
    read_any(write(tmp_path / "t.json", [row(0), row(1, **changed)]), "ethereum-etl-transactions")
