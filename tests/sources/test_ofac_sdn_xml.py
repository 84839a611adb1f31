"""Plain sdn.xml: both namespaces, editions by day of publication, wallets among the ids.

No sample is in the shared data; the fixture is built from the published schema (sdnList, `publshInformation` as OFAC
spells it, sdnEntry with programList, idList and akaList).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.sources.sanction_cases import btc, eth, ltc, trx
from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sources.ofac_sdn_xml import NAMESPACES, OfacSdnXml


def wallet(uid: int, asset: str, address: str) -> str:
    return f"<id><uid>{uid}</uid><idType>Digital Currency Address - {asset}</idType><idNumber>{address}</idNumber></id>"


WALLETS = (
    wallet(1, "XBT", btc(1)) + wallet(2, "USDT", trx(2)) + wallet(3, "ETH", eth(3)) + wallet(4, "BSC", eth(3))
    + "<id><uid>5</uid><idType>Passport</idType><idNumber>X1</idNumber></id>"
)  # fmt: skip
GROUP = f"""<sdnEntry><uid>301</uid><lastName>EXAMPLE GROUP</lastName><sdnType>Entity</sdnType><remarks>(x)</remarks>
<programList><program>DPRK3</program><program>CYBER2</program></programList><idList>{WALLETS}</idList>
<akaList><aka><uid>9</uid><type>a.k.a.</type><category>strong</category><lastName>EXAMPLE TEAM</lastName></aka>
</akaList>
<addressList><address><uid>8</uid><country>Land</country></address></addressList></sdnEntry>"""
PERSON = f"""<sdnEntry><uid>302</uid><firstName>Given</firstName><lastName>INVENTED</lastName><title>Agent</title>
<sdnType>Individual</sdnType><programList><program>DPRK3</program></programList>
<idList>{wallet(7, "LTC", ltc(7))}</idList><dateOfBirthList/></sdnEntry>"""
SHIP = """<sdnEntry><uid>303</uid><lastName>NO SHIP</lastName><sdnType>Vessel</sdnType>
<programList><program>DPRK4</program></programList><vesselInfo><tonnage>1</tonnage></vesselInfo></sdnEntry>"""


def sdn_xml(*entries: str, day: str = "03/01/2024", namespace: str = NAMESPACES[0], count: int | None = None) -> str:
    info = f"<Publish_Date>{day}</Publish_Date><Record_Count>{len(entries) if count is None else count}</Record_Count>"
    return (
        f'<?xml version="1.0" standalone="yes"?>\n<sdnList xmlns="{namespace}"><publshInformation>{info}'
        f"</publshInformation>{''.join(entries)}</sdnList>"
    )


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_whole_edition_in_every_namespace(store: Store, tmp_path: Path, namespace: str) -> None:
    """Counted another way: by the tags in the text."""
    text = sdn_xml(GROUP, PERSON, SHIP, namespace=namespace)
    expected = text.count("<sdnEntry>") + text.count("<aka>") + text.count("Digital Currency Address")
    report = load(store, tmp_path, text, "sdn.xml")
    assert (report.format, report.source, report.issues) == ("ofac-sdn-xml", "ofac", [])
    assert (report.rows_in, report.loaded, report.quarantined) == (expected, expected, 0)
    assert found(store, "MATCH (r:IngestRun) RETURN r.dataset, r.edition") == [("ofac-sdn-xml", "2024-03-01")]
    before = content_hash(store)
    again = load(store, tmp_path, text, "sdn.xml")
    assert (again.loaded, again.duplicates) == (0, expected)
    assert content_hash(store) == before


def test_what_is_said(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, sdn_xml(GROUP, PERSON, SHIP), "sdn.xml")
    listed = "MATCH (w:Wallet)-[l:LISTED_BY]->(), (w)-[:ATTRIBUTED_TO]->(o) RETURN w.network, l.asset, o.id, l.program"
    assert sorted(found(store, listed)) == [
        ("bsc", "BSC", "ofac:301", "DPRK3; CYBER2"), ("btc", "XBT", "ofac:301", "DPRK3; CYBER2"),
        ("eth", "ETH", "ofac:301", "DPRK3; CYBER2"), ("ltc", "LTC", "ofac:302", "DPRK3"),
        ("trx", "USDT", "ofac:301", "DPRK3; CYBER2"),
    ]  # fmt: skip
    names = "MATCH ()-[n:NAMED]->(x) RETURN labels(x)[0], x.kind, n.name, n.concept ORDER BY n.name"
    assert found(store, names) == [
        ("Organisation", "organisation", "EXAMPLE GROUP", None),
        ("Organisation", "organisation", "EXAMPLE TEAM", "aka"),
        ("Person", None, "INVENTED, Given", None), ("Organisation", "vessel", "NO SHIP", None),
    ]  # fmt: skip


def test_a_later_edition_delists_and_a_torn_one_does_not(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, sdn_xml(GROUP, PERSON, SHIP), "sdn.xml")
    torn = load(store, tmp_path, sdn_xml(SHIP, day="04/01/2024", count=3), "sdn.xml", accept_shrink=True)
    assert torn.retracted == 0
    assert "the file says that it has 3 entries, and has 1" in reasons(torn)
    later = load(store, tmp_path, sdn_xml(GROUP, SHIP, day="05/01/2024"), "sdn.xml")
    assert later.retracted == 4  # the person is named and listed; its wallet is listed and attributed
    assert load(store, tmp_path, sdn_xml(SHIP, day="01/01/2024"), "sdn.xml", accept_shrink=True).retracted == 0


def test_bad_values_cost_themselves_and_unknown_fields_are_told_once(store: Store, tmp_path: Path) -> None:
    group = GROUP.replace(btc(1), btc(1)[:-1]).replace("Currency Address - ETH", "Currency Address")
    strange = SHIP.replace("Vessel", "Satellite").replace("<vesselInfo>", "<crew/><vesselInfo>")
    nameless = PERSON.replace("<lastName>INVENTED</lastName>", "").replace("<firstName>Given</firstName>", "<crew/>")
    report = load(store, tmp_path, sdn_xml(group, strange, nameless, day="sometime"), "sdn.xml")
    assert [(issue.where, issue.reason) for issue in report.issues if issue.action == "quarantined"] == [
        ("entry 301, id 1", "no network accepts this address (wrong checksum, test network, or not an address)"),
        ("entry 301, id 3", "speaks of digital currency, and names no asset in OFAC's form"),
        ("entry 303", "not a kind of party that is known"),
        ("entry 302", "name is missing"), ("entry 302, id 7", "name is missing"),
    ]  # fmt: skip
    assert [issue.field for issue in report.issues if "does not know" in issue.reason] == ["crew"]
    assert any("edition is not known" in reason for reason in reasons(report))


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "not well-formed"), (sdn_xml(), "no rows"), (sdn_xml(GROUP, PERSON)[:-300], "not well-formed"),
     (re.sub("<sdnList", "<!DOCTYPE x [<!ENTITY a 'b'>]><sdnList", sdn_xml(GROUP)), "document type")],
)  # fmt: skip
def test_empty_damaged_and_hostile_files_are_refused(store: Store, tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load(store, tmp_path, text, "sdn.xml", as_format="ofac-sdn-xml")


def test_what_is_detected(tmp_path: Path) -> None:
    path = tmp_path / "any.xml"
    path.write_text(sdn_xml(GROUP), "utf-8")
    assert formats().detect(SourceFile(path)) is OfacSdnXml
