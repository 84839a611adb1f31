"""One Markdown file about one incident: a table of fields, or lines `Date:: …`, `Amount Stolen:: …`.

Both forms are in use: `| **Date** | 2022-03-23 |` under a heading, and the `Field:: value` lines of notes kept
in Obsidian or Logseq. The title is the first heading. An address counts as the attacker's, or as the victim's
contract, only where its own field says so and holds nothing else: of "0x… drained 0x…" nobody knows from the field's
name whose is whose, so such a field is told of and no address taken from it. Names of networks, kinds ("wallet"),
and remarks in brackets may stand beside an address. The source is `--source`, or the file's name.
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
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]*)\)")
_PAGE = re.compile(r"https?://[^\s|<>()\[\]]+")
_REMARK = re.compile(r"\([^()]{0,60}\)")
_BETWEEN = re.compile(r"<br ?/?>|\band\b|(?<!\w)\d{1,2}[.)](?!\w)|[\[\]`*_,;:/&|+·•–—-]", re.IGNORECASE)
_KIND = re.compile(r"\b(?:address(?:es)?|eoas?|wallets?|contracts?|prox(?:y|ies)|bridge|vault|safe)\b", re.IGNORECASE)
_OTHER_ROLE: dict[Role, re.Pattern[str]] = {
    "victim": re.compile(r"attack|exploit|hack|thie[fv]|drain|robb|stole", re.IGNORECASE),
    **dict.fromkeys(
        ("thief", "used"),
        re.compile(r"victim|vulnerable|white.?hat|robbed|stolen|refund|rescue|owner|\bnot?\b|\?", re.IGNORECASE),
    ),
}
"""Remarks in brackets that take back what the field's name says of the address before them."""
_PROSE = "prose beside the address: whose it is is not said"
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
            addresses = _addresses(text, role)
            if addresses is None:
                context.drop(_PROSE, field=field, value=text)
            for found in addresses or ():
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


def _addresses(text: str, role: Role) -> list[str] | None:
    """The addresses of a field that holds nothing but addresses; None where other words stand with them."""
    plain = _PAGE.sub(_address_of_page, _LINK.sub(_link_text, text))
    found = dict.fromkeys([*_ADDRESS.findall(plain), *_OTHER.findall(plain)])
    if not found:
        return None if _ADDRESS.search(text) or _OTHER.search(text) else []
    for beside in _OTHER.sub("\n", _ADDRESS.sub("\n", plain)).split("\n"):
        if any(_OTHER_ROLE[role].search(remark) for remark in _REMARK.findall(beside)):
            return None
        words = _KIND.sub(" ", _BETWEEN.sub(" ", _REMARK.sub(" ", beside))).strip(" .")
        if words and _network(words) is None and not all(_network(word) for word in words.split()):
            return None
    return list(found)


def _link_text(match: re.Match[str]) -> str:
    """A link's text, and the address its page is about where the text does not have it."""
    page = _ADDRESS.search(match[2]) or _OTHER.search(match[2].rpartition("/")[2])
    return match[1] if page is None or page[0].lower() in match[1].lower() else f"{match[1]} {page[0]}"


def _address_of_page(match: re.Match[str]) -> str:
    """The address a block explorer's page is about; the whole link where it is about none."""
    found = _ADDRESS.search(match[0]) or _OTHER.search(match[0].rpartition("/")[2])
    return found[0] if found else match[0]


def _first(fields: dict[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _network(chain: str) -> str | None:
    """The network a chain field names, where it names one."""
    words = re.sub(r"\(.*?\)|\b(?:mainnet|network|chain)\b", "", chain, flags=re.IGNORECASE).strip()
    try:
        return network_named(words).name if words else None
    except RecordError:
        return None
