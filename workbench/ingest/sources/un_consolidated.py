"""The United Nations Security Council's consolidated list, XML (`CONSOLIDATED_LIST`).

LISTED_ON is the day of listing: `valid_from`. The list has no field for wallets; where the comments say that
something is an address of a digital currency it is loaded, and what merely looks like one is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.ingest.reading.xml_stream import children, text
from workbench.ingest.sanctions.authorities import UN
from workbench.ingest.sanctions.consolidated import ConsolidatedList
from workbench.ingest.sanctions.stated_wallets import wallet_rows

NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


class UnConsolidated(ConsolidatedList):
    """One edition of the list."""

    name = "un-consolidated"
    title = "UN Security Council consolidated list (XML)"
    doc = "Individuals and entities under measures of the Security Council, with the days of their listing."
    describes = "un-sc"
    publisher = UN
    root, entries = "CONSOLIDATED_LIST", ("INDIVIDUAL", "ENTITY")
    edition_in, edition_of = "dateGenerated", "un-sc-consolidated"
    reads = {
        "dateGenerated": "the edition",
        "INDIVIDUAL": "a Person",
        "ENTITY": "an Organisation",
        "REFERENCE_NUMBER": "its id: `un-sc:KPi.001`; without one, `un-sc:data-<DATAID>`",
        "DATAID": "see REFERENCE_NUMBER",
        "FIRST_NAME": "the name, with the parts below: NAMED",
        "SECOND_NAME": "part of the name",
        "THIRD_NAME": "part of the name",
        "FOURTH_NAME": "part of the name",
        "NAME_ORIGINAL_SCRIPT": "NAMED, kind alias",
        "INDIVIDUAL_ALIAS": "NAMED, kind alias; its quality as `concept`",
        "ENTITY_ALIAS": "NAMED, kind alias; its quality as `concept`",
        "UN_LIST_TYPE": "`program` of LISTED_BY",
        "LISTED_ON": "`valid_from` of LISTED_BY",
        "DELISTED_ON": "`valid_to` of LISTED_BY",
        "COMMENTS1": "Wallets, where the text says that it is an address of a digital currency",
    }
    ignores = {
        "VERSIONNUM": "the list's own book-keeping", "LIST_TYPE": "always UN List",
        "LAST_DAY_UPDATED": "of the entry's text, not of the listing", "SORT_KEY": "the list's own book-keeping",
        "SORT_KEY_LAST_MOD": "the list's own book-keeping", "GENDER": "particulars of people",
        "TITLE": "particulars of people", "DESIGNATION": "an office, not a listing",
        "NATIONALITY": "particulars of people", "NATIONALITY2": "particulars of people",
        "INDIVIDUAL_ADDRESS": "postal addresses", "ENTITY_ADDRESS": "postal addresses",
        "INDIVIDUAL_DATE_OF_BIRTH": "particulars of people", "INDIVIDUAL_PLACE_OF_BIRTH": "particulars of people",
        "INDIVIDUAL_DOCUMENT": "passports", "SUBMITTED_BY": "who proposed the listing", "SUBMITTED_ON": "see there",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A root element CONSOLIDATED_LIST."""
        return 95 if "<CONSOLIDATED_LIST" in sample[:4_000] else 0

    def entry(self, element: Element, kind: str, number: int, context: Context) -> Iterator[Row]:
        """The individual or entity, its further names and its wallets."""
        return _entry(element, kind, number, context)


def _entry(element: Element, kind: str, number: int, context: Context) -> Iterator[Row]:
    reference, data = text(element, "REFERENCE_NUMBER").strip(), text(element, "DATAID").strip()
    where = f"{kind.lower()} {reference or data or number}"
    party: dict[str, Any] = {
        "number": reference or (f"data-{data}" if data else ""),
        "name": " ".join(part for name in NAMES if (part := text(element, name).strip())),
        "type": "individual" if kind == "INDIVIDUAL" else "entity",
    }
    program = text(element, "UN_LIST_TYPE").strip() or None
    dates = {key: _day(text(element, name)) for key, name in
             (("listed_on", "LISTED_ON"), ("delisted_on", "DELISTED_ON"))}  # fmt: skip
    yield Row(where, {"is": "party", **party, "program": program, **dates})
    if original := text(element, "NAME_ORIGINAL_SCRIPT").strip():
        yield Row(f"{where}, original script", {"is": "alias", **party, "alias": original, "kind": "original script"})
    for place, alias in enumerate(children(element, f"{kind}_ALIAS"), 1):
        if name := text(alias, "ALIAS_NAME").strip():
            quality = text(alias, "QUALITY").strip() or None
            yield Row(f"{where}, alias {place}", {"is": "alias", **party, "alias": name, "kind": quality})
    yield from wallet_rows(text(element, "COMMENTS1"), "COMMENTS1", where, {**party, "program": program}, context)


def _day(written: str) -> str | None:
    """The day, without the offset that some have (2018-08-23-04:00)."""
    return written.strip()[:10] or None
