"""The tables of an attribution: candidates, evidence, sensitivity, competing hypotheses, assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.attribution.candidates import View
from workbench.analysis.attribution.checks import matrix, sensitivity
from workbench.analysis.attribution.evidence import NO_ADDRESS, Basis, Naming, collapse
from workbench.analysis.attribution.gather import Facts
from workbench.analysis.attribution.scoring import Model, Part
from workbench.analysis.attribution.weights import (
    ASSUMPTION_CASES,
    FEATURE_KINDS,
    ON_TRACE_ERROR,
    UNKNOWN,
    UNKNOWN_NAME,
    Floats,
)
from workbench.model.confidence import probability_words

SHOWN = 5
"""Candidates besides unknown that the matrix and the sensitivity tables show."""
SOUND = 0.2
"""A source with at most this error rate is a strong one, for the confidence in the evidence."""

Tables = dict[str, Any]


def tables(
    model: Model, view: View, facts: Facts, draws: Floats, settings: Mapping[str, Any],
    accuracy: Mapping[str, Any] | None,
) -> Tables:  # fmt: skip
    """Every table of the result, from the model, what was read, and posteriors resampled (draws × candidates)."""
    found = model.probabilities()
    low, high = np.percentile(draws, (2.5, 97.5), axis=0)
    order = sorted(range(len(found)), key=lambda i: (-round(float(found[i]), 12), i != len(found) - 1, i))
    ids = [*model.candidates, UNKNOWN]
    parts = {c: [p for p in model.parts(c) if p.bits or p.kind not in FEATURE_KINDS] for c in model.candidates}
    order_ids = [ids[i] for i in order]
    # A group that nothing speaks for or against is shown nowhere but in the full ranking.
    shown = [ids[i] for i in order if ids[i] != UNKNOWN and parts[ids[i]]][:SHOWN]
    told = [c for c in parts if c in shown or any(p.kind == "named" for p in parts[c])]
    return {
        "candidates": _candidates(model, view, parts, found, low, high, order_ids),
        "evidence": _evidence(view, {c: parts[c] for c in sorted(told, key=lambda c: order.index(ids.index(c)))}),
        "sensitivity": sensitivity(model, ids, found, ids[order[0]], parts),
        "matrix": matrix(model, shown),
        "assumptions": _assumptions(model, settings),
        "accuracy": _accuracy(accuracy),
        "merges": pd.DataFrame(
            [(m.one, m.other, m.source_id, m.confidence, m.claim_id) for m in view.merged_by],
            columns=["one", "other", "source", "confidence", "claim"],
        ),
        "together": _together(model, view, found, draws, order_ids),
        "remarks": _remarks(model, parts, [c for c in order_ids if c in told], facts.remarks),
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
            p, min(float(low[place]), p), max(float(high[place]), p), probability_words(p),
            independent_sources(kept), evidence_confidence(kept, technical) if candidate else "–",
            float(model.prior[place]), sum(part.bits for part in parts.get(id_, ())),
            candidate.names if candidate else (), candidate.catalogues if candidate else (),
            tuple(g.id for g in candidate.members) if candidate else (),
        ))  # fmt: skip
    columns = [
        "actor", "name", "probability", "low", "high", "words", "sources", "confidence", "prior", "bits",
        "names", "catalogues", "members",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _together(model: Model, view: View, found: Floats, draws: Floats, order: list[str]) -> dict[str, Any] | None:
    """The candidates that the strongest naming of the first group names in one breath, as one probability.

    They share what the naming says; each alone may look weak though the naming is strong.
    """
    first = next((id_ for id_ in order if id_ != UNKNOWN), None)
    kept = collapse(model.of(first))[0] if first else []
    if not kept or len(kept[0].candidates) < 2:
        return None
    ids = [id_ for id_ in order if id_ in kept[0].candidates]
    places = [model.candidates.index(id_) for id_ in ids]
    titles = {c.id: c.title for c in view.candidates}
    p = float(found[places].sum())
    low, high = np.percentile(draws[:, places].sum(axis=1), (2.5, 97.5))
    return {
        "actors": tuple(ids), "names": tuple(titles[id_] for id_ in ids), "probability": p,
        "low": min(float(low), p), "high": max(float(high), p), "words": probability_words(p),
        "sources": independent_sources(kept),
    }  # fmt: skip


def independent_sources(kept: Sequence[Naming]) -> int:
    """How many of the namings, copies already collapsed, are more likely right than wrong; the first counts."""
    return sum(place == 0 or naming.error < 0.5 for place, naming in enumerate(kept))


def evidence_confidence(kept: Sequence[Naming], technical_bits: float) -> str:
    """Confidence in the evidence (not the probability): number and independence of sources, and grade.

    high: three independent sources, two of them strong; moderate: two independent sources, or one strong
    one, techniques of at least one bit standing for a source; low: anything less.
    """
    strong = sum(n.error <= SOUND for n in kept)
    named = independent_sources(kept)
    count = named + (technical_bits >= 1)
    if named >= 3 and strong >= 2:
        return "high"
    return "moderate" if count >= 2 or strong else "low"


def _sources(basis: Sequence[Basis]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(b.source_id for b in basis))


def _flat(basis: Sequence[Basis]) -> tuple[Basis, ...]:
    return tuple(dict.fromkeys(every for b in basis for every in b.all))


def _remarks(
    model: Model, parts: Mapping[str, list[Part]], told: Sequence[str], remarks: Sequence[str]
) -> tuple[str, ...]:
    """What the items that count, of the likeliest candidates first, must not be read without."""
    found: dict[str, None] = {}
    if told and (kept := collapse(model.of(told[0]))[0]) and all(NO_ADDRESS in n.news for n in kept):
        found["no source of the first name gives an address where it could be read"] = None
    for candidate in told:
        counted = [p for p in parts[candidate] if p.collapsed_into is None and p.kind != "named"]
        for place, part in enumerate(counted):
            if place == 0 or part.bits:  # the first naming picks the name even where it adds no bits of its own
                found |= dict.fromkeys(remark for basis in _flat(part.basis) for remark in basis.remarks)
    return (*found, *remarks)


def _evidence(view: View, parts: Mapping[str, list[Part]]) -> pd.DataFrame:
    titles = {c.id: c.title for c in view.candidates}
    rows = [
        (
            candidate, titles[candidate], part.kind, part.what, part.bits, _sources(basis),
            tuple(b.claim_id for b in basis), tuple(dict.fromkeys(b.url for b in basis if b.url)),
            tuple(dict.fromkeys(b.file for b in basis if b.file)), part.collapsed_into, part.key,
        )
        for candidate, found in parts.items()
        for part in found
        for basis in [_flat(part.basis)]
    ]  # fmt: skip
    columns = ["actor", "name", "kind", "what", "bits", "sources", "claims", "urls", "files", "collapsed_into", "item"]
    return pd.DataFrame(rows, columns=columns)


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


__all__ = ["evidence_confidence", "independent_sources", "tables"]
