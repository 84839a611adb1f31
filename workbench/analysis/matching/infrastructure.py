"""The same infrastructure in several sources: how many of them know it by themselves.

Sources that are joined by `DERIVED_FROM`, in any number of steps, through whatever they cite in common, count as one:
the number of independent sources is a lower bound. Where nobody says that one source copies another, lists that are
nearly the same are shown as *candidates* for a copy, with reasons; a candidate changes no count. Two lists may be
alike because both are right. Two things are shown beside the reasons and are none: the same mistake in both (a site
that many use, listed as somebody's), which two who are right do not make alike; and which of the two was published
later, which says who would have copied whom, and nothing about whether.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from workbench.graph.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    import pandas as pd

LEAST_COMMON = 5
"""Indicators two lists must have in common: fewer are no pattern."""
LEAST_SHARE = 0.9
"""Share of the smaller list that the larger one has too."""
LEAST_RUN = 8
"""Indicators that follow one another in both lists, where neither is in alphabetical order."""
MANY = 200
"""An indicator that more sources than this have (a popular site) tells nothing about who copies whom."""
_CLAIMS = """
MATCH (x:Infrastructure)-[c]-()
WHERE c.claim_id IS NOT NULL AND c.tier = 'intelligence' AND coalesce(c.listing, '') <> 'shared'
  AND coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN DISTINCT x.id AS id, c.source_id AS source ORDER BY id, source
"""
_DERIVED = """
MATCH (s:Source)-[c:DERIVED_FROM]->(o:Source)
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN DISTINCT s.id AS source, o.id AS original ORDER BY source, original
"""
_SHARED = """
MATCH (x:Infrastructure)-[c:LISTED_BY {listing: 'shared'}]->()
WHERE coalesce(c.recorded_at <= $as_of, true) AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL)
RETURN DISTINCT x.id AS id
"""
_PUBLISHED = "MATCH (s:Source) WHERE s.published IS NOT NULL RETURN s.id AS source, s.published AS published"


@dataclass(frozen=True)
class Pair:
    """Two sources that have indicators in common."""

    left: str
    right: str
    common: int
    share: float
    """Of the smaller one's indicators, those that the other has too."""
    joined: bool
    """Whether somebody says that one derives from the other, or both from a third."""
    reasons: tuple[str, ...]
    """Why one may be a copy; none: no candidate."""
    same_mistakes: int = 0
    """Of those in common: how many a list of shared infrastructure calls shared by many."""
    later: str | None = None
    """Which of the two was published later, where both say when."""

    @property
    def candidate(self) -> bool:
        """Whether one may be a copy of the other, and nobody has said so."""
        return bool(self.reasons) and not self.joined


@dataclass(frozen=True)
class Overlap:
    """What several sources have in common."""

    pairs: tuple[Pair, ...]
    indicators: pd.DataFrame
    """infrastructure, sources, independent."""

    def to_frame(self) -> pd.DataFrame:
        """One row a pair of sources, the likeliest copies first."""
        import pandas as pd

        columns = ["left", "right", "common", "share", "joined", "candidate", "reasons", "same_mistakes", "later"]
        rows = [
            [p.left, p.right, p.common, p.share, p.joined, p.candidate, "; ".join(p.reasons), p.same_mistakes, p.later]
            for p in self.pairs
        ]
        return pd.DataFrame(rows, columns=columns)

    def to_json(self) -> dict[str, Any]:
        """Pairs and indicators as plain data."""
        shown: dict[str, Any] = json.loads(self.indicators.to_json(orient="table", index=False))
        return {"pairs": json.loads(self.to_frame().to_json(orient="records")), "indicators": shown["data"]}

    def words(self) -> str:
        """What there is to say, in sentences."""
        several = self.indicators
        if several.empty:
            return "No indicator stands in two sources or more."
        alone = int((several["independent"] == 1).sum())
        lines = [
            f"{len(several)} indicators stand in two sources or more; for {alone} of them, all of those go back to one."
        ]
        lines += [
            f"{p.left} and {p.right} may be copies: {'; '.join(p.reasons)}. Nobody says so, and both count."
            + (f" {p.same_mistakes} of what they share is shared by many: the same mistake." if p.same_mistakes else "")
            + (f" {p.later} was published later." if p.later else "")
            for p in self.pairs
            if p.candidate
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False))


