"""Etherscan CSV exports. No real file may be kept here: the headers are those that BittyTax's parsers (GitHub,
BittyTax/BittyTax, src/bittytax/conv/parsers) and other published readers of these exports expect, letter by
letter, of every age; the rows are made from real blocks (ethereum-etl's fixtures) or made up."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import (
    ALICE,
    BOB,
    CAROL,
    check,
    failures,
    load,
    parsed,
    read_any,
    read_json,
    said,
    transfers,
    write,
)
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file

TX = "0x" + "ab" * 32
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
OLD = "Txhash,Blockno,UnixTimestamp,DateTime,From,To,ContractAddress,Value_IN(ETH),Value_OUT(ETH),CurrentValue @ $1836.92/Eth,TxnFee(ETH),TxnFee(USD),Historical $Price/Eth,Status,ErrCode"  # noqa: E501
NEW = "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,ContractAddress,Value_IN(ETH),Value_OUT(ETH),CurrentValue @ $2092.17175493234/ETH,TxnFee(ETH),TxnFee(USD),Historical $Price/ETH,Status,ErrCode,Method"  # noqa: E501
INTERNAL = "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),ParentTxFrom,ParentTxTo,ParentTxETH_Value,From,TxTo,ContractAddress,Value_IN(ETH),Value_OUT(ETH),CurrentValue @ $2092.17175493234/ETH,Historical $Price/ETH,Status,ErrCode,Type"  # noqa: E501
TOKENS = "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,TokenValue,USDValueDayOfTx,ContractAddress,TokenName,TokenSymbol"  # noqa: E501
OLD_TOKENS = "Txhash,UnixTimestamp,DateTime,From,To,Value,ContractAddress,TokenName,TokenSymbol"
NFTS = "Transaction Hash,Blockno,UnixTimestamp,DateTime (UTC),From,To,ContractAddress,TokenName,TokenSymbol,Token ID,Type,Quantity"  # noqa: E501
OLD_NFTS = "Txhash,UnixTimestamp,DateTime,From,To,ContractAddress,TokenId,TokenName,TokenSymbol"
COMMON = {
    "Transaction Hash": TX, "Txhash": TX, "Blockno": "17173049", "UnixTimestamp": "1683029999",
    "DateTime (UTC)": "2023-05-02 12:19:59", "DateTime": "2023-05-02 12:19:59", "From": ALICE, "To": BOB, "TxTo": BOB,
    "Value_IN(ETH)": "0", "Value_OUT(ETH)": "1.5", "Historical $Price/ETH": "1,836.92",
    "Historical $Price/Eth": "1,836.92", "ParentTxFrom": CAROL, "ParentTxTo": ALICE, "ParentTxETH_Value": "9",
    "TokenValue": "1,234.5", "Value": "1,234.5", "Quantity": "1,234.5", "USDValueDayOfTx": "$1,234.50",
    "TokenName": "Tether USD", "TokenSymbol": "USDT", "Type": "call", "Token ID": "7", "TokenId": "7",
}  # fmt: skip


def row(header: str, **changed: str) -> dict[str, str]:
    """A row of an export; `in_`, `out` and other names without brackets are given as written in the header."""
    base = {name: COMMON.get(name, "") for name in header.split(",")}
    if header.startswith(TOKENS) or header.startswith(OLD_TOKENS):
        base["ContractAddress"] = USDT
    if header == INTERNAL:
        base["Status"] = "0"
    return {**base, **changed}


def export(path: Path, header: str, *rows: dict[str, str]) -> Path:
    """A file as Etherscan writes it: every cell in quotes."""
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.DictWriter(handle, header.split(","), quoting=csv.QUOTE_ALL)
        out.writeheader()
        out.writerows(rows)
    return path


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (OLD, "etherscan"), (OLD + ",PrivateNote", "etherscan"), (OLD + ",Method", "etherscan"), (NEW, "etherscan"),
        (NEW + ",PrivateNote", "etherscan"), (NEW.replace("ETH", "BNB"), "etherscan"),
        (OLD.replace("ETH", "MATIC"), "etherscan"), (INTERNAL, "etherscan-internal"),
        (INTERNAL.replace("Transaction Hash", "Txhash").replace(" (UTC)", ""), "etherscan-internal"),
        (TOKENS, "etherscan-tokens"), (OLD_TOKENS, "etherscan-tokens"), (NFTS, "etherscan-nfts"),
        (OLD_NFTS, "etherscan-nfts"),
    ],
)  # fmt: skip
def test_every_header_is_known_whatever_its_age(tmp_path: Path, header: str, name: str) -> None:
    assert formats().detect(SourceFile(export(tmp_path / "export.csv", header, row(header)))).name == name


def test_real_transactions_are_the_same_from_etherscan_and_from_a_node(
    store: Store, shared: Path, tmp_path: Path
) -> None:
    """Two real blocks, written as Etherscan would show them, are what ethereum-etl says: same ids, same amounts."""
    node = shared / "etl-fixtures/eth/test_stream__blocks_17173049_17173050__expected_transactions.json"
    rows = [
        row(
            NEW, **{"Transaction Hash": r["hash"], "From": r["from_address"], "To": r["to_address"] or "",
                    "Value_OUT(ETH)": f"{Decimal(r['value']).scaleb(-18):f}",
                    "UnixTimestamp": str(r["block_timestamp"]), "DateTime (UTC)": "", "Blockno": str(r["block_number"]),
                    "Status": "" if r["receipt_status"] else "Error(0)",
                    "ErrCode": "" if r["receipt_status"] else "execution reverted"},
        )
        for r in read_json(node)
    ]  # fmt: skip
    report = load(store, export(tmp_path / "export.csv", NEW, *rows), network="eth")
    from_node = ingest_file(store, node)
    assert report.quarantined == 0
    failed = {f"eip155:1/tx:{r['hash'][2:]}" for r in read_json(node) if not r["receipt_status"]}
    assert (from_node.loaded, from_node.duplicates) == (len(failed), report.loaded - len(failed))  # its own word
    assert not said(from_node, "is stored with")
    assert failures(store) == {(id_, source) for id_ in failed for source in ("etherscan", "ethereum-etl")}


def test_a_transaction_exactly(tmp_path: Path) -> None:
    (made,), _ = parsed(export(tmp_path / "export.csv", OLD, row(OLD)))
    assert made == (
        f"eip155:1:{ALICE}", f"eip155:1:{BOB}", f"eip155:1/tx:{'ab' * 32}/tx", "eip155:1/slip44:native",
        "1500000000000000000", 1.5e18, 2755.38, 1683029999000, 17173049, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("coin", "network", "chain"),
    [("BNB", None, 56), ("MATIC", None, 137), ("POL", None, 137), ("AVAX", None, 43114), ("ETH", None, 1),
     ("ETH", "arbitrum", 42161), ("XDAI", None, 1)],
)  # fmt: skip
def test_the_coin_tells_the_network_or_the_user_does(
    tmp_path: Path, coin: str, network: str | None, chain: int
) -> None:
    header = NEW.replace("ETH", coin)
    path = export(tmp_path / "export.csv", header, row(header, **{f"Value_IN({coin})": "1.5"}))
    (made,), context = parsed(path, network=network)
    assert made[0] == f"eip155:{chain}:{ALICE}"  # type: ignore[index]
    assert any("taken as" in issue.reason for issue in context.issues) == (network is None)


def test_a_network_that_contradicts_the_coin_is_told(tmp_path: Path) -> None:
    header = NEW.replace("ETH", "BNB")
    path = export(tmp_path / "export.csv", header, row(header, **{"Value_IN(BNB)": "1.5"}))
    for network, told in (("polygon", True), ("bsc", False)):
        _, context = parsed(path, network=network)
        assert any("its coin is BNB, and it is loaded as" in issue.reason for issue in context.issues) == told


def test_internal_transactions_move_what_the_call_moved(store: Store, tmp_path: Path) -> None:
    """The columns of the parent transaction (9 ETH, from somebody else) are not this call's."""
    rows = [
        row(INTERNAL), row(INTERNAL, **{"Status": "1", "ErrCode": "Out of gas"}),
        row(INTERNAL, **{"Value_OUT(ETH)": "0"}), row(INTERNAL, **{"Value_OUT(ETH)": "2"}), row(INTERNAL),
        row(INTERNAL, **{"TxTo": "", "ContractAddress": CAROL}),
    ]  # fmt: skip
    report = load(store, export(tmp_path / "export.csv", INTERNAL, *rows))
    assert (report.loaded, report.duplicates, report.quarantined) == (3, 1, 0)
    assert {(a[-40:], b[-40:], n) for _, a, b, _, n in transfers(store)} == {
        (ALICE[2:], BOB[2:], "1500000000000000000"), (ALICE[2:], BOB[2:], "2" + "0" * 18),
        (ALICE[2:], CAROL[2:], "1500000000000000000"),
    }  # fmt: skip
    assert said(report, "1 of 6 rows left out: it failed")
    assert said(report, "1 of 6 rows left out: without coins")


