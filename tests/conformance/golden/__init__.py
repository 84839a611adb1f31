"""What every saved query must answer about the invented case of tests/sample_case.py.

One module a topic, one list `GOLDEN` in each. Rows were written by hand from the case's records, with
the reason beside them (or counted from the records in plain Python), never copied from a query's output.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NamedTuple


class Golden(NamedTuple):
    """One question and its answer, in order."""

    query: str
    params: dict[str, Any]
    rows: list[tuple[Any, ...]]
    why: str

    def __str__(self) -> str:
        return f"{self.query}: {self.why}"


def evidence(source: str) -> str | None:
    """The evidence every claim of a source carries; the blog names none."""
    return None if source == "blog" else f"https://{source}.example.org/"


def all_golden() -> list[Golden]:
    """Every golden answer, by topic."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    return [golden for module in modules for golden in module.GOLDEN]
