"""Any other transaction that looks as if strangers had paid in equal shares; on every UTXO network."""

from __future__ import annotations

from workbench.analysis.clustering.coinjoin import Figures
from workbench.analysis.clustering.coinjoin._funding import addresses_are_fresh, by_address, fundable, most_equal
from workbench.analysis.clustering.ledger import Spend

TITLE = "Equal outputs"
SOURCE = "Schnoering and Vazirgiannis 2023 (their rule for JoinMarket, the widest), made narrower as the code says"
RANK = 90
LEAST_EQUAL = 3
MOST_INPUTS = 10
"""Addresses a participant brings, at most (Wasabi's own limit): many more into few outputs is a consolidation."""
REMIX_FEE = 110_000
"""An input that brings the amount and at most this much more is one that mixes again."""


def fires(spend: Spend) -> Figures | None:
    """Half of the outputs are equal, to addresses never used here, and each could have been paid by others.

    One other output beside the equal ones is a payer's change, unless the inputs come in equal amounts too.
    """
    amount, equal = most_equal(spend.outputs)
    values = by_address(spend.inputs)
    others = len(spend.outputs) - equal
    if not LEAST_EQUAL <= equal <= len(values) <= MOST_INPUTS * equal or 2 * equal < len(spend.outputs) - 1:
        return None
    remixed = sum(1 for value in values.values() if amount <= value <= amount + REMIX_FEE)
    if (others == 1 and remixed < equal - 1) or not addresses_are_fresh(spend):
        return None
    paid = fundable(list(values.values()), [amount] * equal)
    if paid is False:
        return None
    return {
        "amount_base_units": amount, "equal_outputs": equal, "other_outputs": others, "input_addresses": len(values),
        "subset_match": "found" if paid else "not decided within bounds",
    }  # fmt: skip
