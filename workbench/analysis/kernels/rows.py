"""The vocabulary that the taint kernels share: kinds of node, what became of a row, and what a pass emits."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import kernel

ORDINARY, SOURCE, STOP, ROUTER, FEE, PASSING = 0, 1, 2, 3, 4, 5
"""Kinds of node. SOURCE, STOP and FEE keep what they get. ROUTER is one service within one transaction: value passes
through it, and what stays has crossed. PASSING is a UTXO transaction, in which nothing stays."""

CLEAN, FOLLOWED, ZERO, SMALL, DEEP, BETWEEN, ITSELF, GUARDED, BEYOND = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""What became of a row. All but CLEAN and FOLLOWED left a tainted address and were not followed."""

UNREACHED = 1 << 30

EXACT, LEAST, MOST = 0, 1, 2
"""How nodes that are unsure pass taint on: as the method says; not at all; in all they send."""


@kernel
def keeps(kind: int) -> bool:
    """Whether value ends at a node of this kind."""
    return kind == SOURCE or kind == STOP or kind == FEE


@kernel
def balances_only(source: Any, target: Any, amount: Any, nodes: int) -> Any:
    """The bare balance pass: what every taint kernel is measured against."""
    balance = np.zeros(nodes, np.int64)
    for i in range(len(source)):
        balance[source[i]] -= amount[i]
        balance[target[i]] += amount[i]
    return balance


@kernel
def entry(label: int, i: int, began: int, count: int, rows: Any, labels: Any) -> Any:
    """Where row i's amount of an incident is written: its entry since `began`, or a new one (then count grows)."""
    for j in range(began, count):
        if labels[j] == label:
            return j, count
    rows[count], labels[count] = i, label
    return count, count + 1
