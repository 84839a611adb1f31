"""What projects around Tornado Cash publish of its pools: cached events, lists of addresses, and the pools.

`tornado-withdrawals`: the interface's cache of withdrawals (`withdrawals_eth_0.1.json`). One row: an address was
paid by the pool that the file's name says. It is a claim (MENTIONS), not a transfer: the cache has neither the
time nor the receiver of the fee, and the transfer itself is in the traces of the transaction.

`tornado-deposits`: the cache of deposits. It names no address at all, so it is counted and left out; who
deposited stands in the transactions and traces of the pool.

`tornado-addresses`: a list of addresses that deposited, or were paid, as one project gathered them.
`tornado-pools`: which contract is the pool of which amount.

Having used a mixer is not a crime, and not a link to anybody else who used it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.ledgers.ledger_rows import count
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.reading.tables import header_of, json_table, row_cells, rows_by_column
from workbench.model.claims import Controls, Mentions
from workbench.model.ledger import transaction_hash
from workbench.model.nodes import Service, Source, SourceMention, Wallet

SERVICE = Service(id="tornado-cash", name="Tornado Cash", concept="mixing_service")
CACHE = Source(
    id="tornado-cash-interface", title="Events cached by Tornado Cash's own interface", publisher="Tornado Cash",
    kind="vendor", url="https://github.com/tornadocash/tornado-classic-ui", licence="MIT",
)  # fmt: skip
ANONYMITY = Source(
    id="tornado-cash-anonymity-tool", title="Tornado Cash anonymity tool", publisher="LambdaClass", kind="researcher",
    url="https://github.com/lambdaclass/tornado_cash_anonymity_tool",
)  # fmt: skip
_POOL = re.compile(r"(?:deposits|withdrawals)_([a-z]{2,6})_([0-9.]{1,10}?)(?:\.json.*)?")
_EVENT = ("blockNumber", "transactionHash")
_COLUMNS = {"from_address": "deposited", "recipient_address": "was paid"}
_AMOUNT = re.compile(r"[0-9.]{1,12} [A-Za-z]{2,8}")


def _declare(source: Source, context: Context) -> str:
    return context.source(SourceMention.of(context.source_name) if context.source_name else source)


class TornadoWithdrawals(Format):
    """Addresses that a pool paid."""

    name = "tornado-withdrawals"
    title = "Tornado Cash: cached withdrawals (JSON)"
    reads = {
        "to": "the wallet that was paid", "transactionHash": "the evidence", "nullifierHash": "the claim's id",
        "fee": "kept in the claim's text", "blockNumber": "kept in the claim's text",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its keys."""
        return 95 if '"nullifierHash"' in sample and '"transactionHash"' in sample and '"fee"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every event; which pool it is of stands in the file's name."""
        found = _POOL.fullmatch(file.name)
        if found is None:
            raise InputError(
                "which pool it is of cannot be told", where=file.name, hint="Name it withdrawals_eth_0.1.json."
            )
        self.header = {"pool": f"{found[2]} {found[1].upper()}", "source": _declare(CACHE, context)}
        yield from json_table(file)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """That the wallet was paid."""
        if not isinstance(raw, dict):
            raise RecordError("not a JSON object", value=raw)
        if unknown := raw.keys() - self.reads.keys():
            context.warn("the field is not known and was not read", field=sorted(unknown)[0])
        wallet = Wallet.of(str(raw.get("to") or ""), "eth")
        tx = transaction_hash(str(raw.get("transactionHash") or ""))
        block, fee = count(raw.get("blockNumber"), "blockNumber"), count(raw.get("fee"), "fee")
        yield wallet
        yield Mentions(
            subject=SourceMention.of(self.header["source"]).ref, object=wallet.ref, source_id=self.header["source"],
            kind="observation", id=str(raw.get("nullifierHash") or "") or None, evidence=f"0x{tx}", tlp=context.tlp,
            text=f"was paid by the pool of {self.header['pool']} of Tornado Cash, block {block}, fee {fee} wei",
        )  # fmt: skip


class TornadoDeposits(Format):
    """Deposits, which name nobody."""

    name = "tornado-deposits"
    title = "Tornado Cash: cached deposits (JSON)"
    expected = Expected(min_rows=0)
    ignores = dict.fromkeys((*_EVENT, "timestamp", "commitment", "leafIndex"), "no address is named with it")

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its keys."""
        return 95 if '"commitment"' in sample and '"leafIndex"' in sample and '"transactionHash"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """None: they are counted."""
        if not (seen := sum(1 for _ in json_table(file))):
            raise InputError("no rows in it", where=file.name)
        context.where = "whole file"
        context.drop(
            f"{seen:,} of {seen:,} rows left out: deposits that name no address; who deposited stands in the "
            "transactions and traces of the pool"
        )
        yield from ()

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """Never called by `rows`; raises RecordError."""
        raise RecordError("no address is named with it")


class TornadoAddresses(Format):
    """Addresses that one project gathered."""

    name = "tornado-addresses"
    title = "Tornado Cash: depositing or paid addresses (CSV)"
    reads = {"from_address": "a wallet that deposited", "recipient_address": "a wallet that was paid"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """One column of the two, and the file's name."""
        header = header_of(sample, _COLUMNS)
        return 85 if len(header) == 1 and header[0] in _COLUMNS and name.startswith(("deposit", "withdraw")) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every address."""
        column = next((name for name in _COLUMNS if name in header_of(file.sample(), _COLUMNS)), "from_address")
        self.header = {"column": column, "source": _declare(ANONYMITY, context)}
        yield from rows_by_column(file, (column,))

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What the list says of the wallet."""
        wallet = Wallet.of(row_cells(raw)[self.header["column"]], "eth")
        yield wallet
        yield Mentions(
            subject=SourceMention.of(self.header["source"]).ref, object=wallet.ref, source_id=self.header["source"],
            kind="observation", tlp=context.tlp, text=f"{_COLUMNS[self.header['column']]} with Tornado Cash",
        )  # fmt: skip


class TornadoPools(Format):
    """Contracts that are pools."""

    name = "tornado-pools"
    title = "Tornado Cash: pools (JSON)"

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An object of contracts and amounts, in a file called so."""
        pairs = re.findall(r'"0x[0-9a-fA-F]{40}"\s*:\s*"[0-9.]+ [A-Za-z]+"', sample)
        return 85 if len(pairs) > 1 and "tornado" in name.lower() else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every contract, with its amount."""
        found = parse_json(file.whole(), file.name)
        if not isinstance(found, dict):
            raise InputError("not an object of contracts", where=file.name)
        self.header = {"source": _declare(ANONYMITY, context)}
        for number, (address, amount) in enumerate(found.items(), 1):
            yield Row(f"item {number}", [address, amount])

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """That it is a pool."""
        if not (isinstance(raw, list) and len(raw) == 2 and isinstance(raw[1], str) and _AMOUNT.fullmatch(raw[1])):
            raise RecordError("not a contract and an amount", value=raw)
        wallet = Wallet.of(str(raw[0]), "eth")
        yield wallet
        yield SERVICE
        yield Controls(
            subject=SERVICE.ref, object=wallet.ref, source_id=self.header["source"], role=f"pool of {raw[1]}",
            tlp=context.tlp,
        )  # fmt: skip
