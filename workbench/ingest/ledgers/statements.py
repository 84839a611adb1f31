"""What a row of a ledger states besides a transfer: that it failed or succeeded, and what its token calls itself.

Both are claims of the row's source. A status is one of the words below, and a row with another one is refused: which
transfers count as moved hangs on it. A token's symbol, name and decimals are words that anybody can choose: those that
cannot be kept are told, and cost no transfer.
"""

from __future__ import annotations

from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.ledgers.ledger_rows import kept, whole
from workbench.ingest.reading.tables import cell_text
from workbench.model.claims import DescribesToken, ReportedFailed
from workbench.model.nodes import FailedTransaction, Ref, Token

MOST_LETTERS = 200
"""Of a token's symbol or name."""
MOST_DECIMALS = 77
_STATUS: dict[str, bool | None] = {
    "": None,
    **dict.fromkeys(("1", "1.0", "0x1", "ok", "success", "successful", "succeeded", "true"), True),
    **dict.fromkeys(("0", "0.0", "0x0", "fail", "failed", "failure", "error", "reverted", "false"), False),
}
"""Ethereum's own 1 and 0, as JSON-RPC writes them (https://ethereum.org/en/developers/docs/apis/json-rpc/) or as
spreadsheets do, and the words for them."""


def succeeded(cell: Any, field: str = "status") -> bool | None:
    """Whether a cell says that a transaction succeeded; None where it is empty. Raises RecordError for other words."""
    if type(cell) is not str or cell not in _STATUS:
        cell = cell_text(cell, field)[: MOST_LETTERS + 1].lower()
    if cell not in _STATUS:
        raise RecordError("neither a word for failed (0) nor for succeeded (1)", field=field, value=cell)
    return _STATUS[cell]


def has_failed(cell: Any) -> bool:
    """Whether a cell says that a transaction failed; for other words False, which is never an answer to rely on."""
    try:
        return succeeded(cell) is False
    except RecordError:
        return False


def failure(id_: str, network: str, source: str) -> tuple[Record, Record]:
    """That a transaction, or one transfer or call of it, failed."""
    node = FailedTransaction(id=id_, network=network)
    claim = ReportedFailed(
        subject=Ref("Source", source), object=node.ref, source_id=source, tier="structural", method="status",
    )  # fmt: skip
    return node, claim


def decimals_of(cell: Any, field: str = "decimals") -> int | None:
    """A token's decimals, 18 or 18.0; None where the cell is empty. Raises RecordError for what no token can have."""
    text = cell_text(cell, field)
    if not text:
        return None
    try:
        number = int(whole(text, field))
    except RecordError:
        number = MOST_DECIMALS + 1
    if number > MOST_DECIMALS:
        raise RecordError("no number of decimals a token can have", field=field, value=text)
    return number


class TokenWords:
    """What the rows of one file say that tokens call themselves."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], bool] = {}

    def of(
        self, asset: str, network: str, source: str, words: tuple[Any, Any, Any], context: Context
    ) -> tuple[Record, ...]:
        """The token and the claim, once a file; `words` are the cells of symbol, name and decimals."""
        key = (asset, *(str(word or "") for word in words), str(words[2]))
        if key in self._seen:
            return ()
        kept(self._seen, key, True)
        return described(asset, network, source, words, context)


def described(
    asset: str, network: str, source: str, words: tuple[Any, Any, Any], context: Context
) -> tuple[Record, ...]:
    """The token and what it calls itself, () where that is nothing; words that cannot be kept are left out and told."""
    symbol, name = _word(words[0], "symbol", context), _word(words[1], "name", context)
    try:
        decimals = decimals_of(words[2])
    except RecordError as error:
        context.drop(error.what, field=error.field, value=words[2])
        decimals = None
    if not symbol and not name and decimals is None:
        return ()
    node = Token(id=asset, network=network)
    claim = DescribesToken(
        subject=Ref("Source", source), object=node.ref, source_id=source, symbol=symbol, name=name, decimals=decimals,
    )  # fmt: skip
    return node, claim


def _word(cell: Any, field: str, context: Context) -> str | None:
    try:
        word = cell_text(cell, field)
    except RecordError as error:
        context.drop(error.what, field=field, value=cell)
        return None
    if len(word) > MOST_LETTERS:
        context.drop(f"longer than {MOST_LETTERS} characters", field=field, value=word)
        return None
    return word or None
