"""Transactions as ethereum-etl exports them: CSV, JSON lines or Parquet.

One row is a transaction; its own value is a transfer of the network's coin with the index `tx`. Calls
without value and created contracts without value move nothing and are left out, counted. Of a failed transaction
it is kept that it failed (REPORTED_FAILED), where the file has receipt_status or receipts.csv is beside it: what
other files have of it does not count as moved. Where neither is the case, what failed cannot be told from what
did not, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.block_times import failed_transactions
from workbench.ingest.ledgers.etl import COMMON_IGNORES, NAMES, EtlTable
from workbench.ingest.ledgers.ledger_rows import count, is_zero
from workbench.ingest.ledgers.statements import has_failed, succeeded
from workbench.ingest.reading.files import SourceFile

_GAS = "what it cost is no transfer between two wallets"


class EthereumEtlTransactions(EtlTable):
    """Value that transactions move themselves."""

    name = "ethereum-etl-transactions"
    title = "ethereum-etl: transactions (CSV, JSON lines, Parquet)"
    kind = "transactions"
    required = ("hash", "from_address", "to_address", "value", "block_number")
    names = {**NAMES, "txhash": "hash", "tx_hash": "hash", "transaction_hash": "hash"}
    reads = {
        "hash": "part of the transfer's id", "from_address": "the wallet it left",
        "to_address": "the wallet it reached",
        "value": "the amount, in wei; 0 is left out, counted", "block_number": "the transfer's block",
        "transaction_index": "its place within the block, × 1,000,000", "block_timestamp": "the transfer's time",
        "receipt_status": "0: it failed and moved nothing, which is kept as the source's word",
        "receipt_contract_address": "the wallet it reached, where it created a contract",
    }  # fmt: skip
    ignores = {
        **COMMON_IGNORES, "nonce": "its place among the sender's transactions", "input": "what was called",
        "transaction_type": "how the fee was offered", "receipt_root": "the state after it",
        **dict.fromkeys(
            ("gas", "gas_price", "max_fee_per_gas", "max_priority_fee_per_gas", "receipt_gas_used",
             "receipt_cumulative_gas_used", "receipt_effective_gas_price", "receipt_l1_fee", "receipt_l1_gas_used",
             "receipt_l1_gas_price", "receipt_l1_fee_scalar", "max_fee_per_blob_gas", "blob_versioned_hashes",
             "receipt_blob_gas_price", "receipt_blob_gas_used"), _GAS,
        ),
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._failed: set[str] = set()
        self._told = False

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns, and none that only traces, logs or token transfers have."""
        without = ("trace_id", "trace_type", "trace_address", "topics", "log_index", "token_address")
        score = cls.sample_score(sample, without)
        return score if "gas" in sample else 0

    def look_around(self, file: SourceFile, context: Context) -> None:
        """Times where there are none, and which transactions failed."""
        super().look_around(file, context)
        if "receipt_status" in self._at:
            self.states_status = True
            return
        failed = failed_transactions(file, self.kind, context)
        self._failed = failed or set()
        self.states_status = failed is not None
        if failed is None:
            context.where = "whole file"
            context.warn(
                "it does not say which transactions failed, and a failed one moves nothing: those in it are loaded "
                "like the others (put receipts.csv beside it, or load traces)"
            )

    def begin(self) -> None:
        """Find the columns' places."""
        self._pick = self.picker(
            "hash", "from_address", "to_address", "value", "block_number", "transaction_index", "block_timestamp",
        )  # fmt: skip
        self._what = self.picker("value", "receipt_status", "to_address", "hash")
        self._receipt = self.picker("receipt_contract_address", "receipt_status")

    def left_out(self, raw: list[Any]) -> str | None:
        """What moves nothing."""
        value, status, receiver, tx = self._what(raw)
        if is_zero(value) and not self._has_failed(status, tx) and self._clear(status):
            return "a call without value moves nothing" if receiver else "a created contract without value"
        return None

    def _has_failed(self, status: Any, tx: Any) -> bool:
        return has_failed(status) or bool(self._failed and str(tx).lower() in self._failed)

    def _clear(self, status: Any) -> bool:
        """Whether the status is a known word, or none: what is not clear is quarantined, whatever the value."""
        try:
            succeeded(status, "receipt_status")
        except RecordError:
            return False
        return True

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The transaction's own value, or that it failed."""
        raw = self.cells(raw)
        tx, sender, receiver, value, block, place, time = self._pick(raw)
        created, status = self._receipt(raw)
        said = succeeded(status, "receipt_status")
        if self._has_failed(status, tx):
            return self.failure(tx, context)
        if not receiver and created:  # the value went into the contract
            receiver = created
            context.warn("it created a contract: that is where its value went", field="to_address", value=created)
        if not receiver:
            told = "it created a contract with value, and does not say at which address (traces do)"
            raise RecordError(told, field="to_address", value="")
        if said is None and not self._told and "receipt_status" in self._at:
            self._told, self.states_status = True, False
            told = "no status (there is none before block 4,370,000): a failed one is not told apart (told once)"
            context.warn(told, field="receipt_status", value=tx)
        position = count(place, "transaction_index") if place else None
        made = self.transfer(
            (sender, receiver), tx, "tx", self._chain.native, value, time,
            (block, None if position is None else position * 1_000_000), context,
        )  # fmt: skip
        return (made,)
