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

from workbench.analysis.kernels.rows import BEYOND, ORDINARY, SOURCE
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.ordering import causal_order
from workbench.analysis.tracing.taint import Rows, exact, packed

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
    if found is None:
        return None
    if asked.until_ms is not None:
        found = _with_what_came_before(found, flipped, asked.until_ms, read_ids)
    return replace(found, time_ms=-found.time_ms, backward=True)


def _with_what_came_before(found: Problem, flipped: Ledger, limit_ms: int, read_ids: ReadIds) -> Problem:
    """Before the limit nothing is followed, but what addresses had when it began came to them then."""
    from workbench.analysis.tracing.problem import barred_rows, tied_rows

    rows, nodes = found.rows, len(found.wallet)
    node_of = np.full(len(flipped.wallets), nodes, np.int64)  # one node more stands for everybody else
    ordinary = np.flatnonzero(rows.kind == ORDINARY)
    node_of[found.wallet[ordinary]] = ordinary
    source, target = node_of[flipped.source], node_of[flipped.target]
    before = np.flatnonzero((flipped.time_ms > limit_ms) & ((source < nodes) | (target < nodes)))
    run = np.cumsum(~tied_rows(flipped, found.asset))[before]
    tied = np.append(False, run[1:] == run[:-1])[: len(before)]
    source, target = source[before], target[before]
    order, _, _ = causal_order(tied, source, target, read_ids(flipped, before), nodes + 1)
    more = np.where(barred_rows(flipped) == BEYOND, 0, flipped.amount)[before[order]].astype(object)
    every = packed(np.concatenate([exact(rows.amount), more]))
    if every.ndim == rows.amount.ndim:
        seeds = found.seeds
    else:
        wide = packed(np.append(exact(found.seeds.amount), 2**64))[:-1]
        seeds = replace(found.seeds, amount=wide)
    whole = Rows(
        np.append(rows.source, source[order]).astype(np.int32), np.append(rows.target, target[order]).astype(np.int32),
        every, np.append(rows.tied, tied), np.append(rows.barred, np.zeros(len(before), np.uint8)),
        np.append(rows.kind, np.uint8(SOURCE)),
    )  # fmt: skip
    return replace(found, rows=replace(rows, amount=every[: len(rows.source)]), seeds=seeds, balances=whole)


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
