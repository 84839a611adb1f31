"""The hand-verified laundering flows of the MFTracer ground truth (LaunderNetEvm41).

`mftracer`: one row is one transfer on Ethereum whose dollar value was verified; the asset is not given, so it
is `iso4217:USD` in millionths. Labels become names; one that names a service also says that the service
controls the address; one that names the victim or thief of the incident says that too. Who passes illicit
money on and is neither is `laundering`.

`mftracer-addresses`: the lists of source and terminal addresses. They do not say which incident they belong
to: their folder's name does.

Source: https://github.com/AnonymousMFTracer/dataset (every address and edge is "manually verified").
Only illicit transfers are listed: recall can be measured on them, precision cannot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.lists.mftracer_labels import role_in_incident, service_of
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import header_of, row_cells, rows_by_column
from workbench.ingest.sources.address_list import AddressList, sample_addresses
from workbench.model.addresses import parse_address
from workbench.model.amounts import USD_ASSET, USD_DECIMALS, base_units, parse_amount
from workbench.model.claims import Claim, Controls, Involves, Named
from workbench.model.ledger import Transfer, time_ms, transaction_hash, transfer_id
from workbench.model.networks import NETWORKS
from workbench.model.nodes import Incident, Node, Ref, Source, SourceMention, Wallet, incident_id
from workbench.model.times import parse_time

CONFIDENCE = 70
"""GraphSense's level for a forensic investigation; the data set itself gives none."""
METHOD = "manually verified"
SOURCE = Source(
    id="mftracer-dataset", title="Ground truth of “Shedding Light on Shadows” (MFTracer, LaunderNetEvm41)",
    publisher="AnonymousMFTracer", kind="academic", url="https://github.com/AnonymousMFTracer/dataset", licence="MIT",
)  # fmt: skip
_COLUMNS = ("timestamp", "block", "tx_hash", "from", "from_label", "to", "to_label", "value_in_usd")
_INCIDENTS = {
    "atomic": ("Atomic Wallet", 2023), "lifi": ("LI.FI", 2024), "hb": ("Harmony Horizon Bridge", 2022),
    "txphish": ("TxPhish", 2024), "xscam": ("XScam", 2022), "xsam": ("XScam", 2022),
}  # fmt: skip
"""The data set's folders: the incident, and the year of the theft."""
_LIST = re.compile(r"(source|terminal)[ _]addresses")
_MICRO = Decimal(1).scaleb(-USD_DECIMALS)


