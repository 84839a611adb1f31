"""What may have come out of a bridge: candidates by value and delay, with probabilities, and never followed."""

from __future__ import annotations

from taint_cases import claim, sent, traced, wallet

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.exits import bridge_exits
from workbench.analysis.tracing.follow import transfer_ids_of
from workbench.model.ledger import Transfer

HOUR = 3600
BRIDGE = [claim("e", "bridge", "defi_bridge"), claim("f", "bridge", "defi_bridge")]


def found(rows: list[Transfer], **options: object):  # type: ignore[no-untyped-def]
    trace = traced(rows, "s", claims=BRIDGE)
    return trace, bridge_exits(trace, Ledger.of(rows), BRIDGE, transfer_ids_of, **options)  # type: ignore[arg-type]


def test_an_exit_of_the_same_value_soon_after_is_likelier_than_a_late_one_and_nothing_is_followed() -> None:
    rows = [
        sent("s", "e", 1000, 0), sent("f", "a", 995, HOUR), sent("f", "b", 998, 5 * HOUR),
        sent("f", "c", 700, HOUR), sent("f", "d", 999, 9 * HOUR),
    ]  # fmt: skip
    trace, exits = found(rows)
    table = exits.table
    assert table["receiver"].tolist() == [wallet("a"), wallet("b")]  # 700 is too little, nine hours are too long
    assert table["probability"].is_monotonic_decreasing
    assert table["probability"].sum() < 1
    assert table["candidates"].tolist() == [2, 2]
    assert sum(table["probable_base_units"]) < 1000
    assert wallet("a") not in set(trace.holdings["wallet"])
    assert "not findings" in exits.words()[1]


def test_only_the_tainted_part_of_an_arrival_is_probable() -> None:
    rows = [sent("x", "b", 50, 0), sent("s", "b", 50, 1), sent("b", "e", 100, 2), sent("f", "a", 100, HOUR)]
    _, exits = found(rows)
    line = exits.table.iloc[0]
    assert (line["tainted_base_units"], line["exit_base_units"]) == (50, 100)
    assert line["probable_base_units"] == 50 * line["probability"]


def test_another_asset_fits_by_what_it_is_worth_only() -> None:
    token = "eip155:1/erc20:0x" + "2" * 40
    rows = [sent("s", "e", 1000, 0), sent("f", "a", 10, HOUR, asset=token)]
    assert len(found(rows)[1].table) == 0
    assert found(rows)[1].without == 1
    priced = found(rows, worth={token: 100.0, "eip155:1/slip44:native": 1.0})[1]
    assert priced.table["asset_out"].tolist() == [token]


def test_a_trace_that_paid_no_bridge_says_so() -> None:
    _, exits = found([sent("s", "a", 10, 0)])
    assert exits.words() == ["Nothing that was traced went into a bridge."]
    assert "<table" in exits._repr_html_()
