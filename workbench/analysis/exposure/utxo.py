"""Transactions of UTXO networks as links between wallets: each input's part of each output.

Which input paid which output is not in the ledger. A transaction's output is divided among its inputs in proportion
(the haircut of Möser, Böhme and Breuker 2014), rounded down: a way of counting, and told as one. What a wallet pays
itself is no link. A transaction with more than MOST_LINKS such links (a service's batch, a CoinJoin) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import MISSING, Ledger, indices_of
from workbench.analysis.utxo_projection import project_utxo
from workbench.graph.store import Store
from workbench.model.ledger import native_asset

Array = NDArray[Any]
MOST_LINKS = 10_000


@dataclass
class Links:
    """Rows to be, column by column."""

    source: list[int] = field(default_factory=list)
    target: list[int] = field(default_factory=list)
    asset: list[str] = field(default_factory=list)
    amount: list[int] = field(default_factory=list)
    time_ms: list[int] = field(default_factory=list)
    transaction: list[str] = field(default_factory=list)
    too_many: int = 0
    incomplete: int = 0
    """Transactions of which more comes out than the loaded inputs bring in."""

    def add(self, id_: str, time_ms: int, paid: list[tuple[int, int]], got: list[tuple[int, int]]) -> None:
        """The links of one transaction: (wallet, amount) of its inputs and outputs, each wallet once."""
        if len(paid) * len(got) > MOST_LINKS:
            self.too_many += 1
            return
        whole = sum(amount for _, amount in paid)
        self.incomplete += bool(paid) and sum(amount for _, amount in got) > whole
        asset = native_asset(id_.rpartition("/tx:")[0])
        for receiver, amount in got:
            for sender, brought in paid:
                if sender != receiver and whole:
                    self.source.append(sender)
                    self.target.append(receiver)
                    self.asset.append(asset)
                    self.amount.append(min(amount, amount * brought // whole))
                    self.time_ms.append(time_ms)
                    self.transaction.append(id_)


def read_links(store: Store, wallets: Array) -> Links:
    """The links of every transaction in the graph; `wallets`: the sorted ids that places refer to."""
    links = Links()
    flows = project_utxo(store)
    place = indices_of(wallets, flows.wallets.tolist())  # a wallet written since the projection is in no array
    at = np.array([place.get(name, MISSING) for name in flows.wallets.tolist()], np.int64)
    bounds = np.arange(len(flows.transactions) + 1)
    sides = []
    for side in (flows.inputs, flows.outputs):
        start = np.searchsorted(side.transaction, bounds.astype(np.int32)).tolist()
        sides.append((start, at[side.wallet].tolist(), side.amount.tolist()))
    (ins, sender, brought), (outs, receiver, got) = sides
    for i, (id_, time) in enumerate(zip(flows.transactions.tolist(), flows.time_ms.tolist(), strict=True)):
        paid = _merged(sender[ins[i] : ins[i + 1]], brought[ins[i] : ins[i + 1]])
        links.add(id_, time, paid, _merged(receiver[outs[i] : outs[i + 1]], got[outs[i] : outs[i + 1]]))
    return links


def joined(ledger: Ledger, usd: Array, links: Links) -> tuple[Ledger, Array, Array]:
    """The ledger with the links in it, in the order of time; dollars; of each row that is a link its transaction."""
    names = np.empty(len(ledger) + len(links.source), object)
    names[len(ledger) :] = links.transaction
    if not links.source:
        return ledger, usd, names
    assets = tuple(sorted({*ledger.assets, *links.asset}))
    code = {name: n for n, name in enumerate(assets)}
    old = np.array([code[name] for name in ledger.assets], np.int64)
    more = len(links.source)
    amounts = np.array(links.amount, object if max(links.amount) >= 2**63 else np.int64)
    if object in (amounts.dtype, ledger.amount.dtype):
        amounts = amounts.astype(object)

    def column(mine: Array | None, theirs: list[int] | None) -> Array:
        left = np.full(len(ledger), MISSING, np.int64) if mine is None else mine
        return np.concatenate(
            [left, np.full(more, MISSING, np.int64) if theirs is None else np.array(theirs, np.int64)]
        )

    made = Ledger(
        wallets=ledger.wallets, assets=assets, source=column(ledger.source, links.source),
        target=column(ledger.target, links.target),
        asset=np.concatenate([old[ledger.asset], np.array([code[name] for name in links.asset], np.int64)]),
        amount=np.concatenate([ledger.amount, amounts]), time_ms=column(ledger.time_ms, links.time_ms),
        block=column(ledger.block, None), position=column(ledger.position, None), edge=column(ledger.edge, None),
    )  # fmt: skip
    order = np.argsort(made.time_ms, kind="stable")
    return made.take(order), np.concatenate([usd, np.full(more, np.nan)])[order], names[order]


def _merged(wallets: list[int], amounts: list[int]) -> list[tuple[int, int]]:
    sums: dict[int, int] = {}
    for wallet, amount in zip(wallets, amounts, strict=True):
        if wallet != MISSING:
            sums[wallet] = sums.get(wallet, 0) + amount
    return sorted(sums.items())


__all__ = ["MOST_LINKS", "Links", "joined", "read_links"]
