"""Reads transfers out of the graph into arrays, the way every analysis that walks them wants to begin.

The shape is the fastest one measured (docs/benchmarks.md): 2,000 sending wallets a chunk, one list
a column, integers only. Wallet names are sent once; an amount is a 64-bit integer, made on the server from
its exact text, and travels as text only where it may not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.errors import DatabaseError
from workbench.graph.store import Store
from workbench.model.ledger import Transfer

Integers = NDArray[np.int64]
Amounts = NDArray[Any]
"""int64 where every amount fits, else Python integers in an object array: always exact."""

CHUNK = 2_000
"""Sending wallets a chunk."""
NAMES_CHUNK = 20_000
MISSING = -1
"""Stands for a block or position the source did not give."""
LARGE = -1
"""Stands, in what the server sends, for an amount whose text follows; an amount is never negative."""
_EXACT_FLOAT = 2.0**53
_SURELY_INT64 = 9.2e18
_INT64_MAX = 2**63 - 1


@dataclass(frozen=True)
class Ledger:
    """Transfers as columns of equal length; wallets and assets are indices into `wallets` and `assets`.

    Rows stand in the order of time (then block, position and edge, where those were read). Rows whose
    order the ledger does not give keep a fixed but arbitrary one; `workbench.analysis.ordering`
    finds and flags them.
    """

    wallets: NDArray[Any]
    """CAIP-10 ids, sorted; `source` and `target` index it."""
    assets: tuple[str, ...]
    """Asset ids, sorted; `asset` indexes it."""
    source: Integers
    target: Integers
    asset: Integers
    amount: Amounts
    """Base units of the asset, exact."""
    time_ms: Integers
    """Milliseconds since 1970, UTC."""
    block: Integers | None = None
    position: Integers | None = None
    edge: Integers | None = None
    """The server's internal number of the edge, good until something is deleted; for `transfer_ids`."""
    ids: NDArray[Any] | None = None
    """Transfer ids, where the ledger was made from records (see `Ledger.of`)."""

    def __len__(self) -> int:
        return len(self.source)

    def take(self, rows: NDArray[Any]) -> Ledger:
        """The ledger of some rows (indices or a mask), wallets and assets unchanged."""
        kept: dict[str, Any] = {
            name: None if (column := getattr(self, name)) is None else column[rows]
            for name in ("source", "target", "asset", "amount", "time_ms", "block", "position", "edge", "ids")
        }
        return Ledger(wallets=self.wallets, assets=self.assets, **kept)

    def indices_of(self, wallets: Iterable[str]) -> dict[str, int]:
        """Index of every one of `wallets` that the ledger knows."""
        found: dict[str, int] = {}
        for name in wallets:
            at = int(np.searchsorted(self.wallets, name)) if len(self.wallets) else 0
            if at < len(self.wallets) and self.wallets[at] == name:
                found[name] = at
        return found

    @classmethod
    def of(cls, transfers: Iterable[Transfer]) -> Ledger:
        """The ledger of records that are in no graph; of rows with the same id the first stands."""
        by_id: dict[str, Transfer] = {}
        for transfer in transfers:
            by_id.setdefault(transfer.id, transfer)
        rows = [by_id[key] for key in sorted(by_id)]
        wallets = sorted({name for row in rows for name in (row.sender, row.receiver)})
        assets = sorted({row.asset for row in rows})
        number = {name: i for i, name in enumerate(wallets)}
        code = {name: i for i, name in enumerate(assets)}

        def integers(values: Iterable[int | None]) -> Integers:
            return np.array([MISSING if v is None else v for v in values], np.int64)

        ledger = cls(
            wallets=_objects(wallets),
            assets=tuple(assets),
            source=integers(number[row.sender] for row in rows),
            target=integers(number[row.receiver] for row in rows),
            asset=integers(code[row.asset] for row in rows),
            amount=_amounts([int(row.amount) for row in rows]),
            time_ms=integers(row.time_ms for row in rows),
            block=integers(row.block for row in rows),
            position=integers(row.position for row in rows),
            ids=_objects([row.id for row in rows]),
        )
        return ledger.take(_order(ledger))


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
    the number of transfers read so far. Memory: the arrays, and one chunk.

    Raises DatabaseError when wallets were deleted while it read.
    """
    wanted = None if asset is None else [asset] if isinstance(asset, str) else sorted(asset)
    columns = ("source", "target", "time_ms", *(("block", "position", "edge") if order else ()))
    parts: dict[str, list[Integers]] = {name: [] for name in columns}
    amounts: list[Amounts] = []
    chunk_assets: list[str] = []
    sizes: list[int] = []
    read = 0
    parameters: dict[str, Any] = {"chunk": CHUNK} if wanted is None else {"chunk": CHUNK, "assets": wanted}
    for name, values, large, *lists in store.stream(_statement(wanted is not None, order), parameters, fetch_size=4):
        chunk_assets.append(name)
        sizes.append(len(values))
        amounts.append(_exact(values, large))
        for column, listed in zip(columns, lists, strict=True):
            parts[column].append(np.array(listed, np.int64))
        read += len(values)
        if progress:
            progress(read)
    joined = {name: _join(parts.pop(name)) for name in columns}
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
    return ledger.take(_order(ledger))


def transfer_ids(store: Store, ledger: Ledger, rows: NDArray[Any]) -> NDArray[Any]:
    """The transfer ids (text) of some rows (indices) of a ledger that was projected with `order=True`.

    Raises DatabaseError when edges were deleted since.
    """
    if ledger.ids is not None:
        return cast(NDArray[Any], ledger.ids[rows])
    if ledger.edge is None:
        raise ValueError("project with order=True to have transfer ids")
    wanted = ledger.edge[rows]
    found: dict[int, str] = {}
    for start in range(0, len(wanted), NAMES_CHUNK):
        chunk = wanted[start : start + NAMES_CHUNK].tolist()
        for edges, ids in store.read(
            "MATCH ()-[r:SENT]->() WHERE id(r) IN $edges RETURN collect(id(r)) AS edges, collect(r.id) AS ids",
            {"edges": chunk},
        ).rows:
            found.update(zip(edges, ids, strict=True))
    try:
        return _objects([found[edge] for edge in wanted.tolist()])
    except KeyError:
        raise _changed() from None


def _statement(by_asset: bool, order: bool) -> str:
    # SENT joins wallets only, so (b) needs no label, and goes without a look at every receiver.
    # coalesce: collect() leaves nulls out, and the lists must stay of one length.
    extra = (
        ", collect(coalesce(r.block, -1)) AS block, collect(coalesce(r.position, -1)) AS position, "
        "collect(id(r)) AS edge"
    )
    return (
        "MATCH (a:Wallet) WITH collect(a) AS l\n"
        "UNWIND range(0, size(l) - 1, $chunk) AS i\n"
        "CALL (l, i) {\n"
        "  UNWIND l[i..i + $chunk] AS a\n"
        f"  MATCH (a)-[r:SENT]->(b){' WHERE r.asset IN $assets' if by_asset else ''}\n"
        f"  RETURN r.asset AS asset, collect(CASE WHEN r.value < {_EXACT_FLOAT!r} THEN toInteger(r.value)\n"
        f"    WHEN r.value < {_SURELY_INT64!r} THEN toInteger(r.amount) ELSE {LARGE} END) AS value,\n"
        f"    collect(CASE WHEN r.value >= {_SURELY_INT64!r} THEN r.amount END) AS large,\n"
        "    collect(id(a)) AS source, collect(id(b)) AS target, collect(r.time.epochMillis) AS time_ms"
        f"{extra if order else ''}\n"
        "}\n"
        f"RETURN asset, value, large, source, target, time_ms{', block, position, edge' if order else ''}"
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
    return np.array(numbers, np.int64)[order], _objects([names[i] for i in order])


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
    if max(amounts) > _INT64_MAX:
        exact = exact.astype(object)
    exact[large] = amounts
    return exact


def _amounts(values: list[int]) -> Amounts:
    return _objects(values) if any(value > _INT64_MAX for value in values) else np.array(values, np.int64)


def _objects(values: list[Any]) -> NDArray[Any]:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def _join(parts: list[Integers]) -> Integers:
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def _join_amounts(parts: list[Amounts]) -> Amounts:
    if not parts:
        return np.empty(0, np.int64)
    if any(part.dtype == object for part in parts):
        return np.concatenate([part.astype(object) for part in parts])
    return np.concatenate(parts)


def _order(ledger: Ledger) -> Integers:
    if ledger.block is None:
        return np.argsort(ledger.time_ms, kind="stable")
    keys = (ledger.edge, ledger.position, ledger.block, ledger.time_ms)  # the last one counts first
    return np.lexsort([key for key in keys if key is not None])


def _changed() -> DatabaseError:
    return DatabaseError(
        "wallets or transfers were deleted while they were read", hint="Run it again when nothing else writes."
    )


__all__ = ["MISSING", "Ledger", "project", "transfer_ids"]
