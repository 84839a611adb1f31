"""The catalogue test: leave one ATT&CK campaign out, and predict its group from what it used.

Nothing is fitted on what is reported: the rules are fixed in `workbench.analysis.attribution.weights`, and the one
counted number (how often a group's known techniques are used again) comes from the other campaigns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from workbench.analysis.attribution.weights import (
    FEATURE_KINDS,
    Absence,
    FeatureKind,
    Floats,
    Repertoires,
    Reuse,
    feature_weights,
    posterior,
)
from workbench.analysis.evaluation.attack import Campaign, Catalogue, Use, read_catalogue
from workbench.analysis.evaluation.intervals import Figure, bootstrap_mean, wilson
from workbench.errors import InputError

Control = Literal["only", "any"]
"""Leak control: remove a group's relationships cited *only* by the campaign's own references, or those
that share *any* reference with it or name it in their text."""
UNKNOWN_SHARE = 0.5
NAMED_ABOVE = 0.5
"""A group is named when it is more likely than everything else together; fixed beforehand."""
SEED = 20230602
Known = dict[FeatureKind, Repertoires]


@dataclass(frozen=True)
class Prediction:
    """What the method said of one left-out campaign."""

    campaign: str
    groups: frozenset[str]
    size: int
    ranking: tuple[str, ...]
    """Groups, the likeliest first (unknown left out)."""
    probability: float
    """Of the first group."""
    truth: float
    """Probability given to the true group."""
    brier: float
    false_name: bool
    """With the true group withheld from the candidates: whether another is named."""

    @property
    def right(self) -> bool:
        """Whether the first group is a true one."""
        return self.ranking[0] in self.groups

    @property
    def named(self) -> bool:
        """Whether a report would name the first group."""
        return self.probability > NAMED_ABOVE


@dataclass(frozen=True)
class CatalogueResult:
    """Everything that docs/accuracy.md shows."""

    catalogue: Catalogue
    predictions: tuple[Prediction, ...]
    figures: Mapping[str, Figure]
    baselines: Mapping[str, Figure]
    variants: Mapping[str, Mapping[str, Figure]]
    reuse: Mapping[FeatureKind, Reuse]
    seed: int


class CatalogueTest:
    """One way of running the catalogue test over all campaigns."""

    def __init__(
        self, catalogue: Catalogue, *, control: Control = "only", absence: Absence = "where seen",
        discounted: bool = True,
    ) -> None:  # fmt: skip
        self.catalogue = catalogue
        self.absence: Absence = absence
        self.discounted = discounted
        self.groups = tuple(catalogue.groups)
        self.known = {c.id: known_without(catalogue, c, control) for c in catalogue.campaigns}

    def reuse(self, kind: FeatureKind, but: Campaign | None = None) -> Reuse:
        """Counted over all campaigns but one, each with its own references' relationships removed."""
        matched = seen = 0
        chance = 0.0
        for campaign in self.catalogue.campaigns:
            if campaign is but:
                continue
            repertoires = self.known[campaign.id][kind]
            own = frozenset[str]().union(*(repertoires.known[g] for g in campaign.groups))
            for feature in campaign.features(kind):
                seen += 1
                matched += feature in own
                chance += repertoires.prevalence(feature)
        return Reuse(matched, seen, round(chance / seen, 6) if seen else 0.0)

    def bits(self, campaign: Campaign) -> Floats:
        """Bits of the campaign's features for every group."""
        total = np.zeros(len(self.groups))
        for kind in FEATURE_KINDS:
            if features := campaign.features(kind):
                total += feature_weights(
                    self.groups, features, self.known[campaign.id][kind], self.reuse(kind, campaign),
                    absence=self.absence, discounted=self.discounted,
                ).total()  # fmt: skip
        return total

    def predict(self, campaign: Campaign) -> Prediction:
        """Rank the groups for a left-out campaign under the uniform prior of `attribute`."""
        bits = np.append(self.bits(campaign), 0.0)
        prior = np.append(np.full(len(self.groups), (1 - UNKNOWN_SHARE) / len(self.groups)), UNKNOWN_SHARE)
        found = posterior(prior, bits)
        order = sorted(range(len(self.groups)), key=lambda i: (-found[i], self.groups[i]))
        true = [i for i, g in enumerate(self.groups) if g in campaign.groups]
        truth = float(found[true].sum())
        others = np.delete(found, true)
        withheld = posterior(np.delete(prior, true), np.delete(bits, true))
        return Prediction(
            campaign.id, campaign.groups, len({u.feature for u in campaign.uses}), tuple(self.groups[i] for i in order),
            float(found[order[0]]), truth, (1 - truth) ** 2 + float((others**2).sum()),
            bool(withheld[:-1].max() > NAMED_ABOVE),
        )  # fmt: skip

    def run(self) -> tuple[Prediction, ...]:
        """Every campaign left out once."""
        return tuple(self.predict(campaign) for campaign in self.catalogue.campaigns)


