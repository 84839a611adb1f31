"""Template `transfers`: one row is one transfer between two wallets of an account network.

Ledgers come in millions of rows, so column positions are found once, everything that repeats
(networks, wallets, assets, indexes, times) is checked once and remembered, and a row goes through the
careful checks only where the quick ones do not recognise it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, TypeVar

from workbench.errors import RecordError
from workbench.ingest.cells import MAX_USD, Cells
from workbench.ingest.context import Context
from workbench.ingest.files import SourceFile
from workbench.ingest.format import Record
from workbench.ingest.tables import cell_text, column_name
from workbench.ingest.template import SOURCE_COLUMNS, Column, Template
from workbench.model.addresses import parse_address
from workbench.model.amounts import MAX_DIGITS, USD_ASSET, base_units, parse_amount
from workbench.model.ledger import Transfer, native_asset, time_ms, token_asset, transaction_hash
from workbench.model.networks import BY_CAIP2, Network, network_named
from workbench.model.times import parse_time, utc_now

_REMEMBERED = 500_000
"""Values of one kind kept as checked: bounds memory, whatever the file's size."""
_V = TypeVar("_V")
_new_transfer = tuple.__new__  # a third of the time of Transfer(…)
_UTXO = ("bitcoin", "bitcoin-cash", "monero")
_INDEX = re.compile(r"tx|log:\d{1,9}|trace:(?:\d{1,9}(?:_\d{1,9})*)?")
_ASSET = re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,64}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}")
_SIGNATURE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{80,90}")
_FIRST_MS = 1_230_940_800_000
"""3 January 2009: no ledger is older than the first block of Bitcoin."""
_PLAIN_USD = re.compile(r"\d{1,11}(?:\.\d{1,18})?", re.ASCII).fullmatch
_CELLS = ("network", "tx_hash", "index", "from", "to", "asset", "amount", "time")
_OPTIONAL = ("usd", "block", "position", "source")
_TX = "0x" + "11" * 32
_WALLETS = ("0x" + "aa" * 20, "0x" + "bb" * 20)


