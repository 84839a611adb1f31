"""What a pattern is, what it finds, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.projection import Ledger
from workbench.errors import ParameterError, UnknownNameError, nearest_hint

Array = NDArray[Any]
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BUSY = 1_000
MIDNIGHTS = 0.1
"""A share that no clock makes: a program that acts every hour is there in one of 24."""


@dataclass(frozen=True)
class Parameter:
    """A number a pattern goes by."""

    default: float
    unit: str
    doc: str


@dataclass(frozen=True)
class Finding:
    """One place where a pattern was found."""

    wallets: tuple[str, ...]
    """The wallet it is about first, then the others."""
    rows: tuple[int, ...]
    """Rows of the ledger behind it, in the order of the story."""
    figures: Mapping[str, Any]
    """Measures with their units in their names."""
    words: str


@dataclass(frozen=True)
class Pattern:
    """A pattern, as its file describes it."""

    name: str
    title: str
    source: str
    limitation: str
    parameters: Mapping[str, Parameter]
    find: Callable[..., list[Finding]]

    def values(self, given: Mapping[str, float]) -> dict[str, float]:
        """The parameters with their defaults; raises ParameterError for one that the pattern does not have."""
        for name in given:
            if name not in self.parameters:
                raise ParameterError(f"{self.name} has no parameter {name!r}", hint=nearest_hint(name, self.parameters))
            if not given[name] >= 0:
                raise ParameterError(f"{self.name}.{name} is {given[name]}", hint="A number, 0 or more.")
        return {name: given.get(name, parameter.default) for name, parameter in self.parameters.items()}


def patterns() -> dict[str, Pattern]:
    """Every pattern by name, in the order of the names."""
    from workbench.analysis.behaviour import patterns as folder

    found = {}
    for info in iter_modules(folder.__path__):
        module = import_module(f"{folder.__name__}.{info.name}")
        name = info.name.replace("_", "-")
        found[name] = Pattern(
            name, module.TITLE, module.SOURCE, module.LIMITATION, module.PARAMETERS, module.find
        )  # fmt: skip
    return dict(sorted(found.items()))


def chosen(names: Iterable[str] | None) -> list[Pattern]:
    """The patterns of some names, or all; raises UnknownNameError."""
    known = patterns()
    if names is None:
        return list(known.values())
    for name in names:
        if name not in known:
            raise UnknownNameError("pattern", name, known)
    return [known[name] for name in names]


@dataclass(frozen=True, eq=False)
class View:
    """A ledger, seen from some wallets: transfers of nothing, to oneself and without a time are not in it."""

    ledger: Ledger
    usd: Array
    """Dollars at the time of each transfer, NaN where unknown."""
    subject: Array
    """Whether each wallet is one that is asked about."""
    services: Mapping[int, tuple[str, str | None]] = field(default_factory=dict)
    """Wallet → name and concept of the service that a claim gives it to."""
    incidents: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Incident → wallets of its thieves and launderers."""
    transaction: Array | None = None
    """Of rows that are parts of a UTXO transaction its id, else None; see `exposure.utxo`."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """What is not in it, and how many."""

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        usd: Array | None = None,
        *,
        wallets: Iterable[str] | None = None,
        services: Mapping[str, tuple[str, str | None]] | None = None,
        incidents: Mapping[str, Iterable[str]] | None = None,
        transaction: Array | None = None,
        left_out: Mapping[str, int] | None = None,
    ) -> View:
        """A view of a ledger in the order of time; of all wallets where none are named."""
        worth = np.full(len(ledger), np.nan) if usd is None else usd
        oneself, nothing = ledger.source == ledger.target, (ledger.amount == 0).astype(bool)
        undated = ledger.time_ms < 0
        keep = ~(oneself | nothing | undated)
        subject = np.ones(len(ledger.wallets), bool) if wallets is None else np.zeros(len(ledger.wallets), bool)
        subject[list(ledger.indices_of(wallets or ()).values())] = True
        near = subject[ledger.source] | subject[ledger.target]
        counted = {
            "transfers of nothing": int((near & nothing).sum()),
            "transfers to oneself": int((near & oneself & ~nothing).sum()),
            "transfers without a time": int((near & undated & ~oneself & ~nothing).sum()),
        }
        said = services or {}
        groups = {name: frozenset(ledger.indices_of(some).values()) for name, some in (incidents or {}).items()}
        places = ledger.indices_of(said)
        links = None if transaction is None else transaction[keep]
        served = {place: said[wallet] for wallet, place in places.items()}
        told = {what: count for what, count in {**counted, **(left_out or {})}.items() if count}
        return cls(ledger.take(keep), worth[keep], subject, served, groups, links, told)

    @cached_property
    def outgoing(self) -> tuple[Array, Array]:
        """Rows by sender in the order of time, and where each sender's begin."""
        return _by(self.ledger.source, len(self.ledger.wallets))

    @cached_property
    def incoming(self) -> tuple[Array, Array]:
        """Rows by receiver in the order of time, and where each receiver's begin."""
        return _by(self.ledger.target, len(self.ledger.wallets))

    def sent(self, wallet: int) -> Array:
        """The rows a wallet sent, in the order of time."""
        rows, first = self.outgoing
        return rows[first[wallet] : first[wallet + 1]]

    def received(self, wallet: int) -> Array:
        """The rows a wallet received, in the order of time."""
        rows, first = self.incoming
        return rows[first[wallet] : first[wallet + 1]]

    def private(self) -> list[int]:
        """The wallets asked about that no claim gives to a service: a service does all of this every day."""
        return [int(w) for w in np.flatnonzero(self.subject) if int(w) not in self.services]

    def quiet(self) -> list[int]:
        """Those with at most BUSY transfers each way, for patterns that hold every arrival against every departure."""
        return [w for w in self.private() if len(self.sent(w)) <= BUSY and len(self.received(w)) <= BUSY]

    def name(self, wallet: int) -> str:
        """The id of a wallet."""
        return str(self.ledger.wallets[wallet])

    def names(self, wallets: Iterable[int]) -> tuple[str, ...]:
        """The ids of some wallets, each once."""
        return tuple(dict.fromkeys(self.name(int(w)) for w in wallets))

    def dollars(self, rows: Iterable[int]) -> float | None:
        """The dollars of some rows; None where all are unknown."""
        worth = self.usd[list(rows)]
        return float(np.nansum(worth)) if np.isfinite(worth).any() else None

    def hours(self, rows: Iterable[int]) -> float:
        """The hours between the first and the last of some rows."""
        times = self.ledger.time_ms[list(rows)]
        return float(times.max() - times.min()) / HOUR_MS


