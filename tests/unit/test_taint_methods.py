"""FIFO, LIFO and TIHO, several incidents at once, the way back, and sizes of amounts.

Definitions: Anderson, Shumailov, Ahmed (2018); Tironsakkul et al. (2019); the worked examples are done by hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import taint_oracles
from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import ASSET, START, claim, sent, traced, wallet

from workbench.analysis.kernels.wide import muldiv
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.follow import METHODS, Options, Trace, trace_ledger
from workbench.errors import ParameterError, UnknownNameError
from workbench.model.ledger import Transfer

SHARES = ("haircut", "fifo", "lifo", "tiho")
NAMES = {wallet(n): n for n in "sutabcdefx"}
SOURCES = {"s": "first", "t": "second"}


def held(trace: Trace, method: str) -> dict[tuple[str, str], int]:
    return {
        (NAMES[line.wallet], line.incident): getattr(line, method)
        for line in trace.holdings.itertuples() if getattr(line, method)
    }  # fmt: skip


def several(rows: list[Transfer], **options: Any) -> Trace:
    return trace_ledger(
        Ledger.of(rows), {"first": [wallet("s")], "second": [wallet("t")]}, options=Options(**options)
    )  # fmt: skip


def test_the_methods_on_one_case_worked_out_by_hand() -> None:
    # b: 60 clean, then 40 tainted; it sends 50 to c, then 30 to d, and keeps 20
    rows = [sent("x", "b", 60, 1), sent("s", "b", 40, 2), sent("b", "c", 50, 3), sent("b", "d", 30, 4)]
    found = traced(rows, "s")
    by = {method: {NAMES[w]: v for w, v in zip(found.holdings["wallet"], found.holdings[method], strict=True) if v}
          for method in METHODS}  # fmt: skip
    assert by["poison"] == {"b": 20, "c": 50, "d": 30}
    assert by["haircut"] == {"b": 8, "c": 20, "d": 12}
    assert by["fifo"] == {"b": 20, "d": 20}  # the first 60 to leave are clean
    assert by["lifo"] == {"c": 40}  # the 40 came last and leave first
    assert by["tiho"] == {"c": 40}  # c is the larger of the two


def test_tiho_looks_at_all_transfers_between_two_arrivals() -> None:
    rows = [sent("s", "b", 10, 1), sent("x", "b", 90, 2), sent("b", "c", 5, 3), sent("b", "d", 50, 4),
            sent("x", "b", 1, 5), sent("b", "e", 40, 6)]  # fmt: skip
    assert held(traced(rows, "s"), "tiho") == {("d", "sources"): 10}


def test_lifo_moves_a_group_in_the_order_in_which_it_leaves() -> None:
    # b has 10 tainted under 5 clean; of 12 sent, 5 clean leave first and 7 tainted after them, so that c, which then
    # sends 7, sends the tainted ones: the last to arrive is the first to leave
    rows = [sent("s", "b", 10, 1), sent("x", "b", 5, 2), sent("b", "c", 12, 3), sent("c", "d", 7, 4)]
    assert held(traced(rows, "s"), "lifo") == {("b", "sources"): 3, ("d", "sources"): 7}


def test_two_incidents_are_kept_apart_where_they_meet() -> None:
    rows = [sent("s", "b", 10, 1), sent("t", "b", 30, 2), sent("b", "c", 20, 3)]
    found = several(rows)
    assert held(found, "haircut") == {
        ("b", "first"): 5, ("b", "second"): 15, ("c", "first"): 5, ("c", "second"): 15
    }  # fmt: skip
    assert held(found, "fifo") == {("c", "first"): 10, ("c", "second"): 10, ("b", "second"): 20}
    both = found.commingled()
    assert sorted(zip(both["wallet"].map(NAMES), both["incident"], both["fifo_base_units"], strict=True)) == [
        ("b", "first", 10), ("b", "second", 30), ("c", "first", 10), ("c", "second", 10)
    ]  # fmt: skip
    assert found.conservation.query("method != 'poison'")["difference"].tolist() == [0] * 8


def test_a_source_of_two_incidents_is_a_label_of_its_own() -> None:
    found = trace_ledger(
        Ledger.of([sent("s", "b", 10, 1), sent("t", "b", 5, 2)]),
        {"one": [wallet("s"), wallet("t")], "two": [wallet("s")]},
    )
    assert held(found, "fifo") == {("b", "one | two"): 10, ("b", "one"): 5}
    assert found.summary["sources_of_several"] == ["one | two"]


row = st.tuples(st.sampled_from("staabbbcdx"), st.sampled_from("staabbbcdx"), st.integers(0, 30))
wide_row = st.tuples(st.sampled_from("staabbbcdx"), st.sampled_from("staabbbcdx"), st.integers(0, 2**90))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(row, wide_row), min_size=2, max_size=40), st.sampled_from(["fifo", "lifo", "tiho"]))
def test_the_kernels_agree_with_the_methods_written_down_plainly(steps: list[Any], method: str) -> None:
    rows = [sent(a, b, amount, i) for i, (a, b, amount) in enumerate(steps)]
    if not any(a in SOURCES for a, _, _ in steps):
        return
    # a transfer between the sources of two incidents ends at the second: it is nobody's to send on
    wanted = getattr(taint_oracles, method)(steps, SOURCES)
    assert held(several(rows, methods=(method,)), method) == wanted


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(row, wide_row), min_size=2, max_size=30), st.integers(0, 3))
def test_every_method_but_poison_conserves_and_poison_contains_them_all(steps: list[Any], depth: int) -> None:
    rows = [sent(a, b, amount, i // 2) for i, (a, b, amount) in enumerate(steps)]
    found = several(rows, max_depth=depth or None, stop_at=())
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
    for method in SHARES:
        assert all(found.flows[method] <= found.flows["poison"])
    compared = found.compare()
    assert all(compared["low_base_units"] <= compared["amount_base_units"])
    assert all(compared["amount_base_units"] <= compared["high_base_units"])


@settings(max_examples=60, deadline=None)
@given(st.lists(row, min_size=2, max_size=30))
def test_amounts_of_one_and_of_two_limbs_give_the_same(steps: list[Any]) -> None:
    """A row that touches nobody but is beyond 64 bits makes all of the asset's amounts two limbs."""
    rows = [sent(a, b, amount, i) for i, (a, b, amount) in enumerate(steps)]
    if not any(a in SOURCES for a, _, _ in steps):
        return
    alone = several(rows)
    beside = several([*rows, sent("s", "e", 2**80, 99)])
    for method in SHARES:
        other = {key: v for key, v in held(beside, method).items() if key[0] != "e"}
        assert other == held(alone, method)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.one_of(row, wide_row), min_size=3, max_size=30), st.sampled_from(["fifo", "lifo"]))
