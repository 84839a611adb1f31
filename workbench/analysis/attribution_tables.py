"""The tables of an attribution: candidates, evidence, sensitivity, competing hypotheses, assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.candidates import View
from workbench.analysis.evidence import ALL_OF, Basis, Naming, collapse, feature_key
from workbench.analysis.gather import Facts
from workbench.analysis.scoring import Model, Part, naming_bits
from workbench.analysis.weights import ASSUMPTION_CASES, ON_TRACE_ERROR, UNKNOWN, UNKNOWN_NAME, Floats
from workbench.model.confidence import probability_words

SHOWN = 5
"""Candidates besides unknown that the matrix and the sensitivity tables show."""
MOST_WITHDRAWN = 40
SMALLEST_SET = 3
SOUND = 0.2
"""A source with at most this error rate is a strong one, for the confidence in the evidence."""

Tables = dict[str, Any]


def tables(
    model: Model, view: View, facts: Facts, low: Floats, high: Floats, settings: Mapping[str, Any],
    accuracy: Mapping[str, Any] | None,
) -> Tables:  # fmt: skip
    """Every table of the result, from the model and what was read."""
    found = model.probabilities()
    order = sorted(range(len(found)), key=lambda i: (-round(float(found[i]), 12), i != len(found) - 1, i))
    ids = [*model.candidates, UNKNOWN]
    parts = {c: [p for p in model.parts(c) if p.bits or p.collapsed_into] for c in model.candidates}
    # A group that nothing speaks for or against is shown nowhere but in the full ranking.
    shown = [ids[i] for i in order if ids[i] != UNKNOWN and parts[ids[i]]][:SHOWN]
    told = [c for c in parts if c in shown or any(p.kind == "named" for p in parts[c])]
    return {
        "candidates": _candidates(model, view, parts, found, low, high, [ids[i] for i in order]),
        "evidence": _evidence(view, {c: parts[c] for c in sorted(told, key=lambda c: order.index(ids.index(c)))}),
        "sensitivity": _sensitivity(model, ids, found, ids[order[0]], parts),
        "matrix": _matrix(model, shown),
        "assumptions": _assumptions(model, settings),
        "accuracy": _accuracy(accuracy),
        "merges": pd.DataFrame(
            [(m.one, m.other, m.source_id, m.confidence, m.claim_id) for m in view.merged_by],
            columns=["one", "other", "source", "confidence", "claim"],
        ),
        "remarks": tuple(facts.remarks),
    }


def _candidates(
    model: Model, view: View, parts: Mapping[str, list[Part]], found: Floats, low: Floats, high: Floats,
    order: list[str],
) -> pd.DataFrame:  # fmt: skip
    ids = [*model.candidates, UNKNOWN]
    by_id = {c.id: c for c in view.candidates}
    rows = []
    for id_ in order:
        place = ids.index(id_)
        p = float(found[place])
        candidate = by_id.get(id_)
        kept = collapse(model.of(id_))[0]
        technical = sum(part.bits for part in parts.get(id_, ()) if part.kind in ("technique", "software"))
        rows.append((
            id_, candidate.title if candidate else UNKNOWN_NAME,
            candidate.names if candidate else (), candidate.catalogues if candidate else (),
            tuple(g.id for g in candidate.members) if candidate else (),
            p, min(float(low[place]), p), max(float(high[place]), p), probability_words(p),
            float(model.prior[place]), sum(part.bits for part in parts.get(id_, ())),
            len(kept), evidence_confidence(kept, technical) if candidate else "–",
        ))  # fmt: skip
    columns = [
        "actor", "name", "names", "catalogues", "members", "probability", "low", "high", "words", "prior", "bits",
        "sources", "confidence",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def evidence_confidence(kept: Sequence[Naming], technical_bits: float) -> str:
    """Confidence in the evidence (not the probability): number and independence of sources, and grade.

    high: three independent sources, two of them strong; moderate: two independent sources, or one strong
    one, techniques of at least one bit standing for a source; low: anything less.
    """
    strong = sum(n.error <= SOUND for n in kept)
    count = len(kept) + (technical_bits >= 1)
    if len(kept) >= 3 and strong >= 2:
        return "high"
    return "moderate" if count >= 2 or strong else "low"


def _sources(basis: Sequence[Basis]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(b.source_id for b in basis))


def _evidence(view: View, parts: Mapping[str, list[Part]]) -> pd.DataFrame:
    titles = {c.id: c.title for c in view.candidates}
    rows = [
        (
            candidate, titles[candidate], part.kind, part.what, part.bits, _sources(part.basis),
            tuple(b.claim_id for b in part.basis), tuple(dict.fromkeys(b.url for b in part.basis if b.url)),
            part.collapsed_into, part.key,
        )
        for candidate, found in parts.items()
        for part in found
    ]  # fmt: skip
    columns = ["actor", "name", "kind", "what", "bits", "sources", "claims", "urls", "collapsed_into", "item"]
    return pd.DataFrame(rows, columns=columns)


def _sensitivity(
    model: Model, ids: list[str], found: Floats, first: str, parts: Mapping[str, list[Part]]
) -> pd.DataFrame:
    """Withdraw each item and each source of the first few candidates; then look for the smallest set."""
    before = float(found[ids.index(first)])

    def row(kind: str, what: str, other: Model) -> tuple[Any, ...]:
        after = other.probabilities()
        best = max(range(len(after)), key=lambda i: (round(float(after[i]), 12), i == len(after) - 1))
        p = float(after[ids.index(first)])
        return (kind, what, ids[best] != first, ids[best], first, p, p - before)

    keys = _withdrawable(model, first, parts)
    rows = [row("item", key, model.without(keys=[key])) for key in keys]
    rows += [
        row("item", ALL_OF[part.kind], model.without(keys=[ALL_OF[part.kind]])) for part in model.features if part.seen
    ]
    sources = sorted({b.source_id for n in model.namings for b in n.chain} | _feature_sources(model))
    rows += [row("source", source, model.without(sources=[source])) for source in sources]
    if not any(r[2] for r in rows if r[0] == "item") and first != UNKNOWN:
        rows += _smallest(model, keys, row)
    columns = ["withdrawn", "what", "changes_first", "first_after", "first_before", "probability_after", "change"]
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
            used |= {b.source_id for b in basis}
            for entries in part.known.values():
                used |= {b.source_id for b in entries.get(feature, ())}
    return used


def _smallest(model: Model, keys: list[str], row: Any) -> Iterator[tuple[Any, ...]]:
    for size in range(2, SMALLEST_SET + 1):
        for chosen in combinations(keys[:10], size):
            made = row("smallest set", " + ".join(chosen), model.without(keys=chosen))
            if made[2]:
                yield made
                return


def _matrix(model: Model, shown: list[str]) -> pd.DataFrame:
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


def _assumptions(model: Model, settings: Mapping[str, Any]) -> pd.DataFrame:
    rows: list[tuple[str, float, str]] = [
        ("prior of unknown / other", float(model.prior[-1]), f"prior {_short(settings['prior'])}, adjustable"),
        ("candidates", float(len(model.candidates)), f"view {settings['view']}"),
    ]
    rows += [
        (f"wrong attributions by {kind}", rate, f"assumed, worth {ASSUMPTION_CASES} cases; adjustable")
        for kind, rate in settings["errors"].items()
    ]
    rows.append(("wallet on the trace no longer the thief's", ON_TRACE_ERROR, "assumed"))
    rows += [
        (f"known {kind} used again", reuse.rate, f"counted: {reuse.matched} of {reuse.seen}, beyond chance")
        for kind, reuse in model.reuse.items()
    ]
    rows += [
        (f"discount for dependent {part.kind}s", weights.discount, "from their correlation over the candidates")
        for part, weights in model.weights()
    ]
    return pd.DataFrame(rows, columns=["what", "value", "how"])


def _short(prior: object) -> str:
    return prior if isinstance(prior, str) else "given by hand"


def _accuracy(measured: Mapping[str, Any] | None) -> pd.DataFrame:
    columns = ["measure", "value", "low", "high", "n", "of"]
    part = "techniques and software"
    unmeasured = [("share right", None, None, None, 0, "statements and wallets: not measured, rates assumed")]
    if measured is None:
        rows = [("share right", None, None, None, 0, f"{part}: not measured; run `make eval`"), *unmeasured]
        return pd.DataFrame(rows, columns=columns)
    of = f"{part}, catalogue test, {measured['edition']}, version {measured['version']}"
    rows = [(name, f["value"], f["low"], f["high"], f["n"], of) for name, f in measured["figures"].items()]
    return pd.DataFrame([*rows, *unmeasured], columns=columns)


__all__ = ["evidence_confidence", "feature_key", "tables"]
