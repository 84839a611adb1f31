"""Lists of addresses, one a line, with `# key: value` lines above them that say whose list it is.

    # source: fbi-ic3-2025-02-26
    # publisher: FBI
    # listing: published
    # incident: bybit-2025 Bybit
    # role: laundering
    # group: fbi:tradertraitor TraderTraitor
    0x51E9d833Ecae4E8D9D8Be17300AEE6D3398C135D

Quotes, commas and blanks around an address are taken off. A list without a source, in the file or by
`--source`, says nothing that anybody answers for, and its rows are quarantined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from workbench.errors import InputError, RecordError, nearest_hint
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.reading.cells import checked_id
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import cell_text
from workbench.model.addresses import parse_address
from workbench.model.claims import AttributedTo, Involves, ListedBy, Named
from workbench.model.confidence import parse_confidence, parse_grade, parse_tlp
from workbench.model.nodes import ActorGroup, Incident, Ref, Source, SourceMention, Wallet
from workbench.model.times import parse_time

KEYS = (
    "source", "title", "publisher", "kind", "url", "licence", "published", "network", "label", "listing", "program",
    "incident", "role", "group", "confidence", "grade", "tlp", "method", "evidence", "valid_from", "valid_to", "note",
)  # fmt: skip
_HEAD = re.compile(r"#\s*([A-Za-z][A-Za-z_ ]{1,20}?)\s*:\s+(.*)\Z")
_WORD = re.compile(r"[0-9A-Za-z\\:]{25,120}\Z")
_AROUND = " \t\r\n,;'\"[]\ufeff"


class AddressList(Format):
    """A list of addresses that one source publishes."""

    name = "address-list"
    title = "Address list with `# key: value` lines"
    doc = "One address a line; the lines above say whose list it is and what it means."
    several: ClassVar[tuple[str, ...]] = ("group", "incident")
    """Keys that may be given more than once."""

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Lines that are single words long enough for addresses; surer where a source is named."""
        lines = sample_addresses(sample)
        if not lines or not all(_WORD.match(line) for line in lines):
            return 0
        return 80 if re.search(r"^#\s*source\s*:", sample, re.MULTILINE) else 30

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line with an address."""
        head: dict[str, Any] = {key: [] for key in self.several}
        given = self.given(file)
        done = False
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip("\ufeff \t\r\n")
                if not text:
                    continue
                if text.startswith("#"):
                    context.where = f"line {number}"
                    self._head_line(text, head, file)
                    continue
                if not done:
                    self._settle({**head, **given}, context)
                    done = True
                yield Row(f"line {number}", text)

    def given(self, file: SourceFile) -> dict[str, Any]:
        """What subclasses know about the list without its lines saying so."""
        return {}

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The wallet and what the list says about every address in it."""
        head = self.header
        text = cell_text(raw, "address").strip(_AROUND) if isinstance(raw, str) else ""
        if not head.get("source_id"):
            raise RecordError("nobody is named as the source of the list", field="source", value="")
        address = parse_address(text, head.get("network"))
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        wallet = Wallet.at(address)
        self.check(wallet)
        source = Ref(Source.label, head["source_id"])
        says = self._says(context)
        yield wallet
        label = head.get("label")
        yield ListedBy.model_validate({
            "subject": wallet.ref, "object": source, "listing": head.get("listing") or "tagged",
            "program": head.get("program"), "label": label, **says,
        })  # fmt: skip
        if label:
            yield Named(subject=source, object=wallet.ref, name=label, kind="label", **says)
        for id_, name in (_id_and_name(text, "incident") for text in head["incident"]):
            yield Incident(id=id_, name=name)
            yield Named(subject=source, object=Ref(Incident.label, id_), name=name, **says)
            role = head.get("role") or "unknown"
            incident = Ref(Incident.label, id_)
            yield Involves.model_validate({"subject": incident, "object": wallet.ref, "role": role, **says})
        for id_, name in (_id_and_name(text, "group") for text in head["group"]):
            group = ActorGroup(id=id_, name=name, catalogue=id_.partition(":")[0])
            yield group
            yield Named(subject=source, object=group.ref, name=name, **says)
            yield AttributedTo(subject=wallet.ref, object=group.ref, **says)

    def check(self, wallet: Wallet) -> None:
        """Raise RecordError for a wallet that cannot be in the list."""

    def _head_line(self, text: str, head: dict[str, Any], file: SourceFile) -> None:
        match = _HEAD.match(text)
        if match is None:
            return  # a remark
        key, value = match[1].strip().lower().replace(" ", "_"), match[2].strip()
        if key not in KEYS:
            raise InputError(f"nothing is called {key!r} here", where=file.name, hint=nearest_hint(key, KEYS))
        if key in self.several:
            head[key].append(value)
        else:
            head[key] = value

    def _settle(self, head: dict[str, Any], context: Context) -> None:
        """Declare the source, and keep what every row needs."""
        name = head.get("source") or context.source_name
        if name and name in context.sources:
            head["source_id"] = name
        elif name and head.get("publisher"):
            published = head.get("published")
            head["source_id"] = context.source(Source.model_validate({
                "id": SourceMention.of(name).id, "title": head.get("title", name), "publisher": head["publisher"],
                "kind": head.get("kind", "user"), "url": head.get("url"), "licence": head.get("licence"),
                "published": parse_time(published, field="published") if published else None,
            }))  # fmt: skip
        elif name:
            head["source_id"] = context.source(SourceMention.of(name))
        self.header = head

    def _says(self, context: Context) -> dict[str, Any]:
        head = self.header
        times = {k: parse_time(head[k], field=k) if head.get(k) else None for k in ("valid_from", "valid_to")}
        return {
            "source_id": head["source_id"], "confidence": parse_confidence(head.get("confidence")),
            "grade": parse_grade(head.get("grade")), "method": head.get("method") or "list",
            "tlp": parse_tlp(head["tlp"]) if head.get("tlp") else context.tlp,
            "evidence": head.get("evidence") or head.get("url"), **times,
        }  # fmt: skip


def sample_addresses(sample: str) -> list[str]:
    """The address words of a sample, without the lines that begin with `#`; the last line may be cut, and is not used
    where the sample is long."""
    lines = sample.splitlines()
    if len(sample) > 60_000:
        lines = lines[:-1]
    words = (line.strip(_AROUND) for line in lines if not line.lstrip(_AROUND).startswith("#"))
    return [word for word in words if word]


def _id_and_name(text: str, key: str) -> tuple[str, str]:
    id_, _, name = text.partition(" ")
    return checked_id(id_, key), name.strip() or id_
