"""The mapping of a table's columns to those of the transfers template, in TOML beside the table.

What can be in it, with an example: docs/formats/mapped-transfers.md, which is the docstring of
`workbench.ingest.sources.mapped_transfers`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from workbench.errors import InputError, RecordError, nearest_hint
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import column_name
from workbench.model.amounts import base_units, parse_amount

FIELDS = (
    "network", "tx_hash", "index", "from", "to", "asset", "amount", "usd", "time", "block", "position", "status",
    "token_symbol", "token_name", "token_decimals",
)  # fmt: skip
NEEDED = ("network", "tx_hash", "from", "to", "asset", "amount", "time")
_KEYS = {
    "column", "value", "prefix", "names", "decimals", "decimals_column", "decimal_comma", "format", "zone",
}  # fmt: skip
_MOST = 256 * 1024
_ZONE = re.compile(r"[+-]\d{2}:\d{2}")
Cell = Callable[[str], str]


@dataclass(frozen=True)
class Place:
    """Where the cell of one column of the template comes from: a column, by its place, or a constant."""

    at: int
    value: str = ""
    change: Cell | None = None
    decimals_at: int = -1


def mapping_beside(file: SourceFile) -> SourceFile | None:
    """`x.csv.mapping.toml`, else `mapping.toml`, beside `x.csv`."""
    names = (f"{file.name}.mapping.toml", "mapping.toml")
    if file.member:
        return file.beside(*names)
    if str(file.path) == "-":
        return None
    return next((SourceFile(path) for name in names if (path := file.path.with_name(name)).is_file()), None)


def read_mapping(file: SourceFile) -> dict[str, Any]:
    """The mapping as plain values. Raises InputError: no TOML, or a word that means nothing here."""
    text = file.whole()
    if len(text) > _MOST:
        raise InputError("too long for a mapping", where=file.name)
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(f"not TOML: {str(error)[:200]}", where=file.name) from error
    _only(found, ("source", "columns"), file)
    columns = found.get("columns")
    if not isinstance(columns, dict):
        raise InputError("it has no table [columns]", where=file.name)
    _only(columns, FIELDS, file)
    spelt: dict[str, Any] = {}
    for field, said in columns.items():
        spec = {"column": said} if isinstance(said, str) else said
        if not isinstance(spec, dict) or not ("column" in spec) ^ ("value" in spec):
            raise InputError(f"{field} is neither a column nor a value", where=file.name, hint=f'{field} = "Column"')
        _only(spec, _KEYS, file)
        spelt[field] = {key: value for key, value in spec.items() if _fits(key, value, field, file)}
    if missing := [field for field in NEEDED if field not in spelt]:
        hint = f'{missing[0]} = "Column", or {missing[0]} = {{ value = "…" }}'
        raise InputError(f"it does not say where {missing[0]} is", where=file.name, hint=hint)
    source = found.get("source")
    if source is not None and not isinstance(source, str):
        raise InputError("source is not a text", where=file.name)
    return {"source": source, "columns": spelt}


def places(mapping: Mapping[str, Any], columns: list[str], where: str) -> list[Place]:
    """Where each of FIELDS is in rows with these columns; raises InputError with the nearest column."""
    return [_place(field, mapping.get(field), columns, where) for field in FIELDS]


def units(text: str, decimals: Any) -> str:
    """An amount with a point in base units; raises RecordError."""
    if not isinstance(decimals, int):
        raw = str(decimals).strip()
        if not (raw.isascii() and raw.isdigit() and len(raw) < 3):
            raise RecordError("not a number of decimals", field="decimals", value=decimals)
        decimals = int(raw)
    return str(base_units(parse_amount(text), decimals))


def _place(field: str, spec: Any, columns: list[str], where: str) -> Place:
    if spec is None:
        return Place(-1, "tx" if field == "index" else "")
    if "value" in spec:
        return Place(-1, spec["value"])
    at = _column(spec["column"], columns, where)
    decimals_at = _column(spec["decimals_column"], columns, where) if "decimals_column" in spec else -1
    return Place(at, "", _change(field, spec), decimals_at)


def _column(name: str, columns: list[str], where: str) -> int:
    if (wanted := column_name(name)) in columns:
        return columns.index(wanted)
    raise InputError(f"it has no column {name!r}, which its mapping names", where=where,
                     hint=nearest_hint(wanted, columns))  # fmt: skip


def _change(field: str, spec: Mapping[str, Any]) -> Cell | None:
    """What is done to a cell before the template reads it."""
    steps: list[Cell] = []
    if names := spec.get("names"):
        steps.append(lambda text: str(names.get(text.strip(), text)))
    if spec.get("decimal_comma"):
        steps.append(lambda text: text.replace(".", "").replace(",", "."))
    if "decimals" in spec:
        steps.append(partial(units, decimals=spec["decimals"]))
    if form := spec.get("format"):
        steps.append(partial(_time, form=form, zone=spec.get("zone", "+00:00")))
    elif zone := spec.get("zone"):
        steps.append(lambda text: text.strip() + zone)
    if prefix := spec.get("prefix"):
        steps.append(lambda text: prefix + text.strip())
    if not steps:
        return None

    def change(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return change


def _time(text: str, form: str, zone: str) -> str:
    try:
        if form == "unix_ms":
            return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()
        if form == "unix":
            return datetime.fromtimestamp(float(Decimal(text)), UTC).isoformat()
        found = datetime.strptime(text.strip(), form)
    except (ValueError, ArithmeticError, OSError):
        raise RecordError(f"not a time as the mapping has it ({form})", field="time", value=text) from None
    return found.isoformat() if found.tzinfo else found.isoformat() + zone


def _only(found: Mapping[str, Any], known: Any, file: SourceFile) -> None:
    for name in found:
        if name not in known:
            raise InputError(f"{name!r} means nothing in a mapping", where=file.name, hint=nearest_hint(name, known))


def _fits(key: str, value: Any, field: str, file: SourceFile) -> bool:
    """Whether a value is of its key's kind; raises InputError."""
    good = {
        "decimals": isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 77,
        "decimal_comma": isinstance(value, bool),
        "zone": isinstance(value, str) and _ZONE.fullmatch(value) is not None,
        "names": isinstance(value, dict) and all(isinstance(text, str) for text in value.values()),
    }.get(key, isinstance(value, str))
    if not good:
        raise InputError(f"{key} of {field} is not what it should be", where=file.name, hint="See docs/formats.")
    return True
