"""Poison and haircut on cases small enough to be worked out by hand.

Definitions: Möser, Böhme, Breuker, "Towards Risk Scoring of Bitcoin Transactions" (2014).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from taint_cases import ASSET, START, claim, sent, traced, wallet

from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.follow import Trace
from workbench.errors import ParameterError, UnknownNameError


def held(trace: Trace, column: str = "haircut") -> dict[str, int]:
    names = {wallet(n): n for n in ("s", "t", "a", "b", "c", "d", "e")}
    return {names[w]: v for w, v in zip(trace.holdings["wallet"], trace.holdings[column], strict=True)}


def booked(trace: Trace, method: str = "haircut") -> dict[str, int]:
    row = trace.conservation[trace.conservation["method"] == method].iloc[0]
    return {name: row[name] for name in ("injected", "held", "crossed", "returned", "dropped", "difference")}


def test_haircut_takes_the_tainted_share_of_the_balance_and_poison_all() -> None:
    # b has 60 clean and 40 tainted; of the 50 it sends, 50 × 40/100 = 20 are tainted, and 20 stay with it
    found = traced([sent("x", "b", 60, 1), sent("s", "b", 40, 2), sent("b", "c", 50, 3)], "s")
    assert held(found) == {"b": 20, "c": 20}
    assert held(found, "poison") == {"b": 50, "c": 50}
    assert booked(found) == {
        "injected": 40, "held": 40, "crossed": 0, "returned": 0, "dropped": 0, "difference": 0
    }  # fmt: skip
    assert found.flows["haircut"].tolist() == [40, 20]
    assert found.flows["hops"].tolist() == [1, 2]


def test_haircut_is_rounded_down_and_the_remainder_stays_with_the_sender() -> None:
    # 1 of 3 is tainted: of 1 sent ⌊1 × 1/3⌋ = 0; then of 2 sent, 2 being left, ⌊1 × 2/2⌋ = 1
    rows = [sent("x", "b", 2, 1), sent("s", "b", 1, 2), sent("b", "c", 1, 3), sent("b", "d", 2, 4)]
    assert held(traced(rows, "s")) == {"b": 0, "c": 0, "d": 1}


def test_what_left_before_the_taint_came_is_clean() -> None:
    rows = [sent("x", "b", 10, 1), sent("b", "c", 10, 2), sent("s", "b", 10, 3)]
    found = traced(rows, "s", terminals=["c"])
    assert held(found) == {"b": 10}
    terminal = found.terminals.iloc[0]
    assert (terminal["reached_static"], terminal["reached_poison"]) == (True, False)
    assert "order of time" in terminal["why"]


def test_a_clean_arrival_after_the_taint_dilutes_it() -> None:
    # 10 of 10 tainted, then 30 clean: of 20 sent, ⌊10 × 20/40⌋ = 5
    rows = [sent("s", "b", 10, 1), sent("x", "b", 30, 2), sent("b", "c", 20, 3)]
    assert held(traced(rows, "s")) == {"b": 5, "c": 5}


def test_spending_more_than_was_seen_to_arrive_is_incomplete_history_not_a_finding() -> None:
    # b got 100 and spent 150: it had at least 50. Then all the taint left with the 150, but had b owned
    # more, less would have: c's share is between 0 and the 100 that were stolen, b's what c did not get.
    found = traced([sent("s", "b", 100, 1), sent("b", "c", 150, 2)], "s")
    assert found.incomplete[["wallet", "shortfall"]].values.tolist() == [[wallet("b"), 50]]
    assert held(found) == {"b": 0, "c": 100}
    assert held(found, "low") == {"b": 0, "c": 0}
    assert held(found, "high") == {"b": 100, "c": 100}
    assert booked(found)["difference"] == 0


def test_a_larger_opening_balance_may_raise_what_one_receiver_got() -> None:
    """Why haircut is not a maximum for each receiver: with 100 more at the start, d gets more, not less."""
    tail = [sent("s", "b", 100, 1), sent("b", "c", 101, 2), sent("x", "b", 10, 3), sent("b", "d", 10, 4)]
    shown = traced(tail, "s")
    richer = traced([sent("bank", "b", 101, 0), *tail], "s")
    assert held(shown)["d"] == 0
    # 201 had 100: c ⌊100 × 101/201⌋ = 50; then 110 has 50: d ⌊50 × 10/110⌋ = 4
    assert held(richer) == {"b": 46, "c": 50, "d": 4}
    low, high = held(shown, "low"), held(shown, "high")
    assert all(low[name] <= value <= high[name] for name, value in held(richer).items())


def test_value_that_comes_back_is_returned_and_transfers_between_sources_do_not_count_twice() -> None:
    rows = [sent("s", "t", 5, 1), sent("s", "b", 10, 2), sent("b", "t", 4, 3), sent("t", "c", 9, 4)]
    found = traced(rows, "s", "t")
    assert booked(found) == {
        "injected": 19, "held": 15, "crossed": 0, "returned": 4, "dropped": 0, "difference": 0
    }  # fmt: skip
    assert found.dropped[["reason", "amount", "haircut"]].values.tolist() == [["between sources", 5, 0]]


def test_a_service_stops_the_trace_and_is_named_with_its_source() -> None:
    rows = [sent("s", "a", 10, 1), sent("a", "e", 10, 2), sent("e", "c", 10, 3)]
    found = traced(rows, "s", claims=[claim("e", "kraken", "exchange")], terminals=["c", "e"])
    assert held(found) == {"a": 0}
    stop = found.stops.iloc[0]
    assert (stop["service"], stop["source"], stop["haircut"], stop["poison"]) == ("kraken", "a-source", 10, 10)
    assert booked(found)["crossed"] == 10
    assert found.services[["service", "addresses", "haircut"]].values.tolist() == [["kraken", 1, 10]]
    why = dict(zip(found.terminals["wallet"], found.terminals["why"], strict=True))
    assert why == {wallet("e"): "reached", wallet("c"): "not reached: only past a stop"}


@pytest.mark.parametrize(
    "weak", [claim("e", "kraken", "exchange", 40), claim("e", "kraken", "exchange", None), claim("e", "k", "hacking")]
)
def test_a_claim_below_the_threshold_or_of_another_concept_does_not_stop_but_is_mentioned(weak: ServiceClaim) -> None:
    rows = [sent("s", "e", 10, 1), sent("e", "c", 10, 2)]
    found = traced(rows, "s", claims=[weak])
    assert held(found) == {"e": 0, "c": 10}
    assert found.summary["services_not_stopped"] == [wallet("e")]


def test_rival_claims_on_one_wallet_stand_side_by_side() -> None:
    both = [claim("e", "kraken", "exchange"), claim("e", "okx", "exchange")]
    found = traced([sent("s", "e", 10, 1)], "s", claims=both)
    assert found.stops[["service", "rival_claims"]].values.tolist() == [["kraken | okx", 1]]
    assert found.services[["service", "haircut", "disputed"]].values.tolist() == [["kraken", 10, 10], ["okx", 10, 10]]


def test_value_passes_a_swap_router_within_its_transaction_only() -> None:
    rows = [
        sent("s", "e", 100, 1, tx="swap"), sent("e", "c", 99, 1, tx="swap"),
        sent("y", "e", 50, 1, tx="stranger"), sent("e", "d", 50, 1, tx="stranger"), sent("e", "d", 7, 2),
    ]  # fmt: skip
    dex = [claim("e", "swapper", "defi_dex")]
    passing = traced(rows, "s", claims=dex)
    assert held(passing) == {"c": 99}
    assert passing.stops[["haircut", "passed_through", "transfers"]].values.tolist() == [[1, 99, 1]]
    assert booked(passing)["difference"] == 0
    stopping = traced(rows, "s", claims=dex, through=())
    assert held(stopping) == {}
    assert stopping.stops["haircut"].tolist() == [100]


def test_tied_rows_are_taken_arrivals_first_and_flagged() -> None:
    found = traced([sent("a", "b", 10, 1), sent("s", "a", 10, 1)], "s")
    assert held(found) == {"a": 0, "b": 10}
    assert found.summary["ambiguous_wallets"] == 1
    assert dict(zip(found.flows["receiver"], found.flows["ambiguous"], strict=True)) == {
        wallet("a"): False, wallet("b"): True
    }  # fmt: skip
    assert held(found, "low") == {"a": 0, "b": 0}
    assert held(found, "high") == {"a": 10, "b": 10}


def test_block_and_position_settle_the_order() -> None:
    # a sent before the loot came: nothing of it reached b, and nothing is ambiguous
    rows = [
        sent("x", "a", 10, 0), sent("a", "b", 10, 1, block=7, position=1), sent("s", "a", 10, 1, block=7, position=2)
    ]  # fmt: skip
    found = traced(rows, "s")
    assert held(found) == {"a": 10}
    assert found.summary["ambiguous_wallets"] == 0


def test_taint_spreads_round_a_tied_cycle_under_poison() -> None:
    rows = [
        sent("s", "a", 9, 1), sent("b", "c", 9, 2), sent("c", "a", 9, 2), sent("a", "b", 9, 2), sent("b", "d", 1, 2)
    ]  # fmt: skip
    found = traced(rows, "s")
    assert set(held(found, "poison")) == {"a", "b", "c", "d"}
    assert booked(found)["difference"] == 0


def test_a_transfer_to_oneself_changes_nothing() -> None:
    rows = [sent("s", "b", 10, 1), sent("b", "b", 10, 2), sent("b", "c", 4, 3)]
    found = traced(rows, "s")
    assert held(found) == {"b": 6, "c": 4}
    assert len(found.incomplete) == 0


def test_what_is_cut_is_listed_with_its_value() -> None:
    rows = [
        sent("s", "a", 100, 1), sent("a", "b", 0, 2), sent("a", "b", 3, 3), sent("a", "b", 50, 4),
        sent("b", "c", 50, 5), sent("c", "d", 50, 6),
    ]  # fmt: skip
    found = traced(rows, "s", min_amount=5, max_depth=2, until=START + timedelta(seconds=5))
    reasons = found.dropped[["reason", "amount", "haircut"]].values.tolist()
    # the 3 that were not followed count as clean with b: of the 50 it sends, ⌊50 × 50/53⌋ = 47
    assert reasons == [["zero value", 0, 0], ["below the minimum amount", 3, 3], ["beyond the depth limit", 50, 47]]
    assert booked(found)["dropped"] == 50
    assert booked(found)["difference"] == 0
    assert found.summary["depth_limit_bit"] is True
    late = traced(rows, "s", until=START + timedelta(seconds=4))
    assert held(late) == {"a": 47, "b": 53}
    assert late.dropped["reason"].tolist() == ["zero value", "after the date limit"]


def test_since_leaves_out_what_a_source_sent_before_the_theft() -> None:
    rows = [sent("s", "a", 5, 1), sent("s", "b", 7, 10)]
    assert held(traced(rows, "s", since=START + timedelta(seconds=5))) == {"b": 7}


def test_assets_do_not_mix_and_amounts_beyond_64_bits_are_exact() -> None:
    huge = 2**100 - 1
    other = "eip155:1/erc20:0x" + "0" * 40
    rows = [
        sent("x", "b", huge, 1, asset=other), sent("s", "b", huge, 2, asset=other),
        sent("b", "c", huge, 3, asset=other),
        sent("s", "b", 1, 4), sent("b", "d", 1, 5),
    ]  # fmt: skip
    found = traced(rows, "s")
    part = huge * huge // (2 * huge)
    by_asset = {(r.asset, r.wallet): r.haircut for r in found.holdings.itertuples()}
    assert by_asset == {
        (other, wallet("b")): huge - part, (other, wallet("c")): part,
        (ASSET, wallet("b")): 0, (ASSET, wallet("d")): 1,
    }  # fmt: skip
    assert found.conservation.query("method == 'haircut'")["difference"].tolist() == [0, 0]


def test_an_amount_beyond_anything_real_is_listed_and_not_followed() -> None:
    junk = "eip155:1/erc20:0x" + "0" * 40
    rows = [sent("s", "b", 2**256 - 1, 1, asset=junk), sent("s", "b", 5, 2, asset=junk)]
    found = traced(rows, "s")
    assert held(found) == {"b": 5}
    line = found.dropped.iloc[0]
    assert (line["amount"], line["haircut"], line["reason"]) == (2**256 - 1, 0, "an amount beyond anything real")
    assert booked(found)["difference"] == 0


def test_explain_gives_the_paths_back_to_the_source_widest_first() -> None:
    rows = [
        sent("s", "a", 70, 1), sent("s", "b", 30, 2), sent("a", "c", 70, 3), sent("b", "c", 30, 4),
        sent("c", "d", 90, 5),
    ]  # fmt: skip
    paths = traced(rows, "s").explain(wallet("c"))
    assert paths[["path", "hop", "sender", "receiver", "tainted", "at_most"]].values.tolist() == [
        [1, 1, wallet("s"), wallet("a"), 70, 70], [1, 2, wallet("a"), wallet("c"), 70, 70],
        [2, 1, wallet("s"), wallet("b"), 30, 30], [2, 2, wallet("b"), wallet("c"), 30, 30],
    ]  # fmt: skip
    with pytest.raises(UnknownNameError):
        traced(rows, "s").explain(wallet("elsewhere"))


def test_json_is_the_contract_and_html_is_inert() -> None:
    bad = ServiceClaim(wallet("e"), "x", "<script>alert(1)</script>", "exchange", 90, None, "a-source")
    found = traced([sent("s", "e", 10, 1)], "s", claims=[bad], terminals=["e", "nowhere"])
    printed = found.to_json()
    assert {"holdings", "flows", "stops", "dropped", "conservation", "terminals"} <= printed.keys()
    assert printed["flows"][0]["amount"] == "10"
    assert printed["flows"][0]["time"] == "2023-06-02T00:00:01.000Z"
    assert [(row["hops"], row["why"]) for row in printed["terminals"]] == [
        (1, "reached"), (None, "not in the loaded ledger")
    ]  # fmt: skip
    assert "<script>" not in found._repr_html_()
    assert found.plot().get_yticklabels()[0].get_text().startswith("<script>")


def test_one_method_alone_has_its_columns_only() -> None:
    rows = [sent("s", "b", 10, 1)]
    assert "haircut" not in traced(rows, "s", methods=("poison",)).holdings.columns
    only = traced(rows, "s", methods=("haircut",))
    assert "poison" not in only.holdings.columns
    assert only.conservation["method"].tolist() == ["haircut"]


def test_an_empty_ledger_or_a_source_that_sent_nothing_gives_empty_tables() -> None:
    for rows in ([], [sent("a", "b", 1, 1)]):
        found = traced(rows, "s", terminals=["b"])
        assert len(found.flows) == 0
        assert found.to_json()["holdings"] == []
        assert found.summary["transfers"] == 0
        assert "0 transfers" in found._repr_html_()


def test_options_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="haircutt"):
        traced([], "s", methods=("haircutt",))
    for wrong in (
        {"methods": ()}, {"max_depth": 0}, {"stop_confidence": 101}, {"min_amount": -1}, {"until": datetime(2023, 1, 1)}
    ):  # fmt: skip
        with pytest.raises(ParameterError):
            traced([], "s", **wrong)
