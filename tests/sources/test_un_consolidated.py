"""The Security Council's list: days of listing, names, and addresses in comments.

No sample is in the shared data; the fixture is built from the published schema (sc-sanctions.xsd) and the shape of
real editions (days with an offset, empty aliases). Nobody in it exists.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.sanction_cases import btc, eth, trx
from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sanctions.stated_wallets import stated_wallets
from workbench.ingest.sources.un_consolidated import UnConsolidated

PERSON = """<INDIVIDUAL><DATAID>1</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>GIVEN</FIRST_NAME>
<SECOND_NAME>INVENTED</SECOND_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE><REFERENCE_NUMBER>KPi.999</REFERENCE_NUMBER>
<LISTED_ON>2016-03-02-04:00</LISTED_ON><NAME_ORIGINAL_SCRIPT>아무개</NAME_ORIGINAL_SCRIPT>
<COMMENTS1>{comment}</COMMENTS1><NATIONALITY><VALUE>Land</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Given I.</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS><SORT_KEY/></INDIVIDUAL>"""
ENTITY = """<ENTITY><DATAID>2</DATAID><FIRST_NAME>EXAMPLE BUREAU</FIRST_NAME><UN_LIST_TYPE>DPRK</UN_LIST_TYPE>
<REFERENCE_NUMBER>KPe.999</REFERENCE_NUMBER><LISTED_ON>2013-01-22</LISTED_ON><COMMENTS1/>
<ENTITY_ALIAS><QUALITY>f.k.a.</QUALITY><ALIAS_NAME>Old Bureau</ALIAS_NAME></ENTITY_ALIAS></ENTITY>"""
SAID = f"Bitcoin addresses: {btc(1)}, {btc(2)}; Tether (USDT) wallet {trx(3)}. See also {btc(4)}"


def un_xml(*individuals: str, entities: str = ENTITY, day: str = "2024-03-01T00:00:01.1Z") -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="{day}">'
        f"<INDIVIDUALS>{''.join(individuals)}</INDIVIDUALS><ENTITIES>{entities}</ENTITIES></CONSOLIDATED_LIST>"
    )


def test_a_whole_edition_is_accounted_for(store: Store, tmp_path: Path) -> None:
    """Counted another way: by tags in the text, and by hand for the comment (three addresses it calls addresses)."""
    text = un_xml(PERSON.format(comment=SAID))
    rows = text.count("<DATAID>") + text.count("<NAME_ORIGINAL_SCRIPT>") + text.count("</ALIAS_NAME>") + 3
    report = load(store, tmp_path, text, "consolidated.xml")
    assert (report.format, report.source) == ("un-consolidated", "un-sc")
    assert (report.rows_in, report.loaded, report.quarantined) == (rows, rows, 0)
    assert found(store, "MATCH (r:IngestRun) RETURN r.dataset, r.edition") == [("un-sc-consolidated", "2024-03-01")]
    listed = (
        "MATCH (x)-[l:LISTED_BY]->() WHERE NOT x:Wallet RETURN x.id, x.name, toString(date(l.valid_from)), l.program"
    )
    assert sorted(found(store, listed)) == [
        ("un-sc:KPe.999", "EXAMPLE BUREAU", "2013-01-22", "DPRK"),
        ("un-sc:KPi.999", "GIVEN INVENTED", "2016-03-02", "DPRK"),
    ]  # fmt: skip
    before = content_hash(store)
    again = load(store, tmp_path, text, "consolidated.xml")
    assert (again.loaded, again.duplicates) == (0, rows)
    assert content_hash(store) == before


def test_an_address_is_loaded_only_where_the_text_says_that_it_is_one(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, un_xml(PERSON.format(comment=SAID)), "a.xml")
    wallets = (
        "MATCH (w:Wallet)-[l:LISTED_BY]->(), (w)-[:ATTRIBUTED_TO]->(p:Person) RETURN w.address, l.asset, l.valid_from"
    )
    assert sorted(found(store, wallets)) == sorted(
        [(btc(1), "Bitcoin", None), (btc(2), "Bitcoin", None), (trx(3), "USDT", None)]
    )
    assert [(i.value, i.action) for i in report.issues if "does not say" in i.reason] == [(btc(4), "dropped")]


@pytest.mark.parametrize(
    ("text", "said", "told"),
    [
        (f"ETH address {eth(1)}", [eth(1)], []),
        (f"Digital Currency Address - XBT {btc(1)}", [btc(1)], []),
        (f"cryptocurrency wallet: {trx(1)}.", [trx(1)], []),
        (f"Bitcoin is used widely. Account {btc(1)}", [], [btc(1)]),
        (f"passport {btc(1)}", [], [btc(1)]),
        (f"https://example.org/{btc(1)}", [], []),
        ("transaction " + "ab" * 32, [], []),
        (f"Bitcoin address {btc(1)[:-1]}x", [f"{btc(1)[:-1]}x"], []),
        ("A" * 40, [], []),
    ],
)
def test_what_counts_as_stated(text: str, said: list[str], told: list[str]) -> None:
    found_ = list(stated_wallets(text))
    assert ([f.word for f in found_ if f.said], [f.word for f in found_ if not f.said]) == (said, told)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    assert all(found_.word in text for found_ in stated_wallets(text))


def test_a_damaged_address_that_the_text_states_is_quarantined(store: Store, tmp_path: Path) -> None:
    bad = btc(1)[:-1] + ("x" if not btc(1).endswith("x") else "y")
    report = load(store, tmp_path, un_xml(PERSON.format(comment=f"Bitcoin address {bad}")), "a.xml")
    assert [(i.where, i.value) for i in report.issues if i.action == "quarantined"] == [
        ("individual KPi.999, COMMENTS1 1", bad)
    ]


def test_later_editions_delist_and_older_ones_do_not(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, un_xml(PERSON.format(comment=SAID)), "a.xml")
    assert load(store, tmp_path, un_xml(day="2024-05-01"), "a.xml", accept_shrink=True).retracted == 4 + 2 * 3
    assert load(store, tmp_path, un_xml(day="2023-05-01", entities=ENTITY.replace("KPe", "KPx")), "a.xml",
                accept_shrink=True).retracted == 0  # fmt: skip


def test_unknown_fields_are_told_once_and_a_nameless_entry_is_quarantined(store: Store, tmp_path: Path) -> None:
    strange = [PERSON.format(comment="").replace("<SORT_KEY/>", "<SHOE_SIZE/>") for _ in range(3)]
    nameless = ENTITY.replace("EXAMPLE BUREAU", " ")
    report = load(store, tmp_path, un_xml(*strange, entities=nameless), "a.xml")
    assert [i.field for i in report.issues if "does not know" in i.reason] == ["SHOE_SIZE"]
    assert set(reasons(report, "quarantined")) == {"name is missing"}


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "not well-formed"), (un_xml(entities=""), "no rows"), (un_xml()[:-30], "not well-formed"),
     ("<other/>", "root element"), (un_xml().replace("<CONS", "<!DOCTYPE x []><CONS"), "document type")],
)  # fmt: skip
def test_empty_damaged_and_hostile_files_are_refused(store: Store, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load(store, tmp_path, text, "a.xml", as_format="un-consolidated")


def test_what_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "any.xml"
    path.write_text(un_xml(), "utf-8")
    assert formats().detect(SourceFile(path)) is UnConsolidated
