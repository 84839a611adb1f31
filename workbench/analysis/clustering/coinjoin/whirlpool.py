"""Whirlpool (Samourai Wallet): all outputs equal one pool's amount, as many inputs as outputs."""

from __future__ import annotations

from workbench.analysis.clustering.coinjoin import Figures
from workbench.analysis.clustering.coinjoin._funding import addresses_are_fresh
from workbench.analysis.clustering.ledger import Spend

TITLE = "Whirlpool"
SOURCE = "Stütz et al. 2022; Schnoering and Vazirgiannis 2023; sizes of later rounds and the fee limit as in Dumplings"
RANK = 10
POOLS = (100_000, 1_000_000, 5_000_000, 50_000_000)
"""Satoshis: 0.001, 0.01, 0.05 and 0.5 BTC."""
SIZES = range(5, 11)
"""Inputs, and outputs: five at first, more in later rounds."""
MOST_FEE = 110_000
"""What a new entrant brings above the pool's amount, for the miner, at most."""


def fires(spend: Spend) -> Figures | None:
    """At least one remixes (brings exactly the amount), at least one is new and pays the fee."""
    amounts = {coin.amount for coin in spend.outputs}
    if spend.network != "btc" or len(amounts) != 1 or len(spend.outputs) not in SIZES:
        return None
    pool = amounts.pop()
    if pool not in POOLS or len(spend.inputs) != len(spend.outputs) or not addresses_are_fresh(spend):
        return None
    if len({coin.wallet for coin in spend.inputs}) != len(spend.inputs):
        return None
    above = [coin.amount - pool for coin in spend.inputs]
    entrants = sum(1 for fee in above if fee > 0)
    if min(above) < 0 or max(above) > MOST_FEE or not 0 < entrants < len(above):
        return None
    return {"pool_base_units": pool, "participants": len(above), "entrants": entrants}
