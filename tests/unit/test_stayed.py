"""Flow over time counts each unit once: what was swapped or bridged on did not stay where it left."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import ASSET, START, claim, sent, traced, wallet

from workbench.analysis.tracing.bridged import read_pairs
from workbench.analysis.tracing.follow import Trace
from workbench.analysis.tracing.stayed import injected, stayed
from workbench.analysis.tracing.taint import METHODS
from workbench.analysis.tracing.written import _claims

TOKEN = "eip155:1/erc20:0x" + "1" * 40
DEX = [claim("e", "swapper", "defi_dex"), claim("k", "kraken", "exchange")]


def sums(found: Trace, method: str) -> dict[tuple[str, str], int]:
    table = stayed(found, method)
    made: dict[tuple[str, str], int] = {}
    for wallet_, asset, value in zip(table["wallet"], table["asset"], table["value"], strict=True):
        made[wallet_, asset] = made.get((wallet_, asset), 0) + value
    return {key: value for key, value in made.items() if value}


def lines(axes: Any) -> dict[str, float]:
    """Label → where the line ends."""
    return {str(line.get_label()).strip(): float(line.get_ydata()[-1]) for line in axes.get_lines()}


def swapped(**options: Any) -> Trace:
    """100 stolen: 40 are swapped for 8 of the token, of which 5 go to an exchange; 20 more go there directly."""
    rows = [
        sent("s", "a", 100, 1), sent("a", "e", 40, 3, tx="one"), sent("e", "a", 8, 3, tx="one", asset=TOKEN),
        sent("a", "k", 5, 4, asset=TOKEN), sent("a", "k", 20, 5),
    ]  # fmt: skip
    return traced(rows, "s", claims=DEX, **options)


def test_what_was_swapped_on_is_drawn_where_it_came_to() -> None:
    found = swapped(swaps=True)
    assert sums(found, "haircut") == {(wallet("k"), ASSET): 20, (wallet("k"), TOKEN): 5}
    assert injected(found, "haircut")[["asset", "value"]].values.tolist() == [[ASSET, 100]]
    axes = found.plot("time")
    ether = 1e18
    assert lines(axes) == {
        "left the sources (eth native)": 100 / ether, "kraken (eth native)": 20 / ether,
        "kraken (eth 0x111111…1111)": 5.0,
    }  # fmt: skip
    assert "swapped or bridged on counts where it came out" in axes.get_title()
    plain = swapped().plot("time")
    assert lines(plain) == {"left the sources": 100 / ether, "swapper": 40 / ether, "kraken": 20 / ether}
    assert "swapped" not in plain.get_title()
    assert "not drawn" not in plain.get_title()
    few = swapped().plot("time", limit=1)
    assert lines(few).keys() == {"left the sources", "swapper"}
    assert "1 smaller lines are not drawn" in few.get_title()


def test_what_was_bridged_leaves_the_bridge_when_it_came() -> None:
    far = "eip155:42161"
    release = sent("f", "b", 36, 60, tx="out", asset=f"{far}/slip44:native")
    there = {name: getattr(release, name).replace("eip155:1", far) for name in ("sender", "receiver", "id")}
    release = release._replace(**there)
    rows = [sent("s", "a", 75, 2), sent("a", "e", 40, 3, tx="in"), sent("a", "e", 10, 7, tx="kept"), release]
    pairs = read_pairs([{"deposit": "in", "release": "out", "id": "message 7"}])
    found = traced(rows, "s", claims=[claim("e", "bridge", "defi_bridge")], bridges=pairs)
    table = stayed(found, "fifo")
    seconds = [(time - START).total_seconds() for time in table["time"]]
    assert sorted(zip(seconds, table["value"], strict=True)) == [(3, -40), (3, 40), (7, 10)]
    assert sums(found, "fifo") == {(wallet("e"), ASSET): 10}


def test_backward_it_is_what_came_from_services_and_to_the_sources() -> None:
    rows = [sent("k", "a", 30, 1), sent("a", "v", 30, 2)]
    found = traced(rows, "v", claims=DEX, direction="backward", methods=("fifo",))
    axes = found.plot("time")
    assert lines(axes) == {"received by the sources": 30 / 1e18, "kraken": 30 / 1e18}
    assert "came from services" in axes.get_title()


def test_names_are_text_and_poison_says_that_it_is_a_bound() -> None:
    rows = [sent("s", "a", 100, 0), sent("a", "e", 40, 10)]
    found = traced(rows, "s", claims=[claim("e", "_$x$<b>", "exchange")], methods=("poison",))
    axes = found.plot("time")
    axes.figure.savefig("/dev/null", format="png")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["left the sources", " _\\$x\\$<b>"]
    assert "(upper bound)" in axes.get_title()


def test_a_service_at_which_nothing_stayed_is_written_as_passed() -> None:
    rows = _claims(swapped(swaps=True))
    (through,) = [row for row in rows if row["subject"].id == wallet("e")]
    assert (through["outcome"], through["received"], through["services"]) == ("passed", "40", ("swapper",))
    assert {row["subject"].id for row in rows if row["outcome"] == "crossed"} == {wallet("k")}
    (plain,) = [row for row in _claims(swapped()) if row["subject"].id == wallet("e")]
    assert (plain["outcome"], plain["haircut"], plain["received"]) == ("crossed", "40", "40")


moves = st.lists(
    st.tuples(st.sampled_from("ssaab"), st.sampled_from("abcek"), st.integers(0, 30), st.sampled_from([ASSET, TOKEN])),
    max_size=8,
)
exchanges = st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(1, 20), st.integers(0, 5)), max_size=4)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@settings(max_examples=40, deadline=None)
@given(moves, exchanges)
def test_it_adds_up_to_what_crossed_and_to_what_was_injected(
    direction: str, steps: list[Any], exchanged: list[Any]
) -> None:
    rows = [sent("s", "a", 50, 0, tx="first")]
    rows += [sent(a, b, v, i + 1, tx=f"t{i}", asset=asset) for i, (a, b, v, asset) in enumerate(steps)]
    for i, (who, forth, amount, back) in enumerate(exchanged):
        gives, gets = (ASSET, TOKEN) if forth else (TOKEN, ASSET)
        rows += [
            sent(who, "e", amount + back, 20 + i, tx=f"x{i}", asset=gives),
            sent("e", who, amount, 20 + i, tx=f"x{i}", asset=gets),
        ]
        rows += [sent("e", who, back, 20 + i, tx=f"x{i}", asset=gives)] if back else []
    rows = [row._replace(id=f"{row.id}-{i}") for i, row in enumerate(rows)]
    forward = direction == "forward"
    methods = tuple(METHODS) if forward else ("poison", "haircut", "fifo", "lifo")
    found = traced(rows, "s" if forward else "a", claims=DEX, swaps=forward, direction=direction, methods=methods)
    for method in methods:
        told = {(row["wallet"], row["asset"]): row[method] for row in found.stops.to_dict("records") if row[method]}
        assert sums(found, method) == told, method
        table = found.conservation[found.conservation["method"] == method]
        every = sum(table["injected"]) - sum(table["injected_by_swap"]) - sum(table["injected_by_bridge"])
        assert sum(injected(found, method)["value"]) == every
    assert not [row for row in _claims(found) if row["outcome"] != "passed" and not any(int(row[m]) for m in methods)]
