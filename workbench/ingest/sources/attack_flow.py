"""Attack Flow (.afb of the Attack Flow Builder, all its versions): the actions of an attack, in their order.

The flow is a Source, DERIVED_FROM the pages it cites, and what it describes is an Incident (scope `incident`) or a
Campaign (any other scope), which USES the techniques, malware and tools of the flow. Every box is kept whole as JSON
(ForeignObject); an arrow between two boxes is RELATED as *then*, so that the order can be followed, through
conditions and operators too. Notes and observables are MENTIONS.

A threat actor of a flow may be a person, and boxes do not say so: it stays JSON, and nothing is attributed to it.
Format: https://center-for-threat-informed-defense.github.io/attack-flow/language/
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import ValidationError

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.intelligence.attack_flow_builder import is_older, modernised
from workbench.ingest.intelligence.indicators import read_indicator
from workbench.ingest.intelligence.mentions import ATTACK_ID, attack_mention, foreign
from workbench.ingest.lists.graphsense import web_source
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.claims import Claim, DerivedFrom, Mentions, Named, Related, Uses
from workbench.model.nodes import Campaign, Incident, Malware, Ref, Source
from workbench.model.times import parse_time

_ID = re.compile(r"[0-9A-Za-z-]{8,64}\Z")
_LAYOUT = re.compile(r"(?:.*_)?(?:anchor|latch|handle|line)\Z|group\Z")
_OBSERVABLES: dict[str, tuple[str, ...]] = {
    "url": ("Url",), "domain_name": ("DomainName",), "ipv4_addr": ("IPAddress", "IPNetwork"),
    "ipv6_addr": ("IPAddress", "IPNetwork"), "email_addr": ("EmailAddress",), "email_address": ("EmailAddress",),
}  # fmt: skip
CONFIDENCE = {
    "speculative": 0, "very-doubtful": 10, "doubtful": 30, "even-odds": 50, "probable": 70, "very-probable": 90,
    "certain": 100,
}  # fmt: skip
"""The language's words for an action's confidence, and their numbers."""


class AttackFlow(Format):
    """One flow."""

    name = "attack-flow"
    title = "Attack Flow (.afb)"
    doc = "Actions with their ATT&CK techniques in order, and what was used on the way."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.5)
    reads: ClassVar[dict[str, str]] = {
        "flow": "the Source, and the Incident or Campaign", "action": "USES the technique; the box as JSON",
        "malware, tool": "Malware, which the flow USES",
        "infrastructure": "Infrastructure where its name is an indicator",
        "url, domain_name, ipv4_addr, …": "MENTIONS of the observable", "note": "MENTIONS with its text",
        "dynamic_line": "RELATED as `then`", "all other boxes": "kept as JSON",
    }  # fmt: skip
    ignores: ClassVar[dict[str, str]] = {
        "anchors, latches, handles": "where lines meet boxes: read to find a line's ends",
        "theme, layout, camera": "how it is drawn",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The builder's own mark, or an older builder's name for it."""
        start = sample.lstrip("\ufeff \t\r\n")
        if not start.startswith("{"):
            return 0
        if re.search(r'"schema"\s*:\s*"attack_flow_v[0-9]+"', sample[:4_000]):
            return 98
        return 98 if re.search(r'"page_template"\s*:\s*"attack_flow', sample[:4_000]) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """The flow, its boxes in the order of the file, then the arrows."""
        document = parse_json(file.whole(), file.name)
        objects = document.get("objects") if isinstance(document, dict) else None
        if not isinstance(objects, list):
            raise InputError("not an Attack Flow: no list of objects", where=file.name)
        if is_older(document):
            objects = modernised(document)
        elif document.get("schema") != "attack_flow_v2":
            told = "Open it in Attack Flow Builder 3 and save it."
            raise InputError("saved by another version of the builder", where=file.name, hint=told)
        flows = [item for item in objects if isinstance(item, dict) and item.get("id") == "flow"]
        if len(flows) != 1 or not _ID.match(str(flows[0].get("instance"))):
            raise InputError(f"one flow expected, {len(flows)} found, or it has no id", where=file.name)
        context.where = "flow"
        try:
            self._declare(flows[0], context)
        except (RecordError, ValidationError) as error:
            raise InputError(f"the flow's own properties make no sense: {str(error)[:200]}", where=file.name) from error
        yield Row("flow", flows[0])
        left_out: Counter[str] = Counter()
        boxes: dict[str, str] = {}
        lines = []
        for number, item in enumerate(objects, 1):
            kind = item.get("id") if isinstance(item, dict) else None
            if item is flows[0]:
                continue
            if kind == "dynamic_line":
                lines.append(item)
            elif isinstance(kind, str) and _LAYOUT.match(kind):
                left_out[f"objects of kind {kind[:60]}, which only draw"] += 1
            else:
                if isinstance(item, dict) and isinstance(instance := item.get("instance"), str):
                    boxes[instance] = instance
                yield Row(f"{str(kind)[:60]} {number}", item)
        ends = _ends(objects)
        for item in lines:
            start, end = ends.get(str(item.get("source"))), ends.get(str(item.get("target")))
            found = {"from": boxes.get(start or ""), "to": boxes.get(end or "")}
            yield Row(f"line {str(item.get('instance'))[:64]}", {"line": item, **found})
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count} {what}", field="id")

    def _declare(self, flow: dict[str, Any], context: Context) -> None:
        about = _properties(flow)
        instance, name = str(flow["instance"]), _text(about, "name") or "Attack Flow without a name"
        author = about.get("author")
        publisher = _text(dict(_pairs(author)), "name") or "not stated"
        created = _text(about, "created")
        self.dataset = self.describes = f"attack-flow:{instance}"
        source = Source(
            id=f"attack-flow-{instance}", title=name[:500], publisher=publisher[:500], kind="user",
            published=parse_time(created, field="created") if created else None,
        )  # fmt: skip
        scope = _text(about, "scope") or "other"
        self.header = {
            "source_id": context.main_source or context.source(source), "dataset": self.dataset, "flow": instance,
            "describes": self.describes, "label": "Incident" if scope == "incident" else "Campaign",
        }  # fmt: skip

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The flow, one box, or one arrow."""
        if not isinstance(raw, dict):
            raise RecordError("not an object", value=raw)
        try:
            json.dumps(raw, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise RecordError("half of a surrogate pair, or nested too deeply", field="properties") from error
        said: dict[str, Any] = {
            "source_id": self.header["source_id"], "dataset": self.header["dataset"], "tlp": context.tlp,
        }  # fmt: skip
        if "line" in raw:
            return (self._arrow(raw, said),)
        if raw.get("id") == "flow":
            return self._flow(raw, said, context)
        return self._box(raw, said, context)

    def _flow(self, raw: dict[str, Any], said: dict[str, Any], context: Context) -> Iterator[Record]:
        about = _properties(raw)
        source, subject = Ref(Source.label, said["source_id"]), self._subject()
        name = _text(about, "name") or "Attack Flow without a name"
        if subject.label == "Incident":
            yield Incident(id=subject.id, name=name[:500])
        else:
            text = _text(about, "description")
            yield Campaign(id=subject.id, name=name[:500], catalogue="attack-flow", description=text)
        yield Named(subject=source, object=subject, name=name[:500], concept=_text(about, "scope"), **said)
        for _, reference in _pairs(about.get("external_references")):
            url = _text(dict(_pairs(reference)), "url")
            if page := web_source(url) if url else None:
                yield page
                yield DerivedFrom(subject=source, object=page.ref, **said)
            else:
                context.drop("a reference without a web address", field="external_references", value=reference)

    def _box(self, raw: dict[str, Any], said: dict[str, Any], context: Context) -> Iterator[Record]:
        kind, instance, about = raw.get("id"), raw.get("instance"), _properties(raw)
        if not isinstance(kind, str) or not kind or not isinstance(instance, str) or not _ID.match(instance):
            raise RecordError("no kind, or no id", field="instance", value=instance)
        source, subject = Ref(Source.label, said["source_id"]), self._subject()
        name = next((text for key in ("name", "value", "description", "abstract", "content", "operator", "path")
                     if (text := _text(about, key))), kind)[:500]  # fmt: skip
        box = foreign(f"attack-flow:{instance}", kind, about, name, context)
        yield box
        yield Named(subject=source, object=box.ref, name=name, concept=kind, **said)
        if kind == "action":
            yield from self._action(box.ref, about, said, context)
        elif kind in ("malware", "tool"):
            made = Malware(
                id=f"attack-flow:{kind}:{instance}", name=name, catalogue="attack-flow",
                description=_text(about, "description"),
            )  # fmt: skip
            yield made
            yield Named(subject=source, object=made.ref, name=name, concept=kind, **said)
            yield Uses(subject=subject, object=made.ref, **said)
            yield Related(subject=box.ref, object=made.ref, relation=kind, **said)
        elif kind in _OBSERVABLES:
            seen = read_indicator(about.get("value"), context, types=_OBSERVABLES[kind])
            yield seen
            yield Mentions(subject=source, object=seen.ref, kind="observation", **said)
            yield Related(subject=box.ref, object=seen.ref, relation=kind, **said)
        elif kind == "infrastructure":
            yield from self._infrastructure(box.ref, name, said, context)
        elif kind == "note":
            yield Mentions(
                subject=source, object=subject, kind="note", text=_text(about, "content"), id=instance, **said
            )
        elif kind == "threat_actor":
            context.warn("a flow's threat actor may be a person: kept as it is", field="name", value=name)

    def _action(self, box: Ref, about: dict[str, Any], said: dict[str, Any], context: Context) -> Iterator[Record]:
        technique = _text(about, "technique_id")
        if technique is None:
            context.warn("the action names no technique", field="technique_id")
            return
        if not ATTACK_ID.match(technique) or not technique.startswith("T"):
            raise RecordError("not a technique's id", field="technique_id", value=technique)
        word = _text(about, "confidence")
        if word is not None and word not in CONFIDENCE:
            context.drop("not a confidence of the language", field="confidence", value=word)
        times = {
            claim: parse_time(text, field=key) if (text := _text(about, key)) else None
            for claim, key in (("valid_from", "execution_start"), ("valid_to", "execution_end"))
        }
        node = attack_mention(technique)
        yield node
        yield Uses(subject=self._subject(), object=node.ref, confidence=CONFIDENCE.get(word or ""), **said, **times)
        yield Related(
            subject=box, object=node.ref, relation="technique", description=_text(about, "description"), **said
        )  # fmt: skip

    def _infrastructure(self, box: Ref, name: str, said: dict[str, Any], context: Context) -> Iterator[Record]:
        try:
            node = read_indicator(name, context, field="name")
        except RecordError:
            return  # "staging server": kept as a box
        yield node
        if node.label == "Infrastructure":
            yield Uses(subject=self._subject(), object=node.ref, **said)
        yield Related(subject=box, object=node.ref, relation="infrastructure", **said)

    def _arrow(self, raw: dict[str, Any], said: dict[str, Any]) -> Claim:
        start, end = raw.get("from"), raw.get("to")
        if not isinstance(start, str) or not isinstance(end, str):
            raise RecordError("an arrow that joins no two boxes", field="source" if start is None else "target")
        ends = (Ref("ForeignObject", f"attack-flow:{one}") for one in (start, end))
        return Related(subject=next(ends), object=next(ends), relation="then", **said)

    def _subject(self) -> Ref:
        """The incident or campaign the flow describes."""
        return Ref(self.header["label"], f"attack-flow:{self.header['flow']}")


def _ends(objects: list[Any]) -> dict[str, str]:
    """Latch → the box it is on, through the anchor that holds it."""
    latches: dict[str, str] = {}
    anchors: dict[str, str] = {}
    for item in objects:
        if not isinstance(item, dict) or not isinstance(instance := item.get("instance"), str):
            continue
        for latch in item["latches"] if isinstance(item.get("latches"), list) else ():
            latches[str(latch)] = instance
        held = item.get("anchors")
        for anchor in held.values() if isinstance(held, dict) else ():
            anchors[str(anchor)] = instance
    return {latch: anchors[anchor] for latch, anchor in latches.items() if anchor in anchors}


def _pairs(value: Any) -> list[tuple[str, Any]]:
    """The pairs in a list of `[name, value]`; anything else in it is no pair."""
    items = value if isinstance(value, list) else []
    return [(one[0], one[1]) for one in items if isinstance(one, list) and len(one) == 2 and isinstance(one[0], str)]


def _properties(item: dict[str, Any]) -> dict[str, Any]:
    return dict(_pairs(item.get("properties")))


def _text(about: dict[str, Any], name: str) -> str | None:
    value = about.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > 10_000 or "\0" in value:
        raise RecordError(f"{name} is not a text, or longer than 10,000 characters", field=name, value=value)
    return value.strip() or None
