"""Distances and flow shares against plain Python that says the same in other words, and the laws they keep."""

from __future__ import annotations

from collections import deque
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.kernels.exposure import FAR, WIDTH, hops, rows, shares, widest

NODES = 9
EDGES = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(1, 50)), max_size=30)
MEMBERS = st.lists(st.sets(st.integers(0, NODES - 1), max_size=3), min_size=1, max_size=4)
CLOSED = st.sets(st.integers(0, NODES - 1), max_size=2)


def arrays(edges: list[tuple[int, int, int]], nodes: int = NODES) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(edges, np.int64).reshape(-1, 3)
    return rows(nodes, table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.float64))


def distances(edges, members: list[set[int]], closed: set[int], most: int, nodes: int = NODES) -> np.ndarray:
    start, to, _ = arrays(edges, nodes)
    bits = np.zeros(nodes, np.uint64)
    for c, some in enumerate(members):
        for v in some:
            bits[v] |= np.uint64(1 << c)
    shut = np.zeros(nodes, bool)
    shut[list(closed)] = True
    found = np.empty((nodes, len(members)), np.uint8)
    hops(start, to, bits, shut, most, found)
    return found


def plain_distances(edges, some: set[int], closed: set[int], most: int) -> dict[int, int]:
    """Breadth-first search as everybody writes it."""
    far = dict.fromkeys(some, 0)
    queue = deque(sorted(some))
    while queue:
        u = queue.popleft()
        if far[u] == most or (u in closed and far[u] > 0):
            continue
        for a, b, _ in edges:
            if a == u and b not in far:
                far[b] = far[u] + 1
                queue.append(b)
    return far


@given(EDGES, MEMBERS, CLOSED, st.integers(1, 6))
@settings(max_examples=150, deadline=None)
def test_distance_is_that_of_a_plain_breadth_first_search(edges, members, closed, most) -> None:
    found = distances(edges, members, closed, most)
    for c, some in enumerate(members):
        wanted = plain_distances(edges, some, closed, most)
        assert {v: int(found[v, c]) for v in range(NODES) if found[v, c] != FAR} == wanted


def flow(edges, members: list[set[int]], most: int, nodes: int = NODES) -> tuple[np.ndarray, np.ndarray]:
    labels = np.zeros((nodes, WIDTH))
    for c, some in enumerate(members):
        labels[list(some), c] = 1.0
    return shares(*arrays(edges, nodes), labels, labels.any(axis=1), most)


def exact_shares(edges, members: list[set[int]], node: int, most: int, *, first: bool = True) -> list[Fraction]:
    """The definition as a recursion in fractions: the node's value, split by counterparty, hop by hop."""
    if not first and any(node in some for some in members):
        return [Fraction(node in some) for some in members]
    out = [(b, w) for a, b, w in edges if a == node and b != node]
    if most == 0 or not out:
        return [Fraction(0)] * len(members)
    total = sum(w for _, w in out)
    parts = [(Fraction(w, total), exact_shares(edges, members, b, most - 1, first=False)) for b, w in out]
    return [sum((w * share[c] for w, share in parts), Fraction(0)) for c in range(len(members))]


@given(EDGES.filter(lambda e: len(e) <= 14), MEMBERS, st.integers(1, 4))
@settings(max_examples=80, deadline=None)
def test_shares_are_those_of_the_definition_in_fractions(edges, members, most) -> None:
    found, _ = flow(edges, members, most)
    for node in range(NODES):
        wanted = exact_shares(edges, members, node, most)
        assert np.allclose(found[node, : len(members)], [float(x) for x in wanted], atol=1e-12)


@given(EDGES, st.lists(st.integers(0, NODES - 1), unique=True, max_size=6), st.integers(1, 8))
@settings(max_examples=100, deadline=None)
def test_shares_of_disjoint_categories_and_the_unresolved_rest_are_one(edges, labelled, most) -> None:
    members = [set(labelled[0::2]), set(labelled[1::2])]
    found, caught = flow(edges, members, most)
    assert np.allclose(found.sum(axis=1) + (1 - caught), 1.0, atol=1e-9)
    assert (found >= 0).all()
    assert (caught <= 1 + 1e-9).all()


@given(EDGES, MEMBERS, CLOSED, st.integers(1, 6), st.integers(1, 50))
@settings(max_examples=100, deadline=None)
def test_an_edge_between_strangers_changes_nothing(edges, members, closed, most, weight) -> None:
    more = [*edges, (NODES, NODES + 1, weight)]
    before, after = (
        distances(edges, members, closed, most, NODES + 2),
        distances(more, members, closed, most, NODES + 2),
    )
    assert (before == after).all()
    one, other = flow(edges, members, most, NODES + 2), flow(more, members, most, NODES + 2)
    assert np.array_equal(one[0], other[0])
    assert np.array_equal(one[1], other[1])


@given(EDGES, MEMBERS, st.permutations(range(30)))
@settings(max_examples=60, deadline=None)
def test_the_order_of_edges_changes_nothing(edges, members, order) -> None:
    mixed = [edges[i] for i in order if i < len(edges)]
    assert (distances(edges, members, set(), 5) == distances(mixed, members, set(), 5)).all()
    assert np.allclose(flow(edges, members, 5)[0], flow(mixed, members, 5)[0], atol=1e-12)


@given(EDGES, st.sets(st.integers(0, NODES - 1), min_size=1, max_size=3), CLOSED)
@settings(max_examples=150, deadline=None)
def test_the_path_is_a_shortest_one_and_none_as_short_is_wider(edges, some, closed) -> None:
    merged: dict[tuple[int, int], int] = {}
    for a, b, w in edges:
        merged[a, b] = merged.get((a, b), 0) + w
    pairs = [(a, b, w) for (a, b), w in sorted(merged.items())]
    far = distances(pairs, [some], closed, 8)[:, 0]
    back = arrays([(b, a, w) for a, b, w in pairs])
    shut = np.zeros(NODES, bool)
    shut[list(closed)] = True
    for node in range(NODES):
        path, width = widest(*back, np.ascontiguousarray(far), shut, node)
        if far[node] in (0, FAR):
            assert len(path) == 0
            continue
        steps = list(zip(path[1:], path[:-1], strict=True))
        assert len(steps) == far[node]
        assert path[0] == node
        assert path[-1] in some
        assert width == min(merged[int(a), int(b)] for a, b in steps)
        assert not closed & set(map(int, path[1:-1]))
        assert width == max(widths(merged, some, closed, node, int(far[node])))


def widths(merged, some: set[int], closed: set[int], node: int, left: int) -> list[float]:
    """The widths of all paths of exactly `left` hops from a labelled node, not through closed ones."""
    if left == 0:
        return [float("inf")] if node in some else []
    found = []
    for (a, b), w in merged.items():
        if b == node and not (a in closed and left > 1):
            found += [min(w, width) for width in widths(merged, some, closed, a, left - 1)]
    return found


def test_more_categories_than_a_line_of_the_cache_and_the_64th_bit() -> None:
    members = [{0} if c == 63 else set() for c in range(64)]
    found = distances([(0, 1, 1), (1, 2, 1)], members, set(), 5)
    assert found[:3, 63].tolist() == [0, 1, 2]
    assert (found[:, :63] == FAR).all()
