"""A list of addresses that were stolen from: `TRX TXDSr5… $7,951,048`, one a line.

Such lists name the *victims'* own addresses: they are never the thief's. With a line `# incident: id Name` above,
each becomes INVOLVES as *victim*; without one the incident is not said, and the address is only LISTED_BY the
list as tagged with what it lost. The source is `# source: …` or `--source`. Either line holds for the rows after
it, until the next of its kind.

A list of a thief's addresses looks the same. A list is therefore only recognised by itself where its remarks speak
of an incident, of victims or of a theft, and of no thief; for any other `--as theft-list` has to say what it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars_in
from workbench.ingest.reading.cells import checked_id
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import cell_text
from workbench.model.addresses import parse_asset_address
from workbench.model.claims import Involves, ListedBy, Named
from workbench.model.nodes import Incident, Ref, Source, SourceMention, Wallet

_LINE = re.compile(r"([A-Za-z]{2,8})[\s,;]+(\S{25,120})[\s,;]+~?(\$\s?[\d,.]+\s*[kKmMbB]?)\s*\Z")
_HEAD = re.compile(r"#\s*(source|incident)\s*:\s+(.*)\Z", re.IGNORECASE)
_OF_VICTIMS = re.compile(r"#\s*incident\s*:|\bvictims?\b|\bstolen from\b|\bthefts?\b", re.IGNORECASE)
_OF_A_THIEF = re.compile(
    r"thie[fv]|attacker|exploiter|hacker|drainer|perpetrator|culprit|launder", re.IGNORECASE
)  # fmt: skip


class TheftList(Format):
    """Addresses of victims with what each lost."""

    name = "theft-list"
    title = "List of victims' addresses with their losses (text)"
    doc = "One line: asset or chain, address, loss in dollars. The addresses are the victims'."
    reads = {
        "asset": "LISTED_BY.asset; the network is decided from the address", "address": "Wallet, the victim's",
        "loss": "label of LISTED_BY", "# incident: id Name": "INVOLVES as victim", "# source:": "who says so",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Every line an asset, an address and an amount in dollars, and remarks that say they are victims'."""
        remarks = [line for line in sample.lstrip("\ufeff").splitlines() if line.startswith("#")]
        said = [line for line in remarks if not line[1:].lstrip().lower().startswith("source")]
        if _OF_A_THIEF.search("\n".join((*remarks, name))) or not _OF_VICTIMS.search("\n".join(said)):
            return 0
        lines = [line.strip() for line in sample.splitlines() if line.strip() and not line.startswith("#")]
        lines = lines[:-1] if len(sample) > 60_000 else lines
        fits = sum(_LINE.match(line) is not None for line in lines)
        return 75 if lines and fits >= 0.9 * len(lines) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line that is no remark."""
        head = {"source": context.source_name or "", "incident": ""}
        told = False
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip("\ufeff \t\r\n")
                if match := _HEAD.match(text):
                    head[match[1].lower()] = match[2].strip()
                if not text or text.startswith("#"):
                    continue
                if head["source"]:
                    context.source(SourceMention.of(head["source"]))
                if not head["incident"] and not told:
                    told = True
                    context.where = "whole file"
                    context.warn(
                        "no incident is named (# incident: id Name): kept as tags of victims", field="incident"
                    )
                yield Row(f"line {number}", {**head, "line": text})

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The victim's address, and what the list says it lost."""
        if not isinstance(raw, dict) or not isinstance(line := raw.get("line"), str):
            raise RecordError("not a line of this list", field="line", value=raw)
        match = _LINE.match(cell_text(line, "line"))
        if match is None:
            raise RecordError("not an asset, an address and a loss in dollars", field="line", value=line)
        name, said = raw.get("source") or context.source_name, raw.get("incident")
        if not isinstance(name, str) or not name:
            raise RecordError("nobody is named as the source of the list", field="source", value="")
        if dollars_in(match[3]) is None:
            raise RecordError("not an amount in dollars", field="loss", value=match[3])
        address = parse_asset_address(match[2], match[1])
        for warning in address.warnings:
            context.warn(warning, field="address", value=match[2])
        source_id = name if name in context.sources else context.source(SourceMention.of(name))
        wallet, source = Wallet.at(address), Ref(Source.label, source_id)
        says: dict[str, Any] = {"source_id": source.id, "tlp": context.tlp, "method": "list"}
        yield wallet
        yield ListedBy(
            subject=wallet.ref,
            object=source,
            listing="tagged",
            label=f"victim, lost {match[3]}",
            asset=match[1],
            **says,
        )
        if isinstance(said, str) and said:
            id_, _, title = said.partition(" ")
            incident = Incident(id=checked_id(id_, "incident"), name=title.strip() or id_)
            yield incident
            yield Named(subject=source, object=incident.ref, name=incident.name, **says)
            yield Involves(subject=incident.ref, object=wallet.ref, role="victim", **says)
