"""How taint came to an address: the widest paths back to a source, through transfers in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import FOLLOWED
from workbench.analysis.tracing.tables import moments, named

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace

COLUMNS = (
    "path", "hop", "transfer_id", "time", "asset", "incident", "sender", "receiver", "amount", "tainted", "at_most",
    "method",
)  # fmt: skip


def paths_to(part: AssetTrace, wallet: str, *, method: str, limit: int) -> pd.DataFrame | None:
    """Rows of `Trace.explain` for one asset; None where the wallet was not reached.

    The width of a path is the smallest tainted amount on it. A path takes each row after the one before it in the
    order in which taint spread.
    """
    row, incident, amounts = part.entries
    rows = part.problem.rows
    entry = np.flatnonzero(part.found.status[row] == FOLLOWED)
    arrives = entry[named(part, part.wallet[rows.target[row[entry]]]) == wallet]
    if not len(arrives):
        return None
    used = method if method in amounts and any(amounts[method][arrives]) else "poison"
    tainted = amounts[used]
    run = np.cumsum(~rows.tied)
    entry = entry[np.lexsort((row[entry], part.raw_hops[entry], run[row[entry]]))]
    seeded = set(zip(part.problem.seeds.row.tolist(), part.problem.seeds.incident.tolist(), strict=True))
    width: dict[int, int] = {}
    before: dict[int, int] = {}
    best: dict[tuple[int, int], int] = {}  # (node, incident) → the entry by which the widest path so far came to it
    for i, r, of in zip(entry.tolist(), row[entry].tolist(), incident[entry].tolist(), strict=True):
        source, target = (int(rows.source[r]), of), (int(rows.target[r]), of)
        if (r, of) in seeded:
            width[i] = tainted[i]
        elif source in best:
            width[i] = min(tainted[i], width[best[source]])
            before[i] = best[source]
        if width.get(i) and (target not in best or width[i] > width[best[target]]):
            best[target] = i
    last = sorted((i for i in arrives.tolist() if width.get(i)), key=lambda i: (-width[i], row[i], incident[i]))
    made: list[tuple[int, int, int, int]] = []
    for number, end in enumerate(last[:limit], 1):
        path = [end]
        while path[-1] in before:
            path.append(before[path[-1]])
        made += [(number, hop, i, width[end]) for hop, i in enumerate(reversed(path), 1)]
    if not made:
        return None
    at = np.array([i for _, _, i, _ in made])
    r, back = row[at], part.problem.backward
    table = pd.DataFrame({
        "path": [one[0] for one in made], "hop": [one[1] for one in made], "transfer_id": part.problem.ids[r],
        "time": moments(part.problem.time_ms[r]), "asset": part.asset,
        "incident": np.array(part.incidents, object)[incident[at]],
        "sender": named(part, part.wallet[(rows.target if back else rows.source)[r]]),
        "receiver": named(part, part.wallet[(rows.source if back else rows.target)[r]]),
        "amount": part.problem.amount[r], "tainted": tainted[at], "at_most": [one[3] for one in made], "method": used,
    })  # fmt: skip
    for column in ("amount", "tainted", "at_most"):
        table[column] = table[column].astype(object)
    return table[list(COLUMNS)]


__all__ = ["paths_to"]
