"""Incidents as Markdown: both forms, and addresses only where a field says whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

NOTE = """# Example Bridge

Date:: 2023-06-02
Amount Stolen:: $35M
Chain:: Ethereum
Attacker:: 0x098B716B8Aaf21512996dC57EB0615e2383E2f96

## Details
Funds went to 0x1A2a1c938CE3eC39b6D47113c7955bAa9DD454F2.
"""


def test_the_narratives_are_read_with_the_dates_and_addresses_they_give(store: Store, shared: Path) -> None:
    folder = shared / "hack-incidents" / "narratives"
    paths = sorted(folder.glob("*.md"))
    for path in paths:
        report = ingest_file(store, path)
        assert (report.format, report.rows_in, report.loaded) == ("incident-markdown", 1, 1), path.name
    assert found(store, "MATCH (i:Incident) RETURN count(i)") == [(len(paths),)]
    ronin = found(
        store,
        "MATCH (i:Incident {name: 'Ronin Network'})-[v:INVOLVES]->(w:Wallet) RETURN v.role, w.address ORDER BY v.role",
    )
    assert ronin == [
        ("thief", "0x098b716b8aaf21512996dc57eb0615e2383e2f96"),
        ("victim", "0x1a2a1c938ce3ec39b6d47113c7955baa9dd454f2"),
    ]
    dates = found(store, "MATCH ()-[r:REPORTED]->(i:Incident) RETURN toString(date(r.date)), r.date_precision")
    written = {(p.name[:7] + "-01", "month") if "XX" in p.name else (p.name[:10], "day") for p in paths}
    assert set(dates) == written  # each file's name begins with its date


def test_the_form_with_colons(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, NOTE, "note.md", source="a-researcher")
    assert report.loaded == 1
    rows = found(store, "MATCH (s)-[r:REPORTED]->(i:Incident) RETURN s.id, i.name, r.amount_usd, r.networks")
    assert rows == [("a-researcher", "Example Bridge", 35_000_000.0, ["Ethereum"])]
    assert found(store, "MATCH (w:Wallet) RETURN count(w)") == [(1,)], "prose names no thief"
    assert load(store, tmp_path, NOTE, "note.md", source="a-researcher").duplicates == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_title_is_text(store: Store, tmp_path: Path, name: str) -> None:
    report = load(store, tmp_path, f"# {name.splitlines()[0]}\n\nDate:: 2023-01-01\nLoss:: $1\n", "note.md")
    assert report.rows_in == 1


@pytest.mark.parametrize("text", ["", "# Title\n\nNothing here.\n"])
def test_a_page_without_fields_is_of_no_format(store: Store, tmp_path: Path, text: str) -> None:
    (tmp_path / "note.md").write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "note.md")


A, B, C = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96", "0x1A2a1c938CE3eC39b6D47113c7955bAa9DD454F2", "0x" + "c3" * 20
PAGE = "https://etherscan.io/address/"


@pytest.mark.parametrize(
    "text",
    [
        f"{A} drained the victim vault {B} and paid whitehat {C}", f"{A} (stolen from {B})", f"{A}, robbed by {B}",
        f"{A} (whitehat)", f"Alice {A}", f"[{A}]({PAGE}{B}) drained it", f"[Alice]({PAGE}{A})",
        f"{A} (victim's wallet)",
        f"from {A} to {B}",
    ],
)  # fmt: skip
def test_an_address_in_prose_is_nobodys(store: Store, tmp_path: Path, text: str) -> None:
    """Of several addresses in a sentence the field's name says nothing: one may be the victim's."""
    report = load(store, tmp_path, f"# Theft\n\nDate:: 2023-06-02\nLoss:: $1\nAttacker:: {text}\n", "note.md")
    assert found(store, "MATCH (w:Wallet) RETURN w.address") == []
    assert any("whose it is is not said" in reason for reason in reasons(report, "dropped"))


def test_a_thief_beside_a_victim_is_no_victim(store: Store, tmp_path: Path) -> None:
    for text in (f"{A}, robbed by {B}", f"{A} ({B} attacked it)", f"{A} (attacker)"):
        load(store, tmp_path, f"# Theft\n\nDate:: 2023-06-02\nLoss:: $1\nVictim:: {text}\n", "note.md")
    assert found(store, "MATCH (w:Wallet) RETURN w.address") == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (f"`{A}`", 1), (f"[{A}]({PAGE}{A})", 1), (f"{PAGE}{A}", 1), (f"{A}, {B} and {C}", 3),
        (f"1. {A}<br>2. {B}", 2),
        (f"{A} (Ethereum), {B} (BSC)", 2), (f"Ethereum: {A}", 1), (f"BNB Chain: {A}", 1),
        (f"**{A}** (attacker EOA)", 1),
        (f"{A} / {B} & {C}", 3), ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 1), ("Lazarus Group", 0),
    ],
)  # fmt: skip
def test_a_field_of_addresses_only_is_read(store: Store, tmp_path: Path, text: str, count: int) -> None:
    report = load(store, tmp_path, f"# Theft\n\nDate:: 2023-06-02\nLoss:: $1\nAttacker:: {text}\n", "note.md")
    assert found(store, "MATCH ()-[v:INVOLVES {role: 'thief'}]->(w) RETURN count(DISTINCT w)") == [(count,)]
    assert reasons(report, "dropped") == []
