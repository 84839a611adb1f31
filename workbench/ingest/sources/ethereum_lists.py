"""Dark lists in the style of `ethereum-lists`: a JSON array of `{address, comment, date}`.

Each address becomes LISTED_BY as *tagged* with the comment as its label: a wallet maker's warning list, which says
that an address was reported, not whose it is. The source is `--source`; without it, the list of that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import header_of, json_table
from workbench.model.addresses import parse_address
from workbench.model.claims import ListedBy
from workbench.model.nodes import Source, SourceMention, Wallet
from workbench.model.times import parse_time

SOURCE = Source(
    id="ethereum-lists", title="ethereum-lists: addresses-darklist", publisher="MyEtherWallet and contributors",
    kind="catalogue", url="https://github.com/MyEtherWallet/ethereum-lists", licence="MIT",
)  # fmt: skip


class EthereumLists(Format):
    """One edition of a dark list."""

    name = "ethereum-lists"
    title = "ethereum-lists dark list (JSON)"
    doc = "One entry: one reported address with a comment and a date."
    snapshot = True
    reads = {"address": "Wallet; LISTED_BY as tagged", "comment": "label", "date": "valid_from"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An array whose objects have an address, a comment and nothing but a date besides."""
        if not sample.lstrip("\ufeff \t\r\n").startswith("["):
            return 0
        header = set(header_of(sample, ("address", "comment")))
        return 70 if {"address", "comment"} <= header <= {"address", "comment", "date"} else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every entry."""
        source = SourceMention.of(context.source_name) if context.source_name else SOURCE
        self.dataset = context.source(source)
        self.header = {"source_id": self.dataset}
        yield from json_table(file)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The wallet and its listing."""
        fields = Fields(raw, "entry")
        text, date = fields.required("address", most=120), fields.text("date")
        address = parse_address(text, "eth")
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        comment = fields.text("comment")
        for left in fields.leftover():
            context.drop("this field is not known, and left out", field=left)
        wallet, source = Wallet.at(address), context.sources[self.header["source_id"]].ref
        yield wallet
        yield ListedBy(
            subject=wallet.ref, object=source, listing="tagged", label=comment, source_id=source.id, tlp=context.tlp,
            valid_from=parse_time(date, field="date") if date else None, dataset=source.id, method="list",
        )  # fmt: skip