def test_thousands_commas_and_known_decimals(store: Store, tmp_path: Path) -> None:
    load(store, export(tmp_path / "export.csv", TOKENS, row(TOKENS)))
    assert {(asset, n) for *_, asset, n in transfers(store)} == {(f"eip155:1/erc20:{USDT}", "1234500000")}
    assert store.read("MATCH ()-[s:SENT]->() RETURN s.usd").rows == [(1234.5,)]


def test_address_poisoning_a_token_is_its_contract_never_its_symbol(store: Store, tmp_path: Path) -> None:
    """A counterfeit that calls itself USDT (with Cyrillic letters, or the very same), and a transfer of nothing."""
    rows = [
        row(TOKENS), row(TOKENS, TokenValue="0"), row(TOKENS, ContractAddress=CAROL, TokenValue="5,000,000"),
        row(TOKENS, ContractAddress=BOB, TokenSymbol="U\u0405DT", TokenValue="7"),
    ]  # fmt: skip
    report = load(store, export(tmp_path / "export.csv", TOKENS, *rows))
    assert report.loaded == 4
    assets = {(asset, n) for *_, asset, n in transfers(store)}
    assert assets == {
        (f"eip155:1/erc20:{USDT}", "1234500000"), (f"eip155:1/erc20:{USDT}", "0"),
        (f"eip155:1/erc20x18:{CAROL}", "5000000" + "0" * 18), (f"eip155:1/erc20x18:{BOB}", "7" + "0" * 18),
    }  # fmt: skip
    assert len(said(report, "how many decimals this token has is not known")) == 2


