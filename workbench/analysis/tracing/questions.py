"""What a trace's options ask of one asset, and which rows its guards leave out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.services import Stops
from workbench.analysis.tracing.problem import Question
from workbench.analysis.tracing.utxo import UtxoLedger
from workbench.model.ledger import time_ms

if TYPE_CHECKING:
    from workbench.analysis.tracing.follow import Options


def question_of(
    ledger: Ledger | UtxoLedger, asset: str, names: tuple[str, ...], incident_of: Mapping[str, int], stops: Stops,
    chosen: Options,
) -> Question:  # fmt: skip
    """What is asked of one asset."""
    known = ledger.indices_of(incident_of)
    stopping = ledger.indices_of(wallet for wallet in stops.by_wallet if wallet not in known)
    passing = ledger.indices_of(wallet for wallet in stops.passing(chosen.through) if wallet not in known)
    return Question(
        incidents=names,
        sources={index: incident_of[wallet] for wallet, index in known.items()},
        stops=frozenset(stopping.values()),
        through=frozenset(passing.values()),
        since_ms=None if chosen.since is None else time_ms(chosen.since),
        until_ms=None if chosen.until is None else time_ms(chosen.until),
        min_amount=_least(chosen.min_amount, asset),
        max_depth=chosen.max_depth,
        methods=chosen.methods,
    )


def guarded_rows(ledger: Ledger, chosen: Options) -> NDArray[Any] | None:
    """For each row why a guard leaves it out, or None."""
    if not chosen.guards or not len(ledger):
        return None
    from workbench.analysis.tracing.guards import REASONS, guard

    found = guard(
        ledger, zero=False, lookalike="lookalike" in chosen.guards, counterfeit="counterfeit" in chosen.guards,
        dust=chosen.dust if "dust" in chosen.guards else None, symbols=chosen.symbols,
    )  # fmt: skip
    if not found.leave_out.any():
        return None
    reasons = np.full(len(ledger), None, object)
    left_out = np.flatnonzero(found.leave_out)
    reasons[left_out] = np.array(REASONS, object)[found.reason[left_out]]
    return reasons


def _least(min_amount: int | Mapping[str, int], asset: str) -> int:
    return min_amount if isinstance(min_amount, int) else min_amount.get(asset, 0)


__all__ = ["guarded_rows", "question_of"]
