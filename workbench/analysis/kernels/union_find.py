"""Union-find over array columns: who is joined with whom by standing in the same group.

The smaller index is always the parent, and paths are halved on the way up. A parent never exceeds its child, so one
ascending pass flattens, and the label of a set is its smallest member whatever the order of the rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.jit import inline, kernel

Indices = NDArray[np.int32]
Labels = NDArray[np.int32]
MOST = 2**31 - 2
"""Most members: an index is an int32, 4 bytes each is all the state there is."""


@inline
def _root(parent: Any, x: Any) -> Any:
    while parent[x] != x:
        parent[x] = parent[parent[x]]
        x = parent[x]
    return x


@inline
def _join(parent: Any, a: Any, b: Any) -> None:
    a = _root(parent, a)
    b = _root(parent, b)
    if a < b:
        parent[b] = a
    elif b < a:
        parent[a] = b


@kernel
def _runs(parent: Any, group: Any, member: Any, left_out: Any, last_group: Any, last_member: Any) -> Any:
    """Rows of one group stand together: each is joined with the root that the group has so far."""
    masked = left_out.shape[0] > 0
    root = _root(parent, last_member) if last_group >= 0 else 0
    for i in range(group.shape[0]):
        g = group[i]
        m = member[i]
        if g != last_group:
            last_group = g
            root = m  # its own root is looked for when a second member comes: most groups have one
            continue
        if masked and left_out[g]:
            continue
        root = _root(parent, root)
        m = _root(parent, m)
        if root < m:
            parent[m] = root
        elif m < root:
            parent[root] = m
            root = m
    return last_group, root


@kernel
def _scattered(parent: Any, first: Any, group: Any, member: Any, left_out: Any) -> None:
    """Rows stand anywhere: each is joined with the first member seen of its group."""
    masked = left_out.shape[0]
    for i in range(group.shape[0]):
        g = group[i]
        if masked > 0 and left_out[g]:
            continue
        if first[g] < 0:
            first[g] = member[i]
        elif first[g] != member[i]:
            _join(parent, first[g], member[i])


@kernel
def _pairs(parent: Any, a: Any, b: Any) -> None:
    for i in range(a.shape[0]):
        _join(parent, a[i], b[i])


@kernel
def _flatten(parent: Any) -> None:
    for i in range(parent.shape[0]):
        parent[i] = parent[parent[i]]


@kernel
def _grouped(group: Any) -> bool:
    for i in range(1, group.shape[0]):
        if group[i] < group[i - 1]:
            return False
    return True


class UnionFind:
    """Sets of 0…n-1, joined a batch at a time; the parent array is the only state that grows with n."""

    def __init__(self, members: int) -> None:
        if not 0 <= members <= MOST:
            raise ValueError(f"{members} members: an index is an int32")
        self._parent: Indices = np.arange(members, dtype=np.int32)
        self._last = (-1, 0)

    def join_runs(self, group: NDArray[Any], member: NDArray[Any], left_out: NDArray[np.bool_] | None = None) -> None:
        """Join the members of every group, whose rows stand together, also across two batches.

        `left_out`: for every group whether it joins nobody.
        """
        _inside(member, len(self._parent))
        found = _runs(self._parent, group, member, _mask(left_out, group), self._last[0], self._last[1])
        self._last = (int(found[0]), int(found[1]))

    def join_groups(self, group: NDArray[Any], member: NDArray[Any], left_out: NDArray[np.bool_] | None = None) -> None:
        """Join the members of every group (numbered from 0), in whatever order the rows stand."""
        _inside(member, len(self._parent))
        if not len(group):
            return
        first = np.full(int(group.max()) + 1, -1, np.int32)
        _scattered(self._parent, first, group, member, _mask(left_out, group))

    def join_pairs(self, a: NDArray[Any], b: NDArray[Any]) -> None:
        """Join a[i] with b[i]."""
        _inside(a, len(self._parent))
        _inside(b, len(self._parent))
        _pairs(self._parent, a, b)

    def labels(self) -> Labels:
        """For every member the smallest member of its set; not a copy, and good until the next join."""
        _flatten(self._parent)
        return self._parent


def co_spend_labels(
    transaction: NDArray[Any], address: NDArray[Any], members: int, left_out: NDArray[np.bool_] | None = None
) -> Labels:
    """Labels of addresses (0…members-1) joined by being inputs of one transaction.

    `transaction` and `address` have a row an input; `left_out` has a truth value a transaction: CoinJoins.
    Rows in the order of their transactions need no memory beside the labels; others 4 bytes a transaction.
    """
    found = UnionFind(members)
    if _grouped(transaction):
        found.join_runs(transaction, address, left_out)
    else:
        found.join_groups(transaction, address, left_out)
    return found.labels()


def _mask(left_out: NDArray[np.bool_] | None, group: NDArray[Any]) -> NDArray[np.bool_]:
    if left_out is None:
        return np.empty(0, np.bool_)
    if len(group) and int(group.max()) >= len(left_out):
        raise ValueError("left_out is shorter than the numbers of the groups")
    return left_out


def _inside(member: NDArray[Any], members: int) -> None:
    """Compiled code reads whatever stands beside an array: the limits are looked at once, here."""
    if len(member) and (int(member.min()) < 0 or int(member.max()) >= members):
        raise ValueError(f"a member outside 0…{members - 1}")