class MfTracer(Format):
    """Verified illicit transfers of one incident."""

    name = "mftracer"
    title = "MFTracer ground truth: transfers (CSV)"
    doc = "One row: a verified illicit transfer with the labels of both ends and its value in US dollars."
    describes = SOURCE.id

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its header."""
        return 96 if set(_COLUMNS) <= set(header_of(sample, _COLUMNS)) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column, with its `ordinal` where a transaction moves value between the same two twice.

        It follows from the amounts, not from the order of the rows; rows that say the same have the same one.
        """
        self.header = {"source_id": _declare(context), "incident": _incident(file)}
        amounts: dict[tuple[str, ...], set[str]] = {}
        for row in rows_by_column(file, _COLUMNS):
            if isinstance(row.raw, dict):
                amounts.setdefault(_ends(row.raw), set()).add(row.raw["value_in_usd"])
        if self.header["incident"] is None:
            context.where = "whole file"
            context.warn("which incident this is cannot be told from the file's name; nobody's part in one is claimed")
        rivals = {ends: sorted(found) for ends, found in amounts.items() if len(found) > 1}
        for row in rows_by_column(file, _COLUMNS):
            if isinstance(row.raw, dict) and (found := rivals.get(_ends(row.raw))):
                yield Row(row.where, {**row.raw, "ordinal": str(found.index(row.raw["value_in_usd"]))})
            else:
                yield row

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The transfer, and what the labels of its ends say."""
        cells = row_cells(raw)
        start, end = (Wallet.at(parse_address(cells[side], "eth")) for side in ("from", "to"))
        amount = _dollars(cells["value_in_usd"], context)
        index = f"{start.address}>{end.address}"
        if (ordinal := cells.get("ordinal", "0")) != "0":
            index += f"#{ordinal}"
        caip2 = NETWORKS["eth"].caip2
        yield Transfer(
            start.id, end.id, transfer_id(caip2, transaction_hash(cells["tx_hash"]), index), USD_ASSET,
            str(base_units(amount, USD_DECIMALS)), float(amount.scaleb(USD_DECIMALS)), float(amount),
            time_ms(parse_time(cells["timestamp"], field="timestamp")), _block(cells["block"]), None,
        )  # fmt: skip
        yield from self._labelled(start, cells["from_label"], sends=True, context=context)
        yield from self._labelled(end, cells["to_label"], sends=False, context=context)

    def _labelled(self, wallet: Wallet, label: str, *, sends: bool, context: Context) -> Iterator[Node | Claim]:
        says = _says(self.header["source_id"], context)
        service = service_of(label) if label else None
        if label:
            yield wallet
            source = Ref(Source.label, self.header["source_id"])
            concept = service[0].concept if service else None
            yield Named(subject=source, object=wallet.ref, name=label, kind="label", concept=concept, **says)
        if service:
            yield service[0]
            yield Controls(subject=service[0].ref, object=wallet.ref, role=service[1], **says)
            return
        role = role_in_incident(label) or ("laundering" if sends else None)
        if role and self.header["incident"]:
            incident = Incident(**self.header["incident"])
            yield wallet
            yield incident
            yield Involves.model_validate({"subject": incident.ref, "object": wallet.ref, "role": role, **says})


class MfTracerAddresses(AddressList):
    """Where the traced money of one incident begins, or where it ends."""

    name = "mftracer-addresses"
    title = "MFTracer ground truth: source or terminal addresses"
    doc = "One address a line; the file's name says which list it is, its folder which incident."
    describes = SOURCE.id

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its name, and nothing but addresses in it."""
        words = sample_addresses(sample)
        plain = bool(words) and all(re.fullmatch(r"0x[0-9a-fA-F]{40}", word) for word in words)
        return 90 if plain and _LIST.match(name.lower()) and "#" not in sample else 0

    def given(self, file: SourceFile) -> dict[str, Any]:
        """The data set, the incident of the folder, the role of the list."""
        incident, kind = _incident(file), _LIST.match(file.name.lower())
        if incident is None or kind is None:
            raise InputError(
                "which incident, and whether source or terminal addresses, cannot be told", where=str(file.path),
                hint=f"Name it source_addresses.csv or terminal_addresses.csv in a folder {', '.join(_INCIDENTS)}.",
            )  # fmt: skip
        return {
            "source": SOURCE.id, "title": SOURCE.title, "publisher": SOURCE.publisher, "kind": SOURCE.kind,
            "url": SOURCE.url, "licence": SOURCE.licence, "network": "eth", "listing": "tagged",
            "label": f"{kind[1]} address", "role": kind[1], "incident": [f"{incident['id']} {incident['name']}"],
            "confidence": CONFIDENCE, "method": METHOD,
        }  # fmt: skip


def _declare(context: Context) -> str:
    if context.source_name is None:
        return context.source(SOURCE)
    known = context.sources.get(context.source_name)
    return known.id if known else context.source(SourceMention.of(context.source_name))


def _says(source_id: str, context: Context) -> dict[str, Any]:
    return {
        "source_id": source_id, "confidence": CONFIDENCE, "method": METHOD, "tlp": context.tlp, "evidence": SOURCE.url,
    }  # fmt: skip


def _incident(file: SourceFile) -> dict[str, str] | None:
    """The incident that the file's or its folder's name stands for."""
    for name in (file.name.split(".")[0], file.path.resolve().parent.name):
        if found := _INCIDENTS.get(name.lower()):
            return {"id": incident_id(*found), "name": found[0]}
    return None


def _ends(raw: dict[str, str]) -> tuple[str, ...]:
    return tuple(raw[name].strip().lower() for name in ("tx_hash", "from", "to"))


def _dollars(text: str, context: Context) -> Decimal:
    amount = parse_amount(text, field="value_in_usd")
    rounded = amount.quantize(_MICRO, ROUND_HALF_EVEN) if amount < 10**15 else amount
    if rounded != amount:
        context.warn("more than six decimals: rounded to a millionth of a dollar", field="value_in_usd", value=text)
    if rounded >= 10**12:
        raise RecordError("more than a trillion dollars", field="value_in_usd", value=text)
    return rounded


def _block(text: str) -> int | None:
    if text and not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise RecordError("not a block number", field="block", value=text)
    return int(text) if text else None
