"""Event logs as ethereum-etl exports them: CSV, JSON lines or Parquet.

Only the event Transfer(address,address,uint256) as ERC-20 has it is read: both ends indexed, the amount in
the data. It becomes the same transfer as in the table of token transfers (`log:<log_index>`). The same event
with a third indexed value is an NFT (ERC-721) and is left out; so is one whose ends are not indexed, because
old tokens and old NFTs look alike there; so is every other event. Each is counted, and told once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.etl import COMMON_IGNORES, EtlTable
from workbench.ingest.ledgers.ledger_rows import count

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
"""keccak-256 of `Transfer(address,address,uint256)`."""
_BETWEEN = re.compile(r"[\s,;'\"\[\]]+")
_WORD = re.compile(r"0x[0-9a-f]{64}")


class EthereumEtlLogs(EtlTable):
    """Tokens that moved, decoded from events."""

    name = "ethereum-etl-logs"
    title = "ethereum-etl: logs (CSV, JSON lines, Parquet)"
    kind = "logs"
    required = ("log_index", "transaction_hash", "address", "data", "topics", "block_number")
    reads = {
        "address": "the asset: the contract whose event it is", "topics": "the event, and the two wallets",
        "data": "the amount", "transaction_hash": "part of the transfer's id",
        "log_index": "part of the transfer's id: `log:<log_index>`", "block_number": "the transfer's block",
        "transaction_index": "with log_index, its place within the block",
        "block_timestamp": "the transfer's time, where the edition has it",
    }  # fmt: skip
    ignores = {**COMMON_IGNORES, "topic0": "the first of the topics", "removed": "whether its block was given up"}

    def __init__(self) -> None:
        super().__init__()
        self._seen: tuple[list[Any] | None, list[str]] = (None, [])

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns."""
        return cls.sample_score(sample)

    def begin(self) -> None:
        """Find the columns' places."""
        self._pick = self.picker(
            "address", "data", "transaction_hash", "log_index", "block_number", "transaction_index", "block_timestamp"
        )
        self._what = self.picker("topics", "data")

    def left_out(self, raw: list[Any]) -> str | None:
        """Every event that is no transfer of an amount."""
        topics, data = self._what(raw)
        words = [str(word).lower() for word in (topics if isinstance(topics, list) else _BETWEEN.split(str(topics)))]
        words = [word for word in words if word]
        self._seen = (raw, words)
        if not words or words[0] != TRANSFER:
            return "another event than a transfer of tokens"
        if len(words) == 4:
            return "a transfer of an NFT (ERC-721), which has no amount"
        if len(words) != 3 and isinstance(data, str) and (len(data) - 2) % 64 == 0:
            return "a transfer whose ends are not indexed: an old token or an old NFT, which look alike"
        return None

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer."""
        raw = self.cells(raw)
        if self._seen[0] is not raw:
            self.left_out(raw)
        words = self._seen[1]
        token, data, tx, log, block, place, time = self._pick(raw)
        if len(words) != 3:
            raise RecordError("not the topics of a transfer", field="topics", value=raw[self._at["topics"]])
        amount = str(data).lower()
        if not _WORD.fullmatch(amount):
            raise RecordError("the data of a transfer is one number of 32 bytes", field="data", value=data)
        number = self.index(log, "log_index")
        at = count(place, "transaction_index")
        made = self.transfer(
            (_address(words[1]), _address(words[2])), tx, f"log:{number}",
            self.token(token, context, "address"), str(int(amount, 16)), time,
            (block, None if at is None else at * 1_000_000 + number), context,
        )  # fmt: skip
        return (made,)


def _address(word: str) -> str:
    if not _WORD.fullmatch(word) or word[2:26] != "0" * 24:
        raise RecordError("not an address in 32 bytes", field="topics", value=word)
    return "0x" + word[26:]
