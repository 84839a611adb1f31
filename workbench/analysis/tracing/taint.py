"""Taint by five methods over the rows of one asset, in exact integers: the kernels, and how they are called.

Poison and haircut: Möser, Böhme, Breuker (2014). FIFO and LIFO: Anderson, Shumailov, Ahmed (2018). TIHO: Tironsakkul,
Maarek, Eross, Just (2019). An account is a node with a balance; a UTXO is a node that is spent once, and so is a
transaction, so that both models run through the same kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.haircut import haircut, opening_balances
from workbench.analysis.kernels.lots import fifo, lifo
from workbench.analysis.kernels.poison import poison
from workbench.analysis.kernels.rows import CLEAN, EXACT, FOLLOWED, LEAST, MOST, UNREACHED
from workbench.analysis.kernels.tiho import tiho
from workbench.analysis.limbs import Limbs, integers_of, limbs_of
from workbench.errors import ParameterError

SHARES = ("haircut", "fifo", "lifo", "tiho")
"""Methods that share an amount out; each conserves it."""
METHODS = ("poison", *SHARES)
_ONE_LIMB = 2**62
TWO_LIMBS = 2**126


def packed(amounts: NDArray[Any]) -> NDArray[Any]:
    """Amounts as the kernels take them: int64 where their total fits, else two limbs; raises ParameterError beyond."""
    total = int(sum(amounts.tolist())) if amounts.dtype == object else _total(amounts)
    if total < _ONE_LIMB:
        return amounts.astype(np.int64)
    if total >= TWO_LIMBS:
        raise ParameterError("the amounts of this asset add up to more than 2^126 base units", hint="Leave out junk.")
    halves = limbs_of(amounts)
    return np.stack([halves.low, halves.high], axis=1)


def _total(amounts: NDArray[Any]) -> int:
    high, low = amounts >> 32, amounts & 0xFFFFFFFF
    return (int(high.sum()) << 32) + int(low.sum())


def exact(amounts: NDArray[Any]) -> NDArray[Any]:
    """Packed amounts as Python integers in an object array."""
    if amounts.ndim == 1:
        return amounts.astype(object)
    return integers_of(Limbs(amounts[:, 0], amounts[:, 1], np.zeros(len(amounts), bool)), {})


@dataclass(frozen=True)
class Rows:
    """Transfers of one asset in the order in which they are taken."""

    source: NDArray[np.int32]
    target: NDArray[np.int32]
    amount: NDArray[Any]
    """Packed (see `packed`)."""
    tied: NDArray[np.bool_]
    barred: NDArray[np.uint8]
    """0, or why the row is not followed (`kernels.rows`)."""
    kind: NDArray[np.uint8]
    """Of every node."""


@dataclass(frozen=True)
class Seeds:
    """Rows that are tainted of themselves, in the order of rows."""

    row: NDArray[np.int32]
    incident: NDArray[np.int16]
    amount: NDArray[Any]
    hop: NDArray[np.int32]

    def only(self, incident: int) -> Seeds:
        """Those of one incident, as incident 0."""
        mine = self.incident == incident
        return Seeds(self.row[mine], np.zeros(int(mine.sum()), np.int16), self.amount[mine], self.hop[mine])


@dataclass(frozen=True)
class Poisoned:
    """What poison says of every row and node."""

    status: NDArray[np.uint8]
    hops: NDArray[np.int32]
    """Fewest transfers from a source up to and including the row."""
    of_row: NDArray[np.uint64]
    """Incidents, a bit each."""
    depth: NDArray[np.int32]
    """Of nodes; UNREACHED where no taint came."""
    of_node: NDArray[np.uint64]


@dataclass(frozen=True)
class Carried:
    """What one method says: the tainted part of rows, and what nodes hold at the end, per incident."""

    row: NDArray[np.int32]
    incident: NDArray[np.int16]
    amount: NDArray[Any]
    """Python integers."""
    held: NDArray[Any]
    """Python integers, nodes × incidents."""


def poisoned(rows: Rows, seeds: Seeds, max_depth: int | None = None) -> Poisoned:
    """Everything that leaves an address after the first tainted arrival is tainted, wholly."""
    found = poison(
        rows.source, rows.target, rows.tied, rows.barred, rows.kind, seeds.row, seeds.incident, seeds.hop,
        max_depth or 0,
    )  # fmt: skip
    status, hops, of_row, depth, of_node = found
    if not len(of_row):
        of_row = (status != CLEAN).astype(np.uint64)
    return Poisoned(status, hops, of_row, depth, of_node)


def openings(rows: Rows) -> tuple[NDArray[Any], NDArray[Any]]:
    """The smallest opening balances with which nobody spends more than he has, and closing balances; packed.

    An opening of zero where all that was spent had been seen to arrive. More than zero proves that history is missing;
    zero proves nothing.
    """
    opening, closing = opening_balances(rows.source, rows.target, rows.amount, rows.kind)
    return opening, closing


def share(
    method: str, rows: Rows, found: Poisoned, seeds: Seeds, opening: NDArray[Any], incidents: int,
    *, unsure: NDArray[np.bool_] | None = None, mode: int = EXACT, room: int | None = None,
) -> Carried:  # fmt: skip
    """One method's figures; with `unsure` and a mode other than EXACT, a bound instead of a figure.

    LEAST: nodes that are unsure (their balance or order is not known) keep all the taint they get. MOST: all they
    send is tainted. Which unit goes where does not depend on which are tainted, or (haircut, TIHO) more taint in
    means no less out, so no behaviour of theirs leads outside the two.
    """
    if room is None:
        room = int(np.bitwise_count(found.of_row[found.status != CLEAN]).sum())
    kernel: Any = {"haircut": haircut, "fifo": fifo, "lifo": lifo, "tiho": tiho}[method]
    before = (rows.source, rows.target, rows.amount, found.status, rows.kind)
    balances = () if method == "tiho" else (opening,)
    flags = np.zeros(len(rows.kind), bool) if unsure is None else unsure
    room += len(seeds.row) + incidents + 2
    row, incident, amount, held = kernel(
        *before, *balances, incidents, seeds.row, seeds.incident, seeds.amount, flags, mode, room
    )
    return Carried(row, incident, exact(amount), exact(held).reshape(len(rows.kind), incidents))


def bound(
    method: str, rows: Rows, found: Poisoned, seeds: Seeds, opening: NDArray[Any], unsure: NDArray[np.bool_],
    incident: int, mode: int,
) -> Carried:  # fmt: skip
    """The least or most of one incident; its result has one incident, number 0."""
    mine = (found.of_row >> np.uint64(incident)) & np.uint64(1)
    status = np.where(mine.astype(bool), found.status, CLEAN).astype(np.uint8)
    alone = Poisoned(status, found.hops, mine, found.depth, found.of_node)
    return share(method, rows, alone, seeds.only(incident), opening, 1, unsure=unsure, mode=mode)


__all__ = [
    "CLEAN", "EXACT", "FOLLOWED", "LEAST", "METHODS", "MOST", "SHARES", "TWO_LIMBS", "UNREACHED",
    "Carried", "Poisoned", "Rows", "Seeds", "bound", "exact", "openings", "packed", "poisoned", "share",
]  # fmt: skip
