"""MISP galaxy clusters (JSON): threat actors, tools, malware, techniques, each with its synonyms and relations.

An entry becomes the node of its galaxy's kind, `misp:<uuid>` in the catalogue *misp*, NAMED with its synonyms. A
synonym or `external_id` that is an ATT&CK id makes it SAME_AS that entry. Related entries that are `similar` are
SAME_AS, as likely as the galaxy's own tag says; `uses`, `part-of` and `revoked-by` are the claims of that name, other
words RELATED. What a galaxy knows besides (country, suspected sponsor and victims, …) is one note, kept as written:
a suspicion of a catalogue is no attribution. The pages an entry cites are Sources the galaxy is DERIVED_FROM.

Clusters of galaxies without a kind of node (countries, sectors, …) are kept as JSON. A relation to an entry of
another galaxy is quarantined until that galaxy is loaded where it says `similar`, and else left out, counted: the
kind of its end is not known.
Format: https://www.misp-standard.org/rfc/misp-standard-galaxy-format.html
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.intelligence.mentions import ATTACK_ID, attack_mention, foreign
from workbench.ingest.intelligence.misp_values import galaxy_kind
from workbench.ingest.lists.graphsense import web_source
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.claims import Claim, DerivedFrom, Mentions, Named, PartOf, Related, SameAs, SupersededBy, Uses
from workbench.model.nodes import ActorGroup, Campaign, ForeignObject, Malware, Node, Ref, Source, Technique

_NODES: dict[str, type[ActorGroup | Malware | Technique | Campaign]] = {
    "ActorGroup": ActorGroup, "Malware": Malware, "Technique": Technique, "Campaign": Campaign,
}  # fmt: skip
_RELATIONS: dict[str, type[Claim]] = {
    "uses": Uses, "part-of": PartOf, "subtechnique-of": PartOf, "revoked-by": SupersededBy, "similar": SameAs,
}  # fmt: skip
LIKELIHOOD = {
    "almost-no-chance": 0, "very-unlikely": 5, "unlikely": 20, "roughly-even-chance": 45, "likely": 55,
    "very-likely": 80, "almost-certain": 95,
}  # fmt: skip
"""The `numerical_value` of each word in MISP's taxonomy `estimative-language`."""
_TAG = re.compile(r'estimative-language:likelihood-probability="([a-z-]+)"\Z')
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_TYPE = re.compile(r"[a-z0-9][a-z0-9-]{1,60}\Z")
_NOT_NOTED = frozenset(("refs", "synonyms", "external_id"))


