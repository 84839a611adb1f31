"""Bridges whose two sides somebody matched by an id: pairs of transactions, each checked against the ledger.

No format that is read keeps a bridge's id with a transfer (a message's number stands in other events, or in a memo), so
the pairs come from outside: a bridge's own explorer, a subpoena, an investigator's notes. A pair is followed when the
ledger does not contradict it; what is not followed is listed with the reason.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analysis.services import ServiceClaim, Stops
from workbench.analysis.tracing.joins import by_id
from workbench.errors import InputError, ParameterError, RecordError
from workbench.model.ledger import native_asset
from workbench.model.networks import BY_CAIP2, network_named

if TYPE_CHECKING:
    import pandas as pd

PAIRS = (
    "deposit", "release", "id", "reason", "deposit_network", "release_network", "asset_in", "asset_out", "amount_in",
    "amount_out", "fee_base_units", "service",
)  # fmt: skip
"""Columns of a table of pairs. `deposit` and `release` are needed, and of `id` and `reason` one."""
SIDES = ("side", "transaction", "network", "id", "reason", "asset", "amount", "service")
"""Columns of a table of single sides, which their ids join."""
TOLD = ("row", "deposit", "release", "id", "reason", "status", "why")
FOLLOWED, UNTOUCHED, REFUSED = "followed", "not reached", "refused"
MOST = 100_000
_LONGEST = 300
_ODD = "_odd"
"""Where a row says why it cannot be read."""
Row = Mapping[str, str]


@dataclass(frozen=True)
class Side:
    """A transfer (UTXO model: an output) that is one side of a bridge."""

    asset: str
    row: int
    """Its place among the asset's rows."""
    transfer: str
    sender: str | None
    receiver: str
    amount: int
    time_ms: int

    @property
    def transaction(self) -> str:
        return self.transfer.rpartition("/")[0]


@dataclass(frozen=True)
class Pair:
    """Two sides that are one movement of value, by somebody's word."""

    deposit: Side
    release: Side
    id: str | None
    reason: str | None
    fee: int | None
    """Base units of what was deposited; None where the two assets cannot be compared."""
    place: int
    """Its row in the table."""


Find = Callable[[Collection[str]], Mapping[str, Sequence[Side]]]
"""Ids of transactions → their transfers in the ledger."""


@dataclass
class Bridges:
    """The pairs that a trace may follow, and what became of every row."""

    pairs: list[Pair]
    claims: list[ServiceClaim]
    """Wallets that the table says are a bridge's: the trace ends there, on its word."""
    rows: list[dict[str, Any]]
    """In the order of `TOLD`."""
    not_read: tuple[str, ...] = ()
    """Columns nobody knows."""

    def table(self, followed: Collection[tuple[str, str]] = ()) -> pd.DataFrame:
        """What became of each row; `followed`: (deposit, release) transactions that taint went through."""
        import pandas as pd

        went = {pair.place for pair in self.pairs if (pair.deposit.transaction, pair.release.transaction) in followed}
        rows = [
            {**row, "status": UNTOUCHED, "why": "no taint went into it"}
            if not row["status"] and row["row"] not in went else {**row, "status": row["status"] or FOLLOWED}
            for row in self.rows
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(TOLD))


