"""Evidence: every query a report ran, with its parameters, rows and sources; the load; the marking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.graph.schema import node_kind
from workbench.graph.store import Store
from workbench.model.confidence import Tlp
from workbench.report.cells import is_source_column, source_ids
from workbench.views import graph_read
from workbench.views.text import most_restricted

NOT_CONTENT = frozenset({"run_id", "recorded_at", "retracted_at"})
"""Columns that tell when we loaded something, not what it says: shown only where a spec names them."""


@dataclass(frozen=True)
class Exhibit:
    """One table of evidence, with how it came about."""

    number: int
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Mapping[str, Any]]
    query: str = ""
    """Name of the saved query, where it is one."""
    statement: str = ""
    method: str = ""
    """How it was computed, where it is not a query."""
    error_rate: str | None = None
    """None for a query, which only reads."""
    params: Mapping[str, Any] = field(default_factory=dict)
    capped: bool = False

    @property
    def anchor(self) -> str:
        """Where the evidence stands in the page."""
        return f"e{self.number}"

    def row_anchor(self, row: int) -> str:
        """Where row `row` (from 0) stands."""
        return f"e{self.number}-{row + 1}"

    def sources(self) -> set[str]:
        """Ids of all sources its rows name."""
        return {
            id_
            for column in self.columns
            if is_source_column(column)
            for row in self.rows
            for id_ in source_ids(row[column])
        }


@dataclass(frozen=True)
class CitedSource:
    """A source in the list at the end."""

    number: int
    id: str
    properties: Mapping[str, Any]

    @property
    def anchor(self) -> str:
        """Where it stands in the page."""
        return f"s{self.number}"


def cited(store: Store, exhibits: Iterable[Exhibit]) -> dict[str, CitedSource]:
    """The sources that the evidence names, by id, numbered in the order of their ids."""
    ids = sorted({id_ for exhibit in exhibits for id_ in exhibit.sources()})
    rows = store.read(
        "MATCH (s:Source) WHERE s.id IN $ids RETURN s.id AS id, properties(s) AS s ORDER BY id", {"ids": ids}
    ).rows
    names = [prop.name for prop in node_kind("Source").properties]
    return {
        id_: CitedSource(i, id_, {name: properties.get(name) for name in names})
        for i, (id_, properties) in enumerate(rows, 1)
    }


def accounting(store: Store) -> list[dict[str, Any]]:
    """Every finished or broken-off reading of a file: rows in, and what became of them. What was computed is no file.

    Times and run ids are left out, so that the same files give the same report.
    """
    return store.read(
        "MATCH (r:IngestRun) WHERE r.file <> '(computed)'\n"
        "RETURN r.file AS file, r.format AS format, r.source_id AS source, r.status AS status, "
        "r.rows_in AS rows_in, r.loaded AS loaded, r.quarantined AS quarantined, r.duplicates AS duplicates, "
        "r.retracted AS retracted, r.warnings AS warnings, substring(r.input_sha256, 0, 12) AS sha256\n"
        "ORDER BY file, sha256, format, source, loaded DESC, duplicates, status, retracted, warnings"
    ).records()


def marking(store: Store, exhibits: Iterable[Exhibit], least: Tlp) -> Tlp:
    """The report's TLP marking: that of the most restricted claim it may show, and at least `least`.

    Where every table has a `tlp` column, that decides. A table without one may rest on any claim, so
    the most restricted claim of the whole graph decides then: too strict rather than too open.
    """
    shown = list(exhibits)
    if shown and all("tlp" in exhibit.columns for exhibit in shown):
        return most_restricted([least, *(row["tlp"] for exhibit in shown for row in exhibit.rows)])
    return most_restricted([least, graph_read.marking(store)])
