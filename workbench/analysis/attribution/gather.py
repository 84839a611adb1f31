"""Reads from the graph what the evidence about an incident rests on; every read is of live claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workbench.analysis.attribution.candidates import Group, Sameness, link_strength
from workbench.analysis.attribution.vouching import Vouching
from workbench.errors import UnknownNameError
from workbench.graph.store import Store
from workbench.model.times import LATEST

THIEVES = ("thief", "source", "laundering", "published")
"""Roles in which a wallet is the thief's; a victim's, a service's or an unknown one is evidence of nothing."""
NOT_THIEVES = ("victim", "terminal")
HOPS = 4
MOST_WALLETS = 2_000


def live(claim: str) -> str:
    """The condition that a claim was recorded, and not retracted, as of `$as_of`."""
    return f"{claim}.recorded_at <= $as_of AND coalesce({claim}.retracted_at > $as_of, true)"


@dataclass(frozen=True)
class Said:
    """One claim, such as ATTRIBUTED_TO or INVOLVES."""

    claim_id: str
    source_id: str
    subject: str
    object: str
    confidence: int | None = None
    grade: str | None = None
    url: str | None = None
    role: str | None = None
    run_id: str | None = None


@dataclass(frozen=True)
class Use:
    """One claim that an incident, campaign or group uses a technique or software."""

    claim_id: str
    source_id: str
    user: str
    feature: str
    name: str
    label: str
    url: str | None
    citations: tuple[str, ...]
    confidence: int | None = None
    run_id: str | None = None


@dataclass
class Facts:
    """Everything read about one incident."""

    incident: str
    name: str
    joined: tuple[str, ...]
    """The incident, and those that SAME_AS claims make the same."""
    groups: list[Group]
    same: list[Sameness]
    vouching: Vouching
    derived: list[tuple[str, str]]
    statements: list[Said] = field(default_factory=list)
    involved: list[Said] = field(default_factory=list)
    """INVOLVES claims of the incident's wallets in a thief's role."""
    reached: tuple[str, ...] = ()
    """Further wallets along the trace."""
    wallet_claims: list[Said] = field(default_factory=list)
    elsewhere: list[tuple[Said, Said]] = field(default_factory=list)
    """(another incident involves the wallet, that incident is attributed)."""
    uses: list[Use] = field(default_factory=list)
    group_uses: list[Use] = field(default_factory=list)
    others: dict[str, int] = field(default_factory=dict)
    """Group → other incidents attributed to it."""
    same_incident: list[Sameness] = field(default_factory=list)
    """Claims that make the incidents in `joined` the same."""
    wholes: list[Said] = field(default_factory=list)
    """Claims that an incident is part of a whole, or belongs to a campaign, of which statements are read too."""
    parts: list[Said] = field(default_factory=list)
    """Claims that a group is part of an umbrella: who names the umbrella names any of its parts."""
    remarks: list[str] = field(default_factory=list)


