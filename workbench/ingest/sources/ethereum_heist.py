"""The lists of EthereumHeist: labelled heist addresses, and the table of heists.

`Heist label-etherscan.csv` has `Address, Name Tag`: tags that Etherscan gave, copied, so the list is DERIVED_FROM
Etherscan's labels and not a second opinion. `HeistEvent_Info - filtered.csv` has `Case Name, Year, Type, Amount
Stolen, Summary, Means of Crime`, and `… - origin.csv` `Event, year, Amount stolen, Source`: each row becomes an
Incident with NAMED and REPORTED; amounts are free text (`750ETH`), dollars only where they say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars_in, theft, theft_date
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import csv_table, header_of, row_cells
from workbench.model.claims import DerivedFrom, ListedBy, Named
from workbench.model.nodes import Source, SourceMention, Wallet

SOURCE = Source(
    id="ethereum-heist", title="EthereumHeist", publisher="EthereumHeist authors", kind="academic",
    licence="none stated",
)  # fmt: skip
_ETHERSCAN = SourceMention(id="etherscan-labels", title="Etherscan labels", publisher="Etherscan", kind="catalogue")
_EVENTS = ("case_name", "event", "year", "amount_stolen")


class EthereumHeist(Format):
    """One of the three tables."""

    name = "ethereum-heist"
    title = "EthereumHeist lists (CSV)"
    doc = "One row: a labelled heist address, or one heist with its year and amount in the list's words."
    reads = {
        "Address": "Wallet; LISTED_BY as tagged", "Name Tag": "NAMED, as Etherscan's word that the list copies",
        "Case Name, Event": "Incident, NAMED", "Year": "REPORTED.date", "Type": "REPORTED.category",
        "Amount Stolen": "REPORTED.amount_text; amount_usd where one figure is in dollars",
        "Means of Crime": "REPORTED.technique", "Source": "evidence",
    }  # fmt: skip
    ignores = {"Summary": "prose"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The columns of one of the tables, and no others."""
        header = [column for column in header_of(sample, (*_EVENTS, "address", "name_tag")) if column]
        if {"case_name", "year", "amount_stolen"} <= set(header) or header[:3] == ["event", "year", "amount_stolen"]:
            return 85
        return 80 if header == ["address", "name_tag"] else 0  # surer than the template of wallets is

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column."""
        context.source(SOURCE)
        context.source(_ETHERSCAN)
        with file.text() as lines:
            header, rows = csv_table(file, lines, (*_EVENTS, "address", "name_tag"))
            if not {"address", "case_name", "event"} & set(header):
                raise InputError("none of the columns Address, Case Name, Event", where=file.name)
            for where, cells in rows:
                fits = isinstance(cells, list) and len(cells) == len(header)
                yield Row(where, dict(zip(header, cells, strict=True)) if fits else cells)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """A tag, or a heist."""
        cells = row_cells(raw)
        return self._tag(cells, context) if "address" in cells else self._heist(cells, context)

    def _tag(self, cells: dict[str, str], context: Context) -> Iterator[Record]:
        wallet = Wallet.of(cells["address"], "eth")
        says: dict[str, Any] = {"source_id": SOURCE.id, "tlp": context.tlp, "method": "copied label"}
        yield wallet
        tag = cells.get("name_tag") or None
        yield ListedBy(subject=wallet.ref, object=SOURCE.ref, listing="tagged", label=tag, **says)
        if tag:
            yield Named(subject=SOURCE.ref, object=wallet.ref, name=tag, kind="label", **says)
        yield DerivedFrom(subject=SOURCE.ref, object=_ETHERSCAN.ref, **says)

    def _heist(self, cells: dict[str, str], context: Context) -> Iterable[Record]:
        name = cells.get("case_name") or cells.get("event") or ""
        if not name:
            raise RecordError("the cell is empty", field="case_name", value="")
        time, precision = theft_date(cells.get("year"), "year")
        if time is None:
            raise RecordError("the cell is empty", field="year", value="")
        amount, page = cells.get("amount_stolen", ""), cells.get("source", "")
        _, records = theft(
            SOURCE, name[:500], time, precision, context=context, amount_text=amount or None,
            amount_usd=dollars_in(amount), category=cells.get("type") or None,
            technique=cells.get("means_of_crime") or None, evidence=page if page.startswith("http") else None,
        )  # fmt: skip
        return records
