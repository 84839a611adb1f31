"""The cells of one row of a template, trimmed, checked and read as what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.reading.tables import cell_text, column_name
from workbench.model.amounts import parse_amount
from workbench.model.confidence import parse_confidence
from workbench.model.times import parse_time, utc_now

MAX_USD = 10**12
"""A trillion dollars: ten times what all thefts of all years together come to."""
MAX_ID = 200
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._:-]*[A-Za-z0-9])?")
_WHOLE = re.compile(r"[0-9]{1,20}")
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|-?\.[0-9]+")


class Cells:
    """One row's cells by column, trimmed and checked."""

    def __init__(self, raw: dict[str, Any], known: Iterable[str], context: Context) -> None:
        self._text: dict[str, str] = {}
        for key, value in raw.items():
            name = column_name(key)
            text = cell_text(value, name)
            if isinstance(value, str) and text != value:
                context.warn("blanks around the cell were trimmed", field=name, value=value)
            self._text[name] = text
        self.known = known
        self.context = context

    def text(self, name: str) -> str | None:
        """The cell, or None where it is empty or absent."""
        return self._text.get(name) or None

    def required(self, name: str) -> str:
        """The cell; raises RecordError where it is empty or absent."""
        if not (text := self.text(name)):
            raise RecordError("the cell is empty", field=name, value="")
        return text

    def many(self, name: str) -> tuple[str, ...]:
        """The parts of a cell that lists several things, separated by semicolons."""
        return tuple(part for part in (p.strip() for p in self._text.get(name, "").split(";")) if part)

    def time(self, name: str) -> datetime | None:
        """A time; raises RecordError."""
        return parse_time(text, field=name) if (text := self.text(name)) else None

    def past(self, name: str) -> datetime | None:
        """The time of something that happened; raises RecordError for the future."""
        time = self.time(name)
        if time and time > utc_now() + timedelta(days=1):
            raise RecordError("in the future", field=name, value=self.text(name))
        return time

    def id(self, name: str) -> str | None:
        """The id of something; raises RecordError for what no id here looks like."""
        return checked_id(text, name) if (text := self.text(name)) else None

    def ids(self, name: str) -> tuple[str, ...]:
        """The ids of a cell that lists several, separated by semicolons; raises RecordError."""
        return tuple(checked_id(text, name) for text in self.many(name))

    def number(self, name: str) -> Decimal | None:
        """An exact number, in the digits 0 to 9; raises RecordError."""
        if not (text := self.text(name)):
            return None
        if len(text) > MAX_ID or not _NUMBER.fullmatch(text):
            raise RecordError("not a number", field=name, value=text)
        return parse_amount(text, field=name)

    def dollars(self, name: str) -> float | None:
        """US dollars, less than a trillion; raises RecordError."""
        amount = self.number(name)
        if amount is not None and amount >= MAX_USD:
            raise RecordError("a trillion dollars or more", field=name, value=self.text(name))
        return None if amount is None else float(amount)

    def confidence(self, name: str = "confidence") -> int | None:
        """A STIX confidence, 0 to 100, in the digits 0 to 9; raises RecordError."""
        text = self.text(name)
        if text and not _WHOLE.fullmatch(text):
            raise RecordError("not a whole number from 0 to 100", field=name, value=text)
        return parse_confidence(text)

    def left_over(self) -> set[str]:
        """Filled cells of columns the template does not have."""
        return {name for name, text in self._text.items() if text and name not in self.known}


def checked_id(text: str, field: str) -> str:
    """An id as somebody typed it; raises RecordError for anything but ASCII letters, digits and `.`, `_`, `-`, `:`.

    Letters of other alphabets look like these (`fbi` in Cyrillic), and ids are what people compare.
    """
    if len(text) > MAX_ID or not _ID.fullmatch(text):
        what = f"not an id: letters, digits, and . _ - : between them, {MAX_ID} at most"
        raise RecordError(what, field=field, value=text)
    return text
