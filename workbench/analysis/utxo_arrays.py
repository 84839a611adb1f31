"""Inputs and outputs of UTXO transactions as arrays, in a fixed order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import INT64_MAX, MISSING, Amounts, objects
from workbench.analysis.projection_cache import Kept
from workbench.errors import RecordError

KINDS = ("in", "out")
UNSAID, NOT_LOADED = -1, -2
"""Stand for the output that an input spends: the source does not say; it says, but that output is not there."""
_BY_ADDRESS = ("input:", "output:")
"""How an id goes on behind its transaction's where it is told by address (STIX, which does not keep the order)."""
_LAST = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Side:
    """All inputs, or all outputs, as columns of equal length."""

    kind: str
    """`in` or `out`."""
    transaction: NDArray[np.int32]
    wallet: NDArray[np.int32]
    amount: Amounts
    """Base units, exact: int64 where all fit, else Python integers."""
    position: NDArray[np.int64]
    """Place in the transaction, from 0; MISSING where it is not known."""
    odd: dict[int, str] = field(default_factory=dict)
    """Row → id, where that is not `<transaction>/<kind>:<position>`."""

    def __len__(self) -> int:
        return len(self.transaction)

    def take(self, rows: NDArray[Any]) -> Side:
        """Those of some rows (indices)."""
        odd = {new: self.odd[old] for new, old in enumerate(rows.tolist()) if old in self.odd} if self.odd else {}
        return Side(
            self.kind, self.transaction[rows], self.wallet[rows], self.amount[rows], self.position[rows], odd
        )  # fmt: skip


@dataclass(frozen=True)
class Flows:
    """Transactions in the order of time and id; rows in that of transaction and position (unknown positions last)."""

    wallets: NDArray[Any]
    """CAIP-10 ids, sorted, of those that take part."""
    transactions: NDArray[Any]
    time_ms: NDArray[np.int64]
    """Milliseconds since 1970, UTC; MISSING where not known."""
    block: NDArray[np.int64]
    inputs: Side
    outputs: Side
    spends: NDArray[np.int32] | None = None
    """For each input the row of the output it spends, UNSAID or NOT_LOADED; None where that was not asked for."""
    told_twice: int = 0
    """Rows left out because another source tells of the same input or output."""

    def ids(self, side: Side, rows: NDArray[Any]) -> NDArray[Any]:
        """The ids of some rows (indices) of a side."""
        names, places = self.transactions[side.transaction[rows]].tolist(), side.position[rows].tolist()
        return objects([
            side.odd.get(row) or f"{name}/{side.kind}:{place}"
            for row, name, place in zip(rows.tolist(), names, places, strict=True)
        ])  # fmt: skip

    @classmethod
    def of(cls, transactions: Iterable[Sequence[Any]], inputs: Iterable[Sequence[Any]],
           outputs: Iterable[Sequence[Any]]) -> Flows:  # fmt: skip
        """From rows, in any order: (id, time ms or None, block or None); (transaction, wallet, amount, position or
        None, id, id of the output spent or None); (transaction, wallet, amount, position or None, id).

        Of rows with the same id the first stands. A transaction that only an input or output names has no time.
        Raises RecordError for an amount that is no whole number of base units.
        """
        given = [list({row[4]: row for row in reversed(list(rows))}.values()) for rows in (inputs, outputs)]
        made = {row[0]: row for row in reversed(list(transactions))}
        names = sorted({row[0] for rows in given for row in rows})
        wallets = sorted({row[1] for rows in given for row in rows})
        told = [made.get(name, (name, None, None)) for name in names]
        number = {name: i for i, name in enumerate(names)}
        owner = {name: i for i, name in enumerate(wallets)}
        sides = [
            Side(
                kind, np.array([number[row[0]] for row in rows], np.int32),
                np.array([owner[row[1]] for row in rows], np.int32), whole_numbers([row[2] for row in rows]),
                _column([row[3] for row in rows]), {i: row[4] for i, row in enumerate(rows)},
            )
            for kind, rows in zip(KINDS, given, strict=True)
        ]  # fmt: skip
        at = {row[4]: i for i, row in enumerate(given[1])}
        spends = [UNSAID if row[5] is None else at.get(row[5], NOT_LOADED) for row in given[0]]
        return arranged(cls(
            objects(wallets), objects(names), _column([row[1] for row in told]), _column([row[2] for row in told]),
            sides[0], sides[1], np.array(spends, np.int32),
        ))  # fmt: skip