def known_without(catalogue: Catalogue, campaign: Campaign, control: Control) -> Known:
    """What every group is known to use once a campaign's own references are set aside."""

    def independent(use: Use) -> bool:
        if control == "only":
            return not use.references or not use.references <= campaign.references
        return not use.references & campaign.references and campaign.name.casefold() not in use.text.casefold()

    kept = {group: [use for use in uses if independent(use)] for group, uses in catalogue.uses.items()}
    return {
        kind: Repertoires({g: frozenset(u.feature for u in uses if u.kind == kind) for g, uses in kept.items()})
        for kind in FEATURE_KINDS
    }


def evaluate_catalogue(path: str | Path, *, seed: int = SEED) -> CatalogueResult:
    """Measure the technique and software part of `attribute` on an ATT&CK bundle (plain or xz).

    Deterministic for a file and a seed. Raises InputError for a file that is no such bundle or has no
    attributed campaign.
    """
    catalogue = read_catalogue(path)
    if len(catalogue.campaigns) < 2:
        raise InputError("fewer than two campaigns are attributed to a group", where=catalogue.file)
    test = CatalogueTest(catalogue)
    predictions = test.run()
    variants = {
        name: summary(other.run(), catalogue, seed)
        for name, other in {
            "leak control: any shared reference or mention": CatalogueTest(catalogue, control="any"),
            "no discount for dependence": CatalogueTest(catalogue, discounted=False),
            "absence never counts": CatalogueTest(catalogue, absence="never"),
            "absence always counts": CatalogueTest(catalogue, absence="always"),
        }.items()
    }
    return CatalogueResult(
        catalogue, predictions, summary(predictions, catalogue, seed), dict(_baselines(test)), variants,
        {kind: test.reuse(kind) for kind in FEATURE_KINDS}, seed,
    )  # fmt: skip


def summary(predictions: Sequence[Prediction], catalogue: Catalogue, seed: int) -> dict[str, Figure]:
    """The figures of one run; `n` is campaigns."""
    n = len(predictions)
    named = [p for p in predictions if p.named]
    clusters = [min(p.groups) for p in predictions]
    share = (1 - UNKNOWN_SHARE) / len(catalogue.groups)
    base = [share * len(p.groups) for p in predictions]
    base_loss = [-float(np.log2(b)) for b in base]
    base_brier = [
        (1 - b) ** 2 + (len(catalogue.groups) - len(p.groups)) * share**2 + UNKNOWN_SHARE**2
        for b, p in zip(base, predictions, strict=True)
    ]
    loss = [-float(np.log2(max(p.truth, 1e-12))) for p in predictions]
    brier = [p.brier for p in predictions]
    return {
        "top-1": wilson(sum(p.right for p in predictions), n),
        "top-3": wilson(sum(bool(p.groups & set(p.ranking[:3])) for p in predictions), n),
        "precision where named": wilson(sum(p.right for p in named), len(named)),
        "coverage": wilson(len(named), n),
        "false naming, true group withheld": wilson(sum(p.false_name for p in predictions), n),
        "log loss": bootstrap_mean(loss, clusters, seed=seed),
        "log loss of the prior alone": bootstrap_mean(base_loss, clusters, seed=seed),
        "Brier score": bootstrap_mean(brier, clusters, seed=seed),
        "Brier score of the prior alone": bootstrap_mean(base_brier, clusters, seed=seed),
        "bits gained over the prior": bootstrap_mean(
            [b - v for b, v in zip(base_loss, loss, strict=True)], clusters, seed=seed
        ),
    }


def _baselines(test: CatalogueTest) -> Iterator[tuple[str, Figure]]:
    campaigns = test.catalogue.campaigns
    majority = jaccard = largest = overlap = 0
    for campaign in campaigns:
        counts = Counter(g for other in campaigns if other is not campaign for g in other.groups)
        majority += min(counts, key=lambda g: (-counts[g], g)) in campaign.groups
        mine = {u.feature for u in campaign.uses}
        left = test.known[campaign.id].values()
        known = {g: frozenset[str]().union(*(repertoires.known[g] for repertoires in left)) for g in test.groups}
        shared = {g: len(mine & known[g]) for g in known}
        jaccard += min(known, key=lambda g: (-shared[g] / max(len(mine | known[g]), 1), g)) in campaign.groups
        overlap += min(known, key=lambda g: (-shared[g], g)) in campaign.groups
        largest += min(known, key=lambda g: (-len(known[g]), g)) in campaign.groups
    n = len(campaigns)
    commonest = Counter(g for campaign in campaigns for g in campaign.groups).most_common(1)[0][1]
    yield "majority class, counted over the other campaigns", wilson(majority, n)
    yield "majority class, counted with the answers (flattered)", wilson(commonest, n)
    yield "largest repertoire", wilson(largest, n)
    yield "most shared techniques and software", wilson(overlap, n)
    yield "Jaccard similarity", wilson(jaccard, n)
