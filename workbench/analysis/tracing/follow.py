"""Where did the money go, and where did it come from: taint through the ledger, up to the services it reached.

Methods: poison and haircut of Möser, Böhme and Breuker (2014), FIFO and LIFO of Anderson, Shumailov and Ahmed (2018),
TIHO of Tironsakkul et al. (2019); one asset at a time, over the rows reachable from the sources in time order. What
the words mean, and what the intervals cover, is in the docstring of `trace`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.projection import project, transfer_ids, transfer_usd
from workbench.analysis.services import SERVICE_CONCEPTS, ServiceClaim, Stops, incident_wallets, service_claims
from workbench.analysis.token_symbols import token_symbols
from workbench.analysis.tracing.asset import AssetTrace, solve
from workbench.analysis.tracing.backward import backward_problem
from workbench.analysis.tracing.bridged import check_pairs, read_pairs
from workbench.analysis.tracing.incidents import Several, labels, outside_limits
from workbench.analysis.tracing.problem import ReadIds, account_problem
from workbench.analysis.tracing.questions import guarded_rows, question_of
from workbench.analysis.tracing.result import Trace
from workbench.analysis.tracing.sides import RowsOf, rows_by_id, rows_in_graph, sides_in
from workbench.analysis.tracing.swapped import Seeded, follow_joins, joined
from workbench.analysis.tracing.tables import build
from workbench.analysis.tracing.taint import METHODS
from workbench.analysis.tracing.utxo import UtxoLedger, utxo_ledgers, utxo_problem
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.store import Store
from workbench.model.addresses import parse_address
from workbench.model.ledger import time_ms
from workbench.model.progress import each

if TYPE_CHECKING:
    import pandas as pd

THROUGH = ("defi_dex",)
DIRECTIONS = ("forward", "backward")
GUARDS = ("lookalike",)
"""Guards that are on unless the caller says otherwise; zero-value transfers are never followed."""
KNOWN_GUARDS = ("lookalike", "counterfeit", "dust")
Sources = Sequence[str] | Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Options:
    """What a trace was asked; kept with its result."""

    methods: tuple[str, ...] = METHODS
    direction: str = "forward"
    stop_at: tuple[str, ...] = SERVICE_CONCEPTS
    stop_confidence: int = 50
    through: tuple[str, ...] = THROUGH
    since: datetime | None = None
    until: datetime | None = None
    min_amount: int | Mapping[str, int] = 0
    max_depth: int | None = None
    guards: tuple[str, ...] = GUARDS
    dust: Mapping[str, int] | None = None
    symbols: Mapping[str, str] | None = None
    swaps: bool = False
    incident: str | None = None
    as_of: datetime | None = None
    bridges: tuple[Mapping[str, str], ...] = ()


def trace(
    store: Store,
    sources: Sources | None = None,
    *,
    methods: Sequence[str] | None = None,
    direction: str = "forward",
    stop_at: Collection[str] = SERVICE_CONCEPTS,
    stop_confidence: int = 50,
    through: Collection[str] = THROUGH,
    since: datetime | None = None,
    until: datetime | None = None,
    min_amount: int | Mapping[str, int] = 0,
    max_depth: int | None = None,
    swaps: bool = False,
    bridges: pd.DataFrame | str | Path | Iterable[Mapping[str, Any]] = (),
    guards: Collection[str] = GUARDS,
    dust: Mapping[str, int] | None = None,
    symbols: Mapping[str, str] | None = None,
    terminals: Sequence[str] | None = None,
    incident: str | Sequence[str] | None = None,
    as_of: datetime | None = None,
    progress: Callable[[int], None] | None = None,
) -> Trace:
    """Follow what `sources` sent, per asset, and say where it is, where it left sight, and how sure that is.

    *Sources* (wallet ids or addresses; by default the incident's wallets in the role `source`, else
    `thief`): everything they send (from `since` on, if given) is tainted wholly. Value that comes back
    to a source is booked as `returned`; transfers between sources are listed, not counted. A source that
    had other money of its own makes the trace an over-estimate: name wallets that held only the loot.

    *Several incidents* at once (`incident` a list, or `sources` a mapping name → wallets; at most 64) are followed in
    one pass and kept apart in the column `incident`: `commingled()` shows where they meet. A wallet that is a source
    of two makes a third label, "a | b": its value is neither's alone.

    *Poison*: everything that leaves an address after the first tainted arrival is tainted, wholly; an
    upper bound, also over the orders of tied rows, that may count the same value many times.
    *Haircut*: each transfer carries taint in proportion tainted / total balance, rounded down, the remainder staying
    with the sender. *FIFO*: value leaves in the order in which it came. *LIFO*: the newest leaves first. *TIHO*:
    tainted value goes to the largest of the transfers between two arrivals. All but poison, per asset and to the base
    unit:

        injected = held + crossed (at stops) + swapped + bridged + returned + fees (UTXO, bridges) + dropped

    *Backward* (`direction="backward"`): where did what `sources` received come from? The same rows in reverse, with
    closing balances for opening ones. For haircut, FIFO and LIFO this is the exact inverse of forward; TIHO looks ahead
    and has no inverse, so it is left out. What is `held` then is where the value is first seen.

    *UTXO networks*: nodes are outputs; a transaction takes inputs and makes outputs in their order. Fees are booked.

    *Unknown opening balances.* An address that spends more than it was seen to receive has incomplete
    history. The shortfall is taken as a clean opening balance: the smallest one the data allow
    (`incomplete` lists it). Then what *leaves the address in total* is a maximum; what a particular
    receiver got may have been more or less. So `low` and `high` stand beside `haircut` (and in `compare()` beside every
    method): what remains if addresses with incomplete history, and addresses whose order of rows is not known (equal
    time, and no block and position to tell them apart), passed on no taint at all, and if all they sent was
    tainted. They are equal where no such address is on the way (rounding of base units apart). Addresses
    that are not *shown* to be incomplete are taken to have begun empty: the interval is one within the
    loaded ledger, not one over what was never loaded.

    *Stops*: wallets that a live claim with a confidence of at least `stop_confidence` (0–100) gives to
    a service of a concept in `stop_at` (GraphSense concepts). Value does not pass them, except that for
    services of a concept in `through` what they send on *in the same transaction and asset* is followed
    (a swap router hands on what it is handed; what it keeps has crossed). With `swaps` value is followed into
    another asset where the ledger proves the exchange (one wallet, one transaction, a decentralised exchange or a
    wrapping contract on the other end, one asset given, one got): by each method what comes out is tainted in the
    proportion of what went in, less what was given back; `joins` lists every one, and `conservation` books it
    (`swapped` out of one asset, `injected_by_swap` into the other). Without it a swap is the end of the trace there.

    *Bridges*: `bridges` is a table (or the path of a CSV file) of pairs that somebody matched: `deposit` and `release`
    (transaction or transfer ids), an `id` or a `reason`, and what else is said (`bridged.PAIRS`); or of single sides
    that their ids join (`bridged.SIDES`). Every row is checked against the ledger and answered for in `bridges`; a
    pair that holds is followed like a swap, what the bridge kept is a fee. Account networks only.

    `min_amount` (base units, or asset → base units), `max_depth` (transfers from the nearest source) and `until`
    cut the trace; what they cut is in `dropped`, with its value. With `until` the result is as of that time. `as_of`
    takes the claims as they were known then.

    *Guards* against planted data: zero-value transfers are never followed; `guards` names the others (`lookalike`:
    an address that imitates a counterparty; `counterfeit`: a token whose symbol imitates another's, for which
    `symbols` says what each asset calls itself, by default what the loaded sources say; `dust`: less than `dust` base
    units of an asset). What they leave out is in `dropped`, with the reason and its value.

    `terminals`: wallets to report on, by default the incident's in the role `terminal`.

    Raises UsageError (no sources, or none of them in the ledger), UnknownNameError (a method, guard or direction),
    ParameterError, RecordError (not an address).
    """
    incidents = [incident] if isinstance(incident, str) else list(incident or ())
    if methods is None:
        methods = METHODS if direction == "forward" else tuple(method for method in METHODS if method != "tiho")
    if "counterfeit" in guards and symbols is None:
        symbols = token_symbols(store)
    options = Options(
        tuple(methods), direction, tuple(stop_at), stop_confidence, tuple(through), since, until, min_amount,
        max_depth, tuple(guards), dust, symbols, swaps, ", ".join(incidents) or None, as_of,
        read_pairs(bridges),
    )  # fmt: skip
    check(options)
    wanted = _sources(store, sources, incidents)
    ends = [wallet_id(text) for text in terminals or ()]
    if terminals is None:
        ends = sorted({wallet for name in incidents for wallet in incident_wallets(store, name, "terminal")})
    every = sorted({wallet for wallets in wanted.values() for wallet in wallets})
    assets = [
        row[0]
        for row in store.read(
            "MATCH (w:Wallet)-[r:SENT]-(other) WHERE w.id IN $ids AND "
            f"{'startNode' if direction == 'forward' else 'endNode'}(r) = w RETURN DISTINCT r.asset AS asset "
            "ORDER BY asset",
            {"ids": every},
        ).rows
    ]
    coins = utxo_ledgers(store, every, progress)
    if not assets and not coins:
        raise UsageError(
            f"none of the source wallets {'sent' if direction == 'forward' else 'received'} anything in the loaded "
            "ledger",
            hint="Ingest their transfers first, or check the network in the wallet ids.",
        )
    wide = None if swaps or options.bridges else assets  # a swap may lead into any asset
    ledger = project(store, asset=wide, order=True, progress=progress) if assets else Ledger.of(())
    return trace_ledger(
        ledger, wanted, claims=service_claims(store, as_of=as_of), terminals=ends, options=options, utxo=coins,
        read_ids=lambda part, rows: transfer_ids(store, part, rows),
        read_usd=lambda part, rows: transfer_usd(store, part, rows), rows_of=rows_in_graph(store),
    )  # fmt: skip


def _sources(store: Store, sources: Sources | None, incidents: Sequence[str]) -> dict[str, list[str]]:
    """Wallets by incident."""
    if isinstance(sources, Mapping):
        wanted = {name: [wallet_id(text) for text in texts] for name, texts in sources.items()}
    elif sources:
        wanted = {", ".join(incidents) or "sources": [wallet_id(text) for text in sources]}
    else:
        wanted = {
            name: incident_wallets(store, name, "source") or incident_wallets(store, name, "thief")
            for name in incidents
        }
    if not wanted or not any(wanted.values()):
        of = f" for {', '.join(incidents)}" if incidents else ""
        raise UsageError(
            f"no source wallets{of}", hint="Name the wallets the loot left from, or an incident that has some."
        )
    if empty := [name for name, wallets in wanted.items() if not wallets]:
        raise UsageError(f"no source wallets for {', '.join(empty)}", hint="Leave them out, or name their wallets.")
    return wanted


def trace_incident(store: Store, incident: str, **options: Any) -> Trace:
    """Trace from an incident's wallets in the role `source` (else `thief`) to those in the role `terminal`."""
    return trace(store, None, incident=incident, **options)


