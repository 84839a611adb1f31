"""The laundering profile of an incident: how its money moved, as measures with units that two incidents compare by."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heappop, heappush
from math import log
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.behaviour.pattern import HOUR_MS, View, hour_is_known, patterns
from workbench.analysis.behaviour.patterns.splitting import THRESHOLDS_USD
from workbench.analysis.behaviour.read import read
from workbench.analysis.computed import Progress
from workbench.analysis.exposure.network import by_asset
from workbench.analysis.exposure.planted import DUST_USD, GUARDS
from workbench.analysis.exposure.result import guarded_words
from workbench.analysis.written import Asked, Written
from workbench.errors import MissingExtraError
from workbench.graph.store import Store

HOURS = tuple(f"hour_{h:02d}" for h in range(24))
_UNITS: dict[str, tuple[str, str]] = {
    "hops_to_first_service": ("transfers", "fewest, each no earlier than the one before, from a starting wallet"),
    "hours_to_first_service": ("hours", "from the first transfer out to the first arrival at a service in time order"),
    "fan_out_median": ("wallets", "different receivers of a wallet, median"),
    "fan_out_most": ("wallets", "different receivers of a wallet, most"),
    "hop_delay_median": ("hours", "from an arrival to the wallet's next transfer out, median"),
    "transfer_median": ("US dollars", "value of a transfer out, median"),
    "assets": ("assets", "different assets that were sent"),
    "peel_share": ("share of value", "sent in peel chains"),
    "splitting_share": ("share of transfers", "out, up to 5 % below 1,000, 3,000 or 10,000 dollars"),
    "to_services_share": ("share of value", "of what the wallets paid to others than one another"),
    "active_days": ("days", "from the first to the last transfer out"),
}


@dataclass(frozen=True, eq=False)
class Profile:
    """Measures of one incident's wallets in what is loaded. A measure that cannot be taken is missing, not 0."""

    incident: str
    features: pd.DataFrame
    """`feature`, `value`, `unit`, `doc`."""
    summary: dict[str, Any]
    _asked: Asked | None = None

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record the measures in the graph, as a claim that ends at an Analysis; the same again writes nothing.

        Raises UsageError for a profile that was not computed from a graph. See docs/written-results.md.
        """
        from workbench.analysis.behaviour.written import write_profile

        return write_profile(store, self, progress)

    def vector(self) -> dict[str, float]:
        """Feature → value, of those that could be measured."""
        known = self.features.dropna(subset="value")
        return dict(zip(known["feature"], known["value"].astype(float), strict=True))

    def to_frame(self) -> pd.DataFrame:
        """The features."""
        return self.features

    def to_json(self) -> dict[str, Any]:
        """The features as a list, and the summary."""
        rows = self.features.astype(object).where(self.features.notna(), None).to_dict("records")
        return {"incident": self.incident, "features": rows, "summary": self.summary}

    def words(self) -> list[str]:
        """The profile in a few sentences."""
        said = self.summary
        return [
            f"{self.incident}: {said['wallets']:,} wallets of thieves and launderers, {said['sent']:,} transfers out, "
            f"{said['starts']} starting wallets.",
            *guarded_words(said.get("planted", ())),
            "It describes the transfers that are loaded: another selection of them has another profile.",
        ]

    def __repr__(self) -> str:
        return "\n".join(self.words())

    def _repr_html_(self) -> str:
        shown = self.features[~self.features["feature"].isin(HOURS)]
        lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        return lines + shown.to_html(index=False, escape=True)

    def plot(self) -> Any:
        """The hours of the day (UTC) of the transfers out; returns matplotlib's Axes."""
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        values = self.vector()
        axes = Figure(figsize=(8, 2.8), layout="constrained").subplots()
        axes.bar(range(24), [values.get(name, 0.0) for name in HOURS], color="#3b6fb6")
        axes.set_xlabel("hour of the day, UTC")
        axes.set_ylabel("share of transfers out")
        return axes


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two profiles side by side."""

    left: str
    right: str
    features: pd.DataFrame
    """`feature`, `unit`, both values, `difference`, `scaled` (0 alike to 1 as different as is counted)."""
    distance: float | None

    def to_frame(self) -> pd.DataFrame:
        """The features."""
        return self.features

    def to_json(self) -> dict[str, Any]:
        """The features as a list, the distance, and what it is not."""
        rows = self.features.astype(object).where(self.features.notna(), None).to_dict("records")
        return {"left": self.left, "right": self.right, "distance": self.distance, "features": rows,
                "words": self.words()}  # fmt: skip

    def words(self) -> list[str]:
        """What the distance is, and what it is not."""
        far = (
            "cannot be given" if self.distance is None else f"is {self.distance:.2f} (0 alike, 1 as far as is counted)"
        )
        count = int(self.features["scaled"].notna().sum())
        return [
            f"The distance of {self.left} and {self.right} {far}, the mean over {count} features.",
            "It is no probability and was calibrated on nothing: two thefts of one group may be far apart, and "
            "strangers who use the same services near. What was loaded of each decides it too.",
        ]

    def __repr__(self) -> str:
        return "\n".join(self.words())

    def _repr_html_(self) -> str:
        lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        return lines + self.features.to_html(index=False, escape=True)


def profile(
    store: Store, incident: str, *, as_of: datetime | None = None, min_confidence: int = 50,
    guards: Collection[str] = GUARDS, dust_usd: float = DUST_USD, dust: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Profile:  # fmt: skip
    """The profile of an incident's thieves' and launderers' wallets; see `behaviour` for the parameters."""
    material = read(
        store, incident=incident, wallets=None, as_of=as_of, min_confidence=min_confidence, guards=guards,
        dust_usd=dust_usd, dust=dust, progress=progress,
    )  # fmt: skip
    asked = material.asked(
        incident=incident, as_of=None if as_of is None else material.as_of, min_confidence=min_confidence,
        guards=sorted(guards), dust_usd=dust_usd, dust=dust,
    )  # fmt: skip
    made = of(material.view, list(material.ledger.indices_of(material.starts).values()), incident)
    return replace(made, summary={**made.summary, "planted": by_asset(material.apart)}, _asked=asked)


