"""The European Union's list: days of listing, weak and strong names, addresses in remarks.

No sample is in the shared data; the fixture is built from the published schema (export 1.1). Nobody in it exists.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.sanction_cases import btc, eth
from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sources.eu_consolidated import NAMESPACE, EuConsolidated


def regulation(kind: str, day: str, programme: str = "PRK", tag: str = "regulation") -> str:
    named = f'programme="{programme}" ' if tag == "regulation" else ""
    return f'<{tag} regulationType="{kind}" publicationDate="{day}" {named}numberTitle="2017/1509 (OJ L224)"/>'


PERSON = f"""<sanctionEntity designationDetails="" unitedNationId="" euReferenceNumber="EU.1.1" logicalId="11">
<remark>{{remark}}</remark>{regulation("amendment", "2023-06-01")}{regulation("regulation", "2017-08-31", "CYB")}
<subjectType code="person" classificationCode="P"/>
<nameAlias firstName="Given" middleName="" lastName="Invented" wholeName="Given Invented" strong="true" logicalId="1">
{regulation("regulation", "2016-05-20", tag="regulationSummary")}</nameAlias>
<nameAlias wholeName="G. Invented" strong="false" logicalId="2"/><nameAlias wholeName="Given Invented" strong="true"/>
<birthdate circa="false" birthdate="1980-01-01"/><identification identificationTypeCode="other"
identificationTypeDescription="Other" number="X"><remark>Ethereum wallet {eth(7)}</remark></identification>
</sanctionEntity>"""
FIRM = f"""<sanctionEntity euReferenceNumber="EU.2.2" designationDate="2025-02-24" logicalId="12">
{regulation("amendment", "2025-02-25", "RUSDA")}<subjectType code="enterprise" classificationCode="E"/>
<nameAlias firstName="" lastName="" wholeName="EXAMPLE EXCHANGE" strong="true"/></sanctionEntity>"""
AMENDED = f"""<sanctionEntity logicalId="13">{regulation("amendment", "2020-01-01")}
<subjectType code="enterprise"/><nameAlias wholeName="OTHER FIRM" strong="true"/></sanctionEntity>"""
ALL = (PERSON.format(remark=f"Crypto wallet {btc(1)}; see {btc(2)}"), FIRM, AMENDED)


def eu_xml(*entities: str, day: str = "2025-03-01T10:00:00.000+01:00", namespace: str = f' xmlns="{NAMESPACE}"') -> str:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<export{namespace} generationDate="{day}" globalFileId="1">{"".join(entities)}</export>'


@pytest.mark.parametrize("namespace", [f' xmlns="{NAMESPACE}"', ""])
def test_a_whole_edition_is_accounted_for(store: Store, tmp_path: Path, namespace: str) -> None:
    """Counted by hand: three entries, one further name, two addresses that the text calls wallets."""
    report = load(store, tmp_path, eu_xml(*ALL, namespace=namespace), "eu.xml")
    assert (report.format, report.source, report.quarantined) == ("eu-consolidated", "eu", 0)
    assert report.rows_in == report.loaded == 3 + 1 + 2
    assert found(store, "MATCH (r:IngestRun) RETURN r.dataset, r.edition") == [("eu-consolidated", "2025-03-01")]
    assert [i.value for i in report.issues if "does not say" in i.reason] == [btc(2)]
    wallets = (
        "MATCH (w:Wallet)-[:ATTRIBUTED_TO]->(p:Person), (w)-[l:LISTED_BY]->() RETURN w.address, p.id, l.valid_from"
    )
    assert sorted(found(store, wallets)) == sorted([(btc(1), "eu:EU.1.1", None), (eth(7), "eu:EU.1.1", None)])
    before = content_hash(store)
    assert load(store, tmp_path, eu_xml(*ALL, namespace=namespace), "eu.xml").duplicates == 6
    assert content_hash(store) == before


def test_trap_4_an_amendment_is_no_day_of_listing(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, eu_xml(*ALL), "eu.xml")
    said = "MATCH (x)-[l:LISTED_BY]->() WHERE NOT x:Wallet RETURN x.id, l.program, toString(date(l.valid_from))"
    assert sorted(found(store, said)) == [
        ("eu:EU.1.1", "PRK; CYB", "2016-05-20"), ("eu:EU.2.2", "RUSDA", "2025-02-24"), ("eu:logical-13", "PRK", None),
    ]  # fmt: skip


def test_names_once_each_and_weak_ones_marked(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, eu_xml(*ALL), "eu.xml")
    names = "MATCH ()-[n:NAMED]->(x {id: 'eu:EU.1.1'}) RETURN n.name, n.kind, n.concept ORDER BY n.name"
    assert found(store, names) == [("G. Invented", "alias", "weak"), ("Given Invented", "name", None)]


def test_later_editions_delist_and_older_ones_do_not(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, eu_xml(*ALL), "eu.xml")
    assert load(store, tmp_path, eu_xml(*ALL[:2], day="2025-04-01"), "eu.xml").retracted == 2
    assert load(store, tmp_path, eu_xml(FIRM, day="2024-04-01"), "eu.xml", accept_shrink=True).retracted == 0


def test_what_is_not_known_is_told(store: Store, tmp_path: Path) -> None:
    strange = FIRM.replace('code="enterprise" classificationCode="E"', 'code="planet"').replace(
        "<subject", "<mood/><subject"
    )
    nameless = AMENDED.replace("OTHER FIRM", "")
    report = load(store, tmp_path, eu_xml(strange, nameless, ALL[0]), "eu.xml")
    assert [i.field for i in report.issues if "does not know" in i.reason] == ["mood"]
    assert reasons(report, "quarantined") == ["not a kind of party that is known", "name is missing"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "not well-formed"), (eu_xml(), "no rows"), (eu_xml(FIRM)[:-30], "not well-formed"), ("<other/>", "root"),
     (eu_xml(FIRM).replace("<export", "<!DOCTYPE x [<!ENTITY a 'b'>]><export"), "document type")],
)  # fmt: skip
def test_empty_damaged_and_hostile_files_are_refused(store: Store, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load(store, tmp_path, text, "eu.xml", as_format="eu-consolidated")


def test_what_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "any.xml"
    path.write_text(eu_xml(FIRM), "utf-8")
    assert formats().detect(SourceFile(path)) is EuConsolidated
