"""The trace of one asset: what every method says of it, with bounds where history or order is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import DEEP, FOLLOWED, ITSELF, ORDINARY, PASSING, ROUTER, UNREACHED
from workbench.analysis.ledger_arrays import Ledger, indices_of
from workbench.analysis.tracing.backward import turned
from workbench.analysis.tracing.onward import Onward
from workbench.analysis.tracing.problem import Problem, ReadIds, late_rows, static_reach
from workbench.analysis.tracing.taint import (
    METHODS,
    SHARES,
    Carried,
    Poisoned,
    bound,
    exact,
    openings,
    poisoned,
    share,
)


@dataclass(frozen=True, eq=False)
class AssetTrace:
    """Everything the tables are made from. Amounts are Python integers in object arrays."""

    problem: Problem
    found: Poisoned
    opening: NDArray[Any]
    closing: NDArray[Any]
    carried: dict[str, Carried]
    unsure: dict[str, NDArray[np.bool_]]
    """Method → nodes whose history is incomplete, or whose order is ambiguous, after taint can have arrived. To methods
    that queue the order of arrivals matters as well, and to TIHO where else taint came from."""
    late: Ledger | None
    late_ids: NDArray[Any]
    packed_opening: NDArray[Any]
    """The opening balances with which the kernels begin."""
    onward: tuple[Onward, ...] = ()
    """What went on from its stops into other assets."""
    _bounds: dict[tuple[str, int, int], Carried] = field(default_factory=dict)

    def bound(self, method: str, incident: int, mode: int) -> Carried | None:
        """The LEAST or the MOST of an incident by a method; None where nothing is unsure. Computed when asked for."""
        if method not in self.carried or not self.unsure[method].any():
            return None
        key = method, incident, mode
        if key not in self._bounds:
            self._bounds[key] = bound(
                method, self.problem.rows, self.found, self.problem.seeds_of(method), self.packed_opening,
                self.unsure[method], incident, mode,
            )  # fmt: skip
        return self._bounds[key]

    @property
    def asset(self) -> str:
        return self.problem.asset

    @property
    def incidents(self) -> tuple[str, ...]:
        return self.problem.question.incidents

    @property
    def kind(self) -> NDArray[np.uint8]:
        return self.problem.rows.kind

    @property
    def wallet(self) -> NDArray[np.int64]:
        return self.problem.wallet

    @cached_property
    def alone(self) -> list[Poisoned]:
        """What poison says of every incident by itself: how near its own sources are."""
        if len(self.incidents) == 1:
            return [self.found]
        deep = self.found.status == DEEP  # the limit of depth counts from the nearest source of any incident
        rows = replace(self.problem.rows, barred=np.where(deep, DEEP, self.problem.rows.barred).astype(np.uint8))
        return [poisoned(rows, self.problem.seeds.only(incident)) for incident in range(len(self.incidents))]

    @cached_property
    def raw_hops(self) -> NDArray[Any]:
        """Of entries: fewest rows from a source of the incident."""
        row, incident, _ = self.entries
        hops = np.zeros(len(row), np.int32)
        for number, alone in enumerate(self.alone):
            mine = incident == number
            hops[mine] = alone.hops[row[mine]]
        return hops

    @property
    def hops(self) -> NDArray[Any]:
        """Of entries: fewest transfers (UTXO: transactions) from a source of the incident."""
        return -(-self.raw_hops // self.problem.transaction_hops)

    def depth(self, incident: int) -> NDArray[Any]:
        """Of nodes, likewise."""
        return -(-self.alone[incident].depth // self.problem.transaction_hops)

    def known(self, wallets: Iterable[str]) -> dict[str, int]:
        """Index of every one of these wallets that the asset's ledger knows."""
        return indices_of(self.problem.wallets[: self.problem.sorted_wallets], wallets)

    @cached_property
    def no_wallets(self) -> frozenset[str]:
        """UTXO model: names of the transactions, and of fees, that stand where wallets do."""
        if self.problem.sorted_wallets is None:
            return frozenset()
        return frozenset(self.problem.wallets[self.wallet[self.wallet >= self.problem.sorted_wallets]].tolist())

    @cached_property
    def amount(self) -> NDArray[Any]:
        """Of every row."""
        return exact(self.problem.rows.amount)

    @cached_property
    def ambiguous(self) -> NDArray[np.bool_]:
        """Nodes that received and sent inside one tie, after taint can have arrived."""
        mask: NDArray[np.bool_] = self.problem.ambiguous & (self.kind == ORDINARY) & (self.found.depth < UNREACHED)
        return mask

    @cached_property
    def entries(self) -> tuple[NDArray[Any], NDArray[Any], dict[str, NDArray[Any]]]:
        """(rows, incidents, amounts by method): one entry for each tainted row and each of its incidents."""
        status, of_row = self.found.status, self.found.of_row
        rows, incidents = [], []
        tainted = np.flatnonzero(status)
        for incident in range(len(self.incidents)):
            mine = tainted[(of_row[tainted] >> np.uint64(incident)) & np.uint64(1) == 1]
            rows.append(mine)
            incidents.append(np.full(len(mine), incident))
        row, incident_ = np.concatenate(rows), np.concatenate(incidents)
        order = np.lexsort((incident_, row))
        row, incident_ = row[order], incident_[order]
        key = row * len(self.incidents) + incident_
        poison = self.amount[row]
        poison[status[row] == ITSELF] = 0
        amounts = {"poison": poison}
        for method in SHARES:
            if (carried := self.carried.get(method)) is not None:
                column = np.zeros(len(row), object)
                place = np.searchsorted(key, carried.row * np.int64(len(self.incidents)) + carried.incident)
                column[place] = carried.amount
                amounts[method] = column
        return row, incident_, amounts

    def arrived(self, method: str, incident: int, mode: int) -> NDArray[Any]:
        """The least or most of an incident that arrived at each node by a method."""
        carried = self.bound(method, incident, mode)
        total = np.zeros(len(self.kind), object)
        if carried is None:
            row, of, amounts = self.entries
            mine = (of == incident) & (self.found.status[row] == FOLLOWED)
            np.add.at(total, self.problem.rows.target[row[mine]], amounts[method][mine])
        else:
            mine = self.found.status[carried.row] == FOLLOWED
            np.add.at(total, self.problem.rows.target[carried.row[mine]], carried.amount[mine])
        return total

    def static(self, *, past_stops: bool, limits: bool = True) -> NDArray[np.bool_]:
        """Wallets of the ledger that are reached when time (and services) are ignored."""
        if self.problem.ledger is None:  # every output is spent once: nothing is reached against the order of time
            reached = np.zeros(len(self.problem.wallets), bool)
            reached[self.wallet[self.found.depth < UNREACHED]] = True
            return reached
        return static_reach(self.problem.ledger, self.problem.question, past_stops=past_stops, limits=limits)


