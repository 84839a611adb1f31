r"""Dune results: `\x` hex, rounded amounts, rows without a hash, and totals that say nothing of transfers."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import ALICE, BOB, TOKEN, check, load, parsed, read_any, read_csv, said, transfers, write
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file
from workbench.model.claims import ReportedFailed
from workbench.model.ledger import Transfer
from workbench.model.nodes import FailedTransaction

ROW = {
    "block_time": "2022-03-29 21:41:18.000 UTC", "hash": "\\x" + "ab" * 32, "from": "\\x" + ALICE[2:],
    "to": "\\x" + BOB[2:], "value": "5", "block_number": "14481000", "success": "true",
}  # fmt: skip
EVENT = {
    "contract_address": TOKEN, "evt_tx_hash": "0x" + "ab" * 32, "evt_index": "7",
    "evt_block_time": "2022-03-29T21:41:18+00:00", "evt_block_number": "14481000", "from": ALICE, "to": BOB,
    "value": "9",
}  # fmt: skip


def test_the_real_table_around_lazarus_holds_what_it_holds(store: Store, shared: Path) -> None:
    """Counted with Python's csv module and Decimal: rows that move something, those that say the same once."""
    path = shared / "lazarus-ronin-dune/LazarusTabularTxs1322519.csv"
    report = load(store, path)
    rows = read_csv(path)
    moved = [tuple(r.values()) for r in rows if Decimal(r["total_eth"]) > 0]
    once = Counter(moved)
    assert (report.format, report.rows_in, report.loaded) == ("dune-csv", len(moved), len(once))
    assert report.duplicates == len(moved) - len(once)
    assert report.quarantined == 0
    nothing = len(rows) - len(moved)
    assert said(report, "without coins")[0].startswith(f"{nothing} of {len(rows)} rows left out")
    total = sum(int(amount) for *_, amount in transfers(store))
    exact = sum(Decimal(key[3]) for key in once)
    assert abs(Decimal(total).scaleb(-18) - exact) < Decimal("1e-15")


def test_trap_inbound_dust_is_not_association(store: Store, shared: Path) -> None:
    """Transfers are loaded, and nobody is said to be anything for having sent some."""
    ingest_file(store, shared / "lazarus-ronin-dune/LazarusTabularTxs1322519.csv")
    assert store.read("MATCH ()-[r]->() RETURN DISTINCT type(r)").rows == [("SENT",)]


def test_rows_of_one_second_are_never_one_transaction(shared: Path) -> None:
    """Before the last slash of an id stands the transaction; without a hash no two pairs of ends share one."""
    made, _ = parsed(shared / "lazarus-ronin-dune/LazarusTabularTxs1322519.csv")
    ends: dict[str, set[tuple[str, str]]] = {}
    for transfer in made:
        assert isinstance(transfer, Transfer)
        ends.setdefault(transfer.id.rpartition("/")[0], set()).add((transfer.sender, transfer.receiver))
    assert {len(pairs) for pairs in ends.values()} == {1}


def test_totals_are_counted_and_left_out(store: Store, shared: Path) -> None:
    seen = 0
    for path in sorted((shared / "lazarus-ronin-dune").glob("*.csv")):
        if path.name.startswith("LazarusTabular"):
            continue
        assert formats().detect(SourceFile(path)).name == "dune-csv", path.name
        report = ingest_file(store, path)
        check(report)
        assert report.rows_in == 0
        assert said(report, f"{len(read_csv(path)):,} of {len(read_csv(path)):,} rows left out: totals"), path.name
        seen += 1
    assert seen == 11


def test_every_field_arrives_exactly(tmp_path: Path) -> None:
    (made,), _ = parsed(write(tmp_path / "q.csv", [ROW]))
    assert made == (
        f"eip155:1:{ALICE}", f"eip155:1:{BOB}", f"eip155:1/tx:{'ab' * 32}/tx", "eip155:1/slip44:native", "5", 5.0, None,
        1648590078000, 14481000, None,
    )  # fmt: skip


def test_events_of_tokens(tmp_path: Path) -> None:
    (made,), _ = parsed(write(tmp_path / "q.csv", [EVENT]))
    assert made[2:5] == (f"eip155:1/tx:{'ab' * 32}/log:7", f"eip155:1/erc20:{TOKEN}", "9")  # type: ignore[index]


