"""Template `transfers`: exact amounts, checked ends, one transfer a row, quickly."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.template_cases import as_csv, example_rows, found, load, reasons
from tests.transfer_files import write_transfers_file
from workbench.errors import InputError, RecordError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.context import Context
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sources.transfers_template import Transfers
from workbench.model.ledger import Transfer

ROW = {
    "network": "eth", "tx_hash": "0x" + "ab" * 32, "index": "log:7", "from": "0x" + "1a" * 20, "to": "0x" + "2b" * 20,
    "asset": "native", "amount": "1500000000000000000", "usd": "2500.50", "time": "2023-06-02T21:49:23Z",
    "block": "17395810", "position": "12000007", "source": "node",
}  # fmt: skip
USDT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"


def parsed(row: dict[str, Any]) -> Transfer:
    """What the template makes of one row."""
    (transfer,) = Transfers().records({"source": "x", **row}, Context())
    assert type(transfer) is Transfer
    return transfer


def test_every_field_arrives_exactly() -> None:
    made = parsed(ROW)
    assert made == (
        "eip155:1:0x" + "1a" * 20, "eip155:1:0x" + "2b" * 20, "eip155:1/tx:" + "ab" * 32 + "/log:7",
        "eip155:1/slip44:native", "1500000000000000000", 1.5e18, 2500.5,
        int(datetime(2023, 6, 2, 21, 49, 23, tzinfo=UTC).timestamp() * 1000), 17395810, 12000007,
    )  # fmt: skip


@given(st.integers(0, 2**256 - 1))
def test_amounts_are_exact_to_the_last_base_unit(amount: int) -> None:
    made = parsed({**ROW, "amount": str(amount)})
    assert made.amount == str(amount)
    assert made.value == float(amount)


@given(st.datetimes(datetime(2009, 1, 4), datetime(2025, 1, 1)))
def test_a_time_is_the_same_in_every_spelling(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    ms = int(moment.replace(tzinfo=UTC).timestamp()) * 1000
    spellings = (f"{moment:%Y-%m-%dT%H:%M:%S}Z", f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%dT%H:%M:%S}+00:00",
                 f"{moment:%Y/%m/%d %H:%M:%S}", str(ms // 1000))  # fmt: skip
    assert {parsed({**ROW, "time": text}).time_ms for text in spellings} == {ms}


@pytest.mark.parametrize(
    ("asset", "meant"),
    [
        ("native", "eip155:1/slip44:native"),
        (USDT, f"eip155:1/erc20:{USDT.lower()}"),
        (f"eip155:1/erc20:{USDT}", f"eip155:1/erc20:{USDT.lower()}"),
        ("iso4217:USD", "iso4217:USD"),
    ],
)
def test_an_asset_is_its_contract(asset: str, meant: str) -> None:
    assert parsed({**ROW, "asset": asset}).asset == meant


@pytest.mark.parametrize(
    ("column", "value", "why"),
    [
        ("network", "USDT", "not a network"),
        ("network", "btc", "inputs and outputs"),
        ("network", "", "not a network"),
        ("tx_hash", "0xabc", "not a transaction hash"),
        ("tx_hash", "0x" + "zz" * 32, "not a transaction hash"),
        ("tx_hash", "ab " * 21 + "a", "not a transaction hash"),
        ("index", "7", "not tx"),
        ("index", "log:-1", "not tx"),
        ("index", "", "not tx"),
        ("from", "0x123", "40 hexadecimal"),
        ("to", "", "empty"),
        ("to", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "valid only on"),
        ("asset", "USDT", "not its symbol"),
        ("asset", f"eip155:56/erc20:{USDT.lower()}", "another network"),
        ("amount", "1.5", "base units"),
        ("amount", "-1", "negative"),
        ("amount", "9" * 79, "any ledger can hold"),
        ("amount", "9" * 5_000, "too many digits"),
        ("amount", "NaN", "not a finite"),
        ("amount", "0x10", "not a number"),
        ("usd", "-3", "negative"),
        ("usd", "1e12", "trillion"),
        ("usd", "dear", "not a number"),
        ("time", "2008-12-31T00:00:00Z", "before the first ledger"),
        ("time", "2150-01-01T00:00:00Z", "in the future"),
        ("time", "2023-02-30T00:00:00Z", "not a time"),
        ("time", "99999999999999999999", "not a Unix time"),
        ("block", "-1", "not a whole number"),
        ("block", "1e6", "not a whole number"),
        ("position", "9" * 30, "not a whole number"),
        ("source", "", "nobody is named"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason(column: str, value: str, why: str) -> None:
    with pytest.raises(RecordError) as caught:
        parsed({**ROW, column: value})
    assert why in caught.value.what


@pytest.mark.parametrize("amount", ["٣", "1_000", "３"])
def test_a_digit_of_another_script_is_refused(amount: str) -> None:
    with pytest.raises(RecordError, match="not plain digits|not a number"):
        parsed({**ROW, "amount": amount})


def test_absent_optional_columns_are_unknown() -> None:
    made = parsed({name: cell for name, cell in ROW.items() if name not in ("usd", "block", "position")})
    assert (made.usd, made.block, made.position) == (None, None, None)


def test_networks_beside_ethereum() -> None:
    usdt = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    ends = {"from": usdt, "to": "TLa2f6VPqDgRE67v1736s7bJ8Ray5wYjU7"}
    tron = parsed({**ROW, **ends, "network": "trx", "asset": usdt})
    assert tron.sender == "tron:mainnet:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    assert tron.asset == "tron:mainnet/token:TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
    assert parsed({**ROW, "network": "bsc"}).id.startswith("eip155:56/tx:")


def test_bad_rows_are_kept_apart_and_good_ones_load(store: Store, tmp_path: Path) -> None:
    rows = [ROW, {**ROW, "amount": "x"}, {**ROW, "index": "log:8"}, {**ROW, "from": "0x0"}, ROW]
    report = load(store, tmp_path, as_csv(rows))
    assert (report.loaded, report.quarantined, report.duplicates, report.source) == (2, 2, 1, "node")
    assert [issue.where for issue in report.issues if issue.action == "quarantined"] == ["line 3", "line 5"]
    assert (
        found(store, "MATCH ()-[s:SENT]->() RETURN s.amount, s.usd, s.source_id ORDER BY s.id")
        == [(ROW["amount"], 2500.5, "node")] * 2
    )


def test_another_amount_for_a_known_transfer_is_a_remark_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([ROW]))
    again = load(store, tmp_path, as_csv([{**ROW, "amount": "7"}]))
    assert (again.loaded, again.duplicates) == (0, 1)
    assert "stored with amount 1500000000000000000" in reasons(again, "warned")[0]
    assert found(store, "MATCH ()-[s:SENT]->() RETURN s.amount") == [(ROW["amount"],)]


def test_one_file_has_one_source(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, as_csv([ROW, {**ROW, "index": "log:8", "source": "another"}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert "one source a file" in reasons(report, "quarantined")[0]


def test_without_a_source_nothing_loads(store: Store, tmp_path: Path) -> None:
    rows = [{name: cell for name, cell in ROW.items() if name != "source"}]
    assert load(store, tmp_path, as_csv(rows)).quarantined == 1
    assert load(store, tmp_path, as_csv(rows), source="node").loaded == 1


def test_a_wrong_checksum_is_said_once_an_address(store: Store, tmp_path: Path) -> None:
    wrong = "0x51e9D833Ecae4E8D9D8Be17300AEE6D3398C135D"
    rows = [{**ROW, "from": wrong, "index": f"log:{i}"} for i in range(50)]
    report = load(store, tmp_path, as_csv(rows))
    assert report.loaded == 50
    assert reasons(report) == ["the EIP-55 checksum does not match; kept in lower case"]


def test_quarantined_rows_load_once_mended(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, as_csv([{**ROW, "amount": "1,5"}]), quarantine_folder=tmp_path / "quarantine")
    (kept,) = (tmp_path / "quarantine").iterdir()
    mended = kept.read_text("utf-8").replace('"1,5"', '"15"')
    again = load(store, tmp_path, mended, "mended.jsonl")
    assert (report.quarantined, again.loaded, again.source) == (1, 1, "node")


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_rows_in_any_order_make_the_same_transfers(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = write_transfers_file(tmp_path_factory.mktemp("order") / "t.csv", 300, wallets=20, seed=seed)
    header, *lines = path.read_text("utf-8").splitlines()
    random.Random(seed).shuffle(lines)
    shuffled = path.with_name("shuffled.csv")
    shuffled.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    assert set(all_of(path)) == set(all_of(shuffled))


def all_of(path: Path) -> list[Any]:
    """Every transfer of a file."""
    fmt, context = Transfers(), Context(source_name="test")
    made = [record for row in fmt.rows(SourceFile(path), context) for record in fmt.records(row.raw, context)]
    assert context.issues == []
    return made


def test_the_same_file_in_another_order_is_the_same_graph(store: Store, tmp_path: Path) -> None:
    path = write_transfers_file(tmp_path / "t.csv", 2_000, wallets=50)
    load(store, tmp_path, path.read_bytes(), source="node")
    before = content_hash(store)
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    header, *lines = path.read_bytes().splitlines(keepends=True)
    assert load(store, tmp_path, b"".join([header, *reversed(lines)]), source="node").loaded == 2_000
    assert content_hash(store) == before


def test_a_gap_between_header_and_rows_counts_lines_rightly(store: Store, tmp_path: Path) -> None:
    text = as_csv([ROW, {**ROW, "amount": "x"}])
    header, rest = text.split("\r\n", 1)
    report = load(store, tmp_path, f"\n{header}\n\n{rest}")
    assert [issue.where for issue in report.issues] == ["line 5"]


def test_parsing_time_grows_with_the_rows_and_not_faster(tmp_path: Path) -> None:
    def seconds(rows: int) -> float:
        path = write_transfers_file(tmp_path / f"{rows}.csv", rows, wallets=500)
        best = []
        for _ in range(3):
            start = time.process_time()
            assert len(all_of(path)) == rows
            best.append(time.process_time() - start)
        return min(best)

    small, large = seconds(2_000), seconds(20_000)
    assert large < 20 * small


def test_the_example_uses_nobodys_addresses() -> None:
    for row in example_rows("transfers"):
        assert len(set(row["from"][2:])) == len(set(row["to"][2:])) == len(set(row["tx_hash"][2:])) == 1


def test_missing_columns_refuse_the_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the column amount"):
        load(store, tmp_path, as_csv([{k: v for k, v in ROW.items() if k != "amount"}]), as_format="transfers")
