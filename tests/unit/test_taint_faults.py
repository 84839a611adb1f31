"""Faults that were found in the tracing, each with its smallest case."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from taint_cases import ASSET, START, claim, sent, traced, wallet

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.analysis.tracing.utxo import UtxoLedger
from workbench.errors import ParameterError, UnknownNameError

BACK = ("poison", "haircut", "fifo", "lifo")
TOKEN = "eip155:1/erc20:0x" + "1" * 40
COIN = "bip122:000000000019d6689c085ae165831e93"


def held(trace: Trace, method: str, incident: str | None = None) -> dict[str, int]:
    return {
        bytes.fromhex(line.wallet[-40:]).rstrip(b"\0").decode(): getattr(line, method)
        for line in trace.holdings.itertuples()
        if getattr(line, method) and incident in (None, line.incident)
    }


def at(second: int) -> Any:
    return START + timedelta(seconds=second)


def several(rows: Any, sources: dict[str, str], **options: Any) -> Trace:
    named = {name: [wallet(w) for w in texts] for name, texts in sources.items()}
    claims = options.pop("claims", ())
    return trace_ledger(Ledger.of(rows), named, claims=claims, options=Options(**options))


def test_what_a_source_sent_before_since_is_clean_money_not_no_money() -> None:
    rows = [sent("s", "b", 50, 1), sent("s", "b", 50, 10), sent("b", "c", 50, 20)]
    found = traced(rows, "s", since=at(5))
    assert held(found, "haircut") == {"b": 25, "c": 25}
    assert held(found, "fifo") == {"b": 50}
    assert len(found.incomplete) == 0


def test_backward_with_since_knows_what_was_there_before() -> None:
    rows = [sent("x", "b", 100, 1), sent("y", "b", 100, 10), sent("b", "d", 100, 20)]
    found = traced(rows, "d", direction="backward", since=at(5), methods=BACK)
    assert held(found, "haircut") == {"y": 50, "b": 50}
    assert held(found, "fifo") == {"b": 100}
    assert held(found, "lifo") == {"y": 100}


def test_intervals_of_tiho_hold_where_incidents_meet() -> None:
    rows = [
        sent("t", "b", 30, 1), sent("s", "b", 30, 2), sent("b", "c", 50, 3), sent("b", "d", 10, 4),
        sent("s", "u", 5, 5), sent("u", "v", 9, 6),
    ]  # fmt: skip
    table = several(rows, {"first": "s", "second": "t"}).compare()
    assert all(table["low_base_units"] <= table["amount_base_units"])
    assert all(table["amount_base_units"] <= table["high_base_units"])


def utxo(claims: Any = (), sources: Any = None, terminals: Any = (), doubled: bool = False, **options: Any) -> Trace:
    tx = [f"{COIN}/tx:{n}" for n in ("f1", "a2", "93", "04", "75", "46")]
    made = [(name, START.timestamp() * 1000 + i * 60_000, i) for i, name in enumerate(tx)]
    who = [f"{COIN}:1{n}" for n in ("thief", "bob", "carol")]
    inputs, outputs = [], [(tx[0], who[0], 100, 0, f"{tx[0]}/out:0")]
    for i in range(1, 6):
        inputs.append((tx[i], who[min(i - 1, 1)], 100, 0, f"{tx[i]}/in:0", f"{tx[i - 1]}/out:0"))
        outputs.append((tx[i], who[1 if i < 5 else 2], 100, 0, f"{tx[i]}/out:0"))
    if doubled:
        inputs, outputs = inputs * 2, outputs * 2
    ledger = UtxoLedger.of(f"{COIN}/slip44:native", made, inputs, outputs)
    return trace_ledger(
        Ledger.of(()), sources or [who[0]], utxo=[ledger], terminals=[who[2]], claims=claims, options=Options(**options)
    )  # fmt: skip


def test_wallets_of_a_utxo_ledger_are_known_by_their_real_names() -> None:
    found = utxo()
    assert found.summary["sources_not_in_ledger"] == []
    assert found.terminals[["why", "fifo"]].values.tolist() == [["reached", 100]]


def test_a_duplicate_utxo_row_changes_nothing() -> None:
    assert utxo(doubled=True).to_json() == utxo().to_json()


def test_transactions_and_fees_are_not_counted_as_wallets() -> None:
    assert utxo().summary["wallets"] == 2


def test_utxo_rows_after_the_date_limit_are_listed() -> None:
    found = utxo(until=at(150))
    late = found.dropped[found.dropped["reason"] == "after the date limit"]
    assert late[["sender", "amount"]].values.tolist() == [[f"{COIN}:1bob", 100]]


def test_a_transaction_without_a_time_can_be_printed() -> None:
    ledger = UtxoLedger.of(
        f"{COIN}/slip44:native", [("t0", None, None), ("t1", None, None)],
        [("t1", "thief", 5, 0, "t1/in:0", "t0/out:0")],
        [("t0", "thief", 5, 0, "t0/out:0"), ("t1", "b", 5, 0, "t1/out:0")],
    )  # fmt: skip
    found = trace_ledger(
        Ledger.of(()), ["thief"], utxo=[ledger], claims=[ServiceClaim("b", "k", "K", "exchange", 90, None, "x")]
    )
    printed = found.to_json()
    json.dumps(printed, allow_nan=False)
    assert printed["flows"][0]["time"] is None
    json.dumps(found.cash_out().to_dict("records"), default=str)
    found.words()


def test_hops_are_those_of_the_incident() -> None:
    rows = [sent("s", "a", 10, 1), sent("a", "b", 10, 2), sent("t", "b", 10, 3), sent("b", "c", 20, 4)]
    found = several(rows, {"first": "s", "second": "t"})
    hops = {(line.wallet, line.incident): line.hops for line in found.holdings.itertuples()}
    assert hops[wallet("b"), "first"] == 2
    assert hops[wallet("b"), "second"] == 1
    assert hops[wallet("c"), "first"] == 3
    flow = {(line.receiver, line.incident): line.hops for line in found.flows.itertuples()}
    assert flow[wallet("c"), "first"] == 3
    assert flow[wallet("c"), "second"] == 2


def test_reasons_why_a_terminal_was_not_reached_are_true() -> None:
    spent = [sent("s", "b", 10, 1), sent("b", "c", 10, 2), sent("x", "b", 10, 3), sent("b", "d", 10, 4)]
    why = traced(spent, "s", terminals=["d"]).terminals["why"].iloc[0]
    assert "rounds" not in why  # all of it had left before: nothing was rounded
    assert traced(spent, "s", terminals=["d"], methods=("poison",)).terminals["why"].iloc[0] == "reached"
    small = [sent("s", "b", 10, 1), sent("b", "c", 3, 2)]
    for cut in ({"min_amount": 5}, {"until": at(1)}, {"max_depth": 1}):
        assert "limit" in traced(small, "s", terminals=["c"], **cut).terminals["why"].iloc[0]


def test_words_count_addresses_not_rows() -> None:
    rows = [sent("s", "a", 10, 1), sent("t", "a", 10, 2)]
    line = next(line for line in several(rows, {"first": "s", "second": "t"}).words() if "still hold" in line)
    assert "haircut 1," in line
    back = traced([sent("a", "b", 1, 1), sent("c", "b", 1, 2), sent("b", "d", 2, 3)], "d", direction="backward",
                  methods=BACK)  # fmt: skip
    assert "to 3 others" in back.words()[0]
    assert not any("still hold" in line for line in back.words())


def test_a_planted_transfer_of_nothing_does_not_set_the_clock() -> None:
    rows = [sent("s", "p", 0, 0), sent("s", "a", 10, 7200), sent("a", "e", 10, 10800)]
    cash = traced(rows, "s", claims=[claim("e", "kraken", "exchange")]).cash_out()
    assert cash["hours_to_first_contact"].tolist() == [1.0]


def test_what_passed_a_router_was_not_paid_to_it() -> None:
    rows = [sent("s", "e", 100, 1, tx="swap"), sent("e", "c", 99, 1, tx="swap")]
    found = traced(rows, "s", claims=[claim("e", "swapper", "defi_dex")])
    assert found.cash_out()[["haircut_base_units", "fifo_base_units"]].values.tolist() == [[1, 1]]
    table = found.compare()
    paid = table[(table["what"] == "was paid") & (table["method"] == "haircut")]
    assert paid[["wallet", "amount_base_units"]].values.tolist() == [[wallet("e"), 1]]


def test_the_way_back_does_not_speak_of_payments_or_later_dates() -> None:
    rows = [sent("x", "e", 9, 0), sent("e", "b", 5, 1), sent("a", "b", 5, 2), sent("b", "d", 10, 3)]
    found = traced(rows, "d", direction="backward", methods=BACK, claims=[claim("e", "kraken", "exchange")])
    assert set(found.compare()["what"]) == {"first seen", "paid"}
    for view in (found.cash_out, lambda: found.held_at(START)):
        with pytest.raises(ParameterError):
            view()
    cut = traced(rows, "d", direction="backward", methods=BACK, since=at(2))
    assert cut.dropped["reason"].tolist() == ["before the date limit"]
    assert cut.dropped["sender"].tolist() == [wallet("e")]
    first = traced([sent("a", "b", 5, 1), sent("a", "b", 5, 2), sent("b", "d", 10, 3)], "d", direction="backward",
                   methods=BACK).holdings.set_index("wallet")["first_time"]  # fmt: skip
    assert first[wallet("a")] == at(1)


def test_commingled_backward_finds_the_common_origin() -> None:
    rows = [sent("a", "b", 5, 1), sent("a", "c", 5, 2), sent("b", "d", 5, 3), sent("c", "e", 5, 4)]
    found = several(rows, {"first": "d", "second": "e"}, direction="backward", methods=BACK)
    assert set(found.commingled()["wallet"]) == {wallet("a")}


def test_a_terminal_that_value_passes_more_than_once_may_have_got_more_than_was_stolen() -> None:
    # 200 come to t, of 100 stolen; if u, which sent 1 more than it was seen to get, had owned 101, t would get 4 more
    rows = [sent("s", "t", 100, 1), sent("t", "w", 100, 2), sent("w", "t", 100, 3), sent("t", "u", 100, 4),
            sent("u", "v", 101, 5), sent("x", "u", 10, 6), sent("u", "t", 10, 7)]  # fmt: skip
    shown = traced(rows, "s", terminals=["t"]).terminals.iloc[0]
    richer = traced([sent("bank", "u", 101, 0), *rows], "s", terminals=["t"]).terminals.iloc[0]
    assert (shown["haircut"], richer["haircut"]) == (200, 204)
    assert shown["low"] <= 204 <= shown["high"]


def test_order_within_a_router_is_not_known_to_methods_that_queue() -> None:
    rows = [
        sent("s", "e", 50, 1, tx="one"), sent("x", "e", 50, 1, tx="one"),
        sent("e", "c", 50, 1, tx="one"), sent("e", "d", 50, 1, tx="one"),
    ]  # fmt: skip
    table = traced(rows, "s", claims=[claim("e", "swapper", "defi_dex")]).compare()
    for name in "cd":
        line = table[(table["wallet"] == wallet(name)) & (table["method"] == "fifo")].iloc[0]
        assert (line["low_base_units"], line["high_base_units"]) == (0, 50)
    plain = traced([rows[0], rows[2]], "s", claims=[claim("e", "swapper", "defi_dex")]).compare()
    line = plain[(plain["wallet"] == wallet("c")) & (plain["method"] == "fifo")].iloc[0]
    assert (line["low_base_units"], line["high_base_units"]) == (50, 50)


def test_a_transfer_that_was_not_followed_is_not_followed_through_its_swap() -> None:
    rows = [
        sent("s", "a", 100, 1), sent("a", "e", 40, 3, tx="swap"), sent("e", "a", 8, 3, tx="swap", asset=TOKEN),
    ]  # fmt: skip
    found = traced(rows, "s", claims=[claim("e", "swapper", "defi_dex")], swaps=True, min_amount={ASSET: 50})
    assert len(found.joins) == 0
    assert found.dropped["reason"].tolist() == ["below the minimum amount"]


def test_amounts_of_joins_are_text_in_json() -> None:
    rows = [sent("s", "a", 2**60, 1), sent("a", "e", 2**60, 3, tx="x"), sent("e", "a", 8, 3, tx="x", asset=TOKEN)]
    found = traced(rows, "s", claims=[claim("e", "swapper", "defi_dex")], swaps=True)
    assert found.to_json()["joins"][0]["tainted_in_base_units"] == str(2**60)


def test_the_guard_against_counterfeits_needs_symbols_and_uses_them() -> None:
    rows = [sent("s", "a", 100, 1, asset=TOKEN)]
    with pytest.raises(ParameterError, match="symbols"):
        traced(rows, "s", guards=("counterfeit",))
    found = traced(rows, "s", guards=("counterfeit",), symbols={TOKEN: "USDT"})
    assert found.dropped["reason"].tolist() == ["counterfeit token"]


def test_what_a_source_sent_after_until_is_listed() -> None:
    found = traced([sent("s", "a", 5, 1), sent("s", "b", 7, 10)], "s", until=at(5))
    assert found.dropped[["amount", "reason"]].values.tolist() == [[7, "after the date limit"]]


def test_many_huge_junk_amounts_do_not_stop_the_trace() -> None:
    rows = [sent("s", "a", 5, 1)] + [
        sent("s", "a", 2**110, 2, asset=TOKEN)._replace(id=f"eip155:1/tx:{n}/0") for n in range(70_000)
    ]  # fmt: skip
    found = traced(rows, "s", methods=("haircut",))
    assert held(found, "haircut") == {"a": 5}


def test_value_that_comes_to_another_incidents_source_did_not_come_back() -> None:
    rows = [sent("s", "a", 5, 1), sent("a", "t", 5, 2), sent("t", "b", 1, 3)]
    table = several(rows, {"first": "s", "second": "t"}).compare()
    assert table[table["wallet"] == wallet("t")]["what"].unique().tolist() == ["reached another source"]


def test_explain_refuses_a_method_it_does_not_know() -> None:
    found = traced([sent("s", "a", 5, 1)], "s")
    with pytest.raises(UnknownNameError):
        found.explain(wallet("a"), method="fifoo")


def test_a_long_chain_inside_one_tie_is_followed_whichever_way_it_stands() -> None:
    chain = [
        sent(f"c{i}", f"c{i + 1}", 10, 1)._replace(id=f"eip155:1/tx:{1000 - i:04}/0") for i in range(60)
    ]  # fmt: skip
    found = traced([sent("s", "c0", 10, 0), *chain, sent("c7", "x", 0, 1), sent("c9", "s", 1, 1)], "s")
    assert held(found, "poison")["c60"] == 10
    assert len(found.holdings) == 61
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
