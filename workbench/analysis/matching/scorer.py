"""Whether two entries of two lists mean the same theft: a transparent score in bits, with its reasons.

Record linkage after Fellegi and Sunter (1969): each thing the two entries agree or differ in adds the log2 of how
much likelier that is for one theft than for two, starting from how rarely a pair within the window is one theft.
The bits are set by hand and stand here; docs/accuracy.md says how often they are right, on labelled pairs they were
not fitted to. Names that merely resemble each other stay apart: without agreement in date or amount they never
reach a match.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

WINDOW_DAYS = 21
PRIOR = -7.0
"""Of about a hundred entries of another list within three weeks, at most one is the same theft."""
GENERIC = frozenset((
    "bridge", "chain", "crypto", "dao", "defi", "dex", "digital", "exchange", "exploit", "finance", "financial", "fund",
    "hack", "inc", "io", "labs", "lab", "ltd", "network", "nft", "official", "platform", "pool", "project", "protocol",
    "swap", "token", "vault", "wallet", "core", "v1", "v2", "v3", "v4", "the", "of", "and", "a", "com", "app", "world",
))  # fmt: skip
"""Words that many projects have in their names."""
_WORD = re.compile(r"[a-z0-9]+|[^\W_a-z0-9]+")


@dataclass(frozen=True)
class Entry:
    """One theft as one list has it; an incident that two lists report under one id is two entries."""

    id: str
    source: str
    names: tuple[str, ...]
    date: datetime | None = None
    precision: str | None = None
    amount_usd: float | None = None
    networks: tuple[str, ...] = ()
    wallets: frozenset[str] = frozenset()
    """CAIP-10 ids of the thief's wallets that the list names."""
    pages: frozenset[str] = frozenset()
    """Addresses of what the list rests on."""


@dataclass(frozen=True)
class Match:
    """A pair with its score."""

    left: str
    right: str
    bits: float
    """log2 of the odds that the two are one theft."""
    reasons: tuple[str, ...] = field(default=())

    @property
    def probability(self) -> float:
        """The score as a probability, by the scorer's own reckoning; see docs/accuracy.md for how often it is right."""
        return 1 / (1 + math.exp2(-self.bits))


class Scorer:
    """Scores pairs of a set of entries; how telling a word is follows from how many of them have it."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._seen: Counter[str] = Counter()
        count = 0
        for entry in entries:
            count += 1
            self._seen.update({word for name in entry.names for word in words(name)})
        self._count = max(count, 2)

    def score(self, one: Entry, other: Entry) -> Match:
        """The pair's bits and what each is for."""
        parts = [("a pair within three weeks is seldom one theft", PRIOR), self._names(one, other), _dates(one, other)]
        parts += [_amounts(one, other), _networks(one, other), _wallets(one, other), _pages(one, other)]
        told = tuple(f"{reason} ({bits:+.1f})" for reason, bits in parts if bits)
        return Match(one.id, other.id, sum(bits for _, bits in parts), told)

    def _names(self, one: Entry, other: Entry) -> tuple[str, float]:
        return max((self._name(a, b) for a in one.names for b in other.names), key=lambda part: part[1])

    def _name(self, a: str, b: str) -> tuple[str, float]:
        left, right = words(a), words(b)
        if not left or not right:
            return "", 0.0
        if left == right or "".join(left) == "".join(right):
            return f"the same name: {a}", 9.0
        one, other = set(left) - GENERIC, set(right) - GENERIC
        if one and one == other:
            return f"the same name but for general words: {a}, {b}", 8.0
        shared = one & other
        if shared:
            weight = sum(map(self._telling, shared)) / sum(map(self._telling, one | other))
            if shared in (one, other):
                return f"one name within the other: {a}, {b}", 3.0 + 4.0 * weight
            return f"words in common: {', '.join(sorted(shared))}", -2.0 + 8.0 * weight
        likeness = _likeness("".join(sorted(one)) or a, "".join(sorted(other)) or b)
        if likeness >= 0.5:
            return f"names spelt alike: {a}, {b}", 8.0 * likeness - 2.0
        return f"different names: {a}, {b}", -6.0

    def _telling(self, word: str) -> float:
        return math.log2(self._count / self._seen[word]) if word in self._seen else math.log2(self._count)


