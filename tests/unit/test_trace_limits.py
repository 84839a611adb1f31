"""Limits of date, names of incidents, several ledgers and assets at once: cases worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.analysis.tracing.incidents import MOST, Several, labels, members
from workbench.analysis.tracing.utxo import UtxoLedger
from workbench.errors import ParameterError
from workbench.model.ledger import Transfer

START = datetime(2024, 3, 1, tzinfo=UTC)
ETHER, TOKEN = "eip155:1/slip44:native", "eip155:1/erc20:0xab"
COIN = "bip122:000000000019d6689c085ae165831e93/slip44:native"
SHARES = ("haircut", "fifo", "lifo", "tiho")


def sent(
    n: int, sender: str, receiver: str, amount: int, *, second: int | None = None, asset: str = ETHER,
    place: int | None = None,
) -> Transfer:  # fmt: skip
    when = round((START + timedelta(seconds=n if second is None else second)).timestamp() * 1000)
    return Transfer(sender, receiver, f"t/{n:03}", asset, str(amount), float(amount), None, when,
                    None if place is None else 1, place)  # fmt: skip


def traced(
    rows: list[Transfer], sources: Any = ("thief",), *, utxo: Any = (), claims: Any = (), **options: Any
) -> Trace:
    found = trace_ledger(Ledger.of(rows), sources, utxo=utxo, claims=claims, options=Options(**options))
    kept = found.conservation.query("method != 'poison'")
    assert (kept["difference"] == 0).all(), kept
    found.to_json()
    return found


def held(trace: Trace, method: str, asset: str | None = None) -> dict[str, int]:
    rows = trace.holdings if asset is None else trace.holdings.query("asset == @asset")
    return {line.wallet: getattr(line, method) for line in rows.itertuples() if getattr(line, method)}


# Limits of date


def test_an_until_before_the_theft_says_why_the_tables_are_empty() -> None:
    rows = [sent(10, "thief", "a", 5), sent(20, "a", "b", 5)]
    found = traced(rows, until=START)
    assert found.holdings.empty
    (line,) = [line for line in found.words() if "outside the limits" in line]
    assert line == (
        f"Nothing of {ETHER} was followed: what the wallets sent of it (1 times, first 2024-03-01T00:00:10.000Z, last "
        "2024-03-01T00:00:10.000Z) lies outside the limits (until 2024-03-01T00:00:00+00:00)."
    )
    assert line.split("(1 times")[0] in found._repr_html_()


def test_a_since_after_the_last_says_so_per_asset() -> None:
    rows = [sent(1, "thief", "a", 5), sent(2, "thief", "a", 7), sent(9, "thief", "b", 3, asset=TOKEN)]
    found = traced(rows, since=START + timedelta(seconds=5))
    assert held(found, "fifo") == {"b": 3}
    assert [left["asset"] for left in found.summary["outside_limits"]] == [ETHER]
    assert found.summary["outside_limits"][0]["transfers"] == 2
    assert traced(rows, since=START).summary["outside_limits"] == []
    assert "outside_limits" not in traced(rows).summary


def test_limits_leave_out_utxo_ledgers_and_ways_back_with_a_reason_too() -> None:
    coins = UtxoLedger.of(COIN, [("t1", 1_000, 1)], [("t1", "thief", 9, 0, "t1/in:0", None)],
                          [("t1", "a", 9, 0, "t1/out:0")])  # fmt: skip
    found = traced([], utxo=[coins], until=datetime(1970, 1, 1, tzinfo=UTC))
    (left,) = found.summary["outside_limits"]
    assert (left["asset"], left["first"]) == (COIN, "1970-01-01T00:00:01.000Z")
    back = traced([sent(10, "a", "thief", 5)], direction="backward", methods=("haircut",), until=START)
    assert any("what the wallets received of it" in line for line in back.words())


def test_a_transaction_without_a_time_is_followed_whatever_the_limit() -> None:
    coins = UtxoLedger.of(COIN, [("t1", None, None)], [("t1", "thief", 9, 0, "t1/in:0", None)],
                          [("t1", "a", 9, 0, "t1/out:0")])  # fmt: skip
    assert held(traced([], utxo=[coins], until=START), "fifo") == {"a": 9}
    since = traced([], utxo=[coins], since=START)
    assert since.holdings.empty
    assert "first at an unknown time" in " ".join(since.words())


TIED = [
    sent(0, "thief", "a", 6, second=0), sent(1, "clean", "a", 4, second=5), sent(2, "a", "b", 3, second=10),
    sent(3, "a", "c", 7, second=10), sent(4, "c", "d", 7, second=20),
]  # fmt: skip
"""Rows 2 and 3 are of one instant: a limit at that instant takes both, one a millisecond before it neither."""


@pytest.mark.parametrize("until", [START + timedelta(seconds=10), START + timedelta(seconds=9, milliseconds=999)])
def test_a_limit_never_cuts_a_tie_in_two(until: datetime) -> None:
    found = traced(TIED, until=until)
    late = set(found.dropped.query("reason == 'after the date limit'")["transfer_id"])
    inside = until >= START + timedelta(seconds=10)
    assert late == ({"t/004"} if inside else {"t/002", "t/003"})
    for method in SHARES:
        assert sum(held(found, method).values()) == 6
    if inside:  # FIFO in the order of ids: b gets three of the thief's, c the other three and the clean four
        assert held(found, "fifo") == {"b": 3, "c": 3}
        assert held(found, "lifo") == {"c": 6}  # b gets three of the clean four, which lie on top
        assert held(found, "tiho") == {"c": 6}
    else:
        assert held(found, "fifo") == held(found, "lifo") == held(found, "tiho") == {"a": 6}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(0, 20), st.integers(0, 4), st.booleans()),
             min_size=1, max_size=14),
    st.integers(0, 5), st.sampled_from(["forward", "backward"]),
)  # fmt: skip
def test_until_is_the_ledger_cut_off_there(steps: list[Any], until: int, direction: str) -> None:
    """What a limit gives is what the ledger gives of which nothing later was ever loaded."""
    rows = [
        sent(n, f"w{a}", f"w{b}", v, second=second, place=n if placed else None)
        for n, (a, b, v, second, placed) in enumerate(steps)
    ]
    limit = START + timedelta(seconds=until)
    cut = [row for row in rows if row.time_ms <= round(limit.timestamp() * 1000)]
    methods = ("poison", *SHARES) if direction == "forward" else ("poison", *SHARES[:3])
    one = traced(rows, ("w0",), until=limit, direction=direction, methods=methods, guards=())
    other = traced(cut, ("w0",), direction=direction, methods=methods, guards=())
    for table in ("holdings", "flows", "conservation", "incomplete"):
        assert getattr(one, table).astype(str).equals(getattr(other, table).astype(str)), table


# Names of incidents


def test_an_incident_whose_name_holds_the_separator_is_one_incident() -> None:
    """x is a source of "one | two" only, y of "one" and "two", z of all three."""
    rows = [sent(n, name, f"to-{name}", 10) for n, name in enumerate("xyz")]
    found = traced(rows, {"one | two": ["x", "z"], "one": ["y", "z"], "two": ["y", "z"]})
    by = dict(zip(found.holdings["wallet"], found.holdings["incident"], strict=True))
    assert by == {"to-x": "one | two", "to-y": "(one | two)", "to-z": '"one | two" | one | two'}
    assert found.summary["sources_of_several"] == ['"one | two" | one | two', "(one | two)"]
    plain = traced(rows, {"one | two": ["x"]})
    assert plain.summary["sources_of_several"] == []


def test_value_that_comes_back_to_a_source_of_several_is_told_from_anothers() -> None:
    """s is a source of both; o of "one" alone; p of the incident whose name looks like both."""
    rows = [
        sent(1, "s", "m", 10),
        sent(2, "m", "o", 4),
        sent(3, "m", "p", 6),
        sent(4, "o", "k", 1),
        sent(5, "p", "k", 1),
    ]
    found = traced(rows, {"one": ["s", "o"], "two": ["s"], "one | two": ["p"]}, methods=("fifo",))
    lines = found.compare().query("incident == '(one | two)'")
    said = dict(zip(lines["wallet"], lines["what"], strict=True))
    assert (said["o"], said["p"]) == ("returned", "reached another source")


@given(
    st.dictionaries(
        st.text('ab|" ()', min_size=1, max_size=9), st.lists(st.sampled_from("wxyz"), max_size=4), max_size=5
    )
)
def test_labels_are_never_the_same_and_stand_for_the_owners(sources: dict[str, list[str]]) -> None:
    made, number = labels(sources)
    assert len(set(made)) == len(made)
    for wallet, of in number.items():
        assert members(made[of]) == {name for name, wallets in sources.items() if wallet in wallets}
        assert isinstance(made[of], Several) == (len(members(made[of])) > 1)


def test_more_incidents_than_can_be_kept_apart_are_refused() -> None:
    with pytest.raises(ParameterError, match="65 incidents at once"):
        labels({str(n): [f"w{n}"] for n in range(MOST + 1)})


# One wallet in two ledgers; several assets


def coin_ledger(wallet: str, amount: int, receiver: str) -> UtxoLedger:
    return UtxoLedger.of(COIN, [("t1", 1_000, 1)], [("t1", wallet, amount, 0, "t1/in:0", None)],
                         [("t1", receiver, amount, 0, "t1/out:0")])  # fmt: skip


def test_a_source_in_an_account_and_a_utxo_ledger_is_followed_in_both() -> None:
    dollars = "iso4217:USD"  # a list may give only what a payment between two Bitcoin wallets was worth
    found = traced([sent(1, "thief", "a", 500, asset=dollars)], utxo=[coin_ledger("thief", 9, "a")])
    assert held(found, "fifo", dollars) == {"a": 500}
    assert held(found, "fifo", COIN) == {"a": 9}
    assert found.summary["sources_not_in_ledger"] == []
    assert (found.summary["transfers"], found.summary["utxo_transactions"]) == (2, 1)


def test_the_same_asset_in_both_models_is_two_lines_and_a_service_gets_both() -> None:
    """Which of the two lines is the other told again nobody says: both stand, and words say so."""
    claim = ServiceClaim("a", "svc:kraken", "Kraken", "exchange", 90, "deposit", "blog")
    found = traced([sent(1, "thief", "a", 500, asset=COIN)], utxo=[coin_ledger("thief", 9, "a")], claims=[claim])
    assert found.conservation.query("method == 'fifo'")[["injected", "crossed"]].values.tolist() == [[500, 500], [9, 9]]
    columns = ["addresses", "transfers", "haircut", "low", "high"]
    assert found.services[columns].values.tolist() == [[1, 2, 509, 509, 509]]
    assert any("counted in both" in line for line in found.words())


def address(head: str, tail: str) -> str:
    return f"eip155:1:0x{head}{'0' * (40 - len(head) - len(tail))}{tail}"


def test_guards_judge_every_asset_by_itself() -> None:
    """Dust is 10 of ether and 1,000 of the token; the token's lookalike does not bar the ether row beside it."""
    thief, friend, strange = address("aa", "01"), address("bb1234", "5678"), address("cc", "02")
    like = address("bb1234", "5678").replace("0" * 10, "9" * 10, 1)
    rows = [
        sent(1, thief, friend, 5_000, asset=TOKEN), sent(2, thief, friend, 9), sent(3, thief, friend, 10),
        sent(4, thief, strange, 999, asset=TOKEN), sent(5, thief, strange, 1_000, asset=TOKEN),
        sent(6, friend, strange, 5_000, asset=TOKEN), sent(7, thief, like, 0, asset=TOKEN),
        sent(0, like, thief, 3, asset=TOKEN),
    ]  # fmt: skip
    dust = {ETHER: 10, TOKEN: 1_000}
    for given_ in (rows, rows[::-1]):
        found = traced(given_, (thief,), guards=("dust", "lookalike"), dust=dust)
        assert held(found, "fifo", ETHER) == {friend: 10}
        assert held(found, "fifo", TOKEN) == {strange: 6_000}
        left = dict(zip(found.dropped["transfer_id"], found.dropped["asset"], strict=True))
        assert left == {"t/002": ETHER, "t/004": TOKEN, "t/007": TOKEN}
        back = traced(
            given_, (strange,), guards=("dust", "lookalike"), dust={ETHER: 10}, direction="backward", methods=("fifo",)
        )
        reasons = dict(zip(back.dropped["transfer_id"], back.dropped["reason"], strict=True))
        assert reasons == {"t/000": "lookalike address"}
        assert held(back, "fifo", TOKEN) == {thief: 6_996}  # 3 of 6,999 came by the planted row
    alone = traced([row for row in rows if row.asset == TOKEN], (thief,), guards=("dust", "lookalike"), dust=dust)
    assert held(alone, "fifo", TOKEN) == {strange: 6_000}


