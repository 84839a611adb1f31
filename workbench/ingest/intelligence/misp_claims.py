"""What one part of a MISP event claims (see `sources/misp_event.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.intelligence import misp_values as mv
from workbench.ingest.intelligence.indicators import Indicator, read_wallet
from workbench.ingest.intelligence.mentions import foreign
from workbench.ingest.lists.graphsense import web_source
from workbench.model.claims import (
    Claim,
    CommunicatesWith,
    DerivedFrom,
    Indicates,
    ListedBy,
    Mentions,
    Named,
    Related,
    ResolvesTo,
)
from workbench.model.ledger import transaction_hash, transaction_id
from workbench.model.networks import network_named
from workbench.model.nodes import MAX_TEXT, Infrastructure, Node, Ref, Source, Transaction, Wallet
from workbench.model.times import parse_time

_WALLETS = {
    "coin-address": ("address", "address-xmr", "address-crypto"), "btc-wallet": ("wallet-address",),
    "btc-transaction": ("btc-address",), "cryptocurrency-transaction": ("address",),
}  # fmt: skip
"""Objects whose attributes of these names are wallets, whatever their type (`address-crypto` is a text)."""
_ASSETS = {"address-xmr": "xmr", "wallet-address": "btc", "btc-address": "btc"}
_FILES = frozenset(("file", "pe", "elf", "macho", "original-imported-file", "lnk"))
_SIGHTINGS = {"0": "sighting", "1": "false positive", "2": "expiration"}
_MALICIOUS = ("ActorGroup", "Malware", "Campaign")
_REFERENCES: dict[str, type[Claim]] = {
    "resolved-to": ResolvesTo, "resolves-to": ResolvesTo, "connected-to": CommunicatesWith,
    "communicates-with": CommunicatesWith,
}  # fmt: skip
"""References between infrastructure that the graph has a claim for."""
_UTXO = frozenset(("bitcoin", "bitcoin-cash"))


class MispClaims:
    """One row: the part, and whose event it is in."""

    def __init__(self, raw: dict[str, Any], context: Context) -> None:
        self.raw = raw
        self.item: dict[str, Any] = raw["item"]
        self.context = context
        if raw.get("event") is None:
            raise RecordError("the event has no UUID", field="uuid")
        self.event = Ref(Source.label, f"misp-event:{raw['event']}")
        self.source = Ref(Source.label, raw["source"])
        self.said: dict[str, Any] = {
            "source_id": self.source.id, "tlp": mv.tlp_of(mv.tags(self.item), context, raw["tlp"]),
            "dataset": raw.get("dataset"), "evidence": self.event.id,
        }  # fmt: skip

    def records(self) -> Iterator[Record]:
        """The part's nodes and claims; raises RecordError."""
        kind = self.raw.get("kind")
        if kind == "event":
            yield from self._event()
        elif kind == "attribute":
            yield from self._attribute()
        elif kind == "object":
            yield from self._object()
        elif kind == "reference":
            yield self._reference()
        else:
            raise RecordError("not a part of an event", field="kind", value=kind)

    def _event(self) -> Iterator[Record]:
        info = self.item.get("info")
        title = info.strip()[:500] if isinstance(info, str) and info.strip() else self.event.id
        date = self.item.get("date")
        published = parse_time(date, field="date") if isinstance(date, str) and date else None
        yield Source(id=self.event.id, title=title, publisher=self.source.id, kind="user", published=published)
        yield Named(subject=self.source, object=self.event, name=title, **self.said)
        yield DerivedFrom(subject=self.event, object=self.source, **self.said)
        for node, name, own in self._clusters():
            yield node
            yield Mentions(subject=self.event, object=node.ref, kind="report", **self.said)
            if not own:  # a name the event uses, and no entry of the galaxy
                yield Named(subject=self.source, object=node.ref, name=name, **self.said)
        reports = self.item.get("EventReport")
        for report in reports if isinstance(reports, list) else ():
            if isinstance(report, dict) and isinstance(report.get("content"), str):
                yield self._note(report["content"], "report", report.get("uuid"))

    def _clusters(self) -> Iterator[tuple[Node, str, bool]]:
        for galaxy, value, uuid in self.raw.get("clusters") or ():
            if node := mv.cluster_node(galaxy, value, uuid):
                yield node, value[:500], uuid is not None
            elif self.raw.get("kind") == "event":
                self.context.drop(f"a cluster of the galaxy {galaxy}, which has no kind of node", value=value)

    def _attribute(self) -> Iterator[Record]:
        kind, value = _text(self.item, "type"), self.item.get("value")
        said = self._deleted(self.item)
        if kind == "link" and not self.item.get("to_ids"):  # a page about it, and no indicator
            page = web_source(str(value)) if isinstance(value, str) else None
            if page is not None:
                yield page
                yield DerivedFrom(subject=self.event, object=page.ref, **said)
                return
        if kind == "threat-actor" and isinstance(value, str):
            node = mv.cluster_node("threat-actor", value.strip(), None)
            if node is None:
                raise RecordError("not a name", field="value", value=value)
            yield node
            yield Named(subject=self.source, object=node.ref, name=value.strip()[:500], **said)
            return
        if not _is_indicator(kind):
            if kind not in mv.TEXTS:
                self.context.warn("an attribute type that is not known; kept as a note", field="type", value=kind)
            yield self._note(f"{kind}: {value}", "note", self.item.get("uuid"), said)
            return
        nodes, file_name = mv.attribute_nodes("url" if kind == "link" else kind, value, self.context)
        yield from nodes
        yield from self._indicators(nodes, self.item, said)
        if kind == "domain|ip":
            yield ResolvesTo(subject=nodes[0].ref, object=nodes[1].ref, **said)
        if file_name:
            yield Named(subject=self.source, object=nodes[0].ref, name=file_name[:500], kind="label", **said)

    def _indicators(self, nodes: list[Indicator], item: dict[str, Any], said: dict[str, Any]) -> Iterator[Record]:
        """What an attribute says of its values: listed and indicating with `to_ids`, else mentioned only."""
        times = {"valid_from": _time(item, "first_seen"), "valid_to": said.get("valid_to") or _time(item, "last_seen")}
        comment = item.get("comment")
        label = comment.strip()[:MAX_TEXT] if isinstance(comment, str) and comment.strip() else None
        to_ids = item.get("to_ids")
        if to_ids not in (True, False, None, "0", "1", 0, 1):
            raise RecordError("to_ids is neither true nor false", field="to_ids", value=to_ids)
        clusters = [node for node, _, _ in self._clusters() if node.label in _MALICIOUS]
        meant = to_ids in (True, "1", 1)
        for node in nodes:
            kept = mv.not_the_attackers(str(self.item.get("name")), item, node) if meant else None
            if kept:
                self.context.warn(f"to_ids, but {kept}: mentioned only, and indicates nobody", field="to_ids",
                                  value=node.id)  # fmt: skip
            if meant and not kept:
                yield ListedBy(subject=node.ref, object=self.source, listing="published", label=label, **said | times)
                for other in clusters if isinstance(node, Infrastructure) else ():
                    yield other
                    yield Indicates(subject=node.ref, object=other.ref, **said | times)
            else:
                id_ = _short(item.get("uuid"))
                yield Mentions(
                    subject=self.source, object=node.ref, kind="observation", text=label, id=id_, **said | times
                )  # fmt: skip
            yield from self._sightings(node.ref, item, said)

    def _sightings(self, ref: Ref, item: dict[str, Any], said: dict[str, Any]) -> Iterator[Record]:
        sightings = item.get("Sighting")
        for one in sightings if isinstance(sightings, list) else ():
            kind = _SIGHTINGS.get(str(one.get("type", "0"))) if isinstance(one, dict) else None
            if kind is None:
                self.context.drop("not a sighting", field="Sighting", value=one)
                continue
            time = seconds(one.get("date_sighting"))
            org = one.get("Organisation")
            who = org.get("name") if isinstance(org, dict) else one.get("source")
            words = "; ".join(word for word in (kind if kind != "sighting" else "", _short(who) or "") if word)
            yield Mentions(
                subject=self.source, object=ref, kind="opinion" if kind == "false positive" else "sighting",
                text=words or None, count=1, id=_short(one.get("uuid")), **said | {"valid_from": time},
            )  # fmt: skip

    def _object(self) -> Iterator[Record]:
        kind, said = _text(self.item, "name"), self._deleted(self.item)
        found: dict[str, Indicator] = {}
        names: list[str] = []
        for item in _attributes(self.item):
            own = self._deleted(item) | ({"valid_to": said["valid_to"]} if said.get("valid_to") else {})
            try:
                nodes, name = self._object_attribute(kind, item)
            except RecordError as error:
                self.context.drop(f"left out: {error.what}", field=str(item.get("object_relation")), value=error.value)
                continue
            names += [name] if name else []
            yield from nodes
            yield from self._indicators(nodes, item, own)
            found |= {node.id: node for node in nodes}
        if not found:
            kept = {key: self.item.get(key) for key in ("name", "uuid", "comment", "template_uuid", "template_version")}
            kept["Attribute"] = [
                {key: item.get(key) for key in ("object_relation", "type", "value", "to_ids", "comment")}
                for item in _attributes(self.item)
            ]
            node = foreign(f"misp:{_text(self.item, 'uuid').lower()}", kind, kept, kind, self.context)
            yield node
            yield Named(subject=self.source, object=node.ref, name=kind, kind="label", **said)
            return
        yield from self._joined(kind, list(found.values()), names, said)

    def _object_attribute(self, kind: str, item: dict[str, Any]) -> tuple[list[Indicator], str | None]:
        """The indicators of an attribute of an object, and a file's name."""
        relation, type_, value = str(item.get("object_relation")), str(item.get("type")), item.get("value")
        if relation in _WALLETS.get(kind, ()):
            if not isinstance(value, str):
                raise RecordError("not an address", field=relation, value=value)
            return [
                read_wallet(value, _ASSETS.get(relation) or _value(self.item, "symbol"), self.context, relation)
            ], None
        if kind in _FILES and type_ == "filename":
            return [], _short(value)
        if type_ in ("text", "link") or not _is_indicator(type_):
            if type_ not in mv.TEXTS and type_ != "link":
                self.context.warn("an attribute type that is not known; left out", field="type", value=type_)
            return [], None
        return mv.attribute_nodes(type_, value, self.context)

    def _joined(self, kind: str, nodes: list[Indicator], names: list[str], said: dict[str, Any]) -> Iterator[Record]:
        """How the values of one object belong together."""
        by_type: dict[str, list[Indicator]] = {}
        for node in nodes:
            by_type.setdefault(node.type if isinstance(node, Infrastructure) else "Wallet", []).append(node)
        hashes = by_type.get("FileHash", [])
        if kind in _FILES:
            for other in hashes[1:]:
                yield Related(subject=hashes[0].ref, object=other.ref, relation="same-file", **said)
            for name in names if hashes else ():
                yield Named(subject=self.source, object=hashes[0].ref, name=name, kind="label", **said)
        if kind == "domain-ip":
            times = {"valid_from": _attribute_time(self.item, "first-seen", self.context)}
            for domain in by_type.get("DomainName", []):
                for address in by_type.get("IPAddress", []):
                    yield ResolvesTo(subject=domain.ref, object=address.ref, **said | times)
        if kind in ("btc-transaction", "cryptocurrency-transaction"):
            for wallet in by_type.get("Wallet", []):
                if isinstance(wallet, Wallet):
                    yield from self._transactions(kind, wallet, said)
        if kind == "coin-address" and (label := _value(self.item, "text")):
            for wallet in by_type.get("Wallet", []):
                yield Named(subject=self.source, object=wallet.ref, name=label[:500], kind="label", **said)

    def _transactions(self, kind: str, wallet: Wallet, said: dict[str, Any]) -> Iterator[Record]:
        """The transactions a wallet stands beside; which side it was on MISP does not say."""
        network = network_named(wallet.network)
        time = _attribute_time(self.item, "time", self.context)
        words = [f"{name} {value}" for name in ("value_BTC", "value", "value_USD", "value_EUR")
                 if (value := _value(self.item, name))]  # fmt: skip
        for item in _attributes(self.item):
            if item.get("object_relation") != "transaction-number":
                continue
            try:
                hash_ = transaction_hash(str(item.get("value")))
            except RecordError as error:
                self.context.drop(error.what, field="transaction-number", value=item.get("value"))
                continue
            if network.family not in _UTXO:
                told = f"a transaction of {network.title} is no node; left out"
                self.context.drop(told, field="transaction-number", value=hash_)
                continue
            made = Transaction(
                id=transaction_id(network.caip2, hash_), hash=hash_, network=network.name, time=time
            )  # fmt: skip
            yield made
            text = "; ".join(words) or None
            yield Related(subject=wallet.ref, object=made.ref, relation=kind, description=text, **said)

    def _reference(self) -> Claim:
        ends = self.raw.get("ends") or [None, None]
        word = _text(self.item, "relationship_type")
        if None in ends:
            raise RecordError("an end is not in the event, or is no node", field="referenced_uuid",
                              value=self.item.get("referenced_uuid"))  # fmt: skip
        comment = _short(self.item.get("comment"))
        if claim := _REFERENCES.get(word):
            if ends[0][0] == ends[1][0] == Infrastructure.label:
                return claim(subject=Ref(*ends[0]), object=Ref(*ends[1]), **self._deleted(self.item))
        return Related(subject=Ref(*ends[0]), object=Ref(*ends[1]), relation=word[:200], description=comment,
                       **self._deleted(self.item))  # fmt: skip

    def _note(self, text: str, kind: Any, id_: Any, said: dict[str, Any] | None = None) -> Mentions:
        if len(text) > MAX_TEXT:
            self.context.drop(f"longer than {MAX_TEXT:,} characters: only its beginning is kept", field="value")
            text = text[: MAX_TEXT - 1] + "…"
        return Mentions(
            subject=self.source, object=self.event, kind=kind, text=text.replace("\0", "�"), id=_short(id_),
            **(said or self.said),
        )  # fmt: skip

    def _deleted(self, item: dict[str, Any]) -> dict[str, Any]:
        """What every claim of an item says; what was deleted has ended."""
        said = {**self.said, "tlp": mv.tlp_of(mv.tags(item), self.context, self.said["tlp"])}
        if item.get("deleted") in (None, False, 0, "0"):
            return said
        self.context.warn("deleted in MISP: what it says has ended", field="deleted", value=item.get("value"))
        return {**said, "valid_to": seconds(item.get("timestamp")) or parse_time("1970-01-01", field="timestamp")}