def test_decimals_are_looked_up_beside_the_file(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "tokens.csv", [{"address": CAROL, "symbol": "USDT", "decimals": "2"}])
    path = export(tmp_path / "export.csv", TOKENS, row(TOKENS, ContractAddress=CAROL))
    report = ingest_file(store, path)
    assert said(report, "looked up in tokens.csv")
    bad = export(tmp_path / "bad.csv", TOKENS, row(TOKENS, ContractAddress=CAROL, TokenValue="x"))
    kept = Path(str(ingest_file(store, bad, Options(quarantine_folder=tmp_path / "q")).quarantine_file))
    kept.write_text(kept.read_text().replace('"x"', '"1,234.5"'))
    assert ingest_file(store, kept).duplicates == 1
    assert {(asset, n) for *_, asset, n in transfers(store)} == {(f"eip155:1/erc20:{CAROL}", "123450")}


def test_rows_that_say_the_same_are_one_and_rows_that_do_not_are_not(store: Store, tmp_path: Path) -> None:
    """Trap: exact duplicates and overlapping exports; and there is no index of the log to go by."""
    first = export(tmp_path / "a.csv", TOKENS, row(TOKENS), row(TOKENS), row(TOKENS, TokenValue="2"))
    again = export(tmp_path / "b.csv", TOKENS, row(TOKENS, TokenValue="2.00"), row(TOKENS, To=CAROL))
    one, two = ingest_file(store, first), ingest_file(store, again)
    assert (one.loaded, one.duplicates, two.loaded, two.duplicates) == (2, 1, 1, 1)


def test_the_export_of_one_token_names_it_in_the_file_name(store: Store, tmp_path: Path) -> None:
    header = "Txhash,Blockno,UnixTimestamp,DateTime,From,To,Quantity,Method"
    load(store, export(tmp_path / f"export-token-{USDT}.csv", header, row(header)))
    assert {asset for *_, asset, _ in transfers(store)} == {f"eip155:1/erc20:{USDT}"}
    with pytest.raises(InputError, match="which token"):
        ingest_file(store, export(tmp_path / "export.csv", header, row(header)))


