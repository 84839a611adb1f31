"""Cypher text of every batched write, generated from the schema.

Rows are lists of lists in the order of `node_columns` or `edge_columns`, and properties are written
out literally: the fastest shape measured (see docs/benchmarks.md). Text depends on the schema only.
"""

from __future__ import annotations

from functools import lru_cache

from workbench.graph.schema import EdgeKind, NodeKind, Property, edge_kind, node_kind
from workbench.model.nodes import Merge

PER_ROW_EXCLUDED = ("run_id", "recorded_at", "retracted_at")
"""Properties that are the same for a whole batch, and travel once."""


def node_columns(kind: NodeKind) -> tuple[str, ...]:
    """Columns of a node row: the id first, then the other properties."""
    return tuple(p.name for p in kind.properties)


def edge_columns(kind: EdgeKind) -> tuple[str, ...]:
    """Columns of an edge row: both ends, then the properties that differ from row to row."""
    batch = (*PER_ROW_EXCLUDED, "source_id", *LATER) if kind.ledger else PER_ROW_EXCLUDED
    return ("start", "end", *(p.name for p in kind.properties if p.name not in batch))


LATER = ("retracted_at", "succeeded_by")
"""Properties that an edge is never created with."""
TRANSFERS = ("SENT", "ATTEMPTED")
"""Edges of one shape: what was sent, and what was tried and failed."""
EPOCH_MILLIS = frozenset(("Transaction",))
"""Nodes that come by the million and whose times travel as milliseconds, as those of ledger edges do."""


@lru_cache(maxsize=256)
def upsert_nodes(label: str, extra_labels: tuple[str, ...] = (), merge: Merge | None = None) -> str:
    """Merge nodes by id; what happens to other properties follows `merge`, by default the kind's (see nodes.Merge).

    A description stands: what was first described under one `$by` is never changed by rows of another. For
    `owned` kinds the rows that say something else come back as (id, by whom it is described).
    """
    kind = node_kind(label)
    merge = merge or kind.merge
    assigned = [p for p in kind.properties if p.name != "id"]
    column = {name: f"row[{i}]" for i, name in enumerate(node_columns(kind))}
    lines = ["UNWIND $rows AS row", f"MERGE (n:{kind.label} {{id: row[0]}})"]
    labels = "".join(f":{extra}" for extra in extra_labels)
    if merge == "intrinsic":
        sets = [f"n.{p.name} = {_given(kind, p, column[p.name])}" for p in assigned]
        return "\n".join([*lines, "ON CREATE SET " + ", ".join(sets + ([f"n{labels}"] if labels else []))])
    if kind.label == "IngestRun":  # describes itself
        return "\n".join([*lines, "SET " + ", ".join(_latest(p, column[p.name]) for p in assigned)])
    lines.append("WITH n, row, n.described_by IS NULL OR n.described_by = $by AS mine")
    if merge == "owned":
        if "modified" in column:  # an older edition, loaded later, must not bring a revoked entry back
            lines.append(f"WHERE n.modified IS NULL OR {column['modified']} >= n.modified")
        lines.append(_when("mine", [_latest(p, column[p.name]) for p in assigned]))
        differs = (f"{column[p.name]} <> n.{p.name}" for p in assigned)
        lines.append(f"WITH n, row, mine WHERE NOT mine AND ({' OR '.join(differs)})")
        lines.append("RETURN n.id AS id, n.described_by AS by")
    else:
        lines.append(_when("mine", [_smallest(p, column[p.name]) for p in assigned]))
        lines.append(
            _when("NOT mine", [f"n.{p.name} = coalesce(n.{p.name}, {column[p.name]})" for p in assigned], by=False)
        )
    return "\n".join(lines)


def _given(kind: NodeKind, prop: Property, column: str) -> str:
    if kind.label in EPOCH_MILLIS and prop.type == "datetime":
        return f"CASE WHEN {column} IS NOT NULL THEN datetime({{epochMillis: {column}}}) END"
    return column


def _when(condition: str, sets: list[str], *, by: bool = True) -> str:
    described = ["n.described_by = $by"] if by else []
    return f"FOREACH (_ IN CASE WHEN {condition} THEN [1] ELSE [] END | SET {', '.join(sets + described)})"


