"""A trace as the tables of a map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Protocol

import pandas as pd

from workbench.errors import UsageError
from workbench.model.confidence import Tlp
from workbench.views.map_data import (
    DEFAULT_LIMIT,
    EDGE_COLUMNS,
    NODE_COLUMNS,
    Key,
    MapData,
    claim_row,
    frame,
    node_row,
    records,
    transfers_row,
)
from workbench.views.text import asset_amount, visible

METHODS = ("haircut", "poison", "fifo", "lifo", "tiho")
_COLUMNS = {
    "id": ("transfer_id", "transfer", "id"),
    "sender": ("sender", "source", "from"),
    "receiver": ("receiver", "target", "to"),
    "wallet": ("wallet", "address", "terminal", "id"),
}
"""The names under which a trace may carry a column, the first that is there counts."""
_REASONS = ("reason", "why", "service", "name")


class TraceLike(Protocol):
    """The part of a trace that a map needs.

    `flows` has one row a transfer that carries taint: `transfer_id`, `sender` and `receiver` (wallet
    ids), `asset`, `amount` (exact, base units), `time`, and a column a method (`haircut`, `poison`, …)
    with the tainted amount in base units. Where the trace has `services`, `stops` or `terminals` (tables
    with a `wallet`, and a `service` or `reason`), the wallets in them are marked, and the services of
    `stops` drawn; so are the wallets in `sources`.
    """

    @property
    def flows(self) -> pd.DataFrame: ...


def from_trace(trace: TraceLike, *, limit: int = DEFAULT_LIMIT, tlp: Tlp = "clear") -> MapData:
    """The wallets and transfers of a trace; where it started and what stopped it is marked.

    Transfers of one asset between the same wallets are one edge. Over `limit` wallets, those that the
    most taint passes through are kept. `tlp` marks the services' claims where `stops` has no `tlp` column
    (`graph_read.marking` has the strictest marking in the graph).

    Raises UsageError when `flows` lacks a column it needs.
    """
    flows = trace.flows
    names = {role: _column(flows, role) for role in ("id", "sender", "receiver")} if len(flows) else {}
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    methods = [name for name in METHODS if name in flows.columns]
    passed: dict[str, float] = defaultdict(float)
    for row in records(flows):
        sender, receiver = str(row[names["sender"]]), str(row[names["receiver"]])
        groups[sender, receiver, str(row.get("asset", ""))].append({**row, "id": str(row[names["id"]])})
        weight = float(row[methods[0]] if methods else row["amount"])
        passed[sender] += weight
        passed[receiver] += weight
    services = _services(trace, tlp)
    started = {str(wallet) for wallet in getattr(trace, "sources", ())}
    marks = _marks(trace)
    for wallet in (*started, *marks):
        passed.setdefault(wallet, 0.0)
    ranked = sorted(passed, key=lambda wallet: (wallet not in started, -passed[wallet], wallet))
    kept = set(ranked[:limit])
    left_out = len(ranked) - len(kept)
    nodes = [
        node_row(Key("Wallet", wallet), {}, details=marks.get(wallet, ()), seed=wallet in started)
        for wallet in sorted(kept)
    ]
    edges = [
        _edge(sender, receiver, asset, rows, methods)
        for (sender, receiver, asset), rows in sorted(groups.items())
        if sender in kept and receiver in kept
    ]
    for service, name, claim in services:
        if claim["target"].partition("/")[2] in kept:
            edges.append(claim)
            nodes.append(node_row(service, {"name": name}))
    nodes = list({node["key"]: node for node in nodes}.values())
    notes = [f"{left_out:,} wallets through which less taint passed were left out."] if left_out else []
    notes.append(
        "A line is the transfers of one asset between two wallets that carry taint. Taint is a way of counting; "
        "it does not prove who controls a wallet."
    )
    return MapData(frame(nodes, NODE_COLUMNS), frame(edges, EDGE_COLUMNS), left_out, tuple(notes))


def _edge(sender: str, receiver: str, asset: str, rows: list[dict[str, Any]], methods: list[str]) -> dict[str, Any]:
    made = transfers_row(
        Key("Wallet", sender),
        Key("Wallet", receiver),
        asset,
        ids=[row["id"] for row in rows],
        amounts=[str(row["amount"]) for row in rows],
        usd=[float(row["usd"]) for row in rows if not _absent(row.get("usd"))],
        times=[row["time"] for row in rows if not _absent(row.get("time"))],
        source_id=next((str(row["source_id"]) for row in rows if not _absent(row.get("source_id"))), None),
    )
    taint = [f"{name} {asset_amount(sum(int(row[name]) for row in rows), asset)}" for name in methods]
    return {**made, "taint": "; ".join(taint) or None}


def _services(trace: TraceLike, tlp: Tlp) -> list[tuple[Key, str, dict[str, Any]]]:
    """The services at whose wallets the trace stopped, with the claim that says whose wallet it is."""
    stops = getattr(trace, "stops", None)
    if not isinstance(stops, pd.DataFrame) or not {"service", *_COLUMNS["wallet"]} & set(stops.columns):
        return []
    found = []
    for row in records(stops):
        if _absent(row.get("service")):
            continue
        service, wallet = Key("Service", str(row["service"])), Key("Wallet", str(row[_column(stops, "wallet")]))
        said = {name: None if _absent(row.get(name)) else row[name] for name in ("confidence", "role")}
        claim = {
            "claim_id": f"stop {service} {wallet} {row.get('source')}", "tier": "intelligence",
            "tlp": row.get("tlp") or tlp, **said,
            "source_id": None if _absent(row.get("source")) else str(row["source"]),
        }  # fmt: skip
        found.append((service, service.id, {**claim_row(service, wallet, "CONTROLS", claim), "claim_id": None}))
    return list({claim["key"]: (service, name, claim) for service, name, claim in found}.values())


def _marks(trace: TraceLike) -> dict[str, list[str]]:
    """Wallet → why the trace ended there, in words."""
    found: dict[str, list[str]] = defaultdict(list)
    for table in ("services", "stops", "terminals"):
        rows = getattr(trace, table, None)
        if not isinstance(rows, pd.DataFrame) or not len(rows) or not set(_COLUMNS["wallet"]) & set(rows.columns):
            continue
        wallet = _column(rows, "wallet")
        for row in records(rows):
            if _absent(row[wallet]):
                continue
            words = [visible(row[name], 80) for name in _REASONS if not _absent(row.get(name))]
            line = f"{table.removesuffix('s')}: {', '.join(words)}" if words else table.removesuffix("s")
            if line not in found[str(row[wallet])]:
                found[str(row[wallet])].append(line)
    return found


def _column(rows: pd.DataFrame, role: str) -> str:
    names: Iterable[str] = _COLUMNS[role]
    for name in names:
        if name in rows.columns:
            return name
    raise UsageError(f"a table of the trace has no column for the {role}", hint=f"One of: {', '.join(names)}.")


def _absent(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)
