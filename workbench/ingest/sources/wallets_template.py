"""Template `wallets`: one row says what a source knows about an address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.format import Record
from workbench.ingest.reading.cells import Cells
from workbench.ingest.template import EXAMPLE_WALLETS, ClaimTemplate, Column
from workbench.model.addresses import parse_address
from workbench.model.claims import AttributedTo, Claim, Controls, Involves, ListedBy, Named
from workbench.model.nodes import Incident, Ref, Service, Source, Wallet, slug


class Wallets(ClaimTemplate):
    """Addresses: who published them, what they are called, whose they are said to be."""

    name = "wallets"
    title = "Workbench template: wallets"
    doc = "One row: a source says something about an address."
    columns = (
        Column("address", "the address", EXAMPLE_WALLETS, required=True),
        Column("network", "its network: eth, btc, trx, … or a CAIP-2 id", ("eth", "btc")),
        Column("label", "what the source calls it", ("Example label", "Example label")),
        Column("concept", "category of label and service, for example exchange or mixing_service"),
        Column("listing", "sanctioned, published, seized, blocked or tagged", ("", "tagged")),
        Column("program", "programme of the listing"),
        Column("attributed_to", "ids of actor groups whose wallet the source says it is, separated by semicolons"),
        Column("incident", "id of the incident in which it had a part"),
        Column("role", "thief, victim, laundering, terminal, source, used, published or unknown"),
        Column("service", "name of the service that controls it"),
        Column("service_role", "deposit, hot_wallet, contract, …"),
    )

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """The wallet and every claim the row makes about it."""
        address = parse_address(cells.required("address"), cells.text("network"))
        for warning in address.warnings:
            cells.context.warn(warning, field="address", value=address.text)
        wallet = Wallet.at(address)
        claims = list(self._claims(wallet.ref, cells, says))
        if not claims:
            raise RecordError("the row says nothing about the address")
        yield wallet
        if service := cells.text("service"):
            yield Service(id=slug(service), name=service, concept=cells.text("concept"))
        yield from claims

    def _claims(self, wallet: Ref, cells: Cells, says: dict[str, Any]) -> Iterable[Claim]:
        source = Ref(Source.label, says["source_id"])
        label, concept = cells.text("label"), cells.text("concept")
        if label:
            yield Named(subject=source, object=wallet, name=label, kind="label", concept=concept, **says)
        if listing := cells.text("listing"):
            yield ListedBy.model_validate({
                "subject": wallet, "object": source, "listing": listing.lower(), "program": cells.text("program"),
                "label": label, **says,
            })  # fmt: skip
        for group in cells.ids("attributed_to"):
            yield AttributedTo(subject=wallet, object=Ref("ActorGroup", group), **says)
        role, incident = cells.text("role"), cells.id("incident")
        if role and not incident:
            raise RecordError("a role without an incident", field="role", value=role)
        if incident:
            yield Involves.model_validate({
                "subject": Ref(Incident.label, incident), "object": wallet, "role": (role or "unknown").lower(), **says,
            })  # fmt: skip
        if service := cells.text("service"):
            subject = Ref(Service.label, slug(service))
            yield Controls(subject=subject, object=wallet, role=cells.text("service_role"), **says)
