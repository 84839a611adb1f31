"""Working hours: at which hours of the day the wallets act, and in which time zones those would be office hours."""

from __future__ import annotations

from math import comb, erfc, exp, log2, sqrt

import numpy as np

from workbench.analysis.behaviour.pattern import DAY_MS, HOUR_MS, Finding, Parameter, View, hour_is_known

TITLE = "Working hours"
SOURCE = (
    "Béres et al. 2021, Blockchain is Watching You, arXiv 2005.14051 (time-of-day activity); Rayleigh's test of "
    "uniformity: Fisher 1993, Statistical Analysis of Circular Data, p. 70, as in CircStat (circ_rtest)"
)
LIMITATION = (
    "Hours are no nationality and no place: people work at night, programs work always, several time zones fit any "
    "pattern, and hours can be chosen to mislead. With few active hours nothing is said. Where more "
    "than a tenth is at exactly midnight UTC, only the day of these is taken to be known, and they are left out."
)
PARAMETERS = {
    "min_hours": Parameter(60, "active hours", "fewer are too few to say anything"),
    "max_chance": Parameter(0.01, "probability", "of so uneven a day if all hours were alike"),
    "office_from": Parameter(9, "hour of the day", "office hours begin"),
    "office_to": Parameter(18, "hour of the day", "office hours end"),
}
OFFSETS = tuple(range(-12, 15))


def find(
    view: View, min_hours: float, max_chance: float, office_from: float, office_to: float
) -> list[Finding]:  # fmt: skip
    """One finding for all wallets together: they are taken as one hand.

    Everything that happens within one hour counts once, so that a program's burst is one act.
    """
    mine = view.private()
    every = np.sort(np.concatenate([view.sent(w) for w in mine])) if mine else np.empty(0, np.int64)
    sent = every[hour_is_known(view.ledger.time_ms[every])]
    days_only = len(every) - len(sent)
    if not len(sent):
        return []
    slots, first = np.unique(view.ledger.time_ms[sent] // HOUR_MS, return_index=True)
    rows = tuple(sent[first].tolist())
    histogram = np.bincount(slots % 24, minlength=24)
    n = len(slots)
    chance = rayleigh(histogram)
    fits = fitting(slots, office_from, office_to)
    best = max(int(_office(slots, offset, office_from, office_to).sum()) for offset in OFFSETS) / n
    days = (view.ledger.time_ms[sent].max() - view.ledger.time_ms[sent].min()) / DAY_MS
    figures = {
        "active_hours": n, "chance": chance, "entropy_bits": entropy(histogram), "hours_utc": histogram.tolist(),
        "days": float(days), "utc_offsets": fits, "office_share": best, "midnights_left_out": days_only,
    }  # fmt: skip
    if n < min_hours:
        words = f"Active in {n} different hours: too few to say anything about the time of day."
        figures["utc_offsets"] = []
    elif chance > max_chance:
        words = f"Active in {n} different hours, spread over the day as chance would have it: no office hours."
        figures["utc_offsets"] = []
    else:
        told = ", ".join(f"UTC{o:+d}" for o in fits)
        words = (
            f"Active in {n} different hours over {days:,.0f} days, unevenly over the day. Office hours "
            f"({office_from:g} to {office_to:g}, Monday to Friday) fit about as well in {told}: places on several "
            "continents, and no statement about who or where anybody is."
        )
    if days_only:
        words += f" Left out: {days_only:,} transfers at exactly midnight, of which perhaps only the day is known."
    return [Finding(view.names(mine), rows, figures, words)]


def rayleigh(histogram: np.ndarray) -> float:
    """The chance of so strong a common direction on the clock if all hours were alike (Fisher 1993, p. 70)."""
    n = int(histogram.sum())
    if not n:
        return 1.0
    angles = np.arange(24) * (2 * np.pi / 24)
    length = abs((histogram * np.exp(1j * angles)).sum()) / n
    return rayleigh_chance(n * length**2, n)


def rayleigh_chance(z: float, n: int) -> float:
    """The chance of Rayleigh's z or more among n directions that are all alike, by Fisher's approximation."""
    near = 1 + (2 * z - z**2) / (4 * n) - (24 * z - 132 * z**2 + 76 * z**3 - 9 * z**4) / (288 * n**2)
    return float(min(1.0, max(0.0, exp(-z) * near))) if z < 30 else 0.0


def entropy(histogram: np.ndarray) -> float:
    """Bits, at most log2(24) = 4.58 for a day in which all hours are alike."""
    shares = histogram[histogram > 0] / max(int(histogram.sum()), 1)
    return float(-sum(p * log2(p) for p in shares.tolist()))


def _office(slots: np.ndarray, offset: int, start: float, end: float) -> np.ndarray:
    """Which active hours are office hours, were the clock `offset` hours ahead of UTC."""
    local = slots + offset
    hour, weekday = local % 24, (local // 24 + 3) % 7  # 1 January 1970 was a Thursday
    return np.asarray((hour >= start) & (hour < end) & (weekday < 5))


def fitting(slots: np.ndarray, start: float, end: float) -> list[int]:
    """Offsets that fit as well as the best one, but for chance (McNemar's exact test, one-sided, 5 %)."""
    inside = {offset: _office(slots, offset, start, end) for offset in OFFSETS}
    best = inside[max(OFFSETS, key=lambda offset: (int(inside[offset].sum()), -abs(offset)))]
    return [
        offset for offset, mine in inside.items() if _tail(int((best & ~mine).sum()), int((mine & ~best).sum())) > 0.05
    ]


def _tail(one: int, other: int) -> float:
    """The chance of at least `one` of `one + other` when both are equally likely; by the normal curve beyond 500."""
    n = one + other
    if n > 500:
        return 0.5 * erfc((one - 0.5 - n / 2) / sqrt(n / 2))
    return float(sum(comb(n, k) for k in range(one, n + 1)) / 2**n)
