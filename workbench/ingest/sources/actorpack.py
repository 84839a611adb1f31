"""GraphSense ActorPack (YAML): who the `actor` ids of TagPacks are.

An actor in a service concept becomes a Service; one that is only said to have done something (ransomware,
hacking, …) becomes an ActorGroup `graphsense:<id>`; see `workbench.ingest.lists.graphsense` for the rule. An actor
whose categories tell neither (none at all, though the format demands them, or none the taxonomy has) is
quarantined: to call it a service, or a culprit, would be our word and not GraphSense's.

Each actor's label and aliases become NAMED claims of the pack; the label once for every category.
Format: actorpack_schema.yaml of graphsense-lib.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.lists import graphsense as gs
from workbench.ingest.reading.fields import Fields, new_names
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.claims import Named
from workbench.model.nodes import ActorGroup, Ref, Service
from workbench.model.times import parse_time

_HEADER_FIELDS = frozenset(("title", "creator", "description", "is_public", "owner", "lastmod", "actors", "header"))
_CONTEXT_LEFT_OUT = (
    "uris", "uri", "refs", "images", "coingecko_ids", "defilama_ids", "twitter_handle", "github_organisation",
    "description", "notes", "active", "start_activity", "end_activity", "year_established", "coingecko_trust_score",
    "coingecko_trust_score_rank", "coingecko_has_trading_incentive",
)  # fmt: skip


class ActorPack(Format):
    """One ActorPack file: an edition of the pack of that file name, creator and title."""

    name = "actorpack"
    title = "GraphSense ActorPack (YAML)"
    doc = "The actors that TagPacks refer to: services and groups, with their categories and aliases."
    snapshot = True
    expected = Expected(min_rows=1)
    reads = {
        "title": "Source.title, and part of what tells one pack from another", "creator": "Source.publisher, likewise",
        "lastmod": "in the header: Source.published, and the day of the edition; of a group: ActorGroup.modified",
        "id": "Service, or ActorGroup `graphsense:<id>`", "label": "the node's name; NAMED, once for each category",
        "categories": "whether it is a service or a group; NAMED.concept; Service.concept",
        "uri": "the node's address on the web, and the claims' evidence",
        "aliases": "NAMED as alias; in the actor or in its context", "context.legal_name": "NAMED as alias",
    }  # fmt: skip
    ignores = {
        "jurisdictions": "where a company is registered says nothing of whose a wallet is",
        **{f"context.{name}": "describes the service for people; in the pack itself" for name in _CONTEXT_LEFT_OUT},
        "is_public": "whether GraphSense shows it to everybody; `--tlp` marks it here. That it is not public is told",
        "owner": "who looks after the file", "description": "of the file, not of any actor",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._told: set[str] = set()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An `actors:` list at the top level."""
        return 90 if re.search(r"^actors:", sample, re.MULTILINE) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """One row an actor."""
        pack = gs.open_pack(self, "actors", file, context, _HEADER_FIELDS)
        self.header = {
            "source_id": pack.source_id, "dataset": self.dataset, "describes": self.describes,
            "modified": pack.modified.isoformat() if pack.modified else None,
        }  # fmt: skip
        yield from pack.rows

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The node and names of one actor; raises RecordError where it cannot be told what it is."""
        fields = Fields(raw, "actor")
        actor, label = fields.required("id", most=200), fields.required("label", most=500)
        uri = fields.text("uri", most=2_000)
        written = fields.text("lastmod")
        aliases = {*fields.texts("aliases"), *self._context_names(fields.pop("context"), context)} - {label}
        categories = fields.texts("categories")
        fields.skip("jurisdictions")
        for unknown in new_names(fields.leftover(), (), self._told):
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

    def _context_names(self, value: Any, context: Context) -> tuple[str, ...]:
        """Aliases and legal name from an actor's context, which is a mapping or JSON text of one."""
        if value is None:
            return ()
        try:
            fields = Fields(parse_json(value, "context") if isinstance(value, str) else value, "context")
            legal = fields.text("legal_name", most=500)
            aliases = fields.texts("aliases")
        except (InputError, RecordError) as error:
            context.drop(f"the context is left out: {error.what}", field="context", value=value)
            return ()
        left = (f"context.{name[:100]}" for name in fields.leftover())
        for unknown in new_names(left, self.ignores, self._told):
            context.warn("no such field in an actor's context; left out", field=unknown)
        return (*aliases, *((legal,) if legal else ()))
