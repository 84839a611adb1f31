"""SlowMist's archive of hacks, as CSV made from its pages: date, name, description, loss, method, reference.

Each row becomes an Incident of SlowMist's own with NAMED and REPORTED. Addresses in the descriptions are not
read: a sentence may name the victim's, the thief's or a bridge's. Losses are the page's dollars; 0 and an empty
cell both mean that it gives none.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars, theft, theft_date
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import header_of, row_cells, rows_by_column
from workbench.model.nodes import Source

SOURCE = Source(
    id="slowmist", title="SlowMist Hacked", publisher="SlowMist", kind="vendor", url="https://hacked.slowmist.io",
    licence="none stated",
)  # fmt: skip
_COLUMNS = ("date", "name", "description", "loss_usd", "attack_method", "reference")


class SlowMistHacked(Format):
    """One edition of the archive."""

    name = "slowmist-hacked"
    title = "SlowMist Hacked (CSV)"
    doc = "One row: one attack, with its date, loss and method in the archive's words."
    snapshot = True
    expected = Expected(min_rows=50)
    reads = {
        "date": "REPORTED.date", "name": "Incident, NAMED", "loss_usd": "REPORTED.amount_usd; 0 is no figure",
        "attack_method": "REPORTED.technique", "reference": "evidence of the claims",
    }  # fmt: skip
    ignores = {
        "description": "prose; its addresses may be anybody's", "year": "in the date",
        "ours_match": "added by whoever made the CSV",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns, as the CSV has them."""
        return 90 if set(_COLUMNS) <= set(header_of(sample, _COLUMNS)) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column."""
        context.source(SOURCE)
        self.dataset = SOURCE.id
        told = False
        for row in rows_by_column(file, _COLUMNS):
            if not told and isinstance(row.raw, dict):
                told = True
                context.where = "header"
                for column in row.raw.keys() - self.reads.keys() - self.ignores.keys():
                    context.warn("this column is not known, and left out", field=column)
            yield row

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The attack as the archive has it."""
        if isinstance(raw, dict):
            raw = {name: value for name, value in raw.items() if name in self.reads}
        cells = row_cells(raw)
        name = html.unescape(cells["name"]).strip()
        if not name:
            raise RecordError("the cell is empty", field="name", value="")
        time, precision = theft_date(cells["date"])
        if time is None:
            raise RecordError("the cell is empty", field="date", value="")
        loss = dollars(cells["loss_usd"], "loss_usd", context)
        url = cells["reference"].split()[0] if cells["reference"] else ""
        _, records = theft(
            SOURCE, name[:500], time, precision, context=context, evidence=url if url.startswith("http") else None,
            amount_usd=loss or None, amount_text=cells["loss_usd"] or None, technique=cells["attack_method"] or None,
        )  # fmt: skip
        return records