# Amounts beyond anything real, and just below


@pytest.mark.parametrize("power", [111, 118, 125, 126])
@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_an_amount_that_is_not_followed_is_listed_and_moves_nothing_else(power: int, direction: str) -> None:
    rows = [
        sent(1, "x", "thief", 2**power), sent(2, "thief", "a", 2**power), sent(3, "thief", "a", 7),
        sent(4, "a", "b", 2**power - 1), sent(5, "a", "b", 7), sent(6, "y", "b", 1),
    ]  # fmt: skip
    if direction == "forward":
        found = traced(rows)
        assert [held(found, method) for method in SHARES] == [{"b": 7}] * 4
        assert found.conservation.query("method == 'fifo'")["injected"].tolist() == [7]
        wanted = {"t/002": 2**power, "t/004": 2**power - 1}
    else:
        found = traced(rows, ("b",), direction="backward", methods=SHARES[:3])
        assert [held(found, method) for method in SHARES[:2]] == [{"thief": 7, "y": 1}] * 2
        wanted = {"t/004": 2**power - 1, "t/002": 2**power, "t/001": 2**power}
    listed = found.dropped.query("reason == 'an amount beyond anything real'")
    assert {k: wanted[k] for k in listed["transfer_id"]} == dict(
        zip(listed["transfer_id"], listed["amount"], strict=True)
    )
    assert set(listed["transfer_id"]) >= {"t/004"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3),
                       st.one_of(st.integers(2**105, 2**110), st.integers(2**111, 2**126), st.integers(0, 9))),
             min_size=1, max_size=10),
    st.sampled_from(["forward", "backward"]),
)  # fmt: skip
def test_amounts_on_both_sides_of_the_limit_conserve(steps: list[Any], direction: str) -> None:
    """And what is beyond it changes no figure: the same ledger without it gives the same holdings."""
    rows = [sent(n, f"w{a}", f"w{b}", v, place=n) for n, (a, b, v) in enumerate(steps)]
    methods = ("poison", *SHARES) if direction == "forward" else ("poison", *SHARES[:3])
    one = traced(rows, ("w0",), direction=direction, methods=methods, guards=())
    real = [row for row in rows if int(row.amount) <= 2**110]
    other = traced(real, ("w0",), direction=direction, methods=methods, guards=())
    for method in methods[1:]:
        assert held(one, method) == held(other, method)


def test_haircut_of_numbers_of_two_limbs_is_python_s_own_division() -> None:
    """a has 2^109 of the thief's and 2^108 + 1 clean, and pays 2^107 + 3: the tainted part is rounded down."""
    mine, clean, out = 2**109, 2**108 + 1, 2**107 + 3
    found = traced([sent(1, "thief", "a", mine), sent(2, "c", "a", clean), sent(3, "a", "b", out)])
    part = out * mine // (mine + clean)
    assert held(found, "haircut") == {"a": mine - part, "b": part}


def test_every_order_of_the_files_gives_one_result() -> None:
    for rows in product([TIED], [TIED[::-1]]):
        assert traced(rows[0]).to_json() == traced(rows[1]).to_json()
