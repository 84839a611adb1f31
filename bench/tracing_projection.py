"""From a question in the notebook to the trace table: with nothing kept, and with the projection kept on disk.

Limits are those of issue 5 for 1 M transfers (5 s and 1 s), taken down in proportion where the scale is smaller. Half
of the amounts are in wei and most of those do not fit 64 bits. One run each for the cold ones, the best of five else.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench._server import fresh_store
from bench.figure import Figure
from workbench.analysis.projection import project, transfer_usd
from workbench.analysis.tracing.follow import trace
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.ledger import Transfer, native_asset, token_asset
from workbench.model.times import EARLIEST

TITLE = "From the graph to a trace"
FULL = 1_000_000
COLD, CACHED = 5.0, 1.0
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276B
ASSETS = (token_asset("eip155:1", "0xdac17f958d2ee523a2206206994597c13d831ec7"), native_asset("eip155:1"))


def measure(scale: float) -> list[Figure]:
    """Figures at `scale` × 1 M transfers between a fifth as many wallets."""
    size = max(int(FULL * scale), 100)
    part = size / FULL
    with fresh_store() as store, tempfile.TemporaryDirectory(prefix="workbench-bench-") as folder:
        sources = make_graph(store, size)
        project(store)  # the server has its pages in memory, as it has after a load
        plain = best(lambda: project(store, order=True), 3)
        store.cache = Path(folder)
        cold = best(lambda: trace(store, sources), 1)
        warm = best(lambda: trace(store, sources), 5)
        arrays = best(lambda: project(store, order=True), 5)
        state = best(store.state, 5)
        ledger = project(store, order=True)
        worth = best(lambda: transfer_usd(store, ledger, np.arange(size // 20)), 3)
    return [
        Figure(f"a trace of {size:,} transfers, nothing kept", cold, COLD * part, "s", 1.0, False),
        Figure("the same, projection kept", warm, CACHED * part, "s", 1.0, False),
        Figure("the arrays alone, kept, against read from the server", arrays, plain, "s", 0.2, False, "server"),
        Figure("asking the server whether anybody has written", state, 0.1, "s", 1.0, False),
        Figure("what a twentieth of the transfers was worth", worth, plain, "s", 0.5, False, "server"),
    ]


def make_graph(store: Store, size: int, *, seed: int = 7) -> list[str]:
    """Write `size` transfers with Zipf-like ends; returns two wallets of middling size to start from."""
    rng = np.random.default_rng(seed)
    loader = Loader(store, "bench", EARLIEST)
    wallets = max(size // 5, 10)
    for start in range(0, size, 20_000):
        count = min(20_000, size - start)
        ends = ((rng.pareto(0.9, (count, 2)) * wallets / 50) % wallets).astype(int).tolist()
        wei = (rng.pareto(0.7, count) * 10**17).tolist()
        loader.transfers([
            Transfer(address(a), address(b), f"eip155:1/tx:{i:064x}/log:0", ASSETS[i % 2],
                     str(amount := int(value) if i % 2 else int(value / 10**11)), float(amount),
                     float(i) if i % 3 else None, 1_700_000_000_000 + i * 1_000, i // 10, i % 10)
            for i, ((a, b), value) in enumerate(zip(ends, wei, strict=True), start)
        ], "bench")  # fmt: skip
    return [address(wallets // 10 + i) for i in (3, 4)]


def address(number: int) -> str:
    """A wallet id whose digits look drawn at random, as real ones do (a guard compares them)."""
    return f"eip155:1:0x{number * _SPREAD % 2**160:040x}"


def best(work: Callable[[], object], runs: int) -> float:
    """The shortest of some runs in seconds."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)
