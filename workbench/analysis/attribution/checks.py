"""What would change an answer: items and sources withdrawn, and the matrix of competing hypotheses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.attribution.evidence import ALL_OF, collapse, feature_key
from workbench.analysis.attribution.scoring import Model, Part, naming_bits
from workbench.analysis.attribution.weights import UNKNOWN, Floats

MOST_WITHDRAWN = 40
SMALLEST_SET = 3


def sensitivity(
    model: Model, ids: list[str], found: Floats, first: str, parts: Mapping[str, list[Part]]
) -> pd.DataFrame:
    """Withdraw each item and each source; then look for the smallest set that changes the first place."""
    before = float(found[ids.index(first)])
    told = {n.key: n.what for n in model.namings}
    told |= {feature_key(p.kind, f): p.names.get(f, f) for p in model.features for f in p.seen}

    def row(kind: str, keys: Sequence[str], other: Model) -> tuple[Any, ...]:
        after = other.probabilities()
        best = max(range(len(after)), key=lambda i: (round(float(after[i]), 12), i == len(after) - 1))
        p = float(after[ids.index(first)])
        what = " + ".join(told.get(key, key) for key in keys)
        return (kind, what, ids[best] != first, ids[best], first, p, p - before, tuple(keys))

    keys = _withdrawable(model, first, parts)
    rows = [row("item", [key], model.without(keys=[key])) for key in keys]
    rows += [
        row("item", [ALL_OF[part.kind]], model.without(keys=[ALL_OF[part.kind]]))
        for part in model.features
        if part.seen
    ]
    sources = sorted({b.source_id for n in model.namings for b in n.needed} | _feature_sources(model))
    rows += [row("source", [source], model.without(sources=[source])) for source in sources]
    if not any(r[2] for r in rows if r[0] == "item") and first != UNKNOWN:
        rows += _smallest(model, keys, row)
    columns = [
        "withdrawn",
        "what",
        "changes_first",
        "first_after",
        "first_before",
        "probability_after",
        "change",
        "items",
    ]
    return pd.DataFrame(rows, columns=columns)


def _withdrawable(model: Model, first: str, parts: Mapping[str, list[Part]]) -> list[str]:
    weight: dict[str, float] = {n.key: 0.0 for n in model.namings}
    for part in parts.get(first, ()):
        if part.kind != "named":
            weight[part.key] = abs(part.bits)
    return sorted(weight, key=lambda k: (-weight[k], k))[:MOST_WITHDRAWN]


def _feature_sources(model: Model) -> set[str]:
    used: set[str] = set()
    for part in model.features:
        for feature, basis in part.seen.items():
            used |= {needed.source_id for b in basis for needed in b.all}
            for entries in part.known.values():
                used |= {b.source_id for b in entries.get(feature, ())}
    return used


def _smallest(model: Model, keys: list[str], row: Any) -> Iterator[tuple[Any, ...]]:
    for size in range(2, SMALLEST_SET + 1):
        for chosen in combinations(keys[:10], size):
            made = row("smallest set", chosen, model.without(keys=chosen))
            if made[2]:
                yield made
                return


def matrix(model: Model, shown: list[str]) -> pd.DataFrame:
    """Heuer's matrix: each item against each hypothesis, marked from Good's weight against all the others."""
    ids = [*model.candidates, UNKNOWN]
    columns = [*shown, UNKNOWN]
    rows = []
    for what, bits in _columns_of_bits(model, set(shown)):
        weight = [_against_rest(bits, model.prior, ids.index(c)) for c in columns]
        marks = [_mark(w) for w in weight]
        rows.append((what, *marks, max(weight) - min(weight)))
    return pd.DataFrame(rows, columns=["evidence", *columns, "diagnosticity"])


def _columns_of_bits(model: Model, shown: set[str]) -> Iterator[tuple[str, Floats]]:
    kept = {n.key: n for c in shown for n in collapse(model.of(c))[0]}
    for naming in sorted(kept.values(), key=lambda n: (n.error, n.key)):
        value = naming_bits([naming.error], model.share(naming.candidates))
        yield naming.what, np.array([value if c in naming.candidates else 0.0 for c in [*model.candidates, UNKNOWN]])
    for part, weights in model.weights():
        for place, feature in enumerate(weights.features):
            yield part.names.get(feature, feature), np.append(weights.bits[:, place], 0.0)


def _against_rest(bits: Floats, prior: Floats, place: int) -> float:
    rest = np.delete(prior, place)
    if not rest.sum():
        return 0.0
    return float(bits[place] - np.log2((rest * np.exp2(np.delete(bits, place))).sum() / rest.sum()))


def _mark(bits: float) -> str:
    if abs(bits) < 0.5:
        return "N"
    strong = abs(bits) >= 2
    return ("CC" if strong else "C") if bits > 0 else ("II" if strong else "I")
