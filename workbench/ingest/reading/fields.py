"""Takes the fields of one raw row, checked; what nobody took is known at the end."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from workbench.errors import RecordError
from workbench.model.nodes import MAX_TEXT

_SURROGATE = re.compile("[\ud800-\udfff]")


class Fields:
    """The fields of a raw row that should be a mapping. Every method raises RecordError for a bad value."""

    def __init__(self, raw: Any, what: str = "row") -> None:
        if not isinstance(raw, Mapping):
            raise RecordError(f"the {what} is not a mapping of fields", value=raw)
        self._left: dict[str, Any] = {str(name): value for name, value in raw.items()}

    def pop(self, name: str) -> Any:
        """The value as it is, or None."""
        return self._left.pop(name, None)

    def skip(self, *names: str) -> None:
        """Fields that are known and deliberately not kept."""
        for name in names:
            self._left.pop(name, None)

    def text(self, name: str, *, most: int = MAX_TEXT) -> str | None:
        """A text, blanks around it removed, or None where there is none."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if not isinstance(value, str):
            raise RecordError(f"{name} is not a text, or is given twice", field=name, value=value)
        if len(value) > most:
            raise RecordError(f"{name} is longer than {most:,} characters", field=name, value=value)
        if "\0" in value:
            raise RecordError(f"{name} contains a NUL character", field=name, value=value)
        if not value.isascii() and _SURROGATE.search(value):
            shown = value.encode("ascii", "backslashreplace").decode("ascii")
            raise RecordError(f"{name} contains half of a surrogate pair", field=name, value=shown)
        return value.strip() or None

    def required(self, name: str, *, most: int = MAX_TEXT) -> str:
        """A text that has to be there."""
        value = self.text(name, most=most)
        if value is None:
            raise RecordError(f"{name} is missing", field=name)
        return value

    def texts(self, name: str, *, most: int = 500) -> tuple[str, ...]:
        """A list of texts (or one text), without empty ones and repetitions, in the order given."""
        value = self._left.pop(name, None)
        if value is None:
            return ()
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all(isinstance(item, str) and len(item) <= most for item in items):
            raise RecordError(f"{name} is not a list of short texts", field=name, value=value)
        return tuple(dict.fromkeys(item.strip() for item in items if item.strip()))

    def flag(self, name: str) -> bool:
        """Whether a field says true; absent is false."""
        value = self._left.pop(name, None)
        if value in (None, False, 0) or (isinstance(value, str) and value.lower() in ("", "false", "no", "0")):
            return False
        if value in (True, 1) or (isinstance(value, str) and value.lower() in ("true", "yes", "1")):
            return True
        raise RecordError(f"{name} is neither true nor false", field=name, value=value)

    def leftover(self) -> list[str]:
        """Names of the fields nobody took."""
        return sorted(self._left)


def new_names(names: Iterator[str] | Collection[str], known: Collection[str], told: set[str]) -> list[str]:
    """Field names that are neither known nor told of yet, so that each is told once a file."""
    new = sorted({name for name in names if name not in known} - told)
    told.update(new)
    return new
