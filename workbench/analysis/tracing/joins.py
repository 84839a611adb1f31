"""Both sides of a swap, a wrap or a bridge: where value goes on in another asset or on another network.

*Exact*: a wallet gives one asset and gets another in the same transaction, a service of the caller's on the other end
(`swaps`); a bridge's two sides carry one id (`by_id`). *Probable*: an arrival and the exits that could be it, each
with its probability, the size of the set and how many fit by coincidence (`candidates`). A probable join is a
hypothesis, and is kept apart from what the ledger proves (section 4 of the definitions).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Integers, Ledger

if TYPE_CHECKING:
    import pandas as pd

SWAP, WRAP, BRIDGE = 0, 1, 2
KINDS = ("swap", "wrap", "bridge")
UNKNOWN = -1
SHIFTS = 20
"""How often the times are shifted to count what fits by coincidence."""
_IN_BLOCK = 1_000_000


@dataclass(frozen=True)
class Joins:
    """Pairs of rows. Several rows of one side that belong together have one `group`: value is pooled within it."""

    out_row: Integers
    in_row: Integers
    kind: NDArray[np.uint8]
    """An index into `KINDS`."""
    group: Integers
    exact: NDArray[np.bool_]
    """False where the sides of the exchange cannot be told apart, or several assets came back."""
    transaction: Integers
    """Of the out-row, as `transactions` numbers them; -1 where the two sides are in different ones."""
    remarks: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.out_row)

    def to_frame(self, ledger: Ledger) -> pd.DataFrame:
        """One row a pair, with names and amounts."""
        import pandas as pd

        amounts = {f"{side}_base_units": [int(v) for v in ledger.amount[rows]]
                   for side, rows in (("sent", self.out_row), ("received", self.in_row))}  # fmt: skip
        names = [ledger.assets[code] for code in ledger.asset[self.out_row].tolist()]
        return pd.DataFrame({
            "group": self.group, "kind": [KINDS[k] for k in self.kind.tolist()], "exact": self.exact,
            "wallet": ledger.wallets[ledger.source[self.out_row]], "asset_sent": names,
            "asset_received": [ledger.assets[code] for code in ledger.asset[self.in_row].tolist()], **amounts,
            "out_row": self.out_row, "in_row": self.in_row,
        })  # fmt: skip


def transactions(ledger: Ledger, ids: Sequence[str] | None = None) -> Integers:
    """A number for each row's transaction, equal within one; -1 where it is not known.

    From `ids` (transfer ids of all rows), else from the ledger's own, else from network, block and position.
    """
    known = ledger.ids if ids is None else ids
    if known is not None:
        numbers: dict[str, int] = {}
        return np.array([numbers.setdefault(str(i).rpartition("/")[0], len(numbers)) for i in known], np.int64)
    if ledger.block is None or ledger.position is None:
        return np.full(len(ledger), UNKNOWN, np.int64)
    names = sorted({asset.partition("/")[0] for asset in ledger.assets})
    network = np.array([names.index(asset.partition("/")[0]) for asset in ledger.assets], np.int64)
    within = (ledger.block >= 0) & (ledger.position >= 0)
    found = np.full(len(ledger), UNKNOWN, np.int64)
    if within.any():
        columns = [network[ledger.asset][within], ledger.block[within], ledger.position[within] // _IN_BLOCK]
        order = np.lexsort(columns)
        fresh = np.zeros(len(order), bool)
        for column in columns:  # a row begins another transaction where any of the three differs from the one before
            fresh[1:] |= column[order][1:] != column[order][:-1]
        counted = np.empty(len(order), np.int64)
        counted[order] = np.cumsum(fresh)
        found[within] = counted
    return found


def swaps(
    ledger: Ledger, services: Collection[int], *, transaction: Integers | None = None,
    wallets: Collection[int] | None = None,
) -> Joins:  # fmt: skip
    """Wallets that gave one asset and got another in one transaction, with one of `services` on the other end.

    `services`: routers, pools and wrapping contracts, as indices into the ledger's wallets; they are no customers.
    `wallets`: look at these only. What a wallet got back of the asset it gave is taken off (net amounts decide).
    """
    number = transactions(ledger) if transaction is None else transaction
    serving = np.zeros(len(ledger.wallets) + 1, bool)
    serving[list(services)] = True
    asked = np.ones(len(ledger.wallets) + 1, bool)
    if wallets is not None:
        asked[:] = False
        asked[list(wallets)] = True
    size = len(ledger.wallets) + 1
    busy = np.zeros(int(number.max(initial=-1)) + 2, bool)  # transactions that touch a service: few; -1 is the last
    busy[number[serving[ledger.source] | serving[ledger.target]]] = True
    busy[-1] = False
    usable = busy[number] & (ledger.source != ledger.target) & (ledger.amount > 0).astype(bool)
    out_ok = usable & ~serving[ledger.source] & asked[ledger.source]
    in_ok = usable & ~serving[ledger.target] & asked[ledger.target]
    both = np.intersect1d(number[out_ok] * size + ledger.source[out_ok], number[in_ok] * size + ledger.target[in_ok])
    rows: dict[int, tuple[list[int], list[int]]] = {int(key): ([], []) for key in both}
    for side, ok, ends in ((0, out_ok, ledger.source), (1, in_ok, ledger.target)):
        code = number * size + ends
        for row in np.flatnonzero(ok & np.isin(code, both)).tolist():
            rows[int(code[row])][side].append(row)
    made: list[tuple[int, int, int, int, bool, int]] = []
    nets: dict[int, list[tuple[frozenset[int], frozenset[int]]]] = defaultdict(list)
    groups: list[tuple[int, list[int], list[int], frozenset[int], frozenset[int]]] = []
    for key, (outs, ins) in rows.items():
        net: dict[int, int] = defaultdict(int)
        for row in outs:
            net[int(ledger.asset[row])] -= int(ledger.amount[row])
        for row in ins:
            net[int(ledger.asset[row])] += int(ledger.amount[row])
        gave, got = (frozenset(a for a, v in net.items() if v * sign > 0) for sign in (-1, 1))
        touched = any(serving[ledger.target[r]] for r in outs) or any(serving[ledger.source[r]] for r in ins)
        if gave and got and touched:
            nets[key // size].append((gave, got))
            outs = [r for r in outs if int(ledger.asset[r]) in gave]
            ins = [r for r in ins if int(ledger.asset[r]) in got]
            groups.append((key, outs, ins, gave, got))
    for group, (key, outs, ins, gave, got) in enumerate(groups):
        mirrored = (got, gave) in nets[key // size]  # a pool nobody named looks like a customer the other way round
        exact = len(gave) == len(got) == 1 and not mirrored
        for out_row in outs:
            for in_row in ins:
                kind = WRAP if _wraps(ledger, out_row, in_row) else SWAP
                made.append((out_row, in_row, kind, group, exact, key // size))
    unsure = len({row[3] for row in made if not row[4]})
    remarks = (
        (f"{unsure} exchanges whose sides cannot be told apart, or that gave several assets back",) if unsure else ()
    )
    return _joins(made, remarks)


def by_id(out_rows: Sequence[int], out_ids: Sequence[str], in_rows: Sequence[int], in_ids: Sequence[str]) -> Joins:
    """The two sides of a bridge that carry one id; an id that stands twice on one side joins nothing, and is told."""
    sides: list[dict[str, list[int]]] = []
    for rows, ids in ((out_rows, out_ids), (in_rows, in_ids)):
        found: dict[str, list[int]] = defaultdict(list)
        for row, id_ in zip(rows, ids, strict=True):
            found[id_].append(int(row))
        sides.append(found)
    doubled = sorted(id_ for side in sides for id_, rows in side.items() if len(rows) > 1)
    pairs = [(sides[0][id_][0], sides[1][id_][0]) for id_ in sides[0] if id_ in sides[1] and id_ not in set(doubled)]
    alone = sum(len(side) for side in sides) - 2 * len(pairs) - len(doubled)
    remarks = tuple(
        text for count, text in (
            (len(doubled), f"{len(doubled)} ids stand more than once on one side, and join nothing"),
            (alone, f"{max(alone, 0)} ids have no other side in this ledger"),
        ) if count > 0
    )  # fmt: skip
    return _joins([(a, b, BRIDGE, i, True, UNKNOWN) for i, (a, b) in enumerate(sorted(pairs))], remarks)


@dataclass(frozen=True)
class Candidates:
    """For each arrival the exits that could be it. Hypotheses; a probability is one under the stated assumptions."""

    table: pd.DataFrame
    """out_row, in_row, probability, fee_share, delay_hours, candidates (the set's size), by_chance (expected in it)."""
    without: tuple[int, ...]
    """Arrivals with no exit that fits."""
    base_rate: float
    """Exits that fit an arrival when the times are shifted, on average: what coincidence alone gives."""

    def words(self) -> list[str]:
        """What the set says, in sentences."""
        arrivals = self.table["out_row"].nunique()
        return [
            f"{arrivals} arrivals have {len(self.table)} possible exits; {len(self.without)} have none.",
            f"By coincidence alone an arrival would have {self.base_rate:.2g} exits that fit (times shifted).",
            "These are possibilities with probabilities, not findings.",
        ]


def candidates(
    ledger: Ledger, out_rows: NDArray[Any], in_rows: NDArray[Any], *, worth: Mapping[int, float] | None = None,
    fee: tuple[float, float] = (0.0, 0.01), delay_ms: tuple[int, int] = (0, 6 * 3_600_000), present: float = 0.9,
) -> Candidates:  # fmt: skip
    """Exits (`in_rows`) that may be the other side of arrivals at a bridge or swap service (`out_rows`).

    `worth`: asset code → what a base unit is worth in any one measure (decimals, quoted rate); without it only exits in
    the same asset fit. `fee` and `delay_ms`: least and most. Assumed: the true exit is in the ledger with probability
    `present`, short delays are likelier (falling in a straight line), and others' exits come at the rate that
    shifted times show. So P(exit i) = a_i / (sum a + 1 - present), with a_i = present * 2 (1 - delay / window) / rate.
    """
    import pandas as pd

    value = (
        np.array([float(v) for v in ledger.amount]) if ledger.amount.dtype == object else ledger.amount.astype(float)
    )
    if worth is not None:
        value = value * np.array([worth.get(code, np.nan) for code in range(len(ledger.assets))])[ledger.asset]
    out_rows, in_rows = np.asarray(out_rows, np.int64), np.asarray(in_rows, np.int64)
    in_rows = in_rows[np.argsort(ledger.time_ms[in_rows], kind="stable")]
    times = ledger.time_ms[in_rows]
    window = delay_ms[1] - delay_ms[0]

    def fitting(row: int, shift: int) -> NDArray[Any]:
        start = ledger.time_ms[row] + delay_ms[0] + shift
        found = in_rows[np.searchsorted(times, start) : np.searchsorted(times, start + window, side="right")]
        if worth is None:
            found = found[ledger.asset[found] == ledger.asset[row]]
        share = 1 - value[found] / value[row] if value[row] > 0 else np.full(len(found), np.nan)
        kept: NDArray[Any] = found[(share >= fee[0] - 1e-12) & (share <= fee[1] + 1e-12) & (found != row)]
        return kept

    steps = [k * (window + 1) * sign for k in range(1, SHIFTS // 2 + 1) for sign in (-1, 1)]
    first, last = (int(times[0]), int(times[-1])) if len(times) else (0, -1)
    made, without, chances = [], [], []
    for row in out_rows.tolist():
        begin = int(ledger.time_ms[row]) + delay_ms[0]
        counted = [len(fitting(row, s)) for s in steps if first <= begin + s and begin + s + window <= last]
        rate = (sum(counted) + 0.5) / (len(counted) + 1)  # never nought: that nothing was seen proves little
        chances.append(sum(counted) / len(counted) if counted else np.nan)
        found = fitting(row, 0)
        if not len(found):
            without.append(row)
            continue
        delay = (ledger.time_ms[found] - ledger.time_ms[row] - delay_ms[0]) / max(window, 1)
        weight = present * 2 * np.maximum(1 - delay, 0.01) / rate
        chance = weight / (weight.sum() + 1 - present)
        for exit_, probability in sorted(
            zip(found.tolist(), chance.tolist(), strict=True), key=lambda x: (-x[1], x[0])
        ):
            made.append((
                row, exit_, probability, 1 - value[exit_] / value[row],
                float(ledger.time_ms[exit_] - ledger.time_ms[row]) / 3_600_000, len(found), rate,
            ))  # fmt: skip
    table = pd.DataFrame(made, columns=[
        "out_row", "in_row", "probability", "fee_share", "delay_hours", "candidates", "by_chance"])  # fmt: skip
    known = [chance for chance in chances if not np.isnan(chance)]
    return Candidates(table, tuple(without), float(np.mean(known)) if known else float("nan"))


def _wraps(ledger: Ledger, out_row: int, in_row: int) -> bool:
    """One to one, through the contract of the token that comes out or goes in."""
    if int(ledger.amount[out_row]) != int(ledger.amount[in_row]):
        return False
    ends = {str(ledger.wallets[ledger.target[out_row]]).rpartition(":")[2],
            str(ledger.wallets[ledger.source[in_row]]).rpartition(":")[2]}  # fmt: skip
    tokens = {ledger.assets[ledger.asset[r]].rpartition(":")[2] for r in (out_row, in_row)}
    return bool(ends & tokens)


def _joins(rows: Sequence[tuple[int, int, int, int, bool, int]], remarks: tuple[str, ...]) -> Joins:
    columns = list(zip(*rows, strict=True)) or [()] * 6
    return Joins(
        np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(columns[2], np.uint8),
        np.array(columns[3], np.int64), np.array(columns[4], bool), np.array(columns[5], np.int64), remarks,
    )  # fmt: skip


__all__ = ["KINDS", "Candidates", "Joins", "by_id", "candidates", "swaps", "transactions"]
