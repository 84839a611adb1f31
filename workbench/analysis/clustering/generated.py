"""Seeded ledgers with known owners, to measure heuristics on: coins with change and CoinJoins, accounts with deposits.

What people do in them is invented, within what the literature describes; the shares are stated and can be changed. A
heuristic that is right here may be wrong elsewhere: the figures are for these ledgers.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field

from workbench.analysis.clustering.evidence import OwnerClaim
from workbench.analysis.clustering.ledger import Coin, Spend
from workbench.model.ledger import Transfer

BTC = "bip122:000000000019d6689c085ae165831e93"
ETH = "eip155:1"
_START_MS = 1_600_000_000_000
_STEP_MS = 600_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class Habits:
    """How people pay, as shares of what they do."""

    shop_reuses: float = 0.9
    """A shop or service takes payments at an address it has used before."""
    person_reuses: float = 0.15
    """A person does."""
    change_reuses: float = 0.08
    """Change goes to an older address of the payer that does not spend here."""
    change_to_self: float = 0.07
    """Change goes back to an address it came from."""
    no_change: float = 0.08
    two_payees: float = 0.07
    coinjoin: float = 0.03
    payjoin: float = 0.005
    """The payee puts in a coin too: no rule can see it."""


@dataclass
class _Owner:
    name: str
    shop: bool
    coins: list[Coin] = field(default_factory=list)
    used: list[str] = field(default_factory=list)


class Coins:
    """A UTXO ledger: people and shops, `spends` in order, and the owner of every address in `owners`."""

    def __init__(self, seed: int, *, people: int = 200, payments: int = 2_000, habits: Habits | None = None) -> None:
        self._random = random.Random(seed)
        self._habits = habits or Habits()
        self.owners: dict[str, str] = {}
        self.spends: list[Spend] = []
        self.coinjoins: set[str] = set()
        everyone = [_Owner(f"o{i:05d}", shop=i % 8 == 0) for i in range(people)]
        for owner in everyone:
            for _ in range(self._random.randint(2, 6)):
                coin = Coin(self._address(owner, 0), self._amount())
                self._add((), (coin,), [owner])
        while len(self.spends) < payments + 4 * people:
            if self._random.random() < self._habits.coinjoin:
                self._mix(everyone)
            else:
                self._pay(everyone)

    def _amount(self) -> int:
        return int(10 ** self._random.uniform(5.5, 8.5))

    def _address(self, owner: _Owner, reuse: float) -> str:
        if owner.used and self._random.random() < reuse:
            return self._random.choice(owner.used)
        made = f"{BTC}:a{self._random.getrandbits(64):016x}"
        owner.used.append(made)
        self.owners[made] = owner.name
        return made

    def _add(self, inputs: tuple[Coin, ...], outputs: tuple[Coin, ...], paid: list[_Owner]) -> Spend:
        number = len(self.spends)
        spend = Spend(
            f"{BTC}/tx:{number:064x}", "btc", inputs, outputs, _START_MS + number * _STEP_MS, 600_000 + number
        )
        for coin, owner in zip(outputs, paid, strict=True):
            owner.coins.append(coin)
        self.spends.append(spend)
        return spend

    def _take(self, owner: _Owner, least: int) -> list[Coin]:
        """Coins of at least that much, picked at random as wallets do, or none."""
        self._random.shuffle(owner.coins)
        taken: list[Coin] = []
        while owner.coins and sum(coin.amount for coin in taken) < least:
            taken.append(owner.coins.pop())
        if sum(coin.amount for coin in taken) >= least:
            return taken
        owner.coins += taken
        return []

    def _pay(self, everyone: list[_Owner]) -> None:
        habits, rng = self._habits, self._random
        payer, *payees = rng.sample(everyone, 3 if rng.random() < habits.two_payees else 2)
        amounts = [self._amount() for _ in payees]
        fee = rng.randint(500, 5_000)
        coins = self._take(payer, sum(amounts) + fee)
        if not coins:
            return
        out = [
            (Coin(self._address(payee, habits.shop_reuses if payee.shop else habits.person_reuses), amount), payee)
            for payee, amount in zip(payees, amounts, strict=True)
        ]
        if rng.random() < habits.payjoin and payees[0].coins:
            coins.append(payees[0].coins.pop())
        change = sum(coin.amount for coin in coins) - sum(amounts) - fee
        kind = rng.random()
        if change > 1_000 and kind > habits.no_change:
            spent = {coin.wallet for coin in coins}
            older = [address for address in payer.used if address not in spent]
            if kind < habits.no_change + habits.change_to_self:
                address = coins[0].wallet
            elif kind < habits.no_change + habits.change_to_self + habits.change_reuses and older:
                address = rng.choice(older)
            else:
                address = self._address(payer, 0)
            out.append((Coin(address, change), payer))
        rng.shuffle(out)
        self._add(tuple(coins), tuple(coin for coin, _ in out), [owner for _, owner in out])

    def _mix(self, everyone: list[_Owner]) -> None:
        """A CoinJoin of the kind that JoinMarket makes, or one with some participants without change."""
        rng = self._random
        amount, inputs, out = self._amount(), [], []
        for owner in rng.sample(everyone, min(len(everyone), rng.randint(4, 12))):
            if owner.shop or not (coins := self._take(owner, amount + 5_000)):
                continue
            inputs += coins
            change = sum(coin.amount for coin in coins) - amount - rng.randint(500, 4_000)
            out.append((Coin(self._address(owner, 0), amount), owner))
            if change > 1_000:
                out.append((Coin(self._address(owner, 0), change), owner))
        if not inputs:
            return
        rng.shuffle(inputs)
        rng.shuffle(out)
        spend = self._add(tuple(inputs), tuple(coin for coin, _ in out), [owner for _, owner in out])
        if len({self.owners[coin.wallet] for coin in inputs}) > 1:
            self.coinjoins.add(spend.id)


@dataclass(frozen=True)
class Dealings:
    """How customers use an exchange, as shares of deposits or customers."""

    stranger_pays: float = 0.1
    """Somebody else pays straight into the customer's deposit address: a buyer, an employer, a friend."""
    late: float = 0.05
    """The exchange collects only after days."""
    new_address: float = 0.0
    """A customer is given a second deposit address at an exchange, and uses both."""
    own_wallet: float = 0.05
    """What looks like a deposit address is a customer's own wallet, which also pays others."""


