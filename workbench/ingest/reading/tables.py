"""Reads tables, CSV or JSON, row by row, whatever is wrong with single rows.

CSV: comma, semicolon or tab, RFC 4180 quoting held strictly, so that a stray quote costs its own row
and never swallows the rows after it in silence. JSON: an array of objects, or one object a line
(https://jsonlines.org); numbers are kept as they are written.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from workbench.errors import InputError, RecordError, nearest_hint
from workbench.ingest.format import Row
from workbench.ingest.reading.files import SourceFile
from workbench.model.nodes import MAX_TEXT

MAX_CELL = 16 * 1024 * 1024
"""A longer cell means an unclosed quote, not data."""
DELIMITERS = ",;\t"
_CHUNK = 1_000
_SEPARATOR = re.compile(r"\ufeff?sep=.\s*$", re.MULTILINE)
_new_row = tuple.__new__  # a third of the time of Row(…), which counts for millions of rows
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def column_name(text: str) -> str:
    """A header cell as the templates write it: "Source URL" → source_url. Halves of surrogate pairs are spelt out."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return re.sub(r"[\s\-]+", "_", text.strip().lstrip("\ufeff").lower())


def header_of(sample: str, known: Collection[str]) -> list[str]:
    """The column names a sample's first row or object has, normalised; empty when it has none."""
    start = sample.lstrip("\ufeff \t\r\n")
    if start[:1] in "[{":
        return [column_name(key) for key in _first_object(start)]
    if _SEPARATOR.match(start):  # a spreadsheet's own first line
        start = start.partition("\n")[2]
    line = start.partition("\n")[0][:20_000]
    return _split_header(line, known)[1]


def is_json(file: SourceFile) -> bool:
    """Whether the text starts like JSON."""
    return file.sample().lstrip("\ufeff \t\r\n")[:1] in ("[", "{")


def csv_table(file: SourceFile, lines: Iterable[str], known: Collection[str]) -> tuple[list[str], Iterator[Row]]:
    """The column names, and every further row as a list of cells, or as text where it is no CSV.

    Blank lines are no rows. Raises InputError for an empty file or a quote that is never closed.
    """
    csv.field_size_limit(MAX_CELL)
    source = iter(lines)
    before = 0
    for line in source:
        before += 1
        if line.strip("\ufeff \t\r\n") and not _SEPARATOR.match(line):
            delimiter, header = _split_header(line, known)
            return header, _csv_rows(source, before, delimiter, file.name)
    raise InputError("the file is empty", where=file.name)


def _csv_rows(lines: Iterator[str], before: int, delimiter: str, name: str) -> Iterator[Row]:
    """Lines go to the csv module in chunks that are kept until their rows are out, for the text of a bad row."""
    chunks: deque[tuple[int, list[str]]] = deque()
    start = before + 1

    def keep() -> Iterator[list[str]]:
        first = before + 1
        while chunk := list(islice(lines, _CHUNK)):
            while chunks and chunks[0][0] + len(chunks[0][1]) <= start:
                chunks.popleft()
            chunks.append((first, chunk))
            first += len(chunk)
            yield chunk

    reader = csv.reader(chain.from_iterable(keep()), delimiter=delimiter, strict=True)
    while True:
        try:
            for cells in reader:
                if cells:
                    yield _new_row(Row, (f"line {start}", cells))
                start = before + reader.line_num + 1
            return
        except csv.Error as error:
            if "end of data" in str(error) or "field limit" in str(error):
                raise InputError(
                    "a quoted cell is never closed", where=f"{name}, line {start}",
                    hint='Close the quote, or double it inside a cell: "".',
                ) from error  # fmt: skip
            end = before + reader.line_num
            bad = [line for first, chunk in chunks for n, line in enumerate(chunk, first) if start <= n <= end]
            yield Row(f"line {start}", "".join(bad))
            start = end + 1


def json_table(file: SourceFile) -> Iterator[Row]:
    """Every object as it is, or the text of a line that is no JSON object."""
    if file.sample().lstrip("\ufeff \t\r\n").startswith("["):
        for number, item in enumerate(_array(file), 1):
            yield Row(f"item {number}", item if isinstance(item, dict) else json.dumps(item))
        return
    with file.text() as lines:
        for number, line in enumerate(lines, 1):
            if text := line.strip("\ufeff \t\r\n"):
                yield Row(f"line {number}", _line(text))


def _array(file: SourceFile) -> list[Any]:
    try:
        found = _decoder().decode(file.whole().strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {str(error)[:200]}", where=file.name) from error
    return list(found)


def _line(text: str) -> dict[str, Any] | str:
    try:
        found = _decoder().decode(text)
    except (ValueError, RecursionError):
        return text
    return found if isinstance(found, dict) else text


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str)


def _first_object(text: str) -> list[str]:
    try:
        found, _ = _decoder().raw_decode(text, text.index("{"))
    except (ValueError, RecursionError):
        return []
    return list(found)


def _split_header(line: str, known: Collection[str]) -> tuple[str, list[str]]:
    """The delimiter that finds most of the known columns, and the columns."""
    best: tuple[int, str, list[str]] = (-1, ",", [])
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([line], delimiter=delimiter), [])
        except csv.Error:
            continue
        names = [column_name(cell) for cell in cells]
        hits = len(set(names) & set(known))
        if hits > best[0]:
            best = (hits, delimiter, names)
    return best[1], best[2]


def cell_text(value: Any, field: str) -> str:
    """A cell as text, trimmed; lists become `a; b`. Raises RecordError for what is no cell, or hostile."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(cell_text(item, field) for item in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise RecordError("an object where a value belongs", field=field, value=type(value).__name__)
    text = str(value).strip()
    if len(text) > MAX_TEXT:
        raise RecordError(f"longer than {MAX_TEXT:,} characters", field=field, value=text)
    if not text.isascii() and _SURROGATE.search(text):
        shown = text.encode("ascii", "backslashreplace").decode("ascii")
        raise RecordError("half of a surrogate pair, which is no character", field=field, value=shown)
    if found := _CONTROL.search(text):
        raise RecordError(f"a control character ({ord(found.group()):#04x}) in the cell", field=field, value=text)
    return text


def rows_by_column(file: SourceFile, required: Sequence[str]) -> Iterator[Row]:
    """The rows of a CSV file whose columns are known beforehand, as {column: cell}; text where it is no CSV row.

    Raises InputError where a column is missing. A row with cells too many or too few stays a list.
    """
    with file.text() as lines:
        header, rows = csv_table(file, lines, required)
        if missing := [name for name in required if name not in header]:
            hint = nearest_hint(missing[0], header)
            raise InputError(f"the column {missing[0]} is missing", where=file.name, hint=hint)
        for where, cells in rows:
            fits = isinstance(cells, list) and len(cells) == len(header)
            yield Row(where, dict(zip(header, cells, strict=True)) if fits else cells)


def row_cells(raw: Any) -> dict[str, str]:
    """The trimmed cells of a row of `rows_by_column`; raises RecordError for what is none."""
    if not isinstance(raw, dict):
        raise RecordError("not a row of this table: a stray quote, or another number of cells", value=raw)
    return {name: cell_text(value, name) for name, value in raw.items()}
