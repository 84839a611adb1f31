"""What holds for every ledger: conservation, bounds, the order of time, independence of row order."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import claim, sent, wallet

from workbench.analysis.projection import Ledger
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.model.ledger import Transfer

NAMES = "sstaaabbbcdex"
"""s and t are sources, e may be a service; a and b come up often, so that paths grow long."""

amounts = st.one_of(st.integers(0, 12), st.integers(0, 10**24))
row = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(NAMES), amounts, st.integers(0, 9), st.integers(0, 2), st.booleans()
)


def made(rows: list[tuple[str, str, int, int, int, bool]]) -> list[Transfer]:
    """Transfers of the generated rows; some have a block and a position, some have not."""
    return [
        sent(a, b, amount, second, block=second if placed else None, position=i if placed else None)
        ._replace(id=f"eip155:1/tx:{second}-{tx}/{i}")
        for i, (a, b, amount, second, tx, placed) in enumerate(rows)
    ]  # fmt: skip


ledgers = st.lists(row, min_size=3, max_size=30).map(made)
choices = st.fixed_dictionaries({
    "min_amount": st.sampled_from([0, 0, 3]), "max_depth": st.sampled_from([None, None, 1, 2]),
    "stop_at": st.sampled_from([(), ("defi_dex",)]), "through": st.sampled_from([(), ("defi_dex",)]),
})  # fmt: skip
DEX = [claim("e", "swapper", "defi_dex")]


def run(rows: list[Transfer], **options: Any) -> Trace:
    return trace_ledger(Ledger.of(rows), [wallet("s"), wallet("t")], claims=DEX, options=Options(**options))


@settings(max_examples=80, deadline=None)
@given(ledgers, choices)
def test_haircut_conserves_to_the_base_unit_and_nothing_is_negative(
    rows: list[Transfer], chosen: dict[str, Any]
) -> None:
    found = run(rows, **chosen)
    for line in found.conservation.query("method == 'haircut'").itertuples():
        assert line.injected == line.held + line.crossed + line.returned + line.dropped
        assert line.difference == 0
        assert sum(found.holdings.query("asset == @line.asset")["haircut"]) == line.held
        assert sum(found.stops["haircut"]) == line.crossed
        assert sum(found.dropped["haircut"]) == line.dropped
    for table in (found.holdings, found.stops, found.flows, found.dropped):
        assert all(value >= 0 for name in ("poison", "haircut") for value in table[name])


@settings(max_examples=80, deadline=None)
@given(ledgers, choices)
def test_poison_contains_haircut_and_the_interval_contains_the_figure(
    rows: list[Transfer], chosen: dict[str, Any]
) -> None:
    found = run(rows, **chosen)
    assert all(found.flows["haircut"] <= found.flows["poison"])
    assert all(found.holdings["received_haircut"] <= found.holdings["received_poison"])
    for table in (found.holdings, found.stops, found.services):
        assert all(table["low"] <= table["haircut"])
        assert all(table["haircut"] <= table["high"])


@settings(max_examples=80, deadline=None)
@given(ledgers)
def test_time_respecting_reach_is_within_static_reach_and_is_exact(rows: list[Transfer]) -> None:
    found = run(rows, stop_at=())
    reached = set(found.holdings["wallet"])
    static = {wallet("s"), wallet("t")}
    while more := {r.receiver for r in rows if r.sender in static and r.amount != "0"} - static:
        static |= more
    assert reached <= static
    for flow in found.flows.itertuples():  # every followed transfer spends something that had come by then
        assert flow.sender in (wallet("s"), wallet("t")) or any(
            other.receiver == flow.sender and other.time <= flow.time for other in found.flows.itertuples()
        )


@settings(max_examples=50, deadline=None)
@given(ledgers, choices, st.randoms(use_true_random=False))
def test_order_of_rows_and_duplicates_change_nothing(
    rows: list[Transfer], chosen: dict[str, Any], chance: random.Random
) -> None:
    mixed = rows + rows[: len(rows) // 2]
    chance.shuffle(mixed)
    assert run(mixed, **chosen).to_json() == run(rows, **chosen).to_json()


@settings(max_examples=80, deadline=None)
@given(ledgers, st.integers(0, 10**6))
def test_the_interval_holds_whatever_incomplete_addresses_owned_before(rows: list[Transfer], extra: int) -> None:
    shown = run(rows, stop_at=())
    opening = [
        Transfer(wallet("bank"), line.wallet, f"eip155:1/tx:before/{i}", line.asset, str(line.shortfall + extra), 0.0,
                 None, 0, None, None)
        for i, line in enumerate(shown.incomplete.itertuples())
    ]  # fmt: skip
    within(shown, run(rows + opening, stop_at=()), slack=0)


@settings(max_examples=80, deadline=None)
@given(ledgers, st.randoms(use_true_random=False))
def test_the_interval_holds_in_every_order_of_tied_rows(rows: list[Transfer], chance: random.Random) -> None:
    rows = [r._replace(block=None, position=None) for r in rows]
    places = list(range(len(rows)))
    chance.shuffle(places)
    settled = [r._replace(block=1, position=place) for r, place in zip(rows, places, strict=True)]
    within(run(rows, stop_at=()), run(settled, stop_at=()), slack=2 * len(rows))  # each floor may fall otherwise


def within(shown: Trace, other: Trace, *, slack: int) -> None:
    """What another history or order gives lies between low and high."""
    bounds = {line.wallet: (line.low, line.high) for line in shown.holdings.itertuples()}
    for line in other.holdings.itertuples():
        low, high = bounds[line.wallet]
        assert low - slack <= line.haircut <= high + slack


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES), amounts), max_size=25))
def test_haircut_agrees_with_the_definition_written_down_plainly(steps: list[tuple[str, str, int]]) -> None:
    rows = [sent(a, b, amount, i) for i, (a, b, amount) in enumerate(steps)]
    found = run(rows, stop_at=())
    owed = {line.wallet: line.shortfall for line in found.incomplete.itertuples()}
    total, tainted = dict(owed), {}
    for r in rows:
        amount = int(r.amount)
        if r.sender in (wallet("s"), wallet("t")):
            part = 0 if r.receiver in (wallet("s"), wallet("t")) else amount
        else:
            # an address that taint never reaches may owe more than it got; its share is zero all the same
            had = tainted.get(r.sender, 0)
            part = had * amount // total[r.sender] if had and amount else 0
            tainted[r.sender] = had - part
            total[r.sender] = total.get(r.sender, 0) - amount
        total[r.receiver] = total.get(r.receiver, 0) + amount
        tainted[r.receiver] = tainted.get(r.receiver, 0) + part
    assert {line.wallet: line.haircut for line in found.holdings.itertuples()} == {
        line.wallet: tainted[line.wallet] for line in found.holdings.itertuples()
    }  # fmt: skip
    assert all(amount == 0 or name in set(found.holdings["wallet"]) or name in (wallet("s"), wallet("t"))
               for name, amount in tainted.items())  # fmt: skip
