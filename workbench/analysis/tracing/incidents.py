"""Names of the incidents of one trace, and of what is of several of them at once; and which of them limits left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.ledger_arrays import MISSING, Ledger
from workbench.errors import ParameterError

if TYPE_CHECKING:
    from workbench.analysis.tracing.utxo import UtxoLedger

MOST = 64
"""Incidents, and labels of several, that can be kept apart."""
_JOINED = " | "


class Several(str):
    """The label of value of a wallet that is a source of several incidents: no single one's alone."""

    __slots__ = ("members",)
    members: tuple[str, ...]

    @classmethod
    def of(cls, members: tuple[str, ...], taken: Sequence[str]) -> Several:
        """As `a | b`; a name that holds the separator itself is quoted, and no name in use comes back."""
        label = _JOINED.join(f'"{name}"' if _JOINED in name else name for name in members)
        while label in taken:
            label = f"({label})"
        made = cls(label)
        made.members = members
        return made


def members(label: str) -> frozenset[str]:
    """The incidents that a label of a trace stands for."""
    return frozenset(label.members) if isinstance(label, Several) else frozenset((label,))


def labels(sources: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], dict[str, int]]:
    """Labels of the incidents, and for each source wallet the number of its own; raises ParameterError for too many."""
    owners: dict[str, list[str]] = {}
    for name, wallets in sources.items():
        for wallet in wallets:
            if name not in owners.setdefault(wallet, []):
                owners[wallet].append(name)
    made: list[str] = list(sources)
    number: dict[tuple[str, ...], int] = {(name,): i for i, name in enumerate(made)}
    for group in map(tuple, owners.values()):
        if group not in number:
            number[group] = len(made)
            made.append(Several.of(group, made))
    if len(made) > MOST:
        raise ParameterError(f"{len(made)} incidents at once", hint=f"At most {MOST} can be kept apart.")
    return tuple(made), {wallet: number[tuple(group)] for wallet, group in owners.items()}


def outside_limits(
    ledger: Ledger, coins: Iterable[UtxoLedger], sources: Iterable[str], followed: Iterable[str], *, backward: bool
) -> list[dict[str, Any]]:
    """Assets that sources moved and of which nothing was followed: how often, and when first and last (ISO 8601).

    To be asked where a trace has limits of date: they are then why.
    """
    names, there = list(sources), set(followed)
    found = []
    mine = np.zeros(len(ledger.wallets), bool)
    mine[list(ledger.indices_of(names).values())] = True
    moved = mine[ledger.target if backward else ledger.source]
    for code, asset in enumerate(ledger.assets):
        if asset not in there and len(times := ledger.time_ms[moved & (ledger.asset == code)]):
            found.append(_span(asset, times))
    for one in coins:
        mine = np.zeros(len(one.wallets), bool)
        mine[list(one.indices_of(names).values())] = True
        side = one.flows.outputs if backward else one.flows.inputs
        times = one.flows.time_ms[side.transaction[mine[side.wallet]]]
        if one.asset not in there and len(times):
            found.append(_span(one.asset, times))
    return found


def _span(asset: str, times: Any) -> dict[str, Any]:
    known = times[times != MISSING]
    first, last = (None, None) if not len(known) else (
        str(np.datetime64(int(moment), "ms")) + "Z" for moment in (known.min(), known.max())
    )  # fmt: skip
    return {"asset": asset, "transfers": len(times), "first": first, "last": last}


__all__ = ["MOST", "Several", "labels", "members", "outside_limits"]
