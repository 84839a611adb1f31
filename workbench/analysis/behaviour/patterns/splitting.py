"""Splitting below thresholds: several transfers that stay just under an amount from which things are reported."""

from __future__ import annotations

from math import comb

import numpy as np

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, money

TITLE = "Splitting below a threshold"
SOURCE = (
    "FATF 2020, Virtual Assets Red Flag Indicators (structuring in small amounts, or under record-keeping or reporting "
    "thresholds); thresholds: 1,000 (FATF, interpretive note to recommendation 15), 3,000 (85 Fed. Reg. 68005: funds "
    "transfers) and 10,000 US dollars (31 CFR 1010.311: currency)"
)
LIMITATION = (
    "Round sums with a fee taken off lie just under a threshold by themselves. Dollar values are those of the time and "
    "rounded by whoever gave them; without them nothing is found."
)
PARAMETERS = {
    "min_transfers": Parameter(4, "transfers", "just under one threshold, within the window"),
    "margin": Parameter(0.05, "share of the threshold", "how far below still is just under"),
    "window_hours": Parameter(72, "hours", "the longest time between first and last"),
    "max_chance": Parameter(0.05, "probability", "of so uneven a split, were just under and just over alike"),
}
THRESHOLDS_USD = (1_000.0, 3_000.0, 10_000.0)


def find(view: View, min_transfers: float, margin: float, window_hours: float, max_chance: float) -> list[Finding]:
    """For every wallet and threshold the window with most transfers just under it, compared with those just over."""
    found = []
    for wallet in view.private():
        sent = view.sent(wallet)
        for threshold in THRESHOLDS_USD:
            worth = view.usd[sent]
            under = sent[(worth < threshold) & (worth >= threshold * (1 - margin))]
            over = int(((worth >= threshold) & (worth <= threshold * (1 + margin))).sum())
            if len(under) < min_transfers:
                continue
            times = view.ledger.time_ms[under]
            last = np.searchsorted(times, times + window_hours * HOUR_MS, side="right")
            start = int(np.argmax(last - np.arange(len(times))))
            rows = under[start : last[start]].tolist()
            chance = uneven(len(under), over)
            if len(rows) < min_transfers or chance > max_chance:
                continue
            found.append(Finding(
                view.names([wallet, *view.ledger.target[rows]]), tuple(rows),
                {"threshold_usd": threshold, "transfers": len(rows), "just_under": len(under), "just_over": over,
                 "chance": chance, "hours": view.hours(rows), "value_usd": view.dollars(rows)},
                f"{view.name(wallet)} sent {len(rows)} transfers of just under {threshold:,.0f} US dollars within "
                f"{view.hours(rows):.1f} hours, {money(view.dollars(rows))} in all; in its whole history {len(under)} "
                f"lie just under and {over} just over it.",
            ))  # fmt: skip
    return found


def uneven(under: int, over: int) -> float:
    """The chance of at least `under` of `under + over` when both sides are equally likely (sign test)."""
    n = under + over
    return float(sum(comb(n, k) for k in range(under, n + 1)) / 2**n)
