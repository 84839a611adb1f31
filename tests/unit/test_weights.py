"""Weights of evidence against numbers worked out by hand, and the properties every score must have."""

from __future__ import annotations

from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.attribution.candidates import Group, Sameness, build_view
from workbench.analysis.attribution.evidence import Basis, Features, Naming, collapse, origins
from workbench.analysis.attribution.scoring import Model, naming_bits
from workbench.analysis.attribution.weights import (
    ERRORS,
    Repertoires,
    Reuse,
    chain_error,
    claim_error,
    design_effect,
    feature_weights,
    independent_of,
    posterior,
    reliability_bits,
    same_reference,
    specificity_bits,
)
from workbench.errors import UnknownNameError

REUSE = Reuse(matched=49, seen=99, chance=0.0)  # (49 + 0.5) / (99 + 1) = 0.495
KNOWN = Repertoires({"a": frozenset({"rare", "common"}), "b": frozenset({"common", "x"}), "c": frozenset({"common"})})


def test_hand_computed_weights() -> None:
    assert reliability_bits(0.2) == pytest.approx(2.0)  # 0.8 / 0.2 = 4
    assert specificity_bits(1 / 8) == pytest.approx(3.0)
    assert chain_error([0.1, 0.2]) == pytest.approx(0.28)
    # one source, 20 % wrong, naming one of eight: 2 + 3 bits; a second one adds its 2 bits only
    assert naming_bits([0.2], 1 / 8) == pytest.approx(5.0)
    assert naming_bits([0.2, 0.2], 1 / 8) == pytest.approx(7.0)
    # a second source that is wrong more often than not never counts against; nor does a lone hopeless one
    assert naming_bits([0.2, 0.9], 1 / 8) == pytest.approx(5.0)
    assert naming_bits([0.99], 1 / 2) == 0.0


def test_the_posterior_of_a_naming_does_not_depend_on_how_many_groups_there_are() -> None:
    # P(a) = ½·(1-e) / (½·(1-e) + e·(1 - ½/K)): between 0.9 and 0.9 for any K once K is not tiny.
    for groups in (2, 10, 1_000):
        prior = np.append(np.full(groups, 0.5 / groups), 0.5)
        bits = np.zeros(groups + 1)
        bits[0] = naming_bits([0.1], 1 / groups)
        expected = 0.45 / (0.45 + 0.1 * (1 - 0.5 / groups))
        assert posterior(prior, bits)[0] == pytest.approx(expected)


def test_jeffreys_prevalence_and_feature_weights_by_hand() -> None:
    assert KNOWN.prevalence("rare") == pytest.approx(1.5 / 4)
    assert KNOWN.prevalence("common") == pytest.approx(3.5 / 4)
    assert KNOWN.prevalence("never seen") == pytest.approx(0.5 / 4)
    found = feature_weights(("a", "b", "c"), {"rare"}, KNOWN, REUSE)
    r = 0.495
    assert found.bits[0, 0] == pytest.approx(log2(r / 0.375 + 1 - r))
    assert found.bits[1, 0] == pytest.approx(log2(1 - r))
    pair = feature_weights(("a", "b", "c"), {"rare", "never seen"}, KNOWN, REUSE)
    assert pair.bits[2].tolist() == [0.0, 0.0]  # c has one entry, the incident two: nothing would have been seen
    assert pair.bits[1, 0] < 0


def test_a_rare_shared_technique_weighs_more_than_a_common_one() -> None:
    found = feature_weights(("a", "b", "c"), {"rare", "common"}, KNOWN, REUSE)
    bits = dict(zip(found.features, found.bits[0], strict=True))
    assert bits["rare"] > bits["common"] > 0
    everybody = Repertoires({str(n): frozenset({"vpn"}) for n in range(500)})
    assert feature_weights(("0",), {"vpn"}, everybody, REUSE).total()[0] < 0.01


def test_the_reuse_rate_is_what_goes_beyond_chance() -> None:
    assert Reuse(49, 99, 0.0).rate == pytest.approx(0.495)
    assert Reuse(49, 99, 0.2).rate == pytest.approx(0.295 / 0.8)
    assert Reuse(0, 100, 0.5).rate == 0.01  # never zero: log2 of it is taken


def test_twins_count_once_and_strangers_in_full() -> None:
    twins = np.array([[1, 1], [0, 0], [1, 1], [0, 0]], dtype=bool)
    strangers = np.array([[1, 1], [0, 1], [1, 0], [0, 0]], dtype=bool)
    assert design_effect(twins) == pytest.approx(2.0)
    assert design_effect(strangers) == pytest.approx(1.0)
    assert design_effect(np.zeros((4, 3), dtype=bool)) == 1.0


