"""How far, and with what share of value, wallets are from labelled ones: loops over adjacency in rows (CSR).

Distance: one breadth-first search from all labelled wallets of up to 64 categories at once, a bit a category (the
idea of MS-BFS: Then et al. 2014, "The More the Merrier"). Value: `X = P X + X0` over a number of hops, where a row of
P is the shares of a wallet's value by counterparty, and labelled rows absorb. Neither knows of time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.jit import kernel

Array = NDArray[Any]

MOST = 64
"""Categories in one search: bits of a word."""
FAR = 255
"""Stands for: not within the hops that were asked."""
WIDTH = 8
"""Categories in one pass of `shares`: a row is one line of the cache."""


@kernel
def rows(nodes: int, source: Array, target: Array, weight: Array) -> tuple[Array, Array, Array]:
    """The edges grouped by `source`: where each node's begin, their targets and their weights."""
    start = np.zeros(nodes + 1, np.int64)
    for i in range(len(source)):
        start[source[i] + 1] += 1
    for i in range(nodes):
        start[i + 1] += start[i]
    place = start[:-1].copy()
    to = np.empty(len(source), np.int32)
    value = np.empty(len(source), np.float64)
    for i in range(len(source)):
        at = place[source[i]]
        place[source[i]] = at + 1
        to[at] = target[i]
        value[at] = weight[i]
    return start, to, value


@kernel
def hops(start: Array, to: Array, labels: Array, closed: Array, most: int, distance: Array) -> None:
    """Fill `distance` (nodes × categories, uint8): fewest edges from a labelled node, 0 for itself, else FAR.

    `labels` is a bit a category (uint64). A path may begin or end at a `closed` node and never passes one.
    """
    nodes = len(labels)
    seen = labels.copy()
    fresh = labels.copy()
    following = np.zeros(nodes, np.uint64)
    front = np.empty(nodes, np.int64)
    ahead = np.empty(nodes, np.int64)
    size = 0
    one = np.uint64(1)
    for v in range(nodes):
        for c in range(distance.shape[1]):
            distance[v, c] = 0 if (labels[v] >> np.uint64(c)) & one else 255
        if labels[v]:
            front[size] = v
            size += 1
    for hop in range(1, most + 1):
        found = 0
        for i in range(size):
            u = front[i]
            bits = fresh[u]
            fresh[u] = 0
            if hop > 1 and closed[u]:
                continue
            for e in range(start[u], start[u + 1]):
                v = to[e]
                new = bits & ~seen[v]
                if new:
                    if not following[v]:
                        ahead[found] = v
                        found += 1
                    following[v] |= new
                    seen[v] |= new
        for i in range(found):
            v = ahead[i]
            bits = following[v]
            following[v] = 0
            fresh[v] = bits
            for c in range(distance.shape[1]):
                if (bits >> np.uint64(c)) & one:
                    distance[v, c] = hop
        front, ahead = ahead, front
        size = found
        if not size:
            break


@kernel
def shares(start: Array, to: Array, value: Array, labels: Array, absorbing: Array, most: int) -> tuple[Array, Array]:
    """Shares of every node's value by category over `most` hops (nodes × 8), and the share absorbed anywhere.

    `labels` is nodes × 8 (0 or 1). A node is not its own counterparty: its row is what the others' rows make of it,
    so that a labelled node's own label is not in its exposure. Rows without value are 0.
    """
    nodes = len(absorbing)
    now = labels.copy()
    caught = absorbing.astype(np.float64)
    after = np.empty_like(now)
    caught_after = np.empty_like(caught)
    total = np.zeros(nodes)
    for u in range(nodes):
        for e in range(start[u], start[u + 1]):
            if to[e] != u:
                total[u] += value[e]
    for hop in range(most):
        last = hop == most - 1
        for u in range(nodes):
            if absorbing[u] and not last:
                for c in range(8):
                    after[u, c] = labels[u, c]
                caught_after[u] = 1.0
                continue
            a0 = a1 = a2 = a3 = a4 = a5 = a6 = a7 = any_ = 0.0
            if total[u] > 0.0:
                for e in range(start[u], start[u + 1]):
                    v = to[e]
                    if caught[v] > 0.0 and v != u:
                        w = value[e]
                        any_ += w * caught[v]
                        a0 += w * now[v, 0]
                        a1 += w * now[v, 1]
                        a2 += w * now[v, 2]
                        a3 += w * now[v, 3]
                        a4 += w * now[v, 4]
                        a5 += w * now[v, 5]
                        a6 += w * now[v, 6]
                        a7 += w * now[v, 7]
                scale = 1.0 / total[u]
                any_ *= scale
                a0 *= scale
                a1 *= scale
                a2 *= scale
                a3 *= scale
                a4 *= scale
                a5 *= scale
                a6 *= scale
                a7 *= scale
            caught_after[u] = any_
            after[u, 0] = a0
            after[u, 1] = a1
            after[u, 2] = a2
            after[u, 3] = a3
            after[u, 4] = a4
            after[u, 5] = a5
            after[u, 6] = a6
            after[u, 7] = a7
        now, after = after, now
        caught, caught_after = caught_after, caught
    return now, caught


@kernel
def widest(start: Array, to: Array, value: Array, distance: Array, closed: Array, wallet: int) -> tuple[Array, float]:
    """Nodes of the widest of the shortest paths from `wallet` down to a node at distance 0, and its width.

    The width of a path is the smallest value on it; of equal widths the smaller node is taken. `start`, `to` lead
    from a wallet to those one hop nearer. Empty where there is no path.
    """
    far = distance[wallet]
    if far == 255 or far == 0:
        return np.empty(0, np.int64), 0.0
    layer = np.array([wallet], np.int64)
    width = np.array([np.inf])
    nodes = [layer]
    parents = [np.zeros(1, np.int64)]
    for left in range(far - 1, -1, -1):
        at: Any = {np.int64(-1): np.int64(-1)}
        found = [np.int64(0) for _ in range(0)]
        wide = [0.0 for _ in range(0)]
        back: Any = [np.int64(0) for _ in range(0)]
        for i in range(len(layer)):
            u = layer[i]
            for e in range(start[u], start[u + 1]):
                v = np.int64(to[e])
                if distance[v] != left or (closed[v] and left > 0):
                    continue
                w = min(width[i], value[e])
                if v in at:
                    j = at[v]
                    if w > wide[j]:
                        wide[j] = w
                        back[j] = i
                else:
                    at[v] = np.int64(len(found))
                    found.append(v)
                    wide.append(w)
                    back.append(np.int64(i))
        layer = np.array(found)
        width = np.array(wide)
        nodes.append(layer)
        parents.append(np.array(back))
    best = 0
    for i in range(len(layer)):
        if width[i] > width[best] or (width[i] == width[best] and layer[i] < layer[best]):
            best = i
    path = np.empty(far + 1, np.int64)
    step = best
    for level in range(far, -1, -1):
        path[level] = nodes[level][step]
        step = parents[level][step]
    return path, width[best]


__all__ = ["FAR", "MOST", "WIDTH", "hops", "rows", "shares", "widest"]
