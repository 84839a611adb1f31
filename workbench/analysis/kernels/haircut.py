"""Haircut (Möser, Böhme, Breuker 2014): a transfer carries taint in proportion tainted / total balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import kernel
from workbench.analysis.kernels.rows import CLEAN, EXACT, FOLLOWED, LEAST, keeps
from workbench.analysis.kernels.wide import add, get, less, muldiv, positive, put, sub, zero, zeros


@kernel
def opening_balances(source: Any, target: Any, amount: Any, kind: Any) -> Any:
    """For each node the smallest opening balance with which it never spends more than it has, and what it ends with."""
    balance, opening = zeros(amount, len(kind)), zeros(amount, len(kind))
    for i in range(len(source)):
        s, t = source[i], target[i]
        if s == t:
            continue
        v, have = get(amount, i), get(balance, s)
        if less(have, v):
            if not keeps(kind[s]):
                put(opening, s, add(get(opening, s), sub(v, have)))
            put(balance, s, zero(amount))
        else:
            put(balance, s, sub(have, v))
        put(balance, t, add(get(balance, t), v))
    return opening, balance


@kernel
def haircut(
    source: Any, target: Any, amount: Any, status: Any, kind: Any, opening: Any, incidents: int,
    seed_row: Any, seed_incident: Any, seed_amount: Any, unsure: Any, mode: int, room: int,
) -> Any:  # fmt: skip
    """Floor in base units; the remainder stays with the sender, so that nothing is lost.

    `status` is poison's. A seed is a row that carries so much of an incident of itself (what a source sends, what comes
    out of a swap); it takes nothing from its sender. `room`: how many results there can be. Returns (rows, incidents,
    amounts) of what is not zero, in the order of rows, and what is held, an amount for every node and incident
    (`node * incidents + incident`).
    """
    width, total = incidents + 1, len(source)
    state = zeros(amount, len(kind) * width)  # of every node its balance, then what it holds of each incident
    for node in range(len(kind)):
        put(state, node * width, get(opening, node))
    rows, labels, parts = np.empty(room, np.int32), np.empty(room, np.int16), zeros(amount, room)
    count, at = 0, 0
    next_seed = seed_row[0] if len(seed_row) else total
    for i in range(total):
        s, t = source[i], target[i]
        from_, to = s * width, t * width
        v = get(amount, i)
        takes = True
        if status[i] != CLEAN and s != t:
            began = count
            while next_seed <= i:
                if next_seed == i:
                    rows[count], labels[count] = i, seed_incident[at]
                    put(parts, count, get(seed_amount, at))
                    count, takes = count + 1, False
                at += 1
                next_seed = seed_row[at] if at < len(seed_row) else total
            if takes:  # a node that keeps what it gets holds nothing here
                if mode != EXACT and unsure[s]:
                    if mode != LEAST and positive(v):
                        rows[count], labels[count] = i, 0
                        put(parts, count, v)
                        count += 1
                else:
                    for k in range(1, width):
                        mine = get(state, from_ + k)
                        if positive(mine) and positive(v):
                            part = muldiv(mine, v, get(state, from_))
                            if positive(part):
                                put(state, from_ + k, sub(mine, part))
                                rows[count], labels[count] = i, k - 1
                                put(parts, count, part)
                                count += 1
            if count > began and status[i] == FOLLOWED and not keeps(kind[t]):
                for j in range(began, count):
                    place = to + 1 + labels[j]
                    put(state, place, add(get(state, place), get(parts, j)))
        if takes:
            put(state, from_, sub(get(state, from_), v))
        put(state, to, add(get(state, to), v))
    held = zeros(amount, len(kind) * incidents)
    for node in range(len(kind)):
        for k in range(incidents):
            put(held, node * incidents + k, get(state, node * width + 1 + k))
    return rows[:count], labels[:count], parts[:count], held


__all__ = ["haircut", "opening_balances"]
