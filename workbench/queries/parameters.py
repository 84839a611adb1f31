"""Parameters of saved queries: declared with a type, converted from what a caller or a command line gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from workbench.errors import ParameterError, RecordError, nearest_hint
from workbench.model.times import parse_time

ParameterType = Literal["id", "text", "int", "float", "bool", "date", "datetime", "list of text"]
TYPES: tuple[str, ...] = get_args(ParameterType)
MAX_ID = 500
MAX_TEXT = 10_000
MAX_ITEMS = 10_000

_DEFAULTS: dict[str, tuple[type, ...]] = {
    "id": (str,), "text": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "date": (date,),
    "datetime": (datetime,), "list of text": (list,),
}  # fmt: skip
"""What a default of each type may be in TOML; text is not converted there."""


@dataclass(frozen=True)
class Parameter:
    """One declared parameter. Without a default it must be given, unless `optional`: then it is null."""

    name: str
    type: ParameterType
    doc: str = ""
    default: Any = None
    optional: bool = False

    @property
    def required(self) -> bool:
        """Whether a caller has to give it."""
        return self.default is None and not self.optional

    def convert(self, value: Any) -> Any:
        """`value` as the type says, text from a command line included; None is "not given".

        Datetimes become aware UTC; a list of text may be one text with commas. Raises ParameterError.
        """
        if value is None or (value == "" and self.optional):
            return None
        try:
            return _CONVERT[self.type](value)
        except (ValueError, TypeError, OverflowError, RecordError) as error:
            why = error.what if isinstance(error, RecordError) else str(error)
            raise ParameterError(f"{self.name} = {_shown(value)} is not {_article(self.type)}: {why}") from None


def default_fits(type_: ParameterType, value: Any) -> bool:
    """Whether a TOML value can be the default of a parameter of that type."""
    if isinstance(value, bool) != (type_ == "bool"):
        return False
    if type_ == "date" and isinstance(value, datetime):
        return False
    if type_ == "list of text":
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, _DEFAULTS[type_])


def bind(declared: Mapping[str, Parameter], given: Mapping[str, Any], *, query: str) -> dict[str, Any]:
    """Every declared parameter with its value: what was given, converted, or the default.

    Raises ParameterError for one that is missing, unknown (with the nearest name) or of another type.
    """
    for name in given:
        if name not in declared:
            raise ParameterError(
                f"no parameter is called {name!r}", where=query, hint=nearest_hint(name, declared) or "It takes none."
            )
    values: dict[str, Any] = {}
    for name, parameter in declared.items():
        try:
            value = parameter.convert(given.get(name))
        except ParameterError as error:
            raise ParameterError(error.what, where=query, hint=parameter.doc or None) from None
        if value is None:
            if parameter.required:
                raise ParameterError(f"the parameter {name} is missing", where=query, hint=_ask(parameter))
            value = parameter.default
        values[name] = value
    return values


def _ask(parameter: Parameter) -> str:
    return f"{parameter.name}: {parameter.doc or _article(parameter.type)}"


def _article(type_: str) -> str:
    return f"an {type_}" if type_[0] in "ai" else f"a {type_}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"


def _text(value: Any, longest: int = MAX_TEXT) -> str:
    if not isinstance(value, str):
        raise TypeError("it is not text")
    if len(value) > longest:
        raise ValueError(f"it is longer than {longest} characters")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("it is not valid Unicode")
    return value


def _id(value: Any) -> str:
    text = _text(value, MAX_ID).strip()
    if not text:
        raise ValueError("it is empty")
    return text


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("it is not a whole number")
    try:
        number = int(value)
    except ValueError:
        raise ValueError("it is not a whole number") from None
    if not -(2**63) <= number < 2**63:
        raise ValueError("it does not fit into 64 bits")
    return number


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError("it is not a number")
    try:
        number = float(value)
    except ValueError:
        raise ValueError("it is not a number") from None
    if not math.isfinite(number):
        raise ValueError("it is not finite")
    return number


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    if not isinstance(value, str) or value.strip().lower() not in known:
        raise ValueError("write true or false")
    return known[value.strip().lower()]


def _datetime(value: Any) -> datetime:
    if not isinstance(value, str | date):
        raise TypeError("it is not a time (write 2023-06-02T21:49:23Z)")
    made = parse_time(value)
    # pandas' Timestamp is a datetime too, which the driver packs its own way
    return datetime.fromtimestamp(made.timestamp(), UTC) if type(made) is not datetime else made


def _date(value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, str | date):
        raise TypeError("it is not a date (write 2023-06-02)")
    return date.fromisoformat(value.strip()) if isinstance(value, str) else value


def _list(value: Any) -> list[str]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple | set | frozenset):
        raise TypeError("it is not a list")
    if len(items) > MAX_ITEMS:
        raise ValueError(f"it has more than {MAX_ITEMS} items")
    made = [_text(item).strip() for item in items]
    return sorted(made) if isinstance(items, set | frozenset) else made


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "id": _id, "text": _text, "int": _int, "float": _float, "bool": _bool, "date": _date, "datetime": _datetime,
    "list of text": _list,
}  # fmt: skip
