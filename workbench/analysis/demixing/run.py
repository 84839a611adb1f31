"""`demix`: which withdrawals from a mixer may be whose, by which heuristics, how graded, among how many.

Every row is a hypothesis. Its grade comes from how often its heuristics were right on a made-up mixer (see
`simulation`), and never says more than "likely": a mixer's purpose is that the ledger does not prove this.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.demixing.events import NOBODY, Event, Mixing, mixing_of
from workbench.analysis.demixing.heuristics import heuristics
from workbench.analysis.demixing.pools import TORNADO, Pool
from workbench.analysis.demixing.result import GRADES, Demixing
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.graph.store import Store
from workbench.model.progress import each

LIKELY, POSSIBLE = 0.9, 0.5
GAS_KNOWN = 0.9
"""Of so large a share of the pools' events the price of gas must be known before "no other has it" means anything."""
"""Least lower bound of the measured share of right guesses for the grade; below the second it is `weak`."""
_COLUMNS = [
    "withdrawal_time", "pool", "recipient", "depositor", "grade", "heuristics", "rivals", "anonymity_set",
    "pool_looks_whole", "share_right_measured", "false_positive_rate", "days_after_first_deposit", "evidence",
    "transaction",
]  # fmt: skip


def demix(
    store: Store,
    wallets: Sequence[str] | None = None,
    *,
    incident: str | None = None,
    pools: Sequence[Pool] = TORNADO,
    gas_price: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Demixing:
    """Hypotheses about the withdrawals of depositors: `wallets`, or those an incident's claims name; all, if neither.

    `gas_price`: transaction hash → wei; the graph does not have it. Raises UsageError where no pool is in the ledger.
    """
    from workbench.analysis.projection import project, transfer_ids
    from workbench.analysis.services import service_claims
    from workbench.analysis.tracing.follow import wallet_id
    from workbench.analysis.written import Asked, digest, ledger_digest

    asked = [wallet_id(text) for text in wallets or ()]
    if incident is not None:
        asked += [
            row[0] for row in store.read(
                "MATCH (:Incident {id: $id})-[c:INVOLVES]->(w:Wallet) WHERE c.retracted_at IS NULL "
                "AND c.role <> 'victim' RETURN DISTINCT w.id AS wallet ORDER BY wallet", {"id": incident},
            ).rows
        ]  # fmt: skip
        if not asked:
            raise UsageError(f"no wallet is known of {incident}", hint="Name the wallets that paid into the mixer.")
    ledger = project(store, order=True, progress=progress)
    at = ledger.indices_of(pool.wallet for pool in pools)
    if not at:
        raise UsageError("none of the pools is in the loaded ledger", hint="Ingest the mixer's transfers first.")
    ends = list(ledger.indices_of([pool.wallet for pool in pools]).values())
    touched = np.isin(ledger.target, ends) | np.isin(ledger.source, ends)
    # what a router was paid in the same transaction has the same time, or it is no part of it
    touched |= np.isin(ledger.time_ms, ledger.time_ms[touched])
    rows = np.flatnonzero(touched)
    ids = np.full(len(ledger), "", object)
    ids[rows] = transfer_ids(store, ledger, rows)
    gas = {f"eip155:1/tx:{key.lower().removeprefix('0x')}": price for key, price in (gas_price or {}).items()}
    services = {claim.wallet for claim in service_claims(store)}
    found = hypotheses(mixing_of(ledger, ids.tolist(), pools, gas_price=gas, services=services), asked)
    question = Asked(
        {
            "incident": incident, "wallets": None if incident else sorted(asked),
            "pools": sorted(pool.wallet for pool in pools),
        },
        lambda: digest(ledger_digest(ledger), sorted(gas.items()), sorted(services), sorted(asked)),
    )  # fmt: skip
    return replace(found, _asked=question)


def hypotheses(mixing: Mixing, depositors: Collection[str] = ()) -> Demixing:
    """What every heuristic guesses, joined a withdrawal and depositor."""
    import pandas as pd

    guesses: dict[tuple[int, int], dict[str, str]] = defaultdict(dict)
    for name, heuristic in each("guessing by heuristics", heuristics().items()):
        for link in heuristic.links(mixing):
            if link.depositor != NOBODY:
                guesses[link.withdrawal, link.depositor].setdefault(name, link.evidence)
    rivals: dict[int, int] = defaultdict(int)
    for withdrawal, _ in guesses:
        rivals[withdrawal] += 1
    wanted = set(mixing.ledger.indices_of(depositors).values())
    names, rows = mixing.ledger.wallets, []
    for (withdrawal, depositor), told in sorted(guesses.items()):
        if depositors and depositor not in wanted:
            continue
        event = mixing.withdrawals[withdrawal]
        share, wrong = _measured([name for name in told if _holds(mixing, event, name)])
        others = rivals[withdrawal] - 1
        first = mixing.deposits_of[event.pool, depositor][0]
        rows.append((
            pd.Timestamp(event.time_ms, unit="ms", tz="UTC"), mixing.pools[event.pool].name, names[event.wallet],
            names[depositor], _grade(share, others), ", ".join(told), others, mixing.crowd(event),
            event.pool not in mixing.incomplete, share, wrong, (event.time_ms - first) / 86_400_000,
            "; ".join(told.values()), event.transaction,
        ))  # fmt: skip
    table = pd.DataFrame(rows, columns=_COLUMNS)
    order = table["grade"].map({grade: i for i, grade in enumerate(GRADES)})
    table = table.iloc[np.lexsort((table["transaction"], table["withdrawal_time"], order))].reset_index(drop=True)
    remarks = []
    if not mixing.gas_price:
        remarks.append("No gas prices were given, so nothing was compared by them.")
    elif mixing.gas_known < GAS_KNOWN:
        remarks.append(
            f"Prices of gas are known of {mixing.gas_known:.0%} of the pools' transactions: that no other has one says "
            "little, and no measured rate is given for it."
        )
    if mixing.incomplete:
        some = ", ".join(mixing.pools[pool].name for pool in sorted(mixing.incomplete))
        remarks.append(
            f"More notes came out of {some} than are loaded as paid in: it is not loaded whole, its crowds are larger "
            "than shown, and what rests on nobody else's having done the same is weak."
        )
    unseen = sum(event.wallet == NOBODY for event in mixing.deposits)
    if unseen:
        remarks.append(f"Of {unseen} deposits through a router it is not loaded who paid the router.")
    if mixing.skipped:
        remarks.append(f"{mixing.skipped} transfers at a pool are not one whole note, and were left out.")
    unknown = len(set(depositors)) - len(wanted)
    if unknown:
        remarks.append(f"{unknown} of the wallets asked about are not in the loaded ledger.")
    return Demixing(table, len(mixing.deposits), len(mixing.withdrawals), tuple(depositors), tuple(remarks))


@lru_cache(maxsize=1)
def measured() -> dict[str, Any]:
    """The figures of `tools/eval_demixing.py`: heuristic → share right and false positive rate, with intervals."""
    path = files("workbench.analysis.measured") / "demixing.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _measured(told: Collection[str]) -> tuple[float | None, float | None]:
    """The best lower bound among the heuristics that agree (their agreement itself was not measured), and its rate."""
    known = [measured()[name] for name in told if measured().get(name, {}).get("right", {}).get("low") is not None]
    if not known:
        return None, None
    best = max(known, key=lambda figure: figure["right"]["low"])
    return best["right"]["low"], best["false_positive_rate"]["value"]


def _holds(mixing: Mixing, event: Event, name: str) -> bool:
    """Whether what was measured of a heuristic (on whole pools, with all prices of gas) says anything here."""
    if heuristics()[name].WHOLE and event.pool in mixing.incomplete:
        return False
    return name != "gas_price" or mixing.gas_known >= GAS_KNOWN


def _grade(share: float | None, rivals: int) -> str:
    if share is None or rivals > 1:
        return GRADES[2]
    if share >= LIKELY and not rivals:
        return GRADES[0]
    return GRADES[1] if share >= POSSIBLE else GRADES[2]
