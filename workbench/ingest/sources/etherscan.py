"""CSV exports of Etherscan and its sister sites: transactions, internal transactions, tokens, NFTs, of all ages.

`etherscan`: a transaction's own value (Value_IN or Value_OUT, whichever side the page was of) is a transfer of
the network's coin with the index `tx`, the same as from any node. `etherscan-internal`: value that contracts
moved. `etherscan-tokens`: ERC-20. `etherscan-nfts`: counted and left out, for an NFT has no amount.

Rows without coins move nothing and are left out, counted; of a transaction that failed, that is kept
(REPORTED_FAILED). Internal rows that failed are left out, counted: they do not say which call it was. Token
transfers of zero are loaded as what they are, as are counterfeits: a token is its contract, never its symbol.

Internal and token exports have no index of the log or trace. The id is built from what the row says: the ends,
the contract and the amount. Rows that say the same are one. The same transfers loaded from logs have other
ids, and count twice.

Token amounts are written with a point; how many base units that is, the contract decides. The decimals of the
common stablecoins and wrapped coins are known; for others put `tokens.csv` (address, decimals) beside the file.
Without it the amount is kept as shown, × 10^18, under the asset `<network>/erc20x18:<contract>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record, Row
from workbench.ingest.ledgers.etherscan import IGNORES, EtherscanTable, coins_moved, dollars, in_units, plain
from workbench.ingest.ledgers.ledger_table import LedgerTable
from workbench.ingest.ledgers.token_decimals import Decimals
from workbench.ingest.reading.files import SourceFile
from workbench.model.addresses import parse_address

_READS = {
    "hash": "part of the transfer's id", "block": "the transfer's block", "time": "the transfer's time",
    "from": "the wallet it left", "to": "the wallet it reached",
}  # fmt: skip
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_NO_INDEX = "it has no index of the log or trace: transfers that are loaded from logs or traces too count twice"


class Etherscan(EtherscanTable):
    """Value that transactions move themselves."""

    name = "etherscan"
    title = "Etherscan and sisters: transactions (CSV)"
    wanted = frozenset({"in", "out"})
    unwanted = frozenset({"parent"})
    required = ("hash", "from", "to", "in", "out")
    out_when_failed: ClassVar[str | None] = None
    """Why a row that failed is left out; None: that it failed is kept."""
    reads = {
        **_READS, "contract": "the wallet it reached, where a contract was created", "in": "the amount, or",
        "out": "the amount", "price": "with the amount, US dollars at the time",
        "status": "an error: it failed and moved nothing, which is kept as the source's word", "error": "the same",
    }  # fmt: skip
    ignores = IGNORES

    def begin(self) -> None:
        """Find the columns' places."""
        super().begin()
        self._what = self.picker("in", "out", "price", "status", "error")
        self.states_status = bool({"status", "error"} & self._at.keys())

    def left_out(self, raw: list[Any]) -> str | None:
        """What moves nothing."""
        into, out, _, status, error = self._what(raw)
        if self.failed(str(status or "").strip().lower(), str(error or "").strip()):
            return self.out_when_failed
        try:
            return None if coins_moved(into, out) else "without coins: it moves none"
        except RecordError:
            return None

    def failed(self, status: str, error: str) -> bool:
        """Whether a row's status says so."""
        return status.startswith(("error", "fail")) or bool(error)

    def succeeded(self, status: str) -> bool:
        """Whether a row's status is a known word for success."""
        return status in ("", "success", "ok")

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer of coins, or that it failed."""
        raw = self.cells(raw)
        sender, receiver, contract, tx, block = self._ends(raw)
        into, out, price, status, error = self._what(raw)
        if self.failed(str(status or "").strip().lower(), str(error or "").strip()):
            return self.failure(tx, context)
        if not self.succeeded(str(status or "").strip().lower()):
            raise RecordError("not a status that is known", field="status", value=status)
        amount = plain(coins_moved(into, out), "Value")
        units, shown = in_units(amount, self._chain.network.decimals, "Value")
        ends = (sender, receiver or contract)
        index = self.place(ends, shown)
        time = self.time(raw, context)
        made = self.transfer(
            ends, tx, index, self._chain.native, units, time, (block, None), context, dollars(price, context, amount)
        )
        return (made,)

    def place(self, ends: tuple[Any, Any], shown: str) -> str:
        """What tells it from other transfers of the transaction."""
        return "tx"


class EtherscanInternal(Etherscan):
    """Value that contracts move inside transactions."""

    name = "etherscan-internal"
    title = "Etherscan and sisters: internal transactions (CSV)"
    wanted = frozenset({"in", "out", "parent"})
    unwanted = frozenset()
    out_when_failed = "it failed, and moved nothing"
    reads = {**Etherscan.reads, "status": "0: it succeeded; 1: it moved nothing, and is left out, counted"}
    ignores = {**IGNORES, "type": "the kind of call: what carries coins moved them"}

    def look_around(self, file: SourceFile, context: Context) -> None:
        """Nothing; what the ids are made of is told."""
        context.warn(_NO_INDEX)

    def failed(self, status: str, error: str) -> bool:
        """Whether a row's status says so."""
        return status == "1" or super().failed(status, error)

    def succeeded(self, status: str) -> bool:
        """Whether a row's status is a known word for success."""
        return status == "0" or super().succeeded(status)

    def place(self, ends: tuple[Any, Any], shown: str) -> str:
        """Its ends and its amount."""
        return f"internal:{_low(ends[0])}>{_low(ends[1])}:{shown}"


