"""Tornado Cash: what its caches and lists say of addresses, and no more than that."""

from __future__ import annotations

import json
import lzma
import zipfile
from pathlib import Path

import pytest

from tests.ledger_cases import ALICE, check, said, write
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.run import RunReport, ingest_file

EVENT = {"to": ALICE, "fee": "5", "blockNumber": 9, "nullifierHash": "0x1", "transactionHash": "0x" + "ab" * 32}


def one(store: Store, path: Path) -> RunReport:
    """The run of one file, or of an archive's one member."""
    (run,) = ingest_paths(store, [path]).runs
    check(run)
    return run


def test_the_real_cache_of_withdrawals_holds_what_it_holds(store: Store, shared: Path, tmp_path: Path) -> None:
    """Counted with zipfile and json: one claim an event, one wallet an address, and no transfer."""
    path = shared / "tornado-cash/withdrawals_eth_0.1.json.zip"
    with zipfile.ZipFile(path) as archive:
        events = json.loads(archive.read(archive.namelist()[0]))
    run = one(store, path)
    assert (run.format, run.rows_in, run.loaded, run.quarantined) == (
        "tornado-withdrawals",
        len(events),
        len(events),
        0,
    )
    wallets = {event["to"].lower() for event in events}
    assert store.read("MATCH (w:Wallet) RETURN count(w)").rows == [(len(wallets),)]
    assert store.read("MATCH ()-[s:SENT]->() RETURN count(s)").rows == [(0,)]
    again = one(store, write(tmp_path / "withdrawals_eth_0.1.json", events[:300]))
    assert (again.loaded, again.duplicates) == (0, 300)


def test_the_real_cache_of_deposits_names_nobody(store: Store, shared: Path) -> None:
    path = shared / "tornado-cash/deposits_eth_0.1.json.zip"
    with zipfile.ZipFile(path) as archive:
        events = json.loads(archive.read(archive.namelist()[0]))
    run = one(store, path)
    assert run.rows_in == 0
    assert said(run, f"{len(events):,} of {len(events):,} rows left out: deposits that name no address")


def test_the_real_list_of_pools(store: Store, shared: Path) -> None:
    path = shared / "tornado-cash/tornado_pools.json"
    pools = json.loads(path.read_text())
    run = one(store, path)
    assert (run.format, run.loaded) == ("tornado-pools", len(pools))
    stored = store.read("MATCH (:Service {id: 'tornado-cash'})-[c:CONTROLS]->(w:Wallet) RETURN w.address, c.role").rows
    assert {tuple(row) for row in stored} == {(address, f"pool of {amount}") for address, amount in pools.items()}


@pytest.mark.parametrize(("name", "word"), [("deposit_addresses", "deposited"), ("withdraw_addresses", "was paid")])
def test_lists_of_addresses(store: Store, shared: Path, tmp_path: Path, name: str, word: str) -> None:
    """The first 500 lines of the real file; an address that stands twice is one."""
    lines = lzma.open(shared / f"tornado-cash/{name}.csv.xz", "rt").read().splitlines()[:501]
    (tmp_path / f"{name}.csv").write_text("\n".join([*lines, lines[1]]) + "\n")
    run = one(store, tmp_path / f"{name}.csv")
    assert (run.format, run.loaded, run.duplicates) == ("tornado-addresses", len(set(lines[1:])), 1)
    texts = store.read("MATCH (:Source)-[m:MENTIONS]->(:Wallet) RETURN DISTINCT m.text").rows
    assert texts == [(f"{word} with Tornado Cash",)]


def test_bad_rows_and_files(store: Store, tmp_path: Path) -> None:
    rows = [EVENT, {**EVENT, "to": "0x1"}, {**EVENT, "transactionHash": "x"}, {**EVENT, "fee": {}}, {**EVENT, "x": 1}]
    run = one(store, write(tmp_path / "withdrawals_eth_10.json", rows))
    assert (run.loaded, run.duplicates, run.quarantined) == (1, 1, 3)
    assert said(run, "not known and was not read")
    with pytest.raises(InputError, match="which pool"):
        ingest_file(store, write(tmp_path / "events.json", [EVENT]))
    (tmp_path / "deposit_addresses.csv").write_text("from_address\n")
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, tmp_path / "deposit_addresses.csv")
    (tmp_path / "withdrawals_eth_1.json").write_text('[{"nullifierHash": "", "transactionHash": "", "fee":')
    with pytest.raises(InputError, match="not JSON"):
        ingest_file(store, tmp_path / "withdrawals_eth_1.json")
