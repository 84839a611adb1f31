"""A ledger table as it comes, CSV, JSON or Parquet, as rows of cells under the names a format knows them by."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.format import Row
from workbench.ingest.reading.files import PARQUET, SourceFile
from workbench.ingest.reading.parquet_rows import is_parquet, parquet_columns, parquet_rows
from workbench.ingest.reading.tables import column_name, csv_table, header_of, is_json, json_table

_new_row = tuple.__new__
_KEY = re.compile(r'"([A-Za-z_][A-Za-z0-9_]{0,60})"\s*:')


def sample_columns(sample: str, known: Collection[str]) -> set[str]:
    """The names of the columns in a file's first 64 KiB, as they are written but for case and blanks."""
    mark = PARQUET.decode() + "\n"
    if sample.startswith(mark):
        return {column_name(name) for name in sample[len(mark) :].split(",")}
    if found := header_of(sample, known):
        return set(found)
    if sample.lstrip("\ufeff \t\r\n")[:1] in ("[", "{"):  # the first object alone is longer than the sample
        return {column_name(name) for name in _KEY.findall(sample)}
    return set()


class LedgerTable:
    """One file. `columns` are the canonical names of its columns, in the order of the rows' cells."""

    def __init__(self, file: SourceFile, names: Mapping[str, str], only: Collection[str] = ()) -> None:
        """`names`: what a column may be called → its canonical name. `only`: columns to read, where others
        need not be. Raises InputError where a column is there twice, or the file is empty."""
        self.file = file
        self._names = names
        self._only = only
        self._json = self._parquet = False
        self._keys: list[str] = []
        if is_parquet(file):
            self._parquet = True
            self._keys = parquet_columns(file)
            if only:
                self._keys = [key for key in self._keys if self._canonical(key) in only]
        elif is_json(file):
            self._json = True
            first = next((row.raw for row in json_table(file) if isinstance(row.raw, dict)), None)
            if first is None:
                raise InputError("no JSON object in it", where=file.name)
            self._keys = list(first)
        else:
            with file.text() as lines:
                self._keys, _ = csv_table(file, lines, names)
        self.columns = [self._canonical(key) for key in self._keys]
        if twice := sorted({name for name in self.columns if name and self.columns.count(name) > 1}):
            raise InputError(f"the column {twice[0]} is there twice", where=file.name)

    def rows(self) -> Iterator[Row]:
        """Every row: a list of as many cells as there are columns; another list, or text, where it is damaged.

        An object of a JSON file with other names than the first one stays an object, by canonical name.
        """
        if self._parquet:
            yield from parquet_rows(self.file, self._keys)
        elif self._json:
            yield from self._objects()
        else:
            with self.file.text() as lines:
                yield from csv_table(self.file, lines, self._names)[1]

    def _objects(self) -> Iterator[Row]:
        keys = self._keys
        same = dict.fromkeys(keys).keys()
        for where, raw in json_table(self.file):
            if type(raw) is not dict:
                yield Row(where, raw)
            elif raw.keys() == same:
                yield _new_row(Row, (where, [raw[key] for key in keys]))
            else:
                yield Row(where, {self._canonical(key): value for key, value in raw.items()})

    def _canonical(self, key: str) -> str:
        name = column_name(key)
        return self._names.get(name, name)


def cells_in_order(raw: Any, columns: list[str]) -> list[Any]:
    """The cells of a row in the order of `columns`; raises RecordError for what is no whole row.

    A row with too few cells is cut off, and its last cell may be: it is never filled up.
    """
    if isinstance(raw, dict):
        return [raw.get(name) for name in columns]
    if not isinstance(raw, list):
        raise RecordError("not a row of a table (a stray quote, or no JSON object)", value=raw)
    if len(raw) != len(columns):
        raise RecordError(f"{len(raw)} cells, and the header has {len(columns)} columns", value=raw)
    return raw
