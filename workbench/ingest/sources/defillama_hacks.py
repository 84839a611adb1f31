"""DefiLlama's list of hacks, as its interface gives it (JSON array) and as CSV made from it.

Each entry becomes an Incident of DefiLlama's own with NAMED and REPORTED (date, amount, technique, chains, what
was given back). `amount` and `gross` are dollars at the time. An entry's `source` is the page it rests on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars, theft, theft_date
from workbench.ingest.reading.fields import Fields, new_names
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import header_of, is_json, json_table, rows_by_column
from workbench.model.nodes import Source

SOURCE = Source(
    id="defillama", title="DefiLlama: Hacks", publisher="DefiLlama", kind="catalogue",
    url="https://defillama.com/hacks", licence="none stated",
)  # fmt: skip
_CSV = ("date", "name", "gross", "technique", "classification")


class DefiLlamaHacks(Format):
    """One edition of the list."""

    name = "defillama-hacks"
    title = "DefiLlama hacks (JSON or CSV)"
    doc = "One entry: one theft, with its date, amount in dollars, technique and chains."
    snapshot = True
    expected = Expected(min_rows=50)
    reads = {
        "name": "Incident, NAMED", "date": "REPORTED.date; Unix seconds or an ISO date",
        "amount": "REPORTED.amount_usd", "gross": "REPORTED.amount_usd (CSV)",
        "returnedFunds": "REPORTED.returned_usd", "recovered": "REPORTED.returned_usd (CSV)",
        "technique": "REPORTED.technique", "classification": "REPORTED.category",
        "chain": "REPORTED.networks", "chains": "REPORTED.networks (CSV, separated by commas or |)",
        "source": "evidence of the claims",
    }  # fmt: skip
    ignores = {
        "net": "gross less recovered", "bridgeHack": "says what kind of target", "bridge_hack": "as bridgeHack",
        "targetType": "kind of target", "target_type": "kind of target", "language": "of the contract",
        "defillamaId": "DefiLlama's number of the protocol", "parentProtocolId": "the same, of its parent",
        "in_scope_chain": "added by whoever made the CSV", "is_defi_protocol": "added by whoever made the CSV",
        "category": "added by whoever made the CSV", "sector": "added by whoever made the CSV",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its own column names."""
        header = set(header_of(sample, _CSV))
        if {"defillamaid", "technique", "classification", "name", "date"} <= header:
            return 90
        return 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Entries of the array, or rows of the table."""
        context.source(SOURCE)
        # The table is made by others from some day's list: it is no edition of DefiLlama's.
        self.dataset = SOURCE.id if is_json(file) else f"{SOURCE.id}-csv"
        self.header = {"dataset": self.dataset}
        yield from json_table(file) if is_json(file) else rows_by_column(file, _CSV)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The theft as the list has it."""
        fields = Fields({k.lower(): v for k, v in raw.items()} if isinstance(raw, dict) else raw, "entry")
        name = fields.required("name", most=500)
        time, precision = theft_date(fields.pop("date"))
        if time is None:
            raise RecordError("the date is missing", field="date")
        amount = fields.pop("amount") or fields.pop("gross")
        returned = fields.pop("returnedfunds") or fields.pop("recovered")
        chains = fields.pop("chain") or fields.pop("chains")
        url = fields.text("source", most=2000)
        technique, category = fields.text("technique"), fields.text("classification")
        fields.skip(*(column.lower() for column in (*self.ignores, *self.reads)))
        for left in new_names(fields.leftover(), (), self._told):
            context.warn("this column is not known, and left out", field=left)
        _, records = theft(
            SOURCE, name, time, precision, context=context, evidence=url if url and url.startswith("http") else None,
            dataset=self.header["dataset"], amount_usd=dollars(amount, "amount", context),
            returned_usd=dollars(returned, "returnedFunds", context), technique=technique, category=category,
            networks=_chains(chains),
        )  # fmt: skip
        return records


def _chains(value: Any) -> tuple[str, ...] | None:
    """A list of chains, or a cell with them."""
    parts = value if isinstance(value, list) else str(value or "").replace("|", ",").split(",")
    found = tuple(dict.fromkeys(str(part).strip()[:60] for part in parts if str(part).strip()))
    return found[:50] or None
