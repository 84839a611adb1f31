"""JoinMarket: as many equal outputs as half of all, and inputs that so many people could have paid from."""

from __future__ import annotations

from workbench.analysis.clustering.coinjoin import Figures
from workbench.analysis.clustering.coinjoin._funding import addresses_are_fresh, by_address, fundable, most_equal
from workbench.analysis.clustering.ledger import Spend

TITLE = "JoinMarket"
SOURCE = "Goldfeder et al. 2018, as in BlockSci (is_coinjoin, with the subset matching of is_coinjoin_extra)"
RANK = 40
LEAST_PARTICIPANTS = 3
"""Two equal outputs are a coincidence too often (GraphSense gives such a pair a confidence of 20 in 100)."""
FEE_SHARE, LEAST_FEE = 0.01, 10_000
"""A maker may get that much more than it put in: a hundredth of the amount, or 10,000 satoshis."""


def fires(spend: Spend) -> Figures | None:
    """Each participant has one equal output and at most one change, and addresses that pay for both."""
    participants = (len(spend.outputs) + 1) // 2
    amount, equal = most_equal(spend.outputs)
    values = by_address(spend.inputs)
    if equal != participants or not LEAST_PARTICIPANTS <= participants <= len(values):
        return None
    if spend.network != "btc" or not addresses_are_fresh(spend):
        return None
    fee = max(LEAST_FEE, int(amount * FEE_SHARE))
    change = [coin.amount for coin in spend.outputs if coin.amount != amount]
    goals = [amount + extra - fee for extra in [*change, *[0] * (participants - len(change))]]
    # where the fee could be all there is, there is nothing to match, and nothing is found
    paid = fundable(list(values.values()), goals) if any(goal > 0 for goal in goals) else None
    if paid is False:
        return None
    return {
        "amount_base_units": amount, "participants": participants, "input_addresses": len(values),
        "change_outputs": len(change), "subset_match": "found" if paid else "not decided within bounds",
    }  # fmt: skip
