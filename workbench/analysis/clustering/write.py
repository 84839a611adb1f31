"""Clusters as claims: a run of its own for each set of heuristics and parameters; the same again writes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.analysis.computed import Computation, record_run
from workbench.graph.store import Store
from workbench.model.claims import Claim, InCluster
from workbench.model.nodes import Cluster, Ref, Source

if TYPE_CHECKING:
    from workbench.analysis.clustering.evidence import Progress

CLUSTERING = Source(
    id="clustering", title="Clusters of wallets, computed", publisher="attribution-workbench", kind="researcher"
)
VERSION = 2
"""Of the rules: raised when the same parameters would give other clusters."""


def run_name(heuristics: Sequence[str], parameters: Mapping[str, Any]) -> str:
    """The name of all runs with these heuristics and parameters: "co_spend 1a2b3c4d"."""
    said = json.dumps([VERSION, sorted(heuristics), dict(parameters)], sort_keys=True, separators=(",", ":"))
    return f"{'+'.join(sorted(heuristics))} {hashlib.sha256(said.encode()).hexdigest()[:8]}"


def cluster_id(name: str, smallest: str) -> str:
    """Heuristic, parameters and smallest member: the same cluster has the same id in every run."""
    return f"{name.replace(' ', ':')}:{smallest}"


def write_clusters(
    store: Store,
    name: str,
    heuristics: Sequence[str],
    parameters: Mapping[str, Any],
    members: Sequence[tuple[str, str, str | None]],
    input_sha256: str,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Record who is in which cluster: rows of wallet, smallest wallet, and what is wrong with the cluster.

    Claims of an earlier run of the same name that no longer hold are retracted, after the new ones are all there: an
    interrupted run is finished by the next. Returns how many were recorded and how many retracted.
    """
    dataset, method = f"clustering {name}", f"{'+'.join(sorted(heuristics))}/{VERSION}"
    said = json.dumps(dict(parameters), sort_keys=True)
    claims = [
        InCluster(
            subject=Ref("Wallet", wallet), object=Ref("Cluster", cluster_id(name, smallest)), source_id=CLUSTERING.id,
            tier="structural", method=method, dataset=dataset, defect=defect,
        )
        for wallet, smallest, defect in members
    ]  # fmt: skip

    def nodes(new: Sequence[Claim]) -> list[Cluster]:
        names = sorted({claim.object.id for claim in new})
        return [Cluster(id=id_, heuristic="+".join(sorted(heuristics)), parameters=said) for id_ in names]

    run = Computation(CLUSTERING, dataset, method, input_sha256)
    return record_run(store, run, "IN_CLUSTER", claims, nodes, progress)
