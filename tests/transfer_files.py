"""Writes files in the transfers template, for tests that need many rows."""

from __future__ import annotations

import csv
import hashlib
import random
from pathlib import Path


def write_transfers_file(path: Path, rows: int, *, wallets: int, seed: int = 0) -> Path:
    """A seeded CSV of `rows` transfers between `wallets` wallets."""
    rng = random.Random(seed)
    names = ["0x" + hashlib.sha256(f"{seed}-{i}".encode()).hexdigest()[:40] for i in range(wallets)]
    with path.open("w", newline="", encoding="utf-8") as handle:
        out = csv.writer(handle)
        out.writerow(("network", "tx_hash", "index", "from", "to", "asset", "amount", "time", "block"))
        for i in range(rows):
            tx = "0x" + hashlib.sha256(f"{seed}-tx-{i}".encode()).hexdigest()
            time = f"2024-01-{i // 86_400 + 1:02d}T{i // 3_600 % 24:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z"
            ends = rng.choice(names), rng.choice(names)
            out.writerow(("eth", tx, "tx", *ends, "native", rng.randrange(1, 10**20), time, 19_000_000 + i))
    return path
