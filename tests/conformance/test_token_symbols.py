"""What tokens call themselves, out of Etherscan's exports, and the guard against counterfeits that goes by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger_cases import ALICE, BOB, CAROL, write
from workbench.analysis.token_symbols import token_symbols
from workbench.analysis.tracing.follow import trace
from workbench.errors import ParameterError
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file

USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
FAKE = "0x" + "fa" * 20


def export(path: Path, *rows: dict[str, str], source: str = "") -> Path:
    """A token export as Etherscan writes it."""
    made = []
    for n, row in enumerate(rows):
        made.append({
            "Txhash": "0x" + f"{n + 1:02x}" * 32, "Blockno": "17173049", "UnixTimestamp": str(1683029999 + n),
            "DateTime": "", "From": ALICE, "To": BOB, "TokenValue": "1,000", "USDValueDayOfTx": "",
            "ContractAddress": USDT, "TokenName": "Tether USD", "TokenSymbol": "USDT", **row,
        })  # fmt: skip
    return write(path, made)


def test_symbols_are_kept_once_a_token_and_rivals_stand(store: Store, tmp_path: Path) -> None:
    assert token_symbols(store) == {}
    one = export(tmp_path / "export-1.csv", {}, {}, {"ContractAddress": FAKE, "TokenSymbol": "U\u0405DT"})
    report = ingest_file(store, one)
    assert (report.loaded, report.quarantined) == (3, 0)
    other = export(tmp_path / "export-2.csv", {"ContractAddress": FAKE, "TokenSymbol": "AAA", "TokenValue": "2"})
    ingest_file(store, other, Options(source="somebody"))
    assert store.read("MATCH ()-[c:DESCRIBES_TOKEN]->() RETURN count(c)").rows == [(3,)]
    symbols = token_symbols(store)
    assert symbols[f"eip155:1/erc20:{USDT}"] == "USDT"
    assert symbols[f"eip155:1/erc20:{FAKE}"] == "U\u0405DT"  # of two, the one that imitates
    assert symbols[f"eip155:1/erc20x18:{FAKE}"] == "U\u0405DT"
    again = ingest_file(store, one)
    assert (again.loaded, again.duplicates) == (0, 3)


def test_a_trace_takes_the_symbols_of_the_graph(store: Store, tmp_path: Path) -> None:
    ingest_file(store, export(tmp_path / "export.csv", {"TokenSymbol": "", "TokenName": ""}))
    with pytest.raises(ParameterError, match="no loaded source gives any"):
        trace(store, [ALICE], guards=("counterfeit",))
    rows = ({}, {"ContractAddress": FAKE, "To": CAROL, "TokenValue": "9,000,000"})
    ingest_file(store, export(tmp_path / "all.csv", *rows))
    plain = trace(store, [ALICE], guards=())
    assert {wallet[-42:] for wallet in plain.holdings["wallet"]} == {BOB, CAROL}
    guarded = trace(store, [ALICE], guards=("counterfeit",))
    assert {wallet[-42:] for wallet in guarded.holdings["wallet"]} == {BOB}
    assert guarded.dropped["reason"].tolist() == ["counterfeit token"]
    mine = trace(store, [ALICE], guards=("counterfeit",), symbols={f"eip155:1/erc20x18:{FAKE}": "MINE"})
    assert {wallet[-42:] for wallet in mine.holdings["wallet"]} == {BOB, CAROL}


def test_a_hostile_name_costs_no_transfer(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, export(tmp_path / "export.csv", {"TokenName": "x" * 5000, "TokenSymbol": "a\u0001"}))
    assert (report.loaded, report.quarantined) == (1, 0)
    assert token_symbols(store) == {}
    assert sum(issue.action == "dropped" for issue in report.issues) == 2
