"""UTXO networks as the same kernels see them: an output is a node that is spent once, and so is a transaction.

A transaction takes its inputs in their order, makes its outputs in theirs, and leaves the fee last. Then poison,
haircut, FIFO, LIFO and TIHO over these rows are what the literature defines for transactions with inputs and outputs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import FEE, ORDINARY, PASSING, SMALL, SOURCE, STOP, ZERO
from workbench.analysis.kernels.spread import BARRED, SEED, spread
from workbench.analysis.ledger_arrays import Ledger, indices_of, objects
from workbench.analysis.tracing.problem import Problem, Question
from workbench.analysis.tracing.taint import Rows, Seeds, packed
from workbench.graph.store import Store
from workbench.model.ledger import native_asset

FEES = "fees"
NO_TIME = np.iinfo(np.int64).min
"""Milliseconds of a transaction whose time is not known."""


@dataclass(frozen=True)
class UtxoLedger:
    """Transactions in causal order, their inputs and outputs as columns; amounts are exact."""

    asset: str
    wallets: NDArray[Any]
    transactions: NDArray[Any]
    """Ids, in causal order."""
    time_ms: NDArray[np.int64]
    in_tx: NDArray[np.int64]
    in_wallet: NDArray[np.int64]
    in_amount: NDArray[Any]
    in_spends: NDArray[np.int64]
    """Index of the output that the input spends; -1 where it is not loaded."""
    in_ids: NDArray[Any]
    out_tx: NDArray[np.int64]
    out_wallet: NDArray[np.int64]
    out_amount: NDArray[Any]
    out_ids: NDArray[Any]

    def indices_of(self, wallets: Iterable[str]) -> dict[str, int]:
        """Index of every one of `wallets` that the ledger knows."""
        return indices_of(self.wallets, wallets)

    @classmethod
    def of(cls, asset: str, transactions: Sequence[Sequence[Any]], inputs: Sequence[Sequence[Any]],
           outputs: Sequence[Sequence[Any]]) -> UtxoLedger:  # fmt: skip
        """From rows: (id, time ms or None, block or None); (transaction, wallet, amount, position, id, id of the output
        spent or None); (transaction, wallet, amount, position, id). The order in which they are given does not matter.

        Of rows with the same id the first stands. An input that does not say what it spends spends the wallet's
        earliest output of that amount, if there is one.
        """
        inputs = sorted({row[4]: row for row in reversed(inputs)}.values(), key=lambda row: (row[0], row[3], row[4]))
        outputs = sorted({row[4]: row for row in reversed(outputs)}.values(), key=lambda row: (row[0], row[3], row[4]))
        made_by = {row[4]: row[0] for row in outputs}
        spent_by = {row[5]: row[0] for row in inputs if row[5] in made_by}
        after: dict[str, set[str]] = {}
        for output, spender in spent_by.items():
            if made_by[output] != spender:
                after.setdefault(made_by[output], set()).add(spender)
        order = _causal(transactions, after)
        number = {name: i for i, name in enumerate(order)}
        times = {row[0]: NO_TIME if row[1] is None else int(row[1]) for row in transactions}
        inputs = sorted(inputs, key=lambda row: (number[row[0]], row[3]))
        outputs = sorted(outputs, key=lambda row: (number[row[0]], row[3]))
        wallets = sorted({row[1] for row in (*inputs, *outputs)})
        wallet = {name: i for i, name in enumerate(wallets)}
        spends = _spends(inputs, outputs, number)
        return cls(
            asset=asset, wallets=objects(wallets), transactions=objects(order),
            time_ms=np.array([times[name] for name in order], np.int64),
            in_tx=_integers(number[row[0]] for row in inputs), in_wallet=_integers(wallet[row[1]] for row in inputs),
            in_amount=objects([int(row[2]) for row in inputs]), in_spends=spends,
            in_ids=objects([row[4] for row in inputs]),
            out_tx=_integers(number[row[0]] for row in outputs),
            out_wallet=_integers(wallet[row[1]] for row in outputs),
            out_amount=objects([int(row[2]) for row in outputs]), out_ids=objects([row[4] for row in outputs]),
        )  # fmt: skip


def _integers(values: Iterable[int]) -> NDArray[np.int64]:
    return np.fromiter(values, np.int64)


def _causal(transactions: Sequence[Sequence[Any]], after: dict[str, set[str]]) -> list[str]:
    """By time and block; what spends an output comes after what made it, whatever the times say."""
    place = {row[0]: (NO_TIME if row[1] is None else row[1], row[2] or 0, row[0]) for row in transactions}
    waiting = dict.fromkeys(place, 0)
    for followers in after.values():
        for name in followers:
            waiting[name] += 1
    ready = [place[name] for name, count in waiting.items() if not count]
    heapify(ready)
    order: list[str] = []
    while ready:
        name = heappop(ready)[2]
        order.append(name)
        for other in after.get(name, ()):
            waiting[other] -= 1
            if not waiting[other]:
                heappush(ready, place[other])
    return order + sorted(place.keys() - set(order))  # a circle cannot be; if the data have one, it stands at the end


def _spends(inputs: Sequence[Any], outputs: Sequence[Any], number: dict[str, int]) -> NDArray[np.int64]:
    at = {row[4]: i for i, row in enumerate(outputs)}
    spends = np.full(len(inputs), -1, np.int64)
    taken: set[int] = set()
    for i, row in enumerate(inputs):
        if row[5] in at and at[row[5]] not in taken:
            spends[i] = at[row[5]]
            taken.add(at[row[5]])
    free: dict[tuple[str, str], list[int]] = {}
    for j, row in enumerate(outputs):
        if j not in taken:
            free.setdefault((row[1], str(row[2])), []).append(j)
    for i, row in enumerate(inputs):
        if row[5] is None:
            queue = free.get((row[1], str(row[2])), [])
            if queue and number[outputs[queue[0]][0]] < number[row[0]]:
                spends[i] = queue.pop(0)
    return spends


def utxo_problem(coins: UtxoLedger, question: Question, *, backward: bool = False) -> Problem | None:
    """The rows that taint can touch: output → transaction → output, and what a transaction leaves as its fee."""
    outs, ins, txs = len(coins.out_tx), len(coins.in_tx), len(coins.transactions)
    unknown = coins.in_spends < 0
    spent = coins.in_spends.copy()
    spent[unknown] = outs + np.arange(int(unknown.sum()))
    first_tx = outs + int(unknown.sum())
    fee_node = first_tx + txs
    fee = np.zeros(txs, object)
    np.add.at(fee, coins.in_tx, coins.in_amount)
    np.subtract.at(fee, coins.out_tx, coins.out_amount)
    whole = np.bincount(coins.in_tx, minlength=txs) > 0
    paying = np.flatnonzero((fee > 0).astype(bool) & whole)
    tx = np.concatenate([coins.in_tx, coins.out_tx, paying])
    phase = np.repeat([0, 1, 2], [ins, outs, len(paying)])
    within = np.concatenate([np.arange(ins), np.arange(outs), np.zeros(len(paying), np.int64)])
    order = np.lexsort((within, phase, tx))
    source = np.concatenate([spent, first_tx + coins.out_tx, first_tx + paying])[order]
    target = np.concatenate([first_tx + coins.in_tx, np.arange(outs), np.full(len(paying), fee_node)])[order]
    amount = np.concatenate([coins.in_amount, coins.out_amount, fee[paying]])[order]
    fee_ids = objects([f"{name}/fee" for name in coins.transactions[paying]])
    ids = np.concatenate([coins.in_ids, coins.out_ids, fee_ids])[order]
    time = coins.time_ms[tx][order]
    wallets = np.concatenate([coins.wallets, coins.transactions, objects([FEES])])
    owner = np.concatenate([
        coins.out_wallet, coins.in_wallet[unknown], len(coins.wallets) + np.arange(txs), [len(wallets) - 1]
    ]).astype(np.int64)  # fmt: skip
    kind_of = np.full(len(wallets), ORDINARY, np.uint8)
    kind_of[len(coins.wallets) :] = PASSING
    kind_of[-1] = FEE
    kind_of[list(question.stops | question.through)] = STOP
    kind_of[list(question.sources)] = SOURCE
    if backward:
        source, target, amount, ids, time = target[::-1], source[::-1], amount[::-1], ids[::-1], time[::-1]
    kind = kind_of[owner]
    if backward:
        kind[fee_node] = ORDINARY
    limit = question.since_ms if backward else question.until_ms
    keep = np.ones(len(time), bool)
    if limit is not None:
        keep = (time >= limit) if backward else (time <= limit)
    other = question.until_ms if backward else question.since_ms
    seeded = (kind[source] == SOURCE) & keep
    if other is not None:
        seeded &= (time <= other) if backward else (time >= other)
    if not seeded.any():
        return None
    barred = np.zeros(len(time), np.uint8)
    barred[(amount < question.min_amount).astype(bool) & (kind[target] != PASSING)] = SMALL
    barred[(amount == 0).astype(bool)] = ZERO
    flags = np.where((barred != 0) | ~keep, BARRED, 0).astype(np.uint8)
    flags[seeded] |= SEED
    ends = (kind == STOP) | (kind == SOURCE) | (kind == FEE)
    tainted, reached = spread(source.astype(np.int32), target.astype(np.int32), flags, ends)
    mine = reached.astype(bool) & ~ends
    picked = np.flatnonzero(keep & (mine[source] | mine[target] | tainted.astype(bool)))
    gone = np.flatnonzero(~keep & (mine | (kind == SOURCE))[source] & (kind[source] != PASSING))
    late = Ledger(
        wallets=wallets, assets=(coins.asset,), source=owner[source[gone]], target=owner[target[gone]],
        asset=np.zeros(len(gone), np.int64), amount=amount[gone], time_ms=-time[gone] if backward else time[gone],
        ids=ids[gone],
    )  # fmt: skip
    used, numbered = np.unique(np.stack([source[picked], target[picked]]), return_inverse=True)
    numbered = numbered.reshape(2, -1).astype(np.int32)
    rows = Rows(
        numbered[0], numbered[1], packed(amount[picked]), np.zeros(len(picked), bool), barred[picked], kind[used]
    )
    own = np.flatnonzero(seeded[picked]).astype(np.int32)
    incident = np.full(len(wallets), -1, np.int16)
    for wallet, number in question.sources.items():
        incident[wallet] = number
    seeds = Seeds(own, incident[owner[source[picked[own]]]], rows.amount[own], np.ones(len(own), np.int32))
    nobody = np.zeros(len(used), bool)
    return Problem(
        asset=coins.asset, question=question, rows=rows, seeds=seeds, known_ids=ids[picked], amount=amount[picked],
        time_ms=time[picked], picked=picked, guarded=np.full(len(picked), None, object), wallets=wallets,
        wallet=owner[used], ambiguous=nobody, crowded=nobody, backward=backward, transaction_hops=2,
        late=late if len(gone) else None, sorted_wallets=len(coins.wallets),
    )  # fmt: skip


def project_utxo(store: Store, wallets: Sequence[str]) -> list[UtxoLedger]:
    """The UTXO ledgers that these wallets take part in, whole; empty where they are in none."""
    networks = [
        row[0]
        for row in store.read(
            "MATCH (w:Wallet)-[:INPUT]->(t:Transaction) WHERE w.id IN $ids RETURN DISTINCT t.network AS network\n"
            "UNION MATCH (w:Wallet)<-[:OUTPUT]-(t:Transaction) WHERE w.id IN $ids RETURN DISTINCT t.network AS network",
            {"ids": list(wallets)},
        ).rows
    ]
    return [_read(store, network) for network in sorted(networks)]


def _read(store: Store, network: str) -> UtxoLedger:
    chosen = {"network": network}
    transactions = store.read(
        "MATCH (t:Transaction {network: $network}) RETURN t.id AS id, t.time.epochMillis AS time, t.block AS block",
        chosen,
    ).rows
    inputs = store.read(
        "MATCH (w:Wallet)-[i:INPUT]->(t:Transaction {network: $network})\n"
        "RETURN t.id AS tx, w.id AS wallet, i.amount AS amount, i.position AS position, i.id AS id, i.spends AS spends",
        chosen,
    ).rows
    outputs = store.read(
        "MATCH (t:Transaction {network: $network})-[o:OUTPUT]->(w:Wallet)\n"
        "RETURN t.id AS tx, w.id AS wallet, o.amount AS amount, o.position AS position, o.id AS id",
        chosen,
    ).rows
    caip2 = transactions[0][0].rpartition("/tx:")[0]
    return UtxoLedger.of(native_asset(caip2), transactions, inputs, outputs)


__all__ = ["UtxoLedger", "project_utxo", "utxo_problem"]
