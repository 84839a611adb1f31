"""Tables of ethereum-etl and bitcoin-etl that move nothing: blocks and contracts.

They are looked up when they lie beside transactions, token transfers, traces or logs (times of blocks, which
tokens are NFTs). Loaded by themselves they say nothing about who sent what to whom: the file is
counted, and what to load instead is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.ledgers.ledger_table import LedgerTable, sample_columns
from workbench.ingest.reading.files import SourceFile

_TABLES = {
    "blocks": {"number", "hash", "timestamp"},
    "contracts": {"address", "bytecode"},
}
_USE = {
    "blocks": "the times of blocks are looked up in it",
    "contracts": "which tokens are NFTs is looked up in it",
}


class EtlLookups(Format):
    """A table that is looked up, not loaded."""

    name = "etl-lookups"
    title = "ethereum-etl and bitcoin-etl: blocks, contracts"
    expected = Expected(min_rows=0)
    reads = {name: use for name, use in _USE.items()}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns; blocks need one that only blocks have."""
        return 90 if _table(sample) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """None: what is in it is counted."""
        kind = _table(file.sample()) or "blocks"
        seen = sum(1 for _ in LedgerTable(file, {}).rows())
        if not seen:
            raise InputError("no rows in it", where=file.name)
        context.where = "whole file"
        context.drop(
            f"{seen:,} {kind}: nothing moves by them ({_USE[kind]}). Load transactions, token transfers, traces or "
            "logs, with this file beside them"
        )
        yield from ()

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """Never called by `rows`; raises RecordError."""
        raise RecordError("nothing moves by it")


def _table(sample: str) -> str | None:
    columns = sample_columns(sample, set().union(*_TABLES.values()))
    if columns & {"from_address", "topics"} or {"symbol", "decimals"} <= columns:
        return None
    if not columns & {"parent_hash", "merkle_root", "miner"} and "number" in columns:
        return None
    return next((name for name, wanted in _TABLES.items() if wanted <= columns), None)
