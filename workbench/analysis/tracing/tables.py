"""Turns what the kernels found into the tables of a trace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.projection import Ledger
from workbench.analysis.services import Stops
from workbench.analysis.tracing.asset import AssetTrace
from workbench.analysis.tracing.result import COLUMNS, Trace, frame
from workbench.analysis.tracing.taint import (
    BETWEEN,
    CLEAN,
    DEEP,
    FOLLOWED,
    ORDINARY,
    ROUTER,
    SMALL,
    SOURCE,
    UNREACHED,
    ZERO,
)

if TYPE_CHECKING:
    from workbench.analysis.tracing.follow import Options

Rows = list[dict[str, Any]]
REASONS = {
    ZERO: "zero value", SMALL: "below the minimum amount", DEEP: "beyond the depth limit", BETWEEN: "between sources"
}  # fmt: skip
AFTER_UNTIL = "after the date limit"


def build(
    ledger: Ledger,
    parts: Sequence[AssetTrace],
    stops: Stops,
    sources: tuple[str, ...],
    terminals: tuple[str, ...],
    options: Options,
) -> Trace:
    """All tables of all assets, in a total order."""
    names = ledger.wallets
    tables: dict[str, Rows] = {name: [] for name in COLUMNS}
    hidden = tuple(method for method in ("poison", "haircut") if method not in options.methods)
    for part in parts:
        wallets = _Wallets(part)
        tables["flows"] += _flows(part, names)
        tables["dropped"] += _dropped(part, names)
        tables["holdings"] += wallets.holdings(names)
        tables["stops"] += wallets.stops(names, stops)
        tables["incomplete"] += wallets.incomplete(names)
        tables["conservation"] += wallets.conservation()
        tables["terminals"] += wallets.terminals(ledger, terminals, stops)
    if not parts:
        return Trace._of({name: frame(name, [], hidden) for name in COLUMNS}, sources, terminals, options, {}, ())
    injected = {row["asset"]: row["injected"] for row in tables["conservation"]}
    tables["services"] = _services(tables["stops"], stops, injected)
    made = {name: frame(name, rows, hidden) for name, rows in tables.items()}
    remarks = {
        "assets": [part.asset for part in parts],
        "sources_not_in_ledger": sorted(set(sources) - set(ledger.indices_of(sources))),
        "ambiguous_wallets": sum(sum(part.ambiguous) for part in parts),
        "depth_limit_bit": any(status == DEEP for part in parts for status in part.poisoned.status),
        "services_not_stopped": _not_stopped(parts, ledger, stops),
    }
    return Trace._of(made, sources, terminals, options, remarks, tuple(parts), names)


class _Wallets:
    """What arrived at every wallet of one asset's trace, and what it holds; routers' nodes joined."""

    def __init__(self, part: AssetTrace) -> None:
        self.part = part
        rows, found, shares = part.rows, part.poisoned, part.shares
        self.poison_in = [0] * len(part.kind)
        self.haircut_in = [0] * len(part.kind)
        self.low_in = [0] * len(part.kind)
        self.high_in = [0] * len(part.kind)
        self.transfers = [0] * len(part.kind)
        self.first = [0] * len(part.kind)
        self.injected = self.dropped_poison = self.dropped_haircut = 0
        self.poison_balance = list(part.opening)
        for i, status in enumerate(found.status):
            source, target, amount = rows.source[i], rows.target[i], rows.amount[i]
            self.poison_balance[source] -= amount
            self.poison_balance[target] += amount
            if status in (CLEAN, BETWEEN):
                continue
            if part.kind[source] == SOURCE:
                self.injected += amount
            if status == FOLLOWED:
                self.poison_in[target] += amount
                self.haircut_in[target] += shares.tainted[i]
                self.low_in[target] += part.low.tainted[i]
                self.high_in[target] += part.high.tainted[i]
                self.transfers[target] += 1
                if self.transfers[target] == 1:
                    self.first[target] = part.time_ms[i]
            else:
                self.dropped_poison += amount
                self.dropped_haircut += shares.tainted[i]

    def reached(self, *kinds: int) -> list[int]:
        """Nodes of these kinds that taint reached."""
        part = self.part
        return [n for n, kind in enumerate(part.kind) if kind in kinds and part.poisoned.depth[n] < UNREACHED]

    def arrived(self, node: int) -> tuple[int, int]:
        """Low and high of the haircut value that arrived at a node."""
        return self.low_in[node], max(self.haircut_in[node], min(self.high_in[node], self.injected))

    def held(self, node: int) -> tuple[int, int]:
        """Low and high of the haircut value that stayed at a node."""
        part = self.part
        held, (least, most) = part.shares.taint[node], self.arrived(node)
        if not part.unsure[node]:
            return part.low.taint[node], max(held, min(part.high.taint[node], self.injected))
        if part.opening[node]:  # the smallest opening balance is the one with which most taint leaves
            return held if least == most and not part.ambiguous[node] else 0, most
        return 0, most

    def holdings(self, names: Any) -> Rows:
        part, rows = self.part, []
        for node in self.reached(ORDINARY):
            held = part.shares.taint[node]
            low, high = self.held(node)
            rows.append({
                "wallet": names[part.wallet[node]], "asset": part.asset, "hops": part.poisoned.depth[node],
                "first_time": _moment(self.first[node]), "poison": self.poison_balance[node], "haircut": held,
                "low": low, "high": high,
                "received_poison": self.poison_in[node], "received_haircut": self.haircut_in[node],
                "incomplete": part.opening[node] > 0, "ambiguous": part.ambiguous[node],
            })  # fmt: skip
        return rows

    def stops(self, names: Any, stops: Stops) -> Rows:
        """Value that crossed every stop; of a router, what did not leave it in the same transaction."""
        part = self.part
        joined: dict[int, dict[str, Any]] = {}
        for node in self.reached(*self.crossing):
            wallet = part.wallet[node]
            router = part.kind[node] == ROUTER
            low, high = self.held(node) if router else self.arrived(node)
            kept = part.shares.taint[node]
            row = joined.setdefault(wallet, {
                "wallet": names[wallet], "asset": part.asset, "reason": "service", "hops": part.poisoned.depth[node],
                "transfers": 0, "poison": 0, "haircut": 0, "low": 0, "high": 0, "passed_through": 0,
            })  # fmt: skip
            row["hops"] = min(row["hops"], part.poisoned.depth[node])
            row["transfers"] += self.transfers[node]
            row["poison"] += self.poison_balance[node] if router else self.poison_in[node]
            row["haircut"] += kept
            row["low"] += low
            row["high"] += high
            row["passed_through"] += self.haircut_in[node] - kept
        for row in joined.values():
            claims = stops.by_wallet[row["wallet"]]
            for column, attribute in (
                ("service", "service"), ("concept", "concept"), ("role", "role"), ("source", "source_id")
            ):  # fmt: skip
                row[column] = " | ".join(dict.fromkeys(str(getattr(claim, attribute) or "–") for claim in claims))
            row["confidence"] = max(claim.confidence or 0 for claim in claims)
            row["rival_claims"] = len({claim.service for claim in claims}) - 1
        return list(joined.values())

    crossing = (2, ROUTER)

    def incomplete(self, names: Any) -> Rows:
        part = self.part
        return [
            {
                "wallet": names[part.wallet[node]],
                "asset": part.asset,
                "shortfall": part.opening[node],
                "hops": part.poisoned.depth[node],
                "received_haircut": self.haircut_in[node],
            }  # fmt: skip
            for node in self.reached(ORDINARY)
            if part.opening[node] > 0
        ]

    def conservation(self) -> Rows:
        """Injected = held + crossed + returned + dropped, to the base unit for haircut."""
        part, taint = self.part, self.part.shares.taint
        ordinary, crossing, sources = self.reached(ORDINARY), self.reached(*self.crossing), self.reached(SOURCE)
        poison = {
            "held": sum(self.poison_balance[n] for n in ordinary),
            "crossed": sum(self.poison_balance[n] if part.kind[n] == ROUTER else self.poison_in[n] for n in crossing),
            "returned": sum(self.poison_in[n] for n in sources),
            "dropped": self.dropped_poison,
        }
        haircut = {
            "held": sum(taint[n] for n in ordinary),
            "crossed": sum(taint[n] for n in crossing),
            "returned": sum(taint[n] for n in sources),
            "dropped": self.dropped_haircut,
        }
        return [
            {
                "asset": part.asset,
                "method": method,
                "injected": self.injected,
                **booked,
                "difference": self.injected - sum(booked.values()),
                "conserves": method == "haircut",
            }  # fmt: skip
            for method, booked in (("poison", poison), ("haircut", haircut))
        ]

    def terminals(self, ledger: Ledger, terminals: Sequence[str], stops: Stops) -> Rows:
        part, rows = self.part, []
        nodes: dict[int, list[int]] = defaultdict(list)
        for node, wallet in enumerate(part.wallet):
            nodes[wallet].append(node)
        known = ledger.indices_of(terminals)
        for name in terminals:
            wallet = known.get(name, -1)
            mine = [n for n in nodes.get(wallet, ()) if part.poisoned.depth[n] < UNREACHED]
            bounds = [self.arrived(n) for n in mine]
            poison, haircut = sum(self.poison_in[n] for n in mine), sum(self.haircut_in[n] for n in mine)
            static = wallet >= 0 and bool(part.static[wallet])
            beyond = wallet >= 0 and bool(part.beyond[wallet])
            rows.append({
                "wallet": name, "asset": part.asset,
                "service": " | ".join(dict.fromkeys(c.service for c in stops.by_wallet.get(name, ()))) or None,
                "reached_static": static, "reached_poison": poison > 0, "reached_haircut": haircut > 0,
                "poison": poison, "haircut": haircut,
                "low": sum(low for low, _ in bounds), "high": sum(high for _, high in bounds),
                "hops": min((part.poisoned.depth[n] for n in mine), default=None), "why": _why(
                    known=wallet >= 0, poison=poison > 0, haircut=haircut > 0, static=static, beyond=beyond
                ),
            })  # fmt: skip
        return rows


def _why(*, known: bool, poison: bool, haircut: bool, static: bool, beyond: bool) -> str:
    if haircut:
        return "reached"
    if poison:
        return "reached, but its share rounds to nothing"
    if static:
        return "not reached: only against the order of time, or beyond a limit"
    if beyond:
        return "not reached: only past a stop"
    return "not reached: no path in the loaded ledger" if known else "not in the loaded ledger"


def _flows(part: AssetTrace, names: Any) -> Rows:
    return [
        {**_row(part, i, names), "hops": part.poisoned.hops[i], "ambiguous": part.ambiguous[part.rows.source[i]]}
        for i, status in enumerate(part.poisoned.status)
        if status == FOLLOWED
    ]


def _row(part: AssetTrace, i: int, names: Any) -> dict[str, Any]:
    return {
        "transfer_id": part.ids[i], "time": _moment(part.time_ms[i]), "asset": part.asset,
        "sender": names[part.wallet[part.rows.source[i]]], "receiver": names[part.wallet[part.rows.target[i]]],
        "amount": part.rows.amount[i], "poison": part.rows.amount[i], "haircut": part.shares.tainted[i],
    }  # fmt: skip


def _dropped(part: AssetTrace, names: Any) -> Rows:
    rows = [
        {**_row(part, i, names), "reason": REASONS[status]}
        for i, status in enumerate(part.poisoned.status)
        if status in REASONS
    ]
    for row in rows:
        if row["reason"] == REASONS[BETWEEN]:
            row["poison"] = row["haircut"] = 0  # never injected, so nothing was dropped
    late = part.late
    columns = zip(part.late_ids, late.time_ms, late.source, late.target, late.amount, strict=True)
    rows += [
        {
            "transfer_id": id_,
            "time": _moment(int(time)),
            "asset": part.asset,
            "sender": names[source],
            "receiver": names[target],
            "amount": int(amount),
            "poison": 0,
            "haircut": 0,
            "reason": AFTER_UNTIL,
        }  # fmt: skip
        for id_, time, source, target, amount in columns
    ]
    return rows


def _services(stop_rows: Rows, stops: Stops, injected: dict[str, int]) -> Rows:
    """Value by service; where rivals claim one wallet, each gets the value and `disputed` says how much of it."""
    made: dict[tuple[str, str], dict[str, Any]] = {}
    for row in stop_rows:
        claims = {claim.service: claim for claim in reversed(stops.by_wallet[row["wallet"]])}
        for service, claim in claims.items():
            total = made.setdefault((service, row["asset"]), {
                "service": service, "name": claim.name, "concept": claim.concept, "asset": row["asset"],
                "addresses": 0, "transfers": 0, "poison": 0, "haircut": 0, "low": 0, "high": 0, "disputed": 0,
            })  # fmt: skip
            total["addresses"] += 1
            for column in ("transfers", "poison", "haircut", "low", "high"):
                total[column] += row[column]
            if len(claims) > 1:
                total["disputed"] += row["haircut"]
    for total in made.values():
        total["high"] = max(total["haircut"], min(total["high"], injected[total["asset"]]))
    return list(made.values())


def _not_stopped(parts: Sequence[AssetTrace], ledger: Ledger, stops: Stops) -> list[str]:
    """Reached wallets that somebody gives to a service, but not surely enough, or to one of another concept."""
    reached = {
        str(ledger.wallets[part.wallet[node]])
        for part in parts
        for node, depth in enumerate(part.poisoned.depth)
        if 0 < depth < UNREACHED
    }
    return sorted(reached & stops.not_stopping.keys())


def _moment(time_ms: int) -> pd.Timestamp:
    return pd.Timestamp(time_ms, unit="ms", tz="UTC")
