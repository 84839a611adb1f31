"""Which wallets are listed or labelled, by whose word, in categories that exposure is counted to.

Kept apart, because they are different things: what an authority sanctioned, what was seized, what was blocked, what was
only published; a group that a catalogue names, an incident that a wallet is a thief's or launderer's of, a service of
a concept, a mixer. Each catalogue's group and each list is a category of its own; rivals stand side by side. Tags of a
data set, other roles in an incident and a victim's wallets are told of a wallet, and nobody is exposed to them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from workbench.analysis.services import SERVICE_CONCEPTS
from workbench.graph.store import Store
from workbench.model.confidence import TLP_ORDER, parse_tlp

MIXERS = ("mixing_service", "coinjoin")
POOLING = (*SERVICE_CONCEPTS, "unclassified")
"""Concepts of services behind which a path says nothing; one of unknown concept may be an exchange."""
LISTINGS = ("sanctioned", "seized", "blocked", "published")
"""Listings that others are exposed to."""
_SERVED = ("service", "mixer")
ROLES = ("thief", "laundering")
"""Roles of an incident's wallets that others are exposed to."""
KINDS = ("sanctioned", "seized", "blocked", "actor", "incident", "published", "mixer", "service")
"""Kinds of category, in the order in which they are told."""


class Category(NamedTuple):
    """What wallets are exposed to."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True)
class Label:
    """One source's word about one wallet."""

    wallet: str
    kind: str
    """One of KINDS, or `tagged`, `involved`, `victim`."""
    category: str
    """Id of the list, group, incident, or concept of service."""
    name: str
    """Its name; of a service the service's own."""
    source: str
    """Who says so: the id of a Source."""
    confidence: int | None
    role: str | None
    """Role of the wallet in the incident or service, or the list's own words for it."""
    since: datetime | None
    """In the world, as the source states it; None where it does not."""
    until: datetime | None
    recorded_at: datetime | None
    evidence: str | None
    tlp: str | None
    claim_id: str
    cluster: str | None = None
    """The cluster that the claim is about, where the wallet has the label as a member of it only."""
    counts: bool = True
    """Whether others are exposed to it: it meets the threshold, and is in force at the time asked about."""
    why_not: str | None = None


@dataclass(frozen=True)
class Labels:
    """The labels of a graph at one time."""

    as_of: datetime
    min_confidence: int
    labels: tuple[Label, ...]
    incidents: dict[str, tuple[str, ...]]
    """Incident → by whom it is attributed to whom, a sentence part each."""
    by_wallet: dict[str, tuple[Label, ...]] = field(default_factory=dict)

    def categories(self) -> list[Category]:
        """Every category that a label which counts stands for, in the order in which they are told."""
        found = {
            Category(label.kind, label.category, label.category if label.kind in ("service", "mixer") else label.name)
            for label in self.labels
            if label.counts
        }
        return sorted(found, key=lambda c: (KINDS.index(c.kind), c.id, c.name))

    def members(self) -> dict[tuple[str, str], list[str]]:
        """(kind, category id) → wallets whose label counts, each once."""
        made: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for label in self.labels:
            if label.counts:
                made[label.kind, label.category][label.wallet] = None
        return {key: list(wallets) for key, wallets in made.items()}

    def pooling(self) -> set[str]:
        """Wallets of services that pool their customers' value: a path through one says nothing."""
        return {one.wallet for one in self.labels if one.counts and one.kind in _SERVED and one.category in POOLING}

    def not_used(self) -> dict[str, int]:
        """Why labels were not counted → how many."""
        counted: dict[str, int] = defaultdict(int)
        for label in self.labels:
            if label.why_not:
                counted[label.why_not] += 1
        return dict(sorted(counted.items()))


_CLAIM = "c.source_id, c.confidence, c.valid_from, c.valid_to, c.recorded_at, c.evidence, c.tlp, c.claim_id"
_DEFECT = "m.defect"
_LIVE = "{c}.recorded_at <= $as_of AND coalesce({c}.retracted_at > $as_of, {c}.retracted_at IS NULL)"
_MEMBER = f"MATCH (w:Wallet)-[m:IN_CLUSTER]->(k) WHERE {_LIVE.format(c='m')}"


