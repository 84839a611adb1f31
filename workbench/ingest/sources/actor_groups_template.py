"""Template `actor_groups`: one row is one catalogue's view of an actor group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.format import Record
from workbench.ingest.reading.cells import Cells, checked_id
from workbench.ingest.template import ClaimTemplate, Column
from workbench.model.claims import Named, PartOf, SameAs
from workbench.model.nodes import ActorGroup, Ref, Source


class ActorGroups(ClaimTemplate):
    """Actor groups. A group belongs to one catalogue; that two catalogues mean the same one is a claim."""

    name = "actor_groups"
    title = "Workbench template: actor groups"
    doc = "One row: a catalogue's view of an actor group, with the names it uses."
    columns = (
        Column("id", "catalogue and name or number", ("my-notes:example-group", "example-vendor:g1"), required=True),
        Column("name", "the name the catalogue uses", ("Example Group", "Example Spider"), required=True),
        Column("aliases", "other names the catalogue gives, separated by semicolons"),
        Column("description", "what the catalogue says about the group"),
        Column("url", "its page in the catalogue"),
        Column("status", "live, revoked or deprecated"),
        Column("same_as", "ids of groups the source says are the same, separated by semicolons"),
        Column("part_of", "ids of groups of which it is a part, separated by semicolons"),
    )

    def build(self, cells: Cells, says: dict[str, Any]) -> Iterable[Record]:
        """The group, its names and its relatives."""
        id_, name = cells.required("id"), cells.required("name")
        catalogue, colon, rest = id_.partition(":")
        if not (catalogue and colon and rest) or any(c.isspace() for c in id_):
            raise RecordError("an id is catalogue:name, for example mitre:G0032", field="id", value=id_)
        checked_id(id_, "id")
        group = ActorGroup.model_validate({
            "id": id_, "name": name, "catalogue": catalogue, "description": cells.text("description"),
            "url": cells.text("url"), "status": (cells.text("status") or "live").lower(),
        })  # fmt: skip
        source = Ref(Source.label, says["source_id"])
        yield group
        yield Named(subject=source, object=group.ref, name=name, **says)
        for alias in cells.many("aliases"):
            yield Named(subject=source, object=group.ref, name=alias, kind="alias", **says)
        for other in cells.ids("same_as"):
            yield SameAs(subject=group.ref, object=Ref(ActorGroup.label, other), **says)
        for whole in cells.ids("part_of"):
            yield PartOf(subject=group.ref, object=Ref(ActorGroup.label, whole), **says)
