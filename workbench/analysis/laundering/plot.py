"""What happens: thefts, each laundered parcel by parcel, and the traffic of everybody else."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.laundering.cast import Cast

HOUR = 3_600_000
FEE = 0.003
"""Of a swap or a bridge."""
SMALL = 10**11
"""Parcels below this many units are paid in."""
LONGEST = 14
"""Steps before a parcel is paid in whatever its size."""
MOST_WALLETS = 600
"""Wallets of his own a thief uses; what is left then is paid in."""


class Plot:
    """Collects rows; `with_benign` hands them out as columns."""

    def __init__(self, rng: np.random.Generator, cast: Cast, difficulty: str, start_ms: int, span_ms: int) -> None:
        self.rng, self.cast, self.difficulty = rng, cast, difficulty
        self.start, self.end = start_ms, start_ms + span_ms
        self.rows: list[tuple[int, int, int, int, int, int]] = []
        """Source, target, amount, asset, time, the row whose units this one hands on."""
        self.loot: dict[int, int] = {}
        self.thief: dict[int, int] = {}
        self.stolen: dict[int, int] = {}
        self.used: dict[int, int] = {}
        self.mules = [cast.fresh.pop() for _ in range(12)]
        self.known = set(range(len(cast.hot)))
        if difficulty == "hard":
            self.known = set(rng.choice(len(cast.hot), len(cast.hot) // 2, replace=False).tolist())
        if difficulty != "easy":
            for mule in self.mules:  # a mule has other money from the beginning
                self._fund(mule, int(rng.integers(1, 20)) * 10**11, 0, self.start)

    def steal(self, incident: int, units: int) -> None:
        """One theft: loot reaches the thief's wallet, and leaves it in parcels until all is paid in or held."""
        rng = self.rng
        wallet, victim = self.cast.fresh.pop(), int(rng.choice(self.cast.people[:200]))
        self.thief[incident], self.stolen[incident] = wallet, units
        self.cast.owner[wallet] = incident
        when = self.start + int(rng.integers(20, 40)) * 24 * HOUR
        self._fund(victim, units, 0, self.start)
        self.loot[self._row(victim, wallet, units, 0, when)] = incident
        todo = [(wallet, units, 0, when, 0)]
        while todo:
            parcel = todo.pop()
            todo += self._step(incident, *parcel)

    def _step(self, incident: int, wallet: int, units: int, asset: int, when: int, steps: int) -> list[Any]:
        """Move one parcel on; returns the parcels it became."""
        rng = self.rng
        when += int(rng.exponential(12 * HOUR)) + HOUR
        if when > self.end - 48 * HOUR:
            return []  # held to the end
        if steps == 0 or (steps < 3 and units > SMALL * 20):
            return self._split(incident, wallet, units, asset, when, steps, int(rng.integers(2, 6)))
        if units < SMALL or steps > LONGEST or self.used.get(incident, 0) > MOST_WALLETS:
            return self._pay_in(incident, wallet, units, asset, when)
        choice = rng.random()
        if choice < 0.35:
            return self._peel(incident, wallet, units, asset, when, steps)
        if choice < 0.50 and asset < 2:
            got = int(units * (1 - FEE))
            first = self._row(wallet, self.cast.router, units, asset, when)
            self._row(self.cast.router, wallet, got, 1 - asset, when, first)
            return [(wallet, got, 1 - asset, when, steps + 1)]
        if choice < 0.58 and asset == 0 and len(self.cast.far) > 20:
            got, there = int(units * (1 - FEE)), self._own(incident, far=True)
            first = self._row(wallet, self.cast.bridges[0], units, 0, when)
            self._row(self.cast.bridges[1], there, got, 2, when + int(rng.integers(2, 30)) * 60_000, first)
            return [(there, got, 2, when + HOUR, steps + 1)]
        if choice < 0.75 and self.difficulty != "easy" and asset == 0:
            return self._mule(incident, wallet, units, when, steps)
        if choice < 0.85 and self.difficulty != "easy":  # other money of his own joins the parcel
            extra = int(units * rng.uniform(0.1, 1.0))
            self._fund(wallet, extra, asset, when - HOUR // 2)
            units += extra
        return self._split(incident, wallet, units, asset, when, steps, int(rng.integers(1, 4)))

    def _split(
        self, incident: int, wallet: int, units: int, asset: int, when: int, steps: int, parts: int
    ) -> list[Any]:
        shares = np.diff(np.concatenate([[0], np.sort(self.rng.integers(1, units, parts - 1)), [units]])).tolist()
        made = []
        for i, share in enumerate(shares):
            if share > 0 and len(self.cast.fresh) > 100:
                there = self._own(incident, far=asset == 2)
                self._row(wallet, there, int(share), asset, when + i * 60_000)
                made.append((there, int(share), asset, when + i * 60_000, steps + 1))
        return made

    def _peel(self, incident: int, wallet: int, units: int, asset: int, when: int, steps: int) -> list[Any]:
        """A chain of wallets, each paying a little into a service and the rest to the next."""
        for _ in range(int(self.rng.integers(3, 10))):
            little = int(units * self.rng.uniform(0.03, 0.15))
            if little < 1 or len(self.cast.fresh) < 100:
                break
            self._pay_in(incident, wallet, little, asset, when)
            there = self._own(incident, far=asset == 2)
            units -= little
            self._row(wallet, there, units, asset, when + 60_000)
            wallet, when = there, when + int(self.rng.integers(1, 12)) * HOUR
            if when > self.end - 48 * HOUR:
                return []
        return [(wallet, units, asset, when, steps + 1)]

    def _mule(self, incident: int, wallet: int, units: int, when: int, steps: int) -> list[Any]:
        """Somebody else's wallet takes the parcel and pays it out again, out of whichever of his units."""
        mule, there = int(self.rng.choice(self.mules)), self._own(incident)
        self._row(wallet, mule, units, 0, when)
        later = when + int(self.rng.integers(2, 72)) * HOUR
        kept = int(units * 0.01)
        self._row(mule, there, units - kept, 0, later)
        return [(there, units - kept, 0, later, steps + 1)]

    def _pay_in(self, incident: int, wallet: int, units: int, asset: int, when: int) -> list[Any]:
        """Into a deposit address, and from there into the service's hot wallet."""
        if asset == 2 or units < 1:
            return []  # nobody takes it over there: it stays
        number = int(self.rng.integers(len(self.cast.hot)))
        address = int(self.rng.choice(self.cast.deposits[number]))
        self._row(wallet, address, units, asset, when)
        self._row(address, self.cast.hot[number], units, asset, when + int(self.rng.integers(5, 120)) * 60_000)
        return []

    def _own(self, incident: int, *, far: bool = False) -> int:
        self.used[incident] = self.used.get(incident, 0) + 1
        wallet = (self.cast.far if far and self.cast.far else self.cast.fresh).pop()
        self.cast.owner[wallet] = incident
        return wallet

    def _fund(self, wallet: int, units: int, asset: int, when: int) -> None:
        """Clean money out of a service: the beginning of everybody's balance."""
        bridge = self.cast.bridges[1]
        self._row(bridge if asset == 2 else int(self.rng.choice(self.cast.hot)), wallet, units, asset, when)

    def _row(self, source: int, target: int, units: int, asset: int, when: int, link: int = -1) -> int:
        self.rows.append((source, target, units, asset, when, link))
        return len(self.rows) - 1

    def with_benign(self, rows: int) -> tuple[NDArray[np.int64], ...]:
        """All rows as columns: source, target, amount, asset, time, order within a time, row handed on."""
        rng, cast = self.rng, self.cast
        mine = np.array(self.rows, np.int64).reshape(-1, 6)
        wallets = len(cast.people)
        count = max(rows - len(mine) - wallets, 100)
        ends = np.minimum((rng.pareto(0.9, (count, 2)) * wallets / 50).astype(np.int64), 10**15) % wallets
        source, target = cast.people[ends[:, 0]], cast.people[ends[:, 1]]
        amount = np.minimum(rng.pareto(1.1, count) * 10**8, 10**12).astype(np.int64) + 1
        when = rng.integers(self.start + HOUR, self.end, count)
        kind = rng.random(count)
        services = rng.integers(0, len(cast.hot), count)
        hot = np.array(cast.hot)
        source = np.where(kind < 0.1, hot[services], source)  # withdrawals
        pays = (kind >= 0.1) & (kind < 0.2)  # deposits, forwarded an hour later
        address = np.array(cast.deposits)[services, rng.integers(0, len(cast.deposits[0]), count)]
        target = np.where(pays, address, target)
        if self.difficulty == "hard":  # mules have customers
            busy = kind > 1 - min(0.02, 4_000 / count)
            mule = np.array(self.mules)[rng.integers(0, len(self.mules), count)]
            side = rng.random(count) < 0.5
            source, target = np.where(busy & side, mule, source), np.where(busy & ~side, mule, target)
        on = np.flatnonzero(pays)
        source = np.concatenate([source, address[on]])
        target = np.concatenate([target, hot[services[on]]])
        amount, when = np.concatenate([amount, amount[on]]), np.concatenate([when, when[on] + HOUR])
        known = len(cast.owner)
        spends = np.bincount(source, weights=amount.astype(float), minlength=known)
        spends[[w for group in cast.deposits for w in group]] = 0  # they only hand on
        spends[cast.service >= 0] = 0
        funded = np.flatnonzero(spends)  # everybody begins with what he will spend
        gift = (spends[funded] * 1.0001).astype(np.int64) + 1
        begins = rng.integers(self.start, self.start + HOUR, len(funded))
        source = np.concatenate([mine[:, 0], source, hot[rng.integers(0, len(hot), len(funded))]])
        target = np.concatenate([mine[:, 1], target, funded])
        amount, when = np.concatenate([mine[:, 2], amount, gift]), np.concatenate([mine[:, 4], when, begins])
        asset = np.zeros(len(source), np.int64)
        asset[: len(mine)] = mine[:, 3]
        link = np.full(len(source), -1, np.int64)
        link[: len(mine)] = mine[:, 5]
        return source, target, amount, asset, when, np.arange(len(source)), link

    def injects(self, count: int) -> NDArray[np.int64]:
        """For each row, the incident whose loot it is."""
        found = np.full(count, -1, np.int64)
        found[list(self.loot)] = list(self.loot.values())
        return found

    def known_stops(self) -> dict[str, str]:
        """Wallet id → service, as far as the analyst is told."""
        cast, told = self.cast, {}
        for number in sorted(self.known):
            told[cast.names[cast.hot[number]]] = f"service-{number}"
            if self.difficulty == "easy":
                told |= {cast.names[w]: f"service-{number}" for w in cast.deposits[number]}
        told[cast.names[cast.router]] = "router"
        told |= {cast.names[w]: "bridge" for w in cast.bridges}
        return told
