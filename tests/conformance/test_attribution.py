"""Attribution on a real graph: statements, copies, views and wallets."""

from __future__ import annotations

import pytest

from tests.attribution_case import (
    ALPHAPO,
    ATOMIC,
    FBI,
    FBI_NAMES,
    LIFI,
    LIST,
    NODES,
    STATEMENT,
    T0,
    VENDOR,
    WALLETS,
    check,
    fbi_statement,
    load,
    probability,
    same,
    says,
    sent,
    wallets_in,
)
from workbench.analysis.attribution.rank import UNKNOWN, attribute
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import (
    Claim,
    Controls,
    DerivedFrom,
    PartOf,
)
from workbench.model.nodes import ActorGroup, Node, Ref, Service, Source


def test_the_fbi_statement_makes_one_merged_candidate_likely(case: Store) -> None:
    found = attribute(case, "atomic-wallet-2023")
    check(found)
    assert set(found.first["members"]) == {g.id for g in FBI_NAMES}
    assert found.first["words"] in ("likely", "very likely")
    assert found.first["sources"] == 1
    assert found.first["confidence"] == "moderate"
    assert "one independent source only" in found.sentence()
    row = found.evidence[found.evidence["kind"] == "statement"].iloc[0]
    assert row["sources"] == ("fbi",)
    assert row["urls"] == (STATEMENT,)
    assert len(row["claims"]) == 3


def test_nobody_attributes_li_fi_so_unknown_comes_first(case: Store) -> None:
    found = attribute(case, "LI.FI")
    check(found)
    assert found.first["actor"] == UNKNOWN
    assert found.first["probability"] == pytest.approx(0.5)
    assert found.evidence.empty
    assert "nobody in this graph names a group" in found.sentence()


def test_withdrawing_the_only_statement_puts_unknown_first(case: Store) -> None:
    table = attribute(case, "atomic-wallet-2023").sensitivity
    for kind in ("item", "source"):
        row = table[table["withdrawn"] == kind].iloc[0]
        assert row["changes_first"]
        assert row["first_after"] == UNKNOWN


def test_five_copies_of_one_report_move_nothing(case: Store) -> None:
    load(case, [says(LIST, ATOMIC, "fbi:lazarus-group", "https://example.org/list")])
    before = attribute(case, "atomic-wallet-2023")
    copies: list[Node | Claim] = []
    for n in range(5):
        copy = Source(id=f"copy-{n}", title=f"Copy {n}", publisher="x", kind="media")
        # A copy of a copy of a copy; the last one only cites the statement's address, in another spelling.
        original = [FBI, LIST, Source(id="copy-1", title="Copy 1", publisher="x", kind="media"), LIST, None][n]
        copies += [copy, says(copy, ATOMIC, "fbi:apt38", STATEMENT.replace("www.", "") + "/#top" if n == 4 else None)]
        if original is not None:
            copies.append(DerivedFrom(subject=copy.ref, object=original.ref, source_id="fbi"))
    load(case, [c for c in copies if isinstance(c, Node)])
    load(case, [c for c in copies if isinstance(c, Claim)])
    after = attribute(case, "atomic-wallet-2023")
    check(after)
    assert list(after.candidates["probability"]) == pytest.approx(list(before.candidates["probability"]), abs=1e-12)
    assert list(after.candidates["low"]) == pytest.approx(list(before.candidates["low"]), abs=1e-12)
    assert after.first["sources"] == 2
    shown = after.evidence[after.evidence["collapsed_into"].notna()]
    assert set().union(*shown["sources"]) == {f"copy-{n}" for n in range(5)}
    assert (shown["bits"] == 0).all()


def test_an_independent_source_adds_and_a_researcher_adds_less_than_an_authority(case: Store) -> None:
    one = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    load(case, [says(LIST, ATOMIC, "fbi:lazarus-group"), says(LIST, LIFI, "fbi:lazarus-group")])
    found = attribute(case, "atomic-wallet-2023")
    assert probability(found, "fbi:apt38") > one
    assert not any("one independent source" in w for w in found.warnings)
    alone = attribute(case, "li-fi-2024")
    assert probability(alone, "fbi:apt38") < 0.55 < one


def test_rival_statements_stand_side_by_side(case: Store) -> None:
    load(case, [says(VENDOR, ATOMIC, "mitre:G0034")])
    found = attribute(case, "atomic-wallet-2023")
    check(found)
    assert probability(found, "fbi:apt38") > probability(found, "mitre:G0034") > probability(found, "mitre:G0016")


def test_a_view_keeps_what_its_catalogue_keeps_apart(case: Store) -> None:
    load(case, [same(LIST, "fbi:lazarus-group", "mitre:G0032", 80), same(LIST, "fbi:apt38", "mitre:G0082", 80)])
    merged = attribute(case, "atomic-wallet-2023")
    assert {"mitre:G0032", "mitre:G0082", "fbi:apt38"} <= set(merged.first["members"])
    assert set(merged.first["catalogues"]) == {"fbi", "mitre"}
    assert len(merged.merges) == 4
    mitre = attribute(case, "atomic-wallet-2023", view="mitre")
    check(mitre)
    lazarus, apt38 = probability(mitre, "mitre:G0032"), probability(mitre, "mitre:G0082")
    assert lazarus == pytest.approx(apt38)
    # TraderTraitor is given to both of MITRE's groups with equal weight, so it joins neither.
    assert lazarus == pytest.approx(probability(mitre, "fbi:tradertraitor"))
    assert mitre.together is not None
    assert set(mitre.together["actors"]) == {"mitre:G0032", "mitre:G0082", "fbi:tradertraitor"}
    assert mitre.together["probability"] == pytest.approx(probability(merged, "fbi:apt38"), abs=0.05)
    assert "named together" in mitre.sentence()
    assert "one independent source only" in mitre.sentence()
    assert merged.together is None
    strict = attribute(case, "atomic-wallet-2023", merge_confidence=90)
    assert len(strict.merges) == 0
    apart = attribute(case, "atomic-wallet-2023", view="separate")
    assert sum(probability(apart, g.id) for g in FBI_NAMES) == pytest.approx(probability(merged, "fbi:apt38"), abs=0.05)