def _by(ends: Array, wallets: int) -> tuple[Array, Array]:
    rows = np.argsort(ends, kind="stable")
    return rows, np.searchsorted(ends[rows], np.arange(wallets + 1))


def money(dollars: float | None) -> str:
    """Dollars in words, where they are known."""
    return "an unknown dollar value" if dollars is None else f"{dollars:,.2f} US dollars"


def hour_is_known(times: Array) -> Array:
    """Which times say the hour of the day. More than a tenth at exactly midnight UTC are days without an hour."""
    midnight: Array = times % DAY_MS == 0
    return ~midnight if midnight.sum() > MIDNIGHTS * len(times) else np.ones(len(times), bool)


def busiest(times: Array, ends: Array, window_ms: float) -> tuple[int, int, int]:
    """The window with the most different ends: how many, and the first row and the one behind the last."""
    best = (0, 0, 0)
    inside: dict[int, int] = {}
    start = 0
    for stop in range(len(times)):
        inside[int(ends[stop])] = inside.get(int(ends[stop]), 0) + 1
        while times[stop] - times[start] > window_ms:
            left = int(ends[start])
            inside[left] -= 1
            if not inside[left]:
                del inside[left]
            start += 1
        if len(inside) > best[0]:
            best = (len(inside), start, stop + 1)
    return best


__all__ = [
    "DAY_MS", "HOUR_MS", "Finding", "Parameter", "Pattern", "View", "busiest", "chosen", "hour_is_known", "money",
    "patterns",
]  # fmt: skip