def _latest(prop: Property, value: str) -> str:
    return f"n.{prop.name} = coalesce({value}, n.{prop.name})"


def _smallest(prop: Property, value: str) -> str:
    old = f"n.{prop.name}"
    return f"{old} = CASE WHEN {old} IS NULL OR {value} < {old} THEN coalesce({value}, {old}) ELSE {old} END"


@lru_cache(maxsize=64)
def known_edges(type_: str) -> str:
    """Which of `$ids` exist, and what of them. Ledger facts: everything that two sources can say differently;
    claims: whether they are retracted."""
    kind = edge_kind(type_)
    if type_ in TRANSFERS:  # as in the columns of a row, times in milliseconds
        return (
            f"MATCH (a)-[e:{kind.type}]->(b) WHERE e.id IN $ids RETURN collect(e.id) AS ids, "
            "collect([a.id, b.id, e.id, e.asset, e.amount, e.time.epochMillis]) AS facts"
        )
    second = "e.amount" if kind.ledger else "e.retracted_at IS NOT NULL"
    return (
        f"MATCH ()-[e:{kind.type}]->() WHERE e.{kind.key} IN $ids "
        f"RETURN collect(e.{kind.key}) AS ids, collect({second}) AS facts"
    )


@lru_cache(maxsize=256)
def create_edges(type_: str, start: str, end: str) -> str:
    """Create edges between existing nodes; the caller has checked that their ids are new."""
    kind = edge_kind(type_)
    if not kind.allows(start, end):
        raise ValueError(f"{kind.type} cannot run from {start} to {end}")
    column = {name: f"row[{i}]" for i, name in enumerate(edge_columns(kind))}
    properties = []
    for prop in kind.properties:
        if prop.name in LATER:
            continue
        if prop.name in column:
            properties.append(f"{prop.name}: {_literal(kind, prop, column[prop.name])}")
        else:
            properties.append(f"{prop.name}: ${prop.name}")
    return (
        "UNWIND $rows AS row\n"
        f"MATCH (a:{node_kind(start).label} {{id: row[0]}})\n"
        f"MATCH (b:{node_kind(end).label} {{id: row[1]}})\n"
        f"CREATE (a)-[:{kind.type} {{{', '.join(properties)}}}]->(b)"
    )


def _literal(kind: EdgeKind, prop: Property, column: str) -> str:
    if kind.ledger and prop.type == "datetime":
        return f"datetime({{epochMillis: {column}}})"  # an integer packs ten times as fast as a datetime
    return column


def known_digests(type_: str) -> str:
    """How many of some transfers are stored, with what content, and whose."""
    kind = edge_kind(type_)
    return (
        f"MATCH ()-[e:{kind.type}]->() WHERE e.id IN $ids RETURN count(e) AS found, collect(e.digest) AS digests, "
        "collect(DISTINCT e.source_id) AS sources"
    )


def confirm_transfers(type_: str) -> str:
    """Note that a further source has some transfers, and says that they succeeded."""
    return (
        f"MATCH ()-[e:{edge_kind(type_).type}]->() WHERE e.id IN $ids AND e.source_id <> $source "
        "AND NOT $source IN coalesce(e.succeeded_by, []) SET e.succeeded_by = coalesce(e.succeeded_by, []) + $source"
    )


@lru_cache(maxsize=64)
def retract_claims(type_: str) -> str:
    """Mark claims as no longer made by their source."""
    kind = edge_kind(type_)
    return (
        f"UNWIND $ids AS id MATCH ()-[e:{kind.type} {{claim_id: id}}]->() "
        "WHERE e.retracted_at IS NULL SET e.retracted_at = $at RETURN count(e) AS retracted"
    )


@lru_cache(maxsize=64)
def live_claims(type_: str) -> str:
    """Ids of the claims of one data set that its source still makes, as far as we know; not those of runs `$spared`."""
    kind = edge_kind(type_)
    return (
        f"MATCH ()-[e:{kind.type}]->() WHERE e.dataset = $dataset AND e.source_id = $source_id "
        "AND e.retracted_at IS NULL AND NOT e.run_id IN $spared RETURN e.claim_id AS claim_id, e.run_id AS run_id"
    )
