"""A hash of what the graph says, whichever order and however many runs it was loaded in.

Left out: IngestRun nodes, and the properties that say when and by which run something was recorded.
Two loads of the same files have the same hash, also when one of them was interrupted.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workbench.graph.schema import edge_kinds, node_kinds
from workbench.graph.store import Store, native

_WHEN = frozenset({"run_id", "recorded_at", "retracted_at"})


def content_hash(store: Store) -> str:
    """SHA-256 over all nodes and edges, as 64 hexadecimal digits; memory does not grow with the graph.

    Every item is hashed on its own and the hashes are added modulo 2^256, so that order does not matter.
    """
    total = 0
    for kind in node_kinds().values():
        if kind.label == "IngestRun":
            continue
        for labels, properties in store.stream(
            f"MATCH (n:{kind.label}) RETURN labels(n) AS labels, properties(n) AS properties"
        ):
            total += _digest([sorted(labels), _kept(properties)])
    for edge in edge_kinds().values():
        statement = (
            f"MATCH (a)-[r:{edge.type}]->(b) RETURN labels(a) AS la, a.id AS a, labels(b) AS lb, b.id AS b, "
            "properties(r) AS properties"
        )
        for la, a, lb, b, properties in store.stream(statement):
            retracted = properties.get("retracted_at") is not None
            total += _digest([edge.type, sorted(la), a, sorted(lb), b, _kept(properties), retracted])
    return f"{total % 2**256:064x}"


def _kept(properties: dict[str, Any]) -> dict[str, Any]:
    return {key: native(value) for key, value in properties.items() if key not in _WHEN}


def _digest(item: Any) -> int:
    text = json.dumps(item, sort_keys=True, ensure_ascii=False, default=str)
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
