"""Tracing inputs and outputs that are odd, partial or wrong: nothing is lost, and what is not known is listed."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.analysis.tracing.utxo import UNKNOWN, UtxoLedger
from workbench.analysis.utxo_arrays import NOT_LOADED, UNSAID, Flows
from workbench.errors import RecordError

ASSET = "bip122:000000000019d6689c085ae165831e93/slip44:native"
SHARES = ("haircut", "fifo", "lifo", "tiho")
MINUTE = 60_000
NOWHERE, ABSENT, SPENT_BEFORE, OF_ANOTHER, CIRCLE = UNKNOWN.values()


def flow(tx: str, wallet: str, amount: Any, n: int | None, kind: str, *spends: str | None) -> tuple[Any, ...]:
    return (tx, wallet, amount, n, f"{tx}/{kind}:{'?' if n is None else n}", *spends)


def coins(*given_: tuple[str, list[Any], list[Any]], times: Any = None) -> UtxoLedger:
    """(name, inputs as (wallet, amount, "tx:n" spent or None), outputs as (wallet, amount)), a minute apart."""
    made, inputs, outputs = [], [], []
    for place, (name, ins, outs) in enumerate(given_):
        made.append((name, place * MINUTE if times is None else times[place], place))
        for n, (wallet, amount, spent) in enumerate(ins):
            inputs.append(flow(name, wallet, amount, n, "in", spent and "{}/out:{}".format(*spent.split(":"))))
        outputs += [flow(name, wallet, amount, n, "out") for n, (wallet, amount) in enumerate(outs)]
    return UtxoLedger.of(ASSET, made, inputs, outputs)


def traced(ledger: UtxoLedger, sources: Any = ("thief",), **options: Any) -> Trace:
    found = trace_ledger(Ledger.of(()), sources, utxo=[ledger], options=Options(**options))
    kept = found.conservation.query("method != 'poison'")
    assert (kept["difference"] == 0).all(), kept
    found.to_json()
    assert found.words()
    return found


def held(trace: Trace, method: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in trace.holdings.itertuples():
        if getattr(line, method):
            sums[line.wallet] = sums.get(line.wallet, 0) + getattr(line, method)
    return sums


def reasons(trace: Trace) -> dict[str, str]:
    return dict(zip(trace.dropped["transfer_id"], trace.dropped["reason"], strict=True))


def booked(trace: Trace, method: str, column: str) -> int:
    return int(trace.conservation.query("method == @method")[column].iloc[0])


def test_a_transaction_that_spends_its_own_output_gets_its_value_from_nowhere_known() -> None:
    """The thief's 40 and 60 that the transaction says it made itself: a and b get 100, 40 of them the thief's."""
    ledger = coins(
        ("t0", [], [("thief", 40)]),
        ("t1", [("thief", 40, "t0:0"), ("a", 60, "t1:0")], [("a", 60), ("b", 40)]),
    )
    found = traced(ledger)
    assert held(found, "haircut") == {"a": 24, "b": 16}
    assert held(found, "fifo") == {"a": 40}
    assert reasons(found) == {"t1/in:1": f"origin not known: {CIRCLE}"}
    assert any("not known where their value comes from" in line for line in found.words())


def test_two_transactions_that_spend_each_other_are_entered_at_the_earlier_one() -> None:
    ledger = coins(
        ("t0", [], [("thief", 10)]),
        ("t1", [("thief", 10, "t0:0"), ("y", 5, "t2:0")], [("x", 15)]),
        ("t2", [("x", 15, "t1:0")], [("y", 5), ("z", 10)]),
    )
    found = traced(ledger)
    assert held(found, "fifo") == {"y": 5, "z": 5}  # x's 15 are the thief's 10 and then the 5 of nobody knows where
    assert held(found, "haircut") == {"y": 3, "z": 7}  # 10 · 5/15 rounded down, the rest stays for what comes after
    assert reasons(found) == {"t1/in:1": f"origin not known: {CIRCLE}"}


def test_what_follows_a_circle_is_still_in_causal_order() -> None:
    """t4 spends t3, which has the earlier time; neither is in the circle of t1 and t2."""
    ledger = coins(
        ("t1", [("y", 5, "t2:0")], [("x", 5)]),
        ("t2", [("x", 5, "t1:0"), ("thief", 7, None)], [("y", 5), ("z", 7)]),
        ("t4", [("w", 7, "t3:0")], [("v", 7)]),
        ("t3", [("z", 7, "t2:1")], [("w", 7)]),
    )
    assert held(traced(ledger), "fifo") == {"v": 7}  # the 5 from t1 pay y


def test_an_output_that_two_inputs_spend_is_spent_by_the_first_and_the_second_is_listed() -> None:
    ledger = coins(
        ("t0", [], [("thief", 10)]),
        ("t1", [("thief", 10, "t0:0")], [("a", 10)]),
        ("t2", [("a", 10, "t1:0")], [("b", 10)]),
        ("t3", [("a", 10, "t1:0"), ("b", 10, "t2:0")], [("c", 20)]),
    )
    found = traced(ledger)
    assert held(found, "fifo") == {"c": 10}
    assert held(found, "haircut") == {"c": 10}
    assert reasons(found) == {"t3/in:0": f"origin not known: {SPENT_BEFORE}"}


def test_an_input_that_names_an_output_which_is_not_loaded_is_clean_and_listed() -> None:
    ledger = coins(
        ("t1", [("thief", 10, None), ("x", 30, "gone:0")], [("a", 40)]),
        ("t2", [("stranger", 5, "gone:1")], [("b", 5)]),  # the loot never comes near: not listed
    )
    found = traced(ledger)
    assert held(found, "haircut") == {"a": 10}
    assert reasons(found) == {"t1/in:1": f"origin not known: {ABSENT}"}
    listed = found.dropped.iloc[0]
    assert (listed["sender"], listed["receiver"], listed["amount"], listed["poison"]) == ("x", "t1", 30, 0)
    assert found.summary["unknown_inputs"] == 1


def test_an_input_whose_output_is_loaded_as_anothers_is_not_joined_to_it() -> None:
    """Two sources disagree whose the output is: the loot stays where it was last seen for certain."""
    ledger = coins(
        ("t0", [("thief", 10, None)], [("a", 10)]),
        ("t1", [("b", 10, "t0:0"), ("thief", 2, None)], [("c", 12)]),
    )
    found = traced(ledger)
    assert held(found, "fifo") == {"a": 10, "c": 2}
    assert reasons(found) == {"t1/in:0": f"origin not known: {OF_ANOTHER}"}


def test_an_input_of_another_amount_than_its_output_conserves_and_is_seen() -> None:
    ledger = coins(
        ("t0", [("thief", 50, None)], [("a", 50)]),
        ("t1", [("a", 60, "t0:0")], [("b", 60)]),  # ten more than a was seen to get
    )
    found = traced(ledger)
    assert held(found, "haircut") == {"b": 50}
    assert found.incomplete[["wallet", "shortfall"]].values.tolist() == [["a", 10]]
    less = traced(coins(("t0", [("thief", 50, None)], [("a", 50)]), ("t1", [("a", 40, "t0:0")], [("b", 40)])))
    assert held(less, "haircut") == {"a": 10, "b": 40}


def test_inputs_alone_leave_their_value_in_the_transaction_and_make_no_fee() -> None:
    found = traced(coins(("t0", [], [("thief", 10)]), ("t1", [("thief", 10, "t0:0")], [])))
    assert held(found, "haircut") == {"t1": 10}
    assert booked(found, "haircut", "fees") == 0


def test_outputs_alone_are_a_coinbase_or_a_transaction_whose_inputs_are_not_loaded() -> None:
    ledger = coins(("t0", [], [("thief", 10), ("a", 3)]), ("t1", [("thief", 10, "t0:0")], [("b", 9)]))
    assert held(traced(ledger), "fifo") == {"b": 9}
    back = traced(ledger, ("b",), direction="backward", methods=("haircut", "fifo"))
    assert held(back, "fifo") == {"t0": 9}


def test_what_is_left_over_is_no_fee_where_a_place_tells_that_an_output_is_missing() -> None:
    """Outputs 0 and 2 are loaded: 40 of the thief's 100 may be in number 1."""
    inputs = [flow("t1", "thief", 100, 0, "in", None)]
    outputs = [flow("t1", "a", 50, 0, "out"), flow("t1", "b", 10, 2, "out")]
    found = traced(UtxoLedger.of(ASSET, [("t1", 0, 0)], inputs, outputs))
    assert held(found, "fifo") == {"a": 50, "b": 10, "t1": 40}
    assert booked(found, "fifo", "fees") == 0
    whole = traced(UtxoLedger.of(ASSET, [("t1", 0, 0)], inputs, [outputs[0], flow("t1", "b", 10, 1, "out")]))
    assert booked(whole, "fifo", "fees") == 40


