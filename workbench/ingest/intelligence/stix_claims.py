"""What one STIX object claims, given what its references mean (see `sources/stix.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.intelligence import stix_objects as so
from workbench.ingest.intelligence.mentions import ATTACK_ID, attack_mention, foreign
from workbench.ingest.intelligence.stix_flows import flows, transaction, utxo_network
from workbench.ingest.intelligence.stix_markings import strictest
from workbench.model.claims import (
    AttributedTo,
    Claim,
    CommunicatesWith,
    Controls,
    DerivedFrom,
    Indicates,
    ListedBy,
    Mentions,
    Named,
    PartOf,
    Related,
    ResolvesTo,
    SameAs,
    SupersededBy,
    Targets,
    Uses,
)  # fmt: skip
from workbench.model.confidence import Tlp, parse_confidence
from workbench.model.nodes import Infrastructure, Node, Ref, Source, Wallet

_RELATIONS: dict[str, type[Claim]] = {
    "uses": Uses, "attributed-to": AttributedTo, "targets": Targets, "indicates": Indicates,
    "communicates-with": CommunicatesWith, "resolves-to": ResolvesTo, "part-of": PartOf, "subtechnique-of": PartOf,
    "revoked-by": SupersededBy, "duplicate-of": SameAs, "controls": Controls, "owns": Controls,
}  # fmt: skip
_ALIASES = ("aliases", "x_mitre_aliases", "x_opencti_aliases")
_MENTIONED = ("note", "opinion", "grouping", "report")
_BENIGN = frozenset(("benign",))
Refs = list[Ref]


class StixClaims:
    """One row: the object, and what stands around it in the bundle."""

    def __init__(self, raw: dict[str, Any], context: Context) -> None:
        self.item: dict[str, Any] = raw["object"]
        self.kind = self.item.get("type")
        self.raw = raw
        self.context = context
        self.id = so.stix_id(self.item)
        if not isinstance(self.kind, str) or self.id is None or not self.id.startswith(f"{self.kind}--"):
            raise RecordError("no type, or no STIX id of that type", field="id", value=self.item.get("id"))
        so.texts(self.item, "object_marking_refs")
        so.texts(self.item, "labels")
        tlp = strictest((cast("Tlp | None", raw.get("tlp")), context.tlp)) or "clear"
        self.said: dict[str, Any] = {
            "source_id": raw["source"], "tlp": tlp, "confidence": parse_confidence(self._confidence()),
            "evidence": so.page(self.item) or self.id,
        }  # fmt: skip
        self.source = Ref(Source.label, raw["source"])
        if so.is_revoked(self.item):
            self.said["valid_to"] = so.time(self.item, "modified")
            context.warn("revoked by its source: what it says has ended", field="revoked")

    def _confidence(self) -> int | None:
        value = self.item.get("confidence")
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise RecordError("not a whole number from 0 to 100", field="confidence", value=value)
        return value

    def records(self) -> Iterator[Record]:
        """The object's nodes and claims; raises RecordError."""
        if isinstance(publisher := self.raw.get("derived_from"), str):
            origin = {"source_id": self.source.id, "tlp": self.said["tlp"]}
            yield DerivedFrom(subject=self.source, object=Ref(Source.label, publisher), **origin)
        if self.kind == "relationship":
            yield from self._relationship()
        elif self.kind == "sighting":
            yield from self._sighting()
        elif self.kind == "observed-data":
            yield from self._observed()
        elif self.kind in _MENTIONED:
            yield from self._mentioned()
        elif self.kind == so.TRANSACTION:
            yield from self._transaction()
        else:
            yield from self._entry()

    def _entry(self) -> Iterator[Record]:
        """A domain object or an observable."""
        creator = self.kind == "identity" and bool(self.raw.get("creator"))
        nodes = so.nodes_of(self.item, self.context, str(self.raw.get("catalogue") or "stix"))
        if creator and not self.raw.get("acting"):
            nodes = []
        yield from nodes
        if creator and self.id:  # the Source itself is declared with the file
            itself = Ref(Source.label, self.id)
            name = so.text(self.item, "name", self.context, most=500) or self.id
            yield Named(subject=itself, object=itself, name=name, **{**self.said, "source_id": self.id})
        for node in nodes:
            if isinstance(node, Infrastructure | Wallet):
                yield from self._observable(node)
            else:
                yield from self._named(node.ref)
        if self.kind == "indicator" and not isinstance(nodes[0], Infrastructure | Wallet):
            self.context.warn("no value that could be read; kept as it is", field="pattern")
        if self.kind == "file":
            for other in nodes[1:]:
                yield Related(subject=nodes[0].ref, object=other.ref, relation="same-file", **self.said)
        if nodes:
            yield from self._beside(nodes[0])
            yield from self._references(nodes[0])

    def _named(self, ref: Ref) -> Iterator[Claim]:
        name = so.text(self.item, "name", self.context, most=500) or self.id
        said = {"subject": self.source, "object": ref, "concept": self.kind, **self.said}
        yield Named(name=name, **said)
        for alias in sorted({alias for key in _ALIASES for alias in so.texts(self.item, key)} - {name}):
            yield Named(name=alias, kind="alias", **said)

    def _observable(self, node: Infrastructure | Wallet) -> Iterator[Claim]:
        """An indicator's value is listed, what was merely observed is mentioned."""
        if self.kind != "indicator":
            yield self._mention(node.ref, "observation", None)
            name = so.text(self.item, "name", self.context, most=500) if self.kind == "file" else None
            if name:
                yield Named(subject=self.source, object=node.ref, name=name, kind="label", **self.said)
            return
        name = so.text(self.item, "name", self.context, most=500)
        label = name or so.text(self.item, "description", self.context)
        said = self._times("valid_from", "valid_until")
        types = {t.lower() for key in ("labels", "indicator_types") for t in so.texts(self.item, key)}
        if types & _BENIGN:
            self.context.warn("called benign by its source: mentioned, and not listed", field="indicator_types")
            yield self._mention(node.ref, "observation", label)
            return
        yield ListedBy(subject=node.ref, object=self.source, listing="published", label=label, **said)

    def _beside(self, node: Node) -> Iterator[Claim]:
        """What an observable's own references say."""
        for other in self._refs("resolves_to_refs"):
            yield self._claim("resolves-to", node.ref, other, self.said)
        for holder in self._refs("holder_ref"):
            yield self._claim("controls", holder, node.ref, self.said, word="holder")
        for start in self._refs("src_ref"):
            for end in self._refs("dst_ref"):
                yield self._claim("communicates-with", start, end, self.said)

    def _references(self, node: Node) -> Iterator[Record]:
        """That it is an entry of ATT&CK, where its references give the id of one of the same kind."""
        for reference in so.references(self.item):
            id_, name = reference.get("external_id"), reference.get("source_name")
            if isinstance(id_, str) and isinstance(name, str) and name.startswith("mitre-") and ATTACK_ID.match(id_):
                other = attack_mention(id_)
                if other.label == node.label:
                    yield other
                    yield SameAs(subject=node.ref, object=other.ref, **self.said)
                return

    def _relationship(self) -> Iterator[Record]:
        word = so.text(self.item, "relationship_type", self.context, most=100)
        if word is None:
            raise RecordError("relationship_type is missing", field="relationship_type")
        said = self._times("start_time", "stop_time")
        for start in self._end("source_ref"):
            for end in self._end("target_ref"):
                yield self._claim(word, start, end, said)

    def _claim(self, kind: str, start: Ref, end: Ref, said: dict[str, Any], word: str | None = None) -> Claim:
        """The claim of that kind where the graph has one between such ends, or RELATED with the source's word."""
        claim = _RELATIONS.get(kind)
        if claim and any(start.label in starts and end.label in ends for starts, ends in claim.ends):
            return claim(subject=start, object=end, **said)
        description = so.text(self.item, "description", self.context)
        return Related(subject=start, object=end, relation=word or kind, description=description, **said)

    def _sighting(self) -> Iterator[Record]:
        words, count = so.text(self.item, "description", self.context), self._count("count")
        said = {**self.said, **self._times("first_seen", "last_seen")}
        if count == 0:
            words = f"not seen; {words}" if words else "not seen"
        of = self.item.get("sighting_of_ref")
        on_relation = of in self._relations()
        if self.item.get("where_sighted_refs") and (on_relation or count == 0):
            why = (
                "of a relationship: the graph gives it no place"
                if on_relation
                else "with count 0: nothing was seen there"
            )
            self.context.drop(f"a sighting {why}; left out", field="where_sighted_refs", value=self.id)
        if on_relation:
            yield from self._on_relation(str(of), words, count, said)
            return
        for ref in self._end("sighting_of_ref"):
            yield self._mention(ref, "sighting", words, count, said)
            for place in self._refs("where_sighted_refs") if count != 0 else ():
                yield Related(subject=ref, object=place, relation="sighted-at", **said)

    def _relations(self) -> dict[str, Any]:
        found = self.raw.get("relations")
        return found if isinstance(found, dict) else {}

    def _on_relation(self, ref: str, words: str | None, count: int | None, said: dict[str, Any]) -> Iterator[Mentions]:
        """What is said of a relationship, said of both its ends."""
        about = self._relations()[ref]
        text = f"of the relationship {about['words']}" + (f": {words}" if words else "")
        for end in dict.fromkeys(Ref(*one) for one in about["ends"]):
            yield self._mention(end, cast(Any, self.kind), text, count, said)

    def _observed(self) -> Iterator[Record]:
        refs = list(self._refs("object_refs"))
        embedded = self.item.get("objects")
        for key, one in embedded.items() if isinstance(embedded, dict) else ():
            if not isinstance(one, dict):
                raise RecordError("an observed object is no object", field="objects", value=key)
            content = {**one, "id": f"{self.id}#{key}"}
            for node in so.nodes_of(content, self.context):
                yield node
                refs.append(node.ref)
        if not refs:
            raise RecordError("nothing that was observed is in the bundle", field="object_refs")
        said = {**self.said, **self._times("first_observed", "last_observed")}
        for ref in dict.fromkeys(refs):
            yield self._mention(ref, "observation", None, self._count("number_observed"), said)

    def _mentioned(self) -> Iterator[Record]:
        """A report, which is a Source of its own, or a note, opinion or grouping."""
        words = [so.text(self.item, name, self.context) for name in ("abstract", "opinion", "content", "explanation")]
        said_text = "; ".join(word for word in words if word) or so.text(self.item, "name", self.context, most=500)
        speaker, said = self.source, self.said
        if self.kind == "report":
            report = so.nodes_of(self.item, self.context)[0]
            yield report
            speaker = report.ref
            yield Named(subject=self.source, object=speaker, name=cast(Source, report).title, **self.said)
            yield DerivedFrom(subject=speaker, object=self.source, **self.said)
        refs = dict.fromkeys(self._refs("object_refs"))
        relations = self._relations()
        if self.kind != "report" and not refs and not relations:
            raise RecordError("none of the objects it speaks of is in the bundle", field="object_refs")
        for relation in relations:
            yield from self._on_relation(relation, said_text, None, said)
        for ref in refs:
            if ref != speaker:
                yield self._mention(ref, cast(Any, self.kind), said_text, None, said, speaker)

    def _mention(
        self, ref: Ref, kind: Any, words: str | None, count: int | None = None, said: dict[str, Any] | None = None,
        speaker: Ref | None = None,
    ) -> Mentions:  # fmt: skip
        short = words if words is None or len(words) <= 10_000 else words[:9_999] + "…"
        return Mentions(
            subject=speaker or self.source, object=ref, kind=kind, text=short, count=count, id=self.id,
            **(said or self.said),
        )  # fmt: skip

    def _transaction(self) -> Iterator[Record]:
        """A transaction of a UTXO network, with its flows; others are kept as they are."""
        network = utxo_network(self.item)
        if network is None:
            told = "only transactions of UTXO networks are read; kept as it is"
            self.context.warn(told, field="symbol", value=self.item.get("symbol"))
            node = foreign(f"stix:{self.id}", str(self.kind), self.item, None, self.context)
            yield node
            yield from self._named(node.ref)
            return
        made = transaction(self.item, network)
        yield made
        yield self._mention(made.ref, "observation", None)
        yield from flows(self.item, made, network, self.raw.get("refs", {}), self.context)

    def _times(self, start: str, end: str) -> dict[str, Any]:
        """The claims' common part with when they hold; an end that comes from a revocation wins where earlier."""
        begins, ends = so.time(self.item, start), so.time(self.item, end)
        revoked = self.said.get("valid_to")
        stops = min((t for t in (ends, revoked) if t), default=None)
        return {**self.said, "valid_from": begins, "valid_to": stops}

    def _count(self, name: str) -> int | None:
        value = self.item.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53):
            raise RecordError(f"{name} is not a count", field=name, value=value)
        return value

    def _end(self, name: str) -> Refs:
        if not isinstance(ref := self.item.get(name), str):
            raise RecordError(f"{name} is missing", field=name, value=ref)
        if not (found := self.raw.get("refs", {}).get(ref)):
            raise RecordError(f"{name} is not in the bundle, or is no node", field=name, value=ref)
        return [Ref(*one) for one in found]

    def _refs(self, name: str) -> Iterator[Ref]:
        """The nodes that a property refers to; what is no node is told."""
        value = self.item.get(name)
        lost = 0
        for ref in value if isinstance(value, list) else [value]:
            if isinstance(ref, str) and ref in self._relations():
                continue
            found = self.raw.get("refs", {}).get(ref) if isinstance(ref, str) else None
            yield from (Ref(*one) for one in found or ())
            lost += ref is not None and not found
        if lost:
            self.context.drop(f"{lost} references to what is not in the bundle, or is no node", field=name)
