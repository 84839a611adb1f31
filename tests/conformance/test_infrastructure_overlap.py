"""Infrastructure in several sources: copies counted once, likely copies shown and not counted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.sanction_cases import sdn_row
from tests.unit.test_infrastructure_accuracy import tool
from workbench.analysis.matching.infrastructure import infrastructure_overlap
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_file
from workbench.model.claims import Claim, DerivedFrom, ListedBy, Mentions
from workbench.model.infrastructure import parse_infrastructure
from workbench.model.nodes import Infrastructure, Source, slug
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

DAY = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("alpha", "beta", "copy", "page", "list", "other")
SOURCES = {name: Source(id=name, title=name, publisher=name, kind="vendor", published=DAY) for name in NAMES}
HOSTS = [parse_infrastructure(f"host{n}.example.com") for n in range(8)]
LIBRARY = QueryLibrary([shipped_folder("queries")])


@pytest.fixture
def case(store: Store) -> Store:
    """alpha, beta and copy have all hosts, other has one; copy cites page, and page cites alpha."""
    loader = Loader(store, "run", DAY)
    loader.nodes([*SOURCES.values(), *HOSTS])

    def seen(name: str, hosts: list[Infrastructure]) -> list[Claim]:
        return [Mentions(subject=SOURCES[name].ref, object=h.ref, source_id=name, kind="report") for h in hosts]

    def cites(left: str, right: str) -> Claim:
        return DerivedFrom(subject=SOURCES[left].ref, object=SOURCES[right].ref, source_id=left)

    shared = ListedBy(subject=HOSTS[0].ref, object=SOURCES["list"].ref, source_id="list", listing="shared")
    loader.claims([
        *seen("alpha", HOSTS), *seen("beta", HOSTS), *seen("copy", HOSTS), *seen("other", HOSTS[:1]),
        cites("copy", "page"), cites("page", "alpha"), shared,
    ])  # fmt: skip
    return store


def test_sources_that_build_on_one_another_count_once_in_both_ways_of_asking(case: Store) -> None:
    rows = LIBRARY.run(case, "infrastructure/vendors", {}).records()
    by_function = infrastructure_overlap(case).indicators.set_index("infrastructure")["independent"].to_dict()
    assert {row["infrastructure"]: row["independent"] for row in rows} == by_function
    assert by_function == {host.id: 3 if host is HOSTS[0] else 2 for host in HOSTS}
    first = rows[0]
    assert first["infrastructure"] == HOSTS[0].id
    assert (first["source_count"], first["sources"]) == (4, ["alpha", "beta", "copy", "other"])
    assert (first["shared"], first["shared_by"]) == (True, ["list"])
    assert not any(row["shared"] for row in rows[1:])


def test_a_likely_copy_is_a_candidate_with_reasons_and_both_still_count(case: Store) -> None:
    overlap = infrastructure_overlap(case)
    pairs = {(p.left, p.right): p for p in overlap.pairs}
    assert pairs["alpha", "beta"].candidate
    assert pairs["alpha", "beta"].reasons == ("100% of the smaller list (8 indicators) stand in the other too",)
    assert not pairs["alpha", "copy"].candidate, "that one is said"
    assert pairs["alpha", "copy"].joined
    assert not pairs["alpha", "other"].reasons, "one indicator is no pattern"
    assert "alpha and beta may be copies" in overlap.words()
    assert overlap.to_json()["pairs"][0]["common"] == 8


def test_sources_that_copy_in_a_circle_are_one_and_one_alone_is_no_overlap(store: Store) -> None:
    """alpha builds on beta, beta on copy, copy on alpha, and page on itself."""
    loader = Loader(store, "run", DAY)
    loader.nodes([*SOURCES.values(), *HOSTS])
    circle = [("alpha", "beta"), ("beta", "copy"), ("copy", "alpha"), ("page", "page")]
    loader.claims([
        *(DerivedFrom(subject=SOURCES[a].ref, object=SOURCES[b].ref, source_id=a) for a, b in circle),
        *(Mentions(subject=SOURCES[name].ref, object=HOSTS[0].ref, source_id=name, kind="report")
          for name in ("alpha", "beta", "copy", "page")),
        Mentions(subject=SOURCES["page"].ref, object=HOSTS[1].ref, source_id="page", kind="report"),
        Mentions(subject=SOURCES["other"].ref, object=HOSTS[2].ref, source_id="other", kind="report"),
    ])  # fmt: skip
    rows = LIBRARY.run(store, "infrastructure/vendors", {"min_sources": 1}).records()
    assert {row["infrastructure"]: (row["source_count"], row["independent"]) for row in rows} == {
        HOSTS[0].id: (4, 2), HOSTS[1].id: (1, 1), HOSTS[2].id: (1, 1)
    }  # fmt: skip
    found = infrastructure_overlap(store)
    assert found.indicators.set_index("infrastructure")["independent"].to_dict() == {HOSTS[0].id: 2}
    assert "other" not in {name for pair in found.to_frame()[["left", "right"]].to_numpy().tolist() for name in pair}


def test_before_anything_was_known_there_is_nothing(case: Store) -> None:
    overlap = infrastructure_overlap(case, as_of=datetime(2023, 1, 1, tzinfo=UTC))
    assert not overlap.pairs
    assert overlap.indicators.empty


def test_an_organisation_on_a_sanctions_list_is_a_reading_of_its_name(store: Store, tmp_path: Path) -> None:
    """The list is written as OFAC's are (see tests/sources/sanction_cases.py)."""
    (tmp_path / "SDN.CSV").write_text(sdn_row(27307, "EXAMPLE HERON GROUP") + "\r\n\x1a", encoding="ascii")
    ingest_file(store, tmp_path / "SDN.CSV")
    rows = LIBRARY.run(store, "actors/names", {"name": "example heron group"}).records()
    assert [(row["actor"], row["catalogue"], row["source"]) for row in rows] == [("ofac:27307", "ofac", "ofac")]


