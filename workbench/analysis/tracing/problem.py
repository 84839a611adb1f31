"""What is asked of one asset, and the rows that can matter to it, as the kernels take them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.rows import (
    BETWEEN,
    BEYOND,
    GUARDED,
    ORDINARY,
    ROUTER,
    SMALL,
    SOURCE,
    STOP,
    ZERO,
)
from workbench.analysis.kernels.spread import BARRED, SEED, TIED, reachable, spread
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.ordering import causal_order, several_one_way, ties
from workbench.analysis.tracing.taint import METHODS, TWO_LIMBS, Rows, Seeds, exact, packed

ReadIds = Callable[[Ledger, NDArray[Any]], NDArray[Any]]
LARGEST = 2**110
"""Base units; no token that is worth anything moves as many at once. A larger amount is not followed."""


class Seeding(NamedTuple):
    """Value of an incident that comes into a row from elsewhere: out of a swap or a bridge."""

    incident: int
    amount: int
    """Base units of the whole row: what poison says."""
    hop: int
    """Transfers before it."""
    shares: tuple[int, ...]
    """Base units by every method, in the order of METHODS."""
    kind: str


@dataclass(frozen=True)
class Question:
    """What is asked of one asset; wallets are indices into the ledger's."""

    incidents: tuple[str, ...]
    sources: dict[int, int]
    """Wallet → number of its incident."""
    stops: frozenset[int]
    through: frozenset[int]
    """Stops through which value passes within a transaction."""
    since_ms: int | None = None
    until_ms: int | None = None
    min_amount: int = 0
    max_depth: int | None = None
    methods: tuple[str, ...] = ()
    seeded: dict[int, tuple[Seeding, ...]] = field(default_factory=dict)
    """Row of the ledger (UTXO model: output) → what comes out of a swap or a bridge there."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Rows in the order in which they are taken, with what the tables say of them."""

    asset: str
    question: Question
    rows: Rows
    seeds: Seeds
    known_ids: NDArray[Any]
    """Transfer ids of rows, None where nothing but a table asks for them: `ids` reads those."""
    amount: NDArray[Any]
    """Of every row, Python integers, also where it is beyond what is followed."""
    time_ms: NDArray[np.int64]
    picked: NDArray[np.int64]
    """For each row its place in `ledger`."""
    guarded: NDArray[Any]
    """For each row what a guard says of it, else None."""
    wallets: NDArray[Any]
    """Names; `wallet` indexes them."""
    wallet: NDArray[np.int64]
    """For each node its index in `wallets`."""
    ambiguous: NDArray[np.bool_]
    crowded: NDArray[np.bool_]
    ledger: Ledger | None = None
    """What it was taken from, turned round where the trace goes backward; None in the UTXO model."""
    backward: bool = False
    balances: Rows | None = None
    """Going back with a limit of date: the rows with those before it, from which what addresses had is worked out."""
    late: Ledger | None = None
    """UTXO model: rows beyond the limit of date that leave what taint reached, with their ids."""
    unknown: Ledger | None = None
    """UTXO model: inputs of reached transactions of which it is not known where their value comes from, with ids."""
    unknown_why: NDArray[Any] | None = None
    sorted_wallets: int | None = None
    """How many of `wallets` are wallets, and sorted; the others are transactions and fees. None: all of them."""
    transaction_hops: int = 1
    """Rows that make one hop: in the UTXO model an input and an output."""
    read_ids: ReadIds | None = None

    def seeding(self) -> list[Seeding | None]:
        """For each seed what it is that came from elsewhere; None for what a source sent."""
        known = {(row, one.incident): one for row, found in self.question.seeded.items() for one in found}
        rows = self.picked[self.seeds.row].tolist()
        return [known.get(key) for key in zip(rows, self.seeds.incident.tolist(), strict=True)]

    def seeds_of(self, method: str) -> Seeds:
        """The seeds by one method: what came out of a swap is tainted as far as by that method what went in was."""
        if not self.question.seeded:
            return self.seeds
        amounts, number = exact(self.seeds.amount), METHODS.index(method)
        for place, one in enumerate(self.seeding()):
            if one is not None:
                amounts[place] = one.shares[number]
        wide = self.rows.amount.ndim == 2
        made = packed(np.append(amounts, 2**64))[:-1] if wide else amounts.astype(np.int64)
        return replace(self.seeds, amount=made)

    @cached_property
    def ids(self) -> NDArray[Any]:
        """The transfer ids of all rows. Those that did not matter to the order are read now, from the graph."""
        unread = np.flatnonzero(self.known_ids == None)  # noqa: E711 - elementwise
        if not len(unread) or self.read_ids is None or self.ledger is None:
            return self.known_ids
        ids = self.known_ids.copy()
        ids[unread] = self.read_ids(self.ledger, self.picked[unread])
        return ids


