"""Attribution on a real graph: whose word it is, who joins what, and namings that nobody can look up."""

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
    TECHNIQUES,
    VENDOR,
    check,
    fbi_statement,
    load,
    probability,
    same,
    says,
)
from workbench.analysis.attribution.rank import UNKNOWN, Attribution, attribute
from workbench.graph.store import Store
from workbench.model.claims import PartOf, SameAs, Uses
from workbench.model.nodes import ActorGroup, Ref, Source

MY_CSV = "incidents:my.csv"
SOMEBODY = Source(id="somebody", title="Somebody's notes", publisher="somebody", kind="user")


@pytest.fixture
def bundled(store: Store) -> Store:
    load(store, [*NODES, *fbi_statement()], key="bundle")
    return store


def told(found: Attribution, text: str) -> bool:
    return any(text in warning for warning in found.warnings)


# --- whose word it is ---------------------------------------------------------------------------


def test_a_file_that_speaks_in_the_authoritys_name_is_worth_a_users_word(bundled: Store) -> None:
    load(bundled, [says(FBI, LIFI, "mitre:G0034", "https://www.fbi.gov/li-fi")], key=MY_CSV)
    found = attribute(bundled, "li-fi-2024")
    check(found)
    load(bundled, [SOMEBODY, says(SOMEBODY, ALPHAPO, "mitre:G0034", "https://example.org/notes")])
    notes = probability(attribute(bundled, "alphapo-2023"), "mitre:G0034")
    assert probability(found, "mitre:G0034") == pytest.approx(notes)
    assert 'that "FBI statements" says so is the word of the file my.csv' in found.sentence()
    assert found.evidence[found.evidence["kind"] == "statement"].iloc[0]["files"] == ("my.csv",)
    real = attribute(bundled, "atomic-wallet-2023")
    assert probability(real, "fbi:apt38") > 0.7
    assert not told(real, "is the word of the file")


def test_one_file_in_many_borrowed_names_is_one_source(bundled: Store) -> None:
    names = [Source(id=f"vendor-{n}", title=f"V{n}", publisher="v", kind="vendor") for n in range(5)]
    load(bundled, names, key="bundle")
    load(bundled, [says(s, LIFI, "mitre:G0034", f"https://v.example/{s.id}") for s in names], key=MY_CSV)
    found = attribute(bundled, "li-fi-2024", errors={"user": 0.3})
    assert found.candidates.set_index("actor").loc["mitre:G0034", "sources"] == 1


def test_a_borrowed_catalogue_makes_a_technique_doubtful(bundled: Store) -> None:
    lazarus = Uses(subject=Ref("ActorGroup", "mitre:G0032"), object=TECHNIQUES[1].ref, source_id="mitre-attack")
    load(bundled, [*TECHNIQUES, lazarus], key="bundle")
    by = {"object": TECHNIQUES[1].ref, "source_id": "mitre-attack"}
    load(bundled, [Uses.model_validate({"subject": ALPHAPO.ref, **by})], key="bundle")
    load(bundled, [Uses.model_validate({"subject": LIFI.ref, **by})], key=MY_CSV)
    real, said = attribute(bundled, "alphapo-2023"), attribute(bundled, "li-fi-2024")
    assert probability(real, "mitre:G0032") > probability(said, "mitre:G0032") > probability(said, "mitre:G0016")
    assert told(said, "word of the file my.csv")


def test_an_authority_that_a_users_file_made_up_is_told_and_not_downgraded(bundled: Store) -> None:
    made_up = Source(id="police", title="A police", publisher="p", kind="authority", url="https://police.example")
    load(bundled, [made_up, says(made_up, LIFI, "mitre:G0034")], key=MY_CSV)
    found = attribute(bundled, "li-fi-2024")
    assert told(found, 'that "A police" is an authority is the word of the file my.csv')
    assert not told(found, "says so")
    assert probability(found, "mitre:G0034") > 0.7


# --- who joins what -----------------------------------------------------------------------------


def join(source: Source, confidence: int | None = None) -> SameAs:
    return SameAs(subject=LIFI.ref, object=ATOMIC.ref, source_id=source.id, confidence=confidence)


def test_incidents_are_joined_on_somebodys_word_which_is_shown_weighed_and_withdrawn(case: Store) -> None:
    load(case, [join(LIST)])
    found = attribute(case, "li-fi-2024")
    check(found)
    assert "joined with" in found.sentence()
    assert told(found, f"joined with {ATOMIC.id} on the word of {LIST.title}")
    item = found.evidence[found.evidence["kind"] == "statement"].iloc[0]
    assert item["sources"] == (FBI.id, LIST.id)
    assert join(LIST).claim_id in item["claims"]
    assert 0.3 < probability(found, "fbi:apt38") < probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38")
    table = found.sensitivity[found.sensitivity["withdrawn"] == "source"].set_index("what")
    assert table.loc[LIST.id, "probability_after"] == pytest.approx(table.loc[FBI.id, "probability_after"])