def test_the_way_back_is_the_inverse_of_the_way_forward(steps: list[Any], method: str) -> None:
    """What s gave d by FIFO or LIFO is what d, asked where its own came from, got of s."""
    steps = [(a, b, v) for a, b, v in steps if a not in "td" and b not in "ts"]  # d receives only, s sends only
    rows = [sent(a, b, amount, i) for i, (a, b, amount) in enumerate(steps)]
    if not any(a == "s" for a, _, _ in steps) or not any(b == "d" for _, b, _ in steps):
        return
    forth = traced(rows, "s", methods=(method,), stop_at=())
    back = traced(rows, "d", methods=(method,), stop_at=(), direction="backward")
    gave = {NAMES[w]: v for w, v in zip(forth.holdings["wallet"], forth.holdings[method], strict=True)}.get("d", 0)
    got = {NAMES[w]: v for w, v in zip(back.holdings["wallet"], back.holdings[method], strict=True)}.get("s", 0)
    assert gave == got
    assert back.conservation["difference"].tolist() == [0]


def test_backward_says_where_an_addresss_money_came_from_and_leaves_tiho_out() -> None:
    rows = [sent("a", "b", 60, 1), sent("c", "b", 40, 2), sent("b", "d", 50, 3)]
    found = traced(rows, "d", direction="backward", methods=("poison", "haircut", "fifo"))
    assert held(found, "haircut") == {("a", "sources"): 30, ("c", "sources"): 20}
    assert held(found, "fifo") == {("a", "sources"): 50}
    flow = found.flows.iloc[-1]
    assert (NAMES[flow["sender"]], NAMES[flow["receiver"]]) == ("b", "d")
    with pytest.raises(ParameterError, match="no backward form"):
        traced(rows, "d", direction="backward")


def test_guards_switch_methods_and_directions_are_checked() -> None:
    rows = [sent("s", "b", 10, 1)]
    for bad in ({"methods": ("voodoo",)}, {"guards": ("magic",)}, {"direction": "sideways"}):
        with pytest.raises(UnknownNameError):
            traced(rows, "s", **bad)
    with pytest.raises(ParameterError, match="dust"):
        traced(rows, "s", guards=("dust",))


def test_a_dust_guard_lists_what_it_left_out_with_its_value() -> None:
    asset = "eip155:1/slip44:native"
    rows = [sent("s", "b", 100, 1), sent("b", "c", 3, 2), sent("b", "d", 97, 3)]
    found = traced(rows, "s", guards=("dust",), dust={asset: 5})
    assert found.dropped[["amount", "fifo", "reason"]].values.tolist() == [[3, 3, "dust"]]
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)


