"""Traces as ethereum-etl exports them (and GraphSense, from the same data): CSV, JSON lines or Parquet.

A trace is a call inside a transaction. One that succeeded and carries value is a transfer of the network's
coin with the index `trace:<trace_address>`; the outermost one is the transaction's own value and has the
index `tx`, as in the table of transactions, so that loading both counts it once.

Of failed calls with value, and of an outermost call that failed (then the whole transaction did), it is kept
that they failed (REPORTED_FAILED). Left out, counted: other failed calls, calls without value, delegatecall,
callcode and staticcall (they run another contract's code in the caller's own name: the value shown did not leave
it), and coins that no wallet sent (block and uncle rewards, the first block's allocations, what a fork moved).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.etl import COMMON_IGNORES, EtlTable
from workbench.ingest.ledgers.ledger_rows import count, is_zero
from workbench.ingest.ledgers.statements import succeeded

_UNSENT = {
    "reward": "a block or uncle reward: new coins, which no wallet sent",
    "genesis": "an allocation of the first block, which no wallet sent",
    "daofork": "moved by the fork of July 2016, without a transaction",
}
_MOVES = ("call", "create", "create2", "suicide", "selfdestruct")
_KINDS = (*_MOVES, *_UNSENT, "delegatecall", "callcode", "staticcall")
_CALLS = ("", "call", "create", "create2")
_NUMBERS = re.compile(r"\d{1,9}(?:_\d{1,9})*", re.ASCII)
_ID = re.compile(r"([a-z0-9]+)_(?:0x[0-9a-f]{64}|\d+)_?([0-9_]*)", re.ASCII)


class EthereumEtlTraces(EtlTable):
    """Value that contracts move inside transactions."""

    name = "ethereum-etl-traces"
    title = "ethereum-etl: traces (CSV, JSON lines, Parquet)"
    kind = "traces"
    required = ("block_number", "transaction_hash", "from_address", "to_address", "value", "trace_id")
    reads = {
        "transaction_hash": "part of the transfer's id", "from_address": "the wallet it left",
        "to_address": "the wallet it reached", "value": "the amount, in wei; 0 is left out, counted",
        "trace_id": "its kind and its place in the tree of calls, where the two columns for it are absent",
        "trace_type": "call, create and suicide move value; reward and genesis are left out, counted",
        "call_type": "delegatecall, callcode and staticcall move nothing",
        "trace_address": "part of the transfer's id: `trace:0_1`; the outermost call is `tx`",
        "status": "0: it failed, or is part of what failed, which is kept as the source's word",
        "error": "the same, without status",
        "block_number": "the transfer's block", "transaction_index": "the outermost call's place within the block",
        "block_timestamp": "the transfer's time, where the edition has it",
    }  # fmt: skip
    ignores = {
        **COMMON_IGNORES, "input": "what was called", "output": "what it answered", "gas": "no value moves by it",
        "gas_used": "no value moves by it", "reward_type": "rewards are left out", "subtraces": "they have own rows",
        "trace_index": "counts over a block in one edition, over a transaction in another",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns."""
        return cls.sample_score(sample)

    def begin(self) -> None:
        """Find the columns' places."""
        self.states_status = bool({"status", "error"} & self._at.keys())
        self._what = self.picker(
            "trace_type", "trace_id", "call_type", "trace_address", "status", "error", "value", "transaction_hash",
        )  # fmt: skip
        self._pick = self.picker(
            "transaction_hash", "from_address", "to_address", "value", "block_number", "transaction_index",
            "block_timestamp",
        )  # fmt: skip

    def left_out(self, raw: list[Any]) -> str | None:
        """What moves nothing, and what nobody sent."""
        kind, id_, call, address, status, error, value, tx = self._what(raw)
        kind = kind or str(id_ or "").partition("_")[0]
        if type(kind) is str and (reason := _UNSENT.get(kind)):
            return reason
        try:
            failed = _failed(status, error)
        except RecordError:
            return None
        if failed and not tx:
            return "it failed, and moved nothing, and does not say of which transaction it is"
        if not value or is_zero(value):
            if not failed:
                return "a call without value moves nothing"
            if not self._outermost(address, id_):
                return "a call without value failed"
        if kind in ("delegatecall", "callcode", "staticcall") or call in ("delegatecall", "callcode", "staticcall"):
            return "another contract's code, run in the caller's own name: the value shown did not leave it"
        return None

    def _outermost(self, address: Any, id_: Any) -> bool:
        try:
            return not self._inner(address, id_)
        except RecordError:
            return False

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer, or that it failed."""
        raw = self.cells(raw)
        kind, id_, call, address, status, error, *_ = self._what(raw)
        tx, sender, receiver, value, block, place, time = self._pick(raw)
        kind = kind or str(id_ or "").partition("_")[0]
        if kind not in _KINDS:
            raise RecordError("not a kind of trace that is known", field="trace_type", value=kind)
        if (call or "") not in _CALLS:
            raise RecordError("not a kind of call that is known", field="call_type", value=call)
        if not tx:
            told = "no transaction is named (ethereum-etl leaves it out of geth's traces before version 1.6)"
            raise RecordError(told, field="transaction_hash", value="")
        inner = self._inner(address, id_)
        if _failed(status, error):
            return self.failure(tx, context, f"trace:{inner}" if inner else "")
        at = count(place, "transaction_index")
        made = self.transfer(
            (sender, receiver), tx, f"trace:{inner}" if inner else "tx", self._chain.native, value, time,
            (block, None if inner or at is None else at * 1_000_000), context,
        )  # fmt: skip
        return (made,)

    def _inner(self, address: Any, id_: Any) -> str:
        """The place in the tree of calls as `0_1`, "" for the outermost call; raises RecordError where it is not said.

        The id ends in it, and it stands in a column of its own; the two have to agree where both are there.
        """
        from_id = _ID.fullmatch(str(id_ or ""))
        if address is None and from_id is None:
            raise RecordError("its place in the tree of calls is not told", field="trace_address", value=id_)
        if isinstance(address, list):
            address = "_".join(str(item) for item in address)
        own = re.sub(r"[\s,;]+", "_", str(address).strip("[] ")) if address else ""
        if own and not _NUMBERS.fullmatch(own):
            raise RecordError("not a place in the tree of calls", field="trace_address", value=address)
        if from_id is None:
            if not own:
                raise RecordError("its place in the tree of calls is not told", field="trace_id", value=id_)
            return own
        said = from_id[2]
        if own and said != own:
            raise RecordError(f"trace_id says {said or 'outermost'}", field="trace_address", value=address)
        return said


def _failed(status: Any, error: Any) -> bool:
    says = succeeded(status)
    return says is False or bool(error and says is None)
