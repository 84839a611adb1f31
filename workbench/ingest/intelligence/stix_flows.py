"""Transactions of UTXO networks in STIX (`cryptocurrency-transaction`): inputs and outputs as ledger facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.intelligence import stix_objects as so
from workbench.model.ledger import Input, Output, transaction_hash, transaction_id
from workbench.model.networks import Network, network_named
from workbench.model.nodes import Ref, Transaction

_UTXO = frozenset(("bitcoin", "bitcoin-cash"))


def utxo_network(item: Mapping[str, Any]) -> Network | None:
    """The UTXO network whose own coin the transaction's symbol is, or None."""
    symbol = item.get("symbol")
    try:
        network = network_named(symbol) if isinstance(symbol, str) else None
    except RecordError:
        return None
    return network if network and network.family in _UTXO else None


def transaction(item: Mapping[str, Any], network: Network) -> Transaction:
    """The transaction; raises RecordError."""
    value = item.get("value") or item.get("hash")
    if not isinstance(value, str):
        raise RecordError("the transaction has no hash", field="value", value=value)
    hash_ = transaction_hash(value)
    block = str(item.get("block_id") or "")
    return Transaction(
        id=transaction_id(network.caip2, hash_), hash=hash_, network=network.name,
        time=so.time(item, "execution_time"),
        block=int(block) if block.isascii() and block.isdigit() and len(block) < 10 else None,
    )  # fmt: skip


def flows(
    item: Mapping[str, Any], made: Transaction, network: Network, refs: Mapping[str, list[list[str]]], context: Context
) -> Iterator[Input | Output]:
    """Its inputs and outputs. The lists are not in the ledger's order: a flow is told by its address, not its place."""
    for side in ("input", "output"):
        seen: dict[str, int] = {}
        ends = item.get(side) or []
        if not isinstance(ends, list):
            raise RecordError(f"{side} is not a list", field=side, value=ends)
        for position, end in enumerate(ends):
            ref = end.get("address_ref") if isinstance(end, dict) else None
            wallet = _wallet(ref, side, network, refs, context)
            if wallet is None:
                continue
            amount = _base_units(end.get("amount"), network.decimals, side)
            nth = seen[wallet.id] = seen.get(wallet.id, -1) + 1
            key = f"{made.id}/{side}:{wallet.id.rpartition(':')[2]}" + (f":{nth}" if nth else "")
            if side == "input":
                yield Input(wallet.id, made.id, key, str(amount), float(amount), position)
            else:
                yield Output(made.id, wallet.id, key, str(amount), float(amount), position)


def _wallet(
    ref: Any, side: str, network: Network, refs: Mapping[str, list[list[str]]], context: Context
) -> Ref | None:  # fmt: skip
    found = refs.get(ref) if isinstance(ref, str) else None
    if not found:
        context.drop(f"an {side} whose wallet is not in the bundle, or unreadable", field=side, value=ref)
        return None
    wallet = Ref(*found[0])
    if not wallet.id.startswith(f"{network.caip2}:"):
        context.drop(f"an {side} at an address that is not of {network.title}", field=side, value=wallet.id)
        return None
    return wallet


def _base_units(value: Any, decimals: int, field: str) -> int:
    """An amount in coins as a whole number of base units; raises RecordError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or len(str(value)) > 60:
        raise RecordError("not an amount", field=field, value=value)
    try:
        amount = Decimal(str(value)).scaleb(decimals)
    except InvalidOperation:
        raise RecordError("not an amount", field=field, value=value) from None
    if not amount.is_finite() or amount < 0 or amount != amount.to_integral_value() or amount > 10**30:
        raise RecordError("not an amount in whole base units", field=field, value=value)
    return int(amount)
