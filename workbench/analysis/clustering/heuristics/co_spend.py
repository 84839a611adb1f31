"""Co-spend: inputs of one UTXO transaction have one owner, unless strangers spent together (CoinJoin)."""

from __future__ import annotations

import numpy as np

from workbench.analysis.clustering.evidence import Evidence, Progress
from workbench.analysis.clustering.heuristics import Found, LeftOut, Parameter, Parameters
from workbench.analysis.clustering.ledger import distinct_pairs, not_all_known
from workbench.analysis.ledger_arrays import objects

TITLE = "Inputs of one transaction"
SOURCE = "Meiklejohn et al. 2013 (multi-input); CoinJoins by the rules of analysis.clustering.coinjoin"
ON = True
READS = "utxo"
PARAMETERS = {
    "leave_out_coinjoins": Parameter(True, "true or false: transactions that a CoinJoin rule fires for join nobody"),
}


def find(evidence: Evidence, parameters: Parameters, progress: Progress | None) -> Found:
    """A group a transaction with at least two input addresses."""
    utxo = evidence.utxo
    left_out: list[LeftOut] = []
    used = np.ones(len(utxo.transactions), bool)
    if parameters["leave_out_coinjoins"]:
        for join in evidence.coinjoins(progress):
            used[join.number] = False
            left_out.append(LeftOut("co_spend", join.transaction, f"CoinJoin: {join.rule}", join.words))
        for number in np.flatnonzero(not_all_known(utxo) & used).tolist():
            used[number] = False
            if len({coin.wallet for coin in utxo.spend(number).inputs}) > 1:
                reason = "not all of its inputs are known: it may be a CoinJoin"
                left_out.append(LeftOut("co_spend", str(utxo.transactions[number]), reason))
    kept = used[utxo.inputs.transaction]
    transaction, wallet = distinct_pairs(utxo.inputs.transaction[kept], utxo.inputs.wallet[kept])
    several = np.bincount(transaction, minlength=len(utxo.transactions))[transaction] > 1
    transaction, wallet = transaction[several], wallet[several]
    numbers, group = np.unique(transaction, return_inverse=True)
    key = utxo.transactions[numbers]
    return Found(
        group=group.astype(np.int32),
        member=wallet,
        transaction=key[group],
        time_ms=utxo.time_ms[transaction],
        key=key,
        note=objects([""] * len(key)),
        left_out=left_out,
    )