def matches(entries: Sequence[Entry], least_bits: float = 0.0) -> list[Match]:
    """The likeliest pairs between different lists, at most one of each list for each entry; best first.

    `least_bits` is the least score kept; 0 is even odds. Within a list entries are taken as told apart by it.
    """
    scorer = Scorer(entries)
    lists: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        lists[entry.id].add(entry.source)
    scored = sorted(
        (match for pair in _candidates(entries) if (match := scorer.score(*pair)).bits >= least_bits),
        key=lambda match: (-match.bits, match.left, match.right),
    )
    taken: set[tuple[str, str]] = set()
    kept: dict[tuple[str, str], Match] = {}
    for match in scored:
        keys = {(match.left, name) for name in lists[match.right]} | {(match.right, name) for name in lists[match.left]}
        if (match.left, match.right) not in kept and not keys & taken and not lists[match.left] & lists[match.right]:
            taken |= keys
            kept[match.left, match.right] = match
    return list(kept.values())


def words(name: str) -> list[str]:
    """The words of a name in lower case, without accents: "LI.FI Protocol" → li, fi, protocol."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    plain = re.sub(r"([a-z])([A-Z])", r"\1 \2", plain)
    return _WORD.findall(plain.lower())


def _candidates(entries: Sequence[Entry]) -> Iterable[tuple[Entry, Entry]]:
    """Pairs of different lists whose dates can be within the window; entries without a day are tried with all."""
    dated = sorted((e for e in entries if e.date), key=lambda e: (e.date, e.id))
    for i, one in enumerate(dated):
        for other in dated[i + 1 :]:
            days = _days(one, other)
            if days is not None and days > WINDOW_DAYS and one.precision not in _ROUGH:
                break
            if one.source != other.source and one.id != other.id and days is not None and days <= WINDOW_DAYS:
                yield (one, other) if one.id < other.id else (other, one)


_ROUGH: Mapping[str | None, int] = {"month": 31, "year": 366}


def _days(one: Entry, other: Entry) -> int | None:
    """Days between two dates; of a month or a year any day may be meant."""
    if one.date is None or other.date is None:
        return None
    early, late = sorted((one, other), key=lambda entry: (entry.date, entry.id))
    assert early.date is not None
    assert late.date is not None
    return max(0, (late.date - early.date).days - _ROUGH.get(early.precision, 0))


def _dates(one: Entry, other: Entry) -> tuple[str, float]:
    days = _days(one, other)
    if days is None:
        return "", 0.0
    if one.precision in _ROUGH or other.precision in _ROUGH:
        return "dates that fit, one of them a month or a year", 1.0
    for most, bits in ((0, 5.5), (1, 4.5), (3, 3.0), (7, 1.0), (14, -1.5)):
        if days <= most:
            return f"{days} days apart" if days else "the same day", bits
    return f"{days} days apart", -4.0


def _amounts(one: Entry, other: Entry) -> tuple[str, float]:
    if not one.amount_usd or not other.amount_usd:
        return "", 0.0
    ratio = max(one.amount_usd, other.amount_usd) / min(one.amount_usd, other.amount_usd)
    for most, bits in ((1.02, 4.5), (1.1, 3.5), (1.5, 1.5), (3.0, -0.5), (10.0, -2.0)):
        if ratio <= most:
            return f"amounts {ratio:.2f} times apart" if ratio > 1.005 else "the same amount", bits
    return f"amounts {ratio:,.0f} times apart", -4.0


def _networks(one: Entry, other: Entry) -> tuple[str, float]:
    left, right = ({n.casefold() for n in entry.networks} for entry in (one, other))
    if not left or not right:
        return "", 0.0
    shared = left & right
    return (f"on {', '.join(sorted(shared))}", 1.0) if shared else ("on different networks", -1.0)


def _wallets(one: Entry, other: Entry) -> tuple[str, float]:
    shared = one.wallets & other.wallets
    return (f"{len(shared)} wallets of the thief in common", 6.0) if shared else ("", 0.0)


def _pages(one: Entry, other: Entry) -> tuple[str, float]:
    shared = {page for page in one.pages & other.pages if urlsplit(page).path.strip("/")}
    return ("they rest on the same page", 5.0) if shared else ("", 0.0)


def _likeness(a: str, b: str) -> float:
    """Share of letter pairs two spellings have in common (Dice 1945)."""
    left, right = (Counter(text[i : i + 2] for i in range(len(text) - 1)) for text in (a, b))
    total = left.total() + right.total()
    return 2 * (left & right).total() / total if total else 0.0
