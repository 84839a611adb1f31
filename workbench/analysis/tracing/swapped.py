"""Follows value through swaps, wraps and matched bridges: what came out is tainted as what went in was.

Only joins that are proved are followed: one wallet, one transaction, one asset given, one got (`joins.swaps`); or the
two sides of a bridge that an id joins (`bridged`). What goes on is each method's own: the part of what was paid that
the method calls tainted is the part of what came out. An exchange hands back one amount for another, and which unit was
paid for which has no meaning, so the proportion is that of the whole. A refund is taken off first.

It is booked on both sides: it no longer counts as having crossed where it left (`onward.Onward`), and is injected
where it came out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import FOLLOWED, ROUTER, STOP, UNREACHED
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.asset import AssetTrace
from workbench.analysis.tracing.bridged import Pair
from workbench.analysis.tracing.joins import KINDS, swaps, transactions
from workbench.analysis.tracing.onward import Onward
from workbench.analysis.tracing.problem import ReadIds, Seeding
from workbench.analysis.tracing.sides import places
from workbench.analysis.tracing.taint import METHODS

Seeded = dict[str, dict[int, tuple[Seeding, ...]]]
"""Asset → row of that asset's ledger → what comes into it from elsewhere."""
ROUNDS = 20
"""Joins in a row that are followed."""
COLUMNS = (
    "transaction", "kind", "incident", "wallet", "asset_in", "tainted_in_base_units", "asset_out",
    "tainted_out_base_units", "fee_base_units", "method", "release", "id", "reason",
)  # fmt: skip
Amounts = dict[str, int]
Key = tuple[int, int]
"""A row (or node) and an incident."""


@dataclass(frozen=True)
class _Taint:
    """What followed rows of one asset carry by every method, and how far from a source they are."""

    row: int
    amounts: dict[int, Amounts]
    hops: dict[int, int]


@dataclass(frozen=True)
class Join:
    """What one swap or bridge carries on of one incident."""

    asset: str
    """What came out."""
    seeds: dict[int, Seeding]
    """Row of that asset's ledger → what comes into it."""
    left: str
    """The asset that was given."""
    booked: tuple[Onward, ...]
    line: dict[str, Any]


@dataclass
class Joined:
    """What joins bring into each asset and take out of it."""

    joins: list[Join] = field(default_factory=list)

    def seeds(self) -> Seeded:
        """What comes into each asset, in a fixed order."""
        made: dict[str, dict[int, list[Seeding]]] = {}
        for join in self.joins:
            for row, seeding in join.seeds.items():
                made.setdefault(join.asset, {}).setdefault(row, []).append(seeding)
        return {
            asset: {row: tuple(sorted(some)) for row, some in sorted(rows.items())}
            for asset, rows in sorted(made.items())
        }  # fmt: skip

    def onward(self, asset: str) -> tuple[Onward, ...]:
        """What went on out of an asset."""
        return tuple(one for join in self.joins if join.left == asset for one in join.booked)

    def only(self, seeds: Seeded) -> Joined:
        """Those joins that bring what is injected already."""
        return Joined([
            join for join in self.joins
            if all(seeding in seeds.get(join.asset, {}).get(row, ()) for row, seeding in join.seeds.items())
        ])  # fmt: skip

    def table(self) -> pd.DataFrame:
        """The joins, one row each and incident."""
        made = pd.DataFrame([join.line for join in self.joins], columns=list(COLUMNS))
        return made.sort_values(["transaction", "kind", "wallet", "asset_out", "incident"], ignore_index=True)


def joined(
    ledger: Ledger, parts: Sequence[AssetTrace], services: Collection[int], read_ids: ReadIds, method: str,
    pairs: Sequence[Pair] = (),
) -> Joined:  # fmt: skip
    """What joins bring into each asset, given what was found so far."""
    made = Joined()
    if services and len(ledger) and parts:
        made.joins += _swaps(ledger, parts, services, read_ids, method)
    _bridges(made, parts, pairs, method)
    return made


