"""Places for the nodes of a map, computed beforehand so that the page opens at once and stands still.

Every connected part is first laid out as a tree around its best-connected node (a tree drawn so has no
crossings), then relaxed by forces (Fruchterman and Reingold 1991, "Graph drawing by force-directed
placement"), and the parts are set in rows, the largest first.

The same graph gets the same places on every machine: sums, whose result otherwise depends on the
processor's width, are made in integers.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

EDGE = 72
"""Length an edge would like to have, in the map's pixels."""
_FIXED = float(1 << 20)
_BLOCK = 64
_MOST_APART = 400
"""Nodes, the largest first, that are kept from being covered."""
_RATIO = 1.5
_STRETCH = 1.35

Floats = npt.NDArray[np.float64]


def positions(count: int, edges: list[tuple[int, int]], sizes: list[int] | None = None) -> list[tuple[int, int]]:
    """Whole-pixel places of nodes 0 … count-1; `edges` are pairs of node numbers, `sizes` radii in pixels.

    Takes time in O(count²): about 2 s for 2,000 nodes.
    """
    neighbours: list[list[int]] = [[] for _ in range(count)]
    for a, b in sorted({(min(e), max(e)) for e in edges if e[0] != e[1]}):
        neighbours[a].append(b)
        neighbours[b].append(a)
    parts = _parts(neighbours)
    places = np.zeros((count, 2))
    radius = np.array(sizes if sizes else [10] * count) / EDGE
    boxes = []
    for part in parts:
        local = _apart(_relax(part, neighbours, _tree(part, neighbours)), radius[part])
        local -= local.min(axis=0)
        places[part] = local
        boxes.append(local.max(axis=0))
    for part, offset in zip(parts, _rows(boxes), strict=True):
        places[part] += offset
    return [(round(x * EDGE * _STRETCH), round(y * EDGE)) for x, y in places.tolist()]


def _parts(neighbours: list[list[int]]) -> list[list[int]]:
    """Connected parts, the largest first, each starting with its best-connected node."""
    seen = [False] * len(neighbours)
    found = []
    for start in range(len(neighbours)):
        if seen[start]:
            continue
        seen[start] = True
        part = [start]
        for node in part:  # grows while it is walked
            for other in neighbours[node]:
                if not seen[other]:
                    seen[other] = True
                    part.append(other)
        part.sort(key=lambda n: (-len(neighbours[n]), n))
        found.append(part)
    return sorted(found, key=lambda p: (-len(p), p[0]))


def _tree(part: list[int], neighbours: list[list[int]]) -> Floats:
    """A part as a tree: depth is the radius, and every branch gets a wedge as wide as its leaves need."""
    root = part[0]
    parent = {root: root}
    order: list[int] = []
    queue = deque([root])
    while queue:
        node = queue.popleft()
        order.append(node)
        for other in neighbours[node]:
            if other not in parent:
                parent[other] = node
                queue.append(other)
    leaves = dict.fromkeys(order, 0.0)
    for node in reversed(order):
        leaves[node] = leaves[node] or 1.0
        if node != root:
            leaves[parent[node]] += leaves[node]
    wedge = {root: (0.0, math.tau)}
    depth = {root: 0}
    used: dict[int, float] = {}
    place = {root: (0.0, 0.0)}
    for node in order[1:]:
        above = parent[node]
        low, high = wedge[above]
        start = used.get(above, low)
        end = start + (high - low) * leaves[node] / max(leaves[above], 1.0)
        used[above] = end
        wedge[node] = (start, end)
        depth[node] = depth[above] + 1
        angle = (start + end) / 2
        place[node] = (depth[node] * math.cos(angle), depth[node] * math.sin(angle))
    made = np.array([place[n] for n in part]) * max(1.0, math.sqrt(len(part)) / max(max(depth.values()), 1))
    # A chain must not be so straight that no force bends it.
    made += np.outer(np.arange(len(part)) * 7 % 11, (0.03, 0.02))
    return np.rint(made * 65536) / 65536  # the last bit of a cosine differs between machines


def _relax(part: list[int], neighbours: list[list[int]], start: Floats) -> Floats:
    """Push nodes apart and pull neighbours together, with ever smaller steps."""
    n = len(part)
    if n < 3:
        return start
    number = {node: i for i, node in enumerate(part)}
    pairs = np.array([(number[a], number[b]) for a in part for b in neighbours[a]])
    degree = np.bincount(pairs[:, 0], minlength=n)
    mass = np.sqrt(degree + 1.0)
    place = start
    rounds = min(160, 80 + 8000 // n)
    for step in range(rounds):
        force = _repulsion(place, mass)
        gap = place[pairs[:, 1]] - place[pairs[:, 0]]
        pull = gap * np.sqrt(gap[:, :1] ** 2 + gap[:, 1:] ** 2)
        for axis in (0, 1):
            force[:, axis] += np.bincount(pairs[:, 0], weights=pull[:, axis], minlength=n) / mass
        force -= place * 0.05 * math.sqrt(n)
        length = np.sqrt(force[:, :1] ** 2 + force[:, 1:] ** 2) + 1e-9
        warm = max(0.02, 1 - step / rounds) * math.sqrt(n) / 8
        place = np.rint((place + force / length * np.minimum(length, warm)) * 65536) / 65536
    return place


def _repulsion(place: Floats, mass: Floats) -> Floats:
    """What every other node's presence does to each, as mass / distance; exact sums of rounded terms."""
    n = len(place)
    x, y, m = (column.astype(np.float32) for column in (place[:, 0], place[:, 1], mass))
    force = np.empty((n, 2))
    for low in range(0, n, _BLOCK):  # a block of rows stays in the processor's cache
        rows = slice(low, low + _BLOCK)
        dx = x[rows, None] - x
        dy = y[rows, None] - y
        near = m / (dx * dx + dy * dy + np.float32(0.01))
        for axis, gap in enumerate((dx, dy)):
            terms = np.rint(gap * near * np.float32(_FIXED)).astype(np.int64)
            force[rows, axis] = terms.sum(axis=1) / _FIXED
    return force


def _apart(place: Floats, radius: Floats) -> Floats:
    """Nodes that cover one another, moved until they touch no more (or nearly so)."""
    for _ in range(12):
        pushed = np.zeros_like(place)
        for i in np.argsort(-radius, kind="stable")[:_MOST_APART].tolist():
            gap = place - place[i]
            distance = np.sqrt(gap[:, 0] ** 2 + gap[:, 1] ** 2)
            wanted = (radius + radius[i]) * 1.4
            near = np.flatnonzero(distance < wanted)
            near = near[near != i]
            way = gap[near] / np.maximum(distance[near, None], 1e-3)
            way[distance[near] < 1e-3] = (1.0, 0.0)
            pushed[near] += way * (wanted[near] - distance[near])[:, None] * 0.5
        if not pushed.any():
            break
        place = np.rint((place + pushed) * 65536) / 65536
    return place


def _rows(boxes: list[Floats]) -> list[Floats]:
    """Where each part's corner goes: rows of about equal width, in the shape of a screen."""
    gap = 1.6
    area = sum(float((w + gap) * (h + gap)) for w, h in boxes)
    width = max(math.sqrt(area * _RATIO), max((float(w) for w, _ in boxes), default=0.0) + gap)
    corners = []
    x = y = height = 0.0
    for w, h in boxes:
        if x and x + w > width:
            x, y, height = 0.0, y + height + gap, 0.0
        corners.append(np.array([x, y]))
        x += float(w) + gap
        height = max(height, float(h))
    return corners
