"""A trace seen from other sides: methods beside each other, holdings at a date, cash-outs, commingling."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import FEE, FOLLOWED, ORDINARY, PASSING, ROUTER, SOURCE, STOP
from workbench.analysis.tracing.figures import Figures
from workbench.analysis.tracing.incidents import members
from workbench.analysis.tracing.onward import Onward, crossed_at, crossed_within
from workbench.analysis.tracing.tables import moments, named
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace
    from workbench.analysis.tracing.result import Trace

COMPARED = (
    "wallet", "asset", "incident", "what", "method", "amount_base_units", "low_base_units", "high_base_units"
)  # fmt: skip


def _methods(trace: Trace) -> list[str]:
    return list(trace.options.methods)


def compare(trace: Trace) -> pd.DataFrame:
    """One row for each address, incident and method: what it holds, or (a stop) what it was paid, with the interval.

    By poison the amount is an upper bound that may count value many times; it has no interval. Going back, an address
    holds what is first seen there, and a service paid it.
    """
    parts: list[pd.DataFrame] = []
    for part in trace._parts:
        for incident, name in enumerate(part.incidents):
            figures = Figures(part, incident, _methods(trace))
            for what, kind, nodes in _groups(part, figures):
                for method in figures.methods:
                    amount, within = _amounts(figures, kind, method)
                    amount = amount[nodes]
                    low, high = (amount, amount) if method == "poison" else within(method, nodes)
                    parts.append(pd.DataFrame({
                        "wallet": named(part, part.wallet[nodes]), "asset": part.asset, "incident": name, "what": what,
                        "method": method, "amount_base_units": amount, "low_base_units": low, "high_base_units": high,
                    }))  # fmt: skip
    if not parts:
        return pd.DataFrame(columns=list(COMPARED))
    made = pd.concat(parts, ignore_index=True)
    keys = ["wallet", "asset", "incident", "what", "method"]
    grouped: pd.DataFrame = made.groupby(keys, sort=True, as_index=False).agg(
        dict.fromkeys(COMPARED[5:], sum)
    )  # fmt: skip
    return grouped


def _amounts(figures: Figures, kind: int, method: str) -> tuple[Any, Callable[[str, Any], tuple[Any, Any]]]:
    """Of nodes of a kind what counts there, and how to have its bounds."""
    if kind in (STOP, ROUTER):
        return crossed_at(figures, method), lambda name, nodes: crossed_within(figures, name, nodes)
    if kind in (ORDINARY, PASSING):
        return figures.held(method), figures.held_within
    return figures.arrived(method), figures.arrived_within


def _groups(part: AssetTrace, figures: Figures) -> Iterator[tuple[str, int, Any]]:
    """(what is said of them, their kind, nodes) of everything that value reached."""
    back = part.problem.backward
    for what, kind in (
        ("first seen" if back else "holds", ORDINARY), ("first seen" if back else "holds", PASSING),
        ("paid" if back else "was paid", STOP), ("paid" if back else "was paid", ROUTER), ("returned", SOURCE),
        ("fees", FEE),
    ):  # fmt: skip
        nodes = figures.reached(kind)
        if kind == PASSING:
            nodes = nodes[(figures.first_held(nodes) > 0).astype(bool)]
        if kind != SOURCE:
            if len(nodes):
                yield what, kind, nodes
            continue
        mine = members(part.incidents[figures.incident])
        own = np.array([
            bool(mine & members(part.incidents[part.problem.question.sources[wallet]]))
            for wallet in part.wallet[nodes].tolist()
        ], bool)  # fmt: skip
        for what_, some in (("returned", nodes[own]), ("reached another source", nodes[~own])):
            if len(some):
                yield what_, kind, some


def _forward_only(trace: Trace, what: str) -> None:
    if trace.options.direction != "forward":
        raise ParameterError(f"{what} is a question to a forward trace", hint="Trace forward from the same wallets.")


def held_at(trace: Trace, moment: datetime) -> pd.DataFrame:
    """What addresses held of the loot at a time: what had come by then less what had gone, by every method.

    It knows what happened later, which a trace with `until` does not: TIHO's choice of the largest looks ahead.

    Raises ParameterError for a time without a zone, and for a trace that goes back.
    """
    _forward_only(trace, "what was held at a time")
    if moment.tzinfo is None:
        raise ParameterError("the moment has no time zone", hint="Give an aware UTC time.")
    until = round(moment.timestamp() * 1000)
    parts: list[pd.DataFrame] = []
    for part in trace._parts:
        row, incident, amounts = part.entries
        rows, count = part.problem.rows, len(part.incidents)
        early = part.problem.time_ms[row] <= until
        into = [one is not None for one in part.problem.seeding()]  # out of a swap or bridge: nothing left the sender
        goes = early & (rows.kind[rows.source[row]] == ORDINARY) & ~np.isin(row, part.problem.seeds.row[into])
        comes = early & (part.found.status[row] == FOLLOWED)
        columns: dict[str, Any] = {}
        for method in _methods(trace):
            if method == "poison":
                continue
            total = np.zeros(len(rows.kind) * count, object)
            np.add.at(total, (rows.target[row].astype(np.int64) * count + incident)[comes], amounts[method][comes])
            np.subtract.at(total, (rows.source[row].astype(np.int64) * count + incident)[goes], amounts[method][goes])
            columns[f"{method}_base_units"] = total
        if not columns:
            continue
        of_node = np.repeat(np.arange(len(rows.kind)), count)
        some = np.zeros(len(of_node), bool)
        for total in columns.values():
            some |= (total > 0).astype(bool)
        keep = np.flatnonzero(some & (rows.kind[of_node] == ORDINARY))
        parts.append(pd.DataFrame({
            "wallet": named(part, part.wallet[of_node[keep]]), "asset": part.asset,
            "incident": np.array(part.incidents, object)[keep % count],
            **{name: total[keep] for name, total in columns.items()},
        }))  # fmt: skip
    names = ["wallet", "asset", "incident", *(f"{m}_base_units" for m in _methods(trace) if m != "poison")]
    if not parts:
        return pd.DataFrame(columns=names)
    made = pd.concat(parts, ignore_index=True)
    return made.sort_values(
        [*names[3:4], "wallet", "asset", "incident"], ascending=[False, True, True, True], ignore_index=True
    )


def _begin(trace: Trace) -> dict[tuple[str, str], pd.Timestamp]:
    """(asset, incident) → the time of the first transfer out of the sources that was followed."""
    firsts: dict[tuple[str, str], pd.Timestamp] = {}
    for part in trace._parts:
        seeds = part.problem.seeds
        for incident, name in enumerate(part.incidents):
            mine = seeds.row[(seeds.incident == incident) & (part.found.status[seeds.row] == FOLLOWED)]
            if len(mine):
                firsts[part.asset, name] = moments(part.problem.time_ms[mine]).min()
    return firsts


def _usd(group: pd.DataFrame, method: str) -> float | None:
    """Dollars at the time of the part that is tainted; None where no transfer's value is known."""
    priced = group[group["usd"].notna() & (group["amount"] > 0).astype(bool)]
    if not len(priced):
        return None
    shares = priced[method].astype(object) / priced["amount"].astype(object)
    return float((priced["usd"] * shares.astype(float)).sum())


