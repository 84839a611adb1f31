"""sdn_advanced.xml: streamed, what numbers mean taken from the file, days of listing.

No sample is in the shared data; fixtures are built from the published schema (see `sanction_cases.advanced_xml`),
with other numbers of reference values than OFAC's own.
"""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.sanction_cases import (
    ADVANCED,
    FEATURES,
    OLD_ADVANCED,
    advanced_xml,
    btc,
    eth,
    load_file,
    ltc,
    trx,
)
from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.xml_stream import items
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.ofac_advanced_xml import OfacAdvancedXml

GROUP: dict[str, Any] = {
    "number": 201, "type": "entity", "name": [(43, "EXAMPLE GROUP")], "listed": (2019, 9, 13),
    "programs": ["DPRK3", "CYBER2"], "aliases": [(71, [(43, "GUARDIANS OF EXAMPLE")]), (72, [(43, "Старое имя")])],
    "wallets": [("XBT", btc(1)), ("ETH", eth(2)), ("USDT", eth(2)), ("USDT", trx(3)), ("LTC", ltc(4))],
}  # fmt: skip
PERSON: dict[str, Any] = {
    "number": 202, "type": "individual", "name": [(42, "Given"), (41, "INVENTED")], "listed": (2022, 11, 8),
    "programs": ["DPRK3"], "wallets": [("XBT", btc(5))],
}  # fmt: skip
SHIP: dict[str, Any] = {"number": 203, "type": "vessel", "name": [(43, "NO SHIP")], "listed": (1989, 1, 5)}
PARTIES = [GROUP, PERSON, SHIP]


@pytest.mark.parametrize("namespace", [ADVANCED, OLD_ADVANCED])
def test_a_whole_edition_in_both_namespaces(store: Store, tmp_path: Path, namespace: str) -> None:
    """Counted another way: by the tags in the text."""
    text = advanced_xml(PARTIES, namespace=namespace)
    wallets = sum(text.count(f'<Feature ID="{p["number"]}{n}"') for p in PARTIES for n in range(1, 10))
    expected = text.count("<DistinctParty ") + text.count('Primary="false"') + wallets
    report = load(store, tmp_path, text, "sdn_advanced.xml")
    assert (report.format, report.source) == ("ofac-advanced-xml", "ofac")
    assert (report.rows_in, report.loaded, report.quarantined) == (expected, expected, 0)
    listed = found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.network, l.asset ORDER BY w.network, l.asset")
    assert listed == [("btc", "XBT"), ("btc", "XBT"), ("eth", "ETH"), ("eth", "USDT"), ("ltc", "LTC"), ("trx", "USDT")]
    assert found(store, "MATCH (r:IngestRun) RETURN r.dataset, r.edition") == [("ofac-sdn-advanced", "2024-03-01")]
    before = content_hash(store)
    again = load(store, tmp_path, text, "sdn_advanced.xml")
    assert (again.loaded, again.duplicates, again.retracted) == (0, expected, 0)
    assert content_hash(store) == before


def test_the_day_of_listing_is_the_partys_and_not_its_wallets(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, advanced_xml(PARTIES), "a.xml")
    said = "MATCH (x)-[l:LISTED_BY]->() WHERE NOT x:Wallet RETURN x.id, toString(date(l.valid_from)), l.program"
    assert sorted(found(store, said)) == [
        ("ofac:201", "2019-09-13", "DPRK3; CYBER2"), ("ofac:202", "2022-11-08", "DPRK3"),
        ("ofac:203", "1989-01-05", None),
    ]  # fmt: skip
    assert found(store, "MATCH (:Wallet)-[c]->() WHERE c.valid_from IS NOT NULL RETURN c") == []


def test_names_of_people_are_written_as_in_the_other_files(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, advanced_xml(PARTIES), "a.xml")
    names = "MATCH ()-[n:NAMED]->(x) RETURN x.id, labels(x)[0], n.name, n.kind, n.concept ORDER BY x.id, n.name"
    assert found(store, names) == [
        ("ofac:201", "Organisation", "EXAMPLE GROUP", "name", None),
        ("ofac:201", "Organisation", "GUARDIANS OF EXAMPLE", "alias", "aka"),
        ("ofac:201", "Organisation", "Старое имя", "alias", "fka"),
        ("ofac:202", "Person", "INVENTED, Given", "name", None),
        ("ofac:203", "Organisation", "NO SHIP", "name", None),
    ]


@settings(max_examples=15, deadline=None)
@given(numbers=st.lists(st.integers(1, 10**6), min_size=len(FEATURES), max_size=len(FEATURES), unique=True))
def test_no_number_of_a_feature_type_is_known_beforehand(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int]
) -> None:
    text = advanced_xml(PARTIES)
    for old, new in zip(FEATURES.values(), numbers, strict=True):
        text = text.replace(f'FeatureType ID="{old}"', f'FeatureType ID="n{new}"')
        text = text.replace(f'FeatureTypeID="{old}"', f'FeatureTypeID="n{new}"')
    path = tmp_path_factory.mktemp("xml") / "a.xml"
    path.write_text(text, "utf-8")
    rows = list(OfacAdvancedXml().rows(SourceFile(path), Context()))
    read = [(row.raw["asset"], row.raw["address"]) for row in rows if row.raw["is"] == "wallet"]
    assert read == GROUP["wallets"] + PERSON["wallets"]


