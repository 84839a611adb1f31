"""What the tables of ethereum-etl (https://github.com/blockchain-etl/ethereum-etl) have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.ledgers.block_times import with_times
from workbench.ingest.ledgers.ledger_format import LedgerFormat
from workbench.ingest.ledgers.ledger_rows import count
from workbench.ingest.ledgers.ledger_table import LedgerTable, sample_columns
from workbench.ingest.reading.files import SourceFile
from workbench.model.nodes import Source

ETL_URL = "https://github.com/blockchain-etl/ethereum-etl"
NAMES = {
    "txhash": "transaction_hash", "tx_hash": "transaction_hash", "fromaddress": "from_address",
    "toaddress": "to_address", "blockid": "block_number", "block_id": "block_number", "transactionindex":
    "transaction_index", "blocktimestamp": "block_timestamp", "blockhash": "block_hash", "gasprice": "gas_price",
    "receiptgasused": "receipt_gas_used", "txhashprefix": "tx_hash_prefix", "blockidgroup": "block_id_group",
    "logindex": "log_index", "traceid": "trace_id", "traceindex": "trace_index", "calltype": "call_type",
    "tokenaddress": "token_address", "receiptstatus": "receipt_status",
}  # fmt: skip
"""Columns as GraphSense's exports of the same tables call them."""
COMMON_IGNORES = {
    "block_hash": "follows from the block's number", "type": "the kind of the streamed item",
    "item_id": "follows from the other fields", "item_timestamp": "the same as block_timestamp",
    "tx_hash_prefix": "an index of GraphSense's database", "block_id_group": "an index of GraphSense's database",
}  # fmt: skip


def sample_score(fmt: type[LedgerFormat], sample: str, without: Sequence[str] = ()) -> int:
    """How surely a sample is of a format: all required columns, none of `without`, the rest known."""
    known = {*fmt.reads, *fmt.ignores}
    found = {fmt.names.get(name, name) for name in sample_columns(sample, {*known, *fmt.names}) if name}
    if not found.issuperset(fmt.required) or found.intersection(without):
        return 0
    return 60 + round(35 * len(known & found) / len(found))


class EtlTable(LedgerFormat):
    """One table of an Ethereum-like network; times are looked up where the table has none."""

    kind: ClassVar[str]
    """What ethereum-etl calls the table's file: token_transfers, traces, …"""
    names: Mapping[str, str] = NAMES
    time_field = "block_timestamp"
    source = Source(
        id="ethereum-etl", title="Ledger of an Ethereum-like network, exported with ethereum-etl",
        publisher="not stated", kind="catalogue", url=ETL_URL,
    )  # fmt: skip

    @classmethod
    def sample_score(cls, sample: str, without: Sequence[str] = ()) -> int:
        """How surely a sample is this table: all required columns, none of `without`, the rest known."""
        return sample_score(cls, sample, without)

    def table(self, file: SourceFile, context: Context) -> LedgerTable:
        """The file as a table, with times."""
        return with_times(LedgerTable(file, self.names), self.kind, context)

    def no_time(self, block: int | None) -> RecordError:
        """What is wrong with a row without a time."""
        if block is None:
            return RecordError("no time, and no block to look it up by", field="block_number", value="")
        told = f"no time known for block {block}; put blocks.csv beside it, with that block in it"
        return RecordError(told, field="block_number", value=block)

    def index(self, text: Any, field: str) -> int:
        """The number of a log; raises RecordError."""
        number = count(text, field)
        if number is None or number >= 10**9:
            raise RecordError("not a number of a log", field=field, value=text)
        return number
