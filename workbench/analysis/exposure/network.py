"""The ledger as pairs of wallets: who received from whom, how often, worth how much; both ways, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.exposure.reading import read_transfers
from workbench.analysis.projection import Ledger, transfer_ids
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
    store: Store, *, value: str | None = None, least_usd: float = 0.0, **asked: Any
) -> Network:  # fmt: skip
    """The network of all transfers in the graph, and of the parts of UTXO transactions; see `read_transfers`."""
    read = read_transfers(store, **asked)
    return Network.of(
        read.ledger, read.usd, value=value, least_usd=least_usd, transaction=read.transaction, left_out=read.left_out,
        planted=read.guarded,
    )  # fmt: skip


def by_asset(planted: Mapping[str, Network]) -> list[dict[str, Any]]:
    """All that guards left out, by reason and asset, whoever it concerns."""
    rows = []
    for reason, apart in sorted(planted.items()):
        ledger = apart.ledger
        order = np.argsort(ledger.asset, kind="stable")
        codes, first, counts = np.unique(ledger.asset[order], return_index=True, return_counts=True)
        for code, count, amount in zip(codes, counts, exact_sums(ledger.amount[order], first), strict=True):
            rows.append({
                "reason": reason, "asset": ledger.assets[int(code)], "transfers": int(count),
                "amount_base_units": str(amount),
            })  # fmt: skip
    return rows


def exact_sums(amounts: Array, first: Array) -> list[int]:
    """Sums of runs of exact amounts that begin at `first`, as Python integers that never wrap."""
    if not len(first):
        return []
    if amounts.dtype == object:
        return [int(total) for total in np.add.reduceat(amounts, first)]
    high = np.add.reduceat(amounts >> 32, first).tolist()
    low = np.add.reduceat(amounts & 0xFFFFFFFF, first).tolist()
    return [(upper << 32) + lower for upper, lower in zip(high, low, strict=True)]


__all__ = ["DIRECTIONS", "USD", "Network", "by_asset", "exact_sums", "read_network"]
