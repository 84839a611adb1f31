"""Template `infrastructure`: one row says what a source knows about an indicator."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.format import Record
from workbench.ingest.reading.cells import Cells
from workbench.ingest.template import ClaimTemplate, Column
from workbench.model.claims import AttributedTo, Claim, Indicates, Involves, Named
from workbench.model.infrastructure import parse_infrastructure
from workbench.model.nodes import Incident, Ref, Source


class InfrastructureRows(ClaimTemplate):
    """Domains, addresses, URLs, e-mail addresses, hashes, accounts, networks; defanged ones are read as meant."""

    name = "infrastructure"
    title = "Workbench template: infrastructure"
    doc = "One row: a source says something about an indicator."
    columns = (
        Column("value", "the indicator, defanged or not", ("c2.example[.]com", "c2.example[.]net"), required=True),
        Column("type", "DomainName, IPAddress, Url, …; decided from the value where empty", ("DomainName", "")),
        Column("label", "what the source calls it", ("Example C2 server", "Example C2 server")),
        Column("concept", "category in the source's vocabulary", ("c2", "c2")),
        Column("malware", "ids of malware it points to, for example mitre:S0584, separated by semicolons"),
        Column("campaign", "ids of campaigns it points to, separated by semicolons"),
        Column("indicates_group", "ids of actor groups it points to, without being theirs, separated by semicolons"),
        Column("attributed_to", "ids of actor groups whose it is said to be, separated by semicolons"),
        Column("incident", "id of the incident in which it had a part"),
        Column("role", "part in the incident: used, …"),
    )

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """The indicator and every claim the row makes about it."""
        thing = parse_infrastructure(cells.required("value"), cells.text("type"))
        claims = list(self._claims(thing.ref, cells, says))
        if not claims:
            raise RecordError("the row says nothing about the indicator")
        yield thing
        yield from claims

    def _claims(self, thing: Ref, cells: Cells, says: dict[str, Any]) -> Iterable[Claim]:
        source = Ref(Source.label, says["source_id"])
        if label := cells.text("label"):
            concept = cells.text("concept")
            yield Named(subject=source, object=thing, name=label, kind="label", concept=concept, **says)
        for malware in cells.ids("malware"):
            yield Indicates(subject=thing, object=Ref("Malware", malware), **says)
        for campaign in cells.ids("campaign"):
            yield Indicates(subject=thing, object=Ref("Campaign", campaign), **says)
        for group in cells.ids("indicates_group"):
            yield Indicates(subject=thing, object=Ref("ActorGroup", group), **says)
        for group in cells.ids("attributed_to"):
            yield AttributedTo(subject=thing, object=Ref("ActorGroup", group), **says)
        if incident := cells.id("incident"):
            role = (cells.text("role") or "used").lower()
            yield Involves.model_validate(
                {"subject": Ref(Incident.label, incident), "object": thing, "role": role, **says}
            )
