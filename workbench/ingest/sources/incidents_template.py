"""Template `incidents`: one row says that a source reports a theft, with its amount and date."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.ingest.format import Record
from workbench.ingest.reading.cells import Cells
from workbench.ingest.template import ClaimTemplate, Column
from workbench.model.claims import AttributedTo, Named, PartOf, Reported
from workbench.model.nodes import Incident, Ref, Source, incident_id
from workbench.model.times import date_precision


class Incidents(ClaimTemplate):
    """Thefts and attacks; several sources may report the same one, each in a row of its own."""

    name = "incidents"
    title = "Workbench template: incidents"
    doc = "One row: a source reports an incident, with its date and amount."
    columns = (
        Column("incident", "name of the incident or victim", ("Example Wallet", "Example Exchange"), required=True),
        Column("incident_id", "its id; without it, name and year: atomic-wallet-2023"),
        Column("date", "date of the theft; 2023, 2023-06, 2023-06-02 or a time", ("2023-06-02", "2023-09-04")),
        Column("amount_usd", "US dollars at the time, thousands commas allowed", ("100000000", "41,000,000")),
        Column("amount_text", "the amount in the source's own words", ("", "$41 million")),
        Column("category", "the source's kind of incident", ("wallet", "wallet")),
        Column("stated_on", "date of the statement", ("2023-08-22", "2023-09-06")),
        Column("attributed_to", "ids of actor groups the source names, separated by semicolons"),
        Column("aliases", "other names the source uses, separated by semicolons", ("", "ExampleX")),
        Column("part_of", "id of the incident of which this one is a part"),
    )

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """The incident, its names, the report, the attribution."""
        name = cells.required("incident")
        date, text = cells.past("date"), cells.text("date")
        incident = Incident(id=cells.id("incident_id") or incident_id(name, date.year if date else None), name=name)
        source = Ref(Source.label, says["source_id"])
        yield incident
        yield Named(subject=source, object=incident.ref, name=name, **says)
        for alias in cells.many("aliases"):
            yield Named(subject=source, object=incident.ref, name=alias, kind="alias", **says)
        yield Reported(
            subject=source, object=incident.ref, date=date, category=cells.text("category"),
            date_precision=date_precision(text) if text else None,
            amount_usd=cells.dollars("amount_usd"),
            amount_text=cells.text("amount_text") or cells.text("amount_usd"),
            stated_on=cells.past("stated_on"), **says,
        )  # fmt: skip
        for group in cells.ids("attributed_to"):
            yield AttributedTo(subject=incident.ref, object=Ref("ActorGroup", group), **says)
        if whole := cells.id("part_of"):
            yield PartOf(subject=incident.ref, object=Ref(Incident.label, whole), **says)
