"""What the formats of OFAC's lists share: who publishes them, and how wallets stand in remarks.

https://ofac.treasury.gov/specially-designated-nationals-list-data-formats-data-schemas
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from workbench.model.nodes import Source

OFAC = Source(
    id="ofac",
    title="Sanctions lists of the Office of Foreign Assets Control",
    publisher="OFAC, U.S. Department of the Treasury",
    kind="authority",
    url="https://sanctionslist.ofac.treas.gov",
    licence="public domain (United States government)",
)
PAGE = "https://sanctionssearch.ofac.treas.gov/Details.aspx?id={}"
FEATURE = "Digital Currency Address"
CUT_AT = 1_000
"""Remarks of SDN.CSV stop at this many characters, wherever that is."""
_WALLET = re.compile(r"(?:alt\.\s+)?Digital Currency Address\s*-\s*(\w{1,20})\s+(\S+)\Z", re.IGNORECASE)
_ALIAS = re.compile(r"([afn])\.k\.a\.\s+'(.+)'\Z", re.IGNORECASE)
_NOT_A_REMARK = re.compile(r"digital\s+curr", re.IGNORECASE)


class Remark(NamedTuple):
    """One item of a remark that says something for the graph."""

    kind: str
    """wallet, alias, or unread: an item that speaks of digital currency and has another form."""
    what: str
    """The asset, or the kind of alias."""
    value: str


def asset_of(feature: str) -> str | None:
    """The asset of `Digital Currency Address - XBT`; None for any other feature."""
    head, dash, asset = feature.partition("-")
    return asset.strip() if dash and head.strip().casefold() == FEATURE.casefold() else None


def may_go_on(remark: str) -> bool:
    """Whether a remark is so long that the rest of it may stand elsewhere, even where it ends in a full stop."""
    return len(remark) >= CUT_AT - 10


def is_cut(remark: str) -> bool:
    """Whether a remark (or what it was joined to) certainly lacks its end: whole ones end in a full stop."""
    return may_go_on(remark) and not remark.rstrip().endswith(".")


def remarks_of(text: str) -> Iterator[Remark]:
    """The wallets and names in a remark that is whole (or was joined)."""
    for part in text.split(";"):
        item = part.strip().removesuffix(".").strip()
        if match := _WALLET.fullmatch(item):
            yield Remark("wallet", match[1].upper(), match[2])
        elif match := _ALIAS.fullmatch(item):
            yield Remark("alias", f"{match[1].lower()}ka", match[2])
        elif _NOT_A_REMARK.search(item):
            yield Remark("unread", "", item)
