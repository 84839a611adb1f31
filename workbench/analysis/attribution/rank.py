"""Who did it: candidate groups and "unknown / other", ranked by a sum of evidence in bits.

The method, its numbers and its limits are in docs/attribution.md; how often it is right is measured by
`make eval` (docs/accuracy.md), and every result carries that measure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import numpy as np

from workbench.analysis.attribution.candidates import UNSTATED, View, build_view
from workbench.analysis.attribution.gather import Facts, gather
from workbench.analysis.attribution.namings import Items
from workbench.analysis.attribution.result import Attribution
from workbench.analysis.attribution.scoring import Model
from workbench.analysis.attribution.tables import tables
from workbench.analysis.attribution.weights import ERRORS, UNKNOWN, UNKNOWN_NAME, Floats
from workbench.analysis.evaluation.packaged import packaged_accuracy, packaged_reuse
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.store import Store

SEED = 20230602
DRAWS = 400

Prior = str | Mapping[str, float]


def attribute(
    store: Store,
    incident_id: str,
    *,
    prior: Prior = "uniform",
    unknown_share: float = 0.5,
    view: str = "merged",
    merge_confidence: int = UNSTATED,
    errors: Mapping[str, float] | None = None,
    as_of: datetime | None = None,
    trace: Collection[str] | None = None,
    seed: int = SEED,
) -> Attribution:
    """Rank every actor group, and always "unknown / other", for an incident.

    `incident_id`: an incident's id, or its exact name.
    `prior`: "uniform" over the candidates; "frequency", by the other incidents attributed to each (these
    lists are made by people who look for one group, so this is no base rate); or {group id: probability},
    where "unknown" may be given and what is left goes evenly to the others.
    `unknown_share`: the prior probability of unknown / other, above 0 and below 1.
    `view`: "merged", "separate", or a catalogue whose own groups are kept apart (`candidates.build_view`).
    `merge_confidence`: least STIX confidence of the SAME_AS claims that merge (none stated counts as 50;
    a `user` source's word as 25, and never as more than 45).
    `errors`: {source kind: assumed share of wrong attributions}, in place of `weights.ERRORS`.
    `as_of`: judge by the claims known at that instant. `trace`: ids of wallets the money reached; by
    default a bounded search forward in time; an empty list for none. `seed` for the intervals.

    Weights of evidence: Good (1950). Raises UnknownNameError for an unknown incident, view or group, and
    ParameterError for a prior or an error rate that is none.
    """
    for kind, rate in (errors or {}).items():
        if kind not in ERRORS:
            raise UnknownNameError("kind of source", kind, ERRORS, where="errors")
        if not 0 < rate < 1:
            raise ParameterError(f"the error rate of {kind} must be above 0 and below 1", where="errors")
    facts = gather(store, incident_id, merge_confidence=merge_confidence, as_of=as_of, trace=trace)
    full = build_view(facts.groups, facts.same, view=view, merge_confidence=merge_confidence)
    items = Items(facts, full, dict(errors or {}))
    namings = items.namings()
    named = {candidate for naming in namings for candidate in naming.candidates}
    offered = tuple(c for c in full.candidates if c.live or c.id in named)
    chosen = View(full.name, offered, full.merged_by)
    model = Model(
        candidates=tuple(c.id for c in offered),
        prior=_prior(prior, unknown_share, chosen, facts),
        namings=namings,
        features=items.features(chosen),
        reuse=packaged_reuse(),
    )
    rates: dict[str, float] = {**ERRORS, **(errors or {})}
    settings = {
        "prior": prior if isinstance(prior, str) else dict(prior), "unknown_share": unknown_share, "view": view,
        "merge_confidence": merge_confidence, "as_of": as_of, "seed": seed, "errors": rates,
    }  # fmt: skip
    made = tables(model, chosen, facts, model.resampled(DRAWS, seed), settings, packaged_accuracy())
    return Attribution(incident=facts.incident, incident_name=facts.name, settings=settings, **made)


def _prior(prior: Prior, unknown_share: float, view: View, facts: Facts) -> Floats:
    """Over the view's candidates, and unknown last."""
    ids = [c.id for c in view.candidates]
    if not 0 < unknown_share < 1:
        raise ParameterError("unknown_share must be above 0 and below 1", where="attribute")
    if not ids:
        return np.array([1.0])
    if not isinstance(prior, str):
        return _given(prior, unknown_share, view, ids)
    if prior not in ("uniform", "frequency"):
        raise UnknownNameError("prior", prior, ("uniform", "frequency"), where="attribute")
    counts = dict.fromkeys(ids, 0)
    if prior == "frequency":
        for group, n in facts.others.items():
            if (candidate := view.of_group.get(group)) in counts:
                counts[candidate] = max(counts[candidate], n)  # one statement may name several members
    weights = np.array([counts[c] + 0.5 for c in ids])
    return np.append((1 - unknown_share) * weights / weights.sum(), unknown_share)


def _given(prior: Mapping[str, float], unknown_share: float, view: View, ids: list[str]) -> Floats:
    given: dict[str, float] = defaultdict(float)
    unknown = unknown_share
    for name, value in prior.items():
        if not 0 <= value < 1:
            raise ParameterError(f"the prior of {name!r} must be from 0 to below 1", where="prior")
        if name == UNKNOWN:
            unknown = value
        elif (candidate := view.of_group.get(name)) in ids:
            given[str(candidate)] += value
        else:
            raise UnknownNameError("actor group", name, [UNKNOWN, *view.of_group], where="prior")
    left = 1 - unknown - sum(given.values())
    rest = [c for c in ids if c not in given]
    if left < -1e-9 or unknown <= 0:
        raise ParameterError("the prior must leave some probability to unknown and sum to at most 1", where="prior")
    whole = np.array([given.get(c, left / len(rest) if rest else 0.0) for c in ids] + [unknown])
    normal: Floats = whole / whole.sum()
    return normal


__all__ = ["UNKNOWN", "UNKNOWN_NAME", "Attribution", "attribute"]
