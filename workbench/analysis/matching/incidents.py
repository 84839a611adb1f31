"""The same theft in several lists: matches as claims that can be reviewed, joined, split and undone.

A match is a SAME_AS claim of the workbench's own, with its probability as confidence and its reasons; an
analyst's decision is a claim beside it: SAME_AS to join, DISTINCT_FROM to split. Nothing is merged in the graph:
what counts as one theft is a view over these claims. Matching again gives the same claims, and retracts those
that no longer follow.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from workbench.analysis.computed import computed_run, replace_claims
from workbench.analysis.matching.scorer import Entry, Match, matches
from workbench.errors import UnknownNameError, UsageError
from workbench.graph.loader import retract
from workbench.graph.schema import edge_kind
from workbench.graph.store import Store
from workbench.model.claims import DistinctFrom, SameAs
from workbench.model.nodes import Incident, Ref, Source
from workbench.model.times import utc_now

if TYPE_CHECKING:
    import pandas as pd

METHOD = "incident-match/1"
MACHINE = Source(
    id="incident-match", title="Matches between incident lists, computed", publisher="attribution-workbench",
    kind="researcher",
)  # fmt: skip
ANALYST = Source(
    id="analyst-decisions", title="Decisions of this workspace's analysts", publisher="this workspace",
    kind="researcher",
)  # fmt: skip
MOST = 95
"""Highest confidence of a computed match: no list says that it is right."""
_ENTRIES = """
MATCH (s:Source)-[r:REPORTED]->(i:Incident) WHERE r.retracted_at IS NULL
CALL (s, i) {
  MATCH (s)-[n:NAMED]->(i) WHERE n.retracted_at IS NULL
  RETURN collect(DISTINCT n.name) AS names
}
CALL (s, i) {
  MATCH (i)-[v:INVOLVES {role: 'thief'}]->(w:Wallet) WHERE v.source_id = s.id AND v.retracted_at IS NULL
  RETURN collect(DISTINCT w.id) AS wallets
}
RETURN i.id AS id, i.name AS name, s.id AS source, names, r.date AS date, r.date_precision AS precision,
  r.amount_usd AS amount, r.networks AS networks, r.evidence AS page, wallets
ORDER BY id, source, r.claim_id
"""


def measured() -> str:
    """How often matches were right on labelled pairs, in words; docs/incident-matching.md has the whole table."""
    figures = json.loads(files("workbench.analysis").joinpath("measured/incident-matching.json").read_text("utf-8"))
    parts = [
        f"{figures[name]['hits']} of {figures[name]['n']} ({figures[name]['low']:.0%}–{figures[name]['high']:.0%})"
        for name in ("precision", "recall")
    ]
    return f"On labelled pairs (probability 0.5): {parts[0]} matches were right, and {parts[1]} pairs were found."


def read_entries(store: Store) -> list[Entry]:
    """Every theft as every list reports it now."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in store.read(_ENTRIES).records():
        entry = found.setdefault((row["id"], row["source"]), {**row, "pages": set()})
        for name in ("date", "precision", "amount", "networks"):
            entry[name] = entry[name] if entry[name] is not None else row[name]
        if row["page"]:
            entry["pages"].add(row["page"])
    return [
        Entry(
            row["id"], row["source"], tuple(sorted({row["name"], *row["names"]})), row["date"], row["precision"],
            row["amount"], tuple(row["networks"] or ()), frozenset(row["wallets"]), frozenset(row["pages"]),
        )
        for row in found.values()
    ]  # fmt: skip


def match_incidents(store: Store, *, least: float = 0.5, write: bool = True) -> pd.DataFrame:
    """The likeliest pairs of thefts that are one; recorded as claims unless `write` is False.

    `least` is the lowest probability kept, 0 to 1. Pairs an analyst split are left out. Returns one row a pair:
    left, right, probability, reasons. A second run on the same graph changes nothing.
    """
    import math

    import pandas as pd

    if not 0 < least < 1:
        raise UsageError(f"least is {least}: a probability between 0 and 1")
    said = [(link.left, link.right) for link in same_links(store) if link.source != MACHINE.id]
    found = apart(matches(read_entries(store), math.log2(least / (1 - least))), said, splits(store))
    if write:
        replace_claims(store, "SAME_AS", [_claim(match) for match in found], MACHINE, METHOD)
    rows = [(m.left, m.right, round(m.probability, 4), "; ".join(m.reasons)) for m in found]
    return pd.DataFrame(rows, columns=["left", "right", "probability", "reasons"])


