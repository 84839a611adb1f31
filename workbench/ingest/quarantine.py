"""The quarantine: rows that were not loaded, in a file that can be opened, mended and fed back.

JSON lines: the first says which format and file the rows are from, each further one has where the
row stood, why it was refused, and the raw row. Mend `raw`, delete rows you give up, and run
`workbench ingest` on the file: the format `quarantine` hands each row to the format it came from.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from workbench.ingest.context import Context
from workbench.ingest.format import Format, Row
from workbench.model.nodes import Source

MARK = "workbench-quarantine"
VERSION = 1


class QuarantineFile:
    """Written beside its final name and moved into place when the run is over; absent when empty."""

    def __init__(self, folder: Path | None, file_name: str, run_id: str) -> None:
        self._folder = folder
        self._path = folder / f"{_safe(file_name)}.{run_id[:8]}.jsonl" if folder else None
        self._handle: TextIO | None = None
        self._file_name = file_name

    @property
    def shown_path(self) -> str | None:
        """Where the file will be, if any row was quarantined."""
        return str(self._path) if self._handle is not None and self._path else None

    def add(self, fmt: Format, row: Row, reason: str, context: Context, sources: Sequence[Source]) -> None:
        """Keep one row; the first line keeps what the rows need to be read again: header, sources, marking."""
        if self._path is None:
            return
        if self._handle is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # rows may be restricted
            self._handle = os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace")
            self._line({MARK: VERSION, "format": fmt.name, "file": self._file_name,
                        "header": fmt.header, "dataset": fmt.dataset, "source_name": context.source_name,
                        "tlp": context.tlp, "sources": _sources(sources)})  # fmt: skip
        self._line({"where": row.where, "reason": reason, "raw": row.raw})

    def keep(self) -> None:
        """The run is over: move the file into place."""
        if self._handle is not None:
            self._handle.close()
            assert self._path is not None
            os.replace(self._part, self._path)

    def drop(self) -> None:
        """The run came to nothing: take the file away."""
        if self._handle is not None:
            self._handle.close()
            self._part.unlink(missing_ok=True)

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_suffix(".part")

    def _line(self, content: dict[str, object]) -> None:
        assert self._handle is not None
        self._handle.write(json.dumps(content, ensure_ascii=False, default=str) + "\n")


def _sources(sources: Sequence[Source]) -> list[dict[str, object]]:
    return [
        {"mention": type(source).merge == "intrinsic", "source": source.model_dump(mode="json", exclude_none=True)}
        for source in sources
    ]


def _safe(name: str) -> str:
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)[:100]
