"""The loader: idempotent, order-free, and no claim ever overwrites a rival."""

import random
from concurrent.futures import ThreadPoolExecutor

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.graph.content import content_hash
from workbench.graph.loader import Loader, retract
from workbench.model.claims import AttributedTo, Named
from workbench.model.ledger import Transfer
from workbench.model.nodes import ActorGroup, Incident, Ref, Service, Source, SourceMention, Wallet
from workbench.model.times import utc_now

ADDRESSES = ["0x" + f"{i:040x}" for i in range(1, 9)]
WALLETS = [Wallet.of(address, "eth") for address in ADDRESSES]
GROUPS = [ActorGroup(id=f"mitre:G{i:04d}", name=f"Group {i}", catalogue="mitre") for i in range(3)]
SOURCES = [Source(id=f"source-{i}", title=f"Source {i}", publisher="Somebody", kind="vendor") for i in range(3)]


def loader(store, run="run"):
    return Loader(store, run, utc_now())


def transfer(n, amount=None):
    return Transfer(
        WALLETS[n % 8].id, WALLETS[(n * 3 + 1) % 8].id, f"eip155:1/tx:{n:064x}/log:1", "eip155:1/slip44:native",
        str(amount or n * 10**18), float(amount or n * 10**18), None, 1_700_000_000_000 + n, n, None,
    )  # fmt: skip


def claims():
    made = []
    for i, wallet in enumerate(WALLETS):
        for source in SOURCES:
            made.append(AttributedTo(subject=wallet.ref, object=GROUPS[i % 3].ref, source_id=source.id, confidence=i))
            made.append(Named(subject=source.ref, object=wallet.ref, source_id=source.id, name=f"name {i % 2}"))
    return made


def load_all(store, records, run="run"):
    into = loader(store, run)
    into.nodes([*WALLETS, *GROUPS, *SOURCES])
    return into.claims(records)


