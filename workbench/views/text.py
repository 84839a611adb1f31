"""Text from outside made fit to be shown: visible, bounded, in plain words.

Escaping for HTML is the template's work; this is about what escaping does not touch: characters that
turn writing around, that show as nothing, or that go on for ever.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from workbench.model.amounts import USD_ASSET, USD_DECIMALS, from_base_units
from workbench.model.confidence import TLP_ORDER, Tlp, parse_tlp
from workbench.model.networks import BY_CAIP2

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_JOINERS = frozenset("\u200c\u200d")  # Persian and Indic scripts need them
_MAX_MARKS = 4
_BASE58_OR_HEX = re.compile(r"[0-9A-Za-z]{20,}\Z")


def visible(value: object, limit: int = 300) -> str:
    """The text on one line, at most `limit` characters.

    Characters that show as nothing or change the direction of writing (U+202E and its kin: a name must
    not read as another) become U+FFFD, and no letter keeps more than four combining marks.
    """
    text = str(value)[: limit * 4]
    made: list[str] = []
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks > _MAX_MARKS:
            continue
        if char in "\n\r\t":
            made.append(" ")
        else:
            made.append(REPLACEMENT if category in _HIDDEN and char not in _JOINERS else char)
    shown = " ".join("".join(made).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def short_address(address: str) -> str:
    """First and last characters of a long address, enough to recognise it by."""
    return f"{address[:8]}…{address[-6:]}" if _BASE58_OR_HEX.match(address) else visible(address, 40)


def grouped(digits: str) -> str:
    """Decimal text with thousands commas: 1460000000.5 → 1,460,000,000.5."""
    whole, point, fraction = digits.partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(whole):,}{point}{fraction}" if whole.isdigit() else digits


def asset_amount(units: int, asset: str) -> str:
    """An exact amount in the asset's own unit where its decimals are known, else in base units, said so."""
    if asset == USD_ASSET:
        return f"{grouped(from_base_units(units, USD_DECIMALS))} USD"
    caip2, _, token = asset.partition("/")
    network = BY_CAIP2.get(caip2)
    if network is not None and token == "slip44:native":
        return f"{grouped(from_base_units(units, network.decimals))} {network.native}"
    return f"{units:,} base units of {visible(token or asset, 80)}"


def dollars(value: float) -> str:
    """US dollars; cents only where they matter."""
    return f"${value:,.2f}" if abs(value) < 100 and value != int(value) else f"${value:,.0f}"


def moment(time: datetime) -> str:
    """A time in UTC to the second; a midnight is a date."""
    if (time.hour, time.minute, time.second, time.microsecond) == (0, 0, 0, 0):
        return f"{time:%Y-%m-%d}"
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def most_restricted(markings: Iterable[object]) -> Tlp:
    """The strictest of some TLP markings; one that cannot be read counts as red."""
    rank = 0
    for marking in set(markings):
        try:
            rank = max(rank, TLP_ORDER.index(parse_tlp(str(marking) if marking is not None else None)))
        except Exception:  # whatever it is, it is not a permission to pass it on
            rank = len(TLP_ORDER) - 1
    return TLP_ORDER[rank]


def script_json(value: Any) -> str:
    """JSON that may stand inside a `<script>` element: nothing in it can end the element or the line.

    `<`, `>` and `&` are escaped (WHATWG HTML, "Restrictions for contents of script elements"), and so
    are U+2028 and U+2029, which older JavaScript reads as line ends.
    """
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text