class Accounts:
    """An account ledger: customers with one to four accounts, who pay into deposit addresses of exchanges."""

    def __init__(
        self, seed: int, *, customers: int = 300, exchanges: int = 3, dealings: Dealings | None = None
    ) -> None:
        rng = random.Random(seed)
        habits = dealings or Dealings()
        self.owners: dict[str, str] = {}
        self.transfers: list[Transfer] = []
        self.claims: list[OwnerClaim] = []
        asset = f"{ETH}/slip44:native"

        def account(owner: str) -> str:
            made = f"{ETH}:0x{rng.getrandbits(160):040x}"
            self.owners[made] = owner
            return made

        def move(source: str, target: str, amount: int, hours: float) -> None:
            time = _START_MS + int(hours * _HOUR_MS)
            id_ = f"{ETH}/tx:{len(self.transfers):064x}/tx"
            self.transfers.append(
                Transfer(source, target, id_, asset, str(amount), float(amount), None, time, None, None)
            )

        hot: dict[int, str] = {}
        for i in range(exchanges):
            hot[i] = account(f"exchange{i}")
            self.claims.append(
                OwnerClaim(
                    hot[i], f"exchange{i}", f"Exchange {i}", "Service", "exchange", 90, "hot_wallet", "generated"
                )
            )
        accounts = {f"c{i:05d}": [account(f"c{i:05d}") for _ in range(rng.randint(1, 4))] for i in range(customers)}
        spare: dict[str, list[str]] = defaultdict(list)
        for customer, mine in accounts.items():
            for exchange in rng.sample(sorted(hot), rng.randint(1, 2)):
                own = rng.random() < habits.own_wallet
                deposit = account(customer if own else f"exchange{exchange}")
                hours = rng.uniform(0, 5_000)
                second = account(f"exchange{exchange}") if self._turns(rng, habits) else deposit
                for _ in range(rng.randint(1, 6)):
                    into = deposit if second == deposit else rng.choice((deposit, second))
                    payer = rng.choice(mine)
                    if rng.random() < habits.stranger_pays:
                        payer = rng.choice(accounts[rng.choice(sorted(accounts))])
                    amount = int(10 ** rng.uniform(6, 9))
                    move(payer, into, amount, hours)
                    hours += rng.uniform(0.1, 10) if rng.random() > habits.late else rng.uniform(48, 100)
                    move(into, hot[exchange], amount - rng.randint(21, min(amount // 200, 4_200)), hours)
                    hours += rng.uniform(1, 500)
                if own:
                    spare[customer].append(deposit)
        for wallets in spare.values():
            for wallet in wallets:
                move(rng.choice(accounts[rng.choice(sorted(accounts))]), wallet, 1_000_000, 9_000)
                move(wallet, rng.choice(accounts[rng.choice(sorted(accounts))]), 900_000, 9_001)

    @staticmethod
    def _turns(rng: random.Random, habits: Dealings) -> bool:
        """Whether a customer has a second address; draws nothing where nobody has, so that other ledgers stay."""
        return habits.new_address > 0 and rng.random() < habits.new_address
