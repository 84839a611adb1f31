"""Attribution on a real graph: techniques, priors, knowledge time, and what the answer shows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.attribution_case import (
    ALPHAPO,
    ATOMIC,
    LIFI,
    MITRE_GROUPS,
    T0,
    TECHNIQUES,
    check,
    fbi_statement,
    load,
    probability,
    says,
    uses,
)
from workbench.analysis.attribution.rank import UNKNOWN, attribute
from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.loader import retract
from workbench.graph.store import Store
from workbench.model.claims import (
    Named,
    Uses,
)
from workbench.model.nodes import ActorGroup, Incident, Source


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
