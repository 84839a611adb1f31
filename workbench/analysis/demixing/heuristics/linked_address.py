"""Depositor and recipient dealt with one another outside the mixer."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from workbench.analysis.demixing.events import Link, Mixing

TITLE = "a transfer between depositor and recipient outside the mixer"
SOURCE = "Wu et al. 2022, Tutela (arXiv 2201.06811): linked address"
WHOLE = False
BUSY = 30
"""An address that dealt with more others than this serves many, and a transfer with it tells little."""


def links(mixing: Mixing) -> Iterator[Link]:
    """Withdrawals whose recipient and an earlier depositor of the pool sent one another anything; no service, nobody
    busy."""
    ledger = mixing.ledger
    payers = {event.wallet for event in mixing.deposits}
    paid = {event.wallet for event in mixing.withdrawals}
    rows = np.flatnonzero(
        (np.isin(ledger.source, list(payers)) & np.isin(ledger.target, list(paid)))
        | (np.isin(ledger.source, list(paid)) & np.isin(ledger.target, list(payers)))
    )
    pairs = np.unique(np.stack([ledger.source, ledger.target], axis=1), axis=0) if len(rows) else np.empty((0, 2), int)
    others = np.bincount(pairs.reshape(-1), minlength=len(ledger.wallets))
    friends: dict[int, set[int]] = defaultdict(set)
    rows = rows[(ledger.amount[rows] != 0).astype(bool)]  # anybody can make a transfer of nothing in another's name
    for source, target in zip(ledger.source[rows].tolist(), ledger.target[rows].tolist(), strict=True):
        if source != target and not {source, target} & mixing.services and max(others[source], others[target]) <= BUSY:
            friends[source].add(target)
            friends[target].add(source)
    for number, event in enumerate(mixing.withdrawals):
        for other in sorted(friends.get(event.wallet, ())):
            if mixing.deposited_before(event.pool, other, event.time_ms):
                yield Link(number, other, "they sent one another value outside the mixer")
