"""UTXO networks as the same kernels see them: an output is a node that is spent once, and so is a transaction.

A transaction takes its inputs in their order, makes its outputs in theirs, and leaves the fee last. Then poison,
haircut, FIFO, LIFO and TIHO over these rows are what the literature defines for transactions with inputs and outputs.
What odd or partial data do not tell is left open and listed, never guessed: see `utxo_ledger.UNKNOWN`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import BEYOND, FEE, ORDINARY, PASSING, SMALL, SOURCE, STOP
from workbench.analysis.kernels.spread import BARRED, SEED, spread
from workbench.analysis.ledger_arrays import MISSING, Ledger, objects
from workbench.analysis.tracing.problem import Problem, Question, barred_rows
from workbench.analysis.tracing.taint import Rows, Seeds, packed
from workbench.analysis.tracing.utxo_ledger import KNOWN, NO_TIME, UNKNOWN, UtxoLedger, utxo_ledgers

FEES = "fees"


class _Rows(NamedTuple):
    """Everything that moves in a ledger of inputs and outputs, as rows from node to node."""

    ledger: Ledger
    """Ends by name: wallets, then transactions, then fees."""
    source: NDArray[np.int64]
    """Nodes: an output each, an unknown origin of an input each, a transaction each, and the fees."""
    target: NDArray[np.int64]
    owner: NDArray[np.int64]
    """For each node whose it is: an index of the ledger's names."""
    origin: NDArray[np.int64]
    """Which input, output (after the inputs) or fee (after the outputs, by transaction) a row is."""

    def turned(self) -> _Rows:
        """From last to first, ends exchanged."""
        ledger = self.ledger.take(np.arange(len(self.source))[::-1])
        ledger = replace(ledger, source=ledger.target, target=ledger.source)
        return _Rows(ledger, self.target[::-1], self.source[::-1], self.owner, self.origin[::-1])


def _all_rows(coins: UtxoLedger) -> _Rows:
    flows, txs = coins.flows, len(coins.order)
    ins, outs = len(coins.in_tx), len(coins.out_tx)
    unknown = coins.in_spends < 0
    spent = coins.in_spends.copy()
    spent[unknown] = outs + np.arange(int(unknown.sum()))
    first_tx = outs + int(unknown.sum())
    brought, paid = flows.inputs.amount[coins.inputs], flows.outputs.amount[coins.outputs]
    fee = _left_over(coins, brought, paid)
    paying = np.flatnonzero((fee > 0).astype(bool) & _all_there(coins))
    tx = np.concatenate([coins.in_tx, coins.out_tx, paying])
    phase = np.repeat([0, 1, 2], [ins, outs, len(paying)])
    order = np.lexsort((phase, tx))  # stable: inputs and outputs of a transaction stay in their order
    source = np.concatenate([spent, first_tx + coins.out_tx, first_tx + paying])[order]
    target = np.concatenate([first_tx + coins.in_tx, np.arange(outs), np.full(len(paying), first_tx + txs)])[order]
    names = np.concatenate([coins.wallets, flows.transactions[coins.order], objects([FEES])])
    owner = np.concatenate([
        flows.outputs.wallet[coins.outputs], flows.inputs.wallet[coins.inputs[unknown]],
        len(coins.wallets) + np.arange(txs), [len(names) - 1],
    ]).astype(np.int64)  # fmt: skip
    time = np.where(flows.time_ms == MISSING, NO_TIME, flows.time_ms)[coins.order]
    ledger = Ledger(
        wallets=names, assets=(coins.asset,), source=owner[source], target=owner[target],
        asset=np.zeros(len(order), np.int64), amount=np.concatenate([brought, paid, fee[paying]])[order],
        time_ms=time[tx[order]],
    )  # fmt: skip
    origin = np.concatenate([np.arange(ins + outs), ins + outs + paying])[order]
    return _Rows(ledger, source, target, owner, origin)


def _left_over(coins: UtxoLedger, brought: NDArray[Any], paid: NDArray[Any]) -> NDArray[Any]:
    """Of every transaction what goes in less what comes out."""
    small = brought.dtype != object and paid.dtype != object and max(_most(brought), _most(paid)) < 2**62
    left = np.zeros(len(coins.order), np.int64 if small else object)
    np.add.at(left, coins.in_tx, brought)
    np.subtract.at(left, coins.out_tx, paid)
    return left


def _most(amounts: NDArray[Any]) -> float:
    """No less than the sum of 64-bit amounts, and as good as it."""
    return float(amounts.sum(dtype=np.float64)) * 1.001


def _all_there(coins: UtxoLedger) -> NDArray[np.bool_]:
    """Transactions with inputs and outputs of which, as far as their places tell, no output is missing.

    What is left over in the others need not be a fee: it may have gone to an output that is not loaded.
    """
    txs = len(coins.order)
    last = np.full(txs, -1, np.int64)
    np.maximum.at(last, coins.out_tx, coins.flows.outputs.position[coins.outputs])
    count = np.bincount(coins.out_tx, minlength=txs)
    there: NDArray[np.bool_] = (count > 0) & (last < count) & (np.bincount(coins.in_tx, minlength=txs) > 0)
    return there


