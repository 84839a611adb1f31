"""Finds the transfers of named transactions in a ledger: the sides of a bridge."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.bridged import Find, Side
from workbench.graph.store import Store

RowsOf = Callable[[Ledger, Collection[str]], dict[str, list[int]]]
"""A ledger and ids of transactions → the rows of each."""


def sides_in(ledger: Ledger, rows_of: RowsOf, read_ids: Any) -> Find:
    """How to find sides in this ledger."""

    def find(wanted: Collection[str]) -> dict[str, list[Side]]:
        made: dict[str, list[Side]] = {}
        found = rows_of(ledger, wanted) if len(ledger) and wanted else {}
        rows = np.array(sorted({row for some in found.values() for row in some}), np.int64)
        place = places(ledger) if len(rows) else rows
        names = dict(zip(rows.tolist(), read_ids(ledger, rows).tolist(), strict=True)) if len(rows) else {}
        for transaction, some in found.items():
            for row in some:
                code = int(ledger.asset[row])
                made.setdefault(transaction, []).append(Side(
                    ledger.assets[code], int(place[row]), names[row], ledger.wallets[ledger.source[row]],
                    ledger.wallets[ledger.target[row]], int(ledger.amount[row]), int(ledger.time_ms[row]),
                ))  # fmt: skip
        return made

    return find


def places(ledger: Ledger) -> NDArray[np.int64]:
    """For each row its place among those of its asset."""
    place = np.zeros(len(ledger), np.int64)
    for code in range(len(ledger.assets)):
        mine = np.flatnonzero(ledger.asset == code)
        place[mine] = np.arange(len(mine))
    return place


def rows_by_id(read_ids: Any) -> RowsOf:
    """Rows of transactions in a ledger whose transfer ids can be read."""

    def rows(ledger: Ledger, wanted: Collection[str]) -> dict[str, list[int]]:
        made: dict[str, list[int]] = {}
        for row, name in enumerate(read_ids(ledger, np.arange(len(ledger))).tolist()):
            if (transaction := name.rpartition("/")[0]) in wanted:
                made.setdefault(transaction, []).append(row)
        return made

    return rows


def rows_in_graph(store: Store) -> RowsOf:
    """Rows of transactions in a ledger that was projected from a graph with `order=True`, looked up by their ids."""

    def rows(ledger: Ledger, wanted: Collection[str]) -> dict[str, list[int]]:
        if ledger.edge is None:
            return rows_by_id(lambda part, some: part.ids[some])(ledger, wanted)
        found = store.read(
            "UNWIND $transactions AS transaction MATCH ()-[r:SENT]->() WHERE r.id STARTS WITH transaction + '/'\n"
            "RETURN transaction, id(r) AS edge ORDER BY transaction, r.id",
            {"transactions": sorted(wanted)},
        ).rows
        order = np.argsort(ledger.edge)
        made: dict[str, list[int]] = {}
        for transaction, edge in found:
            at = int(np.searchsorted(ledger.edge[order], edge))
            if at < len(order) and ledger.edge[order[at]] == edge:
                made.setdefault(transaction, []).append(int(order[at]))
        return made

    return rows


__all__ = ["RowsOf", "places", "rows_by_id", "rows_in_graph", "sides_in"]