def test_loading_twice_changes_nothing(store):
    assert len(load_all(store, claims()).new) == len(claims())
    before = content_hash(store)
    assert load_all(store, claims(), "second").new == set()
    assert content_hash(store) == before


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), parts=st.integers(1, 5))
def test_order_and_batching_do_not_matter(session_store, seed, parts):
    wipe = "MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS"
    hashes = []
    rng = random.Random(seed)
    for shuffled in (False, True):
        session_store.schema(wipe)
        records, rows = claims(), [transfer(n) for n in range(1, 40)]
        if shuffled:
            rng.shuffle(records)
            rng.shuffle(rows)
        step = -(-len(records) // parts)
        for start in range(0, len(records), step):
            load_all(session_store, records[start : start + step], f"run {start}")
        loader(session_store).transfers(rows, "chain")
        hashes.append(content_hash(session_store))
    assert hashes[0] == hashes[1]


def test_rivals_stand_side_by_side(store):
    into = loader(store)
    into.nodes([WALLETS[0], *GROUPS, *SOURCES])
    rivals = [
        AttributedTo(subject=WALLETS[0].ref, object=GROUPS[i].ref, source_id=SOURCES[i].id, confidence=90 - i)
        for i in range(3)
    ]
    into.claims(rivals)
    rows = store.read(
        "MATCH (:Wallet)-[c:ATTRIBUTED_TO]->(g) RETURN g.id AS g, c.source_id AS s, c.confidence AS n ORDER BY g"
    ).rows
    assert rows == [("mitre:G0000", "source-0", 90), ("mitre:G0001", "source-1", 89), ("mitre:G0002", "source-2", 88)]


def test_a_claim_that_comes_back_is_recorded_anew_and_its_past_stays(store):
    load_all(store, claims())
    claim = claims()[0]
    assert retract(store, "ATTRIBUTED_TO", [claim.claim_id], utc_now()) == 1
    assert retract(store, "ATTRIBUTED_TO", [claim.claim_id], utc_now()) == 0
    assert load_all(store, claims(), "third").new == {claim.claim_id}
    assert load_all(store, claims(), "fourth").new == set()
    rows = store.read(
        "MATCH ()-[c:ATTRIBUTED_TO]->() WHERE c.claim_id STARTS WITH $id "
        "RETURN c.claim_id AS id, c.retracted_at IS NULL AS live ORDER BY id",
        {"id": claim.claim_id},
    ).rows
    assert rows == [(claim.claim_id, False), (f"{claim.claim_id}-2", True)]


def test_within_one_file_shared_properties_do_not_depend_on_the_order(store):
    for order in ((1, 2), (2, 1)):
        store.write("MATCH (n) WHERE n:Incident OR n:Service DETACH DELETE n")
        for which in order:
            loader(store).nodes([
                Incident(id="ronin-bridge-2022", name=("Ronin Bridge", "Axie Ronin bridge")[which - 1]),
                Service(id="huobi", name="Huobi", concept="exchange" if which == 1 else None),
            ])  # fmt: skip
        assert store.read("MATCH (n:Incident) RETURN n.name AS n").rows == [("Axie Ronin bridge",)]
        assert store.read("MATCH (n:Service) RETURN n.concept AS n").rows == [("exchange",)]


def test_the_same_transfer_with_another_amount_is_a_conflict_and_the_stored_one_stands(store):
    into = loader(store)
    into.transfers([transfer(1)], "one")
    outcome = loader(store).transfers([transfer(1, amount=5), transfer(2)], "two")
    assert outcome.new == {transfer(2).id}
    assert outcome.conflicts == {tuple(transfer(1, amount=5)): f"amount {10**18}"}
    assert store.read("MATCH ()-[r:SENT {id: $id}]->() RETURN r.amount AS a", {"id": transfer(1).id}).rows == [
        (str(10**18),)
    ]


def test_a_batch_that_meets_known_rows_in_an_empty_looking_type_falls_back(store):
    first, second = loader(store, "a"), loader(store, "b")
    assert first._is_empty("SENT")
    assert second._is_empty("SENT")
    first.transfers([transfer(n) for n in range(1, 20)], "one")
    assert second.transfers([transfer(n) for n in range(10, 30)], "two").new == {transfer(n).id for n in range(20, 30)}
    assert store.read("MATCH ()-[r:SENT]->() RETURN count(r) AS n").rows == [(29,)]


def test_what_is_missing_is_named(store):
    into = loader(store)
    into.nodes(SOURCES)
    lost = into.missing([SOURCES[0].ref, Ref("ActorGroup", "mitre:G9999")])
    assert lost == {Ref("ActorGroup", "mitre:G9999")}


def test_amounts_of_any_size_stay_exact(store):
    huge = 2**256 - 1
    loader(store).transfers([transfer(1, amount=huge)], "chain")
    assert store.read("MATCH ()-[r:SENT]->() RETURN r.amount AS a").rows == [(str(huge),)]


def test_two_amounts_for_one_transfer_in_one_batch_are_a_conflict_too(store):
    outcome = loader(store).transfers([transfer(1), transfer(1, amount=7), transfer(1)], "chain")
    assert outcome.new == {transfer(1).id}
    assert outcome.conflicts == {tuple(transfer(1, amount=7)): f"amount {10**18}"}


def test_two_loaders_at_once_lose_and_double_nothing(store):
    def work(run):
        into = loader(store, run)
        into.nodes([*WALLETS, *GROUPS, *SOURCES])
        return [
            len(into.claims(claims()).new) + len(into.transfers([transfer(n) for n in range(1, 200)], "chain").new)
            for _ in range(3)
        ]

    with ThreadPoolExecutor(4) as pool:
        made = sum(sum(counts) for counts in pool.map(work, "abcd"))
    assert made == len(claims()) + 199
    assert store.read("MATCH ()-[r:SENT]->() RETURN count(r) AS n").rows == [(199,)]
    assert store.read("MATCH ()-[r:NAMED|ATTRIBUTED_TO]->() RETURN count(r) AS n").rows == [(len(claims()),)]


def test_another_receiver_asset_or_time_is_a_conflict_too(store):
    loader(store).transfers([transfer(1)], "chain")
    for changed in (
        transfer(1)._replace(receiver=WALLETS[5].id),
        transfer(1)._replace(asset="eip155:1/erc20:0x" + "1" * 40),
        transfer(1)._replace(time_ms=1),
    ):
        outcome = loader(store).transfers([changed], "rival")
        assert outcome.new == set()
        assert list(outcome.conflicts) == [tuple(changed)]
    assert loader(store).transfers([transfer(1)], "again").conflicts == {}


def described(store, by, *nodes):
    return Loader(store, "run", utc_now(), by).nodes(nodes)


def test_a_description_stands_against_another_file(store):
    official = Source(id="fbi", title="Statement", publisher="FBI", kind="authority", url="https://www.fbi.gov/x")
    group = ActorGroup(id="fbi:tradertraitor", name="TraderTraitor", catalogue="fbi")
    theft = Incident(id="atomic-wallet-2023", name="Atomic Wallet")
    assert described(store, "bundle", official, group, theft) == []
    told = described(
        store, "incidents:my.csv",
        Source(id="fbi", title="A blog", publisher="Nobody", kind="user", url="https://evil.example"),
        ActorGroup(id="fbi:tradertraitor", name="LockBit", catalogue="fbi", status="revoked", url="javascript:x"),
        Incident(id="atomic-wallet-2023", name="AAA inside job"),
    )  # fmt: skip
    assert sorted(told) == [("ActorGroup", "fbi:tradertraitor", "bundle"), ("Source", "fbi", "bundle")]
    rows = store.read(
        "MATCH (n) WHERE n:Source OR n:ActorGroup OR n:Incident "
        "RETURN coalesce(n.title, n.name) AS name, n.kind AS kind, n.url AS url, n.described_by AS by ORDER BY name"
    ).rows
    assert rows == [
        ("Atomic Wallet", None, None, "bundle"),
        ("Statement", "authority", "https://www.fbi.gov/x", "bundle"),
        ("TraderTraitor", None, None, "bundle"),
    ]
    assert described(store, "bundle", official.model_copy(update={"title": "Statement, corrected"})) == []
    assert store.read("MATCH (s:Source) RETURN s.title AS t").rows == [("Statement, corrected",)]


def test_a_mention_is_filled_in_by_the_first_description(store):
    described(store, "a.csv", SourceMention.of("Some Vendor"))
    described(store, "b.csv", Source(id="some-vendor", title="Report 7", publisher="Some Vendor", kind="vendor"))
    assert store.read("MATCH (s:Source) RETURN s.title AS t, s.kind AS k").rows == [("Report 7", "vendor")]


def test_a_batch_that_was_all_new_does_not_blind_the_next(store):
    """The lookup is left out after it, and the constraint brings it back: every row is still told right."""
    into = loader(store)
    first = [transfer(n) for n in range(1, 3_001)]
    assert len(into.transfers(first, "a").new) == 3_000
    mixed = [transfer(n) for n in range(2_001, 5_001)]
    assert into.transfers(mixed, "a").new == {row.id for row in mixed[1_000:]}
    assert into.transfers([transfer(n) for n in range(5_001, 6_001)], "a").new == {
        transfer(n).id for n in range(5_001, 6_001)
    }
    assert store.read("MATCH ()-[s:SENT]->() RETURN count(s), count(DISTINCT s.id)").rows == [(6_000, 6_000)]


def test_known_transfers_are_told_by_their_content_and_rivals_by_theirs(store):
    into = loader(store)
    into.transfers([transfer(n) for n in range(1, 1_501)], "a")
    again = [transfer(n, amount=7 if n == 42 else None) for n in range(1, 1_501)]
    outcome = loader(store, "later").transfers(again, "b")
    assert outcome.new == set()
    assert list(outcome.conflicts) == [tuple(transfer(42, amount=7))]
    assert "amount" in outcome.conflicts[tuple(transfer(42, amount=7))]


def test_transfers_without_a_digest_are_compared_field_by_field(store):
    """Others may have written them, or a workbench from before there were digests."""
    loader(store).transfers([transfer(1), transfer(2)], "a")
    store.write("MATCH ()-[s:SENT]->() REMOVE s.digest")
    outcome = loader(store, "later").transfers([transfer(1), transfer(2, amount=5), transfer(3)], "a")
    assert outcome.new == {transfer(3).id}
    assert [key[2] for key in outcome.conflicts] == [transfer(2).id]


@given(st.integers(1, 10**6), st.sampled_from(range(10)))
def test_the_digest_tells_what_two_sources_could_say_differently(n, place):
    """And nothing else: the dollars, the block and the place in it are not compared, and not in it."""
    from workbench.graph.loader import digest

    one = transfer(n)
    changed = list(one)
    changed[place] = {str: "x", float: 0.5, int: 1}.get(type(changed[place]), 9)
    compared = place in (0, 1, 2, 3, 4, 7)
    assert (digest(one) != digest(Transfer(*changed))) == compared
    assert 0 <= digest(one) < 2**63
