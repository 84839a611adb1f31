"""The workbench's own templates: tables that users fill in, one file a template in `sources/`.

A template declares its columns as data; reading, checking, the source of each row and the example
text come from here.
"""

from __future__ import annotations

import csv
import io
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError, UnknownNameError, nearest_hint
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row, formats
from workbench.ingest.reading.cells import Cells
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import csv_table, header_of, is_json, json_table
from workbench.model.confidence import parse_grade, parse_tlp
from workbench.model.nodes import Source, SourceMention, slug
from workbench.model.times import parse_time


@dataclass(frozen=True)
class Column:
    """One column of a template: what belongs in it, and what the two example rows have there."""

    name: str
    doc: str
    examples: tuple[str, str] = ("", "")
    required: bool = False


SOURCE_COLUMNS = (
    Column("source", "id or name of who says so; without it, --source"),
    Column("source_title", "title of the publication"),
    Column("source_publisher", "who published it"),
    Column("source_kind", "authority, vendor, researcher, academic, media, catalogue, victim or user"),
    Column("source_url", "public address of the publication"),
    Column("source_licence", "terms under which it may be used"),
    Column("source_published", "date of publication"),
)
CLAIM_COLUMNS = (
    Column("confidence", "STIX 2.1 confidence, 0 to 100"),
    Column("grade", "Admiralty grade, A1 to F6"),
    Column("tlp", "TLP 2.0 marking: clear, green, amber, amber+strict or red"),
    Column("method", "how the source knows"),
    Column("valid_from", "in the world: true from"),
    Column("valid_to", "in the world: true until"),
    Column("evidence", "address of the statement, or a reference into it; else source_url"),
)
EXAMPLE_SOURCES = ("my-notes", "example-vendor-report")
EXAMPLE_URL = "https://example.org/report"
EXAMPLE_WALLETS = (
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
)
"""The first test vectors of EIP-55 and of BIP 173: addresses that are valid and stand for nobody."""


class Template(Format):
    """A table of the workbench's own. Subclasses declare `columns` and say what one row means."""

    columns: ClassVar[tuple[Column, ...]]
    example_sources: ClassVar[tuple[str, str]] = EXAMPLE_SOURCES
    """Who says what the two example rows say: nobody real, so that an unedited example accuses nobody."""

    def __init__(self) -> None:
        super().__init__()
        self._sources: dict[str, dict[str, str]] = {}
        self._odd: set[str] = set()
        self._authorities: set[str] = set()

    @classmethod
    def all_columns(cls) -> tuple[Column, ...]:
        """Its own columns, then those of every template."""
        return (*cls.columns, *CLAIM_COLUMNS, *SOURCE_COLUMNS)

    @classmethod
    def field_docs(cls) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Its columns; a column that is none of them is told of."""
        return {c.name: c.doc + (" (required)" if c.required else "") for c in cls.all_columns()}, {}

    @classmethod
    def example(cls) -> str:
        """CSV text with the header and two rows that load."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        columns = cls.all_columns()
        writer.writerow([column.name for column in columns])
        for row, source in enumerate(cls.example_sources):
            cells = {column.name: column.examples[row] for column in columns}
            url = EXAMPLE_URL if source == EXAMPLE_SOURCES[1] else ""
            writer.writerow({**cells, "source": source, "source_url": url}.values())
        return out.getvalue()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """All required columns there, and most of the header known; less sure where a required one is misspelt.

        Misspelt is a column much like the one that is missing: `name,date,description` is anybody's table.
        """
        known = {column.name for column in cls.all_columns()}
        own = {column.name for column in cls.columns}
        header = [column for column in header_of(sample, known) if column]
        hits = known.intersection(header)
        if not header or 2 * len(hits) < len(header):
            return 0
        if all(column.name in hits for column in cls.columns if column.required):
            return 50 + round(45 * len(hits) / len(header))
        missing = [column.name for column in cls.columns if column.required and column.name not in hits]
        misspelt = all(get_close_matches(name, set(header) - known, n=1) for name in missing)
        return 10 + len(own & hits) if misspelt and len(own & hits) >= 3 else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """CSV rows as lists of cells in the order of `header["columns"]`, JSON rows as objects."""
        if is_json(file):
            yield from json_table(file)
            return
        with file.text() as lines:
            columns, rows = csv_table(file, lines, {column.name for column in self.all_columns()})
            self.check_header(columns, file, context)
            self.header = {"columns": columns}
            yield from rows

    def check_header(self, header: list[str], file: SourceFile, context: Context) -> None:
        """Warn of unknown columns; raise InputError where a required one is missing or one is there twice."""
        names = [column.name for column in self.all_columns()]
        if twice := sorted({name for name in header if name and header.count(name) > 1}):
            raise InputError(f"the column {twice[0]} is there twice", where=file.name)
        unknown = [name for name in header if name and name not in names]
        for column in self.columns:
            if column.required and column.name not in header:
                near = nearest_hint(column.name, unknown) if unknown else None
                raise InputError(
                    f"the column {column.name} ({column.doc}) is missing", where=file.name,
                    hint=near or f"`workbench template {self.name}` writes an example.",
                )  # fmt: skip
        context.where = "header"
        for name in unknown:
            self._warn_unknown(name, context)

    def by_name(self, raw: Any) -> dict[str, Any]:
        """The raw row's cells by column; raises RecordError for what is no row, and for cells too many."""
        if isinstance(raw, dict):
            return raw
        if not isinstance(raw, list):
            raise RecordError("not a row of a table (a stray quote, or no JSON object)", value=raw)
        columns: list[str] = self.header["columns"]
        if any(raw[len(columns) :]):
            raise RecordError("more cells than the header has columns", value=raw[len(columns) :])
        return {name: cell for name, cell in zip(columns, raw, strict=False) if name}

    def row_source(self, cells: Cells, context: Context) -> str:
        """The id of the row's source, declared; raises RecordError where nobody is named."""
        name = cells.text("source") or context.source_name
        if not name:
            raise RecordError("nobody is named as the source", field="source", value="")
        given = {column.name[7:]: text for column in SOURCE_COLUMNS[1:] if (text := cells.text(column.name))}
        return self.declare(name, given, context)

    def declare(self, name: str, given: dict[str, str], context: Context) -> str:
        """Declare the source called `name`; of rival descriptions the first in the alphabet stands."""
        id_ = name if name in context.sources else slug(name)
        known = self._sources.get(id_, {})
        if given.get("kind", "").lower() == "authority" and id_ not in self._authorities:
            self._authorities.add(id_)
            context.warn("that this source is an authority is this file's word", field="source_kind", value=id_)
        for field, text in given.items():
            if known.get(field, text) != text:
                reason = f"the source {id_} is described in two ways; the first in the alphabet stands"
                context.warn(reason, field=f"source_{field}", value=text)
        merged = {**known, **{f: min(text, known.get(f, text)) for f, text in given.items()}}
        if not merged:
            if id_ not in context.sources:
                context.source(SourceMention.of(name))
        elif merged != known or id_ not in context.sources:
            described = _described(id_, name, merged)
            context.source(described)
            if known:  # said by an earlier row of this file; what the caller or another file said stands
                context.sources[id_] = described
            self._sources[id_] = merged
        return id_

    def _warn_unknown(self, name: str, context: Context) -> None:
        if name in self._odd:
            return
        self._odd.add(name)
        hint = nearest_hint(name, [column.name for column in self.all_columns()])
        context.warn(f"the column is not known and was not read. {hint}", field=name)


