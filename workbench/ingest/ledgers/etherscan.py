"""What CSV exports of Etherscan and its sisters (BscScan, Polygonscan, …) have in common, of all ages.

Header texts vary with the coin's symbol (`Value_IN(BNB)`), with a price (`CurrentValue @ $1850.3/Eth`) and with
age (`Txhash` → `Transaction Hash`). The symbol tells the network where only one has it; ETH is the coin of
several, and is taken as Ethereum unless `--network` says otherwise. The time is UnixTimestamp; where a
spreadsheet has spoilt it, the date, month first as Etherscan writes it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.ledgers.ledger_format import LedgerFormat
from workbench.ingest.ledgers.ledger_rows import is_zero
from workbench.ingest.ledgers.ledger_table import LedgerTable, sample_columns
from workbench.ingest.reading.files import SourceFile
from workbench.model.amounts import base_units, from_base_units, parse_amount
from workbench.model.networks import network_named
from workbench.model.nodes import Source

MAX_USD = 10**12
COINS = {
    "eth": "eth", "bnb": "bsc", "matic": "polygon", "pol": "polygon", "ftm": "fantom", "avax": "avalanche", "ron":
    "ronin", "etc": "etc",
}  # fmt: skip
_NAMES = {
    "txhash": "hash", "transaction_hash": "hash", "blockno": "block", "unixtimestamp": "time", "datetime": "date",
    "datetime_(utc)": "date", "from": "from", "to": "to", "txto": "to", "contractaddress": "contract",
    "parenttxfrom": "parent", "parenttxto": "parent_to", "tokenvalue": "value", "value": "value",
    "usdvaluedayoftx": "usd", "tokenname": "token_name", "tokensymbol": "token_symbol", "tokenid": "token_id",
    "token_id": "token_id", "txnfee(usd)": "fee_usd", "errcode": "error", "privatenote": "note",
}  # fmt: skip
_PATTERNS = (
    (re.compile(r"value_in\((\w+)\)"), "in"), (re.compile(r"value_out\((\w+)\)"), "out"),
    (re.compile(r"currentvalue.*"), "current_value"), (re.compile(r"txnfee\((\w+)\)"), "fee"),
    (re.compile(r"historical_\$price/(\w+)"), "price"), (re.compile(r"parenttx(\w+)_value"), "parent_value"),
)  # fmt: skip
_US_DATES = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%m/%d/%y %H:%M", "%m/%d/%y %H:%M:%S")
_SHOWN = {
    "hash": "Transaction Hash, Txhash", "block": "Blockno", "time": "UnixTimestamp", "date": "DateTime (UTC), DateTime",
    "from": "From", "to": "To, TxTo", "contract": "ContractAddress", "in": "Value_IN(ETH)", "out": "Value_OUT(ETH)",
    "value": "TokenValue, Value", "quantity": "Quantity", "usd": "USDValueDayOfTx", "price": "Historical $Price/Eth",
    "status": "Status", "error": "ErrCode", "current_value": "CurrentValue @ $…/Eth", "method": "Method", "fee":
    "TxnFee(ETH)", "fee_usd": "TxnFee(USD)", "note": "PrivateNote", "parent": "ParentTxFrom", "parent_to": "ParentTxTo",
    "parent_value": "ParentTxETH_Value", "token_name": "TokenName", "token_symbol": "TokenSymbol", "token_id":
    "Token ID, TokenId", "type": "Type", "from_nametag": "From_Nametag", "to_nametag": "To_Nametag",
}  # fmt: skip
"""How the columns are written in the files, with the coin of Ethereum for any other."""
IGNORES = {
    "date": "the same as time, and compared with it", "current_value": "at the day of the export", "method": "what was "
    "called", "fee": "what it cost is no transfer between two wallets", "fee_usd": "see fee", "note": "the user's own",
    "parent": "the transaction's sender, not this call's", "parent_to": "the transaction's receiver",
    "parent_value": "the transaction's own value, which is not this call's", "token_name": "anybody can choose it",
    "token_symbol": "anybody can choose it: a token is its contract", "from_nametag": "a label of the site's",
    "to_nametag": "a label of the site's",
}  # fmt: skip


def canonical(column: str) -> str:
    """The name a column is known by here: `value_in(bnb)` → in."""
    if found := _NAMES.get(column):
        return found
    return next((name for pattern, name in _PATTERNS if pattern.fullmatch(column)), column)


class EtherscanTable(LedgerFormat):
    """One export. The time of a row is UnixTimestamp."""

    time_field = "UnixTimestamp"
    wanted: ClassVar[frozenset[str]]
    """Columns that only this kind of export has, all of which it has."""
    unwanted: ClassVar[frozenset[str]] = frozenset()
    source = Source(
        id="etherscan", title="CSV exports of Etherscan and its sister sites", publisher="Etherscan", kind="vendor",
        url="https://etherscan.io",
    )  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Its columns, whatever their age and coin."""
        found = {canonical(column) for column in _columns(sample)}
        fits = {"hash", "from", "to"} <= found and found & {"time", "date"} and cls.wanted <= found
        return 95 if fits and not found & cls.unwanted else 0

    @classmethod
    def field_docs(cls) -> tuple[dict[str, str], dict[str, str]]:
        """The columns as the files write them."""
        reads, ignores = ({_SHOWN[name]: doc for name, doc in docs.items()} for docs in (cls.reads, cls.ignores))
        return reads, ignores

    def table(self, file: SourceFile, context: Context) -> LedgerTable:
        """The export, its columns under the names they are known by here."""
        columns = _columns(file.sample())
        coins = {found[1] for column in columns for pattern, name in _PATTERNS[:2] if (found := pattern.match(column))}
        self._coin = coins.pop() if len(coins) == 1 else None
        if self._coin and context.network:
            said = network_named(context.network)
            if network_named(COINS.get(self._coin, "eth")).native != said.native:
                context.where = "header"
                context.warn(f"its coin is {self._coin.upper()}, and it is loaded as {said.title}, as --network says")
        return LedgerTable(file, {**_NAMES, **{column: canonical(column) for column in columns}})

    def guess(self, table: LedgerTable) -> tuple[str, str]:
        """The network whose coin the header names."""
        if self._coin is None:
            return "eth", "it names no coin: taken as Ethereum mainnet (--network says another)"
        network = COINS.get(self._coin)
        if network is None:
            return "eth", f"the coin {self._coin!r} is not known: taken as Ethereum mainnet (--network says another)"
        if network == "eth":
            return "eth", "its coin is ETH, which several networks have: taken as Ethereum mainnet (--network)"
        return network, f"its coin is {self._coin.upper()}: taken as {network} (--network says another)"

    def begin(self) -> None:
        """Find the columns' places."""
        self._ends = self.picker("from", "to", "contract", "hash", "block")
        self._when = self.picker("time", "date")

    def time(self, raw: list[Any], context: Context) -> Any:
        """The row's time as text; raises RecordError."""
        unix, date = self._when(raw)
        said = _date(date) if isinstance(date, str) and date else None
        if isinstance(unix, str) and unix.isascii() and unix.isdigit():
            if said and len(unix) <= 15 and abs(said[0].timestamp() - int(unix)) >= 60:
                context.warn(f"UnixTimestamp ({unix}) and the date differ; the first stands", field="date", value=date)
            return unix
        if said is None:
            raise RecordError("neither UnixTimestamp nor the date is a time", field="UnixTimestamp", value=unix or date)
        order = "; read month first" if said[1] else ""
        context.warn(f"no UnixTimestamp: the date is taken, in UTC{order}", field="date", value=date)
        return said[0].isoformat()