def test_nfts_are_counted_and_left_out(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, export(tmp_path / "export.csv", NFTS, row(NFTS), row(NFTS)))
    check(report)
    assert report.rows_in == 0
    assert said(report, "2 of 2 rows left out: transfers of NFTs")
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, export(tmp_path / "empty.csv", NFTS))


@pytest.mark.parametrize(
    ("unix", "date", "seconds", "told"),
    [
        ("1683029999", "2023-05-02 12:19:59", 1683029999, None),
        ("1683029999", "2021-01-01 00:00:00", 1683029999, "differ; the first stands"),
        ("1.68303E+09", "2023-05-02 12:19:59", 1683029999, "the date is taken"),
        ("", "5/2/2023 12:19:59 PM", 1683029999, "read month first"),
        ("", "5/2/23 12:19", 1683029940, "read month first"),
    ],
)
def test_times_iso_us_and_unix(tmp_path: Path, unix: str, date: str, seconds: int, told: str | None) -> None:
    changed = row(NEW, **{"UnixTimestamp": unix, "DateTime (UTC)": date})
    (made,), context = parsed(export(tmp_path / "export.csv", NEW, changed))
    assert made[7] == seconds * 1000  # type: ignore[index]
    assert any(told in issue.reason for issue in context.issues) if told else True


@pytest.mark.parametrize(
    ("header", "changed", "why"),
    [
        (NEW, {"Status": "pending"}, "not a status that is known"),
        (NEW, {"Value_IN(ETH)": "2"}, "value in and value out differ"),
        (NEW, {"Value_OUT(ETH)": "1,5"}, "not thousands separators"),
        (NEW, {"Value_OUT(ETH)": "-1"}, "negative"),
        (NEW, {"Value_OUT(ETH)": "0.0000000000000000001"}, "more than 18 decimal places"),
        (NEW, {"To": ""}, "empty"),
        (NEW, {"UnixTimestamp": "", "DateTime (UTC)": "soon"}, "neither"),
        (TOKENS, {"TokenValue": ""}, "not a number"),
        (TOKENS, {"TokenValue": "1,234,5"}, "not thousands separators"),
        (TOKENS, {"ContractAddress": ""}, "empty"),
        (TOKENS, {"ContractAddress": "USDT"}, "no network accepts"),
        (TOKENS, {"Transaction Hash": "0x1"}, "64 hexadecimal"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path, header: str, changed: dict[str, str], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(export(tmp_path / "export.csv", header, row(header), row(header, **changed)))


def test_bad_rows_are_kept_apart_and_mended_ones_fed_back(store: Store, tmp_path: Path) -> None:
    path = export(tmp_path / "export.csv", TOKENS, row(TOKENS), row(TOKENS, TokenValue="lots"))
    report = ingest_file(store, path, Options(quarantine_folder=tmp_path / "q"))
    check(report)
    assert (report.loaded, report.quarantined) == (1, 1)
    kept = Path(str(report.quarantine_file))
    kept.write_text(kept.read_text().replace("lots", "3"))
    assert ingest_file(store, kept).loaded == 1


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    for header in (NEW, INTERNAL, TOKENS):
        with pytest.raises(InputError, match="no rows in it"):
            ingest_file(store, export(tmp_path / "export.csv", header))
    path = export(tmp_path / "export.csv", NEW, row(NEW))
    path.write_text(path.read_text()[:-2])
    with pytest.raises(InputError, match="never closed"):
        ingest_file(store, path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from([NEW, INTERNAL, TOKENS]), st.dictionaries(st.integers(0, 10), st.text(max_size=12)))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, header: str, changed: dict[int, str]) -> None:
    names = header.split(",")
    odd: dict[str, Any] = {names[at]: text.replace("\r", "") for at, text in changed.items()}
    path = export(tmp_path / "export.csv", header, row(header), row(header, **odd))
    assert read_any(path, {NEW: "etherscan", INTERNAL: "etherscan-internal"}.get(header, "etherscan-tokens")) >= 1