def read_pairs(given: pd.DataFrame | str | Path | Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The rows of a table of pairs (or of single sides) as text, single sides paired by their ids.

    Raises InputError for a file that cannot be read or has not the columns, ParameterError for too many rows.
    """
    where = None
    if isinstance(given, str | Path):
        where = str(given)
        try:
            with open(given, encoding="utf-8-sig", newline="") as handle:
                read = csv.DictReader(handle, strict=True)
                raw: list[Mapping[str, Any]] = [*read]
                names = list(read.fieldnames or ())
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise InputError(f"the table of bridges cannot be read: {error}", where=where) from None
    else:
        records: Any = given.to_dict("records") if hasattr(given, "to_dict") else given
        raw = [{str(name): value for name, value in row.items()} for row in records]
        names = [str(name) for name in getattr(given, "columns", sorted({name for row in raw for name in row}))]
        if not names:
            return ()
    if len(raw) > MOST:
        raise ParameterError(f"{len(raw):,} rows of bridges", hint=f"At most {MOST:,} are read.")
    plain = {name: name.strip().lower() for name in names}
    known = SIDES if {"side", "transaction", "id"} <= set(plain.values()) else PAIRS
    if known is PAIRS and not {"deposit", "release"} <= set(plain.values()):
        raise InputError(
            "the table of bridges has no columns `deposit` and `release`", where=where,
            hint="Each a transaction or transfer id; beside them `id` or `reason`. Or: `side`, `transaction`, `id`.",
        )  # fmt: skip
    rows = [
        {plain[str(n)]: _text(v) for n, v in row.items() if str(n) in plain}
        | ({_ODD: "it has more cells than columns"} if None in row else {})
        for row in raw
    ]  # fmt: skip
    return tuple(_paired(rows) if known is SIDES else rows)


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value).strip()


def _paired(rows: Sequence[Row]) -> Sequence[Row]:
    """Single sides as pairs: what has one id on each side."""
    side = [row.get("side", "").lower() for row in rows]
    outs = [i for i, row in enumerate(rows) if side[i] == "deposit" and row.get("id")]
    ins = [i for i, row in enumerate(rows) if side[i] == "release" and row.get("id")]
    found = by_id(outs, [rows[i]["id"] for i in outs], ins, [rows[i]["id"] for i in ins])
    other = dict(zip(found.out_row.tolist(), found.in_row.tolist(), strict=True))
    joined, made = set(other.values()), []
    ids = Counter((side[i], rows[i].get("id", "")) for i in range(len(rows)))
    for i, row in enumerate(rows):
        if i in joined:
            continue
        pair = {name: text for name, text in row.items() if name not in SIDES or name in ("id", "reason")}
        ends = (("deposit", "in", i), ("release", "out", other[i])) if i in other else ()
        for name, way, at in ends:
            one = rows[at]
            pair |= {name: one.get("transaction", ""), f"{name}_network": one.get("network", "")}
            pair |= {f"asset_{way}": one.get("asset", ""), f"amount_{way}": one.get("amount", "")}
            pair["service"] = pair.get("service") or one.get("service", "")
        if not ends:
            name = side[i] if side[i] in ("deposit", "release") else "deposit"
            doubled = ids[side[i], row.get("id", "")] > 1
            pair |= {name: row.get("transaction", ""), _ODD: pair.get(_ODD) or (
                "its side is neither deposit nor release" if side[i] not in ("deposit", "release")
                else "it has no id" if not row.get("id")
                else "its id stands more than once on one side" if doubled
                else "its id has no (one) other side"
            )}  # fmt: skip
        made.append(pair)
    return made


def check_pairs(
    rows: Sequence[Row], find: Find, networks: Collection[str], stops: Stops, sources: Collection[str], *,
    confidence: int = 50, until_ms: int | None = None, word: str = "bridge pairs given by hand",
) -> Bridges:  # fmt: skip
    """Which pairs the ledger does not contradict. `networks`: CAIP-2 ids of the ledger; `word`: whose they are."""
    wanted = [tuple(_named(row, side, networks) for side in ("deposit", "release")) for row in rows]
    sides = find({name.transaction for both in wanted for named in both for name in named})
    made = Bridges([], [], [], tuple(sorted({name for row in rows for name in row} - {*PAIRS, _ODD})))
    seen = Counter(row.get("id", "") for row in rows)
    taken: set[str] = set()
    for place, (row, both) in enumerate(zip(rows, wanted, strict=True), 1):
        told = {"row": place, **{name: row.get(name, "")[:_LONGEST] or None for name in TOLD[1:5]}}
        try:
            if _ODD in row:
                raise _Refused(row[_ODD])
            if row.get("id") and seen[row["id"]] > 1:
                raise _Refused("its id stands in several rows")
            pair, claim = _pair(place, row, both, sides, stops, sources, confidence, until_ms, word)
            if twice := {pair.deposit.transfer, pair.release.transfer} & taken:
                raise _Refused(f"an earlier row has {min(twice)}")
            taken |= {pair.deposit.transfer, pair.release.transfer}
            made.pairs.append(pair)
            made.claims += [claim] if claim else []
            made.rows.append({**told, "status": "", "why": None})
        except _Refused as refused:
            made.rows.append({**told, "status": REFUSED, "why": str(refused)})
    return made


class _Refused(Exception):
    """Why a row is not followed."""


@dataclass(frozen=True)
class _Name:
    """What a cell may mean: a transaction, or one transfer of it."""

    transaction: str
    transfer: str | None = None


def _named(row: Row, side: str, networks: Collection[str]) -> tuple[_Name, ...]:
    text = row.get(side, "")
    if not text or len(text) > _LONGEST:
        return ()
    if "/tx:" in text:
        network, _, rest = text.partition("/tx:")
        transaction = f"{network}/tx:{rest.partition('/')[0]}"
        return (_Name(transaction, text if "/" in rest else None),)
    bare = text[2:] if text[:2].lower() == "0x" else text
    asked = networks
    if said := row.get(f"{side}_network"):
        try:
            asked = [network_named(said).caip2]
        except RecordError:
            asked = [said]
    return tuple(_Name(f"{network}/tx:{form}") for network in asked for form in dict.fromkeys((bare, bare.lower())))


def _pair(
    place: int, row: Row, named: Sequence[tuple[_Name, ...]], sides: Mapping[str, Sequence[Side]], stops: Stops,
    sources: Collection[str], confidence: int, until_ms: int | None, word: str,
) -> tuple[Pair, ServiceClaim | None]:  # fmt: skip
    if not (row.get("id") or row.get("reason")):
        raise _Refused("neither an id nor a reason says why the two are one")
    found = [_found(row, side, way, names, sides) for side, way, names in
             zip(("deposit", "release"), ("in", "out"), named, strict=True)]  # fmt: skip
    ours = [side for side in found[0] if side.receiver in stops.by_wallet]
    deposit = _one(ours or found[0], "deposit")
    theirs = [side for side in found[1] if any(
        claim.service in {c.service for c in stops.by_wallet.get(deposit.receiver, ())}
        for claim in stops.by_wallet.get(side.sender or "", ())
    )]  # fmt: skip
    release = _one(theirs or found[1], "release")
    if deposit.transaction == release.transaction:
        raise _Refused("both sides are in one transaction: that is no bridge")
    if release.time_ms < deposit.time_ms:
        raise _Refused("it was released before it was deposited")
    if not deposit.amount or not release.amount:
        raise _Refused("one side moved nothing")
    if until_ms is not None and release.time_ms > until_ms:
        raise _Refused("it was released after the date limit of the trace")
    if deposit.receiver in sources or (release.sender or "") in sources:
        raise _Refused("one side is a source of the trace: what it sends is tainted as it is")
    claim = None
    if deposit.receiver not in stops.by_wallet:
        if not row.get("service"):
            raise _Refused(
                "nobody says surely enough that its receiver is a bridge: a column `service` says so on your word"
            )
        claim = ServiceClaim(
            deposit.receiver, row["service"][:100], row["service"][:100], "defi_bridge", confidence, None, word
        )
    return Pair(deposit, release, row.get("id") or None, row.get("reason") or None,
                _fee(row, deposit, release), place), claim  # fmt: skip


def _found(
    row: Row, side: str, way: str, names: Sequence[_Name], sides: Mapping[str, Sequence[Side]]
) -> list[Side]:  # fmt: skip
    found = [one for name in names for one in sides.get(name.transaction, ()) if name.transfer in (None, one.transfer)]
    if not found:
        raise _Refused(f"the {side} is not in the loaded ledger")
    if asset := row.get(f"asset_{way}"):
        found = [one for one in found if asset == one.asset or asset.lower() == one.asset.rpartition(":")[2]]
        if not found:
            raise _Refused(f"the {side} moved another asset than it says")
    if amount := row.get(f"amount_{way}"):
        if not amount.isascii() or not amount.isdecimal():
            raise _Refused(f"amount_{way} is no whole number of base units")
        found = [one for one in found if one.amount == int(amount)]
        if not found:
            raise _Refused(f"the {side} moved another amount than it says")
    return found


def _one(found: Sequence[Side], side: str) -> Side:
    if len(found) > 1:
        raise _Refused(f"{len(found)} transfers of the {side} fit: name one by its transfer id")
    return found[0]


def _fee(row: Row, deposit: Side, release: Side) -> int | None:
    """What the bridge kept, in base units of what was deposited, where that can be known."""
    derived = None
    if _one_unit(deposit.asset, release.asset):
        derived = deposit.amount - release.amount
        if derived < 0:
            raise _Refused("more came out than went in")
    if not (said := row.get("fee_base_units")):
        return derived
    if not said.isascii() or not said.isdecimal() or int(said) > deposit.amount:
        raise _Refused("its fee is no whole number of base units, or more than went in")
    if derived is not None and int(said) != derived:
        raise _Refused(f"its fee is not what went in less what came out ({derived})")
    return int(said)


def _one_unit(a: str, b: str) -> bool:
    """Whether base units of two assets are of one size: one asset, or the same coin on two networks."""
    if a == b:
        return True
    coins = [BY_CAIP2.get(name.partition("/")[0]) for name in (a, b)]
    if any(coin is None or name != native_asset(coin.caip2) for coin, name in zip(coins, (a, b), strict=True)):
        return False
    first, second = coins
    return first is not None and second is not None and (first.native, first.decimals) == (
        second.native, second.decimals
    )  # fmt: skip


__all__ = ["PAIRS", "SIDES", "Bridges", "Find", "Pair", "Side", "check_pairs", "read_pairs"]
