"""Heuristics of account networks: deposit addresses that are used again, and one key on several networks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.clustering.evidence import Evidence, OwnerClaim
from workbench.analysis.clustering.heuristics import chosen
from workbench.analysis.clustering.result import Clustering
from workbench.analysis.clustering.run import clustering, settled
from workbench.model.ledger import Transfer

ETH, USDT = "eip155:1/slip44:native", "eip155:1/erc20:0xusdt"
HOUR = 3_600_000
EXCHANGE = [
    OwnerClaim(name, "kraken", "Kraken", "Service", "exchange", 90, "hot_wallet", "list") for name in ("hot", "h2")
]
OTHER = OwnerClaim("other", "okx", "OKX", "Service", "exchange", 90, "hot_wallet", "list")


def sent(
    number: int, source: str, target: str, amount: int, hours: float = 0, asset: str = ETH, log: str = "tx"
) -> Transfer:
    time = int(1_600_000_000_000 + hours * HOUR)
    id_ = f"eip155:1/tx:{number:064x}/{log}"
    return Transfer(source, target, id_, asset, str(amount), float(amount), None, time, None, None)


def run(transfers: list[Transfer], *owners: OwnerClaim, name: str = "deposit_reuse", **parameters) -> Clustering:
    used = chosen([name])
    evidence = Evidence.of(transfers=transfers, owners=[*EXCHANGE, *owners])
    return clustering(evidence, used, *settled(used, parameters))


def clusters(found: Clustering) -> list[list[str]]:
    return sorted(found.members(name) for name in found.clusters["cluster"])


REUSED = [
    sent(1, "ann1", "dep", 1_000, 0), sent(2, "dep", "hot", 995, 2), sent(3, "ann2", "dep", 2_000, 10),
    sent(4, "dep", "hot", 1_998, 11),
]  # fmt: skip


def test_depositors_that_share_a_deposit_address_are_one_and_it_is_not_theirs() -> None:
    found = run(REUSED)
    assert clusters(found) == [["ann1", "ann2"]]
    (link,) = found.explain("ann1", "ann2").chain
    assert (link.key, link.note) == ("dep", "deposit address of kraken")
    assert (link.transaction_a, link.transaction_b) == (REUSED[0].id, REUSED[2].id)
    assert "both paid into dep" in found.explain("ann1", "ann2").words()[1]
    assert found.what_if(REUSED[0].id)["wallet"].tolist() == ["ann2"]  # of two singles the smaller name stays


def test_a_depositor_stays_while_one_of_its_deposits_is_left() -> None:
    twice = [*REUSED, sent(5, "ann1", "dep", 500, 20), sent(6, "dep", "h2", 500, 21)]
    found = run(twice)
    assert found.what_if(REUSED[0].id)["wallet"].tolist() == []
    assert found.what_if("dep")["wallet"].tolist() == ["ann2"]


@pytest.mark.parametrize(
    ("transfers", "owners", "parameters", "reason"),
    [
        ([*REUSED[:3], sent(4, "dep", "hot", 1_998, 40)], (), {}, "in time"),
        ([*REUSED[:3], sent(4, "dep", "hot", 1_000, 11)], (), {}, "in time"),
        ([*REUSED, sent(5, "dep", "other", 1, 12)], (OTHER,), {}, "several exchanges"),
        ([*REUSED, sent(5, "dep", "friend", 1, 12)], (), {}, None),
        (REUSED, (EXCHANGE[0]._replace(concept="mixing_service", source="rival"),), {}, "something else"),
        (REUSED, (EXCHANGE[0]._replace(role="contract", source="rival"),), {}, "something else"),
        ([*REUSED, sent(5, "dep", "hot", 5_000, 12)], (), {}, "history"),
        (REUSED, (), {"exchange_confidence": 91}, None),
        (REUSED, (OTHER._replace(wallet="ann2", concept="mixing_service"),), {}, None),
        (REUSED, (OTHER._replace(wallet="ann2", concept=None, role="contract"),), {}, None),
        (REUSED, (OTHER._replace(wallet="dep", concept="defi_dex"),), {}, None),
    ],
    ids=["late", "kept-back", "two-exchanges", "elsewhere", "mixer", "contract", "history", "unsure", "sender-mixes",
         "sender-is-contract", "dex"],
)  # fmt: skip
def test_what_is_in_doubt_joins_nobody(transfers, owners, parameters, reason: str | None) -> None:
    found = run(transfers, *owners, **parameters)
    assert clusters(found) == []
    if reason:
        assert any(reason in told for told in found.left_out["reason"]), found.left_out["reason"].tolist()


def test_dust_from_a_stranger_joins_nobody_and_neither_does_a_pool_of_many() -> None:
    dusted = [*REUSED, sent(5, "stranger", "dep", 2, 12), sent(6, "dep", "hot", 2, 13)]
    assert clusters(run(dusted)) == [["ann1", "ann2"]]
    assert clusters(run(dusted, deposit_least_brought=0.0)) == [["ann1", "ann2", "stranger"]]
    many = [sent(i, f"c{i}", "pool", 100, i / 10) for i in range(21)] + [sent(99, "pool", "hot", 2_100, 3)]
    assert clusters(run(many)) == []
    assert any("more depositors" in told for told in run(many).left_out["reason"])
    assert len(clusters(run(many, deposit_most_senders=21))[0]) == 21


def test_the_exchange_pays_the_fees_of_its_deposit_addresses() -> None:
    tokens = [
        sent(1, "ann1", "dep", 10**24, 0, USDT, "log:1"), sent(2, "ann2", "dep", 10**24, 1, USDT, "log:1"),
        sent(3, "h2", "dep", 50, 2), sent(4, "dep", "hot", 2 * 10**24, 3, USDT, "log:1"),
        sent(5, "spammer", "dep", 10**30, 3, "eip155:1/erc20:0xspam", "log:1"),
    ]  # fmt: skip
    assert clusters(run(tokens)) == [["ann1", "ann2"]]


def test_a_deposit_address_that_is_tagged_as_one_is_still_one() -> None:
    tagged = EXCHANGE[0]._replace(wallet="dep", role="deposit")
    assert clusters(run(REUSED, tagged)) == [["ann1", "ann2"]]


def test_who_pays_into_two_deposit_addresses_of_one_exchange_joins_nobody_there() -> None:
    """Ann pays into her own and, once, into Bob's: Bob's two accounts stay one, and Ann is not Bob."""
    bobs = [sent(11, "bob1", "dep2", 900, 30), sent(12, "bob2", "dep2", 800, 31), sent(13, "ann1", "dep2", 700, 32),
            sent(14, "dep2", "hot", 2_400, 33)]  # fmt: skip
    found = run([*REUSED, *bobs])
    assert clusters(found) == [["bob1", "bob2"]]
    told = found.left_out.query("what == 'ann1'").iloc[0]
    assert (told["reason"], told["detail"]) == (
        "it pays into several deposit addresses of one exchange", "2 of kraken",
    )  # fmt: skip
    assert clusters(run([*REUSED, *bobs], deposit_one_each=False)) == [["ann1", "ann2", "bob1", "bob2"]]
    elsewhere = [*REUSED, sent(21, "ann1", "dep3", 900, 30), sent(22, "dep3", "other", 900, 31)]
    assert clusters(run(elsewhere, OTHER)) == [["ann1", "ann2"]], "another exchange gives another address"


def test_another_deposit_address_is_no_customer() -> None:
    tagged = EXCHANGE[0]._replace(wallet="ann2", role="deposit_address")
    assert clusters(run(REUSED, tagged)) == []


def test_without_times_nothing_was_passed_on_in_time() -> None:
    found = run([row._replace(time_ms=-1) for row in REUSED])
    assert clusters(found) == []
    assert any("not all known" in reason for reason in found.left_out["reason"])


@settings(deadline=None, max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_and_repeats_change_nothing(random) -> None:
    rows = [*REUSED, *random.choices(REUSED, k=3)]
    random.shuffle(rows)
    assert run(rows).to_json() == run(REUSED).to_json()


KEY, SAFE = "0x" + "11" * 20, "0x" + "22" * 20


def wallets(address: str, *chains: int) -> list[str]:
    return [f"eip155:{chain}:{address}" for chain in chains]


def keys(transfers: list[Transfer], names: list[str], *owners: OwnerClaim, **parameters) -> Clustering:
    used = chosen(["same-key"])
    evidence = Evidence.of(transfers=transfers, owners=owners, wallets=names)
    return clustering(evidence, used, *settled(used, parameters))


def test_one_key_on_many_networks_is_one_owner_where_it_signed_once() -> None:
    mine = wallets(KEY, 1, 56, 137)
    proof = sent(1, mine[1], "eip155:56:0x" + "99" * 20, 5)
    found = keys([proof], mine)
    assert clusters(found) == [sorted(mine)]
    (link,) = found.explain(mine[0], mine[1]).chain
    assert link.key == KEY
    assert {link.transaction_a, link.transaction_b} == {"", proof.id}
    # Bitcoin and TRON are not EVM networks, and another address is another key
    more = keys([proof], [*mine, "tron:1:" + KEY, f"bip122:0:{KEY}", *wallets(SAFE, 1)])
    assert clusters(more) == [sorted(mine)]


def test_what_may_be_a_contract_is_no_key() -> None:
    """Wintermute's multisignature contract of Ethereum was somebody else's on Optimism (June 2022)."""
    safe = wallets(SAFE, 1, 10)
    token = sent(1, safe[0], safe[1], 5, log="log:3")  # a log says that tokens moved, not that the address signed
    found = keys([token], safe)
    assert clusters(found) == []
    assert found.left_out["reason"].tolist() == ["it was not seen to sign a transaction: it may be a contract"]
    assert clusters(keys([token], safe, same_key_signed=False)) == [sorted(safe)]
    for claim in (
        OwnerClaim(safe[1], "x", "X", "Service", None, 50, "contract", "list"),
        OwnerClaim(safe[1], "x", "X", "Service", "defi_bridge", 50, None, "list"),
    ):
        assert clusters(keys([sent(1, safe[0], safe[1], 5)], safe, claim)) == []
