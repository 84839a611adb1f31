"""Which wallets belong to a service, by whose word: where a trace stops."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from workbench.graph.store import Store

SERVICE_CONCEPTS = (
    "exchange", "mixing_service", "coinjoin", "defi", "defi_bridge", "defi_dex", "defi_lending",
    "defi_derivative", "payment_processor", "gambling", "market", "wallet_service", "atm", "service",
)  # fmt: skip
"""GraphSense concepts of services that pool their customers' value: behind them a share means nothing."""


@dataclass(frozen=True)
class ServiceClaim:
    """Somebody says that a service controls a wallet."""

    wallet: str
    service: str
    name: str
    concept: str | None
    confidence: int | None
    role: str | None
    source_id: str


@dataclass(frozen=True)
class Stops:
    """Claims sorted into those that stop a trace and those that fall short of what was asked."""

    by_wallet: dict[str, tuple[ServiceClaim, ...]]
    """Wallets where the trace stops, with every claim that says so; rivals stand side by side."""
    not_stopping: dict[str, tuple[ServiceClaim, ...]]
    """Wallets with service claims of another concept or a lower (or no) confidence only."""

    @classmethod
    def of(cls, claims: Iterable[ServiceClaim], concepts: Collection[str], confidence: int) -> Stops:
        """Sort claims; one without a stated confidence stops only when `confidence` is 0."""
        stopping: dict[str, list[ServiceClaim]] = defaultdict(list)
        others: dict[str, list[ServiceClaim]] = defaultdict(list)
        for claim in claims:
            sure = (claim.confidence or 0) >= confidence
            (stopping if sure and claim.concept in concepts else others)[claim.wallet].append(claim)
        return cls(
            {wallet: tuple(found) for wallet, found in stopping.items()},
            {wallet: tuple(found) for wallet, found in others.items() if wallet not in stopping},
        )

    def passing(self, through: Collection[str]) -> set[str]:
        """Stops whose every claim names a concept of `through`."""
        return {wallet for wallet, claims in self.by_wallet.items() if all(c.concept in through for c in claims)}


def service_claims(store: Store, *, as_of: datetime | None = None) -> list[ServiceClaim]:
    """Live claims that a service controls a wallet which received something; `as_of`: as we knew it then."""
    live = "c.retracted_at IS NULL"
    parameters: dict[str, object] = {}
    if as_of is not None:
        live = "c.recorded_at <= $as_of AND (c.retracted_at IS NULL OR c.retracted_at > $as_of)"
        parameters["as_of"] = as_of
    rows = store.read(
        f"MATCH (s:Service)-[c:CONTROLS]->(w:Wallet) WHERE {live} AND EXISTS {{ (w)<-[:SENT]-() }}\n"
        "RETURN w.id AS wallet, s.id AS service, s.name AS name, s.concept AS concept, c.confidence AS confidence,\n"
        "  c.role AS role, c.source_id AS source ORDER BY wallet, service, source, c.claim_id",
        parameters,
    ).rows
    return [ServiceClaim(*row) for row in rows]


def incident_wallets(store: Store, incident: str, role: str) -> list[str]:
    """Ids of the wallets that live claims involve in an incident in this role, sorted."""
    return [
        row[0]
        for row in store.read(
            "MATCH (:Incident {id: $incident})-[c:INVOLVES]->(w:Wallet)\n"
            "WHERE c.role = $role AND c.retracted_at IS NULL RETURN DISTINCT w.id AS wallet ORDER BY wallet",
            {"incident": incident, "role": role},
        ).rows
    ]
