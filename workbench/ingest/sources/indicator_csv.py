"""Indicator lists in CSV, as vendors publish them: one row an indicator, or one file with its hashes.

The columns may be called many things and be in any case (`value`, `Indicator`, `IOC`, `SHA-256`, `Domain`, …). A
`type` column is believed as far as the value agrees; without one the value decides. One cell may hold several hashes
of one file. Links to reports are no indicators: the list is DERIVED_FROM them. A list names no source: `--source`
says who publishes it, and without that its rows are quarantined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.ingest.intelligence.indicator_lists import (
    COLUMNS,
    VALUE_ROLES,
    IndicatorList,
    cell_values,
    read_value,
    role_of,
)
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import DELIMITERS, csv_table

_KNOWN = frozenset(name.replace(" ", sep) for name in (*COLUMNS, "address", "addresses") for sep in ("_", " ", "-"))
_SAYING = frozenset(("label", "malware", "campaign", "indicates_group", "attributed_to", "incident"))
"""Columns of the template `infrastructure`, which say something of an indicator; a plain list has none of them."""


_BESIDE = frozenset(("date", "type", "description", "first seen", "first_seen", "ioc type", "indicator type"))
"""Columns beside which a column of wallets is a list of indicators, where all others are known too."""


class IndicatorCsv(IndicatorList):
    """A CSV table of indicators."""

    name = "indicator-csv"
    title = "Indicator list (CSV)"
    doc = "Domains, addresses, URLs, e-mails and hashes that a vendor publishes, with its notes."
    reads: ClassVar[dict[str, str]] = {
        "value, indicator, ioc, hash, …": "the indicator: LISTED_BY as published",
        "md5, sha1, sha256, sha512": "hashes; those of one row are RELATED as same-file",
        "domain, ip, url, email, wallet": "the indicator, of that type",
        "type, entity_type, …": "what the value is said to be",
        "note, description, comment, …": "label of LISTED_BY",
        "file, filename, path": "NAMED, of the row's hash",
        "first_seen, last_seen": "when the listing holds",
        "link, reference, source, …": "the list is DERIVED_FROM that page",
    }
    ignores: ClassVar[dict[str, str]] = {
        "hosting provider, date, creation, last modified, country, confidence, …": "no part of the listing"
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A header with a column of indicators, and indicators in it."""
        lines = [line for line in sample.splitlines()[:12] if line.strip("\ufeff \t,;")]
        if len(lines) < 2 or len(lines[0]) > 2_000 or lines[0].lstrip("\ufeff \t")[:1] in "{[<":
            return 0
        delimiter = max(DELIMITERS, key=lines[0].count)
        roles = [_role(cell.strip('" ')) for cell in lines[0].split(delimiter)]
        columns = [n for n, role in enumerate(roles) if role in VALUE_ROLES]
        if not columns or 2 * sum(role is not None for role in roles) < len(roles):
            return 0
        names = {cell.strip('" \ufeff').lower() for cell in lines[0].split(delimiter)}
        wallets = None not in roles and bool(names & _BESIDE)
        hits = sum(_holds(line, delimiter, columns, roles, wallets) for line in lines[1:])
        if not hits:
            return 0
        if len(roles) == 1 or _SAYING & names:
            return 45
        return 97 if "type" in roles or any(role in ("md5", "sha1", "sha256") for role in roles) else 60

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Each row with its values; the header decides what is one."""
        self.settle(file, context)
        with file.text() as lines:
            header, rows = csv_table(file, lines, _KNOWN)
            roles = [_role(name) for name in header]
            if not any(role in VALUE_ROLES for role in roles):
                raise InputError("no column of indicators", where=file.name, hint="Call one of them `value`.")
            context.where = "header"
            for name, role in zip(header, roles, strict=True):
                if role is None and name:
                    context.drop("a column that is not known; left out", field=name)
            for where, cells in rows:
                yield Row(where, _raw(cells, roles) if isinstance(cells, list) and len(cells) == len(roles) else cells)


def _role(header: str) -> str | None:
    """What a column means; an `address` is whatever its value is: of a wallet, a server or a mailbox."""
    return "value" if header.strip("\ufeff \t").lower() in ("address", "addresses") else role_of(header)


def _raw(cells: list[str], roles: list[str | None]) -> dict[str, Any]:
    """A row's values, and what stands beside them."""
    raw: dict[str, Any] = {"values": [], "links": []}
    notes = []
    for cell, role in zip(cells, roles, strict=True):
        text = cell.strip()
        if not text or role in (None, "ignored", "technique"):
            continue
        if role in VALUE_ROLES:
            values = cell_values(text, role)
            raw["values"] += [{"text": cell, "role": role}] if len(values) == 1 else values
        elif role == "note":
            notes.append(text)
        elif role == "link":
            raw["links"] += text.split()
        else:
            raw[str(role).replace(" ", "_")] = text
    return {**raw, "note": "; ".join(notes)[:10_000] or None}


def _holds(line: str, delimiter: str, columns: list[int], roles: list[str | None], wallets: bool) -> bool:
    """Whether a row of the sample has an indicator in one of the columns; numbers, and maybe wallets, do not count."""
    cells = [cell.strip('" ') for cell in line.split(delimiter)]
    for n in columns:
        if n < len(cells) and (roles[n] == "ip" or not cells[n].replace(".", "").isdigit()):
            for one in cell_values(cells[n], str(roles[n])):
                try:
                    if read_value(one["text"], one["role"], None, Context()).label != "Wallet" or wallets:
                        return True
                except RecordError:
                    continue
    return False
