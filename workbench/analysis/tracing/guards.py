"""Guards against planted data: rows that a trace does not follow, each with its reason and its value.

Section 3 of the definitions. Zero-value transfers and counterfeit tokens cost nothing to make; a *lookalike* shares
at least 3 leading and 4 trailing hexadecimal digits with a true counterparty of the same address and is not one itself
(address poisoning: Tsuchiya et al. 2025, "Blockchain Address Poisoning", who find tiny, zero-value and counterfeit
transfers). Only EVM addresses are compared.

What makes a counterparty true is that the address itself sent it genuine value, or got a genuine amount from it. A
lookalike that was sent genuine value, after planting something, was *paid*: the theft by poisoning worked, the value
did move, and its rows are followed and told. Where a lookalike only sent, its amounts count as planted when they are
zero, counterfeit, dust, or below a thousandth of the largest amount exchanged with the imitated address in that
asset. Larger ones are a chance likeness: of k counterparties k(k-1)/2 pairs look alike with a chance of 2^-28 each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.known_tokens import imitated

if TYPE_CHECKING:
    import pandas as pd

KEPT, ZERO_VALUE, DUST, COUNTERFEIT, LOOKALIKE, PAID_LOOKALIKE = 0, 1, 2, 3, 4, 5
REASONS = (
    "", "zero value", "dust", "counterfeit token", "lookalike address", "lookalike address that was paid: followed",
)  # fmt: skip
"""What `Guarded.reason` says; the last one is told, not left out."""
LEADING, TRAILING = 3, 4
"""Hexadecimal digits in common."""
PLANTED = 1_000
"""A lookalike's own amount is planted when it is so many times smaller than what the imitated address moved."""
CHANCE = 16.0 ** -(LEADING + TRAILING)
"""That two addresses drawn at random look alike."""
_KEYS = 16 ** (LEADING + TRAILING)
_DIGITS = np.full(256, -1, np.int8)
_DIGITS[[*b"0123456789abcdefABCDEF"]] = [*range(16), *range(10, 16)]


@dataclass(frozen=True)
class Guarded:
    """Which rows of a ledger are not followed, and why."""

    ledger: Ledger
    leave_out: NDArray[np.bool_]
    reason: NDArray[np.uint8]
    """An index into `REASONS`, for each row."""
    imitates: dict[int, tuple[int, int, int]]
    """Row → (whose counterparty, the lookalike, whom it imitates), as indices into the ledger's wallets."""
    tokens: dict[int, str]
    """Asset code → the token or coin it imitates."""
    without_symbol: tuple[str, ...]
    """Tokens whose symbol was not given: they could not be judged."""
    counterparties: dict[int, int]
    """Wallet → with how many others it moved anything, for those that have a lookalike."""

    def table(self, ids: NDArray[Any] | None = None) -> pd.DataFrame:
        """Every row left out or told of; `ids`: the transfer ids of `rows()`, where known."""
        import pandas as pd

        names, ledger = self.ledger.wallets, self.ledger
        made = []
        for place, row in enumerate(self.rows().tolist()):
            whose, who, whom = self.imitates.get(row, (-1, -1, -1))
            count = self.counterparties.get(whose, 0)
            made.append({
                "transfer_id": None if ids is None else ids[place],
                "time": pd.Timestamp(int(ledger.time_ms[row]), unit="ms", tz="UTC"),
                "sender": names[ledger.source[row]], "receiver": names[ledger.target[row]],
                "asset": ledger.assets[ledger.asset[row]], "amount_base_units": int(ledger.amount[row]),
                "reason": REASONS[self.reason[row]], "left_out": bool(self.leave_out[row]),
                "lookalike": names[who] if who >= 0 else None, "imitates": names[whom] if whom >= 0 else
                self.tokens.get(int(ledger.asset[row])) if self.reason[row] == COUNTERFEIT else None,
                "expected_by_chance": count * (count - 1) / 2 * CHANCE if whose >= 0 else None,
            })  # fmt: skip
        return pd.DataFrame(made, columns=_COLUMNS)

    def rows(self) -> NDArray[Any]:
        """The rows that `table` lists."""
        return np.flatnonzero(self.reason)

    def totals(self) -> pd.DataFrame:
        """Rows and amount for each reason and asset."""
        import pandas as pd

        sums: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        rows = self.rows()
        for why, asset, amount in zip(
            self.reason[rows].tolist(), self.ledger.asset[rows].tolist(), self.ledger.amount[rows].tolist(), strict=True
        ):
            total = sums[why, asset]
            total[0] += 1
            total[1] += amount
        return pd.DataFrame(
            [
                (REASONS[why], self.ledger.assets[asset], why != PAID_LOOKALIKE, count, amount)
                for (why, asset), (count, amount) in sorted(sums.items())
            ],
            columns=["reason", "asset", "left_out", "transfers", "amount_base_units"],
        )

    def words(self) -> list[str]:
        """What was left out, in sentences."""
        lines = []
        for row in self.totals().to_dict("records"):
            if row["left_out"]:
                lines.append(
                    f"{row['transfers']:,} transfers not followed ({row['reason']}): "
                    f"{row['amount_base_units']:,} base units of {row['asset']}."
                )
            else:
                lines.append(
                    f"{row['transfers']:,} transfers of {row['asset']} with a lookalike that was paid: followed."
                )
        if self.without_symbol:
            lines.append(f"{len(self.without_symbol)} tokens have no known symbol and could not be judged counterfeit.")
        return lines


