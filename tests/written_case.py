"""What is in the graph, in full, and which claims of analyses stand."""

from __future__ import annotations

from typing import Any

from workbench.graph.store import Store


def everything(store: Store) -> list[str]:
    """Every node and edge with its properties."""
    nodes = store.read("MATCH (n) WHERE NOT n:WorkbenchMeta RETURN properties(n)").rows
    edges = store.read("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)").rows
    return sorted(map(repr, [*nodes, *edges]))


def live(store: Store, type_: str) -> list[dict[str, Any]]:
    rows = store.read(
        f"MATCH (w)-[c:{type_}]->(q:Analysis) WHERE c.retracted_at IS NULL "
        "RETURN w.id AS subject, q.id AS analysis, properties(c) AS said ORDER BY w.id, c.claim_id"
    ).records()
    return [{**row["said"], "subject": row["subject"], "analysis": row["analysis"]} for row in rows]
