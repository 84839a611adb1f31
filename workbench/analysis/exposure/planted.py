"""Transfers that anybody may have planted: they make nobody exposed, and each is listed with its value.

Guards, each switchable. `lookalike` and `counterfeit`: address poisoning, and tokens that call themselves what
they are not, both found as a trace finds them (`analysis.tracing.guards`). `dust`: a pair of wallets of which one sent
the other next to nothing in all. Judged over all transfers of the pair, so that a payment in many small parts is none.
Larger amounts can be planted too, and no guard sees that.

`coinjoin` is of another kind: dividing a CoinJoin's outputs among its inputs would make every participant a payer of
every other, and so a stranger exposed to whoever mixed in the same round.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.projection import Ledger
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.store import Store

Array = NDArray[Any]
GUARDS = ("lookalike", "counterfeit", "dust", "coinjoin")
DUST_USD = 1.0
"""Dollars in all, from one wallet to another, below which it is dust: a round number of our own."""
COUNTERFEIT, LOOKALIKE, DUST = "counterfeit token", "lookalike address", "dust"
COINJOIN = "CoinJoin: nobody knows who paid whom"


def check(guards: Collection[str], dust_usd: float, dust: Mapping[str, int] | None) -> None:
    """Refuse guards that nobody has and thresholds that are none."""
    for name in guards:
        if name not in GUARDS:
            raise UnknownNameError("guard", name, GUARDS)
    if not dust_usd >= 0:
        raise ParameterError(f"dust_usd is {dust_usd}", hint="Dollars, 0 or more.")
    for asset, amount in (dust or {}).items():
        if amount < 1:
            raise ParameterError(f"dust of {asset} is {amount}", hint="Base units, 1 or more.")


def planted(
    ledger: Ledger, usd: Array, guards: Collection[str], *, dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None, symbols: Mapping[str, str] | None = None,
) -> dict[str, Array]:  # fmt: skip
    """Reason → which rows of a ledger it leaves out; a row has one reason. `ledger` is in the order of time.

    `dust`: asset id → base units below which, from one wallet to another in all, an amount without a dollar value is
    dust. A pair with a transfer of neither a dollar value nor such a threshold is not dust: nobody can tell. `symbols`:
    asset id → what the token calls itself; one without a symbol is not judged counterfeit.
    """
    from workbench.analysis.tracing.guards import REASONS, guard

    found: dict[str, Array] = {}
    rest = np.ones(len(ledger), bool)
    if len(ledger) and {"lookalike", "counterfeit"}.intersection(guards):
        judged = guard(
            ledger, zero=False, lookalike="lookalike" in guards, counterfeit="counterfeit" in guards, symbols=symbols
        )
        rest &= ~judged.leave_out
        for reason in (COUNTERFEIT, LOOKALIKE):
            found[reason] = judged.leave_out & (judged.reason == REASONS.index(reason))
    if "dust" in guards and len(ledger):
        found[DUST] = _dust(ledger, usd, rest, dust_usd, dust or {})
    return {reason: rows for reason, rows in found.items() if rows.any()}


def mixed(store: Store, wallets: Array, transaction: Array) -> Array:
    """Which links are parts of a CoinJoin, by the rules of clustering: in one strangers spend together."""
    from workbench.analysis.clustering.coinjoin import coinjoins
    from workbench.analysis.clustering.ledger import read_utxo

    joins = {join.transaction for join in coinjoins(read_utxo(store, wallets))}
    return np.array([one in joins for one in transaction], bool)


def _dust(ledger: Ledger, usd: Array, rest: Array, dust_usd: float, dust: Mapping[str, int]) -> Array:
    """Rows of pairs whose transfers, each as a part of its threshold, make less than one threshold together."""
    part = np.full(len(ledger), np.inf)
    priced = np.isfinite(usd)
    if dust_usd > 0:
        part[priced] = usd[priced] / dust_usd
    for code, asset in enumerate(ledger.assets):
        if asset in dust:
            mine = ~priced & (ledger.asset == code)
            part[mine] = ledger.amount[mine].astype(np.float64) / dust[asset]
    real = rest & (ledger.amount != 0).astype(bool) & (ledger.source != ledger.target)
    small: Array = real & (part < 1)
    pair = ledger.source.astype(np.int64) * max(len(ledger.wallets), 1) + ledger.target
    asked = np.unique(pair[small])
    if not len(asked):
        return small
    of = np.minimum(np.searchsorted(asked, pair), len(asked) - 1)
    concerned = real & (asked[of] == pair)
    whole = np.bincount(of[concerned], weights=part[concerned], minlength=len(asked))
    return np.asarray(concerned & (whole[of] < 1), bool)


__all__ = ["COINJOIN", "COUNTERFEIT", "DUST", "DUST_USD", "GUARDS", "LOOKALIKE", "check", "mixed", "planted"]
