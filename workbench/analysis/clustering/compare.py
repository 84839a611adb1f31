"""Two runs side by side: which clusters are the same, which were split, which merged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.analysis.clustering.write import CLUSTERING
from workbench.errors import UnknownNameError, UsageError
from workbench.graph.store import Store

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("change", "before", "after", "wallets", "members")
SINGLE = "(in no cluster)"
Membership = Mapping[str, str]
"""Wallet → cluster; a wallet that is not in it is in none."""


def compare(before: Membership, after: Membership) -> pd.DataFrame:
    """What became of each cluster. One row a set of clusters that share wallets.

    change: same, split (one became several), merged (several became one; a wallet that was in none counts as one),
    or regrouped (both). before and after are lists of clusters, wallets their number, members the wallets.
    """
    import pandas as pd

    beside: dict[tuple[int, str], set[tuple[int, str]]] = defaultdict(set)
    wallets: dict[tuple[int, str], set[str]] = defaultdict(set)
    for wallet in {*before, *after}:
        ends = [(side, run.get(wallet, f"{SINGLE} {wallet}")) for side, run in enumerate((before, after))]
        beside[ends[0]].add(ends[1])
        beside[ends[1]].add(ends[0])
        wallets[ends[0]].add(wallet)
    rows: list[tuple[str, list[str], list[str], int, list[str]]] = []
    seen: set[tuple[int, str]] = set()
    for start in sorted(beside):
        if start in seen:
            continue
        together, waiting = {start}, [start]
        while waiting:
            for other in beside[waiting.pop()] - together:
                together.add(other)
                waiting.append(other)
        seen |= together
        sides = [sorted(name for side, name in together if side == which) for which in (0, 1)]
        members = sorted(wallet for node in together for wallet in wallets.get(node, ()))
        change = {(True, True): "same", (True, False): "split", (False, True): "merged"}.get(
            (len(sides[0]) == 1, len(sides[1]) == 1), "regrouped"
        )
        told = [sorted({SINGLE if name.startswith(SINGLE) else name for name in side}) for side in sides]
        rows.append((change, told[0], told[1], len(members), members))
    rank = {"split": 0, "merged": 1, "regrouped": 2, "same": 3}
    rows.sort(key=lambda row: (rank[row[0]], -row[3], row[4][0]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def stored(store: Store, name: str) -> dict[str, str]:
    """The clusters of a run as the graph has them.

    `name`: a run (its id or the beginning of it: as it was then), a data set ("clustering co_spend …": as it is now),
    or the source of imported clusters. Raises UnknownNameError for anything else, UsageError for a run that never
    ended and for a source that has a wallet in several clusters.
    """
    runs = store.read(
        "MATCH (r:IngestRun {source_id: $source}) RETURN r.id, r.dataset, r.finished_at ORDER BY r.finished_at DESC",
        {"source": CLUSTERING.id},
    ).rows
    where, given = "", {"source": CLUSTERING.id, "dataset": name}
    run = [row for row in runs if row[0] == name or (len(name) >= 6 and row[0].startswith(name))]
    if run:
        if run[0][2] is None:
            raise UsageError(f"run {run[0][0]} never ended", hint="Cluster again: the next run completes it.")
        given |= {"dataset": run[0][1], "at": run[0][2]}
        where = "c.dataset = $dataset AND c.recorded_at <= $at AND (c.retracted_at IS NULL OR c.retracted_at > $at)"
    elif name in {row[1] for row in runs}:
        where = "c.dataset = $dataset AND c.retracted_at IS NULL"
    else:
        others = [row[0] for row in store.read("MATCH ()-[c:IN_CLUSTER]->() RETURN DISTINCT c.source_id").rows]
        if name not in others or name == CLUSTERING.id:
            raise UnknownNameError("run of clusters", name, [*(row[0][:8] for row in runs), *others])
        where, given["source"] = "c.retracted_at IS NULL", name
    rows = store.read(
        f"MATCH (w:Wallet)-[c:IN_CLUSTER]->(k:Cluster) WHERE c.source_id = $source AND {where} "
        "RETURN w.id, k.id ORDER BY w.id, k.id",
        given,
    ).rows
    found: dict[str, str] = {}
    for wallet, cluster in rows:
        if found.setdefault(wallet, cluster) != cluster:
            raise UsageError(
                f"{name} has {wallet} in several clusters: {found[wallet]} and {cluster}",
                hint="Two runs are compared where each wallet is in one cluster at most.",
            )
    return found
