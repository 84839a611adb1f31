"""Clusters the wallets of a graph, and records the result."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.analysis.clustering.evidence import Evidence, OwnerClaim, Progress, read_evidence
from workbench.analysis.clustering.explanation import moment
from workbench.analysis.clustering.guard import PARAMETERS as GUARD
from workbench.analysis.clustering.guard import REASONS, Finding, guard, numbers_of
from workbench.analysis.clustering.heuristics import Heuristic, LeftOut, chosen, settle
from workbench.analysis.clustering.ledger import UNKNOWN, network_of
from workbench.analysis.clustering.links import Links
from workbench.analysis.clustering.result import Clustering
from workbench.analysis.clustering.write import CLUSTERING, cluster_id, run_name, write_clusters
from workbench.graph.store import Store
from workbench.model.progress import each

CLUSTERS = (
    "cluster", "smallest_wallet", "wallets", "links", "heuristics", "networks", "first_time", "last_time",
    "share_of_wallets", "claimed_owners", "defect",
)  # fmt: skip
_IMPORTED = """
MATCH (w:Wallet)-[c:IN_CLUSTER]->(k:Cluster) WHERE c.source_id <> $own AND c.retracted_at IS NULL
RETURN c.source_id AS source, k.id AS cluster, k.heuristic AS heuristic, w.id AS wallet ORDER BY source, cluster, wallet
"""


def cluster(
    store: Store,
    heuristics: Sequence[str] | None = None,
    *,
    write: bool = True,
    progress: Progress | None = None,
    **parameters: Any,
) -> Clustering:
    """Cluster all wallets of the graph by some heuristics (those that are on by themselves where none is named).

    `write` records who is in which cluster as structural claims; the same again writes nothing, and what no longer
    holds is retracted. `parameters` are those of the heuristics and of the collapse guard (docs/clustering.md).
    `progress` is called with what is being done and how many of it are done. Interrupted, nothing is half-said: the
    next run completes it. Raises UnknownNameError for a heuristic or parameter nobody has.
    """
    used = chosen(heuristics)
    settings, guarding = settled(used, parameters)
    evidence = read_evidence(
        store,
        utxo=any(heuristic.reads == "utxo" for heuristic in used),
        transfers=any(heuristic.reads == "transfers" for heuristic in used),
        progress=progress,
    )
    imported = store.read(_IMPORTED, {"own": CLUSTERING.id}).rows
    made = clustering(evidence, used, settings, guarding, imported=imported, progress=progress)
    if not write:
        return made
    names = [heuristic.name for heuristic in used]
    rows = _members(made)  # the guard's limits make no other clusters: they are no part of the name
    written = write_clusters(store, run_name(names, settings), names, settings, rows, evidence.digest, progress)
    return Clustering(
        made.clusters, made.warnings, made.left_out, made.imported, made.links, made.labels, made.parameters,
        {**made.summary, "written": written},
    )  # fmt: skip


def settled(used: Sequence[Heuristic], parameters: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of the heuristics and those of the guard, checked, with their defaults."""
    guarding = Heuristic("guard", "", "", True, "", GUARD, used[0].find)
    every = settle([*used, guarding], parameters)
    return (
        {name: value for name, value in every.items() if name not in GUARD},
        {name: value for name, value in every.items() if name in GUARD},
    )


def clustering(
    evidence: Evidence,
    used: Sequence[Heuristic],
    settings: Mapping[str, Any],
    guarding: Mapping[str, Any],
    *,
    imported: Sequence[tuple[Any, ...]] = (),
    progress: Progress | None = None,
) -> Clustering:
    """The clusters of evidence that has been read."""
    found = {heuristic.name: heuristic.find(evidence, settings, progress) for heuristic in each("clustering", used)}
    links = Links.join(evidence.wallets, found)
    labels = links.labels().copy()
    warnings = guard(links, labels, evidence.owners, dict(guarding))
    name = run_name(list(found), settings)
    table = _table(links, labels, warnings, evidence.owners_by_wallet, name)
    ids = dict(zip(table["smallest_wallet"], table["cluster"], strict=True))
    size = np.bincount(labels, minlength=len(labels))
    told = [
        (ids[str(links.wallets[w.label])], w.kind, int(size[w.label]), f"{REASONS[w.kind]}: {w.detail}")
        for w in warnings
    ]
    left_out: list[LeftOut] = [one for heuristic in found.values() for one in heuristic.left_out]
    return Clustering(
        clusters=table,
        warnings=pd.DataFrame(told, columns=["cluster", "kind", "wallets", "detail"]),
        left_out=pd.DataFrame(
            [(one.heuristic, one.what, one.reason, one.detail) for one in left_out],
            columns=["heuristic", "what", "reason", "detail"],
        ),
        imported=_side_by_side(imported, links.wallets, labels, ids),
        links=links,
        labels=labels,
        parameters={**settings, **guarding},
        summary={
            "run": name, "heuristics": list(found), "wallets": len(evidence.wallets),
            "transactions": len(evidence.utxo.transactions), "transfers": len(evidence.transfers),
            "links": len(links.key), "input_sha256": evidence.digest, "written": None,
            "remarks": [remark for heuristic in found.values() for remark in heuristic.remarks],
        },
    )  # fmt: skip


