"""DefiLlama's list: counts of its own files, exact dates and amounts, two thefts of one name kept apart."""

from __future__ import annotations

import json
import lzma
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

ENTRY = {"date": 1711065600, "name": "X", "technique": "t", "classification": "c", "amount": 5, "defillamaId": None}


def test_every_entry_of_the_list_is_loaded_once(store: Store, shared: Path) -> None:
    path = shared / "hack-incidents" / "defillama_hacks.json.xz"
    entries = json.loads(lzma.open(path).read())  # counted by the json module, not by the format
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.quarantined) == ("defillama-hacks", len(entries), 0)
    assert report.loaded == len({json.dumps(e, sort_keys=True) for e in entries})
    again = ingest_file(store, path)
    assert (again.loaded, again.duplicates, again.retracted) == (0, len(entries), 0)
    bybit = next(e for e in entries if e["name"] == "Bybit")
    rows = found(
        store,
        "MATCH (:Source {id: 'defillama'})-[r:REPORTED]->(i:Incident {name: 'Bybit'}) RETURN r.amount_usd, r.date",
    )
    assert [(float(bybit["amount"]), datetime.fromtimestamp(bybit["date"], UTC))] == rows


def test_the_table_made_from_it_is_no_edition_of_it(store: Store, shared: Path) -> None:
    folder = shared / "hack-incidents"
    ingest_file(store, folder / "defillama_hacks.json.xz")
    report = ingest_file(store, folder / "defillama_hacks.csv.xz")
    lines = lzma.open(folder / "defillama_hacks.csv.xz", "rt", encoding="utf-8").read().count("\n")
    assert (report.rows_in, report.retracted) == (538, 0)
    assert lines >= 539


def test_two_thefts_of_one_name_stay_two(store: Store, shared: Path) -> None:
    path = shared / "hack-incidents" / "defillama_hacks.json.xz"
    entries = json.loads(lzma.open(path).read())
    ingest_file(store, path)
    radiant = [e for e in entries if "radiant" in e["name"].lower()]
    assert len(radiant) >= 2
    rows = found(store, "MATCH (i:Incident) WHERE toLower(i.name) CONTAINS 'radiant' RETURN count(i)")
    assert rows == [(len({(e["name"], e["date"]) for e in radiant}),)]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"date": None}, "date"), ({"date": "1999-01-01"}, "date"), ({"name": ""}, "name"), ({"date": "soon"}, "date")],
)
def test_an_entry_that_makes_no_sense_is_quarantined(
    store: Store, tmp_path: Path, change: dict[str, object], field: str
) -> None:
    report = load(store, tmp_path, json.dumps([ENTRY, ENTRY | change]), "hacks.json")
    assert (report.rows_in, report.loaded, report.quarantined) == (2, 1, 1)
    assert [issue.field for issue in report.issues if issue.action == "quarantined"] == [field]


def test_an_unknown_field_is_told_once_and_a_bad_amount_left_out(store: Store, tmp_path: Path) -> None:
    entries = [ENTRY | {"newField": 1, "name": f"n{i}", "amount": "a lot"} for i in range(3)]
    report = load(store, tmp_path, json.dumps(entries), "hacks.json")
    assert report.loaded == 3
    assert [i.field for i in report.issues if i.action == "warned"] == ["newfield"]
    assert [i.field for i in report.issues if i.action == "dropped"] == ["amount"] * 3


@pytest.mark.parametrize("text", ["", "[]", '[{"date":'])
def test_an_empty_or_damaged_file_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    (tmp_path / "hacks.json").write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "hacks.json")
