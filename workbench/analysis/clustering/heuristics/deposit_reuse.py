"""Deposit address reuse: accounts that pay into one deposit address of an exchange are one customer's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.clustering.evidence import Evidence, Progress
from workbench.analysis.clustering.heuristics import Found, LeftOut, Parameter, Parameters
from workbench.analysis.clustering.heuristics.same_key import is_contract
from workbench.analysis.ledger_arrays import objects

TITLE = "Deposit address reuse"
SOURCE = "Victor 2020 (there: 3,200 blocks, about half a day, and 0.01 ETH kept back)"
ON = True
READS = "transfers"
PARAMETERS = {
    "deposit_hours": Parameter(24.0, "hours within which what arrives must be passed on to the exchange"),
    "deposit_share": Parameter(0.99, "share of what arrived that must be passed on in time, 0 to 1", 0, 1),
    "deposit_least_brought": Parameter(
        0.01,
        "a depositor brings at least this share of all that arrived, 0 to 1: dust from strangers joins nobody",
        0,
        1,
    ),
    "deposit_most_senders": Parameter(20, "more depositors than this are a service's customers, not one owner", 1),
    "deposit_one_each": Parameter(
        True, "true or false: who pays into several deposit addresses of one exchange joins nobody there"
    ),
    "exchange_confidence": Parameter(50, "confidence (0-100) that a claim of an exchange needs", 0, 100),
}
EXCHANGE = "exchange"
_HOUR_MS = 3_600_000
Row = tuple[int, int, int, int]
"""Time, amount, other end, number of the transfer."""


def find(evidence: Evidence, parameters: Parameters, progress: Progress | None) -> Found:
    """A group a deposit address with at least two depositors; the address itself is the exchange's, and no member."""
    exchange, services, tagged, left_out = _services(evidence, int(parameters["exchange_confidence"]))
    ledger = evidence.transfers
    is_exchange = np.zeros(len(evidence.wallets), bool)
    is_exchange[list(exchange)] = True
    is_service = np.zeros(len(evidence.wallets), bool)
    is_service[list(services)] = True
    no_customer = is_service.copy()
    no_customer[list(tagged)] = True
    moves = (ledger.amount > 0) & (ledger.source != ledger.target) if len(ledger) else np.empty(0, bool)
    to_exchange = moves & is_exchange[ledger.target] & ~is_service[ledger.source]
    asked = np.unique(ledger.source[to_exchange])
    is_asked = np.zeros(len(evidence.wallets), bool)
    is_asked[asked] = True
    arrivals, departures = _by_wallet(ledger, moves & is_asked[ledger.target], moves & is_asked[ledger.source])
    found: list[tuple[str, str, list[Row]]] = []
    for done, deposit in enumerate(asked.tolist()):
        if progress and done % 10_000 == 0:
            progress("looking at deposit addresses", done)
        name = str(evidence.wallets[deposit])
        sent_to = {exchange.get(row[2], "") for sent in departures[deposit].values() for row in sent}
        if len(sent_to) > 1:
            if "" not in sent_to:
                told = ", ".join(sorted(sent_to))
                left_out.append(LeftOut("deposit_reuse", name, "it pays several exchanges", told))
            continue
        brought, reason = _depositors(
            arrivals.get(deposit, {}), departures[deposit], no_customer, parameters
        )  # fmt: skip
        if reason:
            left_out.append(LeftOut("deposit_reuse", name, reason, sent_to.pop()))
        else:
            found.append((name, sent_to.pop(), brought))
    if parameters["deposit_one_each"]:
        found = _one_each(evidence, found, left_out)
    rows: list[tuple[int, int, int, int]] = []
    keys: list[str] = []
    notes: list[str] = []
    for name, of, brought in found:
        if len({row[2] for row in brought}) > 1:
            rows += [(len(keys), sender, number, time) for time, _, sender, number in brought]
            keys.append(name)
            notes.append(f"deposit address of {of}")
    numbers = np.array([row[2] for row in rows], np.int64)
    return Found(
        group=np.array([row[0] for row in rows], np.int32),
        member=np.array([row[1] for row in rows], np.int32),
        transaction=evidence.transfer_ids(numbers) if len(numbers) else objects([]),
        time_ms=np.array([row[3] for row in rows], np.int64),
        key=objects(keys),
        note=objects(notes),
        left_out=left_out,
    )


def _one_each(
    evidence: Evidence, found: list[tuple[str, str, list[Row]]], left_out: list[LeftOut]
) -> list[tuple[str, str, list[Row]]]:
    """Without depositors that pay into several deposit addresses of one exchange.

    What joins depositors is that an exchange makes a deposit address for one customer (Victor 2020). Of several
    addresses at one exchange at most one is then a depositor's own, and nobody can tell which.
    """
    used: dict[tuple[int, str], set[str]] = defaultdict(set)
    for name, of, brought in found:
        for row in brought:
            used[row[2], of].add(name)
    several = {key for key, names in used.items() if len(names) > 1}
    for sender, of in sorted(several):
        told = f"{len(used[sender, of])} of {of}"
        reason = "it pays into several deposit addresses of one exchange"
        left_out.append(LeftOut("deposit_reuse", str(evidence.wallets[sender]), reason, told))
    return [(name, of, [row for row in brought if (row[2], of) not in several]) for name, of, brought in found]


