"""Exposure on an invented graph whose answers are known by heart, and on published laundering wallets."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.exposure_case import (
    CLUSTER,
    CUSTOMER,
    DELISTED,
    ETHER,
    FAR,
    HARBOR,
    HUGE,
    MULE,
    NOW,
    OFAC,
    STRANGER,
    THIEF,
    TIMELESS,
    TOKEN,
    VICTIM,
    coin,
    story,
    w,
)
from workbench.analysis.exposure.network import exact_sums
from workbench.analysis.exposure.run import exposure
from workbench.analysis.exposure.screen import screen
from workbench.errors import ParameterError, RecordError, UnknownNameError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.model import claims as c
from workbench.model import nodes as n
from workbench.model.ledger import Input, Output


@pytest.fixture
def loaded(store: Store) -> Store:
    return story(store)


def test_direct_exposure_is_exact_and_equals_a_cypher_sum(loaded: Store) -> None:
    found = exposure(loaded, MULE.id)
    rows = found.direct.query("kind == 'sanctioned' and direction == 'received from'").set_index("asset")
    asked: dict[str, int] = defaultdict(int)
    for asset, amount in loaded.read(
        "MATCH (a)-[r:SENT]->({id: $mule}) WHERE EXISTS { (a)-[:LISTED_BY {listing: 'sanctioned'}]->() } "
        "RETURN r.asset, r.amount",
        {"mule": MULE.id},
    ).rows:
        asked[asset] += int(amount)
    assert dict(rows["amount_base_units"]) == dict(asked)
    assert rows.loc[TOKEN, "amount_base_units"] == 2 * HUGE
    assert rows.loc[ETHER, "value_usd"] == 75.0
    assert rows.loc[TOKEN, "transfers_without_usd"] == 2


def test_rivals_stand_side_by_side_and_a_weak_claim_does_not_count(loaded: Store) -> None:
    found = exposure(loaded, MULE.id)
    actors = found.exposures.query("kind == 'actor' and direction == 'received from'")
    assert set(actors["category"]) == {"atlas:G1", "atlas:G2"}
    assert set(found.claims.query("kind == 'actor' and counts")["source"]) == {"blog", "rival"}
    assert found.summary["labels_not_used"]["below the confidence asked for"] == 1
    surer = exposure(loaded, MULE.id, min_confidence=65)
    assert set(surer.exposures.query("kind == 'actor'")["category"]) == {"atlas:G2"}
    weak = exposure(loaded, STRANGER.id, min_confidence=0)
    assert weak.own["counts"].tolist() == [True]


def test_shares_and_hops_are_those_counted_by_hand(loaded: Store) -> None:
    found = exposure(loaded, [MULE.id, FAR.id, CUSTOMER.id])
    got = found.exposures.query("kind == 'sanctioned' and direction == 'received from'").set_index("wallet")
    assert got.loc[MULE.id, "flow_share"] == pytest.approx(0.75)  # 75 of 100 dollars
    assert got.loc[FAR.id, "flow_share"] == pytest.approx(0.75)  # all it has is the mule's
    assert (got.loc[MULE.id, "hops"], got.loc[FAR.id, "hops"]) == (1, 2)
    assert CUSTOMER.id not in got.index  # behind an exchange a path says nothing
    rest = found.unresolved.set_index(["wallet", "direction"])["unresolved_share"]
    assert rest[MULE.id, "received from"] == pytest.approx(0.25)
    # the mule sent 50 of 50 dollars, 10 of them to the exchange
    out = found.exposures.query("kind == 'service' and direction == 'sent to'").set_index("wallet")
    assert out.loc[MULE.id, "flow_share"] == pytest.approx(0.2)


def test_the_path_names_its_transfers_and_says_whether_time_allows_it(loaded: Store) -> None:
    found = exposure(loaded, [FAR.id, TIMELESS.id])
    path = found.explain(FAR.id, "ofac")
    assert path["transfer_id"].str[-6:-3].tolist() == ["002", "005"] or len(path) == 2
    assert path["sender"].tolist() == [THIEF.id, MULE.id]
    assert path["receiver"].tolist() == [MULE.id, FAR.id]
    assert path["in_time_order"].all()
    assert not found.explain(TIMELESS.id, "ofac")["in_time_order"].any()  # it was paid before the mule paid on
    with pytest.raises(UnknownNameError):
        found.explain(FAR.id, "interpol")


def test_a_hit_of_its_own_is_no_exposure_and_a_victim_is_never_the_thief(loaded: Store) -> None:
    thief, victim = exposure(loaded, THIEF.id), exposure(loaded, VICTIM.id)
    assert set(thief.own["kind"]) == {"sanctioned", "actor", "incident"}
    assert not len(thief.exposures.query("direction == 'received from'"))
    words = " ".join(thief.own["words"])
    assert "listed as sanctioned by OFAC [ofac] since 2022-04-14" in words
    assert "that incident is attributed to Quiet Heron (atlas:G1) by ofac, confidence 90" in words
    assert victim.own["counts"].tolist() == [False]
    assert "never the thief's" in victim.own["words"][0]
    assert not len(exposure(loaded, MULE.id).exposures.query("category == 'kestrel-2021' and direction == 'sent to'"))


def test_nothing_and_oneself_are_no_links(loaded: Store) -> None:
    found = exposure(loaded, STRANGER.id)
    assert not len(found.exposures.query("direction == 'received from'"))
    assert found.summary["left_out"] == {"transfers of nothing": 1}


def test_an_ended_listing_is_told_and_counts_for_nobody(loaded: Store) -> None:
    now = exposure(loaded, DELISTED.id)
    assert now.own["counts"].tolist() == [False]
    assert now.own["words"][0].startswith("was listed as sanctioned by OFAC [ofac] until 2024-05-01")
    row = screen(loaded, [DELISTED.address]).rows.iloc[0]
    assert row["status"] == "mentioned"


def test_as_of_goes_by_what_was_known_then(loaded: Store) -> None:
    before = exposure(loaded, MULE.id, as_of=datetime(2024, 5, 1, tzinfo=UTC))
    assert not len(before.exposures)
    loaded.write("MATCH ()-[c:LISTED_BY]->() SET c.retracted_at = datetime('2024-07-01T00:00:00Z')")
    assert not len(exposure(loaded, MULE.id).exposures.query("kind == 'sanctioned'"))
    assert len(
        exposure(loaded, MULE.id, as_of=datetime(2024, 6, 2, tzinfo=UTC)).exposures.query("kind == 'sanctioned'")
    )


def test_a_cluster_stands_for_its_members(loaded: Store) -> None:
    assert exposure(loaded, CLUSTER.id).wallets == tuple(sorted([MULE.id, FAR.id]))


def test_every_member_is_told_under_what_it_was_asked_as_also_one_of_which_nothing_is_known(loaded: Store) -> None:
    """The mule got 60 and 15 dollars of the thief (listed, two groups', an incident's) and sent the exchange 10."""
    nobody = w(77)
    found = exposure(loaded, [CLUSTER.id, nobody.id])
    rows = {row.pop("wallet"): row for row in found.members.to_dict("records")}
    assert {wallet: row["asked"] for wallet, row in rows.items()} == {
        MULE.id: CLUSTER.id, FAR.id: CLUSTER.id, nobody.id: nobody.id
    }  # fmt: skip
    said = {wallet: (row["in_ledger"], row["own_hits"], row["categories"]) for wallet, row in rows.items()}
    assert said == {MULE.id: (True, 0, 5), FAR.id: (True, 0, 4), nobody.id: (False, 0, 0)}
    assert (rows[MULE.id]["nearest_hops"], rows[MULE.id]["value_usd"]) == (1, 85.0)
    assert rows[FAR.id]["nearest_hops"] == 2, "what the mule did is not said of it"
    assert np.isnan(rows[FAR.id]["value_usd"])
    assert "<h4>members (3)</h4>" in found._repr_html_()
    assert len(found.to_json()["members"]) == 3


def test_what_is_said_of_a_cluster_is_told_of_its_members_as_such(loaded: Store) -> None:
    claim = c.Controls(subject=HARBOR.ref, object=CLUSTER.ref, source_id="blog", confidence=70)
    Loader(loaded, "run", NOW).claims([claim])
    own = exposure(loaded, FAR.id).own
    assert own["cluster"].tolist() == [CLUSTER.id]
    assert f"as a member of {CLUSTER.id}" in own["words"][0]
    # now the mule is a service's: nothing reaches FAR through it
    assert not len(exposure(loaded, FAR.id).exposures.query("kind == 'sanctioned'"))


def test_a_path_goes_through_what_does_not_pool_and_stops_at_what_may(loaded: Store) -> None:
    for concept, seen in (("organization", 1), ("exchange", 0), (None, 0)):
        loaded.write("MATCH (s:Service {id: 'harbor'}) SET s.concept = $concept", {"concept": concept})
        found = exposure(loaded, CUSTOMER.id).exposures.query("kind == 'sanctioned' and hops == 3")
        assert len(found) == seen, concept


def test_dust_can_be_left_out(loaded: Store) -> None:
    found = exposure(loaded, MULE.id, least_usd=20)
    assert found.direct.query("kind == 'sanctioned' and asset == @ETHER")["transfers"].tolist() == [1]
    assert found.summary["left_out"]["transfers worth less than 20 dollars"] == 4


def test_without_dollars_shares_are_of_the_commonest_asset(store: Store) -> None:
    found = exposure(story(store, usd=False), MULE.id)
    assert found.summary["basis"] == ETHER
    share = found.exposures.query("kind == 'sanctioned' and direction == 'received from'")["flow_share"]
    assert share.tolist() == pytest.approx([0.75])
    token = exposure(store, MULE.id, value=TOKEN).exposures.query("kind == 'sanctioned' and hops == 1")
    assert token["flow_share"].tolist() == [1.0]


def test_what_cannot_be_asked_is_said(loaded: Store) -> None:
    for wrong in ({"hops": 0}, {"hops": 99}, {"min_confidence": 101}, {"value": "doubloons"}):
        with pytest.raises(ParameterError):
            exposure(loaded, MULE.id, **wrong)  # type: ignore[arg-type]
    with pytest.raises(RecordError):
        exposure(loaded, "'; MATCH (n) DETACH DELETE n")
    with pytest.raises(UnknownNameError):
        exposure(loaded, "cospend:2")


def test_the_result_reads_well_and_is_escaped(loaded: Store) -> None:
    loaded.write("MATCH (g:ActorGroup {id: 'atlas:G1'}) SET g.name = '<script>alert(1)</script>'")
    found = exposure(loaded, MULE.id)
    assert "<script>" not in found._repr_html_()
    assert "not taint" in " ".join(found.words())
    json.dumps(found.to_json())
    assert found.plot().get_xlabel()
    assert found.to_frame() is found.exposures


def test_utxo_transactions_are_divided_among_their_inputs(store: Store) -> None:
    """Thief 60 and stranger 40 pay 90 to a shop and 9 back to the thief: 54 of the 90 by proportion; 1 is the fee."""
    thief, stranger, shop, buyer = (coin(i) for i in range(1, 5))
    caip2 = thief.id.rpartition(":")[0]
    one, two = (n.Transaction(id=f"{caip2}/tx:{x * 64}", hash=x * 64, network="btc", time=NOW) for x in "ab")
    loader = Loader(store, "run", NOW)
    loader.nodes([OFAC, thief, stranger, shop, buyer, one, two])
    loader.claims([c.ListedBy(subject=thief.ref, object=OFAC.ref, source_id="ofac", listing="sanctioned")])
    inputs = [(thief, one, 60), (stranger, one, 40), (shop, two, 90)]
    outputs = [(one, shop, 90), (one, thief, 9), (two, buyer, 90)]
    for kind, type_, flows in ((Input, "INPUT", inputs), (Output, "OUTPUT", outputs)):
        rows = [kind(a.id, b.id, f"{type_}:{i}", str(v), float(v), i) for i, (a, b, v) in enumerate(flows)]
        loader.flows(type_, rows, "blog")
    found = exposure(store, [shop.id, buyer.id, stranger.id])
    direct = found.direct.query("direction == 'received from'").iloc[0]
    assert (direct["wallet"], direct["amount_base_units"], direct["apportioned"]) == (shop.id, 54, 1)
    shares = found.exposures.query("direction == 'received from'").set_index("wallet")
    assert shares.loc[shop.id, "flow_share"] == pytest.approx(0.6)
    assert (shares.loc[buyer.id, "hops"], shares.loc[buyer.id, "flow_share"]) == (2, pytest.approx(0.6))
    # of the 9 that went back to the thief two fifths were the stranger's
    sent = found.exposures.query("direction == 'sent to'").set_index("wallet")
    assert (sent.loc[stranger.id, "hops"], sent.loc[stranger.id, "transfers"]) == (1, 1)
    assert found.explain(buyer.id, "ofac")["transfer_id"].tolist() == [one.id, two.id]
    assert any("which input paid which output nobody knows" in line for line in found.words())
    assert screen(store, [buyer.address]).rows["status"].tolist() == ["indirect"]


def test_sums_beyond_64_bits_do_not_wrap() -> None:
    amounts = np.array([2**62] * 6, np.int64)
    assert exact_sums(amounts, np.array([0, 4])) == [2**64, 2**63]
    assert exact_sums(amounts.astype(object) * 8, np.array([0])) == [6 * 2**65]
    assert exact_sums(amounts[:0], np.array([], np.int64)) == []


def test_published_laundering_wallets_against_the_file_itself(store: Store, shared: Path) -> None:
    """Direct dealings with the listed launderers of LI.FI, counted from the CSV file with csv and Decimal only."""
    folder = shared / "mftracer-groundtruth" / "mit_dataset" / "LIFI"
    assert not ingest_paths(store, [folder]).failed
    members = {
        row[0].rpartition(":")[2]
        for row in store.read(
            "MATCH (:Incident {id: 'li-fi-2024'})-[c:INVOLVES]->(w) WHERE c.role IN ['thief', 'laundering'] RETURN w.id"
        ).rows
    }
    counted: dict[str, int] = defaultdict(int)
    with (folder / "LIFI.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["From"].lower() in members and row["From"].lower() != row["To"].lower():
                counted[row["To"].lower()] += 1
    found = exposure(store, sorted(f"eip155:1:{address}" for address in counted))
    got = found.exposures.query("kind == 'incident' and direction == 'received from' and hops == 1")
    told = {wallet.rpartition(":")[2]: count for wallet, count in zip(got["wallet"], got["transfers"], strict=True)}
    worthless = found.summary["left_out"].get("transfers of nothing", 0)
    assert sum(counted.values()) - sum(told.values()) <= worthless
    assert {k: v for k, v in counted.items() if told.get(k) != v} == {} or worthless