def _statements() -> dict[str, str]:
    live = _LIVE.format(c="c")
    owner = "CASE WHEN c.role IS NULL THEN '' ELSE c.role END"
    return {
        "LISTED_BY": f"MATCH (w:Wallet)-[c:LISTED_BY]->(s:Source) WHERE {live} "
        f"RETURN w.id, null, c.listing, s.id, s.publisher, coalesce(c.label, c.program), {_CLAIM}",
        "ATTRIBUTED_TO": f"MATCH (w:Wallet)-[c:ATTRIBUTED_TO]->(g) WHERE {live} "
        f"RETURN w.id, null AS cluster, 'actor', g.id, g.name, null AS role, {_CLAIM}",
        "ATTRIBUTED_TO of clusters": f"MATCH (k:Cluster)-[c:ATTRIBUTED_TO]->(g) WHERE {live} WITH k, c, g {_MEMBER} "
        f"RETURN w.id, k.id, 'actor', g.id, g.name, null AS role, {_CLAIM}, {_DEFECT}",
        "CONTROLS": f"MATCH (g)-[c:CONTROLS]->(w:Wallet) WHERE {live} "
        f"RETURN w.id, null, CASE WHEN g:Service THEN coalesce(g.concept, 'unclassified') END, g.id, g.name, {owner}, "
        f"{_CLAIM}",
        "CONTROLS of clusters": f"MATCH (g)-[c:CONTROLS]->(k:Cluster) WHERE {live} WITH g, k, c {_MEMBER} "
        f"RETURN w.id, k.id, CASE WHEN g:Service THEN coalesce(g.concept, 'unclassified') END, g.id, g.name, {owner}, "
        f"{_CLAIM}, {_DEFECT}",
        "INVOLVES": f"MATCH (i:Incident)-[c:INVOLVES]->(w:Wallet) WHERE {live} "
        f"RETURN w.id, null, c.role, i.id, i.name, c.role AS as_role, {_CLAIM}",
    }


def read_labels(store: Store, as_of: datetime, min_confidence: int) -> Labels:
    """The labels known at `as_of`; those below `min_confidence`, and those not in force then, do not count.

    A listing has no threshold: that a list has a wallet is a fact about the list. A claim without a stated
    confidence counts only when `min_confidence` is 0.
    """
    labels: list[Label] = []
    for name, statement in _statements().items():
        for row in store.read(statement, {"as_of": as_of}, timeout=600).rows:
            labels.append(_label(name.partition(" ")[0], row, as_of, min_confidence))
    labels.sort(key=lambda one: (one.wallet, _rank(one.kind), one.category, one.source, one.claim_id))
    by_wallet: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_wallet[label.wallet].append(label)
    told = {wallet: tuple(said) for wallet, said in by_wallet.items()}
    return Labels(as_of, min_confidence, tuple(labels), _incidents(store, as_of), told)


def _label(type_: str, row: tuple[Any, ...], as_of: datetime, least: int) -> Label:
    wallet, cluster, what, id_, name, role, source, confidence, since, until, recorded_at, evidence, tlp, claim = row[
        :14
    ]
    kind, category = _kind(type_, what, id_)
    why = None
    if kind not in KINDS:
        why = f"{kind}: told of the wallet itself only"
    elif type_ != "LISTED_BY" and (confidence or 0) < least:
        why = "below the confidence asked for"
    elif any(row[14:]):
        why = "said of a cluster that looks as if one bad link had made it"
    if until is not None and until <= as_of:
        why = "ended before the time asked about"
    elif since is not None and since > as_of:
        why = "begins after the time asked about"
    return Label(
        wallet, kind, category, name or id_, source, confidence, role or None, since, until, recorded_at, evidence, tlp,
        claim, cluster, why is None, why,
    )  # fmt: skip


def _kind(type_: str, what: str | None, id_: str) -> tuple[str, str]:
    if type_ == "LISTED_BY":
        return (what if what in LISTINGS else "tagged"), id_
    if type_ == "INVOLVES":
        return ("incident" if what in ROLES else "victim" if what == "victim" else "involved"), id_
    if type_ == "CONTROLS" and what is not None:
        return ("mixer" if what in MIXERS else "service"), what
    return "actor", id_


def strictest(markings: Iterable[str | None]) -> str | None:
    """The strictest of some TLP markings; None where there is none."""
    known = [TLP_ORDER.index(parse_tlp(one)) for one in markings if one]
    return TLP_ORDER[max(known)] if known else None


def _rank(kind: str) -> int:
    return KINDS.index(kind) if kind in KINDS else len(KINDS)


def _incidents(store: Store, as_of: datetime) -> dict[str, tuple[str, ...]]:
    """Who attributes each incident to whom: shown beside its wallets, never turned into a claim about a wallet."""
    said: dict[str, list[str]] = defaultdict(list)
    for incident, name, group, source, confidence in store.read(
        f"MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(g) WHERE {_LIVE.format(c='c')} "
        "RETURN i.id, g.name, g.id, c.source_id, c.confidence ORDER BY i.id, g.id, c.source_id, c.claim_id",
        {"as_of": as_of},
    ).rows:
        sure = "" if confidence is None else f", confidence {confidence}"
        said[incident].append(f"{name} ({group}) by {source}{sure}")
    return {incident: tuple(dict.fromkeys(lines)) for incident, lines in said.items()}


__all__ = ["KINDS", "LISTINGS", "MIXERS", "ROLES", "Category", "Label", "Labels", "read_labels", "strictest"]
