"""Template `transfers`: one row is one transfer between two wallets of an account network.

Ledgers come in millions of rows, so column positions are found once, everything that repeats
(networks, wallets, assets, indexes, times) is checked once and remembered, and a row goes through the
careful checks only where the quick ones do not recognise it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.ledger_rows import REMEMBERED, UTXO, Chain, Times, count, kept, trimmed, whole
from workbench.ingest.ledgers.statements import TokenWords, failure, succeeded
from workbench.ingest.reading.cells import MAX_USD, Cells
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import cell_text, column_name
from workbench.ingest.template import SOURCE_COLUMNS, Column, Template
from workbench.model.amounts import MAX_DIGITS, USD_ASSET, parse_amount
from workbench.model.ledger import Transfer
from workbench.model.networks import network_named

_new_transfer = tuple.__new__  # a third of the time of Transfer(…)
_INDEX = re.compile(r"tx|log:\d{1,9}|trace:(?:\d{1,9}(?:_\d{1,9})*)?")
_PLAIN_USD = re.compile(r"\d{1,11}(?:\.\d{1,18})?", re.ASCII).fullmatch
_CELLS = ("network", "tx_hash", "index", "from", "to", "asset", "amount", "time")
_OPTIONAL = ("usd", "block", "position", "source")
_STATED = ("status", "token_symbol", "token_name", "token_decimals")
_TX = "0x" + "11" * 32
_WALLETS = ("0x" + "aa" * 20, "0x" + "bb" * 20)


class Transfers(Template):
    """Transfers between wallets. All rows of a file have one source."""

    name = "transfers"
    title = "Workbench template: transfers"
    doc = "One row: one transfer of one asset between two wallets of an account network."
    example_sources = ("my-node", "my-node")
    columns = (
        Column("network", "eth, bsc, trx, sol, … or a CAIP-2 id", ("eth", "eth"), required=True),
        Column("tx_hash", "transaction hash, with or without 0x", (_TX, _TX), required=True),
        Column("index", "log:7, trace:0_1, or tx for the transaction's own value", ("tx", "log:7"), required=True),
        Column("from", "address it left", _WALLETS, required=True),
        Column("to", "address it reached", (_WALLETS[1], "0x" + "cc" * 20), required=True),
        Column(
            "asset", "native, the contract (0x…), a CAIP-19 id, or iso4217:USD in millionths",
            ("native", "0xdac17f958d2ee523a2206206994597c13d831ec7"), required=True,
        ),
        Column("amount", "in base units (wei, satoshi, …), a whole number", ("1500000000000000000", "250000000"), True),
        Column("usd", "US dollars at the time", ("", "250.00")),
        Column("time", "block time, UTC: 2023-06-02T21:49:23Z or Unix seconds", ("2023-06-02T21:49:23Z",) * 2, True),
        Column("block", "block number", ("17395810", "17395810")),
        Column("position", "transaction index × 1,000,000 + log or trace index"),
        Column(
            "status", "ok (1) or failed (0), empty where it is not known: with the index tx of the whole transaction, "
            "else of this transfer and the calls inside it; what failed is REPORTED_FAILED, and moved nothing",
            ("ok", "ok"),
        ),
        Column("token_symbol", "what the token calls itself (DESCRIBES_TOKEN); the asset is what it is", ("", "USDT")),
        Column("token_name", "the same", ("", "Tether USD")),
        Column("token_decimals", "the same: digits behind a whole token's point; amount stays as it is", ("", "6")),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._width = 0
        self._pick: Callable[[list[Any]], tuple[Any, ...]] = tuple
        self._optional: tuple[int, int, int, int] = (-1, -1, -1, -1)
        self._stated: tuple[int, ...] | None = None
        """Where the columns are that are not part of the transfer; None where there are none of them."""
        self._words = TokenWords()
        self._coins_told = False
        self.by_ends = False
        """Whether no index is known: ids are then made of the ends, the asset and the amount."""
        self._chains: dict[str, Chain] = {}
        self._indexes: set[str] = set()
        self._times = Times()
        self._time_of = self._times.known.get
        self._said: str | None = None
        self._context: Context | None = None

    @classmethod
    def all_columns(cls) -> tuple[Column, ...]:
        """Its own columns and those about the source; a ledger fact has no confidence."""
        return (*cls.columns, *SOURCE_COLUMNS)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer, or that it failed; see the module's docstring for why this is not written with `Cells`."""
        if type(raw) is not list or len(raw) != self._width:
            raw = self._in_order(raw, context)
        network, tx_hash, index, sender, receiver, asset, amount, time = self._pick(raw)
        at_usd, at_block, at_position, at_source = self._optional
        usd = raw[at_usd] if at_usd >= 0 else ""
        block = raw[at_block] if at_block >= 0 else ""
        position = raw[at_position] if at_position >= 0 else ""
        if self._said is None or (at_source >= 0 and raw[at_source] != self._said):
            self._settle_source(raw, context)
        chain = self._chains.get(network) or self._chain(network)
        start = chain.wallets.get(sender) or chain.wallet(sender, context)
        end = chain.wallets.get(receiver) or chain.wallet(receiver, context)
        try:
            tx = tx_hash[2:] if tx_hash[:2] == "0x" else tx_hash
            if len(tx) != 64 or not tx.islower() or len(bytes.fromhex(tx)) != 32 or not chain.hexadecimal:
                tx = chain.hash(tx_hash)
        except (ValueError, TypeError):
            tx = chain.hash(tx_hash)
        if not (type(amount) is str and amount.isdecimal() and amount.isascii() and len(amount) <= MAX_DIGITS):
            amount = whole(amount)
        elif amount[0] == "0":
            amount = amount.lstrip("0") or "0"
        made = (
            start,
            end,
            f"{chain.prefix}{tx}/{index if index in self._indexes else self._index(index)}",
            chain.assets.get(asset) or chain.asset(asset, self._context),
            amount,
            float(amount),
            _dollars(usd) if usd else None,
            self._time_of(time) or self._times.checked(time, self._context),
            count(block, "block") if block else None,
            count(position, "position") if position else None,
        )
        transfer = _new_transfer(Transfer, made)
        if self.by_ends:
            transfer = _by_ends(transfer)
        return (
            (transfer,) if self._stated is None else self._with_statements(transfer, chain.network.name, raw, context)
        )

    def _with_statements(self, made: Transfer, network: str, raw: list[Any], context: Context) -> Iterable[Record]:
        """The transfer, or that it failed, and what its token calls itself."""
        status, *words = (raw[at] if at >= 0 else "" for at in self._stated or ())
        says, source = succeeded(status), context.main_source or ""
        if says is None:
            self.states_status = False  # not of every row: the file does not contradict who says that one failed
        if says is False:
            transaction, _, index = made.id.rpartition("/")
            return failure(transaction if index == "tx" else made.id, network, source)
        if not any(words):
            return (made,)
        if "/slip44:" in made.asset or made.asset == USD_ASSET:
            if not self._coins_told:
                self._coins_told = True
                told = "a coin or a currency is no token: what it is called is not kept (told once a file)"
                context.drop(told, field="token_symbol", value=words[0])
            return (made,)
        return (made, *self._words.of(made.asset, network, source, (words[0], words[1], words[2]), context))

    def check_header(self, header: list[str], file: SourceFile, context: Context) -> None:
        """As every template, and find the columns' places."""
        super().check_header(header, file, context)
        self.use_columns(header)

    def use_columns(self, header: list[str]) -> None:
        """Find where each column is; -1 for an optional one that is absent."""
        self._width = len(header)
        self._pick = itemgetter(*(header.index(name) for name in _CELLS))
        usd, block, position, source = (header.index(name) if name in header else -1 for name in _OPTIONAL)
        self._optional = (usd, block, position, source)
        stated = tuple(header.index(name) if name in header else -1 for name in _STATED)
        self._stated = stated if max(stated) >= 0 else None
        self.states_status = True if stated[0] >= 0 else None

    def _in_order(self, raw: Any, context: Context) -> list[Any]:
        """A row that is not a list of as many cells as the header has columns, as one that is."""
        if not self._width:
            self.header = self.header or {"columns": [column.name for column in self.all_columns()]}
            self.use_columns(self.header["columns"])
        by_name = {column_name(name): value for name, value in self.by_name(raw).items()}
        for name in sorted(by_name.keys() - {column.name for column in self.all_columns()}):
            self._warn_unknown(name, context)
        if odd := next((name for name, value in by_name.items() if isinstance(value, list | dict)), None):
            raise RecordError("a list or an object where a value belongs", field=odd, value=by_name[odd])
        return [by_name.get(name, "") for name in self.header["columns"]]

    def _chain(self, text: Any) -> Chain:
        network = network_named(trimmed(text, "network", self._context))
        if network.family in UTXO:
            reason = f"on {network.title} a transaction has inputs and outputs, and no one sender"
            raise RecordError(reason, field="network", value=text)
        return kept(self._chains, text, Chain(network))

    def _index(self, text: Any) -> str:
        index = trimmed(text, "index", self._context)
        if not _INDEX.fullmatch(index):
            raise RecordError("not tx, log:7 or trace:0_1", field="index", value=index)
        if len(self._indexes) < REMEMBERED:
            self._indexes.add(index)
        return index

    def _settle_source(self, raw: list[Any], context: Context) -> None:
        header: list[str] = self.header["columns"]
        at = self._optional[3]
        self._context = context
        cells = Cells({n: v for n, v in zip(header, raw, strict=True) if n.startswith("source")}, header, context)
        id_ = self.row_source(cells, context)
        if context.main_source != id_:
            reason = f"the file's source is {context.main_source}: one source a file of transfers"
            raise RecordError(reason, field="source", value=id_)
        self._said = raw[at] if at >= 0 else ""


def _by_ends(made: Transfer) -> Transfer:
    ends = f"{made.sender.rpartition(':')[2]}>{made.receiver.rpartition(':')[2]}"
    asset = made.asset.rpartition("/")[2]
    return made._replace(id=f"{made.id.rpartition('/')[0]}/{ends}:{asset}:{made.amount}")


def _dollars(text: Any) -> float | None:
    if type(text) is str and _PLAIN_USD(text):
        return float(text)
    raw = cell_text(text, "usd")
    if not raw:
        return None
    amount = parse_amount(raw, field="usd")
    if amount >= MAX_USD:
        raise RecordError("more than a trillion dollars", field="usd", value=raw)
    return float(amount)