def main_node(kind: str, item: dict[str, Any]) -> list[str] | None:
    """Label and id of what a reference to an attribute or object means: its first indicator, or the object as JSON."""
    silent = Context()
    raw = {"kind": kind, "item": item, "event": "-", "source": "-", "tlp": "clear"}
    try:
        for record in MispClaims(raw, silent).records():
            if isinstance(record, Node):
                return [record.label, record.id]
    except (RecordError, ValueError, TypeError):
        return None  # its own row says what is wrong with it
    return None


def seconds(value: Any) -> datetime | None:
    """A time in Unix seconds, as MISP writes it (a text, "0" for none); raises RecordError."""
    if value in (None, "", "0", 0):
        return None
    if not isinstance(value, str | int) or not str(value).isdigit() or len(str(value)) > 11:
        raise RecordError("not a time in Unix seconds", field="timestamp", value=value)
    return parse_time(int(value), field="timestamp")


def _is_indicator(kind: str) -> bool:
    return kind in mv.VALUES or kind in mv.PAIRS or kind in mv.ACCOUNTS or kind == "link"


def _attributes(item: dict[str, Any]) -> list[dict[str, Any]]:
    found = item.get("Attribute")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _value(item: dict[str, Any], relation: str) -> str | None:
    """The first value of that name in an object."""
    for one in _attributes(item):
        if one.get("object_relation") == relation and isinstance(one.get("value"), str | int | float):
            return str(one["value"]).strip() or None
    return None


def _attribute_time(item: dict[str, Any], relation: str, context: Context) -> datetime | None:
    value = _value(item, relation)
    try:
        return parse_time(value, field=relation) if value else None
    except RecordError as error:
        context.drop(error.what, field=relation, value=value)
        return None


def _time(item: dict[str, Any], name: str) -> datetime | None:
    value = item.get(name)
    return parse_time(value, field=name) if isinstance(value, str) and value.strip() else None


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise RecordError(f"{name} is missing", field=name, value=value)
    return value.strip()


def _short(value: Any) -> str | None:
    return value.strip()[:500] or None if isinstance(value, str) else None
