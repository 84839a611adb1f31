"""ethereum-etl tokens: what a token calls itself is its source's word, and the token is its contract."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ledger_cases import BOB, CAROL, TOKEN, load, said, write
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file

ROW: dict[str, Any] = {
    "address": TOKEN, "symbol": "USDT", "name": "Tether USD", "decimals": "6", "total_supply": "1", "block_number": "",
}  # fmt: skip


def described(store: Store) -> set[tuple[Any, ...]]:
    rows = store.read("MATCH (s:Source)-[c:DESCRIBES_TOKEN]->(t) RETURN t.id, c.symbol, c.name, c.decimals, s.id").rows
    return {tuple(row) for row in rows}


def test_the_real_tokens(store: Store, shared: Path) -> None:
    """ethereum-etl's own fixtures: one has a symbol and no name, one of another pair nothing at all."""
    folder = shared / "etl-fixtures/eth"
    for name in ("token_with_alternative_return_type", "token_with_invalid_data"):
        load(store, folder / f"test_export_tokens_job__{name}__expected_tokens.csv")
    report = load(store, folder / "test_stream__blocks_2112234_2112234__expected_tokens.json")
    assert (report.format, report.rows_in) == ("ethereum-etl-tokens", 0)
    assert said(report, "it has no symbol, name or decimals")
    assert described(store) == {
        ("eip155:1/erc20:0x86fa049857e0209aa7d9e616f7eb3b3b78ecfdb0", "EOS", None, 18, "ethereum-etl"),
        ("eip155:1/erc20:0xf763be8b3263c268e9789abfb3934564a7b80054", "ETH", "ETH", 18, "ethereum-etl"),
    }


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_shape_says_the_same(store: Store, tmp_path: Path, ending: str) -> None:
    load(store, write(tmp_path / f"tokens.{ending}", [ROW]), network="bsc")
    assert described(store) == {(f"eip155:56/erc20:{TOKEN}", "USDT", "Tether USD", 6, "ethereum-etl")}


def test_two_sources_with_two_symbols_both_stand(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "tokens.csv", [ROW])
    ingest_file(store, path, Options(source="one"))
    write(path, [{**ROW, "symbol": "FAKE"}])
    ingest_file(store, path, Options(source="two"))
    assert {(row[1], row[4]) for row in described(store)} == {("USDT", "one"), ("FAKE", "two")}


def test_hostile_and_endless_words_are_left_out_and_told(store: Store, tmp_path: Path) -> None:
    rows = [
        {**ROW, "symbol": "A" * 201}, {**ROW, "address": BOB, "symbol": "A\u0007B"},
        {**ROW, "address": CAROL, "decimals": "78", "symbol": "<b>"},
    ]  # fmt: skip
    report = load(store, write(tmp_path / "tokens.csv", rows))
    assert {row[1:4] for row in described(store)} == {
        (None, "Tether USD", 6), ("<b>", "Tether USD", None)
    }  # fmt: skip
    for words in ("longer than 200 characters", "a control character", "no number of decimals"):
        assert said(report, words), words


def test_bad_rows_are_quarantined(store: Store, tmp_path: Path) -> None:
    nothing = {**ROW, "symbol": "", "name": "", "decimals": "many"}
    rows = [ROW, {**ROW, "address": "0x12"}, {**ROW, "address": ""}, nothing]
    report = load(store, write(tmp_path / "tokens.csv", rows))
    assert (report.loaded, report.quarantined) == (1, 3)


def test_the_same_token_twice_in_a_file_is_a_duplicate(store: Store, tmp_path: Path) -> None:
    report = load(store, write(tmp_path / "tokens.csv", [ROW, ROW, {**ROW, "decimals": "18"}]))
    assert (report.loaded, report.duplicates, report.quarantined) == (2, 1, 0)


@pytest.mark.parametrize(
    ("decimals", "kept"),
    [("18.0", 18), ("1.8e1", 18), ("0", 0), ("77", 77), ("78", None), ("300", None), ("-1", None), ("0x12", None),
     ("many", None), ("18.5", None), ("9" * 400, None), ("\u0661\u0668", None), ("true", None)],
)  # fmt: skip
def test_decimals_are_a_number_or_left_out_and_cost_no_symbol(
    store: Store, tmp_path: Path, decimals: str, kept: int | None
) -> None:
    report = load(store, write(tmp_path / "tokens.csv", [{**ROW, "decimals": decimals}]))
    assert {row[1:4] for row in described(store)} == {("USDT", "Tether USD", kept)}
    assert bool(said(report, "no number of decimals")) == (kept is None)


def test_a_table_of_contracts_that_says_what_they_call_themselves(store: Store, shared: Path, tmp_path: Path) -> None:
    """ethereum-etl's own contracts.csv has no words (read off the fixture); a table that adds them is read for them."""
    real = shared / "etl-fixtures/eth/test_export_contracts_job__erc721_contract__expected_contracts.json"
    assert load(store, real).format == "etl-lookups"
    row = {**ROW, "bytecode": "0x60", "function_sighashes": "", "is_erc20": "True", "is_erc721": "False"}
    assert load(store, write(tmp_path / "contracts.csv", [row])).format == "ethereum-etl-tokens"
    assert {row[1:4] for row in described(store)} == {("USDT", "Tether USD", 6)}
