"""ethereum-etl receipts: which transactions failed, and nothing else."""

from __future__ import annotations

from pathlib import Path

from tests.ledger_cases import failures, load, read_json, said, transfers, write
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.run import ingest_file

STREAM = "etl-fixtures/eth/test_stream__blocks_17173049_17173050__expected_transactions.json"
REAL = "etl-fixtures/eth/test_export_receipts_job__receipts_with_logs__expected_receipts.csv"
TX = "0x" + "ab" * 32


def test_receipts_that_come_after_take_back_what_failed(store: Store, shared: Path, tmp_path: Path) -> None:
    """Two real blocks: loaded as if no status were known, then the receipts alone."""
    rows = read_json(shared / STREAM)
    plain = [{key: value for key, value in row.items() if key != "receipt_status"} for row in rows]
    ingest_file(store, write(tmp_path / "transactions.json", plain))
    sent = len(transfers(store))
    receipts = [
        {"transaction_hash": r["hash"], "status": r["receipt_status"], "cumulative_gas_used": 1} for r in rows
    ]  # fmt: skip
    report = ingest_file(store, write(tmp_path / "receipts.json", receipts))
    failed = [r for r in rows if r["receipt_status"] == 0]
    valued = [r for r in failed if r["value"] > 0]
    assert valued
    assert (report.format, report.rows_in, report.loaded) == ("ethereum-etl-receipts", len(failed), len(failed))
    assert said(report, f"{len(valued)} transfers that were loaded before failed, as this file says")
    assert len(transfers(store)) == sent - len(valued)
    assert failures(store) == {(f"eip155:1/tx:{r['hash'][2:]}", "ethereum-etl") for r in failed}
    again = ingest_file(store, tmp_path / "receipts.json")
    assert (again.loaded, again.duplicates) == (0, len(failed))
    assert not said(again, "failed, as this file says")


def test_a_folder_with_both_says_it_once(store: Store, tmp_path: Path) -> None:
    row = {"hash": TX, "from_address": "0x" + "a1" * 20, "to_address": "0x" + "b2" * 20, "value": 5, "gas": 1,
           "block_number": 9, "transaction_index": 0, "block_timestamp": 1683029999}  # fmt: skip
    write(tmp_path / "transactions.csv", [row])
    write(tmp_path / "receipts.csv", [{"transaction_hash": TX, "status": 0, "cumulative_gas_used": 1}])
    runs = {run.format: run for run in ingest_paths(store, [tmp_path]).runs}
    assert failures(store) == {(f"eip155:1/tx:{TX[2:]}", "ethereum-etl")}
    assert {name: run.loaded + run.duplicates for name, run in runs.items()} == {
        "ethereum-etl-receipts": 1, "ethereum-etl-transactions": 1
    }  # fmt: skip
    assert transfers(store) == set()


def test_receipts_without_a_status_say_nothing(store: Store, shared: Path) -> None:
    """Real ones of 2015, before there was a status."""
    report = load(store, shared / REAL)
    assert report.rows_in == 0
    assert said(report, "no status (there is none before block 4,370,000)")


def test_a_status_that_is_none_is_quarantined(store: Store, tmp_path: Path) -> None:
    rows = [{"transaction_hash": TX, "status": s, "cumulative_gas_used": 1} for s in ("2", "yes", "0")]
    rows.append({"transaction_hash": "0x12", "status": "0", "cumulative_gas_used": 1})
    report = load(store, write(tmp_path / "receipts.csv", rows))
    assert (report.loaded, report.quarantined) == (1, 3)
