r"""Result tables of Dune (https://dune.com) as CSV, addresses as `0x…` or, in older ones, `\x…`.

A query can have any columns. Read are those of Dune's own tables of transactions, traces, token events and
`tokens.transfers`: block_time, hash, from, to, value (in base units) or an amount of ETH with a point,
contract_address, evt_index, trace_address, success, blockchain, amount_usd.

Where the query left the transaction's hash out, the id of a transfer is its time, its ends and its amount:
rows that say the same are then one, and the same transfer from another source counts twice; both are told.
Amounts that Dune showed as a rounded number are rounded to a wei. Totals by address or by week say nothing
about who sent what to whom: such a table is counted and left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from operator import itemgetter
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record, Row
from workbench.ingest.ledgers.etherscan import dollars, plain
from workbench.ingest.ledgers.ledger_format import LedgerFormat
from workbench.ingest.ledgers.ledger_rows import Chain, count, is_zero
from workbench.ingest.ledgers.ledger_table import LedgerTable, sample_columns
from workbench.ingest.ledgers.statements import succeeded
from workbench.ingest.reading.files import SourceFile
from workbench.model.amounts import base_units, from_base_units
from workbench.model.ledger import Transfer
from workbench.model.networks import network_named
from workbench.model.nodes import Source

_NAMES = {
    "tx_hash": "hash", "evt_tx_hash": "hash", "block_time": "time", "evt_block_time": "time", "evt_block_number":
    "block_number", "amount_raw": "value", "value_raw": "value", "total_eth": "eth", "amount_eth": "eth", "value_eth":
    "eth", "eth_amount": "eth", "evt_index": "log_index", "contract_address": "contract", "token_address": "contract",
    "amount_usd": "usd", "usd_amount": "usd",
}  # fmt: skip
_DUNE_TIMES = {"block_time", "evt_block_time"}
_TOTALS = {"total_eth", "total_transactions", "number_of_nfts"}
_CHAINS = {"avalanche_c": "avalanche", "bnb": "bsc"}
_NUMBERS = re.compile(r"\d{1,9}(?:_\d{1,9})*", re.ASCII)
_NO_HASH = (
    "it names no transactions: an id is the time, the ends and the amount, so that rows that say the same are one, "
    "and the same transfer from another source counts twice"
)


class DuneCsv(LedgerFormat):
    """Transfers that a query found."""

    name = "dune-csv"
    title = "Dune: result of a query (CSV)"
    required = ("from", "to", "time")
    time_field = "block_time"
    names = _NAMES
    source = Source(
        id="dune", title="Results of queries at Dune", publisher="Dune", kind="vendor", url="https://dune.com"
    )
    reads = {
        "hash": "part of the transfer's id", "time": "the transfer's time", "from": "the wallet it left",
        "to": "the wallet it reached", "value": "the amount, in base units", "eth": "the amount, in the network's coin",
        "contract": "the asset: the token's contract; empty for the network's coin", "log_index": "part of the id",
        "trace_address": "part of the id", "block_number": "the transfer's block", "usd": "US dollars at the time",
        "success": "false: it failed and moved nothing, which is kept as the source's word",
        "blockchain": "the network",
        "symbol": "DESCRIBES_TOKEN.symbol: what Dune says it is called; the token is its contract",
    }  # fmt: skip
    ignores = {
        "amount": "the same as amount_raw, rounded", "token_symbol": "see symbol", "name": "see symbol",
        "tx_from": "the transaction's sender, not this transfer's",
        "tx_to": "the transaction's receiver", "token_standard": "erc721 has no amount", "block_date": "see block_time",
        "tx_index": "its place within the block", "block_month": "see block_time", "unique_key": "Dune's own",
        "gas_used": "no value moves by it", "gas_price": "no value moves by it", "data": "what was called",
        "nonce": "counts", "type": "how the fee was offered", "index": "its place within the block",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Times as Dune calls them, or its `\\x`, with two ends and an amount; or totals of its kind."""
        columns = sample_columns(sample, {*_NAMES, *cls.reads})
        found = {_NAMES.get(column, column) for column in columns}
        if {"from", "to", "time"} <= found and found & {"value", "eth"} and columns & _DUNE_TIMES:
            return 88
        return 70 if _is_totals(columns) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """The transfers; none of a table of totals, which is counted."""
        columns = sample_columns(file.sample(), {*_NAMES, *self.reads})
        if not _is_totals(columns):
            yield from super().rows(file, context)
            return
        if not (seen := sum(1 for _ in LedgerTable(file, {}).rows())):
            raise InputError("no rows in it", where=file.name)
        context.where = "whole file"
        context.drop(f"{seen:,} of {seen:,} rows left out: totals ({', '.join(sorted(columns))}), and no transfers")

    def table(self, file: SourceFile, context: Context) -> LedgerTable:
        """The table, with an amount in it."""
        table = LedgerTable(file, self.names)
        if not {"value", "eth"} & set(table.columns):
            what = "no amount: neither value nor amount_raw nor total_eth"
            raise InputError(what, where=file.name, hint="Take the amount in base units into the query.")
        if "hash" not in table.columns:
            context.where = "whole file"
            context.warn(_NO_HASH)
        return table

    def guess(self, table: LedgerTable) -> tuple[str, str]:
        """A network in every row, or Ethereum."""
        if "blockchain" in table.columns:
            return "eth", "rows name their network"
        return super().guess(table)

    def begin(self) -> None:
        """Find the columns' places."""
        self._chains = {self._chain.network.name: self._chain}
        self._pick = self.picker("hash", "from", "to", "time", "block_number", "contract")
        self._amount = self.picker("value", "eth", "usd")
        self.states_status = "success" in self._at
        self._symbol = itemgetter(self._at["symbol"]) if "symbol" in self._at else None
        self._place = self.picker("log_index", "trace_address", "blockchain")
        self._what = self.picker("success", "value", "eth", "contract", "token_standard", "hash")

    def left_out(self, raw: list[Any]) -> str | None:
        """What moves nothing; a token's transfer of nothing is one all the same."""
        success, value, eth, contract, standard, tx = self._what(raw)
        try:
            failed = succeeded(success, "success") is False
        except RecordError:
            return None
        if failed:
            if not tx:
                return "it failed, and moved nothing, and does not say which transaction it is"
        if str(standard).lower() in ("erc721", "erc1155"):
            return "an NFT, which has no amount"
        if not failed and not contract and is_zero(value if value not in (None, "") else eth):
            return "without coins: it moves none"
        return None

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer, or that it failed."""
        raw = self.cells(raw)
        tx, sender, receiver, time, block, contract = self._pick(raw)
        value, eth, usd = self._amount(raw)
        log, trace, blockchain = self._place(raw)
        if not tx and "hash" in self._at:
            raise RecordError("the transaction's hash is empty", field="hash", value=tx)
        if blockchain:
            self._chain = self._chains.get(blockchain) or self._chain_of(blockchain)
        native = not contract or is_zero(contract)
        says = succeeded(self._what(raw)[0], "success")
        if says is None and self.states_status:
            self.states_status = False  # not of every row: the file contradicts nobody who says that one failed
        if says is False:
            return self.failure(_hex(tx), context, self._index(log, trace, native))
        asset = self._chain.native if native else self.token(_hex(contract), context, "contract_address")
        units = value if value not in (None, "") else self._coins(eth, native, context)
        if isinstance(time, str) and time.endswith(" UTC"):
            time = time[:-4].replace(" ", "T") + "Z"
        made = self.transfer(
            (_hex(sender), _hex(receiver)), _hex(tx) if tx else "0x" + "0" * 63 + "1", self._index(log, trace, native),
            asset, units, time, (block, None), context, dollars(usd, context),
        )  # fmt: skip
        symbol = None if native or self._symbol is None else self._symbol(raw)
        described = self.described(asset, symbol, None, context) if symbol else ()
        return (made if tx else self._without_hash(made), *described)

    def _without_hash(self, made: Transfer) -> Transfer:
        ends = f"{made.sender.rpartition(':')[2]}>{made.receiver.rpartition(':')[2]}"
        asset = made.asset.rpartition("/")[2]
        # What stands before the last slash is the transaction: the ends are in it, so that two rows of one second
        # are never taken for parts of one transaction.
        return made._replace(id=f"{self._chain.network.caip2}/at:{made.time_ms // 1000}:{ends}:{asset}/{made.amount}")

    def _index(self, log: Any, trace: Any, native: bool) -> str:
        if log not in (None, ""):
            return f"log:{count(log, 'evt_index')}"
        if trace not in (None, ""):
            inner = re.sub(r"[\s,;]+", "_", str(trace).strip("[] "))
            if inner and not _NUMBERS.fullmatch(inner):
                raise RecordError("not a place in the tree of calls", field="trace_address", value=trace)
            return f"trace:{inner}" if inner else "tx"
        if not native:
            raise RecordError("a token's transfer without evt_index cannot be told from its neighbours", value=log)
        return "tx"

    def _coins(self, eth: Any, native: bool, context: Context) -> str:
        """An amount of the network's coin in base units; raises RecordError."""
        if not native:
            raise RecordError("a token's amount has to be in base units (amount_raw)", field="eth", value=eth)
        amount = plain(eth, "total_eth")
        places = self._chain.network.decimals
        rounded = amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN) if amount < 10**9 else amount
        units = base_units(rounded, places, field="total_eth")
        if rounded != amount:
            told = f"more than {places} decimals, a rounded number: taken as {from_base_units(units, places)}"
            context.warn(told, field="total_eth", value=eth)
        return str(units)

    def _chain_of(self, text: Any) -> Chain:
        if not isinstance(text, str):
            raise RecordError("not a network", field="blockchain", value=text)
        network = network_named(_CHAINS.get(text.strip().lower(), text))
        if network.family != "evm":
            raise RecordError(f"rows of {network.title} are not read from Dune", field="blockchain", value=text)
        return self._chains.setdefault(text, Chain(network))


def _is_totals(columns: set[str]) -> bool:
    ends = columns & {"from", "to", "flagged_address", "ym", "name"}
    return bool(columns & _TOTALS) and bool(ends) and not {"from", "to"} <= columns


def _hex(text: Any) -> Any:
    r"""`\x…` as 0x…, without a word for every cell: it is the format's own spelling."""
    return "0x" + text[2:] if isinstance(text, str) and text[:2] == "\\x" else text
