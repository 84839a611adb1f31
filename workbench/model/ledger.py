"""Ledger facts: transfers between wallets, inputs and outputs of UTXO transactions.

A transfer is a plain tuple in the order in which it is sent to the graph: a million of them are
made in one load, and nothing should be built twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from workbench.errors import RecordError

_HEX = frozenset("0123456789abcdef")


class Transfer(NamedTuple):
    """Value that moved between two wallets of an account network: a SENT edge."""

    sender: str
    """CAIP-10 id of the wallet it left."""
    receiver: str
    """CAIP-10 id of the wallet it reached."""
    id: str
    """Network, transaction hash, and the index of the log or trace (see `transfer_id`)."""
    asset: str
    """CAIP-19-like asset id: `<caip2>/slip44:native`, `<caip2>/erc20:0x…`, or `iso4217:USD`."""
    amount: str
    """Exact amount in base units, decimal digits."""
    value: float
    """The amount as a float, for ranking only; exact below 2^53."""
    usd: float | None
    """US dollars at the time, where known."""
    time_ms: int
    """Milliseconds since 1970-01-01 UTC; stored as a datetime."""
    block: int | None
    """Block number."""
    position: int | None
    """Place within the block: transaction index × 1,000,000 + log or trace index."""


class Flow(NamedTuple):
    """One input or output of a UTXO transaction: an INPUT or OUTPUT edge."""

    start: str
    end: str
    id: str
    amount: str
    value: float
    position: int
    spends: str | None = None
    """Of an input: the id of the output it spends, where the source says so."""


class Input(Flow):
    """A wallet's output that a transaction spends: from the wallet to the transaction."""

    __slots__ = ()


class Output(Flow):
    """What a transaction pays a wallet: from the transaction to the wallet."""

    __slots__ = ()


def transaction_id(caip2: str, tx_hash: str) -> str:
    """The id of a Transaction node of a UTXO network."""
    return f"{caip2}/tx:{tx_hash}"


def native_asset(caip2: str) -> str:
    """The asset id of a network's own coin."""
    return f"{caip2}/slip44:native"


def token_asset(caip2: str, contract: str) -> str:
    """The asset id of a token: its contract, never its symbol."""
    return f"{caip2}/erc20:{contract.lower()}"


def transaction_hash(text: str) -> str:
    """A 32-byte transaction hash in lower case without 0x; raises RecordError for anything else."""
    raw = text.strip().lower()
    if raw[:2] in ("0x", "\\x"):
        raw = raw[2:]
    if len(raw) != 64 or not _HEX.issuperset(raw):
        raise RecordError("not a transaction hash (64 hexadecimal digits)", field="tx_hash", value=text[:80])
    return raw


def transfer_id(caip2: str, tx_hash: str, index: str) -> str:
    """The id of a transfer: network, transaction, and what tells it from its neighbours.

    `index` is `log:7`, `trace:0_1`, `tx` for the transaction's own value, or, where a source gives
    no index, the ends of the transfer (see docs/decisions/0002-claims-and-ids.md).
    """
    return f"{caip2}/tx:{tx_hash}/{index}"


def time_ms(time: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return round(time.timestamp() * 1000)