def test_a_claim_is_as_good_as_its_most_doubtful_mark() -> None:
    assert claim_error("authority", None, None) == ERRORS["authority"]
    assert claim_error("authority", 60, None) == pytest.approx(0.4)
    assert claim_error("authority", 100, "A1") == ERRORS["authority"]
    assert claim_error("authority", None, "B3") == pytest.approx(0.4)
    assert claim_error(None, None, None) == ERRORS["user"]
    assert claim_error("user", 0, "E5") == 0.99
    assert ERRORS["authority"] < ERRORS["vendor"] < ERRORS["researcher"] < ERRORS["media"] < ERRORS["user"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://www.fbi.gov/news/x", "http://FBI.gov/news/x/"),
        ("https://a.org/p?id=1&utm_source=x#top", "https://a.org/p?id=1"),
        ("Kaspersky  Lazarus 2017", "kaspersky lazarus 2017"),
        ("https://A.org:443/News/X", "http://a.org:80/news/x"),
        ("https://m.a.org/p", "https://www.a.org/p"),
        ("https://web.archive.org/web/20230822101010/https://www.a.org/p", "https://a.org/p"),
        ("http://web.archive.org/web/2023id_/a.org/p/", "https://a.org/p"),
    ],
)
def test_spellings_of_one_reference_are_equal(one: str, other: str) -> None:
    assert same_reference(one) == same_reference(other)


def test_references_that_differ_stay_apart() -> None:
    assert same_reference("https://a.org/p?id=1") != same_reference("https://a.org/p?id=2")
    assert same_reference("https://a.org:8443/p") != same_reference("https://a.org/p")
    assert same_reference("https://m.org/p") == "m.org/p"
    assert same_reference("https://web.archive.org/about") == "web.archive.org/about"
    assert same_reference("  ") is None
    assert same_reference(None) is None
    assert same_reference("http://[broken") is not None


def test_what_rests_only_on_the_incidents_own_references_is_not_independent() -> None:
    own = {"report a", "report b"}
    assert not independent_of(["Report A"], own)
    assert independent_of(["Report A", "report c"], own)
    assert independent_of([], own)


def test_origins_of_chains_circles_and_compilations() -> None:
    of = origins([("b", "a"), ("c", "b"), ("compiled", "a"), ("compiled", "z"), ("x", "y"), ("y", "x"), ("w", "x")])
    assert of("c") == of("b") == of("a") == {"a"}
    assert of("compiled") == {"a", "z"}
    assert not of("a") & of("z")
    assert of("x") == of("y") == of("w") == {"x"}
    assert of("alone") == {"alone"}


# --- properties -------------------------------------------------------------------------------

GROUPS = ("a", "b", "c", "d")


def naming(key: str, group: str, error: float, *news: str) -> Naming:
    return Naming(key, "statement", key, frozenset({group}), (Basis(key, news[0], error),), news=frozenset(news))


namings = st.lists(
    st.tuples(st.sampled_from(GROUPS), st.floats(0.02, 0.98), st.sampled_from(["s1", "s2", "s3", "s4"])), max_size=6
).map(lambda rows: [naming(f"n{i}", *row) for i, row in enumerate(rows)])


def model(items: list[Naming], groups: tuple[str, ...] = GROUPS, features: tuple[Features, ...] = ()) -> Model:
    prior = np.append(np.full(len(groups), 0.5 / len(groups)), 0.5)
    return Model(groups, prior, tuple(items), features, {"technique": REUSE, "software": REUSE})


@given(namings)
def test_probabilities_sum_to_one_and_unknown_is_always_possible(items: list[Naming]) -> None:
    found = model(items).probabilities()
    assert found.sum() == pytest.approx(1)
    assert 0 < found[-1] <= 0.5 + 1e-12


@given(namings, st.floats(0.02, 0.98))
def test_one_more_independent_naming_never_lowers_its_candidate(items: list[Naming], error: float) -> None:
    before = model(items).probabilities()[0]
    after = model([*items, naming("new", "a", error, "a fresh source")]).probabilities()[0]
    assert after >= before - 1e-12


@given(namings.filter(bool), st.data())
def test_copies_move_nothing(items: list[Naming], data: st.DataObject) -> None:
    original = data.draw(st.sampled_from(items))
    group, error = next(iter(original.candidates)), original.error
    copies = [naming(f"z{n}", group, data.draw(st.floats(error, 0.99)), f"copy {n}", *original.news) for n in range(5)]
    before, after = model(items), model([*items, *copies])
    assert after.probabilities().tolist() == pytest.approx(before.probabilities().tolist(), abs=1e-12)


@given(namings, st.permutations(range(4)))
def test_neither_order_nor_names_matter(items: list[Naming], order: list[int]) -> None:
    renamed = {g: GROUPS[place] for g, place in zip(GROUPS, order, strict=True)}
    moved = [naming(n.key, renamed[next(iter(n.candidates))], n.error, *n.news) for n in reversed(items)]
    one, other = model(items).probabilities(), model(moved).probabilities()
    for place, group in enumerate(GROUPS):
        assert one[place] == pytest.approx(other[GROUPS.index(renamed[group])], abs=1e-9)


