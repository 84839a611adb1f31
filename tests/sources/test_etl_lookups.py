"""Tables of ethereum-etl and bitcoin-etl that move nothing: counted, and said what to load instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger_cases import check, read_csv, said
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file


def test_every_real_table_is_known_for_what_it_is(shared: Path) -> None:
    """The files say in their names which table they are."""
    kinds = {"blocks": "etl-lookups", "receipts": "ethereum-etl-receipts", "contracts": "etl-lookups",
             "tokens": "ethereum-etl-tokens", "transactions": "ethereum-etl-transactions", "logs": "ethereum-etl-logs",
             "traces": "ethereum-etl-traces", "token_transfers": "ethereum-etl-token-transfers"}  # fmt: skip
    seen = 0
    for path in sorted((shared / "etl-fixtures").rglob("*expected_*")):
        kind = path.stem.rpartition("expected_")[2]
        if path.stat().st_size < 10 or kind not in kinds:
            continue
        wanted = "bitcoin-etl-transactions" if (path.parent.name, kind) == ("btc", "transactions") else kinds[kind]
        assert formats().detect(SourceFile(path)).name == wanted, path.name
        seen += 1
    assert seen > 50


def test_blocks_are_counted_and_nothing_is_loaded(store: Store, shared: Path) -> None:
    path = shared / "etl-fixtures/eth/test_export_blocks_job__blocks_with_transactions__expected_blocks.csv"
    report = ingest_file(store, path)
    check(report)
    assert report.rows_in == 0
    assert said(report, f"{len(read_csv(path))} blocks: nothing moves by them")
    assert said(report, "Load transactions")
    assert store.read("MATCH ()-[r]->() RETURN count(r)").rows == [(0,)]


def test_an_empty_table(store: Store, tmp_path: Path) -> None:
    (tmp_path / "blocks.csv").write_text("number,hash,timestamp,miner\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, tmp_path / "blocks.csv")
    (tmp_path / "blocks.csv").write_text("")
    with pytest.raises(InputError, match="empty"):
        ingest_file(store, tmp_path / "blocks.csv", Options(as_format="etl-lookups"))
