"""Follows value through swaps and wraps: what came out of one in another asset is tainted as what went in was.

Only joins that the ledger proves are followed (`joins.swaps`: one wallet, one transaction, one asset given, one got).
The share that goes on is haircut's (or, where haircut was not asked for, the first method's): an exchange hands back
one amount for another, and which unit was paid for which has no meaning. From there every method goes its own way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import FOLLOWED, UNREACHED
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.asset import AssetTrace
from workbench.analysis.tracing.joins import KINDS, swaps, transactions
from workbench.analysis.tracing.problem import ReadIds

Seeded = dict[str, dict[int, tuple[tuple[int, int, int], ...]]]
"""Asset → row of that asset's ledger → (incident, base units, hops before it)."""
ROUNDS = 20
"""Swaps in a row that are followed."""
COLUMNS = (
    "transaction", "kind", "incident", "wallet", "asset_in", "tainted_in_base_units", "asset_out",
    "tainted_out_base_units", "method",
)  # fmt: skip


def joined(
    ledger: Ledger, parts: Sequence[AssetTrace], services: Sequence[int], read_ids: ReadIds, method: str
) -> tuple[Seeded, pd.DataFrame]:
    """What swaps bring into each asset, given what was found so far; and the swaps themselves."""
    tainted, hops, wallets = _tainted(ledger, parts, method)
    serving = set(services)
    mine = np.zeros(len(ledger.wallets), bool)
    mine[list(wallets - serving)] = True
    rows = np.flatnonzero(mine[ledger.source] | mine[ledger.target])
    near = ledger.take(rows)
    ids = read_ids(ledger, rows)
    found = swaps(near, services, transaction=transactions(near, list(ids)), wallets=sorted(wallets - serving))
    groups: dict[int, tuple[dict[int, None], dict[int, None], int]] = {}
    for out_row, in_row, group, kind, exact in zip(
        found.out_row.tolist(), found.in_row.tolist(), found.group.tolist(), found.kind.tolist(), found.exact.tolist(),
        strict=True,
    ):  # fmt: skip
        if exact:
            outs, ins, _ = groups.setdefault(group, ({}, {}, kind))
            outs[out_row] = ins[in_row] = None
    place = _places(ledger)
    seeds: dict[str, dict[int, list[tuple[int, int, int]]]] = {}
    told: list[dict[str, Any]] = []
    for outs, ins, kind in groups.values():
        paid = sum(int(near.amount[row]) for row in outs)
        given: dict[int, int] = {}
        for row in outs:
            for incident, amount in tainted.get(int(rows[row]), {}).items():
                given[incident] = given.get(incident, 0) + amount
        nearest = {i: min(hops[int(rows[row]), i] for row in outs if (int(rows[row]), i) in hops) for i in given}
        for row in ins:
            asset = ledger.assets[int(near.asset[row])]
            got = [
                (i, int(near.amount[row]) * amount // paid, nearest[i]) for i, amount in sorted(given.items()) if amount
            ]
            got = [one for one in got if one[1]]
            if not got:
                continue
            seeds.setdefault(asset, {})[int(place[rows[row]])] = got
            told += [{
                "transaction": str(ids[row]).rpartition("/")[0], "kind": KINDS[kind],
                "incident": parts[0].incidents[incident], "wallet": ledger.wallets[int(near.target[row])],
                "asset_in": ledger.assets[int(near.asset[next(iter(outs))])], "tainted_in_base_units": given[incident],
                "asset_out": asset, "tainted_out_base_units": amount, "method": method,
            } for incident, amount, _ in got]  # fmt: skip
    made = {asset: {row: tuple(got) for row, got in sorted(found_.items())} for asset, found_ in sorted(seeds.items())}
    return made, pd.DataFrame(told, columns=list(COLUMNS))


def _tainted(
    ledger: Ledger, parts: Sequence[AssetTrace], method: str
) -> tuple[dict[int, dict[int, int]], dict[tuple[int, int], int], set[int]]:
    """Tainted amounts and hops of followed rows of the whole ledger, and the wallets that taint reached."""
    amounts: dict[int, dict[int, int]] = {}
    hops: dict[tuple[int, int], int] = {}
    wallets: set[int] = set()
    for part in parts:
        if part.problem.ledger is None:
            continue
        own = np.flatnonzero(ledger.asset == ledger.assets.index(part.asset))
        row, incident, columns = part.entries
        whole = own[part.problem.picked[row]]
        for at, of, amount, hop, status in zip(
            whole.tolist(), incident.tolist(), columns[method].tolist(), part.raw_hops.tolist(),
            part.found.status[row].tolist(), strict=True,
        ):  # fmt: skip
            if amount and status == FOLLOWED:
                amounts.setdefault(at, {})[of] = amount
                hops[at, of] = hop
        wallets |= set(part.wallet[part.found.depth < UNREACHED].tolist())
        wallets |= set(part.problem.question.sources)
    return amounts, hops, wallets


def _places(ledger: Ledger) -> Any:
    """For each row its place among those of its asset."""
    place = np.zeros(len(ledger), np.int64)
    for code in range(len(ledger.assets)):
        mine = np.flatnonzero(ledger.asset == code)
        place[mine] = np.arange(len(mine))
    return place


__all__ = ["COLUMNS", "ROUNDS", "Seeded", "joined"]
