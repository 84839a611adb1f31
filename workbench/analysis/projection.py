"""Reads transfers out of the graph into arrays, the way every analysis that walks them wants to begin.

The shape is the fastest one measured (docs/benchmarks.md): 2,000 sending wallets a chunk, one list
a column, integers only. Wallet names are sent once; an amount is a 64-bit integer, made on the server from
its exact text, and travels as text only where it may not fit. What was read is kept, where the store has a folder
for it, and found again as long as nobody has written to the database (see `projection_cache`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import INT64_MAX, MISSING, Amounts, Integers, Ledger, in_order, objects
from workbench.analysis.limbs import Limbs, integers_of
from workbench.analysis.projection_cache import Kept, ProjectionCache
from workbench.errors import DatabaseError
from workbench.graph.side_by_side import side_by_side
from workbench.graph.store import Store
from workbench.model.progress import Done

CHUNK = 2_000
"""Sending wallets a chunk."""
STREAMS = 2
"""Queries that read at once, each a part of the chunks: the server runs one query on one core."""
NAMES_CHUNK = 20_000
KEEP_FROM = 5_000
"""Ids (or dollars) of so many transfers are kept for the next time; fewer are asked for again."""
LARGE = -1
"""Stands, in what the server sends, for an amount whose text follows; an amount is never negative."""
_EXACT_FLOAT = 2.0**53
_SURELY_INT64 = 9.2e18


def project(
    store: Store,
    *,
    asset: str | Collection[str] | None = None,
    order: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Ledger:
    """Read all transfers, or those of one or some assets, into arrays.

    `order` also reads block, position and edge number, which put transfers of one second in order;
    without it rows of the same millisecond stand in no particular order. `progress` is called with
    the number of transfers read so far, which knows its share of all (see `Done`). Memory: the arrays, and one chunk.

    Raises DatabaseError when wallets were deleted while it read.
    """
    wanted = None if asset is None else [asset] if isinstance(asset, str) else sorted(asset)
    cache = ProjectionCache.of(store)
    question = {"assets": wanted, "order": order}
    if cache is not None:
        if kept := cache.load(question):
            return _told(_from_kept(kept), progress)
        if wanted is not None and (kept := cache.load({"assets": None, "order": order})):
            return _told(_of_assets(_from_kept(kept), wanted), progress)
    ledger = _read(store, wanted, order, progress)
    if cache is not None and (now := store.state()) is not None and now.text == cache.state:
        cache.save(question, _to_keep(ledger))
    return ledger


def _told(ledger: Ledger, progress: Callable[[int], None] | None) -> Ledger:
    if progress:
        progress(Done.of(len(ledger), 1.0))
    return ledger


_COLUMNS = ("source", "target", "asset", "time_ms", "block", "position", "edge")


def _to_keep(ledger: Ledger) -> Kept:
    arrays = {name: column for name in _COLUMNS if (column := getattr(ledger, name)) is not None}
    beyond: dict[str, str] = {}
    if ledger.amount.dtype == object:
        limbs = ledger.limbs()
        arrays |= {"low": limbs.low, "high": limbs.high}
        rows = np.flatnonzero(limbs.beyond).tolist()
        beyond = {str(row): str(ledger.amount[row]) for row in rows}
    else:
        arrays["amount"] = ledger.amount
    return Kept(arrays, {"wallets": ledger.wallets.tolist(), "assets": list(ledger.assets)}, {"beyond": beyond})


def _from_kept(kept: Kept) -> Ledger:
    arrays: dict[str, Any] = dict(kept.arrays)
    halves, amount = None, arrays.pop("amount", None)
    if amount is None:
        beyond = {int(row): int(text) for row, text in kept.said["beyond"].items()}
        low, high = arrays.pop("low"), arrays.pop("high")
        marked = np.zeros(len(low), bool)
        marked[list(beyond)] = True
        halves = Limbs(low, high, marked)
        amount = integers_of(halves, beyond)
    wallets, assets = objects(kept.names["wallets"]), tuple(kept.names["assets"])
    return Ledger(wallets=wallets, assets=assets, amount=amount, halves=halves, **arrays)


def _of_assets(ledger: Ledger, wanted: list[str]) -> Ledger:
    """The ledger as if only these assets had been asked for."""
    there = [name in set(wanted) for name in ledger.assets]
    code = np.cumsum(there) - 1
    rows = np.flatnonzero(np.array(there, bool)[ledger.asset]) if ledger.assets else np.empty(0, np.int64)
    part = ledger.take(rows)
    amount = part.amount
    if amount.dtype == object and not (amount > INT64_MAX).any():
        amount = amount.astype(np.int64)
    assets = tuple(name for name, kept in zip(ledger.assets, there, strict=True) if kept)
    return replace(part, assets=assets, asset=code[part.asset] if assets else part.asset, amount=amount)


def _read(store: Store, wanted: list[str] | None, order: bool, progress: Callable[[int], None] | None) -> Ledger:
    columns = ("source", "target", "time_ms", *(("block", "position", "edge") if order else ()))
    parts: dict[str, list[Integers]] = {name: [] for name in columns}
    amounts: list[Amounts] = []
    chunk_assets: list[str] = []
    sizes: list[int] = []
    read, share = 0, 0.0
    statement = _statement(wanted is not None, order)
    parameters = {"chunk": CHUNK, "streams": STREAMS, **({} if wanted is None else {"assets": wanted})}
    rows = side_by_side([
        partial(store.stream, statement, {**parameters, "first": number}, fetch_size=4) for number in range(STREAMS)
    ])  # fmt: skip
    for at, senders, name, values, large, *lists in rows:
        chunk_assets.append(name)
        sizes.append(len(values))
        amounts.append(_exact(values, large))
        for column, listed in zip(columns, lists, strict=True):
            parts[column].append(np.array(listed, np.int64))
        read += len(values)
        if progress:
            share = max(share, (at + CHUNK) / senders)  # of the streams that take turns the one that is ahead
            progress(Done.of(read, share))
    joined: dict[str, Any] = {name: _join(parts.pop(name)) for name in columns}
    internal, wallets = _names(store)
    assets = tuple(sorted(set(chunk_assets)))
    code = {name: i for i, name in enumerate(assets)}
    ledger = Ledger(
        wallets=wallets,
        assets=assets,
        source=_renumber(joined.pop("source"), internal),
        target=_renumber(joined.pop("target"), internal),
        asset=np.repeat(np.array([code[name] for name in chunk_assets], np.int64), sizes),
        amount=_join_amounts(amounts),
        **joined,
    )
    return ledger.take(in_order(ledger))


def transfer_ids(store: Store, ledger: Ledger, rows: NDArray[Any]) -> NDArray[Any]:
    """The transfer ids (text) of some rows (indices) of a ledger that was projected with `order=True`.

    Raises DatabaseError when edges were deleted since.
    """
    if ledger.ids is not None:
        return cast(NDArray[Any], ledger.ids[rows])
    if ledger.edge is None:
        raise ValueError("project with order=True to have transfer ids")
    return objects(_picked(store, ledger.edge[rows], "r.id"))


def transfer_usd(store: Store, ledger: Ledger, rows: NDArray[Any]) -> NDArray[np.float64]:
    """US dollars at the time of some rows (indices) of a ledger that was projected with `order=True`; NaN: not known.

    Raises DatabaseError when edges were deleted since.
    """
    if ledger.edge is None:
        raise ValueError("project with order=True to have what a transfer was worth")
    return np.array(_picked(store, ledger.edge[rows], "coalesce(r.usd, 0.0 / 0.0)"), np.float64)


def _picked(store: Store, edges: Integers, what: str) -> list[Any]:
    """A property of some edges, in their order; many at once are kept like a projection."""
    cache = ProjectionCache.of(store) if len(edges) > KEEP_FROM else None
    question = {"of": what, "edges": hashlib.sha256(np.ascontiguousarray(edges).tobytes()).hexdigest()}
    if cache is not None and (kept := cache.load(question)):
        return kept.names["text"] if "text" in kept.names else kept.arrays["numbers"].tolist()
    found: dict[int, Any] = {}
    statement = f"MATCH ()-[r:SENT]->() WHERE id(r) IN $edges RETURN collect(id(r)) AS edges, collect({what}) AS what"
    for start in range(0, len(edges), NAMES_CHUNK):
        for numbers, values in store.stream(statement, {"edges": edges[start : start + NAMES_CHUNK].tolist()}):
            found.update(zip(numbers, values, strict=True))
    try:
        picked = [found[edge] for edge in edges.tolist()]
    except KeyError:
        raise _changed() from None
    if cache is not None and (now := store.state()) is not None and now.text == cache.state:
        text = what == "r.id"
        cache.save(question, Kept({} if text else {"numbers": np.array(picked, np.float64)},
                                  {"text": picked} if text else {}, {}))  # fmt: skip
    return picked


def _statement(by_asset: bool, order: bool) -> str:
    # SENT joins wallets only, so (b) needs no label, and goes without a look at every receiver.
    # coalesce: collect() leaves nulls out, and the lists must stay of one length.
    extra = (
        ", collect(coalesce(r.block, -1)) AS block, collect(coalesce(r.position, -1)) AS position, "
        "collect(id(r)) AS edge"
    )
    return (
        "MATCH (a:Wallet) WITH collect(a) AS l\n"
        "UNWIND range($first * $chunk, size(l) - 1, $chunk * $streams) AS i\n"
        "CALL (l, i) {\n"
        "  UNWIND l[i..i + $chunk] AS a\n"
        f"  MATCH (a)-[r:SENT]->(b){' WHERE r.asset IN $assets' if by_asset else ''}\n"
        f"  RETURN r.asset AS asset, collect(CASE WHEN r.value < {_EXACT_FLOAT!r} THEN toInteger(r.value)\n"
        f"    WHEN r.value < {_SURELY_INT64!r} THEN toInteger(r.amount) ELSE {LARGE} END) AS value,\n"
        f"    collect(CASE WHEN r.value >= {_SURELY_INT64!r} THEN r.amount END) AS large,\n"
        "    collect(id(a)) AS source, collect(id(b)) AS target, collect(r.time.epochMillis) AS time_ms"
        f"{extra if order else ''}\n"
        "}\n"
        "RETURN i, size(l) AS senders, asset, value, large, source, target, time_ms"
        f"{', block, position, edge' if order else ''}"
    )


def _names(store: Store) -> tuple[Integers, NDArray[Any]]:
    """The server's number of every wallet, in the order of the sorted names, and the names."""
    statement = (
        "MATCH (a:Wallet) WITH collect(a) AS l UNWIND range(0, size(l) - 1, $chunk) AS i\n"
        "CALL (l, i) { UNWIND l[i..i + $chunk] AS a RETURN collect(id(a)) AS number, collect(a.id) AS name }\n"
        "RETURN number, name"
    )
    numbers: list[int] = []
    names: list[str] = []
    for some_numbers, some_names in store.stream(statement, {"chunk": NAMES_CHUNK}, fetch_size=4):
        numbers += some_numbers
        names += some_names
    order = sorted(range(len(names)), key=names.__getitem__)
    return np.array(numbers, np.int64)[order], objects([names[i] for i in order])


