"""Scales: STIX confidence, Admiralty grades, TLP markings, GraphSense confidence levels, ICD 203 words."""

from __future__ import annotations

import re
from typing import Literal

from workbench.errors import RecordError

Tlp = Literal["clear", "green", "amber", "amber+strict", "red"]
TLP_ORDER: tuple[Tlp, ...] = ("clear", "green", "amber", "amber+strict", "red")
"""Traffic Light Protocol 2.0 (FIRST), least to most restricted."""

_ADMIRALTY = re.compile(r"[A-F][1-6]\Z")

GRAPHSENSE_CONFIDENCE: dict[str, int] = {
    "override": 100, "ownership": 100, "ledger_immanent": 100, "manual_transaction": 90, "service_api": 70,
    "forensic_investigation": 70, "authority_data": 60, "trusted_provider": 50, "service_data": 50, "forensic": 50,
    "untrusted_transaction": 40, "web_crawl": 20, "heuristic": 10, "unknown": 5,
}  # fmt: skip
"""GraphSense TagPack confidence id → level 0–100 (its `confidence` taxonomy)."""

_ICD203 = (
    (0.01, "no chance"),
    (0.05, "almost no chance"),
    (0.20, "very unlikely"),
    (0.45, "unlikely"),
    (0.55, "roughly even chance"),
    (0.80, "likely"),
    (0.95, "very likely"),
    (0.99, "almost certain"),
)


def parse_tlp(text: str | None) -> Tlp:
    """A TLP marking in any of its spellings (TLP 1.0 WHITE is 2.0 CLEAR); raises RecordError if unknown.

    No marking is read as clear: everything the workbench bundles was published to everybody.
    """
    if text is None or not text.strip():
        return "clear"
    name = text.strip().lower().removeprefix("tlp").lstrip(":- ")
    if name == "white":
        name = "clear"
    for tlp in TLP_ORDER:
        if name == tlp:
            return tlp
    raise RecordError("not a TLP 2.0 marking", field="tlp", value=text)


def parse_grade(text: str | None) -> str | None:
    """An Admiralty grade such as B2 (source reliability A–F, credibility 1–6), or None."""
    if text is None or not text.strip():
        return None
    grade = text.strip().upper()
    if not _ADMIRALTY.match(grade):
        raise RecordError("not an Admiralty grade (A1 to F6)", field="grade", value=text)
    return grade


def parse_confidence(value: str | int | None) -> int | None:
    """STIX 2.1 confidence, an integer 0–100, or None."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        number = int(value)
    except ValueError:
        raise RecordError("not a whole number from 0 to 100", field="confidence", value=value) from None
    if not 0 <= number <= 100:
        raise RecordError("not from 0 to 100", field="confidence", value=value)
    return number


def probability_words(probability: float) -> str:
    """The ICD 203 (ODNI 2015) words for a probability 0–1; above 0.99 still "almost certain"."""
    for upper, words in _ICD203:
        if probability <= upper:
            return "almost no chance" if words == "no chance" else words
    return "almost certain"
