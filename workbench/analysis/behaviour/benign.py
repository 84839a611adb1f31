"""A seeded ledger in which nobody launders anything: what a pattern finds in it, it finds by mistake.

People pay people, shops, eight exchanges and four bridges (the first of each has most customers); employers pay
salaries, some of just under a round sum; savers wait for years; collectors sweep; bots trade round the clock; friends
pay back. It is invented: real traffic has other shares of each.
"""

from __future__ import annotations

import random

from workbench.model.amounts import USD_ASSET
from workbench.model.ledger import Transfer

START_MS = 1_672_531_200_000
"""1 January 2023."""
_DAY = 86_400_000


def wallet(kind: int, number: int) -> str:
    """The id of a wallet of the invented world."""
    return f"eip155:1:0x{kind:04x}{number:036x}"


def benign(people: int = 400, *, days: int = 365, seed: int = 1) -> tuple[list[Transfer], dict[str, tuple[str, str]]]:
    """The transfers, and the wallets of the services with name and concept."""
    rng = random.Random(seed)
    rows: list[Transfer] = []

    def pay(sender: str, receiver: str, dollars: float, day: float) -> None:
        cents = max(round(dollars * 100), 1)
        rows.append(Transfer(
            sender, receiver, f"eip155:1/tx:{len(rows):064x}/tx", USD_ASSET, str(cents * 10_000), cents * 1e4,
            cents / 100, START_MS + int(day * _DAY), None, None,
        ))  # fmt: skip

    persons = [wallet(1, i) for i in range(people)]
    shops = [wallet(2, i) for i in range(max(people // 20, 2))]
    firms = [wallet(3, i) for i in range(max(people // 40, 1))]
    exchange = wallet(4, 0)
    venues = random.Random(f"venues {seed}")  # drawn apart, so that who pays what and when does not hang on it
    bridges = [wallet(4, i) for i in range(1, 5)]
    services = {exchange: ("Invented Exchange 1", "exchange")} | {
        bridge: (f"Invented Bridge {i}", "defi_bridge") for i, bridge in enumerate(bridges, 1)
    }

    def one_exchange() -> tuple[str, str]:
        return f"Invented Exchange {venues.choices(range(1, 9), [1 / k for k in range(1, 9)])[0]}", "exchange"

    def hour() -> float:
        return (min(max(rng.gauss(14, 4), 0), 23.9)) / 24

    for i, person in enumerate(persons):
        deposit = wallet(5, i)
        services[deposit] = one_exchange()
        busy = rng.paretovariate(1.2)
        saver = rng.random() < 0.15
        for _ in range(min(int(4 * busy) + 2, 250)):
            day = rng.choice((rng.uniform(0, 20), rng.uniform(days - 30, days))) if saver else rng.uniform(0, days)
            when = int(day) + hour()
            habit = rng.choices(("person", "shop", "buy", "sell", "bridge"), (5, 8, 3, 2, 1))[0]
            if habit == "person":
                pay(person, rng.choice(persons), rng.lognormvariate(4, 1), when)
            elif habit == "shop":
                pay(person, rng.choice(shops), rng.lognormvariate(3.5, 0.8), when)
            elif habit == "buy":
                pay(exchange, person, rng.choice((100, 500, 1_000, 3_000)) - rng.choice((0, 1.5)), when)
            elif habit == "sell":
                pay(person, deposit, rng.choice((200, 999, 1_000, 2_500, 9_990)), when)
            else:
                pay(person, venues.choices(bridges, (1.0, 0.5, 0.33, 0.25))[0], rng.lognormvariate(5, 1), when)
        if rng.random() < 0.2:  # a friend who pays back
            friend, sum_, day = rng.choice(persons), rng.lognormvariate(5, 1), rng.uniform(0, days - 10)
            pay(person, friend, sum_, day)
            pay(friend, person, sum_ * rng.choice((1, 1, 0.9)), day + rng.uniform(0.5, 9))
    for number, firm in enumerate(firms):
        staff = rng.sample(persons, min(people, rng.randint(5, 40)))
        pays = rng.choice((950.0, 2_000.0, 2_950.0, 4_000.0))
        for month in range(days // 30):
            pay(exchange, firm, pays * len(staff) * 1.02, 30 * month + 0.4)
            for person in staff:
                pay(firm, person, pays, 30 * month + 0.5 + rng.uniform(0, 0.1))
        pay(firm, wallet(6, number), 50, 1.5)
    for shop in shops:  # takings are swept to the exchange every week
        deposit = wallet(7, shops.index(shop))
        services[deposit] = one_exchange()
        for week in range(days // 7):
            pay(shop, deposit, rng.uniform(200, 2_000), 7 * week + 6.9)
    for i in range(max(people // 20, 1)):  # a wallet program that moves to a new address with every payment
        left = rng.uniform(2_000, 50_000)
        pay(exchange, wallet(9, 100 * i), left, 5.0)
        for step in range(rng.randint(1, 8)):
            spent = left * rng.uniform(0.01, 0.4)
            left -= spent
            day = 6 + 3 * step + rng.random()
            pay(wallet(9, 100 * i + step), rng.choice(shops), spent, day)
            pay(wallet(9, 100 * i + step), wallet(9, 100 * i + step + 1), left, day + 0.001)
    for i in range(max(people // 20, 1)):  # a family's purse: many bring, one puts it into savings
        for month in range(days // 30):
            given = [rng.uniform(20, 300) for _ in range(rng.randint(2, 12))]
            for n, dollars in enumerate(given):
                pay(rng.choice(persons), wallet(10, i), dollars, 30 * month + 3 + n / 10)
            pay(wallet(10, i), wallet(11, i), sum(given) * rng.choice((0.5, 0.95)), 30 * month + 5)
    for i in range(max(people // 50, 1)):  # bots, round the clock
        bot = wallet(8, i)
        for _ in range(300):
            day = rng.uniform(0, days)
            pay(bot, wallet(8, 1_000 + rng.randrange(5)), rng.uniform(10, 500), day)
    return rows, services
