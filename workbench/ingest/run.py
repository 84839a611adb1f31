"""One ingest run: a file in, every row accounted for.

`rows_in == loaded + quarantined + duplicates`, always. The main thread reads and checks rows; one
writer thread sends batches, so that parsing and the server's work overlap, from one file into the next. A row
is *loaded* when it made at least one new claim or transfer, a *duplicate* when everything it says was known already.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import DatabaseError, InputError, RecordError
from workbench.graph.loader import Loader
from workbench.graph.store import BATCH, Store
from workbench.ingest.batch import Batch
from workbench.ingest.context import Context, Issue
from workbench.ingest.editions import retract_missing
from workbench.ingest.format import Format, formats
from workbench.ingest.quarantine import QuarantineFile
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.writer import Writer
from workbench.model.confidence import Tlp
from workbench.model.nodes import IngestRun, Node
from workbench.model.progress import Done
from workbench.model.times import utc_now

Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass
class RunReport:
    """What one run did; `to_json` is what the command line prints."""

    path: str
    format: str
    source: str | None
    run_id: str
    rows_in: int = 0
    loaded: int = 0
    quarantined: int = 0
    duplicates: int = 0
    retracted: int = 0
    issues: list[Issue] = field(default_factory=list)
    quarantine_file: str | None = None
    read_with: list[str] = field(default_factory=list)
    """Files that were read as parts of it."""

    @property
    def warnings(self) -> int:
        """Rows' values that were loaded, or left out, with a remark."""
        return sum(issue.action != "quarantined" for issue in self.issues)

    def to_json(self) -> dict[str, Any]:
        """The contract of `workbench ingest --format json`."""
        names = (
            "path",
            "format",
            "source",
            "rows_in",
            "loaded",
            "quarantined",
            "duplicates",
            "retracted",
            "warnings",
        )
        shown = {name: getattr(self, name) for name in names}
        return {
            **shown,
            "quarantine_file": self.quarantine_file,
            "read_with": self.read_with,
            "issues": [i.to_json() for i in self.issues],
        }


@dataclass
class Options:
    """What the user says about a file."""

    as_format: str | None = None
    source: str | None = None
    tlp: Tlp = "clear"
    accept_shrink: bool = False
    """Retract even when a new edition drops more than the format expects."""
    quarantine_folder: Path | None = None
    described_by: str | None = None
    """The key under which the file describes nodes, where the caller vouches for it (the bundled case)."""
    network: str | None = None
    """The network of a ledger file that does not say it."""


def ingest_file(
    store: Store,
    path: str | Path | SourceFile,
    options: Options | None = None,
    progress: Progress | None = None,
    *,
    fmt: type[Format] | None = None,
) -> RunReport:
    """Load one file; `fmt` where its format was found out before.

    Raises InputError when the file as a whole cannot be read; nothing is retracted then.
    """
    chosen = options or Options()
    file = path if isinstance(path, SourceFile) else SourceFile(path)
    return _Run(store, file, (fmt or format_of(file, chosen))(), chosen, progress).go()


def format_of(file: SourceFile, options: Options) -> type[Format]:
    """The format that was named, or the one that the file's content tells; raises InputError for none."""
    return formats().named(options.as_format) if options.as_format else formats().detect(file)