def _less(came: float | None, passed: float | None) -> float | None:
    return came if came is None or passed is None else max(came - passed, 0.0)


def cash_out(trace: Trace) -> pd.DataFrame:
    """For each service, asset and incident: what it was paid by every method, when first and last, and how soon.

    `hours_to_first_contact` counts from the incident's first transfer out of a source, in any asset. Rival claims on a
    wallet stand in one row, joined by " | ": whose money it is is not for a trace to decide. What a router handed on
    in the same transaction was not paid to it, nor what was swapped or bridged on; in dollars the latter counts at the
    price in its transaction. Raises ParameterError for a trace that goes back.
    """
    _forward_only(trace, "who was paid")
    begin = _begin(trace)
    start = {name: min(time for (_, of), time in begin.items() if of == name) for _, name in begin}
    flows, stops = trace.flows, trace.stops
    methods = [name for name in _methods(trace) if name in flows]
    columns = [
        "service", "concept", "asset", "incident", "wallets", "transfers", "first_time", "last_time",
        "hours_to_first_contact", *(f"{name}_base_units" for name in methods), *(f"{name}_usd" for name in methods),
        "transfers_without_usd",
    ]  # fmt: skip
    named_by = stops.drop_duplicates("wallet").set_index("wallet")[["service", "concept"]] if len(stops) else None
    paid = flows[flows["receiver"].isin(set(stops["wallet"]))] if named_by is not None else flows.iloc[:0]
    if not len(paid) or named_by is None:
        return pd.DataFrame(columns=columns)
    joined = paid.join(named_by, on="receiver")
    handed_on = _handed_on(trace, flows[flows["sender"].isin(set(stops["wallet"]))]).join(named_by, on="sender")
    keys = ["service", "concept", "asset", "incident"]
    passed = dict(list(handed_on.groupby(keys, sort=True)))
    joined_on = _joined_on(trace, named_by)
    rows = []
    for (service, concept, asset, incident), group in joined.groupby(keys, sort=True):
        first = group["time"].min()
        onward = passed.get((service, concept, asset, incident), joined.iloc[:0])
        gone = joined_on.get((service, concept, asset, incident), [])
        price = _prices(group) if gone else {}
        told = {name: max(sum(group[name]) - sum(onward[name]) - sum(one.amounts.get(name, 0) for one in gone), 0)
                for name in methods}  # fmt: skip
        rows.append({
            "service": service, "concept": concept, "asset": asset, "incident": incident,
            "wallets": group["receiver"].nunique(), "transfers": len(group), "first_time": first,
            "last_time": group["time"].max(),
            "hours_to_first_contact": (first - start[incident]).total_seconds() / 3600 if incident in start else None,
            **{f"{name}_base_units": amount for name, amount in told.items()},
            **{
                f"{name}_usd": _less(_less(_usd(group, name), _usd(onward, name)),
                                     sum(one.amounts.get(name, 0) * price.get(one.transaction, 0.0) for one in gone))
                for name in methods
            },
            "transfers_without_usd": int(group["usd"].isna().sum()),
        })  # fmt: skip
    made = pd.DataFrame(rows, columns=columns)
    return made.sort_values(["first_time", "service", "asset", "incident"], ignore_index=True)


