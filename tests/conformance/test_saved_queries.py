"""Every saved query against a real server: columns, golden rows, total order, reading only, as-of."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from golden import Golden, all_golden

from tests import sample_case, sample_ghosts
from workbench.graph.store import Store
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])
GOLDEN = all_golden()


@pytest.fixture(scope="module")
def case(session_store: Store) -> Store:
    """The graph with the sample case and nothing else; the tests of this file only read."""
    _reload(session_store, None)
    return session_store


def _reload(store: Store, shuffle: int | None) -> None:
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    sample_case.load(store, shuffle=shuffle)


def test_every_query_has_golden_rows_and_at_least_one_that_is_not_empty() -> None:
    answered = {golden.query for golden in GOLDEN if golden.rows}
    assert answered == set(LIBRARY.names())
    assert len(answered) >= 18


@pytest.mark.parametrize("golden", GOLDEN, ids=str)
def test_golden_rows(case: Store, golden: Golden) -> None:
    result = LIBRARY.run(case, golden.query, golden.params)
    assert result.columns == LIBRARY.get(golden.query).returns
    assert result.rows == golden.rows


def test_an_id_that_nothing_has_is_told(case: Store) -> None:
    given = {"actor_group": "atlas:G99"}
    assert LIBRARY.run(case, "actors/wallets", given).rows == []
    assert LIBRARY.unknown_ids(case, "actors/wallets", given) == ["atlas:G99"]
    assert LIBRARY.unknown_ids(case, "actors/wallets", {"actor_group": "atlas:G2"}) == []


def test_claims_that_were_taken_back_or_are_not_known_yet_change_no_answer(case: Store) -> None:
    """Asked as of a time, no query lets a claim in that is retracted by then or recorded later."""
    expected = {str(golden): LIBRARY.run(case, golden.query, _at_second(golden)).rows for golden in GOLDEN}
    try:
        sample_ghosts.haunt(case)
        for golden in GOLDEN:
            rows = LIBRARY.run(case, golden.query, _at_second(golden)).rows
            if golden.query == "sources/overview":  # it counts what was retracted
                assert [row[:-1] for row in rows] == [row[:-1] for row in expected[str(golden)]], str(golden)
            elif golden.query != "quality/retracted":
                assert rows == expected[str(golden)], str(golden)
    finally:
        _reload(case, None)


def _at_second(golden: Golden) -> dict[str, Any]:
    timed = "as_of" in LIBRARY.get(golden.query).params
    return {"as_of": sample_case.SECOND, **golden.params} if timed else golden.params


@pytest.mark.parametrize("name", LIBRARY.names())
def test_the_server_says_that_it_only_reads(case: Store, name: str) -> None:
    query = LIBRARY.get(name)
    assert case.explain(query.statement, dict.fromkeys(query.params)) == "r"
    assert case.explain(query.source_text, dict.fromkeys(query.params)) == "r"


@pytest.mark.parametrize("golden", GOLDEN, ids=str)
def test_rows_that_the_order_cannot_tell_apart_are_equal(case: Store, golden: Golden) -> None:
    order = LIBRARY.get(golden.query).order
    groups = defaultdict(set)
    for record in LIBRARY.run(case, golden.query, golden.params).records():
        groups[repr([record[column] for column in order])].add(repr(record))
    assert all(len(rows) == 1 for rows in groups.values())


@pytest.mark.parametrize("name", sorted({g.query for g in GOLDEN if "as_of" in LIBRARY.get(g.query).params}))
def test_as_of_now_is_what_is_known_now_and_before_everything_there_is_nothing(case: Store, name: str) -> None:
    params = next(g.params for g in GOLDEN if g.query == name and g.rows and "as_of" not in g.params)
    now = LIBRARY.run(case, name, params).rows
    assert LIBRARY.run(case, name, {**params, "as_of": sample_case.SECOND}).rows == now
    before = LIBRARY.run(case, name, {**params, "as_of": sample_case.BEFORE}).rows
    if name not in ("sources/overview", "quality/wallets-without-claims"):  # these list what has no claims
        assert before == []


def test_a_row_cap_says_that_it_bit(case: Store) -> None:
    assert LIBRARY.run(case, "transfers/of-wallet", {"wallet": sample_case.W2.id}, limit=3).capped
    assert not LIBRARY.run(case, "transfers/of-wallet", {"wallet": sample_case.W2.id}, limit=4).capped


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_rows_do_not_depend_on_the_order_of_loading(case: Store, seed: int) -> None:
    expected = {str(golden): LIBRARY.run(case, golden.query, golden.params).rows for golden in GOLDEN}
    try:
        _reload(case, seed)
        for golden in GOLDEN:
            assert LIBRARY.run(case, golden.query, golden.params).rows == expected[str(golden)], str(golden)
    finally:
        _reload(case, None)
