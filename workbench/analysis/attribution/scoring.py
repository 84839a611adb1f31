"""The score of every candidate: a prior and a sum of evidence in bits.

Every weight is against the same alternative, "a group nobody has catalogued, or none", whose own
score is the prior alone; so the weights of a candidate can be added and compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from workbench.analysis.attribution.evidence import ALL_OF, Basis, Features, Naming, collapse, feature_key
from workbench.analysis.attribution.weights import (
    ASSUMPTION_CASES,
    FeatureKind,
    FeatureWeights,
    Floats,
    Reuse,
    feature_bits,
    feature_weights,
    posterior,
    reliability_bits,
    specificity_bits,
)


@dataclass(frozen=True)
class Part:
    """One item's share in one candidate's score."""

    key: str
    kind: str
    what: str
    bits: float
    basis: tuple[Basis, ...]
    collapsed_into: str | None = None


@dataclass(frozen=True)
class Model:
    """Everything that a posterior is computed from."""

    candidates: tuple[str, ...]
    prior: Floats
    """Over the candidates, and unknown last."""
    namings: tuple[Naming, ...]
    features: tuple[Features, ...]
    reuse: Mapping[FeatureKind, Reuse]

    def without(self, *, keys: Iterable[str] = (), sources: Iterable[str] = (), claims: Iterable[str] = ()) -> Model:
        """The same with items, everything from some sources, or some claims withdrawn."""
        gone, mute, withdrawn = set(keys), set(sources), set(claims)

        def ok(basis: Basis) -> bool:
            return not any(b.source_id in mute or b.claim_id in withdrawn for b in basis.all)

        namings = tuple(k for n in self.namings if n.key not in gone and (k := n.keep(ok)))
        features = []
        for part in self.features:
            kept = part.keep(ok) if mute or withdrawn else part
            whole = ALL_OF[part.kind] in gone
            if whole or gone & {feature_key(part.kind, f) for f in kept.seen}:
                left = {f: b for f, b in kept.seen.items() if feature_key(part.kind, f) not in gone}
                kept = replace(kept, seen={} if whole else left)
            features.append(kept)
        return replace(self, namings=namings, features=tuple(features))

    def share(self, named: frozenset[str]) -> float:
        """The named candidates' part of the prior over all candidates (unknown left out)."""
        places = [i for i, candidate in enumerate(self.candidates) if candidate in named]
        return float(self.prior[places].sum() / self.prior[:-1].sum())

    def of(self, candidate: str) -> list[Naming]:
        """The namings of a candidate, the most reliable first."""
        return sorted(
            (n.on(candidate) for n in self.namings if candidate in n.candidates), key=lambda n: (n.error, n.key)
        )

    def weights(self) -> Iterator[tuple[Features, FeatureWeights]]:
        """Feature weights of each kind that the incident has any of."""
        for part in self.features:
            if part.seen:
                yield (
                    part,
                    feature_weights(
                        self.candidates, part.seen, part.repertoires, self.reuse[part.kind], doubts=part.doubts
                    ),
                )

    def probabilities(self) -> Floats:
        """Posterior over the candidates, and unknown last."""
        bits = np.zeros(len(self.candidates) + 1)
        for place, candidate in enumerate(self.candidates):
            if kept := collapse(self.of(candidate))[0]:
                bits[place] = naming_bits([n.error for n in kept], self._narrowest(kept))
        for _, weights in self.weights():
            bits[:-1] += weights.total()
        return posterior(self.prior, bits)

    def parts(self, candidate: str) -> list[Part]:
        """The items of one candidate's score; their bits sum to it."""
        kept, copies = collapse(self.of(candidate))
        made: list[Part] = []
        if kept:
            single = [reliability_bits(n.error) for n in kept]
            single = [single[0], *(max(bits, 0.0) for bits in single[1:])]
            total = naming_bits([n.error for n in kept], self._narrowest(kept))
            basis = tuple(dict.fromkeys(b for n in kept for b in n.chain[:1]))
            what = "being named at all, out of all candidates (counted once)"
            made.append(Part("named", "named", what, total - sum(single), basis))
            made += [Part(n.key, n.kind, n.what, b, n.basis) for n, b in zip(kept, single, strict=True)]
            made += [Part(n.key, n.kind, n.what, 0.0, n.basis, into) for n, into in copies]
        for part, weights in self.weights():
            row = weights.bits[self.candidates.index(candidate)]
            entries = part.known.get(candidate, {})
            for feature, bits in zip(weights.features, row, strict=True):
                how = "known of it" if feature in entries else "not known of it"
                what = f"{part.names.get(feature, feature)}: {how}"
                basis = (*part.seen[feature], *entries.get(feature, ()))
                made.append(Part(feature_key(part.kind, feature), part.kind, what, float(bits), basis))
        return made

    def _narrowest(self, kept: Sequence[Naming]) -> float:
        return min(self.share(n.candidates) for n in kept)

    def resampled(self, draws: int, seed: int) -> Floats:
        """Posteriors (draws × candidates and unknown) with the counts and assumed rates resampled.

        Prevalence and reuse from their Jeffreys posteriors; each assumed error rate from a beta
        distribution worth `ASSUMPTION_CASES` cases. The prior is the user's and stays.
        """
        generator = np.random.default_rng(seed)
        bits = np.zeros((draws, len(self.candidates) + 1))
        # sorted: names must not change the draws
        steps = sorted({e for c in self.candidates for n in self.of(c) for e in n.steps})
        drawn = {e: generator.beta(e * ASSUMPTION_CASES, (1 - e) * ASSUMPTION_CASES, draws) for e in steps}
        for place, candidate in enumerate(self.candidates):
            if kept := collapse(self.of(candidate))[0]:
                sound = [np.clip(np.prod([1 - drawn[e] for e in n.steps], axis=0), 0.01, 0.99) for n in kept]
                odds = [np.log2(s / (1 - s)) for s in sound]
                later = np.sum([np.maximum(o, 0) for o in odds[1:]], axis=0)
                bits[:, place] = np.maximum(specificity_bits(self._narrowest(kept)) + odds[0] + later, 0)
        for part, weights in self.weights():
            repertoires = part.repertoires
            n = np.array([repertoires.counts.get(f, 0) for f in weights.features])
            prevalence = generator.beta(n + 0.5, repertoires.documented - n + 0.5, (draws, len(n)))
            rate = self.reuse[part.kind].draws(generator, draws)
            for i in range(draws):
                q = np.clip(prevalence[i], 1e-6, 1)
                raw = feature_bits(weights.known, weights.counted, q, float(rate[i]), weights.sound)
                bits[i, :-1] += weights.discount * raw.sum(axis=1)
        return posterior(self.prior, bits)


def naming_bits(errors: Sequence[float], share: float) -> float:
    """Bits of independent namings of one candidate, the most reliable first; never below zero.

    The first picks the candidate out of all (`specificity_bits`). A later one is assumed, when wrong, to
    repeat the first, so it adds only `log2((1 - error) / error)`, and never counts against.
    """
    first = specificity_bits(share) + reliability_bits(errors[0])
    return max(first + sum(max(reliability_bits(e), 0.0) for e in errors[1:]), 0.0)