def arranged(flows: Flows) -> Flows:
    """The same in the fixed order, without transactions that have no rows, and without what is told twice."""
    sides, old_rows = [], []
    for side in (flows.inputs, flows.outputs):
        kept = np.setdiff1d(np.arange(len(side)), told_twice(flows, side))
        sides.append(side.take(kept))
        old_rows.append(kept)
    gone = len(flows.inputs) + len(flows.outputs) - sum(map(len, sides))
    there = np.unique(np.concatenate([side.transaction for side in sides]))
    by_name = sorted(there.tolist(), key=flows.transactions.__getitem__)
    order = np.array(by_name, np.int64)
    order = order[np.argsort(flows.time_ms[order], kind="stable")]
    rank = np.full(len(flows.transactions), MISSING, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    spends = flows.spends
    for i, side in enumerate(sides):
        moved = replace(side, transaction=rank[side.transaction])
        rows = _row_order(moved)
        sides[i], old_rows[i] = moved.take(rows), old_rows[i][rows]
    if spends is not None:
        new_row = np.full(len(flows.outputs), NOT_LOADED, np.int32)
        new_row[old_rows[1]] = np.arange(len(sides[1]), dtype=np.int32)
        spends = spends[old_rows[0]]
        spends = np.where(spends >= 0, new_row[np.maximum(spends, 0)] if len(new_row) else NOT_LOADED, spends)
        spends = spends.astype(np.int32)
    return Flows(
        flows.wallets, flows.transactions[order], flows.time_ms[order], flows.block[order], sides[0], sides[1],
        spends, gone,
    )  # fmt: skip


def _row_order(side: Side) -> NDArray[np.int64]:
    """By transaction and position; rows of one place by wallet, amount and id, so that the order is the same always."""
    place = np.where(side.position < 0, _LAST, side.position)
    order: NDArray[np.int64] = np.lexsort((side.wallet, place, side.transaction))
    same = np.append(False, np.ones(max(len(order) - 1, 0), bool))[: len(order)]
    for column in (side.wallet, place, side.transaction):
        ordered = column[order]
        same[1:] &= ordered[1:] == ordered[:-1]
    run = np.cumsum(~same)
    same[:-1] |= same[1:]
    rows = np.flatnonzero(same)
    order[rows] = [
        row for _, _, _, row in sorted(
            (int(of), int(side.amount[row]), side.odd.get(row, ""), row)
            for of, row in zip(run[rows].tolist(), order[rows].tolist(), strict=True)
        )
    ]  # fmt: skip
    return order


def told_twice(flows: Flows, side: Side) -> NDArray[np.int64]:
    """Rows told by their address (`_BY_ADDRESS`) that a row told by its index repeats: same wallet, same amount."""
    by_address = np.zeros(len(side), bool)
    for row, id_ in side.odd.items():
        name = flows.transactions[side.transaction[row]]
        by_address[row] = id_.startswith(_BY_ADDRESS, len(name) + 1) and id_.startswith(name)
    mixed = np.intersect1d(side.transaction[by_address], side.transaction[~by_address])
    rows = np.flatnonzero(np.isin(side.transaction, mixed))
    columns = (side.transaction[rows].tolist(), side.wallet[rows].tolist(), side.amount[rows].tolist())
    keys = list(zip(*columns, strict=True))
    free = Counter(key for key, row in zip(keys, rows.tolist(), strict=True) if not by_address[row])
    gone = []
    for key, row in zip(keys, rows.tolist(), strict=True):
        if by_address[row] and free[key]:
            free[key] -= 1
            gone.append(row)
    return np.array(gone, np.int64)


def to_keep(flows: Flows) -> Kept:
    """As the projection cache takes it."""
    arrays: dict[str, NDArray[Any]] = {"time_ms": flows.time_ms, "block": flows.block}
    names = {"wallets": flows.wallets.tolist(), "transactions": flows.transactions.tolist()}
    if flows.spends is not None:
        arrays["spends"] = flows.spends
    for side in (flows.inputs, flows.outputs):
        kind = side.kind
        arrays |= {f"{kind}_transaction": side.transaction, f"{kind}_wallet": side.wallet,
                   f"{kind}_position": side.position, f"{kind}_odd_at": np.array(list(side.odd), np.int64)}  # fmt: skip
        names[f"{kind}_odd"] = list(side.odd.values())
        if side.amount.dtype == object:
            names[f"{kind}_amount"] = [str(amount) for amount in side.amount]
        else:
            arrays[f"{kind}_amount"] = side.amount
    return Kept(arrays, names, {"told_twice": flows.told_twice})


def from_kept(kept: Kept) -> Flows:
    """What `to_keep` was given."""
    arrays, names = kept.arrays, kept.names
    sides = [
        Side(
            kind, arrays[f"{kind}_transaction"], arrays[f"{kind}_wallet"],
            whole_numbers(names[f"{kind}_amount"]) if f"{kind}_amount" in names else arrays[f"{kind}_amount"],
            arrays[f"{kind}_position"], dict(zip(arrays[f"{kind}_odd_at"].tolist(), names[f"{kind}_odd"], strict=True)),
        )
        for kind in KINDS
    ]  # fmt: skip
    return Flows(
        wallets=objects(names["wallets"]), transactions=objects(names["transactions"]), time_ms=arrays["time_ms"],
        block=arrays["block"], inputs=sides[0], outputs=sides[1], spends=arrays.get("spends"),
        told_twice=kept.said["told_twice"],
    )  # fmt: skip


def whole_numbers(values: Iterable[Any]) -> Amounts:
    """Amounts as int64 where all fit, else as Python integers; raises RecordError for what is none."""
    made = []
    for value in values:
        try:
            amount = int(value)
        except (TypeError, ValueError, OverflowError):
            amount = -1
        if amount < 0 or isinstance(value, float):
            raise RecordError("not a whole number of base units", field="amount", value=str(value)[:80])
        made.append(amount)
    return objects(made) if max(made, default=0) > INT64_MAX else np.array(made, np.int64)


def _column(values: Iterable[int | None]) -> NDArray[np.int64]:
    return np.array([MISSING if value is None else int(value) for value in values], np.int64)


__all__ = ["KINDS", "NOT_LOADED", "UNSAID", "Flows", "Side", "arranged", "from_kept", "to_keep", "whole_numbers"]
