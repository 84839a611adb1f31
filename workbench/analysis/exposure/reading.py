"""Reads the ledger as exposure and behaviour look at it: each transfer told once, and judged by the guards."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.exposure.planted import COINJOIN, DUST_USD, GUARDS, check, mixed, planted
from workbench.analysis.exposure.utxo import MOST_LINKS, joined, read_links
from workbench.analysis.projection import CHUNK, Ledger, project, transfer_ids
from workbench.analysis.token_symbols import token_symbols
from workbench.graph.store import Store

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Reading:
    """All transfers in the graph up to a time, and parts of UTXO transactions, each told once."""

    ledger: Ledger
    usd: Array
    """Dollars at the time of each row; NaN where unknown."""
    transaction: Array
    """Of rows that are parts of a UTXO transaction its id, else None."""
    left_out: dict[str, int]
    guarded: dict[str, Array]
    """Reason → rows that a guard leaves out; they are in `ledger`."""


def read_transfers(
    store: Store,
    *,
    as_of: datetime | None = None,
    guards: Collection[str] = GUARDS,
    dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Reading:
    """Read the ledger and judge it.

    `guards`, `dust_usd`, `dust`: see `planted`. Raises UnknownNameError for a guard nobody has, ParameterError.
    """
    check(guards, dust_usd, dust)
    ledger = project(store, order=True, progress=progress)
    links = read_links(store, ledger.wallets)
    both, usd, transaction = joined(ledger, read_usd(store, ledger), links)
    later = np.zeros(len(both), bool) if as_of is None else both.time_ms > int(as_of.timestamp() * 1000)
    both, usd, transaction = both.take(~later), usd[~later], transaction[~later]
    twice = np.zeros(len(both), bool) if not links.source else _told_twice(store, both, transaction)
    both, usd, transaction = both.take(~twice), usd[~twice], transaction[~twice]
    left_out = {
        f"UTXO transactions with more than {MOST_LINKS:,} pairs of ends": links.too_many,
        "inputs of UTXO transactions that are not loaded, at least": links.incomplete,
        "transfers after the time asked about": int(later.sum()),
        "transfers that are also loaded as inputs and outputs": int(twice.sum()),
    }
    guarded = planted(
        both, usd, guards, dust_usd=dust_usd, dust=dust,
        symbols=token_symbols(store) if "counterfeit" in guards else None,
    )  # fmt: skip
    if "coinjoin" in guards and links.source:
        joined_in = mixed(store, ledger.wallets, transaction)
        guarded = {COINJOIN: joined_in} | {reason: rows & ~joined_in for reason, rows in guarded.items()}
    return Reading(both, usd, transaction, left_out, guarded)


def _told_twice(store: Store, ledger: Ledger, transaction: Array) -> Array:
    """Transfers that one source tells of a UTXO transaction whose inputs and outputs another tells: the same value."""
    part = np.array([one is not None for one in transaction], bool)
    found = np.zeros(len(ledger), bool)
    networks = {ledger.assets[code].partition("/")[0] for code in np.unique(ledger.asset[part]).tolist()}
    there = np.array([name.partition("/")[0] in networks for name in ledger.assets], bool)
    rows = np.flatnonzero(~part & there[ledger.asset]) if len(there) else np.empty(0, np.int64)
    if len(rows):
        known = set(transaction[part].tolist())
        found[rows] = [str(id_).rpartition("/")[0] in known for id_ in transfer_ids(store, ledger, rows)]
    return found


def read_usd(store: Store, ledger: Ledger) -> Array:
    """Dollars at the time of every transfer of a ledger projected with `order=True`; NaN where unknown."""
    found = np.full(len(ledger), np.nan)
    if ledger.edge is None or not len(ledger):
        return found
    order = np.argsort(ledger.edge)
    known = ledger.edge[order]
    for edges, dollars in store.stream(
        "MATCH (a:Wallet) WITH collect(a) AS l UNWIND range(0, size(l) - 1, $chunk) AS i\n"
        "CALL (l, i) { UNWIND l[i..i + $chunk] AS a MATCH (a)-[r:SENT]->() WHERE r.usd IS NOT NULL\n"
        "  RETURN collect(id(r)) AS edges, collect(r.usd) AS dollars }\n"
        "RETURN edges, dollars",
        {"chunk": CHUNK},
        fetch_size=4,
    ):
        if not edges:
            continue
        wanted = np.array(edges, np.int64)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        hit = known[at] == wanted  # a transfer written since the projection is not in it
        found[order[at[hit]]] = np.array(dollars, np.float64)[hit]
    return found


__all__ = ["Reading", "read_transfers"]
