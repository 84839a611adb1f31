"""Inputs and outputs of one network in causal order, with which output each input spends, where that can be known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import MISSING, indices_of
from workbench.analysis.utxo_arrays import NOT_LOADED, UNSAID, Flows
from workbench.analysis.utxo_projection import project_utxo
from workbench.graph.store import Store
from workbench.model.ledger import native_asset

NO_TIME = np.iinfo(np.int64).min
"""Milliseconds of a transaction whose time is not known."""
KNOWN, NOWHERE, ABSENT, SPENT_BEFORE, OF_ANOTHER, CIRCLE = range(6)
UNKNOWN = {
    NOWHERE: "it is not said what it spends, and no earlier output of its wallet has this amount",
    ABSENT: "the output it spends is not loaded",
    SPENT_BEFORE: "another input spends the same output",
    OF_ANOTHER: "the output it spends is another wallet's",
    CIRCLE: "it spends an output that can only have been made after it",
}
"""Why it is not known where the value of an input comes from. Going forward it is taken as clean."""


@dataclass(frozen=True)
class UtxoLedger:
    """Transactions in causal order, their inputs and outputs as columns; amounts are exact."""

    asset: str
    flows: Flows
    order: NDArray[np.int64]
    """The place in `flows` of every transaction, in causal order."""
    inputs: NDArray[np.int64]
    """The row in `flows.inputs` of every input, in the order of transactions and positions."""
    outputs: NDArray[np.int64]
    in_tx: NDArray[np.int64]
    out_tx: NDArray[np.int64]
    in_spends: NDArray[np.int64]
    """The output that an input spends (an index, as those of `outputs`), -1 where it is not known."""
    in_unknown: NDArray[np.uint8]
    """KNOWN, or why not (see UNKNOWN)."""

    @property
    def wallets(self) -> NDArray[Any]:
        return self.flows.wallets

    def indices_of(self, wallets: Iterable[str]) -> dict[str, int]:
        """Index of every one of `wallets` that the ledger knows."""
        return indices_of(self.wallets, wallets)

    @classmethod
    def of(cls, asset: str, transactions: Sequence[Sequence[Any]], inputs: Sequence[Sequence[Any]],
           outputs: Sequence[Sequence[Any]]) -> UtxoLedger:  # fmt: skip
        """From rows, as `Flows.of` takes them.

        An input that does not say what it spends spends the wallet's earliest output of that amount, if there is one.
        """
        return cls.from_flows(asset, Flows.of(transactions, inputs, outputs))

    @classmethod
    def from_flows(cls, asset: str, flows: Flows) -> UtxoLedger:
        """From one network's inputs and outputs, read with what they spend."""
        ins, outs = flows.inputs, flows.outputs
        spends = np.full(len(ins), UNSAID, np.int64) if flows.spends is None else flows.spends.astype(np.int64)
        unknown = np.full(len(ins), KNOWN, np.uint8)
        unknown[spends == NOT_LOADED] = ABSENT
        said = np.flatnonzero(spends >= 0)
        unknown[said[ins.wallet[said] != outs.wallet[spends[said]]]] = OF_ANOTHER
        linked = np.flatnonzero((spends >= 0) & (unknown == KNOWN))
        order = _causal(flows, outs.transaction[spends[linked]], ins.transaction[linked])
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        in_tx, out_tx = rank[ins.transaction], rank[outs.transaction]
        in_row, out_row = np.argsort(in_tx, kind="stable"), np.argsort(out_tx, kind="stable")
        in_tx, out_tx, unknown, spends = in_tx[in_row], out_tx[out_row], unknown[in_row], spends[in_row]
        place = np.empty(len(outs), np.int64)
        place[out_row] = np.arange(len(outs))
        unsaid = spends == UNSAID
        spends = np.where(unknown == KNOWN, place[np.maximum(spends, 0)] if len(outs) else -1, -1)
        spends[unsaid] = -1
        circle = (spends >= 0) & (out_tx[np.maximum(spends, 0)] >= in_tx) if len(outs) else np.zeros(len(ins), bool)
        unknown[circle] = CIRCLE
        spends[circle] = -1
        # of several inputs that spend one output the first has it
        held = np.flatnonzero(spends >= 0)
        again = np.ones(len(held), bool)
        again[np.unique(spends[held], return_index=True)[1]] = False
        unknown[held[again]] = SPENT_BEFORE
        spends[held[again]] = -1
        found = cls(asset, flows, order, in_row, out_row, in_tx, out_tx, spends, unknown)
        found._guess(np.flatnonzero(unsaid))
        return found

    def _guess(self, rows: NDArray[np.int64]) -> None:
        """Let inputs that do not say what they spend spend the earliest free output of their wallet and amount."""
        if not len(rows):
            return
        self.in_unknown[rows] = NOWHERE
        taken = np.zeros(len(self.out_tx), bool)
        taken[self.in_spends[self.in_spends >= 0]] = True
        ins, outs = self.flows.inputs, self.flows.outputs
        free: dict[tuple[int, int], list[int]] = {}
        for out in np.flatnonzero(~taken)[::-1].tolist():  # the earliest stands last
            row = self.outputs[out]
            free.setdefault((int(outs.wallet[row]), int(outs.amount[row])), []).append(out)
        for at in rows.tolist():
            row = self.inputs[at]
            stack = free.get((int(ins.wallet[row]), int(ins.amount[row])))
            if stack and self.out_tx[stack[-1]] < self.in_tx[at]:
                self.in_spends[at], self.in_unknown[at] = stack.pop(), KNOWN