@given(namings)
def test_the_parts_of_a_score_sum_to_it(items: list[Naming]) -> None:
    technical = Features(
        "technique", {"t": (Basis("c", "s"),), "u": (Basis("d", "s"),)}, {"a": {"t": (Basis("e", "m"),)}, "b": {}}
    )
    whole = model(items, features=(technical,))
    bits = np.array([sum(p.bits for p in whole.parts(g)) for g in GROUPS] + [0.0])
    assert posterior(whole.prior, bits).tolist() == pytest.approx(whole.probabilities().tolist())


@given(namings)
def test_resampling_is_seeded_and_keeps_probabilities(items: list[Naming]) -> None:
    one = model(items).resampled(50, 7)
    assert one.sum(axis=1).tolist() == pytest.approx([1.0] * 50)
    assert (one == model(items).resampled(50, 7)).all()


def test_withdrawing_the_only_statement_puts_unknown_first() -> None:
    whole = model([naming("n", "b", 0.1, "s")])
    assert whole.probabilities().argmax() == 1
    assert whole.without(keys=["n"]).probabilities().argmax() == 4
    assert whole.without(sources=["s"]).probabilities().argmax() == 4
    assert whole.without(claims=["n"]).probabilities().argmax() == 4


def test_a_copy_takes_over_when_the_stronger_one_is_withdrawn() -> None:
    strong, copy = naming("strong", "a", 0.1, "s"), naming("copy", "a", 0.4, "t", "s")
    kept, copies = collapse([strong, copy])
    assert [k.key for k in kept] == ["strong"]
    assert [(c.key, into) for c, into in copies] == [("copy", "strong")]
    whole = model([strong, copy])
    left = whole.without(keys=["strong"]).probabilities()[0]
    assert whole.prior[0] < left < whole.probabilities()[0]


# --- candidates -------------------------------------------------------------------------------

NAMES = [
    Group("mitre:G0032", "Lazarus Group", "mitre"), Group("mitre:G0082", "APT38", "mitre"),
    Group("fbi:lazarus-group", "Lazarus Group", "fbi"), Group("fbi:apt38", "APT38", "fbi", aliases=("BeagleBoyz",)),
    Group("mitre:G9999", "Old name", "mitre", status="revoked"),
]  # fmt: skip
SAME = [
    Sameness("fbi:lazarus-group", "fbi:apt38", "fbi", "1", None),
    Sameness("fbi:lazarus-group", "mitre:G0032", "s", "2", 80),
    Sameness("fbi:apt38", "mitre:G0082", "s", "3", 40),
    Sameness("mitre:G9999", "mitre:G0032", "mitre", "4", 100),
]


def test_views_merge_by_claims_of_enough_confidence() -> None:
    merged = build_view(NAMES, SAME)
    assert [len(c.members) for c in merged.candidates] == [4, 1]
    assert {m.claim_id for m in merged.merged_by} == {"1", "2", "4"}
    assert merged.of_group["fbi:apt38"] == "mitre:G0032"
    assert merged.candidates[0].names == ("APT38", "Lazarus Group", "Old name", "BeagleBoyz")
    assert len(build_view(NAMES, SAME, merge_confidence=30).candidates) == 1
    assert len(build_view(NAMES, SAME, view="separate").candidates) == 5


def test_a_catalogues_view_keeps_its_own_groups_apart_and_takes_its_own_replacements() -> None:
    view = build_view(NAMES, SAME, view="mitre", merge_confidence=30)
    assert view.of_group["fbi:lazarus-group"] == view.of_group["mitre:G9999"] == "mitre:G0032"
    assert view.of_group["fbi:apt38"] == "mitre:G0082"
    assert "1" not in {m.claim_id for m in view.merged_by}


def test_a_name_that_equal_claims_give_to_two_of_a_catalogues_groups_joins_neither() -> None:
    both = [Sameness("fbi:apt38", "mitre:G0032", "s", "5", 80), Sameness("fbi:apt38", "mitre:G0082", "s", "6", 80)]
    assert build_view(NAMES, both, view="mitre").of_group["fbi:apt38"] == "fbi:apt38"
    surer = [both[0], Sameness("fbi:apt38", "mitre:G0082", "s", "6", 90)]
    assert build_view(NAMES, surer, view="mitre").of_group["fbi:apt38"] == "mitre:G0082"
    assert build_view(NAMES, both).of_group["fbi:apt38"] == build_view(NAMES, both).of_group["mitre:G0082"]


@given(st.permutations(NAMES), st.permutations(SAME))
def test_the_order_of_groups_and_claims_does_not_matter(groups: list[Group], claims: list[Sameness]) -> None:
    for view in ("merged", "mitre"):
        assert build_view(groups, claims, view=view).candidates == build_view(NAMES, SAME, view=view).candidates


def test_an_unknown_view_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="mitre"):
        build_view(NAMES, SAME, view="mitr")
