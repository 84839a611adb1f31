"""Every error the workbench raises on purpose, in one tree.

WorkbenchError
├── UsageError            the caller asked for something that does not exist or does not fit
│   ├── SettingsError     workbench.toml, environment or arguments
│   ├── UnknownNameError  a query, report, template, format or actor nobody has (says the nearest)
│   ├── ParameterError    a query parameter is missing, unknown or of the wrong type
│   └── MissingExtraError an optional package is not installed (says the pip line)
├── InputError            a source file as a whole cannot be read
├── RecordError           one value or row is not acceptable; ingest quarantines it
├── RefusedError          a safety rule said no
│   └── ReadOnlyError     a statement would write, or reach outside the graph
└── DatabaseError         the graph server
    ├── UnreachableError  nothing answers at the address
    ├── ServerError       the local Neo4j could not be fetched, started or stopped
    ├── SchemaError       the graph's schema is newer than this workbench, or a migration failed
    ├── StatementError    a statement failed (carries the statement, never its parameters)
    └── LimitError        a time or memory limit ended a statement
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class WorkbenchError(Exception):
    """Root of the tree: what was wrong, where, and what to do about it."""

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}\n{self.hint}" if self.hint else text


class UsageError(WorkbenchError):
    """The caller asked for something that does not exist or does not fit."""


class SettingsError(UsageError):
    """A setting in workbench.toml, the environment or an argument is wrong."""


class UnknownNameError(UsageError):
    """A name nobody has; the hint offers the nearest ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> None:
        self.name = name
        super().__init__(f"no {kind} is called {name!r}", where=where, hint=nearest_hint(name, known))


class ParameterError(UsageError):
    """A query parameter is missing, unknown or of the wrong type."""


class MissingExtraError(UsageError):
    """An optional package is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"this needs the package {package}, which is not installed",
            hint=f"pip install 'attribution-workbench[{extra}]'",
        )


class InputError(WorkbenchError):
    """A source file as a whole cannot be read."""


class RecordError(WorkbenchError):
    """One value or row is not acceptable; ingest quarantines the row and goes on."""

    def __init__(self, what: str, *, field: str | None = None, value: object = None, where: str | None = None) -> None:
        self.field = field
        self.value = value
        super().__init__(what, where=where)


class RefusedError(WorkbenchError):
    """A safety rule said no."""


class ReadOnlyError(RefusedError):
    """A statement on the read path would write, or reach outside the graph."""


class DatabaseError(WorkbenchError):
    """Something about the graph server."""


class UnreachableError(DatabaseError):
    """Nothing answers at the address, or it does not let us in."""


class ServerError(DatabaseError):
    """The local Neo4j could not be fetched, started, stopped, backed up or restored."""


class SchemaError(DatabaseError):
    """The graph's schema is newer than this workbench, or a migration failed."""


class StatementError(DatabaseError):
    """A statement failed. Carries the statement, never its parameters."""

    def __init__(self, what: str, *, statement: str, code: str | None = None, hint: str | None = None) -> None:
        self.statement = statement
        self.code = code
        super().__init__(f"{what}\n  statement: {_shorten(statement)}", hint=hint)


class LimitError(StatementError):
    """A time or memory limit ended a statement."""


def nearest_hint(name: str, known: Iterable[str]) -> str | None:
    """The line that names the nearest known names, or None where nothing is known."""
    names = sorted(set(known))
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    if near:
        return "Did you mean " + " or ".join(near) + "?"
    if not names:
        return None
    shown = ", ".join(names[:12])
    return f"Known: {shown}{', …' if len(names) > 12 else ''}"


def _shorten(statement: str, limit: int = 600) -> str:
    flat = " ".join(statement.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
