"""The cells of one row of a template, trimmed, checked and read as what they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.tables import cell_text, column_name
from workbench.model.amounts import parse_amount
from workbench.model.times import parse_time, utc_now


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

    def number(self, name: str) -> Decimal | None:
        """An exact number; raises RecordError."""
        return parse_amount(text, field=name) if (text := self.text(name)) else None

    def left_over(self) -> set[str]:
        """Filled cells of columns the template does not have."""
        return {name for name, text in self._text.items() if text and name not in self.known}
