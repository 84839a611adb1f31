"""What changed between two editions of a source: which claims came, and which went."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from workbench.errors import RecordError, UnknownNameError
from workbench.graph.schema import edge_kinds
from workbench.graph.store import Store
from workbench.model.times import parse_time

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("change", "claim", "subject", "object", "says", "dataset", "recorded_at", "retracted_at", "claim_id")
_SAYS = (
    "name",
    "role",
    "listing",
    "label",
    "program",
    "asset",
    "amount_usd",
    "relation",
    "kind",
    "valid_from",
    "valid_to",
)
"""Properties that tell what a claim says beyond its two ends."""


def diff(store: Store, source: str, before: str, after: str) -> pd.DataFrame:
    """The claims of a source (or of the source of a data set) that came and went between two moments of our knowledge.

    `before` and `after` name an edition (as the file dates it), an ingest run (its id or the beginning of
    it), or a time; of an edition loaded several times the last counts. One row a claim: change (`came` or
    `went`), claim, subject, object, says, dataset, recorded_at, retracted_at, claim_id. A claim that was
    retracted and made again in between is no change. Raises UnknownNameError for a source or edition that is
    not there.
    """
    import pandas as pd

    named = store.read(
        "MATCH (r:IngestRun {dataset: $name}) WHERE r.source_id IS NOT NULL RETURN r.source_id LIMIT 1",
        {"name": source},
    ).rows
    known = [row[0] for row in store.read("MATCH (s:Source) RETURN s.id ORDER BY s.id").rows]
    if source not in known and named:
        source = named[0][0]
    if source not in known:
        raise UnknownNameError("source", source, known)
    times = [_moment(store, source, text) for text in (before, after)]
    types = "|".join(sorted(kind.type for kind in edge_kinds().values() if not kind.ledger))
    claims: list[dict[str, dict[str, Any]]] = []
    for at in times:
        found = store.read(
            f"MATCH (a)-[c:{types}]->(b) WHERE c.source_id = $source AND c.recorded_at <= $at "
            "AND (c.retracted_at IS NULL OR c.retracted_at > $at) "
            "RETURN type(c) AS claim, a.id AS subject, b.id AS object, properties(c) AS properties",
            {"source": source, "at": at},
        ).records()
        claims.append({row["properties"]["claim_id"].split("-")[0]: row for row in found})
    rows = [_row("went", claims[0][id_]) for id_ in claims[0].keys() - claims[1].keys()]
    rows += [_row("came", claims[1][id_]) for id_ in claims[1].keys() - claims[0].keys()]
    rows.sort(key=_order)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _moment(store: Store, source: str, text: str) -> datetime:
    runs = store.read(
        "MATCH (r:IngestRun {status: 'done'}) WHERE r.source_id = $source "
        "RETURN r.id AS id, r.edition AS edition, r.finished_at AS at ORDER BY at",
        {"source": source},
    ).records()
    named = [run["at"] for run in runs if run["edition"] == text or run["id"] == text]
    named = named or [run["at"] for run in runs if len(text) >= 6 and run["id"].startswith(text)]
    if named:
        last: datetime = named[-1]
        return last
    try:
        return parse_time(text)
    except RecordError:
        names = [name for run in runs for name in (run["edition"], run["id"][:8]) if name]
        raise UnknownNameError(f"edition of {source}", text, names) from None


def _order(row: tuple[Any, ...]) -> tuple[str, ...]:
    change, claim, subject, object_, *_, claim_id = row
    return change, claim, subject, object_, claim_id


def _row(change: str, claim: dict[str, Any]) -> tuple[Any, ...]:
    said = claim["properties"]
    says = "; ".join(f"{name} {said[name]}" for name in _SAYS if said.get(name) is not None)
    return (
        change, claim["claim"], claim["subject"], claim["object"], says, said.get("dataset"), said["recorded_at"],
        said.get("retracted_at"), said["claim_id"],
    )  # fmt: skip