def test_what_the_file_does_not_explain_is_told_and_nobody_is_sanctioned_by_default(
    store: Store, tmp_path: Path
) -> None:
    strange = [
        {**GROUP, "wallets": [("8888", btc(8))]}, {**PERSON, "type": "satellite"}, {**SHIP, "listed": None},
    ]  # fmt: skip
    text = advanced_xml(strange).replace('EntryEventTypeID="61"', 'EntryEventTypeID="66"')
    text = text.replace("<Profile ID", "<Verdict/><Profile ID")
    report = load(store, tmp_path, text, "a.xml")
    told = {(issue.reason, issue.value or issue.field) for issue in report.issues if issue.action == "warned"}
    assert told == {
        ("a feature of a type the file does not explain is left out: it may be a wallet", "8888"),
        ("an event of an entry that is neither a listing nor a removal is left out", "EntryEventTypeID 66"),
        ("a field this format does not know is left out", "Verdict"),
    }
    assert set(reasons(report, "quarantined")) == {
        "not a kind of party that is known", "no sanctions entry: named in the file, and not said to be sanctioned",
    }  # fmt: skip
    assert found(store, "MATCH (x)-[l:LISTED_BY]->() RETURN x.id, l.valid_from") == [("ofac:201", None)]


def test_a_bad_address_costs_itself(store: Store, tmp_path: Path) -> None:
    party = {**GROUP, "wallets": [("XBT", btc(1)), ("XMR", "5be5" * 16), ("ETH", ""), ("ETH", eth(2)[:-1])]}
    report = load(store, tmp_path, advanced_xml([party]), "a.xml")
    assert (report.loaded, report.quarantined) == (1 + 2 + 1, 3)
    where = [issue.where for issue in report.issues if issue.action == "quarantined"]
    assert where == [f"party 201, feature 201{n}" for n in (2, 3, 4)]


def test_an_address_of_another_network_is_kept_there_and_told(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, advanced_xml([{**GROUP, "wallets": [("XBT", trx(9))]}]), "a.xml")
    assert found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.network, l.asset") == [("trx", "XBT")]
    assert any("listed under XBT" in reason for reason in reasons(report, "warned"))


def test_a_later_edition_delists_and_an_older_one_does_not(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, advanced_xml(PARTIES), "new.xml")
    less = {**GROUP, "wallets": GROUP["wallets"][1:]}
    later = load(store, tmp_path, advanced_xml([less, PERSON, SHIP], (2024, 6, 1)), "newer.xml")
    assert (later.loaded, later.retracted) == (0, 2)
    older = load(store, tmp_path, advanced_xml([SHIP], (2023, 1, 1)), "older.xml", accept_shrink=True)
    assert older.retracted == 0
    assert any("2023-01-01 is older than 2024-06-01" in reason for reason in reasons(older))


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(advanced_xml({**SHIP, "number": n} for n in range(3_000)), "utf-8")
    most = 0
    for item in items(SourceFile(path), ("DistinctParty",)):
        if item.number % 500 == 0:
            most = max(most, sum(isinstance(thing, Element) for thing in gc.get_objects()))
    assert item.number == 3_000
    assert most < 1_000, "one party and what the parser reads ahead, of 3,000 parties with 20 elements each"


HOSTILE_XML = [
    ('<!DOCTYPE Sanctions [<!ENTITY a "aaaa">]>', "document type or entities"),
    ('<!DOCTYPE Sanctions SYSTEM "file:///etc/passwd">', "document type or entities"),
]


@pytest.mark.parametrize(("head", "why"), HOSTILE_XML)
def test_document_types_and_entities_are_refused(store: Store, tmp_path: Path, head: str, why: str) -> None:
    text = advanced_xml(PARTIES).replace("<Sanctions", f"{head}<Sanctions", 1)
    with pytest.raises(InputError, match=why):
        load(store, tmp_path, text, "a.xml")


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "not well-formed"), (advanced_xml([]), "no rows"), (advanced_xml(PARTIES)[:-400], "not well-formed"),
     ("<Sanctions>" + "<a>" * 200, "nested more than"),
     ('<?xml version="1.0" encoding="klingon"?><Sanctions/>', "XML")],
)  # fmt: skip
def test_empty_and_damaged_files_are_refused(store: Store, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load(store, tmp_path, text, "a.xml", as_format="ofac-advanced-xml")
    live = "MATCH ()-[c]->() WHERE c.retracted_at IS NOT NULL RETURN count(c)"
    assert found(store, live) == [(0,)]


def test_hostile_names_stay_text(store: Store, tmp_path: Path) -> None:
    name = "&lt;script&gt;alert(1)&lt;/script&gt; '}) DETACH DELETE n //"
    load(store, tmp_path, advanced_xml([{**SHIP, "name": [(43, name)]}]), "a.xml")
    plain = re.sub("&lt;", "<", re.sub("&gt;", ">", name))
    assert found(store, "MATCH (o:Organisation) RETURN o.name") == [(plain,)]


def test_what_is_detected_whatever_its_encoding(store: Store, tmp_path: Path) -> None:
    text = advanced_xml(PARTIES)
    for encoding in ("utf-8-sig", "utf-16"):
        path = tmp_path / f"{encoding}.xml"
        path.write_bytes(text.encode(encoding))
        assert formats().detect(SourceFile(path)) is OfacAdvancedXml
        assert load_file(store, path).quarantined == 0
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, _written(tmp_path, "<Other/>"), Options(as_format="ofac-advanced-xml"))


def _written(folder: Path, text: str) -> Path:
    path = folder / "other.xml"
    path.write_text(text, "utf-8")
    return path
