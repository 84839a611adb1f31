"""A made-up mixer with known users, to measure how often each heuristic is wrong.

Users pay in one to six notes and take them out later, most of them carefully. Some reuse an address, some set their own
gas price, some send value between their two addresses, some hurry. Others do what looks the same by chance:
strangers deal with one another, pay a stranger straight out of the pool, or happen on one gas price. The shares are
round numbers, not estimates of any real mixer (after a first measurement users were made more careful: several
addresses, notes left behind); a rate measured here says how a heuristic fails, not how often it does in the world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.analysis.demixing.events import Mixing, mixing_of
from workbench.analysis.demixing.pools import ROUTERS, TORNADO
from workbench.analysis.ledger_arrays import Ledger
from workbench.model.ledger import Transfer

DAY = 86_400_000
START = 1_650_000_000_000


@dataclass(frozen=True)
class Simulated:
    """The events, and who really withdrew."""

    mixing: Mixing
    owner: dict[str, str]
    """Transaction of a withdrawal → wallet id of the depositor."""

    def right(self, withdrawal: int, depositor: int) -> bool:
        """Whether a guess is true."""
        event = self.mixing.withdrawals[withdrawal]
        return self.owner[event.transaction] == str(self.mixing.ledger.wallets[depositor])


def simulate(seed: int, users: int = 400) -> Simulated:
    """A ledger of `users`; the same seed gives the same one."""
    rng = np.random.default_rng(seed)
    asset = TORNADO[0].asset
    rows: list[Transfer] = []
    gas: dict[str, int] = {}
    owner: dict[str, str] = {}

    def wallet(kind: str, number: int) -> str:
        return f"eip155:1:0x{kind}{number:038x}"

    def pay(sender: str, receiver: str, amount: int, when: int, tx: int, index: int = 0) -> str:
        name = f"eip155:1/tx:{tx:064x}"
        rows.append(Transfer(sender, receiver, f"{name}/trace:{index}", asset, str(amount), float(amount), None, when,
                             None, None))  # fmt: skip
        return name

    number = 0
    for user in range(users):
        payer, taker = wallet("d0", user), wallet("e0", user)
        habits = rng.random(6)
        if habits[0] < 0.08:
            taker = payer
        elif habits[0] < 0.09:
            taker = wallet("d0", int(rng.integers(users)))  # pays somebody who uses the mixer too
        elif habits[0] < 0.12:
            taker = wallet("e0", int(rng.integers(users)))  # pays somebody else straight out of the pool
        own_price = int(rng.integers(20 * 10**9, 60 * 10**9)) if habits[1] < 0.15 else 0
        when = START + int(rng.integers(0, 120 * DAY))
        sizes = rng.choice(4, int(rng.integers(1, 7)) if habits[3] < 0.3 else 1).tolist()
        ready = when
        for size in sizes:
            number += 1
            ready += int(rng.exponential(DAY / 8)) + 1
            name = pay(payer, ROUTERS[1], TORNADO[size].note, ready, number)
            pay(ROUTERS[1], TORNADO[size].wallet, TORNADO[size].note, ready, number, 1)
            gas[name] = own_price or int(rng.choice([20, 25, 30, 33, 40])) * 10**9 + int(rng.integers(0, 400)) * 10**6
        second = wallet("c0", user) if rng.random() < 0.5 else taker
        for size in sizes:
            if rng.random() < 0.1:
                continue  # still in the pool
            number += 1
            ready += int(rng.exponential(DAY / 60 if habits[4] < 0.1 else 10 * DAY)) + 60_000
            fee = TORNADO[size].note // 200 if rng.random() < 0.6 else 0
            to = taker if rng.random() < 0.7 else second
            name = pay(TORNADO[size].wallet, to, TORNADO[size].note - fee, ready, number)
            if fee:
                pay(TORNADO[size].wallet, wallet("f0", int(rng.integers(5))), fee, ready, number, 1)
            gas[name] = (
                own_price
                if own_price and not fee
                else (int(rng.choice([20, 25, 30, 33, 40])) * 10**9 + int(rng.integers(0, 400)) * 10**6)
            )
            owner[name] = payer
        if habits[2] < 0.12 and taker != payer:
            number += 1
            pay(*((payer, taker) if habits[5] < 0.5 else (taker, payer)), 10**16, when - DAY, number)
    for _ in range(users // 4):  # strangers deal with one another
        number += 1
        pay(wallet("d0", int(rng.integers(users))), wallet("e0", int(rng.integers(users))), 10**17,
            START + int(rng.integers(0, 150 * DAY)), number)  # fmt: skip
    ledger = Ledger.of(rows)
    assert ledger.ids is not None
    return Simulated(mixing_of(ledger, ledger.ids.tolist(), TORNADO, gas_price=gas), owner)
