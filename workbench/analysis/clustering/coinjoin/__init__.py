"""CoinJoins: transactions in which strangers spend together, so that their inputs say nothing about one owner.

One file a rule, and the file is its registration: `RANK` (lower is asked first), `TITLE`, `SOURCE` (who published it),
and `fires(spend)`, which returns the figures that made it fire, or None. A rule that is wrong in one direction joins
strangers, and in the other leaves a link out: in doubt it fires.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.ledger import Spend, Utxo

MANY_INPUTS = 20
"""A transaction with at least as many inputs is asked about even where no three outputs are equal."""
Figures = dict[str, int | float | str]


@dataclass(frozen=True)
class Rule:
    """One kind of CoinJoin."""

    name: str
    title: str
    source: str
    rank: int
    fires: Callable[[Spend], Figures | None]


@dataclass(frozen=True)
class CoinJoin:
    """A transaction that a rule takes for a CoinJoin, with the figures that made it fire."""

    number: int
    transaction: str
    rule: str
    figures: Figures

    @property
    def words(self) -> str:
        """The figures in words: "pool_base_units 1000000, entrants 2"."""
        return ", ".join(f"{name} {value}" for name, value in self.figures.items())


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """Every rule in this folder, the most specific first."""
    found = []
    for info in iter_modules(__path__):
        if not info.name.startswith("_"):
            module: Any = import_module(f"{__name__}.{info.name}")
            found.append(Rule(info.name, module.TITLE, module.SOURCE, module.RANK, module.fires))
    return tuple(sorted(found, key=lambda rule: rule.rank))


def detect(spend: Spend) -> tuple[str, Figures] | None:
    """The first rule that fires, with its figures; None for a transaction of one owner, as far as can be seen."""
    if len({coin.wallet for coin in spend.inputs}) < 2:
        return None
    for rule in rules():
        if (figures := rule.fires(spend)) is not None:
            return rule.name, figures
    return None


def coinjoins(utxo: Utxo, progress: Callable[[int, int], None] | None = None) -> list[CoinJoin]:
    """Every CoinJoin of a ledger. `progress` is called with transactions asked about and to ask about."""
    asked = candidates(utxo)
    found = []
    for done, number in enumerate(asked.tolist()):
        if progress and done % 10_000 == 0:
            progress(done, len(asked))
        if fired := detect(utxo.spend(number)):
            found.append(CoinJoin(number, str(utxo.transactions[number]), *fired))
    return found


def candidates(utxo: Utxo) -> NDArray[np.int64]:
    """Transactions that any rule could fire for: at least two inputs and three equal outputs, or very many inputs."""
    count = len(utxo.transactions)
    inputs = np.bincount(utxo.inputs.transaction, minlength=count)
    out = utxo.outputs
    order = np.lexsort((out.amount, out.transaction))
    transaction, amount = out.transaction[order], out.amount[order]
    third = np.zeros(count, bool)
    if len(order) > 2:
        equal = (transaction[2:] == transaction[:-2]) & (amount[2:] == amount[:-2])
        third[transaction[2:][equal]] = True
    return np.flatnonzero((inputs >= 2) & (third | (inputs >= MANY_INPUTS)))
