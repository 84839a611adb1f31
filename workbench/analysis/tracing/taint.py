"""The taint kernels: pure functions over the rows of one asset, in order, in exact integers.

Poison and haircut are those of Möser, Böhme and Breuker (2014), "Towards Risk Scoring of Bitcoin
Transactions", in the account model: an address has a balance, not coins. Names and text never enter
here, so that a compiled kernel can take the place of a function without anything else changing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

ORDINARY, SOURCE, STOP, ROUTER = 0, 1, 2, 3
"""Kinds of node. ROUTER is one service within one transaction: value passes through, what stays has crossed."""

CLEAN, FOLLOWED, ZERO, SMALL, DEEP, BETWEEN = 0, 1, 2, 3, 4, 5
"""What became of a row. ZERO, SMALL and DEEP left a tainted address and were not followed; BETWEEN joins sources."""

UNREACHED = 1 << 30


@dataclass(frozen=True)
class Rows:
    """Transfers of one asset in causal order (see `workbench.analysis.ordering`)."""

    source: Sequence[int]
    target: Sequence[int]
    amount: Sequence[int]
    tie: Sequence[int]


@dataclass(frozen=True)
class Poisoned:
    """What poison says of every row and node."""

    status: list[int]
    """For each row one of CLEAN … BETWEEN."""
    hops: list[int]
    """For each row that is not clean, the fewest transfers from a source up to and including it."""
    depth: list[int]
    """For each node the fewest hops at which taint reached it; UNREACHED where none did."""
    sequence: list[int]
    """The followed rows, each after one that made its sender tainted."""


def poison(rows: Rows, kind: Sequence[int], *, min_amount: int = 0, max_depth: int | None = None) -> Poisoned:
    """Everything that leaves an address after the first tainted arrival is tainted, wholly.

    Inside a tie a row is tainted when *some* order of the tied rows taints it, so the result is an
    upper bound over orders. Rows of zero or below `min_amount` (base units), and rows that leave a
    node at `max_depth`, are marked and not followed.
    """
    total = len(rows.amount)
    status = [CLEAN] * total
    hops = [0] * total
    depth = [0 if one == SOURCE else UNREACHED for one in kind]
    sequence: list[int] = []

    def settle(i: int, hop: int) -> bool:
        """Decide one row of a tainted sender; whether its receiver is newly, or more nearly, tainted."""
        hops[i] = hop
        target = rows.target[i]
        if kind[rows.source[i]] == SOURCE == kind[target]:
            status[i] = BETWEEN
        elif not rows.amount[i]:
            status[i] = ZERO
        elif rows.amount[i] < min_amount:
            status[i] = SMALL
        elif max_depth is not None and hop > max_depth:
            status[i] = DEEP
        else:
            status[i] = FOLLOWED
            sequence.append(i)
            if hop < depth[target]:
                depth[target] = hop
                return True
        return False

    i = 0
    while i < total:
        end = i + 1
        while end < total and rows.tie[end] == rows.tie[i]:
            end += 1
        if end == i + 1:
            sender = rows.source[i]
            if depth[sender] < UNREACHED and kind[sender] != STOP:
                settle(i, depth[sender] + 1)
        else:
            _tied(rows, kind, depth, range(i, end), status, settle)
        i = end
    return Poisoned(status, hops, depth, sequence)


def _tied(rows: Rows, kind: Sequence[int], depth: list[int], tie: range, status: list[int], settle) -> None:  # type: ignore[no-untyped-def]
    """Taint spreads inside a tie in every direction, fewest hops first."""
    leaving: dict[int, list[int]] = defaultdict(list)
    for i in tie:
        if kind[rows.source[i]] != STOP:
            leaving[rows.source[i]].append(i)
    todo = [(depth[node] + 1, i) for node, members in leaving.items() if depth[node] < UNREACHED for i in members]
    heapify(todo)
    done: set[int] = set()
    while todo:
        hop, i = heappop(todo)
        if i in done:
            continue
        done.add(i)
        if settle(i, hop):
            for other in leaving.get(rows.target[i], ()):
                if other not in done:
                    heappush(todo, (hop + 1, other))


def opening_balances(rows: Rows, nodes: int, kind: Sequence[int]) -> list[int]:
    """For each node the smallest opening balance with which it never spends more than it has.

    Zero where all that was spent had been seen to arrive. More than zero proves that history is
    missing; zero proves nothing.
    """
    balance = [0] * nodes
    opening = [0] * nodes
    for source, target, amount in zip(rows.source, rows.target, rows.amount, strict=True):
        if kind[source] in (ORDINARY, ROUTER):
            balance[source] -= amount
            if balance[source] < -opening[source]:
                opening[source] = -balance[source]
        balance[target] += amount
    return opening


@dataclass(frozen=True)
class Shares:
    """What haircut says: the tainted part of every row, and what nodes hold at the end."""

    tainted: list[int]
    taint: list[int]
    balance: list[int]


def haircut(
    rows: Rows,
    kind: Sequence[int],
    status: Sequence[int],
    opening: Sequence[int],
    *,
    unsure: Sequence[bool] | None = None,
    everything: bool = False,
) -> Shares:
    """Each transfer carries taint in the proportion tainted / total balance at that moment.

    Floor in base units; the remainder stays with the sender, so nothing is lost. What a source sends
    is tainted wholly. `status` is poison's: rows that were not followed take their taint out of the
    trace (they are listed as dropped), and do not pass it on.

    With `unsure` (nodes whose balance or order is not known) the answer is a bound instead: those nodes
    keep all the taint they get, and what they send carries none, or with `everything` is wholly tainted.
    Shares grow with the taint that arrives, so no behaviour of theirs leads outside the two bounds.
    """
    balance = list(opening)
    taint = [0] * len(balance)
    tainted = [0] * len(rows.amount)
    for i, (source, target, amount) in enumerate(zip(rows.source, rows.target, rows.amount, strict=True)):
        part = 0
        if kind[source] == SOURCE:
            part = amount if status[i] != BETWEEN else 0
        elif kind[source] != STOP:
            if unsure is not None and unsure[source]:
                part = amount if everything and status[i] != CLEAN else 0
            elif (held := taint[source]) and amount:
                part = held * amount // balance[source]
                taint[source] = held - part
            balance[source] -= amount
        balance[target] += amount
        if part:
            tainted[i] = part
            if status[i] == FOLLOWED:
                taint[target] += part
    return Shares(tainted, taint, balance)
