"""Looks up what a ledger file leaves to its neighbours: when a block was made, what failed, what is an NFT.

ethereum-etl writes the time into blocks and transactions, the status into receipts, the kind of a token into
contracts; token transfers, traces and logs have none of it. Files called like the one that is read
(`token_transfers_0_99.csv` → `blocks_0_99.csv`), or plainly `blocks.csv`, are looked for in the same folder,
in any of the endings.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.ingest.ledgers.ledger_rows import Times, count
from workbench.ingest.ledgers.ledger_table import LedgerTable
from workbench.ingest.ledgers.statements import has_failed
from workbench.ingest.reading.files import SourceFile

MAX_BLOCKS = 30_000_000
MAX_MARKED = 5_000_000
"""Bound memory: 16 bytes a block, about 120 a failed transaction."""
_new_row = tuple.__new__
_ENDINGS = (".csv", ".json", ".jsonl", ".ndjson", ".parquet")
_BLOCKS = {"number": "number", "block_number": "number", "blockid": "number", "block_id": "number",
           "timestamp": "timestamp", "block_timestamp": "timestamp", "blocktimestamp": "timestamp"}  # fmt: skip
_RECEIPTS = {"transaction_hash": "key", "hash": "key", "status": "mark", "receipt_status": "mark"}
_CONTRACTS = {"address": "key", "is_erc721": "mark"}


class BlockTimes:
    """The times of the blocks of one file, in milliseconds."""

    def __init__(self, file: SourceFile) -> None:
        self._numbers = array("q")
        self._ms = array("q")
        last = -1
        times = Times()
        for number_text, time_text in _cells(file, _BLOCKS, ("number", "timestamp")):
            try:
                number = count(number_text, "number")
                ms = times.known.get(time_text) or times.checked(time_text, None, "timestamp")
            except RecordError:
                continue  # its own load would tell; here it means that the time is not known
            if number is None or number == last:
                continue
            self._numbers.append(number)
            self._ms.append(ms)
            last = number
            if len(self._numbers) > MAX_BLOCKS:
                raise InputError(f"more than {MAX_BLOCKS:,} blocks to look up", where=file.name, hint="Load in parts.")
        self._sort()

    def get(self, number: int) -> int | None:
        """When the block was made, or None where the file does not have it."""
        at = bisect_left(self._numbers, number)
        return self._ms[at] if at < len(self._numbers) and self._numbers[at] == number else None

    def _sort(self) -> None:
        numbers = self._numbers
        if all(numbers[i] < numbers[i + 1] for i in range(len(numbers) - 1)):
            return
        import numpy as np

        keys, values = np.frombuffer(numbers, dtype="i8"), np.frombuffer(self._ms, dtype="i8")
        order = np.argsort(keys, kind="stable")
        self._numbers, self._ms = array("q", keys[order].tobytes()), array("q", values[order].tobytes())


class TimedTable(LedgerTable):
    """A table without times, each row with the time of its block as a further cell, empty where it is not known.

    The cell is part of the row, so that a quarantined row still has it when it is mended and fed back.
    """

    def __init__(self, table: LedgerTable, times: BlockTimes) -> None:
        self._table = table
        self._times = times
        self.file = table.file
        self.columns = [*table.columns, "block_timestamp"]

    def rows(self) -> Iterator[Row]:
        """As the table's, with the time in seconds."""
        width, at, get = len(self._table.columns), self._table.columns.index("block_number"), self._times.get
        last, seconds = "", ""
        for row in self._table.rows():
            where, raw = row
            if type(raw) is not list or len(raw) != width:
                yield row
                continue
            block = raw[at]
            if block != last:
                known = block if isinstance(block, str) and block.isascii() and block.isdigit() else ""
                ms = get(int(known)) if 0 < len(known) < 19 else None
                last, seconds = block, "" if ms is None else str(ms // 1000)
            yield _new_row(Row, (where, [*raw, seconds]))


def with_times(table: LedgerTable, kind: str, context: Context) -> LedgerTable:
    """The table with times, from a file beside it where it has none; tells where they come from."""
    if "block_timestamp" in table.columns or "block_number" not in table.columns:
        return table
    found = _beside(table.file, kind, "blocks") or _beside(table.file, kind, "transactions")
    if found is None:
        return table
    context.where = "whole file"
    context.warn(f"it has no times: those of its blocks were looked up in {found.name} beside it")
    return TimedTable(table, BlockTimes(found))


def failed_transactions(file: SourceFile, kind: str, context: Context) -> set[str] | None:
    """Hashes (0x…) of the transactions that failed, from the receipts beside a file; None without receipts."""
    return _marked(file, kind, "receipts", _RECEIPTS, has_failed, "which transactions failed", context)


def nft_contracts(file: SourceFile, kind: str, context: Context) -> set[str] | None:
    """Addresses of contracts of ERC-721, from the contracts beside a file; None without them."""
    return _marked(file, kind, "contracts", _CONTRACTS, _is_true, "which tokens are NFTs", context)


def _marked(
    file: SourceFile,
    kind: str,
    other: str,
    names: dict[str, str],
    marks: Callable[[object], bool],
    what: str,
    context: Context,
) -> set[str] | None:
    found = _beside(file, kind, other)
    if found is None:
        return None
    context.where = "whole file"
    context.warn(f"{what} was looked up in {found.name} beside it")
    marked: set[str] = set()
    for key, says in _cells(found, names, ("key", "mark")):
        if marks(says):
            marked.add(str(key).lower())
            if len(marked) > MAX_MARKED:
                raise InputError(f"more than {MAX_MARKED:,} rows to look up", where=found.name, hint="Load in parts.")
    return marked


def _is_true(says: object) -> bool:
    return str(says).lower() == "true"


def _beside(file: SourceFile, kind: str, other: str) -> SourceFile | None:
    """`blocks_0_99.csv` beside `token_transfers_0_99.json`, else `blocks.csv`; any ending."""
    names = [other]
    before, found, after = file.name.rpartition(kind)
    if found:
        names.insert(0, before + other + after.partition(".")[0])
    return file.beside(*(name + ending for name in names for ending in _ENDINGS))


def _cells(file: SourceFile, names: dict[str, str], wanted: tuple[str, str]) -> Iterator[tuple[object, object]]:
    table = LedgerTable(file, names, only=wanted)
    if missing := [name for name in wanted if name not in table.columns]:
        raise InputError(f"it has no column {missing[0]}, and is looked up in", where=file.name, hint="Take it away.")
    first, second = (table.columns.index(name) for name in wanted)
    for row in table.rows():
        if isinstance(row.raw, list) and len(row.raw) == len(table.columns):
            yield row.raw[first], row.raw[second]
