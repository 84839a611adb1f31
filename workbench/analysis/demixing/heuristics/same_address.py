"""The recipient had paid into the same pool itself before."""

from collections.abc import Iterator

from workbench.analysis.demixing.events import Link, Mixing

TITLE = "the same address paid in and was paid"
SOURCE = "Wu et al. 2022, Tutela (arXiv 2201.06811): address match"
WHOLE = False


def links(mixing: Mixing) -> Iterator[Link]:
    """Withdrawals whose recipient is an earlier depositor of the pool, as often as it paid in."""
    used: dict[tuple[int, int], int] = {}
    for number, event in enumerate(mixing.withdrawals):
        key = event.pool, event.wallet
        if mixing.deposited_before(*key, event.time_ms) > used.get(key, 0):
            used[key] = used.get(key, 0) + 1
            yield Link(number, event.wallet, "the recipient had paid into the same pool")
