"""What may have come out of a bridge, followed further: probable, weighted, and apart from what the trace proves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import ASSET, claim, sent, traced, wallet

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.beyond import Beyond, trace_beyond
from workbench.analysis.tracing.bridged import read_pairs
from workbench.analysis.tracing.exits import BridgeExits, bridge_exits
from workbench.analysis.tracing.follow import Trace, transfer_ids_of
from workbench.model.ledger import Transfer

HOUR = 3600
CLAIMS = [
    claim("e", "bridge", "defi_bridge"), claim("f", "bridge", "defi_bridge"), claim("k", "<b>kraken", "exchange")
]  # fmt: skip


def run(rows: list[Transfer], *, pairs: Any = (), most: int = 256, **options: Any) -> tuple[Trace, BridgeExits, Beyond]:
    trace = traced(rows, "s", claims=CLAIMS, bridges=read_pairs(pairs), **options)
    exits = bridge_exits(trace, Ledger.of(rows), CLAIMS, transfer_ids_of)
    return trace, exits, trace_beyond(trace, exits, Ledger.of(rows), CLAIMS, transfer_ids_of, most=most)


ROWS = [
    sent("x", "m", 500, 0), sent("s", "m", 500, 1), sent("m", "e", 1000, 2), sent("f", "a", 996, HOUR),
    sent("f", "b", 1000, 2 * HOUR), sent("a", "k", 996, 3 * HOUR), sent("b", "c", 400, 4 * HOUR),
]  # fmt: skip
"""Half of the thousand that went in was stolen; it is what a got and paid to k, or what b got, who gave c 400 of it."""


def test_each_candidate_counts_with_its_probability_between_nothing_and_the_whole() -> None:
    trace, exits, found = run(ROWS)
    chance = dict(zip(exits.table["receiver"], exits.table["probability"], strict=True))
    p, q = chance[wallet("a")], chance[wallet("b")]
    assert 0 < q < p
    assert p + q < 1
    got = found.table.set_index(["wallet", "what"])
    for name, what, expected, most in (
        ("k", "was paid", p * 498, 498), ("b", "holds", q * 300, 300), ("c", "holds", q * 200, 200)
    ):  # fmt: skip
        line = got.loc[(wallet(name), what)]
        assert line["expected_base_units"] == pytest.approx(expected)
        assert (line["low_base_units"], line["high_base_units"]) == (0, most)
        assert (line["certainty"], line["exits"], line["candidates"]) == ("probable", 1, 2)
    assert got.loc[(wallet("k"), "was paid"), "service"] == "<b>kraken"
    total = found.totals.iloc[0]
    assert total["expected_base_units"] == pytest.approx(p * 498 + q * 500)
    assert total["expected_base_units"] == pytest.approx(total["held"] + total["paid"])
    assert total["expected_base_units"] <= trace.stops["haircut"].sum() == 500
    assert set(trace.holdings["wallet"]) == {wallet("m")}
    assert trace.to_json() == traced(ROWS, "s", claims=CLAIMS).to_json(), "the certain trace is as it was"
    said = " ".join(found.words())
    assert "PROBABLE, not proved" in said
    assert "must not be added" in said
    assert "<b>kraken" not in found._repr_html_()
    assert found.to_json()["certainty"] == "probable"


def test_what_was_matched_by_an_id_is_not_asked_about_again() -> None:
    pairs = [{"deposit": "0002", "release": f"{HOUR}", "id": "7"}]
    trace, exits, found = run(ROWS, pairs=pairs)
    assert trace.bridges["status"].tolist() == ["followed"]
    assert exits.arrivals == len(exits.table) == len(found.table) == 0
    assert found.words() == ["No candidate exit of a bridge could be followed: nothing is known of what is beyond."]
    assert "<table" in found._repr_html_()


def test_what_comes_back_to_the_source_ends_there_and_too_many_candidates_are_told() -> None:
    rows = [
        sent("s", "e", 1000, 0), sent("f", "a", 1000, HOUR), sent("a", "s", 1000, 2 * HOUR),
        sent("s", "b", 1, 3 * HOUR),
    ]  # fmt: skip
    _, _, found = run(rows)
    assert found.table["what"].tolist() == ["returned"]
    many = [sent("s", "e", 1000, 0), *(sent("f", "b", 1000 - i, HOUR + i) for i in range(5))]
    _, exits, cut = run(many, most=2)
    assert (cut.followed, cut.left_out) == (2, 3)
    assert "3 less likely candidate exits were not followed." in cut.words()
    assert len(exits.table) == 5


def test_a_transfer_that_was_not_followed_into_the_bridge_has_no_exits() -> None:
    _, exits, _ = run([sent("s", "e", 10, 0), sent("f", "a", 10, HOUR)], min_amount={ASSET: 50})
    assert exits.arrivals == 0
    _, exits, _ = run([sent("s", "e", 10, 0), sent("f", "a", 10, HOUR)], stop_confidence=90)
    assert exits.arrivals == 0, "where the trace goes on through the bridge, nothing ended there"


steps = st.lists(st.tuples(st.sampled_from("ssmabcf"), st.sampled_from("emabkf"), st.integers(1, 2000)), max_size=14)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_laws(moves: list[Any]) -> None:
    """Weights of an arrival add up to one at most; what is expected adds up; nothing exceeds what crossed."""
    rows = [sent("s", "e", 1000, 0, tx="first"), sent("f", "a", 1000, 1, tx="out")]
    rows += [sent(a, b, v, 2 + i * 600, tx=f"t{i}") for i, (a, b, v) in enumerate(moves)]
    trace, exits, found = run(rows)
    alone = traced(rows, "s", claims=CLAIMS)
    assert trace.conservation.equals(alone.conservation)
    assert (exits.table.groupby("arrival")["probability"].sum() <= 1).all()
    bridges = alone.stops[alone.stops["concept"] == "defi_bridge"]
    for total in found.totals.to_dict("records"):
        parts = total["held"] + total["paid"] + total["returned"] + total["dropped"]
        assert total["expected_base_units"] == pytest.approx(parts)
        assert total["expected_base_units"] <= sum(bridges["haircut"]) + 1e-6
        assert total["expected_base_units"] <= sum(exits.table["probable_base_units"]) + 1e-6
    table = found.table
    assert (table["low_base_units"] == 0).all()
    assert (table["expected_base_units"] <= table["high_base_units"] + 1e-6).all()
    assert (table["best_probability"] <= 1).all()
