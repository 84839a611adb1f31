"""Haircut (Möser, Böhme, Breuker 2014): a transfer carries taint in proportion tainted / total balance."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels import ahead
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
    total = len(source)
    balance, held = opening.copy(), zeros(amount, len(kind) * incidents)
    # Most nodes never hold taint; one byte says so sooner than what they hold, which would have to be fetched.
    marked = np.zeros(len(kind), np.bool_)
    if mode != EXACT:
        marked[:] = unsure
    rows, labels, parts = np.empty(room, np.int32), np.empty(room, np.int16), zeros(amount, room)
    count, at = 0, 0
    next_seed = seed_row[0] if len(seed_row) else total
    for i in range(total):
        if i + ahead.ROWS < total:
            pays, gets = np.uint32(source[i + ahead.ROWS]), np.uint32(target[i + ahead.ROWS])
            ahead.soon(marked, pays)
            ahead.soon(balance, pays)
            ahead.soon(balance, gets)
            ahead.soon(held, pays * incidents)
            ahead.soon(held, gets * incidents)
        # unsigned: no look whether an index counts from the end, which took a third of the time
        ends: Any = np.uint32(source[i]), np.uint32(target[i])
        s, t = ends
        v = get(amount, i)
        takes = True
        if marked[s] or i == next_seed:
            began, live = count, status[i] != CLEAN and s != t
            while i == next_seed:
                if live:
                    rows[count], labels[count] = i, seed_incident[at]
                    put(parts, count, get(seed_amount, at))
                    count, takes = count + 1, False
                at += 1
                next_seed = seed_row[at] if at < len(seed_row) else total
            if live and takes and positive(v):  # a node that keeps what it gets holds nothing here
                if mode != EXACT and unsure[s]:
                    if mode != LEAST:
                        rows[count], labels[count] = i, 0
                        put(parts, count, v)
                        count += 1
                else:
                    for k in range(s * incidents, (s + 1) * incidents):
                        mine = get(held, k)
                        if positive(mine):
                            part = muldiv(mine, v, get(balance, s))
                            if positive(part):
                                put(held, k, sub(mine, part))
                                rows[count], labels[count] = i, k - s * incidents
                                put(parts, count, part)
                                count += 1
            if count > began and status[i] == FOLLOWED and not keeps(kind[t]):
                marked[t] = True
                for j in range(began, count):
                    place = t * incidents + labels[j]
                    put(held, place, add(get(held, place), get(parts, j)))
        if takes:
            put(balance, s, sub(get(balance, s), v))
        put(balance, t, add(get(balance, t), v))
    return rows[:count], labels[:count], parts[:count], held


__all__ = ["haircut", "opening_balances"]
