"""A format whose rows are transfers: what ethereum-etl, Etherscan, Dune and mapped tables have in common.

Where a file does not say which network it is of, `--network` does, or the format's guess, which is told. What
moves nothing (a call without value, an event that is no transfer) is no row: it is left out, counted, and told
once for each reason. A failed transaction moves nothing either, but that it failed is kept, as its source's word.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError, nearest_hint
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.ledgers.ledger_rows import UTXO, Chain, LeftOut, Times, count, digits, whole
from workbench.ingest.ledgers.ledger_table import LedgerTable, cells_in_order
from workbench.ingest.ledgers.statements import TokenWords, failure
from workbench.ingest.reading.files import SourceFile
from workbench.model.ledger import Transfer
from workbench.model.networks import Network, network_named
from workbench.model.nodes import Source, SourceMention

_new_transfer = tuple.__new__  # a third of the time of Transfer(…)
_NOT_ONE = "a list or an object where a value belongs"


class LedgerFormat(Format):
    """One table. A format says which columns it reads, what it leaves out, and what a row means."""

    expected = Expected(min_rows=0)
    required: ClassVar[Sequence[str]]
    names: Mapping[str, str] = {}
    """What a column may be called → the name in `reads`."""
    time_field: ClassVar[str] = "time"
    source: ClassVar[Source]
    """Who the ledger is from, where the user does not say it."""

    def __init__(self) -> None:
        super().__init__()
        self._width = 0
        self._at: dict[str, int] = {}
        self._chain: Chain
        self._times = Times()
        self._rounded = False
        self._words = TokenWords()
        self._fed_back = True

    # --- what a format says ---------------------------------------------------------------------------

    @abstractmethod
    def begin(self) -> None:
        """Find the columns' places (`picker`); called once the header is known."""

    def table(self, file: SourceFile, context: Context) -> LedgerTable:
        """The file as a table."""
        return LedgerTable(file, self.names)

    def guess(self, table: LedgerTable) -> tuple[str, str]:
        """The network of a file whose network the user did not say, and why."""
        return "eth", "it does not say its network: taken as Ethereum mainnet (--network says another)"

    def look_around(self, file: SourceFile, context: Context) -> None:
        """Read what the rows need from files beside this one."""

    def left_out(self, raw: list[Any]) -> str | None:
        """Why a row is left out, or None. It must not raise: what is wrong with a row, `records` says."""
        return None

    # --- what it gets -----------------------------------------------------------------------------------

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Rows as lists of cells in the order of `header["columns"]`."""
        table = self.table(file, context)
        self._check_columns(table.columns, file, context)
        network = self._network(table, context)
        self.header = {**self.header, "columns": table.columns, "network": network.name}
        self._begin()
        context.source(SourceMention.of(context.source_name) if context.source_name else self.source)
        self.look_around(file, context)
        self._fed_back = False
        left = LeftOut()
        seen = 0
        for row in table.rows():
            seen += 1
            raw = row.raw
            if type(raw) is not list or len(raw) != self._width or not (reason := self.left_out(raw)):
                yield row
                continue
            left.add(reason, row.where)
        if not seen:
            raise InputError("no rows in it", where=file.name)
        left.tell(context, f" of {seen:,} rows")

    def cells(self, raw: Any) -> list[Any]:
        """A row's cells in the order of the header; raises RecordError for what is no row, or says nothing."""
        if self._width == 0:
            self._begin()
        whole_row = type(raw) is list and len(raw) == self._width
        cells: list[Any] = raw if whole_row else cells_in_order(raw, self.header["columns"])
        if (self._fed_back or not whole_row) and (reason := self.left_out(cells)):
            raise RecordError(f"says nothing that can be kept: {reason}")
        return cells

    def picker(self, *names: str) -> Any:
        """A function that takes a row's cells of these columns; a column that is absent is None."""
        if all(name in self._at for name in names):
            return itemgetter(*(self._at[name] for name in names))
        places = [self._at.get(name, -1) for name in names]
        return lambda raw: [raw[at] if at >= 0 else None for at in places]

    def transfer(
        self, ends: tuple[Any, Any], tx: Any, index: str, asset: str, value: Any, time: Any, place: tuple[Any, Any],
        context: Context, usd: float | None = None,
    ) -> Transfer:  # fmt: skip
        """A transfer from cells as they are; `place` is the block's and the row's place in it. Raises RecordError."""
        sender, receiver = ends
        chain = self._chain
        try:
            start = chain.wallets.get(sender) or chain.wallet(sender, context, "from_address")
            end = chain.wallets.get(receiver) or chain.wallet(receiver, context, "to_address")
            known = self._times.known.get(time) if time else None
        except TypeError:  # which no memory can look up
            raise RecordError(_NOT_ONE, value=[*ends, time]) from None
        if not (digits(value) and (value[0] != "0" or value == "0")):
            value = self._whole(value, context)
        block = count(place[0], "block_number")
        if not time:
            raise self.no_time(block)
        ms = known or self._times.checked(time, context, self.time_field)
        made = (
            start, end, f"{chain.prefix}{self.tx(tx)}/{index}", asset, value, float(value), usd, ms, block, place[1],
        )  # fmt: skip
        return _new_transfer(Transfer, made)

    def described(
        self, asset: str, symbol: Any, name: Any, context: Context, decimals: Any = None
    ) -> tuple[Record, ...]:
        """What a row says that a token calls itself, once a file; call it when all else of the row is read."""
        source = context.main_source or self.source.id
        return self._words.of(asset, self._chain.network.name, source, (symbol, name, decimals), context)

    def failure(self, tx: Any, context: Context, index: str = "") -> tuple[Record, Record]:
        """What a row says of a transaction that failed, or of one transfer or call of it. Raises RecordError."""
        id_ = f"{self._chain.prefix}{self.tx(tx)}" + (f"/{index}" if index else "")
        return failure(id_, self._chain.network.name, context.main_source or self.source.id)

    def no_time(self, block: int | None) -> RecordError:
        """What is wrong with a row without a time."""
        return RecordError("no time", field=self.time_field, value="")

    def tx(self, text: Any) -> str:
        """A transaction's hash without 0x; raises RecordError."""
        if type(text) is str and len(text) == 66 and text[:2] == "0x" and text.islower():
            plain = text[2:]
            try:
                if len(bytes.fromhex(plain)) == 32 and plain.isalnum():
                    return plain
            except ValueError:
                pass
        return self._chain.hash(text)

    def token(self, text: Any, context: Context, field: str = "token_address") -> str:
        """The asset of a token's contract; raises RecordError."""
        try:
            return self._chain.tokens.get(text) or self._chain.token(text, context, field)
        except TypeError:
            raise RecordError(_NOT_ONE, field=field, value=text) from None

    # --- its own ------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._width = len(self.header["columns"])
        self._at = {name: at for at, name in enumerate(self.header["columns"])}
        self._chain = Chain(network_named(self.header["network"]))
        self.begin()

    def _network(self, table: LedgerTable, context: Context) -> Network:
        context.where = "whole file"
        if context.network:
            name = context.network
        else:
            name, told = self.guess(table)
            context.warn(told)
        network = network_named(name)
        if network.family in UTXO:
            kind = "on which a transaction has inputs and outputs, and no one sender"
            raise InputError(f"transfers, and the network is {network.title}, {kind}", where=table.file.name)
        return network

    def _check_columns(self, columns: list[str], file: SourceFile, context: Context) -> None:
        known = {*self.reads, *self.ignores}
        unknown = [name for name in columns if name and name not in known]
        if missing := [name for name in self.required if name not in columns]:
            near = nearest_hint(missing[0], unknown) if unknown else None
            raise InputError(f"the column {missing[0]} is missing", where=file.name, hint=near)
        context.where = "header"
        for name in unknown:
            context.warn("the column is not known and was not read", field=name)

    def _whole(self, value: Any, context: Context) -> str:
        if isinstance(value, str) and "e" in value.lower() and not self._rounded:
            self._rounded = True
            told = "written in powers of ten, so it may have been rounded (this is told once a file)"
            context.warn(told, field="value", value=value)
        return whole(value, "value")
