"""Deposits into and withdrawals from pools, read off a ledger."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from workbench.analysis.demixing.pools import ROUTERS, Pool
from workbench.analysis.ledger_arrays import Ledger

NOBODY = -1


@dataclass(frozen=True)
class Event:
    """One note paid in or out."""

    pool: int
    wallet: int
    """Who paid in, or was paid; NOBODY: a router paid in, and who paid the router is not loaded."""
    time_ms: int
    transaction: str
    row: int
    relayed: bool = False
    """A relayer took a fee: the transaction, its gas price and its sender are not the recipient's."""


@dataclass(frozen=True)
class Link:
    """One heuristic's guess: this withdrawal may be this depositor's."""

    withdrawal: int
    depositor: int
    evidence: str


@dataclass(frozen=True)
class Mixing:
    """What heuristics look at. Wallets are indices into the ledger's."""

    ledger: Ledger
    pools: Sequence[Pool]
    deposits: Sequence[Event]
    """In the order of time, as are withdrawals."""
    withdrawals: Sequence[Event]
    gas_price: Mapping[str, int]
    """Transaction → what was paid for gas, where known."""
    services: frozenset[int]
    skipped: int = 0
    """Rows at a pool that are neither one note in nor one note out."""
    _times: dict[int, list[int]] = field(default_factory=dict)

    @cached_property
    def deposits_of(self) -> dict[tuple[int, int], list[int]]:
        """(pool, depositor) → times."""
        found: dict[tuple[int, int], list[int]] = defaultdict(list)
        for event in self.deposits:
            found[event.pool, event.wallet].append(event.time_ms)
        return found

    @cached_property
    def by_pool(self) -> dict[int, tuple[list[int], list[int]]]:
        """Pool → times of its deposits, times of its withdrawals."""
        found: dict[int, tuple[list[int], list[int]]] = {i: ([], []) for i in range(len(self.pools))}
        for side, events in enumerate((self.deposits, self.withdrawals)):
            for event in events:
                found[event.pool][side].append(event.time_ms)
        return found

    def deposited_before(self, pool: int, wallet: int, time_ms: int) -> int:
        """How many notes a wallet had paid into a pool by then."""
        return bisect_left(self.deposits_of.get((pool, wallet), []), time_ms)

    def crowd(self, withdrawal: Event) -> int:
        """The anonymity set: notes that were paid into the pool by then, each of which it can be.

        Earlier withdrawals do not make it smaller: nobody knows which notes they were (Wang et al. 2023 count the
        equal deposits too). Which of them later turn out to be whose is what heuristics guess.
        """
        return bisect_right(self.by_pool[withdrawal.pool][0], withdrawal.time_ms)

    @cached_property
    def incomplete(self) -> frozenset[int]:
        """Pools from which at some time more notes had come than are loaded as paid in: they are not loaded whole."""
        found = set()
        for pool, (ins, outs) in self.by_pool.items():
            if any(bisect_right(ins, time) < number for number, time in enumerate(outs, 1)):
                found.add(pool)
        return frozenset(found)

    @cached_property
    def gas_known(self) -> float:
        """The share of the pools' events whose price of gas is known; 0 where there is none."""
        events = [*self.deposits, *self.withdrawals]
        return sum(event.transaction in self.gas_price for event in events) / max(len(events), 1)


def mixing_of(
    ledger: Ledger, ids: Sequence[str], pools: Sequence[Pool], *, routers: Collection[str] = ROUTERS,
    gas_price: Mapping[str, int] | None = None, services: Collection[str] = (),
) -> Mixing:  # fmt: skip
    """Read deposits and withdrawals; `ids` are the transfer ids of all rows ("" where nobody needs them)."""
    at = ledger.indices_of([*(pool.wallet for pool in pools), *routers, *services])
    number = {at[pool.wallet]: i for i, pool in enumerate(pools) if pool.wallet in at}
    codes = {name: code for code, name in enumerate(ledger.assets)}
    passing = {at[router] for router in routers if router in at}
    into = np.isin(ledger.target, list(number))
    out = np.isin(ledger.source, list(number))
    near = into | out | np.isin(ledger.target, list(passing))
    by_transaction: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(near).tolist():
        by_transaction[str(ids[row]).rpartition("/")[0]].append(row)
    deposits, withdrawals, skipped = [], [], 0
    for transaction, rows in by_transaction.items():
        paid: dict[int, list[int]] = defaultdict(list)
        for row in rows:
            sender, receiver, amount = int(ledger.source[row]), int(ledger.target[row]), int(ledger.amount[row])
            when = int(ledger.time_ms[row])
            if receiver in number:
                pool = pools[number[receiver]]
                if amount != pool.note or int(ledger.asset[row]) != codes.get(pool.asset):
                    skipped += 1
                    continue
                if sender in passing:
                    before = [r for r in rows if ledger.target[r] == sender and ledger.amount[r] == amount]
                    sender = int(ledger.source[before[0]]) if before else NOBODY
                deposits.append(Event(number[receiver], sender, when, transaction, row))
            elif sender in number:
                paid[sender].append(row)
        for sender, outs in paid.items():
            pool = pools[number[sender]]
            outs = [r for r in outs if int(ledger.asset[r]) == codes.get(pool.asset)]
            if sum(int(ledger.amount[r]) for r in outs) != pool.note:
                skipped += len(outs)
                continue
            main = max(outs, key=lambda r: (int(ledger.amount[r]), -r))
            withdrawals.append(Event(number[sender], int(ledger.target[main]), int(ledger.time_ms[main]), transaction,
                                     main, len(outs) > 1))  # fmt: skip
    return Mixing(
        ledger, pools, sorted(deposits, key=_order), sorted(withdrawals, key=_order), gas_price or {},
        frozenset({at[name] for name in services if name in at} | set(number) | passing), skipped,
    )  # fmt: skip


def _order(event: Event) -> tuple[int, int]:
    return event.time_ms, event.row
