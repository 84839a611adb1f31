"""Receipts as ethereum-etl exports them: CSV, JSON lines or Parquet.

A receipt says whether a transaction succeeded. That one failed is kept (REPORTED_FAILED): what other files have of it,
loaded before or after, does not count as moved. Receipts of transactions that succeeded move nothing by themselves and
are left out, counted; so are those without a status (before block 4,370,000). Transactions that lie beside this file
look it up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.etl import COMMON_IGNORES, EtlTable, sample_score
from workbench.ingest.ledgers.ledger_format import LedgerFormat
from workbench.ingest.ledgers.statements import succeeded

_GAS = "what it cost is no transfer between two wallets"


class EthereumEtlReceipts(LedgerFormat):
    """Which transactions failed."""

    name = "ethereum-etl-receipts"
    title = "ethereum-etl: receipts (CSV, JSON lines, Parquet)"
    required = ("transaction_hash", "status", "cumulative_gas_used")
    source = EtlTable.source
    reads = {
        "transaction_hash": "the transaction",
        "status": "0: it failed, which is kept as the source's word; 1: left out, counted",
    }
    ignores = {
        **COMMON_IGNORES, "transaction_index": "its place within the block", "block_number": "its block",
        "block_timestamp": "its block's time", "contract_address": "transactions and traces have what went there",
        "root": "the state after it", "logs": "a table of their own",
        **dict.fromkeys(
            ("cumulative_gas_used", "gas_used", "effective_gas_price", "l1_fee", "l1_gas_used", "l1_gas_price",
             "l1_fee_scalar", "blob_gas_price", "blob_gas_used"), _GAS,
        ),
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns, and none that a table of transfers has."""
        return sample_score(cls, sample, ("from_address", "topics", "value"))

    def begin(self) -> None:
        """Find the columns' places."""
        self.states_status = True
        self._pick = self.picker("transaction_hash", "status")

    def left_out(self, raw: list[Any]) -> str | None:
        """What did not fail."""
        try:
            says = succeeded(self._pick(raw)[1])
        except RecordError:
            return None
        if says is None:
            return "no status (there is none before block 4,370,000)"
        moved = "the transaction succeeded: what it moved is in transactions, token transfers, traces and logs"
        return moved if says else None

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """That it failed."""
        tx, status = self._pick(self.cells(raw))
        if succeeded(status) is not False:
            raise RecordError("it did not fail", field="status", value=status)
        return self.failure(tx, context)
