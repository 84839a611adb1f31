"""ethereum-etl token transfers: the contract is the token, the time is looked up, an NFT's id is no amount."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import (
    ALICE,
    ANY_JSON,
    BOB,
    CAROL,
    TOKEN,
    check,
    load,
    parsed,
    read_any,
    read_csv,
    read_json,
    said,
    transfers,
    write,
)
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.format import formats
from workbench.ingest.ledgers.block_times import BlockTimes
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file

NAME = "ethereum-etl-token-transfers"
STREAM = "test_stream__blocks_17173049_17173050__expected"
ROW: dict[str, Any] = {
    "token_address": TOKEN, "from_address": ALICE, "to_address": BOB, "value": "100000",
    "transaction_hash": "0x" + "ab" * 32, "log_index": "3", "block_number": "483920",
}  # fmt: skip
BLOCK = {"number": "483920", "hash": "0x" + "bb" * 32, "timestamp": "1446561880", "miner": CAROL}


def test_streamed_transfers_hold_what_they_hold(store: Store, shared: Path) -> None:
    """Compared with the file's objects as Python's json module reads them."""
    path = shared / f"etl-fixtures/eth/{STREAM}_token_transfers.json"
    report = load(store, path)
    wanted = {
        (f"eip155:1/tx:{r['transaction_hash'][2:]}/log:{r['log_index']}", f"eip155:1:{r['from_address']}",
         f"eip155:1:{r['to_address']}", f"eip155:1/erc20:{r['token_address']}", str(r["value"]))
        for r in read_json(path)
    }  # fmt: skip
    assert transfers(store) == wanted
    assert (report.format, report.rows_in, report.loaded) == (NAME, len(wanted), len(wanted))


def test_logs_and_token_transfers_of_the_same_blocks_are_the_same_transfers(store: Store, shared: Path) -> None:
    """What ethereum-etl itself made of the logs is the answer to decode towards; NFTs are what is left over."""
    folder = shared / "etl-fixtures/eth"
    ingest_file(store, folder / f"{STREAM}_logs.json")
    decoded = transfers(store)
    report = ingest_file(store, folder / f"{STREAM}_token_transfers.json")
    nfts = [r for r in read_json(folder / f"{STREAM}_logs.json") if len(r["topics"]) == 4 and "ddf252ad" in
            r["topics"][0]]  # fmt: skip
    assert (report.duplicates, report.loaded) == (len(decoded), len(nfts))
    assert decoded < transfers(store)
    assert not said(report, "is stored with")


def test_the_time_is_looked_up_in_the_blocks_beside_it(store: Store, shared: Path, tmp_path: Path) -> None:
    """The export has no times; its block is in another file of the same fixtures."""
    folder = shared / "etl-fixtures/eth"
    first = "test_export_token_transfers_job__block_with_transfers__expected_token_transfers.csv"
    shutil.copy(folder / first, tmp_path / "token_transfers_0_99.csv")
    shutil.copy(folder / "test_export_blocks_job__block_with_logs__expected_blocks.csv", tmp_path / "blocks_0_99.csv")
    report = load(store, tmp_path / "token_transfers_0_99.csv")
    assert (report.loaded, report.quarantined) == (2, 0)
    assert said(report, "looked up in blocks_0_99.csv")
    seconds = int(read_csv(tmp_path / "blocks_0_99.csv")[0]["timestamp"])
    times = store.read("MATCH ()-[s:SENT]->() RETURN DISTINCT s.time.epochSeconds").rows
    assert times == [(seconds,)]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_blocks_in_every_shape_tell_the_time(tmp_path: Path, ending: str) -> None:
    blocks = [{**BLOCK, "number": str(n), "timestamp": str(1446561880 + n)} for n in (483921, 483920, 7, 9)]
    write(tmp_path / f"blocks.{ending}", blocks)
    (made,), _ = parsed(write(tmp_path / "token_transfers.csv", [ROW]))
    assert made[7] == (1446561880 + 483920) * 1000  # type: ignore[index]


def test_without_blocks_transactions_tell_the_time_and_without_both_nothing_is_guessed(
    store: Store, tmp_path: Path
) -> None:
    path = write(tmp_path / "token_transfers.csv", [ROW])
    report = ingest_file(store, path)
    check(report)
    assert (report.loaded, report.quarantined) == (0, 1)
    assert said(report, "no time known for block 483920; put blocks.csv beside it")
    write(tmp_path / "transactions.csv", [{"block_number": "483920", "block_timestamp": "2015-11-03 14:44:40 UTC"}])
    report = ingest_file(store, path)
    assert report.loaded == 1
    assert said(report, "looked up in transactions.csv")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.integers(0, 10**7), st.integers(1_300_000_000, 1_700_000_000), min_size=1, max_size=40))
def test_every_block_has_its_own_time_whatever_the_order(tmp_path: Path, blocks: dict[int, int]) -> None:
    rows = [{**BLOCK, "number": str(n), "timestamp": str(s)} for n, s in blocks.items()]
    times = BlockTimes(SourceFile(write(tmp_path / "blocks.csv", [*rows, {**BLOCK, "number": "x"}])))
    assert {n: times.get(n) for n in blocks} == {n: s * 1000 for n, s in blocks.items()}
    assert times.get(10**7 + 1) is None


def test_a_mended_row_keeps_the_time_that_was_looked_up(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "blocks.csv", [BLOCK])
    path = write(tmp_path / "token_transfers.csv", [ROW, {**ROW, "value": "x", "log_index": "4"}])
    kept = Path(str(ingest_file(store, path, Options(quarantine_folder=tmp_path / "q")).quarantine_file))
    kept.write_text(kept.read_text().replace('"x"', '"3"'))
    assert ingest_file(store, kept).loaded == 1
    assert store.read("MATCH ()-[s:SENT]->() RETURN DISTINCT s.time.epochSeconds").rows == [(1446561880,)]


def test_parts_of_one_archive_are_looked_up_in_it(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "blocks.csv", [BLOCK])
    write(tmp_path / "token_transfers.csv", [ROW])
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name in ("blocks.csv", "token_transfers.csv"):
            archive.write(tmp_path / name, name)
    report = ingest_paths(store, [tmp_path / "export.zip"])
    assert [(run.format, run.loaded) for run in report.runs] == [("etl-lookups", 0), (NAME, 1)]
    assert report.failed == []


def test_an_nft_is_left_out_where_the_contracts_tell(store: Store, tmp_path: Path) -> None:
    write(tmp_path / "blocks.csv", [BLOCK])
    path = write(tmp_path / "token_transfers.csv", [ROW, {**ROW, "token_address": CAROL, "log_index": "4"}])
    assert said(ingest_file(store, path, Options(network="etc")), "an NFT's token id stands as its amount")
    write(tmp_path / "contracts.csv", [{"address": CAROL, "bytecode": "0x", "is_erc20": "False", "is_erc721": "True"}])
    report = ingest_file(store, path)
    assert report.loaded == 1
    assert said(report, "1 of 2 rows left out: an NFT")
    assert {asset for _, sender, _, asset, _ in transfers(store) if ":1:" in sender} == {f"eip155:1/erc20:{TOKEN}"}


def test_address_poisoning_is_loaded_as_what_it_is(store: Store, tmp_path: Path) -> None:
    """A transfer of zero tokens, and one of a counterfeit: neither is the real token, whatever it calls itself."""
    write(tmp_path / "blocks.csv", [BLOCK])
    fake = {**ROW, "token_address": CAROL, "log_index": "5", "value": "999999999999"}
    report = ingest_file(
        store, write(tmp_path / "token_transfers.csv", [{**ROW, "value": "0"}, fake]), Options(network="eth")
    )
    assert report.loaded == 2
    assert {(asset[-40:], amount) for *_, asset, amount in transfers(store)} == {
        (TOKEN[2:], "0"), (CAROL[2:], "999999999999"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"token_address": "USDT"}, "no network accepts"),
        ({"token_address": ["x"]}, "a list or an object"),
        ({"token_address": "native"}, "no network accepts"),
        ({"log_index": ""}, "not a number of a log"),
        ({"log_index": "-1"}, "not a whole number"),
        ({"value": ""}, "the amount is empty"),
        ({"value": str(2**256 * 10)}, "can hold"),
        ({"block_number": "99"}, "no time known for block 99"),
        ({"block_number": ""}, "no block to look it up by"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    write(tmp_path / "blocks.csv", [BLOCK])
    with pytest.raises(RecordError, match=why):
        parsed(write(tmp_path / "token_transfers.json", [ROW, {**ROW, **changed}]))


@given(st.integers(0, 2**256 - 1))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_amounts_are_exact_to_the_last_unit(tmp_path: Path, amount: int) -> None:
    rows = [{**ROW, "value": amount, "block_timestamp": 1446561880}]
    (made,), _ = parsed(write(tmp_path / "token_transfers.json", rows))
    assert made[4] == str(amount)  # type: ignore[index]


def test_old_column_names_are_known(tmp_path: Path) -> None:
    """ethereum-etl before 1.0 (2018) wrote erc20_token, erc20_from, …; the names are from its changelog."""
    names = ("token", "from", "to", "value", "tx_hash", "log_index", "block_number")
    old = {f"erc20_{name}": cell for name, cell in zip(names, ROW.values(), strict=True)}
    write(tmp_path / "blocks.csv", [BLOCK])
    path = write(tmp_path / "token_transfers.csv", [old])
    assert formats().detect(SourceFile(path)).name == NAME
    (made,), _ = parsed(path)
    assert made[3] == f"eip155:1/erc20:{TOKEN}"  # type: ignore[index]


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "token_transfers.csv", [ROW])
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, path)
    path.write_text("")
    with pytest.raises(InputError, match="the file is empty"):
        ingest_file(store, path, Options(as_format=NAME))
    path.write_text(",".join(ROW) + "\n" + ",".join(ROW.values())[:-40] + ',"483920\n')
    with pytest.raises(InputError, match="never closed"):
        ingest_file(store, path)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANY_JSON))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert read_any(write(tmp_path / "t.json", [ROW, {**ROW, **changed}]), NAME) == 2
