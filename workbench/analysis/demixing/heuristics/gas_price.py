"""Deposit and withdrawal were sent with the same, otherwise unused gas price."""

from collections import defaultdict
from collections.abc import Iterator

from workbench.analysis.demixing.events import Link, Mixing

TITLE = "a gas price that only these two transactions have"
SOURCE = "Wu et al. 2022, Tutela (arXiv 2201.06811): unique gas price"
WHOLE = True
ROUND = 10**8
"""A multiple of a tenth of a gwei is what wallets offer, and tells nobody apart."""


def links(mixing: Mixing) -> Iterator[Link]:
    """Prices that one deposit and one later withdrawal without a relayer have, and no other event at any pool."""
    ins: dict[int, list[int]] = defaultdict(list)
    outs: dict[int, list[int]] = defaultdict(list)
    for side, events in ((ins, mixing.deposits), (outs, mixing.withdrawals)):
        for number, event in enumerate(events):
            price = mixing.gas_price.get(event.transaction)
            if price and price % ROUND:
                side[price].append(number)
    for price, numbers in sorted(outs.items()):
        if len(numbers) != 1 or len(ins[price]) != 1:
            continue
        event, deposit = mixing.withdrawals[numbers[0]], mixing.deposits[ins[price][0]]
        if not event.relayed and deposit.pool == event.pool and deposit.time_ms < event.time_ms:
            known = f"and of {mixing.gas_known:.0%} of the pools' transactions whose price is known no other did"
            yield Link(numbers[0], deposit.wallet, f"both transactions paid {price} wei for gas, {known}")
