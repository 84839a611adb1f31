"""The ledger as pairs of wallets: who received from whom, how often, worth how much; both ways, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.exposure.planted import COINJOIN, DUST_USD, GUARDS, check, mixed, planted
from workbench.analysis.exposure.utxo import MOST_LINKS, joined, read_links
from workbench.analysis.projection import CHUNK, Ledger, project, transfer_ids
from workbench.analysis.token_symbols import token_symbols
from workbench.errors import ParameterError
from workbench.graph.store import Store

Array = NDArray[Any]
USD = "usd"
DIRECTIONS = ("received from", "sent to")


@dataclass(frozen=True, eq=False)
class Network:
    """Pairs of wallets between which value moved; transfers of nothing, and to oneself, are left out and counted."""

    ledger: Ledger
    """The transfers that are links; `source`, `target` are places in `ledger.wallets`."""
    usd: Array
    """Dollars at the time of each transfer; NaN where unknown."""
    basis: str
    """What a share is a share of: `usd`, or the id of one asset."""
    left_out: dict[str, int] = field(default_factory=dict)
    transaction: Array | None = None
    """Of links that are parts of a UTXO transaction its id, else None; see `exposure.utxo`."""
    own_coin: bool = False
    """Whether those links are weighed in the network's coin beside a basis of dollars."""
    planted: dict[str, Network] = field(default_factory=dict)
    """Reason → transfers that a guard left out, as a network of its own."""
    undated: int = 0
    """Links without a time."""

    @classmethod
    def of(
        cls,
        ledger: Ledger,
        usd: Array,
        *,
        value: str | None = None,
        least_usd: float = 0.0,
        transaction: Array | None = None,
        left_out: dict[str, int] | None = None,
        planted: Mapping[str, Array] | None = None,
    ) -> Network:
        """The network of a ledger. `value`: `usd` or an asset; by default dollars where any are known, else the
        asset with most transfers. Transfers known to be worth less than `least_usd` are no links. `planted`: reason →
        rows that a guard leaves out.

        Raises ParameterError for an asset that the ledger does not have.
        """
        if value is not None and value != USD and value not in ledger.assets:
            raise ParameterError(f"value: no transfer is of {value!r}", hint="usd, or the id of an asset.")
        nothing = (ledger.amount == 0).astype(bool)
        oneself = ledger.source == ledger.target
        dust = np.nan_to_num(usd, nan=np.inf) < least_usd
        keep = ~(nothing | oneself | dust)
        guarded = {reason: rows & keep for reason, rows in (planted or {}).items()}
        for rows in guarded.values():
            keep &= ~rows
        counted = {
            "transfers of nothing": int(nothing.sum()),
            "transfers to oneself": int((oneself & ~nothing).sum()),
            f"transfers worth less than {least_usd:g} dollars": int((dust & ~nothing & ~oneself).sum()),
        }
        kept, worth = ledger.take(keep), usd[keep]
        links = None if transaction is None else transaction[keep]
        by_default = value is None
        if value is None:
            common = np.bincount(kept.asset, minlength=1).argmax() if len(kept) else 0
            value = USD if np.isfinite(worth).any() or not len(kept) else kept.assets[int(common)]
        counted.update(left_out or {})
        told = {what: n for what, n in counted.items() if n}
        apart = {
            reason: cls(ledger.take(rows), usd[rows], value, transaction=None if transaction is None else
                        transaction[rows]) for reason, rows in guarded.items() if rows.any()
        }  # fmt: skip
        undated = int((kept.time_ms < 0).sum())
        return cls(kept, worth, value, told, links, by_default and value == USD, apart, undated)

    @cached_property
    def links(self) -> Array:
        """Which rows are parts of a UTXO transaction."""
        if self.transaction is None:
            return np.zeros(len(self.ledger), bool)
        return np.array([one is not None for one in self.transaction], bool)

    def ids(self, store: Store, rows: Array) -> list[str]:
        """The ids of some rows: of the transfer, or of the UTXO transaction."""
        parts = self.links[rows]
        made = np.empty(len(rows), object)
        if self.transaction is not None:
            made[parts] = self.transaction[rows[parts]]
        if not parts.all():
            made[~parts] = transfer_ids(store, self.ledger, rows[~parts])
        return [str(id_) for id_ in made]

    @property
    def nodes(self) -> int:
        """How many wallets there are."""
        return len(self.ledger.wallets)

    @cached_property
    def weight(self) -> Array:
        """The value of each transfer in the basis, 0 where unknown; floats, for shares only."""
        if self.basis == USD:
            dollars = np.nan_to_num(self.usd, nan=0.0)
            if not self.own_coin or self.transaction is None:
                return dollars
            # all that moves on a UTXO network is weighed in its coin: a wallet's value is in one measure
            coin, other = self._utxo_assets
            amount = self.ledger.amount.astype(np.float64)
            weight: Array = np.where(coin[self.ledger.asset], amount, np.where(other[self.ledger.asset], 0.0, dollars))
            return weight
        code = self.ledger.assets.index(self.basis)
        return np.where(self.ledger.asset == code, self.ledger.amount.astype(np.float64), 0.0)

    @cached_property
    def _utxo_assets(self) -> tuple[Array, Array]:
        """Which assets are coins of networks that have links, and which are other assets of these networks."""
        coins = set(np.unique(self.ledger.asset[self.links]).tolist())
        networks = {self.ledger.assets[code].partition("/")[0] for code in coins}
        there = np.array([name.partition("/")[0] in networks for name in self.ledger.assets], bool)
        coin = np.isin(np.arange(len(self.ledger.assets)), list(coins))
        return coin, there & ~coin

    @cached_property
    def weighed(self) -> int:
        """How many transfers have a value in the basis."""
        return int((self.weight > 0).sum())

    @cached_property
    def _pairs(self) -> tuple[Array, Array, Array, Array, Array]:
        """Senders, receivers and value of every pair; transfers in the order of pairs; where each pair's begin."""
        key = self.ledger.source * self.nodes + self.ledger.target
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else np.empty(0, np.int64)
        value = np.add.reduceat(self.weight[order], first) if len(order) else np.empty(0)
        at = ordered[first] if len(order) else first
        return at // max(self.nodes, 1), at % max(self.nodes, 1), value, order, np.r_[first, len(order)]

    @cached_property
    def outgoing(self) -> tuple[Array, Array, Array]:
        """Every wallet's receivers with the value of the pair, as rows."""
        from workbench.analysis.kernels.exposure import rows

        source, target, value, _, _ = self._pairs
        return rows(self.nodes, source, target, value)

    @cached_property
    def incoming(self) -> tuple[Array, Array, Array]:
        """Every wallet's senders with the value of the pair, as rows."""
        from workbench.analysis.kernels.exposure import rows

        source, target, value, _, _ = self._pairs
        return rows(self.nodes, target, source, value)

    def towards(self, direction: str) -> tuple[tuple[Array, Array, Array], tuple[Array, Array, Array]]:
        """Rows to search from the labelled wallets along, and rows that lead from a wallet back to them."""
        return (self.outgoing, self.incoming) if direction == DIRECTIONS[0] else (self.incoming, self.outgoing)

    def between(self, sender: int, receiver: int) -> Array:
        """The transfers of one pair, in the order of time."""
        source, target, _, order, first = self._pairs
        at = int(np.searchsorted(source * self.nodes + target, sender * self.nodes + receiver))
        return np.sort(order[first[at] : first[at + 1]])


