"""What anybody can plant makes nobody exposed, and is told; what was later, said twice or in doubt is not counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.exposure_case import (
    BLOG,
    CLUSTER,
    CUSTOMER,
    ETHER,
    FAR,
    FOX,
    HARBOR,
    HERON,
    NOW,
    OFAC,
    STRANGER,
    THIEF,
    TOKEN,
    coin,
    story,
    transfer,
    w,
)  # fmt: skip
from workbench.analysis.clustering.cases import read_cases
from workbench.analysis.exposure.planted import COINJOIN, COUNTERFEIT, DUST, LOOKALIKE, planted
from workbench.analysis.exposure.run import exposure
from workbench.analysis.exposure.screen import screen
from workbench.analysis.projection import Ledger
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model import claims as c
from workbench.model import nodes as n
from workbench.model.ledger import Input, Output, Transfer

NEW = w(50)
CASES = Path(__file__).parents[1] / "data" / "coinjoin" / "cases.txt"


@pytest.fixture
def loaded(store: Store) -> Store:
    return story(store)


def add(store: Store, *transfers: Transfer, nodes: tuple[n.Wallet, ...] = (NEW,)) -> None:
    loader = Loader(store, "more", NOW)
    loader.nodes(list(nodes))
    loader.transfers(list(transfers), "blog")


def test_dust_from_a_sanctioned_wallet_makes_nobody_exposed_and_is_told(loaded: Store) -> None:
    add(loaded, transfer(20, THIEF, NEW, 7, 20, usd=0.4), transfer(21, STRANGER, NEW, 900, 21, usd=90.0))
    found = exposure(loaded, NEW.id)
    assert not len(found.exposures.query("kind == 'sanctioned'"))
    row = found.uncounted.query("kind == 'sanctioned'").iloc[0]
    assert (row["reason"], row["counterparty"], row["transfers"], row["amount_base_units"], row["value_usd"]) == (
        DUST, THIEF.id, 1, 7, 0.4,
    )  # fmt: skip
    assert any("7 base units" in line and "not counted as exposure: dust" in line for line in found.words())
    assert found.summary["planted"] == [
        {"reason": DUST, "asset": ETHER, "transfers": 1, "amount_base_units": "7"}
    ]  # fmt: skip
    answer = screen(loaded, [NEW.address]).rows.iloc[0]
    assert (answer["status"], answer["uncounted_transfers"], answer["direct_categories"]) == ("uncounted", 1, 0)
    assert "not counted as exposure: dust" in answer["verdict"]
    assert "ofac" in answer["sources"]
    bare = screen(loaded, [NEW.address], guards=()).rows.iloc[0]
    assert (bare["status"], bare["uncounted_transfers"]) == ("direct", 0)


def test_a_payment_in_many_small_parts_is_no_dust(loaded: Store) -> None:
    add(loaded, *(transfer(20 + i, THIEF, NEW, 7, 20 + i, usd=0.4) for i in range(3)))
    assert exposure(loaded, NEW.id).direct.query("kind == 'sanctioned'")["transfers"].tolist() == [3]
    assert len(exposure(loaded, NEW.id, dust_usd=1.21).uncounted.query("kind == 'sanctioned'")) == 1


def test_without_dollars_only_a_stated_threshold_makes_dust(loaded: Store) -> None:
    add(loaded, transfer(20, THIEF, NEW, 7, 20))
    assert len(exposure(loaded, NEW.id).direct.query("kind == 'sanctioned'")) == 1, "nobody can tell what it is worth"
    found = exposure(loaded, NEW.id, dust={ETHER: 8})
    assert not len(found.direct)
    assert set(found.uncounted["reason"]) == {DUST}
    assert np.isnan(found.uncounted["value_usd"]).all()
    for wrong, error in (({"guards": ["dst"]}, UnknownNameError), ({"dust_usd": -1.0}, ParameterError),
                         ({"dust": {ETHER: 0}}, ParameterError)):  # fmt: skip
        with pytest.raises(error):
            exposure(loaded, NEW.id, **wrong)  # type: ignore[arg-type]


def test_a_lookalike_that_is_listed_poisons_nobody(loaded: Store) -> None:
    """0xaaa…beef imitates 0xaaa…beef: the true one got 5,000, the lookalike sent 5 (worth 5 dollars, so no dust)."""
    true, fake = (n.Wallet.of(f"0xaaa{middle * 33}beef", "eth") for middle in "12")
    add(loaded, transfer(20, NEW, true, 5_000, 20, usd=5_000.0), transfer(21, fake, NEW, 5, 21, usd=5.0),
        nodes=(NEW, true, fake))  # fmt: skip
    claim = c.ListedBy(subject=fake.ref, object=OFAC.ref, source_id="ofac", listing="sanctioned")
    Loader(loaded, "more", NOW).claims([claim])
    found = exposure(loaded, NEW.id)
    assert not len(found.exposures)
    assert set(found.uncounted["reason"]) == {LOOKALIKE}
    assert screen(loaded, [NEW.address]).rows["status"].tolist() == ["uncounted"]
    assert screen(loaded, [NEW.address], guards=["dust"]).rows["status"].tolist() == ["direct"]


def test_a_token_that_calls_itself_what_it_is_not_makes_nobody_exposed(loaded: Store) -> None:
    """The thief sends 70 dollars' worth of a token that calls itself USDT; its contract is not Tether's."""
    add(loaded, transfer(20, THIEF, NEW, 70, 20, asset=TOKEN, usd=70.0))
    ledger = Ledger.of([transfer(20, THIEF, NEW, 70, 20, asset=TOKEN)])
    assert set(planted(ledger, np.array([70.0]), ["counterfeit"], symbols={TOKEN: "USDT"})) == {COUNTERFEIT}
    assert planted(ledger, np.array([70.0]), ["counterfeit"], symbols={TOKEN: "HERON"}) == {}
    assert screen(loaded, [NEW.address]).rows["status"].tolist() == ["direct"], "nobody says what it calls itself"
    loader = Loader(loaded, "more", NOW)
    token = n.Token(id=TOKEN, network="eth")
    loader.nodes([token])
    loader.claims([c.DescribesToken(subject=BLOG.ref, object=token.ref, source_id="blog", symbol="USDT")])
    assert screen(loaded, [NEW.address]).rows["status"].tolist() == ["uncounted"]
    assert set(exposure(loaded, NEW.id).uncounted["reason"]) == {COUNTERFEIT}
    assert screen(loaded, [NEW.address], guards=["dust"]).rows["status"].tolist() == ["direct"]


def test_every_row_has_one_reason_and_pairs_are_judged_each_way() -> None:
    rows = [transfer(1, THIEF, NEW, 5, 1, usd=0.5), transfer(2, NEW, THIEF, 50, 2, usd=5.0),
            transfer(3, THIEF, NEW, 0, 3, usd=0.0), transfer(4, NEW, NEW, 1, 4, usd=0.1)]  # fmt: skip
    ledger = Ledger.of(rows)
    worth = np.array([0.5, 5.0, 0.0, 0.1])
    assert planted(ledger, worth, ["dust"])[DUST].tolist() == [True, False, False, False]
    assert planted(ledger, worth, []) == {}
    assert planted(Ledger.of([]), np.empty(0), ["dust", "lookalike"]) == {}


def test_as_of_counts_no_later_transfer_and_needs_no_zone(loaded: Store) -> None:
    late = datetime(2024, 6, 10, tzinfo=UTC)
    hours = (late.timestamp() - 1_700_000_000) / 3_600
    add(loaded, transfer(20, THIEF, NEW, 700, int(hours), usd=70.0))
    before, after = datetime(2024, 6, 2), datetime(2024, 7, 1)  # noqa: DTZ001
    assert screen(loaded, [NEW.address], as_of=before).rows["status"].tolist() == ["no hit"]
    assert screen(loaded, [NEW.address], as_of=after).rows["status"].tolist() == ["direct"]
    assert screen(loaded, [THIEF.id], as_of=before).rows["status"].tolist() == ["hit"]
    assert exposure(loaded, NEW.id, as_of=before).summary["left_out"]["transfers after the time asked about"] == 1


def test_a_cluster_that_one_bad_link_made_hands_its_members_no_owner(loaded: Store) -> None:
    Loader(loaded, "run", NOW).claims([
        c.AttributedTo(subject=CLUSTER.ref, object=FOX.ref, source_id="rival", confidence=90),
        c.Controls(subject=HARBOR.ref, object=CLUSTER.ref, source_id="blog", confidence=90),
    ])  # fmt: skip
    assert exposure(loaded, FAR.id).own["counts"].all()
    loaded.write("MATCH ()-[m:IN_CLUSTER]->({id: $id}) SET m.defect = 'services'", {"id": CLUSTER.id})
    own = exposure(loaded, FAR.id).own
    assert len(own) == 2
    assert not own["counts"].any()
    asked = exposure(loaded, CLUSTER.id)
    assert asked.summary["doubtful_clusters"] == [[CLUSTER.id, "services"]]
    assert any("members may be strangers" in line for line in asked.words())
    assert set(own["why_not"]) == {"said of a cluster that looks as if one bad link had made it"}


def test_an_answer_names_the_sources_and_markings_it_rests_on(loaded: Store) -> None:
    """The group is named of the thief by one blog, and of another wallet by a rival under TLP:RED."""
    other = w(60)
    loader = Loader(loaded, "run", NOW)
    loader.nodes([other])
    loader.claims([c.AttributedTo(subject=other.ref, object=HERON.ref, source_id="rival", confidence=60, tlp="red")])
    add(loaded, transfer(20, other, NEW, 700, 20, usd=70.0), nodes=(NEW, other))
    rows = screen(loaded, [NEW.address, CUSTOMER.address]).rows
    assert rows["sources"][0] == ["rival"], "not the blog, which says nothing about the wallet that paid"
    assert rows["tlp"][0] == "red"
    told = screen(loaded, [NEW.address]).words()
    assert any("1 TLP:RED" in line for line in told)
    assert rows["tlp"][1] != "red"


def test_a_row_that_states_another_network_is_told_of_the_hit_on_this_one(loaded: Store) -> None:
    found = screen(loaded, [THIEF.address], network="bsc").rows.iloc[0]
    assert found["status"] == "no hit"
    assert any("eth: sanctioned OFAC by ofac" in remark for remark in found["remarks"])
    assert screen(loaded, [STRANGER.address], network="bsc").rows["remarks"].tolist() == [[]]


def test_a_bitcoin_payment_that_two_sources_tell_is_counted_once_and_in_one_measure(store: Store) -> None:
    """The thief pays the shop 60; another source tells it as a transfer with dollars. A buyer pays 40 besides."""
    thief, shop, buyer = (coin(i) for i in range(1, 4))
    caip2 = thief.id.rpartition(":")[0]
    one = n.Transaction(id=f"{caip2}/tx:{'a' * 64}", hash="a" * 64, network="btc", time=NOW)
    loader = Loader(store, "run", NOW)
    loader.nodes([OFAC, thief, shop, buyer, one])
    loader.claims([c.ListedBy(subject=thief.ref, object=OFAC.ref, source_id="ofac", listing="sanctioned")])
    loader.flows("INPUT", [Input(thief.id, one.id, "INPUT:0", "60", 60.0, 0)], "blog")
    loader.flows("OUTPUT", [Output(one.id, shop.id, "OUTPUT:0", "60", 60.0, 0)], "blog")
    asset, when = f"{caip2}/slip44:native", 1_700_000_000_000
    loader.transfers([
        Transfer(thief.id, shop.id, f"{one.id}/0", asset, "60", 60.0, 30_000.0, when, None, None),
        Transfer(buyer.id, shop.id, f"{caip2}/tx:{'b' * 64}/0", asset, "40", 40.0, 20_000.0, when, None, None),
    ], "other")  # fmt: skip
    found = exposure(store, shop.id)
    assert found.direct["amount_base_units"].tolist() == [60]
    assert found.direct["transfers"].tolist() == [1]
    share = found.exposures.query("direction == 'received from'")["flow_share"]
    assert share.tolist() == pytest.approx([0.6]), "60 of 100 satoshis, not 60 satoshis beside 20,000 dollars"
    assert found.summary["left_out"]["transfers that are also loaded as inputs and outputs"] == 1


def test_who_mixed_in_one_round_with_a_sanctioned_wallet_is_not_exposed_to_it(store: Store) -> None:
    """A Whirlpool of five: divided in proportion, each of the five recipients would have been paid by each of five."""
    spend = next(case for case in read_cases(CASES) if case.name == "whirlpool").spend
    loader = Loader(store, "run", NOW)
    ends = sorted({flow.wallet for flow in (*spend.inputs, *spend.outputs)})
    wallets = {id_: n.Wallet.of(id_.rpartition(":")[2], "btc") for id_ in ends}
    loader.nodes([OFAC, *wallets.values(), n.Transaction(id=spend.id, hash=spend.id[-64:], network="btc", time=NOW)])
    loader.flows("INPUT", [
        Input(one.wallet, spend.id, f"{spend.id}/in:{i}", str(one.amount), float(one.amount), i)
        for i, one in enumerate(spend.inputs)
    ], "blog")  # fmt: skip
    loader.flows("OUTPUT", [
        Output(spend.id, one.wallet, f"{spend.id}/out:{i}", str(one.amount), float(one.amount), i)
        for i, one in enumerate(spend.outputs)
    ], "blog")  # fmt: skip
    bad, other = spend.inputs[0].wallet, spend.outputs[0].wallet
    loader.claims([c.ListedBy(subject=wallets[bad].ref, object=OFAC.ref, source_id="ofac", listing="sanctioned")])
    assert screen(store, [other]).rows["status"].tolist() == ["uncounted"]
    found = exposure(store, other)
    assert not len(found.exposures)
    assert found.uncounted["reason"].tolist() == [COINJOIN]
    assert any("nobody knows who paid whom" in line for line in found.words())
    assert screen(store, [other], guards=["dust"]).rows["status"].tolist() == ["direct"]
