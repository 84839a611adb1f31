"""The page about copied lists says what is measured; runs of indicators are found in any order they come."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.matching.infrastructure import Joined, longest_run, overlaps

PROJECT = Path(__file__).resolve().parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("eval_infrastructure", PROJECT / "tools" / "eval_infrastructure.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_holds_the_figures_of_today(shared: Path) -> None:
    measuring = tool()
    assert measuring.PAGE.read_text(encoding="utf-8") == measuring.page(shared)
    assert json.loads(measuring.SHOWN.read_text(encoding="utf-8")) == measuring.figures(shared)


def test_the_labels_are_as_many_as_their_readme_says() -> None:
    said = list(tool().read_labels().values())
    assert (said.count("yes"), said.count("no"), said.count("unsure")) == (18, 13, 3)


def test_an_unsure_pair_counts_for_nothing_and_a_wrong_one_against() -> None:
    labels = {("a", "b"): "yes", ("a", "c"): "no", ("b", "c"): "unsure"}
    found = {pair: ("why",) for pair in labels}
    assert tool().counts(found, labels) == (1, 2, 1)


@given(st.permutations(range(9)), st.permutations(range(9)))
def test_the_longest_run_is_that_of_trying_all(left: list[int], right: list[int]) -> None:
    one, two = [f"{n}" for n in left], [f"{n}" for n in right]
    ordered = any(side in (sorted(side), sorted(side, reverse=True)) for side in (one, two))
    spans = [one[i:j] for i in range(9) for j in range(i + 1, 10)]
    best = max(len(s) for s in spans if any(two[k : k + len(s)] == s for k in range(9)))
    assert longest_run(one, two) == (0 if ordered else best)


def test_two_lists_in_alphabetical_order_are_no_copies_for_that() -> None:
    names = [f"host{n:02}" for n in range(20)]
    assert longest_run(names, names) == 0


def test_sources_are_joined_through_what_both_cite() -> None:
    joined = Joined([("a", "page"), ("b", "page"), ("c", "d")])
    assert joined.count(["a", "b", "c", "e"]) == 3
    assert joined.same("a", "b")
    assert not joined.same("a", "c")


def test_what_hundreds_of_sources_have_tells_nothing_about_copies() -> None:
    assert overlaps({f"s{n:03}": ["popular.example"] for n in range(300)}) == []
