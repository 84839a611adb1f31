"""Consolidation: several wallets pay one, which sends nearly all of it on at once."""

from __future__ import annotations

import numpy as np

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, money

TITLE = "Consolidation"
SOURCE = (
    "FATF 2020, Virtual Assets Red Flag Indicators (relatively small amounts from many unrelated wallets, with "
    "subsequent transfer to another wallet)"
)
LIMITATION = (
    "A saver who sweeps pocket money into cold storage, and an exchange's sweep, look the same. Wallets with more than "
    "1,000 transfers one way are left out."
)
PARAMETERS = {
    "min_senders": Parameter(3, "wallets", "different senders within the window"),
    "window_hours": Parameter(72, "hours", "from the first arrival to the transfer on"),
    "min_share": Parameter(0.9, "share of what arrived", "what the one transfer on carries at least"),
}


def find(view: View, min_senders: float, window_hours: float, min_share: float) -> list[Finding]:
    """Every transfer that carries on what several senders brought within the window, and no more than that."""
    found = []
    ledger = view.ledger
    for wallet in view.quiet():
        got = view.received(wallet)
        if len(got) < min_senders:
            continue
        times = ledger.time_ms[got]
        for out in view.sent(wallet).tolist():
            first = np.searchsorted(times, ledger.time_ms[out] - window_hours * HOUR_MS)
            last = np.searchsorted(got, out)  # rows stand in the order of time: those before the transfer on
            rows = [r for r in got[first:last].tolist() if ledger.asset[r] == ledger.asset[out]]
            senders = {int(ledger.source[r]) for r in rows}
            arrived = sum(int(ledger.amount[r]) for r in rows)
            if len(senders) < min_senders or not min_share * arrived <= int(ledger.amount[out]) <= arrived:
                continue
            found.append(Finding(
                view.names([wallet, int(ledger.target[out]), *sorted(senders)]), (*rows, out),
                {"senders": len(senders), "arrivals": len(rows), "hours": view.hours([*rows, out]),
                 "value_usd": view.dollars([out])},
                f"{view.name(wallet)} received from {len(senders)} wallets and sent {money(view.dollars([out]))} of it "
                f"on to {view.name(int(ledger.target[out]))} in one transfer, within {view.hours([*rows, out]):.1f} "
                "hours.",
            ))  # fmt: skip
    return found
