"""A seeded ledger for measuring: Zipf-like ends, one transfer a line, as the transfers template has it."""

from __future__ import annotations

import csv
import hashlib
import random
from itertools import accumulate
from pathlib import Path

COLUMNS = ("network", "tx_hash", "index", "from", "to", "asset", "amount", "usd", "time", "block", "source")


def wallets(count: int) -> list[str]:
    """`count` Ethereum-like addresses."""
    return ["0x" + hashlib.sha256(f"w{i}".encode()).hexdigest()[:40] for i in range(count)]


def write_transfers(path: Path, rows: int, accounts: int, *, seed: int = 1, first: int = 0) -> None:
    """Write `rows` transfers between `accounts` wallets; `first` shifts the ids, so that files do not overlap."""
    rng = random.Random(seed)
    names = wallets(accounts)
    weights = list(accumulate((i + 1) ** -0.8 for i in range(accounts)))
    senders = rng.choices(names, cum_weights=weights, k=rows)
    receivers = rng.choices(names, cum_weights=weights, k=rows)
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(COLUMNS)
        for i in range(rows):
            n = first + i
            digest = hashlib.sha256(f"t{n}".encode()).hexdigest()
            day, second = divmod(n, 86_400)
            clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
            stamp = f"2024-{day // 28 % 12 + 1:02d}-{day % 28 + 1:02d}T{clock}Z"
            out.writerow((
                "eth", "0x" + digest, "log:1", senders[i], receivers[i], "native",
                rng.randrange(1, 10**18), round(rng.random() * 10_000, 2), stamp, 19_000_000 + n // 50, "synthetic",
            ))  # fmt: skip