def follow_joins(
    solved: Callable[[Seeded], list[AssetTrace]], parts: list[AssetTrace],
    find: Callable[[Sequence[AssetTrace]], Joined],
) -> tuple[list[AssetTrace], pd.DataFrame, bool]:  # fmt: skip
    """Follow joins until nothing more comes of it: the assets with what went on booked, the joins, and whether it was
    cut before that. Then what was not injected is not booked as gone on either."""
    seeds: Seeded = {}
    made = find(parts)
    for _ in range(ROUNDS):
        if made.seeds() == seeds:
            break
        seeds = made.seeds()
        parts = solved(seeds)
        made = find(parts)
    cut = made.seeds() != seeds
    if cut:
        made = made.only(seeds)
    parts = [replace(part, onward=booked) if (booked := made.onward(part.asset)) else part for part in parts]
    return parts, made.table(), cut


def _swaps(
    ledger: Ledger, parts: Sequence[AssetTrace], services: Collection[int], read_ids: ReadIds, method: str
) -> list[Join]:  # fmt: skip
    serving, own = set(services), {wallet for part in parts for wallet in part.problem.question.sources}
    wallets = _reached(parts) - serving
    mine = np.zeros(len(ledger.wallets), bool)
    mine[list(wallets)] = True
    near_rows = np.flatnonzero(mine[ledger.source] | mine[ledger.target])
    near = ledger.take(near_rows)
    ids = read_ids(ledger, near_rows)
    number = transactions(near, list(ids))
    found = swaps(near, sorted(serving), transaction=number, wallets=sorted(wallets))
    until = parts[0].problem.question.until_ms
    groups: dict[int, tuple[dict[int, None], int, int]] = {}
    for out_row, in_row, group, kind, exact in zip(
        found.out_row.tolist(), found.in_row.tolist(), found.group.tolist(), found.kind.tolist(), found.exact.tolist(),
        strict=True,
    ):  # fmt: skip
        late = until is not None and int(near.time_ms[in_row]) > until
        if exact and not late and int(near.source[in_row]) not in own:
            groups.setdefault(group, ({}, out_row, kind))[0][in_row] = None
    if not groups:
        return []
    busy = np.isin(number, np.unique([number[out_row] for _, out_row, _ in groups.values()]))
    taint = _tainted(ledger, parts, near_rows[busy])
    held = _held(parts)
    place = places(ledger)
    rows_of: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(busy).tolist():
        rows_of[int(number[row])].append(row)
    gave: dict[tuple[str, str, int], list[tuple[Amounts, _Swap]]] = defaultdict(list)
    for ins, out_row, kind in groups.values():
        wallet, code = int(near.source[out_row]), int(near.asset[out_row])
        swap = _Swap(wallet, ledger.assets[code], str(ids[out_row]).rpartition("/")[0], KINDS[kind], list(ins))
        for incident, net in swap.count(near, rows_of[int(number[out_row])], near_rows, code, taint).items():
            gave[swap.transaction, swap.asset, incident].append((net, swap))
    made: list[Join] = []
    for (transaction, asset, incident), some in sorted(gave.items(), key=lambda item: item[0]):
        room = held.get((transaction, asset), {})
        taken = _shared_out([net for net, _ in some], {node: had.get(incident, {}) for node, had in room.items()})
        for (_, swap), (amounts, by_node) in zip(some, taken, strict=True):
            if not amounts.get("poison"):
                continue
            got = {
                int(place[near_rows[row]]): Seeding(
                    incident, int(near.amount[row]), swap.hops[incident],
                    _shares(int(near.amount[row]), swap.got, swap.net_got, swap.paid, amounts), "swap",
                )
                for row in swap.ins
            }  # fmt: skip
            booked = tuple(
                Onward(node, "swap", transaction, incident, taken_, {},
                       (taken_.get("poison", 0), room[node][incident]["poison"]))
                for node, taken_ in by_node.items()
            )  # fmt: skip
            asset_out = ledger.assets[int(near.asset[swap.ins[0]])]
            made.append(Join(asset_out, got, asset, booked, _line(method, parts, incident, amounts, got.values(), {
                "transaction": transaction, "kind": swap.kind, "wallet": ledger.wallets[swap.wallet],
                "asset_in": asset, "asset_out": asset_out, "fee_base_units": None, "release": transaction,
                "id": None, "reason": "one wallet, one transaction",
            })))  # fmt: skip
    return made


