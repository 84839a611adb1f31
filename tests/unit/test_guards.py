"""Planted rows are found by the rules of the definitions; what really moved is followed.

The poisoning of 3 May 2024 is as SlowMist published it ("Small Bait, Big Fish", 8 May 2024): the victim, whom it meant
to pay (0.05 ETH as a test), the lookalike with the same 4 leading and 6 trailing digits that sent 0 ETH three
minutes later, and the 1,155.28802767 WBTC that the victim then sent to it.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.tracing.guards import COUNTERFEIT, DUST, KEPT, LOOKALIKE, PAID_LOOKALIKE, ZERO_VALUE, guard
from workbench.analysis.tracing.known_tokens import imitated, skeleton
from workbench.model.ledger import Transfer, native_asset, token_asset

ETH = native_asset("eip155:1")
WBTC = token_asset("eip155:1", "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599")
USDT = token_asset("eip155:1", "0xdac17f958d2ee523a2206206994597c13d831ec7")
FAKE = token_asset("eip155:1", "0x" + "fa" * 20)
VICTIM = "1E227979f0b5BC691a70DEAed2e0F39a6F538FD5".lower()
MEANT = "d9A1b0B1e1aE382DbDc898Ea68012FfcB2853a91".lower()
POISON = "d9A1C3788D81257612E2581A6ea0aDa244853a91".lower()
OTHER = "ab" * 20


def ledger(*rows: tuple[str, str, int] | tuple[str, str, int, str], caip2: str = "eip155:1") -> Ledger:
    made = []
    for i, (sender, receiver, amount, *asset) in enumerate(rows):
        made.append(Transfer(
            f"{caip2}:0x{sender}", f"{caip2}:0x{receiver}", f"{caip2}/tx:{i:064x}/log:0", asset[0] if asset else ETH,
            str(amount), float(amount), None, 1_714_700_000_000 + i * 60_000, i, 0,
        ))  # fmt: skip
    return Ledger.of(made)


def test_the_poisoning_of_3_may_2024() -> None:
    found = guard(ledger(
        (VICTIM, MEANT, 5 * 10**16), (POISON, VICTIM, 0), (VICTIM, POISON, 115_528_802_767, WBTC),
    ))  # fmt: skip
    assert found.reason.tolist() == [KEPT, ZERO_VALUE, PAID_LOOKALIKE]
    assert found.leave_out.tolist() == [False, True, False], "the victim's bitcoin did move"
    told = found.table()
    assert told["imitates"].tolist() == [f"eip155:1:0x{MEANT}"] * 2
    assert told["lookalike"].tolist() == [f"eip155:1:0x{POISON}"] * 2
    assert int(told["amount_base_units"].iloc[1]) == 115_528_802_767
    assert any("followed" in line for line in found.words())


@pytest.mark.parametrize(("planted", "asset"), [(0, ETH), (10**12, ETH), (10**9, FAKE)])
def test_zero_tiny_and_counterfeit_plants_are_listed_with_whom_they_imitate(planted: int, asset: str) -> None:
    book = ledger((VICTIM, MEANT, 5 * 10**18), (POISON, VICTIM, planted, asset), (VICTIM, OTHER, 7))
    found = guard(book, zero=False, counterfeit=False, symbols={FAKE: "USDТ"})
    assert found.reason.tolist() == [KEPT, LOOKALIKE, KEPT]
    assert found.imitates[1] == tuple(
        book.indices_of([f"eip155:1:0x{a}"]).popitem()[1] for a in (VICTIM, POISON, MEANT)
    )
    assert found.totals()["amount_base_units"].tolist() == [planted]
    assert guard(book, zero=False, lookalike=False, counterfeit=False).leave_out.sum() == 0


def test_a_large_payment_from_a_chance_likeness_is_kept() -> None:
    found = guard(ledger((VICTIM, MEANT, 5 * 10**18), (POISON, VICTIM, 10**18), (POISON, VICTIM, 3, WBTC)))
    assert found.reason.tolist() == [KEPT, KEPT, KEPT], "and nothing says that 3 satoshi are little beside ether"
    paid_first = guard(ledger((VICTIM, MEANT, 5), (VICTIM, POISON, 5), (POISON, VICTIM, 0)), zero=False)
    assert paid_first.leave_out.sum() == 0, "the address itself began: a true counterparty"


@pytest.mark.parametrize(("lookalike", "is_one"), [
    (MEANT[:3] + "0" * 33 + MEANT[-4:], True),
    (MEANT[:2] + "0" * 34 + MEANT[-4:], False),
    (MEANT[:3] + "0" * 34 + MEANT[-3:], False),
    (MEANT, False),
])  # fmt: skip
def test_three_leading_and_four_trailing_digits(lookalike: str, is_one: bool) -> None:
    found = guard(ledger((VICTIM, MEANT, 10**18), (lookalike, VICTIM, 0), (lookalike, OTHER, 0)), zero=False)
    assert found.leave_out.tolist() == [False, is_one, False], "only against counterparties of the same address"


def test_zero_dust_and_counterfeits_each_by_their_own_switch() -> None:
    book = ledger((VICTIM, OTHER, 0), (OTHER, VICTIM, 999), (OTHER, VICTIM, 1_000), (OTHER, VICTIM, 5, FAKE))
    found = guard(book, dust={ETH: 1_000}, symbols={FAKE: "U\u200bSDT"})
    assert found.reason.tolist() == [ZERO_VALUE, DUST, KEPT, COUNTERFEIT]
    assert found.table()["imitates"].dropna().tolist() == ["USDT"]
    assert guard(book, zero=False, counterfeit=False, symbols={FAKE: "USDT"}).leave_out.sum() == 0
    assert guard(book).without_symbol == (FAKE,)
    assert any("no known symbol" in line for line in guard(book).words())


@pytest.mark.parametrize(("symbol", "what"), [
    ("USDT", "USDT"), ("usdt", "USDT"), ("UЅDТ", "USDT"), ("USD₮", "USDT"), ("ＵＳＤＴ", "USDT"), ("US DT", "USDT"),
    ("ÜSDT", "USDT"), ("𝐔𝐒𝐃𝐓", "USDT"), ("ЕТН", "ETH"), ("ETH", "ETH"), ("DAl", "DAI"), ("W8TC", None), ("FOO", None),
    ("", None), ("USDT2", None),
])  # fmt: skip
def test_symbols_that_look_alike(symbol: str, what: str | None) -> None:
    assert imitated(FAKE, symbol) == what
    assert imitated(USDT, symbol) is None, "the contract is known, whatever is written beside it"


def test_a_network_without_an_entry_is_not_judged_and_hostile_symbols_do_nothing() -> None:
    assert imitated(token_asset("eip155:250", "0x" + "aa" * 20), "USDT") is None
    assert imitated("nonsense", "USDT") is None
    assert imitated(ETH, "ETH") is None
    assert skeleton("\u202e" + "x" * 1_000 + "\u0000") == skeleton("x" * 1_000)


digits = st.sampled_from(["abc", "abd", "1bc"])


@given(st.lists(st.tuples(digits, digits, digits, digits, st.sampled_from([0, 1, 10**3, 10**9, 2**70])), max_size=25))
def test_laws(drawn: list[tuple[str, str, str, str, int]]) -> None:
    def address(a: str, b: str) -> str:
        return a + (a + b).encode().hex().ljust(33, "0")[:33] + "1234"

    book = ledger(*[(address(a, b), address(c, d), amount) for a, b, c, d, amount in drawn])
    found = guard(book, dust={ETH: 10})
    reasons = found.reason.tolist()
    for row, amount in enumerate(book.amount.tolist()):
        assert (reasons[row] == ZERO_VALUE) == (amount == 0)
        if book.source[row] == book.target[row]:
            assert reasons[row] in (KEPT, ZERO_VALUE, DUST)
    for row, (victim, one, whom) in found.imitates.items():
        assert {int(book.source[row]), int(book.target[row])} == {victim, one}
        assert whom not in (one, victim)
        a, b = (book.wallets[i][-40:] for i in (one, whom))
        assert (a[:3], a[-4:]) == (b[:3], b[-4:])
        met = {*book.target[book.source == victim].tolist(), *book.source[book.target == victim].tolist()}
        assert whom in met
        sent = (book.source == victim) & (book.target == one) & (book.amount >= 10)
        if reasons[row] == LOOKALIKE:
            assert not sent.any(), "whom the address paid is followed"
    assert found.totals()["transfers"].sum() == len(found.table()) == np.count_nonzero(reasons)
    plain = guard(book, zero=False, lookalike=False, counterfeit=False)
    assert not plain.leave_out.any()


def test_other_networks_and_odd_names_are_left_alone() -> None:
    ends = [("tron:mainnet:TAAA", "tron:mainnet:TBBB"), ("eip155:1:0xZZ" + "q" * 40, "eip155:1:" + "z" * 60)]
    rows = [Transfer(a, b, a, ETH, "1", 1.0, None, 0, 0, 0) for a, b in ends]
    assert guard(Ledger.of(rows)).leave_out.tolist() == [False, False]
    assert len(guard(Ledger.of([])).table()) == 0