def test_a_reached_transaction_that_pays_more_than_its_loaded_inputs_bring_is_incomplete() -> None:
    found = traced(coins(("t1", [("thief", 10, None)], [("a", 25)])))
    assert found.incomplete[["wallet", "shortfall"]].values.tolist() == [["t1", 15]]
    assert held(found, "haircut") == {"a": 10}
    line = found.holdings.query("wallet == 'a'").iloc[0]
    assert line["low"] <= 10 <= line["high"] <= 25


def test_missing_places_come_last_and_any_order_of_rows_gives_one_answer() -> None:
    inputs = [flow("t1", "thief", 10, None, "in", None), flow("t1", "clean", 10, 0, "in", None)]
    outputs = [flow("t1", "a", 5, 0, "out"), ("t1", "b", 5, None, "t1/x"), ("t1", "c", 5, None, "t1/y"),
               ("t1", "c", 5, None, "t1/w")]  # fmt: skip
    answers = set()
    for rows in permutations(outputs):
        found = traced(UtxoLedger.of(ASSET, [("t1", None, None)], inputs[:: 1 if rows[0] is outputs[0] else -1], rows))
        answers.add(str(found.to_json()["flows"]))
        assert held(found, "fifo") == {"c": 10}  # the clean 10 pay a and b
    assert len(answers) == 1


