"""The five methods written down plainly, unit lots in Python lists: what the compiled kernels are checked against.

Rows are (sender, receiver, amount) in order; a source sends taint only and keeps what it gets.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Any

Row = tuple[str, str, int]
CLEAN = ""


def _queues(rows: list[Row], sources: dict[str, str], newest: bool) -> dict[tuple[str, str], int]:
    """FIFO and LIFO; an address that spends more than it has had the rest, clean, before anything came."""
    short = openings(rows, sources)
    queues: dict[str, deque[list[Any]]] = defaultdict(deque)
    for name, amount in short.items():
        queues[name].append([CLEAN, amount])
    for sender, receiver, amount in rows:
        if sender == receiver:
            continue
        moved: list[list[Any]] = []
        if sender in sources:
            moved = [[sources[sender], amount]] if sources.get(receiver) != sources[sender] else []
        else:
            left, queue = amount, queues[sender]
            while left:
                lot = queue[-1] if newest else queue[0]
                taken = min(left, lot[1])
                moved.append([lot[0], taken])
                lot[1] -= taken
                left -= taken
                if not lot[1]:
                    queue.pop() if newest else queue.popleft()
        if receiver not in sources:
            queues[receiver].extend(moved)
    held: dict[tuple[str, str], int] = defaultdict(int)
    for name, queue in queues.items():
        for label, amount in queue:
            if label and amount:
                held[name, label] += amount
    return dict(held)


def fifo(rows: list[Row], sources: dict[str, str]) -> dict[tuple[str, str], int]:
    """What each address holds of each incident."""
    return _queues(rows, sources, newest=False)


def lifo(rows: list[Row], sources: dict[str, str]) -> dict[tuple[str, str], int]:
    """What each address holds of each incident."""
    return _queues(rows, sources, newest=True)


def tiho(rows: list[Row], sources: dict[str, str]) -> dict[tuple[str, str], int]:
    """What each address holds of each incident; each run is worked out when its first transfer leaves."""
    tainted: dict[str, list[list[Any]]] = defaultdict(list)
    given: dict[int, int] = {}
    for i, (sender, receiver, amount) in enumerate(rows):
        if sender == receiver:
            continue
        moved: list[list[Any]] = []
        if sender in sources:
            moved = [[sources[sender], amount]] if amount and sources.get(receiver) != sources[sender] else []
        else:
            if i not in given:
                run = []
                for j in range(i, len(rows)):
                    a, b, _ = rows[j]
                    if a == sender != b:
                        run.append(j)
                    elif b == sender != a:
                        break
                left = sum(lot[1] for lot in tainted[sender])
                for j in sorted(run, key=lambda j: (-rows[j][2], j)):
                    given[j] = min(left, rows[j][2])
                    left -= given[j]
            left = given[i]
            while left:
                lot = tainted[sender][0]
                taken = min(left, lot[1])
                moved.append([lot[0], taken])
                lot[1] -= taken
                left -= taken
                if not lot[1]:
                    tainted[sender].pop(0)
        if receiver not in sources:
            tainted[receiver].extend(moved)
    held: dict[tuple[str, str], int] = defaultdict(int)
    for name, lots in tainted.items():
        for label, amount in lots:
            if amount:
                held[name, label] += amount
    return dict(held)


def openings(rows: list[Row], sources: dict[str, str]) -> dict[str, int]:
    """The least each address must have had before the first row."""
    balance: dict[str, int] = defaultdict(int)
    short: dict[str, int] = defaultdict(int)
    for sender, receiver, amount in rows:
        if sender == receiver:
            continue
        if sender not in sources:
            balance[sender] -= amount
            short[sender] = max(short[sender], -balance[sender])
        balance[receiver] += amount
    return {name: amount for name, amount in short.items() if amount}
