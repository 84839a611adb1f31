"""ethereum-etl logs: ERC-20 transfers decoded exactly, everything else counted and left out."""

from __future__ import annotations

import base64
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import ALICE, ANY_JSON, BOB, TOKEN, check, load, parsed, read_any, said, transfers, write
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.ethereum_etl_logs import TRANSFER

NAME = "ethereum-etl-logs"
USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"


def hexed(text: str) -> str:
    """Bytes as GraphSense's references write them, base64."""
    return base64.b64decode(text).hex()


def word(address: str) -> str:
    return "0x" + "0" * 24 + address[2:]


ROW: dict[str, Any] = {
    "log_index": 7, "transaction_hash": "0x" + "ab" * 32, "transaction_index": 2, "address": TOKEN,
    "data": f"0x{1500:064x}", "topics": [TRANSFER, word(ALICE), word(BOB)], "block_number": 17173049,
    "block_timestamp": 1683029999,
}  # fmt: skip


def test_the_signature_is_the_hash_of_the_event() -> None:
    """Computed anew with another library than the one the constant was copied from."""
    from eth_utils.crypto import keccak

    assert keccak(text="Transfer(address,address,uint256)").hex() == TRANSFER[2:]


def test_usdt_in_real_blocks_is_what_graphsense_makes_of_it(store: Store, shared: Path) -> None:
    """GraphSense publishes its own decoding of the transfers of USDT in these logs; ours are the same."""
    folder = shared / "graphsense-fixtures/account/eth/tokens"
    report = load(store, folder / "logs.json.xz")
    reference = [json.loads(line) for line in lzma.open(folder / "reference/USDT_token_transfers.json.xz", "rt")]
    ours = {(i.split(":")[2].split("/")[0], a, b, n) for i, a, b, asset, n in transfers(store) if USDT in asset}
    wanted = {
        (hexed(r["txHash"]), f"eip155:1:0x{hexed(r['from'])}", f"eip155:1:0x{hexed(r['to'])}", str(r["value"]))
        for r in reference
    }
    assert ours == wanted
    logs = [json.loads(line) for line in lzma.open(folder / "logs.json.xz", "rt")]
    events = [log for log in logs if log["topics"] and log["topics"][0] == TRANSFER]
    assert report.loaded == sum(len(log["topics"]) == 3 for log in events)
    nfts = sum(len(log["topics"]) == 4 for log in events)
    assert said(report, "a transfer of an NFT")[0].startswith(f"{nfts:,} of {len(logs):,} rows")
    assert said(report, "another event")[0].startswith(f"{len(logs) - len(events):,} of {len(logs):,} rows")


def test_csv_and_json_of_the_same_real_logs_agree(shared: Path, tmp_path: Path) -> None:
    folder = shared / "etl-fixtures/eth"
    blocks = (folder / "test_export_blocks_job__block_with_logs__expected_blocks.csv").read_text()
    (tmp_path / "blocks.csv").write_text(blocks)
    made = []
    for ending in ("csv", "json"):
        text = (folder / f"test_export_receipts_job__receipts_with_logs__expected_logs.{ending}").read_text()
        (tmp_path / f"logs.{ending}").write_text(text)
        made.append(parsed(tmp_path / f"logs.{ending}")[0])
    assert made[0] == made[1]
    assert [t[4] for t in made[0]] == [str(0x186A0), str(0x30D40)]  # type: ignore[index]


@given(st.integers(0, 2**256 - 1), st.binary(min_size=20, max_size=20), st.binary(min_size=20, max_size=20))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_encoded_comes_out(tmp_path: Path, amount: int, start: bytes, end: bytes) -> None:
    ends = ["0x" + end_.hex() for end_ in (start, end)]
    row = {**ROW, "topics": [TRANSFER, *map(word, ends)], "data": f"0x{amount:064x}"}
    (made,), _ = parsed(write(tmp_path / "logs.json", [row]))
    assert (made[0], made[1], made[4]) == (f"eip155:1:{ends[0]}", f"eip155:1:{ends[1]}", str(amount))  # type: ignore[index]
    assert (made[2], made[9]) == (f"eip155:1/tx:{'ab' * 32}/log:7", 2_000_007)  # type: ignore[index]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_topics_in_every_shape(tmp_path: Path, ending: str) -> None:
    (made,), _ = parsed(write(tmp_path / f"logs.{ending}", [ROW]))
    assert made[4] == "1500"  # type: ignore[index]


def test_what_is_no_transfer_of_an_amount_is_counted_and_left_out(store: Store, tmp_path: Path) -> None:
    unindexed = {"topics": [TRANSFER], "data": "0x" + word(ALICE)[2:] + word(BOB)[2:] + f"{5:064x}"}
    rows = [
        ROW, {**ROW, "topics": [*ROW["topics"], f"0x{99:064x}"], "data": "0x"}, {**ROW, **unindexed},
        {**ROW, "topics": []}, {**ROW, "topics": ["0x" + "11" * 32]},
    ]  # fmt: skip
    report = ingest_file(store, write(tmp_path / "logs.json", rows))
    check(report)
    assert (report.rows_in, report.loaded) == (1, 1)
    assert said(report, "1 of 5 rows left out: a transfer of an NFT")
    assert said(report, "1 of 5 rows left out: a transfer whose ends are not indexed")
    assert said(report, "2 of 5 rows left out: another event")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"data": "0x"}, "one number of 32 bytes"),
        ({"data": f"0x{1:0128x}"}, "one number of 32 bytes"),
        ({"data": None}, "one number of 32 bytes"),
        ({"topics": [TRANSFER, "0x" + "11" * 32, word(BOB)]}, "not an address in 32 bytes"),
        ({"topics": [TRANSFER, ALICE, word(BOB)]}, "not an address in 32 bytes"),
        ({"topics": [TRANSFER, word(BOB)], "data": "0x1"}, "not the topics of a transfer"),
        ({"log_index": None}, "not a number of a log"),
        ({"address": ["0x"]}, "a list or an object"),
    ],
)
def test_a_damaged_transfer_is_refused_with_its_reason(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(write(tmp_path / "logs.json", [ROW, {**ROW, **changed}]))


def test_an_empty_file(store: Store, tmp_path: Path) -> None:
    (tmp_path / "logs.csv").write_text(",".join(ROW) + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, tmp_path / "logs.csv", Options(as_format=NAME))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANY_JSON))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert read_any(write(tmp_path / "t.json", [ROW, {**ROW, **changed}]), NAME) >= 1