def test_rows_of_a_transaction_that_is_not_listed_have_no_time() -> None:
    inputs, outputs = [flow("t9", "thief", 10, 0, "in", None)], [flow("t9", "a", 10, 0, "out")]
    found = traced(UtxoLedger.of(ASSET, [], inputs, outputs))
    assert held(found, "lifo") == {"a": 10}
    assert found.flows["time"].isna().all()


@pytest.mark.parametrize("power", [110, 111, 125, 126, 127, 200, 256])
def test_junk_amounts_are_listed_with_a_reason_and_everything_else_is_exact(power: int) -> None:
    """The thief's 10 go to a by t1; t2 moves an amount that no coin has."""
    ledger = coins(
        ("t0", [], [("thief", 10), ("thief", 2**power + 1)]),
        ("t1", [("thief", 10, "t0:0")], [("a", 10)]),
        ("t2", [("thief", 2**power + 1, "t0:1"), ("y", 7, None)], [("b", 2**power + 1), ("c", 7)]),
        ("t3", [("b", 2**power + 1, "t2:0")], [("d", 2**power + 1)]),
    )
    found = traced(ledger)
    assert held(found, "haircut")["a"] == 10
    assert booked(found, "fifo", "injected") == 10
    assert reasons(found)["t2/in:0"] == "an amount beyond anything real"
    assert found.dropped.query("transfer_id == 't2/in:0'")["amount"].tolist() == [2**power + 1]
    back = traced(ledger, ("d", "a"), direction="backward", methods=("haircut", "fifo", "lifo"))
    assert booked(back, "fifo", "injected") == 10


def test_the_sum_of_many_large_amounts_stays_within_what_the_kernels_hold() -> None:
    rows = 2**17
    outputs = [flow("t0", f"w{n % 7}", 2**109, n, "out") for n in range(rows)]
    inputs = [flow("t0", "thief", 2**109, 0, "in", None)]
    found = traced(UtxoLedger.of(ASSET, [("t0", 0, 0)], inputs, outputs), methods=("haircut", "fifo"))
    assert found.summary["dropped"] > 0


@pytest.mark.parametrize("amount", ["ten", None, -1, 1.5, "1e9", "9" * 5000, float("inf")])
def test_what_is_no_whole_amount_is_refused_in_words(amount: Any) -> None:
    with pytest.raises(RecordError, match="whole number of base units"):
        coins(("t0", [("thief", amount, None)], [("a", 1)]))


def test_transfers_are_transactions_not_their_inputs_outputs_and_fees() -> None:
    ledger = coins(
        ("t0", [], [("thief", 40), ("thief", 60)]),
        ("t1", [("thief", 40, "t0:0"), ("thief", 60, "t0:1")], [("a", 30), ("b", 65)]),  # 5 are the fee
        ("t2", [("b", 65, "t1:1")], [("c", 65)]),
    )
    found = traced(ledger)
    assert (found.summary["transfers"], found.summary["utxo_transactions"]) == (2, 2)
    assert "2 transfers" in found.words()[0]
    assert "2 of them UTXO transactions" in found.words()[0]


