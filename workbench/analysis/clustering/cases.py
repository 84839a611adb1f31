"""Transactions written by hand, with the owner of every coin: what rules and heuristics are checked against.

The notation is explained at the head of tests/data/coinjoin/cases.txt. Addresses are real in form: native SegWit
addresses made from the owner's name, so that the cases can be loaded into a graph like any ledger.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from workbench.analysis.clustering.ledger import Coin, Spend
from workbench.errors import InputError
from workbench.model.ledger import transaction_id
from workbench.model.networks import network_named

CAIP2 = network_named("btc").caip2
_TOKEN = re.compile(r"(?P<owner>@?[a-z0-9]+?)(?P<last>\.\.[a-z]\d+)?(?:/(?P<address>[a-z0-9]+)(?:\.\.(?P<to>\d+))?)?")
_NUMBERED = re.compile(r"([a-z]+)(\d+)")
_FIRST_BLOCK_MS = 1_230_768_000_000
_BLOCK_MS = 600_000


@dataclass(frozen=True)
class Case:
    """One transaction, what it is, and which rule should fire ("none"; "error" where a rule cannot help it)."""

    name: str
    truth: str
    rule: str
    why: str
    spend: Spend
    owners: dict[str, str]
    """Wallet id → owner, for every coin in it."""


def read_cases(path: Path) -> list[Case]:
    """The cases of a file; raises InputError where a line cannot be read or more comes out than goes in."""
    found: list[Case] = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            continue
        if len(lines) != 3 or not (lines[1].startswith("in ") and lines[2].startswith("out ")):
            raise InputError(f"a case is three lines: {lines[0][:60]}", where=path.name)
        name, truth, rule, height, why = lines[0].split(maxsplit=4)
        sides = [[coin for token in line.split()[1:] for coin in _coins(token, path)] for line in lines[1:]]
        inputs, outputs = (tuple(coin for coin, _ in side) for side in sides)
        if sum(coin.amount for coin in inputs) < sum(coin.amount for coin in outputs):
            raise InputError(f"{name}: more comes out than goes in", where=path.name)
        id_ = transaction_id(CAIP2, hashlib.sha256(name.encode()).hexdigest())
        time = _FIRST_BLOCK_MS + int(height) * _BLOCK_MS
        owners = {coin.wallet: owner for side in sides for coin, owner in side}
        found.append(Case(name, truth, rule, why, Spend(id_, "btc", inputs, outputs, time, int(height)), owners))
    return found


def _coins(token: str, path: Path) -> list[tuple[Coin, str]]:
    text, _, amount = token.partition(":")
    match = _TOKEN.fullmatch(text)
    if match is None or not amount:
        raise InputError(f"not owner/address:amount: {token}", where=path.name)
    units = int(Decimal(amount) * 100_000_000)
    owner, address = match["owner"], match["address"]
    if owner.startswith("@"):
        return [(Coin(f"{CAIP2}:{owner[1:]}", units), "coordinator")]
    owners = [owner]
    if match["last"]:
        first, last = _NUMBERED.fullmatch(owner), _NUMBERED.fullmatch(match["last"][2:])
        assert first
        assert last
        owners = [f"{first[1]}{i:0{len(first[2])}d}" for i in range(int(first[2]), int(last[2]) + 1)]
    addresses = [str(i) for i in range(int(address), int(match["to"]) + 1)] if match["to"] else [address]
    return [(Coin(wallet_of(one, each), units), one) for one in owners for each in addresses]


@lru_cache(maxsize=10_000)
def wallet_of(owner: str, address: str) -> str:
    """The wallet id of an owner's address."""
    from bip_utils import SegwitBech32Encoder

    digest = hashlib.sha256(f"{owner}/{address}".encode()).digest()[:20]
    return f"{CAIP2}:{SegwitBech32Encoder.Encode('bc', 0, digest)}"
