"""The tables behind a map: their columns, and how one row is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from math import fsum
from typing import Any, NamedTuple

import pandas as pd

from workbench.model.confidence import Tlp
from workbench.views.text import asset_amount, most_restricted, short_address, visible

NODE_COLUMNS = ("key", "id", "label", "kind", "actors", "details", "seed", "tlp")
"""`key` is kind/id, since an id is unique within its kind only. `actors`: an `ActorClaim` for every live
claim that ties the node to a group or person; `details`: lines of text, each with its source."""

EDGE_COLUMNS = (
    "key", "source", "target", "type", "source_id", "confidence", "amount", "usd", "time", "until", "count",
    "claim_id", "tier", "tlp", "evidence", "role", "taint",
)  # fmt: skip
"""`source` and `target` are node keys. A claim is one edge; transfers of one asset between the same two
wallets are one edge with their number, exact sum, and first and last time."""

DEFAULT_LIMIT = 2_000
_OF_CLAIM = ("source_id", "confidence", "claim_id", "tier", "tlp", "evidence", "role")


class Key(NamedTuple):
    """A node's label and id."""

    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.id}"


class ActorClaim(NamedTuple):
    """A live claim ties a node to an actor."""

    actor: str
    """Node key of the group or person."""
    confidence: int | None
    direct: bool
    """False where only the node's incident is attributed to the actor."""


@dataclass(frozen=True)
class MapData:
    """Nodes and edges of a map, and what was left out of it."""

    nodes: pd.DataFrame
    edges: pd.DataFrame
    left_out: int = 0
    """How many nodes were found and not kept."""
    notes: tuple[str, ...] = ()
    """In words: what was left out, and what the map does not show."""
    groups: dict[str, str] = field(default_factory=dict)
    """Actor's node key → the name to show; actors that live SAME_AS claims join have one name."""

    @property
    def tlp(self) -> Tlp:
        """The marking of the most restricted claim shown."""
        return most_restricted([*self.nodes["tlp"], *self.edges["tlp"]])


def frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Rows as a table of plain Python objects (a missing number stays None)."""
    return pd.DataFrame({name: pd.Series([row.get(name) for row in rows], dtype=object) for name in columns})


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def node_row(
    key: Key,
    properties: dict[str, Any],
    *,
    actors: Sequence[ActorClaim] = (),
    details: Sequence[str] = (),
    seed: bool = False,
    tlp: str = "clear",
) -> dict[str, Any]:
    """One node."""
    return {
        "key": str(key), "id": key.id, "label": _label(key, properties), "kind": key.kind, "actors": list(actors),
        "details": list(details), "seed": seed, "tlp": tlp,
    }  # fmt: skip


def claim_row(source: Key, target: Key, type_: str, claim: dict[str, Any]) -> dict[str, Any]:
    """One claim."""
    return {
        "key": claim["claim_id"], "source": str(source), "target": str(target), "type": type_, "amount": None,
        "usd": None, "time": claim.get("valid_from"), "until": claim.get("valid_to"), "count": 1,
        **{name: claim.get(name) for name in _OF_CLAIM},
    }  # fmt: skip


def transfers_row(
    sender: Key,
    receiver: Key,
    asset: str,
    *,
    ids: Sequence[str],
    amounts: Sequence[str],
    usd: Sequence[float],
    times: Sequence[datetime],
    source_id: str | None,
) -> dict[str, Any]:
    """Transfers of one asset between two wallets as one edge; `usd` counts only where every transfer has it."""
    first_id = min(ids)
    return {
        "key": f"{first_id} {sender} {receiver} {source_id}", "source": str(sender), "target": str(receiver),
        "type": "SENT", "source_id": source_id, "confidence": None,
        "amount": asset_amount(sum(map(int, amounts)), asset), "usd": fsum(usd) if len(usd) == len(ids) else None,
        "time": _utc(min(times)) if times else None, "until": _utc(max(times)) if times else None,
        "count": len(ids), "claim_id": None, "tier": "ledger", "tlp": "clear", "evidence": first_id, "role": None,
    }  # fmt: skip


def _label(key: Key, properties: dict[str, Any]) -> str:
    if key.kind == "Wallet":
        return short_address(str(properties.get("address") or key.id.rpartition(":")[2]))
    if key.kind == "Transaction":
        return short_address(str(properties.get("hash") or key.id))
    return visible(properties.get("name") or properties.get("value") or properties.get("title") or key.id, 60)


def _utc(value: datetime) -> datetime:
    time: datetime = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
