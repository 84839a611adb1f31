"""Addresses from OFAC's lists, one list an asset: `sanctioned_addresses_ETH.txt` and `.json` of 0xB10C.

A script takes them out of sdn_advanced.xml every night (github:0xB10C/ofac-sanctioned-digital-currency-addresses).
The repository says it, and OFAC is what it goes by: LISTED_BY OFAC in the word of 0xB10C, whose list is
DERIVED_FROM OFAC's. Whose wallets they are the list does not say. The text and the JSON of one asset are two data
sets: one of them may be older, and an older file that is shorter is no delisting.

The asset stands in the name of the file and nowhere in it. It is the asset, not the network: that is decided from
each address. Where `--source` names somebody, that is who says it. A file of another name says neither which asset it
is for nor that OFAC lists anything: it is read only with `--source`, whose tags its addresses then are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.reading.dated import edition_of
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.reading.tables import cell_text, is_json
from workbench.ingest.sanctions.ofac import OFAC
from workbench.model.addresses import parse_asset_address
from workbench.model.claims import DerivedFrom, ListedBy
from workbench.model.nodes import Ref, Source, SourceMention, Wallet

LISTS = Source(
    id="0xb10c-ofac-addresses",
    title="Sanctioned digital currency addresses, taken out of OFAC's SDN list",
    publisher="0xB10C",
    kind="researcher",
    url="https://github.com/0xB10C/ofac-sanctioned-digital-currency-addresses",
    licence="MIT",
)
_NAME = re.compile(r"sanctioned_addresses_([A-Za-z0-9]{2,10})\.(?:txt|json)(?:\.\w{2,4})?\Z", re.IGNORECASE)
_AROUND = re.compile(r"[\s,\"'\[\]\ufeff]+")
_WORD = re.compile(r"[0-9A-Za-z:]{20,120}\Z")


class OfacAddressList(Format):
    """The addresses of one asset."""

    name = "ofac-address-list"
    title = "OFAC addresses of one asset (0xB10C, txt and json)"
    doc = "One address a line, or a JSON array of them; the asset is in the file's name."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.5)
    reads = {
        "the file's name": "`asset` of LISTED_BY; the data set, with whether it is text or JSON",
        "line or item": "a Wallet, on the network its address is of: LISTED_BY OFAC, sanctioned; in a file of another "
        "name LISTED_BY the source named with --source, tagged",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A list of words long enough for addresses in a file of that name."""
        if not _NAME.search(name):
            return 0
        words = [word for word in _AROUND.split(sample) if word]
        return 90 if words and all(_WORD.match(word) for word in words) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line, or every item of the array."""
        match, source = _NAME.search(file.name), _speaker(context)
        if match:
            asset, form = match[1].upper(), "json" if is_json(file) else "txt"
            self.dataset, self.edition = f"{source.id}-{asset.lower()}-{form}", edition_of(file)
            self.header = {"source": source.id, "ofac": True, "asset": asset, "dataset": self.dataset}
        elif context.source_name:
            self.header = {"source": source.id, "ofac": False, "asset": None, "dataset": None}
            context.where = "whole file"
            context.warn("the file's name is not that of OFAC's addresses of an asset: tagged, with no asset, by the "
                         "source that --source names; nothing is retracted", value=file.name)  # fmt: skip
        else:
            raise InputError(
                "nothing says which asset the list is for, or whose list it is", where=file.name,
                hint="Keep the name sanctioned_addresses_ETH.txt, or say with --source whose list it is.",
            )  # fmt: skip
        context.source(source)
        if match:
            context.source(OFAC)
        if is_json(file):
            found = parse_json(file.whole().lstrip("\ufeff"), file.name)
            if not isinstance(found, list):
                raise InputError("not an array of addresses", where=file.name)
            for number, item in enumerate(found, 1):
                yield Row(f"item {number}", item if isinstance(item, str) else json.dumps(item))
            return
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield Row(f"line {number}", line.rstrip("\r\n"))

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The wallet, who lists it (OFAC, or the source itself), and whose word that is."""
        if not isinstance(raw, str):
            raise RecordError("not an address", value=raw)
        text, asset = cell_text(raw, "address"), self.header["asset"]
        if text != raw:
            context.warn("blanks around the address were taken off", field="address", value=raw)
        address = parse_asset_address(text, asset)
        for warning in address.warnings:
            context.warn(warning, field="address", value=text)
        wallet = Wallet.at(address)
        yield wallet
        source = Ref(Source.label, self.header["source"])
        url = LISTS.url if source == LISTS.ref else None
        if self.header["ofac"]:
            yield DerivedFrom(subject=source, object=OFAC.ref, source_id=source.id, evidence=url)
        yield ListedBy(
            subject=wallet.ref, object=OFAC.ref if self.header["ofac"] else source, source_id=source.id,
            listing="sanctioned" if self.header["ofac"] else "tagged", asset=asset, method="list",
            dataset=self.header["dataset"], tlp=context.tlp, evidence=url,
        )  # fmt: skip


def _speaker(context: Context) -> Source:
    """Whoever `--source` names; 0xB10C where nobody is named."""
    if not context.source_name:
        return LISTS
    named = SourceMention.of(context.source_name)
    return LISTS if named.id == LISTS.id else named