class MispGalaxy(Format):
    """One cluster file: an edition of its galaxy."""

    name = "misp-galaxy"
    title = "MISP galaxy clusters (JSON)"
    doc = "Groups, malware, tools and techniques as MISP's community names them, and which it takes for the same."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.75)
    describes = "misp-galaxy"
    reads: ClassVar[dict[str, str]] = {
        "type, version": "which galaxy, and its edition",
        "value": "the entry's name",
        "uuid": "its id",
        "description": "of the node",
        "revoked": "the node's status",
        "meta.synonyms": "NAMED as alias, or SAME_AS",
        "meta.external_id": "SAME_AS the ATT&CK entry",
        "meta.refs": "DERIVED_FROM these pages",
        "meta (all others)": "one note (MENTIONS)",
        "related": "SAME_AS, USES, PART_OF, SUPERSEDED_BY or RELATED",
    }
    ignores: ClassVar[dict[str, str]] = {
        "authors, category, name, source, uuid (of the galaxy)": "the galaxy is one Source, by its type",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An object with `values` that have a `value`, and authors or a category."""
        start = sample.lstrip("\ufeff \t\r\n")
        if not start.startswith("{") or not re.search(r'"values"\s*:\s*\[', sample) or '"value"' not in sample:
            return 0
        return 90 if '"authors"' in sample and '"category"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Each entry, then each relation."""
        document = parse_json(file.whole(), file.name)
        values = document.get("values") if isinstance(document, dict) else None
        kind = document.get("type") if isinstance(document, dict) else None
        if not isinstance(values, list) or not isinstance(kind, str) or not _TYPE.match(kind):
            raise InputError("not a galaxy: no `type`, or no `values`", where=file.name)
        context.where = "header"
        self._declare(kind, document.get("version"), context)
        known = {u for v in values if isinstance(v, dict) and isinstance(u := v.get("uuid"), str)}
        for number, value in enumerate(values, 1):
            name = value.get("value") if isinstance(value, dict) else None
            entry = {k: v for k, v in value.items() if k != "related"} if isinstance(value, dict) else value
            yield Row(f"value {number} ({str(name)[:80]})", entry)
        left_out: Counter[str] = Counter()
        for value in values:
            related = value.get("related") if isinstance(value, dict) else None
            for one in related if isinstance(related, list) else ():
                word = one.get("type") if isinstance(one, dict) else None
                here = isinstance(one, dict) and str(one.get("dest-uuid")) in known
                if isinstance(word, str) and word != "similar" and not here:
                    left_out[f"relations `{word[:60]}` to entries of other galaxies"] += 1
                else:
                    yield Row(f"relation of {value.get('value')}"[:200], {"from": value.get("uuid"), "related": one})
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count} {what}", field="related")

    def _declare(self, kind: str, version: Any, context: Context) -> None:
        made = Source(
            id=f"misp-{kind}", title=f"MISP galaxy: {kind.replace('-', ' ')}", publisher="MISP project",
            kind="catalogue", url=f"https://www.misp-galaxy.org/{kind}/", licence="CC0-1.0",
        )  # fmt: skip
        self.dataset = f"misp-galaxy:{kind}"
        if isinstance(version, int) and not isinstance(version, bool) and 0 <= version < 10**12:
            self.edition = f"{version:012}"
        else:
            context.warn("the version is no number", field="version", value=version)
        self.header = {
            "galaxy": kind, "source_id": context.main_source or context.source(made), "dataset": self.dataset,
            "describes": self.describes,
        }  # fmt: skip

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """An entry with its names, or a relation."""
        try:
            json.dumps(raw, ensure_ascii=False).encode()
        except (UnicodeEncodeError, RecursionError) as error:
            raise RecordError("half of a surrogate pair, or nested too deeply", field="value") from error
        if isinstance(raw, dict) and "related" in raw:
            return (self._relation(raw),)
        return self._entry(raw, context)

    def _entry(self, raw: Any, context: Context) -> Iterator[Record]:
        fields = Fields(raw, "entry")
        name, uuid = fields.required("value", most=500), _uuid(fields.required("uuid", most=60))
        meta = fields.pop("meta")
        if meta is not None and not isinstance(meta, dict):
            raise RecordError("meta is not an object", field="meta", value=meta)
        node = self._node(uuid, name, fields, raw, context)
        for unknown in fields.leftover():
            context.drop("no such field in an entry; left out", field=unknown)
        yield node
        source = Ref(Source.label, self.header["source_id"])
        said: dict[str, Any] = {
            "source_id": source.id, "dataset": self.header["dataset"], "tlp": context.tlp, "evidence": f"misp:{uuid}",
        }  # fmt: skip
        more = Fields(meta or {}, "meta")
        yield Named(subject=source, object=node.ref, name=name, concept=self.header["galaxy"], **said)
        ids = (*more.texts("external_id"), *(alias for alias in more.texts("synonyms") if ATTACK_ID.match(alias)))
        for attack_id in dict.fromkeys(id_ for id_ in ids if ATTACK_ID.match(id_)):
            other = attack_mention(attack_id)
            if other.label == node.label:
                yield other
                yield SameAs(subject=node.ref, object=other.ref, **said)
        for alias in Fields(meta or {}, "meta").texts("synonyms"):
            if alias != name and not ATTACK_ID.match(alias):
                yield Named(subject=source, object=node.ref, name=alias, kind="alias", **said)
        yield from self._notes(node, meta or {}, source, said, context)

    def _node(self, uuid: str, name: str, fields: Fields, raw: Any, context: Context) -> Node:
        label = galaxy_kind(self.header["galaxy"])
        description = fields.pop("description")
        if description is not None and not isinstance(description, str):
            raise RecordError("description is not a text", field="description", value=description)
        if description and len(description) > 10_000:
            context.drop("longer than 10,000 characters, and left out", field="description", value=description)
            description = None
        status = "revoked" if fields.flag("revoked") else "live"
        if label is None:
            return foreign(f"misp:{uuid}", self.header["galaxy"], raw, name, context)
        return _NODES[label].model_validate({
            "id": f"misp:{uuid}", "name": name, "catalogue": "misp", "status": status,
            "description": description.strip() or None if description else None,
            "url": f"https://www.misp-galaxy.org/{self.header['galaxy']}/",
        })  # fmt: skip

    def _notes(
        self, node: Node, meta: dict[str, Any], source: Ref, said: dict[str, Any], context: Context
    ) -> Iterator[Record]:  # fmt: skip
        """What the galaxy knows besides the names, as one note, and the pages it cites."""
        words = [f"{key}: {_words(value)}" for key, value in sorted(meta.items()) if key not in _NOT_NOTED]
        if words and node.label != ForeignObject.label:
            text = "\n".join(words)
            if len(text) > 10_000:
                context.drop("longer than 10,000 characters: only its beginning is kept", field="meta")
                text = text[:9_999] + "…"
            yield Mentions(subject=source, object=node.ref, kind="note", text=text, **said)
        for url in Fields(meta, "meta").texts("refs", most=4_000):
            if page := web_source(url):
                yield page
                about = {key: value for key, value in said.items() if key != "evidence"}
                yield DerivedFrom(subject=source, object=page.ref, **about)
            else:
                context.drop("not a web address", field="refs", value=url)

    def _relation(self, raw: dict[str, Any]) -> Claim:
        fields = Fields(raw["related"], "relation")
        start, end = _uuid(raw.get("from")), _uuid(fields.required("dest-uuid", most=60))
        word = fields.required("type", most=100)
        label = galaxy_kind(self.header["galaxy"]) or ForeignObject.label
        said: dict[str, Any] = {
            "subject": Ref(label, f"misp:{start}"), "object": Ref(label, f"misp:{end}"),
            "source_id": self.header["source_id"], "dataset": self.header["dataset"],
            "confidence": _likelihood(fields.texts("tags")), "evidence": f"misp:{start}",
        }  # fmt: skip
        claim = _RELATIONS.get(word)
        if claim and any(label in starts and label in ends for starts, ends in claim.ends):
            return claim(**said)
        return Related(relation=word, **said)


def _likelihood(tags: tuple[str, ...]) -> int | None:
    """How likely the galaxy's own tag says that a relation is; raises RecordError for an unknown word."""
    for tag in tags:
        if match := _TAG.match(tag):
            if match[1] not in LIKELIHOOD:
                raise RecordError("not a word of the estimative language", field="tags", value=tag)
            return LIKELIHOOD[match[1]]
    return None


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not _UUID.match(value):
        raise RecordError("not a UUID", field="uuid", value=value)
    return value.lower()


def _words(value: Any) -> str:
    items = value if isinstance(value, list) else [value]
    return ", ".join(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items)
