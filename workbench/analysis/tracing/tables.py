"""Turns what the kernels found into the tables of a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import (
    BETWEEN,
    BEYOND,
    CLEAN,
    DEEP,
    FEE,
    FOLLOWED,
    GUARDED,
    ITSELF,
    ORDINARY,
    PASSING,
    ROUTER,
    SMALL,
    SOURCE,
    STOP,
    UNREACHED,
    ZERO,
)
from workbench.analysis.services import Stops
from workbench.analysis.tracing.asset import AssetTrace
from workbench.analysis.tracing.figures import Figures
from workbench.analysis.tracing.frames import COLUMNS, frame
from workbench.analysis.tracing.onward import crossed_at, crossed_within, totals
from workbench.analysis.tracing.problem import ReadIds
from workbench.analysis.tracing.taint import METHODS
from workbench.model.progress import each

if TYPE_CHECKING:
    from workbench.analysis.tracing.result import Trace

Rows = list[dict[str, Any]]
REASONS = {
    ZERO: "zero value", SMALL: "below the minimum amount", DEEP: "beyond the depth limit", BETWEEN: "between sources",
    ITSELF: "to itself", GUARDED: "guarded", BEYOND: "an amount beyond anything real",
}  # fmt: skip
AFTER_UNTIL, BEFORE_SINCE = "after the date limit", "before the date limit"
CROSSING = (STOP, ROUTER)
HOLDING = (ORDINARY, PASSING)
"""Going back, a transaction whose inputs are not loaded (or a coinbase) is where value is first seen."""


def build(
    parts: Sequence[AssetTrace],
    stops: Stops,
    sources: tuple[str, ...],
    terminals: tuple[str, ...],
    options: Any,
    remarks: Mapping[str, Any],
    *,
    exchanges: pd.DataFrame | None = None,
    read_usd: ReadIds | None = None,
) -> Trace:
    """All tables of all assets, in a total order."""
    from workbench.analysis.tracing.result import Trace

    asked = [method for method in METHODS if method in options.methods]
    tables: dict[str, list[pd.DataFrame | Rows]] = {name: [] for name in COLUMNS}
    for part in each("adding up assets", parts):
        for incident, name in enumerate(part.incidents):
            figures = Figures(part, incident, asked)
            tables["holdings"].append(_holdings(figures, name))
            tables["stops"].append(_stops(figures, name, stops))
            tables["conservation"].append(_conservation(figures, name))
            tables["incomplete"].append(_incomplete(figures, name))
            if terminals:
                tables["terminals"].append(_terminals(figures, name, terminals, stops))

    def transfers(table: str) -> pd.DataFrame:
        """The two tables that ask the graph for transfer ids; made when somebody looks at them."""
        if table == "flows":
            return frame(table, [_flows(part, read_usd) for part in parts], asked)
        return frame(table, [found for part in parts for found in (_dropped(part), _late(part), _unknown(part))], asked)

    tables["services"] = [_services(tables["stops"], stops, tables["conservation"])]
    made = {name: frame(name, found, asked) for name, found in tables.items() if name not in ("flows", "dropped")}
    told = {
        **_counts(parts), "assets": [part.asset for part in parts],
        "sources_not_in_ledger": sorted(set(sources) - {name for part in parts for name in part.known(sources)}),
        "ambiguous_wallets": int(sum(part.ambiguous.sum() for part in parts)),
        "depth_limit_bit": any(bool((part.found.status == DEEP).any()) for part in parts),
        "services_not_stopped": _not_stopped(parts, stops), **remarks,
    }  # fmt: skip
    return Trace._of(made, transfers, sources, terminals, options, told, tuple(parts), exchanges)


def _counts(parts: Sequence[AssetTrace]) -> dict[str, int]:
    """What was followed and what was not, in numbers."""
    transfers = transactions = deepest = dropped = unknown = 0
    received: dict[int, NDArray[np.bool_]] = {}  # by ledger: assets of one share its wallets
    for part in parts:
        rows, status = part.entries[0], part.found.status
        mine = np.zeros(len(status), bool)
        mine[rows] = status[rows] == FOLLOWED
        followed = np.flatnonzero(mine)
        if part.problem.sorted_wallets is None:
            transfers += len(followed)
        else:  # an input, an output and a fee of one transaction are one
            touched = np.concatenate([part.problem.rows.source[followed], part.problem.rows.target[followed]])
            transactions += int((part.kind[np.unique(touched)] == PASSING).sum())
        unknown += 0 if part.problem.unknown is None else len(part.problem.unknown)
        deepest = max(deepest, int(part.hops[status[rows] == FOLLOWED].max(initial=0)))
        dropped += int((status[rows] > FOLLOWED).sum()) + (0 if part.late is None else len(part.late))
        ends = part.problem.rows.target  # who is reached: going back, those who had sent it
        wallets = part.problem.wallets
        reached = received.setdefault(id(wallets), np.zeros(len(wallets), bool))
        reached[part.wallet[ends[followed]]] = True
        if (sorted_wallets := part.problem.sorted_wallets) is not None:
            reached[sorted_wallets:] = False  # transactions and fees of the UTXO model
    return {
        "transfers": transfers + transactions, "utxo_transactions": transactions,
        "wallets": int(sum(wallets.sum() for wallets in received.values())),
        "deepest": deepest, "dropped": dropped, "unknown_inputs": unknown,
    }  # fmt: skip


def moments(time_ms: Any) -> pd.DatetimeIndex:
    """Milliseconds as UTC times."""
    return pd.to_datetime(np.asarray(time_ms, np.int64), unit="ms", utc=True)


def _lines(part: AssetTrace, picked: NDArray[Any]) -> pd.DataFrame:
    """Entries (a transfer and an incident) as rows."""
    row, incident, amounts = part.entries
    row, problem = row[picked], part.problem
    ends = [problem.wallet[problem.rows.source[row]], problem.wallet[problem.rows.target[row]]]
    if problem.backward:
        ends.reverse()
    return pd.DataFrame({
        "transfer_id": problem.ids[row], "time": moments(problem.time_ms[row]), "asset": part.asset,
        "incident": np.array(part.incidents, object)[incident[picked]],
        "sender": named(part, ends[0]), "receiver": named(part, ends[1]), "amount": problem.amount[row],
        **{method: values[picked] for method, values in amounts.items()},
    })  # fmt: skip


def named(part: AssetTrace, wallets: NDArray[Any]) -> NDArray[Any]:
    """Names of indices of wallets (and, in the UTXO model, of transactions and fees)."""
    found: NDArray[Any] = np.asarray(part.problem.wallets, object)[wallets]
    return found


def _flows(part: AssetTrace, read_usd: ReadIds | None) -> pd.DataFrame:
    row, _, _ = part.entries
    picked = np.flatnonzero(part.found.status[row] == FOLLOWED)
    made = _lines(part, picked)
    made["usd"] = np.nan
    if read_usd is not None and part.problem.ledger is not None and len(picked):
        once, back = np.unique(row[picked], return_inverse=True)
        made["usd"] = read_usd(part.problem.ledger, part.problem.picked[once])[back]
    made["hops"] = part.hops[picked]
    made["ambiguous"] = part.ambiguous[part.problem.rows.source[row[picked]]]
    return made


def _dropped(part: AssetTrace) -> pd.DataFrame:
    row, _, _ = part.entries
    status = part.found.status[row]
    picked = np.flatnonzero((status != FOLLOWED) & (status != CLEAN))
    made = _lines(part, picked)
    codes = status[picked]
    reasons = np.array([REASONS.get(code, "") for code in range(max(REASONS) + 1)], object)[codes]
    guarded = codes == GUARDED
    reasons[guarded] = part.problem.guarded[row[picked[guarded]]]
    made["reason"] = reasons
    for method in set(METHODS) & set(made.columns):  # never injected, so nothing was dropped
        made.loc[(codes == BETWEEN) | (codes == ITSELF), method] = 0
    return made


def _late(part: AssetTrace) -> pd.DataFrame | Rows:
    late = part.late
    if late is None:
        return []
    back = part.problem.backward
    ends = [late.source, late.target]
    return pd.DataFrame({
        "transfer_id": part.late_ids, "time": moments(-late.time_ms if back else late.time_ms), "asset": part.asset,
        "incident": None, "sender": named(part, ends[back]), "receiver": named(part, ends[not back]),
        "amount": late.amount.astype(object), **dict.fromkeys(METHODS, 0),
        "reason": BEFORE_SINCE if back else AFTER_UNTIL,
    })  # fmt: skip


def _unknown(part: AssetTrace) -> pd.DataFrame | Rows:
    """UTXO model: inputs of reached transactions of which it is not known where their value comes from."""
    found, why = part.problem.unknown, part.problem.unknown_why
    if found is None or why is None:
        return []
    ends = [found.source, found.target]
    back = part.problem.backward
    return pd.DataFrame({
        "transfer_id": found.ids, "time": moments(found.time_ms), "asset": part.asset, "incident": None,
        "sender": named(part, ends[back]), "receiver": named(part, ends[not back]),
        "amount": found.amount.astype(object), **dict.fromkeys(METHODS, 0), "reason": "origin not known: " + why,
    })  # fmt: skip


def _holdings(figures: Figures, incident: str) -> pd.DataFrame:
    part, nodes = figures.part, figures.reached(*HOLDING)
    nodes = nodes[(part.kind[nodes] == ORDINARY) | (figures.first_held(nodes) > 0).astype(bool)]
    low, high = figures.held_within("haircut", nodes)
    arrived = {f"received_{method}": figures.arrived(method)[nodes] for method in ("poison", "haircut")}
    return pd.DataFrame({
        "wallet": named(part, part.wallet[nodes]), "asset": part.asset, "incident": incident,
        "hops": part.depth(figures.incident)[nodes], "first_time": moments(figures.first[nodes]),
        **{method: figures.held(method)[nodes] for method in figures.methods}, "low": low, "high": high, **arrived,
        "incomplete": part.opening[nodes] > 0, "ambiguous": part.ambiguous[nodes],
    })  # fmt: skip


def _stops(figures: Figures, incident: str, stops: Stops) -> Rows:
    """Value that crossed every stop, less what went on from it: in the same transaction, or by a swap or bridge."""
    part = figures.part
    nodes = figures.reached(*CROSSING)
    crossed = {method: crossed_at(figures, method)[nodes] for method in figures.methods}
    low, high = crossed_within(figures, "haircut", nodes)
    came = figures.arrived("haircut")[nodes]
    joined: dict[int, dict[str, Any]] = {}
    depth = part.depth(figures.incident)
    for i, node in enumerate(nodes.tolist()):
        wallet, hops = int(part.wallet[node]), int(depth[node])
        row = joined.setdefault(wallet, {
            "wallet": part.problem.wallets[wallet], "asset": part.asset, "incident": incident, "reason": "service",
            "hops": hops,
            "transfers": 0, **dict.fromkeys(METHODS, 0), "low": 0, "high": 0, "passed_through": 0,
        })  # fmt: skip
        row["hops"] = min(row["hops"], hops)
        row["transfers"] += int(figures.transfers[node])
        for method, values in crossed.items():
            row[method] += values[i]
        row["low"] += low[i]
        row["high"] += high[i]
        if "haircut" in crossed:
            row["passed_through"] += came[i] - crossed["haircut"][i]
    for row in joined.values():
        claims = stops.by_wallet[row["wallet"]]
        for column, attribute in (
            ("service", "service"), ("concept", "concept"), ("role", "role"), ("source", "source_id")
        ):  # fmt: skip
            row[column] = " | ".join(dict.fromkeys(str(getattr(claim, attribute) or "–") for claim in claims))
        row["confidence"] = max(claim.confidence or 0 for claim in claims)
        row["rival_claims"] = len({claim.service for claim in claims}) - 1
    return list(joined.values())


def _incomplete(figures: Figures, incident: str) -> pd.DataFrame:
    part = figures.part
    nodes = figures.reached(*HOLDING)
    nodes = nodes[part.opening[nodes] > 0]
    return pd.DataFrame({
        "wallet": named(part, part.wallet[nodes]), "asset": part.asset, "incident": incident,
        "shortfall": part.opening[nodes], "hops": part.depth(figures.incident)[nodes],
        "received_haircut": figures.arrived("haircut")[nodes],
    })  # fmt: skip


def _conservation(figures: Figures, incident: str) -> Rows:
    """Injected = held + crossed + swapped + bridged + returned + fees + dropped; exact for all but poison."""
    part, rows = figures.part, []
    for method in figures.methods:
        stays, came = figures.held(method), figures.arrived(method)
        went_on = totals(part, figures.incident, method)
        booked = {
            "held": int(sum(stays[figures.reached(*HOLDING)])),
            "crossed": int(sum(crossed_at(figures, method)[figures.reached(*CROSSING)])),
            "swapped": went_on["swap"], "bridged": went_on["bridge"],
            "returned": int(sum(came[figures.reached(SOURCE)])),
            "fees": int(sum(came[figures.reached(FEE)])) + went_on["fees"], "dropped": figures.dropped(method),
        }  # fmt: skip
        injected = figures.injected(method)
        rows.append({
            "asset": part.asset, "incident": incident, "method": method, "injected": injected,
            **{f"injected_by_{kind}": figures.injected(method, kind) for kind in ("swap", "bridge")}, **booked,
            "difference": injected - sum(booked.values()), "conserves": method != "poison",
        })  # fmt: skip
    return rows


def _terminals(figures: Figures, incident: str, terminals: Sequence[str], stops: Stops) -> Rows:
    part, rows = figures.part, []
    known = part.known(terminals)
    reach, beyond = part.static(past_stops=False), part.static(past_stops=True, limits=False)
    cut, depth = part.static(past_stops=False, limits=False), part.depth(figures.incident)
    nodes_of: dict[int, list[int]] = {}
    for node in np.flatnonzero(figures.mine & np.isin(part.wallet, list(known.values()))).tolist():
        nodes_of.setdefault(int(part.wallet[node]), []).append(node)
    low, high = figures.arrived_within("haircut", np.arange(len(part.kind)))
    for name in terminals:
        wallet = known.get(name, -1)
        mine = nodes_of.get(wallet, [])
        got = {method: int(sum(figures.arrived(method)[mine])) for method in METHODS}
        static = wallet >= 0 and bool(reach[wallet])
        rows.append({
            "wallet": name, "asset": part.asset, "incident": incident,
            "service": " | ".join(dict.fromkeys(c.service for c in stops.by_wallet.get(name, ()))) or None,
            "reached_static": static, **{f"reached_{method}": value > 0 for method, value in got.items()}, **got,
            "low": sum(low[mine]), "high": sum(high[mine]),
            "hops": min((int(depth[n]) for n in mine), default=None),
            "why": _why(
                known=wallet >= 0, got=got, asked=figures.methods, static=static,
                cut=wallet >= 0 and bool(cut[wallet]), beyond=wallet >= 0 and bool(beyond[wallet]),
            ),
        })  # fmt: skip
    return rows


def _why(
    *, known: bool, got: Mapping[str, int], asked: Sequence[str], static: bool, cut: bool, beyond: bool
) -> str:  # fmt: skip
    if any(got[method] > 0 for method in asked):
        shared = any(got[method] > 0 for method in asked if method != "poison")
        return (
            "reached" if shared or tuple(asked) == ("poison",) else "reached by poison only: no share of it by others"
        )
    if got["poison"] > 0:
        return f"not reached by {', '.join(asked)}: what came there is none of it, though it can have been"
    if static:
        return "not reached: only against the order of time, or beyond a limit"
    if cut:
        return "not reached: only beyond a limit of amount or date"
    if beyond:
        return "not reached: only past a stop"
    return "not reached: no path in the loaded ledger" if known else "not in the loaded ledger"


def _services(stop_rows: Sequence[Any], stops: Stops, conservation: Sequence[Any]) -> Rows:
    """Value by service; where rivals claim one wallet, each gets the value and `disputed` says how much of it."""
    injected: dict[tuple[str, str], int] = {}
    for row in (row for rows in conservation for row in rows if row["method"] == "haircut"):
        key = row["asset"], row["incident"]  # twice where an asset is in an account ledger and in one of UTXOs
        injected[key] = injected.get(key, 0) + row["injected"]
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    wallets: dict[tuple[str, str, str], set[str]] = {}
    for row in (row for rows in stop_rows for row in rows):
        claims = {claim.service: claim for claim in reversed(stops.by_wallet[row["wallet"]])}
        for service, claim in claims.items():
            total = made.setdefault((service, row["asset"], row["incident"]), {
                "service": service, "name": claim.name, "concept": claim.concept, "asset": row["asset"],
                "incident": row["incident"], "addresses": 0, "transfers": 0, **dict.fromkeys(METHODS, 0),
                "low": 0, "high": 0, "disputed": 0,
            })  # fmt: skip
            mine = wallets.setdefault((service, row["asset"], row["incident"]), set())
            mine.add(row["wallet"])
            total["addresses"] = len(mine)
            for column in ("transfers", *METHODS, "low", "high"):
                total[column] += row[column]
            if len(claims) > 1:
                total["disputed"] += row["haircut"]
    for total in made.values():
        total["high"] = max(total["haircut"], min(total["high"], injected.get((total["asset"], total["incident"]), 0)))
    return list(made.values())


def _not_stopped(parts: Sequence[AssetTrace], stops: Stops) -> list[str]:
    """Reached wallets that somebody gives to a service, but not surely enough, or to one of another concept."""
    reached: set[str] = set()
    for part in parts:
        nodes = np.flatnonzero((part.found.depth > 0) & (part.found.depth < UNREACHED))
        reached |= set(named(part, part.wallet[nodes]))
    return sorted(reached & stops.not_stopping.keys())


__all__ = ["build", "moments", "named"]