def coins_moved(into: Any, out: Any) -> str | None:
    """What of two columns is not zero, as text; raises RecordError where they contradict each other."""
    values = {str(value).strip() for value in (into, out) if value not in (None, "") and not is_zero(value)}
    if len(values) > 1:
        raise RecordError("value in and value out differ", field="Value_IN", value=f"{into} / {out}")
    return values.pop() if values else None


def plain(text: Any, field: str) -> Decimal:
    """A number with thousands commas; raises RecordError."""
    if not isinstance(text, str) or not text.strip():
        raise RecordError("not a number", field=field, value=text)
    return parse_amount(text, field=field)


def in_units(amount: Decimal, decimals: int, field: str) -> tuple[str, str]:
    """An amount in base units, and as plain decimal text that does not depend on how it was written."""
    units = base_units(amount, decimals, field=field)
    return str(units), from_base_units(units, decimals)


def dollars(text: Any, context: Context, times: Decimal | None = None) -> float | None:
    """US dollars, or None where there are none; what makes no sense is dropped, and told."""
    raw = str(text or "").strip().lstrip("$")
    if not raw or raw.upper() in ("N/A", "-"):
        return None
    try:
        amount = parse_amount(raw, field="usd") * (1 if times is None else times)
    except RecordError as error:
        context.drop(f"dollars: {error.what}", field="usd", value=text)
        return None
    if amount >= MAX_USD:
        context.drop("a trillion dollars or more", field="usd", value=text)
        return None
    return round(float(amount), 2)


def _columns(sample: str) -> list[str]:
    found = sample_columns(sample, {*_NAMES, "status", "method", "type", "quantity"})
    return sorted(found - {""})


def _date(text: str) -> tuple[datetime, bool] | None:
    """A date, and whether day and month had to be told apart."""
    raw = text.strip()
    try:
        found = datetime.fromisoformat(raw)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)), False
    except ValueError:
        pass
    for form in _US_DATES:
        try:
            return datetime.strptime(raw, form).replace(tzinfo=UTC), True
        except ValueError:
            continue
    return None
