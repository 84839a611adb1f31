"""One Markdown file about one incident: a table of fields, or lines `Date:: …`, `Amount Stolen:: …`.

Both forms are in use: `| **Date** | 2022-03-23 |` under a heading, and the `Field:: value` lines of notes kept
in Obsidian or Logseq. The title is the first heading. An address counts as the attacker's, or as the victim's
contract, only where its own field says so; prose is not read. A group an `Attacker` field names in words is kept
as the text it is: a note is no catalogue of groups. The source is `--source`, or the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars_in, theft, theft_date
from workbench.ingest.reading.files import SourceFile
from workbench.model.addresses import parse_address
from workbench.model.claims import Involves, Role
from workbench.model.networks import network_named
from workbench.model.nodes import SourceMention, Wallet

_TITLE = re.compile(r"#\s+(.+?)\s*\Z")
_TABLE = re.compile(r"\|\s*\*{0,2}([^|*]{1,60}?)\*{0,2}\s*\|\s*(.*?)\s*\|\s*\Z")
_PAIR = re.compile(r"[-*\s]*\*{0,2}([A-Za-z][A-Za-z /_-]{1,40}?)\*{0,2}\s*::\s*(.+?)\s*\Z")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}(?![0-9a-fA-F])")
_OTHER = re.compile(r"(?<![\w/])(?:bc1[0-9a-z]{20,80}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|T[1-9A-HJ-NP-Za-km-z]{33})(?!\w)")
_DATE = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
_ROLES: dict[str, Role] = {
    "attacker": "thief", "attacker address": "thief", "attackers": "thief", "attack contract": "used",
    "vulnerable contract": "victim", "victim": "victim", "victim address": "victim",
}  # fmt: skip
_NAMES = ("protocol", "name", "project", "incident", "victim name")
_AMOUNTS = ("amount stolen", "loss", "amount", "lost", "loss amount")
_TECHNIQUES = ("root cause", "attack type", "technique", "vector")
_CHAINS = ("chain", "network", "chains")


class IncidentMarkdown(Format):
    """One incident, as a note or an analysis in Markdown."""

    name = "incident-markdown"
    title = "Incident as Markdown (a table of fields, or `Date::` lines)"
    doc = "One file: one incident, with its date, amount, chain, cause, and the addresses its fields name."
    reads = {
        "# heading, or Protocol": "Incident, NAMED", "Date": "REPORTED.date",
        "Loss, Amount Stolen": "REPORTED.amount_text; amount_usd where exactly one figure is in dollars",
        "Chain": "REPORTED.networks; the network of addresses without one of their own",
        "Root Cause": "REPORTED.technique", "Attacker": "INVOLVES as thief, where it is an address",
        "Attack Contract": "INVOLVES as used", "Vulnerable Contract": "INVOLVES as victim",
    }  # fmt: skip
    ignores = {"other fields and prose": "what an address in them is to the incident is not said"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A date field and an amount or cause, in either form."""
        found = {key for key, _ in _fields(sample.splitlines()[:200])}
        return 60 if "date" in found and found.intersection((*_AMOUNTS, *_TECHNIQUES)) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """One row: the fields."""
        text = file.whole()[:2_000_000]
        lines = text.splitlines()
        title = next((match[1] for line in lines if (match := _TITLE.match(line.strip()))), "")
        fields: dict[str, str] = {}
        for key, value in _fields(lines):
            fields.setdefault(key, value[:2_000])
        if not fields:
            raise InputError("no fields in it", where=file.name, hint="| **Date** | 2022-03-23 |, or Date:: 2022-03-23")
        stem = re.sub(r"\.(?:md|markdown|txt)$", "", file.name)
        source = context.source(SourceMention.of(context.source_name or stem))
        self.header = {"source_id": source}
        yield Row("whole file", {"title": title, **fields})

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The incident, and the addresses whose field says what they are."""
        if not isinstance(raw, dict) or not all(isinstance(value, str) for value in raw.values()):
            raise RecordError("not a mapping of fields", value=raw)
        source = context.sources.get(self.header["source_id"]) or SourceMention.of(self.header["source_id"])
        written = _first(raw, _NAMES) or raw.get("title", "")
        name = re.split(r"\s+[—–(-]+\s*", written, maxsplit=1)[0].strip()
        if not name:
            raise RecordError("no name: neither a heading nor a field", field="protocol")
        if name != written:
            context.warn(f"taken as the name: {name}", field="name", value=written)
        date = _DATE.search(raw.get("date", ""))
        time, precision = theft_date(date[0]) if date else (None, None)
        if raw.get("date") and not date:
            context.drop("not a date", field="date", value=raw["date"])
        loss, chain = _first(raw, _AMOUNTS), _first(raw, _CHAINS)
        incident, records = theft(
            source, name, time, precision, context=context, technique=_first(raw, _TECHNIQUES) or None,
            amount_text=loss or None, amount_usd=dollars_in(loss), networks=(chain[:60],) if chain else None,
        )  # fmt: skip
        yield from records
        network = _network(chain)
        for field, role in _ROLES.items():
            text = raw.get(field, "")
            for found in dict.fromkeys([*_ADDRESS.findall(text), *_OTHER.findall(text)]):
                try:
                    address = parse_address(found, network if found.startswith("0x") else None)
                except RecordError as error:
                    context.drop(error.what, field=field, value=found)
                    continue
                for warning in address.warnings:
                    context.warn(warning, field=field, value=found)
                wallet = Wallet.at(address)
                yield wallet
                yield Involves(
                    subject=incident.ref, object=wallet.ref, role=role, source_id=source.id, tlp=context.tlp,
                    method="analysis", dataset=source.id,
                )  # fmt: skip


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        text = line.strip()[:4_000]
        match = _TABLE.match(text) or _PAIR.match(text)
        if match and not set(match[1]) <= set("-: "):
            yield match[1].strip().lower(), match[2]


def _first(fields: dict[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _network(chain: str) -> str | None:
    """The network a chain field names, where it names one."""
    words = re.sub(r"\(.*?\)|\b(?:mainnet|network|chain)\b", "", chain, flags=re.IGNORECASE).strip()
    try:
        return network_named(words).name if words else None
    except RecordError:
        return None
