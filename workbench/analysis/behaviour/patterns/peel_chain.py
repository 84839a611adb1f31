"""Peel chains: from wallet to wallet the bulk moves on, and a small part is peeled off."""

from __future__ import annotations

import numpy as np

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, money

TITLE = "Peel chain"
SOURCE = (
    "Meiklejohn et al. 2013, A Fistful of Bitcoins, section 5 (peeling chains), carried over to accounts: the bulk of "
    "what arrived leaves in one transfer, and a small part in others"
)
LIMITATION = (
    "Ordinary spending from a wallet with change makes the same chain, and so do a service's internal wallets that no "
    "claim names. Wallets with more than 1,000 transfers one way are left out."
)
PARAMETERS = {
    "min_steps": Parameter(3, "wallets", "the shortest chain that counts"),
    "max_peel": Parameter(0.3, "share of what arrived", "the most that may be peeled off at a step"),
    "min_peel": Parameter(0.002, "share of what arrived", "less is a fee, and no peel"),
    "max_hours": Parameter(168, "hours", "from arrival to the transfers on"),
}


def find(view: View, min_steps: float, max_peel: float, min_peel: float, max_hours: float) -> list[Finding]:
    """The longest chains; an arrival is a step of one chain only, and the one that begins it is no part of it."""
    steps: dict[int, tuple[int, list[int]]] = {}
    ledger = view.ledger
    for wallet in view.quiet():
        sent = view.sent(wallet)
        times = ledger.time_ms[sent]
        for row in view.received(wallet).tolist():
            arrived, asset, time = int(ledger.amount[row]), ledger.asset[row], ledger.time_ms[row]
            first, last = np.searchsorted(times, (time, time + max_hours * HOUR_MS + 1))
            later = [r for r in sent[first:last].tolist() if ledger.asset[r] == asset and r > row]
            if len(later) < 2:
                continue
            onward = max(later, key=lambda r: (int(ledger.amount[r]), -r))
            peels = [r for r in later if r != onward and ledger.target[r] != ledger.target[onward]]
            peeled = sum(int(ledger.amount[r]) for r in peels)
            kept = int(ledger.amount[onward])
            if (
                kept < arrived
                and kept >= (1 - max_peel) * arrived
                and min_peel * arrived <= peeled <= max_peel * arrived
            ):
                steps[row] = (onward, peels)
    return _chains(view, steps, int(min_steps))


def _chains(view: View, steps: dict[int, tuple[int, list[int]]], least: int) -> list[Finding]:
    onward = {row for row, _ in steps.values()}
    used: set[int] = set()
    found = []
    for start in sorted(steps.keys() - onward):
        row, chain, peels = start, [], []
        while row in steps and row not in used:
            used.add(row)
            chain.append(row)
            peels += steps[row][1]
            row = steps[row][0]
        if len(chain) < least:
            continue
        bulk = [steps[r][0] for r in chain]
        wallets = [view.ledger.target[r] for r in chain]
        share = sum(int(view.ledger.amount[r]) for r in peels) / max(int(view.ledger.amount[start]), 1)
        found.append(Finding(
            view.names([*wallets, view.ledger.target[bulk[-1]]]), tuple(sorted({*bulk, *peels})),
            {"steps": len(chain), "peels": len(peels), "peeled_share": share, "peeled_usd": view.dollars(peels),
             "hours": view.hours([*bulk, *peels])},
            f"Over {len(chain)} wallets from {view.name(wallets[0])} the bulk moved on and {len(peels)} smaller "
            f"transfers of together {money(view.dollars(peels))} left it ({share:.1%} of what the first received).",
        ))  # fmt: skip
    return found