def test_rows_that_name_their_network_are_on_it(store: Store, tmp_path: Path) -> None:
    """`tokens.transfers` spans networks; its columns are from Dune's published schema."""
    common = {
        "block_time": "2022-03-29 21:41:18", "tx_hash": "0x" + "ab" * 32, "from": ALICE, "to": BOB,
        "contract_address": TOKEN, "amount_raw": "9", "amount": "0.000009", "amount_usd": "1.25", "symbol": "USDT",
    }  # fmt: skip
    rows = [
        {**common, "blockchain": "ethereum", "evt_index": "1", "token_standard": "erc20"},
        {**common, "blockchain": "bnb", "evt_index": "1", "token_standard": "erc20"},
        {**common, "blockchain": "avalanche_c", "evt_index": "1", "token_standard": "erc721"},
        {**common, "blockchain": "solana", "evt_index": "1", "token_standard": "erc20"},
    ]
    report = ingest_file(store, write(tmp_path / "q.csv", rows))
    check(report)
    assert (report.loaded, report.quarantined) == (2, 1)
    assert {asset for *_, asset, _ in transfers(store)} == {f"eip155:1/erc20:{TOKEN}", f"eip155:56/erc20:{TOKEN}"}
    assert said(report, "1 of 4 rows left out: an NFT")


def test_rounded_amounts_are_told(tmp_path: Path) -> None:
    row = {"block_time": "2022-03-29T21:41:18+00:00", "from": ALICE, "to": BOB, "total_eth": "1.23456789012345678e-05"}
    (made,), context = parsed(write(tmp_path / "q.csv", [row]))
    assert made[4] == "12345678901235"  # type: ignore[index]
    assert any("taken as 0.000012345678901235" in issue.reason for issue in context.issues)
    assert any("names no transactions" in issue.reason for issue in context.issues)


def test_what_failed_moved_nothing(tmp_path: Path) -> None:
    made, context = parsed(write(tmp_path / "q.csv", [ROW, {**ROW, "success": "false"}, {**ROW, "value": "0"}]))
    sent, failed, claim = made
    assert isinstance(sent, Transfer)
    assert isinstance(claim, ReportedFailed)
    assert isinstance(failed, FailedTransaction)
    assert failed.id == claim.object.id == sent.id  # this transfer; whether all of its transaction, it does not say
    assert sum("1 of 3 rows left out" in issue.reason for issue in context.issues) == 1
    nameless = {key: value for key, value in ROW.items() if key != "hash"}
    made, context = parsed(write(tmp_path / "n.csv", [nameless, {**nameless, "success": "false"}]))
    assert len(made) == 1
    assert any("does not say which transaction it is" in issue.reason for issue in context.issues)


@pytest.mark.parametrize(
    ("row", "changed", "why"),
    [
        (ROW, {"from": "\\x12"}, "40 hexadecimal"),
        (ROW, {"value": "-1"}, "negative"),
        (ROW, {"value": "1.5"}, "base units"),
        (ROW, {"block_time": "soon"}, "not a time"),
        (ROW, {"hash": "\\xzz"}, "64 hexadecimal"),
        (EVENT, {"evt_index": ""}, "cannot be told from its neighbours"),
        (EVENT, {"contract_address": "USDT"}, "no network accepts"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(
    tmp_path: Path, row: dict[str, str], changed: dict[str, str], why: str
) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(write(tmp_path / "q.csv", [row, {**row, **changed}]))


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    (tmp_path / "q.csv").write_text(",".join(ROW) + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, tmp_path / "q.csv")
    (tmp_path / "q.csv").write_text("total_eth,ym\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, tmp_path / "q.csv")
    with pytest.raises(InputError, match="no amount"):
        ingest_file(store, write(tmp_path / "q.csv", [{"block_time": "x", "from": "", "to": ""}]),
                    Options(as_format="dune-csv"))  # fmt: skip


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([ROW, EVENT]), st.dictionaries(st.integers(0, 7), st.text(max_size=12)))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, row: dict[str, Any], changed: dict[int, str]) -> None:
    names = list(row)
    odd = {names[at % len(names)]: text.replace("\r", "") for at, text in changed.items()}
    assert read_any(write(tmp_path / "q.csv", [row, {**row, **odd}]), "dune-csv") >= 1
