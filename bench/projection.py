"""Transfers out of the graph into arrays (source, target, amount, time), beside the fastest bare shape known.

The rival is 2,000 sending wallets a chunk, one list a column, integers, on the bare driver, mapped to
0…n-1. Ours does that too, and hands over exact amounts, asset codes and the wallets' ids besides. Each is the
best of seven, taken in turns, so that what else the machine does falls on all alike. Amounts in wei do not fit
a float: there the rival that hands over the same facts reads their text.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench._server import fresh_store
from bench.figure import Figure
from workbench.analysis.projection import project, transfer_ids
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.ledger import Transfer, native_asset
from workbench.model.times import EARLIEST

TITLE = "Projection"
RUNS = 7
FULL = 1_000_000
_BARE = """
MATCH (a:Wallet) WITH collect(a) AS l
UNWIND range(0, size(l)-1, 2000) AS i
CALL (l,i) { UNWIND l[i..i+2000] AS a
             MATCH (a)-[r:SENT]->(b:Wallet)
             RETURN collect(id(a)) AS s, collect(id(b)) AS t, collect(r.value) AS v, collect(r.time.epochMillis) AS w }
RETURN s, t, v, w
"""
_BARE_NAMES = """
MATCH (a:Wallet) WITH collect(a) AS l
UNWIND range(0, size(l)-1, 20000) AS i
CALL (l,i) { UNWIND l[i..i+20000] AS a RETURN collect(id(a)) AS k, collect(a.id) AS n }
RETURN k, n
"""


def measure(scale: float) -> list[Figure]:
    """Figures at `scale` × 1 M transfers between a fifth as many wallets."""
    size = max(int(FULL * scale), 100)
    figures = []
    for what, most in (("amounts that a float holds", 2**40), ("amounts in wei", 10**18)):
        with fresh_store() as store:
            make_graph(store, size, most)
            plain, ordered, shape, named, exact = best(
                lambda store=store: project(store),
                lambda store=store: project(store, order=True),
                lambda store=store: bare(store, names=False),
                lambda store=store: bare(store, names=True),
                lambda store=store: bare(store, names=True, exact=True),
            )
            sample = project(store, order=True)
            (ids,) = best(lambda store=store, ledger=sample: transfer_ids(store, ledger, np.arange(size // 20)))
        rival, name = (named, "bare shape and ids") if most < 2**53 else (exact, "bare shape, exact amounts, and ids")
        figures += [
            Figure(f"arrays and wallet ids, {what}", plain, rival, "s", 1.3, False, name),
            Figure(f"the same, {what}, against floats and no ids", plain, shape, "s", 1.3,
                   False, "bare shape"),
            Figure(f"with block, position and edge as well, {what}", ordered, rival, "s", 2.0, False, name),
            Figure(f"the ids of a twentieth of the transfers, {what}", ids, rival, "s", 0.5, False, name),
        ]  # fmt: skip
    return figures


def make_graph(store: Store, size: int, most: int, *, seed: int = 7) -> None:
    """Write `size` transfers with Zipf-like ends through the loader."""
    rng = np.random.default_rng(seed)
    loader = Loader(store, "bench", EARLIEST)
    wallets = max(size // 5, 10)
    asset = native_asset("eip155:1")
    for start in range(0, size, 20_000):
        count = min(20_000, size - start)
        ends = ((rng.pareto(0.9, (count, 2)) * wallets / 50) % wallets).astype(int).tolist()
        amounts = rng.integers(1, most, count).tolist()
        loader.transfers([
            Transfer(f"eip155:1:0x{a:040x}", f"eip155:1:0x{b:040x}", f"eip155:1/tx:{i:064x}/log:0", asset, str(amount),
                     float(amount), None, 1_700_000_000_000 + i * 1_000, i // 10, i % 10)
            for i, ((a, b), amount) in enumerate(zip(ends, amounts, strict=True), start)
        ], "bench")  # fmt: skip


def bare(store: Store, *, names: bool, exact: bool = False) -> None:
    """The reference shape; with `names` also the wallets' ids, with `exact` the amounts' text, read as integers."""
    parts: list[list[np.ndarray[Any, Any]]] = [[], [], [], []]
    driver = store._driver  # noqa: SLF001
    with driver.session(database="neo4j", default_access_mode="READ", fetch_size=4) as session:
        for s, t, v, w in session.run(_BARE.replace("r.value", "r.amount") if exact else _BARE):
            for column, values in zip(parts, (s, t, [int(x) for x in v] if exact else v, w), strict=True):
                column.append(np.array(values))
        s, t, _, _ = (np.concatenate(column) for column in parts)
        keys: list[int] = []
        texts: list[str] = []
        if names:
            for some_keys, some_texts in session.run(_BARE_NAMES):
                keys += some_keys
                texts += some_texts
        known = np.sort(np.array(keys)) if names else np.unique(np.concatenate([s, t]))
        np.searchsorted(known, s)
        np.searchsorted(known, t)


def best(*works: Callable[[], object]) -> list[float]:
    """The shortest time of each in seconds, after one run to warm up."""
    taken = [float("inf")] * len(works)
    for run in range(RUNS + 1):
        for i, work in enumerate(works):
            start = time.perf_counter()
            work()
            if run:
                taken[i] = min(taken[i], time.perf_counter() - start)
    return taken
