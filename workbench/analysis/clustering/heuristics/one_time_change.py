"""One-time change: the new one of two outputs is the payer's change. Off by default; whenever in doubt, none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.evidence import Evidence, Progress
from workbench.analysis.clustering.heuristics import Found, Parameter, Parameters
from workbench.analysis.clustering.ledger import UNKNOWN, distinct_pairs, not_all_known
from workbench.analysis.ledger_arrays import objects

TITLE = "One-time change"
SOURCE = "Meiklejohn et al. 2013, with the conditions of Androulaki et al. 2013 (two outputs, one of them new)"
ON = False
READS = "utxo"
PARAMETERS = {
    "change_seen_again": Parameter(
        False, "true or false: also call change what receives again later (Meiklejohn et al. wait, and do not)"
    ),
}


def find(evidence: Evidence, parameters: Parameters, progress: Progress | None) -> Found:
    """A group a transaction: its first input and its change.

    All must hold: no coinbase, no CoinJoin, all inputs and the time known; exactly two outputs to two addresses, none
    of them an input's; one address was never seen before (nor elsewhere at the same time) and, unless
    `change_seen_again`, never receives again; the other was seen before.
    """
    utxo = evidence.utxo
    count = len(utxo.transactions)
    left = np.zeros(count, bool)
    left[[join.number for join in evidence.coinjoins(progress)]] = True
    left |= not_all_known(utxo)
    out, ins = utxo.outputs, utxo.inputs
    two = np.bincount(out.transaction, minlength=count) == 2
    spends = np.bincount(ins.transaction, minlength=count) > 0
    usable = two & spends & ~left & (utxo.time_ms != UNKNOWN)
    first, times_at_first, undated = _first_seen(evidence)
    received = np.bincount(out.wallet, minlength=len(evidence.wallets))
    rows = np.flatnonzero(usable[out.transaction])
    pairs = rows.reshape(-1, 2)  # rows of one transaction stand together, and there are two
    transaction = out.transaction[pairs[:, 0]]
    a, b = out.wallet[pairs[:, 0]], out.wallet[pairs[:, 1]]
    now = utxo.time_ms[transaction]

    def new(wallet: NDArray[Any]) -> NDArray[Any]:
        once = received[wallet] == 1
        fresh: NDArray[Any] = (first[wallet] == now) & (times_at_first[wallet] == 1) & ~undated[wallet]
        wanted: NDArray[Any] = fresh & (once | bool(parameters["change_seen_again"]))
        return wanted

    def old(wallet: NDArray[Any]) -> NDArray[Any]:
        before: NDArray[Any] = first[wallet] < now
        return before

    is_a, is_b = new(a) & old(b), new(b) & old(a)
    known = np.where(is_a, a, b)
    width = np.int64(max(len(evidence.wallets), 1))
    spent = np.unique(ins.transaction.astype(np.int64) * width + ins.wallet)  # self-change is no one-time change
    selfish = np.isin(transaction * width + a, spent) | np.isin(transaction * width + b, spent)
    kept = (is_a | is_b) & ~selfish & (a != b)
    transaction, change, now = transaction[kept], known[kept], now[kept]
    payer = ins.wallet[np.searchsorted(ins.transaction, transaction)]
    key = utxo.transactions[transaction]
    group = np.repeat(np.arange(len(key), dtype=np.int32), 2)
    early = bool(np.any(utxo.time_ms == UNKNOWN))
    return Found(
        group=group,
        member=np.stack([payer, change], axis=1).reshape(-1).astype(np.int32),
        transaction=key[group],
        time_ms=np.repeat(now, 2),
        key=key,
        note=objects(["change"] * len(key)),
        remarks=[
            "one_time_change calls an address new when the loaded ledger has not seen it: with part of the history it "
            "is wrong more often than measured.",
            *(["one_time_change left out transactions without a time."] if early else []),
        ],
    )


def _first_seen(evidence: Evidence) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """When each wallet was seen first, in how many transactions then, and whether it was seen at an unknown time."""
    utxo = evidence.utxo
    wallets = len(evidence.wallets)
    wallet, transaction = distinct_pairs(
        np.concatenate([utxo.inputs.wallet, utxo.outputs.wallet]),
        np.concatenate([utxo.inputs.transaction, utxo.outputs.transaction]),
    )
    time = utxo.time_ms[transaction]
    undated = np.zeros(wallets, bool)
    undated[wallet[time == UNKNOWN]] = True
    wallet, time = wallet[time != UNKNOWN], time[time != UNKNOWN]
    first = np.full(wallets, np.iinfo(np.int64).max)
    np.minimum.at(first, wallet, time)
    return first, np.bincount(wallet[time == first[wallet]], minlength=wallets), undated
