"""What one incident's taint comes to at every node of an asset's trace, by every method, with bounds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import BETWEEN, CLEAN, FEE, FOLLOWED, ITSELF, SOURCE, STOP, UNREACHED
from workbench.analysis.tracing.asset import AssetTrace
from workbench.analysis.tracing.taint import LEAST, MOST, exact

_NEVER, _UNKNOWN = np.iinfo(np.int64).max, np.iinfo(np.int64).min
Exact = NDArray[Any]
"""Python integers, one a node."""


class Figures:
    """Arrivals, holdings and bounds of one incident, node by node, in base units."""

    def __init__(self, part: AssetTrace, incident: int, methods: Sequence[str]) -> None:
        self.part = part
        self.incident = incident
        self.methods = tuple(methods)
        bit = (part.found.of_node >> np.uint64(incident)) & np.uint64(1)
        self.mine: NDArray[np.bool_] = (part.found.depth < UNREACHED) & (bit == 1)
        self._arrived: dict[str, Exact] = {}
        self._injected: dict[tuple[str, str | None], int] = {}

    def reached(self, *kinds: int) -> NDArray[np.int64]:
        """Nodes of these kinds that the incident's taint reached."""
        return np.flatnonzero(self.mine & np.isin(self.part.kind, kinds))

    @cached_property
    def _entries(self) -> tuple[Any, Any]:
        row, of, _ = self.part.entries
        picked = np.flatnonzero(of == self.incident)
        return row[picked], picked

    def _into(self, values: Any, *, followed: bool = True) -> Exact:
        row, _ = self._entries
        total = np.zeros(len(self.part.kind), object)
        keep = self.part.found.status[row] == FOLLOWED if followed else slice(None)
        np.add.at(total, self.part.problem.rows.target[row[keep]], values[keep])
        return total

    @cached_property
    def transfers(self) -> Any:
        """Followed transfers into each node."""
        row, _ = self._entries
        keep = self.part.found.status[row] == FOLLOWED
        return np.bincount(self.part.problem.rows.target[row[keep]], minlength=len(self.part.kind))

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Time (ms) of the first followed transfer into each node; int64's least where none is known."""
        row, _ = self._entries
        row = row[self.part.found.status[row] == FOLLOWED]
        times = self.part.problem.time_ms[row]
        known = times != _UNKNOWN
        first = np.full(len(self.part.kind), _NEVER, np.int64)
        np.minimum.at(first, self.part.problem.rows.target[row[known]], times[known])
        return np.where(first == _NEVER, _UNKNOWN, first)

    def injected(self, method: str, kind: str | None = None) -> int:
        """What the sources sent, and what swaps and bridges brought; with `kind` what one of those brought."""
        key = method, kind
        if key not in self._injected:
            problem, status = self.part.problem, self.part.found.status
            seeds = problem.seeds_of(method)
            counted = (seeds.incident == self.incident) & ~np.isin(status[seeds.row], (CLEAN, BETWEEN, ITSELF))
            if kind is not None:
                counted &= np.array([one is not None and one.kind == kind for one in problem.seeding()], bool)
            self._injected[key] = int(sum(exact(seeds.amount)[counted]))
        return self._injected[key]

    def arrived(self, method: str) -> Exact:
        """What followed transfers brought to each node; zeros for a method that was not asked for."""
        if method not in self._arrived:
            _, picked = self._entries
            amounts = self.part.entries[2].get(method)
            self._arrived[method] = (
                np.zeros(len(self.part.kind), object) if amounts is None else self._into(amounts[picked])
            )
        return self._arrived[method]

    def held(self, method: str) -> Exact:
        """What stays at each node; by poison, all it has."""
        if method == "poison":
            return np.where(self.mine, self.part.closing, 0)
        carried = self.part.carried.get(method)
        return np.zeros(len(self.part.kind), object) if carried is None else carried.held[:, self.incident]

    def first_held(self, nodes: Any) -> Exact:
        """The most that any method says stays at nodes."""
        return np.max([self.held(method)[nodes] for method in self.methods], axis=0) if len(nodes) else np.zeros(0)

    def dropped(self, method: str) -> int:
        """What left in transfers that were not followed."""
        row, picked = self._entries
        status = self.part.found.status[row]
        lost = ~np.isin(status, (CLEAN, FOLLOWED, BETWEEN, ITSELF))
        return int(sum(self.part.entries[2][method][picked][lost]))

    def arrived_within(self, method: str, nodes: Any) -> tuple[Exact, Exact]:
        """Low and high of what arrived: where value ends no more than was stolen; elsewhere it can come again."""
        came = self.arrived(method)[nodes]
        if self.part.bound(method, self.incident, LEAST) is None:
            return came, came
        low, high = (self.part.arrived(method, self.incident, mode)[nodes] for mode in (LEAST, MOST))
        ends = np.isin(self.part.kind[nodes], (STOP, SOURCE, FEE))
        return low, np.maximum(came, np.where(ends, np.minimum(high, self.injected(method)), high))

    def held_within(self, method: str, nodes: Any) -> tuple[Exact, Exact]:
        """Low and high of what stayed at nodes.

        The smallest opening balance is the one with which most taint leaves: where nothing else is unsure, what stays
        is exact; else it lies between nothing and all that can have come.
        """
        part, stays = self.part, self.held(method)[nodes]
        bounds = [found for mode in (LEAST, MOST) if (found := part.bound(method, self.incident, mode))]
        if not bounds:
            return stays, stays
        least, most = self.arrived_within(method, nodes)
        low, high = (found.held[nodes, 0] for found in bounds)
        unsure = part.unsure[method][nodes]
        short = (part.opening[nodes] > 0).astype(bool)
        settled = short & (least == most).astype(bool) & ~part.ambiguous[nodes]
        if method != "haircut":
            settled &= ~part.problem.crowded[nodes]
        if method == "tiho":
            settled &= np.bitwise_count(part.found.of_node[nodes]) < 2
        bottom = np.where(unsure, np.where(settled, stays, 0), low)
        top = np.where(
            unsure,
            np.maximum(stays, np.minimum(most, self.injected(method))),
            np.maximum(stays, np.minimum(high, self.injected(method))),
        )
        return bottom, top


__all__ = ["Figures"]
