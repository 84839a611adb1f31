"""What tokens call themselves, as ethereum-etl exports it (`tokens`): CSV, JSON lines or Parquet.

One row is a token: its contract, and the symbol, name and decimals that the contract answers with, kept as the
source's word (DESCRIBES_TOKEN). Anybody can deploy a contract that calls itself USDT: a symbol is evidence of nothing
but of what is imitated. Two sources may have two symbols for one contract; both stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.etl import COMMON_IGNORES, EtlTable, sample_score
from workbench.ingest.ledgers.ledger_format import LedgerFormat
from workbench.ingest.ledgers.statements import described


class EthereumEtlTokens(LedgerFormat):
    """The table of tokens."""

    name = "ethereum-etl-tokens"
    title = "ethereum-etl: tokens (CSV, JSON lines, Parquet)"
    required = ("address", "symbol", "decimals")
    names = {"contract_address": "address", "token_address": "address"}
    source = EtlTable.source
    reads = {
        "address": "the token: its contract", "symbol": "DESCRIBES_TOKEN.symbol", "name": "DESCRIBES_TOKEN.name",
        "decimals": "DESCRIBES_TOKEN.decimals; transfers that lie beside it and are written with a point need them",
    }  # fmt: skip
    ignores = {
        **COMMON_IGNORES, "total_supply": "changes from block to block", "block_number": "when it was asked",
        "block_timestamp": "when it was asked", "block_hash": "when it was asked",
        "function_sighashes": "what it can be asked", "bytecode": "its code; what it calls itself is what counts here",
        "is_erc20": "it has words of its own", "is_erc721": "token transfers that lie beside it look it up",
    }  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns, and none that a table of transfers has."""
        return sample_score(cls, sample, ("from_address", "topics", "value"))

    def begin(self) -> None:
        """Find the columns' places."""
        self._pick = self.picker("address", "symbol", "name", "decimals")

    def left_out(self, raw: list[Any]) -> str | None:
        """A contract that answered nothing."""
        _, symbol, name, decimals = self._pick(raw)
        return "it has no symbol, name or decimals" if not (symbol or name) and decimals in ("", "0", None) else None

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The token, and what it calls itself."""
        raw = self.cells(raw)
        address, symbol, name, decimals = self._pick(raw)
        asset, source = self.token(address, context, "address"), context.main_source or self.source.id
        made = described(asset, self._chain.network.name, source, (symbol, name, decimals), context)
        if not made:
            raise RecordError("the row says nothing that can be kept", field="symbol", value=symbol)
        return made
