"""What the tests of the templates share: files made on the spot, and what every template has to stand."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.graph.store import Store
from workbench.ingest.run import Options, RunReport, ingest_file
from workbench.ingest.template import template_csv

HOSTILE = (
    '<script>alert("x")</script>',
    '=HYPERLINK("https://evil.example","x")',
    "+1+cmd|' /C calc'!A0",
    "'; MATCH (n) DETACH DELETE n //",
    'say "hello", then\nnext line',
    "| Markdown | cell |\n|---|---|",
    "＂full-width＂ \u202eright to left",
)


FBI_GROUPS = (
    {"id": "fbi:tradertraitor", "name": "TraderTraitor", "source": "fbi-2022-04-18"},
    {"id": "fbi:apt38", "name": "APT38", "source": "fbi-2022-04-18"},
)
"""Rows of the template `actor_groups`: two names the FBI uses."""


def as_csv(rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> str:
    """The rows as CSV text, columns in the order of first appearance."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(dict.fromkeys(c for row in rows for c in row)), restval="", delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def load(store: Store, folder: Path, content: str | bytes, name: str = "rows.csv", **options: Any) -> RunReport:
    """Write a file, load it, and check that every row is accounted for."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    report = ingest_file(store, path, Options(**options))
    assert report.rows_in == report.loaded + report.quarantined + report.duplicates
    assert report.quarantined == sum(issue.action == "quarantined" for issue in report.issues)
    return report


def reasons(report: RunReport, action: str | None = None) -> list[str]:
    """The remarks of a run."""
    return [issue.reason for issue in report.issues if action in (None, issue.action)]


def example_rows(name: str) -> list[dict[str, str]]:
    """The example rows of a template, without empty cells."""
    rows = csv.DictReader(io.StringIO(template_csv(name)))
    return [{column: cell for column, cell in row.items() if cell} for row in rows]


def found(store: Store, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a query."""
    return store.read(statement, parameters).rows
