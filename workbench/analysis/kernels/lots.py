"""FIFO and LIFO, without keeping clean value in lots.

FIFO is Clayton's case as Anderson, Shumailov and Ahmed (2018), "Making Bitcoin Legal", apply it: the k-th unit that
came in is the k-th that goes out. So it is enough to know, of every account, how much came in and went out, and at
which places of that stream the tainted units stand. LIFO is a stack: the tainted units stand at heights of the balance.
Either way clean transfers cost no more than a balance. Value that moves keeps the order in which it leaves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.kernels import ahead
from workbench.analysis.kernels.jit import kernel
from workbench.analysis.kernels.rows import CLEAN, EXACT, FOLLOWED, LEAST, entry, keeps
from workbench.analysis.kernels.wide import add, get, less, positive, put, sub, zeros

_NONE = -1


@kernel
def _held(nodes: int, incidents: int, head: Any, following: Any, of: Any, size: Any) -> Any:
    held = zeros(size, nodes * incidents)
    for node in range(nodes):
        lot = head[node]
        while lot != _NONE:
            place = node * incidents + of[lot]
            put(held, place, add(get(held, place), get(size, lot)))
            lot = following[lot]
    return held


@kernel
def fifo(
    source: Any, target: Any, amount: Any, status: Any, kind: Any, opening: Any, incidents: int,
    seed_row: Any, seed_incident: Any, seed_amount: Any, unsure: Any, mode: int, room: int,
) -> Any:  # fmt: skip
    """First in, first out; an opening balance came first. Parameters and result are those of `haircut.haircut`."""
    nodes, lots_room = len(kind), room + len(seed_row) + 2
    came, went = opening.copy(), zeros(amount, nodes)
    head, tail = np.full(nodes, _NONE, np.int32), np.full(nodes, _NONE, np.int32)
    of, following = np.empty(lots_room, np.int16), np.empty(lots_room, np.int32)
    start, size = zeros(amount, lots_room), zeros(amount, lots_room)
    rows, labels, parts = np.empty(room, np.int32), np.empty(room, np.int16), zeros(amount, room)
    count, at, used, free = 0, 0, 0, _NONE
    total = len(source)
    for i in range(total):
        if i + ahead.ROWS < total:
            pays, gets = np.uint32(source[i + ahead.ROWS]), np.uint32(target[i + ahead.ROWS])
            ahead.soon(went, pays)
            ahead.soon(head, pays)
            ahead.soon(came, gets)
        ends: Any = np.uint32(source[i]), np.uint32(target[i])
        s, t = ends
        v = get(amount, i)
        takes = True
        if status[i] != CLEAN and s != t:
            began, place, seeded = count, get(came, t), False
            leaves = get(went, s)
            end = add(leaves, v)
            while at < len(seed_row) and seed_row[at] < i:
                at += 1
            while True:
                # the next tainted piece of this row: a seed, the row as a whole, or a part of the sender's next lot
                if at < len(seed_row) and seed_row[at] == i:
                    label, value, where = seed_incident[at], get(seed_amount, at), place
                    place = add(place, value)
                    at += 1
                    seeded, takes = True, False
                elif seeded:
                    break
                elif mode != EXACT and unsure[s]:
                    if mode == LEAST:
                        break
                    label, value, where, seeded = np.int16(0), v, place, True
                else:
                    lot = head[s]  # a node that keeps what it gets has none
                    if lot == _NONE or not less(get(start, lot), end):
                        break
                    begins, value, label = get(start, lot), get(size, lot), of[lot]
                    where = add(place, sub(begins, leaves))
                    inside = sub(end, begins)
                    if less(inside, value):
                        put(start, lot, end)
                        put(size, lot, sub(value, inside))
                        value = inside
                    else:
                        head[s] = following[lot]
                        if head[s] == _NONE:
                            tail[s] = _NONE
                        following[lot], free = free, lot
                if not positive(value):
                    continue
                spot, more = entry(label, i, began, count, rows, labels)
                put(parts, spot, add(get(parts, spot), value) if more == count else value)
                count = more
                if status[i] == FOLLOWED and not keeps(kind[t]):
                    last = tail[t]
                    if last != _NONE and of[last] == label and get(start, last) == sub(where, get(size, last)):
                        put(size, last, add(get(size, last), value))
                    else:
                        if free != _NONE:
                            lot, free = free, following[free]
                        else:
                            lot, used = used, used + 1
                        of[lot], following[lot] = label, _NONE
                        put(start, lot, where)
                        put(size, lot, value)
                        if last == _NONE:
                            head[t] = lot
                        else:
                            following[last] = lot
                        tail[t] = lot
        if s != t:
            if takes:
                put(went, s, add(get(went, s), v))
            put(came, t, add(get(came, t), v))
    return rows[:count], labels[:count], parts[:count], _held(nodes, incidents, head, following, of, size)


@kernel
def lifo(
    source: Any, target: Any, amount: Any, status: Any, kind: Any, opening: Any, incidents: int,
    seed_row: Any, seed_incident: Any, seed_amount: Any, unsure: Any, mode: int, room: int,
) -> Any:  # fmt: skip
    """Last in, first out; an opening balance lies deepest. Parameters and result are those of `haircut.haircut`."""
    nodes, lots_room = len(kind), room + len(seed_row) + 2
    height = opening.copy()
    head = np.full(nodes, _NONE, np.int32)
    of, following = np.empty(lots_room, np.int16), np.empty(lots_room, np.int32)
    top, size = zeros(amount, lots_room), zeros(amount, lots_room)
    rows, labels, parts = np.empty(room, np.int32), np.empty(room, np.int16), zeros(amount, room)
    count, at, used, free = 0, 0, 0, _NONE
    total = len(source)
    for i in range(total):
        if i + ahead.ROWS < total:
            pays, gets = np.uint32(source[i + ahead.ROWS]), np.uint32(target[i + ahead.ROWS])
            ahead.soon(height, pays)
            ahead.soon(head, pays)
            ahead.soon(height, gets)
        ends: Any = np.uint32(source[i]), np.uint32(target[i])
        s, t = ends
        v = get(amount, i)
        takes = True
        if status[i] != CLEAN and s != t:
            began, place, seeded = count, get(height, t), False
            above = get(height, s)
            while at < len(seed_row) and seed_row[at] < i:
                at += 1
            while True:
                if at < len(seed_row) and seed_row[at] == i:
                    label, value, where = seed_incident[at], get(seed_amount, at), place
                    place = add(place, value)
                    at += 1
                    seeded, takes = True, False
                elif seeded:
                    break
                elif mode != EXACT and unsure[s]:
                    if mode == LEAST:
                        break
                    label, value, where, seeded = np.int16(0), v, place, True
                else:
                    lot = head[s]  # a node that keeps what it gets has none
                    if lot == _NONE:
                        break
                    floor = sub(above, v)
                    if not less(floor, get(top, lot)):
                        break
                    peak, value, label = get(top, lot), get(size, lot), of[lot]
                    where = add(place, sub(above, peak))
                    inside = sub(peak, floor)
                    if less(inside, value):
                        put(top, lot, floor)
                        put(size, lot, sub(value, inside))
                        value = inside
                    else:
                        head[s] = following[lot]
                        following[lot], free = free, lot
                if not positive(value):
                    continue
                spot, more = entry(label, i, began, count, rows, labels)
                put(parts, spot, add(get(parts, spot), value) if more == count else value)
                count = more
                if status[i] == FOLLOWED and not keeps(kind[t]):
                    last = head[t]
                    if last != _NONE and of[last] == label and get(top, last) == where:
                        put(top, last, add(where, value))
                        put(size, last, add(get(size, last), value))
                    else:
                        if free != _NONE:
                            lot, free = free, following[free]
                        else:
                            lot, used = used, used + 1
                        of[lot], following[lot] = label, last
                        put(top, lot, add(where, value))
                        put(size, lot, value)
                        head[t] = lot
        if s != t:
            if takes:
                put(height, s, sub(get(height, s), v))
            put(height, t, add(get(height, t), v))
    return rows[:count], labels[:count], parts[:count], _held(nodes, incidents, head, following, of, size)


__all__ = ["fifo", "lifo"]
