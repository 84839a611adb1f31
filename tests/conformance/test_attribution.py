"""`attribute` on small graphs: who is named, on what, and what copies, withdrawals and names do to it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from workbench.analysis.attribution import UNKNOWN, Attribution, attribute
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.loader import Loader, retract
from workbench.graph.store import Store
from workbench.model.claims import (
    AttributedTo,
    Claim,
    Controls,
    DerivedFrom,
    Involves,
    Named,
    PartOf,
    SameAs,
    Uses,
)
from workbench.model.ledger import Transfer, native_asset, transfer_id
from workbench.model.nodes import ActorGroup, Incident, Malware, Node, Ref, Service, Source, Technique, Wallet

T0 = datetime(2024, 1, 1, tzinfo=UTC)
FBI = Source(id="fbi", title="FBI statements", publisher="FBI", kind="authority")
LIST = Source(id="one-researcher", title="A researcher's list", publisher="somebody", kind="researcher")
VENDOR = Source(id="a-vendor", title="A vendor's report", publisher="vendor", kind="vendor")
MITRE = Source(id="mitre-attack", title="MITRE ATT&CK", publisher="MITRE", kind="catalogue")
STATEMENT = "https://www.fbi.gov/news/press-releases/fbi-identifies-cryptocurrency-funds-stolen-by-dprk"
ATOMIC = Incident(id="atomic-wallet-2023", name="Atomic Wallet")
ALPHAPO = Incident(id="alphapo-2023", name="Alphapo")
LIFI = Incident(id="li-fi-2024", name="LI.FI")
FBI_NAMES = [
    ActorGroup(id=f"fbi:{key}", name=name, catalogue="fbi")
    for key, name in (("tradertraitor", "TraderTraitor"), ("lazarus-group", "Lazarus Group"), ("apt38", "APT38"))
]
MITRE_GROUPS = [
    ActorGroup(id=f"mitre:G{number:04}", name=name, catalogue="mitre")
    for number, name in ((32, "Lazarus Group"), (82, "APT38"), (34, "Sandworm Team"), (16, "APT29"), (7, "APT28"))
]
WALLETS = [Wallet.of("0x" + f"{n:040x}", "eth") for n in range(1, 9)]
NODES: list[Node] = [FBI, LIST, VENDOR, MITRE, ATOMIC, ALPHAPO, LIFI, *FBI_NAMES, *MITRE_GROUPS, *WALLETS]


def load(store: Store, things: Iterable[Node | Claim], at: datetime = T0) -> None:
    made = list(things)
    loader = Loader(store, "test-run", at)
    loader.nodes([t for t in made if isinstance(t, Node)])
    loader.claims([t for t in made if isinstance(t, Claim)])


def says(source: Source, subject: Node, group: str, url: str | None = None, **more: object) -> AttributedTo:
    return AttributedTo.model_validate(
        {"subject": subject.ref, "object": Ref("ActorGroup", group), "source_id": source.id, "evidence": url, **more}
    )


def same(source: Source, one: str, other: str, confidence: int | None = None) -> SameAs:
    return SameAs(
        subject=Ref("ActorGroup", one), object=Ref("ActorGroup", other), source_id=source.id, confidence=confidence
    )


def fbi_statement(incident: Incident = ATOMIC) -> list[Claim]:
    """The statement of 22 August 2023 names TraderTraitor, "also known as" Lazarus Group and APT38."""
    return [says(FBI, incident, g.id, STATEMENT) for g in FBI_NAMES] + [
        same(FBI, "fbi:tradertraitor", "fbi:lazarus-group"),
        same(FBI, "fbi:tradertraitor", "fbi:apt38"),
    ]


def probability(found: Attribution, actor: str) -> float:
    """Of the candidate that has this group as a member."""
    for row in found.candidates.to_dict("records"):
        if actor == row["actor"] or actor in row["members"]:
            return float(row["probability"])
    raise AssertionError(actor)


def check(found: Attribution) -> None:
    """What holds of every result."""
    frame = found.candidates
    assert frame["probability"].sum() == pytest.approx(1)
    assert (frame["low"] <= frame["probability"]).all()
    assert (frame["probability"] <= frame["high"]).all()
    assert list(frame["actor"]).count(UNKNOWN) == 1
    for actor, bits in found.evidence.groupby("actor")["bits"].sum().items():
        assert bits == pytest.approx(frame.set_index("actor").loc[actor, "bits"])
    json.dumps(found.to_json(), allow_nan=False)


@pytest.fixture
def case(store: Store) -> Store:
    load(store, [*NODES, *fbi_statement()])
    return store


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


def wallets_in(incident: Incident, places: Iterable[int], role: str, source: Source = VENDOR) -> list[Claim]:
    return [
        Involves.model_validate(
            {"subject": incident.ref, "object": WALLETS[n].ref, "role": role, "source_id": source.id}
        )
        for n in places
    ]


def sent(start: int, end: int, minute: int) -> Transfer:
    time = int((T0 + timedelta(minutes=minute)).timestamp() * 1000)
    ends = WALLETS[start].id, WALLETS[end].id
    return Transfer(
        *ends, transfer_id("eip155:1", f"{minute:064x}", "tx"), native_asset("eip155:1"), "1", 1.0, None, time, 1, 1
    )


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


def uses(subject: Node, thing: Node, *citations: str) -> Uses:
    return Uses(subject=subject.ref, object=thing.ref, source_id="mitre-attack", citations=citations)


TECHNIQUES = [Technique(id=f"mitre:T{n}", name=f"Technique {n}", catalogue="mitre") for n in range(1000, 1006)]
APPLEJEUS = Malware(id="mitre:S0584", name="AppleJeus", catalogue="mitre")


@pytest.fixture
def technical(case: Store) -> Store:
    lazarus, apt38, sandworm, apt29, apt28 = MITRE_GROUPS
    common, rare, other = TECHNIQUES[:3]
    groups = [lazarus, apt38, sandworm, apt29, apt28]
    load(
        case,
        [
            *TECHNIQUES, APPLEJEUS, *(uses(g, common, f"about {g.name}") for g in groups),
            uses(lazarus, rare, "an older report"), uses(sandworm, other, "another report"),
            uses(lazarus, APPLEJEUS, "an older report"), uses(LIFI, common), uses(LIFI, rare), uses(LIFI, APPLEJEUS),
        ],
    )  # fmt: skip
    return case


def test_a_shared_rare_technique_weighs_more_than_a_common_one(technical: Store) -> None:
    found = attribute(technical, "li-fi-2024")
    check(found)
    groups = found.candidates[found.candidates["actor"] != UNKNOWN]
    assert groups.iloc[0]["actor"] == "mitre:G0032"
    bits = found.evidence[found.evidence["actor"] == "mitre:G0032"].set_index("item")["bits"]
    assert bits["software:mitre:S0584"] > 0
    assert bits["technique:mitre:T1001"] > bits["technique:mitre:T1000"]
    assert abs(bits["technique:mitre:T1000"]) < 0.3
    row = found.evidence[found.evidence["item"] == "technique:mitre:T1001"].iloc[0]
    assert len(row["claims"]) == 2
    assert "technique" in " ".join(found.assumptions["what"])
    last = found.waterfall("mitre:G0032")["cumulative"].iloc[-1]
    odds = probability(found, "mitre:G0032") / probability(found, UNKNOWN)
    assert 2**last == pytest.approx(odds)


def test_a_doubtful_technique_weighs_less_and_level_groups_are_not_named(technical: Store) -> None:
    def lifts(confidence: int | None) -> float:
        incident = Incident(id=f"incident-{confidence}", name=f"Incident {confidence}")
        claim = Uses(subject=incident.ref, object=TECHNIQUES[1].ref, source_id="a-vendor", confidence=confidence)
        load(technical, [incident, claim])
        return probability(attribute(technical, incident.id), "mitre:G0032")

    assert lifts(None) == pytest.approx(lifts(100))
    assert lifts(100) > lifts(40) > lifts(10) > lifts(0) - 1e-12
    told = attribute(technical, "alphapo-2023").sentence()
    assert "No group stands out: 6 of 6 are level" in told
    assert not any(group.name in told for group in MITRE_GROUPS)


def test_what_is_known_of_a_group_only_from_this_incident_is_no_evidence(technical: Store) -> None:
    before = probability(attribute(technical, "li-fi-2024"), "mitre:G0016")
    own = uses(LIFI, TECHNIQUES[4], "The LI.FI report")
    load(technical, [own])
    middle = probability(attribute(technical, "li-fi-2024"), "mitre:G0016")
    load(technical, [uses(MITRE_GROUPS[3], TECHNIQUES[4], "the LI.FI  Report")])
    assert probability(attribute(technical, "li-fi-2024"), "mitre:G0016") == pytest.approx(middle)
    load(technical, [uses(MITRE_GROUPS[3], TECHNIQUES[4], "The LI.FI report", "an older report")])
    assert probability(attribute(technical, "li-fi-2024"), "mitre:G0016") > max(before, middle)


def test_withdrawing_the_catalogue_withdraws_the_techniques(technical: Store) -> None:
    table = attribute(technical, "li-fi-2024").sensitivity
    row = table[(table["withdrawn"] == "source") & (table["what"] == "mitre-attack")].iloc[0]
    assert row["probability_after"] == pytest.approx(0.5)


def test_the_matrix_of_hypotheses_marks_a_statement_for_and_against(case: Store) -> None:
    matrix = attribute(case, "atomic-wallet-2023").matrix
    named = attribute(case, "atomic-wallet-2023").first["actor"]
    row = matrix.iloc[0]
    assert row[named] == "CC"
    assert row[UNKNOWN] in ("I", "II")
    assert row["diagnosticity"] > 2


def test_priors_are_shown_adjustable_and_checked(case: Store) -> None:
    load(case, [*fbi_statement(ALPHAPO)])
    flat = attribute(case, "li-fi-2024").candidates
    often = attribute(case, "li-fi-2024", prior="frequency", unknown_share=0.2)
    assert probability(often, "fbi:apt38") > probability(often, "mitre:G0016")
    assert probability(often, UNKNOWN) == pytest.approx(0.2)
    assert flat[flat["actor"] != UNKNOWN]["prior"].nunique() == 1
    given = attribute(case, "li-fi-2024", prior={"fbi:apt38": 0.3, UNKNOWN: 0.6})
    assert probability(given, "fbi:tradertraitor") == pytest.approx(0.3)
    with pytest.raises(UnknownNameError, match="fbi:apt38"):
        attribute(case, "li-fi-2024", prior={"fbi:apt39": 0.3})
    with pytest.raises(ParameterError):
        attribute(case, "li-fi-2024", prior={"fbi:apt38": 0.9, UNKNOWN: 0.6})
    with pytest.raises(ParameterError):
        attribute(case, "li-fi-2024", unknown_share=1)
    with pytest.raises(UnknownNameError, match="uniform"):
        attribute(case, "li-fi-2024", prior="unifrom")
    with pytest.raises(UnknownNameError, match="mitre"):
        attribute(case, "li-fi-2024", view="miter")


def test_assumed_error_rates_are_adjustable(case: Store) -> None:
    usual = probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    doubting = attribute(case, "atomic-wallet-2023", errors={"authority": 0.5})
    assert probability(doubting, "fbi:apt38") < usual
    with pytest.raises(UnknownNameError, match="authority"):
        attribute(case, "atomic-wallet-2023", errors={"autority": 0.5})
    with pytest.raises(ParameterError):
        attribute(case, "atomic-wallet-2023", errors={"authority": 0})


def test_retracted_claims_count_no_more_and_as_of_brings_them_back(case: Store) -> None:
    ids = [c.claim_id for c in fbi_statement() if c.type == "ATTRIBUTED_TO"]
    retract(case, "ATTRIBUTED_TO", ids, T0 + timedelta(days=10))
    assert attribute(case, "atomic-wallet-2023").first["actor"] == UNKNOWN
    then = attribute(case, "atomic-wallet-2023", as_of=T0 + timedelta(days=5))
    assert then.first["actor"] == "fbi:apt38"
    assert attribute(case, "atomic-wallet-2023", as_of=T0 - timedelta(days=1)).first["actor"] == UNKNOWN


def test_the_same_question_twice_gives_the_same_answer(technical: Store) -> None:
    assert attribute(technical, "li-fi-2024").to_json() == attribute(technical, "li-fi-2024").to_json()


def test_an_unknown_incident_is_refused_with_the_nearest_names(case: Store) -> None:
    with pytest.raises(UnknownNameError, match="atomic-wallet-2023"):
        attribute(case, "atomic-walet-2023")


def test_an_empty_graph_knows_no_incident_and_no_group_leaves_unknown_alone(store: Store) -> None:
    with pytest.raises(UnknownNameError):
        attribute(store, "atomic-wallet-2023")
    load(store, [ATOMIC])
    found = attribute(store, "atomic-wallet-2023")
    check(found)
    assert list(found.candidates["probability"]) == [1.0]
    assert found.sentence()
    assert found._repr_html_()


def test_hostile_names_are_inert_in_html(store: Store) -> None:
    bad = "<script>alert(1)</script>\"'&" + "A" * 5_000
    evil = ActorGroup(id="x:<img src=x onerror=alert(1)>", name=bad, catalogue="x")
    source = Source(id="s", title=bad, publisher="p", kind="authority")
    incident = Incident(id="evil", name=bad)
    load(store, [evil, source, incident])
    load(store, [
        says(source, incident, evil.id, "javascript:alert(1)"),
        Named(subject=source.ref, object=evil.ref, name=bad, source_id="s"),
    ])  # fmt: skip
    found = attribute(store, "evil")
    check(found)
    page = found._repr_html_()
    assert "<script" not in page
    assert "<img" not in page
    assert len(page) < 30_000


def test_the_measured_error_rate_is_beside_the_answer(case: Store) -> None:
    found = attribute(case, "atomic-wallet-2023")
    measured = found.accuracy.set_index("measure")
    assert measured.loc["top-1", "n"] >= 20
    assert measured.loc["top-1", "low"] < measured.loc["top-1", "value"] < measured.loc["top-1", "high"]
    assert "not measured" in " ".join(found.accuracy["of"])
    assert "top-1" in found._repr_html_()


def test_the_waterfall_can_be_drawn(case: Store) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    axes = attribute(case, "atomic-wallet-2023").plot()
    assert "bits" in axes.get_xlabel()
    plt.close("all")
