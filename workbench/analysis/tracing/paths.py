"""How taint came to an address: the widest paths back to a source, through transfers in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.tracing.taint import FOLLOWED, SOURCE

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace


def widest_paths(part: AssetTrace, tainted: list[int]) -> tuple[list[int], list[int]]:
    """For each row the width of the widest path that ends with it, and the row before it (-1 at a source).

    The width of a path is the smallest tainted amount on it. A path takes each row after the one
    before it in the order in which taint spread.
    """
    width = [0] * len(tainted)
    before = [-1] * len(tainted)
    best: dict[int, int] = {}  # node → the row by which the widest path so far came to it
    for i in part.poisoned.sequence:
        source, target = part.rows.source[i], part.rows.target[i]
        if part.kind[source] == SOURCE:
            width[i] = tainted[i]
        elif source in best:
            width[i] = min(tainted[i], width[best[source]])
            before[i] = best[source]
        if width[i] and (target not in best or width[i] > width[best[target]]):
            best[target] = i
    return width, before


def paths_to(part: AssetTrace, wallets: Any, wallet: str, *, method: str, limit: int) -> list[dict[str, Any]]:
    """Rows of `Trace.explain` for one asset; empty where the wallet was not reached."""
    into = [
        i
        for i, status in enumerate(part.poisoned.status)
        if status == FOLLOWED and wallets[part.wallet[part.rows.target[i]]] == wallet
    ]
    if not into:
        return []
    used = method if method == "poison" or any(part.shares.tainted[i] for i in into) else "poison"
    tainted = part.shares.tainted if used == "haircut" else list(part.rows.amount)
    width, before = widest_paths(part, tainted)
    last = sorted((i for i in into if width[i]), key=lambda i: (-width[i], i))[:limit]
    rows: list[dict[str, Any]] = []
    for number, end in enumerate(last, 1):
        path = [end]
        while before[path[-1]] >= 0:
            path.append(before[path[-1]])
        for hop, i in enumerate(reversed(path), 1):
            rows.append({
                "path": number, "hop": hop, "transfer_id": part.ids[i],
                "time": pd.Timestamp(part.time_ms[i], unit="ms", tz="UTC"), "asset": part.asset,
                "sender": wallets[part.wallet[part.rows.source[i]]],
                "receiver": wallets[part.wallet[part.rows.target[i]]],
                "amount": part.rows.amount[i], "tainted": tainted[i], "at_most": width[end], "method": used,
            })  # fmt: skip
    return rows
