"""Reads out of the graph what behaviour is found in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from workbench.analysis.behaviour.pattern import View
from workbench.analysis.exposure.labels import ROLES, Label, read_labels
from workbench.analysis.exposure.network import read_usd
from workbench.analysis.exposure.planted import mixed
from workbench.analysis.exposure.run import members
from workbench.analysis.exposure.utxo import joined, read_links
from workbench.analysis.projection import Ledger, project
from workbench.errors import UnknownNameError, UsageError
from workbench.graph.store import Store
from workbench.model.times import parse_time, utc_now

STARTING = ("source", "thief")
"""Roles of the wallets that an incident's money starts from, the first that there is."""


@dataclass(frozen=True, eq=False)
class Material:
    """A view, what it was read from, and where the money of the incident starts."""

    view: View
    ledger: Ledger
    """All transfers, and parts of UTXO transactions; `view.ledger` leaves some out."""
    wallets: tuple[str, ...]
    starts: tuple[str, ...]
    as_of: datetime
    incident: str | None


def read(
    store: Store, *, incident: str | None, wallets: str | Sequence[str] | None, as_of: datetime | None,
    min_confidence: int, progress: Callable[[int], None] | None = None,
) -> Material:  # fmt: skip
    """The ledger, seen from an incident's thieves' and launderers' wallets, or from wallets or clusters.

    Raises UsageError (neither or both, or no wallet), UnknownNameError for an incident nobody has.
    """
    if (incident is None) == (wallets is None):
        raise UsageError("name an incident, or wallets")
    moment = utc_now() if as_of is None else parse_time(as_of, field="as_of")
    labels = read_labels(store, moment, min_confidence)
    services = {
        label.wallet: (label.name, label.category)
        for label in reversed(labels.labels)
        if label.counts and label.kind in ("service", "mixer")
    }
    incidents: dict[str, list[str]] = {}
    for label in labels.labels:
        if label.counts and label.kind == "incident" and label.wallet not in services:
            incidents.setdefault(label.category, []).append(label.wallet)
    if incident is not None:
        mine = _incident(store, incident, incidents)
        mine += sorted(  # a service's wallet among them is left out, and counted
            {one.wallet for one in labels.labels if one.counts and one.kind == "incident" and one.category == incident}
            - set(mine)
        )
        starts = _starts([
            one for one in labels.labels
            if one.category == incident and one.wallet not in services and _in_force(one, moment, min_confidence)
        ])  # fmt: skip
    else:
        mine = members(store, [wallets] if isinstance(wallets, str) else list(wallets or ()), moment)
        starts = mine
    accounts = project(store, order=True, progress=progress)
    links = read_links(store, accounts.wallets)
    ledger, usd, parts = joined(accounts, read_usd(store, accounts), links)
    then = ledger.time_ms <= int(moment.timestamp() * 1000)
    ledger, usd, parts = ledger.take(then), usd[then], parts[then]
    joins = mixed(store, ledger.wallets, parts) if links.source else np.zeros(len(ledger), bool)
    ledger, usd, parts = ledger.take(~joins), usd[~joins], parts[~joins]
    view = View.of(ledger, usd, wallets=mine, services=services, incidents=incidents, transaction=parts,
                   left_out={"parts of CoinJoins, of which nobody knows who paid whom": int(joins.sum())})  # fmt: skip
    if not view.subject.any():
        raise UsageError("none of the wallets is in the graph", hint="Load transfers that touch them.")
    return Material(view, ledger, tuple(mine), tuple(starts or mine), moment, incident)


def _incident(store: Store, incident: str, incidents: dict[str, list[str]]) -> list[str]:
    if incident in incidents:
        return sorted(set(incidents[incident]))
    known = [row[0] for row in store.read("MATCH (i:Incident) RETURN i.id").rows]
    if incident not in known:
        raise UnknownNameError("incident", incident, known)
    raise UsageError(
        f"{incident} has no wallets in the roles {' and '.join(ROLES)}",
        hint=f"Name wallets. Incidents that have some: {', '.join(sorted(incidents)) or 'none'}",
    )


def _in_force(label: Label, moment: datetime, least: int) -> bool:
    """Whether a claim is sure enough and of that time, whatever role it names."""
    begun = label.since is None or label.since <= moment
    return begun and (label.until is None or label.until > moment) and (label.confidence or 0) >= least


def _starts(labels: list[Label]) -> list[str]:
    for role in STARTING:
        if found := sorted({label.wallet for label in labels if label.role == role}):
            return found
    return []
