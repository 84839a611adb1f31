"""Each pattern on a ledger small enough to check by hand, what it must not take for one, and laws that hold for all."""

from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.behaviour.benign import START_MS, benign
from workbench.analysis.behaviour.pattern import Finding, View, patterns
from workbench.analysis.behaviour.patterns.splitting import uneven
from workbench.analysis.behaviour.patterns.working_hours import _tail, entropy, fitting, rayleigh, rayleigh_chance
from workbench.analysis.behaviour.profile import compare
from workbench.analysis.behaviour.profile import of as profile_of
from workbench.analysis.behaviour.rates import base_rates, rate_words
from workbench.analysis.projection import Ledger
from workbench.errors import ParameterError, UnknownNameError
from workbench.model.amounts import USD_ASSET
from workbench.model.ledger import Transfer

HOUR = 3_600_000
MONDAY = 1_672_617_600_000  # 2 January 2023, 00:00 UTC
ETHER = "eip155:1/slip44:native"
Moved = tuple[str, str, float, float]
"""Sender, receiver, dollars, hours after the start."""


def w(name: str) -> str:
    return f"eip155:1:0x{name.encode().hex():0>40}"


def ledger_of(moves: Iterable[Moved], asset: str = USD_ASSET) -> tuple[Ledger, np.ndarray]:
    rows = [
        Transfer(w(a), w(b), f"eip155:1/tx:{i:064x}/tx", asset, str(round(usd * 10**6)), usd * 1e6, usd,
                 MONDAY + round(hour * HOUR), None, None)
        for i, (a, b, usd, hour) in enumerate(moves)
    ]  # fmt: skip
    ledger = Ledger.of(rows)
    worth = {row.id: row.usd for row in rows}
    assert ledger.ids is not None
    return ledger, np.array([worth[id_] for id_ in ledger.ids], float)


def look(name: str, moves: Iterable[Moved], *, wallets=None, services=None, incidents=None, **values) -> list[Finding]:
    ledger, usd = ledger_of(moves)
    view = View.of(
        ledger, usd, wallets=None if wallets is None else [w(x) for x in wallets],
        services={w(x): said for x, said in (services or {}).items()},
        incidents={x: [w(y) for y in some] for x, some in (incidents or {}).items()},
    )  # fmt: skip
    pattern = patterns()[name]
    return pattern.find(view, **pattern.values(values))


PEEL: list[Moved] = [
    ("thief", "a", 1000, 0), ("a", "x", 50, 1), ("a", "b", 949, 1.1), ("b", "y", 49, 2), ("b", "c", 899, 2.1),
    ("c", "z", 40, 3), ("c", "d", 858, 3.1),
]  # fmt: skip


def test_a_peel_chain_is_found_from_its_first_wallet_to_the_last() -> None:
    (one,) = look("peel-chain", PEEL)
    assert one.wallets == (w("a"), w("b"), w("c"), w("d"))
    assert (one.figures["steps"], one.figures["peels"]) == (3, 3)
    assert one.figures["peeled_usd"] == 139
    assert len(one.rows) == 6
    assert look("peel-chain", PEEL, min_steps=4) == []
    assert look("peel-chain", PEEL[:-1]) == []
    assert look("peel-chain", PEEL, max_hours=0.5) == []
    assert look("peel-chain", PEEL, services={"b": ("Harbor", "exchange")}) == []


def test_passing_on_everything_is_no_peeling() -> None:
    assert look("peel-chain", [("s", "a", 100, 0), ("a", "b", 100, 1), ("b", "c", 100, 2), ("c", "d", 100, 3)]) == []


def test_fan_out_and_fan_in_count_different_wallets_within_the_window() -> None:
    out = [("s", f"r{i}", 5, i) for i in range(10)]
    (one,) = look("fan-out", out)
    assert (one.figures["receivers"], one.figures["value_usd"], one.figures["hours"]) == (10, 50, 9)
    assert look("fan-out", out, window_hours=8) == []
    assert look("fan-out", [("s", "r", 5, i) for i in range(30)]) == []
    back = [(b, a, usd, hour) for a, b, usd, hour in out]
    assert look("fan-in", back)[0].figures["senders"] == 10
    assert look("fan-in", back, services={"s": ("Harbor", "exchange")}) == []


def test_consolidation_needs_several_senders_and_nearly_all_of_it() -> None:
    moves = [("a", "m", 10, 0), ("b", "m", 20, 1), ("c", "m", 30, 2), ("m", "t", 58, 3)]
    (one,) = look("consolidation", moves)
    assert one.wallets[:2] == (w("m"), w("t"))
    assert (one.figures["senders"], one.figures["value_usd"]) == (3, 58)
    assert look("consolidation", [*moves[:3], ("m", "t", 30, 3)]) == []
    assert look("consolidation", [*moves[:3], ("m", "t", 61, 3)]) == []  # more than arrived: it had other money
    assert look("consolidation", moves, window_hours=2) == []


