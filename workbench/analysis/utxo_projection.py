"""Reads inputs and outputs of UTXO transactions out of the graph into arrays, as `projection.project` reads transfers.

The same shape: 2,000 transactions a chunk, one list a column, integers only. An id travels as text only where it does
not follow from its transaction and position, an amount only where it may not fit 64 bits, and what an input spends only
where that is asked for. What was read is kept as a projection is, until somebody writes to the database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import MISSING, Integers, objects
from workbench.analysis.projection_cache import ProjectionCache
from workbench.analysis.utxo_arrays import NOT_LOADED, UNSAID, Flows, Side, arranged, from_kept, to_keep, whole_numbers
from workbench.errors import DatabaseError, RecordError
from workbench.graph.store import Store

CHUNK = 2_000
"""Transactions a chunk."""
NAMES_CHUNK = 20_000
_LARGE = -1
"""Stands, in what the server sends, for an amount whose text follows; an amount is never negative."""
_OUT = "/out:"
_PLACES = 10**9
"""More than any transaction has; a place from there on is found by nobody."""


def project_utxo(
    store: Store,
    *,
    networks: Collection[str] | None = None,
    spends: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Flows:
    """Read all inputs and outputs, or those of some networks (short names), into arrays.

    `spends` also reads which output an input spends. Transactions of which nothing but the name is loaded are left
    out, and so are inputs and outputs that one source tells by their address and another by their index (`told_twice`
    counts them). `progress` is called with the number of inputs and outputs read so far. Memory: the arrays, the
    names, and one chunk.

    Raises DatabaseError when wallets were deleted while it read, or an amount in the graph is no whole number.
    """
    wanted = None if networks is None else sorted(networks)
    cache = ProjectionCache.of(store)
    question = {"utxo": wanted, "spends": spends}
    if cache is not None:
        kept = cache.load(question) or (None if spends else cache.load({"utxo": wanted, "spends": True}))
        if kept is not None:
            found = from_kept(kept)
            if progress:
                progress(len(found.inputs) + len(found.outputs))
            return found
    found = _read(store, wanted, spends, progress)
    if cache is not None and (now := store.state()) is not None and now.text == cache.state:
        cache.save(question, to_keep(found))
    return found


def _read(store: Store, networks: list[str] | None, spends: bool, progress: Callable[[int], None] | None) -> Flows:
    parameters: dict[str, Any] = {"chunk": CHUNK} if networks is None else {"chunk": CHUNK, "networks": networks}
    numbers: list[int] = []
    names: list[str] = []
    times: list[int] = []
    blocks: list[int] = []
    inputs, outputs, spent = _Column("in"), _Column("out"), _Spent()
    for number, name, time, block, ins, outs in store.stream(
        _statement(networks is not None, spends), parameters, fetch_size=4
    ):
        numbers += number
        names += name
        times += time
        blocks += block
        spent.add(ins[6] if spends else [])
        inputs.add(*ins[:6])
        outputs.add(*outs)
        if progress:
            progress(inputs.rows + outputs.rows)
    number_of = np.array(numbers, np.int64)
    internal, wallets = _names(store, np.unique(np.concatenate([inputs.joined(1), outputs.joined(1)])))
    sides = [column.side(number_of, internal) for column in (inputs, outputs)]
    return arranged(Flows(
        wallets=wallets, transactions=objects(names), time_ms=np.array(times, np.int64),
        block=np.array(blocks, np.int64), inputs=sides[0], outputs=sides[1],
        spends=spent.outputs(sides[1], names) if spends else None,
    ))  # fmt: skip


class _Column:
    """One side, as its chunks come."""

    def __init__(self, kind: str) -> None:
        self.kind, self.rows = kind, 0
        self._integers: tuple[list[Integers], list[Integers], list[Integers]] = ([], [], [])
        self._amounts: list[NDArray[Any]] = []
        self._odd: dict[int, str] = {}

    def add(
        self, transaction: list[int], wallet: list[int], position: list[int], value: list[int], large: list[str],
        ids: list[str],
    ) -> None:  # fmt: skip
        for parts, listed in zip(self._integers, (transaction, wallet, position), strict=True):
            parts.append(np.array(listed, np.int64))
        amounts: NDArray[Any] = np.array(value, np.int64)
        marked = amounts < 0
        if large or marked.any():
            exact = _whole(large, int(marked.sum()))
            amounts = amounts.astype(exact.dtype)
            amounts[marked] = exact
        self._amounts.append(amounts)
        if any(ids):
            self._odd.update((self.rows + row, id_) for row, id_ in enumerate(ids) if id_)
        self.rows += len(value)

    def joined(self, column: int) -> Integers:
        return np.concatenate(self._integers[column]) if self.rows else np.empty(0, np.int64)

    def side(self, transactions: Integers, wallets: Integers) -> Side:
        """The side; transactions and wallets are numbered as their numbers on the server stand here, in any order."""
        return Side(
            self.kind, _renumber(self.joined(0), transactions), _renumber(self.joined(1), wallets),
            np.concatenate(self._amounts) if self.rows else np.empty(0, np.int64), self.joined(2), self._odd,
        )  # fmt: skip


class _Spent:
    """What inputs spend: a code for the transaction and the output's place, each text read once."""

    def __init__(self) -> None:
        self._code: dict[str, int] = {}
        self._of: list[Integers] = []
        self._place: list[Integers] = []
        self._odd: dict[int, str] = {}
        self._rows = 0

    def add(self, texts: list[str]) -> None:
        code = self._code
        of, place = np.full(len(texts), UNSAID, np.int64), np.full(len(texts), UNSAID, np.int64)
        for row, text in enumerate(texts):
            name, _, digits = text.rpartition(_OUT)
            if name and len(digits) < len(str(_PLACES)) and digits.isdecimal():
                of[row], place[row] = code.setdefault(name, len(code)), int(digits)
            elif text:
                self._odd[self._rows + row] = text
        self._of.append(of)
        self._place.append(place)
        self._rows += len(texts)

    def outputs(self, outputs: Side, names: list[str]) -> NDArray[np.int32]:
        """For each input the row of the output it spends, UNSAID or NOT_LOADED."""
        if not self._rows:
            return np.empty(0, np.int32)
        number = {name: i for i, name in enumerate(names)}
        transaction = np.array([number.get(name, NOT_LOADED) for name in self._code], np.int64)
        of, place = np.concatenate(self._of), np.concatenate(self._place)
        said = np.flatnonzero(of != UNSAID)
        found = np.where(of == UNSAID, UNSAID, NOT_LOADED)
        named = np.ones(len(outputs), bool)
        named[list(outputs.odd)] = False
        rows = np.flatnonzero(named & (outputs.position >= 0) & (outputs.position < _PLACES))
        key = outputs.transaction[rows].astype(np.int64) * _PLACES + outputs.position[rows]
        if len(rows) and len(said):
            by_key = np.argsort(key)
            asked = transaction[of[said]] * _PLACES + place[said]
            at = by_key[np.minimum(np.searchsorted(key, asked, sorter=by_key), len(key) - 1)]
            found[said] = np.where(key[at] == asked, rows[at], NOT_LOADED)
        by_id = {id_: row for row, id_ in outputs.odd.items()}
        for row, id_ in self._odd.items():
            found[row] = by_id.get(id_, NOT_LOADED)
        return found.astype(np.int32)


