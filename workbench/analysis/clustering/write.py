"""Clusters as claims: a run of its own for each set of heuristics and parameters; the same again writes nothing."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.graph.loader import Loader, retract
from workbench.graph.store import BATCH, Store
from workbench.model.claims import InCluster
from workbench.model.nodes import Cluster, IngestRun, Ref, Source
from workbench.model.times import utc_now

if TYPE_CHECKING:
    from workbench.analysis.clustering.evidence import Progress

CLUSTERING = Source(
    id="clustering", title="Clusters of wallets, computed", publisher="attribution-workbench", kind="researcher"
)
VERSION = 1
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
    from workbench import __version__

    dataset, method = f"clustering {name}", f"{'+'.join(sorted(heuristics))}/{VERSION}"
    said = json.dumps(dict(parameters), sort_keys=True)
    claims = [
        InCluster(
            subject=Ref("Wallet", wallet), object=Ref("Cluster", cluster_id(name, smallest)), source_id=CLUSTERING.id,
            tier="structural", method=method, dataset=dataset, defect=defect,
        )
        for wallet, smallest, defect in members
    ]  # fmt: skip
    known = {
        id_.split("-")[0]: id_
        for (id_,) in store.read(
            "MATCH ()-[c:IN_CLUSTER]->() WHERE c.source_id = $id AND c.dataset = $dataset AND c.retracted_at IS NULL "
            "RETURN c.claim_id",
            {"id": CLUSTERING.id, "dataset": dataset},
        ).rows
    }
    new = [claim for claim in claims if claim.claim_id not in known]
    gone = sorted(known[id_] for id_ in known.keys() - {claim.claim_id for claim in claims})
    last = store.read(
        "MATCH (r:IngestRun {source_id: $id, dataset: $dataset, status: 'done'}) "
        "RETURN r.input_sha256, r.code_version ORDER BY r.finished_at DESC LIMIT 1",
        {"id": CLUSTERING.id, "dataset": dataset},
    ).rows
    if not new and not gone and last == [(input_sha256, __version__)]:
        return 0, 0
    at = utc_now()
    run = IngestRun(
        id=uuid.uuid4().hex, file="(computed)", format=method, source_id=CLUSTERING.id, input_sha256=input_sha256,
        dataset=dataset, code_version=__version__, status="running", started_at=at, rows_in=len(claims),
        described_by=dataset,
    )  # fmt: skip
    loader = Loader(store, run.id, at, dataset)
    loader.nodes([run, CLUSTERING])
    try:
        names = sorted({claim.object.id for claim in new})
        loader.nodes([Cluster(id=id_, heuristic="+".join(sorted(heuristics)), parameters=said) for id_ in names])
        for start in range(0, len(new), BATCH):
            loader.claims(new[start : start + BATCH])
            if progress:
                progress("writing", min(start + BATCH, len(new)))
        retract(store, "IN_CLUSTER", gone, at)
    except BaseException as error:
        ended = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        loader.nodes([run.model_copy(update={"status": ended, "finished_at": utc_now()})])
        raise
    done = {
        "status": "done", "finished_at": utc_now(), "loaded": len(new), "duplicates": len(claims) - len(new),
        "retracted": len(gone),
    }  # fmt: skip
    loader.nodes([run.model_copy(update=done)])
    return len(new), len(gone)
