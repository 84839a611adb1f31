"""Exact amounts as two 64-bit halves, for loops that cannot hold Python's integers.

A wei amount passes 64 bits at 18.4 ETH. Two halves hold everything below 2^127; larger ones (a token may say
2^256 - 1) are marked, never wrapped: their halves are zero, and whoever adds them up must look at the mark.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.uint64]
TOO_LARGE = 2**127
"""The first amount that two halves do not hold: the sign's bit stays free, as in Arrow's decimal128."""
_LOW = 2**64 - 1
_INT64_MAX = 2**63 - 1


class Limbs(NamedTuple):
    """An amount is `low + high * 2**64`, unless it is marked `beyond`."""

    low: Halves
    high: Halves
    beyond: NDArray[np.bool_]

    def take(self, rows: NDArray[Any]) -> Limbs:
        """Those of some rows."""
        return Limbs(self.low[rows], self.high[rows], self.beyond[rows])


def limbs_of(amounts: NDArray[Any]) -> Limbs:
    """The halves of int64 amounts (without a copy) or of Python integers, none of them negative."""
    if amounts.dtype != object:
        same = np.ascontiguousarray(amounts, np.int64)
        return Limbs(same.view(np.uint64), np.zeros(len(same), np.uint64), np.zeros(len(same), bool))
    low = np.zeros(len(amounts), np.uint64)
    high = np.zeros(len(amounts), np.uint64)
    beyond = np.zeros(len(amounts), bool)
    large = (amounts > _INT64_MAX).astype(bool)
    low[~large] = amounts[~large].astype(np.int64).view(np.uint64)
    places = np.flatnonzero(large)
    values: list[int] = amounts[places].tolist()
    too_large = np.array([value >= TOO_LARGE for value in values], bool)
    beyond[places[too_large]] = True
    held = [0 if mark else value for value, mark in zip(values, too_large, strict=True)]
    low[places] = np.array([value & _LOW for value in held], np.uint64)
    high[places] = np.array([value >> 64 for value in held], np.uint64)
    return Limbs(low, high, beyond)


def integers_of(limbs: Limbs, beyond: dict[int, int]) -> NDArray[Any]:
    """The Python integers of halves; `beyond` has those that are marked, by row."""
    amounts: NDArray[Any] = limbs.low.astype(object)
    wide = np.flatnonzero(limbs.high)
    amounts[wide] = [
        low + (high << 64) for low, high in zip(limbs.low[wide].tolist(), limbs.high[wide].tolist(), strict=True)
    ]
    for row, amount in beyond.items():
        amounts[row] = amount
    return amounts


__all__ = ["TOO_LARGE", "Limbs", "integers_of", "limbs_of"]
