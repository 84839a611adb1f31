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
        + (f" ({said['utxo_transactions']:,} of them UTXO transactions)" if said.get("utxo_transactions") else "")
        + f", at most {said['deepest']} hops away; {said['stops']} of them belong to services, where the trace ends."
    ]
    for asset in sorted({asset for asset in said["assets"] if said["assets"].count(asset) > 1}):
        lines.append(
            f"{asset} is in the graph as transfers and as inputs and outputs: a payment that stands in both is counted "
            "in both."
        )
    for left in said.get("outside_limits", ()):
        limits = " and ".join(f"{name} {said[name]}" for name in ("since", "until") if said[name])
        lines.append(
            f"Nothing of {left['asset']} was followed: what the wallets {'received' if back else 'sent'} of it "
            f"({left['transfers']:,} times, first {left['first'] or 'at an unknown time'}, last "
            f"{left['last'] or 'at an unknown time'}) lies outside the limits ({limits})."
        )
    if len(swaps := trace.joins[trace.joins["kind"] != "bridge"]):
        lines.append(
            f"{swaps['transaction'].nunique()} swaps and wraps that the ledger proves lead into other assets; by each "
            "method what came out is tainted in the proportion of what went in. It is booked as swapped out of the one "
            "asset and into the other, and does not count as having stayed at the exchange."
        )
    if pairs := said.get("bridges"):
        lines.append(
            f"Of {sum(pairs.values())} rows of bridges that were handed over, {pairs['followed']} were followed, "
            f"{pairs['refused']} were not (the table `bridges` says why), and to {pairs['not reached']} no taint came. "
            "That the two sides are one is the word of whoever made the table."
        )
        if columns := said["bridge_columns_not_read"]:
            lines.append(f"Columns of that table that nobody knows were not read: {', '.join(columns)[:300]}.")
    if said.get("swaps_cut"):
        lines.append("More joins follow one another than are followed: the trace ends in the middle of them.")
    if len(trace.joins) and said["incomplete_wallets"] + said["ambiguous_wallets"]:
        lines.append("Intervals beyond a swap or bridge take what went into it as certain.")
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
    if said.get("unknown_inputs"):
        lines.append(
            f"Of {said['unknown_inputs']:,} inputs of transactions on the way it is not known where their value comes "
            "from (`dropped` lists them with the reason): "
            + ("value that came by them is first seen there." if back else "they are taken as clean.")
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
