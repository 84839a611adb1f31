"""The trace of one asset: which rows can matter, in which order, and what the kernels say of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ordering import Place, causal_order
from workbench.analysis.projection import Ledger
from workbench.analysis.tracing.reach import NEVER, Neighbours, earliest_arrivals, split_routers
from workbench.analysis.tracing.taint import (
    ORDINARY,
    ROUTER,
    SOURCE,
    STOP,
    UNREACHED,
    Poisoned,
    Rows,
    Shares,
    haircut,
    opening_balances,
    poison,
)


@dataclass(frozen=True)
class Question:
    """What is asked of one asset; wallets are indices into the ledger's."""

    sources: frozenset[int]
    stops: frozenset[int]
    through: frozenset[int]
    """Stops through which value passes within a transaction."""
    since_ms: int | None
    until_ms: int | None
    min_amount: int
    max_depth: int | None


@dataclass(frozen=True)
class AssetTrace:
    """Everything the tables are made from. Nodes are numbered for this trace; `wallet` leads back."""

    asset: str
    rows: Rows
    ids: list[str]
    time_ms: list[int]
    wallet: list[int]
    """For each node its index in the ledger's wallets; every transaction of a router has a node of its own."""
    kind: list[int]
    poisoned: Poisoned
    shares: Shares
    opening: list[int]
    low: Shares
    """Haircut if nodes that are unsure passed no taint on; equal to `shares` where none is."""
    high: Shares
    """Haircut if all they sent was tainted."""
    unsure: list[bool]
    """History incomplete, or order ambiguous."""
    ambiguous: list[bool]
    """Received and sent inside one tie, after taint can have arrived."""
    late: Ledger
    """Rows after `until` that leave wallets which taint had reached."""
    late_ids: list[str]
    static: NDArray[Any]
    """For each wallet of the ledger, whether it is reached when time is ignored."""
    beyond: NDArray[Any]
    """The same when stops are ignored too."""


def trace_asset(
    ledger: Ledger,
    asset: str,
    question: Question,
    read_ids: Callable[[Ledger, NDArray[Any]], NDArray[Any]],
) -> AssetTrace | None:
    """Trace one asset through `ledger` (its rows only); None when no source sent any of it."""
    in_time = np.ones(len(ledger), bool)
    if question.until_ms is not None:
        in_time = ledger.time_ms <= question.until_ms
    from_source = np.isin(ledger.source, list(question.sources))
    if question.since_ms is not None:
        early = from_source & (ledger.time_ms < question.since_ms)
        in_time &= ~early
        from_source &= ~early
    if not from_source.any():
        return None
    size = len(ledger.wallets)
    source, target, owner = split_routers(ledger.source, ledger.target, ledger.time_ms, question.through, size)
    may = in_time & (ledger.amount >= max(question.min_amount, 1)).astype(bool)
    ways = Neighbours(source, target, ledger.time_ms, may, len(owner))
    closed = question.stops - question.through
    mine = earliest_arrivals(ways, question.sources, closed) < NEVER
    static = _of_wallets(earliest_arrivals(ways, question.sources, closed, timely=False) < NEVER, owner, size)
    open_ways = Neighbours(ledger.source, ledger.target, ledger.time_ms, may, size)
    beyond = earliest_arrivals(open_ways, question.sources, (), timely=False) < NEVER
    # every row of a reached wallet counts: clean arrivals dilute, later sendings carry taint on
    mine[list(closed | question.sources)] = False
    picked = np.flatnonzero(in_time & (mine[source] | mine[target] | from_source))
    ids: list[str] = read_ids(ledger, picked).tolist()
    places, wallet, kind = _nodes(ledger, picked, ids, question)
    order = causal_order(places)
    amounts = ledger.amount[picked].tolist()
    rows = Rows(
        [places[i].source for i in order.rows],
        [places[i].target for i in order.rows],
        [amounts[i] for i in order.rows],
        order.ties,
    )
    found = poison(rows, kind, min_amount=question.min_amount, max_depth=question.max_depth)
    opening = opening_balances(rows, len(kind), kind)
    ambiguous = [
        node in order.ambiguous and kind[node] == ORDINARY and found.depth[node] < UNREACHED
        for node in range(len(kind))
    ]
    unsure = [ambiguous[node] or (opening[node] > 0 and kind[node] in (ORDINARY, ROUTER)) for node in range(len(kind))]
    late = _late(ledger, question, {wallet[n] for n, depth in enumerate(found.depth) if depth < UNREACHED})
    return AssetTrace(
        asset=asset,
        rows=rows,
        ids=[ids[i] for i in order.rows],
        time_ms=[places[i].time_ms for i in order.rows],
        wallet=wallet,
        kind=kind,
        poisoned=found,
        shares=haircut(rows, kind, found.status, opening),
        low=haircut(rows, kind, found.status, opening, unsure=unsure),
        high=haircut(rows, kind, found.status, opening, unsure=unsure, everything=True),
        unsure=unsure,
        opening=opening,
        ambiguous=ambiguous,
        late=ledger.take(late),
        late_ids=read_ids(ledger, late).tolist() if len(late) else [],
        static=static,
        beyond=beyond,
    )


def _of_wallets(nodes: NDArray[Any], owner: NDArray[Any], size: int) -> NDArray[Any]:
    """Wallets any of whose nodes is marked."""
    wallets = np.zeros(size, bool)
    wallets[owner[nodes]] = True
    return wallets


def _nodes(
    ledger: Ledger, picked: NDArray[Any], ids: list[str], question: Question
) -> tuple[list[Place], list[int], list[int]]:
    """Number the nodes of the picked rows; a router is another node in every transaction."""
    number: dict[tuple[int, str], int] = {}
    wallet: list[int] = []
    kind: list[int] = []

    def node(index: int, transaction: str) -> int:
        router = index in question.through
        key = (index, transaction if router else "")
        if key not in number:
            number[key] = len(wallet)
            wallet.append(index)
            source, stop = index in question.sources, index in question.stops
            kind.append(SOURCE if source else ROUTER if router else STOP if stop else ORDINARY)
        return number[key]

    def column(values: Any, missing: int | None = None) -> list[int]:
        return [-1] * len(picked) if values is None else values[picked].tolist()

    places = []
    network = [name.rpartition(":")[0] for name in ledger.wallets[ledger.source[picked]]]
    columns = zip(
        column(ledger.time_ms), column(ledger.block), column(ledger.position), ids,
        column(ledger.source), column(ledger.target), network, strict=True,
    )  # fmt: skip
    for time_ms, block, position, id_, source, target, chain in columns:
        transaction = id_.rpartition("/")[0]
        ends = node(source, transaction), node(target, transaction)
        places.append(Place(time_ms, block, position, id_, *ends, chain))
    return places, wallet, kind


def _late(ledger: Ledger, question: Question, tainted: set[int]) -> NDArray[Any]:
    if question.until_ms is None:
        return np.empty(0, np.int64)
    senders = list(tainted - question.stops)
    return np.flatnonzero((ledger.time_ms > question.until_ms) & np.isin(ledger.source, senders))
