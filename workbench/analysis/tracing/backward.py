"""The way back: the same rows in reverse.

A well-mixed balance has, at any moment, the composition that its last arrival left it with; so going back, an arrival
of `a` out of a balance of `b` after it stands for a/b of what is asked about: haircut on the reversed rows, with
closing balances for opening ones, is the exact inverse of haircut (but for rounding). FIFO and LIFO map units one to
one, so their reversals are inverses too. TIHO decides by transfers still to come, and has none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.taint import Rows

if TYPE_CHECKING:
    from workbench.analysis.tracing.problem import Problem, Question, ReadIds


def backward_problem(
    ledger: Ledger, asset: str, question: Question, read_ids: ReadIds, guard: NDArray[Any] | None = None
) -> Problem | None:
    """`problem.account_problem` on the reversed ledger: what the sources received is what is followed."""
    from workbench.analysis.tracing.problem import account_problem

    kept = np.arange(len(ledger))[::-1]
    if question.until_ms is not None:
        kept = kept[ledger.time_ms[kept] <= question.until_ms]
    part = ledger.take(kept)
    flipped = replace(
        part, source=part.target, target=part.source, time_ms=-part.time_ms,
        block=_from_the_end(part.block), position=_from_the_end(part.position),
    )  # fmt: skip
    asked = replace(
        question, since_ms=None, until_ms=None if question.since_ms is None else -question.since_ms, seeded={}
    )
    found = account_problem(flipped, asset, asked, read_ids, None if guard is None else guard[kept])
    return None if found is None else replace(found, time_ms=-found.time_ms, backward=True)


def _from_the_end(column: NDArray[np.int64] | None) -> NDArray[np.int64] | None:
    if column is None or not len(column):
        return column
    return np.where(column < 0, column, column.max() - column)


def turned(rows: Rows) -> Rows:
    """Rows from last to first, ends exchanged."""
    return replace(
        rows, source=np.ascontiguousarray(rows.target[::-1]), target=np.ascontiguousarray(rows.source[::-1]),
        amount=np.ascontiguousarray(rows.amount[::-1]),
    )  # fmt: skip
