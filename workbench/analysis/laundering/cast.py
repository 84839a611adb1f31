"""Who takes part: people, services with their deposit addresses, routers, and the wallets thieves will use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NETWORKS = ("eip155:1", "eip155:56")
ASSETS = (
    f"{NETWORKS[0]}/erc20:0x{'a1' * 20}", f"{NETWORKS[0]}/erc20:0x{'b2' * 20}", f"{NETWORKS[1]}/erc20:0x{'c3' * 20}",
)  # fmt: skip
"""Three made-up dollars in millionths: two on one network, one on another."""
DEPOSITS = 40
"""Deposit addresses a service has."""


@dataclass
class Cast:
    """Wallets by number; the numbers are places in the sorted names."""

    names: list[str]
    owner: NDArray[np.int64]
    service: NDArray[np.int64]
    """The service whose customers' money a wallet pools."""
    operator: NDArray[np.int64]
    """The service that runs a wallet, deposit addresses included."""
    habit: NDArray[np.int64]
    people: NDArray[np.int64]
    """Wallets of nobody in particular, in order of how busy they are."""
    hot: list[int]
    deposits: list[list[int]]
    router: int
    bridges: tuple[int, int]
    """The bridge's wallet on either network."""
    fresh: list[int]
    """Unused wallets of the first network."""
    far: list[int]
    """Unused wallets of the second."""

    @classmethod
    def of(cls, rng: np.random.Generator, *, wallets: int, services: int) -> Cast:
        """Draw `wallets` people and everybody else besides."""
        spare, far = 6_000, 2_000
        near = wallets + services * (1 + DEPOSITS) + 2 + spare
        names = _names(rng, NETWORKS[0], near) + _names(rng, NETWORKS[1], far + 1)
        roles = rng.permutation(near).tolist()
        owner = np.full(len(names), -1, np.int64)
        service = np.full(len(names), -1, np.int64)
        people = np.array(roles[:wallets], np.int64)
        rest = roles[wallets:]
        hot = [rest.pop() for _ in range(services)]
        deposits = [[rest.pop() for _ in range(DEPOSITS)] for _ in range(services)]
        for number in range(services):
            service[hot[number]] = number
        router, bridge = rest.pop(), rest.pop()
        service[router], service[bridge], service[near] = services, services + 1, services + 1
        operator = service.copy()
        for number, group in enumerate(deposits):
            operator[group] = number
        habit = rng.integers(0, 3, len(names))
        return cls(names, owner, service, operator, habit, people, hot, deposits, router, (bridge, near), rest,
                   list(range(near + 1, near + 1 + far)))  # fmt: skip


def _names(rng: np.random.Generator, network: str, count: int) -> list[str]:
    """Addresses, sorted as made: the first ten digits count up with gaps, the others are drawn."""
    tail = rng.bytes(15 * count).hex()
    step = 16**10 // (count + 1)
    return [f"{network}:0x{(i + 1) * step:010x}{tail[30 * i : 30 * i + 30]}" for i in range(count)]
