"""Claims that join things: by which of them what is said of one incident or group counts for another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from math import log

from workbench.analysis.attribution.candidates import View
from workbench.analysis.attribution.evidence import Basis, Naming

Path = tuple[Basis, ...]


@dataclass(frozen=True)
class Link:
    """What is said of `one` counts for `other`, by the word of a claim."""

    one: str
    other: str
    basis: Basis

    @property
    def back(self) -> Link:
        """The same in the other direction."""
        return Link(self.other, self.one, self.basis)


def surest(start: Iterable[str], links: Iterable[Link]) -> dict[str, Path]:
    """Everything that can be reached, with the claims of the path that is least likely broken (Dijkstra 1959)."""
    onward: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        onward[link.one].append(link)
    found: dict[str, Path] = {}
    queue: list[tuple[float, tuple[str, ...], str]] = []
    paths: dict[tuple[str, tuple[str, ...]], Path] = {}

    def offer(cost: float, node: str, path: Path) -> None:
        claims = tuple(b.claim_id for b in path)
        paths[node, claims] = path
        heappush(queue, (cost, claims, node))

    for node in start:
        offer(0.0, node, ())
    while queue:
        cost, claims, node = heappop(queue)
        if node in found:
            continue
        found[node] = paths[node, claims]
        for link in onward[node]:
            if link.other not in found:
                offer(cost - log(1 - link.basis.error), link.other, (*found[node], link.basis))
    return found


def across_merges(
    namings: Sequence[Naming], groups: Mapping[str, Mapping[str, Path]], view: View, links: Sequence[Link]
) -> list[Naming]:
    """The namings, each with the claims that carry it over to what the candidate's strongest naming names.

    `groups`: of each naming's key, the groups it names, and the PART_OF claims by which it does. Two sources
    that name different groups name one candidate only by the word of those who say the groups are the same.
    """
    linked: dict[str, dict[str, Path]] = {n.key: {} for n in namings}
    for candidate in view.candidates:
        members = {group.id for group in candidate.members}
        mine = sorted((n for n in namings if candidate.id in n.candidates), key=lambda n: (n.error, n.key))
        anchor = members & groups[mine[0].key].keys() if mine else set()
        over = surest(sorted(anchor), links) if len(members) > 1 else dict.fromkeys(anchor, ())
        for naming in mine:
            ways = [(*path, *over[g]) for g, path in sorted(groups[naming.key].items()) if g in members and g in over]
            linked[naming.key][candidate.id] = min(ways, key=_cost, default=())
    return [replace(n, linked=tuple((c, path) for c, path in sorted(linked[n.key].items()) if path)) for n in namings]


def _cost(path: Path) -> float:
    return sum(-log(1 - basis.error) for basis in path)
