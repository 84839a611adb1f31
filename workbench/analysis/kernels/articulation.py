"""What holds a graph together: for every node, into which parts its component falls without it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.jit import kernel


@kernel
def _parts(start: Any, neighbour: Any, weight: Any, parts: Any, second: Any, largest: Any) -> None:
    """Tarjan's low points without recursion; a child whose subtree cannot get round its parent is a part."""
    n = start.shape[0] - 1
    order = np.full(n, -1, np.int32)
    low = np.zeros(n, np.int32)
    size = np.zeros(n, np.int64)
    parent = np.full(n, -1, np.int32)
    at = start[:-1].copy()
    stack = np.empty(n, np.int32)
    cut = np.zeros(n, np.int64)  # weight of the parts that fall off a node
    members = np.empty(n, np.int32)
    clock = 0
    for root in range(n):
        if order[root] >= 0:
            continue
        top = 0
        stack[0] = root
        order[root] = low[root] = clock
        size[root] = weight[root]
        first = clock
        members[clock] = root
        clock += 1
        while top >= 0:
            node = stack[top]
            if at[node] < start[node + 1]:
                other = neighbour[at[node]]
                at[node] += 1
                if order[other] < 0:
                    parent[other] = node
                    order[other] = low[other] = clock
                    size[other] = weight[other]
                    members[clock] = other
                    clock += 1
                    top += 1
                    stack[top] = other
                elif other != parent[node] and order[other] < low[node]:
                    low[node] = order[other]
                continue
            top -= 1
            above = parent[node]
            if above < 0:
                continue
            size[above] += size[node]
            low[above] = min(low[above], low[node])
            if low[node] >= order[above]:
                parts[above] += 1
                cut[above] += size[node]
                if size[node] > largest[above]:
                    second[above] = largest[above]
                    largest[above] = size[node]
                elif size[node] > second[above]:
                    second[above] = size[node]
        total = size[root]
        for i in range(first, clock):
            node = members[i]
            rest = total - weight[node] - cut[node]
            if node != root and (rest > 0 or parent[node] >= 0):
                parts[node] += 1
                if rest > largest[node]:
                    second[node] = largest[node]
                    largest[node] = rest
                elif rest > second[node]:
                    second[node] = rest


def split_parts(
    wallet: NDArray[np.int32], group: NDArray[np.int32], wallets: int, groups: int
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """For every wallet, then every group of a two-sided graph: parts without it, and wallets in the two largest.

    Rows of `wallet` and `group` are its edges, each pair once. A node without which the component stays whole has at
    most one part.
    """
    nodes = wallets + groups
    ends = np.concatenate([wallet, group + np.int32(wallets)])
    others = np.concatenate([group + np.int32(wallets), wallet])
    order = np.argsort(ends, kind="stable")
    start = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=nodes), out=start[1:])
    weight = np.zeros(nodes, np.int64)
    weight[:wallets] = 1
    parts = np.zeros(nodes, np.int32)
    second = np.zeros(nodes, np.int64)
    largest = np.zeros(nodes, np.int64)
    _parts(start, others[order].astype(np.int32), weight, parts, second, largest)
    return parts, largest, second
