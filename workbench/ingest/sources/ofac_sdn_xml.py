"""OFAC's lists as plain XML: sdn.xml and consolidated.xml, in their old namespace and in the new one.

A wallet is an `id` of an entry whose `idType` is `Digital Currency Address - XBT` (or another asset) and whose
`idNumber` is the address. The day of publication is the edition. The file gives no dates of listing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.xml_stream import children, items, local, root_of, text
from workbench.ingest.sanctions.designations import DesignationList, Unknowns
from workbench.ingest.sanctions.ofac import FEATURE, OFAC, PAGE, asset_of

NAMESPACES = (
    "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML",
    "http://tempuri.org/sdnList.xsd",
    "https://tempuri.org/sdnList.xsd",
)
TYPES = {"individual": "individual", "entity": "entity", "vessel": "vessel", "aircraft": "aircraft"}
KINDS = {"a.k.a.": "aka", "f.k.a.": "fka", "n.k.a.": "nka"}


class OfacSdnXml(DesignationList):
    """One edition of the SDN list or of the consolidated list."""

    name = "ofac-sdn-xml"
    title = "OFAC sdn.xml"
    doc = "OFAC's lists as plain XML."
    expected = Expected(min_rows=1, max_quarantined_share=0.1)
    describes = "ofac"
    publisher = OFAC
    page = PAGE
    reads = {
        "publshInformation": "the day of publication: the edition; the count of entries is compared (spelt so by OFAC)",
        "uid": "the id of a Person or Organisation: `ofac:<uid>`",
        "firstName": "part of the name: `LAST, First`",
        "lastName": "the name: NAMED by OFAC",
        "sdnType": "Person for Individual; else Organisation: organisation, vessel or aircraft",
        "programList": "`program` of LISTED_BY; several are joined by `; `",
        "idList": "Digital Currency Address: a Wallet, LISTED_BY with the asset as stated, ATTRIBUTED_TO the party",
        "akaList": "NAMED by OFAC, kind alias; the type (aka, fka, nka) as `concept`",
    }
    ignores = {
        "title": "a person's office is nothing the graph keeps",
        "remarks": "what matters in it stands in fields of its own here",
        "addressList": "postal addresses",
        "nationalityList": "particulars of people",
        "citizenshipList": "particulars of people",
        "dateOfBirthList": "particulars of people",
        "placeOfBirthList": "particulars of people",
        "vesselInfo": "particulars of ships",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A root element sdnList."""
        return 95 if "<sdnList" in sample[:4_000] else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every entry, then its further names and its wallets."""
        edition, count = _published(file)
        self.begin(f"ofac-{'cons' if file.name.lower().startswith('cons') else 'sdn'}-xml", edition, context)
        self.context = context
        context.where = "whole file"
        if (space := root_of(file).namespace) not in NAMESPACES:
            context.warn("a namespace that is none of OFAC's", value=space)
        if edition is None:
            context.warn("the file gives no day of publication: its edition is not known")
        unknowns = Unknowns(self.reads, self.ignores)
        number = 0
        for number, _, element in items(file, ("sdnEntry",)):
            unknowns.tell((local(child.tag) for child in element), context)
            yield from _entry(element, f"entry {text(element, 'uid').strip() or number}")
        if count and count != str(number):
            context.where = "whole file"
            context.warn(f"the file says that it has {count} entries, and has {number}", field="Record_Count")
            self.dataset = None  # no whole edition: nothing is retracted


def _published(file: SourceFile) -> tuple[str | None, str]:
    for _, _, element in items(file, ("publshInformation",)):
        day = text(element, "Publish_Date").strip()
        for form in ("%m/%d/%Y", "%Y-%m-%d"):
            try:
                return datetime.strptime(day, form).date().isoformat(), text(element, "Record_Count").strip()
            except ValueError:
                continue
        return None, text(element, "Record_Count").strip()
    return None, ""


def _entry(element: Element, where: str) -> Iterator[Row]:
    type_ = text(element, "sdnType").strip()
    party: dict[str, Any] = {
        "number": text(element, "uid").strip(), "name": _name(element), "type": TYPES.get(type_.casefold(), type_),
    }  # fmt: skip
    programs = dict.fromkeys((program.text or "").strip() for program in children(element, "programList", "program"))
    program = "; ".join(filter(None, programs)) or None
    yield Row(where, {"is": "party", **party, "program": program})
    for place, aka in enumerate(children(element, "akaList", "aka"), 1):
        kind = text(aka, "type").strip()
        row = {"is": "alias", **party, "alias": _name(aka), "kind": KINDS.get(kind.casefold(), kind)}
        yield Row(f"{where}, name {text(aka, 'uid').strip() or place}", row)
    for place, id_ in enumerate(children(element, "idList", "id"), 1):
        kind = text(id_, "idType").strip()
        spot = f"{where}, id {text(id_, 'uid').strip() or place}"
        address = text(id_, "idNumber").strip()
        if (asset := asset_of(kind)) is not None:
            yield Row(spot, {"is": "wallet", **party, "program": program, "asset": asset, "address": address})
        elif FEATURE.casefold() in kind.casefold():
            problem = "speaks of digital currency, and names no asset in OFAC's form"
            yield Row(spot, {"is": "wallet", **party, "problem": problem, "value": f"{kind}: {address}"[:500]})


def _name(element: Element) -> str:
    """`LAST, First`, as OFAC prints the names of people; the last name alone for everything else."""
    return ", ".join(part for name in ("lastName", "firstName") if (part := text(element, name).strip()))
