"""Reads out of the graph what behaviour is found in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from workbench.analysis.behaviour.pattern import View
from workbench.analysis.exposure.labels import ROLES, Label, read_labels
from workbench.analysis.exposure.network import USD, Array, Network, by_asset
from workbench.analysis.exposure.planted import DUST_USD, GUARDS
from workbench.analysis.exposure.reading import read_transfers
from workbench.analysis.exposure.run import members
from workbench.analysis.projection import Ledger
from workbench.analysis.written import Asked, digest, ledger_digest
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
    """All transfers that count, and parts of UTXO transactions; `view.ledger` leaves some out."""
    wallets: tuple[str, ...]
    starts: tuple[str, ...]
    as_of: datetime
    incident: str | None
    apart: Mapping[str, Network]
    """Reason → what a guard left out of the transfers of these wallets."""

    def asked(self, **options: Any) -> Asked:
        """What was asked, and a digest of what it is answered from."""
        view = self.view
        return Asked(
            options,
            lambda: digest(
                ledger_digest(view.ledger, view.usd), by_asset(self.apart), sorted(self.wallets), sorted(self.starts),
                sorted((view.name(wallet), service) for wallet, service in view.services.items()),
                sorted((name, sorted(view.name(wallet) for wallet in known)) for name, known in view.incidents.items()),
            ),
        )  # fmt: skip


def read(
    store: Store, *, incident: str | None, wallets: str | Sequence[str] | None, as_of: datetime | None,
    min_confidence: int, guards: Collection[str] = GUARDS, dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None, progress: Callable[[int], None] | None = None,
) -> Material:  # fmt: skip
    """The ledger, seen from an incident's thieves' and launderers' wallets, or from wallets or clusters.

    What the guards leave out (as in exposure, see `exposure.planted`) is in `apart`.

    Raises UsageError (neither or both, or no wallet), UnknownNameError for an incident or guard nobody has,
    ParameterError.
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
    told = read_transfers(
        store, as_of=moment, guards=guards, dust_usd=dust_usd, dust=dust, progress=progress
    )  # fmt: skip
    ledger, usd, parts = told.ledger, told.usd, told.transaction
    gone: Array = np.zeros(len(ledger), bool)
    subject = np.zeros(len(ledger.wallets), bool)
    subject[list(ledger.indices_of(mine).values())] = True
    near = (subject[ledger.source] | subject[ledger.target]) & (ledger.amount != 0).astype(bool)
    apart = {}
    for reason, rows in told.guarded.items():
        gone |= rows
        if (of_these := rows & near).any():
            apart[reason] = Network(ledger.take(of_these), usd[of_these], USD, transaction=parts[of_these])
    ledger, usd, parts = ledger.take(~gone), usd[~gone], parts[~gone]
    view = View.of(ledger, usd, wallets=mine, services=services, incidents=incidents, transaction=parts,
                   left_out=told.left_out)  # fmt: skip
    if not view.subject.any():
        raise UsageError("none of the wallets is in the graph", hint="Load transfers that touch them.")
    return Material(view, ledger, tuple(mine), tuple(starts or mine), moment, incident, apart)


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
