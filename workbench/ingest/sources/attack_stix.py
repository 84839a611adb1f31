"""MITRE ATT&CK (STIX 2.0 and 2.1 bundles): groups, software, techniques, campaigns and what joins them.

Every group, malware, tool, technique and campaign is one row, and so is every relationship whose kind the
graph has: `uses` → USES, `attributed-to` → ATTRIBUTED_TO, `subtechnique-of` → PART_OF, `revoked-by` →
SUPERSEDED_BY, `related-to` (PRE-ATT&CK) → RELATED. Enterprise, Mobile, ICS and PRE-ATT&CK are a data set each, and
share the ids of what they have in common.

Revoked and deprecated entries are loaded with that status, so that old reports can still be read; `status` tells
them from live ones. Everything else in a bundle (mitigations, data sources, detections, the matrix, …) is left
out, and one remark a kind says how much.

A relationship of a kind we keep whose end is not in the bundle is quarantined. One that is itself revoked or
deprecated is no longer claimed, and left out; an earlier edition's claim is then retracted.

A bundle with an `x-mitre-matrix` is a whole domain and thus an edition of it. Without one it is an excerpt: it
adds claims, under the same ids as the whole domain would, and retracts nothing.

USES carries the names of the references it cites (`citations`), from `external_references` and from the
"(Citation: …)" marks in its description, so that an evaluation can hold back what rests on one report.
Format: https://github.com/mitre-attack/attack-stix-data/blob/master/USAGE.md
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.claims import AttributedTo, Claim, Named, PartOf, Related, SupersededBy, Uses
from workbench.model.confidence import parse_confidence
from workbench.model.nodes import ActorGroup, Campaign, Malware, Node, Ref, Source, Status, Technique
from workbench.model.times import parse_time

CATALOGUE = "mitre"
SOURCE = Source(
    id="mitre-attack",
    title="MITRE ATT&CK",
    publisher="The MITRE Corporation",
    kind="catalogue",
    url="https://attack.mitre.org",
    licence="ATT&CK Terms of Use (attack.mitre.org/resources/legal-and-branding/terms-of-use)",
)
_ENTRIES = frozenset(("intrusion-set", "malware", "tool", "attack-pattern", "campaign"))
_RELATIONS = frozenset(("uses", "attributed-to", "subtechnique-of", "revoked-by", "related-to"))
_LABELS = {"G": "ActorGroup", "S": "Malware", "T": "Technique", "C": "Campaign"}
_EXTERNAL_ID = re.compile(r"(?:G\d{4}|S\d{4}|C\d{4}|T\d{4}(?:\.\d{3})?)\Z")
_OWN = re.compile(
    r'"x_mitre_(?:domains|version|platforms|deprecated|detection|aliases|old_attack_id|attack_spec_version|'
    r"detectable_by_common_defenses)"
)
_CITATION = re.compile(r"\(Citation: ([^()]*(?:\([^()]*\)[^()]*)*)\)")
_STIX_ID = re.compile(r"[a-z][a-z0-9-]{2,60}--[0-9a-fA-F-]{36}\Z")


class AttackStix(Format):
    """One ATT&CK bundle: an edition of its domain, or an excerpt."""

    name = "attack-stix"
    title = "MITRE ATT&CK (STIX 2.0 or 2.1 bundle)"
    doc = "Groups, software, techniques and campaigns, who uses what, with the references cited."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.1)
    describes = "mitre-attack"
    reads: ClassVar[dict[str, str]] = {
        "external_references": "the ATT&CK id (`mitre:G0032`), the page, and what a relationship cites",
        "name, aliases, x_mitre_aliases": "NAMED",
        "description": "of the node",
        "kill_chain_phases": "tactics",
        "revoked, x_mitre_deprecated": "the status",
        "modified": "the latest one wins",
        "first_seen, last_seen": "of a campaign",
        "x_mitre_domains": "the data set, where there is no matrix",
        "relationship_type, source_ref, target_ref": "the claim",
        "confidence": "the claim's confidence",
        "start_time, stop_time": "when the claim holds",
    }
    ignores: ClassVar[dict[str, str]] = {
        "course-of-action, x-mitre-tactic, x-mitre-asset, x-mitre-data-source, x-mitre-detection-strategy, …":
            "objects that describe defence or the catalogue itself; one remark a kind counts them",
        "x_mitre_platforms, x_mitre_detection, x_mitre_version, …": "advice on defence, and book-keeping",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A STIX bundle whose objects carry ATT&CK's own properties."""
        if not sample.lstrip("\ufeff \t\r\n").startswith("{") or '"bundle' not in sample:
            return 0
        if '"x-mitre-' in sample or _OWN.search(sample):
            return 95
        return 85 if '"mitre-attack"' in sample else 0  # others' bundles refer to ATT&CK too

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Entries first, then the relationships between them, each with the ATT&CK ids of its ends."""
        bundle = parse_json(file.whole(), file.name)
        objects = bundle.get("objects") if isinstance(bundle, dict) else None
        if not isinstance(objects, list):
            raise InputError("not a STIX bundle: no list of objects", where=file.name)
        domain, whole = _domain(objects)
        if domain is None:
            raise InputError("cannot tell which ATT&CK domain this is", where=file.name)
        self.dataset = domain if whole else None
        self.header = {"dataset": domain, "source_id": context.main_source or context.source(SOURCE)}
        ids = {stix_id: attack_id for o in objects if (stix_id := _stix_id(o)) and (attack_id := _attack_id(o))}
        known = {stix_id for o in objects if (stix_id := _stix_id(o))}
        left_out: Counter[str] = Counter()
        relations: list[dict[str, Any]] = []
        for number, item in enumerate(objects, 1):
            kind = item.get("type") if isinstance(item, dict) else None
            if kind == "relationship":
                relations.append(item)
            elif isinstance(kind, str) and kind not in _ENTRIES:
                left_out[f"objects of type {kind[:60]}"] += 1
            else:
                yield Row(_stix_id(item) or f"object {number}", item)
        for item in relations:
            if reason := _not_kept(item, ids, known):
                left_out[reason] += 1
                continue
            refs = {end: item.get(f"{end}_ref") for end in ("source", "target")}
            ends = {end: ids.get(ref) for end, ref in refs.items() if isinstance(ref, str)}
            yield Row(_stix_id(item) or "relationship without an id", {"relationship": item, **ends})
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count} {what}", field="type")

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The node and names of an entry, or the claim of a relationship."""
        if isinstance(raw, dict) and "relationship" in raw:
            return (self._relation(raw, context),)
        return self._entry(raw, context)

    def _entry(self, raw: Any, context: Context) -> Iterator[Record]:
        fields = Fields(raw, "object")
        kind = fields.required("type", most=60)
        attack_id = _attack_id(raw)
        if attack_id is None:
            raise RecordError("no ATT&CK id among its external references", field="external_references")
        name = fields.required("name", most=500)
        status: Status = "revoked" if fields.flag("revoked") else "live"
        if fields.flag("x_mitre_deprecated") and status == "live":
            status = "deprecated"
        common: dict[str, Any] = {
            "id": f"{CATALOGUE}:{attack_id}", "name": name, "catalogue": CATALOGUE, "status": status,
            "description": fields.text("description"), "url": _page(raw), "modified": _time(fields, "modified"),
        }  # fmt: skip
        aliases = {*fields.texts("aliases"), *fields.texts("x_mitre_aliases")} - {name}
        node = _node(kind, common, fields, raw)
        if node.label != _LABELS[attack_id[0]]:
            raise RecordError(f"{attack_id} is not the id of a {kind}", field="external_references", value=attack_id)
        yield node
        said = self._said(common["url"], fields, context)
        source = Ref("Source", self.header["source_id"])
        yield Named(subject=source, object=node.ref, name=name, concept=kind, **said)
        for alias in sorted(aliases):
            yield Named(subject=source, object=node.ref, name=alias, kind="alias", concept=kind, **said)

    def _relation(self, raw: dict[str, Any], context: Context) -> Claim:
        fields = Fields(raw["relationship"], "relationship")
        kind = fields.required("relationship_type", most=60)
        start = _end(raw.get("source"), "source_ref", fields)
        end = _end(raw.get("target"), "target_ref", fields)
        said = self._said(_page_of(start), fields, context)
        said |= {"valid_from": _time(fields, "start_time"), "valid_to": _time(fields, "stop_time")}
        claim: type[AttributedTo] | type[PartOf] | type[SupersededBy] | type[Uses] | type[Related]
        if kind == "uses":
            claim, said["citations"] = Uses, _citations(fields)
        elif kind == "attributed-to":
            claim = AttributedTo
        elif kind == "subtechnique-of":
            claim = PartOf
        elif kind == "revoked-by":
            claim = SupersededBy
        elif kind == "related-to":
            claim, said["relation"] = Related, kind
        else:
            raise RecordError("no such kind of relationship here", field="relationship_type", value=kind)
        if claim is not Related and not any(start.label in starts and end.label in ends for starts, ends in claim.ends):
            what = f"{kind} from {start.label} to {end.label} is not a claim the graph has"
            raise RecordError(what, field="relationship_type", value=kind)
        return claim(subject=start, object=end, **said)

    def _said(self, evidence: str | None, fields: Fields, context: Context) -> dict[str, Any]:
        return {
            "source_id": self.header["source_id"],
            "dataset": self.header["dataset"],
            "tlp": context.tlp,
            "evidence": evidence,
            "confidence": parse_confidence(fields.pop("confidence")),
        }


