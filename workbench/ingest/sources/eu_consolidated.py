"""The European Union's consolidated list of financial sanctions, XML 1.1 (`export` of FSF).

The day of listing is the `designationDate` of an entry; where there is none, the earliest publication of a regulation
(not of an amendment) that the entry or one of its names gives: listed by then at the latest. An entry that names
amendments only has no date here, because an amendment says nothing about when the listing began.

The list has no field for wallets; where a remark says that something is an address of a digital currency it is
loaded, and what merely looks like one is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.ingest.reading.xml_stream import children
from workbench.ingest.sanctions.authorities import EU
from workbench.ingest.sanctions.consolidated import ConsolidatedList
from workbench.ingest.sanctions.stated_wallets import wallet_rows

NAMESPACE = "http://eu.europa.ec/fpi/fsd/export"
TYPES = {"person": "individual", "P": "individual", "enterprise": "entity", "entity": "entity", "E": "entity"}


class EuConsolidated(ConsolidatedList):
    """One edition of the list."""

    name = "eu-consolidated"
    title = "EU consolidated financial sanctions list (XML 1.1)"
    doc = "People and entities under financial sanctions of the European Union."
    describes = "eu"
    publisher = EU
    root, entries = "export", ("sanctionEntity",)
    edition_in, edition_of = "generationDate", "eu-consolidated"
    reads = {
        "generationDate": "the edition",
        "euReferenceNumber": "its id: `eu:EU.27.28`; without one, `eu:logical-<logicalId>`",
        "designationDate": "`valid_from` of LISTED_BY",
        "subjectType": "Person for person, Organisation for enterprise",
        "nameAlias": "NAMED: the first as the name, the others as aliases (`weak` where they are not strong)",
        "regulation": "`program`; publicationDate: `valid_from` where there is no designationDate",
        "remark": "Wallets, where the text says that it is an address of a digital currency",
        "identification": "its remarks and numbers, likewise",
    }
    ignores = {
        "citizenship": "particulars of people", "birthdate": "particulars of people", "address": "postal addresses",
        "unitedNationId, designationDetails, globalFileId": "references within other lists",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A root element export in the namespace of the list, or with sanctionEntity in it."""
        start = sample[:4_000]
        return 95 if "<export" in start and (NAMESPACE in start or "<sanctionEntity" in start) else 0

    def entry(self, element: Element, kind: str, number: int, context: Context) -> Iterator[Row]:
        """The party, its further names and its wallets."""
        return _entry(element, number, context)


def _entry(element: Element, number: int, context: Context) -> Iterator[Row]:
    reference = element.get("euReferenceNumber", "").strip()
    logical = element.get("logicalId", "").strip()
    where = f"entity {reference or logical or number}"
    names: dict[str, str | None] = {}
    for alias in children(element, "nameAlias"):
        if name := _name(alias):
            names.setdefault(name, None if alias.get("strong", "true").lower() == "true" else "weak")
    kind = next((t.get("code") or t.get("classificationCode") or "" for t in children(element, "subjectType")), "")
    party: dict[str, Any] = {
        "number": reference or (f"logical-{logical}" if logical else ""), "name": next(iter(names), ""),
        "type": TYPES.get(kind, TYPES.get(kind.lower(), kind or "no subjectType")),
    }  # fmt: skip
    programs = dict.fromkeys(r.get("programme", "").strip() for r in children(element, "regulation"))
    program = "; ".join(filter(None, programs)) or None
    yield Row(where, {"is": "party", **party, "program": program, "listed_on": _listed_on(element)})
    for place, (name, quality) in enumerate(names.items(), 1):
        if name != party["name"]:
            yield Row(f"{where}, name {place}", {"is": "alias", **party, "alias": name, "kind": quality})
    texts = [(remark.text or "") for remark in children(element, "remark")]
    for identification in children(element, "identification"):
        words = (identification.get("identificationTypeDescription", ""), identification.get("number", ""))
        texts += [" ".join(words), *((remark.text or "") for remark in children(identification, "remark"))]
    for place, remark in enumerate(texts, 1):
        yield from wallet_rows(remark, f"remark {place}:", where, {**party, "program": program}, context)


def _name(alias: Element) -> str:
    parts = (alias.get(name, "").strip() for name in ("firstName", "middleName", "lastName"))
    return " ".join((alias.get("wholeName", "").strip() or " ".join(filter(None, parts))).split())


def _listed_on(element: Element) -> str | None:
    """The day of designation, or of the first regulation that names the entry."""
    if day := element.get("designationDate", "").strip():
        return day[:10]
    said = [*children(element, "regulation"), *children(element, "nameAlias", "regulationSummary")]
    days = [r.get("publicationDate", "").strip()[:10] for r in said if r.get("regulationType") == "regulation"]
    return min(filter(None, days), default=None)