def _services(evidence: Evidence, confidence: int) -> tuple[dict[int, str], set[int], set[int], list[LeftOut]]:
    """Wallets of exchanges with the exchange's id, all wallets of services and contracts, those that are tagged as
    deposit addresses, and the disputed ones."""
    number = evidence.transfers.indices_of(evidence.owners_by_wallet)
    exchange: dict[int, str] = {}
    services: set[int] = set()
    tagged: set[int] = set()
    left_out: list[LeftOut] = []
    for name, claims in evidence.owners_by_wallet.items():
        said = [claim for claim in claims if claim.kind == "Service" or is_contract(claim.role, claim.concept)]
        # a deposit address that is tagged as the exchange's is what this looks for, and stays a candidate
        main = [claim for claim in said if "deposit" not in (claim.role or "").lower()]
        if name in number and said and not main:
            tagged.add(number[name])
        if name not in number or not main:
            continue
        services.add(number[name])
        sure = [claim for claim in main if (claim.confidence or 0) >= confidence]
        owners = {claim.owner for claim in sure if claim.concept == EXCHANGE}
        if not owners:
            continue
        if (
            len(owners) > 1
            or any(claim.concept != EXCHANGE for claim in sure)
            or any(is_contract(claim.role, claim.concept) for claim in main)
        ):
            told = ", ".join(sorted({f"{claim.owner} ({claim.source})" for claim in main}))
            left_out.append(LeftOut("deposit_reuse", name, "claimed for an exchange and for something else", told))
        else:
            exchange[number[name]] = owners.pop()
    return exchange, services, tagged, left_out


def _by_wallet(ledger: Any, into: Any, out: Any) -> tuple[Any, Any]:
    """Arrivals and departures of the wallets asked about, by wallet and asset, in the order of time."""
    found: list[dict[int, dict[int, list[Row]]]] = []
    for mask, mine, other in ((into, ledger.target, ledger.source), (out, ledger.source, ledger.target)):
        table: dict[int, dict[int, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for row in np.flatnonzero(mask).tolist():
            entry = (int(ledger.time_ms[row]), int(ledger.amount[row]), int(other[row]), row)
            table[int(mine[row])][int(ledger.asset[row])].append(entry)
        found.append(table)
    return found[0], found[1]


def _depositors(
    arrived: Mapping[int, list[Row]], left: Mapping[int, list[Row]], is_service: Any, parameters: Parameters
) -> tuple[list[Row], str]:
    """The arrivals that make depositors one, of every asset that is passed on; or why there are none."""
    limit = float(parameters["deposit_hours"]) * _HOUR_MS
    share = float(parameters["deposit_share"])
    kept: list[Row] = []
    reason = "it brought the exchange nothing that was seen to arrive"
    for asset, rows in sorted(arrived.items()):
        mine = [row for row in rows if not is_service[row[2]]]
        total = sum(row[1] for row in mine)
        sent = left.get(asset, [])
        if not mine or not sent:
            continue
        if any(row[0] < 0 for row in (*rows, *sent)):
            return [], "the times of its transfers are not all known"
        if sum(row[1] for row in sent) > sum(row[1] for row in rows):
            return [], "it sent more than it was seen to receive: its history is not complete"
        if _passed_on(rows, sent, is_service, limit) < share * total:
            return [], "it does not pass on all that arrives, in time"
        least = float(parameters["deposit_least_brought"]) * total
        brought: dict[int, int] = defaultdict(int)
        for row in mine:
            brought[row[2]] += row[1]
        kept += [row for row in mine if brought[row[2]] >= least]
        reason = ""
    if len({row[2] for row in kept}) > parameters["deposit_most_senders"]:
        return [], "more depositors than one owner has"
    return kept, reason


def _passed_on(arrived: list[Row], sent: list[Row], is_service: Any, limit: float) -> int:
    """How much of what depositors brought left again within the time; first in, first out.

    What services brought (an exchange pays the fees of its deposit addresses) is passed on too, and counts for nobody.
    """
    passed, at, used = 0, 0, 0
    for time, amount, *_ in sent:
        while amount and at < len(arrived) and arrived[at][0] <= time:
            taken = min(amount, arrived[at][1] - used)
            if time - arrived[at][0] <= limit and not is_service[arrived[at][2]]:
                passed += taken
            amount -= taken
            used += taken
            if used == arrived[at][1]:
                at, used = at + 1, 0
    return passed
