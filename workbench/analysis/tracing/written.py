"""A trace as claims: what every method says of every wallet that value reached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.tracing.taint import METHODS
from workbench.analysis.written import Asked, Finding, Written, digest, write_finding
from workbench.model.claims import TaintedIn
from workbench.model.nodes import Ref

if TYPE_CHECKING:
    from workbench.analysis.computed import Progress
    from workbench.analysis.tracing.result import Trace
    from workbench.graph.store import Store

VERSION = 2
Row = dict[Any, Any]
_SUMMED = (*METHODS, "low", "high", "received_haircut", "passed_through", "transfers")


def write(store: Store, trace: Trace, progress: Progress | None = None) -> Written:
    """Record a trace: a `TAINTED_IN` claim for each wallet it reached, asset and incident; see docs/written-results.md.

    The conservation table goes with the run, in sentences.
    """
    names = dict.fromkeys(name for part in trace._parts for name in part.incidents)
    if not names and trace.options.incident:
        names = dict.fromkeys(trace.options.incident.split(", "))
    found = Finding(
        "trace", TaintedIn, VERSION, Asked(asdict(trace.options), lambda: _input(trace)), _claims(trace),
        [*trace.words(), *_balance(trace)], tuple(names), tuple(sorted(trace.sources)),
    )  # fmt: skip
    return write_finding(store, found, progress)


def _claims(trace: Trace) -> list[dict[str, Any]]:
    """One row a wallet, asset, incident and outcome; outputs of one wallet are summed in the UTXO model.

    Where by no method anything stays (at a service: all of it was handed, swapped or bridged on) the outcome is passed.
    """
    methods = trace.options.methods
    first = "haircut" if "haircut" in methods else methods[0]
    joined: dict[tuple[str, str, str, str], Row] = {}
    for outcome, table in (("held", trace.holdings), ("crossed", trace.stops)):
        for row in table.to_dict("records"):
            kept = any(row[method] for method in methods)
            key = (row["wallet"], row["asset"], row["incident"], outcome if kept else "passed")
            at = joined.get(key)
            joined[key] = row if at is None else _sum(at, row)
    return [_claim(key, row, methods, first) for key, row in joined.items()]


def _sum(one: Row, other: Row) -> Row:
    made = {**one, **{name: one[name] + other[name] for name in _SUMMED if name in one}}
    made["hops"] = min(one["hops"], other["hops"])
    if "first_time" in one:  # of an address that is no service's
        times = [row["first_time"] for row in (one, other) if not pd.isna(row["first_time"])]
        made["first_time"] = min(times, default=pd.NaT)
        made |= {name: one[name] or other[name] for name in ("incomplete", "ambiguous")}
    return made


def _claim(key: tuple[str, str, str, str], row: Row, methods: tuple[str, ...], first: str) -> dict[str, Any]:
    wallet, asset, incident, outcome = key
    received = row.get("passed_through", 0) + row[first] if "service" in row else row.get("received_haircut")
    moment = row.get("first_time")
    return {
        "subject": Ref("Transaction" if "/tx:" in wallet else "Wallet", wallet), "asset": asset, "incident": incident,
        "outcome": outcome, **{method: str(row[method]) for method in methods},
        **{name: str(row[name]) for name in ("low", "high") if "haircut" in methods}, "value": float(row[first]),
        "received": str(received) if "haircut" in methods else None, "hops": int(row["hops"]),
        "first_time": None if moment is None or pd.isna(moment) else moment.to_pydatetime(),
        "services": tuple(row["service"].split(" | ")) if "service" in row else (),
        **{name: bool(row[name]) for name in ("incomplete", "ambiguous") if name in row},
    }  # fmt: skip


def _balance(trace: Trace) -> list[str]:
    """The conservation table in sentences."""
    key = ("asset", "incident", "method", "difference", "conserves")
    lines = []
    for row in trace.conservation.to_dict("records"):
        booked = ", ".join(f"{row[name]} {str(name).replace('_', ' ')}" for name in row if name not in key)
        rest = f"difference {row['difference']}" if row["conserves"] else "an upper bound, which need not add up"
        lines.append(f"{row['method']}, {row['asset']}, {row['incident']}, in base units: {booked}; {rest}.")
    return lines


def _input(trace: Trace) -> str:
    """Over the rows that taint could touch, what each wallet was taken for, and by whose word the trace stopped."""
    told: list[Any] = []
    for part in trace._parts:
        problem = part.problem
        told += [
            part.asset, problem.wallets[problem.wallet], problem.rows.source, problem.rows.target, problem.amount,
            problem.time_ms, problem.rows.kind, [why for why in problem.guarded.tolist() if why],
        ]  # fmt: skip
    stops = trace.stops[["wallet", "service", "concept", "role", "confidence", "source"]]
    return digest(*told, stops.sort_values("wallet").astype(str).values.tolist())


__all__ = ["VERSION", "write"]