class EtherscanTokens(EtherscanTable):
    """Tokens that moved."""

    name = "etherscan-tokens"
    title = "Etherscan and sisters: ERC-20 token transfers (CSV)"
    wanted = frozenset({"value"})
    unwanted = frozenset({"in", "token_id", "asset", "gas", "log_index", "token_address"})
    required = ("hash", "from", "to", "value")
    reads = {
        **_READS, "contract": "the asset: the token's contract", "value": "the amount",
        "quantity": "the amount, in the export of one token, whose contract is then in the file's name",
        "usd": "US dollars at the time",
        "token_symbol": "DESCRIBES_TOKEN.symbol: what it calls itself; the token is its contract",
        "token_name": "DESCRIBES_TOKEN.name",
    }  # fmt: skip
    ignores = {name: why for name, why in IGNORES.items() if name not in ("token_symbol", "token_name")}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """As the others; in the export of one token the amount is called Quantity, and no contract is named."""
        return super().detect(sample, name) or super().detect(sample.replace("Quantity", "Value", 1), name)

    def table(self, file: SourceFile, context: Context) -> LedgerTable:
        """The export; the contract is in the file's name where it is not in a column."""
        table = super().table(file, context)
        if "value" not in table.columns and "quantity" in table.columns:
            table.columns[table.columns.index("quantity")] = "value"
        if "contract" not in table.columns:
            found = _ADDRESS.search(file.name)
            if found is None:
                what = "which token it is of stands neither in a column nor in the file's name"
                raise InputError(what, where=file.name, hint="Name it export-token-0x….csv, with the contract.")
            context.where = "whole file"
            context.warn("which token it is of was read from the file's name", value=found[0])
            self.header = {"contract": found[0]}
        return table

    def look_around(self, file: SourceFile, context: Context) -> None:
        """The decimals of tokens."""
        context.warn(_NO_INDEX)
        self._decimals = Decimals(self._chain.network.name, file, context)
        self.header["decimals"] = self._decimals.looked_up(self._chain.network.name)

    def begin(self) -> None:
        """Find the columns' places."""
        super().begin()
        self._what = self.picker("value", "usd")
        self._called = self.picker("token_symbol", "token_name")
        self._decimals = Decimals(self._chain.network.name, more=self.header.get("decimals"))

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer of tokens."""
        raw = self.cells(raw)
        sender, receiver, contract, tx, block = self._ends(raw)
        value, usd = self._what(raw)
        asset = self.token(contract or self.header.get("contract") or "", context, "ContractAddress")
        token = asset.rpartition(":")[2]
        called = asset
        decimals = self._decimals.get(token, context)
        if decimals is None:
            decimals, asset = 18, asset.replace("/erc20:", "/erc20x18:")
        amount: Decimal = plain(value, "TokenValue")
        units, shown = in_units(amount, decimals, "TokenValue")
        made = self.transfer(
            (sender, receiver), tx, f"token:{token}:{_low(sender)}>{_low(receiver)}:{shown}", asset, units,
            self.time(raw, context), (block, None), context, dollars(usd, context),
        )  # fmt: skip
        symbol, name = self._called(raw)
        return (made, *(self.described(called, symbol, name, context) if symbol or name else ()))


class EtherscanNfts(EtherscanTable):
    """NFTs that moved: counted, and left out."""

    name = "etherscan-nfts"
    title = "Etherscan and sisters: NFT transfers (CSV)"
    wanted = frozenset({"token_id"})
    required = ("hash", "from", "to", "token_id")
    reads = {}
    ignores = {
        **dict.fromkeys(("token_id", *_READS, "contract", "type", "quantity"), "an NFT has no amount"), **IGNORES,
    }  # fmt: skip

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """None: they are counted."""
        table = self.table(file, context)
        self._check_columns(table.columns, file, context)
        if not (seen := sum(1 for _ in table.rows())):
            raise InputError("no rows in it", where=file.name)
        context.where = "whole file"
        context.drop(f"{seen:,} of {seen:,} rows left out: transfers of NFTs, which have no amount")
        yield from ()

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """Never called by `rows`; raises RecordError."""
        raise RecordError("an NFT has no amount")


def _low(address: Any) -> str:
    """An end as part of an id; raises RecordError for what is no address."""
    return parse_address(str(address or ""), "eth").text
