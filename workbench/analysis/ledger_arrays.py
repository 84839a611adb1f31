"""A ledger as arrays: transfers as columns, wallets and assets as numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.limbs import Limbs, limbs_of
from workbench.model.ledger import Transfer

Integers = NDArray[np.int64]
Amounts = NDArray[Any]
"""int64 where every amount fits, else Python integers in an object array: always exact."""
MISSING = -1
"""Stands for a block or position the source did not give."""
INT64_MAX = 2**63 - 1


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
    halves: Limbs | None = None
    """The amounts in two halves, where they came with the arrays; `limbs` gives them in any case."""

    def __len__(self) -> int:
        return len(self.source)

    def limbs(self) -> Limbs:
        """The amounts in two 64-bit halves (low, high), and a mark on those of 2^127 and more; made only once."""
        if self.halves is None:
            object.__setattr__(self, "halves", limbs_of(self.amount))
        return cast(Limbs, self.halves)

    def take(self, rows: NDArray[Any]) -> Ledger:
        """The ledger of some rows (indices or a mask), wallets and assets unchanged."""
        kept: dict[str, Any] = {
            name: None if (column := getattr(self, name)) is None else column[rows]
            for name in ("source", "target", "asset", "amount", "time_ms", "block", "position", "edge", "ids")
        }
        halves = None if self.halves is None else self.halves.take(rows)
        return Ledger(wallets=self.wallets, assets=self.assets, halves=halves, **kept)

    def indices_of(self, wallets: Iterable[str]) -> dict[str, int]:
        """Index of every one of `wallets` that the ledger knows."""
        return indices_of(self.wallets, wallets)

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
            wallets=objects(wallets),
            assets=tuple(assets),
            source=integers(number[row.sender] for row in rows),
            target=integers(number[row.receiver] for row in rows),
            asset=integers(code[row.asset] for row in rows),
            amount=_amounts([int(row.amount) for row in rows]),
            time_ms=integers(row.time_ms for row in rows),
            block=integers(row.block for row in rows),
            position=integers(row.position for row in rows),
            ids=objects([row.id for row in rows]),
        )
        return ledger.take(in_order(ledger))


def _amounts(values: list[int]) -> Amounts:
    return objects(values) if any(value > INT64_MAX for value in values) else np.array(values, np.int64)


def objects(values: list[Any]) -> NDArray[Any]:
    made = np.empty(len(values), object)
    made[:] = values
    return made


def indices_of(names: NDArray[Any], wanted: Iterable[str]) -> dict[str, int]:
    """Index of every one of these that stands in sorted names."""
    found: dict[str, int] = {}
    for name in wanted:
        at = int(np.searchsorted(names, name)) if len(names) else 0
        if at < len(names) and names[at] == name:
            found[name] = at
    return found


def in_order(ledger: Ledger) -> Integers:
    if ledger.block is None:
        return np.argsort(ledger.time_ms, kind="stable")
    keys = (ledger.edge, ledger.position, ledger.block, ledger.time_ms)  # the last one counts first
    return np.lexsort([key for key in keys if key is not None])


__all__ = ["INT64_MAX", "MISSING", "Amounts", "Integers", "Ledger", "in_order", "indices_of", "objects"]
