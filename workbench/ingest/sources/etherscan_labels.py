"""Label lists of Etherscan-like explorers, one CSV a label: Address, Name Tag, Balance, Txn Count.

The explorer and the label are in the file's name (`etherscan_accounts_binance.csv`). A file without the explorer's
name speaks for `--source`: anybody may fill a table with these columns. Every address gets LISTED_BY the explorer as
*tagged* with that label, and its name tag as NAMED: the explorer's word. "Blocked" and "OFAC Sanctions Lists" are
such labels too: the issuer's freeze and the sanctions list are other sources. Where the label is a service's
name the explorer also says that the service CONTROLS the address; the labels that are services are listed here,
and no other label makes a service. Balances and counts are of the day the list was made, and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import header_of, row_cells, rows_by_column
from workbench.model.claims import Controls, ListedBy, Named
from workbench.model.nodes import Service, Source, SourceMention, Wallet

_COLUMNS = ("address", "name_tag")
_EXPLORERS = {
    "etherscan": ("eth", "Etherscan", "https://etherscan.io"), "bscscan": ("bsc", "BscScan", "https://bscscan.com"),
    "polygonscan": ("polygon", "PolygonScan", "https://polygonscan.com"),
    "arbiscan": ("arbitrum", "Arbiscan", "https://arbiscan.io"),
    "optimism": ("optimism", "Optimistic Etherscan", "https://optimistic.etherscan.io"),
    "ftmscan": ("fantom", "FTMScan", "https://ftmscan.com"),
}  # fmt: skip
_NAME = re.compile(
    r"(?:(etherscan|bscscan|polygonscan|arbiscan|optimism|ftmscan)_)?(?:accounts_)?([\w-]{1,80}?)\.csv", re.I
)
_SERVICES = {
    "binance": ("Binance", "exchange"), "changenow": ("ChangeNOW", "exchange"),
    "crypto-com": ("Crypto.com", "exchange"),
    "ftx": ("FTX", "exchange"), "huobi": ("Huobi", "exchange"), "kucoin": ("KuCoin", "exchange"),
    "okx": ("OKX", "exchange"), "upbit": ("Upbit", "exchange"), "coinbase": ("Coinbase", "exchange"),
    "kraken": ("Kraken", "exchange"), "bitfinex": ("Bitfinex", "exchange"), "gate-io": ("Gate.io", "exchange"),
    "tornado-cash": ("Tornado Cash", "mixing_service"),
}  # fmt: skip
"""Labels of the explorer that are the name of one service."""
_DEPOSIT = "-deposit"


class EtherscanLabels(Format):
    """One label's list."""

    name = "etherscan-labels"
    title = "Etherscan label list (CSV)"
    doc = "One row: one address that the explorer puts under a label, with its name tag."
    snapshot = True
    reads = {
        "Address": "Wallet; LISTED_BY the explorer as tagged, with the label",
        "Name Tag": "NAMED by the explorer", "(file name)": "the label; CONTROLS, where it is a service's name",
    }  # fmt: skip
    ignores = {"": "row number", "Balance": "of the day the list was made", "Txn Count": "of the day the list was made"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The export's columns."""
        return 90 if {"address", "name_tag", "txn_count"} <= set(header_of(sample, _COLUMNS)) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column."""
        stem = re.sub(r"\.(?:xz|gz|zst|bz2)$", "", file.name)
        match = _NAME.fullmatch(stem)
        label = match[2].lower() if match else None
        explorer = match[1].lower() if match and match[1] and not context.source_name else None
        self.header = {"source_id": None, "label": label, "explorer": explorer, "network": context.network or "eth"}
        context.where = "whole file"
        if explorer:
            network, title, url = _EXPLORERS[explorer]
            source_id = f"{explorer}-labels"
            context.source(Source(id=source_id, title=f"{title} labels", publisher=title, kind="catalogue", url=url))
            self.header |= {"source_id": source_id, "network": network}
        elif context.source_name:
            self.header["source_id"] = context.source(SourceMention.of(context.source_name))
            if not context.network:
                context.warn("no network is named (--network): taken as Ethereum mainnet", field="network")
        self.dataset = self.header["dataset"] = f"{self.header['source_id']}-{label}" if explorer else None
        if label is None:
            context.warn("the file's name does not tell the label", field="label", value=file.name)
        for where, raw in rows_by_column(file, _COLUMNS):
            kept = {k: raw[k] for k in _COLUMNS} if isinstance(raw, dict) else raw
            yield Row(where, kept)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What the explorer says of the address."""
        cells, head = row_cells(raw), self.header
        if not head["source_id"]:
            reason = "whose labels? Its name has no explorer (etherscan_accounts_….csv), and no --source is given"
            raise RecordError(reason, field="source", value="")
        wallet = Wallet.of(cells["address"], head["network"])
        label, source = head["label"], context.sources[head["source_id"]].ref
        says: dict[str, Any] = {
            "source_id": source.id, "tlp": context.tlp, "method": "label", "dataset": head["dataset"],
            "evidence": f"{_EXPLORERS[head['explorer']][2]}/address/{wallet.address}" if head["explorer"] else None,
        }  # fmt: skip
        if not label and not cells["name_tag"]:
            raise RecordError("neither a label nor a name tag", field="name_tag", value="")
        yield wallet
        yield ListedBy(subject=wallet.ref, object=source, listing="tagged", label=label, **says)
        if cells["name_tag"]:
            yield Named(subject=source, object=wallet.ref, name=cells["name_tag"], kind="label", concept=label, **says)
        deposit = bool(label) and label.endswith(_DEPOSIT)
        if found := _SERVICES.get(label.removesuffix(_DEPOSIT) if label and head["explorer"] else ""):
            service = Service(id=label.removesuffix(_DEPOSIT), name=found[0], concept=found[1])
            yield service
            yield Controls(subject=service.ref, object=wallet.ref, role="deposit" if deposit else None, **says)
