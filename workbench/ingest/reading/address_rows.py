"""Reads any table with a column of addresses, or a bare list of them: what is to be looked up, row by row.

Nothing here is loaded into the graph. Every row comes out once, in order; a row that is no row of the table, or has no
address, comes out with its text, for whoever judges it to say so.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from workbench.errors import InputError, RecordError, nearest_hint
from workbench.ingest.format import Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import cell_text, column_name, csv_table, header_of, is_json, json_table
from workbench.model.addresses import parse_address

ADDRESS_COLUMNS = (
    "address", "wallet", "wallet_address", "account", "account_address", "crypto_address", "caip10", "wallet_id",
)  # fmt: skip
NETWORK_COLUMNS = ("network", "chain", "blockchain")
_PROBE = 200


class AddressRow(NamedTuple):
    """One row to be looked up."""

    where: str
    text: str
    network: str | None
    problem: str | None = None
    """Why the row cannot be read, where it cannot."""


def address_rows(path: str | Path, *, column: str | None = None, network: str | None = None) -> list[AddressRow]:
    """The rows of a CSV or JSON file, or of a file with one address a line (`-` is stdin).

    `column` names the column of addresses; without it, one that is called like one, else the one that holds most
    addresses. A column called network, chain or blockchain says the network of each row; `network` those of the rest.

    Raises InputError where there is no such column, or the file cannot be read.
    """
    file = SourceFile(path)
    if is_json(file):
        return _json_rows(file, column, network)
    return _csv_rows(file, column, network)


def _csv_rows(file: SourceFile, column: str | None, network: str | None) -> list[AddressRow]:
    first = next((line for line in file.sample().splitlines() if line.strip("\ufeff \t")), "")
    bare = column is None and any(_is_address(cell) for cell in _cells(first))
    with file.text() as lines:
        if bare:  # no header: name the columns, and count lines from the first one again
            width = max(len(_cells(first)), 1)
            header, rows = csv_table(file, chain([_named(first, width)], _without_mark(lines)), ())
        else:
            header, rows = csv_table(file, lines, (*ADDRESS_COLUMNS, *NETWORK_COLUMNS))
        start = list(islice(rows, _PROBE))
        at = _column(header, [row.raw for row in start if isinstance(row.raw, list)], column, file.name)
        net = next((header.index(name) for name in NETWORK_COLUMNS if name in header and not bare), None)
        return [_csv_row(row, at, net, network, bare) for row in chain(start, rows)]


def _csv_row(row: Row, at: int, net: int | None, network: str | None, bare: bool) -> AddressRow:
    where, cells = row
    if bare:
        where = f"line {int(where.split()[-1]) - 1}"
    if not isinstance(cells, list):
        return AddressRow(where, str(cells).strip()[:200], None, "not a row of this table: a stray quote")
    if at >= len(cells):
        return AddressRow(where, "", None, "the row has no cell in the column of addresses")
    said = cells[net].strip() if net is not None and net < len(cells) else ""
    return _checked(where, cells[at], said or network)


def _checked(where: str, cell: object, network: str | None) -> AddressRow:
    try:
        return AddressRow(where, cell_text(cell, "address"), network)
    except RecordError as error:
        return AddressRow(where, str(cell)[:200], network, error.what)


def _json_rows(file: SourceFile, column: str | None, network: str | None) -> list[AddressRow]:
    wanted = None if column is None else column_name(column)
    names = [wanted] if wanted else [name for name in header_of(file.sample(), ()) if name in ADDRESS_COLUMNS]
    made = []
    for where, raw in json_table(file):
        if isinstance(raw, str):  # an array of addresses, or a line that is no object
            made.append(_checked(where, raw.strip().strip('"'), network))
            continue
        cells = {column_name(key): value for key, value in raw.items()}
        found = next((name for name in names if name in cells), None)
        said = next((str(cells[name]) for name in NETWORK_COLUMNS if cells.get(name)), network)
        if found is None:
            made.append(AddressRow(where, "", None, "the object has no field of addresses"))
        else:
            made.append(_checked(where, cells[found], said))
    if not made:
        raise InputError("the file has no rows", where=file.name)
    return made


def _column(header: Sequence[str], rows: Sequence[list[str]], column: str | None, name: str) -> int:
    if column is not None:
        wanted = column_name(column)
        if wanted not in header:
            raise InputError(f"no column is called {column!r}", where=name, hint=nearest_hint(wanted, header))
        return header.index(wanted)
    for known in ADDRESS_COLUMNS:
        if known in header:
            return header.index(known)
    counts = [sum(_is_address(row[i]) for row in rows if i < len(row)) for i in range(len(header))]
    if not counts or not max(counts):
        shown = ", ".join(header[:12])
        raise InputError("no column holds addresses", where=name, hint=f"Name it: --column. Columns: {shown}")
    return counts.index(max(counts))


def _is_address(text: str) -> bool:
    bare = text.strip("\ufeff \t\r\n\"'")
    with suppress(RecordError):
        parse_address(bare.rpartition(":")[2])
        return True
    return False


def _cells(line: str) -> list[str]:
    with suppress(csv.Error):
        return next(csv.reader([line.replace(";", ",").replace("\t", ",")]), [])
    return []


def _named(first: str, width: int) -> str:
    delimiter = next((d for d in ",;\t" if d in first), ",")
    return delimiter.join(f"c{i}" for i in range(width)) + "\n"


def _without_mark(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield line.lstrip("\ufeff") if number == 0 else line


__all__ = ["ADDRESS_COLUMNS", "AddressRow", "address_rows"]
