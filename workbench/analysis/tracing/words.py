"""A trace in a few sentences, with what it does not know."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.analysis.tracing.result import Trace


def words(trace: Trace) -> list[str]:
    """Sentences for a notebook, a report and the command line."""
    said = trace.summary
    back = said["direction"] == "backward"
    lines = [
        (
            f"Followed {said['transfers']:,} transfers back from {said['sources']} wallets to {said['wallets']:,} "
            "others"
            if back
            else f"Followed {said['transfers']:,} transfers from {said['sources']} source wallets to "
            f"{said['wallets']:,} wallets"
        )
        + f", at most {said['deepest']} hops away; {said['stops']} of them belong to services, where the trace ends."
    ]
    if len(trace.joins):
        lines.append(
            f"{trace.joins['transaction'].nunique()} swaps and wraps that the ledger proves lead into other assets; "
            "what came out is tainted in the proportion of what went in. What was swapped on still counts as having "
            "crossed at the exchange, and what came out as injected into the other asset."
        )
    if said.get("swaps_cut"):
        lines.append("More swaps follow one another than are followed: the trace ends in the middle of them.")
    if said["terminals"]:
        reached = said["terminals_reached"]
        lines.append(
            f"Terminals reached, of {said['terminals']}: " + ", ".join(f"{k} {v}" for k, v in reached.items()) + "."
        )
    if said["incomplete_wallets"]:
        lines.append(
            f"{said['incomplete_wallets']} wallets spent more than they were seen to receive: their history is "
            "incomplete, and what passed them is an interval (low, high)."
        )
    if said["ambiguous_wallets"]:
        lines.append(f"{said['ambiguous_wallets']} wallets received and sent at one instant; the order is unknown.")
    if said["depth_limit_bit"]:
        lines.append("The depth limit cut the trace: see the dropped transfers.")
    if said["services_not_stopped"]:
        lines.append(
            f"{len(said['services_not_stopped'])} reached wallets are given to a service by a claim that did not "
            "meet the threshold; the trace goes on through them."
        )
    if len(trace.holdings) and len(said["methods"]) > 2:
        spread = {
            method: trace.holdings.loc[(trace.holdings[method] > 0).astype(bool), "wallet"].nunique()
            for method in said["methods"]
        }  # fmt: skip
        lines.append(
            f"Addresses {'where some is first seen' if back else 'that still hold some'}, by method: "
            + ", ".join(f"{k} {v:,}" for k, v in spread.items())
            + ". The methods are conventions, not measurements: never quote one alone."
        )
    if (measured := _measured(said["methods"])) and said["transfers"] and not back:
        lines.append(measured)
    return lines


def _measured(methods: list[str]) -> str | None:
    """How much of what the methods say was right where the truth is known (tools/eval_tracing.py)."""
    file = files("workbench.analysis") / "measured" / "tracing.json"
    if not file.is_file():
        return None
    figures = json.loads(file.read_text("utf-8"))["figures"].get("medium", {})
    parts = [
        f"{method} {figures[method]['value_found']['value']:.0%} rightly, "
        f"{figures[method]['value_false']['value']:.0%} of what it placed wrongly"
        for method in methods if method in figures
    ]  # fmt: skip
    if not parts:
        return None
    return (
        "Measured on made-up laundering of medium difficulty, of the stolen value placed: " + "; ".join(parts)
        + " (intervals and other cases: docs/accuracy-tracing.md)."
    )  # fmt: skip
