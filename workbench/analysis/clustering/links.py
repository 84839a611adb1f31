"""The links of a run: who stands in which group, by which transaction; chains, bridges, and what falls apart.

A group is one piece of evidence (a transaction, a deposit address, an account); its wallets are linked with each
other. Wallets and groups make a two-sided graph, in which a shortest path is a chain of links.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.heuristics import Found
from workbench.analysis.clustering.ledger import UNKNOWN, distinct_pairs
from workbench.analysis.kernels.union_find import UnionFind
from workbench.analysis.ledger_arrays import objects


class Link(NamedTuple):
    """Two wallets of one group, and what put each of them there."""

    a: str
    b: str
    heuristic: str
    key: str
    note: str
    transaction_a: str
    transaction_b: str
    time_ms_a: int
    time_ms_b: int


@dataclass(frozen=True, eq=False)
class Links:
    """Rows (group, member, transaction) of all heuristics of a run, groups numbered through."""

    wallets: NDArray[Any]
    heuristics: tuple[str, ...]
    group: NDArray[np.int32]
    member: NDArray[np.int32]
    transaction: NDArray[Any]
    time_ms: NDArray[np.int64]
    key: NDArray[Any]
    note: NDArray[Any]
    of: NDArray[np.int8]
    """Which of `heuristics` each group is of."""

    @classmethod
    def join(cls, wallets: NDArray[Any], found: dict[str, Found]) -> Links:
        """The links of several heuristics as one, in an order that depends on nothing but the links."""
        group, first = [np.empty(0, np.int32)], 0
        for one in found.values():
            group.append(one.group + np.int32(first))
            first += len(one.key)

        def together(name: str, empty: NDArray[Any]) -> NDArray[Any]:
            return np.concatenate([empty, *(getattr(one, name) for one in found.values())])

        kinds = [np.full(len(one.key), i, np.int8) for i, one in enumerate(found.values())]
        return cls(
            wallets=wallets,
            heuristics=tuple(found),
            group=np.concatenate(group),
            member=together("member", np.empty(0, np.int32)),
            transaction=together("transaction", objects([])),
            time_ms=together("time_ms", np.empty(0, np.int64)),
            key=together("key", objects([])),
            note=together("note", objects([])),
            of=np.concatenate([np.empty(0, np.int8), *kinds]),
        )

    def labels(self, kept: NDArray[np.bool_] | None = None) -> NDArray[np.int32]:
        """For every wallet the smallest wallet of its cluster, by all rows or by those that are kept."""
        joined = UnionFind(len(self.wallets))
        group, member = (self.group, self.member) if kept is None else (self.group[kept], self.member[kept])
        joined.join_groups(group, member)
        return joined.labels()

    def rows_of(self, without: str) -> NDArray[np.bool_]:
        """The rows that a transaction, or a group's key (deposit address, account), stands for."""
        by_key = np.flatnonzero(self.key == without)
        return np.asarray((self.transaction == without) | np.isin(self.group, by_key), bool)

    def explain(self, a: int, b: int) -> list[Link]:
        """The shortest chain of links from one wallet to the other; [] where there is none."""
        before: dict[int, tuple[int, int]] = {a: (-1, -1)}
        seen: set[int] = set()
        queue = deque([a])
        while queue and b not in before:
            here = queue.popleft()
            for group in sorted({int(self.group[row]) for row in self._rows(self._by_member, here)} - seen):
                seen.add(group)
                for row in self._rows(self._by_group, group):
                    there = int(self.member[row])
                    if there not in before:
                        before[there] = (here, group)
                        queue.append(there)
        chain: list[Link] = []
        here = b
        while before.get(here, (-1, -1))[0] >= 0:
            previous, group = before[here]
            chain.append(self.link(group, previous, here))
            here = previous
        return chain[::-1]

    def link(self, group: int, a: int, b: int) -> Link:
        """The link of two wallets of a group, by the earliest transaction of each."""
        rows = list(self._rows(self._by_group, group))
        ends = []
        for wallet in (a, b):
            mine = [row for row in rows if int(self.member[row]) == wallet]
            ends.append(min(mine, key=lambda row: (int(self.time_ms[row]) == UNKNOWN, int(self.time_ms[row]), row)))
        one, other = ends
        return Link(
            str(self.wallets[a]), str(self.wallets[b]), self.heuristics[int(self.of[group])], str(self.key[group]),
            str(self.note[group]), str(self.transaction[one]), str(self.transaction[other]),
            int(self.time_ms[one]), int(self.time_ms[other]),
        )  # fmt: skip

    def each(self, wallets: Sequence[int] | None = None) -> Iterator[Link]:
        """Every link as a pair, the first wallet of each group with every other; of all groups, or of some wallets'.

        All pairs of a group are linked; a pair with the first says as much in fewer lines.
        """
        groups: Any = range(len(self.key))
        if wallets is not None:
            groups = sorted({int(self.group[row]) for wallet in wallets for row in self._rows(self._by_member, wallet)})
        for group in groups:
            members = sorted({int(self.member[row]) for row in self._rows(self._by_group, group)})
            for other in members[1:]:
                yield self.link(group, members[0], other)

    @cached_property
    def parts(self) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
        """For every wallet, then every group: parts without it, and the wallets in the two largest."""
        from workbench.analysis.kernels.articulation import split_parts

        return split_parts(*distinct_pairs(self.member, self.group), len(self.wallets), len(self.key))

    @cached_property
    def _by_member(self) -> tuple[NDArray[Any], NDArray[Any]]:
        return _index(self.member, len(self.wallets))

    @cached_property
    def _by_group(self) -> tuple[NDArray[Any], NDArray[Any]]:
        return _index(self.group, len(self.key))

    @staticmethod
    def _rows(index: tuple[NDArray[Any], NDArray[Any]], number: int) -> list[int]:
        order, start = index
        rows: list[int] = order[start[number] : start[number + 1]].tolist()
        return rows


def _index(column: NDArray[Any], count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    start = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(column, minlength=count), out=start[1:])
    return np.argsort(column, kind="stable"), start