def account_problem(
    ledger: Ledger, asset: str, question: Question, read_ids: ReadIds, guard: NDArray[Any] | None = None
) -> Problem | None:
    """The rows of one asset (`ledger` holds no other) that taint can touch; None when nothing of it is tainted.

    `guard`: for each row the reason why it is not to be followed, or None.
    """
    size, total = len(ledger.wallets), len(ledger)
    incident_of = np.full(size, -1, np.int64)
    for wallet, incident in question.sources.items():
        incident_of[wallet] = incident
    in_time = np.ones(total, bool)
    if question.until_ms is not None:
        in_time &= ledger.time_ms <= question.until_ms
    from_source = (incident_of[ledger.source] >= 0) & in_time
    if question.since_ms is not None:  # what a source sent before is money like any other
        from_source &= ledger.time_ms >= question.since_ms
    extra = np.array(sorted(row for row in question.seeded if in_time[row]), np.int64)
    if not from_source.any() and not len(extra):
        return None
    barred = barred_rows(ledger, question.min_amount, guard)
    barred[from_source & (incident_of[ledger.target] == incident_of[ledger.source]) & (barred == 0)] = BETWEEN
    tied = tied_rows(ledger, asset)
    kind = np.full(size, ORDINARY, np.uint8)
    kind[list(question.stops)] = STOP
    kind[list(question.through)] = ROUTER
    kind[list(question.sources)] = SOURCE
    picked = _that_matter(ledger, in_time, from_source, extra, barred, tied, kind)
    # a row was left out between two tied ones: they are tied still
    run = np.cumsum(~tied)[picked]
    tied = np.append(False, run[1:] == run[:-1])
    ids = _ids_that_matter(ledger, picked, tied, kind, read_ids)
    source, target, wallet = _nodes(ledger, picked, ids, kind)
    order, ambiguous, crowded = causal_order(tied, source, target, ids, len(wallet))
    source, target, picked, ids = source[order], target[order], picked[order], ids[order]
    router = kind[wallet] == ROUTER
    if router.any():  # it hands on what it was handed, so that its arrivals come first; in which order is not known
        crowded = np.where(router, several_one_way(tied, source, target, len(wallet)), crowded)
    seeds = _seeds(ledger, picked, from_source, barred, incident_of, question)
    whole = ledger.amount[picked]
    amount = whole
    amount = np.where(barred[picked] == BEYOND, 0, amount) if amount.dtype == object else amount
    rows = Rows(
        source.astype(np.int32), target.astype(np.int32), packed(amount), tied, barred[picked], kind[wallet]
    )  # fmt: skip
    if rows.amount.ndim == 2 and seeds[2].dtype != np.uint64:
        seed_amount = packed(np.append(seeds[2].astype(object), 2**64))[:-1]
    else:
        seed_amount = seeds[2].astype(np.int64)
    return Problem(
        asset=asset, question=question, rows=rows, seeds=Seeds(seeds[0], seeds[1], seed_amount, seeds[3]),
        known_ids=ids, read_ids=read_ids,
        amount=whole.astype(object), time_ms=ledger.time_ms[picked],
        picked=picked,
        guarded=np.full(len(picked), None, object) if guard is None else guard[picked], wallet=wallet,
        wallets=ledger.wallets, ambiguous=ambiguous, crowded=crowded, ledger=ledger,
    )  # fmt: skip


