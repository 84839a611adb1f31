"""Puts transfers in the order of the ledger, and finds where the ledger gives none.

Two transfers of one millisecond are *tied* unless block and position tell them apart. Inside a tie
they are taken in causal order, arrivals before departures, which is one of the orders the data
allow; wallets whose result depends on that choice are flagged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import NamedTuple


class Place(NamedTuple):
    """What is known of a transfer's place in the order, and its ends."""

    time_ms: int
    block: int
    """-1 where unknown."""
    position: int
    """-1 where unknown."""
    id: str
    source: int
    target: int
    network: str
    """Blocks of different networks cannot be compared."""


@dataclass(frozen=True)
class Order:
    """A permutation of the rows, and which of them are tied."""

    rows: list[int]
    """Row numbers, in the order in which they are to be taken."""
    ties: list[int]
    """For each place in `rows`, the number of its tie: equal numbers have no known order among them."""
    ambiguous: set[int]
    """Nodes that both receive and send within one tie."""


def causal_order(places: Sequence[Place]) -> Order:
    """Order rows by time, block, position; inside a tie arrivals before departures, then by transfer id.

    The result depends on the set of rows only, not on the order in which they are given.
    """
    known = sorted(range(len(places)), key=lambda i: places[i][:4])
    rows: list[int] = []
    ties: list[int] = []
    ambiguous: set[int] = set()
    number = 0
    for tie in _ties(known, places):
        if len(tie) > 1:
            senders = {places[i].source for i in tie if places[i].source != places[i].target}
            receivers = {places[i].target for i in tie if places[i].source != places[i].target}
            if both := senders & receivers:
                ambiguous |= both
                tie = _arrivals_first(tie, places)
        rows += tie
        ties += [number] * len(tie)
        number += 1
    return Order(rows, ties, ambiguous)


def _ties(known: list[int], places: Sequence[Place]) -> list[list[int]]:
    """Split rows sorted by time into runs whose order is not known."""
    runs: list[list[int]] = []
    for same_time in _runs(known, lambda place: place.time_ms, places):
        by_block = _all_known(same_time, places, lambda place: place.block)
        for same_block in _runs(same_time, lambda place: place.block, places) if by_block else [same_time]:
            by_place = by_block and _all_known(same_block, places, lambda place: place.position)
            runs += _runs(same_block, lambda place: place.position, places) if by_place else [same_block]
    return runs


def _runs(rows: list[int], key, places: Sequence[Place]) -> list[list[int]]:  # type: ignore[no-untyped-def]
    if len(rows) == 1:
        return [rows]
    runs: list[list[int]] = []
    last = None
    for row in rows:
        value = key(places[row])
        if runs and value == last:
            runs[-1].append(row)
        else:
            runs.append([row])
        last = value
    return runs


def _all_known(rows: list[int], places: Sequence[Place], key) -> bool:  # type: ignore[no-untyped-def]
    first = places[rows[0]].network
    return all(key(places[row]) >= 0 and places[row].network == first for row in rows)


def _arrivals_first(tie: list[int], places: Sequence[Place]) -> list[int]:
    """Kahn's topological order with the smallest id first; a cycle is entered at its smallest id."""
    ordered = sorted(tie, key=lambda row: places[row].id)
    waiting: dict[int, int] = defaultdict(int)  # node → arrivals still to come
    leaving: dict[int, list[int]] = defaultdict(list)  # node → ranks of rows that leave it
    for rank, row in enumerate(ordered):
        place = places[row]
        leaving[place.source].append(rank)
        if place.source != place.target:
            waiting[place.target] += 1
    ready = [rank for rank, row in enumerate(ordered) if not waiting[places[row].source]]
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
        place = places[ordered[rank]]
        result.append(ordered[rank])
        if place.source != place.target:
            waiting[place.target] -= 1
            if not waiting[place.target]:
                for other in leaving[place.target]:
                    if not done[other]:
                        heappush(ready, other)
    return result
