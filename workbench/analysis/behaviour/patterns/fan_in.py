"""Fan-in: one wallet is paid by many within a short time."""

from __future__ import annotations

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, busiest, money

TITLE = "Fan-in"
SOURCE = (
    "IBM AMLSim, Alert Model (github.com/IBM/AMLSim/wiki: fan-in); FATF 2020, Virtual Assets Red Flag Indicators "
    "(accumulation of funds from many unrelated wallets)"
)
LIMITATION = (
    "Merchants, collections for a cause and a service's wallets that no claim names look the same. So does dust that "
    "strangers send: anybody can make it."
)
PARAMETERS = {
    "min_senders": Parameter(10, "wallets", "different senders within the window"),
    "window_hours": Parameter(24, "hours", "the longest time between first and last"),
}


def find(view: View, min_senders: float, window_hours: float) -> list[Finding]:
    """For every wallet its busiest window, where that is busy enough."""
    found = []
    for wallet in view.private():
        got = view.received(wallet)
        if len(got) < min_senders:
            continue
        many, start, stop = busiest(view.ledger.time_ms[got], view.ledger.source[got], window_hours * HOUR_MS)
        if many >= min_senders:
            rows = got[start:stop].tolist()
            found.append(Finding(
                view.names([wallet, *view.ledger.source[rows]]), tuple(rows),
                {"senders": many, "transfers": len(rows), "hours": view.hours(rows), "value_usd": view.dollars(rows)},
                f"{view.name(wallet)} was paid by {many} different wallets within {view.hours(rows):.1f} hours, "
                f"{money(view.dollars(rows))} in {len(rows)} transfers.",
            ))  # fmt: skip
    return found
