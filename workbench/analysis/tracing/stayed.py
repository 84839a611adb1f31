"""When value came to stay at services, and when it left the sources: each unit once.

What a router handed on in the same transaction, and what was swapped or bridged on, did not stay: it counts where it
came to. Added up over all time, each wallet's rows come to its line in `Trace.stops`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import BETWEEN, CLEAN, FOLLOWED, ITSELF, ROUTER, STOP
from workbench.analysis.tracing.figures import Figures
from workbench.analysis.tracing.onward import NONE, crossed_at
from workbench.analysis.tracing.tables import moments, named
from workbench.analysis.tracing.taint import exact

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace
    from workbench.analysis.tracing.result import Trace

COLUMNS = ("time", "asset", "wallet", "value")


def stayed(trace: Trace, method: str) -> pd.DataFrame:
    """What came to stay at each service's wallet and when, in base units by one method; what goes on is less again."""
    found = [_stayed(Figures(part, n, [method])) for part in trace._parts for n in range(len(part.incidents))]
    return _in_order(found)


def injected(trace: Trace, method: str) -> pd.DataFrame:
    """What left the sources (backward: came to them) and when, in base units; what swaps and bridges brought is not."""
    return _in_order([_injected(part, method) for part in trace._parts])


def _stayed(figures: Figures) -> pd.DataFrame:
    part, (method,) = figures.part, figures.methods
    row, of, amounts = part.entries
    target = part.problem.rows.target
    picked = np.flatnonzero((of == figures.incident) & (part.found.status[row] == FOLLOWED))
    picked = picked[part.kind[target[row[picked]]] == STOP]
    routers = figures.reached(ROUTER)  # a node is one router in one transaction
    gone = [one for one in part.onward if one.incident == figures.incident and one.row != NONE]
    left = np.array([one.row for one in gone], np.int64)
    times = [part.problem.time_ms[row[picked]], figures.first[routers], part.problem.time_ms[left]]
    nodes = np.concatenate([target[row[picked]], routers, np.array([one.node for one in gone], np.int64)])
    values = [
        exact(amounts[method][picked]), crossed_at(figures, method)[routers],
        np.array([-one.amounts.get(method, 0) for one in gone], object),
    ]  # fmt: skip
    return pd.DataFrame({
        "time": moments(np.concatenate(times)), "asset": part.asset, "wallet": named(part, part.wallet[nodes]),
        "value": np.concatenate([column.astype(object) for column in values]),
    })  # fmt: skip


def _injected(part: AssetTrace, method: str) -> pd.DataFrame:
    problem = part.problem
    seeds = problem.seeds_of(method)
    mine = ~np.isin(part.found.status[seeds.row], (CLEAN, BETWEEN, ITSELF))
    mine &= np.array([one is None for one in problem.seeding()], bool)
    rows = seeds.row[mine]
    ends = problem.rows.target if problem.backward else problem.rows.source
    return pd.DataFrame({
        "time": moments(problem.time_ms[rows]), "asset": part.asset, "wallet": named(part, part.wallet[ends[rows]]),
        "value": exact(seeds.amount)[mine].astype(object),
    })  # fmt: skip


def _in_order(found: list[pd.DataFrame]) -> pd.DataFrame:
    """Rows with a value, by time; those of which no time is known last."""
    found = [table[(table["value"] != 0).to_numpy(bool)] for table in found]
    found = [table for table in found if len(table)]
    if not found:
        return pd.DataFrame({name: pd.Series([], dtype=object) for name in COLUMNS})
    return pd.concat(found, ignore_index=True).sort_values("time", kind="stable", ignore_index=True)


__all__ = ["injected", "stayed"]
