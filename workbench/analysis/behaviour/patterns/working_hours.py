"""Working hours: at which hours of the day the wallets act, and in which time zones those would be office hours."""

from __future__ import annotations

from math import comb, erfc, exp, log2, sqrt

import numpy as np

from workbench.analysis.behaviour.pattern import DAY_MS, HOUR_MS, Finding, Parameter, View

TITLE = "Working hours"
SOURCE = (
    "DuPont and Squicciarini 2015, Toward De-Anonymizing Bitcoin by Mapping Users Location (hours of activity); "
    "Rayleigh's test of uniformity, Mardia and Jupp 2000, Directional Statistics, section 6.3"
)
LIMITATION = (
    "Hours are no nationality and no place: people work at night, programs work always, several time zones fit any "
    "pattern, and hours can be chosen to mislead. With few active hours nothing is said."
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
    sent = np.sort(np.concatenate([view.sent(w) for w in mine])) if mine else np.empty(0, np.int64)
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
        "days": float(days), "utc_offsets": fits, "office_share": best,
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
    return [Finding(view.names(mine), rows, figures, words)]


def rayleigh(histogram: np.ndarray) -> float:
    """The chance of so strong a common direction on the clock if all hours were alike (Mardia and Jupp, 6.3.3)."""
    n = int(histogram.sum())
    if not n:
        return 1.0
    angles = np.arange(24) * (2 * np.pi / 24)
    length = abs((histogram * np.exp(1j * angles)).sum()) / n
    z = n * length**2
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