def barred_rows(ledger: Ledger, least: int = 0, guard: NDArray[Any] | None = None) -> NDArray[np.uint8]:
    """For each row 0, or why it is not followed."""
    barred = np.zeros(len(ledger), np.uint8)
    if guard is not None:
        barred[guard != None] = GUARDED  # noqa: E711 - elementwise
    if least:
        barred[(ledger.amount < least).astype(bool)] = SMALL
    near = ledger.amount.astype(np.float64)  # Python's integers are compared one by one, floats at once
    barred[near == 0] = ZERO
    if ledger.amount.dtype == object and near.sum() >= LARGEST / 2:
        barred[(ledger.amount > _largest(ledger.amount)).astype(bool)] = BEYOND
    return barred


def _largest(amounts: NDArray[Any]) -> int:
    """What is followed at most, so that the total can be kept exactly whatever junk there is."""
    most = LARGEST
    if len(amounts) * LARGEST < TWO_LIMBS:
        return most
    while int(sum(amount for amount in amounts.tolist() if amount <= most)) >= TWO_LIMBS:
        most >>= 1
    return most


def tied_rows(ledger: Ledger, asset: str) -> NDArray[np.bool_]:
    """Whether the order of a row of one asset and the row before it is not known."""
    network = None
    if asset.startswith("iso4217:"):  # the one kind of asset that is on several networks
        network = np.unique([name.rpartition(":")[0] for name in ledger.wallets], return_inverse=True)[1][ledger.source]
    return ties(ledger.time_ms, ledger.block, ledger.position, network)


def _that_matter(
    ledger: Ledger, in_time: Any, from_source: Any, extra: Any, barred: Any, tied: Any, kind: Any
) -> NDArray[np.int64]:
    """Rows of nodes that taint reaches: what they send carries it on, and clean arrivals dilute it."""
    flags = np.where((barred != 0) | ~in_time, BARRED, 0).astype(np.uint8)
    flags[tied] |= TIED
    flags[from_source] |= SEED
    flags[extra] |= SEED
    source, target, owner = split_routers(ledger.source, ledger.target, ledger.time_ms, kind == ROUTER)
    ends = (kind[owner] == STOP) | (kind[owner] == SOURCE)
    tainted, reached = spread(source.astype(np.int32), target.astype(np.int32), flags, ends)
    mine = reached.astype(bool) & ~ends
    return np.flatnonzero(in_time & (mine[source] | mine[target] | tainted.astype(bool)))


def split_routers(source: Any, target: Any, time_ms: Any, router: Any) -> tuple[Any, Any, Any]:
    """Give a router another node at every instant: what it sends on then is all that can be what it just got.

    Returns source, target, and for every node (the wallets, then the new ones) its wallet.
    """
    owner = np.arange(len(router), dtype=np.int64)
    ends = np.stack([source, target])
    at = router[ends]
    if not at.any():
        return source, target, owner
    pairs = np.stack([ends[at], np.broadcast_to(time_ms, ends.shape)[at]], axis=1)
    distinct, number = np.unique(pairs, axis=0, return_inverse=True)
    ends[at] = len(router) + number.reshape(-1)
    return ends[0], ends[1], np.concatenate([owner, distinct[:, 0]])


def _ids_that_matter(ledger: Ledger, picked: Any, tied: Any, kind: Any, read_ids: ReadIds) -> NDArray[Any]:
    """Ids of rows whose order they decide, or whose router they tell from itself in another transaction."""
    ids: NDArray[Any] = np.full(len(picked), None, object)
    needed = tied.copy()
    needed[:-1] |= tied[1:]
    needed |= (kind[ledger.source[picked]] == ROUTER) | (kind[ledger.target[picked]] == ROUTER)
    if needed.any():
        ids[needed] = read_ids(ledger, picked[needed])
    return ids


