"""Addresses from OFAC's lists, one list an asset: `sanctioned_addresses_ETH.txt` and `.json` of 0xB10C.

A script takes them out of sdn_advanced.xml every night (github:0xB10C/ofac-sanctioned-digital-currency-addresses).
The repository says it, and OFAC is what it goes by: LISTED_BY OFAC in the word of 0xB10C, whose list is
DERIVED_FROM OFAC's. Whose wallets they are the list does not say.

The asset stands in the name of the file and nowhere in it; where the name does not have it, the end of `--source`
is taken (`--source lists-ETH`). It is the asset, not the network: that is decided from each address.
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
from workbench.model.nodes import Source, Wallet

LISTS = Source(
    id="0xb10c-ofac-addresses",
    title="Sanctioned digital currency addresses, taken out of OFAC's SDN list",
    publisher="0xB10C",
    kind="researcher",
    url="https://github.com/0xB10C/ofac-sanctioned-digital-currency-addresses",
    licence="MIT",
)
_NAME = re.compile(r"sanctioned_addresses_([A-Za-z0-9]{2,10})\.(?:txt|json)(?:\.\w{2,4})?\Z", re.IGNORECASE)
_ASSET = re.compile(r"[-_: ]([A-Za-z0-9]{2,10})\Z")
_WORD = re.compile(r"[0-9A-Za-z:]{20,120}\Z")


class OfacAddressList(Format):
    """The addresses of one asset."""

    name = "ofac-address-list"
    title = "OFAC addresses of one asset (0xB10C, txt and json)"
    doc = "One address a line, or a JSON array of them; the asset is in the file's name."
    snapshot = True
    expected = Expected(min_rows=1, max_quarantined_share=0.5)
    reads = {
        "the file's name": "`asset` of LISTED_BY; the data set",
        "line or item": "a Wallet, on the network its address is of: LISTED_BY OFAC, sanctioned",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A list of words long enough for addresses in a file of that name."""
        if not _NAME.search(name):
            return 0
        words = [word for line in sample.splitlines() if (word := line.strip(" \t\r\n,\"'[]\ufeff"))]
        return 90 if words and all(_WORD.match(word) for word in words) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line, or every item of the array."""
        match = _NAME.search(file.name) or _ASSET.search(context.source_name or "")
        asset = match[1].upper() if match else None
        if asset is None:
            raise InputError(
                "nothing says which asset the list is for", where=file.name,
                hint="Keep the name sanctioned_addresses_ETH.txt, or say --source lists-ETH.",
            )  # fmt: skip
        self.dataset, self.edition = f"{LISTS.id}-{asset.lower()}", edition_of(file)
        self.header = {"dataset": self.dataset, "asset": asset}
        context.source(LISTS)
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
        """The wallet, that OFAC lists it, and whose word that is."""
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
        yield DerivedFrom(subject=LISTS.ref, object=OFAC.ref, source_id=LISTS.id, evidence=LISTS.url)
        yield ListedBy(
            subject=wallet.ref, object=OFAC.ref, source_id=LISTS.id, listing="sanctioned", asset=asset,
            method="list", dataset=self.header["dataset"], tlp=context.tlp, evidence=LISTS.url,
        )  # fmt: skip
