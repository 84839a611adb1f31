"""A withdrawal soon after the only deposit of that while."""

from bisect import bisect_left
from collections.abc import Iterator

from workbench.analysis.demixing.events import Link, Mixing

TITLE = "soon after the only deposit of that hour"
SOURCE = (
    "our own, narrower than matching by time in Clustering Deposit and Withdrawal Activity (arXiv 2510.09433, 2025)"
)
WHOLE = True
WINDOW_MS = 3_600_000


def links(mixing: Mixing) -> Iterator[Link]:
    """Withdrawals within an hour of one deposit in the pool, with no other deposit or withdrawal in that hour."""
    deposits = {pool: [e for e in mixing.deposits if e.pool == pool] for pool in range(len(mixing.pools))}
    for number, event in enumerate(mixing.withdrawals):
        ins, outs = mixing.by_pool[event.pool]
        first, last = bisect_left(ins, event.time_ms - WINDOW_MS), bisect_left(ins, event.time_ms)
        alone = bisect_left(outs, event.time_ms) == bisect_left(outs, event.time_ms - WINDOW_MS)
        if last - first == 1 and alone:
            deposit = deposits[event.pool][first]
            minutes = (event.time_ms - deposit.time_ms) // 60_000
            yield Link(number, deposit.wallet, f"{minutes} minutes after the only deposit of that hour")
