"""What is swapped on is booked once: out of the one asset, into the other, and not as having stayed at the exchange."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import ASSET, claim, sent, traced, wallet

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.analysis.tracing.taint import METHODS

TOKEN = "eip155:1/erc20:0x" + "1" * 40
DEX = [claim("e", "swapper", "defi_dex"), claim("f", "pool", "defi_dex")]
SHARES = [method for method in METHODS if method != "poison"]


def booked(found: Trace, asset: str, method: str = "haircut") -> dict[str, int]:
    """The line of the conservation table, without what is nought."""
    line = found.conservation[(found.conservation["asset"] == asset) & (found.conservation["method"] == method)].iloc[0]
    names = ("injected", "injected_by_swap", "held", "crossed", "swapped", "returned", "fees", "dropped")
    return {name: int(line[name]) for name in names if line[name]}


def swap(second: int, gave: int, got: int, *, tx: str, who: str = "a", back: int = 0) -> list[Any]:
    rows = [sent(who, "e", gave, second, tx=tx), sent("e", who, got, second, tx=tx, asset=TOKEN)]
    return rows + ([sent("e", who, back, second, tx=tx)] if back else [])


def test_what_was_swapped_stays_neither_at_the_exchange_nor_in_both_assets() -> None:
    """a holds 75 stolen and 25 of its own; it swaps 40 (30 of them stolen, by haircut) for 8 of the token."""
    rows = [sent("x", "a", 25, 1), sent("s", "a", 75, 2), *swap(3, 40, 8, tx="one"), sent("a", "d", 8, 4, asset=TOKEN)]
    found = traced(rows, "s", claims=DEX, swaps=True)
    assert booked(found, ASSET) == {"injected": 75, "held": 45, "swapped": 30}
    assert booked(found, TOKEN) == {"injected": 6, "injected_by_swap": 6, "held": 6}
    stop = found.stops[found.stops["asset"] == ASSET].iloc[0]
    assert (stop["haircut"], stop["low"], stop["high"], stop["passed_through"], stop["transfers"]) == (0, 0, 0, 30, 1)
    assert sum(found.services["haircut"]) == 0
    # by FIFO its own 25 left first, so 15 of the 40 were stolen; by LIFO and TIHO all 40 were
    for method, swapped, came in (("fifo", 15, 3), ("lifo", 40, 8), ("tiho", 40, 8)):
        assert booked(found, ASSET, method)["swapped"] == swapped
        assert booked(found, TOKEN, method) == {"injected": came, "injected_by_swap": came, "held": came}
    assert booked(found, TOKEN, "poison")["injected_by_swap"] == 8
    assert found.cash_out()["haircut_base_units"].sum() == 0
    paid = found.compare().query("what == 'was paid' and method != 'poison'")
    assert set(paid["amount_base_units"]) == set(paid["high_base_units"]) == {0}
    without = traced(rows, "s", claims=DEX)
    assert booked(without, ASSET) == {"injected": 75, "held": 45, "crossed": 30}
    assert without.cash_out()["haircut_base_units"].sum() == 30


def test_a_refund_is_taken_off_before_the_share_is_told() -> None:
    """100 stolen: 50 go in, 10 come back, so that 40 bought 8."""
    found = traced([sent("s", "a", 100, 1), *swap(3, 50, 8, tx="one", back=10)], "s", claims=DEX, swaps=True)
    join = found.joins.iloc[0]
    assert (join["tainted_in_base_units"], join["tainted_out_base_units"]) == (40, 8)
    for method in SHARES:
        assert booked(found, ASSET, method) == {"injected": 100, "held": 60, "swapped": 40}


def test_by_way_of_a_router_the_pool_keeps_nothing_of_it_either() -> None:
    rows = [
        sent("s", "a", 40, 1), sent("a", "e", 40, 3, tx="one"), sent("e", "f", 40, 3, tx="one"),
        sent("f", "e", 8, 3, tx="one", asset=TOKEN), sent("e", "a", 8, 3, tx="one", asset=TOKEN),
        sent("a", "f", 4, 4, tx="two", asset=TOKEN),
    ]  # fmt: skip
    found = traced(rows, "s", claims=DEX, swaps=True)
    assert booked(found, ASSET) == {"injected": 40, "swapped": 40}
    # the 4 that the pool was sent later, for nothing, did stay there
    assert booked(found, TOKEN) == {"injected": 8, "injected_by_swap": 8, "held": 4, "crossed": 4}
    assert dict(zip(found.cash_out()["asset"], found.cash_out()["haircut_base_units"], strict=True)) == {
        ASSET: 0, TOKEN: 4
    }  # fmt: skip


def test_what_a_router_handed_to_somebody_else_was_not_swapped() -> None:
    """Of 40 the router gives 10 to d; the 30 that stayed bought all of the token."""
    rows = [sent("s", "a", 40, 1), *swap(3, 40, 8, tx="one"), sent("e", "d", 10, 3, tx="one")]
    found = traced(rows, "s", claims=DEX, swaps=True)
    assert booked(found, ASSET) == {"injected": 40, "held": 10, "swapped": 30}
    assert booked(found, TOKEN)["injected"] == 8 * 30 // 40


def test_two_who_swap_in_one_transaction_share_what_stayed() -> None:
    rows = [
        sent("s", "a", 30, 1), sent("s", "b", 10, 1),
        *swap(3, 30, 6, tx="one"), *swap(3, 10, 2, tx="one", who="b"),
    ]  # fmt: skip
    found = traced(rows, "s", claims=DEX, swaps=True)
    assert booked(found, ASSET) == {"injected": 40, "swapped": 40}
    assert sorted(found.joins["tainted_in_base_units"]) == [10, 30]
    assert booked(found, TOKEN) == {"injected": 8, "injected_by_swap": 8, "held": 8}


def test_two_incidents_are_swapped_apart_and_dollars_are_told_of_what_stayed() -> None:
    rows = [sent("s", "a", 30, 1), sent("t", "a", 10, 1), *swap(3, 40, 8, tx="one"), sent("a", "e", 4, 9, asset=TOKEN)]
    rows = [row._replace(usd=float(row.amount)) for row in rows]
    price = {row.id: row.usd for row in rows}
    found = trace_ledger(
        Ledger.of(rows), {"one": [wallet("s")], "two": [wallet("t")]}, claims=DEX, options=Options(swaps=True),
        read_usd=lambda part, some: np.array([price[name] for name in part.ids[some]]),  # type: ignore[index]
    )  # fmt: skip
    swapped = found.conservation.query("method == 'haircut' and asset == @ASSET")
    assert swapped["swapped"].tolist() == [30, 10]
    cash = found.cash_out().set_index(["asset", "incident"])
    assert cash["haircut_base_units"].to_dict() == {
        (ASSET, "one"): 0, (ASSET, "two"): 0, (TOKEN, "one"): 3, (TOKEN, "two"): 1,
    }  # fmt: skip
    assert cash["haircut_usd"].to_dict() == pytest.approx({
        (ASSET, "one"): 0, (ASSET, "two"): 0, (TOKEN, "one"): 3, (TOKEN, "two"): 1,
    })  # fmt: skip


def test_the_words_say_that_nothing_counts_twice() -> None:
    rows = [sent("s", "a", 40, 1), *swap(3, 40, 8, tx="one")]
    said = " ".join(traced(rows, "s", claims=DEX, swaps=True).words())
    assert "does not count as having stayed at the exchange" in said
    assert "still counts" not in said


def test_a_swap_after_the_date_limit_or_out_of_a_source_is_not_booked() -> None:
    rows = [sent("s", "a", 40, 1), *swap(3, 40, 8, tx="one")]
    source = traced([sent("s", "a", 40, 1), *swap(3, 40, 8, tx="one", who="s")], "s", claims=DEX, swaps=True)
    assert booked(source, ASSET) == {"injected": 80, "held": 40, "swapped": 40}
    robbed = traced(rows, "s", "e", claims=DEX, swaps=True)  # the exchange is itself a source: it hands on its own loot
    assert len(robbed.joins) == 0
    assert all(robbed.conservation.query("method != 'poison'")["difference"] == 0)


NAMES = "ssaaabbcde"
step = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from([ASSET, TOKEN]), st.integers(0, 12),
    st.integers(0, 6), st.integers(0, 1),
)  # fmt: skip
exchange = st.tuples(
    st.sampled_from("abce"), st.booleans(), st.integers(1, 20), st.integers(0, 5), st.integers(0, 6), st.integers(0, 1)
)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(step, max_size=12), st.lists(exchange, min_size=1, max_size=6),
    st.sampled_from([{}, {"min_amount": 3}, {"max_depth": 2}]), st.booleans(),
)  # fmt: skip
def test_laws(steps: list[Any], exchanges: list[Any], chosen: dict[str, Any], among: bool) -> None:
    """Every asset conserves by every method; and at one for one nothing comes out that did not go in."""
    rows = [sent("s", "a", 50, 0, tx="first")]
    rows += [
        sent(a, b, v, second, tx=f"x{second}{n}" if among else f"t{i}", asset=asset)
        for i, (a, b, asset, v, second, n) in enumerate(steps)
    ]  # fmt: skip
    for who, forth, amount, back, second, n in exchanges:  # one for one, of which some comes back
        given_, got = (ASSET, TOKEN) if forth else (TOKEN, ASSET)
        tx = f"x{second}{n}"
        rows += [sent(who, "e", amount + back, second, tx=tx, asset=given_)]
        rows += [sent("e", who, amount, second, tx=tx, asset=got)]
        rows += [sent("e", who, back, second, tx=tx, asset=given_)] if back else []
    rows = [row._replace(id=f"{row.id}-{i}") for i, row in enumerate(rows)]
    found = traced(rows, "s", claims=DEX, swaps=True, **chosen)
    for line in found.conservation.to_dict("records"):
        if not line["conserves"]:
            continue
        assert line["difference"] == 0
        assert line["injected"] == sum(
            line[name] for name in ("held", "crossed", "swapped", "bridged", "returned", "fees", "dropped")
        )
        mine = found.stops[(found.stops["asset"] == line["asset"])]
        assert sum(mine[line["method"]]) == line["crossed"]
        assert all(v >= 0 for v in mine[line["method"]])
        assert all(line[name] >= 0 for name in ("crossed", "swapped", "injected_by_swap"))
    main = found.conservation[found.conservation["method"] == "haircut"]
    assert sum(found.joins["tainted_in_base_units"]) == sum(main["swapped"])
    if not found.summary.get("swaps_cut"):
        assert sum(found.joins["tainted_out_base_units"]) == sum(main["injected_by_swap"])
        for method in SHARES if not among else ():  # in one transaction with others it is not one for one
            line = found.conservation[found.conservation["method"] == method]
            assert sum(line["injected_by_swap"]) <= sum(line["swapped"])
    assert all(found.stops["low"] <= found.stops["haircut"])
    assert all(found.stops["haircut"] <= found.stops["high"])
