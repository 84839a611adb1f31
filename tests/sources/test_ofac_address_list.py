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
from workbench.ingest import ingest_paths
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.address_list import AddressList
from workbench.ingest.sources.ofac_address_list import LISTS, OfacAddressList

PAYMENT_ID = "5be5543ff73456ab9f2d207887e2af87322c651ea1a873c5b25b7ffae456c320"
"""Stands among OFAC's Monero addresses, and is none: 32 bytes in hexadecimal digits, without a checksum."""


LISTINGS = "MATCH ()-[l:LISTED_BY]->(s) RETURN s.id, l.listing, l.asset, l.dataset, l.source_id"


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
        told = (again.loaded, again.quarantined, again.duplicates, again.retracted)
        assert told == (distinct - bad, bad, len(words) - distinct, 0), path.name
        both = (
            "MATCH (w:Wallet)-[l:LISTED_BY]->() WHERE l.dataset IN $names "
            "WITH w, count(l) AS times RETURN times, count(w)"
        )
        names = [f"{LISTS.id}-{path.stem.rpartition('_')[2].lower()}-{form}" for form in ("txt", "json")]
        assert found(store, both, names=names) == [(2, distinct - bad)], path.name
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


def test_the_asset_comes_from_the_name_and_is_never_guessed(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="which asset"):
        load(store, tmp_path, f"{btc(1)}\n", "list.txt", as_format="ofac-address-list")
    load(store, tmp_path, f"{btc(1)}\n", "sanctioned_addresses_XBT.txt")
    assert found(store, LISTINGS) == [("ofac", "sanctioned", "XBT", f"{LISTS.id}-xbt-txt", LISTS.id)]


def test_a_list_of_another_name_is_the_word_of_whoever_source_names(store: Store, tmp_path: Path) -> None:
    """Neither 0xB10C nor OFAC said anything of it, and the end of a source's name is no asset."""
    options = {"as_format": "ofac-address-list", "source": "my-lists-ZEC"}
    report = load(store, tmp_path, f"{btc(1)}\n{btc(1)[:-1]}\n", "mylist.txt",
                  quarantine_folder=tmp_path / "quarantine", **options)  # fmt: skip
    mine = [("my-lists-zec", "tagged", None, None, "my-lists-zec")]
    assert (report.source, report.loaded, report.quarantined) == ("my-lists-zec", 1, 1)
    assert found(store, LISTINGS) == mine
    assert any("tagged, with no asset" in reason for reason in reasons(report, "warned"))
    load(store, tmp_path, f"{btc(2)}\n", "other.txt", accept_shrink=True, **options)
    assert found(store, LISTINGS) == mine * 2
    assert found(store, "MATCH (s:Source) WHERE s.id IN ['ofac', $lists] RETURN s.id", lists=LISTS.id) == []
    kept = next((tmp_path / "quarantine").iterdir())
    kept.write_text(kept.read_text("utf-8").replace(f'"{btc(1)[:-1]}"', f'"{btc(3)}"'), "utf-8")
    assert load_file(store, kept).loaded == 1
    assert found(store, LISTINGS) == mine * 3


def test_a_file_of_the_lists_name_with_a_source_is_that_sources_word(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, f"{btc(1)}\n", "sanctioned_addresses_XBT.txt", source="my copy")
    assert found(store, LISTINGS) == [("ofac", "sanctioned", "XBT", "my-copy-xbt-txt", "my-copy")]
    assert found(store, "MATCH (a)-[:DERIVED_FROM]->(b) RETURN a.id, b.id") == [("my-copy", "ofac")]


def test_text_and_json_of_one_list_retract_nothing_of_each_other(store: Store, tmp_path: Path) -> None:
    """The text is older and shorter; what only the JSON has stays listed, in one run over the folder and after it."""
    (tmp_path / "sanctioned_addresses_ETH.json").write_text(json.dumps([eth(1), eth(2)]), "utf-8")
    (tmp_path / "sanctioned_addresses_ETH.txt").write_text(f"{eth(1)}\n", "utf-8")
    for _ in range(2):
        report = ingest_paths(store, [tmp_path])
        assert (report.failed, [run.retracted for run in report.runs]) == ([], [0, 0])
    live = (
        "MATCH (w:Wallet)-[l:LISTED_BY]->() WHERE l.retracted_at IS NULL RETURN w.address, count(l) ORDER BY w.address"
    )
    assert found(store, live) == [(eth(1), 2), (eth(2), 1)]


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
    assert (items.loaded, items.quarantined) == (1, 3)


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
    for indent in (None, 2):  # an array on one line, and on several
        text = json.dumps([eth(1), eth(2)], indent=indent)
        assert OfacAddressList.detect(text, "sanctioned_addresses_ETH.json") == 90
    assert OfacAddressList.detect('{"not": "a list"}', "sanctioned_addresses_ETH.json") == 0


def test_reading_again_changes_nothing(store: Store, folder: Path) -> None:
    load_file(store, folder / "sanctioned_addresses_ETH.txt")
    before = content_hash(store)
    load_file(store, folder / "sanctioned_addresses_ETH.txt")
    assert content_hash(store) == before
