"""Both sides of a swap, a wrap and a bridge: exact where the ledger proves it, probabilities where it does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.laundering.generator import Made, generate
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.joins import KINDS, by_id, candidates, swaps, transactions
from workbench.model.ledger import Transfer, native_asset, token_asset

ETH = native_asset("eip155:1")
WETH_CONTRACT = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
WETH = token_asset("eip155:1", WETH_CONTRACT)
USDT = token_asset("eip155:1", "0xdac17f958d2ee523a2206206994597c13d831ec7")


def name(text: str) -> str:
    return f"eip155:1:{text if text.startswith('0x') else '0x' + text[0] * 40}"


def book(*rows: tuple[int, str, str, str, int]) -> Ledger:
    """Rows of (transaction, from, to, asset, amount)."""
    return Ledger.of([
        Transfer(name(a), name(b), f"eip155:1/tx:{tx:064x}/log:{i}", asset, str(v), float(v), None, tx * 1_000, tx,
                 1_000_000 + i)
        for i, (tx, a, b, asset, v) in enumerate(rows)
    ])  # fmt: skip


def test_a_swap_by_way_of_a_router_is_one_exact_pair() -> None:
    led = book((1, "a", "b", ETH, 5), (2, "b", "d", ETH, 5), (2, "d", "b", USDT, 17), (3, "b", "c", USDT, 17))
    found = swaps(led, [led.indices_of([name("d")])[name("d")]])
    assert (found.out_row.tolist(), found.in_row.tolist(), found.exact.tolist()) == ([1], [2], [True])
    assert found.to_frame(led)["received_base_units"].tolist() == [17]
    assert len(swaps(led, [])) == 0, "without a service on the other end it may be a sale between two people"


def test_change_that_comes_back_is_taken_off() -> None:
    led = book((2, "b", "d", ETH, 5), (2, "d", "b", ETH, 1), (2, "d", "b", USDT, 17))
    found = swaps(led, list(led.indices_of([name("d")]).values()))
    assert (found.out_row.tolist(), found.in_row.tolist()) == ([0], [2])


def test_a_pool_behind_the_router_cannot_be_told_from_a_customer_until_it_is_named() -> None:
    rows = ((2, "b", "d", ETH, 5), (2, "d", "e", ETH, 5), (2, "e", "d", USDT, 17), (2, "d", "b", USDT, 17))
    led = book(*rows)
    at = led.indices_of([name("d"), name("e")])
    unsure = swaps(led, [at[name("d")]])
    assert not unsure.exact.any()
    assert unsure.remarks
    sure = swaps(led, list(at.values()))
    assert (sure.out_row.tolist(), sure.in_row.tolist(), sure.exact.tolist()) == ([0], [3], [True])
    mine = swaps(led, [at[name("d")]], wallets=list(led.indices_of([name("b")]).values()))
    assert mine.exact.all()


def test_several_assets_back_are_joined_but_not_exactly_and_wraps_are_named() -> None:
    led = book((2, "b", "d", ETH, 5), (2, "d", "b", USDT, 17), (2, "d", "b", WETH, 1))
    found = swaps(led, list(led.indices_of([name("d")]).values()))
    assert len(found) == 2
    assert not found.exact.any()
    wrap = book((2, "b", WETH_CONTRACT, ETH, 5), (2, "0x" + "0" * 40, "b", WETH, 5))
    joined = swaps(wrap, list(wrap.indices_of([name(WETH_CONTRACT)]).values()))
    assert [KINDS[k] for k in joined.kind] == ["wrap"]


def test_transactions_by_id_and_by_place_agree() -> None:
    led = book((1, "a", "b", ETH, 5), (2, "b", "d", ETH, 5), (2, "d", "b", USDT, 17), (3, "b", "c", USDT, 17))
    by_text, by_place = transactions(led), transactions(Ledger(**{**led.__dict__, "ids": None}))
    assert [[a == b for a in by_text] for b in by_text] == [[a == b for a in by_place] for b in by_place]
    assert transactions(Ledger(**{**led.__dict__, "ids": None, "block": None})).tolist() == [-1] * 4


@pytest.mark.parametrize("seed", [1, 2])
def test_every_swap_of_a_made_up_ledger_is_found_and_nothing_else(seed: int) -> None:
    made = generate(seed, "easy", rows=4_000)
    led, truth = made.ledger, made.truth
    router = led.indices_of([w for w, s in truth.known_stops.items() if s == "router"])
    found = swaps(led, list(router.values()))
    true = {(int(truth.link[i]), i) for i in np.flatnonzero(truth.link >= 0) if led.source[i] in router.values()}
    assert len(true) > 5
    assert set(zip(found.out_row.tolist(), found.in_row.tolist(), strict=True)) == true
    assert found.exact.all()


def test_a_bridge_with_ids_is_exact_and_a_doubled_id_joins_nothing() -> None:
    found = by_id([1, 2, 3, 9], ["x", "y", "z", "q"], [5, 6, 7, 8], ["y", "x", "z", "z"])
    assert list(zip(found.out_row.tolist(), found.in_row.tolist(), strict=True)) == [(1, 6), (2, 5)]
    assert len(found.remarks) == 2
    assert len(by_id([], [], [], [])) == 0


def bridges(made: Made) -> tuple[np.ndarray, np.ndarray, dict[int, int]]:
    led, truth = made.ledger, made.truth
    ends = set(led.indices_of([w for w, s in truth.known_stops.items() if s == "bridge"]).values())
    outs = np.flatnonzero(np.isin(led.target, list(ends)))
    ins = np.flatnonzero(np.isin(led.source, list(ends)) & (led.asset == 2))
    return outs, ins, {int(truth.link[i]): int(i) for i in ins if truth.link[i] >= 0}


def test_without_an_id_the_true_exit_is_among_the_candidates() -> None:
    hits = count = 0
    for seed in range(6):
        made = generate(seed, "easy", rows=4_000)
        outs, ins, true = bridges(made)
        found = candidates(made.ledger, outs, ins, worth={0: 1.0, 1: 1.0, 2: 1.0})
        for _, part in found.table.groupby("out_row"):
            assert 0 < part["probability"].sum() <= 1
            assert (part["candidates"] == len(part)).all()
        for row, exit_ in true.items():
            count += 1
            best = found.table[found.table["out_row"] == row]
            assert exit_ in best["in_row"].tolist()
            hits += int(best["in_row"].iloc[0] == exit_)
        assert "not findings" in found.words()[-1]
    assert count > 10
    assert hits / count > 0.8


def test_crowds_lower_the_probability_and_shifted_times_show_it() -> None:
    rng = np.random.default_rng(1)
    lone = [(100_000, "a", "b", ETH, 1_000), (100_060, "b", "c", ETH, 999)]
    crowd = [(int(t), "b", "e", ETH, 999) for t in rng.integers(1, 400_000, 3_000)]
    sizes = []
    for rows in (lone, lone + crowd):
        led = book(*rows)
        outs = np.flatnonzero(led.source == led.indices_of([name("a")])[name("a")])
        ins = np.flatnonzero(led.source == led.indices_of([name("b")])[name("b")])
        sizes.append(candidates(led, outs, ins, delay_ms=(0, 3_600_000)))
    alone, many = sizes
    assert alone.table["probability"].max() > 0.9
    assert many.base_rate == pytest.approx(27, rel=0.3)
    assert many.table["probability"].max() < 0.15
    assert candidates(book((1, "a", "b", ETH, 1)), np.array([0]), np.array([], int)).without == (0,)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcd"), st.sampled_from("abcd"),
                          st.sampled_from([ETH, USDT, WETH]), st.integers(0, 9)), max_size=14))  # fmt: skip
def test_laws(rows: list[tuple[int, str, str, str, int]]) -> None:
    led = book(*rows)
    found = swaps(led, list(led.indices_of([name("d")]).values()))
    number = transactions(led)
    for out_row, in_row in zip(found.out_row, found.in_row, strict=True):
        assert number[out_row] == number[in_row]
        assert led.source[out_row] == led.target[in_row]
        assert led.asset[out_row] != led.asset[in_row]
        assert led.wallets[led.source[out_row]] != name("d")
