"""A dark list. Made from the repository's published schema (address, comment, date): no sample is bundled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

ENTRY = {"address": "0x7f691eba903423900b40a397d94f9062cae72dbf", "comment": "Phishing", "date": "2018-01-01"}


def test_an_entry_is_a_tag_with_its_date(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, json.dumps([ENTRY, {"address": "0x12", "comment": "x"}]), "darklist.json")
    assert (report.format, report.loaded, report.quarantined) == ("ethereum-lists", 1, 1)
    asked = "MATCH (:Wallet)-[l:LISTED_BY]->(s) RETURN s.id, l.listing, l.label, toString(date(l.valid_from))"
    rows = found(store, asked)
    assert rows == [("ethereum-lists", "tagged", "Phishing", "2018-01-01")]


def test_what_a_later_edition_drops_is_retracted(store: Store, tmp_path: Path) -> None:
    other = ENTRY | {"address": "0x49ce2cf6888a9fd4f65aa0f41b120ef279b680fb"}
    load(store, tmp_path, json.dumps([ENTRY, other]), "darklist.json")
    report = load(store, tmp_path, json.dumps([ENTRY]), "darklist.json")
    assert (report.duplicates, report.retracted) == (1, 1)


@pytest.mark.parametrize("text", ["", "[", "[]"])
def test_an_empty_or_damaged_file_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    (tmp_path / "darklist.json").write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "darklist.json")
