"""A quarantine file, mended by hand and fed back: each row goes to the format it was refused by.

What the file said about itself when it was first read (header, data set, who its sources are, its
marking) stands in the first line and is restored. It is never a whole edition: nothing is retracted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError, RecordError, UsageError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row, formats
from workbench.ingest.quarantine import MARK, VERSION
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.confidence import TLP_ORDER, parse_tlp
from workbench.model.nodes import Source, SourceMention


class Quarantine(Format):
    """Rows that were refused before, with the format that refused them."""

    name = "quarantine"
    title = "Quarantined rows, mended (JSON lines)"
    doc = "The file that a load leaves beside itself for rows it could not take: mend `raw`, feed it back."
    expected = Expected(min_rows=0)
    original: Format

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The mark that the quarantine writes into the first line."""
        return 100 if sample.lstrip("\ufeff \t\r\n").startswith(f'{{"{MARK}"') else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Each row under the place it had in the original file."""
        with file.text() as lines:
            self._restore(parse_json(lines.readline(), f"{file.name}, line 1"), file, context)
            for number, line in enumerate(lines, 2):
                if line.strip():
                    yield self._row(line, f"line {number}", file.name)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What the original format makes of the row."""
        if isinstance(raw, _Unreadable):
            raise RecordError(str(raw))
        try:
            return list(self.original.records(raw, context))
        except (KeyError, TypeError, AttributeError) as error:
            what = f"the row does not fit the file's first line ({type(error).__name__}: {error})"
            raise RecordError(what) from error

    def _row(self, line: str, where: str, file_name: str) -> Row:
        try:
            content = parse_json(line, f"{file_name}, {where}")
        except InputError as error:
            return Row(where, _Unreadable(f"the line is no longer JSON: {error.what}"))
        if not isinstance(content, dict) or "raw" not in content:
            return Row(where, _Unreadable("the line has no `raw`"))
        return Row(f"{where} ({content.get('where') or 'place unknown'})", content["raw"])

    def _restore(self, head: Any, file: SourceFile, context: Context) -> None:
        """Stand where the original run stood when it began to read rows."""
        if isinstance(head, dict) and head.get("format") == self.name:
            head = head.get("header")  # rows that were refused a second time
        if not isinstance(head, dict) or head.get(MARK) != VERSION or not isinstance(head.get("header"), dict):
            raise InputError("the first line of the quarantine file is not as it was written", where=file.name)
        try:
            self.original = formats().named(str(head.get("format")))()
            sources = [
                (SourceMention if item["mention"] else Source).model_validate(item["source"])
                for item in head.get("sources") or ()
            ]
            tlp = parse_tlp(head.get("tlp"))
        except (UsageError, RecordError, ValidationError, TypeError, KeyError) as error:
            raise InputError(f"the first line makes no sense: {error}", where=file.name) from error
        self.original.header = head["header"]
        self.original.dataset = head.get("dataset")
        key = head["header"].get("describes") or self.original.describes
        # The file was in a user's hands: it never speaks with the bundled case's own voice.
        self.describes = key if isinstance(key, str) and key != "bundle" else None
        for source in sources:
            context.source(source)
        context.source_name = context.source_name or head.get("source_name")
        context.tlp = max(context.tlp, tlp, key=TLP_ORDER.index)
        self.header = head


class _Unreadable(str):
    """A line that could not be read; the reason."""