class _Chain:
    """What was checked on one network so far."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.prefix = f"{network.caip2}/tx:"
        self.hexadecimal = network.family != "solana"
        self.wallets: dict[str, str] = {}
        self.assets: dict[str, str] = {}


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
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._width = 0
        self._pick: Callable[[list[Any]], tuple[Any, ...]] = tuple
        self._optional: tuple[int, int, int, int] = (-1, -1, -1, -1)
        self._chains: dict[str, _Chain] = {}
        self._indexes: set[str] = set()
        self._times: dict[str, int] = {}
        self._said: str | None = None
        self._last_ms = 0
        self._context: Context | None = None

    @classmethod
    def all_columns(cls) -> tuple[Column, ...]:
        """Its own columns and those about the source; a ledger fact has no confidence."""
        return (*cls.columns, *SOURCE_COLUMNS)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One Transfer; see the module's docstring for why this is not written with `Cells`."""
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
        start = chain.wallets.get(sender) or self._wallet(chain, sender, context)
        end = chain.wallets.get(receiver) or self._wallet(chain, receiver, context)
        try:
            tx = tx_hash[2:] if tx_hash[:2] == "0x" else tx_hash
            if len(tx) != 64 or not tx.islower() or len(bytes.fromhex(tx)) != 32 or not chain.hexadecimal:
                tx = _checked_hash(tx_hash, chain)
        except (ValueError, TypeError):
            tx = _checked_hash(tx_hash, chain)
        if not (type(amount) is str and amount.isdecimal() and amount.isascii() and len(amount) <= MAX_DIGITS):
            amount = _whole(amount)
        elif amount[0] == "0":
            amount = amount.lstrip("0") or "0"
        made = (
            start,
            end,
            f"{chain.prefix}{tx}/{index if index in self._indexes else self._index(index)}",
            chain.assets.get(asset) or self._asset(chain, asset),
            amount,
            float(amount),
            _dollars(usd) if usd else None,
            self._times.get(time) or self._time(time),
            _count(block, "block") if block else None,
            _count(position, "position") if position else None,
        )
        return (_new_transfer(Transfer, made),)

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """Not used: `records` makes the transfer itself."""
        raise NotImplementedError

    def check_header(self, header: list[str], file: SourceFile, context: Context) -> None:
        """As every template, and find the columns' places."""
        super().check_header(header, file, context)
        self._find_columns(header)

    def _find_columns(self, header: list[str]) -> None:
        """Where each column is; -1 for an optional one that is absent."""
        self._width = len(header)
        self._pick = itemgetter(*(header.index(name) for name in _CELLS))
        usd, block, position, source = (header.index(name) if name in header else -1 for name in _OPTIONAL)
        self._optional = (usd, block, position, source)
        self._last_ms = time_ms(utc_now() + timedelta(days=1))

    def _in_order(self, raw: Any, context: Context) -> list[Any]:
        """A row that is not a list of as many cells as the header has columns, as one that is."""
        if not self._width:
            self.header = self.header or {"columns": [column.name for column in self.all_columns()]}
            self._find_columns(self.header["columns"])
        by_name = {column_name(name): value for name, value in self.by_name(raw).items()}
        for name in sorted(by_name.keys() - {column.name for column in self.all_columns()}):
            self._warn_unknown(name, context)
        return [by_name.get(name, "") for name in self.header["columns"]]

    def _cell(self, text: Any, field: str) -> str:
        """A cell that was not seen before, trimmed."""
        trimmed = cell_text(text, field)
        if self._context and isinstance(text, str) and trimmed != text:
            self._context.warn("blanks around the cell were trimmed", field=field, value=text)
        return trimmed

    def _chain(self, text: Any) -> _Chain:
        network = network_named(self._cell(text, "network"))
        if network.family in _UTXO:
            reason = f"on {network.title} a transaction has inputs and outputs, and no one sender"
            raise RecordError(reason, field="network", value=text)
        return _kept(self._chains, text, _Chain(network))

    def _wallet(self, chain: _Chain, text: Any, context: Context) -> str:
        address = parse_address(self._cell(text, "address"), chain.network.name)
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        return _kept(chain.wallets, text, address.id)

    def _asset(self, chain: _Chain, text: Any) -> str:
        asset = self._cell(text, "asset")
        caip2 = chain.network.caip2
        if asset.lower() == "native":
            return _kept(chain.assets, text, native_asset(caip2))
        if asset == USD_ASSET or (asset.startswith(f"{caip2}/") and _ASSET.fullmatch(asset)):
            evm_token = chain.network.family == "evm" and ":0x" in asset
            return _kept(chain.assets, text, asset.lower() if evm_token else asset)
        if asset.partition("/")[0] in BY_CAIP2:
            raise RecordError("an asset of another network", field="asset", value=asset)
        try:
            contract = parse_address(asset, chain.network.name).text
        except RecordError:
            reason = "neither native, nor a contract, nor a CAIP-19 id (a token is its contract, not its symbol)"
            raise RecordError(reason, field="asset", value=asset) from None
        evm_token = asset[:2].lower() == "0x"
        return _kept(chain.assets, text, token_asset(caip2, contract) if evm_token else f"{caip2}/token:{contract}")

    def _time(self, text: Any) -> int:
        time = self._cell(text, "time") if type(text) is not str or len(text) != 20 else text
        try:  # quickly where it ends in Z; without an offset, fromisoformat alone would mean local time
            ms = time_ms(datetime.fromisoformat(time) if time[-1:] == "Z" else parse_time(time))
        except (ValueError, OverflowError):
            raise RecordError("not a time (write 2023-06-02T21:49:23Z)", field="time", value=time) from None
        if not _FIRST_MS <= ms <= self._last_ms:
            raise RecordError("before the first ledger, or in the future", field="time", value=time)
        return _kept(self._times, text, ms)

    def _index(self, text: Any) -> str:
        index = self._cell(text, "index")
        if not _INDEX.fullmatch(index):
            raise RecordError("not tx, log:7 or trace:0_1", field="index", value=index)
        if len(self._indexes) < _REMEMBERED:
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


def _kept(memory: dict[str, _V], key: str, value: _V) -> _V:
    if len(memory) >= _REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def _checked_hash(text: Any, chain: _Chain) -> str:
    raw = cell_text(text, "tx_hash")
    if chain.hexadecimal:
        return transaction_hash(raw)
    if not _SIGNATURE.fullmatch(raw):
        raise RecordError("not a transaction signature (80 to 90 base58 letters)", field="tx_hash", value=raw)
    return raw


def _whole(text: Any) -> str:
    raw = cell_text(text, "amount")
    if not raw:
        raise RecordError("the amount is empty", field="amount", value="")
    try:
        return str(base_units(parse_amount(raw), 0))
    except RecordError as error:
        reason = f"{error.what} (base units such as wei are whole)" if "decimal" in error.what else error.what
        raise RecordError(reason, field="amount", value=raw) from None


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


def _count(text: Any, field: str) -> int | None:
    if type(text) is str and text.isdecimal() and text.isascii() and len(text) <= 18:
        return int(text)
    raw = cell_text(text, field)
    if not raw:
        return None
    if not (raw.isdecimal() and raw.isascii() and len(raw) <= 18):
        raise RecordError("not a whole number", field=field, value=raw)
    return int(raw)
