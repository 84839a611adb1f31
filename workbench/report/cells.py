"""Values of query rows as text for readers: exact, with no more precision than the source gave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pandas as pd

from workbench.report.markup import Form
from workbench.views.text import dollars, moment, visible

NOTHING = "–"
_WEB = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?(?:[/?#][^\s\"'<>\\^`{|}]*)?\Z")
_SOURCE = re.compile(r"(?:.*_)?sources?(?:_id)?\Z")
_DOLLARS = re.compile(r"(?:.*_)?usd\Z")
_PLAIN = re.compile(r"(?:year|block|position|index|confidence|id|.*_id)\Z")
_LONG = 22
_PRECISE = {"year": 4, "month": 7, "day": 10}


def shown(value: Any, column: str = "", row: Mapping[str, Any] | None = None, form: Form | None = None) -> str:
    """One value. `row` is where `<column>_precision` is looked up: a month is not shown as a day."""
    if missing(value):
        return NOTHING
    if isinstance(value, datetime):
        precise = _PRECISE.get(str((row or {}).get(f"{column}_precision")))
        if precise or form == "date":
            return f"{value:%Y-%m-%d}"[: precise or 10]
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        if form == "usd" or (form is None and _DOLLARS.match(column)):
            return dollars(float(value))
        if form == "text" or (form is None and _PLAIN.match(column)):
            return f"{value:g}" if isinstance(value, float) else str(value)
        return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
    if isinstance(value, list | tuple):
        return "; ".join(shown(item, column) for item in value) if len(value) else NOTHING
    if isinstance(value, dict):
        return "; ".join(f"{key}: {shown(item)}" for key, item in sorted(value.items()))
    return visible(value, 1_000)


def missing(value: Any) -> bool:
    """Nothing was said: None, NaN or NaT."""
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)


def numeric(value: Any) -> bool:
    """Set to the right."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def look(value: Any) -> str:
    """How a cell is set: "n" a number, "long" a word that has to be broken, "" plain text."""
    if numeric(value):
        return "n"
    return "long" if isinstance(value, str) and any(len(word) > _LONG for word in value.split()) else ""


def is_source_column(column: str) -> bool:
    """Whether a column holds ids of sources."""
    return bool(_SOURCE.match(column))


def source_ids(value: Any) -> list[str]:
    """Ids in a cell of such a column."""
    values = value if isinstance(value, list | tuple) else [value]
    return [item for item in values if isinstance(item, str) and item]


def web_address(value: Any) -> str | None:
    """The value where it is an http or https address that may become a link, else None."""
    return value if isinstance(value, str) and len(value) <= 2_000 and _WEB.match(value) else None