def test_more_groups_that_nobody_names_hardly_matter(case: Store) -> None:
    before = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    load(case, [ActorGroup(id=f"other:{n}", name=f"Group {n}", catalogue="other") for n in range(150)])
    after = attribute(case, "atomic-wallet-2023")
    check(after)
    assert probability(after, "fbi:apt38") == pytest.approx(before, abs=0.03)


def test_renaming_groups_changes_no_number(store: Store) -> None:
    load(store, [*NODES, *fbi_statement(), says(VENDOR, ATOMIC, "mitre:G0034"), says(LIST, ATOMIC, "mitre:G0016")])
    first = attribute(store, "atomic-wallet-2023").candidates
    swap = {"mitre:G0034": "mitre:G0007", "mitre:G0016": "mitre:G0034"}
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta DETACH DELETE n")
    claims = [says(VENDOR, ATOMIC, swap["mitre:G0034"]), says(LIST, ATOMIC, swap["mitre:G0016"]), *fbi_statement()]
    load(store, [*reversed(NODES), *reversed(claims)])
    second = attribute(store, "atomic-wallet-2023").candidates
    for column in ("probability", "low", "high"):
        assert sorted(first[column]) == pytest.approx(sorted(second[column]))


def test_who_names_an_umbrella_names_any_of_its_parts(case: Store) -> None:
    dprk = ActorGroup(id="list:dprk", name="DPRK actors", catalogue="list")
    load(case, [dprk, says(LIST, ATOMIC, dprk.id)])
    rivals = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    part = PartOf(subject=Ref("ActorGroup", "fbi:lazarus-group"), object=dprk.ref, source_id=LIST.id)
    load(case, [part])
    found = attribute(case, "atomic-wallet-2023")
    check(found)
    assert probability(found, "fbi:apt38") > rivals
    assert found.first["sources"] == 2


def test_a_claimed_wallet_counts_and_a_victims_or_a_services_does_not(case: Store) -> None:
    exchange = Service(id="exchange", name="An exchange")
    load(
        case,
        [
            exchange,
            *wallets_in(LIFI, [0, 3], "thief"), *wallets_in(LIFI, [1], "victim"), *wallets_in(LIFI, [2], "terminal"),
            Controls(subject=exchange.ref, object=WALLETS[3].ref, source_id="a-vendor"),
            *(says(FBI, WALLETS[n], "fbi:lazarus-group") for n in (1, 2, 3)),
        ],
    )  # fmt: skip
    assert attribute(case, "li-fi-2024").first["actor"] == UNKNOWN
    assert attribute(case, "li-fi-2024").evidence.empty
    load(case, [says(FBI, WALLETS[0], "fbi:lazarus-group")])
    found = attribute(case, "li-fi-2024")
    check(found)
    assert set(found.evidence["kind"]) == {"named", "wallet"}
    statement = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    assert 0.3 < probability(found, "fbi:apt38") < statement


def test_wallets_of_one_source_are_one_piece_of_news_with_its_statement(case: Store) -> None:
    before = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    load(case, wallets_in(ATOMIC, range(6), "published", FBI))
    load(case, [says(FBI, WALLETS[n], "fbi:apt38", "https://www.fbi.gov/wallets") for n in range(6)])
    found = attribute(case, "atomic-wallet-2023")
    assert probability(found, "fbi:apt38") == pytest.approx(before)
    assert found.evidence["collapsed_into"].notna().sum() == 6


def test_a_wallet_of_another_incident_and_one_along_the_trace(case: Store) -> None:
    load(case, [*wallets_in(LIFI, [0], "thief"), *wallets_in(ALPHAPO, [2], "laundering"), *fbi_statement(ALPHAPO)])
    Loader(case, "ledger", T0).transfers([sent(0, 1, 10), sent(1, 2, 20), sent(3, 0, 5), sent(1, 4, 3)], "a-vendor")
    # wallet 3 only paid in, and wallet 1 paid wallet 4 before any of the money came: neither is reached
    load(case, [says(VENDOR, WALLETS[3], "mitre:G0016"), says(VENDOR, WALLETS[4], "mitre:G0034")])
    found = attribute(case, "li-fi-2024")
    check(found)
    assert set(found.evidence["kind"]) == {"named", "wallet on the trace"}
    assert set(found.evidence["actor"]) == {"fbi:apt38"}
    assert probability(found, "mitre:G0016") < probability(found, "fbi:apt38") < 0.5  # a long chain is a weak one
    item = found.evidence[found.evidence["kind"] == "wallet on the trace"].iloc[0]
    assert set(item["sources"]) == {"fbi", "a-vendor"}
    assert attribute(case, "li-fi-2024", trace=[]).evidence.empty
    given = attribute(case, "li-fi-2024", trace=[WALLETS[4].id])
    assert set(given.evidence["actor"]) == {"mitre:G0034"}
