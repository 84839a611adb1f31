"""Wasabi 1 (ZeroLink): at least ten equal outputs of 0.1 BTC, or in the early rounds its coordinator's address."""

from __future__ import annotations

from workbench.analysis.clustering.coinjoin import Figures
from workbench.analysis.clustering.coinjoin._funding import most_equal
from workbench.analysis.clustering.ledger import Spend

TITLE = "Wasabi 1 (ZeroLink)"
SOURCE = "Dumplings (Wasabi's own scanner), as ported to BlockSci; Stütz et al. 2022"
RANK = 30
FIRST_BLOCK = 530_500
COORDINATORS = frozenset({"bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew", "bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw"})
"""Addresses that took the fee until block 610,000."""
LEAST_EQUAL = 10
LEAST_EQUAL_WITH_COORDINATOR = 3
LEAST, MOST = 8_000_000, 12_000_000
"""0.1 BTC ± 0.02."""


def fires(spend: Spend) -> Figures | None:
    """The equal outputs are not more than the inputs, and at least two others are change and fee."""
    if spend.network != "btc" or 0 <= spend.block < FIRST_BLOCK:
        return None
    amount, equal = most_equal(spend.outputs)
    addresses = [coin.wallet.rpartition(":")[2] for coin in spend.outputs]
    if equal >= LEAST_EQUAL_WITH_COORDINATOR and COORDINATORS.intersection(addresses):
        return {"amount_base_units": amount, "equal_outputs": equal, "coordinator": "known address"}
    counts: dict[int, int] = {}
    for coin in spend.outputs:
        counts[coin.amount] = counts.get(coin.amount, 0) + 1
    single = sum(1 for count in counts.values() if count == 1)
    if not LEAST <= amount <= MOST or equal < LEAST_EQUAL or len(spend.inputs) < equal or single < 2:
        return None
    if not all(address.startswith("bc1q") for address in addresses):
        return None
    return {"amount_base_units": amount, "equal_outputs": equal, "inputs": len(spend.inputs), "single_outputs": single}
