"""Inputs and outputs of UTXO transactions as arrays: out of the graph, or made from records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import INT64_MAX, objects
from workbench.analysis.utxo_arrays import Side as FlowSide
from workbench.analysis.utxo_projection import project_utxo
from workbench.errors import DatabaseError
from workbench.graph.store import Store

UNKNOWN = -1
"""Stands for a time or block the source did not give, and an amount that does not fit 64 bits."""


class Coin(NamedTuple):
    """One input or output: whose, and how much in base units."""

    wallet: str
    amount: int


@dataclass(frozen=True)
class Spend:
    """One transaction with its inputs and outputs in their order, as the CoinJoin rules read it."""

    id: str
    network: str
    """Short name, for example btc."""
    inputs: tuple[Coin, ...]
    outputs: tuple[Coin, ...]
    time_ms: int = UNKNOWN
    block: int = UNKNOWN


@dataclass(frozen=True)
class Side:
    """All inputs, or all outputs: rows in the order of transaction and position."""

    transaction: NDArray[np.int32]
    wallet: NDArray[np.int32]
    amount: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.transaction)


@dataclass(frozen=True)
class Utxo:
    """Transactions in the order of time and id; `inputs` and `outputs` index `wallets` and `transactions`."""

    wallets: NDArray[Any]
    """CAIP-10 ids, sorted: of the whole graph, so that account networks share the numbers."""
    transactions: NDArray[Any]
    time_ms: NDArray[np.int64]
    block: NDArray[np.int64]
    inputs: Side
    outputs: Side

    def spend(self, number: int) -> Spend:
        """One transaction."""

        def coins(side: Side) -> tuple[Coin, ...]:
            # of the column's own type: anything else would copy the column for every question
            start, stop = np.searchsorted(side.transaction, np.array([number, number + 1], np.int32))
            wallets = self.wallets[side.wallet[start:stop]]
            return tuple(map(Coin, wallets.tolist(), side.amount[start:stop].tolist()))

        id_, time, block = str(self.transactions[number]), int(self.time_ms[number]), int(self.block[number])
        return Spend(id_, network_of(id_), coins(self.inputs), coins(self.outputs), time, block)

    @classmethod
    def of(cls, spends: Iterable[Spend], wallets: Iterable[str] = ()) -> Utxo:
        """The ledger of records that are in no graph; a transaction that comes twice counts once."""
        by_id = {spend.id: spend for spend in spends}
        ordered = sorted(by_id.values(), key=lambda spend: (spend.time_ms, spend.id))
        names = sorted({*wallets, *(c.wallet for s in ordered for c in (*s.inputs, *s.outputs))})
        number = {name: i for i, name in enumerate(names)}

        def side(which: str) -> Side:
            rows = [(i, number[c.wallet], c.amount) for i, s in enumerate(ordered) for c in getattr(s, which)]
            columns = np.array(rows, np.int64).reshape(-1, 3)
            return Side(columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32), columns[:, 2].copy())

        return cls(
            wallets=objects(names),
            transactions=objects([spend.id for spend in ordered]),
            time_ms=np.array([spend.time_ms for spend in ordered], np.int64),
            block=np.array([spend.block for spend in ordered], np.int64),
            inputs=side("inputs"),
            outputs=side("outputs"),
        )


def not_all_known(utxo: Utxo) -> NDArray[np.bool_]:
    """Transactions of which more comes out than is known to go in, or an amount is not known: inputs are missing."""
    count = len(utxo.transactions)
    whole = sum(side.amount.sum(dtype=np.float64, where=side.amount > 0) for side in (utxo.inputs, utxo.outputs))
    exact = np.int64 if whole < 2.0**62 else object  # what 64 bits might not hold is added up as Python integers
    difference = np.zeros(count, exact)
    np.add.at(difference, utxo.inputs.transaction, utxo.inputs.amount.astype(exact, copy=False))
    np.subtract.at(difference, utxo.outputs.transaction, utxo.outputs.amount.astype(exact, copy=False))
    found: NDArray[np.bool_] = (difference < 0).astype(bool)
    for side in (utxo.inputs, utxo.outputs):
        found[side.transaction[side.amount < 0]] = True
    return found & (np.bincount(utxo.inputs.transaction, minlength=count) > 0)


def network_of(id_: str) -> str:
    """Short name of the network of a transaction's or wallet's id."""
    from workbench.model.networks import BY_CAIP2

    caip2 = id_.partition("/")[0] if "/" in id_ else id_.rpartition(":")[0]
    return BY_CAIP2[caip2].name if caip2 in BY_CAIP2 else caip2


def read_utxo(store: Store, wallets: NDArray[Any], progress: Callable[[int], None] | None = None) -> Utxo:
    """Every UTXO transaction of the graph; `wallets` are the sorted ids of all wallets.

    `progress` is called with the number of inputs and outputs read so far. Raises DatabaseError when wallets
    came or went while it read.
    """
    flows = project_utxo(store, progress=progress)
    place = np.searchsorted(wallets, flows.wallets) if len(wallets) else np.zeros(len(flows.wallets), np.int64)
    there = place < len(wallets)
    there[there] = wallets[place[there]] == flows.wallets[there]
    if not there.all():
        raise DatabaseError("wallets came while they were read", hint="Run it again when nothing writes.")

    def side(read: FlowSide) -> Side:
        amount = read.amount
        if amount.dtype == object:
            amount = np.where((amount > INT64_MAX).astype(bool), UNKNOWN, amount).astype(np.int64)
        return Side(read.transaction, place[read.wallet].astype(np.int32), amount)

    return Utxo(wallets, flows.transactions, flows.time_ms, flows.block, side(flows.inputs), side(flows.outputs))


def distinct_pairs(one: NDArray[Any], other: NDArray[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The different pairs of two columns of small numbers, in order."""
    width = np.int64(int(other.max(initial=0)) + 1)
    joined = np.unique(one.astype(np.int64) * width + other)
    return (joined // width).astype(np.int32), (joined % width).astype(np.int32)
