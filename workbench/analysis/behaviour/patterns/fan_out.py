"""Fan-out: one wallet pays many within a short time."""

from __future__ import annotations

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, busiest, money

TITLE = "Fan-out"
SOURCE = "IBM AMLSim, Alert Model (github.com/IBM/AMLSim/wiki: fan-out)"
LIMITATION = "Payrolls, airdrops and withdrawals of a service that no claim names look the same."
PARAMETERS = {
    "min_receivers": Parameter(10, "wallets", "different receivers within the window"),
    "window_hours": Parameter(24, "hours", "the longest time between first and last"),
}


def find(view: View, min_receivers: float, window_hours: float) -> list[Finding]:
    """For every wallet its busiest window, where that is busy enough."""
    found = []
    for wallet in view.private():
        sent = view.sent(wallet)
        if len(sent) < min_receivers:
            continue
        many, start, stop = busiest(
            view.ledger.time_ms[sent], view.ledger.target[sent], window_hours * HOUR_MS
        )  # fmt: skip
        if many >= min_receivers:
            rows = sent[start:stop].tolist()
            found.append(Finding(
                view.names([wallet, *view.ledger.target[rows]]), tuple(rows),
                {"receivers": many, "transfers": len(rows), "hours": view.hours(rows), "value_usd": view.dollars(rows)},
                f"{view.name(wallet)} paid {many} different wallets within {view.hours(rows):.1f} hours, "
                f"{money(view.dollars(rows))} in {len(rows)} transfers.",
            ))  # fmt: skip
    return found
