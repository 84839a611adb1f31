"""Poison (Möser, Böhme, Breuker 2014): everything that leaves after the first tainted arrival is tainted, wholly."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import inline, kernel
from workbench.analysis.kernels.rows import (
    CLEAN,
    DEEP,
    FEE,
    FOLLOWED,
    ITSELF,
    SOURCE,
    STOP,
    UNREACHED,
)


@inline
def _settle(
    i: int, source: Any, target: Any, barred: Any, kind: Any, max_depth: int, seed_incident: Any, seed_hop: Any,
    first: int, last: int, status: Any, hops: Any, of_row: Any, depth: Any, of_node: Any,
) -> bool:  # fmt: skip
    """Decide one row; whether its receiver is newly, or more nearly, tainted."""
    s, t = source[i], target[i]
    hop, incidents = UNREACHED, np.uint64(0)
    if depth[s] < UNREACHED and kind[s] != STOP and kind[s] != FEE and kind[s] != SOURCE:
        hop, incidents = depth[s] + 1, of_node[s]
    for seed in range(first, last):
        hop = min(hop, seed_hop[seed])
        incidents |= np.uint64(1) << np.uint64(seed_incident[seed])
    if hop >= UNREACHED:
        return False
    hops[i] = hop
    if len(of_row):
        of_row[i] = incidents
    if s == t:
        status[i] = ITSELF
    elif barred[i] != CLEAN:
        status[i] = barred[i]
    elif max_depth > 0 and hop > max_depth:
        status[i] = DEEP
    else:
        status[i] = FOLLOWED
        if hop < depth[t] or incidents & ~of_node[t]:
            depth[t] = min(hop, depth[t])
            of_node[t] |= incidents
            return True
    return False


@kernel
def poison(
    source: Any, target: Any, tied: Any, barred: Any, kind: Any,
    seed_row: Any, seed_incident: Any, seed_hop: Any, max_depth: int,
) -> Any:  # fmt: skip
    """One pass over rows in causal order: which rows and nodes taint reaches, in how few hops, of which incidents.

    `tied[i]`: the order of row i and the one before it is not known. Inside such a run a row is tainted when *some*
    order taints it. `barred[i]`: 0, or why the row is not followed (ZERO, SMALL, GUARDED, …). Seeds, sorted by row,
    are rows that are tainted of themselves. Incidents are numbered from 0 to 63.

    Returns status and hops of rows, incidents (a bit each) of rows where there are several, depth and incidents of
    nodes.
    """
    total, nodes = len(source), len(kind)
    several = False
    for incident in seed_incident:
        several |= incident > 0
    status = np.zeros(total, np.uint8)
    hops = np.zeros(total, np.int32)
    of_row = np.zeros(total if several else 0, np.uint64)
    depth = np.full(nodes, UNREACHED, np.int32)
    of_node = np.zeros(nodes, np.uint64)
    seeds, at = len(seed_row), 0
    i = 0
    while i < total:
        if not (i + 1 < total and tied[i + 1]):
            if depth[source[i]] == UNREACHED and (at == seeds or seed_row[at] != i):
                i += 1
                continue
            first = at
            while at < seeds and seed_row[at] == i:
                at += 1
            _settle(
                i, source, target, barred, kind, max_depth, seed_incident, seed_hop, first, at,
                status, hops, of_row, depth, of_node,
            )  # fmt: skip
            i += 1
            continue
        end = i + 1
        while end < total and tied[end]:
            end += 1
        last = at
        while last < seeds and seed_row[last] < end:
            last += 1
        changed = True
        while changed:  # taint spreads inside the tie until nothing comes nearer; hops only fall
            changed = False
            seed = at
            for j in range(i, end):
                first = seed
                while seed < last and seed_row[seed] == j:
                    seed += 1
                if depth[source[j]] < UNREACHED or seed > first:
                    changed |= _settle(
                        j, source, target, barred, kind, max_depth, seed_incident, seed_hop, first, seed,
                        status, hops, of_row, depth, of_node,
                    )  # fmt: skip
        at = last
        i = end
    return status, hops, of_row, depth, of_node


__all__ = ["poison"]