def test_the_same_mistake_and_who_was_later_are_shown_beside_the_reasons(store: Store) -> None:
    loader = Loader(store, "run", DAY)
    later = Source(id="late", title="late", publisher="late", kind="vendor", published=DAY.replace(year=2025))
    early = SOURCES["alpha"]
    loader.nodes([early, later, SOURCES["list"], *HOSTS])
    loader.claims([
        *(Mentions(subject=s.ref, object=h.ref, source_id=s.id, kind="report") for s in (early, later) for h in HOSTS),
        ListedBy(subject=HOSTS[0].ref, object=SOURCES["list"].ref, source_id="list", listing="shared"),
    ])  # fmt: skip
    overlap = infrastructure_overlap(store)
    (pair,) = overlap.pairs
    assert (pair.same_mistakes, pair.later) == (1, "late")
    assert len(pair.reasons) == 1, "neither is a reason"
    assert "1 of what they share is shared by many: the same mistake. late was published later." in overlap.words()


def test_the_measured_figure_is_that_of_a_graph(store: Store, shared: Path) -> None:
    """The labelled lists of infrastructure, loaded: the candidates are those that the page counts."""
    measuring = tool()
    lists = measuring.infrastructure_of(measuring.read_lists(shared))
    loader = Loader(store, "run", DAY)
    sources = {name: Source(id=slug(name), title=name, publisher=name, kind="vendor") for name in lists}
    nodes = {id_: _infrastructure(id_) for ids in lists.values() for id_ in ids}
    loader.nodes([*sources.values(), *nodes.values()])
    loader.claims([
        Mentions(subject=sources[name].ref, object=nodes[id_].ref, source_id=sources[name].id, kind="report")
        for name, ids in lists.items() for id_ in ids
    ])  # fmt: skip
    by_id = {source.id: name for name, source in sources.items()}
    shown = {
        tuple(sorted((by_id[p.left], by_id[p.right]))): p.reasons
        for p in infrastructure_overlap(store).pairs
        if p.candidate
    }
    measured, labels = measuring.in_graph(measuring.read_lists(shared))
    assert measured == {pair: reasons for pair, reasons in shown.items() if pair in labels}
    assert len(measured) > 5


def _infrastructure(id_: str) -> Infrastructure:
    type_, _, value = id_.partition(":")
    return Infrastructure.model_validate({"id": id_, "type": type_, "value": value})