@pytest.mark.parametrize("confidence", [None, 95])
def test_a_users_word_joins_nothing_unless_the_caller_lets_it(case: Store, confidence: int | None) -> None:
    whole = ActorGroup(id="list:dprk", name="DPRK actors", catalogue="list")
    part = PartOf(subject=FBI_NAMES[0].ref, object=whole.ref, source_id=SOMEBODY.id, confidence=confidence)
    of = PartOf(subject=ALPHAPO.ref, object=ATOMIC.ref, source_id=SOMEBODY.id, confidence=confidence)
    groups = same(SOMEBODY, "fbi:apt38", "mitre:G0082", confidence)
    load(case, [SOMEBODY, whole, part, of, groups, join(SOMEBODY, confidence)])
    assert attribute(case, "li-fi-2024").evidence.empty
    assert attribute(case, "alphapo-2023").evidence.empty
    assert "mitre:G0082" not in attribute(case, "atomic-wallet-2023").first["members"]
    let = attribute(case, "li-fi-2024", merge_confidence=20)
    assert not let.evidence.empty
    assert SOMEBODY.id in let.evidence[let.evidence["kind"] == "statement"].iloc[0]["sources"]
    assert not attribute(case, "alphapo-2023", merge_confidence=20).evidence.empty


def test_a_borrowed_name_joins_nothing(bundled: Store) -> None:
    load(bundled, [join(FBI), same(FBI, "fbi:apt38", "mitre:G0082")], key=MY_CSV)
    assert attribute(bundled, "li-fi-2024").first["actor"] == UNKNOWN
    assert "mitre:G0082" not in attribute(bundled, "atomic-wallet-2023").first["members"]


def test_two_sources_that_name_two_groups_agree_only_as_far_as_the_groups_are_the_same(case: Store) -> None:
    report = "https://vendor.example/report"
    load(case, [says(VENDOR, ATOMIC, "mitre:G0082", report), same(LIST, "fbi:apt38", "mitre:G0082", 80)])
    merged = attribute(case, "atomic-wallet-2023")
    check(merged)
    item = merged.evidence[merged.evidence["urls"].map(lambda urls: report in urls)].iloc[-1]
    assert item["sources"] == (VENDOR.id, LIST.id)
    assert told(merged, f"fbi:apt38 is joined with mitre:G0082 on the word of {LIST.title}")
    load(case, [says(VENDOR, ATOMIC, "fbi:apt38", report)])
    assert probability(attribute(case, "atomic-wallet-2023"), "fbi:apt38") > probability(merged, "fbi:apt38")


# --- what nobody can look up --------------------------------------------------------------------


def test_five_reports_without_an_address_are_one(case: Store) -> None:
    made = [Source(id=f"v{n}", title=f"Report {n}", publisher="v", kind="vendor") for n in range(5)]
    load(case, [*made, *(says(source, LIFI, "mitre:G0034") for source in made)])
    found = attribute(case, "li-fi-2024")
    check(found)
    row = found.candidates.set_index("actor").loc["mitre:G0034"]
    assert row["sources"] == 1
    assert row["confidence"] == "moderate"
    assert "almost" not in row["words"]
    assert told(found, "gives an address where it could be read")
    load(case, [says(source, ALPHAPO, "mitre:G0034", f"https://v.example/{source.id}") for source in made])
    apart = attribute(case, "alphapo-2023")
    assert apart.first["sources"] == 5
    assert not told(apart, "gives an address")


# --- what is shown ------------------------------------------------------------------------------


def test_the_sentence_spells_out_three_warnings_and_counts_the_others(bundled: Store) -> None:
    for n in range(5):
        source = Source(id=f"p{n}", title=f"Police {n}", publisher="p", kind="authority", url=f"https://p{n}.example")
        load(bundled, [source, says(source, LIFI, "mitre:G0034")], key=f"incidents:{n}.csv")
    found = attribute(bundled, "li-fi-2024")
    assert len(found.warnings) == 5
    assert found.sentence().count("is an authority") == 3
    assert found.sentence().endswith("; and 2 more.")
    assert list(found.candidates.columns[:8]) == [
        "actor", "name", "probability", "low", "high", "words", "sources", "confidence",
    ]  # fmt: skip


def test_a_statement_that_is_the_bundles_own_is_shown_with_its_file(bundled: Store) -> None:
    item = attribute(bundled, "atomic-wallet-2023").evidence.iloc[-1]
    assert item["files"] == ("bundle",)
    assert item["urls"] == (STATEMENT,)


def test_what_joins_an_item_that_adds_nothing_is_no_warning(case: Store) -> None:
    whole = ActorGroup(id="list:dprk", name="DPRK actors", catalogue="list")
    part = PartOf(subject=FBI_NAMES[0].ref, object=whole.ref, source_id=VENDOR.id, confidence=50)
    load(case, [whole, says(LIST, ATOMIC, whole.id, "https://example.org/list"), part])
    found = attribute(case, "atomic-wallet-2023")
    check(found)
    assert set(found.first["members"]) == {g.id for g in FBI_NAMES}
    assert not any("TraderTraitor" in warning for warning in found.warnings if "on the word of" in warning)