def _causal(flows: Flows, before: NDArray[Any], after: NDArray[Any]) -> NDArray[np.int64]:
    """By time and block; what spends an output comes after what made it, whatever the times say."""
    count = len(flows.transactions)
    time = np.where(flows.time_ms == MISSING, NO_TIME, flows.time_ms)
    order: NDArray[np.int64] = np.lexsort((np.arange(count), np.maximum(flows.block, 0), time))
    rank = np.empty(count, np.int64)
    rank[order] = np.arange(count)
    one, other = rank[before], rank[after]
    if (one < other).all():
        return order
    different = one != other  # what spends its own output waits for nobody
    one, other = one[different], other[different]
    by_first = np.argsort(one, kind="stable")
    following = other[by_first].tolist()
    start = np.searchsorted(one[by_first], np.arange(count + 1)).tolist()
    waiting = np.bincount(other, minlength=count).tolist()
    ready = [at for at in range(count) if not waiting[at]]
    heapify(ready)
    placed: list[int] = []
    done, left = [False] * count, 0
    while len(placed) < count:
        if not ready:  # a circle cannot be; if the data have one, it is entered at its earliest transaction
            while done[left]:
                left += 1
            ready.append(left)
        at = heappop(ready)
        if done[at]:
            continue
        done[at] = True
        placed.append(at)
        for later in following[start[at] : start[at + 1]]:
            waiting[later] -= 1
            if not waiting[later] and not done[later]:
                heappush(ready, later)
    return order[placed]


def utxo_ledgers(
    store: Store, wallets: Sequence[str], progress: Callable[[int], None] | None = None
) -> list[UtxoLedger]:
    """The UTXO ledgers that these wallets take part in, whole; empty where they are in none."""
    networks = [
        row[0]
        for row in store.read(
            "MATCH (w:Wallet)-[:INPUT]->(t:Transaction) WHERE w.id IN $ids RETURN DISTINCT t.network AS network\n"
            "UNION MATCH (w:Wallet)<-[:OUTPUT]-(t:Transaction) WHERE w.id IN $ids RETURN DISTINCT t.network AS network",
            {"ids": list(wallets)},
        ).rows
    ]
    found = []
    for network in sorted(networks):
        flows = project_utxo(store, networks=[network], spends=True, progress=progress)
        found.append(UtxoLedger.from_flows(native_asset(flows.transactions[0].rpartition("/tx:")[0]), flows))
    return found


__all__ = ["KNOWN", "NO_TIME", "UNKNOWN", "UtxoLedger", "utxo_ledgers"]