def test_a_proved_swap_is_followed_into_the_other_asset_when_asked() -> None:
    token = "eip155:1/erc20:0x" + "1" * 40
    # a holds 75 stolen and 25 of its own; it swaps 40 (30 of them stolen, by haircut) for 8 of the token
    rows = [
        sent("x", "a", 25, 1), sent("s", "a", 75, 2),
        sent("a", "e", 40, 3, tx="swap"), sent("e", "a", 8, 3, tx="swap", asset=token),
        sent("a", "d", 8, 4, asset=token),
    ]  # fmt: skip
    dex = [claim("e", "swapper", "defi_dex")]
    ended = traced(rows, "s", claims=dex)
    assert len(ended.joins) == 0
    assert set(ended.conservation["asset"]) == {"eip155:1/slip44:native"}
    found = traced(rows, "s", claims=dex, swaps=True)
    assert found.joins[["kind", "tainted_in_base_units", "tainted_out_base_units"]].values.tolist() == [["swap", 30, 6]]
    there = found.holdings[found.holdings["asset"] == token]
    assert dict(zip(there["wallet"].map(NAMES), there["haircut"], strict=True)) == {"a": 0, "d": 6}
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
    assert any("swaps" in line for line in found.words())
    with pytest.raises(ParameterError, match="forward only"):
        traced(rows, "d", swaps=True, direction="backward", methods=("fifo",))


def test_swaps_there_and_back_come_to_an_end() -> None:
    token = "eip155:1/erc20:0x" + "1" * 40
    rows = [sent("s", "a", 100, 1)]
    for n in range(3):
        rows += [
            sent("a", "e", 50, 10 + 2 * n, tx=f"out{n}"), sent("e", "a", 5, 10 + 2 * n, tx=f"out{n}", asset=token),
            sent("a", "e", 5, 11 + 2 * n, tx=f"back{n}", asset=token), sent("e", "a", 50, 11 + 2 * n, tx=f"back{n}"),
        ]  # fmt: skip
    found = traced(rows, "s", claims=[claim("e", "swapper", "defi_dex")], swaps=True)
    assert len(found.joins) == 6
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
    native = found.holdings[found.holdings["asset"] == ASSET]
    assert native["haircut"].sum() == 100


def test_what_was_held_at_a_date_and_the_first_contact_with_a_service() -> None:
    from datetime import timedelta

    rows = [sent("s", "a", 100, 0), sent("a", "e", 40, 3600 * 5), sent("a", "e", 60, 3600 * 9)]
    found = traced(rows, "s", claims=[claim("e", "kraken", "exchange")])
    early = found.held_at(START + timedelta(hours=6))
    assert early[["haircut_base_units", "fifo_base_units"]].values.tolist() == [[60, 60]]
    assert len(found.held_at(START + timedelta(hours=10))) == 0
    cash = found.cash_out().iloc[0]
    assert (cash["service"], cash["hours_to_first_contact"], cash["transfers"]) == ("kraken", 5.0, 2)
    assert cash["haircut_base_units"] == 100


@pytest.mark.parametrize("kind", ["services", "time", "sankey", "methods"])
def test_every_plot_draws_hostile_names_and_nothing_at_all(kind: str) -> None:
    rows = [sent("s", "a", 100, 0), sent("a", "e", 40, 10)]
    found = traced(rows, "s", claims=[claim("e", "$\\frac{1}{0}$<b>", "exchange")])
    for one in (found, traced([sent("s", "t", 5, 1)], "s", "t")):
        axes = one.plot(kind)
        axes.figure.savefig("/dev/null", format="png")
    with pytest.raises(UnknownNameError):
        found.plot("pie")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_wide_product_is_exact(data: Any) -> None:
    """floor(t·v/b) against Python's integers, at sizes where 64-bit and 128-bit products overflow."""
    b = data.draw(st.integers(1, 2 ** data.draw(st.integers(1, 127)) - 1))
    t, v = data.draw(st.integers(0, b)), data.draw(st.integers(0, b))
    got = _muldiv(_pair(t), _pair(v), _pair(b))
    assert int(got[0]) + (int(got[1]) << 64) == t * v // b
    if b < 2**63:
        assert _muldiv(t, v, b) == t * v // b


def _pair(value: int) -> Any:
    return np.uint64(value & (2**64 - 1)), np.uint64(value >> 64)


def _compiled() -> Any:
    from numba import njit

    return njit(lambda t, v, b: muldiv(t, v, b))


_muldiv = _compiled()
