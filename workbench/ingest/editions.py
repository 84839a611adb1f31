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
    if not _read_before(store, fmt, report.run_id):
        return  # the first edition: to look through all claims would take longer than to load a small file
    mended = store.read("MATCH (r:IngestRun {format: 'quarantine'}) RETURN r.id AS id") if report.quarantined else None
    parameters = {
        "dataset": fmt.dataset, "source_id": report.source, "spared": [row[0] for row in mended.rows] if mended else [],
    }  # fmt: skip
    new: dict[str, list[str]] = {}
    before = 0
    """Claims that were live before this file was read: what it makes itself must not hide how much would go."""
    gone: dict[str, list[str]] = {}
    for kind in edge_kinds().values():
        if kind.ledger:
            continue
        known = store.read(writes.live_claims(kind.type), parameters).rows
        new[kind.type] = [id_ for id_, run in known if run == report.run_id]
        before += len(known) - len(new[kind.type])
        gone[kind.type] = [id_ for id_, _ in known if id_.split("-")[0] not in seen.get(kind.type, ())]
    if newer := _newer_edition(store, fmt):
        count = sum(retract(store, type_, sorted(ids), at) for type_, ids in new.items())
        older = (
            f"edition {fmt.edition} is older than {newer}, which was loaded before: nothing was retracted, and "
            f"{count} claims that the newer one does not make are kept as no longer made"
        )
        report.issues.append(Issue("whole file", None, None, older, "warned"))
        return
    if again := sum("-" in id_ for ids in new.values() for id_ in ids):
        told = f"{again} claims that an edition read later had dropped are made again: is this file older than it?"
        report.issues.append(Issue("whole file", None, None, told, "warned"))
    all_gone = sum(map(len, gone.values()))
    if not all_gone:
        return
    if reason := _unlike_its_source(fmt, report, before, all_gone, accept_shrink):
        report.issues.append(Issue("whole file", None, None, reason, "warned"))
        return
    for type_, ids in gone.items():
        report.retracted += retract(store, type_, sorted(ids), at)


def _read_before(store: Store, fmt: Format, run_id: str) -> bool:
    """Whether a run may have made claims of the data set; one that was killed did not say of which."""
    rows = store.read(
        "MATCH (r:IngestRun) WHERE r.id <> $run AND (r.dataset = $dataset OR r.dataset IS NULL AND r.status <> 'done') "
        "RETURN 1 AS one LIMIT 1",
        {"run": run_id, "dataset": fmt.dataset},
    ).rows
    return bool(rows)


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