class _Run:
    """One file. What the reader does never touches the graph; `_write` runs in the writer's thread."""

    def __init__(
        self, store: Store, file: SourceFile, fmt: Format, options: Options, progress: Progress | None
    ) -> None:
        self.store = store
        self.file = file
        self.format = fmt
        self.options = options
        self.progress = progress
        self.context = Context(source_name=options.source, tlp=options.tlp, network=options.network)
        self.started: datetime = utc_now()
        self.parts = fmt.companions(file)
        self.report = RunReport(
            str(file), fmt.name, options.source, uuid.uuid4().hex, read_with=[str(part) for part in self.parts]
        )
        self.loader = Loader(store, self.report.run_id, self.started)
        self.quarantine = QuarantineFile(options.quarantine_folder, file.name, self.report.run_id)
        if file.encoding_remark:
            self.context.issues.append(Issue("whole file", None, None, file.encoding_remark, "warned"))
        self.remarks: list[Issue] = []
        """What came up in writing; `context.issues` has what came up in reading."""
        self.seen_claims: dict[str, set[str]] = {}
        self.otherwise: set[tuple[str, str]] = set()
        """Nodes that another file describes otherwise."""
        self.failed: dict[tuple[str, ...], tuple[str, int]] = {}
        """Transfers that failed, by who says so: where the first is, and how many."""
        self.withdrawn = self.rivals = 0
        self.booked = False

    @property
    def _described_by(self) -> str:
        """The key under which this file describes nodes: what is first described under one key stands."""
        return self.format.describes or self.options.described_by or f"{self.format.name}:{self.file.name}"

    def go(self) -> RunReport:
        self._book()
        try:
            with Writer() as writer:
                self._read(writer)
            self._finish()
        except BaseException as error:
            self.quarantine.drop()
            with suppress(DatabaseError):  # a server that is gone cannot be told, and the first error is the one to say
                self._close("interrupted" if isinstance(error, KeyboardInterrupt) else "failed")
            raise
        self._close("done")
        return self.report

    def _read(self, writer: Writer) -> None:
        batch = Batch()
        report, context, records = self.report, self.context, self.format.records
        for row in self.format.rows(self.file, context):
            report.rows_in += 1
            context.where = row.where
            declared = len(context.sources)
            try:
                made = list(records(row.raw, context))
                batch.add(row, made)
            except RecordError as error:
                context.forget_sources(declared)
                context.quarantine(error.what, field=error.field, value=error.value)
                batch.bad.append((row, error.what))
            except ValidationError as error:  # a record class refused a value the format had not looked at
                context.forget_sources(declared)
                first = error.errors(include_url=False)[0]
                name = ".".join(str(part) for part in first["loc"]) or None
                context.quarantine(first["msg"], field=name, value=first["input"])
                batch.bad.append((row, first["msg"]))
            if batch.size >= BATCH:
                writer.put(partial(self._write, self._sealed(batch)))
                batch = Batch()
                if self.progress:
                    self.progress(Done.of(report.rows_in, self.file.share_read))
        if batch.size or context.sources:
            writer.put(partial(self._write, self._sealed(batch)))
        if report.rows_in == 0 and self.format.expected.min_rows > 0:
            raise InputError("no rows in it", where=self.file.name)

    def _sealed(self, batch: Batch) -> Batch:
        return batch.seal(self.context, self._described_by, succeeded=self.format.states_status is True)

    def _book(self) -> None:
        from workbench import __version__

        # A process that was killed could not say so; its file is being read anew.
        self.store.write(
            "MATCH (r:IngestRun {input_sha256: $sha, status: 'running'}) SET r.status = 'interrupted'",
            {"sha": self.file.sha256},
        )
        self.node = IngestRun.model_validate({
            "id": self.report.run_id, "file": self.file.name, "format": self.format.name,
            "input_sha256": self.file.sha256, "code_version": __version__, "status": "running",
            "started_at": self.started, "read_with": tuple(f"{p.name} {p.sha256}" for p in self.parts),
        })  # fmt: skip
        self.loader.nodes([self.node])

    def _write(self, batch: Batch) -> None:
        """Write a batch, and book what became of it."""
        if not self.booked:  # so that a run which is killed is known by its source and data set
            self.booked = True
            update = {"source_id": batch.source_id or None, "dataset": self.format.dataset}
            Loader(self.store, self.report.run_id, self.started).nodes([self.node.model_copy(update=update)])
        batch.write(self.loader)
        report = self.report
        for row, reason in batch.refused:
            self.remarks.append(Issue(row.where, None, None, reason, "quarantined"))
        for row, reason in (*batch.bad, *batch.refused):
            report.quarantined += 1
            self.quarantine.add(self.format, row, reason, self.context, batch.sources)
        report.loaded += batch.loaded
        report.duplicates += batch.duplicates
        self.remarks += batch.remarks
        for label, id_, by in batch.otherwise:
            if (label, id_) not in self.otherwise:
                self.otherwise.add((label, id_))
                reason = f"described otherwise by {by}; the description that is stored stands"
                self.remarks.append(Issue(f"{label} {id_}", None, None, reason, "warned"))
        self.withdrawn += batch.withdrawn
        self.rivals += batch.rivals
        for failed, sources in batch.failed:
            first, number = self.failed.get(sources, (failed.where, 0))
            self.failed[sources] = first, number + 1
        for type_, ids in batch.claim_ids.items():
            self.seen_claims.setdefault(type_, set()).update(ids)

    def _finish(self) -> None:
        report, source = self.report, self.context.main_source
        report.source = source or self.options.source
        self._tell_failed()
        report.issues = [*self.context.issues, *self.remarks]
        total = report.loaded + report.quarantined + report.duplicates
        if total != report.rows_in:
            raise AssertionError(f"{report.rows_in} rows in, {total} accounted for")
        report.quarantine_file = self.quarantine.shown_path
        self.quarantine.keep()
        if ("Source", report.source) in self.otherwise and self.format.snapshot:
            reason = (
                "its source is described otherwise by another file: not taken for an edition, nothing was retracted"
            )
            report.issues.append(Issue("whole file", None, None, reason, "warned"))
        elif self.format.snapshot and self.format.dataset:
            retract_missing(self.store, self.format, report, self.seen_claims, self.started, self.options.accept_shrink)

    def _tell_failed(self) -> None:
        """Tell of transfers that one source has and another says failed."""
        kept = "kept as ATTEMPTED, and not counted as moved (`workbench query transfers/failed`)"
        if self.withdrawn:
            rivals = f"; the files of {self.rivals:,} of them say that they succeeded" if self.rivals else ""
            reason = f"{self.withdrawn:,} transfers that were loaded before failed, as this file says: {kept}{rivals}"
            self.remarks.append(Issue("whole file", None, None, reason, "warned"))
        rival = ", and this file says that they succeeded" if self.format.states_status else ""
        for sources, (first, number) in sorted(self.failed.items()):
            said = " and ".join(sources)
            reason = f"{number:,} of its transfers failed, as {said} says{rival}: {kept}; the first: {first}"
            self.remarks.append(Issue("whole file", None, None, reason, "warned"))

    def _close(self, status: str) -> None:
        report = self.report
        if status != "done":  # rows that were read and not yet written are nobody's
            report.rows_in = report.loaded + report.quarantined + report.duplicates
            report.source = self.context.main_source or self.options.source
            report.issues = [*self.context.issues, *self.remarks]
        counts = {
            name: getattr(report, name)
            for name in ("rows_in", "loaded", "quarantined", "duplicates", "retracted", "warnings")
        }
        update = {
            "status": status,
            "finished_at": utc_now(),
            "source_id": report.source,
            "described_by": self._described_by,
            "dataset": self.format.dataset,
            "edition": self.format.edition,
            "states_status": self.format.states_status,
            **counts,
        }
        node: Node = self.node.model_copy(update=update)
        Loader(self.store, report.run_id, self.started).nodes([node])