class Reader:
    """Reads as of one instant of our knowledge."""

    def __init__(self, store: Store, as_of: datetime | None) -> None:
        self._store = store
        self._as_of = as_of or LATEST

    def rows(self, text: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of a read, as dictionaries."""
        return self._store.read(text, {"as_of": self._as_of, **parameters}).records()

    def incident(self, wanted: str) -> tuple[str, str]:
        """Id and name of an incident, by id or by its exact name; raises UnknownNameError."""
        known = self.rows("MATCH (i:Incident) RETURN i.id AS id, i.name AS name ORDER BY id")
        for row in known:
            if row["id"] == wanted:
                return row["id"], row["name"]
        named = [row for row in known if row["name"].casefold() == wanted.casefold()]
        if len(named) == 1:
            return named[0]["id"], named[0]["name"]
        raise UnknownNameError("incident", wanted, [r["id"] for r in named or known], where="attribute")

    def same(self, label: str, vouching: Vouching) -> list[Sameness]:
        """SAME_AS claims of a kind; a catalogue's SUPERSEDED_BY is its own word that two are one."""
        return [
            Sameness(**row, kind=vouching.kind(row["source_id"], row["run_id"]))
            for row in self.rows(
                f"MATCH (a:{label})-[c:SAME_AS|SUPERSEDED_BY]->(b:{label}) WHERE {live('c')}\n"
                "RETURN a.id AS one, b.id AS other, c.source_id AS source_id, c.claim_id AS claim_id,\n"
                "  c.run_id AS run_id, CASE type(c) WHEN 'SUPERSEDED_BY' THEN 100 ELSE c.confidence END AS confidence\n"
                "ORDER BY claim_id"
            )
        ]

    def groups(self) -> list[Group]:
        """Every actor group of every catalogue, with the names sources give it."""
        return [
            Group(row["id"], row["name"], row["catalogue"], row["status"], tuple(row["aliases"]))
            for row in self.rows(
                f"MATCH (g:ActorGroup) OPTIONAL MATCH (:Source)-[c:NAMED]->(g) WHERE {live('c')}\n"
                "WITH g, c.name AS alias ORDER BY alias\n"
                "RETURN g.id AS id, g.name AS name, g.catalogue AS catalogue,\n"
                "  coalesce(g.status, 'live') AS status, collect(DISTINCT alias) AS aliases ORDER BY id"
            )
        ]

    def said(self, text: str, **parameters: Any) -> list[Said]:
        """Claims of a query that returns the columns of `_SAID`."""
        return [Said(**row) for row in self.rows(text, **parameters)]

    def uses(self, match: str, **parameters: Any) -> list[Use]:
        """USES (and, for incidents, INVOLVES) claims to techniques and software."""
        rows = self.rows(
            f"{match}\nWITH user, c, f WHERE (f:Technique OR f:Malware) AND {live('c')}\n"
            "RETURN c.claim_id AS claim_id, c.source_id AS source_id, user AS user, f.id AS feature, f.name AS name,\n"
            "  CASE WHEN f:Technique THEN 'technique' ELSE 'software' END AS label, c.evidence AS url,\n"
            "  coalesce(c.citations, []) AS citations, c.confidence AS confidence, c.run_id AS run_id\n"
            "ORDER BY claim_id",
            **parameters,
        )
        return [Use(**{**row, "citations": tuple(row["citations"])}) for row in rows]


def _said(claim: str = "c", subject: str = "a", object_: str = "b", prefix: str = "") -> str:
    columns = {
        "claim_id": f"{claim}.claim_id", "source_id": f"{claim}.source_id", "subject": f"{subject}.id",
        "object": f"{object_}.id", "confidence": f"{claim}.confidence", "grade": f"{claim}.grade",
        "url": f"{claim}.evidence", "role": f"{claim}.role", "run_id": f"{claim}.run_id",
    }  # fmt: skip
    return ", ".join(f"{value} AS {prefix}{name}" for name, value in columns.items())


def gather(
    store: Store, incident: str, *, merge_confidence: int, as_of: datetime | None, trace: Collection[str] | None
) -> Facts:
    """Read everything that bears on who did an incident. Raises UnknownNameError for one nobody has."""
    read = Reader(store, as_of)
    id_, name = read.incident(incident)
    sources = read.rows(
        "MATCH (s:Source) RETURN s.id AS id, s.kind AS kind, s.title AS title, s.url AS url,\n"
        "  s.described_by AS described_by ORDER BY id"
    )
    runs = read.rows("MATCH (r:IngestRun) RETURN r.id AS id, r.file AS file, r.described_by AS described_by")
    vouching = Vouching({row["id"]: row for row in sources}, {row["id"]: row for row in runs})
    same = [c for c in read.same("Incident", vouching) if c.strength >= merge_confidence]
    derived = read.rows(
        f"MATCH (a:Source)-[c:DERIVED_FROM]->(b:Source) WHERE {live('c')} RETURN a.id AS a, b.id AS b ORDER BY a, b"
    )
    facts = Facts(
        id_, name, _closure(id_, same), read.groups(), read.same("ActorGroup", vouching), vouching,
        [(d["a"], d["b"]) for d in derived], same_incident=same,
    )  # fmt: skip

    def usable(claims: Iterable[Said]) -> list[Said]:
        # A user's word joins nothing below the confidence from which claims merge.
        kinds = ((c, vouching.kind(c.source_id, c.run_id)) for c in claims)
        return [c for c, k in kinds if k != "user" or link_strength(k, c.confidence) >= merge_confidence]

    facts.parts = usable(
        read.said(
            "MATCH (a:ActorGroup)-[c:PART_OF]->(b:ActorGroup)\n"
            f"WHERE {live('c')} RETURN {_said()} ORDER BY subject, object, claim_id"
        )
    )
    # What is said of a whole that the incident is a part of, or of a campaign it belongs to, is said of it.
    facts.wholes = usable(
        read.said(
            "MATCH (a:Incident)-[c:PART_OF|INVOLVES]->(b:Incident|Campaign)\n"
            f"WHERE a.id IN $ids AND {live('c')} AND (type(c) = 'PART_OF' AND b:Incident\n"
            f"  OR type(c) = 'INVOLVES' AND b:Campaign) RETURN {_said()} ORDER BY claim_id",
            ids=list(facts.joined),
        )
    )
    _statements(read, facts)
    _wallets(read, facts, trace)
    _features(read, facts)
    return facts


def _closure(start: str, same: Iterable[Sameness]) -> tuple[str, ...]:
    beside: dict[str, set[str]] = defaultdict(set)
    for claim in same:
        beside[claim.one].add(claim.other)
        beside[claim.other].add(claim.one)
    found, todo = {start}, [start]
    while todo:
        for other in beside[todo.pop()] - found:
            found.add(other)
            todo.append(other)
    return (start, *sorted(found - {start}))


def _statements(read: Reader, facts: Facts) -> None:
    ids = list(facts.joined)
    facts.statements = read.said(
        "MATCH (a:Incident|Campaign)-[c:ATTRIBUTED_TO]->(b:ActorGroup)\n"
        f"WHERE a.id IN $ids AND {live('c')} RETURN DISTINCT {_said()} ORDER BY claim_id",
        ids=[*ids, *sorted({whole.object for whole in facts.wholes} - set(ids))],
    )
    facts.others = {
        row["group"]: row["n"]
        for row in read.rows(
            f"MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(g:ActorGroup) WHERE NOT i.id IN $ids AND {live('c')}\n"
            "RETURN g.id AS group, count(DISTINCT i) AS n ORDER BY group",
            ids=ids,
        )
    }


def _wallets(read: Reader, facts: Facts, trace: Collection[str] | None) -> None:
    ids = list(facts.joined)
    facts.involved = read.said(
        "MATCH (a:Incident)-[c:INVOLVES]->(b:Wallet)\n"
        f"WHERE a.id IN $ids AND c.role IN $roles AND {live('c')}\n"
        f"AND NOT EXISTS {{ (x:Incident)-[v:INVOLVES]->(b) WHERE x.id IN $ids AND v.role IN $not AND {live('v')} }}\n"
        f"AND NOT EXISTS {{ (:Service)-[o:CONTROLS]->(b) WHERE {live('o')} }}\n"
        f"RETURN {_said()} ORDER BY claim_id",
        ids=ids, roles=list(THIEVES), **{"not": list(NOT_THIEVES)},
    )  # fmt: skip
    direct = {said.object for said in facts.involved}
    found = set(trace) if trace is not None else reach(read, direct, facts.remarks)
    strangers = {
        row["id"]
        for row in read.rows(
            "UNWIND $wallets AS id MATCH (b:Wallet {id: id})\n"
            f"WHERE EXISTS {{ (:Service)-[o:CONTROLS]->(b) WHERE {live('o')} }}\n"
            f"OR EXISTS {{ (x:Incident)-[v:INVOLVES]->(b) WHERE x.id IN $ids AND v.role IN $not AND {live('v')} }}\n"
            "RETURN b.id AS id",
            wallets=sorted(found), ids=ids, **{"not": list(NOT_THIEVES)},
        )
    }  # fmt: skip
    facts.reached = tuple(sorted(found - direct - strangers))
    wallets = sorted(direct | set(facts.reached))
    facts.wallet_claims = read.said(
        f"UNWIND $wallets AS id MATCH (a:Wallet {{id: id}})-[c:ATTRIBUTED_TO]->(b:ActorGroup) WHERE {live('c')}\n"
        f"RETURN {_said()} ORDER BY claim_id",
        wallets=wallets,
    )
    rows = read.rows(
        "UNWIND $wallets AS id MATCH (b:Wallet {id: id})<-[c:INVOLVES]-(a:Incident)-[d:ATTRIBUTED_TO]->(g:ActorGroup)\n"
        f"WHERE NOT a.id IN $ids AND c.role IN $roles AND {live('c')} AND {live('d')}\n"
        f"RETURN {_said()}, {_said('d', 'a', 'g', 'd_')} ORDER BY claim_id, d_claim_id",
        wallets=wallets, ids=ids, roles=list(THIEVES),
    )  # fmt: skip
    for row in rows:
        second = {key.removeprefix("d_"): row.pop(key) for key in list(row) if key.startswith("d_")}
        facts.elsewhere.append((Said(**row), Said(**second)))


def reach(read: Reader, start: Collection[str], remarks: list[str]) -> set[str]:
    """Wallets that money from `start` could have reached: forward in time, up to `HOPS` transfers, not
    through services, at most `MOST_WALLETS` of them (the remark says when that bit)."""
    since: dict[str, int] = dict.fromkeys(start, 0)
    frontier: Mapping[str, int] = since
    for _ in range(HOPS):
        rows = read.rows(
            "UNWIND $wallets AS row MATCH (w:Wallet {id: row[0]})-[s:SENT]->(x:Wallet)\n"
            f"WHERE s.time.epochMillis >= row[1] AND NOT EXISTS {{ (:Service)-[o:CONTROLS]->(x) WHERE {live('o')} }}\n"
            "RETURN x.id AS id, min(s.time.epochMillis) AS first ORDER BY first, id LIMIT $most",
            wallets=[[wallet, time] for wallet, time in sorted(frontier.items())], most=MOST_WALLETS,
        )  # fmt: skip
        later = {row["id"]: row["first"] for row in rows if row["first"] < since.get(row["id"], 2**62)}
        if len(since) + len(later) > MOST_WALLETS:
            remarks.append(f"the trace was followed to {len(since):,} wallets and no further")
            break
        since.update(later)
        frontier = later
        if not frontier:
            break
    return set(since) - set(start)


def _features(read: Reader, facts: Facts) -> None:
    facts.uses = read.uses(
        "MATCH (i:Incident)-[c:USES|INVOLVES]->(f) WHERE i.id IN $ids WITH i.id AS user, c, f", ids=list(facts.joined)
    ) + read.uses(
        "MATCH (p:Campaign)-[c:USES]->(f) WHERE p.id IN $ids WITH p.id AS user, c, f",
        ids=sorted({whole.object for whole in facts.wholes}),
    )
    if facts.uses:
        facts.group_uses = read.uses("MATCH (g:ActorGroup)-[c:USES]->(f) WITH g.id AS user, c, f")


__all__ = ["Facts", "Reader", "Said", "Use", "gather", "reach"]