def _renumber(column: Integers, internal: Integers) -> Integers:
    """The server's numbers as 0…n-1, in the order of `internal`."""
    if not len(column):
        return column
    largest = int(internal.max(initial=-1))
    if int(column.max()) > largest:
        raise _changed()
    if largest < 8 * len(internal) + 1_000:  # numbers are dense, unless much else is in the graph
        place = np.full(largest + 1, MISSING, np.int64)
        place[internal] = np.arange(len(internal))
        found = place[column]
    else:
        by_number = np.argsort(internal)
        ordered = internal[by_number]
        at = np.searchsorted(ordered, column)
        found = np.where(ordered[at] == column, by_number[at], MISSING)
    if int(found.min()) < 0:
        raise _changed()
    return found


def _exact(values: list[int], large_amounts: list[str]) -> Amounts:
    """Amounts as the server gave them, and from the text of those that may not fit 64 bits."""
    exact: Amounts = np.array(values, np.int64)
    if not large_amounts:
        return exact
    large = exact == LARGE
    amounts = [int(amount) for amount in large_amounts]
    if max(amounts) > INT64_MAX:
        exact = exact.astype(object)
    exact[large] = amounts
    return exact


def _join(parts: list[Integers]) -> Integers:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _join_amounts(parts: list[Amounts]) -> Amounts:
    if not parts:
        return np.empty(0, np.int64)
    if any(part.dtype == object for part in parts):
        return np.concatenate([part.astype(object) for part in parts])
    return np.concatenate(parts)


def _changed() -> DatabaseError:
    return DatabaseError(
        "wallets or transfers were deleted while they were read", hint="Run it again when nothing else writes."
    )


__all__ = ["MISSING", "Ledger", "project", "transfer_ids", "transfer_usd"]
