"""Weights of evidence in bits: what an item says for a candidate, from counts and stated assumptions.

The weight of evidence e for a candidate a is `log2(P(e | a) / P(e | not a))` (I. J. Good, *Probability
and the Weighing of Evidence*, 1950). Nothing here knows the graph: the catalogue test measures the
very functions that `attribute` uses. docs/attribution.md explains each number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
FeatureKind = Literal["technique", "software"]
FEATURE_KINDS: tuple[FeatureKind, ...] = ("technique", "software")

UNKNOWN = "unknown"
"""The candidate that is always there: a group nobody has catalogued, or no group at all."""
UNKNOWN_NAME = "unknown / other"

ERRORS: dict[str, float] = {
    "authority": 0.10, "vendor": 0.20, "academic": 0.20, "catalogue": 0.25,
    "researcher": 0.35, "victim": 0.35, "media": 0.40, "user": 0.50,
}  # fmt: skip
"""Assumed share of wrong ones among the attributions of each kind of source (`model.nodes.SourceKind`):
assumptions, not counts; shown with every result and adjustable. docs/attribution.md gives the reasons."""
GRADE_ERRORS = {
    "A": 0.05, "B": 0.20, "C": 0.40, "D": 0.60, "E": 0.80, "F": 0.50,
    "1": 0.05, "2": 0.20, "3": 0.40, "4": 0.60, "5": 0.80, "6": 0.50,
}  # fmt: skip
"""What an Admiralty letter (reliability of the source) and digit (credibility of the item) are read as."""
ON_TRACE_ERROR = 0.50
"""Assumed chance that a wallet the money reached is no longer the thief's."""
ASSUMPTION_CASES = 20
"""An assumed rate is resampled as if it had been counted in this many cases."""
_LEAST, _MOST = 0.01, 0.99
_ARCHIVED = re.compile(r"https?://(?:web\.|www\.)?archive\.org/web/\d{1,14}[a-z_]*/(\S.*)")


def claim_error(
    kind: str | None, confidence: int | None, grade: str | None, errors: Mapping[str, float] | None = None
) -> float:
    """Chance that a claim is wrong: the most doubtful of its source's kind, its grade and its confidence.

    `confidence` is STIX 0–100 as the source or the loader gave it; None says nothing.
    """
    table = {**ERRORS, **(errors or {})}
    doubts = [_LEAST, table.get(kind or "user", table["user"])]
    if grade is not None:
        doubts += [GRADE_ERRORS[mark] for mark in grade if mark in GRADE_ERRORS]
    if confidence is not None:
        doubts.append(1 - confidence / 100)
    return min(max(doubts), _MOST)


def chain_error(links: Iterable[float]) -> float:
    """Chance that a chain of claims is broken somewhere, the links taken as independent."""
    whole = 1.0
    for error in links:
        whole *= 1 - error
    return min(max(1 - whole, _LEAST), _MOST)


def reliability_bits(error: float) -> float:
    """`log2((1 - error) / error)`: the odds that the source is right rather than wrong."""
    return float(np.log2((1 - error) / error))


def specificity_bits(share: float) -> float:
    """`-log2(share)`: how much naming these candidates narrows the choice.

    A source that is wrong is assumed to name groups in proportion to the prior, so
    `P(named | not a) = error × share`. `share` is the named candidates' part of the prior over all groups.
    """
    return float(-np.log2(min(max(share, 1e-12), 1.0)))


@dataclass(frozen=True)
class Reuse:
    """How often an incident's techniques (or software) were already known of the group that did it."""

    matched: int
    seen: int
    chance: float
    """Mean prevalence of those techniques: how often they are known of any group."""

    @property
    def rate(self) -> float:
        """The share beyond chance, Jeffreys-smoothed: `(m - chance) / (1 - chance)`, m = (matched+½)/(seen+1)."""
        return float(self.of(np.array((self.matched + 0.5) / (self.seen + 1))))

    def of(self, matched_share: Floats) -> Floats:
        """The same for any matched shares, such as resampled ones."""
        rates: Floats = np.clip((matched_share - self.chance) / (1 - self.chance), _LEAST, _MOST)
        return rates

    def draws(self, generator: np.random.Generator, count: int) -> Floats:
        """Rates resampled from the counts (the Jeffreys posterior of the matched share)."""
        return self.of(generator.beta(self.matched + 0.5, self.seen - self.matched + 0.5, count))