def solve(problem: Problem, read_ids: ReadIds) -> AssetTrace:
    """Run every method that was asked for."""
    question, rows, seeds = problem.question, problem.rows, problem.seeds
    limit = None if question.max_depth is None else question.max_depth * problem.transaction_hops
    found = poisoned(rows, seeds, limit)
    opening, closing = openings(rows)
    short = exact(opening) > 0
    if problem.backward:  # what is had at the end is what the way back begins with
        opening, closing = openings(turned(problem.balances or rows))
        opening, closing = opening[: len(rows.kind)], closing[: len(rows.kind)]
        short, (opening, closing) = exact(opening) > 0, (closing, opening)
    reached = found.depth < UNREACHED
    within = np.isin(rows.kind, (ORDINARY, ROUTER, PASSING)) & reached
    mixes = (problem.ambiguous & (rows.kind == ORDINARY) & reached) | (short.astype(bool) & within)
    queues = mixes | (problem.crowded & np.isin(rows.kind, (ORDINARY, ROUTER)) & reached)
    unsure = {method: mixes if method == "haircut" else queues for method in SHARES}
    if queues.any():  # how much of one incident TIHO sends where depends on how much of another is there
        met = (np.bitwise_count(found.of_node) > 1) & np.isin(rows.kind, (ORDINARY, ROUTER, PASSING))
        unsure["tiho"] = queues | met
    asked = [method for method in METHODS if method in question.methods and method in SHARES]
    carried = {
        method: share(method, rows, found, problem.seeds_of(method), opening, len(question.incidents))
        for method in asked
    }
    late, late_ids = problem.late, np.empty(0, object)
    if late is not None and late.ids is not None:
        late_ids = late.ids
    if problem.ledger is not None:
        picked = late_rows(problem.ledger, question, problem.wallet[reached])
        if len(picked):
            late, late_ids = problem.ledger.take(picked), read_ids(problem.ledger, picked)
    return AssetTrace(
        problem, found, np.where(short, exact(opening), 0) if not problem.backward else np.where(
            short, exact(closing), 0
        ), exact(closing), carried, unsure, late, late_ids, opening,
    )  # fmt: skip


__all__ = ["AssetTrace", "solve"]
