"""From what somebody wrote to wallets: an address without its network is one wallet on every network that has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from workbench.errors import RecordError
from workbench.model.addresses import Address, parse_address
from workbench.model.networks import BY_CAIP2

Asked = tuple[str, str, str | None, str | None]
"""Where a row stands, its text, the network it states, and why it cannot be read (None where it can)."""


@dataclass(frozen=True)
class Resolved:
    """One row, and the wallets it stands for."""

    row: int
    where: str
    text: str
    wallets: tuple[str, ...] = ()
    reason: str | None = None
    """Why it stands for none."""
    remarks: tuple[str, ...] = ()


def as_asked(rows: Iterable[Any], network: str | None = None) -> list[Asked]:
    """Rows in one shape: texts, or (where, text, network, problem)."""
    return [
        (f"item {n}", row, network, None) if isinstance(row, str) else (row[0], row[1], row[2] or network, row[3])
        for n, row in enumerate(rows, 1)
    ]


def resolve(rows: Iterable[Asked], known: Iterable[str]) -> list[Resolved]:
    """The wallets of every row, in order. `known`: ids of all wallets of the graph.

    With a network it is that network's wallet, known or not. Without one, all wallets of the graph with that
    address; where the graph has none, the one on the network the address decides (Ethereum for 0x…).
    """
    parsed = [_parse(row) for row in rows]
    open_ = {made.text for made, stated, _ in parsed if made is not None and not stated}
    there: dict[str, list[str]] = defaultdict(list)
    for id_ in known:
        address = id_.rpartition(":")[2]
        if address in open_:
            there[address].append(id_)
    return [
        _resolved(n, row, made, stated, problem, there)
        for n, (row, (made, stated, problem)) in enumerate(zip(rows, parsed, strict=True), 1)
    ]


def _resolved(
    number: int, row: Asked, made: Address | None, stated: bool, problem: str | None, there: dict[str, list[str]]
) -> Resolved:
    where, text, _, _ = row
    if made is None:
        return Resolved(number, where, text, reason=problem)
    ids = (made.id,) if stated else tuple(sorted(there.get(made.text, [made.id])))
    dull = ("no network was stated", "valid on")
    remarks = tuple(one for one in made.warnings if stated or not one.startswith(dull))
    if not stated and len(ids) > 1:
        remarks = (*remarks, f"known on {len(ids)} networks: each has its own answer")
    elif not stated and made.text not in there and made.text.startswith("0x"):
        remarks = (*remarks, "no network was stated, and none that is loaded has it; taken as Ethereum mainnet")
    return Resolved(number, where, text, ids, None, remarks)


def _parse(row: Asked) -> tuple[Address | None, bool, str | None]:
    """The address, whether its network was stated, and what is wrong with it."""
    _, text, network, problem = row
    if problem:
        return None, False, problem
    chain, _, address = text.strip().rpartition(":")
    try:
        if chain:
            if chain not in BY_CAIP2:
                return None, False, f"{chain[:60]!r} is no network this workbench knows (CAIP-2)"
            made = parse_address(address, chain)
            if network and parse_address(address, network).network != made.network:
                return None, False, f"the id says {made.network}, the row {network}"
            return made, True, None
        return parse_address(text, network), network is not None, None
    except RecordError as error:
        return None, False, error.what


__all__ = ["Asked", "Resolved", "as_asked", "resolve"]