def trace_ledger(
    ledger: Ledger,
    sources: Sources,
    *,
    claims: Iterable[ServiceClaim] = (),
    terminals: Sequence[str] = (),
    options: Options | None = None,
    utxo: Sequence[UtxoLedger] = (),
    read_ids: ReadIds | None = None,
    read_usd: ReadIds | None = None,
    rows_of: RowsOf | None = None,
) -> Trace:
    """`trace` over ledgers that are already in arrays (with order and, or by way of `read_ids`, transfer ids)."""
    chosen = options or Options()
    check(chosen)
    told = dict.fromkeys(wallet for wallets in _lists(sources) for wallet in wallets)
    claims, ids = list(claims), read_ids or transfer_ids_of
    stops = Stops.of(claims, chosen.stop_at, chosen.stop_confidence)
    bridges = None
    if chosen.bridges:
        bridges = check_pairs(
            chosen.bridges, sides_in(ledger, rows_of or rows_by_id(ids), ids), _networks(ledger), stops, told,
            confidence=max(chosen.stop_confidence, 1),
            until_ms=None if chosen.until is None else time_ms(chosen.until),
        )  # fmt: skip
        stops = Stops.of([*claims, *bridges.claims], chosen.stop_at, chosen.stop_confidence)
    names, incident_of = labels(sources if isinstance(sources, Mapping) else {"sources": sources})
    guarded = guarded_rows(ledger, chosen)
    make = account_problem if chosen.direction == "forward" else backward_problem
    known: dict[str, tuple[Any, AssetTrace | None]] = {}

    def solved(seeded: Seeded) -> list[AssetTrace]:
        """Every asset; those into which the same comes as before are as they were."""
        for code, asset in each("following assets", list(enumerate(ledger.assets))):
            seeds = seeded.get(asset, {})
            if asset in known and known[asset][0] == seeds:
                continue
            rows = np.flatnonzero(ledger.asset == code)
            part = ledger.take(rows)
            question = replace(question_of(part, asset, names, incident_of, stops, chosen), seeded=seeds)
            problem = make(part, asset, question, ids, None if guarded is None else guarded[rows])
            known[asset] = seeds, None if problem is None else solve(problem, ids)
        return [part for _, part in known.values() if part is not None]

    remarks: dict[str, Any] = {"sources_of_several": sorted(name for name in names if isinstance(name, Several))}
    parts = solved({})
    joins = None
    if (chosen.swaps or bridges) and parts:
        passing = ledger.indices_of(stops.passing(chosen.through) - incident_of.keys()) if chosen.swaps else {}
        method = "haircut" if "haircut" in chosen.methods else chosen.methods[0]
        parts, joins, cut = follow_joins(
            solved, parts,
            lambda found: joined(ledger, found, set(passing.values()), ids, method, bridges.pairs if bridges else ()),
        )  # fmt: skip
        remarks |= {"swaps_cut": True} if cut else {}
    for coins in utxo:
        question = question_of(coins, coins.asset, names, incident_of, stops, chosen)
        found = utxo_problem(coins, question, backward=chosen.direction == "backward")
        if found is not None:
            parts.append(solve(found, ids))
    if chosen.since or chosen.until:
        back = chosen.direction == "backward"
        remarks["outside_limits"] = outside_limits(ledger, utxo, told, {part.asset for part in parts}, backward=back)
    made = build(parts, stops, tuple(told), tuple(dict.fromkeys(terminals)), chosen, remarks,
                 exchanges=joins, read_usd=read_usd)  # fmt: skip
    return made if bridges is None else made.with_bridges(bridges)