@dataclass(frozen=True)
class Repertoires:
    """What each candidate is known to use, of one kind (techniques, or software)."""

    known: Mapping[str, frozenset[str]]

    @cached_property
    def documented(self) -> int:
        """Candidates with at least one entry: the population that prevalence is counted in."""
        return sum(bool(features) for features in self.known.values())

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many candidates are known for each feature."""
        found: dict[str, int] = {}
        for features in self.known.values():
            for feature in features:
                found[feature] = found.get(feature, 0) + 1
        return found

    def prevalence(self, feature: str) -> float:
        """`P(known | not a)`: share of documented candidates known for it, Jeffreys-smoothed."""
        return (self.counts.get(feature, 0) + 0.5) / (self.documented + 1)

    def matrix(self, candidates: Sequence[str], features: Sequence[str]) -> Booleans:
        """Candidates × features: known or not."""
        return np.array([[f in self.known.get(c, ()) for f in features] for c in candidates], dtype=bool).reshape(
            len(candidates), len(features)
        )


@dataclass(frozen=True)
class FeatureWeights:
    """Bits of each feature of an incident for each candidate, already discounted for dependence."""

    candidates: tuple[str, ...]
    features: tuple[str, ...]
    known: Booleans
    counted: Booleans
    """Candidates against whom an absent feature counts."""
    sound: Floats
    """Chance that the incident shows each feature."""
    discount: float
    bits: Floats

    def total(self) -> Floats:
        """Bits for each candidate."""
        summed: Floats = self.bits.sum(axis=1)
        return summed


Absence = Literal["where seen", "never", "always"]


def feature_weights(
    candidates: Sequence[str],
    features: Iterable[str],
    repertoires: Repertoires,
    reuse: Reuse,
    *,
    absence: Absence = "where seen",
    discounted: bool = True,
    doubts: Mapping[str, float] | None = None,
) -> FeatureWeights:
    """Weigh an incident's techniques (or software) against what each candidate is known to use.

    With reuse rate r and prevalence q, "known of the candidate" weighs `log2(r / q + 1 - r)` bits and
    "not known of the candidate" `log2(1 - r)`. The latter counts only where it would have been seen:
    against a candidate with at least as many entries as the incident has.
    `doubts`: chance that the incident did not show a feature at all, where somebody says so.
    The sum is divided by the design effect `1 + (n - 1) × mean correlation` (Kish 1965), because
    techniques come in company.
    """
    columns = tuple(sorted(set(features)))
    known = repertoires.matrix(candidates, columns)
    sizes = np.array([len(repertoires.known.get(c, ())) for c in candidates])
    counted = {"where seen": sizes >= max(len(columns), 1), "never": sizes < 0, "always": sizes >= 0}[absence]
    prevalence = np.array([repertoires.prevalence(f) for f in columns])
    discount = 1 / design_effect(known) if discounted else 1.0
    sound = np.array([1 - (doubts or {}).get(f, 0.0) for f in columns])
    bits = discount * feature_bits(known, counted, prevalence, reuse.rate, sound)
    return FeatureWeights(tuple(candidates), columns, known, counted, sound, discount, bits)


def feature_bits(known: Booleans, counted: Booleans, prevalence: Floats, rate: float, sound: Floats) -> Floats:
    """Bits before the discount, candidates × features; what is not sound pulls the ratio towards one."""
    present = np.log2(rate / prevalence + 1 - rate)
    absent = np.where(counted, np.log2(1 - rate), 0.0)
    ratio = np.exp2(np.where(known, present[None, :], absent[:, None]))
    bits: Floats = np.log2(sound * ratio + 1 - sound)
    return bits


def design_effect(known: Booleans) -> float:
    """`1 + (n - 1) × r̄`, r̄ the mean correlation over candidates between the n features; at least 1.

    A feature that no candidate or every candidate has correlates with nothing.
    """
    width = known.shape[1]
    if width < 2 or known.shape[0] < 2:
        return 1.0
    varying = known[:, known.any(axis=0) & ~known.all(axis=0)].astype(float)
    if varying.shape[1] < 2:
        return 1.0
    correlation = np.corrcoef(varying.T)
    mean = (correlation.sum() - varying.shape[1]) / (width * (width - 1))
    return float(1 + (width - 1) * max(mean, 0.0))


def posterior(prior: Floats, bits: Floats) -> Floats:
    """Probabilities from a prior and weights in bits; works along the last axis and sums to one there."""
    with np.errstate(divide="ignore"):
        score = np.log2(prior) + bits
    score = score - score.max(axis=-1, keepdims=True)
    raw = np.exp2(score)
    normal: Floats = raw / raw.sum(axis=-1, keepdims=True)
    return normal


def same_reference(text: str | None) -> str | None:
    """A reference in the form in which two spellings of one address are equal; None for nothing.

    Left out: scheme, `www.` and `m.`, default port, fragment, tracking parameters, an archive's own address
    (web.archive.org), and letter case, though some servers tell cases apart: it errs towards being a copy.
    """
    if not text or not text.strip():
        return None
    plain = " ".join(text.split()).casefold()
    for _ in range(3):  # an archived copy of an archived copy
        if not (archived := _ARCHIVED.match(plain)):
            break
        plain = archived[1] if "://" in archived[1][:8] else f"http://{archived[1]}"
    try:
        parts = urlsplit(plain)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # what is no address is compared as text
        return plain
    if parts.scheme not in ("http", "https") or not host:
        return plain
    query = "&".join(sorted(p for p in parts.query.split("&") if p and not p.startswith(("utm_", "fbclid", "gclid"))))
    host = host.rstrip(".").removeprefix("www.")
    if "." in host.removeprefix("m."):
        host = host.removeprefix("m.")
    if port not in (None, 80, 443):
        host = f"{host}:{port}"
    return f"{host}{parts.path.rstrip('/')}{'?' + query if query else ''}"


def independent_of(citations: Iterable[str], own: set[str]) -> bool:
    """Whether a group's relationship rests on more than the incident's own references.

    The leak control: what is known of a group only because of this incident is no evidence about it.
    A relationship without references is taken as independent.
    """
    cited = {ref for text in citations if (ref := same_reference(text))}
    return not cited or not cited <= own
