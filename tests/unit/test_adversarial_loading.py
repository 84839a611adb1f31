"""Odd and hostile statuses, receipts and token words: nothing is taken for a success or a failure that is neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ledger_cases import ALICE, BOB, CAROL, TOKEN, check, failures, load, said, transfers, write
from workbench.analysis.token_symbols import token_symbols
from workbench.errors import RecordError
from workbench.graph.store import Store
from workbench.ingest.ledgers.statements import MOST_LETTERS, decimals_of, has_failed, succeeded
from workbench.ingest.run import Options, RunReport, ingest_file
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

TX = [f"{i:02x}" * 32 for i in range(1, 9)]
TIME = 1_683_029_999
LIBRARY = QueryLibrary([shipped_folder("queries")])
SUCCESS = ("1", "1.0", "0x1", "ok", "OK", " Success ", "succeeded", "true", True, 1)
FAILURE = ("0", "0.0", "0x0", "failed", "FAIL", "Error", "reverted", "false", False, 0)
JUNK = ("2", "-1", "yes", "no", "0x2", "10", "null", "NaN", "١", "⓪", "0" * 500, "<b>0</b>", "0\u200b", "pending", 2)


def row(tx: str, index: str = "tx", **more: Any) -> dict[str, Any]:
    """A row of the transfers template."""
    return {
        "network": "eth", "tx_hash": "0x" + tx, "index": index, "from": ALICE, "to": BOB,
        "asset": TOKEN if index.startswith("log") else "native", "amount": "5", "time": str(TIME),
        "source": "somebody", **more,
    }  # fmt: skip


def receipts(path: Path, *statuses: tuple[str, Any], **more: Any) -> Path:
    return write(path, [{"transaction_hash": "0x" + tx, "status": status, "cumulative_gas_used": 1, **more}
                        for tx, status in statuses])  # fmt: skip


def words(store: Store) -> set[tuple[Any, ...]]:
    rows = store.read("MATCH (s:Source)-[c:DESCRIBES_TOKEN]->(t) RETURN t.id, c.symbol, c.name, c.decimals, s.id").rows
    return {tuple(row) for row in rows}


# --- statuses ---------------------------------------------------------------------------------------------


def test_a_status_is_a_known_word_or_refused() -> None:
    assert [succeeded(cell) for cell in SUCCESS] == [True] * len(SUCCESS)
    assert [succeeded(cell) for cell in FAILURE] == [False] * len(FAILURE)
    assert [succeeded(cell) for cell in ("", " ", None)] == [None] * 3
    for cell in (*JUNK, {"status": 1}):
        with pytest.raises(RecordError):
            succeeded(cell)
        assert not has_failed(cell)


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_receipts_of_every_spelling(store: Store, tmp_path: Path, ending: str) -> None:
    spelt = ["0", "0x0", "failed", "1", "0x1", "2", "", "null"]
    report = load(store, receipts(tmp_path / f"receipts.{ending}", *zip(TX, spelt, strict=True)))
    assert failures(store) == {(f"eip155:1/tx:{tx}", "ethereum-etl") for tx in TX[:3]}
    assert (report.rows_in, report.loaded, report.quarantined) == (5, 3, 2)
    assert said(report, "2 of 8 rows left out: the transaction succeeded")
    assert said(report, "1 of 8 rows left out: no status")
    assert len(said(report, "neither a word for failed (0) nor for succeeded (1)")) == 2


def test_receipts_before_there_was_a_status_fail_nothing(store: Store, tmp_path: Path) -> None:
    """Before block 4,370,000 a receipt has the state's root in the status's place."""
    ingest_file(store, write(tmp_path / "t.csv", [row(TX[0])]))
    path = receipts(tmp_path / "receipts.csv", (TX[0], ""), root="0x" + "00" * 32)
    assert load(store, path).rows_in == 0
    assert failures(store) == set()
    assert len(transfers(store)) == 1


def test_receipts_that_contradict_each_other_in_one_file_or_two(store: Store, tmp_path: Path) -> None:
    """The word that it failed stands, whichever comes first; a receipt of what was never loaded is kept too."""
    ingest_file(store, write(tmp_path / "t.csv", [row(TX[0]), row(TX[1]), row(TX[2])]))
    load(store, receipts(tmp_path / "receipts.csv", (TX[0], "1"), (TX[0], "0"), (TX[1], "0"), (TX[1], "1")))
    ingest_file(store, receipts(tmp_path / "other.csv", (TX[0], "1"), (TX[7], "0")), Options(source="other"))
    assert {id_.rpartition(":")[2] for id_, _ in failures(store)} == {TX[0], TX[1], TX[7]}
    assert {row[0] for row in transfers(store)} == {f"eip155:1/tx:{TX[2]}/tx"}
    ingest_file(store, write(tmp_path / "late.csv", [row(TX[7], "log:3")]))
    assert {row["transfer"].rpartition("tx:")[2] for row in LIBRARY.run(store, "transfers/failed", {}).records()} == {
        f"{TX[0]}/tx", f"{TX[1]}/tx", f"{TX[7]}/log:3"
    }  # fmt: skip


@pytest.mark.parametrize("status", JUNK)
def test_an_unknown_status_is_no_success_in_any_ledger(store: Store, tmp_path: Path, status: Any) -> None:
    """It used to count as moved in transactions and traces."""
    common = {"from_address": ALICE, "to_address": BOB, "block_number": 9, "block_timestamp": TIME}
    transaction = {**common, "hash": "0x" + TX[0], "gas": 1, "transaction_index": 0}
    trace = {**common, "transaction_hash": "0x" + TX[1], "trace_type": "call", "call_type": "call",
             "trace_address": "0", "trace_id": f"call_0x{TX[1]}_0"}  # fmt: skip
    for name, made, column in (("transactions", transaction, "receipt_status"), ("traces", trace, "status")):
        rows = [{**made, "value": value, column: status} for value in ("5", "0")]
        report = load(store, write(tmp_path / f"{name}.json", rows))
        assert (report.rows_in, report.quarantined) == (2, 2), name
    assert load(store, write(tmp_path / "template.json", [row(TX[2], status=status)])).quarantined == 1
    assert transfers(store) == failures(store) == set()


def test_receipts_beside_a_file_are_read_by_the_same_words(store: Store, tmp_path: Path) -> None:
    transaction = {"hash": "0x" + TX[0], "from_address": ALICE, "to_address": BOB, "value": 5, "gas": 1,
                   "block_number": 9, "transaction_index": 0, "block_timestamp": TIME}  # fmt: skip
    path = write(tmp_path / "transactions.csv", [transaction, {**transaction, "hash": "0x" + TX[1]}])
    receipts(tmp_path / "receipts.csv", (TX[0], "0x0"), (TX[1], "0x1"))
    ingest_file(store, path)
    assert failures(store) == {(f"eip155:1/tx:{TX[0]}", "ethereum-etl")}
    assert {row[0] for row in transfers(store)} == {f"eip155:1/tx:{TX[1]}/tx"}


# --- the template's status -----------------------------------------------------------------------------------


def test_a_failed_row_of_the_template_fails_what_it_names_and_no_more(store: Store, tmp_path: Path) -> None:
    """`tx`: all of the transaction. A call: it and what is inside. A log: that log."""
    other = [row(tx, index) for tx in TX[:3] for index in ("tx", "log:1", "log:2", "trace:0", "trace:0_1", "trace:1")]
    ingest_file(store, write(tmp_path / "all.csv", other))
    named = [row(TX[0], status="failed"), row(TX[1], "trace:0", status="0"), row(TX[2], "log:1", status="Failed")]
    report = load(store, write(tmp_path / "failed.csv", [{**line, "source": "explorer"} for line in named]))
    assert (report.loaded, report.quarantined) == (3, 0)
    assert said(report, "9 transfers that were loaded before failed, as this file says")
    assert failures(store) == {
        (f"eip155:1/tx:{TX[0]}", "explorer"), (f"eip155:1/tx:{TX[1]}/trace:0", "explorer"),
        (f"eip155:1/tx:{TX[2]}/log:1", "explorer"),
    }  # fmt: skip
    gone = {(TX[0], index) for index in ("tx", "log:1", "log:2", "trace:0", "trace:0_1", "trace:1")}
    gone |= {(TX[1], "trace:0"), (TX[1], "trace:0_1"), (TX[2], "log:1")}
    sent = {tuple(row[0].partition("tx:")[2].split("/")) for row in transfers(store)}
    assert sent == {(line["tx_hash"][2:], line["index"]) for line in other} - gone


@pytest.mark.parametrize("partial", [False, True])
def test_success_is_a_files_word_only_where_every_row_has_it(store: Store, tmp_path: Path, partial: bool) -> None:
    rows = [row(TX[0], status="ok"), row(TX[1], status="" if partial else "ok")]
    orders: list[RunReport] = []
    for first in (True, False):
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        paths = [write(tmp_path / "t.csv", rows), receipts(tmp_path / "receipts.csv", (TX[0], "0"))]
        orders.append([ingest_file(store, path) for path in (paths if first else paths[::-1])][-1])
        (found,) = LIBRARY.run(store, "transfers/failed", {}).records()
        assert (found["file_says_succeeded"], found["failed_says"]) == (not partial, ["ethereum-etl"])
        assert {row[0] for row in transfers(store)} == {f"eip155:1/tx:{TX[1]}/tx"}
    assert [bool(said(report, "succeeded")) for report in orders] == [not partial] * 2


def test_a_mapped_table_has_a_status_and_words_too(store: Store, tmp_path: Path) -> None:
    (tmp_path / "v.csv.mapping.toml").write_text(
        'source = "vendor"\n[columns]\nnetwork = { value = "eth" }\ntx_hash = "h"\nfrom = "f"\nto = "t"\n'
        'asset = "a"\namount = "v"\ntime = "w"\ntoken_symbol = "s"\n'
        'status = { column = "ok", names = { done = "ok", broken = "failed" } }\n'
    )
    line = {"h": "0x" + TX[0], "f": ALICE, "t": BOB, "a": TOKEN, "v": "5", "w": str(TIME), "s": "USDT", "ok": "done"}
    lines = [line, {**line, "t": CAROL, "ok": "broken"}, {**line, "ok": "maybe"}]
    report = load(store, write(tmp_path / "v.csv", lines))
    assert (report.loaded, report.quarantined) == (2, 1)
    assert {row[2] for row in transfers(store)} == {f"eip155:1:{BOB}"}
    ((failed, _),) = failures(store)
    assert failed.endswith(f"/{ALICE}>{CAROL}:erc20:{TOKEN}:5"), "without an index: this transfer alone"
    assert words(store) == {(f"eip155:1/erc20:{TOKEN}", "USDT", None, None, "vendor")}


# --- what tokens call themselves -----------------------------------------------------------------------------


def test_the_templates_words_are_kept_once_and_coins_have_none(store: Store, tmp_path: Path) -> None:
    called = {"token_symbol": "USDT", "token_name": "Tether USD", "token_decimals": "6"}
    rows = [row(TX[0], "log:1", **called), row(TX[0], "log:2", **called), row(TX[1], token_symbol="ETH"),
            row(TX[2], token_symbol="ETH"), row(TX[3], "log:1", **{**called, "token_symbol": ""})]  # fmt: skip
    report = load(store, write(tmp_path / "t.csv", rows))
    assert (report.loaded, report.quarantined) == (5, 0)
    asset = f"eip155:1/erc20:{TOKEN}"
    assert words(store) == {(asset, "USDT", "Tether USD", 6, "somebody"), (asset, None, "Tether USD", 6, "somebody")}
    assert len(said(report, "a coin or a currency is no token")) == 1
    assert token_symbols(store)[asset] == "USDT"


def test_one_token_in_two_spellings_and_on_two_networks(store: Store, tmp_path: Path) -> None:
    """Letters of either case are one contract; the same twenty bytes on another network are another token."""
    contract = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
    rows = [
        row(TX[0], "log:1", asset=contract, token_symbol="USDT"),
        row(TX[1], "log:1", asset=contract.lower(), token_symbol="USDT"),
        row(TX[2], "log:1", asset=f"eip155:1/erc20:{contract}", token_symbol="USDT"),
        row(TX[3], "log:1", asset=contract, network="bsc", token_symbol="USDT"),
    ]
    load(store, write(tmp_path / "t.csv", rows))
    assert {line[0] for line in words(store)} == {
        f"eip155:{network}/erc20:{contract.lower()}" for network in (1, 56)
    }  # fmt: skip
    assert len(words(store)) == 2


@pytest.mark.parametrize(
    ("symbol", "kept"),
    [
        ("<script>alert(1)</script>", True), ("\u202eTDSU", True), ("U\u0405DT", True), ("=1+1", True),
        ("'; MATCH (n) DETACH DELETE n //", True), ("a\u0007b", False), ("x" * (MOST_LETTERS + 1), False),
    ],
)  # fmt: skip
def test_hostile_words_are_kept_as_they_are_or_left_out_and_cost_no_transfer(
    store: Store, tmp_path: Path, symbol: str, kept: bool
) -> None:
    line = row(TX[0], "log:1", token_symbol=symbol, token_name="n", token_decimals="300")
    report = load(store, write(tmp_path / "t.csv", [line]))
    check(report)
    assert len(transfers(store)) == 1
    assert words(store) == {(f"eip155:1/erc20:{TOKEN}", symbol if kept else None, "n", None, "somebody")}
    assert sum(issue.action == "dropped" for issue in report.issues) == 1 + (not kept)


def test_a_supply_of_78_digits_is_left_out_and_decimals_are_bounded(store: Store, tmp_path: Path) -> None:
    line = {"address": TOKEN, "symbol": "MAX", "name": "", "decimals": "18.0", "total_supply": str(2**256 - 1)}
    load(store, write(tmp_path / "tokens.csv", [line]))
    assert words(store) == {(f"eip155:1/erc20:{TOKEN}", "MAX", None, 18, "ethereum-etl")}
    for cell in ("78", "300", "-1", "1e400", "9" * 5_000, "many", "18.5"):
        with pytest.raises(RecordError, match="no number of decimals a token can have"):
            decimals_of(cell)


def test_the_words_of_a_row_that_is_refused_are_taken_from_the_next(store: Store, tmp_path: Path) -> None:
    """They were lost with the first row of a token, where that one had a bad amount."""
    export = {"Txhash": "0x" + TX[0], "Blockno": "9", "UnixTimestamp": str(TIME), "DateTime": "", "From": ALICE,
              "To": BOB, "TokenValue": "x", "USDValueDayOfTx": "", "ContractAddress": TOKEN, "TokenName": "T",
              "TokenSymbol": "TT"}  # fmt: skip
    good = {**export, "TokenValue": "1", "Txhash": "0x" + TX[1]}
    report = load(store, write(tmp_path / "export.csv", [export, good]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert {line[1:3] for line in words(store)} == {("TT", "T")}


def test_a_ledger_with_gaps_in_its_status_contradicts_nobody(store: Store, tmp_path: Path) -> None:
    """Before block 4,370,000 no transaction has a status: a file that spans it does not say which succeeded."""
    line = {"from_address": ALICE, "to_address": BOB, "value": 5, "gas": 1, "block_number": 4_369_999,
            "transaction_index": 0, "block_timestamp": TIME}  # fmt: skip
    rows = [{**line, "hash": "0x" + TX[0], "receipt_status": ""}, {**line, "hash": "0x" + TX[1], "receipt_status": "1"}]
    ingest_file(store, write(tmp_path / "spanning.csv", rows), Options(source="node"))
    ingest_file(store, receipts(tmp_path / "said.csv", (TX[0], "0")), Options(source="other"))
    (found,) = LIBRARY.run(store, "transfers/failed", {}).records()
    assert (found["file_says_succeeded"], found["failed_says"]) == (False, ["other"])
