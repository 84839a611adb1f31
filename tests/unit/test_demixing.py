"""Demixing gives hypotheses by named heuristics, each in the case its paper describes, and never a finding."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tools import eval_demixing
from workbench.analysis.demixing.events import Event, Mixing, mixing_of
from workbench.analysis.demixing.heuristics import heuristics
from workbench.analysis.demixing.pools import ROUTERS, TORNADO
from workbench.analysis.demixing.result import GRADES
from workbench.analysis.demixing.run import hypotheses, measured
from workbench.analysis.demixing.simulation import simulate
from workbench.analysis.ledger_arrays import Ledger
from workbench.model.ledger import Transfer, native_asset

ETH = native_asset("eip155:1")
HOUR = 3_600_000
Row = tuple[str, str, int, float]


def wallet(text: str) -> str:
    return text if ":" in text else "eip155:1:0x" + (text * 40)[:40]


def mixing(
    rows: Sequence[Row | tuple[str, str, int, float, int]], gas: dict[int, int] | None = None, **options: object
) -> Mixing:
    """Rows of (from, to, amount, hours[, transaction]); a row is a transaction of its own where none is named."""
    made = []
    for i, (sender, receiver, amount, hours, *tx) in enumerate(rows):
        number = tx[0] if tx else i
        made.append(Transfer(wallet(sender), wallet(receiver), f"eip155:1/tx:{number:064x}/trace:{i}", ETH, str(amount),
                             float(amount), None, int(hours * HOUR), None, None))  # fmt: skip
    ledger = Ledger.of(made)
    assert ledger.ids is not None
    prices = {f"eip155:1/tx:{number:064x}": price for number, price in (gas or {}).items()}
    return mixing_of(ledger, ledger.ids.tolist(), TORNADO, gas_price=prices, **options)  # type: ignore[arg-type]


def into(who: str, hours: float, pool: int = 1) -> Row:
    return who, TORNADO[pool].wallet, TORNADO[pool].note, hours


def out(who: str, hours: float, pool: int = 1) -> Row:
    return TORNADO[pool].wallet, who, TORNADO[pool].note, hours


def guesses(name: str, found: Mixing) -> set[tuple[str, str]]:
    names = found.ledger.wallets
    return {
        (str(names[found.withdrawals[link.withdrawal].wallet])[-1], str(names[link.depositor])[-1])
        for link in heuristics()[name].links(found)
    }


def test_the_five_heuristics_are_found_by_their_files_and_name_who_described_them() -> None:
    assert sorted(heuristics()) == ["gas_price", "linked_address", "multi_denomination", "same_address", "timing"]
    assert all("20" in heuristic.SOURCE and heuristic.TITLE for heuristic in heuristics().values())
    assert set(measured()) == set(heuristics())


def test_same_address_only_after_it_paid_in_and_as_often() -> None:
    found = mixing([out("a", 0), into("a", 1), into("b", 2), out("a", 3), out("a", 4), out("b", 5, pool=2)])
    assert [link.withdrawal for link in heuristics()["same_address"].links(found)] == [1]


def test_unique_gas_price_not_round_not_shared_not_relayed() -> None:
    rows = [into("a", 0), into("b", 1), out("c", 2), out("d", 3)]
    odd = 31_234_567_891
    assert guesses("gas_price", mixing(rows, {0: odd, 2: odd})) == {("c", "a")}
    assert guesses("gas_price", mixing(rows, {0: 30 * 10**9, 2: 30 * 10**9})) == set()
    assert guesses("gas_price", mixing(rows, {0: odd, 1: odd, 2: odd})) == set()
    assert guesses("gas_price", mixing(rows, {0: odd, 2: odd, 3: odd})) == set()
    fee = TORNADO[1].note // 100
    relayed = [into("a", 0), (TORNADO[1].wallet, "c", TORNADO[1].note - fee, 2, 9), (TORNADO[1].wallet, "f", fee, 2, 9)]
    found = mixing(relayed, {0: odd, 9: odd})
    assert [event.relayed for event in found.withdrawals] == [True]
    assert guesses("gas_price", found) == set()


def test_a_transfer_outside_links_either_way_but_not_by_way_of_services_or_the_busy() -> None:
    rows: list[Row] = [into("a", 0), into("b", 1), out("c", 2)]
    assert guesses("linked_address", mixing([*rows, ("c", "b", 5, 9.0)])) == {("c", "b")}
    assert guesses("linked_address", mixing([*rows, ("b", "c", 5, 9.0)])) == {("c", "b")}
    assert guesses("linked_address", mixing([*rows, ("b", "c", 5, 9.0)], services=[wallet("b")])) == set()
    busy: list[Row] = [("b", f"eip155:1:0x{i:040x}", 5, 3.0) for i in range(40)]
    assert guesses("linked_address", mixing([*rows, ("b", "c", 5, 9.0), *busy])) == set()
    assert guesses("linked_address", mixing([*rows, ("b", "c", 0, 9.0)])) == set(), "nothing was sent"
    late = mixing([out("c", 0), into("b", 1), ("b", "c", 5, 9.0)])
    assert guesses("linked_address", late) == set(), "paid in only afterwards"


def test_the_same_notes_of_several_sizes() -> None:
    ins = [into("a", 0, 0), into("a", 1, 2), into("a", 2, 2), into("b", 2, 0), into("b", 2, 1), into("b", 2, 3)]
    outs = [out("c", 5, 2), out("c", 6, 0), out("c", 7, 2)]
    assert guesses("multi_denomination", mixing([*ins, *outs])) == {("c", "a")}
    rival = [into("d", 0, 0), into("d", 1, 2), into("d", 2, 2)]
    assert guesses("multi_denomination", mixing([*ins, *rival, *outs])) == set()
    early = [out("c", 1.5, 2), out("c", 6, 0), out("c", 1.6, 2)]
    assert guesses("multi_denomination", mixing([*ins, *early])) == set(), "the second note came out before it went in"


def test_soon_after_the_only_deposit() -> None:
    assert guesses("timing", mixing([into("a", 0), into("b", 10), out("c", 10.5)])) == {("c", "b")}
    assert guesses("timing", mixing([into("a", 10), into("b", 10.1), out("c", 10.5)])) == set()
    assert guesses("timing", mixing([into("b", 10), out("c", 12)])) == set()


def test_deposits_through_the_router_are_their_senders() -> None:
    note, pool = TORNADO[3].note, TORNADO[3].wallet
    found = mixing([("a", ROUTERS[0], note, 1, 5), (ROUTERS[0], pool, note, 1, 5), ("a", ROUTERS[0], 7, 2)])
    assert [str(found.ledger.wallets[event.wallet]) for event in found.deposits] == [wallet("a")]
    assert found.skipped == 0
    assert mixing([("a", pool, note - 1, 1)]).skipped == 1


def test_hypotheses_are_graded_with_their_crowd_and_their_rivals() -> None:
    rows = [
        into("a", 0),
        into("b", 1),
        into("d", 1.5),
        out("c", 20),
        ("b", "c", 5, 30.0),
        ("a", "c", 5, 30.0),
        out("d", 40),
    ]
    found = hypotheses(mixing(rows))
    table = found.table
    assert set(table["grade"]) <= set(GRADES)
    crowd = table.set_index("recipient")["anonymity_set"]
    assert set(crowd[wallet("c")]) == {3}
    assert crowd[wallet("d")] == 3, "which note came out before nobody knows, so it can still be each of the three"
    assert set(table.loc[table["recipient"] == wallet("c"), "rivals"]) == {1}
    assert "likely" not in set(table.loc[table["rivals"] > 0, "grade"])
    assert table["false_positive_rate"].notna().all()
    assert any("None of them is a finding" in line for line in found.words())
    assert any("No gas prices" in line for line in found.words())
    mine = hypotheses(mixing(rows), [wallet("b"), wallet("9")])
    assert set(mine.table["depositor"]) == {wallet("b")}
    assert mine.table["rivals"].tolist() == [1], "who else it could be is counted whoever was asked about"
    assert any("not in the loaded ledger" in line for line in mine.words())
    assert json.loads(json.dumps(mine.to_json()))["hypotheses"][0]["depositor"] == wallet("b")
    assert "finding" in mine._repr_html_()
    assert "not findings" in found.plot().get_title()


def test_the_crowd_is_all_that_was_paid_in_not_what_is_left() -> None:
    """Two notes in, one out: the second withdrawal can still be either, though one note is left."""
    found = mixing([into("a", 0), into("b", 1), out("c", 2), out("d", 3)])
    assert [found.crowd(event) for event in found.withdrawals] == [2, 2]
    together = mixing([into("a", 0), into("b", 5), out("c", 5)])
    assert together.crowd(together.withdrawals[0]) == 2, "in one block nobody knows which came first"


def test_a_pool_that_is_loaded_in_part_makes_nobody_certain() -> None:
    """Two notes came out and one is loaded as paid in: the only deposit that is seen was not the only one."""
    rows = [out("x", 0), into("a", 1), out("c", 1.5), ("a", "c", 5, 9.0)]
    found = mixing(rows)
    assert found.incomplete == {1}
    table = hypotheses(found).table.set_index("heuristics")
    assert table["pool_looks_whole"].tolist() == [False]
    told = hypotheses(mixing(rows[:3]))
    assert told.table["heuristics"].tolist() == ["timing"]
    assert told.table["grade"].tolist() == ["weak"], "only deposit of the hour: of those that are loaded"
    assert told.table["share_right_measured"].isna().all()
    assert any("not loaded whole" in line for line in told.words())


def test_a_price_of_gas_that_no_other_has_says_little_where_few_are_known() -> None:
    rows = [into("a", 0), into("b", 1), out("c", 20), out("d", 30)]
    odd = 31_234_567_891
    few = hypotheses(mixing(rows, {0: odd, 2: odd}))
    assert few.table["grade"].tolist() == ["weak"]
    assert "of 50% of the pools' transactions whose price is known" in few.table["evidence"][0]
    assert any("known of 50%" in line for line in few.words())
    all_ = hypotheses(mixing(rows, {0: odd, 1: odd + 1, 2: odd, 3: odd + 2}))
    assert all_.table["share_right_measured"].notna().all()
    assert not any("says little" in line for line in all_.words())


def test_a_router_is_nobody() -> None:
    """Who paid the router is not loaded: the note counts for the crowd, and the router is no depositor."""
    found = mixing([(ROUTERS[0], TORNADO[1].wallet, TORNADO[1].note, 1), out("c", 1.5)])
    assert (len(found.deposits), found.crowd(found.withdrawals[0])) == (1, 1)
    told = hypotheses(found)
    assert len(told.table) == 0
    assert any("who paid the router" in line for line in told.words())


def test_nothing_gives_an_empty_table() -> None:
    found = hypotheses(mixing([("a", "b", 1, 0.0)]))
    assert (len(found.table), found.deposits, found.withdrawals) == (0, 0, 0)
    assert found.to_json()["hypotheses"] == []


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_laws_on_the_made_up_mixer(seed: int) -> None:
    made = simulate(seed, users=120)
    assert len(made.owner) == len(made.mixing.withdrawals)
    assert made.mixing.skipped == 0
    for heuristic in heuristics().values():
        for link in heuristic.links(made.mixing):
            event = made.mixing.withdrawals[link.withdrawal]
            assert made.mixing.deposited_before(event.pool, link.depositor, event.time_ms) > 0, "value before it came"
    assert all(made.mixing.crowd(event) >= 1 for event in made.mixing.withdrawals)
    assert made.mixing.incomplete == frozenset()
    one, two = hypotheses(made.mixing).table, hypotheses(simulate(seed, users=120).mixing).table
    assert one.equals(two)


def test_the_figures_shown_are_what_the_tool_measures() -> None:
    assert json.loads(json.dumps(eval_demixing.figures())) == measured()


def test_the_crowd_of_the_real_tenth_ether_pool(shared: Path) -> None:
    """Its cached events, in the order of blocks: 22,654 notes in, 19,051 out; the next can be each of the 22,654."""
    events: list[list[Event]] = []
    for side in ("deposits", "withdrawals"):
        with zipfile.ZipFile(shared / "tornado-cash" / f"{side}_eth_0.1.json.zip") as archive:
            listed = json.loads(archive.read(archive.namelist()[0]))
        events.append([Event(0, 0, row["blockNumber"], "", 0) for row in listed])
    counts = Counter(len(side) for side in events)
    assert set(counts) == {22_654, 19_051}
    nothing = Ledger(np.empty(0, object), (), *(np.empty(0, np.int64) for _ in range(5)))
    pool = Mixing(nothing, TORNADO[:1], sorted(events[0], key=lambda e: e.time_ms),
                  sorted(events[1], key=lambda e: e.time_ms), {}, frozenset())  # fmt: skip
    assert pool.crowd(Event(0, 0, 10**9, "", 0)) == 22_654
    assert min(pool.crowd(event) for event in pool.withdrawals) >= 1
    assert pool.incomplete == frozenset()
