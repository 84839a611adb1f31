"""Distances and flow shares of all wallets to all categories, and the exposure of some wallets out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.exposure.labels import Category, Labels
from workbench.analysis.exposure.network import DIRECTIONS, Network, exact_sums
from workbench.model.progress import each

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Measured:
    """One network measured against one set of labels, in both directions."""

    network: Network
    labels: Labels
    categories: tuple[Category, ...]
    hops: int
    """The farthest that was looked."""
    member: Array
    """Wallets × categories: whether the wallet has a label of it that counts."""
    closed: Array
    """Wallets that no path passes: services that pool their customers' value."""
    distance: dict[str, Array]
    """Direction → wallets × categories, uint8: fewest transfers, 0 for a member itself, FAR beyond `hops`."""
    share: dict[str, Array]
    """Direction → wallets asked about × categories: share of their value by flow, without time order."""
    unresolved: dict[str, Array]
    """Direction → what of the wallets' value came from (went to) no labelled wallet within `hops`."""
    asked: Array

    def has_value(self, direction: str) -> Array:
        """Which of the wallets asked about have any value in this direction, in the basis of the shares."""
        ends = self.network.ledger.target if direction == DIRECTIONS[0] else self.network.ledger.source
        total = np.bincount(ends, weights=self.network.weight, minlength=self.network.nodes)
        found: Array = total[self.asked] > 0
        return found


def measure(network: Network, labels: Labels, asked: Sequence[int] | Array, *, hops: int) -> Measured:
    """Search from every category's wallets to all others, in both directions, and flow values over `hops` hops."""
    from workbench.analysis.kernels.exposure import MOST, WIDTH
    from workbench.analysis.kernels.exposure import hops as search
    from workbench.analysis.kernels.exposure import shares as flow

    categories = tuple(labels.categories())
    members = labels.members()
    places = network.ledger.indices_of({w for wallets in members.values() for w in wallets})
    member = np.zeros((network.nodes, len(categories)), bool)
    for c, category in enumerate(categories):
        member[[places[w] for w in members[category.kind, category.id] if w in places], c] = True
    closed = np.zeros(network.nodes, bool)
    closed[[places[w] for w in labels.pooling() if w in places]] = True
    absorbing: Array = np.asarray(member.any(axis=1))
    wanted = np.asarray(asked, np.int64)
    distance: dict[str, Array] = {}
    share: dict[str, Array] = {}
    unresolved: dict[str, Array] = {}
    searches, flows = range(0, len(categories), MOST), range(0, max(len(categories), 1), WIDTH)
    steps = each("measuring exposure", range(2 * (len(searches) + len(flows))))
    for direction in DIRECTIONS:
        along, back = network.towards(direction)
        near = np.empty((network.nodes, len(categories)), np.uint8)
        for start, _ in zip(searches, steps, strict=False):
            some = member[:, start : start + MOST]
            bits = (some.astype(np.uint64) << np.arange(some.shape[1], dtype=np.uint64)).sum(axis=1, dtype=np.uint64)
            found = np.empty(some.shape, np.uint8)
            search(along[0], along[1], bits, closed, hops, found)
            near[:, start : start + MOST] = found
        parts: list[Array] = []
        rest = np.zeros(len(wanted))
        for start, _ in zip(flows, steps, strict=False):
            some = member[:, start : start + WIDTH]
            padded = np.zeros((network.nodes, WIDTH))
            padded[:, : some.shape[1]] = some
            flowed, caught = flow(*back, padded, absorbing, hops)
            parts.append(flowed[wanted, : some.shape[1]])
            rest = caught[wanted]
        distance[direction] = near
        share[direction] = np.concatenate(parts, axis=1)
        unresolved[direction] = 1.0 - rest
    next(steps, None)
    return Measured(
        network, labels, categories, hops, member, closed, distance, share, unresolved, wanted
    )  # fmt: skip


def exposure_rows(found: Measured) -> list[dict[str, Any]]:
    """One row a wallet, direction and category to which it is exposed, nearest and largest first."""
    from workbench.analysis.kernels.exposure import FAR

    names = found.network.ledger.wallets
    rows: list[dict[str, Any]] = []
    for direction in DIRECTIONS:
        near = found.distance[direction][found.asked]
        share = found.share[direction]
        known = found.has_value(direction)
        beside = _counterparties(found, direction)
        touched = ((near != FAR) & (near > 0)) | (share > 0) | beside
        for i, c in zip(*np.nonzero(touched), strict=True):
            category = found.categories[c]
            if near[i, c] == 0 and not beside[i, c]:
                continue  # a member whose own value came back to it
            hops = int(near[i, c]) or (1 if beside[i, c] else None)  # a member's own distance is 0: it is a hit itself
            rows.append({
                "wallet": str(names[found.asked[i]]), "direction": direction, "kind": category.kind,
                "category": category.id, "name": category.name, "hops": hops,
                "flow_share": float(share[i, c]) if known[i] else None,
                "member_itself": bool(near[i, c] == 0),
            })  # fmt: skip
    return rows