def test_splitting_compares_just_under_with_just_over() -> None:
    under = [("s", f"r{i}", 9_900, i) for i in range(6)]
    (one,) = look("splitting", under)
    assert one.figures["threshold_usd"] == 10_000
    assert (one.figures["just_under"], one.figures["just_over"]) == (6, 0)
    assert one.figures["chance"] == pytest.approx(1 / 64)
    over = [("s", f"r{i}", 10_100, i) for i in range(6)]
    assert look("splitting", under + over) == []  # as many over as under: a price, and no threshold
    assert look("splitting", [("s", f"r{i}", 10_000, i) for i in range(6)]) == []
    assert uneven(6, 0) == 1 / 64
    assert uneven(0, 6) == 1


def test_a_round_trip_goes_forward_in_time_and_through_no_service() -> None:
    moves = [("a", "b", 100, 0), ("b", "c", 95, 1), ("c", "a", 90, 2)]
    (one,) = look("round-trip", moves, wallets=["a"])
    assert (one.figures["hops"], one.figures["returned_usd"]) == (3, 90)
    assert look("round-trip", moves, wallets=["a"], services={"b": ("Harbor", "exchange")}) == []
    assert look("round-trip", moves, wallets=["a"], max_hops=2) == []
    assert look("round-trip", [("a", "b", 100, 2), ("b", "a", 95, 1)], wallets=["a"]) == []
    assert look("round-trip", [("a", "b", 100, 0), ("b", "a", 50, 1)], wallets=["a"]) == []


def test_chain_hopping_says_that_the_other_side_is_probable_only() -> None:
    bridge = {"br": ("Invented Bridge", "defi_bridge")}
    (one,) = look("chain-hop", [("a", "br", 100, 0)], services=bridge)
    assert "not in what is loaded" in one.words
    rows = [
        Transfer(w("a"), w("br"), "eip155:1/tx:1/tx", USD_ASSET, "100", 100.0, 1.0, MONDAY, None, None),
        Transfer("eip155:56:0x1", w("a").replace("eip155:1:", "eip155:56:"), "eip155:56/tx:2/tx", ETHER, "9", 9.0,
                 None, MONDAY + HOUR, None, None),
    ]  # fmt: skip
    view = View.of(Ledger.of(rows), services={w("br"): bridge["br"]}, wallets=[w("a")])
    (one,) = patterns()["chain-hop"].find(view, window_hours=24)
    assert one.figures["arrivals"] == 1
    assert "may be" in one.words
    assert patterns()["chain-hop"].find(view, window_hours=0.5)[0].figures["arrivals"] == 0
    assert look("chain-hop", [("a", "ex", 100, 0)], services={"ex": ("Harbor", "exchange")}) == []


def test_dormancy_ends_with_a_transfer_out_and_dust_does_not_wake() -> None:
    moves = [("x", "a", 100, 0), ("dust", "a", 0.01, 24 * 60), ("a", "y", 90, 24 * 100)]
    (one,) = look("dormancy", moves)
    assert one.figures["days"] == pytest.approx(100)
    assert look("dormancy", moves, min_days=101) == []


def office(days: int, hours: Iterable[int], offset: int) -> list[Moved]:
    """A transfer an hour, Monday to Friday, on a clock that is `offset` hours ahead of UTC."""
    return [("a", "b", 5, day * 24 + hour - offset) for day in range(days) if day % 7 < 5 for hour in hours]


@pytest.mark.parametrize("offset", [-8, 0, 3, 9])
def test_office_hours_name_offsets_and_never_a_country(offset: int) -> None:
    (one,) = look("working-hours", office(60, range(9, 18), offset), wallets=["a"])
    assert offset in one.figures["utc_offsets"]
    assert len(one.figures["utc_offsets"]) <= 3
    assert "no statement about who or where" in one.words
    for word in ("Korea", "Pyongyang", "Russia", "China"):
        assert word not in one.words


def test_few_transactions_say_too_few_and_round_the_clock_says_nothing() -> None:
    (few,) = look("working-hours", office(5, range(9, 18), 9), wallets=["a"])
    assert "too few" in few.words
    assert few.figures["utc_offsets"] == []
    always = [("a", "b", 5, hour) for hour in range(24 * 30)]
    (one,) = look("working-hours", always, wallets=["a"])
    assert one.figures["utc_offsets"] == []
    assert one.figures["entropy_bits"] == pytest.approx(np.log2(24))
    burst = [("a", "b", 5, 0.9 * i / 500) for i in range(500)]
    assert "Active in 1 different hours: too few" in look("working-hours", burst, wallets=["a"])[0].words


