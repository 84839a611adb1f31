"""What lists of indicators have in common: which columns mean what, and what one row of a list claims.

Every value is LISTED_BY the source as *published*; several hashes of one row are RELATED as *same-file*, other
values that stand in one row as *listed-together*. A list names no culprit: nothing here INDICATES anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record
from workbench.ingest.intelligence.indicators import HASH_DIGITS, Indicator, read_hash, read_indicator
from workbench.ingest.intelligence.mentions import ATTACK_ID, attack_mention
from workbench.ingest.lists.graphsense import web_source
from workbench.ingest.reading.files import SourceFile
from workbench.model.claims import DerivedFrom, ListedBy, Mentions, Named, Related
from workbench.model.nodes import Infrastructure, Ref, Source, SourceMention
from workbench.model.times import parse_time

MAX_VALUES = 50
"""Values in one row; more than that is a paragraph and not a row."""
_IP = ("IPAddress", "IPNetwork")
COLUMNS: dict[str, str] = {
    **dict.fromkeys(("value", "indicator", "indicators", "ioc", "iocs", "indicator value", "ioc value", "observable",
                     "indicator of compromise", "artifact", "network indicator", "c&c", "c2", "c&c server",
                     "c&c servers", "c2 server", "hash", "hashes", "file hash"), "value"),
    **dict.fromkeys(("type", "entity type", "indicator type", "ioc type", "ioctype", "kind"), "type"),
    **dict.fromkeys(("note", "notes", "description", "comment", "comments", "details", "context", "malware", "family",
                     "malware family", "label", "tags", "eset detection name", "detection name", "detection"), "note"),
    **dict.fromkeys(("file", "filename", "file name", "name", "filenames", "path", "file path"), "file"),
    **{spelling: name for name in HASH_DIGITS
       for spelling in (name, f"{name} hash", re.sub(r"(sha)([0-9])", r"\1 \2", name),
                        re.sub(r"(sha)([0-9])", r"\1 \2", name) + " hash")},
    **dict.fromkeys(("domain", "domains", "hostname", "host", "fqdn", "domain name", "domain names"), "domain"),
    **dict.fromkeys(("ip", "ip address", "ip addresses", "ips", "ipv4", "ipv6", "ip addr", "dst ip", "src ip"), "ip"),
    **dict.fromkeys(("url", "urls", "uri"), "url"),
    **dict.fromkeys(("email", "e mail", "email address", "emails", "sender"), "email"),
    **dict.fromkeys(("wallet", "wallet address", "btc address", "bitcoin address", "crypto address"), "wallet"),
    **dict.fromkeys(("first seen", "first observed", "firstseen"), "first seen"),
    **dict.fromkeys(("last seen", "last observed", "lastseen"), "last seen"),
    **dict.fromkeys(("link", "links", "reference", "references", "source url", "report", "report url", "source",
                     "sources", "reference url", "blog"), "link"),
    **dict.fromkeys(("id", "technique id", "att&ck id", "attack id"), "technique"),
    **dict.fromkeys(("hosting provider", "provider", "asn name", "creation", "last modified", "date", "country",
                     "confidence", "tactic", "technique", "procedure"), "ignored"),
}  # fmt: skip
"""Header cells, in lower case with single blanks, and what the column means."""
VALUE_ROLES: dict[str, tuple[str, ...]] = {
    "value": (), "domain": ("DomainName",), "ip": _IP, "url": ("Url",), "email": ("EmailAddress",),
    "wallet": ("Wallet",), **dict.fromkeys(HASH_DIGITS, ("FileHash",)),
}  # fmt: skip
"""Columns that hold indicators, and their types; () where the value decides."""
_TYPES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*HASH_DIGITS, "file", "hash", "filehash", "sample", "malware"), ("FileHash",)),
    **{f"filehash{name}": ("FileHash",) for name in HASH_DIGITS},
    **dict.fromkeys(("hostname", "domain", "fqdn", "domainname", "host"), ("DomainName",)),
    **dict.fromkeys(("ip", "ipv4", "ipv6", "ipaddress", "ipaddr", "ipv4addr", "ipv6addr", "ipsrc", "ipdst", "cidr",
                     "iprange", "network"), _IP),
    **dict.fromkeys(("url", "uri", "link"), ("Url",)),
    **dict.fromkeys(("email", "emailaddr", "emailaddress", "emailwhois", "emailsrc", "emaildst", "mail"),
                    ("EmailAddress",)),
    **dict.fromkeys(("asn", "as", "autonomoussystem"), ("AutonomousSystem",)),
    **dict.fromkeys(("btc", "eth", "xmr", "wallet", "cryptocurrencywallet", "bitcoin", "bitcoinaddress", "btcaddress",
                     "ethereum"), ("Wallet",)),
}  # fmt: skip
"""What a `type` column says, letters and digits only."""
_NO_INDICATOR = frozenset((
    "filename", "filepath", "path", "mutex", "registry", "registrykey", "regkey", "useragent", "imphash", "ssdeep",
    "tlsh", "imphash", "yara", "yararule", "certificate", "certserial", "serial", "pdb", "pdbpath", "command",
    "service", "scheduledtask", "password", "technique", "cve", "vulnerability", "ja3", "string",
))  # fmt: skip
_NA = frozenset(("", "n/a", "na", "none", "-", "–", "unknown", "null"))
_EITHER = re.compile(r"\A[^\[\]]*\.(zip|md|py|sh|pl|rs|cc|mov|ps)\Z", re.IGNORECASE)
"""Endings that are both a file's and a top-level domain; a value that is defanged is surely the latter."""
_SPLIT = re.compile(r"[\s,;|]+|<br ?/?>")