def _table(
    links: Links, labels: NDArray[np.int32], warnings: Sequence[Finding],
    owners: Mapping[str, Sequence[OwnerClaim]], name: str,
) -> pd.DataFrame:  # fmt: skip
    """One row a cluster of at least two wallets."""
    size = np.bincount(labels, minlength=len(labels))
    numbers = np.flatnonzero(size > 1)
    of_row = labels[links.member]
    of_group = np.empty(len(links.key), np.int32)
    of_group[links.group] = of_row
    count = np.bincount(of_group, minlength=len(labels))
    latest = np.full(len(labels), UNKNOWN, np.int64)
    np.maximum.at(latest, of_row, links.time_ms)
    never = np.iinfo(np.int64).max
    earliest = np.full(len(labels), never, np.int64)
    timed = links.time_ms != UNKNOWN
    np.minimum.at(earliest, of_row[timed], links.time_ms[timed])
    kinds: dict[int, set[str]] = defaultdict(set)
    if len(links.key):
        for pair in np.unique(np.stack([of_group, links.of], axis=1), axis=0).tolist():
            kinds[pair[0]].add(links.heuristics[pair[1]])
    networks: dict[int, set[str]] = defaultdict(set)
    clustered = np.flatnonzero(size[labels] > 1)
    for label, wallet in zip(labels[clustered].tolist(), links.wallets[clustered].tolist(), strict=True):
        networks[label].add(wallet.rpartition(":")[0])
    defects: dict[int, list[str]] = defaultdict(list)
    for warning in warnings:
        defects[warning.label].append(warning.kind)
    claimed = _claimed(links, labels, owners)
    rows = []
    for label in numbers.tolist():
        smallest = str(links.wallets[label])
        names = sorted(network_of(f"{caip2}:") for caip2 in networks[label])
        first, last = (None if earliest[label] == never else int(earliest[label])), int(latest[label])
        defect = "; ".join(defects[label]) or None
        rows.append((
            cluster_id(name, smallest), smallest, int(size[label]), int(count[label]), ", ".join(sorted(kinds[label])),
            ", ".join(names), moment(UNKNOWN if first is None else first), moment(last),
            float(size[label] / len(labels)), [] if defect else claimed.get(label, []), defect,
        ))  # fmt: skip
    rows.sort(key=lambda row: (-row[2], row[1]))
    return pd.DataFrame(rows, columns=list(CLUSTERS))


def _claimed(
    links: Links, labels: NDArray[np.int32], owners: Mapping[str, Sequence[OwnerClaim]]
) -> dict[int, list[str]]:
    """Who is claimed to control members of a cluster, by whose word and of how many wallets; rivals side by side."""
    number = numbers_of(links.wallets, list(owners))
    counts: dict[int, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
    for wallet, claims in owners.items():
        for claim in claims:
            if wallet in number:
                counts[int(labels[number[wallet]])][claim.name, claim.source].add(wallet)
    return {
        label: [f"{name} (says {source}, {len(wallets)} wallets)" for (name, source), wallets in sorted(said.items())]
        for label, said in counts.items()
    }


def _side_by_side(
    imported: Sequence[tuple[Any, ...]], wallets: NDArray[Any], labels: NDArray[np.int32], ids: Mapping[str, str]
) -> pd.DataFrame:
    """Other sources' clusters with ours: none is changed by the other."""
    number = numbers_of(wallets, [row[3] for row in imported])
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for source, id_, heuristic, wallet in imported:
        groups[source, id_, heuristic].append(wallet)
    rows = []
    for (source, id_, heuristic), members in sorted(groups.items()):
        counts: dict[str, int] = defaultdict(int)
        for wallet in members:
            if wallet in number:
                counts[ids.get(str(wallets[labels[number[wallet]]]), "")] += 1
        alone = counts.pop("", 0)
        rows.append((source, id_, heuristic, len(members), json.dumps(dict(sorted(counts.items()))), alone))
    columns = ["source", "cluster", "heuristic", "wallets", "wallets_in_own_clusters", "wallets_in_no_own_cluster"]
    return pd.DataFrame(rows, columns=columns)


def _members(made: Clustering) -> list[tuple[str, str, str | None]]:
    """Rows to record: wallet, smallest wallet of its cluster, defect of the cluster."""
    defect = {
        name: None if pd.isna(told) else str(told)
        for name, told in zip(made.clusters["cluster"], made.clusters["defect"], strict=True)
    }
    smallest = dict(zip(made.clusters["cluster"], made.clusters["smallest_wallet"], strict=True))
    return [(wallet, smallest[name], defect[name]) for wallet, name in made.membership().items()]
