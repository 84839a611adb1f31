"""Ransomwhere's export: `{"result": [{address, blockchain, family, transactions, …}]}` (https://ransomwhe.re).

Each address becomes LISTED_BY Ransomwhere as *tagged* and ATTRIBUTED_TO its family as malware's is said there:
the family is a Malware of the catalogue `ransomwhere`, which the wallet is RELATED to ("paid to"), because a
ransomware family is a programme and not a group. Balances are of the day of the export, and left out; the
transactions listed for an address have a time and an amount and no sender, so they are no transfers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.reading.fields import Fields, new_names
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.addresses import parse_asset_address
from workbench.model.claims import ListedBy, Named, Related
from workbench.model.nodes import Malware, Source, Wallet, slug
from workbench.model.times import parse_time

SOURCE = Source(
    id="ransomwhere", title="Ransomwhere", publisher="Jack Cable", kind="researcher", url="https://ransomwhe.re",
    licence="CC-BY-4.0",
)  # fmt: skip


class Ransomwhere(Format):
    """One edition of the export."""

    name = "ransomwhere"
    title = "Ransomwhere export (JSON)"
    doc = "One entry: one address that ransom was paid to, with the family."
    snapshot = True
    expected = Expected(min_rows=10)
    reads = {
        "address": "Wallet", "blockchain": "the stated asset; the network is decided from the address",
        "family": "Malware; RELATED from the wallet", "createdAt": "valid_from of LISTED_BY",
    }  # fmt: skip
    ignores = {
        "balance": "of the day of the export", "balanceUSD": "of the day of the export", "updatedAt": "of the export",
        "transactions": "amounts and times without a sender",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its entries' own fields."""
        start = sample.lstrip("\ufeff \t\r\n")
        return 90 if start.startswith("{") and '"family"' in sample and '"balanceUSD"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every entry of `result`."""
        content = parse_json(file.whole(), file.name)
        entries = content.get("result") if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise InputError("no list called `result`", where=file.name)
        self.dataset = context.source(SOURCE)
        for number, entry in enumerate(entries, 1):
            slim = {k: v for k, v in entry.items() if k not in self.ignores} if isinstance(entry, dict) else entry
            yield Row(f"entry {number}", slim)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The wallet, its listing and its family."""
        fields = Fields(raw, "entry")
        text, chain = fields.required("address", most=120), fields.text("blockchain", most=60)
        address = parse_asset_address(text, chain)
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        wallet = Wallet.at(address)
        family, created = fields.required("family", most=200), fields.text("createdAt")
        fields.skip(*self.ignores)
        for left in new_names(fields.leftover(), (), self._told):
            context.warn("this field is not known, and left out", field=left)
        malware = Malware(id=f"ransomwhere:{slug(family)}", name=family, catalogue="ransomwhere")
        says: dict[str, Any] = {
            "source_id": SOURCE.id, "tlp": context.tlp, "method": "crowd-sourced list", "dataset": SOURCE.id,
            "evidence": SOURCE.url,
        }  # fmt: skip
        yield wallet
        yield malware
        yield ListedBy(
            subject=wallet.ref, object=SOURCE.ref, listing="tagged", label=family, asset=chain,
            valid_from=parse_time(created, field="createdAt") if created else None, **says,
        )  # fmt: skip
        yield Named(subject=SOURCE.ref, object=malware.ref, name=family, concept="ransomware", **says)
        yield Related(subject=wallet.ref, object=malware.ref, relation="ransom-paid-to", **says)
