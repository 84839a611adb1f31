"""STIX 2.0 and 2.1 bundles: groups, software, indicators, observables, and what is said about them.

Every object is one row. Domain objects become nodes that their creator calls by their name and aliases (NAMED);
the values of an indicator's pattern and of observables become Infrastructure and Wallets. An indicator is
LISTED_BY its creator as *published*, one that is called benign is only mentioned. Relationships become the claim
of their kind (USES, ATTRIBUTED_TO, TARGETS, INDICATES, …) where the graph has one for the two ends, and RELATED
with the source's own word otherwise. Reports are Sources that MENTION their objects; notes, opinions, groupings,
sightings and observed data are MENTIONS of their creator; what they say of a relationship is said of both its ends,
in words that name it. A sighting with a count of 0 is *not seen*, and seen nowhere. Kinds without a node of their own
(locations, courses of action, custom objects) are kept as JSON (ForeignObject).

Who speaks: the object's creator; where it names none (observables never do) `--source`, or else the file itself,
which is DERIVED_FROM the bundle's creator where there is just one: files of one publisher are not many sources.
An identity is never a Person. One that describes an individual, and a threat actor that is one person, are kept
as JSON: only an authority's designation makes a Person here.

Markings: the strictest TLP of the object, of the file (`--tlp`), and, for an object without one, of the reports
that contain it. What is revoked has ended: its claims stop holding at the time it was revoked, and a group or
technique has that status. Of several versions in one bundle the latest counts.

A wallet names no network: it is decided from the address. A transaction of a UTXO network becomes INPUT and
OUTPUT; its ends are joined by address, since the list need not be in the ledger's order.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.intelligence import stix_objects as so
from workbench.ingest.intelligence.stix_claims import StixClaims
from workbench.ingest.intelligence.stix_markings import Markings, strictest
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.nodes import SourceMention, slug

_LATE = {
    "relationship": 2, "sighting": 3, "note": 3, "opinion": 3, "grouping": 3, "report": 2, "observed-data": 2,
    "network-traffic": 1, so.TRANSACTION: 1, so.WALLET: 1, "domain-name": 1, "identity": -1,
}  # fmt: skip
"""What refers to others comes after them."""
_FOREIGN_TO_ATTACK = (
    "indicator", "report", "observed-data", "threat-actor", "sighting", "infrastructure", "note", "opinion", "grouping",
    "incident", "location", "attack-flow", "attack-action", "domain-name", "ipv4-addr", so.WALLET,
)  # fmt: skip
_REFS = ("object_refs", "where_sighted_refs", "observed_data_refs", "resolves_to_refs")
_REF = (
    "source_ref", "target_ref", "sighting_of_ref", "holder_ref", "src_ref", "dst_ref", "belongs_to_ref", "from_ref",
)  # fmt: skip
_SAID = ("relationship", "sighting", "note", "opinion", "grouping", "observed-data")
"""Objects that only say something about others, and are no nodes."""
_ON_RELATIONS = ("sighting", "note", "opinion")
"""Objects that may speak of a relationship: they are MENTIONS of both its ends."""


class Stix(Format):
    """One bundle."""

    name = "stix"
    title = "STIX 2.0 or 2.1 bundle"
    doc = "Groups, software, campaigns, indicators, observables, wallets and reports, and how they are related."
    reads: ClassVar[dict[str, str]] = {
        "type, id": "the kind of node or claim; the id is kept as `stix:<id>`, or as evidence",
        "name, aliases, x_mitre_aliases, x_opencti_aliases": "NAMED by the creator",
        "description": "the node's description; a relationship's, on RELATED",
        "created_by_ref": "the Source of the claims",
        "created, modified": "which version is the latest; `modified` of the node",
        "published": "the report's date",
        "revoked": "the node's status; claims end at `modified`",
        "confidence": "the claims' confidence",
        "object_marking_refs, granular_markings": "TLP of the claims",
        "labels, indicator_types": "a TLP among them; whether an indicator is benign",
        "external_references": "evidence (the first address); an ATT&CK id is SAME_AS that entry",
        "kill_chain_phases": "tactics of a technique",
        "first_seen, last_seen": "of a campaign; when a sighting holds",
        "pattern, pattern_type": "the values an indicator names",
        "valid_from, valid_until, start_time, stop_time": "when the claim holds",
        "first_observed, last_observed, number_observed, objects, object_refs": "MENTIONS of what was observed",
        "content, abstract, opinion, explanation, count": "text and count of MENTIONS; a count of 0 is *not seen*",
        "sighting_of_ref, where_sighted_refs": "MENTIONS of what was seen, RELATED to where",
        "relationship_type, source_ref, target_ref": "the claim between two nodes",
        "value, address, hashes, number, account_login, user_id, account_type": "Infrastructure or Wallet",
        "holder_ref": "CONTROLS, from the holder to the wallet",
        "resolves_to_refs, src_ref, dst_ref": "RESOLVES_TO, COMMUNICATES_WITH",
        "symbol, hash, fee, block_id, execution_time, input, output": "Transaction with INPUT and OUTPUT",
    }
    ignores: ClassVar[dict[str, str]] = {
        "goals, sophistication, resource_level, primary_motivation, secondary_motivations, personal_motivations, "
        "roles, threat_actor_types, objective, sectors, contact_information, identity_class":
            "no property of a node (`resource_level` and `identity_class` decide which kind it is)",
        "malware_types, tool_types, tool_version, infrastructure_types, report_types, is_family, capabilities, "
        "implementation_languages, architecture_execution_envs, operating_system_refs, os_execution_envs, sample_refs":
            "no property of a node",
        "context, summary": "of a grouping or sighting: why, and whether its count is a sum of others",
        "extensions, spec_version, lang, defanged, pattern_version, authors": "describe the object, not the world",
        "display_name, size, mime_type, name_enc, magic_number_hex, parent_directory_ref, contains_refs, content_ref, "
        "ctime, mtime, atime, rir, is_service_account, is_privileged, credential, credential_last_changed, "
        "can_escalate_privs, is_disabled, account_created, account_expires, account_first_login, account_last_login, "
        "belongs_to_refs, belongs_to_ref": "details of an observable that its value does not need",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A bundle or a TAXII envelope; surer than ATT&CK's own format where it has kinds that ATT&CK never has."""
        start = sample.lstrip("\ufeff \t\r\n")
        if not start.startswith("{") or '"objects"' not in sample or "--" not in sample:
            return 0
        if '"bundle' not in sample and '"spec_version"' not in sample:
            return 0
        plain = sample.replace('": "', '":"')
        if any(f'"type":"{kind}"' in plain for kind in _FOREIGN_TO_ATTACK):
            return 97
        return 90

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every object with what it refers to; nodes before what is said of them."""
        bundle = parse_json(file.whole(), file.name)
        objects = bundle.get("objects") if isinstance(bundle, dict) else None
        if not isinstance(objects, list):
            raise InputError("not a STIX bundle: no list of objects", where=file.name)
        context.where = "whole file"
        reader = _Reader(bundle, objects, context, file.name)
        self.header = {"main": reader.main}
        self.describes = f"stix:{reader.main}"
        yield from reader.rows()
        context.where = "whole file"
        for name, count in sorted(reader.unknown.items()):
            context.drop(f"no property that is read: left out of {count} objects", field=name)
        for what, count in sorted(reader.left_out.items()):
            context.drop(f"left out: {count} {what}", field="type")

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What one object says."""
        if not isinstance(raw, dict) or not isinstance(item := raw.get("object"), dict):
            raise RecordError("not a STIX object", value=raw)
        try:
            json.dumps(item, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise RecordError("half of a surrogate pair, or nested too deeply", field="type") from error
        return StixClaims(raw, context).records()


_KNOWN = frozenset(name for names in (*Stix.reads, *Stix.ignores) for name in names.split(", "))
_NOT_AS_JSON = frozenset((
    *_SAID, "report", "threat-actor", "intrusion-set", "campaign", "malware", "tool", "attack-pattern", "indicator",
    "domain-name", "ipv4-addr", "ipv6-addr", "url", "email-addr", "file", "autonomous-system", "user-account",
    so.WALLET, so.TRANSACTION,
))  # fmt: skip


def kind_of(item: Any) -> str:
    """The type of an object; "" for what has none."""
    kind = item.get("type") if isinstance(item, dict) else None
    return kind if isinstance(kind, str) else ""


class _Reader:
    """A bundle read as a whole: who speaks, which version counts, what each reference means."""

    def __init__(self, bundle: dict[str, Any], objects: list[Any], context: Context, name: str) -> None:
        self.objects = objects
        self.context = context
        self.left_out: Counter[str] = Counter()
        self.unknown: Counter[str] = Counter()
        """Properties that are neither read nor known, of objects that are not kept as JSON."""
        self.markings = Markings(objects)
        self._bundle_tlp = self.markings.of(bundle, context)
        self._name = name
        self.latest: dict[str, dict[str, Any]] = {}
        creators: Counter[str] = Counter()
        self._acting: set[str] = set()
        self._container_tlp: dict[str, list[Any]] = defaultdict(list)
        for item in objects:
            if (id_ := so.stix_id(item)) is None:
                continue
            if id_ not in self.latest or so.modified(item) >= so.modified(self.latest[id_]):
                self.latest[id_] = item
            if isinstance(by := item.get("created_by_ref"), str) and so.STIX_ID.match(by):
                creators[by] += 1
            for key in ("source_ref", "target_ref", "holder_ref", "where_sighted_refs"):
                self._acting.update(_list(item.get(key)))
        self._creators = dict(creators.most_common())
        self._declare(context)
        self._find_containers()
        self._nodes: dict[str, list[list[str]]] = {}

    def _declare(self, context: Context) -> None:
        """Make the sources known; the first is the one the run is booked under."""
        self._fallback = context.source_name or self._name
        if context.source_name or not self._creators:
            self.main = context.main_source or context.source(SourceMention.of(self._fallback))
        for by in self._creators:
            item = self.latest.get(by)
            if item is None or item.get("type") != "identity":
                context.source(SourceMention(id=by, title=by, publisher="not stated", kind="user"))
                continue
            try:
                context.source(so.source_of(item, Context()))
            except (RecordError, ValueError):  # its own row says what is wrong with it
                context.source(SourceMention(id=by, title=by, publisher="not stated", kind="user"))
        if not context.source_name and self._creators:
            self.main = context.main_source or next(iter(self._creators))

    def _find_containers(self) -> None:
        for item in self.latest.values():
            if item.get("type") in ("report", "grouping") and (tlp := self._own_tlp(item, Context())):
                for ref in _list(item.get("object_refs")):
                    self._container_tlp[ref].append(tlp)

    def _own_tlp(self, item: dict[str, Any], context: Context) -> Any:
        try:
            return self.markings.of(item, context)
        except RecordError:
            return None  # its own row says so

    def rows(self) -> Iterator[Row]:
        kept: list[tuple[int, int, Any]] = []
        for number, item in enumerate(self.objects, 1):
            kind = item.get("type") if isinstance(item, dict) else None
            id_ = so.stix_id(item)
            if kind == "marking-definition" and id_:
                self.left_out["objects of type marking-definition, read as markings"] += 1
            elif id_ and self.latest[id_] is not item and self.latest[id_] != item:
                self.left_out["objects of which the bundle holds a later version"] += 1
            else:
                kept.append((_LATE.get(str(kind), 0), number, item))
        kept.sort(key=lambda one: one[:2])
        for _, number, item in kept:
            where = so.stix_id(item) or f"object {number}"
            self.context.where = where
            if kind_of(item) in _NOT_AS_JSON:
                self.unknown.update(str(key)[:100] for key in item if key not in _KNOWN)
            yield Row(where, self._raw(item) if isinstance(item, dict) else item)

    def _raw(self, item: dict[str, Any]) -> dict[str, Any]:
        id_, by = so.stix_id(item), item.get("created_by_ref")
        own = self._own_tlp(item, self.context)
        tlp = strictest((own or strictest(self._container_tlp.get(id_ or "", ())), self._bundle_tlp))
        raw: dict[str, Any] = {"object": item, "tlp": tlp, "catalogue": self._catalogue(by)}
        if not isinstance(by, str) and id_ in self._creators:
            by = id_  # an identity that others name as their creator speaks for itself
        if isinstance(by, str) and by in self._creators:
            raw["source"] = by
        else:
            raw["source"] = self.context.source(SourceMention.of(self._fallback))
            if not self.context.source_name and len(self._creators) == 1:
                raw["derived_from"] = self.main
        refs = {ref: self._resolve(ref) for key in (*_REF, *_REFS) for ref in _list(item.get(key))}
        if item.get("type") == so.TRANSACTION:
            for end in (*_dicts(item.get("input")), *_dicts(item.get("output"))):
                refs |= {ref: self._resolve(ref) for ref in _list(end.get("address_ref"))}
        if refs:
            raw["refs"] = refs
        if item.get("type") in _ON_RELATIONS:
            raw["relations"] = {ref: said for ref in refs if (said := self._relation(ref))}
        if id_ in self._creators:
            raw["creator"] = True
            raw["acting"] = id_ in self._acting
        return raw

    def _catalogue(self, by: Any) -> str:
        name = self.latest.get(by, {}).get("name") if isinstance(by, str) else None
        try:
            return f"stix:{slug(name)}" if isinstance(name, str) else "stix"
        except RecordError:
            return "stix"

    def _resolve(self, ref: str) -> list[list[str]]:
        """Label and id of the nodes a reference means; none for what is no node, or not in the bundle."""
        if ref not in self._nodes:
            item = self.latest.get(ref)
            nodes = []
            if item is not None and item.get("type") not in (*_SAID, so.TRANSACTION):
                is_source = ref in self._creators and ref not in self._acting
                try:
                    found = so.nodes_of(item, Context(), is_source=is_source)
                    nodes = found if item.get("type") == "indicator" else found[:1]
                except (RecordError, ValueError, RecursionError):
                    nodes = []  # its own row says what is wrong with it
            self._nodes[ref] = [[node.label, node.id] for node in nodes]
        return self._nodes[ref]

    def _relation(self, ref: str) -> dict[str, Any] | None:
        """The two ends of a relationship that something is said of, and the relationship in words."""
        item = self.latest.get(ref)
        if item is None or item.get("type") != "relationship":
            return None
        ends, words = [], []
        for name in ("source_ref", "target_ref"):
            if not isinstance(end := item.get(name), str) or not (nodes := self._resolve(end)):
                return None  # the relationship's own row says what is wrong with it
            about = self.latest.get(end, {})
            title = about.get("name") or about.get("value")
            ends += nodes
            words.append(title[:200] if isinstance(title, str) else end)
        return {"ends": ends, "words": f"{words[0]} {str(item.get('relationship_type'))[:100]} {words[1]} ({ref})"}


def _list(value: Any) -> list[str]:
    """The references in a property that holds one or several."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
