"""Who could have done it: actor groups of all catalogues, merged as a view by SAME_AS claims.

Merging is never a write. Which claims merge, and from which confidence on, are parameters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbench.errors import UnknownNameError

UNSTATED = 50
"""Confidence a SAME_AS claim without one is taken to have."""
USERS_UNSTATED, USERS_MOST = 25, 45
"""The same for the word of a `user` source, and the most it can have: it joins nothing unless the caller lets it."""
VIEWS = ("merged", "separate")


@dataclass(frozen=True)
class Group:
    """One catalogue's actor group."""

    id: str
    name: str
    catalogue: str
    status: str = "live"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sameness:
    """Somebody says that two groups are the same."""

    one: str
    other: str
    source_id: str
    claim_id: str
    confidence: int | None = None
    kind: str | None = None
    """Kind of source whose word it is."""
    run_id: str | None = None

    @property
    def strength(self) -> int:
        """See `link_strength`."""
        return link_strength(self.kind, self.confidence)


def link_strength(kind: str | None, confidence: int | None) -> int:
    """The confidence with which a claim joins two things: as stated, or `UNSTATED`; less for a user's word."""
    if kind == "user":
        return USERS_UNSTATED if confidence is None else min(confidence, USERS_MOST)
    return UNSTATED if confidence is None else confidence


@dataclass(frozen=True)
class Candidate:
    """One or several catalogues' groups, taken as one."""

    id: str
    members: tuple[Group, ...]

    @property
    def live(self) -> bool:
        """Whether any catalogue still offers it."""
        return any(group.status == "live" for group in self.members)

    @property
    def names(self) -> tuple[str, ...]:
        """The catalogues' names for it, then their aliases, each once."""
        main = sorted({group.name for group in self.members})
        return tuple(dict.fromkeys([*main, *sorted({a for group in self.members for a in group.aliases})]))

    @property
    def title(self) -> str:
        """At most three of the catalogues' own names."""
        own = sorted({group.name for group in self.members})
        return " / ".join(own[:3]) + (" / …" if len(own) > 3 else "")

    @property
    def catalogues(self) -> tuple[str, ...]:
        """Who lists it."""
        return tuple(sorted({group.catalogue for group in self.members}))


@dataclass(frozen=True)
class View:
    """The candidates of one way of looking, and which claims merged them."""

    name: str
    candidates: tuple[Candidate, ...]
    merged_by: tuple[Sameness, ...]

    @property
    def of_group(self) -> dict[str, str]:
        """Group id → candidate id."""
        return {group.id: candidate.id for candidate in self.candidates for group in candidate.members}


def build_view(
    groups: Sequence[Group], claims: Iterable[Sameness], *, view: str = "merged", merge_confidence: int = UNSTATED
) -> View:
    """Join groups into candidates.

    `view`: "merged" (every SAME_AS claim of at least `merge_confidence`), "separate" (none), or the name
    of a catalogue, which keeps that catalogue's own live groups apart whatever others say: others' names
    join them, claims that touch the catalogue first, the more confident first; a name that equally confident
    claims give to two of its groups joins neither.

    Raises UnknownNameError for another view.
    """
    catalogues = {group.catalogue for group in groups}
    if view not in VIEWS and view not in catalogues:
        raise UnknownNameError("view", view, [*VIEWS, *catalogues])
    by_id = {group.id: group for group in groups}
    own = {group.id for group in groups if group.catalogue == view and group.status == "live"}
    root = {group.id: group.id for group in groups}
    used: list[Sameness] = []
    strong = [c for c in claims if c.strength >= merge_confidence and {c.one, c.other} <= by_id.keys()]
    levels: dict[tuple[bool, int], list[Sameness]] = defaultdict(list)
    for claim in sorted(strong, key=lambda c: c.claim_id):
        levels[not {claim.one, claim.other} & own, -claim.strength].append(claim)
    for _, level in sorted(levels.items()) if view != "separate" else ():
        joined = _joined(root, level)
        kept: dict[str, set[str]] = defaultdict(set)
        for mine in own:
            kept[joined[mine]].add(root[mine])
        # Claims of equal weight that would make one of two of the catalogue's own groups decide nothing.
        good = [claim for claim in level if len(kept[joined[claim.one]]) <= 1]
        root = _joined(root, good)
        used += good
    members: dict[str, list[Group]] = defaultdict(list)
    for group in sorted(groups, key=lambda g: (g.status != "live", g.catalogue != view, g.catalogue != "mitre", g.id)):
        members[root[group.id]].append(group)
    found = [Candidate(joined[0].id, tuple(joined)) for joined in members.values()]
    return View(view, tuple(sorted(found, key=lambda c: c.id)), tuple(used))


def _joined(root: dict[str, str], claims: Iterable[Sameness]) -> dict[str, str]:
    """The roots after joining both ends of every claim; the smallest id stands for a component."""
    parent = {node: node for node in root.values()}

    def find(node: str) -> str:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for claim in claims:
        one, other = sorted((find(root[claim.one]), find(root[claim.other])))
        parent[other] = one
    return {node: find(top) for node, top in root.items()}
