"""Whose word a claim is: its source's, or only that of the file that says the source said so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BUNDLE = "bundle"
"""The key under which the bundled case describes its sources; its word on what a source says is the project's own."""
_MOST = 120


@dataclass(frozen=True)
class Vouching:
    """Sources and ingest runs, by id, with the keys under which files describe things."""

    sources: Mapping[str, Mapping[str, Any]]
    runs: Mapping[str, Mapping[str, Any]]

    def title(self, source_id: str) -> str:
        """What to call a source."""
        return str(self.sources.get(source_id, {}).get("title") or source_id)

    def url(self, source_id: str) -> str | None:
        """A source's own address."""
        return self.sources.get(source_id, {}).get("url")

    def file(self, run_id: str | None) -> str | None:
        """The file that a run read."""
        return self.runs.get(run_id or "", {}).get("file")

    def borrowed(self, source_id: str, run_id: str | None) -> str | None:
        """The key of the file that says so in the name of a source that another file describes; None for none."""
        source = self.sources.get(source_id, {}).get("described_by")
        run = self.runs.get(run_id or "", {}).get("described_by")
        return run if source and run and run not in (source, BUNDLE) else None

    def kind(self, source_id: str, run_id: str | None) -> str | None:
        """The kind of source whose word a claim is: a borrowed name is worth a user's."""
        return "user" if self.borrowed(source_id, run_id) else self.sources.get(source_id, {}).get("kind")

    def remarks(self, source_id: str, run_id: str | None) -> tuple[str, ...]:
        """What a reader of a claim must be told about whose word it is."""
        title = _short(self.title(source_id))
        if key := self.borrowed(source_id, run_id):
            return (f'that "{title}" says so is the word of the file {_short(self.file(run_id) or key)}',)
        row = self.sources.get(source_id, {})
        # A catalogue's key is a bare word; a user's file has "format:file name".
        form, colon, file = str(row.get("described_by") or "").partition(":")
        if row.get("kind") == "authority" and colon:
            return (f'that "{title}" is an authority is the word of the file {_short(file or form)}',)
        return ()


def _short(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"
