"""Links and what is asked of them: chains that are real, what-if that is the truth, parts, the guard, two runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.clustering.cases import CAIP2, read_cases, wallet_of
from workbench.analysis.clustering.compare import compare
from workbench.analysis.clustering.evidence import Evidence, OwnerClaim
from workbench.analysis.clustering.heuristics import chosen, heuristics
from workbench.analysis.clustering.ledger import Coin, Spend, Utxo, not_all_known
from workbench.analysis.clustering.measured import measured
from workbench.analysis.clustering.result import Clustering
from workbench.analysis.clustering.run import clustering, settled
from workbench.analysis.kernels.articulation import split_parts
from workbench.errors import UnknownNameError, UsageError

CASES = read_cases(Path(__file__).parents[1] / "data" / "coinjoin" / "cases.txt")


def run(evidence: Evidence, *names: str, **parameters) -> Clustering:
    used = chosen(names or ("co_spend",))
    return clustering(evidence, used, *settled(used, parameters))


def spend(number: int, *wallets: str, out: tuple[str, ...] = ("sink",), time: int | None = None) -> Spend:
    """A transaction with these inputs; each output gets another amount, so that nothing looks like a CoinJoin."""
    return Spend(
        f"{CAIP2}/tx:{number:064x}", "btc", tuple(Coin(name, 1_000 + i) for i, name in enumerate(wallets)),
        tuple(Coin(f"{name}", 10 + i) for i, name in enumerate(out)), number if time is None else time, number,
    )  # fmt: skip


INPUTS = st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=4), max_size=12)


def made(transactions: list[list[str]], **parameters) -> Clustering:
    return run(Evidence.of(spend(i, *inputs) for i, inputs in enumerate(transactions)), **parameters)


def partition(transactions: list[list[str]]) -> set[frozenset[str]]:
    """Clusters by joining sets until nothing changes."""
    sets = [set(inputs) for inputs in transactions]
    while any(a & b for i, a in enumerate(sets) for b in sets[:i]):
        i, j = next((i, j) for i, a in enumerate(sets) for j, b in enumerate(sets[:i]) if a & b)
        sets[j] |= sets.pop(i)
    return {frozenset(one) for one in sets if len(one) > 1}


def clusters(found: Clustering) -> set[frozenset[str]]:
    return {frozenset(found.members(name)) for name in found.clusters["cluster"]}


@settings(deadline=None)
@given(INPUTS, st.randoms(use_true_random=False))
def test_clusters_are_what_joining_by_hand_gives_and_order_and_repeats_change_nothing(transactions, random) -> None:
    found = made(transactions)
    assert clusters(found) == partition(transactions)
    spends = [spend(i, *inputs) for i, inputs in enumerate(transactions)]
    again = [*spends, *random.choices(spends, k=3)] if spends else []
    random.shuffle(again)
    other = run(Evidence.of(again))
    assert other.to_json() == found.to_json()


@settings(deadline=None)
@given(INPUTS)
def test_a_chain_is_of_real_links_and_as_short_as_can_be(transactions) -> None:
    found = made(transactions)
    names = sorted({name for inputs in transactions for name in inputs})
    distance = {(a, b): 1 for inputs in transactions for a in inputs for b in inputs if a != b}
    for middle in names:  # Floyd and Warshall
        for a in names:
            for b in names:
                if a != b and (a, middle) in distance and (middle, b) in distance:
                    way = distance[a, middle] + distance[middle, b]
                    distance[a, b] = min(distance.get((a, b), way), way)
    for a in names:
        for b in names:
            chain = found.explain(a, b).chain
            assert len(chain) == (0 if a == b else distance.get((a, b), 0))
            if chain:
                assert [chain[0].a, *(link.b for link in chain)][-1] == b
                assert all(one.b == other.a for one, other in zip(chain, chain[1:], strict=False))
            for link in chain:
                inputs = transactions[int(link.key[-64:], 16)]
                assert {link.a, link.b} <= set(inputs)
                assert link.transaction_a == link.transaction_b == link.key
                assert link.time_ms_a == int(link.key[-64:], 16)


@settings(deadline=None)
@given(INPUTS)
def test_what_if_is_what_clustering_without_it_gives(transactions) -> None:
    found = made(transactions)
    for number, inputs in enumerate(transactions):
        if len(set(inputs)) < 2:
            continue
        without = f"{CAIP2}/tx:{number:064x}"
        leaves = found.what_if(without)
        truth = partition([other for i, other in enumerate(transactions) if i != number])
        before = next(one for one in partition(transactions) if set(inputs) <= one)
        parts = [one for one in truth if one <= before]
        parts += [frozenset(name) for name in before - frozenset().union(*parts)]
        stays = min(parts, key=lambda one: (-len(one), min(one)))
        assert set(leaves["wallet"]) == before - stays
        assert {(row.wallet, row.part, row.wallets_in_part) for row in leaves.itertuples()} == {
            (name, min(one), len(one)) for one in parts if one != stays for name in one
        }
        bridge = found.bridges().set_index("link")
        assert (without in bridge.index) == (len(parts) > 1)
        if len(parts) > 1:
            sizes = sorted((len(one) for one in parts), reverse=True)
            assert tuple(bridge.loc[without, ["parts", "largest_part_wallets", "next_part_wallets"]]) == (
                len(parts), *sizes[:2]
            )  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 5)), max_size=25))
def test_parts_are_those_that_removing_a_node_leaves(edges) -> None:
    edges = sorted(set(edges))
    wallet, group = (np.array([edge[i] for edge in edges], np.int32) for i in (0, 1))
    parts, largest, second = split_parts(wallet, group, 8, 6)
    nodes = {("w", i) for i in range(8)} | {("g", i) for i in range(6)}
    beside = {node: set() for node in nodes}
    for w, g in edges:
        beside["w", w].add(("g", g))
        beside["g", g].add(("w", w))
    for kind, i in sorted(nodes):
        sizes, seen = [], {(kind, i)}
        for start in sorted(beside[kind, i]):
            if start in seen:
                continue
            waiting, together = [start], {start}
            while waiting:
                for other in beside[waiting.pop()] - together - {(kind, i)}:
                    together.add(other)
                    waiting.append(other)
            seen |= together
            sizes.append(sum(1 for node in together if node[0] == "w"))
        sizes.sort(reverse=True)
        at = i if kind == "w" else 8 + i
        assert parts[at] == len(sizes)
        assert (largest[at], second[at]) == (*sizes, 0, 0)[:2]


def test_a_wallet_that_holds_a_cluster_together_is_named() -> None:
    found = made([["a", "b"], ["b", "c"], ["c", "d"], ["b", "c"]])
    assert found.articulation_points()[["wallet", "parts"]].values.tolist() == [["b", 2], ["c", 2]]
    assert found.bridges()["link"].str[-1].tolist() == ["0", "2"]


def test_coinjoins_join_nobody_and_their_rule_is_told() -> None:
    evidence = Evidence.of(case.spend for case in CASES)
    found = run(evidence)
    told = {row.what: row.reason for row in found.left_out.itertuples()}
    fires = {case.spend.id: f"CoinJoin: {case.rule}" for case in CASES if case.rule not in ("none", "error")}
    assert fires.items() <= told.items()
    owners = {wallet: owner for case in CASES for wallet, owner in case.owners.items()}
    mixed = {frozenset(owners[name] for name in one) for one in clusters(found)}
    # the only two of different owners that stay joined are the buyer and the shop of the PayJoin
    assert {one for one in mixed if len(one) > 1} == {frozenset(("bob", "shop"))}
    with_them = run(evidence, leave_out_coinjoins=False)
    assert max(len({owners[name] for name in one}) for one in clusters(with_them)) == 25  # the whole Wasabi 2 round
    assert len(with_them.left_out) == 0


def test_a_transaction_whose_inputs_are_not_all_known_joins_nobody() -> None:
    """Three known inputs of a CoinJoin of sixty look like no CoinJoin: more comes out than is known to go in."""
    wasabi = next(case.spend for case in CASES if case.name == "wasabi2")
    part = replace(wasabi, inputs=wasabi.inputs[:3])
    found = run(Evidence.of([part]))
    assert clusters(found) == set()
    assert found.left_out["reason"].tolist() == ["not all of its inputs are known: it may be a CoinJoin"]
    assert len(run(Evidence.of([part]), leave_out_coinjoins=False).clusters) == 1
    unknown = spend(1, "a", "b")
    unknown = replace(unknown, inputs=(unknown.inputs[0], Coin("b", -1)))
    assert clusters(run(Evidence.of([unknown]))) == set()


@pytest.mark.parametrize("unit", [1, 2**61])
def test_amounts_that_64_bits_cannot_hold_together_are_added_up_exactly(unit: int) -> None:
    """Coins of 3 in and of 3 out, so many of each: with 2^61 to the unit the differences go past 2^63."""

    def paying(number: int, paid: int, got: int) -> Spend:
        sides = [tuple(Coin(f"{number}-{side}-{i}", 3 * unit) for i in range(n)) for side, n in ((0, paid), (1, got))]
        return replace(spend(number, "a"), inputs=sides[0], outputs=sides[1])

    utxo = Utxo.of([paying(1, 3, 3), paying(2, 3, 4), paying(3, 1, 3), paying(4, 3, 1), paying(5, 4, 3)])
    assert not_all_known(utxo).tolist() == [False, True, True, False, False]


def test_change_is_the_new_one_of_two_outputs_and_only_without_doubt() -> None:
    history = [
        spend(1, "x1", out=("shop",)), spend(2, "x2", out=("cafe",)),
        spend(10, "a", out=("shop", "new")),                      # change: new
        spend(11, "b", out=("fresh1", "fresh2")),                 # two new ones: none
        spend(12, "c", out=("shop", "cafe")),                     # two old ones: none
        spend(13, "d", out=("shop", "d")),                        # change to itself is no one-time change
        spend(14, "e", out=("shop", "twice")), spend(20, "x3", out=("twice",)),  # receives again: none
        spend(15, "f", out=("shop", "n1", "n2")),                 # three outputs: none
        spend(16, "g", out=("shop", "same")), spend(17, "x4", out=("same", "cafe"), time=16),  # at the same time: none
        spend(18, out=("shop", "mined")),                         # coinbase: none
        spend(19, "h", out=("shop", "late"), time=-1),            # no time: none
    ]  # fmt: skip
    found = run(Evidence.of(history), "one_time_change")
    assert clusters(found) == {frozenset(("a", "new"))}
    again = run(Evidence.of(history), "one_time_change", change_seen_again=True)
    assert clusters(again) == {frozenset(("a", "new")), frozenset(("e", "twice"))}
    assert not heuristics()["one_time_change"].on


def owner(wallet: str, name: str, *, concept: str = "exchange", source: str = "list", role: str | None = None):
    return OwnerClaim(wallet, name.lower(), name, "Service", concept, 90, role, source)


def test_a_cluster_of_two_services_gets_no_owner_but_rivals_about_one_wallet_are_no_collapse() -> None:
    chain = [spend(1, "a", "b"), spend(2, "b", "c"), spend(3, "d", "e")]
    owners = [owner("a", "Kraken"), owner("c", "Mixer"), owner("d", "Kraken"), owner("d", "Bitzlato", source="other")]
    found = run(Evidence.of(chain, owners=owners))
    first = found.clusters.set_index("smallest_wallet")
    assert first.loc["a", "defect"] == "services"
    assert first.loc["a", "claimed_owners"] == []
    assert found.warnings[["kind", "wallets"]].values.tolist() == [["services", 3]]
    assert first.loc["d", "defect"] is None or np.isnan(first.loc["d", "defect"])
    assert first.loc["d", "claimed_owners"] == ["Bitzlato (says other, 1 wallets)", "Kraken (says list, 1 wallets)"]


def test_one_link_between_two_large_parts_and_too_large_a_cluster_are_reported() -> None:
    left = [spend(i, "a00", f"a{i:02d}") for i in range(1, 30)]
    right = [spend(100 + i, "b00", f"b{i:02d}") for i in range(1, 30)]
    found = run(Evidence.of([*left, *right, spend(999, "a00", "b00")]), guard_least=50)
    assert found.warnings[["kind", "wallets"]].values.tolist() == [["one link", 60], ["share", 60]]
    assert f"{999:x}" in found.warnings["detail"][0]
    assert set(found.what_if(f"{CAIP2}/tx:{999:064x}")["part"]) == {"b00"}
    apart = run(Evidence.of([*left, *right]), guard_least=50)
    assert len(apart.warnings) == 0


def test_a_cluster_is_measured_against_the_wallets_of_its_own_networks() -> None:
    """Three of four Bitcoin wallets, beside a hundred Ethereum ones: three quarters of a network, not three in 104."""
    names = {letter: f"bip122:0:{letter}" for letter in "abcd"}
    accounts = [f"eip155:1:{i:040x}" for i in range(100)]
    chain = [spend(1, names["a"], names["b"], out=(names["d"],)), spend(2, names["b"], names["c"], out=(names["d"],))]
    found = run(Evidence.of(chain, wallets=accounts), guard_least=3)
    assert found.warnings["detail"].tolist() == [
        "it holds more of its networks' wallets than one owner would: 3 of 4 wallets of its networks (75%)"
    ]
    assert len(run(Evidence.of(chain, wallets=accounts), guard_least=3, guard_share=0.8).warnings) == 0


def test_a_service_joined_with_somebody_elses_wallet_gets_no_owner() -> None:
    chain = [spend(1, "a", "b"), spend(2, "c", "d"), spend(3, "e", "f")]
    heron = OwnerClaim("b", "atlas:G1", "Quiet Heron", "ActorGroup", None, 60, None, "blog")
    same = OwnerClaim("d", "harbor-ltd", "Harbor", "Organisation", None, 60, None, "registry")
    rival = OwnerClaim("e", "atlas:G1", "Quiet Heron", "ActorGroup", None, 60, None, "blog")
    owners = [owner("a", "Harbor"), heron, owner("c", "Harbor"), same, owner("e", "Harbor"), rival]
    found = run(Evidence.of(chain, owners=owners))
    assert found.warnings[["kind", "wallets"]].values.tolist() == [["service and others", 2]]
    assert found.warnings["detail"][0].endswith("harbor with quiet-heron")
    first = found.clusters.set_index("smallest_wallet")
    assert first.loc["a", "claimed_owners"] == []
    assert len(first.loc["c", "claimed_owners"]) == 2, "an organisation of the same name is no stranger"
    assert len(first.loc["e", "claimed_owners"]) == 2, "rivals about one wallet are no collapse"


def test_one_transaction_can_be_two_links_and_each_has_its_own_weight() -> None:
    """Transaction 9 joins a and b as inputs, and a with its change n; n later spends with x, y and z.

    Without the first link b leaves; without the second n, x, y and z are the larger part, and a and b leave.
    """
    history = [
        spend(1, "x", "y", out=("known",)), spend(2, "y", "z", out=("known",)),
        spend(9, "a", "b", out=("known", "n"), time=9), spend(10, "n", "x", out=("known",), time=10),
    ]  # fmt: skip
    found = run(Evidence.of(history), "co_spend", "one_time_change")
    assert clusters(found) == {frozenset(("a", "b", "n", "x", "y", "z"))}
    first, second = found.explain("b", "a"), found.explain("a", "n")
    assert [link.heuristic for link in (*first.chain, *second.chain)] == ["co_spend", "one_time_change"]
    assert (first.leaving, second.leaving) == ((1,), (2,))


def test_a_rate_names_the_parameters_it_was_not_measured_with() -> None:
    usual = measured("deposit_reuse", {"deposit_hours": 24.0})
    other = measured("deposit_reuse", {"deposit_hours": 500.0})
    assert "but not with" not in usual[0]
    assert "(but not with deposit_hours 500.0)" in other[0]
    assert "not been measured" in measured("same_key", {})[0]
    assert "but not with" not in measured("co_spend", {"leave_out_coinjoins": False})[0]


def test_comparing_says_what_became_of_each_cluster() -> None:
    before = {"a": "1", "b": "1", "c": "1", "d": "2", "e": "2", "f": "3", "g": "3", "x": "4", "y": "4"}
    after = {"a": "1", "b": "1", "d": "2", "e": "2", "f": "3", "g": "3", "h": "3", "x": "5", "y": "5", "c": "5"}
    rows = compare(before, {**after, "h": "3"})
    told = {(row.change, tuple(row.members)) for row in rows.itertuples()}
    assert told == {
        ("regrouped", ("a", "b", "c", "x", "y")), ("same", ("d", "e")), ("merged", ("f", "g", "h")),
    }  # fmt: skip
    assert compare(before, {k: v for k, v in before.items() if k != "c"})["change"].tolist()[0] == "split"
    assert set(compare(before, before)["change"]) == {"same"}


def test_results_read_well_and_escape_what_they_show() -> None:
    bad = "<script>x</script>"
    found = run(Evidence.of([spend(1, "a", bad)], owners=[owner("a", "<b>Evil")]))
    assert "<script>" not in found._repr_html_()
    assert "<b>Evil" not in found._repr_html_()
    explained = found.explain("a", bad)
    assert "<script>" not in explained._repr_html_()
    assert found.plot().get_xlabel() == "wallets in a cluster"
    assert explained.plot().get_title()
    assert any("co_spend" in line for line in found.words())
    assert explained.words()[0].endswith("one link.")
    empty = run(Evidence.of())
    assert empty.plot() is not None
    assert empty.words()
    assert empty.to_json()["clusters"] == []
    assert found.explain("a", "sink").words() == ["No link of this run joins a and sink."]


def test_what_is_not_there_is_told() -> None:
    found = made([["a", "b"]])
    with pytest.raises(UnknownNameError, match="no link"):
        found.what_if("nothing")
    with pytest.raises(UnknownNameError, match="no link"):
        found.what_if("")
    with pytest.raises(UsageError, match="no whole number"):
        run(Evidence.of(), guard_least=20.5)
    with pytest.raises(UnknownNameError, match="no wallet"):
        found.explain("a", "z")
    with pytest.raises(UnknownNameError, match="heuristic"):
        run(Evidence.of(), "cospend2")
    with pytest.raises(UnknownNameError, match="deposit_hours"):
        run(Evidence.of(), deposit_hours=1)
    with pytest.raises(UsageError, match="leave_out"):
        run(Evidence.of(), leave_out_coinjoins="no")
    with pytest.raises(UsageError, match="guard_share"):
        run(Evidence.of(), guard_share=2)


def test_addresses_of_the_cases_are_addresses() -> None:
    from workbench.model.addresses import parse_address

    assert parse_address(wallet_of("ann", "1").rpartition(":")[2]).network == "btc"