class ClaimTemplate(Template):
    """A template whose rows are claims: each has a source, a confidence, a validity, evidence."""

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """Check the row, declare its source, and hand both to `build`."""
        names = [column.name for column in self.all_columns()]
        cells = Cells(self.by_name(raw), names, context)
        for name in cells.left_over():
            self._warn_unknown(name, context)
        says = self._says(cells, self.row_source(cells, context))
        return self.build(cells, says)

    @abstractmethod
    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """What one row says; `says` has what all its claims share: source, confidence, validity, evidence."""

    def _says(self, cells: Cells, source_id: str) -> dict[str, Any]:
        tlp = cells.text("tlp")
        return {
            "source_id": source_id,
            "confidence": cells.confidence(),
            "grade": parse_grade(cells.text("grade")),
            "tlp": parse_tlp(tlp) if tlp else cells.context.tlp,
            "method": cells.text("method") or "statement",
            "valid_from": cells.time("valid_from"),
            "valid_to": cells.time("valid_to"),
            "evidence": cells.text("evidence") or cells.text("source_url"),
        }


def _described(id_: str, name: str, given: dict[str, str]) -> Source:
    return Source.model_validate({
        "id": id_, "title": given.get("title", name), "publisher": given.get("publisher", "not stated"),
        "kind": given.get("kind", "user").lower(), "url": given.get("url"), "licence": given.get("licence"),
        "published": parse_time(given["published"], field="source_published") if "published" in given else None,
    })  # fmt: skip


def _templates() -> dict[str, type[Template]]:
    return {name: fmt for name, fmt in formats().by_name.items() if issubclass(fmt, Template)}


def template_names() -> list[str]:
    """The names of all templates, sorted."""
    return sorted(_templates())


def template_csv(name: str) -> str:
    """The example file of a template, as CSV text; raises UnknownNameError with the nearest names."""
    found = _templates()
    if name not in found:
        raise UnknownNameError("template", name, found)
    return found[name].example()
