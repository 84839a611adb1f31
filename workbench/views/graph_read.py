"""Reads the surroundings of some nodes; every statement is generated from the schema and ends in an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from workbench.graph.schema import edge_kinds, node_kinds
from workbench.graph.store import Store
from workbench.model.confidence import Tlp
from workbench.views.map_data import Key, claim_row, transfers_row
from workbench.views.text import dollars, moment, most_restricted, visible

DEFAULT_THROUGH = frozenset({"Wallet", "Transaction", "Incident", "Cluster", "Campaign"})
"""Kinds the walk goes on from; the others are shared by things that have nothing else in common."""
NOT_DRAWN = frozenset({"Source", "IngestRun", "Analysis", "FailedTransaction", "Token"})
MOST_NEIGHBOURS = 100_000
"""Neighbours looked at in one step; beyond it the count of what was left out is "at least"."""
_CHUNK = 500


@dataclass
class Walk:
    """The nodes kept, the nearest first, and what was left out."""

    keys: list[Key]
    left_out: int = 0
    notes: list[str] = field(default_factory=list)


class Detail(NamedTuple):
    """Something a source says about one node."""

    text: str
    tlp: str


def drawn_labels() -> list[str]:
    """Labels of the nodes a map shows."""
    return [label for label in node_kinds() if label not in NOT_DRAWN]


def drawn_types() -> list[str]:
    """Types of the edges a map shows: all that do not start or end at a source or an analysis; what failed is none."""
    return [
        kind.type
        for kind in edge_kinds().values()
        if kind.type != "ATTEMPTED" and not any(NOT_DRAWN & {*starts, *stops} for starts, stops in kind.ends)
    ]


def find(store: Store, ids: Sequence[str]) -> list[Key]:
    """The nodes that have one of the ids, in the order of `ids`."""
    parts = [f"MATCH (n:{label}) WHERE n.id IN $ids RETURN '{label}' AS kind, n.id AS id" for label in drawn_labels()]
    place = {id_: i for i, id_ in enumerate(ids)}
    found = {Key(*row) for row in store.read("\nUNION ALL\n".join(parts), {"ids": list(ids)}).rows}
    return sorted(found, key=lambda key: (place[key.id], key.kind))


def names(store: Store) -> list[str]:
    """Ids that somebody may have meant: incidents, groups, services."""
    parts = [f"MATCH (n:{label}) RETURN n.id AS id" for label in ("Incident", "ActorGroup", "Service")]
    return [row[0] for row in store.read("\nUNION ALL\n".join(parts), limit=20_000).rows]


def walk(store: Store, seeds: Sequence[Key], hops: int, limit: int, through: frozenset[str]) -> Walk:
    """Nodes within `hops` of the seeds; where `limit` bites, the walk ends there and says so."""
    done = Walk(list(seeds[:limit]))
    if len(seeds) > limit:
        done.left_out = len(seeds) - limit
        done.notes.append(f"{done.left_out:,} of the nodes asked for were left out: a map shows {limit:,} at most.")
        return done
    known = set(seeds)
    frontier = list(seeds)
    for hop in range(1, hops + 1):
        owners = _owners(store, frontier)
        start = [key for key in frontier if key in seeds or (key.kind in through and key not in owners)]
        near, capped = _neighbours(store, start)
        services = sorted({service for key in frontier if key not in start for service in owners.get(key, ())})
        frontier = [key for key in dict.fromkeys((*services, *near)) if key not in known]
        room = limit - len(done.keys)
        done.keys += frontier[:room]
        if len(frontier) > room or capped:
            done.left_out = len(frontier) - max(room, 0)
            more = "At least " if capped else ""
            done.notes.append(
                f"{more}{done.left_out:,} nodes {hop} {'step' if hop == 1 else 'steps'} away were left out, and "
                f"what lies beyond them was not looked at: a map shows {limit:,} nodes at most."
            )
            break
        known.update(frontier)
    return done


def _neighbours(store: Store, keys: Sequence[Key]) -> tuple[list[Key], bool]:
    """Neighbours, the best first: more claims, more dollars, more edges, smaller key."""
    types = "|".join(drawn_types())
    scores: dict[Key, tuple[int, float, int]] = {}
    capped = False
    for kind, chunk in _chunks(keys):
        result = store.read(
            f"UNWIND $ids AS id MATCH (n:{kind} {{id: id}})-[e:{types}]-(m) WHERE e.retracted_at IS NULL\n"
            "WITH labels(m) AS labels, m.id AS id, count(e.claim_id) AS claims, "
            "max(coalesce(e.usd, 0.0)) AS usd, count(e) AS edges\n"
            "RETURN labels, id, claims, usd, edges ORDER BY claims DESC, usd DESC, edges DESC, id, labels",
            {"ids": chunk},
            limit=MOST_NEIGHBOURS,
        )
        capped |= result.capped
        for labels, id_, claims, usd, edges in result.rows:
            key = Key(_kind(labels), id_)
            old = scores.get(key, (0, 0.0, 0))
            scores[key] = (old[0] + claims, max(old[1], usd), old[2] + edges)
    ranked = sorted(scores, key=lambda k: (-scores[k][0], -scores[k][1], -scores[k][2], k))
    return [key for key in ranked if key.kind not in NOT_DRAWN], capped


def _owners(store: Store, keys: Iterable[Key]) -> dict[Key, list[Key]]:
    """Wallets that somebody says a service controls, with the services: where the walk ends."""
    return {
        Key("Wallet", wallet): [Key("Service", id_) for id_ in services]
        for _, chunk in _chunks(key for key in keys if key.kind == "Wallet")
        for wallet, services in store.read(
            "UNWIND $ids AS id MATCH (w:Wallet {id: id})<-[c:CONTROLS]-(s:Service) WHERE c.retracted_at IS NULL "
            "WITH DISTINCT w.id AS wallet, s.id AS service ORDER BY wallet, service "
            "RETURN wallet, collect(service) AS services ORDER BY wallet",
            {"ids": chunk},
        ).rows
    }


def nodes(store: Store, keys: Sequence[Key]) -> dict[Key, dict[str, Any]]:
    """Properties of the nodes."""
    return {
        Key(kind, row[0]["id"]): row[0]
        for kind, chunk in _chunks(keys)
        for row in store.read(
            f"UNWIND $ids AS id MATCH (n:{kind} {{id: id}}) RETURN properties(n) AS n ORDER BY id", {"ids": chunk}
        ).rows
    }


def edges(store: Store, keys: Sequence[Key]) -> list[dict[str, Any]]:
    """Rows of the edges that have both ends among `keys`."""
    kept = set(keys)
    every = sorted({key.id for key in keys})
    claims = "|".join(type_ for type_ in drawn_types() if type_ != "SENT")
    made = []
    for kind, chunk in _chunks(keys):
        for id_, labels, other, type_, edge in store.read(
            f"UNWIND $ids AS id MATCH (a:{kind} {{id: id}})-[e:{claims}]->(b)\n"
            "WHERE e.retracted_at IS NULL AND b.id IN $every\n"
            "RETURN id, labels(b) AS labels, b.id AS other, type(e) AS type, properties(e) AS edge\n"
            "ORDER BY id, other, type, coalesce(e.claim_id, e.id)",
            {"ids": chunk, "every": every},
        ).rows:
            start, end = Key(kind, id_), Key(_kind(labels), other)
            if end in kept:
                made.append(_flow_row(start, end, type_, edge) if "claim_id" not in edge
                            else claim_row(start, end, type_, edge))  # fmt: skip
    made += _transfers(store, [key for key in keys if key.kind == "Wallet"])
    return sorted(made, key=lambda row: (row["source"], row["target"], row["type"], row["key"]))


def _transfers(store: Store, wallets: Sequence[Key]) -> Iterator[dict[str, Any]]:
    every = [key.id for key in wallets]
    for _, chunk in _chunks(wallets):
        for id_, other, asset, source_id, ids, amounts, usd, times in store.read(
            "UNWIND $ids AS id MATCH (a:Wallet {id: id})-[e:SENT]->(b:Wallet) WHERE b.id IN $every\n"
            "RETURN id, b.id AS other, e.asset AS asset, e.source_id AS source, collect(e.id) AS ids, "
            "collect(e.amount) AS amounts, collect(e.usd) AS usd, collect(DISTINCT e.time) AS times\n"
            "ORDER BY id, other, asset, source",
            {"ids": chunk, "every": every},
        ).rows:
            yield transfers_row(
                Key("Wallet", id_), Key("Wallet", other), asset,
                ids=ids, amounts=amounts, usd=usd, times=times, source_id=source_id,
            )  # fmt: skip


def _flow_row(start: Key, end: Key, type_: str, edge: dict[str, Any]) -> dict[str, Any]:
    """One input or output of a UTXO transaction."""
    wallet = start if start.kind == "Wallet" else end
    asset = f"{wallet.id.rpartition(':')[0]}/slip44:native"
    row = transfers_row(
        start, end, asset, ids=[edge["id"]], amounts=[edge["amount"]], usd=[], times=[], source_id=edge["source_id"]
    )
    return {**row, "type": type_}


def details(store: Store, keys: Sequence[Key]) -> dict[Key, list[Detail]]:
    """What sources call the nodes, report of them and list them as; each line ends in its source."""
    found: dict[Key, list[Detail]] = defaultdict(list)
    for kind, chunk in _chunks(keys):
        for id_, type_, claim, source in store.read(
            f"UNWIND $ids AS id MATCH (n:{kind} {{id: id}})-[c:NAMED|REPORTED|LISTED_BY]-(s:Source)\n"
            "WHERE c.retracted_at IS NULL RETURN id, type(c) AS type, properties(c) AS claim, s.id AS source\n"
            "ORDER BY id, type DESC, source, c.claim_id",
            {"ids": chunk},
        ).rows:
            found[Key(kind, id_)].append(Detail(_detail(type_, claim, source), claim.get("tlp") or "clear"))
    return found


def _detail(type_: str, claim: dict[str, Any], source: str) -> str:
    if type_ == "NAMED":
        said = f"{claim.get('kind', 'name')} “{visible(claim['name'], 80)}”"
    elif type_ == "REPORTED":
        usd, date = claim.get("amount_usd"), claim.get("date")
        parts = [dollars(usd) if usd is not None else "no amount", moment(date) if date else "no date"]
        said = "reported " + ", ".join(parts)
    else:
        said = " ".join(filter(None, [claim.get("listing"), visible(claim.get("label") or "", 80)]))
    return f"{said} — {visible(source, 80)}"


def marking(store: Store) -> Tlp:
    """The marking of the most restricted claim in the graph: what anything made from it may need."""
    types = "|".join(kind.type for kind in edge_kinds().values() if not kind.ledger)
    rows = store.read(f"MATCH ()-[c:{types}]->() WHERE c.tlp <> 'clear' RETURN DISTINCT c.tlp AS tlp ORDER BY tlp").rows
    return most_restricted(row[0] for row in rows)


def _kind(labels: Iterable[str]) -> str:
    return next(label for label in sorted(labels) if label in node_kinds())


def _chunks(keys: Iterable[Key]) -> Iterator[tuple[str, list[str]]]:
    """Ids by kind, in bounded portions."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for key in keys:
        by_kind[key.kind].append(key.id)
    for kind in sorted(by_kind):
        ids = sorted(set(by_kind[kind]))
        for low in range(0, len(ids), _CHUNK):
            yield kind, ids[low : low + _CHUNK]
