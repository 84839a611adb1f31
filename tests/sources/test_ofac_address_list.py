"""0xB10C's lists of OFAC's addresses, an asset each: the real files of the shared data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.sanction_cases import btc, eth, load_file, trx
from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.address_list import AddressList
from workbench.ingest.sources.ofac_address_list import LISTS, OfacAddressList

PAYMENT_ID = "5be5543ff73456ab9f2d207887e2af87322c651ea1a873c5b25b7ffae456c320"
"""Stands among OFAC's Monero addresses, and is none: 32 bytes in hexadecimal digits, without a checksum."""


@pytest.fixture
def folder(shared: Path) -> Path:
    return shared / "ofac-0xB10C-lists"


def test_every_file_is_accounted_for_and_txt_and_json_say_the_same(store: Store, folder: Path) -> None:
    """Counted another way: words of the text file, items of the JSON file by Python's own reader."""
    files = sorted(folder.glob("*.txt"))
    assert len(files) == 14
    rows = 0
    for path in files:
        words = path.read_text("utf-8").split()
        assert json.loads(path.with_suffix(".json").read_text("utf-8")) == words
        bad = words.count(PAYMENT_ID)
        distinct = len({word.lower() if word.startswith("0x") else word for word in words})
        report = load_file(store, path)
        assert (report.format, report.source) == ("ofac-address-list", LISTS.id)
        told = (report.rows_in, report.loaded, report.quarantined, report.duplicates)
        assert told == (len(words), distinct - bad, bad, len(words) - distinct), path.name
        again = load_file(store, path.with_suffix(".json"))
        assert (again.loaded, again.duplicates, again.retracted) == (0, len(words) - bad, 0), path.name
        rows += len(words)
    assert rows == 187


def test_networks_are_decided_from_the_addresses(store: Store, folder: Path) -> None:
    for path in sorted(folder.glob("*.txt")):
        load_file(store, path)
    listed = found(
        store,
        "MATCH (w:Wallet)-[l:LISTED_BY {listing: 'sanctioned'}]->(:Source {id: 'ofac'}) "
        "RETURN l.asset, collect(DISTINCT w.network), l.source_id ORDER BY l.asset",
    )
    networks = {
        "ARB": "arbitrum", "BCH": "bch", "BSC": "bsc", "BSV": "bsv", "BTG": "btg", "DASH": "dash", "ETC": "etc",
        "ETH": "eth", "LTC": "ltc", "USDC": "eth", "XMR": "xmr", "XRP": "xrp", "XVG": "xvg", "ZEC": "zec",
    }  # fmt: skip
    assert listed == [(asset, [network], LISTS.id) for asset, network in networks.items()]
    assert found(store, "MATCH (a:Source)-[d:DERIVED_FROM]->(b:Source) RETURN a.id, b.id, count(d)") == [
        (LISTS.id, "ofac", 1)
    ]
    assert found(store, "MATCH (:Wallet)-[a:ATTRIBUTED_TO]->() RETURN a") == []


def test_trap_1_an_asset_is_not_a_chain(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, f"{trx(1)}\n{eth(2)}\n{btc(3)}\n", "sanctioned_addresses_USDT.txt")
    assert report.loaded == 3
    found_ = found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.network, l.asset ORDER BY w.network")
    assert found_ == [("btc", "USDT"), ("eth", "USDT"), ("trx", "USDT")]
    other = load(store, tmp_path, f"{trx(4)}\n", "sanctioned_addresses_ETH.txt")
    assert any("listed under ETH" in reason for reason in reasons(other, "warned"))


def test_the_asset_comes_from_the_name_or_the_source_and_is_never_guessed(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which asset"):
        load(store, tmp_path, f"{btc(1)}\n", "list.txt", as_format="ofac-address-list")
    load(store, tmp_path, f"{btc(1)}\n", "list.txt", as_format="ofac-address-list", source="lists-XBT")
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN l.asset, l.dataset") == [("XBT", f"{LISTS.id}-xbt")]


def test_a_later_edition_delists(store: Store, tmp_path: Path) -> None:
    (tmp_path / "2024-01-01").mkdir()
    (tmp_path / "2024-02-01").mkdir()
    name = "sanctioned_addresses_XBT.txt"
    load(store, tmp_path / "2024-02-01", f"{btc(1)}\n{btc(2)}\n{btc(3)}\n", name)
    assert load(store, tmp_path / "2024-01-01", f"{btc(1)}\n", name, accept_shrink=True).retracted == 0
    assert load(store, tmp_path, f"{btc(1)}\n{btc(2)}\n", name).retracted == 1
    assert found(store, "MATCH ()-[d:DERIVED_FROM]->() RETURN d.retracted_at") == [(None,)]


def test_bad_lines_cost_themselves(store: Store, tmp_path: Path) -> None:
    lines = [btc(1), f"  {btc(2)} ", "", "not an address at all", eth(1)[:-1], "x" * 100_000, "a\x00b"]
    report = load(store, tmp_path, "\n".join(lines), "sanctioned_addresses_XBT.txt", as_format="ofac-address-list")
    assert (report.rows_in, report.loaded, report.quarantined) == (6, 2, 4)
    assert "blanks around the address were taken off" in reasons(report, "warned")
    items = load(store, tmp_path, json.dumps([btc(1), 7, None, {"a": 1}]), "sanctioned_addresses_XBT.json",
                 as_format="ofac-address-list")  # fmt: skip
    assert (items.duplicates, items.quarantined) == (1, 3)


@pytest.mark.parametrize("text", ["", "[]", '["unclosed', '{"a": 1}', "[" * 100_000])
def test_empty_and_damaged_files_are_refused(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "sanctioned_addresses_ETH.json"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError):
        ingest_file(store, path, Options(as_format="ofac-address-list"))
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN l") == []


def test_other_lists_stay_address_lists(folder: Path, shared: Path, tmp_path: Path) -> None:
    assert {formats().detect(SourceFile(path)) for path in folder.iterdir()} == {OfacAddressList}
    other = tmp_path / "addresses.txt"
    other.write_bytes((folder / "sanctioned_addresses_ETH.txt").read_bytes())
    assert formats().detect(SourceFile(other)) is AddressList
    assert formats().detect(SourceFile(shared / "lazarus-ronin-dune" / "LazarusGroup.txt")) is AddressList
    assert OfacAddressList.detect('{"not": "a list"}', "sanctioned_addresses_ETH.json") == 0


def test_reading_again_changes_nothing(store: Store, folder: Path) -> None:
    load_file(store, folder / "sanctioned_addresses_ETH.txt")
    before = content_hash(store)
    load_file(store, folder / "sanctioned_addresses_ETH.json")
    assert content_hash(store) == before
