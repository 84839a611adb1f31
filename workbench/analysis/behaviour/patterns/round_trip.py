"""Round trips: value that comes back to where it started, by way of others."""

from __future__ import annotations

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, money

TITLE = "Round trip"
SOURCE = "IBM AMLSim, Alert Model (github.com/IBM/AMLSim/wiki: cycle, in which nine tenths of what came are passed on)"
LIMITATION = (
    "Loans paid back and goods returned look the same. Trips through a service are not followed: behind it nobody "
    "can tell whose value comes back. At most 20,000 transfers are looked at for one wallet."
)
PARAMETERS = {
    "max_hops": Parameter(4, "transfers", "the longest way round"),
    "min_share": Parameter(0.8, "share of what left", "what each transfer on, and the return, carries at least"),
    "max_hours": Parameter(168, "hours", "from leaving to returning"),
}
_MOST = 20_000


def find(view: View, max_hops: float, min_share: float, max_hours: float) -> list[Finding]:
    """For every transfer out the shortest way back in the order of time, in one asset, none carrying more than left.

    A transfer that came back is the return of one that left: it closes one trip.
    """
    found = []
    for wallet in view.private():
        budget = [_MOST]
        used: set[int] = set()
        for first in view.sent(wallet).tolist():
            rows = _way_back(view, wallet, first, int(max_hops), min_share, max_hours * HOUR_MS, budget, used)
            if rows:
                used.add(rows[-1])
                ends = [wallet, *(int(view.ledger.target[r]) for r in rows[:-1])]
                found.append(Finding(
                    view.names(ends), tuple(rows),
                    {"hops": len(rows), "hours": view.hours(rows), "left_usd": view.dollars(rows[:1]),
                     "returned_usd": view.dollars(rows[-1:])},
                    f"{money(view.dollars(rows[:1]))} left {view.name(wallet)} and {money(view.dollars(rows[-1:]))} "
                    f"came back after {len(rows)} transfers and {view.hours(rows):.1f} hours.",
                ))  # fmt: skip
    return found


def _way_back(
    view: View,
    wallet: int,
    first: int,
    most: int,
    share: float,
    within: float,
    budget: list[int],
    used: set[int],
) -> list[int]:
    ledger = view.ledger
    least = share * int(ledger.amount[first])
    until = ledger.time_ms[first] + within
    ways = [[first]]
    seen = {int(ledger.target[first])}
    for _ in range(most - 1):
        longer = []
        for way in ways:
            here = int(ledger.target[way[-1]])
            if here in view.services:
                continue
            for row in view.sent(here).tolist():
                budget[0] -= 1
                if budget[0] < 0:
                    return []
                if (
                    row <= way[-1] or ledger.time_ms[row] > until or ledger.asset[row] != ledger.asset[first]
                    or not least <= int(ledger.amount[row]) <= int(ledger.amount[first])
                ):  # fmt: skip
                    continue
                there = int(ledger.target[row])
                if there == wallet:
                    if row in used:
                        continue
                    return [*way, row]
                if there not in seen:
                    seen.add(there)
                    longer.append([*way, row])
        ways = longer
    return []
