"""MISP warninglists (JSON): infrastructure that many people use, such as clouds, URL shorteners and top sites.

Every entry is LISTED_BY the list as *shared*: who meets somebody there has met nobody in particular, and
attribution gives such infrastructure no weight by itself. A name that begins with a dot means its subdomains
too, and is kept without the dot. Lists of regular expressions name no single thing: their rows are quarantined.
Format: https://github.com/MISP/misp-warninglists
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from pydantic import ValidationError

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.intelligence.indicators import read_indicator
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.model.claims import ListedBy
from workbench.model.nodes import Ref, Source, slug

_IP = ("IPAddress", "IPNetwork")
TYPES: dict[str, tuple[str, ...]] = {
    "cidr": _IP,
    "hostname": ("DomainName",),
    "string": (),
    "substring": (),
    "regex": (),
}
"""How a list's entries are matched, and what they then are; () where the value decides."""
_HASHES = frozenset(("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "ssdeep", "imphash", "tlsh"))
_START = re.compile(r'\{\s*"(?:description|name|list|matching_attributes|type|version)"\s*:')


class MispWarninglist(Format):
    """One list: an edition of it."""

    name = "misp-warninglist"
    title = "MISP warninglist (JSON)"
    doc = "Shared infrastructure: addresses, networks, domains and hashes that point to nobody."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.5)
    describes = "misp-warninglist"
    reads: ClassVar[dict[str, str]] = {
        "name": "the list as a Source, and the label of LISTED_BY",
        "version": "the edition",
        "type": "what the entries are",
        "list": "LISTED_BY with listing `shared`",
        "description": "the Source's title",
    }
    ignores: ClassVar[dict[str, str]] = {
        "matching_attributes": "which MISP attributes are compared with it; tells a list of hashes",
        "deprecated": "told", "category": "MISP's own",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """An object with a `list` of texts beside a description; `matching_attributes` may come behind the sample."""
        start = sample.lstrip("\ufeff \t\r\n")
        if not _START.match(start) or not re.search(r'"list"\s*:\s*\[\s*["\]]', sample) or '"Event"' in sample:
            return 0
        return 90 if '"matching_attributes"' in sample else 85 if '"description"' in sample else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Each entry."""
        document = parse_json(file.whole(), file.name)
        entries = document.get("list") if isinstance(document, dict) else None
        name = document.get("name") if isinstance(document, dict) else None
        if not isinstance(entries, list) or not isinstance(name, str) or not name.strip():
            raise InputError("not a warninglist: no `name`, or no `list`", where=file.name)
        context.where = "header"
        for unknown in sorted(document.keys() - self.reads.keys() - self.ignores.keys()):
            context.warn("no such field in a warninglist", field=unknown[:100])
        if document.get("deprecated"):
            context.warn("the list is deprecated", field="deprecated")
        kind = document.get("type")
        if kind is None:
            context.warn("the list does not say its type; taken as string, as MISP does", field="type")
        try:
            self._declare(document, name.strip(), context)
        except (RecordError, ValidationError) as error:
            raise InputError(f"the name makes no sense: {str(error)[:200]}", where=file.name) from error
        self.header["type"] = "string" if kind is None else kind
        matched = document.get("matching_attributes")
        kinds = [str(one).rpartition("|")[2] for one in matched] if isinstance(matched, list) else []
        self.header["hashes"] = bool(kinds) and _HASHES.issuperset(kinds)
        dotted = 0
        for number, entry in enumerate(entries, 1):
            dotted += isinstance(entry, str) and entry.strip().startswith(".")
            yield Row(f"entry {number}", entry)
        if dotted:
            context.where = "whole file"
            context.warn(f"{dotted} names begin with a dot, for their subdomains; kept without it", field="list")

    def _declare(self, document: dict[str, Any], name: str, context: Context) -> None:
        description = document.get("description")
        made = Source(
            id=f"misp-warninglist-{slug(name)}", title=f"MISP warninglist: {name[:400]}", publisher="MISP project",
            kind="catalogue", url="https://github.com/MISP/misp-warninglists", licence="CC0-1.0 or BSD-2-Clause",
        )  # fmt: skip
        self.dataset = made.id
        version = document.get("version")
        if isinstance(version, int) and not isinstance(version, bool) and 0 <= version < 10**12:
            self.edition = f"{version:012}"  # so that 9 comes before 20240101
        else:
            context.warn("the version is no number", field="version", value=version)
        shown = description.strip() if isinstance(description, str) and description.strip() else name
        self.header = {
            "source_id": context.main_source or context.source(made), "dataset": made.id, "describes": self.describes,
            "label": shown[:1_000],
        }  # fmt: skip

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The infrastructure an entry names."""
        kind = self.header["type"]
        if not isinstance(kind, str) or kind not in TYPES:
            raise RecordError("no type of warninglist that is known", field="type", value=kind)
        if kind == "regex":
            raise RecordError("a regular expression names no single thing", field="list", value=raw)
        if self.header.get("hashes") and not (
            isinstance(raw, str) and re.fullmatch("[0-9A-Fa-f]{32,128}", raw.strip())
        ):
            raise RecordError("no hash that is kept", field="list", value=raw)
        value = raw.strip().removeprefix(".") if isinstance(raw, str) else raw
        node = read_indicator(value, context, types=TYPES[kind], field="list")
        if node.label != "Infrastructure":
            raise RecordError("no infrastructure", field="list", value=raw)
        yield node
        source = Ref(Source.label, self.header["source_id"])
        yield ListedBy(
            subject=node.ref, object=source, listing="shared", label=self.header["label"], source_id=source.id,
            dataset=self.header["dataset"], method="list", tlp=context.tlp,
        )  # fmt: skip
