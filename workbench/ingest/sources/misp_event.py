"""MISP events: attributes, objects, tags, galaxy clusters, sightings and references.

The event is a Source, DERIVED_FROM the organisation that created it, which is who speaks. An attribute with
`to_ids` is LISTED_BY it as *published*, and INDICATES the groups and malware whose galaxy clusters are on the
attribute or the event; one without `to_ids` is context: MENTIONS, and nothing is indicated. So is what is the
victim's own, whatever its `to_ids`: `victim` objects, targeting data, addressees of mails, private and reserved IP
addresses. A wallet INDICATES nobody, because an event's tag is no word about who holds it. Attributes that are
no indicator are notes on the event.

An object is one row. Its hashes are RELATED as *same-file*, a domain-ip RESOLVES_TO, a wallet is RELATED to the
transactions it stands beside (MISP does not say whether it paid or was paid). An object without an indicator is
kept as JSON. References between objects are RELATED with their own word.

Deleted attributes are not live: their claims end at the time of deletion. Proposals (ShadowAttribute) nobody has
accepted yet, and are left out. One event in a file is an edition of that event.
Format: https://www.misp-standard.org/rfc/misp-standard-core.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import ValidationError

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.intelligence import misp_values as mv
from workbench.ingest.intelligence.misp_claims import MispClaims, main_node, seconds
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.nodes import Source, SourceMention

_EVENT = frozenset((
    "uuid", "info", "date", "Orgc", "Tag", "Galaxy", "Attribute", "Object", "timestamp", "EventReport",
))  # fmt: skip


class MispEvent(Format):
    """One export of one or several events."""

    name = "misp-event"
    title = "MISP event (JSON)"
    doc = "Indicators with what they indicate, objects, sightings, and whose event it is."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.5)
    reads: ClassVar[dict[str, str]] = {
        "uuid, info, date": "the event as a Source",
        "Orgc": "the Source of all claims",
        "Tag": "TLP; `misp-galaxy:` tags are the groups, malware and techniques the event speaks of",
        "Galaxy": "the same, with the cluster's own UUID: `misp:<uuid>`",
        "Attribute": "indicators (see above); `first_seen`, `last_seen`, `comment`, `deleted`, `to_ids` of each",
        "Object": "one row each, with its attributes",
        "ObjectReference": "RELATED",
        "Sighting": "MENTIONS; a false positive is an opinion",
        "EventReport": "MENTIONS with the report's text",
        "timestamp": "the edition; when something was deleted",
    }
    ignores: ClassVar[dict[str, str]] = {
        "ShadowAttribute": "proposals that nobody has accepted; counted",
        "RelatedEvent": "correlations that MISP computes itself", "data": "the bytes of attachments and samples",
        "id, event_id, object_id, orgc_id, org_id, Org, local": "of the instance that wrote the file",
        "distribution, sharing_group_id, SharingGroup": "who may see it on that instance; TLP says what may be shared",
        "threat_level_id, analysis, published, publish_timestamp, attribute_count, locked, proposal_email_lock, "
        "disable_correlation, extends_uuid, protected, event_creator_email, CryptographicKey, EventTag":
            "how the event is handled on that instance",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An `Event` with the fields every event has."""
        start = sample.lstrip("\ufeff \t\r\n")
        if start[:1] not in ("{", "[") or '"Event"' not in sample or '"info"' not in sample:
            return 0
        return 96 if '"Attribute"' in sample or '"Orgc"' in sample or '"Object"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Each event, then its attributes, objects and references."""
        events = _events(parse_json(file.whole(), file.name), file.name)
        context.where = "whole file"
        if len(events) == 1 and (uuid := _uuid(events[0])):
            self.dataset = f"misp-event:{uuid}"
            self.describes = self.dataset
            try:
                if time := seconds(events[0].get("timestamp")):
                    self.edition = time.isoformat()
            except RecordError as error:
                context.drop(error.what, field="timestamp", value=error.value)
        known = {name for names in (*self.reads, *self.ignores) for name in names.split(", ")}
        left_out: Counter[str] = Counter()
        for number, event in enumerate(events, 1):
            left_out.update(f"field {key[:80]} of the event, which is not known" for key in event.keys() - known)
            yield from self._event(event, f"event {number}", file.name, context, left_out)
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count} {what}", field="type")

    def _event(
        self, event: dict[str, Any], where: str, name: str, context: Context, left_out: Counter[str]
    ) -> Iterator[Row]:  # fmt: skip
        context.where = where
        speaker = _speaker(event, name, context)
        names = mv.tags(event)
        clusters = _clusters(event)
        head: dict[str, Any] = {
            "source": speaker, "event": _uuid(event), "tlp": mv.tlp_of(names, context, context.tlp),
            "clusters": clusters, "dataset": self.dataset,
        }  # fmt: skip
        about = {key: event.get(key) for key in ("info", "date", "EventReport")}
        yield Row(where, {**head, "kind": "event", "item": about})
        objects = _dicts(event, "Object")
        left_out["proposed attributes"] += sum(len(_dicts(one, "ShadowAttribute")) for one in (event, *objects))
        if not left_out["proposed attributes"]:
            del left_out["proposed attributes"]
        places: dict[str, list[str] | None] = {}
        for kind, items in (("attribute", event.get("Attribute")), ("object", event.get("Object"))):
            for n, item in enumerate(items if isinstance(items, list) else (), 1):
                if isinstance(item, dict) and (uuid := _uuid(item)):
                    places[uuid] = main_node(kind, item)
                raw = {**head, "kind": kind, "item": item, "clusters": clusters + _clusters(item)}
                yield Row(f"{where}, {kind} {_uuid(item) or n}", raw)
        for item in objects:
            for reference in _dicts(item, "ObjectReference"):
                ends = [places.get(_uuid(item) or ""), places.get(str(reference.get("referenced_uuid")).lower())]
                raw = {**head, "kind": "reference", "item": reference, "ends": ends}
                yield Row(f"{where}, reference {_uuid(reference) or ''}", raw)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What the event, or one part of it, says."""
        if not isinstance(raw, dict) or not isinstance(raw.get("item"), dict):
            raise RecordError("not an object", value=raw.get("item") if isinstance(raw, dict) else raw)
        try:
            json.dumps(raw["item"], ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise RecordError("half of a surrogate pair, or nested too deeply", field="value") from error
        return MispClaims(raw, context).records()


def _events(document: Any, name: str) -> list[dict[str, Any]]:
    """The events of `{"Event": …}`, `{"response": [{"Event": …}]}` or a list of these."""
    found = document.get("response", document) if isinstance(document, dict) else document
    items = found if isinstance(found, list) else [found]
    events = [item.get("Event") for item in items if isinstance(item, dict)]
    if not events or len(events) != len(items) or not all(isinstance(event, dict) for event in events):
        raise InputError("not a MISP event: no `Event`", where=name)
    return [event for event in events if isinstance(event, dict)]


def _speaker(event: dict[str, Any], name: str, context: Context) -> str:
    """The organisation that created the event; `--source`, or the file, where it names none."""
    org = event.get("Orgc")
    if isinstance(org, dict) and (uuid := _uuid(org)) and isinstance(title := org.get("name"), str) and title.strip():
        try:
            return context.source(Source(id=f"misp-org:{uuid}", title=title[:500], publisher=title[:500], kind="user"))
        except ValidationError:
            context.drop("not a name", field="Orgc", value=ascii(title))
    return context.source(SourceMention.of(context.source_name or name))


def _clusters(item: Any) -> list[list[Any]]:
    """Galaxy, value and UUID (or None) of the clusters on an event or attribute, each once."""
    found: dict[tuple[str, str], Any] = {}
    if not isinstance(item, dict):
        return []
    for tag in mv.tags(item):
        if cluster := mv.tag_cluster(tag):
            found[cluster] = None
    for galaxy in _dicts(item, "Galaxy"):
        for cluster_ in _dicts(galaxy, "GalaxyCluster"):
            kind, value = cluster_.get("type") or galaxy.get("type"), cluster_.get("value")
            if isinstance(kind, str) and isinstance(value, str):
                found[kind, value] = cluster_.get("uuid")
    return [[galaxy, value, uuid] for (galaxy, value), uuid in found.items()]


def _uuid(item: Any) -> str | None:
    value = item.get("uuid") if isinstance(item, dict) else None
    return value.lower() if isinstance(value, str) and 30 < len(value) < 40 else None


def _dicts(item: Any, name: str) -> list[dict[str, Any]]:
    value = item.get(name) if isinstance(item, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
