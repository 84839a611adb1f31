"""Which wallets value can have reached: with and without regard to time."""

from __future__ import annotations

from collections.abc import Collection
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.projection import Integers

NEVER = np.iinfo(np.int64).max


class Neighbours:
    """Rows by their sender, in the order of time."""

    def __init__(self, source: Integers, target: Integers, time_ms: Integers, rows: NDArray[Any], size: int) -> None:
        """`rows` is a mask: which rows may be followed at all; nodes are 0…`size`-1."""
        picked = np.flatnonzero(rows)
        order = picked[np.lexsort((time_ms[picked], source[picked]))]
        self.size = size
        self._target = target[order]
        self._time = time_ms[order]
        self._start = np.searchsorted(source[order], np.arange(size + 1))

    def after(self, wallet: int, time_ms: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Receivers and times of what the wallet sent at `time_ms` or later."""
        start, end = int(self._start[wallet]), int(self._start[wallet + 1])
        start += int(np.searchsorted(self._time[start:end], time_ms))
        return self._target[start:end], self._time[start:end]


def split_routers(
    source: Integers, target: Integers, time_ms: Integers, routers: Collection[int], size: int
) -> tuple[Integers, Integers, Integers]:
    """Give a router another node at every instant: what it sends on then is all that can be what it just got.

    Returns source, target, and for every node (the `size` wallets, then the new ones) its wallet.
    """
    owner = np.arange(size, dtype=np.int64)
    if not routers:
        return source, target, owner
    ends = np.stack([source, target])
    at = np.isin(ends, list(routers))
    pairs = np.stack([ends[at], np.broadcast_to(time_ms, ends.shape)[at]], axis=1)
    distinct, number = np.unique(pairs, axis=0, return_inverse=True)
    ends[at] = size + number.reshape(-1)
    return ends[0], ends[1], np.concatenate([owner, distinct[:, 0]])


def earliest_arrivals(
    neighbours: Neighbours, sources: Collection[int], stops: Collection[int], *, timely: bool = True
) -> Integers:
    """For each node the earliest time (ms) value from `sources` can have arrived; NEVER if it cannot.

    No transfer earlier than the arrival it spends is used; equal times are (the order inside a
    millisecond is for the caller to settle). Nothing is followed out of `stops`. With `timely=False`
    time is ignored: static reach, in which 0 stands for reached.
    """
    arrival = np.full(neighbours.size, NEVER, np.int64)
    blocked = set(stops)
    todo: list[tuple[int, int]] = []
    for source in sorted(sources):
        arrival[source] = 0
        todo.append((0, source))
    done: set[int] = set()
    while todo:
        time_ms, wallet = heappop(todo)
        if wallet in done or wallet in blocked:
            continue
        done.add(wallet)
        targets, times = neighbours.after(wallet, time_ms)
        if not timely:
            times = np.zeros_like(times)
        better = times < arrival[targets]
        for target, time in zip(targets[better].tolist(), times[better].tolist(), strict=True):
            if time < arrival[target]:
                arrival[target] = time
                heappush(todo, (time, target))
    return arrival
