"""Puts transfers in the order of the ledger, and finds where the ledger gives none.

Two transfers of one millisecond are *tied* unless block and position tell them apart. Inside a tie
they are taken in causal order, arrivals before departures, which is one of the orders the data
allow; wallets whose result depends on that choice are flagged.
"""

from __future__ import annotations

from collections import defaultdict
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def ties(time_ms: Any, block: Any, position: Any, network: Any = None) -> Mask:
    """For rows sorted by time, block and position: whether the order of a row and the one before it is not known.

    -1 is an unknown block or position. Blocks tell rows of one instant apart only where all of them have one and are
    of one network (`network`: a number a row; None where it is the same for all); positions likewise within a block.
    """
    total = len(time_ms)
    tied = np.zeros(total, bool)
    if total < 2:
        return tied
    tied[1:] = time_ms[1:] == time_ms[:-1]
    if block is None or not tied.any():
        return tied
    usable = _all_in_run(tied, block >= 0)
    if network is not None:
        other = np.zeros(total, bool)
        other[1:] = network[1:] != network[:-1]
        usable &= _all_in_run(tied, ~(tied & other))
    same_block = np.zeros(total, bool)
    same_block[1:] = block[1:] == block[:-1]
    tied &= ~usable | same_block
    if position is None:
        return tied
    placed = usable & _all_in_run(tied, position >= 0)
    same_place = np.zeros(total, bool)
    same_place[1:] = position[1:] == position[:-1]
    return tied & (~placed | same_place)


def _all_in_run(tied: Mask, mask: Any) -> Mask:
    """For each row whether `mask` holds for all rows of its tie."""
    starts = np.flatnonzero(~tied)
    whole = np.logical_and.reduceat(mask, starts)
    result: Mask = np.repeat(whole, np.diff(np.append(starts, len(tied))))
    return result


def causal_order(tied: Mask, source: Any, target: Any, ids: Any, nodes: int) -> tuple[NDArray[Any], Mask, Mask]:
    """The rows in the order in which they are taken; which nodes receive and send in one tie; which have several rows.

    Ties are where they were; inside one, rows are ordered by transfer id, or, where a node both receives and
    sends, arrivals first. The result depends on the set of rows only. Whoever mixes what an address has need not know
    in which order it came; whoever queues it does: hence the two masks.
    """
    order = np.arange(len(tied))
    ambiguous, crowded = np.zeros(nodes, bool), np.zeros(nodes, bool)
    if not tied.any():
        return order, ambiguous, crowded
    run = np.cumsum(~tied) - 1
    in_tie = tied.copy()
    in_tie[:-1] |= tied[1:]
    rows = np.flatnonzero(in_tie)
    by_id = sorted(rows.tolist(), key=lambda row: (run[row], ids[row]))
    order[rows] = by_id
    moving = rows[source[rows] != target[rows]]
    sends = run[moving] * nodes + source[moving]
    gets = run[moving] * nodes + target[moving]
    both = np.intersect1d(sends, gets)
    ambiguous[both % nodes] = True
    touched, times = np.unique(np.concatenate([sends, gets]), return_counts=True)
    crowded[touched[times > 1] % nodes] = True
    for number in np.unique(both // nodes).tolist():
        first, last = np.searchsorted(run, [number, number + 1])
        order[first:last] = _arrivals_first(order[first:last].tolist(), source, target)
    return order, ambiguous, crowded


def several_one_way(tied: Mask, source: Any, target: Any, nodes: int) -> Mask:
    """Nodes that in one tie receive in several rows, or send in several: in which order is not known."""
    several = np.zeros(nodes, bool)
    run = np.cumsum(~tied)
    in_tie = tied.copy()
    in_tie[:-1] |= tied[1:]
    rows = np.flatnonzero(in_tie & (source != target))
    for ends in (source, target):
        touched, times = np.unique(run[rows] * nodes + ends[rows], return_counts=True)
        several[touched[times > 1] % nodes] = True
    return several


def _arrivals_first(ordered: list[int], source: Any, target: Any) -> list[int]:
    """Kahn's topological order with the smallest id first; a cycle is entered at its smallest id."""
    waiting: dict[int, int] = defaultdict(int)  # node → arrivals still to come
    leaving: dict[int, list[int]] = defaultdict(list)  # node → ranks of rows that leave it
    ends = [(int(source[row]), int(target[row])) for row in ordered]
    for rank, (sender, receiver) in enumerate(ends):
        leaving[sender].append(rank)
        if sender != receiver:
            waiting[receiver] += 1
    ready = [rank for rank, (sender, _) in enumerate(ends) if not waiting[sender]]
    heapify(ready)
    done = [False] * len(ordered)
    result: list[int] = []
    next_left = 0
    while len(result) < len(ordered):
        if ready:
            rank = heappop(ready)
            if done[rank]:
                continue
        else:
            while done[next_left]:
                next_left += 1
            rank = next_left
        done[rank] = True
        result.append(ordered[rank])
        sender, receiver = ends[rank]
        if sender != receiver:
            waiting[receiver] -= 1
            if not waiting[receiver]:
                for other in leaving[receiver]:
                    if not done[other]:
                        heappush(ready, other)
    return result


__all__ = ["causal_order", "several_one_way", "ties"]
