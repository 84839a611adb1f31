"""How many decimals a token has, for sources that write amounts with a point.

The contract decides, and a source that shows 1.5 does not say what that is in base units. Known here are the
tokens that most thefts pass through; others are looked up in a table beside the file (`tokens.csv` as
ethereum-etl exports it: address, decimals).
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.ledgers.ledger_table import LedgerTable
from workbench.ingest.ledgers.statements import decimals_of
from workbench.ingest.reading.files import SourceFile

MOST = 1_000_000
_KEPT = 5_000
_KNOWN = {
    "eth": {
        "0xdac17f958d2ee523a2206206994597c13d831ec7": 6,  # USDT
        "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48": 6,  # USDC
        "0x6b175474e89094c44da98b954eedeac495271d0f": 18,  # DAI
        "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2": 18,  # WETH
        "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599": 8,  # WBTC
        "0xae7ab96520de3a18e5e111b5eaab095312d7fe84": 18,  # stETH
    },
    "bsc": {
        "0x55d398326f99059ff775485246999027b3197955": 18,  # USDT
        "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d": 18,  # USDC
        "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c": 18,  # WBNB
    },
    "polygon": {
        "0xc2132d05d31c914a87c6611c10748aeb04b58e8f": 6,  # USDT
        "0x2791bca1f2de4661ed88a30c99a7a9449aa84174": 6,  # USDC, bridged
    },
}
_NAMES = {"address": "address", "contract": "address", "contractaddress": "address", "token_address": "address"}


class Decimals:
    """The decimals of the tokens of one network, as far as they are known."""

    def __init__(
        self, network: str, file: SourceFile | None = None, context: Context | None = None,
        more: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        """`more`: what was looked up when the file was read first."""
        self._known = {**_KNOWN.get(network, {}), **(more or {})}
        self._told: set[str] = set()
        found = file.beside("tokens.csv", "tokens.json", "tokens.jsonl", "tokens.parquet") if file else None
        if found is None or context is None:
            return
        table = LedgerTable(found, _NAMES, only=("address", "decimals"))
        if not {"address", "decimals"} <= set(table.columns):
            raise InputError("it needs the columns address and decimals", where=found.name, hint="Or take it away.")
        address, decimals = table.columns.index("address"), table.columns.index("decimals")
        for row in table.rows():
            cells = row.raw if isinstance(row.raw, list) and len(row.raw) == len(table.columns) else None
            if cells and (number := _known(cells[decimals])) is not None:
                self._known[str(cells[address]).lower()] = number
            if len(self._known) > MOST:
                raise InputError(f"more than {MOST:,} tokens to look up", where=found.name, hint="Keep those needed.")
        context.warn(f"the decimals of tokens were looked up in {found.name} beside it")

    def looked_up(self, network: str) -> dict[str, int]:
        """What a quarantined row needs to be read again; of a very large table, nothing."""
        own = {token: known for token, known in self._known.items() if token not in _KNOWN.get(network, {})}
        return own if len(own) <= _KEPT else {}

    def get(self, contract: str, context: Context) -> int | None:
        """The decimals of a contract (lower case), or None, which is told once a contract."""
        if (found := self._known.get(contract)) is not None:
            return found
        if contract not in self._told and len(self._told) < MOST:
            self._told.add(contract)
            told = "how many decimals this token has is not known (tokens.csv beside it tells): kept as shown, × 10^18"
            context.warn(told, field="ContractAddress", value=contract)
        return None


def _known(cell: object) -> int | None:
    try:
        return decimals_of(cell)
    except RecordError:
        return None  # the table's own load tells; here it means that it is not known