def _counterparties(found: Measured, direction: str) -> Array:
    """Which of the wallets asked about dealt directly with another member of each category."""
    ledger = found.network.ledger
    mine, theirs = (ledger.target, ledger.source) if direction == DIRECTIONS[0] else (ledger.source, ledger.target)
    made = np.zeros((found.network.nodes, len(found.categories)), bool)
    rows = np.flatnonzero(np.asarray(found.member.any(axis=1))[theirs])
    for c in range(len(found.categories)):
        made[mine[rows[found.member[theirs[rows], c]]], c] = True
    taken: Array = made[found.asked]
    return taken


def direct_rows(found: Measured) -> list[dict[str, Any]]:
    """One row a wallet, direction, category, labelled counterparty and asset, summed exactly."""
    ledger = found.network.ledger
    wanted = np.zeros(found.network.nodes, bool)
    wanted[found.asked] = True
    labelled: Array = np.asarray(found.member.any(axis=1))
    rows: list[dict[str, Any]] = []
    for direction in DIRECTIONS:
        mine, theirs = (ledger.target, ledger.source) if direction == DIRECTIONS[0] else (ledger.source, ledger.target)
        near = np.flatnonzero(wanted[mine] & labelled[theirs])
        near = near[np.lexsort((ledger.asset[near], theirs[near], mine[near]))]
        keys = np.stack([mine[near], theirs[near], ledger.asset[near]])
        new = np.r_[True, (keys[:, 1:] != keys[:, :-1]).any(axis=0)] if len(near) else np.empty(0, bool)
        first = np.flatnonzero(new)
        sums = exact_sums(ledger.amount[near], first)
        for at, end, amount in zip(first, np.r_[first[1:], len(near)] if len(first) else first, sums, strict=True):
            run = near[at:end]
            dollars = found.network.usd[run]
            valued = np.isfinite(dollars)
            common = {
                "wallet": str(ledger.wallets[mine[run[0]]]), "direction": direction,
                "counterparty": str(ledger.wallets[theirs[run[0]]]), "asset": ledger.assets[ledger.asset[run[0]]],
                "transfers": len(run), "amount_base_units": amount,
                "value_usd": float(dollars[valued].sum()) if valued.any() else None,
                "transfers_without_usd": int((~valued).sum()), "apportioned": int(found.network.links[run].sum()),
                "first_time_ms": int(ledger.time_ms[run].min()), "last_time_ms": int(ledger.time_ms[run].max()),
            }  # fmt: skip
            for c in np.flatnonzero(found.member[theirs[run[0]]]):
                category = found.categories[c]
                rows.append({
                    **common, "kind": category.kind, "category": category.id, "name": category.name,
                    "called": _called(found.labels, common["counterparty"], category),
                })  # fmt: skip
    return rows


def _called(labels: Labels, wallet: str, category: Category) -> list[str]:
    """What the labels of one category call a wallet: the services, where the category is a concept."""
    said = labels.by_wallet.get(wallet, ())
    return sorted({one.name for one in said if one.counts and (one.kind, one.category) == (category.kind, category.id)})


def with_direct(rows: list[dict[str, Any]], direct: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The exposures with what came or went directly, over all assets, beside each."""
    sums: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in direct:
        key = (row["wallet"], row["direction"], row["kind"], row["category"])
        at = sums.setdefault(key, {"transfers": 0, "value_usd": None, "transfers_without_usd": 0, "called": set()})
        at["transfers"] += row["transfers"]
        at["transfers_without_usd"] += row["transfers_without_usd"]
        at["called"] |= set(row["called"])
        if row["value_usd"] is not None:
            at["value_usd"] = (at["value_usd"] or 0.0) + row["value_usd"]
    none: dict[str, Any] = {"transfers": 0, "value_usd": None, "transfers_without_usd": 0, "called": set()}
    for row in rows:
        found = sums.get((row["wallet"], row["direction"], row["kind"], row["category"]), none)
        row.update({**found, "called": sorted(found["called"])})
    return rows


__all__ = ["Measured", "direct_rows", "exposure_rows", "measure", "with_direct"]
