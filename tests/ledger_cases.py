"""What the tests of ledger formats share: loading with the accounting checked, and tables in three shapes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from workbench.errors import RecordError
from workbench.graph.store import Store
from workbench.ingest.context import Context
from workbench.ingest.format import Record, formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, RunReport, ingest_file

Rows = Sequence[Mapping[str, Any]]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
ALICE, BOB, CAROL, TOKEN = ("0x" + two * 20 for two in ("a1", "b2", "c3", "70"))


def load(store: Store, path: Path, **options: Any) -> RunReport:
    """Load a file; every row of it is accounted for, and loading it again changes nothing."""
    report = ingest_file(store, path, Options(**options))
    check(report)
    before = transfers(store)
    again = ingest_file(store, path, Options(**options))
    check(again)
    assert (again.loaded, again.duplicates) == (0, report.loaded + report.duplicates)
    assert (again.rows_in, again.quarantined) == (report.rows_in, report.quarantined)
    assert transfers(store) == before
    return report


def check(report: RunReport) -> None:
    """Every row is loaded, quarantined or a duplicate, and every quarantined one has its reason."""
    assert report.rows_in == report.loaded + report.quarantined + report.duplicates
    assert report.quarantined == sum(issue.action == "quarantined" for issue in report.issues)


def said(report: RunReport, words: str) -> list[str]:
    """The remarks that contain some words."""
    return [issue.reason for issue in report.issues if words in issue.reason]


def transfers(store: Store) -> set[tuple[str, str, str, str, str]]:
    """Everything that was sent: id, sender, receiver, asset, amount."""
    rows = store.read("MATCH (a)-[s:SENT]->(b) RETURN s.id, a.id, b.id, s.asset, s.amount").rows
    return {tuple(row) for row in rows}


def failures(store: Store) -> set[tuple[str, str]]:
    """Everything that is said to have failed, and by whom."""
    rows = store.read("MATCH (s:Source)-[:REPORTED_FAILED]->(f) RETURN f.id, s.id").rows
    return {tuple(row) for row in rows}


def write(path: Path, rows: Rows) -> Path:
    """The rows as CSV, JSON lines or Parquet, by the ending of the name."""
    if path.suffix == ".csv":
        out = io.StringIO()
        writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows([{n: ",".join(map(str, v)) if isinstance(v, list) else v for n, v in r.items()} for r in rows])
        path.write_text(out.getvalue(), encoding="utf-8")
    elif path.suffix == ".json":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), path, row_group_size=100)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by Python's own reader."""
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def read_json(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON-lines file, by Python's own reader."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def parsed(path: Path, **said_by_user: Any) -> tuple[list[Record], Context]:
    """What a detected format makes of a file, without a graph; a bad row raises RecordError."""
    file = SourceFile(path)
    fmt, context = formats().detect(file)(), Context(**said_by_user)
    return [record for row in fmt.rows(file, context) for record in fmt.records(row.raw, context)], context


def read_any(path: Path, name: str, **said_by_user: Any) -> int:
    """Read a file whatever is in it; a bad row may be refused, and nothing else may happen. Returns the rows."""
    file = SourceFile(path)
    fmt, context = formats().named(name)(), Context(**said_by_user)
    rows = 0
    for row in fmt.rows(file, context):
        rows += 1
        json.dumps(row.raw)
        try:
            list(fmt.records(row.raw, context))
        except RecordError:
            continue
    return rows
