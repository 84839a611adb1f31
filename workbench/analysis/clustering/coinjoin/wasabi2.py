"""Wasabi 2 (WabiSabi): large rounds, most outputs of standard amounts, both sides in falling order."""

from __future__ import annotations

from itertools import pairwise

from workbench.analysis.clustering.coinjoin import Figures
from workbench.analysis.clustering.ledger import Spend

TITLE = "Wasabi 2 (WabiSabi)"
SOURCE = "Dumplings (Wasabi's own scanner), as ported to BlockSci; Schnoering and Vazirgiannis 2023"
RANK = 20
LEAST_INPUTS = 50
STANDARD_SHARE = 0.8
FIRST_BLOCK = 741_213
LEAST, MOST = 5_000, 134_375_000_000


def standard_amounts() -> frozenset[int]:
    """The amounts wallets choose from: 2^n, 3^n, 2·3^n, 1, 2 and 5·10^n, from 5,000 to 1,343.75 BTC."""
    made = {LEAST, MOST}
    for base, factor in ((2, 1), (3, 1), (3, 2), (10, 1), (10, 2), (10, 5)):
        amount = factor
        while amount <= MOST:
            made.add(amount)
            amount *= base
    return frozenset(amount for amount in made if LEAST <= amount <= MOST)


STANDARD = standard_amounts()


def fires(spend: Spend) -> Figures | None:
    """At least 50 inputs, all native SegWit or Taproot, sorted, and more than four outputs in five are standard."""
    if spend.network != "btc" or len(spend.inputs) < LEAST_INPUTS or 0 <= spend.block < FIRST_BLOCK:
        return None
    for side in (spend.inputs, spend.outputs):
        if not all(coin.wallet.rpartition(":")[2].startswith("bc1") for coin in side):
            return None
        if any(before.amount < after.amount for before, after in pairwise(side)):
            return None
    standard = sum(1 for coin in spend.outputs if coin.amount in STANDARD)
    if standard <= STANDARD_SHARE * len(spend.outputs):
        return None
    return {"inputs": len(spend.inputs), "outputs": len(spend.outputs), "standard_outputs": standard}
