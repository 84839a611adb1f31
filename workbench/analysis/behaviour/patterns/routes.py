"""Routes between incidents: one address of each paid the same services in the same order, in the same assets."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np

from workbench.analysis.behaviour.pattern import Finding, Parameter, View, money

TITLE = "Same route in two incidents"
SOURCE = (
    "Elliptic, September 2023, How the Lazarus Group is stepping up crypto hacks and changing its tactics (a bridge "
    "used after an earlier theft is used again, on the way to the same hands); what counts as a route is our own"
)
LIMITATION = (
    "Popular services are paid in the same order by many: `other_addresses` says how many others took the route. Only "
    "what one address paid to services that claims name is a route; value that changes hands in between is not "
    "followed. Order within one moment is the ledger's."
)
PARAMETERS = {
    "min_steps": Parameter(2, "services", "the shortest route that counts; the same one twice in a row is one step"),
    "max_steps": Parameter(6, "services", "the longest that is looked for"),
    "max_other_addresses": Parameter(10, "addresses", "taken by more strangers, it is no route of anybody's"),
}
Step = tuple[str, str]
"""Name of the service, and the asset (which has its network) that it was paid in."""
Way = tuple[Step, ...]


def find(view: View, min_steps: float, max_steps: float, max_other_addresses: float) -> list[Finding]:
    """For every two incidents the longest routes that an address of each took, with one walk of each."""
    if len(view.incidents) < 2:
        return []
    walks = _walks(view)
    least, most = max(int(min_steps), 2), int(max_steps)
    ways = {hand: _ways(steps, least, most) for hand, (steps, _) in walks.items()}
    taken = Counter(way for mine in ways.values() for way in mine)
    hands = {name: {_hand(view, w) for w in wallets} & ways.keys() for name, wallets in view.incidents.items()}
    found = []
    for one, other in combinations(sorted(view.incidents), 2):
        if not view.subject[list(view.incidents[one] | view.incidents[other])].any():
            continue
        both = hands[one] & hands[other]  # an address of both is no second hand
        left = {way: hand for hand in sorted(hands[one] - both, reverse=True) for way in ways[hand]}
        right = {way: hand for hand in sorted(hands[other] - both, reverse=True) for way in ways[hand]}
        shared = left.keys() & right.keys()
        of_both = hands[one] | hands[other]
        for way in sorted(shared, key=lambda way: (-len(way), way)):
            if any(_within(way, longer) for longer in shared if len(longer) > len(way)):
                continue
            strangers = taken[way] - sum(way in ways[hand] for hand in of_both)
            if strangers > max_other_addresses:
                continue
            rows = [*_rows(walks[left[way]], ways[left[way]][way], len(way)),
                    *_rows(walks[right[way]], ways[right[way]][way], len(way))]  # fmt: skip
            told = " → ".join(f"{name} ({asset})" for name, asset in way)
            found.append(Finding(
                view.names([int(view.ledger.source[r]) for r in rows]), tuple(rows),
                {"incidents": [one, other], "steps": len(way), "route": [list(step) for step in way],
                 "other_addresses": strangers, "value_usd": view.dollars(rows)},
                f"An address of {one} and an address of {other} paid the same services in the same order: {told}; "
                f"{money(view.dollars(rows))} in these transfers; {strangers} other addresses did so too.",
            ))  # fmt: skip
    return found


def _hand(view: View, wallet: int) -> str:
    """The address of a wallet without its network: one key has it on all."""
    return view.name(wallet).rpartition(":")[2]


def _walks(view: View) -> dict[str, tuple[list[Step], list[int]]]:
    """Address → what it paid to services in the order of time, and the row of each step; repeats in a row once."""
    ledger = view.ledger
    service = np.zeros(len(ledger.wallets), bool)
    service[list(view.services)] = True
    found: dict[str, tuple[list[Step], list[int]]] = {}
    for row in np.flatnonzero(service[ledger.target] & ~service[ledger.source]).tolist():
        steps, rows = found.setdefault(_hand(view, int(ledger.source[row])), ([], []))
        step = (view.services[int(ledger.target[row])][0], ledger.assets[ledger.asset[row]])
        if not steps or steps[-1] != step:
            steps.append(step)
            rows.append(row)
    return found


def _ways(steps: list[Step], least: int, most: int) -> dict[Way, int]:
    """Every run of steps of these lengths, with where it first begins."""
    found: dict[Way, int] = {}
    for length in range(least, min(most, len(steps)) + 1):
        for start in range(len(steps) - length + 1):
            found.setdefault(tuple(steps[start : start + length]), start)
    return found


def _within(way: Way, longer: Way) -> bool:
    return any(longer[i : i + len(way)] == way for i in range(len(longer) - len(way) + 1))


def _rows(walk: tuple[list[Step], list[int]], start: int, length: int) -> list[int]:
    return walk[1][start : start + length]