def of(view: View, starts: list[int], incident: str) -> Profile:
    """The profile of a view's wallets whose money starts from some of them."""
    mine = view.private()
    sent = [view.sent(w) for w in mine]
    rows = np.sort(np.concatenate(sent)) if sent else np.empty(0, np.int64)
    ledger, member = view.ledger, np.zeros(len(view.ledger.wallets), bool)
    member[mine] = True
    worth = np.nan_to_num(view.usd[rows])
    hops, hours = _first_service(view, starts)
    fan = [len(np.unique(ledger.target[some])) for some in sent if len(some)]
    outward = rows[~member[ledger.target[rows]]]
    into = [r for r in outward.tolist() if int(ledger.target[r]) in view.services]
    total = float(np.nan_to_num(view.usd[outward]).sum())
    peels = {r for one in patterns()["peel-chain"].find(view, **patterns()["peel-chain"].values({})) for r in one.rows}
    known = np.isfinite(view.usd[rows])
    under = sum(
        ((view.usd[rows] < limit) & (view.usd[rows] >= 0.95 * limit)).sum() for limit in THRESHOLDS_USD
    )  # fmt: skip
    values: dict[str, float | None] = {
        "hops_to_first_service": hops, "hours_to_first_service": hours,
        "fan_out_median": float(np.median(fan)) if fan else None, "fan_out_most": max(fan, default=None),
        "hop_delay_median": _delay(view, mine),
        "transfer_median": float(np.median(view.usd[rows][known])) if known.any() else None,
        "assets": len(np.unique(ledger.asset[rows])) if len(rows) else None,
        "peel_share": float(np.nansum(view.usd[sorted(peels)])) / worth.sum() if worth.sum() else None,
        "splitting_share": float(under) / known.sum() if known.any() else None,
        "to_services_share": float(np.nansum(view.usd[into])) / total if total else None,
        "active_days": float(ledger.time_ms[rows].max() - ledger.time_ms[rows].min()) / 864e5 if len(rows) else None,
    }  # fmt: skip
    made = [(name, values[name], *_UNITS[name]) for name in _UNITS]
    made += _by_concept(view, into, total)
    timed = rows[hour_is_known(ledger.time_ms[rows])]
    clock = np.bincount(ledger.time_ms[timed] // HOUR_MS % 24, minlength=24)
    made += [
        (name, float(clock[h] / len(timed)) if len(timed) else None, "share of transfers", f"out, from {h}:00 UTC")
        for h, name in enumerate(HOURS)
    ]
    table = pd.DataFrame(made, columns=["feature", "value", "unit", "doc"]).astype({"value": float})
    summary = {"wallets": len(mine), "sent": len(rows), "starts": len(starts), "to_services": len(into)}
    return Profile(incident, table, summary)


def _by_concept(view: View, into: list[int], total: float) -> list[tuple[str, float | None, str, str]]:
    sums: dict[str, float] = {}
    for row in into:
        concept = view.services[int(view.ledger.target[row])][1] or "unclassified"
        sums[concept] = sums.get(concept, 0.0) + float(np.nan_to_num(view.usd[row]))
    doc = "of what the wallets paid to others than one another"
    return [
        (f"to_{concept}_share", dollars / total if total else None, "share of value", doc)
        for concept, dollars in sorted(sums.items())
    ]


def _delay(view: View, mine: list[int]) -> float | None:
    delays = []
    for wallet in mine:
        got, sent = view.ledger.time_ms[view.received(wallet)], view.ledger.time_ms[view.sent(wallet)]
        after = np.searchsorted(sent, got)
        there = after < len(sent)
        delays += ((sent[after[there]] - got[there]) / HOUR_MS).tolist()
    return float(np.median(delays)) if delays else None


def _first_service(view: View, starts: list[int]) -> tuple[float | None, float | None]:
    """Fewest transfers, and fewest hours, to a service's wallet, each transfer no earlier than the one before it."""
    times, target = view.ledger.time_ms, view.ledger.target
    begin = min((int(times[view.sent(w)[0]]) for w in starts if len(view.sent(w))), default=None)
    if begin is None:
        return None, None
    soonest: int | None = None
    queue: list[tuple[int, int, int]] = [(begin, 0, w) for w in sorted(starts)]
    fewest: int | None = None
    reached: dict[int, list[tuple[int, int]]] = {}
    while queue:  # by time, then hops: a wallet is left again only where fewer hops came later
        now, hops, wallet = heappop(queue)
        if wallet in view.services:
            soonest = now if soonest is None else min(soonest, now)
            fewest = hops if fewest is None else min(fewest, hops)
            continue
        if any(t <= now and h <= hops for t, h in reached.get(wallet, ())):
            continue
        reached.setdefault(wallet, []).append((now, hops))
        if fewest is not None and hops >= fewest and soonest is not None and soonest <= now:
            continue
        best: dict[int, int] = {}
        for row in view.sent(wallet).tolist():
            if times[row] >= now:
                best.setdefault(int(target[row]), int(times[row]))
        for there, time in best.items():
            heappush(queue, (time, hops + 1, there))
    return (None, None) if fewest is None or soonest is None else (float(fewest), (soonest - begin) / HOUR_MS)


def compare(left: Profile, right: Profile) -> Comparison:
    """Feature by feature, and a distance: the mean of the scaled differences.

    Shares are compared as they are; counts, hours and dollars by their ratio (ten times as much is 1); the hours of
    the day as one feature, by what the two days do not have in common. A concept of service that only one
    profile has counts as 0 in the other; other features that one lacks are left out of the distance.
    """
    a, b = left.vector(), right.vector()
    units = {row["feature"]: row["unit"] for p in (left, right) for row in p.features.to_dict("records")}
    rows = []
    for name in [n for n in units if n not in HOURS]:
        one, other = _value(name, a), _value(name, b)
        scaled = None if one is None or other is None else _scaled(one, other, units[name])
        rows.append((name, units[name], one, other, None if scaled is None else _minus(other, one), scaled))
    if all(name in a and name in b for name in HOURS):
        apart = sum(abs(a[name] - b[name]) for name in HOURS) / 2
        rows.append(("hours_of_day", "share not in common", None, None, None, apart))
    table = pd.DataFrame(rows, columns=["feature", "unit", left.incident, right.incident, "difference", "scaled"])
    table = table.astype({name: float for name in table.columns[2:]})
    counted = table["scaled"].dropna()
    return Comparison(left.incident, right.incident, table, float(counted.mean()) if len(counted) else None)


def _value(name: str, values: Mapping[str, float]) -> float | None:
    concept = name.startswith("to_") and name not in _UNITS
    return values.get(name, 0.0 if concept and "to_services_share" in values else None)


def _minus(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _scaled(one: float, other: float, unit: str) -> float:
    if unit.startswith("share"):
        return min(abs(one - other), 1.0)
    return min(abs(log((1 + one) / (1 + other))) / log(10), 1.0)


__all__ = ["Comparison", "Profile", "compare", "of", "profile"]
