"""Token transfers as ethereum-etl exports them: CSV, JSON lines or Parquet.

One row is a transfer of a token, with the index `log:<log_index>`. A token is its contract: nothing here is
believed of a name or a symbol. Transfers of zero tokens are loaded as what they are. Where the edition has no
block_timestamp, times are looked up in blocks or transactions beside the file.

ethereum-etl writes an NFT's token id into the column `value`. With contracts.csv (is_erc721) beside the file
such rows are left out, counted; without it they cannot be told apart, and that is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.block_times import nft_contracts
from workbench.ingest.ledgers.etl import COMMON_IGNORES, NAMES, EtlTable
from workbench.ingest.ledgers.ledger_rows import count
from workbench.ingest.reading.files import SourceFile


class EthereumEtlTokenTransfers(EtlTable):
    """Tokens that moved, by their contracts' events."""

    name = "ethereum-etl-token-transfers"
    title = "ethereum-etl: token transfers (CSV, JSON lines, Parquet)"
    kind = "token_transfers"
    required = ("token_address", "from_address", "to_address", "value", "transaction_hash", "log_index", "block_number")
    names = {
        **NAMES, "hash": "transaction_hash", "erc20_token": "token_address", "erc20_from": "from_address",
        "erc20_to": "to_address", "erc20_value": "value", "erc20_tx_hash": "transaction_hash",
        "erc20_log_index": "log_index", "erc20_block_number": "block_number",
    }  # fmt: skip
    reads = {
        "token_address": "the asset: the token's contract", "from_address": "the wallet it left",
        "to_address": "the wallet it reached", "value": "the amount, in the token's base units",
        "transaction_hash": "part of the transfer's id", "log_index": "part of the transfer's id: `log:<log_index>`",
        "block_number": "the transfer's block", "block_timestamp": "the transfer's time, where the edition has it",
        "transaction_index": "with log_index, its place within the block",
    }  # fmt: skip
    ignores = dict(COMMON_IGNORES)

    def __init__(self) -> None:
        super().__init__()
        self._nfts: set[str] = set()

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns."""
        return cls.sample_score(sample, ("topics", "trace_id", "gas"))

    def look_around(self, file: SourceFile, context: Context) -> None:
        """Times where there are none, and which contracts are NFTs."""
        super().look_around(file, context)
        nfts = nft_contracts(file, self.kind, context)
        self._nfts = nfts or set()
        if nfts is None:
            context.where = "whole file"
            context.warn(
                "it does not tell NFTs from other tokens, and an NFT's token id stands as its amount "
                "(contracts.csv beside it would tell)"
            )

    def begin(self) -> None:
        """Find the columns' places."""
        self._pick = self.picker(
            "token_address", "from_address", "to_address", "value", "transaction_hash", "log_index", "block_number"
        )
        self._when = self.picker("block_timestamp", "transaction_index")

    def left_out(self, raw: list[Any]) -> str | None:
        """NFTs, where they are known."""
        if self._nfts and str(self._pick(raw)[0]).lower() in self._nfts:
            return "an NFT (ERC-721), which has no amount"
        return None

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """One transfer."""
        raw = self.cells(raw)
        token, sender, receiver, value, tx, log, block = self._pick(raw)
        time, place = self._when(raw)
        number = self.index(log, "log_index")
        at = count(place, "transaction_index") if place else None
        made = self.transfer(
            (sender, receiver), tx, f"log:{number}",
            self.token(token, context), value, time,
            (block, None if at is None else at * 1_000_000 + number), context,
        )  # fmt: skip
        return (made,)
