"""Measures how often each pattern of behaviour is found where nothing is wrong, and whether planted ones are found.

    python tools/eval_behaviour.py

Writes docs/accuracy-behaviour.md and workbench/analysis/measured/behaviour.json, which the package shows beside every
finding. Both kinds of traffic are invented and seeded (`workbench.analysis.behaviour.benign`); the planted ones are
made to the published definitions, by this file; some are too small or too slow for the default parameters.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np

from workbench.analysis.behaviour.benign import START_MS, benign
from workbench.analysis.behaviour.pattern import View, patterns
from workbench.analysis.evaluation.intervals import Figure, wilson
from workbench.analysis.projection import Ledger
from workbench.model.amounts import USD_ASSET
from workbench.model.ledger import Transfer

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "accuracy-behaviour.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "behaviour.json"
SEEDS = (1, 2, 3)
PEOPLE = 400
PLANTED = 40
HOUR = 3_600_000
ETHER = "eip155:1/slip44:native"
GROUP = 15
BETWEEN = ("reuse", "routes")
"""Patterns between two incidents."""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="not used: the traffic is made")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    rates, found = base_rates(), recall()
    SHOWN.write_text(json.dumps(rates, indent=1) + "\n", encoding="utf-8")
    chosen.page.write_text(page(rates, found), encoding="utf-8")


def base_rates() -> dict[str, dict[str, object]]:
    """Pattern → share of harmless wallets (between incidents: of pairs of groups) at which it was found."""
    hits = dict.fromkeys(patterns(), 0)
    n = dict.fromkeys(patterns(), 0)
    for seed in SEEDS:
        rows, services = benign(PEOPLE, seed=seed)
        view = view_of(rows, services)
        active = {w for w in view.private() if len(view.sent(w)) + len(view.received(w)) >= 2}
        for name, pattern in patterns().items():
            values = pattern.values({})
            if name in BETWEEN:
                rng = random.Random(seed)
                for _ in range(100):
                    ends = rng.sample(sorted(active), 2 * GROUP)
                    groups = {"a": map(view.name, ends[:GROUP]), "b": map(view.name, ends[GROUP:])}
                    n[name] += 1
                    hits[name] += bool(pattern.find(view_of(rows, services, groups), **values))
            elif name == "working-hours":
                for wallet in sorted(active):
                    times = np.unique(view.ledger.time_ms[view.sent(wallet)] // HOUR)
                    if len(times) >= values["min_hours"]:
                        alone = view_of(rows, services, wallets=[view.name(wallet)])
                        n[name] += 1
                        hits[name] += bool(pattern.find(alone, **values)[0].figures["utc_offsets"])
            else:
                at = {view.ledger.indices_of([one.wallets[0]])[one.wallets[0]] for one in pattern.find(view, **values)}
                n[name] += len(active)
                hits[name] += len(at & active)
    units = {name: f"pairs of {GROUP} wallets each" for name in BETWEEN}
    units["working-hours"] = "wallets active in enough hours"
    return {name: {"unit": units.get(name, "wallets"), **asdict(wilson(hits[name], n[name]))} for name in patterns()}


def view_of(rows: list[Transfer], services: dict[str, tuple[str, str]], groups=None, wallets=None) -> View:  # type: ignore[no-untyped-def]
    """The view of some transfers."""
    ledger = Ledger.of(rows)
    worth = {row.id: np.nan if row.usd is None else row.usd for row in rows}
    usd = np.array([worth[id_] for id_ in ledger.ids], float) if ledger.ids is not None else None
    return View.of(ledger, usd, wallets=wallets, services=services, incidents=groups)


def recall() -> dict[str, Figure]:
    """Pattern → share of planted ones that were found, in harmless traffic."""
    made = {}
    for name, plant in PLANTS.items():
        rng = random.Random(name)
        rows, services = benign(PEOPLE // 4, seed=9)
        hits = 0
        starts = [plant(rng, number, rows, services) for number in range(PLANTED)]
        view = view_of(rows, services, wallets=starts if name != "peel-chain" else None)
        firsts = {one.wallets[0] for one in patterns()[name].find(view, **patterns()[name].values({}))}
        hits = sum(start in firsts for start in starts)
        made[name] = wilson(hits, PLANTED)
    return made


def own(kind: int, number: int, step: int = 0) -> str:
    """A wallet of nobody in the harmless world."""
    return f"eip155:1:0x{0xF000 + kind:04x}{number:030x}{step:06x}"


def pay(rows: list[Transfer], sender: str, receiver: str, dollars: float, day: float, asset: str = USD_ASSET) -> None:
    """One more transfer."""
    cents = round(dollars * 100)
    id_ = f"eip155:1/tx:{10**9 + len(rows):064x}/tx"
    rows.append(Transfer(sender, receiver, id_, asset, str(cents * 10_000), cents * 1e4, cents / 100,
                         START_MS + round(day * 24 * HOUR), None, None))  # fmt: skip


Rows = list[Transfer]
Services = dict[str, tuple[str, str]]


def _peel(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    left, day = rng.uniform(1e4, 1e6), rng.uniform(0, 200)
    pay(rows, own(0, n, 999), own(0, n), left, day)
    for step in range(rng.randint(4, 20)):
        peel = left * rng.uniform(0.01, 0.15)
        day += rng.expovariate(1 / 0.2)
        pay(rows, own(0, n, step), own(1, n, step), peel, day)
        left -= peel + rng.uniform(0, 5)
        pay(rows, own(0, n, step), own(0, n, step + 1), left, day + 0.01)
    return own(0, n)


def _fan_out(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day = rng.uniform(0, 300)
    for step in range(rng.randint(8, 60)):
        pay(rows, own(2, n), own(3, n, step), rng.uniform(100, 9e4), day + rng.uniform(0, 0.9))
    return own(2, n)


def _fan_in(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day = rng.uniform(0, 300)
    for step in range(rng.randint(8, 60)):
        pay(rows, own(4, n, step), own(5, n), rng.uniform(100, 9e4), day + rng.uniform(0, 0.9))
    return own(5, n)


def _consolidate(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day, total = rng.uniform(0, 300), 0.0
    for step in range(rng.randint(3, 20)):
        sum_ = rng.uniform(500, 5e4)
        total += round(sum_, 2)
        pay(rows, own(6, n, step), own(7, n), sum_, day + rng.uniform(0, 1))
    pay(rows, own(7, n), own(8, n), total * rng.uniform(0.92, 0.999), day + rng.uniform(1.1, 2.5))
    return own(7, n)


def _split(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day, limit = rng.uniform(0, 300), rng.choice((1_000, 3_000, 10_000))
    for step in range(rng.randint(5, 20)):
        pay(rows, own(9, n), own(10, n, step % 4), limit * rng.uniform(0.955, 0.999), day + rng.uniform(0, 2.5))
    return own(9, n)


def _round_trip(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day, sum_, length = rng.uniform(0, 300), rng.uniform(1e3, 1e5), rng.randint(2, 5)
    for step in range(length):
        pay(rows, own(11, n, step), own(11, n, (step + 1) % length), sum_, day)
        sum_ *= rng.uniform(0.95, 0.999)
        day += rng.uniform(0.05, 1)
    return own(11, n)


def _dormant(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    day = rng.uniform(0, 60)
    pay(rows, own(12, n, 1), own(12, n), 5_000, day)
    pay(rows, own(12, n), own(12, n, 2), 4_900, day + rng.uniform(60, 300))
    return own(12, n)


def _hop(rng: random.Random, n: int, rows: Rows, services: Services) -> str:
    services[own(13, n, 1)] = ("Planted Bridge", "defi_bridge")
    day = rng.uniform(0, 300)
    pay(rows, own(13, n), own(13, n, 1), 5_000, day)
    pay(rows, own(13, n, 1), own(13, n), 4_980, day + 0.05, ETHER)
    return own(13, n)


PLANTS: dict[str, Callable[[random.Random, int, Rows, Services], str]] = {
    "chain-hop": _hop, "consolidation": _consolidate, "dormancy": _dormant, "fan-in": _fan_in, "fan-out": _fan_out,
    "peel-chain": _peel, "round-trip": _round_trip, "splitting": _split,
}  # fmt: skip


def page(rates: dict[str, dict[str, object]], found: dict[str, Figure]) -> str:
    """The page as Markdown."""
    lines = [_HEAD, "| pattern | found where nothing is wrong | planted ones found | source of the definition |",
             "|---|---|---|---|"]  # fmt: skip
    for name, pattern in patterns().items():
        rate = Figure(*(rates[name][key] for key in ("value", "low", "high", "n", "hits")))  # type: ignore[arg-type]
        planted = _shown(found[name]) if name in found else "not planted"
        lines.append(f"| {name} | {_shown(rate)} {rates[name]['unit']} | {planted} | {pattern.source} |")
    return "\n".join(lines) + _TAIL


def _shown(share: Figure) -> str:
    if share.value is None:
        return "–"
    return f"{share.value:.1%} ({share.low:.1%}–{share.high:.1%}), {share.hits} of {share.n}"


_HEAD = """\
# How often a pattern of behaviour means nothing

Written by `make eval` (`tools/eval_behaviour.py`); do not edit.

Harmless traffic: three invented worlds of 400 people each with shops, employers, savers, bots, friends who pay back,
families that pool money and a wallet program that moves to a new address with every payment
(`workbench.analysis.behaviour.benign`, seeds 1 to 3). A pattern that is found there is found by mistake. Planted ones:
40 of each kind among a hundred people, made to the published definition; some are too small or too slow for the
default parameters on purpose. Intervals are Wilson's, 95 %.
"""
_TAIL = """

How to read it: a pattern that is found at every twentieth harmless wallet says next to nothing where it is found once.
The worlds are invented, and real traffic has other shares of payrolls, savers and bots: take the rates as the order of
magnitude, not as odds. No rate here is one of real wallets: no public ledger of wallets known to be harmless was at
hand.
"""


if __name__ == "__main__":
    main()
