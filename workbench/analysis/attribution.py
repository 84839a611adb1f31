"""Who did it: candidate groups and "unknown / other", ranked by a sum of evidence in bits.

The method, its numbers and its limits are in docs/attribution.md; how often it is right is measured by
`make eval` (docs/accuracy.md), and every result carries that measure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

import numpy as np

from workbench.analysis.attribution_result import Attribution
from workbench.analysis.attribution_tables import tables
from workbench.analysis.candidates import UNSTATED, View, build_view
from workbench.analysis.evaluation.packaged import packaged_accuracy, packaged_reuse
from workbench.analysis.evidence import Basis, Features, Naming, NamingKind, origins
from workbench.analysis.gather import Facts, Said, Use, gather
from workbench.analysis.scoring import Model
from workbench.analysis.weights import (
    ERRORS,
    FEATURE_KINDS,
    ON_TRACE_ERROR,
    UNKNOWN,
    UNKNOWN_NAME,
    Floats,
    claim_error,
    independent_of,
    same_reference,
)
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.store import Store

SEED = 20230602
DRAWS = 400
MOST_NAMINGS = 200

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
    `merge_confidence`: least STIX confidence of the SAME_AS claims that merge (none stated counts as 50).
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
    namings = _namings(facts, full, dict(errors or {}))
    named = {candidate for naming in namings for candidate in naming.candidates}
    offered = tuple(c for c in full.candidates if c.live or c.id in named)
    chosen = View(full.name, offered, full.merged_by)
    model = Model(
        candidates=tuple(c.id for c in offered),
        prior=_prior(prior, unknown_share, chosen, facts),
        namings=namings,
        features=_features(facts, chosen),
        reuse=packaged_reuse(),
    )
    rates: dict[str, float] = {**ERRORS, **(errors or {})}
    settings = {
        "prior": prior if isinstance(prior, str) else dict(prior), "unknown_share": unknown_share, "view": view,
        "merge_confidence": merge_confidence, "as_of": as_of, "seed": seed, "errors": rates,
    }  # fmt: skip
    made = tables(model, chosen, facts, model.resampled(DRAWS, seed), settings, packaged_accuracy())
    return Attribution(incident=facts.incident, incident_name=facts.name, settings=settings, **made)


def _namings(facts: Facts, view: View, errors: Mapping[str, float]) -> tuple[Naming, ...]:
    """Statements about the incident, and namings of wallets its money is in."""
    source_origins = origins(facts.derived)

    def basis(said: Said) -> Basis:
        kind = facts.sources.get(said.source_id, {}).get("kind")
        return Basis(said.claim_id, said.source_id, claim_error(kind, said.confidence, said.grade, errors), said.url)

    def naming(
        kind: NamingKind, what: str, said: list[Said], links: Iterable[Basis] = (), assumed: tuple[float, ...] = ()
    ) -> Naming:
        own = sorted((basis(s) for s in said), key=lambda b: (-b.error, b.claim_id))
        where = same_reference(said[0].url)
        news = source_origins(said[0].source_id) | ({f"reference:{where}"} if where else set())
        chain = (own[0], *links)
        key = f"{kind}:{'+'.join(b.claim_id for b in chain)}"
        named = frozenset(view.of_group[group] for s in said for group in facts.within(s.object))
        return Naming(key, kind, what, named, chain, tuple(own[1:]), frozenset(news), assumed)

    made = []
    for group in _together(facts.statements, lambda s: (s.source_id, s.subject, same_reference(s.url) or "")):
        about = "" if group[0].subject in facts.joined else f" for {group[0].subject}"
        made.append(naming("statement", f"{_names(facts, group)} named by {_title(facts, group[0])}{about}", group))
    made += _wallet_namings(facts, basis, naming)
    made.sort(key=lambda n: (n.kind != "statement", n.error, n.key))
    if len(made) > MOST_NAMINGS:
        facts.remarks.append(f"{len(made) - MOST_NAMINGS:,} weaker namings of wallets are left out")
    return tuple(made[:MOST_NAMINGS])


def _wallet_namings(facts: Facts, basis: Callable[[Said], Basis], naming: Callable[..., Naming]) -> list[Naming]:
    best: dict[str, tuple[bool, Basis]] = {}
    for said in facts.involved:
        found = (said.role == "laundering", basis(said))
        old = best.get(said.object)
        if old is None or (found[0], found[1].error, found[1].claim_id) < (old[0], old[1].error, old[1].claim_id):
            best[said.object] = found

    def step(wallet: str) -> tuple[NamingKind, tuple[Basis, ...], tuple[float, ...]]:
        if wallet not in best:
            return "wallet on the trace", (), (ON_TRACE_ERROR,)
        laundering, link = best[wallet]
        return "wallet", (link,), (ON_TRACE_ERROR,) if laundering else ()

    made = []
    for group in _together(facts.wallet_claims, lambda s: (s.subject, s.source_id, same_reference(s.url) or "")):
        kind, links, assumed = step(group[0].subject)
        what = f"{group[0].subject} claimed for {_names(facts, group)} by {_title(facts, group[0])}"
        made.append(naming(kind, what, group, links, assumed))
    pairs: dict[tuple[str, ...], list[tuple[Said, Said]]] = defaultdict(list)
    for link, said in facts.elsewhere:
        key = (link.claim_id, said.subject, said.source_id, same_reference(said.url) or "")
        pairs[key].append((link, said))
    for together in pairs.values():
        link, group = together[0][0], [said for _, said in together]
        kind, links, assumed = step(link.object)
        by = f"{_names(facts, group)} named by {_title(facts, group[0])}"
        what = f"{link.object} is in {link.subject} too: {by}"
        made.append(naming(kind, what, group, (basis(link), *links), assumed))
    return made


def _features(facts: Facts, view: View) -> tuple[Features, ...]:
    """Techniques and software of the incident, and what each candidate is known to use for other reasons."""
    own = {
        ref
        for text in [*(c for use in facts.uses for c in use.citations), *(s.url for s in facts.statements)]
        if (ref := same_reference(text))
    }
    made = []
    for kind in FEATURE_KINDS:
        seen = {f: tuple(map(_used, uses)) for f, uses in _by_feature(facts.uses, kind).items()}
        known: dict[str, dict[str, tuple[Basis, ...]]] = {c.id: {} for c in view.candidates}
        for use in facts.group_uses:
            candidate = known.get(view.of_group.get(use.user, ""))
            if use.label == kind and candidate is not None and independent_of(use.citations, own):
                candidate[use.feature] = (*candidate.get(use.feature, ()), _used(use))
        names = {use.feature: use.name for use in facts.uses}
        made.append(Features(kind, seen, known, names))
    return tuple(made)


def _by_feature(uses: Iterable[Use], kind: str) -> dict[str, list[Use]]:
    found: dict[str, list[Use]] = defaultdict(list)
    for use in uses:
        if use.label == kind:
            found[use.feature].append(use)
    return found


def _used(use: Use) -> Basis:
    # A catalogue's entries are taken as they are, as in the catalogue test, unless the claim itself doubts.
    doubt = 0.0 if use.confidence is None else 1 - use.confidence / 100
    return Basis(use.claim_id, use.source_id, doubt, use.url)


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


def _together(said: Iterable[Said], key: Callable[[Said], tuple[str, ...]]) -> list[list[Said]]:
    """Claims of one statement: the names that one source gives in one place."""
    groups: dict[tuple[str, ...], list[Said]] = defaultdict(list)
    for one in said:
        groups[key(one)].append(one)
    return [groups[k] for k in sorted(groups)]


def _names(facts: Facts, said: Iterable[Said]) -> str:
    names = {group.id: group.name for group in facts.groups}
    return " / ".join(sorted({names[s.object] for s in said}))


def _title(facts: Facts, said: Said) -> str:
    return str(facts.sources.get(said.source_id, {}).get("title") or said.source_id)


__all__ = ["UNKNOWN", "UNKNOWN_NAME", "Attribution", "attribute"]
