"""What ledger formats share: whatever repeats in a ledger (networks, wallets, assets, times) is checked once.

Ledgers come in millions of rows. A format asks a memory first (`chain.wallets.get(cell) or chain.wallet(cell, …)`)
and comes here, to the careful checks, only for what it has not met before. Memories are bounded.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, TypeVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.reading.tables import cell_text
from workbench.model.addresses import parse_address
from workbench.model.amounts import MAX_DIGITS, USD_ASSET, base_units, parse_amount
from workbench.model.ledger import native_asset, time_ms, token_asset, transaction_hash
from workbench.model.networks import BY_CAIP2, Network
from workbench.model.times import parse_time, utc_now

REMEMBERED = 500_000
"""Values of one kind kept as checked: bounds memory, whatever the file's size."""
UTXO = ("bitcoin", "bitcoin-cash", "monero")
"""Families of networks on which a transaction has inputs and outputs, and no one sender."""
FIRST_MS = 1_230_940_800_000
"""3 January 2009: no ledger is older than the first block of Bitcoin."""
_ASSET = re.compile(r"[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,64}/[-a-z0-9]{3,8}:[-.%a-zA-Z0-9]{1,128}")
_ZERO = re.compile(r"0+(?:\.0*)?(?:[eE][+-]?\d+)?|0x0+")
_SIGNATURE = re.compile(r"[1-9A-HJ-NP-Za-km-z]{80,90}")
_V = TypeVar("_V")


def kept(memory: dict[Any, _V], key: Any, value: _V) -> _V:
    """Remember `value` as checked; a full memory starts anew."""
    if len(memory) >= REMEMBERED:
        memory.clear()
    memory[key] = value
    return value


def trimmed(text: Any, field: str, context: Context | None) -> str:
    """A cell that was not seen before, trimmed, which is told; raises RecordError for what is no cell."""
    clean = cell_text(text, field)
    if context and isinstance(text, str) and clean != text:
        context.warn("blanks around the cell were trimmed", field=field, value=text)
    return clean


class Chain:
    """What was checked on one network so far."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.prefix = f"{network.caip2}/tx:"
        self.native = native_asset(network.caip2)
        self.hexadecimal = network.family != "solana"
        self.wallets: dict[Any, str] = {}
        self.assets: dict[Any, str] = {}
        self.tokens: dict[Any, str] = {}

    def wallet(self, text: Any, context: Context, field: str = "address") -> str:
        """The id of the wallet of an address; raises RecordError."""
        address = parse_address(trimmed(text, field, context), self.network.name)
        for warning in address.warnings:
            context.warn(warning, field=field, value=text)
        return kept(self.wallets, text, address.id)

    def asset(self, text: Any, context: Context | None) -> str:
        """The id of an asset: native, a contract, a CAIP-19 id, or iso4217:USD; raises RecordError."""
        asset = trimmed(text, "asset", context)
        caip2 = self.network.caip2
        if asset.lower() == "native":
            return kept(self.assets, text, self.native)
        if asset == USD_ASSET or (asset.startswith(f"{caip2}/") and _ASSET.fullmatch(asset)):
            evm_token = self.network.family == "evm" and ":0x" in asset
            return kept(self.assets, text, asset.lower() if evm_token else asset)
        if asset.partition("/")[0] in BY_CAIP2:
            raise RecordError("an asset of another network", field="asset", value=asset)
        try:
            contract = parse_address(asset, self.network.name).text
        except RecordError:
            reason = "neither native, nor a contract, nor a CAIP-19 id (a token is its contract, not its symbol)"
            raise RecordError(reason, field="asset", value=asset) from None
        evm_token = asset[:2].lower() in ("0x", "\\x")
        return kept(self.assets, text, token_asset(caip2, contract) if evm_token else f"{caip2}/token:{contract}")

    def token(self, text: Any, context: Context, field: str = "token_address") -> str:
        """The id of the token of a contract, which is named by its address alone; raises RecordError."""
        address = parse_address(trimmed(text, field, context), self.network.name)
        for warning in address.warnings:
            context.warn(warning, field=field, value=text)
        return kept(self.tokens, text, token_asset(self.network.caip2, address.text))

    def hash(self, text: Any) -> str:
        """A transaction's hash, or its signature; raises RecordError."""
        raw = cell_text(text, "tx_hash")
        if self.hexadecimal:
            return transaction_hash(raw)
        if not _SIGNATURE.fullmatch(raw):
            raise RecordError("not a transaction signature (80 to 90 base58 letters)", field="tx_hash", value=raw)
        return raw


class Times:
    """Times of blocks as they are written, and what they are in milliseconds."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}
        self._last_ms = time_ms(utc_now() + timedelta(days=1))

    def checked(self, text: Any, context: Context | None, field: str = "time") -> int:
        """A time that was not seen before; raises RecordError for one before the first ledger, or in the future."""
        time = trimmed(text, field, context) if type(text) is not str or len(text) != 20 else text
        try:  # quickly where it ends in Z; without an offset, fromisoformat alone would mean local time
            ms = time_ms(datetime.fromisoformat(time) if time[-1:] == "Z" else parse_time(time, field=field))
        except (ValueError, OverflowError):
            raise RecordError("not a time (write 2023-06-02T21:49:23Z)", field=field, value=time) from None
        if not FIRST_MS <= ms <= self._last_ms:
            raise RecordError("before the first ledger, or in the future", field=field, value=time)
        return kept(self.known, text, ms)


class LeftOut:
    """What of a file is left out, counted by its reason and told once for each."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[str, int]] = {}

    def add(self, reason: str, where: str) -> None:
        """Count one more."""
        first, number = self._found.get(reason, (where, 0))
        self._found[reason] = first, number + 1

    def tell(self, context: Context, of: str = "") -> None:
        """Tell all, at the end of the file; `of` is what they are a part of (" of 10 rows")."""
        context.where = "whole file"
        for reason, (first, number) in self._found.items():
            context.drop(f"{number:,}{of} left out: {reason} (the first: {first})")


def whole(text: Any, field: str = "amount") -> str:
    """An amount in base units as its digits; raises RecordError for anything but a whole number."""
    if digits(text) and text[0] != "0":
        return str(text)
    raw = _one(text, field)
    if not raw:
        raise RecordError("the amount is empty", field=field, value="")
    try:
        return str(base_units(parse_amount(raw, field=field), 0))
    except RecordError as error:
        reason = f"{error.what} (base units such as wei are whole)" if "decimal" in error.what else error.what
        raise RecordError(reason, field=field, value=raw) from None


def digits(text: Any) -> bool:
    """Whether a cell is a whole number in the digits 0 to 9 that a ledger can hold: the quick way past `whole`."""
    return type(text) is str and text.isdecimal() and text.isascii() and len(text) <= MAX_DIGITS


def is_zero(text: Any) -> bool:
    """Whether a cell is a zero, however it is written."""
    return text == "0" or (type(text) is str and text[:1] == "0" and _ZERO.fullmatch(text) is not None)


def count(text: Any, field: str) -> int | None:
    """A block number or a place, None where the cell is empty; raises RecordError."""
    if type(text) is str and text.isdecimal() and text.isascii() and len(text) <= 18:
        return int(text)
    raw = _one(text, field)
    if not raw:
        return None
    if not (raw.isdecimal() and raw.isascii() and len(raw) <= 18):
        raise RecordError("not a whole number", field=field, value=raw)
    return int(raw)


def _one(text: Any, field: str) -> str:
    if isinstance(text, list):
        raise RecordError("a list where a number belongs", field=field, value=text)
    return cell_text(text, field)
