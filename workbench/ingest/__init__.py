"""Reads source files: every row is loaded, quarantined with a reason, or counted as a duplicate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError, ParameterError, RecordError
from workbench.ingest.reading.encodings import encoding_named
from workbench.ingest.reading.files import SourceFile, is_archive, members
from workbench.ingest.run import Options, RunReport, format_of, ingest_file

if TYPE_CHECKING:
    import pandas as pd

    from workbench.graph.store import Store
    from workbench.ingest.format import Format

__all__ = ["IngestReport", "Options", "RunReport", "ingest_file", "ingest_paths"]

FileProgress = Callable[[str, int], None]
"""Called with the file's name and the rows read of it so far."""


@dataclass
class IngestReport:
    """What came of several files."""

    runs: list[RunReport] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Files that could not be read at all, with the reason."""

    def to_frame(self) -> pd.DataFrame:
        """One row a run: the accounting."""
        import pandas as pd

        columns = (
            "path", "format", "source", "rows_in", "loaded", "quarantined", "duplicates", "retracted", "warnings",
        )  # fmt: skip
        return pd.DataFrame([{c: run.to_json()[c] for c in columns} for run in self.runs], columns=list(columns))

    def issues(self) -> pd.DataFrame:
        """Every remark of every run."""
        import pandas as pd

        rows = [{"path": run.path, **issue.to_json()} for run in self.runs for issue in run.issues]
        return pd.DataFrame(rows, columns=["path", "where", "field", "value", "reason", "action"])

    def to_json(self) -> dict[str, Any]:
        """The contract of `workbench ingest --format json`."""
        failed = [{"path": path, "reason": reason} for path, reason in self.failed]
        return {"runs": [run.to_json() for run in self.runs], "failed": failed}

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def ingest_paths(
    store: Store,
    paths: Sequence[str | Path],
    *,
    as_format: str | None = None,
    source: str | None = None,
    tlp: str | None = None,
    accept_shrink: bool = False,
    network: str | None = None,
    encoding: str | None = None,
    quarantine_folder: Path | None = None,
    progress: FileProgress | None = None,
) -> IngestReport:
    """Load every file named, and every file below every folder named, in the order of their names."""
    from workbench.model.confidence import TLP_ORDER, parse_tlp
    from workbench.model.networks import network_named

    try:
        marking = parse_tlp(tlp)
    except RecordError as error:
        raise ParameterError(f"{tlp!r}: {error.what}", hint=f"TLP is one of {', '.join(TLP_ORDER)}") from None
    try:
        chain = network_named(network).name if network else None
    except RecordError as error:
        raise ParameterError(error.what, hint="A name such as eth, bsc or btc, or a CAIP-2 id.") from None
    try:
        written_in = encoding_named(encoding) if encoding else None
    except RecordError as error:
        raise ParameterError(
            f"{encoding!r}: {error.what}", hint="For example utf-16, shift_jis, gbk or cp1251."
        ) from None
    options = Options(as_format, source, marking, accept_shrink, quarantine_folder, network=chain)
    report = IngestReport()
    found = _files(paths)
    if not found:
        raise InputError(
            "no file in there", where=", ".join(map(str, paths)), hint="Name files, or folders with files."
        )
    files: list[SourceFile] = []
    for path in found:
        try:
            files += _sources(path, written_in)
        except InputError as error:
            report.failed.append((str(path), str(error)))
    known: list[tuple[SourceFile, type[Format] | InputError]] = [(file, _format(file, options)) for file in files]
    parts = {
        str(part) for file, fmt in known if not isinstance(fmt, InputError) for part in fmt.companions(file)
    }  # read with the file they are parts of
    for file, fmt in known:
        if str(file) in parts:
            continue
        try:
            if isinstance(fmt, InputError):
                raise fmt
            step = partial(progress, file.name) if progress else None
            run = ingest_file(store, file, options, step, fmt=fmt)
        except InputError as error:
            report.failed.append((str(file), str(error)))
            continue
        report.runs.append(run)
        if progress:
            progress(file.name, run.rows_in)
    return report


def _format(file: SourceFile, options: Options) -> type[Format] | InputError:
    try:
        return format_of(file, options)
    except InputError as error:
        return error


def _sources(path: str | Path, encoding: str | None) -> list[SourceFile]:
    """The file, or the members of an archive."""
    if str(path) != "-" and Path(path).is_file() and is_archive(Path(path)):
        return members(Path(path), encoding)
    return [SourceFile(path, encoding=encoding)]


def _files(paths: Sequence[str | Path]) -> list[str | Path]:
    found: dict[str, str | Path] = {}
    for path in paths:
        folder = Path(path)
        if str(path) == "-" or not folder.is_dir():
            found.setdefault(str(path), path)
            continue
        for file in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if file.is_file() and not hidden:  # a workspace's own .workbench holds its database and password
                found.setdefault(str(file), file)
    return list(found.values())
