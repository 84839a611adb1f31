"""Transactions as bitcoin-etl exports them (https://github.com/blockchain-etl/bitcoin-etl): JSON lines or Parquet.

One row is a transaction of Bitcoin, Bitcoin Cash, Litecoin, Dogecoin, Dash or Zcash: a Transaction node, an
INPUT edge from each wallet whose output it spends, and an OUTPUT edge to each wallet it pays, in base units.
The files do not say their network: `--network` does, or the addresses decide, and either is told.

An input is complete where `enrich_transactions` was run; otherwise it is looked up among the outputs that stand
before it in the same file. Left out, each kind counted and told once: inputs that stay unknown, Zcash's
shielded pool, scripts without an address, and bare multisig (several addresses, and no one owner).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import chain as joined
from itertools import islice
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.ledgers.ledger_rows import LeftOut, Times, count, kept, whole
from workbench.ingest.ledgers.ledger_table import LedgerTable, sample_columns
from workbench.ingest.reading.files import SourceFile
from workbench.model.addresses import parse_address
from workbench.model.ledger import Input, Output, transaction_hash, transaction_id
from workbench.model.networks import NETWORKS, network_named
from workbench.model.nodes import Source, SourceMention, Transaction, Wallet

URL = "https://github.com/blockchain-etl/bitcoin-etl"
_OUTPUTS = 500_000
"""Outputs remembered for inputs that are not complete: bounds memory."""
_LOOKED_AT = 500
_TWICE = {
    "e3bf3d07d4b0375638d5f1db5255fe07ba2c4cb067cd81b84ee974b6585fb468",
    "d5d27987d2a3dfc724e359870c6644b40e497bdc0589a033220fe15429d88599",
}
"""The two coinbase transactions that stand in two blocks each (BIP 30)."""
_FLOW = {
    "index", "spent_transaction_hash", "spent_output_index", "script_asm", "script_hex", "sequence",
    "required_signatures", "type", "addresses", "value", "witness",
}  # fmt: skip
_UNKNOWN = (
    "an input whose wallet and amount are not given, and whose transaction does not stand before it in the file "
    "(bitcoin-etl's enrich_transactions fills them in)"
)


class BitcoinEtlTransactions(Format):
    """Transactions of a network of inputs and outputs."""

    name = "bitcoin-etl-transactions"
    title = "bitcoin-etl: transactions (JSON lines, Parquet)"
    reads = {
        "hash": "the transaction's id", "block_number": "the transaction's block",
        "block_timestamp": "the transaction's time",
        "inputs": "INPUT edges: index, spent_transaction_hash, spent_output_index, type, addresses, value",
        "outputs": "OUTPUT edges: index, type, addresses, value", "is_coinbase": "a coinbase has no inputs",
    }  # fmt: skip
    ignores = {
        "size": "nothing moves by it", "virtual_size": "nothing moves by it", "version": "nothing moves by it",
        "lock_time": "when it could be mined; block_timestamp says when it was", "block_hash": "follows from the block",
        "block_timestamp_month": "the same as block_timestamp", "index": "its place within the block",
        "input_count": "counted from the inputs", "output_count": "counted from the outputs",
        "input_value": "summed from the inputs; 0 where not complete", "output_value": "summed from the outputs",
        "fee": "inputs less outputs; negative where inputs are not complete", "type": "the kind of the streamed item",
        "item_id": "follows from the hash", "item_timestamp": "the same as block_timestamp", "hex": "the whole again",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._times = Times()
        self._wallets: dict[str, Wallet] = {}
        self._outputs: dict[str, tuple[Wallet, str]] | None = {}
        self._left = LeftOut()
        self._odd: set[str] = set()
        self._fed_back = True

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Inputs, outputs and a block."""
        return 94 if {"hash", "inputs", "outputs", "block_number"} <= sample_columns(sample, cls.reads) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every transaction as an object."""
        rows = _objects(LedgerTable(file, {}))
        first = list(islice(rows, _LOOKED_AT))
        if not first:
            raise InputError("no rows in it", where=file.name)
        self.header = {"network": self._network(first, file, context)}
        self._declare(context)
        self._fed_back = False
        yield from joined(first, rows)
        self._left.tell(context)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The transaction, its wallets, and what flows between them."""
        if not isinstance(raw, dict):
            raise RecordError("not a JSON object", value=raw)
        self._tell_unknown(raw, _KNOWN, context)
        caip2 = NETWORKS[self.header["network"]].caip2
        tx_hash = transaction_hash(str(raw.get("hash")))
        id_ = transaction_id(caip2, tx_hash)
        ms = self._time(raw.get("block_timestamp"), context)
        node = Transaction(
            id=id_, hash=tx_hash, network=self.header["network"], time=datetime.fromtimestamp(ms / 1000, UTC),
            block=count(raw.get("block_number"), "block_number"),
        )  # fmt: skip
        made: list[Record] = [node]
        left: list[str] = []
        for item, position in _items(raw, "inputs"):
            self._tell_unknown(item, _FLOW, context)
            if item.get("addresses"):
                self._outputs = None  # the file is complete: nothing needs to be looked up
            found = self._owned(item, left, context) if _complete(item) else self._looked_up(item, left)
            if found:
                flow = Input(
                    found[0].id, id_, f"{id_}/in:{position}", found[1], float(found[1]), position,
                    _spent_output(item, caip2),
                )  # fmt: skip
                made += (found[0], flow)
        for item, position in _items(raw, "outputs"):
            self._tell_unknown(item, _FLOW, context)
            if found := self._owned(item, left, context):
                made += (
                    found[0],
                    Output(id_, found[0].id, f"{id_}/out:{position}", found[1], float(found[1]), position),
                )
                self._remember(f"{tx_hash}:{position}", found)
        if len(made) == 1:
            raise RecordError(f"nothing of it can be kept: {'; '.join(dict.fromkeys(left)) or 'no inputs or outputs'}")
        if tx_hash in _TWICE:
            context.warn("this coinbase transaction stands in two blocks (BIP 30); it is one here", value=tx_hash)
        for reason in left:
            if self._fed_back:
                context.drop(reason)
            else:
                self._left.add(reason, context.where)
        return made

    def _owned(self, item: dict[str, Any], left: list[str], context: Context) -> tuple[Wallet, str] | None:
        """The one wallet of an input or output, and the amount; None, with a reason in `left`, where there is none."""
        addresses, kind = item.get("addresses") or [], item.get("type")
        if not isinstance(addresses, list) or (addresses and not all(isinstance(text, str) for text in addresses)):
            raise RecordError("not a list of addresses", field="addresses", value=addresses)
        if kind == "shielded":
            left.append("value in or out of Zcash's shielded pool, which has no address")
        elif len(addresses) > 1:
            left.append("a bare multisig of several addresses, which is no one wallet's")
        elif not addresses or kind in ("nonstandard", "nulldata") or addresses[0].startswith("nonstandard"):
            left.append("a script without an address (data, or of no standard form)")
        else:
            return self._wallet(addresses[0], context), whole(item.get("value"), "value")
        return None

    def _looked_up(self, item: dict[str, Any], left: list[str]) -> tuple[Wallet, str] | None:
        """The output that an input spends, where it stood before it in the file."""
        spent = f"{item.get('spent_transaction_hash')}:{item.get('spent_output_index')}"
        found = self._outputs.pop(spent, None) if self._outputs else None
        if found is None:
            left.append(_UNKNOWN)
        return found

    def _remember(self, key: str, output: tuple[Wallet, str]) -> None:
        if self._outputs is None:
            return
        if len(self._outputs) >= _OUTPUTS:
            del self._outputs[next(iter(self._outputs))]
        self._outputs[key] = output

    def _wallet(self, text: str, context: Context) -> Wallet:
        if found := self._wallets.get(text):
            return found
        address = parse_address(text, self.header["network"])
        for warning in address.warnings:
            context.warn(warning, field="addresses", value=text)
        return kept(self._wallets, text, Wallet.at(address))

    def _time(self, text: Any, context: Context) -> int:
        if not isinstance(text, str):
            raise RecordError("no time", field="block_timestamp", value=text)
        return self._times.known.get(text) or self._times.checked(text, context, "block_timestamp")

    def _network(self, rows: list[Row], file: SourceFile, context: Context) -> str:
        """What the user says, else what the addresses of the first rows can all be on."""
        context.where = "whole file"
        if context.network:
            network = network_named(context.network)
            if network.family not in ("bitcoin", "bitcoin-cash"):
                raise InputError(f"inputs and outputs, which {network.title} does not have", where=file.name)
            return network.name
        from workbench.model.address_checks import networks_of

        addresses = list(dict.fromkeys(address for row in rows for address in _addresses(row.raw)))[:_LOOKED_AT]
        fits = [names for address in addresses if (names := networks_of(address))]
        shared = [name for name in (fits[0] if fits else ()) if all(name in names for names in fits)]
        if not shared:
            what = "addresses of several networks" if fits else "no address that a known main network accepts"
            raise InputError(what, where=file.name, hint="Say the network with --network btc, bch, doge, …")
        title = NETWORKS[shared[0]].title
        told = (
            f"its addresses are of {title}" if len(shared) == 1 else f"valid on {', '.join(shared)}: taken as {title}"
        )
        context.warn(f"it does not say its network; {told} (--network says another)")
        return shared[0]

    def _declare(self, context: Context) -> None:
        if context.source_name:
            context.source(SourceMention.of(context.source_name))
            return
        title = "Ledger of a Bitcoin-like network, exported with bitcoin-etl"
        context.source(Source(id="bitcoin-etl", title=title, publisher="not stated", kind="catalogue", url=URL))

    def _tell_unknown(self, raw: dict[str, Any], known: set[str], context: Context) -> None:
        if raw.keys() <= known:
            return
        for name in sorted(map(str, raw.keys() - known - self._odd)):
            self._odd.add(name)
            context.warn("the field is not known and was not read", field=name)