_COLUMNS = [
    "transfer_id", "time", "sender", "receiver", "asset", "amount_base_units", "reason", "left_out", "lookalike",
    "imitates", "expected_by_chance",
]  # fmt: skip


def guard(
    ledger: Ledger,
    *,
    zero: bool = True,
    lookalike: bool = True,
    counterfeit: bool = True,
    dust: Mapping[str, int] | None = None,
    symbols: Mapping[str, str] | None = None,
) -> Guarded:
    """Find planted rows. `dust`: asset id → amounts below this (base units) are dust; `symbols`: asset id → its symbol.

    Each guard can be switched off by itself. A row has the first reason that holds of: zero value, counterfeit token,
    lookalike, dust.
    """
    symbols = symbols or {}
    fake = {
        code: found
        for code, asset in enumerate(ledger.assets)
        if asset in symbols and (found := imitated(asset, symbols[asset])) is not None
    }
    nothing = (ledger.amount == 0).astype(bool)
    planted = np.isin(ledger.asset, list(fake)) if fake else np.zeros(len(ledger), bool)
    least = {code: dust[asset] for code, asset in enumerate(ledger.assets) if dust and asset in dust}
    small = np.zeros(len(ledger), bool)
    for code, amount in least.items():
        small |= (ledger.asset == code) & (ledger.amount < amount).astype(bool)
    reason = np.zeros(len(ledger), np.uint8)
    imitates: dict[int, tuple[int, int, int]] = {}
    counts: dict[int, int] = {}
    if dust:
        reason[small] = DUST
    if lookalike:
        imitates, paid, counts = _Lookalikes(ledger, ~nothing & ~planted & ~small).rows()
        reason[list(imitates)] = LOOKALIKE
        reason[paid] = PAID_LOOKALIKE
    if counterfeit:
        reason[planted] = COUNTERFEIT
    if zero:
        reason[nothing] = ZERO_VALUE
    tokens = tuple(asset for asset in ledger.assets if "/erc20:" in asset and asset not in symbols)
    leave_out = (reason != KEPT) & (reason != PAID_LOOKALIKE)
    return Guarded(ledger, leave_out, reason, imitates, fake if counterfeit else {}, tokens, counts)


