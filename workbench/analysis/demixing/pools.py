"""Fixed-denomination pools: which wallets they are and how much one note of each is."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.model.ledger import native_asset

ETHEREUM = "eip155:1"


@dataclass(frozen=True)
class Pool:
    """One pool of a mixer."""

    wallet: str
    asset: str
    note: int
    """Base units of one deposit."""
    name: str


TORNADO = tuple(
    Pool(f"{ETHEREUM}:{address}", native_asset(ETHEREUM), int(units * 10) * 10**17, f"Tornado Cash {units:g} ETH")
    for address, units in (
        ("0x12d66f87a04a9e220743712ce6d9bb1b5616b8fc", 0.1), ("0x47ce0c6ed5b0ce3d3a51fdb1c52dc66a7c3c2936", 1),
        ("0x910cbd523d972eb0a6f4cae4618ad62622b39dbf", 10), ("0xa160cdab225685da1d56aa342ad8841c3b53f291", 100),
    )
)  # fmt: skip
"""The four pools of ether, as Etherscan labels them (github.com/brianleect/etherscan-labels, MIT)."""
ROUTERS = tuple(
    f"{ETHEREUM}:{address}" for address in (
        "0x722122df12d4e14e13ac3b6895a86e84145b6967", "0xd90e2f925da726b50c4ed8d0fb90ad053324f31b",
        "0x905b63fff465b9ffbf41dea908ceb12478ec7601",
    )
)  # fmt: skip
"""Proxy, router and old proxy: the depositor is who paid them in the same transaction (same source)."""