def utxo_problem(coins: UtxoLedger, question: Question, *, backward: bool = False) -> Problem | None:
    """The rows that taint can touch: output → transaction → output, and what a transaction leaves as its fee."""
    every = _all_rows(coins)
    if backward:
        every = every.turned()
    ledger, source, target, owner, origin = every
    wallets = len(coins.wallets)
    kind_of = np.full(len(ledger.wallets), ORDINARY, np.uint8)
    kind_of[wallets:] = PASSING
    kind_of[-1] = ORDINARY if backward else FEE
    kind_of[list(question.stops | question.through)] = STOP
    kind_of[list(question.sources)] = SOURCE
    kind, time = kind_of[owner], ledger.time_ms
    limit, other = (question.since_ms, question.until_ms) if backward else (question.until_ms, question.since_ms)
    keep = _within(time, limit, not backward)
    seeded = (kind[source] == SOURCE) & keep & _within(time, other, backward)
    if not seeded.any():
        return None
    barred = barred_rows(ledger, question.min_amount)
    barred[(barred == SMALL) & (kind[target] == PASSING)] = 0
    flags = np.where((barred != 0) | ~keep, BARRED, 0).astype(np.uint8)
    flags[seeded] |= SEED
    ends = (kind == STOP) | (kind == SOURCE) | (kind == FEE)
    tainted, reached = spread(source.astype(np.int32), target.astype(np.int32), flags, ends)
    mine = reached.astype(bool) & ~ends
    picked = np.flatnonzero(keep & (mine[source] | mine[target] | tainted.astype(bool)))
    gone = np.flatnonzero(~keep & (mine | (kind == SOURCE))[source] & (kind[source] != PASSING))
    late = replace(
        ledger.take(gone), ids=_ids(coins, origin[gone]), time_ms=-time[gone] if backward else time[gone]
    )  # fmt: skip
    code = np.zeros(len(origin), np.uint8)
    code[origin < len(coins.in_tx)] = coins.in_unknown[origin[origin < len(coins.in_tx)]]
    into, from_ = (source, target) if backward else (target, source)
    open_ = np.flatnonzero(keep & (code != KNOWN) & mine[into] & (kind[from_] != SOURCE))
    amount = ledger.amount[picked]
    used, numbered = np.unique(np.stack([source[picked], target[picked]]), return_inverse=True)
    numbered = numbered.reshape(2, -1).astype(np.int32)
    rows = Rows(
        numbered[0], numbered[1], packed(np.where(barred[picked] == BEYOND, 0, amount)), np.zeros(len(picked), bool),
        barred[picked], kind[used],
    )  # fmt: skip
    own = np.flatnonzero(seeded[picked]).astype(np.int32)
    incident = np.full(len(ledger.wallets), -1, np.int16)
    for wallet, number in question.sources.items():
        incident[wallet] = number
    seeds = Seeds(own, incident[owner[source[picked[own]]]], rows.amount[own], np.ones(len(own), np.int32))
    nobody = np.zeros(len(used), bool)
    return Problem(
        asset=coins.asset, question=question, rows=rows, seeds=seeds, known_ids=_ids(coins, origin[picked]),
        amount=amount.astype(object), time_ms=time[picked], picked=picked,
        guarded=np.full(len(picked), None, object), wallets=ledger.wallets,
        wallet=owner[used], ambiguous=nobody, crowded=nobody, backward=backward, transaction_hops=2,
        late=late if len(gone) else None, sorted_wallets=wallets,
        unknown=replace(ledger.take(open_), ids=_ids(coins, origin[open_])),
        unknown_why=objects([UNKNOWN[number] for number in code[open_].tolist()]),
    )  # fmt: skip


def _within(time: NDArray[np.int64], limit: int | None, until: bool) -> NDArray[np.bool_]:
    if limit is None:
        return np.ones(len(time), bool)
    return time <= limit if until else time >= limit


def _ids(coins: UtxoLedger, origin: NDArray[np.int64]) -> NDArray[Any]:
    flows, ins, outs = coins.flows, len(coins.in_tx), len(coins.out_tx)
    ids = np.empty(len(origin), object)
    is_in, is_fee = origin < ins, origin >= ins + outs
    is_out = ~is_in & ~is_fee
    ids[is_in] = flows.ids(flows.inputs, coins.inputs[origin[is_in]])
    ids[is_out] = flows.ids(flows.outputs, coins.outputs[origin[is_out] - ins])
    names = flows.transactions[coins.order[origin[is_fee] - ins - outs]].tolist()
    ids[is_fee] = objects([f"{name}/fee" for name in names])
    return ids


__all__ = ["UNKNOWN", "UtxoLedger", "utxo_ledgers", "utxo_problem"]
