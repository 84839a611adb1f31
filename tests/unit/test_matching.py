"""The scorer of incident pairs: laws it keeps whatever the entries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.matching.scorer import Entry, Scorer, matches, words

DAY = datetime(2024, 5, 31, tzinfo=UTC)
names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=30)
entries = st.builds(
    Entry,
    id=st.uuids().map(str),
    source=st.sampled_from(["one", "two", "three"]),
    names=st.tuples(names),
    date=st.none() | st.integers(0, 60).map(lambda days: DAY + timedelta(days)),
    precision=st.sampled_from(["day", "month", "year", None]),
    amount_usd=st.none() | st.floats(0, 1e12),
    networks=st.sampled_from([(), ("Ethereum",), ("BSC", "Ethereum")]),
)


def entry(id_: str, source: str, name: str, days: int = 0, amount: float | None = None) -> Entry:
    return Entry(id_, source, (name,), DAY + timedelta(days), "day", amount)


@given(st.lists(entries, max_size=12))
def test_matches_are_between_lists_and_at_most_one_of_each_list(found: list[Entry]) -> None:
    lists = {e.id: e.source for e in found}
    seen = set()
    for match in matches(found, -20.0):
        assert lists[match.left] != lists[match.right]
        for one, other in ((match.left, match.right), (match.right, match.left)):
            assert (one, lists[other]) not in seen
            seen.add((one, lists[other]))


@given(entries, entries)
def test_the_score_does_not_depend_on_which_is_first(one: Entry, other: Entry) -> None:
    scorer = Scorer([one, other])
    assert scorer.score(one, other).bits == pytest.approx(scorer.score(other, one).bits)


@given(st.lists(entries, max_size=8), st.randoms())
def test_the_order_of_entries_does_not_matter(found: list[Entry], mixed: object) -> None:
    shuffled = list(found)
    mixed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert matches(found) == matches(shuffled)


@given(entries, entries)
def test_the_bits_are_the_sum_of_the_reasons(one: Entry, other: Entry) -> None:
    match = Scorer([one, other]).score(one, other)
    told = [float(reason.rsplit("(", 1)[1].rstrip(")")) for reason in match.reasons]
    assert sum(told) == pytest.approx(match.bits, abs=0.05 * len(told) + 1e-9)


def test_names_that_merely_resemble_each_other_stay_apart() -> None:
    found = [entry("a", "one", "Radiant Capital", amount=4.5e6), entry("b", "two", "Radiance", 9, 50e6)]
    assert matches(found) == []


def test_two_thefts_of_one_name_in_one_list_are_not_joined_by_a_third() -> None:
    found = [
        entry("a", "one", "Radiant Capital"),
        entry("b", "one", "Radiant Capital", 5),
        entry("c", "two", "Radiant"),
    ]
    assert [(m.left, m.right) for m in matches(found)] == [("a", "c")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("LI.FI Protocol", ["li", "fi", "protocol"]),
        ("BalancerV2", ["balancer", "v2"]),
        ("Città", ["citta"]),
        ("天穹", ["天穹"]),
    ],
)
def test_words_of_a_name(name: str, expected: list[str]) -> None:
    assert words(name) == expected