def test_rayleigh_is_what_the_textbook_says() -> None:
    """All at one hour: length 1. Uniform: p near 1. The tail for z = 3 and large n is exp(-3) (Mardia and Jupp)."""
    assert rayleigh(np.full(24, 10)) > 0.99
    assert rayleigh(np.array([50] + [0] * 23)) < 1e-10
    n = 100_000
    length = np.sqrt(3 / n)
    cosine = np.cos(np.arange(24) * 2 * np.pi / 24)
    histogram = n / 24 * (1 + 2 * length * cosine)
    assert rayleigh(histogram.round().astype(int)) == pytest.approx(np.exp(-3), rel=0.05)
    assert entropy(np.array([1] + [0] * 23)) == 0


@given(st.lists(st.integers(464_000, 470_000), min_size=80, max_size=200, unique=True), st.integers(-5, 5))
@settings(max_examples=40, deadline=None)
def test_offsets_turn_with_the_clock(slots: list[int], turn: int) -> None:
    """Everything an hour earlier fits the offset one greater: the same local hours."""
    here = np.array(sorted(slots))
    base, moved = fitting(here, 9, 18), fitting(here - turn, 9, 18)
    inner = range(-6, 7)
    best = set(base) & set(inner)
    assert {o + turn for o in best if -12 <= o + turn <= 14} <= set(moved) or not _same_best(here, turn)


def _same_best(slots: np.ndarray, turn: int) -> bool:
    """Whether the best offset lies inside the range on both clocks: at its ends another may be the best."""
    from workbench.analysis.behaviour.patterns.working_hours import OFFSETS, _office

    def best(s: np.ndarray) -> list[int]:
        counts = {o: int(_office(s, o, 9, 18).sum()) for o in OFFSETS}
        return [o for o in OFFSETS if counts[o] == max(counts.values())]

    one, other = best(slots), best(slots - turn)
    return len(one) == len(other) == 1 and one[0] + turn == other[0]


def test_the_tail_of_the_coin_agrees_with_itself_where_the_curve_takes_over() -> None:
    from math import comb

    for one, other in ((260, 241), (270, 240), (300, 260)):
        n = one + other
        exact = sum(comb(n, k) for k in range(one, n + 1)) / 2**n
        assert _tail(one, other) == pytest.approx(exact, rel=0.02)


def test_what_came_back_once_closes_one_trip() -> None:
    moves = [("a", "b", 100, 0), ("a", "b", 100, 1), ("b", "a", 95, 2)]
    assert len(look("round-trip", moves)) == 1
    assert len(look("round-trip", [*moves, ("b", "a", 90, 3)])) == 2


def test_two_arrivals_before_one_transfer_on_are_one_peel_chain() -> None:
    """1,000 and then 950 arrive at `a`; both fit the one transfer of 940 that goes on: the chain is one."""
    twice = [("thief", "a", 1000, 0), ("aunt", "a", 950, 0.5), *PEEL[1:]]
    assert len(look("peel-chain", twice)) == 1


def test_days_without_an_hour_are_no_working_hours() -> None:
    """A source that gives days only puts everything at midnight UTC: that is no habit of anybody's."""
    days = [("a", f"x{i}", 5, 24.0 * i) for i in range(200)]
    assert look("working-hours", days, wallets=["a"]) == []
    mixed = [*days, *(("a", f"y{i}", 5, 24.0 * i + 10.5) for i in range(50))]
    (one,) = look("working-hours", mixed, wallets=["a"])
    assert (one.figures["active_hours"], one.figures["midnights_left_out"]) == (50, 200)
    assert one.figures["utc_offsets"] == []
    assert "200 transfers at exactly midnight" in one.words


def test_rayleigh_is_fishers_example() -> None:
    """Fisher 1993, example 4.11: 60 directions of mean length 0.2370 have a chance of 0.034."""
    assert rayleigh_chance(60 * 0.2370**2, 60) == pytest.approx(0.034, abs=0.001)


def test_a_rate_is_not_given_for_parameters_it_was_not_measured_with() -> None:
    assert rate_words("fan-out").startswith("found at")
    assert rate_words("fan-out", as_measured=False).startswith("not measured with these parameters")


