"""The graph's schema as data, derived from the record classes of `workbench.model`.

Everything that depends on labels, types or properties is generated from `NODE_KINDS` and
`EDGE_KINDS`: constraints, writes, the schema page. No label reaches Cypher from anywhere else.
"""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel

from workbench.model import claims, nodes
from workbench.model.claims import Claim
from workbench.model.nodes import Merge, Node

SCHEMA_VERSION = 5
"""Raised by every migration in `workbench.graph.migrations`."""

Scalar = Literal["string", "integer", "float", "boolean", "datetime", "list of strings"]


@dataclass(frozen=True)
class Property:
    """One property of a node or an edge."""

    name: str
    type: Scalar
    required: bool
    doc: str = ""


@dataclass(frozen=True)
class NodeKind:
    """A label with its properties; the key is always `id`."""

    label: str
    properties: tuple[Property, ...]
    merge: Merge
    stix: str
    doc: str


@dataclass(frozen=True)
class EdgeKind:
    """A relationship type: a ledger fact (keyed by `id`) or a claim (keyed by `claim_id`)."""

    type: str
    key: str
    ends: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    properties: tuple[Property, ...]
    doc: str
    ledger: bool = False

    def allows(self, start: str, end: str) -> bool:
        """Whether the edge may run from a `start` to an `end`."""
        return any(
            (start in starts or starts == ("*",)) and (end in stops or stops == ("*",)) for starts, stops in self.ends
        )


def node_kind(label: str) -> NodeKind:
    """The kind of a label; KeyError for a label the schema does not have."""
    return node_kinds()[label]


def edge_kind(type_: str) -> EdgeKind:
    """The kind of a relationship type; KeyError for one the schema does not have."""
    return edge_kinds()[type_]


@lru_cache(maxsize=1)
def node_kinds() -> dict[str, NodeKind]:
    """Every node kind by label."""
    found = {}
    for cls in _concrete(Node, "label"):
        properties = tuple(_property(name, info) for name, info in cls.model_fields.items())
        found[cls.label] = NodeKind(cls.label, properties, cls.merge, cls.stix, _first_line(cls))
    return found


@lru_cache(maxsize=1)
def edge_kinds() -> dict[str, EdgeKind]:
    """Every edge kind by relationship type."""
    found = {kind.type: kind for kind in _LEDGER}
    for cls in _concrete(Claim, "type"):
        own = tuple(_property(n, i) for n, i in cls.model_fields.items() if n not in ("subject", "object"))
        found[cls.type] = EdgeKind(cls.type, "claim_id", cls.ends, _CLAIM_KEY + own + _STORED, _first_line(cls))
    return found


_CLAIM_KEY = (Property("claim_id", "string", True, "hash of everything the claim says; never changes"),)
_STORED = (
    Property("run_id", "string", True, "the IngestRun that recorded it"),
    Property("recorded_at", "datetime", True, "known to us since"),
    Property("retracted_at", "datetime", False, "its source no longer says so, as far as we know, since"),
)
_PROVENANCE = (Property("source_id", "string", True, "who published the row"), _STORED[0])
_FLOW = (
    Property("id", "string", True, "transaction and index"),
    Property("amount", "string", True, "exact, in base units"),
    Property("value", "float", True, "for ranking only"),
    Property("position", "integer", True, "place in the transaction"),
    *_PROVENANCE,
)
_TRANSFER = (
    Property("id", "string", True, "network, transaction hash and log or trace index"),
    Property("asset", "string", True, "contract, native coin, or iso4217:USD where only a value is known"),
    Property("amount", "string", True, "exact, in base units of the asset"),
    Property("value", "float", True, "the amount as a float, for ranking only"),
    Property("usd", "float", False, "US dollars at the time"),
    Property("time", "datetime", True, "block time, UTC"),
    Property("block", "integer", False, "block number"),
    Property("position", "integer", False, "transaction index × 1,000,000 + log or trace index"),
    Property("digest", "integer", False, "63 bits of a hash of id, ends, asset, amount and time"),
    Property("succeeded_by", "list of strings", False, "further sources that have it, and say it succeeded"),
    *_PROVENANCE,
)
_LEDGER = (
    EdgeKind(
        "SENT",
        "id",
        ((("Wallet",), ("Wallet",)),),
        _TRANSFER,
        "A transfer between two wallets of an account network.",
        ledger=True,
    ),
    EdgeKind(
        "ATTEMPTED",
        "id",
        ((("Wallet",), ("Wallet",)),),
        _TRANSFER,
        "A transfer that one source has and one (REPORTED_FAILED) says failed: nothing is counted as moved.",
        ledger=True,
    ),
    EdgeKind(
        "INPUT",
        "id",
        ((("Wallet",), ("Transaction",)),),
        (*_FLOW, Property("spends", "string", False, "id of the OUTPUT it spends, where the source says so")),
        "The wallet's output is spent here.",
        ledger=True,
    ),
    EdgeKind(
        "OUTPUT",
        "id",
        ((("Transaction",), ("Wallet",)),),
        _FLOW,
        "The transaction pays the wallet.",
        ledger=True,
    ),
)


def _concrete(base: type[Any], attribute: str) -> list[type[Any]]:
    """The classes of the model that have a label or type of their own, in the order they are written."""
    module = nodes if base is Node else claims
    return [
        cls
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, base) and attribute in vars(cls)
    ]


def _property(name: str, info: Any) -> Property:
    return Property(name, _scalar(info.annotation), info.is_required(), info.description or "")


def _scalar(annotation: Any) -> Scalar:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _scalar(inner[0])
    if origin is Literal:
        return "string"
    if origin is tuple:
        return "list of strings"
    table: dict[Any, Scalar] = {
        str: "string", int: "integer", float: "float", bool: "boolean", datetime: "datetime",
    }  # fmt: skip
    return table[annotation]


def _first_line(cls: type[BaseModel]) -> str:
    return (cls.__doc__ or "").strip().splitlines()[0]


def constraints() -> list[str]:
    """One uniqueness constraint for every node key and every relationship key, and the lookups."""
    made = [
        f"CREATE CONSTRAINT {kind.label.lower()}_id IF NOT EXISTS FOR (n:{kind.label}) REQUIRE n.id IS UNIQUE"
        for kind in node_kinds().values()
    ]
    made += [
        f"CREATE CONSTRAINT {kind.type.lower()}_{kind.key} IF NOT EXISTS "
        f"FOR ()-[r:{kind.type}]-() REQUIRE r.{kind.key} IS UNIQUE"
        for kind in edge_kinds().values()
    ]
    made += [
        "CREATE INDEX wallet_address IF NOT EXISTS FOR (n:Wallet) ON (n.address)",
        "CREATE INDEX infrastructure_value IF NOT EXISTS FOR (n:Infrastructure) ON (n.value)",
        "CREATE INDEX named_name IF NOT EXISTS FOR ()-[r:NAMED]-() ON (r.name)",
        "CREATE CONSTRAINT meta_key IF NOT EXISTS FOR (n:WorkbenchMeta) REQUIRE n.key IS UNIQUE",
    ]
    return made
