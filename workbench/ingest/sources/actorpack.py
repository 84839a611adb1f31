"""GraphSense ActorPack (YAML): who the `actor` ids of TagPacks are.

An actor in a service concept becomes a Service; one that is only said to have done something (ransomware,
hacking, …) becomes an ActorGroup `graphsense:<id>`; see `workbench.ingest.graphsense` for the rule. An actor
whose categories tell neither (none at all, though the format demands them, or none the taxonomy has) is
quarantined: to call it a service, or a culprit, would be our word and not GraphSense's.

Each actor's label and aliases become NAMED claims of the pack; the label once for every category.
Known fields that are not kept: jurisdictions, and of `context` everything but aliases and legal_name.
Format: actorpack_schema.yaml of graphsense-lib.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest import graphsense as gs
from workbench.ingest.context import Context
from workbench.ingest.fields import Fields
from workbench.ingest.files import SourceFile
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.json_text import parse_json
from workbench.ingest.yaml_text import parse_yaml
from workbench.model.claims import Named
from workbench.model.nodes import ActorGroup, Ref, Service, Source
from workbench.model.times import parse_time

_HEADER_FIELDS = frozenset(("title", "creator", "description", "is_public", "lastmod", "actors", "header"))


class ActorPack(Format):
    """One ActorPack file: an edition of the pack of that file name, creator and title."""

    name = "actorpack"
    title = "GraphSense ActorPack (YAML)"
    doc = "The actors that TagPacks refer to: services and groups, with their categories and aliases."
    snapshot = True
    expected = Expected(min_rows=1)

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An `actors:` list at the top level."""
        return 90 if re.search(r"^actors:", sample, re.MULTILINE) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """One row an actor."""
        document = parse_yaml(file.whole(), file.name)
        pack = document.value
        if not isinstance(pack, dict) or not isinstance(pack.get("actors"), list):
            raise InputError("not an ActorPack: no list of `actors` at the top level", where=file.name)
        nested = pack.get("header")
        header = {**(nested if isinstance(nested, dict) else {}), **pack}
        context.where = "header"
        for line, key in document.repeated:
            context.warn(f"the key {key} is repeated on line {line}; an actor that has it so is quarantined", field=key)
        for unknown in sorted(header.keys() - _HEADER_FIELDS):
            context.warn("no such field in an ActorPack's header", field=unknown, value=header[unknown])
        try:
            fields = Fields(header, "header")
            title, creator = fields.text("title", most=500), fields.text("creator", most=500)
            written = fields.text("lastmod")
            modified = parse_time(written, field="lastmod") if written else None
        except RecordError as error:
            raise InputError(f"the header makes no sense: {error.what}", where=file.name) from error
        name = gs.pack_name(file.name, title)
        self.dataset = gs.pack_id("actorpack", name, creator, title)
        self.describes = gs.describes(creator, name)
        source = context.main_source or context.source(Source(
            id=context.source_name or self.dataset,
            title=title or name,
            publisher=creator or "not stated",
            kind="catalogue",
            published=modified,
        ))  # fmt: skip
        self.header = {
            "source_id": source, "dataset": self.dataset, "describes": self.describes,
            "modified": modified.isoformat() if modified else None,
        }  # fmt: skip
        for number, actor in enumerate(pack["actors"], 1):
            line_number = document.line(actor)
            yield Row(f"actor {number}" + (f", line {line_number}" if line_number else ""), actor)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The node and names of one actor; raises RecordError where it cannot be told what it is."""
        fields = Fields(raw, "actor")
        actor, label = fields.required("id", most=200), fields.required("label", most=500)
        uri = fields.text("uri", most=2_000)
        written = fields.text("lastmod")
        aliases = {*fields.texts("aliases"), *_context_names(fields.pop("context"), context)} - {label}
        categories = fields.texts("categories")
        fields.skip("jurisdictions")
        for unknown in fields.leftover():
            context.warn("no such field in an actor; left out", field=unknown, value=raw[unknown])
        for concept in gs.unknown_concepts(categories):
            context.warn("not in the concepts taxonomy; kept as the pack has it", field="categories", value=concept)
        node: Service | ActorGroup
        kind = gs.kind_of_actor(categories)
        if kind == "service":
            node = Service(id=gs.service_id(actor), name=label, concept=gs.service_concept(categories), uri=uri)
        elif kind == "group":
            modified = written or self.header["modified"]
            node = ActorGroup(
                id=gs.group_id(actor), name=label, catalogue="graphsense", url=uri,
                modified=parse_time(modified, field="lastmod") if modified else None,
            )  # fmt: skip
        else:
            shown = ", ".join(categories)
            what = f"{shown} does not tell a service from a group" if shown else "categories are missing"
            raise RecordError(what, field="categories", value=shown or None)
        yield node
        source = Ref("Source", self.header["source_id"])
        said: dict[str, Any] = {
            "subject": source, "object": node.ref, "source_id": source.id, "dataset": self.header["dataset"],
            "tlp": context.tlp, "evidence": uri,
        }  # fmt: skip
        for category in categories:
            yield Named(name=label, concept=category, **said)
        for alias in sorted(aliases):
            yield Named(name=alias, kind="alias", **said)


def _context_names(value: Any, context: Context) -> tuple[str, ...]:
    """Aliases and legal name from an actor's context, which is a mapping or JSON text of one."""
    if value is None:
        return ()
    try:
        fields = Fields(parse_json(value, "context") if isinstance(value, str) else value, "context")
        legal = fields.text("legal_name", most=500)
        return (*fields.texts("aliases"), *((legal,) if legal else ()))
    except (InputError, RecordError) as error:
        context.drop(f"the context is left out: {error.what}", field="context", value=value)
        return ()