class _Lookalikes:
    """Pairs of counterparties of one address that look alike, by sorting (address, digits)."""

    def __init__(self, ledger: Ledger, genuine: NDArray[np.bool_]) -> None:
        self.ledger, self.genuine = ledger, genuine
        self.key = _keys(ledger.wallets)

    def rows(self) -> tuple[dict[int, tuple[int, int, int]], list[int], dict[int, int]]:
        """Planted rows with whom they imitate, rows that paid a lookalike, and how many others the victims know."""
        planted: dict[int, tuple[int, int, int]] = {}
        paid: list[int] = []
        counts: dict[int, int] = {}
        pairs = self._pairs()
        if not len(pairs):
            return planted, paid, counts
        for victim, members in self._groups(pairs).items():
            facts = {other: self._facts(victim, other) for other in members}
            true = [other for other in members if facts[other].sent or facts[other].largest]
            for other in members:
                mine = facts[other]
                models = [one for one in true if one != other and _imitates(mine, facts[one])]
                if not models:
                    continue
                whom = max(models, key=lambda one: (facts[one].count, -one))
                counts[victim] = counts.get(victim) or self._others(victim)
                for row in mine.rows:
                    planted[row] = (victim, other, whom)
                if mine.sent:
                    paid += mine.rows
        return planted, paid, counts

    def _pairs(self) -> NDArray[Any]:
        """Distinct (address, other) that share their digits with another of the same address."""
        source, target = self.ledger.source, self.ledger.target
        size = max(len(self.ledger.wallets), 1)
        keys = np.sort(self.key[self.key >= 0])
        twice = _distinct(keys[1:][keys[1:] == keys[:-1]])  # few: the rest of the ledger need not be looked at
        shared = np.zeros(size, bool)
        shared[: len(self.key)] = np.isin(self.key, twice)
        out, back = shared[target] & (source != target), shared[source] & (source != target)
        ends = _distinct(np.concatenate([source[out] * size + target[out], target[back] * size + source[back]]))
        whose, other = ends // size, ends % size
        group = whose * _KEYS + self.key[other]
        order = np.argsort(group, kind="stable")
        ordered = group[order]
        same = np.zeros(len(ordered), bool)
        if len(ordered) > 1:
            equal = ordered[1:] == ordered[:-1]
            same[1:] |= equal
            same[:-1] |= equal
        return np.stack([whose[order[same]], other[order[same]]], axis=1)

    def _others(self, wallet: int) -> int:
        source, target = self.ledger.source, self.ledger.target
        return len(_distinct(np.concatenate([target[source == wallet], source[target == wallet]])))

    def _groups(self, pairs: NDArray[Any]) -> dict[int, list[int]]:
        """Address → others that look like one another; and the rows between them, looked up once for all."""
        size = len(self.ledger.wallets)
        wanted = _distinct(pairs[:, 0] * size + pairs[:, 1])
        self._rows: dict[tuple[int, int], list[int]] = defaultdict(list)
        for a, b in ((self.ledger.source, self.ledger.target), (self.ledger.target, self.ledger.source)):
            code = a * size + b
            at = np.minimum(np.searchsorted(wanted, code), len(wanted) - 1)
            for row in np.flatnonzero(wanted[at] == code).tolist():
                self._rows[int(a[row]), int(b[row])].append(row)
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for whose, other in pairs.tolist():
            groups[whose, int(self.key[other])].append(other)
        by_victim: dict[int, list[int]] = defaultdict(list)
        for (whose, _), members in groups.items():
            by_victim[whose] += members
        return by_victim

    def _facts(self, victim: int, other: int) -> _Facts:
        ledger, largest, received = self.ledger, defaultdict[int, int](int), defaultdict[int, int](int)
        rows = sorted(self._rows[victim, other])
        sendings, count = [], 0
        for row in rows:
            if not self.genuine[row]:
                continue
            count += 1
            asset, amount = int(ledger.asset[row]), int(ledger.amount[row])
            largest[asset] = max(largest[asset], amount)
            if ledger.source[row] == victim:
                sendings.append(row)
            else:
                received[asset] = max(received[asset], amount)
        sent = bool(sendings)
        return _Facts(int(self.key[other]), rows, sent, sent and sendings[0] == rows[0], largest, received, count)


@dataclass(frozen=True)
class _Facts:
    """What an address and one other exchanged."""

    key: int
    rows: list[int]
    sent: bool
    """The address itself sent genuine value."""
    sent_first: bool
    """That was the first thing between them."""
    largest: Mapping[int, int]
    received: Mapping[int, int]
    count: int


def _imitates(other: _Facts, true: _Facts) -> bool:
    """Whether `other` can be an imitation of `true`: it looks the same, and gave nothing worth a genuine payment."""
    if true.key != other.key or (other.sent and (other.sent_first or not true.sent)):
        return False
    return all(amount * PLANTED <= true.largest.get(asset, 0) for asset, amount in other.received.items())


def _distinct(values: NDArray[Any]) -> NDArray[Any]:
    """Each value once, in order: by sorting, which for a million integers is several times faster than by hashing."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


def _keys(wallets: NDArray[Any]) -> NDArray[np.int64]:
    """The leading and trailing digits of EVM addresses as one number; -1 for other wallets."""
    keys = np.full(len(wallets), -1, np.int64)
    names = wallets.tolist()
    places = [i for i, name in enumerate(names) if len(name) > 50 and name.startswith("eip155:")]
    compared = "".join([names[i][-40 : -40 + LEADING] + names[i][-TRAILING:] for i in places])
    code = np.frombuffer(compared.encode("ascii", "replace"), np.uint8).reshape(-1, LEADING + TRAILING)
    digits = _DIGITS[code].astype(np.int64)
    value = np.zeros(len(places), np.int64)
    for column in range(digits.shape[1]):
        value = value * 16 + digits[:, column]
    keys[places] = np.where((digits < 0).any(axis=1), -1, value)  # hand-made names are no addresses
    return keys


__all__ = [
    "COUNTERFEIT", "DUST", "KEPT", "LOOKALIKE", "PAID_LOOKALIKE", "REASONS", "ZERO_VALUE", "Guarded", "guard",
]  # fmt: skip
