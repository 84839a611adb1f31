"""The CoinJoin rules on transactions written by hand: every kind, and look-alikes that are none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.clustering.cases import CAIP2, Case, read_cases
from workbench.analysis.clustering.coinjoin import candidates, coinjoins, detect, rules
from workbench.analysis.clustering.coinjoin._funding import fundable
from workbench.analysis.clustering.coinjoin.wasabi2 import STANDARD
from workbench.analysis.clustering.ledger import Coin, Spend, Utxo
from workbench.errors import InputError

CASES = read_cases(Path(__file__).parents[1] / "data" / "coinjoin" / "cases.txt")
BY_NAME = {case.name: case for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_rule_that_should_fire_fires(case: Case) -> None:
    fired = detect(case.spend)
    if case.rule == "none":
        assert fired is None
    elif case.rule == "error":  # the rules are wrong here, which the file says and the accuracy counts
        assert (fired is not None) == (case.truth != "coinjoin")
    else:
        assert fired is not None
        assert fired[0] == case.rule
        assert fired[1], "the figures that made it fire"


def test_every_rule_has_a_case_of_its_own_and_names_its_source() -> None:
    assert {rule.name for rule in rules()} == {case.rule for case in CASES} - {"none", "error"}
    assert all(rule.source and rule.title for rule in rules())


def test_a_coinjoin_has_several_owners_and_everything_else_but_a_payjoin_one() -> None:
    for case in CASES:
        owners = {case.owners[coin.wallet] for coin in case.spend.inputs}
        assert (len(owners) > 1) == (case.truth == "coinjoin"), case.name


def test_asking_only_candidates_misses_nothing() -> None:
    utxo = Utxo.of(case.spend for case in CASES)
    found = {join.transaction: join.rule for join in coinjoins(utxo)}
    expected = {case.spend.id: fired[0] for case in CASES if (fired := detect(case.spend))}
    assert found == expected
    assert len(candidates(utxo)) < len(CASES)


def test_the_ledger_gives_back_the_transactions() -> None:
    utxo = Utxo.of([case.spend for case in reversed(CASES)] * 2)
    back = {utxo.spend(i).id: utxo.spend(i) for i in range(len(utxo.transactions))}
    assert back == {case.spend.id: case.spend for case in CASES}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("whirlpool", lambda s: replace(s, inputs=tuple(Coin(c.wallet, c.amount + 1) for c in s.inputs))),
        ("whirlpool", lambda s: replace(s, outputs=s.outputs[:4])),
        ("wasabi2", lambda s: replace(s, inputs=s.inputs[:49])),
        ("wasabi2", lambda s: replace(s, outputs=tuple(reversed(s.outputs)))),
        ("wasabi2", lambda s: replace(s, block=700_000)),
        ("wasabi1", lambda s: replace(s, outputs=s.outputs[1:])),
        ("joinmarket", lambda s: replace(s, outputs=(*s.outputs, s.outputs[-1]))),
        ("joinmarket", lambda s: replace(s, inputs=s.inputs[:3])),
    ],
)
def test_a_transaction_that_misses_a_condition_is_not_of_that_kind(name: str, change) -> None:
    assert (detect(change(BY_NAME[name].spend)) or ("none",))[0] != name


def test_named_kinds_are_of_bitcoin_only() -> None:
    spend = replace(BY_NAME["whirlpool"].spend, network="ltc")
    assert (detect(spend) or ("none",))[0] in ("equal_outputs", "none")


def test_standard_amounts_are_those_of_the_wallet() -> None:
    # from the list in Wasabi's source: 5,000 first, 1,343.75 BTC last; powers of 2, of 3, twice those, and 1-2-5
    assert {5_000, 134_375_000_000, 8_192, 6_561, 13_122, 10_000, 20_000, 50_000, 2**36, 3**20} <= STANDARD
    assert not {4_096, 2**38, 30_000, 15_000} & STANDARD


AMOUNT = st.integers(1, 30)


@given(st.lists(AMOUNT, max_size=5), st.lists(AMOUNT, max_size=4))
def test_funding_is_what_trying_everything_finds(values: list[int], goals: list[int]) -> None:
    def tried(at: int, left: tuple[int, ...]) -> bool:
        if all(goal <= 0 for goal in left):
            return True
        if at == len(values):
            return False
        return any(tried(at + 1, (*left[:i], left[i] - values[at], *left[i + 1 :])) for i in range(len(left)))

    assert fundable(values, goals) == tried(0, tuple(goals))


def test_what_cannot_be_decided_in_time_is_not_called_impossible() -> None:
    assert fundable([7] * 200, [10] * 130) in (None, False)
    assert fundable([3] * 61, [4] * 45) is None


def test_hostile_transactions_are_only_transactions() -> None:
    many = tuple(Coin(f"bip122:000000000019d6689c085ae165831e93:x{i}", i % 3) for i in range(3_000))
    detect(Spend("t", "btc", many, many))
    detect(Spend("t", "btc", (), ()))
    detect(Spend("t", "unheard-of", many[:2], many[2:]))


def test_a_case_that_makes_money_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cases.txt"
    path.write_text("x own none 1 why\nin a/1:1\nout b/1:1.1\n")
    with pytest.raises(InputError, match="more comes out"):
        read_cases(path)
    path.write_text("x own none 1 why\nin a/1:1\n")
    with pytest.raises(InputError, match="three lines"):
        read_cases(path)


def test_amounts_below_the_fee_limit_fire_in_doubt_and_claim_no_match() -> None:
    """Three outputs of 5,000 satoshis: a maker's fee may be 10,000, so no subset of the inputs has to pay for them."""
    ins = tuple(Coin(f"in{i}", 5_400) for i in range(4))
    outs = (*(Coin(f"out{i}", 5_000) for i in range(3)), Coin("x", 1_000), Coin("y", 900))
    fired = detect(Spend(f"{CAIP2}/tx:{7:064x}", "btc", ins, outs, 0, 600_000))
    assert fired is not None
    assert (fired[0], fired[1]["subset_match"]) == ("joinmarket", "not decided within bounds")
