"""Poison's reach over a whole ledger, without branches: which rows can matter, before anything else is asked."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import kernel

BARRED, TIED, SEED = 1, 2, 4
"""Flags of a row: not followed; its order and that of the row before it are not known; tainted of itself."""
_REACHED, _KEEPS = 1, 2
_PASSES = 8
"""How often a tie is gone through before it is taken as a graph: a long chain in it may stand in the wrong order."""


@kernel
def _flood(first: int, end: int, source: Any, target: Any, flags: Any, state: Any, tainted: Any) -> None:
    """Spread taint through the rows of one tie, each row looked at once."""
    order = np.argsort(source[first:end])
    sender = source[first:end][order]
    todo, count = np.empty(2 * len(order), np.int64), 0
    for place in range(len(sender)):
        if (place == 0 or sender[place] != sender[place - 1]) and state[sender[place]] == _REACHED:
            todo[count] = sender[place]
            count += 1
    while count:
        count -= 1
        node = todo[count]
        for place in range(np.searchsorted(sender, node), np.searchsorted(sender, node, side="right")):
            row = first + order[place]
            tainted[row] = 1
            if not flags[row] & BARRED and not state[target[row]] & _REACHED:
                state[target[row]] |= _REACHED
                if state[target[row]] == _REACHED:
                    todo[count] = target[row]
                    count += 1


@kernel
def spread(source: Any, target: Any, flags: Any, keeps: Any) -> Any:
    """Which rows leave a tainted node or are seeds, and which nodes are reached, in one pass over rows in order.

    `keeps[node]`: value ends there. Inside a tie taint spreads in every direction. Returns two masks.
    """
    total = len(source)
    tainted = np.zeros(total, np.uint8)
    state = np.empty(len(keeps), np.uint8)
    for node in range(len(keeps)):
        state[node] = _KEEPS if keeps[node] else 0
    i = 0
    while i < total:
        if i + 1 < total and flags[i + 1] & TIED:
            end = i + 1
            while end < total and flags[end] & TIED:
                end += 1
            changed, passes = True, 0
            while changed:
                if passes == _PASSES:
                    _flood(i, end, source, target, flags, state, tainted)
                    break
                passes += 1
                changed = False
                for j in range(i, end):
                    from_ = state[source[j]]
                    tainted[j] = (from_ & _REACHED & ~(from_ >> 1)) | ((flags[j] >> 2) & 1)
                    if tainted[j] and not flags[j] & BARRED and not state[target[j]] & _REACHED:
                        state[target[j]] |= _REACHED
                        changed = True
            i = end
        else:
            from_ = state[source[i]]
            out = (from_ & _REACHED & ~(from_ >> 1)) | ((flags[i] >> 2) & 1)
            tainted[i] = out
            state[target[i]] |= out & ~flags[i]
            i += 1
    return tainted, state & _REACHED


@kernel
def reachable(start: Any, following: Any, from_: Any, closed: Any) -> Any:
    """Nodes that can be reached from others along rows (CSR), time ignored; nothing is followed out of `closed`."""
    reached = np.zeros(len(start) - 1, np.bool_)
    todo = np.empty(len(start), np.int32)
    count = 0
    for node in from_:
        if not reached[node]:
            reached[node] = True
            todo[count] = node
            count += 1
    while count:
        count -= 1
        node = todo[count]
        for place in range(start[node], start[node + 1]):
            other = following[place]
            if not reached[other]:
                reached[other] = True
                if not closed[other]:
                    todo[count] = other
                    count += 1
    return reached


__all__ = ["BARRED", "SEED", "TIED", "reachable", "spread"]
