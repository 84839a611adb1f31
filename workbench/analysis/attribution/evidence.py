"""Evidence items, and which of them are copies of one another.

Two kinds of items. *Namings*: somebody names a group, for the incident itself or for a wallet its
money is in. *Features*: techniques and software of the incident, weighed against what each candidate
is known to use. Copies of one naming are one piece of news: only the strongest counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from workbench.analysis.attribution.weights import FeatureKind, Repertoires, chain_error

NamingKind = Literal["statement", "wallet", "wallet on the trace"]


@dataclass(frozen=True)
class Basis:
    """A claim that an item rests on."""

    claim_id: str
    source_id: str
    error: float = 0.0
    url: str | None = None
    file: str | None = None
    """The file that the claim was read from."""
    remarks: tuple[str, ...] = ()
    """What a reader must be told: whose word it really is, or what it joins."""
    needs: tuple[Basis, ...] = ()
    """Claims without which it would say nothing here."""

    @property
    def all(self) -> tuple[Basis, ...]:
        """Itself and what it needs."""
        return (self, *self.needs)


def carried(chain: Sequence[Basis], over: Iterable[Basis]) -> tuple[Basis, ...]:
    """A chain with the claims that carry it over. A source's word on what it says itself is no further step: with
    both its claims the chain is as doubtful as the more doubtful of them."""
    made = list(chain)
    for basis in over:
        said = max((b.error for b in made if b.source_id == basis.source_id), default=0.0)
        made.append(replace(basis, error=max(1 - (1 - basis.error) / (1 - said), 0.0)))
    return tuple(made)


@dataclass(frozen=True)
class Naming:
    """Somebody names one or several candidates."""

    key: str
    kind: NamingKind
    what: str
    candidates: frozenset[str]
    chain: tuple[Basis, ...]
    """The claims it needs, the naming one first; it is as good as all of them together."""
    also: tuple[Basis, ...] = ()
    """Further claims of the same statement, such as the other names it gives."""
    news: frozenset[str] = frozenset()
    """What it is a copy of: sources at the origin of the naming claim's source, and its address."""
    assumed: tuple[float, ...] = ()
    """Errors of steps that no claim stands for, such as having been reached by the money."""
    linked: tuple[tuple[str, tuple[Basis, ...]], ...] = ()
    """Candidates that it names only by the word of further claims, which join groups."""

    def on(self, candidate: str) -> Naming:
        """As it stands for one candidate: the claims that carry it over are links of its chain."""
        over = dict(self.linked).get(candidate)
        return replace(self, chain=carried(self.chain, over), linked=()) if over else self

    def keep(self, ok: Callable[[Basis], bool]) -> Naming | None:
        """Without the candidates that hang on claims that are not ok; None where it cannot stand."""
        lost = {candidate for candidate, path in self.linked if not all(map(ok, path))}
        if not all(map(ok, self.chain)) or not self.candidates - lost:
            return None
        linked = tuple(pair for pair in self.linked if pair[0] not in lost)
        return replace(self, candidates=self.candidates - lost, linked=linked) if lost else self

    @property
    def needed(self) -> tuple[Basis, ...]:
        """The claims of its chain, and those that carry it over to any candidate."""
        return (*self.chain, *(basis for _, path in self.linked for basis in path))

    @property
    def steps(self) -> tuple[float, ...]:
        """Chance of each step to be wrong."""
        return (*(basis.error for basis in self.chain if basis.error), *self.assumed)

    @property
    def error(self) -> float:
        """Chance that the chain is broken somewhere."""
        return chain_error(self.steps)

    @property
    def basis(self) -> tuple[Basis, ...]:
        """Every claim it rests on."""
        return (*self.chain, *self.also)


@dataclass(frozen=True)
class Features:
    """An incident's techniques or software, and what candidates are known to use, claim by claim."""

    kind: FeatureKind
    seen: Mapping[str, tuple[Basis, ...]]
    known: Mapping[str, Mapping[str, tuple[Basis, ...]]]
    names: Mapping[str, str] = field(default_factory=dict)

    def keep(self, ok: Callable[[Basis], bool]) -> Features:
        """Without the claims that are not ok."""
        known = {c: {f: k for f, b in e.items() if (k := tuple(filter(ok, b)))} for c, e in self.known.items()}
        seen = {f: kept for f, basis in self.seen.items() if (kept := tuple(filter(ok, basis)))}
        return replace(self, seen=seen, known=known)

    @property
    def doubts(self) -> dict[str, float]:
        """Chance that the incident did not show each feature, by its surest claim."""
        return {feature: min(b.error for b in basis) for feature, basis in self.seen.items()}

    @property
    def repertoires(self) -> Repertoires:
        """What each candidate is known to use, without the claims."""
        return Repertoires({candidate: frozenset(entries) for candidate, entries in self.known.items()})


NO_ADDRESS = "no address"
"""In the news of every naming without an address where it could be read: together they are one piece of news."""
ALL_OF: dict[FeatureKind, str] = {"technique": "techniques", "software": "software"}
"""The key under which all features of a kind are withdrawn together."""


def feature_key(kind: FeatureKind, feature: str) -> str:
    """The key of a technique's or software's item."""
    return f"{kind}:{feature}"


def collapse(items: Sequence[Naming]) -> tuple[list[Naming], list[tuple[Naming, str]]]:
    """The items that count, and the copies with the key of the item each collapses into.

    `items` come strongest first. Two are copies where their news overlaps: the same source, sources
    derived from a common origin, the same address, or none at all.
    """
    kept: list[Naming] = []
    copies: list[tuple[Naming, str]] = []
    for item in items:
        into = next((k.key for k in kept if k.news & item.news), None)
        if into is None:
            kept.append(item)
        else:
            copies.append((item, into))
    return kept, copies


def origins(derived: Iterable[tuple[str, str]]) -> Callable[[str], frozenset[str]]:
    """From (copy, original) pairs: source → the sources at the end of its chain of originals.

    A compilation has several origins and is a copy of each, but does not make them copies of one
    another. Sources that cite each other in a circle are one origin, named by the smallest id.
    """
    above: dict[str, set[str]] = defaultdict(set)
    for copy, original in derived:
        if copy != original:
            above[copy].add(original)

    def reach(source: str) -> set[str]:
        found: set[str] = set()
        todo = [source]
        while todo:
            for original in above.get(todo.pop(), ()):
                if original not in found:
                    found.add(original)
                    todo.append(original)
        return found

    def of(source: str) -> frozenset[str]:
        ends = set()
        for node in {source} | reach(source):
            beyond = reach(node)
            if all(node in reach(other) for other in beyond):
                ends.add(min(beyond | {node}))
        return frozenset(ends)

    return of
