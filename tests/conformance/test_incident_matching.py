"""The same theft in several lists: claims with reasons, decisions beside them, nothing merged, all of it undone."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from workbench.analysis.matching.incidents import decide, match_incidents, read_entries, undo
from workbench.errors import UnknownNameError, UsageError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

A, B, C = "one:example-bridge-2023-06-02", "two:example-2023-06-03", "two:other-wallet-2023-06-02"
TABLE = """incident_id,incident,source,amount_usd,date
{a},Example Bridge,one,1000000,2023-06-02
{b},Example,two,1010000,2023-06-03
{c},Other Wallet,two,1000000,2023-06-02
"""


@pytest.fixture
def lists(store: Store, tmp_path: Path) -> Store:
    """Two lists with one theft in common."""
    path = tmp_path / "incidents.csv"
    path.write_text(TABLE.format(a=A, b=B, c=C))
    report = ingest_file(store, path)
    assert report.loaded == 3, report.issues
    return store


def live(store: Store) -> list[tuple[str, str, str, str]]:
    return store.read(
        "MATCH (a:Incident)-[c:SAME_AS|DISTINCT_FROM]->(b:Incident) WHERE c.retracted_at IS NULL "
        "RETURN type(c), a.id, b.id, c.source_id ORDER BY 1, 2, 3, 4"
    ).rows


def test_the_common_theft_is_a_claim_with_its_weight_and_reasons(lists: Store) -> None:
    frame = match_incidents(lists)
    assert list(zip(frame.left, frame.right, strict=True)) == [(A, B)]
    assert live(lists) == [("SAME_AS", A, B, "incident-match")]
    confidence, method, reasons = lists.read("MATCH ()-[c:SAME_AS]->() RETURN c.confidence, c.method, c.reasons").rows[
        0
    ]
    assert confidence == min(95, round(100 * frame.probability[0]))
    assert method == "incident-match/1"
    assert any("Example Bridge" in reason for reason in reasons)
    assert any("1 days apart" in reason for reason in reasons)


def test_again_changes_nothing_and_a_dry_run_writes_nothing(lists: Store) -> None:
    match_incidents(lists, write=False)
    assert live(lists) == []
    match_incidents(lists)
    before = lists.read("MATCH ()-[c:SAME_AS]->() RETURN properties(c)").rows
    match_incidents(lists)
    assert lists.read("MATCH ()-[c:SAME_AS]->() RETURN properties(c)").rows == before


def test_a_match_that_no_longer_follows_is_retracted(lists: Store) -> None:
    match_incidents(lists)
    match_incidents(lists, least=0.999999)
    assert live(lists) == []


def test_a_pair_that_was_split_stays_split_until_that_is_undone(lists: Store) -> None:
    match_incidents(lists)
    decide(lists, B, A, same=False, by="an analyst", why="two victims")
    assert live(lists) == [("DISTINCT_FROM", A, B, "analyst-decisions")]
    assert len(match_incidents(lists)) == 0
    assert undo(lists, A, B) == 1
    assert len(match_incidents(lists)) == 1
    assert live(lists) == [("SAME_AS", A, B, "incident-match")]


def test_an_analyst_joins_what_no_score_joins(lists: Store) -> None:
    decide(lists, A, C, same=True, why="the victim says so")
    match_incidents(lists)
    assert live(lists) == [("SAME_AS", A, B, "incident-match"), ("SAME_AS", A, C, "analyst-decisions")]
    decide(lists, A, C, same=False)
    assert ("SAME_AS", A, C, "analyst-decisions") not in live(lists)


def test_what_is_not_there_is_said(lists: Store) -> None:
    with pytest.raises(UnknownNameError):
        decide(lists, A, "one:exampel-bridge", same=True)
    with pytest.raises(UsageError):
        decide(lists, A, A, same=True)
    with pytest.raises(UsageError):
        match_incidents(lists, least=1.5)


def test_an_empty_graph_has_no_matches(store: Store) -> None:
    assert match_incidents(store).empty
    assert read_entries(store) == []


def test_entries_keep_what_each_list_says(lists: Store) -> None:
    found = {entry.id: entry for entry in read_entries(lists)}
    assert found[A].date == datetime(2023, 6, 2, tzinfo=UTC)
    assert (found[A].source, found[A].amount_usd, found[A].names) == ("one", 1e6, ("Example Bridge",))


def chain(store: Store, folder: Path, count: int) -> list[str]:
    """Incidents of as many lists, to be joined one to the next."""
    ids = [f"list{i}:theft{i}" for i in range(count)]
    rows = "".join(f"{id_},Theft {i},list{i},{i + 1},20{i + 10}-01-01\n" for i, id_ in enumerate(ids))
    (folder / "chain.csv").write_text("incident_id,incident,source,amount_usd,date\n" + rows)
    ingest_file(store, folder / "chain.csv")
    return [row[0] for row in store.read("MATCH (i:Incident) RETURN i.id ORDER BY i.name").rows]


def merged(store: Store) -> list[list[str]]:
    library = QueryLibrary([shipped_folder("queries")])
    return [row[1] for row in library.run(store, "incidents/merged", {}).rows]


def test_a_long_chain_is_one_theft_and_loses_none(store: Store, tmp_path: Path) -> None:
    ids = sorted(chain(store, tmp_path, 10))
    for one, other in pairwise(ids):
        decide(store, one, other, same=True)
    assert merged(store) == [ids]


def test_a_split_pair_is_apart_also_where_a_third_list_joins_them(lists: Store, tmp_path: Path) -> None:
    path = tmp_path / "third.csv"
    head = "incident_id,incident,source,amount_usd,date\n"
    path.write_text(head + "three:example-2023-06-02,Example Bridge,three,1000000,2023-06-02\n")
    ingest_file(lists, path)
    match_incidents(lists)
    (together,) = [row for row in merged(lists) if A in row]
    assert B in together
    decide(lists, A, B, same=False)
    for _ in range(2):
        assert all(not {A, B} <= set(row) for row in merged(lists))
        match_incidents(lists)
