"""Finds addresses in free text, and tells those that the text calls addresses from words that merely look like it.

A comment on a list may hold anything: passport numbers, hashes, links. Only where the same clause says before the
word that it is a wallet or an address of a digital currency is the word an address; anything else that passes an
address's checksum is told, and left to whoever reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.model.addresses import parse_address

_WORD = re.compile(r"(?<![\w:/.=?&#@%-])[A-Za-z0-9]{25,120}(?![\w/@=-])")
_CLAUSE = re.compile(r"[;\n]|\.\s")
_SAYS = re.compile(
    r"\b(?:(?:digital|virtual|crypto)[\s-]?(?:currency|currencies|assets?)|crypto(?:currency|currencies)?|bitcoin|btc|xbt|"
    r"ethereum|ether|eth|tether|usdt|usdc|tron|trx|monero|xmr|litecoin|ltc|ripple|xrp|zcash|zec|dash|dogecoin|doge|"
    r"solana|sol|bnb|bsc)\b[^;\n]{0,40}?\b(?:address(?:es)?|wallets?|accounts?)\b",
    re.IGNORECASE,
)
_ASSET = re.compile(
    r"\b(bitcoin|btc|xbt|ethereum|ether|eth|tether|usdt|usdc|tron|trx|monero|xmr|litecoin|ltc|ripple|xrp|zcash|zec|dash|"
    r"dogecoin|doge|solana|sol|bnb|bsc)\b",
    re.IGNORECASE,
)


class Stated(NamedTuple):
    """A word that may be an address."""

    word: str
    asset: str | None
    """The currency the clause names, in its own word."""
    said: bool
    """Whether the text says that it is an address of a digital currency."""


def stated_wallets(text: str) -> Iterator[Stated]:
    """Words the text calls addresses (whether they are right or not), and others that pass an address's checksum."""
    for match in _WORD.finditer(text):
        before = text[: match.start()]
        clause = _CLAUSE.split(before)[-1][-2_000:]
        assets = _ASSET.findall(clause)
        said = bool(_SAYS.search(clause))
        if said or _checks(match[0]):
            yield Stated(match[0], assets[-1] if said and assets else None, said)


def wallet_rows(text: str, field: str, where: str, party: dict[str, Any], context: Context) -> Iterator[Row]:
    """A wallet row for every address the text states; what only looks like one is told."""
    for place, found in enumerate(stated_wallets(text), 1):
        if found.said:
            row = {"is": "wallet", **party, "asset": found.asset, "address": found.word}
            yield Row(f"{where}, {field} {place}", row)
        else:
            context.where = where
            told = "it looks like an address, and the text does not say that it is one: not loaded"
            context.drop(told, field=field, value=found.word)


def _checks(word: str) -> bool:
    """Whether a word passes the checksum of some network's addresses (Solana's have none, and do not count)."""
    try:
        return parse_address(word).network != "sol"
    except RecordError:
        return False