def _renumber(column: Integers, numbers: Integers) -> NDArray[np.int32]:
    """For each number its place among `numbers`, where all of them are."""
    by_number = np.argsort(numbers)
    return by_number[np.searchsorted(numbers, column, sorter=by_number)].astype(np.int32)


def _whole(texts: list[str], wanted: int) -> NDArray[Any]:
    try:
        if len(texts) == wanted:
            return whole_numbers(texts)
    except RecordError:
        pass
    raise DatabaseError(
        "an INPUT or OUTPUT has an amount that is no whole number of base units", hint="Load its file again."
    )


def _statement(by_network: bool, spends: bool) -> str:
    # INPUT and OUTPUT join wallets and transactions only, so (w) needs no label.
    # coalesce: collect() leaves nulls out, and the lists must stay of one length.
    side = (
        "CALL (part) {{ UNWIND part AS t MATCH {pattern}\n"
        "  RETURN [collect(id(t)), collect(id(w)), collect(coalesce(r.position, {missing})),\n"
        "    collect(CASE WHEN r.value < {float} THEN toInteger(r.value)\n"
        "      WHEN r.value < {int64} THEN coalesce(toInteger(r.amount), {large}) ELSE {large} END),\n"
        "    collect(CASE WHEN r.value < {int64} THEN null ELSE coalesce(r.amount, '') END),\n"
        "    collect(CASE WHEN r.id = t.id + '/{kind}:' + toString(r.position) THEN '' ELSE r.id END){more}]\n"
        "    AS {kind}s }}\n"
    )
    spent = ", collect(coalesce(r.spends, ''))" if spends else ""
    read = [
        side.format(pattern=pattern, kind=kind, more=more, missing=MISSING, large=_LARGE, float=2.0**53, int64=9.2e18)
        for pattern, kind, more in (("(w)-[r:INPUT]->(t)", "in", spent), ("(t)-[r:OUTPUT]->(w)", "out", ""))
    ]
    return (
        f"MATCH (t:Transaction){' WHERE t.network IN $networks' if by_network else ''} WITH collect(t) AS l\n"
        "UNWIND range(0, size(l) - 1, $chunk) AS i WITH l[i..i + $chunk] AS part\n"
        + "".join(read)
        + "RETURN [t IN part | id(t)] AS number, [t IN part | t.id] AS name,\n"
        f"  [t IN part | coalesce(t.time.epochMillis, {MISSING})] AS time,\n"
        f"  [t IN part | coalesce(t.block, {MISSING})] AS block, ins, outs"
    )


def _names(store: Store, numbers: Integers) -> tuple[Integers, NDArray[Any]]:
    """The names of wallets (the server's numbers), sorted, and their numbers in that order."""
    found: dict[int, str] = {}
    statement = "MATCH (w) WHERE id(w) IN $numbers RETURN collect(id(w)), collect(w.id)"
    for start in range(0, len(numbers), NAMES_CHUNK):
        for some, names in store.stream(statement, {"numbers": numbers[start : start + NAMES_CHUNK].tolist()}):
            found.update(zip(some, names, strict=True))
    if len(found) != len(numbers):
        raise DatabaseError("wallets were deleted while they were read", hint="Run it again when nothing else writes.")
    ordered = sorted(found, key=found.__getitem__)
    return np.array(ordered, np.int64), objects([found[number] for number in ordered])


__all__ = ["Flows", "Side", "project_utxo"]