@dataclass(eq=False)
class _Swap:
    """What one wallet gave of one asset in one transaction, and the rows in which it was paid for it."""

    wallet: int
    asset: str
    transaction: str
    kind: str
    ins: list[int]
    paid: int = 0
    """Base units, net of what came back."""
    got: int = 0
    net_got: int = 0
    """What it was paid, and that less what it gave of the same in the transaction."""
    hops: dict[int, int] = field(default_factory=dict)

    def count(
        self, near: Ledger, rows: Sequence[int], numbers: Any, code: int, taint: Mapping[int, _Taint]
    ) -> dict[int, Amounts]:
        """Incident → what it gave by every method, net."""
        net: dict[int, Amounts] = defaultdict(lambda: defaultdict(int))
        for row in rows:
            gives, gets = int(near.source[row]) == self.wallet, int(near.target[row]) == self.wallet
            if gives == gets:
                continue
            sign = 1 if gives else -1
            if int(near.asset[row]) != code:
                if int(near.asset[row]) == int(near.asset[self.ins[0]]):
                    self.got += 0 if gives else int(near.amount[row])
                    self.net_got -= sign * int(near.amount[row])
                continue
            self.paid += sign * int(near.amount[row])
            if (carried := taint.get(int(numbers[row]))) is None:
                continue
            for incident, amounts in carried.amounts.items():
                for method, amount in amounts.items():
                    net[incident][method] += sign * amount
                if gives:
                    hops = carried.hops[incident]
                    self.hops[incident] = min(hops, self.hops.get(incident, hops))
        return {
            incident: {method: max(amount, 0) for method, amount in amounts.items()}
            for incident, amounts in sorted(net.items()) if incident in self.hops and self.paid > 0
        }  # fmt: skip


def _bridges(made: Joined, parts: Sequence[AssetTrace], pairs: Sequence[Pair], method: str) -> None:
    """What matched bridges take and bring; nothing where no taint went in, or a swap came out there."""
    taken = {(join.asset, row) for join in made.joins for row in join.seeds}
    for part in parts:
        mine = {pair.deposit.row: pair for pair in pairs if pair.deposit.asset == part.asset}
        picked = part.problem.picked
        rows = np.flatnonzero(np.isin(picked, list(mine)) & (part.found.status == FOLLOWED))
        for row, found in sorted(_of_rows(part, rows).items()):
            pair = mine[int(picked[row])]
            node = int(part.problem.rows.target[row])
            if part.kind[node] in (STOP, ROUTER) and (pair.release.asset, pair.release.row) not in taken:
                made.joins += _bridge(made, part, node, found, pair, method)


