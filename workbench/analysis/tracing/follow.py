"""Where did the money go: taint from a theft's wallets through the ledger, up to the services it reached.

Method: poison and haircut of Möser, Böhme and Breuker (2014), "Towards Risk Scoring of Bitcoin
Transactions", in the account model, one asset at a time, over the rows reachable from the sources in
time order. What the words mean, and what the intervals cover, is in the docstring of `trace`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.projection import Ledger, project, transfer_ids
from workbench.analysis.services import SERVICE_CONCEPTS, ServiceClaim, Stops, incident_wallets, service_claims
from workbench.analysis.tracing.asset import AssetTrace, Question, trace_asset
from workbench.analysis.tracing.result import Trace
from workbench.analysis.tracing.tables import build
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.store import Store
from workbench.model.addresses import parse_address
from workbench.model.ledger import time_ms

METHODS = ("poison", "haircut")
THROUGH = ("defi_dex",)

ReadIds = Callable[[Ledger, NDArray[Any]], NDArray[Any]]


@dataclass(frozen=True)
class Options:
    """What a trace was asked; kept with its result."""

    methods: tuple[str, ...] = METHODS
    stop_at: tuple[str, ...] = SERVICE_CONCEPTS
    stop_confidence: int = 50
    through: tuple[str, ...] = THROUGH
    since: datetime | None = None
    until: datetime | None = None
    min_amount: int | Mapping[str, int] = 0
    max_depth: int | None = None
    incident: str | None = None


def trace(
    store: Store,
    sources: Sequence[str] | None = None,
    *,
    methods: Sequence[str] = METHODS,
    stop_at: Collection[str] = SERVICE_CONCEPTS,
    stop_confidence: int = 50,
    through: Collection[str] = THROUGH,
    since: datetime | None = None,
    until: datetime | None = None,
    min_amount: int | Mapping[str, int] = 0,
    max_depth: int | None = None,
    terminals: Sequence[str] | None = None,
    incident: str | None = None,
    as_of: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Follow what `sources` sent, per asset, and say where it is, where it left sight, and how sure that is.

    *Sources* (wallet ids or addresses; by default the incident's wallets in the role `source`, else
    `thief`): everything they send (from `since` on, if given) is tainted wholly. Value that comes back
    to a source is booked as `returned`; transfers between sources are listed, not counted. A source that
    had other money of its own makes the trace an over-estimate: name wallets that held only the loot.

    *Poison*: everything that leaves an address after the first tainted arrival is tainted, wholly; an
    upper bound, also over the orders of tied rows, that may count the same value many times.
    *Haircut*: each transfer carries taint in proportion tainted / total balance, in exact integers,
    rounded down, the remainder staying with the sender. For haircut, per asset and to the base unit:

        injected = held + crossed (at stops) + returned + dropped

    *Unknown opening balances.* An address that spends more than it was seen to receive has incomplete
    history. The shortfall is taken as a clean opening balance: the smallest one the data allow
    (`incomplete` lists it). Then what *leaves the address in total* is a maximum; what a particular
    receiver got may have been more or less. So `low` and `high` stand beside `haircut`: what remains if
    addresses with incomplete history, and addresses that received and sent among tied rows (equal time,
    and no block and position to tell them apart), passed on no taint at all, and if all they sent was
    tainted. They are equal where no such address is on the way (rounding of base units apart). Addresses
    that are not *shown* to be incomplete are taken to have begun empty: the interval is one within the
    loaded ledger, not one over what was never loaded.

    *Stops*: wallets that a live claim with a confidence of at least `stop_confidence` (0–100) gives to
    a service of a concept in `stop_at` (GraphSense concepts). Value does not pass them, except that for
    services of a concept in `through` what they send on *in the same transaction and asset* is followed
    (a swap router hands on what it is handed; what it keeps has crossed). A swap into another asset is
    the end of the trace there: the other side is not joined. `min_amount` (base units, or asset →
    base units), `max_depth` (transfers from a source) and `until` cut the trace; what they cut is in
    `dropped`, with its value. Zero-value transfers are never followed. With `until` the result is as of
    that time. `as_of` takes the claims as they were known then.

    `terminals`: wallets to report on, by default the incident's in the role `terminal`.

    Raises UsageError (no sources, or none of them in the ledger), UnknownNameError (a method),
    ParameterError, RecordError (not an address).
    """
    options = Options(
        tuple(methods), tuple(stop_at), stop_confidence, tuple(through), since, until, min_amount, max_depth, incident
    )
    _check(options)
    wanted = [wallet_id(text) for text in sources or ()]
    if not wanted and incident is not None:
        wanted = incident_wallets(store, incident, "source") or incident_wallets(store, incident, "thief")
    if not wanted:
        raise UsageError("no source wallets", hint="Name the wallets the loot left from, or an incident that has some.")
    ends = [wallet_id(text) for text in terminals or ()]
    if terminals is None and incident is not None:
        ends = incident_wallets(store, incident, "terminal")
    assets = [
        row[0]
        for row in store.read(
            "MATCH (w:Wallet)-[r:SENT]->() WHERE w.id IN $ids RETURN DISTINCT r.asset AS asset ORDER BY asset",
            {"ids": wanted},
        ).rows
    ]
    if not assets:
        raise UsageError(
            "none of the source wallets sent anything in the loaded ledger",
            hint="Ingest their transfers first, or check the network in the wallet ids.",
        )
    ledger = project(store, asset=assets, order=True, progress=progress)
    claims = service_claims(store, as_of=as_of)
    return trace_ledger(
        ledger, wanted, claims=claims, terminals=ends, options=options,
        read_ids=lambda part, rows: transfer_ids(store, part, rows),
    )  # fmt: skip