def _nodes(ledger: Ledger, picked: Any, ids: Any, kind: Any) -> tuple[Any, Any, Any]:
    """Number the nodes of the picked rows; a router is another node in every transaction. Returns ends and wallets."""
    ends = np.stack([ledger.source[picked], ledger.target[picked]])
    at = kind[ends] == ROUTER
    size, owner = len(ledger.wallets), np.arange(len(ledger.wallets), dtype=np.int64)
    if at.any():
        transaction = np.broadcast_to(np.arange(len(picked)), ends.shape)[at]
        names = [(int(wallet), ids[row].rpartition("/")[0]) for wallet, row in zip(ends[at], transaction, strict=True)]
        number = {name: size + i for i, name in enumerate(dict.fromkeys(names))}
        ends[at] = [number[name] for name in names]
        owner = np.concatenate([owner, np.array([wallet for wallet, _ in number], np.int64)])
    used = np.zeros(len(owner), bool)
    used[ends] = True
    numbered = (np.cumsum(used) - 1)[ends]
    return numbered[0], numbered[1], owner[used]


def _seeds(
    ledger: Ledger, picked: Any, from_source: Any, barred: Any, incident_of: Any, question: Question
) -> Any:  # fmt: skip
    """(rows, incidents, amounts, hops): what sources send, and what the question says comes from elsewhere."""
    rows = np.flatnonzero(from_source[picked]).astype(np.int32)
    incidents = incident_of[ledger.source[picked[rows]]].astype(np.int16)
    amounts = ledger.amount[picked[rows]]
    if amounts.dtype == object:
        amounts = np.where(barred[picked[rows]] == BEYOND, 0, amounts)
    hops = np.ones(len(rows), np.int32)
    if not question.seeded:
        return rows, incidents, amounts, hops
    at = {int(row): place for place, row in enumerate(picked.tolist())}
    known = set(rows.tolist())
    more = [
        (at[row], one.incident, one.amount, one.hop + 1)
        for row, parts in sorted(question.seeded.items())
        if row in at and at[row] not in known
        for one in parts
    ]
    every = [*zip(rows.tolist(), incidents.tolist(), amounts.tolist(), hops.tolist(), strict=True), *more]
    every.sort(key=lambda seed: seed[:2])
    values = np.empty(len(every), object)
    values[:] = [seed[2] for seed in every]
    return (
        np.array([seed[0] for seed in every], np.int32), np.array([seed[1] for seed in every], np.int16),
        values, np.array([seed[3] for seed in every], np.int32),
    )  # fmt: skip


def late_rows(ledger: Ledger, question: Question, tainted: NDArray[Any]) -> NDArray[Any]:
    """Rows after `until` that leave sources, and wallets which taint had reached."""
    if question.until_ms is None:
        return np.empty(0, np.int64)
    reached = np.zeros(len(ledger.wallets), bool)
    reached[tainted] = True
    reached[list(question.sources)] = True
    reached[list(question.stops)] = False
    return np.flatnonzero((ledger.time_ms > question.until_ms) & reached[ledger.source])


def static_reach(ledger: Ledger, question: Question, *, past_stops: bool, limits: bool = True) -> NDArray[np.bool_]:
    """Wallets that can be reached when time is ignored, and with `past_stops` services too; the limits of amount and
    date only where `limits` says so."""
    rows = np.flatnonzero(barred_rows(ledger, question.min_amount if limits else 0, None) == 0)
    if limits and question.until_ms is not None:
        rows = rows[ledger.time_ms[rows] <= question.until_ms]
    source, target, size = ledger.source[rows], ledger.target[rows], len(ledger.wallets)
    owner = np.arange(size, dtype=np.int64)
    closed = np.zeros(size, bool)
    if not past_stops:
        router = np.zeros(size, bool)
        router[list(question.through - question.sources.keys())] = True
        closed[list(question.stops - question.through)] = True
        source, target, owner = split_routers(source, target, ledger.time_ms[rows], router)
    order = np.argsort(source, kind="stable")
    start = np.searchsorted(source[order], np.arange(len(owner) + 1))
    nodes = reachable(start, target[order], np.array(sorted(question.sources), np.int64), closed[owner])
    wallets = np.zeros(size, bool)
    wallets[owner[nodes]] = True
    return wallets


__all__ = [
    "Problem", "Question", "ReadIds", "Seeding", "account_problem", "barred_rows", "late_rows", "static_reach",
    "tied_rows",
]  # fmt: skip
