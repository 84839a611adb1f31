"""Exposure of all wallets of a graph to eight categories: distance and value, from arrays of power-law shape.

Ours: grouping the edges, one search for all categories at once, and five rounds of flow shares, one direction and both.
The rival does the same with scipy: sparse matrices, a product a hop for the reachable set of all categories, a product
a round for the shares. Distances must be equal, and shares to 1e-12, or nothing is printed. Compiling is not counted.
Screening: 100,000 addresses against a loaded graph, of which 2,000 wallets are labelled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench._server import fresh_store
from bench.figure import Figure

TITLE = "Exposure"
WALLETS = 1_000_000
EDGES = 5_000_000
CATEGORIES = 8
LABELLED = 200
HOPS = 5
ADDRESSES = 100_000
TRANSFERS = 200_000
SECONDS = 3.0
SCREEN_SECONDS = 60.0


def measure(scale: float) -> list[Figure]:
    """Figures at `scale` × 1 M wallets and 5 M edges; screening at `scale` × 100,000 addresses."""
    graph = make(max(int(WALLETS * scale), 1_000), max(int(EDGES * scale), 5_000))
    ours(graph, small=True)
    one, (near, share) = timed(lambda: ours(graph))
    both, _ = timed(lambda: (ours(graph), ours(turned(graph))))
    rival, (near_rival, share_rival) = timed(lambda: theirs(graph))
    if not (near == near_rival).all() or not np.allclose(share, share_rival, atol=1e-12):
        raise AssertionError("scipy finds other distances or shares")
    screened = screening(max(int(TRANSFERS * scale), 1_000), max(int(ADDRESSES * scale), 500))
    return [
        Figure("distance and value, one direction", one, SECONDS * scale, "s", 1.0, False),
        Figure("distance and value, both directions", both, SECONDS * scale, "s", 1.0, False),
        Figure("the same, one direction", one, rival, "s", 1.0, False, "scipy"),
        Figure("screening of a list, addresses to answers", screened, SCREEN_SECONDS * scale, "s", 1.0, False),
    ]


def make(wallets: int, edges: int, *, seed: int = 1) -> dict[str, Any]:
    """A power-law graph with labelled wallets; categories may overlap."""
    rng = np.random.default_rng(seed)
    ends = ((rng.pareto(0.9, (edges, 2)) * wallets / 50) % wallets).astype(np.int64)
    key = np.unique(ends[ends[:, 0] != ends[:, 1]] @ np.array([wallets, 1]))
    member = np.zeros((wallets, CATEGORIES), bool)
    for c in range(CATEGORIES):
        member[rng.choice(wallets, min(LABELLED, wallets // 10), replace=False), c] = True
    return {
        "source": key // wallets, "target": key % wallets, "weight": rng.random(len(key)) * 1_000, "member": member,
    }  # fmt: skip


def turned(graph: dict[str, Any]) -> dict[str, Any]:
    """The graph with its edges the other way round."""
    return {**graph, "source": graph["target"], "target": graph["source"]}


def ours(graph: dict[str, Any], *, small: bool = False) -> tuple[Any, Any]:
    """Distances from the labelled wallets, and shares of what each wallet received."""
    from workbench.analysis.kernels.exposure import hops, rows, shares

    member = graph["member"]
    source, target, weight = (graph[name][: 100 if small else None] for name in ("source", "target", "weight"))
    out, into = rows(len(member), source, target, weight), rows(len(member), target, source, weight)
    bits = (member.astype(np.uint64) << np.arange(CATEGORIES, dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
    near = np.empty(member.shape, np.uint8)
    hops(out[0], out[1], bits, np.zeros(len(member), bool), HOPS, near)
    return near, shares(*into, member.astype(np.float64), member.any(axis=1), HOPS)[0]


def theirs(graph: dict[str, Any]) -> tuple[Any, Any]:
    """The same with scipy's sparse matrices."""
    from scipy.sparse import csr_array, diags_array

    member = graph["member"]
    shape = (len(member), len(member))
    into = csr_array((graph["weight"], (graph["target"], graph["source"])), shape=shape)
    total = into.sum(axis=1)
    near = np.where(member, 0, 255).astype(np.uint8)
    links = csr_array((np.ones(len(into.data), np.float32), into.indices, into.indptr), shape=shape)
    front = member.astype(np.float32)
    for hop in range(1, HOPS + 1):
        fresh = (links @ front > 0) & (near == 255)
        near[fresh] = hop
        front = fresh.astype(np.float32)
    part = diags_array(np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)) @ into
    start = member.astype(np.float64)
    absorbing = member.any(axis=1)
    share = start
    for hop in range(HOPS):
        share = part @ share
        if hop < HOPS - 1:
            share[absorbing] = start[absorbing]
    return near, share


def screening(transfers: int, addresses: int) -> float:
    """Seconds to answer for a list against a graph with labelled wallets among its synthetic transfers."""
    from bench.projection import make_graph
    from workbench.analysis.exposure.screen import screen
    from workbench.graph.loader import Loader
    from workbench.model.claims import AttributedTo
    from workbench.model.nodes import ActorGroup, Source
    from workbench.model.times import EARLIEST

    with fresh_store() as store:
        make_graph(store, transfers, 10**18)
        ids = [row[0] for row in store.read("MATCH (w:Wallet) RETURN w.id ORDER BY w.id").rows]
        source = Source(id="bench", title="Bench", publisher="Bench", kind="user")
        group = ActorGroup(id="bench:g", name="Group", catalogue="bench")
        loader = Loader(store, "bench", EARLIEST)
        loader.nodes([source, group])
        loader.claims([
            AttributedTo(subject=("Wallet", id_), object=group.ref, source_id="bench", confidence=90)  # type: ignore[arg-type]
            for id_ in ids[:: max(len(ids) // 2_000, 1)]
        ])  # fmt: skip
        rng = np.random.default_rng(3)
        known = [ids[i].rpartition(":")[2] for i in rng.integers(0, len(ids), addresses // 2)]
        unknown = [f"0x{i:040x}" for i in range(10**12, 10**12 + addresses - len(known))]
        taken, found = timed(lambda: screen(store, known + unknown))
        if len(found.rows) != addresses:
            raise AssertionError("a row got lost")
        return taken


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came of it."""
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made