def _networks(ledger: Ledger) -> list[str]:
    """CAIP-2 ids of the networks that the ledger's wallets are on."""
    return sorted({name.rpartition(":")[0] for name in ledger.wallets.tolist()})


def _lists(sources: Sources) -> list[Sequence[str]]:
    return list(sources.values()) if isinstance(sources, Mapping) else [sources]


def transfer_ids_of(ledger: Ledger, rows: NDArray[Any]) -> NDArray[Any]:
    """The ids of a ledger that was made from records."""
    if ledger.ids is None:
        raise ParameterError("this ledger has no transfer ids", hint="Project with order=True, and pass read_ids.")
    return ledger.ids[rows]  # type: ignore[no-any-return]


def wallet_id(text: str) -> str:
    """The wallet id of an id or a bare address, checked; raises RecordError."""
    network, _, address = text.strip().rpartition(":")
    return parse_address(address, network or None).id


def check(options: Options) -> None:
    """Refuse what cannot be asked, with what can."""
    for what, given, known in (
        ("tracing method", options.methods, METHODS), ("direction of a trace", [options.direction], DIRECTIONS),
        ("guard", options.guards, KNOWN_GUARDS),
    ):  # fmt: skip
        for name in given:
            if name not in known:
                raise UnknownNameError(what, name, known)
    if not options.methods:
        raise ParameterError("no tracing method was named", hint=f"Known: {', '.join(METHODS)}")
    if options.direction == "backward" and "tiho" in options.methods:
        raise ParameterError("TIHO looks ahead, so it has no backward form", hint="Name other methods.")
    if (options.swaps or options.bridges) and options.direction == "backward":
        raise ParameterError("swaps and bridges are followed forward only", hint="Trace each asset back by itself.")
    if "counterfeit" in options.guards and not options.symbols:
        raise ParameterError(
            "the guard against counterfeit tokens needs `symbols`, and no loaded source gives any",
            hint="For example symbols={asset: 'USDT'}; or load tokens.csv of ethereum-etl, or Etherscan's exports.",
        )
    if "dust" in options.guards and not options.dust:
        raise ParameterError("the guard against dust needs `dust`", hint="For example dust={asset: base units}.")
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


__all__ = ["DIRECTIONS", "METHODS", "Options", "Trace", "trace", "trace_incident", "trace_ledger", "wallet_id"]
