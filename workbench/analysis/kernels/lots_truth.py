"""Which units moved, when every owner pays out of whichever of his own units he likes."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import kernel


@kernel
def carry_units(
    source: Any, target: Any, amount: Any, link: Any, injects: Any, keeps: Any, habit: Any, luck: Any, incidents: int
) -> Any:
    """Units of every incident that each row moved, each node got and holds; `-1` first where a balance went negative.

    `link[i]`: the row whose units row i hands on (a swap, a bridge), else -1. `injects[i]`: the incident whose loot row
    i is, else -1. `habit`: 0 pays with other money first, 1 with stolen units first, 2 with whatever comes to hand.
    """
    nodes = len(keeps)
    balance = np.zeros(nodes, np.int64)
    held = np.zeros((nodes, incidents), np.int64)
    got = np.zeros((nodes, incidents), np.int64)
    moved = np.zeros((len(source), incidents), np.int64)
    lowest = 0
    for i in range(len(source)):
        s, t, v = source[i], target[i], amount[i]
        if injects[i] >= 0:
            moved[i, injects[i]] = v
        elif link[i] >= 0:  # what came in on the other side, less the fee that stays behind
            whole = amount[link[i]]
            for k in range(incidents):
                moved[i, k] = int(moved[link[i], k] * (v / whole)) if whole > 0 else 0
                moved[i, k] = min(moved[i, k], v, moved[link[i], k])
        elif keeps[s] == 0:
            stolen = 0
            for k in range(incidents):
                stolen += held[s, k]
            if stolen > 0:
                other = balance[s] - stolen
                least, most = max(0, v - other), min(v, stolen)
                if habit[s] == 0:
                    part = least
                elif habit[s] == 1:
                    part = most
                else:
                    part = least + int((most - least) * luck[i])
                first = int(luck[i] * 997) % incidents
                for j in range(incidents):
                    k = (first + j) % incidents
                    take = min(held[s, k], part)
                    moved[i, k] = take
                    held[s, k] -= take
                    part -= take
        if keeps[s] == 0 and link[i] < 0 and injects[i] < 0:
            balance[s] -= v
            lowest = min(lowest, balance[s])
        balance[t] += v
        for k in range(incidents):
            got[t, k] += moved[i, k]
            held[t, k] += moved[i, k]
    return lowest, moved, got, held
