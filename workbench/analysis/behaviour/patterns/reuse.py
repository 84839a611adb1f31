"""Reuse between incidents: wallets that the thieves or launderers of two incidents both paid."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np

from workbench.analysis.behaviour.pattern import Finding, Parameter, View, money

TITLE = "Reuse of wallets between incidents"
SOURCE = (
    "Elliptic, September 2023, How the Lazarus Group is stepping up crypto hacks and changing its tactics (addresses "
    "that received from two thefts); for deposit addresses: Victor 2020, Address Clustering Heuristics for Ethereum"
)
LIMITATION = (
    "A popular contract or hot wallet is paid by everybody: `other_senders` says how many others paid it. Two "
    "incidents can also share a wallet because a source put one theft into two."
)
PARAMETERS = {
    "max_other_senders": Parameter(10, "wallets", "paid by more strangers, it is no route of anybody's"),
}


def find(view: View, max_other_senders: float) -> list[Finding]:
    """For every two incidents and every wallet that both paid, the transfers of both; own wallets in both too.

    A wallet that both incidents have pays for both: what it alone paid is shared by that, and no second sign.
    """
    found = []
    ledger = view.ledger
    for one, other in combinations(sorted(view.incidents), 2):
        left, right = view.incidents[one], view.incidents[other]
        both = left & right
        paid = _paid(view, left - both) & _paid(view, right - both)
        for wallet in sorted(paid | both):
            if not view.subject[[wallet, *left, *right]].any():
                continue
            rows = [r for r in view.received(wallet).tolist() if ledger.source[r] in left | right]
            others = {int(s) for s in np.unique(ledger.source[view.received(wallet)])} - left - right
            if not rows or len(others) > max_other_senders:
                continue
            name, concept = view.services.get(wallet, ("", None))
            what = f"a wallet of {name} ({concept})" if name else "a wallet that no loaded claim gives to a service"
            sides = [label for label, side in ((one, left - both), (other, right - both))
                     if any(int(ledger.source[r]) in side for r in rows)]  # fmt: skip
            own = f", which sources give to {one} and to {other} alike," if wallet in both else ""
            by = " and from ".join(sides) if sides else "wallets that are in both"
            figures = {
                "incidents": [one, other], "paid_from": sides, "in_both": wallet in both, "service": name or None,
                "concept": concept, "other_senders": len(others), "value_usd": view.dollars(rows),
            }  # fmt: skip
            words = (
                f"{view.name(wallet)}, {what},{own} was paid from {by}: {len(rows)} transfers, "
                f"{money(view.dollars(rows))}; {len(others)} other wallets paid it too."
            )
            found.append(Finding(view.names([wallet, *ledger.source[rows]]), tuple(rows), figures, words))
    return found


def _paid(view: View, wallets: Iterable[int]) -> set[int]:
    return {int(view.ledger.target[r]) for w in wallets for r in view.sent(w)}
