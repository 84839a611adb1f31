"""TIHO, taint in, highest out (Tironsakkul et al. 2019): tainted value goes to the largest outputs first.

In the account model the outputs of an address are its transfers between two arrivals (a run); in the UTXO model they
are the outputs of a transaction. Of the tainted value the oldest leaves first, so that incidents stay apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels.jit import kernel
from workbench.analysis.kernels.rows import CLEAN, EXACT, FOLLOWED, LEAST, entry, keeps
from workbench.analysis.kernels.wide import add, get, less, positive, put, sub, zero, zeros

_NONE = -1


@kernel
def runs(source: Any, target: Any, status: Any, kind: Any) -> Any:
    """For each tainted row the next one of its run (-1 at the end), and whether it begins its run."""
    total = len(source)
    following, begins = np.full(total, _NONE, np.int32), np.zeros(total, np.bool_)
    state = np.zeros((len(kind), 4), np.int32)  # arrivals so far; arrivals at the last tainted sending; its row
    state[:, 1:] = _NONE
    for i in range(total):
        s, t = source[i], target[i]
        if status[i] != CLEAN and s != t and not keeps(kind[s]):
            if state[s, 1] == state[s, 0]:
                following[state[s, 2]] = i
            else:
                begins[i] = True
                state[s, 1] = state[s, 0]
            state[s, 2] = i
        state[t, 0] += s != t
    return following, begins


@kernel
def _share_out(first: int, following: Any, amount: Any, tainted: Any, assigned: Any) -> None:
    """Give a run's largest rows the taint, the earlier of equals first."""
    if following[first] == _NONE:
        v = get(amount, first)
        put(assigned, first, tainted if less(tainted, v) else v)
        return
    count, i = 0, first
    while i != _NONE:
        count, i = count + 1, following[i]
    members, i = np.empty(count, np.int32), first
    for j in range(count):
        members[j], i = i, following[i]
    _by_size(members, count, amount)
    for j in range(count):
        v = get(amount, members[j])
        part = tainted if less(tainted, v) else v
        put(assigned, members[j], part)
        tainted = sub(tainted, part)


@kernel
def _before(a: int, b: int, amount: Any) -> bool:
    x, y = get(amount, a), get(amount, b)
    return less(y, x) or (not less(x, y) and a < b)


@kernel
def _by_size(members: Any, count: int, amount: Any) -> None:
    """Heap sort, largest first: a run can be long, and it is sorted where it stands."""
    for start in range(count // 2 - 1, -1, -1):
        _sink(members, start, count, amount)
    for end in range(count - 1, 0, -1):
        members[0], members[end] = members[end], members[0]
        _sink(members, 0, end, amount)


@kernel
def _sink(members: Any, root: int, count: int, amount: Any) -> None:
    while 2 * root + 1 < count:
        child = 2 * root + 1
        if child + 1 < count and _before(members[child], members[child + 1], amount):
            child += 1
        if not _before(members[root], members[child], amount):
            return
        members[root], members[child] = members[child], members[root]
        root = child


@kernel
def tiho(
    source: Any, target: Any, amount: Any, status: Any, kind: Any, incidents: int,
    seed_row: Any, seed_incident: Any, seed_amount: Any, unsure: Any, mode: int, room: int,
) -> Any:  # fmt: skip
    """One pass over the tainted rows: clean value has no place in the order, so no balance is needed.

    Parameters and result are those of `haircut.haircut`.
    """
    following, begins = runs(source, target, status, kind)
    nodes, lots_room = len(kind), room + len(seed_row) + 2
    assigned, total = zeros(amount, len(source)), zeros(amount, nodes)
    head, tail = np.full(nodes, _NONE, np.int32), np.full(nodes, _NONE, np.int32)
    of, after, size = np.empty(lots_room, np.int16), np.empty(lots_room, np.int32), zeros(amount, lots_room)
    rows, labels, parts = np.empty(room, np.int32), np.empty(room, np.int16), zeros(amount, room)
    count, at, used, free = 0, 0, 0, _NONE
    for i in range(len(source)):
        if status[i] == CLEAN:
            continue
        s, t = source[i], target[i]
        if s == t:
            continue
        began = count
        onward, seeded, sends = status[i] == FOLLOWED and not keeps(kind[t]), False, not keeps(kind[s])
        while at < len(seed_row) and seed_row[at] < i:
            at += 1
        left = zero(amount)
        if sends:
            if begins[i] and positive(get(total, s)):
                _share_out(i, following, amount, get(total, s), assigned)
            left = get(assigned, i)
        while True:
            if at < len(seed_row) and seed_row[at] == i:
                label, value = seed_incident[at], get(seed_amount, at)
                at += 1
                seeded = True
            elif seeded or not sends:
                break
            elif mode != EXACT and unsure[s]:
                if mode == LEAST:
                    break
                label, value, seeded = np.int16(0), get(amount, i), True
            else:
                if not positive(left):
                    break
                lot = head[s]
                value, label = get(size, lot), of[lot]
                if less(left, value):
                    put(size, lot, sub(value, left))
                    value = left
                else:
                    head[s] = after[lot]
                    if head[s] == _NONE:
                        tail[s] = _NONE
                    after[lot], free = free, lot
                left = sub(left, value)
                put(total, s, sub(get(total, s), value))
            if not positive(value):
                continue
            spot, more = entry(label, i, began, count, rows, labels)
            put(parts, spot, add(get(parts, spot), value) if more == count else value)
            count = more
            if onward:
                put(total, t, add(get(total, t), value))
                last = tail[t]
                if last != _NONE and of[last] == label:
                    put(size, last, add(get(size, last), value))
                    continue
                if free != _NONE:
                    lot, free = free, after[free]
                else:
                    lot, used = used, used + 1
                of[lot], after[lot] = label, _NONE
                put(size, lot, value)
                if last == _NONE:
                    head[t] = lot
                else:
                    after[last] = lot
                tail[t] = lot
    held = zeros(amount, nodes * incidents)
    for node in range(nodes):
        lot = head[node]
        while lot != _NONE:
            place = node * incidents + of[lot]
            put(held, place, add(get(held, place), get(size, lot)))
            lot = after[lot]
    return rows[:count], labels[:count], parts[:count], held


__all__ = ["runs", "tiho"]
