"""The collapse guard: clusters that one bad link may have made. They are reported, and get no owner."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.evidence import OwnerClaim
from workbench.analysis.clustering.heuristics import Parameter
from workbench.analysis.clustering.links import Links
from workbench.errors import RecordError
from workbench.model.nodes import slug

PARAMETERS = {
    "guard_share": Parameter(
        0.1, "a cluster with more than this share of all wallets of its networks is reported, 0 to 1", 0, 1
    ),
    "guard_least": Parameter(100, "and only from so many wallets on", 2),
    "guard_part_share": Parameter(0.1, "one link joins two parts if the smaller has this share of it, 0 to 1", 0, 1),
    "guard_least_part": Parameter(20, "and at least so many wallets", 1),
}
REASONS = {
    "share": "it holds more of its networks' wallets than one owner would",
    "services": "it joins differently named services",
    "service and others": "it joins a service's wallets with wallets that are claimed for somebody else",
    "one link": "one link joins two large parts",
}


@dataclass(frozen=True)
class Finding:
    """One reason to doubt a cluster."""

    label: int
    """The smallest wallet of the cluster, by number."""
    kind: str
    detail: str


def guard(
    links: Links, labels: NDArray[np.int32], owners: Sequence[OwnerClaim], settings: dict[str, Any]
) -> list[Finding]:
    """What is wrong with which cluster, by cluster and kind."""
    size = np.bincount(labels, minlength=len(labels)) if len(labels) else np.zeros(0, np.int64)
    found: list[Finding] = []
    large = np.flatnonzero(size >= settings["guard_least"]).tolist()
    on = Counter(_network(name) for name in links.wallets.tolist()) if large else Counter[str]()
    for label in large:
        there = sum(on[network] for network in {_network(str(w)) for w in links.wallets[labels == label]})
        if size[label] > settings["guard_share"] * there:
            told = f"{size[label]} of {there} wallets of its networks ({size[label] / there:.0%})"
            found.append(Finding(label, "share", told))
    found += _services(links, labels, size, owners)
    if len(links.key):
        _, _, second = links.parts
        of_group = np.empty(len(links.key), np.int32)
        of_group[links.group] = labels[links.member]
        least = np.maximum(settings["guard_least_part"], settings["guard_part_share"] * size[of_group])
        smaller = second[len(links.wallets) :]
        by_label: dict[int, list[int]] = defaultdict(list)
        for group in np.flatnonzero(smaller >= least).tolist():
            by_label[int(of_group[group])].append(group)
        for label, groups in by_label.items():
            worst = max(groups, key=lambda group: (int(smaller[group]), str(links.key[group])))
            others = f", and {len(groups) - 1} other links do so too" if len(groups) > 1 else ""
            found.append(
                Finding(
                    label, "one link",
                    f"without {links.heuristics[int(links.of[worst])]} {links.key[worst]} at least {smaller[worst]} "
                    f"of {size[label]} wallets would leave{others}",
                )
            )  # fmt: skip
    return sorted(found, key=lambda warning: (warning.label, warning.kind))


def _services(
    links: Links, labels: NDArray[np.int32], size: NDArray[Any], owners: Sequence[OwnerClaim]
) -> list[Finding]:
    """Clusters in which two wallets have no service's name in common; rivals about one wallet are no collapse."""
    names: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    number = numbers_of(links.wallets, [claim.wallet for claim in owners if claim.kind == "Service"])
    for claim in owners:
        if claim.kind == "Service" and claim.wallet in number:
            wallet = number[claim.wallet]
            names[int(labels[wallet])][wallet].add(_plain(claim.name))
    others = _others(links, labels, owners)
    found = []
    for label, of_wallet in names.items():
        sets = {frozenset(said) for said in of_wallet.values()}
        told = ", ".join(sorted({name for said in sets for name in said}))
        if size[label] > 1 and any(not one & other for one in sets for other in sets):
            found.append(Finding(label, "services", told))
        apart = {
            name for wallet, said in others.get(label, {}).items() if wallet not in of_wallet
            for name in said if not any(said & one for one in sets)
        }  # fmt: skip
        if apart:
            found.append(Finding(label, "service and others", f"{told} with {', '.join(sorted(apart))}"))
    return found


def _others(links: Links, labels: NDArray[np.int32], owners: Sequence[OwnerClaim]) -> dict[int, dict[int, set[str]]]:
    """Cluster → wallet → who else than a service it is claimed for."""
    found: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    number = numbers_of(links.wallets, [claim.wallet for claim in owners if claim.kind != "Service"])
    for claim in owners:
        if claim.kind != "Service" and claim.wallet in number:
            wallet = number[claim.wallet]
            found[int(labels[wallet])][wallet].add(_plain(claim.name))
    return found


def numbers_of(wallets: NDArray[Any], ids: Sequence[str]) -> dict[str, int]:
    """The number of every one of some wallets that is known."""
    found: dict[str, int] = {}
    for id_ in set(ids):
        at = int(np.searchsorted(wallets, id_)) if len(wallets) else 0
        if at < len(wallets) and wallets[at] == id_:
            found[id_] = at
    return found


def _network(wallet: str) -> str:
    return wallet.rpartition(":")[0]


def _plain(name: str) -> str:
    try:
        return slug(name)
    except RecordError:
        return name