_KNOWN = {*BitcoinEtlTransactions.reads, *BitcoinEtlTransactions.ignores}


def _objects(table: LedgerTable) -> Iterator[Row]:
    for where, raw in table.rows():
        fits = isinstance(raw, list) and len(raw) == len(table.columns)
        yield Row(where, dict(zip(table.columns, raw, strict=True)) if fits else raw)


def _items(raw: dict[str, Any], name: str) -> Iterator[tuple[dict[str, Any], int]]:
    items = raw.get(name) or []
    if not isinstance(items, list):
        raise RecordError("not a list", field=name, value=items)
    seen: set[int] = set()
    for number, item in enumerate(items):
        if not isinstance(item, dict):
            raise RecordError("not an object", field=name, value=item)
        place = count(item.get("index"), "index")
        place = number if place is None else place
        if place in seen:
            raise RecordError(f"two {name} with the same index", field=name, value=place)
        seen.add(place)
        yield item, place


def _complete(item: dict[str, Any]) -> bool:
    """Whether an input says whose it was: not, where bitcoin-etl left the spent output out."""
    return bool(item.get("addresses")) or item.get("value") is not None


def _addresses(raw: Any) -> Iterator[str]:
    for name in ("outputs", "inputs"):
        items = raw.get(name) if isinstance(raw, dict) else None
        for item in items if isinstance(items, list) else ():
            found = item.get("addresses") if isinstance(item, dict) else None
            if isinstance(found, list) and len(found) == 1 and isinstance(found[0], str):
                yield found[0]


def _spent_output(item: dict[str, Any], caip2: str) -> str | None:
    """The id of the output that an input spends; None where it does not say."""
    index = item.get("spent_output_index")
    if not isinstance(item.get("spent_transaction_hash"), str) or index is None:
        return None
    spent = transaction_id(caip2, transaction_hash(item["spent_transaction_hash"]))
    return f"{spent}/out:{count(index, 'spent_output_index')}"