def _handed_on(trace: Trace, flows: pd.DataFrame) -> pd.DataFrame:
    """Of flows those that took what their sender had: what comes out of a swap or bridge did not."""
    came: set[tuple[str, str]] = set()
    for part in trace._parts:
        if part.problem.question.seeded:
            into = [one is not None for one in part.problem.seeding()]
            rows, of = part.problem.seeds.row[into], part.problem.seeds.incident[into].tolist()
            came |= {(name, part.incidents[i]) for name, i in zip(part.problem.ids[rows].tolist(), of, strict=True)}
    if not came:
        return flows
    left = [key not in came for key in zip(flows["transfer_id"], flows["incident"], strict=True)]
    return flows[np.array(left, bool)]


def _joined_on(trace: Trace, named_by: pd.DataFrame) -> dict[tuple[Any, ...], list[Onward]]:
    """(service, concept, asset, incident) → what swaps and bridges took on from there."""
    made: dict[tuple[Any, ...], list[Onward]] = {}
    for part in trace._parts:
        for one in part.onward:
            who = named_by.loc[named(part, part.wallet[one.node : one.node + 1])[0]]
            key = (who["service"], who["concept"], part.asset, part.incidents[one.incident])
            made.setdefault(key, []).append(one)
    return made


def _prices(group: pd.DataFrame) -> dict[str, float]:
    """Dollars of a base unit in each transaction, where a transfer in it has a price."""
    priced = group[group["usd"].notna() & (group["amount"] > 0).astype(bool)]
    inside = priced["transfer_id"].map(lambda name: str(name).rpartition("/")[0])
    return {
        str(transaction): float(some["usd"].sum()) / float(sum(some["amount"]))
        for transaction, some in priced.groupby(inside, sort=True)
    }  # fmt: skip


def commingled(trace: Trace) -> pd.DataFrame:
    """Addresses that value of two or more incidents reached, and how much of each arrived there."""
    end = "receiver" if trace.options.direction == "forward" else "sender"
    none = frozenset[str]().union(*(part.no_wallets for part in trace._parts))
    flows = trace.flows[~trace.flows[end].isin(none)]
    methods = _methods(trace)
    sums = flows.groupby([end, "asset", "incident"], sort=True, as_index=False)[methods].agg(sum)
    made = sums
    if len(sums):
        made = sums[sums.groupby([end, "asset"])["incident"].transform("nunique") > 1]
    return made.rename(
        columns={end: "wallet", **{name: f"{name}_base_units" for name in methods}}
    ).reset_index(drop=True)  # fmt: skip


__all__ = ["cash_out", "commingled", "compare", "held_at"]
