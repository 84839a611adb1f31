"""The page of accuracy says what is measured; the generated ledgers are sound; results tell their error."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from workbench.analysis.clustering.generated import Accounts, Coins, Dealings, Habits
from workbench.analysis.clustering.measured import in_percent, measured

PROJECT = Path(__file__).resolve().parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("eval_clustering", PROJECT / "tools" / "eval_clustering.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_page_holds_the_figures_of_today() -> None:
    measuring = tool()
    found = measuring.measure()
    assert (PROJECT / "docs" / "accuracy-clustering.md").read_text(encoding="utf-8") == measuring.page(found)
    assert json.loads(measuring.SHOWN.read_text(encoding="utf-8")) == measuring.shown(found)


def test_leaving_coinjoins_out_makes_clusters_righter() -> None:
    figures = json.loads(tool().SHOWN.read_text(encoding="utf-8"))
    assert figures["co_spend"]["precision"]["low"] > figures["co_spend_with_coinjoins"]["precision"]["high"]


def test_pairs_are_counted_as_by_hand() -> None:
    measuring = tool()
    assert measuring._pairs([1, 2, 4]) == 0 + 1 + 6  # noqa: SLF001


def test_generated_coins_are_spent_once_and_make_no_money() -> None:
    made = Coins(3, people=60, payments=300)
    there: Counter[tuple[str, int]] = Counter()
    for spend in made.spends:
        for coin in spend.inputs:
            there[coin] -= 1
            assert there[coin] >= 0
        for coin in spend.outputs:
            there[coin] += 1
        assert not spend.inputs or sum(c.amount for c in spend.inputs) > sum(c.amount for c in spend.outputs)
        assert {coin.wallet for coin in (*spend.inputs, *spend.outputs)} <= made.owners.keys()
    assert made.coinjoins
    assert Coins(3, people=60, payments=300).spends == made.spends
    assert Coins(4, people=60, payments=300).spends != made.spends
    honest = Coins(3, people=60, payments=300, habits=Habits(coinjoin=0, payjoin=0))
    assert all(len({honest.owners[coin.wallet] for coin in spend.inputs}) <= 1 for spend in honest.spends)


def test_generated_accounts_never_owe() -> None:
    made = Accounts(3, customers=50, dealings=Dealings(stranger_pays=0.2))
    exchanges = {claim.wallet for claim in made.claims}
    deposits = {transfer.sender for transfer in made.transfers if transfer.receiver in exchanges}
    balance: Counter[str] = Counter()
    for transfer in sorted(made.transfers, key=lambda t: t.time_ms):
        if transfer.receiver in deposits or transfer.sender in deposits:
            balance[transfer.receiver] += int(transfer.amount)
            balance[transfer.sender] -= int(transfer.amount)
            assert transfer.sender not in deposits or balance[transfer.sender] >= 0


def test_results_tell_their_error_and_never_round_up_to_certainty() -> None:
    assert "generated ledgers with CoinJoins" in measured("co_spend", {"leave_out_coinjoins": True})[0]
    assert "not left out" in measured("co_spend", {"leave_out_coinjoins": False})[0]
    assert "has not been measured" in measured("same_key", {})[0]
    assert in_percent({"value": 0.99999, "low": 0.5, "high": 1.0}) == "99.9% (50.0%–100.0%)"
    assert in_percent({"value": None, "low": None, "high": None}) == "no case"
