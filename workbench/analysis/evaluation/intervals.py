"""Intervals: Wilson's for a share, the bootstrap for a mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Figure:
    """A measured figure with its 95 % interval and the number of cases it comes from."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    hits: int | None = None


def wilson(hits: int, n: int) -> Figure:
    """A share with the interval of Wilson (1927); no value where there is no case."""
    if n == 0:
        return Figure(None, None, None, 0, 0)
    share = hits / n
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * sqrt(share * (1 - share) / n + Z95**2 / (4 * n**2)) / (1 + Z95**2 / n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Figure(share, low if hits else 0.0, high if hits < n else 1.0, n, hits)


def bootstrap_mean(values: Sequence[float], clusters: Sequence[str], *, seed: int, draws: int = 2_000) -> Figure:
    """A mean with the percentile interval of resampled clusters: cases of one group are not independent."""
    array = np.asarray(values, dtype=float)
    names = sorted(set(clusters))
    sums = np.array([array[[c == name for c in clusters]].sum() for name in names])
    sizes = np.array([sum(c == name for c in clusters) for name in names])
    picks = np.random.default_rng(seed).integers(0, len(names), (draws, len(names)))
    means = sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Figure(float(array.mean()), float(low), float(high), len(array))