def decide(store: Store, left: str, right: str, *, same: bool, by: str = "analyst", why: str | None = None) -> None:
    """Record an analyst's decision that two incidents are one, or are not; a rival decision of theirs is retracted.

    To split also takes back the computed matches that join the two by way of others, the least sure first.
    Raises UnknownNameError for an incident that is not in the graph.
    """
    one, other = _pair(store, left, right)
    undo(store, left, right)
    kind: type[SameAs] | type[DistinctFrom] = SameAs if same else DistinctFrom
    said: dict[str, Any] = {"reasons": (why,)} if same and why else {}
    claim = kind.model_validate({
        "subject": one, "object": other, "source_id": ANALYST.id, "method": f"decision by {by}", "confidence": 100,
        "evidence": None if same else why, **said,
    })  # fmt: skip
    loader, at = computed_run(store, "incident-decision", json.dumps([left, right, same, by, why]))
    loader.nodes([ANALYST])
    loader.claims([claim])
    if not same:
        _separate(store, left, right, at)


def undo(store: Store, left: str, right: str) -> int:
    """Take back the analyst's decisions about two incidents; returns how many there were."""
    at = utc_now()
    return sum(
        retract(store, type_, _claims_between(store, type_, left, right, ANALYST.id), at)
        for type_ in ("SAME_AS", "DISTINCT_FROM")
    )


@dataclass(frozen=True)
class Link:
    """A live SAME_AS claim between two incidents."""

    claim_id: str
    left: str
    right: str
    confidence: int
    source: str


def same_links(store: Store) -> list[Link]:
    """Every live SAME_AS claim between incidents."""
    return [
        Link(*row)
        for row in store.read(
            "MATCH (a:Incident)-[c:SAME_AS]->(b:Incident) WHERE c.retracted_at IS NULL "
            "RETURN c.claim_id, a.id, b.id, coalesce(c.confidence, 50), c.source_id ORDER BY c.claim_id"
        ).rows
    ]


def splits(store: Store) -> set[tuple[str, str]]:
    """Pairs that somebody keeps apart."""
    rows = store.read(
        "MATCH (a:Incident)-[c:DISTINCT_FROM]->(b:Incident) WHERE c.retracted_at IS NULL RETURN a.id, b.id"
    ).rows
    return {(left, right) for left, right in rows}


def apart(found: Sequence[Match], said: Sequence[tuple[str, str]], split: Collection[tuple[str, str]]) -> list[Match]:
    """The matches, best first, without those that would join a split pair, be it by way of others."""
    groups: dict[str, str] = {}

    def root(id_: str) -> str:
        while groups.setdefault(id_, id_) != id_:
            id_ = groups[id_]
        return id_

    for left, right in said:
        groups[root(left)] = root(right)
    kept = []
    for match in found:
        one, other = root(match.left), root(match.right)
        if any({root(left), root(right)} == {one, other} and one != other for left, right in split):
            continue
        if (match.left, match.right) in split or (match.right, match.left) in split:
            continue
        groups[one] = other
        kept.append(match)
    return kept


def _separate(store: Store, left: str, right: str, at: datetime) -> None:
    """Retract computed matches until nothing computed joins the two, on each path the least sure one."""
    links = same_links(store)
    while path := _path(links, left, right):
        computed = [link for link in path if link.source == MACHINE.id]
        if not computed:
            return  # somebody else says so: both stand
        weakest = min(computed, key=lambda link: (link.confidence, link.claim_id))
        retract(store, "SAME_AS", [weakest.claim_id], at)
        links.remove(weakest)


def _path(links: Sequence[Link], left: str, right: str) -> list[Link]:
    """Links that lead from one incident to the other, as few as can be; [] where none do."""
    beside: dict[str, list[tuple[str, Link]]] = defaultdict(list)
    for link in links:
        beside[link.left].append((link.right, link))
        beside[link.right].append((link.left, link))
    ways: dict[str, list[Link]] = {left: []}
    queue = deque([left])
    while queue and right not in ways:
        here = queue.popleft()
        for there, link in beside[here]:
            if there not in ways:
                ways[there] = [*ways[here], link]
                queue.append(there)
    return ways.get(right, [])


def _claim(match: Match) -> SameAs:
    return SameAs(
        subject=Ref(Incident.label, match.left), object=Ref(Incident.label, match.right), source_id=MACHINE.id,
        method=METHOD, confidence=min(MOST, round(100 * match.probability)), reasons=match.reasons,
        dataset=MACHINE.id,
    )  # fmt: skip


def _pair(store: Store, left: str, right: str) -> tuple[Ref, Ref]:
    if left == right:
        raise UsageError(f"{left} twice: name two incidents")
    known = {row[0] for row in store.read("MATCH (i:Incident) RETURN i.id").rows}
    for id_ in (left, right):
        if id_ not in known:
            raise UnknownNameError("incident", id_, known)
    one, other = sorted((left, right))
    return Ref(Incident.label, one), Ref(Incident.label, other)


def _claims_between(store: Store, type_: str, left: str, right: str, source: str) -> list[str]:
    rows = store.read(
        f"MATCH (a:Incident {{id: $left}})-[c:{edge_kind(type_).type}]-(b:Incident {{id: $right}}) "
        "WHERE c.source_id = $source AND c.retracted_at IS NULL RETURN c.claim_id",
        {"left": left, "right": right, "source": source},
    ).rows
    return [row[0] for row in rows]
