"""The evidence of an indirect exposure: the widest of the shortest paths, with a transfer for every hop."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.exposure.measure import Measured
from workbench.analysis.exposure.network import DIRECTIONS, Network


def path(found: Measured, wallet: int, category: int, direction: str) -> list[dict[str, Any]]:
    """One row a hop, in the direction in which value moved; empty where there is no path.

    Of every pair on the way the transfers are chosen so that each comes no earlier than the one before it, the
    earliest that can be; where no choice does, the largest stand there, and `in_time_order` is False: then this
    path cannot have carried the value, though another may have. `row` is the transfer's place in the network.
    """
    from workbench.analysis.kernels.exposure import widest

    _, back = found.network.towards(direction)
    near = np.ascontiguousarray(found.distance[direction][:, category])
    nodes, _ = widest(*back, near, found.closed, wallet)
    if not len(nodes):
        return []
    way = nodes[::-1] if direction == DIRECTIONS[0] else nodes
    pairs = [(int(a), int(b)) for a, b in zip(way[:-1], way[1:], strict=True)]
    chosen, ordered = _transfers(found.network, pairs)
    ledger, which = found.network.ledger, found.categories[category]
    return [
        {
            "wallet": str(ledger.wallets[wallet]), "direction": direction, "kind": which.kind, "category": which.id,
            "hop": hop, "row": row, "time_ms": int(ledger.time_ms[row]), "asset": ledger.assets[ledger.asset[row]],
            "sender": str(ledger.wallets[sender]), "receiver": str(ledger.wallets[receiver]),
            "amount_base_units": int(ledger.amount[row]),
            "value_usd": None if np.isnan(found.network.usd[row]) else float(found.network.usd[row]),
            "transfers_of_pair": len(found.network.between(sender, receiver)), "in_time_order": ordered,
        }
        for hop, ((sender, receiver), row) in enumerate(zip(pairs, chosen, strict=True), 1)
    ]  # fmt: skip


def _transfers(network: Network, pairs: list[tuple[int, int]]) -> tuple[list[int], bool]:
    """A transfer for every pair, and whether they are in the order of time."""
    rows = [network.between(sender, receiver) for sender, receiver in pairs]
    chosen: list[int] = []
    now = -1
    for candidates in rows:
        later = candidates[network.ledger.time_ms[candidates] >= now]
        if not len(later):
            return [int(some[np.argmax(network.weight[some])]) for some in rows], False
        chosen.append(int(later[0]))
        now = int(network.ledger.time_ms[later[0]])
    return chosen, bool((network.ledger.time_ms[chosen] >= 0).all())


def chosen(rows: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The exposures that get a path: farther than direct, the nearest first, then the largest share."""
    indirect = [row for row in rows if row["hops"] is not None and row["hops"] > 1]
    indirect.sort(key=lambda r: (r["hops"], -(r["flow_share"] or 0.0), r["wallet"], r["direction"], r["category"]))
    return indirect[:most]