def trace_incident(store: Store, incident: str, **options: Any) -> Trace:
    """Trace from an incident's wallets in the role `source` (else `thief`) to those in the role `terminal`."""
    return trace(store, None, incident=incident, **options)


def trace_ledger(
    ledger: Ledger,
    sources: Sequence[str],
    *,
    claims: Iterable[ServiceClaim] = (),
    terminals: Sequence[str] = (),
    options: Options | None = None,
    read_ids: ReadIds | None = None,
) -> Trace:
    """`trace` over a ledger that is already in arrays (with order and, or by way of `read_ids`, transfer ids)."""
    chosen = options or Options()
    _check(chosen)
    stops = Stops.of(claims, chosen.stop_at, chosen.stop_confidence)
    ids = read_ids or (lambda part, rows: transfer_ids_of(part, rows))
    known = ledger.indices_of(dict.fromkeys(sources))
    stopping = set(ledger.indices_of(w for w in stops.by_wallet if w not in known).values())
    passing = set(ledger.indices_of(w for w in stops.passing(chosen.through) if w not in known).values())
    parts: list[AssetTrace] = []
    for code, asset in enumerate(ledger.assets):
        question = Question(
            sources=frozenset(known.values()),
            stops=frozenset(stopping),
            through=frozenset(passing),
            since_ms=None if chosen.since is None else time_ms(chosen.since),
            until_ms=None if chosen.until is None else time_ms(chosen.until),
            min_amount=_least(chosen.min_amount, asset),
            max_depth=chosen.max_depth,
        )
        part = ledger.take(np.flatnonzero(ledger.asset == code))
        found = trace_asset(part, asset, question, ids)
        if found is not None:
            parts.append(found)
    return build(ledger, parts, stops, tuple(dict.fromkeys(sources)), tuple(dict.fromkeys(terminals)), chosen)


def transfer_ids_of(ledger: Ledger, rows: NDArray[Any]) -> NDArray[Any]:
    """The ids of a ledger that was made from records."""
    if ledger.ids is None:
        raise ParameterError("this ledger has no transfer ids", hint="Project with order=True, and pass read_ids.")
    return ledger.ids[rows]  # type: ignore[no-any-return]


def wallet_id(text: str) -> str:
    """The wallet id of an id or a bare address, checked; raises RecordError."""
    network, _, address = text.strip().rpartition(":")
    return parse_address(address, network or None).id


def _least(min_amount: int | Mapping[str, int], asset: str) -> int:
    return min_amount if isinstance(min_amount, int) else min_amount.get(asset, 0)


def _check(options: Options) -> None:
    for method in options.methods:
        if method not in METHODS:
            raise UnknownNameError("tracing method", method, METHODS)
    if not options.methods:
        raise ParameterError("no tracing method was named", hint=f"Known: {', '.join(METHODS)}")
    if options.max_depth is not None and options.max_depth < 1:
        raise ParameterError("max_depth must be at least 1", hint="Leave it out to follow value without limit.")
    if not 0 <= options.stop_confidence <= 100:
        raise ParameterError("stop_confidence must be from 0 to 100 (STIX confidence)")
    amounts = [options.min_amount] if isinstance(options.min_amount, int) else options.min_amount.values()
    if any(amount < 0 for amount in amounts):
        raise ParameterError("min_amount must not be negative (base units of the asset)")
    for name in ("since", "until"):
        moment = getattr(options, name)
        if moment is not None and moment.tzinfo is None:
            raise ParameterError(f"{name} has no time zone", hint="Give an aware UTC time.")


__all__ = ["METHODS", "Options", "Trace", "trace", "trace_incident", "trace_ledger", "wallet_id"]