def test_the_same_output_told_by_index_and_by_address_counts_once() -> None:
    """bitcoin-etl numbers the outputs, a STIX bundle names the address."""
    inputs = [flow("t1", "bip122:x:1T", 10, 0, "in", None), ("t1", "bip122:x:1T", 10, 0, "t1/input:1T", None)]
    outputs = [
        flow("t1", "bip122:x:1A", 4, 0, "out"), flow("t1", "bip122:x:1A", 4, 1, "out"),
        ("t1", "bip122:x:1A", 4, 0, "t1/output:1A"), ("t1", "bip122:x:1B", 2, 1, "t1/output:1B"),
    ]  # fmt: skip
    flows = Flows.of([("t1", 0, 0)], inputs, outputs)
    assert flows.told_twice == 2
    assert flows.ids(flows.inputs, flows.inputs.transaction).tolist() == ["t1/in:0"]
    found = traced(UtxoLedger.from_flows(ASSET, flows), ("bip122:x:1T",))
    assert held(found, "haircut") == {"bip122:x:1A": 8, "bip122:x:1B": 2}


def test_what_an_input_spends_survives_the_ordering_of_rows() -> None:
    flows = Flows.of(
        [("b", 5, 0), ("a", 9, 0)],
        [
            flow("a", "w", 1, 1, "in", "b/out:1"),
            flow("a", "w", 1, 0, "in", "b/out:7"),
            flow("b", "w", 1, 0, "in", None),
        ],
        [flow("b", "w", 1, 1, "out"), flow("b", "v", 1, 0, "out")],
    )
    assert flows.transactions.tolist() == ["b", "a"]
    assert flows.spends is not None
    assert flows.spends.tolist() == [UNSAID, NOT_LOADED, 1]
    assert flows.ids(flows.outputs, flows.spends[2:]).tolist() == ["b/out:1"]


AMOUNT = st.one_of(st.integers(0, 60), st.sampled_from([2**62, 2**110, 2**111, 2**126, 2**256]))
NAME = st.sampled_from(["t0", "t1", "t2", "t3", "t4", "t5", "nowhere"])


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(NAME, st.integers(0, 4), AMOUNT, st.none() | st.integers(0, 3),
                       st.none() | st.tuples(NAME, st.integers(0, 3))), max_size=14),
    st.lists(st.tuples(NAME, st.integers(0, 4), AMOUNT, st.none() | st.integers(0, 3)), max_size=14),
    st.lists(st.none() | st.integers(0, 3), min_size=6, max_size=6),
    st.sampled_from(["forward", "backward"]), st.none() | st.integers(0, 3),
)  # fmt: skip
def test_whatever_the_rows_say_nothing_is_lost(
    ins: list[Any], outs: list[Any], times: list[Any], direction: str, until: int | None
) -> None:
    """Spends in circles, twice, of nothing; no places, no times, junk amounts: conservation holds to the unit."""
    made = [(f"t{n}", time, None) for n, time in enumerate(times)]
    inputs = [(tx, f"w{w}", amount, n, f"{tx}/in:{i}", None if spent is None else "{}/out:{}".format(*spent))
              for i, (tx, w, amount, n, spent) in enumerate(ins)]  # fmt: skip
    outputs = [(tx, f"w{w}", amount, n, f"{tx}/out:{i}") for i, (tx, w, amount, n) in enumerate(outs)]
    ledger = UtxoLedger.of(ASSET, made, inputs, outputs)
    methods = SHARES if direction == "forward" else SHARES[:3]
    from datetime import UTC, datetime

    limit = None if until is None else datetime.fromtimestamp(until / 1000, UTC)
    found = traced(ledger, ("w0", "w1"), direction=direction, methods=("poison", *methods), until=limit)
    for method in methods:
        assert (found.flows[method] <= found.flows["poison"]).all()
    listed = found.dropped
    assert set(listed["reason"].dropna()) <= {
        *(f"origin not known: {why}" for why in UNKNOWN.values()), "zero value", "an amount beyond anything real",
        "after the date limit", "before the date limit", "between sources", "to itself",
    }  # fmt: skip
