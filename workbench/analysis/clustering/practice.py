"""A ledger to practise on: generated, with known owners, so that a cluster can be held against the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.clustering.evidence import Evidence
from workbench.analysis.clustering.generated import Coins
from workbench.analysis.clustering.heuristics import chosen
from workbench.analysis.clustering.run import clustering, settled

if TYPE_CHECKING:
    from workbench.analysis.clustering.result import Clustering


class Practice:
    """Invented people and shops who pay each other in coins; nobody and nothing in it exists."""

    def __init__(self, seed: int = 1, *, people: int = 80, payments: int = 800) -> None:
        made = Coins(seed, people=people, payments=payments)
        self.owners = made.owners
        """Wallet → its true owner."""
        self._evidence = Evidence.of(made.spends)

    def cluster(self, heuristics: Sequence[str] = ("co_spend",), **parameters: Any) -> Clustering:
        """Clusters of the practice ledger, as `case.cluster` makes them of a case; nothing is written."""
        used = chosen(heuristics)
        return clustering(self._evidence, used, *settled(used, parameters))

    def truth(self, found: Clustering) -> pd.DataFrame:
        """How many true owners are in each cluster, the worst first: one is right."""
        owners: dict[str, set[str]] = {}
        sizes: dict[str, int] = {}
        for wallet, cluster in found.membership().items():
            owners.setdefault(cluster, set()).add(self.owners[wallet])
            sizes[cluster] = sizes.get(cluster, 0) + 1
        rows = sorted(
            ((name, sizes[name], len(who)) for name, who in owners.items()), key=lambda r: (-r[2], -r[1], r[0])
        )
        return pd.DataFrame(rows, columns=["cluster", "wallets", "true_owners"])