def _node(kind: str, common: dict[str, Any], fields: Fields, raw: dict[str, Any]) -> Node:
    if kind == "intrusion-set":
        return ActorGroup(**common)
    if kind in ("malware", "tool"):
        return Malware(**common)
    if kind == "attack-pattern":
        return Technique(**common, tactics=_tactics(raw))
    if kind == "campaign":
        seen = {name: _time(fields, name) for name in ("first_seen", "last_seen")}
        return Campaign(**common, first_seen=seen["first_seen"], last_seen=seen["last_seen"])
    raise RecordError("not a kind of object that is loaded", field="type", value=kind)


def _domain(objects: list[Any]) -> tuple[str | None, bool]:
    """The data set of a bundle, and whether the bundle is the whole of it."""
    for item in objects:
        if isinstance(item, dict) and item.get("type") == "x-mitre-matrix":
            for reference in _references(item):
                if isinstance(name := reference.get("external_id"), str) and re.fullmatch(r"[a-z-]{3,40}", name):
                    return f"mitre-{name}", True
    named: Counter[str] = Counter()
    for item in objects:
        domains = item.get("x_mitre_domains") if isinstance(item, dict) else None
        named.update(name for name in (domains if isinstance(domains, list) else ()) if isinstance(name, str))
    known = [name for name, _ in named.most_common() if re.fullmatch(r"[a-z-]{3,40}", name)]
    return (f"mitre-{known[0]}" if known else None), False


