"""Taint by five methods over ten million transfers, beside the bare balance pass over the same arrays.

Five transfers an account, both ends drawn from a power law (the largest account gets about 39,000 of ten million),
twenty stolen transfers, amounts up to two million base units: as in the probe that set the limits, poison then reaches
a good third of the transfers and haircut a few in a hundred. "Heavy": amounts up to 10^9, with which haircut leaves
something in a quarter of them. Best of three after compiling, kernels only. "Two limbs" are the same amounts held in
128 bits, as wei need; all arithmetic is exact. Growth is the slope of log(seconds) over log(transfers), from a tenth
of the size.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.figure import Figure
from workbench.analysis.kernels.haircut import haircut, opening_balances
from workbench.analysis.kernels.lots import fifo, lifo
from workbench.analysis.kernels.rows import balances_only
from workbench.analysis.kernels.spread import SEED, spread
from workbench.analysis.kernels.tiho import tiho

TITLE = "Taint"
FULL = 10_000_000
LIMITS = {"haircut": 4.0, "fifo": 15.0, "lifo": 15.0, "tiho": 15.0}
KERNELS: dict[str, Callable[..., Any]] = {"haircut": haircut, "fifo": fifo, "lifo": lifo, "tiho": tiho}


def measure(scale: float) -> list[Figure]:
    """Ratios to the bare pass, bytes a transfer, and growth."""
    rows = max(int(FULL * scale), 100_000)
    _times(100_000)  # compiles
    large, small = _times(rows), _times(rows // 10)
    bare = large["balances"]
    figures = [Figure(f"poison, {rows:,} transfers", large["poison"], bare, "ns a transfer", 1.5, False, "bare pass")]
    for name, limit in LIMITS.items():
        figures.append(Figure(name, large[name], bare, "ns a transfer", limit, False, "bare pass"))
    figures.append(
        Figure("haircut, two limbs", large["haircut two limbs"], bare, "ns a transfer", 10, False, "bare pass")
    )
    figures.append(Figure("haircut, heavy", large["heavy"], bare, "ns a transfer", 15, False, "bare pass"))
    figures += [
        Figure(f"{name}, two limbs", large[f"{name} two limbs"], bare, "ns a transfer", 30, False, "bare pass")
        for name in ("fifo", "lifo", "tiho")
    ]
    eight = large["haircut"] * 8
    figures.append(
        Figure("haircut, eight incidents in one pass", large["eight"], eight, "ns a transfer", 1, False, "eight passes")
    )
    figures.append(Figure("arrays and state, one limb", large["bytes"], 64, "bytes a transfer", 1, False))
    for name in ("poison", *LIMITS):
        slope = 1 + math.log10(large[name] / small[name])
        figures.append(Figure(f"growth of {name}, slope", slope, 1.0, "", 1.6, False, "linear"))
    return figures


def ledger(rows: int) -> tuple[Any, Any, Any]:
    """Ends and amounts."""
    rng = np.random.default_rng(1)
    nodes = rows // 5
    names = rng.permutation(nodes).astype(np.int32)
    ends = [names[(nodes * rng.random(rows) ** power).astype(np.int64)] for power in (2.2, 2.6)]
    return ends[0], ends[1], rng.integers(1, 2 * 10**6, rows)


def _times(rows: int) -> dict[str, float]:
    source, target, amount = ledger(rows)
    nodes = rows // 5
    kind, sure = np.zeros(nodes, np.uint8), np.zeros(nodes, np.bool_)
    seed = np.sort(np.random.default_rng(3).choice(rows // 10, 20, replace=False)).astype(np.int32)
    flags = np.zeros(rows, np.uint8)
    flags[seed] = SEED
    best: dict[str, float] = {}

    def timed(name: str, run: Callable[[], Any]) -> Any:
        result, seconds = None, []
        for _ in range(3):
            began = time.perf_counter()
            result = run()
            seconds.append(time.perf_counter() - began)
        best[name] = min(seconds) / rows * 1e9
        return result

    timed("balances", lambda: balances_only(source, target, amount, nodes))
    status, _ = timed("poison", lambda: spread(source, target, flags, kind))
    opening, _ = opening_balances(source, target, amount, kind)
    room = int(status.sum()) + len(seed) + 3
    one, eight = np.zeros(20, np.int16), np.arange(20).astype(np.int16) % 8
    for limbs in ("", " two limbs"):
        amounts, had = (_two(amount), _two(opening)) if limbs else (amount, opening)
        for name, kernel in KERNELS.items():
            before = (source, target, amounts, status, kind, *(() if name == "tiho" else (had,)))
            run = (1, seed, one, amounts[seed], sure, 0, room)
            timed(name + limbs, lambda k=kernel, b=before, r=run: k(*b, *r))  # type: ignore[misc]
    heavy = amount * 500
    had, _ = opening_balances(source, target, heavy, kind)
    timed("heavy", lambda: haircut(
        source, target, heavy, status, kind, had, 1, seed, one, heavy[seed], sure, 0, room
    ))  # fmt: skip
    timed("eight", lambda: haircut(
        source, target, amount, status, kind, opening, 8, seed, eight, amount[seed], sure, 0, room * 8
    ))  # fmt: skip
    arrays = source.nbytes + target.nbytes + amount.nbytes + flags.nbytes + status.nbytes
    best["bytes"] = (arrays + 3 * opening.nbytes) / rows + 14 * room / rows
    return best


def _two(amounts: Any) -> Any:
    return np.stack([amounts.astype(np.uint64), np.zeros(len(amounts), np.uint64)], axis=1)
