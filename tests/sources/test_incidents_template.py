"""Template `incidents`: rival dates and amounts stay side by side, absurd ones do not get in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.template_cases import FBI_GROUPS, as_csv, found, load, reasons
from workbench.graph.store import Store

RONIN = {"incident": "Ronin Bridge", "date": "2022-03-23", "amount_usd": "620000000", "source": "a"}


def test_two_sources_disagree_and_both_are_kept(store: Store, tmp_path: Path) -> None:
    rival = {**RONIN, "date": "2022-03-29", "amount_usd": "625,000,000", "source": "b"}
    load(store, tmp_path, as_csv([RONIN, rival]))
    query = "MATCH (s)-[r:REPORTED]->(i) RETURN s.id, i.id, r.amount_usd, r.amount_text, r.date ORDER BY s.id"
    assert found(store, query) == [
        ("a", "ronin-bridge-2022", 620e6, "620000000", datetime(2022, 3, 23, tzinfo=UTC)),
        ("b", "ronin-bridge-2022", 625e6, "625,000,000", datetime(2022, 3, 29, tzinfo=UTC)),
    ]


def test_the_same_name_in_another_year_is_another_incident(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([RONIN, {**RONIN, "date": "2024-08-06"}]))
    ids = [row[0] for row in found(store, "MATCH (i:Incident) RETURN i.id ORDER BY i.id")]
    assert ids == ["ronin-bridge-2022", "ronin-bridge-2024"]


@pytest.mark.parametrize(("date", "precision"), [("2022", "year"), ("2022-03", "month"), ("2022-03-23", "day")])
def test_a_date_is_as_precise_as_it_is_written(store: Store, tmp_path: Path, date: str, precision: str) -> None:
    load(store, tmp_path, as_csv([{**RONIN, "date": date}]))
    assert found(store, "MATCH ()-[r:REPORTED]->() RETURN r.date_precision, r.date.year") == [(precision, 2022)]


@pytest.mark.parametrize(
    ("column", "value"),
    [("amount_usd", "1,620,00"), ("amount_usd", "-5"), ("amount_usd", "1e400"), ("amount_usd", "NaN"),
     ("amount_usd", "inf"), ("amount_usd", "about 5 million"), ("amount_usd", "1000000000000"),
     ("amount_usd", "9" * 200), ("stated_on", "2199-01-01"),
     ("date", "1850-01-01"), ("date", "2150-01-01"), ("date", "2022-02-30"), ("date", "soon"),
     ("incident", "***"), ("incident", "")],
)  # fmt: skip
def test_absurd_values_are_quarantined(store: Store, tmp_path: Path, column: str, value: str) -> None:
    report = load(store, tmp_path, as_csv([{**RONIN, column: value}, {**RONIN, "incident": "good"}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert {issue.field for issue in report.issues} == {column} or value == "***"


def test_nobody_is_accused_who_is_not_in_the_graph(store: Store, tmp_path: Path) -> None:
    rows = [{**RONIN, "attributed_to": "fbi:apt38; fbi:tradertraitor"}]
    refused = load(store, tmp_path, as_csv(rows))
    assert (refused.loaded, refused.quarantined) == (0, 1)
    assert "not in the graph" in reasons(refused, "quarantined")[0]
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    assert load(store, tmp_path, as_csv(rows)).loaded == 1
    said = found(store, "MATCH (i:Incident)-[c:ATTRIBUTED_TO]->(g) RETURN g.id, c.source_id ORDER BY g.id")
    assert said == [("fbi:apt38", "a"), ("fbi:tradertraitor", "a")]


def test_aliases_and_parts(store: Store, tmp_path: Path) -> None:
    whole = {"incident": "Alphapo + Coinspaid", "date": "2023-07-22", "source": "a"}
    part = {"incident": "Alphapo", "date": "2023-07-22", "source": "a", "part_of": "alphapo-coinspaid-2023"}
    load(store, tmp_path, as_csv([{**whole, "aliases": "Alphapo and CoinsPaid; the double theft"}, part]))
    assert found(store, "MATCH (a)-[:PART_OF]->(b) RETURN a.id, b.id") == [("alphapo-2023", "alphapo-coinspaid-2023")]
    names = found(store, "MATCH ()-[n:NAMED {kind: 'alias'}]->(i) RETURN n.name, i.id ORDER BY n.name")
    assert [name for name, _ in names] == ["Alphapo and CoinsPaid", "the double theft"]