def role_of(header: str) -> str | None:
    """What a column means; None for one that is not known."""
    words = re.sub(r"[`*_\-\s]+", " ", header.strip("\ufeff \t")).strip().lower()
    return COLUMNS.get(words)


class IndicatorList(Format):
    """A list of indicators that one source publishes."""

    def settle(self, file: SourceFile, context: Context) -> None:
        """Declare the source: lists do not name theirs, so it is what `--source` says, or nobody."""
        self.header = {"source_id": None, "described": file.name}
        if context.source_name:
            known = context.source_name in context.sources
            name = context.source_name if known else context.source(SourceMention.of(context.source_name))
            self.header["source_id"] = name

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The indicators of one row and what the list says of them."""
        if not isinstance(raw, dict) or not isinstance(values := raw.get("values"), list):
            raise RecordError("not a row of this list: a stray quote, or another number of cells", value=raw)
        if not self.header.get("source_id") and context.source_name:  # rows that come back from quarantine
            self.header["source_id"] = context.source(SourceMention.of(context.source_name))
        if not self.header.get("source_id"):
            raise RecordError("nobody is named as the source of the list; --source says who", field="source", value="")
        source = Ref(Source.label, self.header["source_id"])
        said: dict[str, Any] = {
            "source_id": source.id, "method": "list", "tlp": context.tlp, "evidence": self.header.get("described"),
        }  # fmt: skip
        for id_ in raw.get("techniques") or ():
            node = attack_mention(str(id_))
            yield node
            yield Mentions(subject=source, object=node.ref, kind="report", text=raw.get("note"), **said)
        times = {"valid_from": _time(raw, "first_seen"), "valid_to": _time(raw, "last_seen")}
        found = self._indicators(raw, values, context)
        for node in found:
            yield node
            yield ListedBy(
                subject=node.ref, object=source, listing="published", label=raw.get("note"), **said | times
            )  # fmt: skip
        yield from _together(found, source, raw.get("file"), said)
        for link in raw.get("links") or ():
            if page := web_source(str(link)):
                yield page
                yield DerivedFrom(subject=source, object=page.ref, **said)

    def _indicators(self, raw: dict[str, Any], values: list[Any], context: Context) -> list[Indicator]:
        found: dict[str, Indicator] = {}
        for one in values[:MAX_VALUES]:
            if not isinstance(one, dict):
                raise RecordError("not a value of this list", value=one)
            try:
                node = read_value(str(one.get("text")), str(one.get("role") or "value"), raw.get("type"), context)
            except RecordError as error:
                if len(values) == 1:
                    raise
                context.drop(f"left out of the row: {error.what}", field=error.field, value=one.get("text"))
            else:
                found[node.id] = node
        if len(values) > MAX_VALUES:
            raise RecordError(f"more than {MAX_VALUES} values in one row", field="value")
        if not found and not raw.get("techniques"):
            raise RecordError("no indicator in the row", field="value", value=raw.get("file"))
        return list(found.values())


def read_value(text: str, role: str, stated: str | None, context: Context) -> Indicator:
    """The indicator in a cell; raises RecordError."""
    if role in HASH_DIGITS:
        return read_hash(role, text, context, role)
    types = VALUE_ROLES[role]
    if role == "value" and stated:
        word = re.sub(r"[^a-z0-9]", "", stated.lower())
        if word in _NO_INDICATOR:
            raise RecordError(f"a {stated[:40]} is no indicator the graph has", field="type", value=text)
        if word not in _TYPES:
            context.warn("a type that is not known; the value decides", field="type", value=stated)
        types = _TYPES.get(word, ())
        if word in HASH_DIGITS:
            return read_hash(word, text, context)
    found = read_indicator(text, context, types=types)
    if not types and isinstance(found, Infrastructure) and found.type == "DomainName" and _EITHER.search(text):
        raise RecordError("as likely a file's name as a domain; a type would tell", field="value", value=text)
    return found


def cell_values(text: str, role: str) -> list[dict[str, str]]:
    """The values in a cell, each with its column's meaning; [] for "N/A" and the like."""
    parts = [part for part in _SPLIT.split(text.strip()) if part.lower() not in _NA]
    return [{"text": part, "role": role} for part in parts]


def techniques_in(text: str) -> list[str]:
    """ATT&CK technique ids in a cell, each once."""
    return list(
        dict.fromkeys(word for word in re.findall(r"\bT[0-9]{4}(?:\.[0-9]{3})?\b", text) if ATTACK_ID.match(word))
    )


def _together(nodes: list[Indicator], source: Ref, file: Any, said: dict[str, Any]) -> Iterator[Record]:
    """That values stand in one row."""
    hashes = [node for node in nodes if isinstance(node, Infrastructure) and node.type == "FileHash"]
    others = [node for node in nodes if node not in hashes]
    for group, word in ((hashes, "same-file"), (others, "listed-together")):
        for other in group[1:]:
            yield Related(subject=group[0].ref, object=other.ref, relation=word, **said)
    if isinstance(file, str) and file.strip().lower() not in _NA and hashes:
        yield Named(subject=source, object=hashes[0].ref, name=file.strip()[:500], kind="label", **said)


def _time(raw: dict[str, Any], name: str) -> datetime | None:
    value = raw.get(name)
    return parse_time(value, field=name) if isinstance(value, str) and value.strip().lower() not in _NA else None