def infrastructure_overlap(store: Store, *, as_of: datetime | None = None) -> Overlap:
    """Indicators in two sources or more, how many of those are independent, and which may be copies.

    Lists of shared infrastructure and what the workbench computes itself are left out.
    """
    import pandas as pd

    lists: dict[str, list[str]] = defaultdict(list)
    for id_, source in store.read(_CLAIMS, {"as_of": as_of}).rows:
        lists[source].append(id_)
    joined = Joined((a, b) for a, b in store.read(_DERIVED, {"as_of": as_of}).rows)
    said: dict[str, list[str]] = defaultdict(list)
    for source, ids in sorted(lists.items()):
        for id_ in ids:
            said[id_].append(source)
    rows = [
        (id_, sources, joined.count(sources)) for id_, sources in sorted(said.items()) if len(sources) > 1
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["infrastructure", "sources", "independent"])
    shared = {row[0] for row in store.read(_SHARED, {"as_of": as_of}).rows}
    published = dict(store.read(_PUBLISHED).rows)
    pairs = overlaps(lists, joined, ordered=False)
    return Overlap(tuple(_beside(pair, lists, shared, published) for pair in pairs), frame)


def _beside(pair: Pair, lists: Mapping[str, Sequence[str]], shared: set[str], published: Mapping[str, Any]) -> Pair:
    """The pair with what is shown beside its reasons."""
    mistakes = len(shared.intersection(lists[pair.left]).intersection(lists[pair.right])) if shared else 0
    days = [published.get(name) for name in (pair.left, pair.right)]
    later = None
    if None not in days and days[0] != days[1]:
        later = pair.left if days[0] > days[1] else pair.right  # type: ignore[operator]
    return replace(pair, same_mistakes=mistakes, later=later)


def overlaps(lists: Mapping[str, Sequence[str]], joined: Joined | None = None, *, ordered: bool = True) -> list[Pair]:
    """Every two sources with something in common, the likeliest copies first.

    `ordered`: whether the lists are in the order in which their sources have them (a graph keeps no order).
    """
    known = joined or Joined(())
    unique = {source: list(dict.fromkeys(ids)) for source, ids in lists.items()}
    holders: dict[str, list[str]] = defaultdict(list)
    for source in sorted(unique):
        for id_ in unique[source]:
            holders[id_].append(source)
    common: Counter[tuple[str, str]] = Counter()
    for sources in holders.values():
        if len(sources) <= MANY:
            common.update(combinations(sources, 2))
    pairs = []
    for (left, right), count in common.items():
        share = count / min(len(unique[left]), len(unique[right]))
        run = longest_run(unique[left], unique[right]) if ordered and count >= LEAST_RUN else 0
        reasons = tuple(_reasons(count, share, run))
        pairs.append(Pair(left, right, count, share, known.same(left, right), reasons))
    return sorted(pairs, key=lambda p: (-len(p.reasons), -p.share, -p.common, p.left, p.right))


def _reasons(common: int, share: float, run: int) -> Iterable[str]:
    if common >= LEAST_COMMON and share >= LEAST_SHARE:
        yield f"{share:.0%} of the smaller list ({common} indicators) stand in the other too"
    if run >= LEAST_RUN:
        yield f"{run} indicators follow one another in the same order in both"


def longest_run(left: Sequence[str], right: Sequence[str]) -> int:
    """The most indicators that follow one another in both lists; 0 where a list is in alphabetical order, which two
    people make alike without knowing of each other."""
    if any(list(side) in (sorted(side), sorted(side, reverse=True)) for side in (left, right)):
        return 0
    place = {id_: i for i, id_ in enumerate(right)}
    best = run = 0
    before = -2
    for id_ in left:
        here = place.get(id_, -2)
        run = run + 1 if here >= 0 and here == before + 1 else int(here >= 0)
        best, before = max(best, run), here
    return best


class Joined:
    """Sources that say of themselves, or of whom it is said, that they build on one another."""

    def __init__(self, derived: Iterable[tuple[str, str]]) -> None:
        self._above: dict[str, str] = {}
        for source, original in derived:
            low, high = sorted((self._root(source), self._root(original)))
            self._above[high] = low

    def _root(self, source: str) -> str:
        while (above := self._above.get(source, source)) != source:
            self._above[source] = self._above.get(above, above)
            source = above
        return source

    def same(self, left: str, right: str) -> bool:
        """Whether two sources go back to one."""
        return self._root(left) == self._root(right)

    def count(self, sources: Iterable[str]) -> int:
        """How many of the sources are independent, at least."""
        return len({self._root(source) for source in sources})
