"""What went on from the stops of a trace: swapped into another asset, or bridged to another network.

It is booked where it left, so that it does not count as having stayed at the exchange as well as beyond it. What a
bridge kept of it is a fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import LEAST, MOST, ROUTER

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace
    from workbench.analysis.tracing.figures import Figures

NONE = -1
Exact = NDArray[Any]
"""Python integers, one a node."""


@dataclass(frozen=True)
class Onward:
    """What one swap or bridge took from one stop, of one incident."""

    node: int
    kind: str
    """"swap" or "bridge"."""
    transaction: str
    incident: int
    amounts: Mapping[str, int]
    """Method → base units that left the stop, a bridge's fee among them."""
    fees: Mapping[str, int]
    share: tuple[int, int]
    """Of a router's whole balance in the transaction so much of so much was swapped."""
    row: int = NONE
    """Of a bridge: the row of its deposit."""


def totals(part: AssetTrace, incident: int, method: str) -> dict[str, int]:
    """What went on in all: by swaps, by bridges, and what bridges kept."""
    made = {"swap": 0, "bridge": 0, "fees": 0}
    for one in part.onward:
        if one.incident == incident:
            fee = one.fees.get(method, 0)
            made[one.kind] += one.amounts.get(method, 0) - fee
            made["fees"] += fee
    return made


def crossed_at(figures: Figures, method: str) -> Exact:
    """What stayed at each node that is a stop: of what came what did not go on (of a router, what it holds)."""
    part = figures.part
    stays = np.where(part.kind == ROUTER, figures.held(method), figures.arrived(method)).astype(object)
    for one in part.onward:
        if one.incident == figures.incident:
            stays[one.node] -= one.amounts.get(method, 0)
    return stays


def crossed_within(figures: Figures, method: str, nodes: Any) -> tuple[Exact, Exact]:
    """Low and high of what stayed at stops.

    Of what a router swapped on the same share is taken off both; of a bridge, what its deposit can have brought.
    """
    part, incident = figures.part, figures.incident
    router = part.kind[nodes] == ROUTER
    arrives, stays = figures.arrived_within(method, nodes), figures.held_within(method, nodes)
    low, high = (np.where(router, kept, came).astype(object) for kept, came in zip(stays, arrives, strict=True))
    mine = [one for one in part.onward if one.incident == incident]
    if not mine:
        return low, high
    exact = crossed_at(figures, method)[nodes]
    if part.bound(method, incident, MOST) is not None:  # before it is capped: one of two deposits can be all of it
        high = np.where(router, high, part.arrived(method, incident, MOST)[nodes]).astype(object)
    place = {int(node): i for i, node in enumerate(nodes)}
    gone: dict[int, int] = {}
    for one in mine:
        i = place.get(one.node)
        if i is None:
            continue
        if router[i]:
            gone[i] = gone.get(i, 0) + one.share[0]
            continue
        least, most = (_of_row(part, method, incident, mode, one.row) for mode in (LEAST, MOST))
        took = one.amounts.get(method, 0)
        low[i] -= took if least is None else least
        high[i] -= took if most is None else most
    wholes = {one.node: one.share[1] for one in mine}
    for i, taken in gone.items():
        whole = wholes[int(nodes[i])]
        left = max(whole - taken, 0)
        low[i], high[i] = low[i] * left // whole, -(-high[i] * left // whole)
    return np.minimum(np.maximum(low, 0), exact), np.maximum(np.minimum(high, figures.injected(method)), exact)


def _of_row(part: AssetTrace, method: str, incident: int, mode: int, row: int) -> int | None:
    """The least or most that a row can carry of an incident; None where that is what it carries."""
    carried = part.bound(method, incident, mode)
    return None if carried is None else int(sum(carried.amount[carried.row == row]))


__all__ = ["NONE", "Onward", "crossed_at", "crossed_within", "totals"]