def read_network(
    store: Store,
    *,
    value: str | None = None,
    least_usd: float = 0.0,
    as_of: datetime | None = None,
    guards: Collection[str] = GUARDS,
    dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Network:
    """The network of all transfers in the graph up to `as_of`, and of the parts of UTXO transactions.

    `guards`, `dust_usd`, `dust`: see `planted`. Raises UnknownNameError for a guard nobody has, ParameterError.
    """
    check(guards, dust_usd, dust)
    ledger = project(store, order=True, progress=progress)
    links = read_links(store, ledger.wallets)
    both, usd, transaction = joined(ledger, read_usd(store, ledger), links)
    later = np.zeros(len(both), bool) if as_of is None else both.time_ms > int(as_of.timestamp() * 1000)
    both, usd, transaction = both.take(~later), usd[~later], transaction[~later]
    twice = np.zeros(len(both), bool) if not links.source else _told_twice(store, both, transaction)
    both, usd, transaction = both.take(~twice), usd[~twice], transaction[~twice]
    left_out = {
        f"UTXO transactions with more than {MOST_LINKS:,} pairs of ends": links.too_many,
        "inputs of UTXO transactions that are not loaded, at least": links.incomplete,
        "transfers after the time asked about": int(later.sum()),
        "transfers that are also loaded as inputs and outputs": int(twice.sum()),
    }
    guarded = planted(
        both, usd, guards, dust_usd=dust_usd, dust=dust,
        symbols=token_symbols(store) if "counterfeit" in guards else None,
    )  # fmt: skip
    if "coinjoin" in guards and links.source:
        joined_in = mixed(store, ledger.wallets, transaction)
        guarded = {COINJOIN: joined_in} | {reason: rows & ~joined_in for reason, rows in guarded.items()}
    return Network.of(
        both, usd, value=value, least_usd=least_usd, transaction=transaction, left_out=left_out, planted=guarded
    )


def _told_twice(store: Store, ledger: Ledger, transaction: Array) -> Array:
    """Transfers that one source tells of a UTXO transaction whose inputs and outputs another tells: the same value."""
    part = np.array([one is not None for one in transaction], bool)
    found = np.zeros(len(ledger), bool)
    networks = {ledger.assets[code].partition("/")[0] for code in np.unique(ledger.asset[part]).tolist()}
    there = np.array([name.partition("/")[0] in networks for name in ledger.assets], bool)
    rows = np.flatnonzero(~part & there[ledger.asset]) if len(there) else np.empty(0, np.int64)
    if len(rows):
        known = set(transaction[part].tolist())
        found[rows] = [str(id_).rpartition("/")[0] in known for id_ in transfer_ids(store, ledger, rows)]
    return found


def read_usd(store: Store, ledger: Ledger) -> Array:
    """Dollars at the time of every transfer of a ledger projected with `order=True`; NaN where unknown."""
    found = np.full(len(ledger), np.nan)
    if ledger.edge is None or not len(ledger):
        return found
    order = np.argsort(ledger.edge)
    known = ledger.edge[order]
    for edges, dollars in store.stream(
        "MATCH (a:Wallet) WITH collect(a) AS l UNWIND range(0, size(l) - 1, $chunk) AS i\n"
        "CALL (l, i) { UNWIND l[i..i + $chunk] AS a MATCH (a)-[r:SENT]->() WHERE r.usd IS NOT NULL\n"
        "  RETURN collect(id(r)) AS edges, collect(r.usd) AS dollars }\n"
        "RETURN edges, dollars",
        {"chunk": CHUNK},
        fetch_size=4,
    ):
        if not edges:
            continue
        wanted = np.array(edges, np.int64)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        hit = known[at] == wanted  # a transfer written since the projection is not in it
        found[order[at[hit]]] = np.array(dollars, np.float64)[hit]
    return found


def exact_sums(amounts: Array, first: Array) -> list[int]:
    """Sums of runs of exact amounts that begin at `first`, as Python integers that never wrap."""
    if not len(first):
        return []
    if amounts.dtype == object:
        return [int(total) for total in np.add.reduceat(amounts, first)]
    high = np.add.reduceat(amounts >> 32, first).tolist()
    low = np.add.reduceat(amounts & 0xFFFFFFFF, first).tolist()
    return [(upper << 32) + lower for upper, lower in zip(high, low, strict=True)]


__all__ = ["DIRECTIONS", "USD", "Network", "exact_sums", "read_network", "read_usd"]
