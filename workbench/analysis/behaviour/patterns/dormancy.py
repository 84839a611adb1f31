"""Dormancy and wake-up: a wallet that held value, did nothing for long, and then sent."""

from __future__ import annotations

import numpy as np

from workbench.analysis.behaviour.pattern import DAY_MS, Finding, Parameter, View, money

TITLE = "Dormancy and wake-up"
SOURCE = (
    "FATF 2020, Virtual Assets Red Flag Indicators (transactions followed by inactivity, previously inactive accounts)"
)
LIMITATION = (
    "Savers wake up too. A ledger that was loaded in part shows gaps that are gaps of the data; dust that strangers "
    "send in between is not counted as activity, and neither is anything else the wallet only received."
)
PARAMETERS = {
    "min_days": Parameter(90, "days", "without sending anything"),
}


def find(view: View, min_days: float) -> list[Finding]:
    """Every gap between the first arrival or a transfer and the next transfer out that is long enough."""
    found = []
    times = view.ledger.time_ms
    for wallet in view.private():
        got, sent = view.received(wallet), view.sent(wallet)
        if not len(got) or not len(sent):
            continue
        acts = np.r_[got[:1][times[got[:1]] <= times[sent[0]]], sent]
        gaps = np.diff(times[acts]) / DAY_MS
        for at in np.flatnonzero(gaps >= min_days):
            before, after = int(acts[at]), int(acts[at + 1])
            found.append(Finding(
                view.names([wallet, int(view.ledger.target[after])]), (before, after),
                {"days": float(gaps[at]), "value_usd": view.dollars([after])},
                f"{view.name(wallet)} sent nothing for {gaps[at]:,.0f} days, and then {money(view.dollars([after]))}.",
            ))  # fmt: skip
    return found
