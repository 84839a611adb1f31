"""Seeded files of the ledger formats, all with the same transfers as `synthetic.write_transfers` has."""

from __future__ import annotations

import csv
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.synthetic import wallets

_FIRST_BLOCK, _FIRST_SECOND = 19_000_000, 1_704_067_200
_BITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TOKEN = "0xdac17f958d2ee523a2206206994597c13d831ec7"
_TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
Moved = tuple[int, str, str, str, int, int, int]
"""Number, hash, sender, receiver, amount, block, seconds."""


def moves(rows: int, accounts: int, seed: int = 1) -> Iterator[Moved]:
    """`rows` transfers between `accounts` wallets, without keeping them."""
    rng = random.Random(seed)
    names = wallets(accounts)
    weights = list(accumulate((i + 1) ** -0.8 for i in range(accounts)))
    for start in range(0, rows, 10_000):
        part = min(10_000, rows - start)
        ends = rng.choices(names, cum_weights=weights, k=2 * part)
        for i in range(part):
            n = start + i
            digest = "0x" + hashlib.sha256(f"{seed}t{n}".encode()).hexdigest()
            block = n // 50
            yield n, digest, ends[2 * i], ends[2 * i + 1], rng.randrange(1, 10**18), _FIRST_BLOCK + block, block * 12


