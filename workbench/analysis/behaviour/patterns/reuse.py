"""Reuse between incidents: wallets that the thieves or launderers of two incidents both paid."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from workbench.analysis.behaviour.pattern import Finding, Parameter, View, money

TITLE = "Reuse of services and routes between incidents"
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
    """For every two incidents and every wallet that both paid, the transfers of both; own wallets in both too."""
    found = []
    ledger = view.ledger
    for one, other in combinations(sorted(view.incidents), 2):
        left, right = view.incidents[one], view.incidents[other]
        paid = {int(ledger.target[r]) for w in left for r in view.sent(w)} & {
            int(ledger.target[r]) for w in right for r in view.sent(w)
        }
        for wallet in sorted(paid | (left & right)):
            if not view.subject[[wallet, *left, *right]].any():
                continue
            rows = [r for r in view.received(wallet).tolist() if ledger.source[r] in left | right]
            others = {int(s) for s in np.unique(ledger.source[view.received(wallet)])} - left - right
            if not rows or len(others) > max_other_senders:
                continue
            name, concept = view.services.get(wallet, ("", None))
            what = f"a wallet of {name} ({concept})" if name else "a wallet that no loaded claim gives to a service"
            found.append(Finding(
                view.names([wallet, *ledger.source[rows]]), tuple(rows),
                {"incidents": [one, other], "service": name or None, "concept": concept, "other_senders": len(others),
                 "value_usd": view.dollars(rows)},
                f"{view.name(wallet)}, {what}, was paid from {one} and from {other}: {len(rows)} transfers, "
                f"{money(view.dollars(rows))}; {len(others)} other wallets paid it too.",
            ))  # fmt: skip
    return found
