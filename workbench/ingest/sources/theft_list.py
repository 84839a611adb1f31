"""A list of addresses that were stolen from: `TRX TXDSr5… $7,951,048`, one a line.

Such lists name the *victims'* own addresses: they are never the thief's. With a line `# incident: id Name` above,
each becomes INVOLVES as *victim*; without one the incident is not said, and the address is only LISTED_BY the
list as tagged with what it lost. The source is `# source: …` or `--source`.
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
from workbench.model.nodes import Incident, SourceMention, Wallet

_LINE = re.compile(r"([A-Za-z]{2,8})[\s,;]+(\S{25,120})[\s,;]+~?(\$\s?[\d,.]+\s*[kKmMbB]?)\s*\Z")
_HEAD = re.compile(r"#\s*(source|incident)\s*:\s+(.*)\Z", re.IGNORECASE)


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
        """Every line an asset, an address and an amount in dollars."""
        lines = [line.strip() for line in sample.splitlines() if line.strip() and not line.startswith("#")]
        lines = lines[:-1] if len(sample) > 60_000 else lines
        fits = sum(_LINE.match(line) is not None for line in lines)
        return 75 if lines and fits >= 0.9 * len(lines) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line that is no remark."""
        head = {"source": context.source_name or "", "incident": ""}
        settled = False
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip("\ufeff \t\r\n")
                if match := _HEAD.match(text):
                    head[match[1].lower()] = match[2].strip()
                if not text or text.startswith("#"):
                    continue
                if not settled:
                    settled = True
                    self.header = head
                    if head["source"]:
                        self.header["source_id"] = context.source(SourceMention.of(head["source"]))
                    if not head["incident"]:
                        context.where = "whole file"
                        context.warn(
                            "no incident is named (# incident: id Name): kept as tags of victims", field="incident"
                        )
                yield Row(f"line {number}", text)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The victim's address, and what the list says it lost."""
        text = cell_text(raw, "line") if isinstance(raw, str) else ""
        match = _LINE.match(text)
        if match is None:
            raise RecordError("not an asset, an address and a loss in dollars", field="line", value=raw)
        if not self.header.get("source_id"):
            raise RecordError("nobody is named as the source of the list", field="source", value="")
        if dollars_in(match[3]) is None:
            raise RecordError("not an amount in dollars", field="loss", value=match[3])
        address = parse_asset_address(match[2], match[1])
        for warning in address.warnings:
            context.warn(warning, field="address", value=match[2])
        wallet, source = Wallet.at(address), context.sources[self.header["source_id"]].ref
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
        if self.header["incident"]:
            id_, _, name = self.header["incident"].partition(" ")
            incident = Incident(id=checked_id(id_, "incident"), name=name.strip() or id_)
            yield incident
            yield Named(subject=source, object=incident.ref, name=incident.name, **says)
            yield Involves(subject=incident.ref, object=wallet.ref, role="victim", **says)