def token_transfers(path: Path, rows: int, accounts: int) -> None:
    """ethereum-etl's token_transfers.csv, with blocks.csv beside it for the times."""
    with path.with_name("blocks.csv").open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(("number", "hash", "miner", "timestamp"))
        out.writerows((_FIRST_BLOCK + b, "0x", "0x", _FIRST_SECOND + 12 * b) for b in range(rows // 50 + 1))
    columns = ("token_address", "from_address", "to_address", "value", "transaction_hash", "log_index", "block_number")
    _csv(path, columns, ((_TOKEN, a, b, v, tx, n % 50, block) for n, tx, a, b, v, block, _ in moves(rows, accounts)))


def token_transfers_json(path: Path, rows: int, accounts: int) -> None:
    """The same, streamed: JSON lines with times."""
    _json(path, (
        {"type": "token_transfer", "token_address": _TOKEN, "from_address": a, "to_address": b, "value": v,
         "transaction_hash": tx, "log_index": n % 50, "block_number": block, "block_timestamp": _FIRST_SECOND + s}
        for n, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def token_transfers_parquet(path: Path, rows: int, accounts: int) -> None:
    """The same as Parquet, amounts as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = ("token_address", "from_address", "to_address", "value", "transaction_hash", "log_index", "block_number",
             "block_timestamp")  # fmt: skip
    columns = list(zip(
        *((_TOKEN, a, b, str(v), tx, n % 50, block, _FIRST_SECOND + s)
          for n, tx, a, b, v, block, s in moves(rows, accounts)), strict=True,
    ))  # fmt: skip
    pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), path, row_group_size=50_000)


def transactions(path: Path, rows: int, accounts: int) -> None:
    """ethereum-etl's transactions.csv with receipts."""
    columns = ("hash", "nonce", "block_number", "transaction_index", "from_address", "to_address", "value", "gas",
               "gas_price", "input", "block_timestamp", "receipt_status")  # fmt: skip
    _csv(path, columns, (
        (tx, 1, block, n % 50, a, b, v, 21000, 10**9, "0x", _FIRST_SECOND + s, 1)
        for n, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def traces(path: Path, rows: int, accounts: int) -> None:
    """ethereum-etl's traces.csv, inner calls, with times."""
    columns = ("block_number", "transaction_hash", "transaction_index", "from_address", "to_address", "value",
               "trace_type", "call_type", "trace_address", "error", "status", "trace_id",
               "block_timestamp")  # fmt: skip
    _csv(path, columns, (
        (block, tx, n % 50, a, b, v, "call", "call", "0,1", "", 1, f"call_{tx}_0_1", _FIRST_SECOND + s)
        for n, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def logs(path: Path, rows: int, accounts: int) -> None:
    """ethereum-etl's logs, JSON lines."""
    _json(path, (
        {"log_index": n % 50, "transaction_hash": tx, "transaction_index": n % 50, "address": _TOKEN,
         "data": f"0x{v:064x}", "topics": [_TRANSFER, "0x" + "0" * 24 + a[2:], "0x" + "0" * 24 + b[2:]],
         "block_number": block, "block_timestamp": _FIRST_SECOND + s}
        for n, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def bitcoin(path: Path, rows: int, accounts: int) -> None:
    """bitcoin-etl's transactions, JSON lines: one input and one output each."""
    names = [bitcoin_address(i) for i in range(accounts)]
    place = {name: i for i, name in enumerate(wallets(accounts))}
    flow = {"index": 0, "type": "pubkeyhash", "script_asm": "", "script_hex": ""}
    _json(path, (
        {"hash": tx[2:], "block_number": block, "block_timestamp": _FIRST_SECOND + s, "is_coinbase": False,
         "inputs": [{**flow, "spent_transaction_hash": tx[2:], "spent_output_index": 0, "addresses": [names[place[a]]],
                     "value": v}],
         "outputs": [{**flow, "addresses": [names[place[b]]], "value": v}]}
        for _, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def etherscan_tokens(path: Path, rows: int, accounts: int) -> None:
    """Etherscan's export of token transfers."""
    columns = ("Transaction Hash", "Blockno", "UnixTimestamp", "DateTime (UTC)", "From", "To", "TokenValue",
               "USDValueDayOfTx", "ContractAddress", "TokenName", "TokenSymbol")  # fmt: skip
    _csv(path, columns, (
        (tx, block, _FIRST_SECOND + s, "", a, b, f"{v / 10**6:,.6f}", "", _TOKEN, "Tether USD", "USDT")
        for _, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def dune(path: Path, rows: int, accounts: int) -> None:
    """A result of Dune's, with its older hex."""
    columns = ("block_time", "hash", "from", "to", "value", "block_number")
    _csv(path, columns, (
        (f"2024-01-{1 + s // 86_400 % 28:02d}T{s // 3600 % 24:02d}:{s // 60 % 60:02d}:{s % 60:02d}+00:00",
         "\\x" + tx[2:], "\\x" + a[2:], "\\x" + b[2:], v, block)
        for _, tx, a, b, v, block, s in moves(rows, accounts)
    ))  # fmt: skip


def mapped(path: Path, rows: int, accounts: int) -> None:
    """A vendor's table, with its mapping beside it."""
    path.with_name(path.name + ".mapping.toml").write_text(
        'source = "synthetic"\n[columns]\nnetwork = { value = "eth" }\ntx_hash = "Tx"\nindex = { value = "tx" }\n'
        'from = "Sender"\nto = "Receiver"\nasset = { value = "native" }\namount = "Wei"\ntime = "Seconds"\n'
        'block = "Height"\n', encoding="utf-8",
    )  # fmt: skip
    rows_ = ((tx, a, b, v, _FIRST_SECOND + s, block) for _, tx, a, b, v, block, s in moves(rows, accounts))
    _csv(path, ("Tx", "Sender", "Receiver", "Wei", "Seconds", "Height"), rows_)


WRITERS: dict[str, tuple[str, Callable[[Path, int, int], None]]] = {
    "ethereum-etl transactions, CSV": ("transactions.csv", transactions),
    "ethereum-etl token transfers, CSV, times looked up": ("token_transfers.csv", token_transfers),
    "ethereum-etl token transfers, JSON lines": ("transfers.json", token_transfers_json),
    "ethereum-etl token transfers, Parquet": ("transfers.parquet", token_transfers_parquet),
    "ethereum-etl traces, CSV": ("traces.csv", traces),
    "ethereum-etl logs, JSON lines": ("logs.json", logs),
    "bitcoin-etl transactions, JSON lines": ("bitcoin.json", bitcoin),
    "Etherscan token transfers, CSV": ("export.csv", etherscan_tokens),
    "Dune, CSV": ("dune.csv", dune),
    "mapped transfers, CSV": ("vendor.csv", mapped),
}
"""What it is → its file's name, and what writes it."""
EDGES = {"bitcoin.json": 2}
"""Edges a row makes, where it is not one."""


def _csv(path: Path, columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle, lineterminator="\n")
        out.writerow(columns)
        out.writerows(rows)


def _json(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as handle:
        for row in rows:
            handle.write(json.dumps(row) + "\n")


def bitcoin_address(number: int) -> str:
    """A valid P2PKH address."""
    payload = b"\0" + hashlib.sha256(f"b{number}".encode()).digest()[:20]
    full = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    value, text = int.from_bytes(full), ""
    while value:
        value, digit = divmod(value, 58)
        text = _BITS[digit] + text
    return "1" * (len(full) - len(full.lstrip(b"\0"))) + text
