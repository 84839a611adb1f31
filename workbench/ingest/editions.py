"""Retires what a new edition no longer claims, once it was read whole and looks like its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.graph import writes
from workbench.graph.loader import retract
from workbench.graph.schema import edge_kinds
from workbench.graph.store import Store
from workbench.ingest.context import Issue
from workbench.ingest.format import Format

if TYPE_CHECKING:
    from workbench.ingest.run import RunReport


def retract_missing(
    store: Store,
    fmt: Format,
    report: RunReport,
    seen: Mapping[str, set[str]],
    at: datetime,
    accept_shrink: bool,
) -> None:
    """Retract the data set's live claims that this edition did not make.

    Nothing is retracted, and an issue says why, when the edition falls outside what the format expects:
    a damaged download must not take good claims away. Claims from rows that were mended by hand stay while the
    edition has rows that cannot be read: it may be those very rows.
    """
    mended = store.read("MATCH (r:IngestRun {format: 'quarantine'}) RETURN r.id AS id") if report.quarantined else None
    parameters = {
        "dataset": fmt.dataset, "source_id": report.source, "spared": [row[0] for row in mended.rows] if mended else [],
    }  # fmt: skip
    live: dict[str, list[str]] = {}
    gone: dict[str, list[str]] = {}
    for kind in edge_kinds().values():
        if kind.ledger:
            continue
        known = [row[0] for row in store.read(writes.live_claims(kind.type), parameters).rows]
        live[kind.type] = known
        gone[kind.type] = [id_ for id_ in known if id_.split("-")[0] not in seen.get(kind.type, ())]
    all_live, all_gone = sum(map(len, live.values())), sum(map(len, gone.values()))
    if not all_gone:
        return
    if newer := _newer_edition(store, fmt):
        older = f"edition {fmt.edition} is older than {newer}, which was loaded before: nothing was retracted"
        report.issues.append(Issue("whole file", None, None, older, "warned"))
        return
    if reason := _unlike_its_source(fmt, report, all_live, all_gone, accept_shrink):
        report.issues.append(Issue("whole file", None, None, reason, "warned"))
        return
    for type_, ids in gone.items():
        report.retracted += retract(store, type_, sorted(ids), at)


def _newer_edition(store: Store, fmt: Format) -> str | None:
    """The newest edition of the data set that was loaded whole before, where it is newer than this one."""
    if fmt.edition is None:
        return None
    rows = store.read(
        "MATCH (r:IngestRun {dataset: $dataset, status: 'done'}) WHERE r.edition > $edition "
        "RETURN max(r.edition) AS newest",
        {"dataset": fmt.dataset, "edition": fmt.edition},
    ).rows
    return str(rows[0][0]) if rows[0][0] is not None else None


def _unlike_its_source(fmt: Format, report: RunReport, live: int, gone: int, accept_shrink: bool) -> str | None:
    expected = fmt.expected
    if report.rows_in < expected.min_rows:
        return f"only {report.rows_in} rows, at least {expected.min_rows} expected: nothing was retracted"
    if report.quarantined > expected.max_quarantined_share * report.rows_in:
        return f"{report.quarantined} of {report.rows_in} rows were quarantined: nothing was retracted"
    if gone > expected.max_shrink * live and not accept_shrink:
        return f"it would retract {gone} of {live} claims: nothing was retracted (--accept-shrink if it is right)"
    return None