def test_what_is_not_looked_at_is_counted() -> None:
    moves = [("a", "b", 0, 5), ("a", "a", 1, 6), ("a", "b", 1, None), ("a", "b", 1, 7)]
    rows = [
        Transfer(w(a), w(b), f"eip155:1/tx:{i:064x}/tx", ETHER, str(v), float(v), None, t, None, None)
        for i, (a, b, v, t) in enumerate(moves)
    ]
    view = View.of(Ledger.of(rows), wallets=[w("a")])
    assert view.left_out == {"transfers of nothing": 1, "transfers to oneself": 1, "transfers without a time": 1}
    assert len(view.ledger) == 1


# --- laws ------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f"])
MOVES = st.lists(st.tuples(NAMES, NAMES, st.integers(1, 400), st.integers(0, 300)), max_size=30)
LOW = {
    "fan-out": {"min_receivers": 2}, "fan-in": {"min_senders": 2}, "peel-chain": {"min_steps": 1},
    "consolidation": {"min_senders": 2}, "dormancy": {"min_days": 2}, "working-hours": {"min_hours": 2},
    "splitting": {"min_transfers": 1, "max_chance": 1},
}  # fmt: skip


@given(MOVES, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_every_finding_rests_on_transfers_that_its_wallets_took_part_in(moves: list[Moved], rng: random.Random) -> None:
    for name in patterns():
        found = look(name, moves, **LOW.get(name, {}))
        ledger, _ = ledger_of(moves)
        view = View.of(ledger)
        for one in found:
            assert one.rows
            assert one.words.endswith(".")
            ends = {
                str(view.ledger.wallets[e]) for r in one.rows for e in (view.ledger.source[r], view.ledger.target[r])
            }
            assert set(one.wallets) & ends


@given(MOVES)
@settings(max_examples=30, deadline=None)
def test_strangers_change_nothing(moves: list[Moved]) -> None:
    more = [*moves, ("stranger", "other", 77, 5)]
    for name in patterns():
        before = look(name, moves, wallets=list("abcdef"), **LOW.get(name, {}))
        after = look(name, more, wallets=list("abcdef"), **LOW.get(name, {}))
        assert [(one.wallets, one.words) for one in before] == [(one.wallets, one.words) for one in after]


def test_every_pattern_tells_its_source_its_limits_and_its_units() -> None:
    found = patterns()
    assert len(found) == 11
    for pattern in found.values():
        assert pattern.source
        assert pattern.limitation
        assert all(parameter.unit and parameter.doc for parameter in pattern.parameters.values())
    assert set(base_rates()) == set(found)
    with pytest.raises(ParameterError, match="no parameter"):
        found["fan-out"].values({"receivers": 3})
    with pytest.raises(ParameterError):
        found["fan-out"].values({"min_receivers": float("nan")})
    from workbench.analysis.behaviour.pattern import chosen

    with pytest.raises(UnknownNameError):
        chosen(["fan-outs"])


def test_the_harmless_world_is_the_same_for_the_same_seed_and_pays_forward() -> None:
    one, services = benign(30, days=60, seed=4)
    other, _ = benign(30, days=60, seed=4)
    assert one == other
    assert one != benign(30, days=60, seed=5)[0]
    assert all(row.time_ms >= START_MS for row in one)
    assert len({row.id for row in one}) == len(one)
    assert services


def test_a_profile_is_counted_by_hand_and_is_at_no_distance_from_itself() -> None:
    moves = [("t", "a", 100, 0), ("a", "b", 60, 1), ("a", "ex", 40, 3), ("b", "mix", 60, 9), ("t", "z", 9_900, 20)]
    ledger, usd = ledger_of(moves)
    services = {w("ex"): ("Harbor", "exchange"), w("mix"): ("Tumbler", "mixing_service")}
    view = View.of(ledger, usd, wallets=[w(x) for x in "tab"], services=services)
    one = profile_of(view, [ledger.indices_of([w("t")])[w("t")]], "one")
    got = one.vector()
    assert (got["hops_to_first_service"], got["hours_to_first_service"]) == (2, 3)
    assert got["fan_out_most"] == 2
    assert got["hop_delay_median"] == pytest.approx(4.5)  # 1 hour and 8 hours
    assert got["to_services_share"] == pytest.approx(100 / 10_000)
    assert got["to_exchange_share"] == pytest.approx(40 / 10_000)
    assert got["splitting_share"] == pytest.approx(1 / 5)
    assert sum(got[f"hour_{h:02d}"] for h in range(24)) == pytest.approx(1)
    same = compare(one, one)
    assert same.distance == 0
    empty = profile_of(View.of(*ledger_of([])), [], "nothing")
    assert empty.vector() == {}
    assert compare(one, empty).distance is None or compare(one, empty).distance >= 0
    assert "no probability" in " ".join(same.words())
