"""Taint through inputs and outputs, on cases worked out by hand; fees are booked to the last unit."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.analysis.tracing.utxo import UtxoLedger

ASSET = "bip122:000000000019d6689c085ae165831e93/slip44:native"
SHARES = ("haircut", "fifo", "lifo", "tiho")


def coins(*transactions: tuple[str, list[tuple[str, int, str | None]], list[tuple[str, int]]]) -> UtxoLedger:
    """(name, inputs as (wallet, amount, "tx:n" spent or None), outputs as (wallet, amount)), a minute apart."""
    made, inputs, outputs = [], [], []
    for place, (name, ins, outs) in enumerate(transactions):
        made.append((name, place * 60_000, place))
        for n, (wallet, amount, spends) in enumerate(ins):
            spent = None if spends is None else "{}/out:{}".format(*spends.split(":"))
            inputs.append((name, wallet, amount, n, f"{name}/in:{n}", spent))
        outputs += [(name, wallet, amount, n, f"{name}/out:{n}") for n, (wallet, amount) in enumerate(outs)]
    return UtxoLedger.of(ASSET, made, inputs, outputs)


def traced(ledger: UtxoLedger, sources: Any = ("thief",), **options: Any) -> Trace:
    return trace_ledger(Ledger.of(()), sources, utxo=[ledger], options=Options(**options))


def held(trace: Trace, method: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in trace.holdings.itertuples():
        if getattr(line, method):
            sums[line.wallet] = sums.get(line.wallet, 0) + getattr(line, method)
    return sums


MIX = coins(
    ("t0", [], [("thief", 40), ("clean", 60)]),
    ("t1", [("clean", 60, "t0:1"), ("thief", 40, "t0:0")], [("a", 30), ("b", 65)]),  # 5 are the fee
    ("t2", [("b", 65, "t1:1")], [("c", 65)]),
)


def test_each_method_shares_a_transaction_out_as_it_is_defined() -> None:
    found = traced(MIX)
    assert held(found, "poison") == {"a": 30, "c": 65}
    # haircut: a gets 40 × 30/100, b 28 × 65/70, the fee the rest
    assert held(found, "haircut") == {"a": 12, "c": 26}
    assert held(found, "fifo") == {"c": 35}  # a and half of b are paid with the clean 60, 5 are the fee
    assert held(found, "lifo") == {"a": 30, "c": 10}  # the thief's input is the newest
    assert held(found, "tiho") == {"c": 40}  # the largest output
    fees = dict(zip(found.conservation["method"], found.conservation["fees"], strict=True))
    assert (fees["haircut"], fees["fifo"], fees["lifo"], fees["tiho"]) == (2, 5, 0, 0)
    assert found.conservation.query("method != 'poison'")["difference"].tolist() == [0] * 4


def test_hops_are_transactions_and_the_path_goes_through_them() -> None:
    flows = traced(MIX).flows
    last = flows[flows["receiver"] == "c"].iloc[0]
    assert last["hops"] == 2
    assert last["sender"] == "t2"


def test_change_that_comes_back_is_returned_and_counts_again_when_it_leaves() -> None:
    ledger = coins(
        ("t0", [], [("thief", 100)]),
        ("t1", [("thief", 100, "t0:0")], [("a", 30), ("thief", 70)]),
        ("t2", [("thief", 70, "t1:1")], [("b", 70)]),
    )
    found = traced(ledger)
    assert held(found, "fifo") == {"a": 30, "b": 70}
    line = found.conservation.query("method == 'fifo'").iloc[0]
    assert (line["injected"], line["returned"], line["difference"]) == (170, 70, 0)


def test_an_input_whose_output_is_not_loaded_is_incomplete_history_only_where_it_matters() -> None:
    ledger = coins(
        ("t1", [("thief", 10, None), ("x", 90, None)], [("a", 100)]),
        ("t2", [("a", 100, "t1:0")], [("b", 50), ("c", 50)]),
    )
    found = traced(ledger)
    assert held(found, "haircut") == {"b": 5, "c": 5}
    assert held(found, "fifo") == {"b": 10}


def test_an_input_that_does_not_say_what_it_spends_spends_the_earliest_output_of_its_amount() -> None:
    ledger = coins(
        ("t1", [("thief", 10, None)], [("a", 10)]),
        ("t2", [("a", 10, None)], [("b", 10)]),
    )
    assert held(traced(ledger), "fifo") == {"b": 10}


def test_what_spends_an_output_comes_after_it_whatever_order_and_times_say() -> None:
    made = [("t2", 0, 5), ("t1", 0, 5), ("t0", 0, 5)]
    inputs = [("t1", "thief", 7, 0, "t1/in:0", "t0/out:0"), ("t2", "a", 7, 0, "t2/in:0", "t1/out:0")]
    outputs = [("t0", "thief", 7, 0, "t0/out:0"), ("t1", "a", 7, 0, "t1/out:0"), ("t2", "b", 7, 0, "t2/out:0")]
    found = traced(UtxoLedger.of(ASSET, made, inputs, outputs))
    assert held(found, "lifo") == {"b": 7}
    assert found.summary["ambiguous_wallets"] == 0


def test_backward_through_a_transaction() -> None:
    whole = traced(MIX, ("c",), direction="backward", methods=("haircut", "fifo"))
    assert held(whole, "fifo") == {"t0": 65}  # which has no inputs
    assert whole.conservation["difference"].tolist() == [0, 0]
    ledger = coins(
        ("t1", [("clean", 60, None), ("thief", 40, None)], [("a", 30), ("b", 65)]),
        ("t2", [("b", 65, "t1:1")], [("c", 65)]),
    )
    found = traced(ledger, ("c",), direction="backward", methods=("haircut", "fifo"))
    assert held(found, "fifo") == {"clean": 30, "thief": 35}
    assert held(found, "haircut") == {"clean": 39, "thief": 26}
    assert found.conservation["difference"].tolist() == [0, 0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.integers(0, 40), min_size=1, max_size=3, unique=True),
            st.lists(st.integers(0, 50), min_size=1, max_size=3),
            st.integers(0, 5),
        ),
        max_size=12,
    )
)
def test_nothing_is_lost_whatever_the_transactions(steps: list[Any]) -> None:
    """Each step spends some outputs that exist, and shares their sum out; what is left over is the fee."""
    open_: dict[str, tuple[str, int]] = {"t0:0": ("thief", 1000), "t0:1": ("other", 777), "t0:2": ("thief", 3)}
    made: list[Any] = [("t0", [], [("thief", 1000), ("other", 777), ("thief", 3)])]
    for number, (picks, weights, _) in enumerate(steps, 1):
        spent = list(dict.fromkeys(sorted(open_)[pick % len(open_)] for pick in picks)) if open_ else []
        if not spent:
            break
        ins = [(open_[name][0], open_[name][1], name) for name in spent]
        total = sum(amount for _, amount, _ in ins)
        outs = [(f"w{(number + n) % 5}", total * weight // (sum(weights) + 3)) for n, weight in enumerate(weights)]
        for name in spent:
            del open_[name]
        open_.update({f"t{number}:{n}": out for n, out in enumerate(outs)})
        made.append((f"t{number}", ins, outs))
    found = traced(coins(*made))
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
    for method in SHARES:
        assert all(found.flows[method] <= found.flows["poison"])