def _bridge(made: Joined, part: AssetTrace, node: int, found: _Taint, pair: Pair, method: str) -> list[Join]:
    joins = []
    paid, out = pair.deposit.amount, pair.release.amount
    for incident, carried in sorted(found.amounts.items()):
        amounts = carried
        if part.kind[node] == ROUTER:  # what it handed on in the same transaction is not what was bridged
            stays = _of_node(part, node, incident)
            for one in made.onward(part.asset):
                if one.node == node and one.incident == incident:
                    stays = {m: v - one.amounts.get(m, 0) for m, v in stays.items()}
            amounts = {m: max(min(v, stays.get(m, 0)), 0) for m, v in carried.items()}
        if not amounts["poison"]:
            continue
        got = Seeding(incident, out, found.hops[incident], _shares(out, out, out, paid, amounts), "bridge")
        fees = {m: v - v * (paid - (pair.fee or 0)) // paid for m, v in amounts.items()}
        share = amounts["poison"], int(part.closing[node])
        booked = Onward(node, "bridge", pair.deposit.transaction, incident, amounts, fees, share, found.row)
        line = _line(method, [part], incident, amounts, [got], {
            "transaction": pair.deposit.transaction, "kind": "bridge", "wallet": pair.release.receiver,
            "asset_in": part.asset, "asset_out": pair.release.asset, "release": pair.release.transaction,
            "fee_base_units": None if pair.fee is None else fees.get(method, 0), "id": pair.id, "reason": pair.reason,
        })  # fmt: skip
        joins.append(Join(pair.release.asset, {pair.release.row: got}, part.asset, (booked,), line))
    return joins


def _line(
    method: str, parts: Sequence[AssetTrace], incident: int, amounts: Amounts, got: Iterable[Seeding],
    said: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    return {
        **said,
        "incident": parts[0].incidents[incident],
        "tainted_in_base_units": amounts.get(method, 0),
        "tainted_out_base_units": sum(one.shares[METHODS.index(method)] for one in got),
        "method": method,
    }


def _shares(row: int, got: int, net: int, paid: int, amounts: Amounts) -> tuple[int, ...]:
    """What each method says of one row of what came out; poison calls all of it tainted.

    For `paid` came `got` in all, `net` less what went the other way.
    """
    return tuple(
        row * bool(amounts.get(method)) if method == "poison" else row * net * amounts.get(method, 0) // (got * paid)
        for method in METHODS
    )


def _shared_out(
    wanted: Sequence[Amounts], room: Mapping[int, Amounts]
) -> list[tuple[Amounts, dict[int, Amounts]]]:  # fmt: skip
    """For each of several who want a part of what stayed at nodes: what he gets, and of which node.

    Where they want more than stayed, in proportion, rounded down.
    """
    made: list[tuple[Amounts, dict[int, Amounts]]] = [({}, {}) for _ in wanted]
    for method in METHODS:
        left = {node: had.get(method, 0) for node, had in sorted(room.items())}
        have, asked = sum(left.values()), sum(one.get(method, 0) for one in wanted)
        for one, (total, by_node) in zip(wanted, made, strict=True):
            want = one.get(method, 0)
            want = want if asked <= have else want * have // asked
            if not want:
                continue
            total[method] = want
            for node in left:
                taken = min(want, left[node])
                if taken:
                    left[node] -= taken
                    want -= taken
                    by_node.setdefault(node, {})[method] = taken
    return made


def _account(part: AssetTrace) -> bool:
    return part.problem.ledger is not None


def _reached(parts: Sequence[AssetTrace]) -> set[int]:
    """Wallets of the account model's ledger that taint reached, and the sources."""
    wallets: set[int] = set()
    for part in parts:
        if _account(part):
            wallets |= set(part.wallet[part.found.depth < UNREACHED].tolist())
            wallets |= set(part.problem.question.sources)
    return wallets


def _tainted(ledger: Ledger, parts: Sequence[AssetTrace], wanted: Any) -> dict[int, _Taint]:
    """What some rows (of the whole ledger) carry, for those that are tainted and were followed."""
    made: dict[int, _Taint] = {}
    for part in parts:
        if not _account(part):
            continue
        whole = np.flatnonzero(ledger.asset == ledger.assets.index(part.asset))[part.problem.picked]
        rows = np.flatnonzero(np.isin(whole, wanted) & (part.found.status == FOLLOWED))
        for row, found in _of_rows(part, rows).items():
            made[int(whole[row])] = found
    return made


def _of_rows(part: AssetTrace, rows: Any) -> dict[int, _Taint]:
    row, incident, columns = part.entries
    made: dict[int, _Taint] = {}
    for at in np.flatnonzero(np.isin(row, rows)).tolist():
        found = made.setdefault(int(row[at]), _Taint(int(row[at]), {}, {}))
        found.amounts[int(incident[at])] = {method: int(values[at]) for method, values in columns.items()}
        found.hops[int(incident[at])] = int(part.raw_hops[at])
    return made


def _held(parts: Sequence[AssetTrace]) -> dict[tuple[str, str], dict[int, dict[int, Amounts]]]:
    """(transaction, asset) → router's node → incident → what stays there: all that a swap can have taken."""
    made: dict[tuple[str, str], dict[int, dict[int, Amounts]]] = {}
    for part in parts:
        rows = part.problem.rows
        for row in np.flatnonzero((part.kind[rows.target] == ROUTER) & (part.found.status == FOLLOWED)).tolist():
            node = int(rows.target[row])
            nodes = made.setdefault((str(part.problem.known_ids[row]).rpartition("/")[0], part.asset), {})
            if node not in nodes:
                nodes[node] = {incident: _of_node(part, node, incident) for incident in range(len(part.incidents))}
    return made


def _of_node(part: AssetTrace, node: int, incident: int) -> Amounts:
    tainted = int(part.found.of_node[node]) >> incident & 1
    return {
        "poison": int(part.closing[node]) if tainted else 0,
        **{method: int(carried.held[node, incident]) for method, carried in part.carried.items()},
    }


__all__ = ["COLUMNS", "ROUNDS", "Join", "Joined", "Seeded", "follow_joins", "joined"]