def _not_kept(item: dict[str, Any], ids: dict[str, str], known: set[str]) -> str | None:
    """Why a relationship is no row, in words that are counted; None when it is one."""
    kind = item.get("relationship_type")
    if not isinstance(kind, str):
        return None  # broken: a row, so that it is quarantined
    if kind not in _RELATIONS:
        return f"relationships of kind {kind[:60]}"
    if any(str(item.get(name)).lower() in ("true", "1") for name in ("revoked", "x_mitre_deprecated")):
        return f"relationships of kind {kind} that are revoked or deprecated"
    foreign = [
        ref.split("--")[0]
        for ref in (item.get("source_ref"), item.get("target_ref"))
        if isinstance(ref, str) and ref in known and ref not in ids and ref.split("--")[0] not in _ENTRIES
    ]
    return f"relationships of kind {kind} with a {foreign[0][:60]}" if foreign else None


def _stix_id(item: Any) -> str | None:
    value = item.get("id") if isinstance(item, dict) else None
    return value if isinstance(value, str) and _STIX_ID.match(value) else None


def _references(item: dict[str, Any]) -> list[dict[str, Any]]:
    found = item.get("external_references")
    return [reference for reference in found if isinstance(reference, dict)] if isinstance(found, list) else []


def _own_reference(item: Any) -> dict[str, Any] | None:
    """ATT&CK's own among an entry's references: the one with its id."""
    if not isinstance(item, dict) or str(item.get("type")) not in _ENTRIES:
        return None
    for reference in _references(item):
        name, external = reference.get("source_name"), reference.get("external_id")
        if isinstance(name, str) and name.startswith("mitre") and isinstance(external, str):
            if _EXTERNAL_ID.match(external):
                return reference
    return None


def _attack_id(item: Any) -> str | None:
    reference = _own_reference(item)
    return reference["external_id"] if reference else None


def _page(item: dict[str, Any]) -> str | None:
    url = (_own_reference(item) or {}).get("url")
    return url if isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) < 500 else None


def _page_of(ref: Ref) -> str:
    """The page on attack.mitre.org that shows an entry with its relationships."""
    number = ref.id.partition(":")[2]
    folder = {"ActorGroup": "groups", "Malware": "software", "Technique": "techniques", "Campaign": "campaigns"}
    return f"https://attack.mitre.org/{folder[ref.label]}/{number.replace('.', '/')}"


def _end(attack_id: Any, field: str, fields: Fields) -> Ref:
    ref = fields.required(field, most=200)
    if not isinstance(attack_id, str):
        raise RecordError(f"{field} is not in the bundle", field=field, value=ref)
    if not _EXTERNAL_ID.match(attack_id):
        raise RecordError("not an ATT&CK id (G0032, S0002, T1566.002, C0022)", field=field, value=attack_id)
    return Ref(_LABELS[attack_id[0]], f"{CATALOGUE}:{attack_id}")


def _tactics(item: dict[str, Any]) -> tuple[str, ...]:
    """Short names of the kill-chain phases, in the order of the bundle."""
    phases = item.get("kill_chain_phases")
    names = [phase.get("phase_name") for phase in phases if isinstance(phase, dict)] if isinstance(phases, list) else []
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and len(name) < 100))


def _citations(fields: Fields) -> tuple[str, ...]:
    """Names of the references a relationship gives, in its list or in its description; sorted."""
    references = fields.pop("external_references")
    listed = [r.get("source_name") for r in references if isinstance(r, dict)] if isinstance(references, list) else []
    names = {name.strip() for name in listed if isinstance(name, str) and not name.startswith("mitre-")}
    names |= {match.strip() for match in _CITATION.findall(fields.text("description") or "")}
    return tuple(sorted(name for name in names if 0 < len(name) <= 300))


def _time(fields: Fields, name: str) -> datetime | None:
    text = fields.text(name, most=60)
    return parse_time(text, field=name) if text else None
