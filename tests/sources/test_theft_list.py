"""The list of Atomic Wallet's victims: their own addresses, never the thief's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.theft_list import TheftList


def test_every_victim_of_the_list(store: Store, shared: Path) -> None:
    path = shared / "tayvano-atomic" / "atomic_top70.txt"
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    report = ingest_file(store, path, Options(source="tayvano", as_format="theft-list"))
    assert (report.format, report.rows_in, report.quarantined) == ("theft-list", len(lines), 0)
    assert report.loaded == len({tuple(line) for line in lines})
    rows = found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.address, l.asset, l.label")
    assert {(a.lower(), s) for a, s, _ in rows} == {(address.lower(), asset) for asset, address, _ in lines}
    assert found(store, "MATCH (:Wallet)-[a:ATTRIBUTED_TO]->() RETURN count(a)") == [(0,)]


def test_without_a_source_nobody_says_so(store: Store, shared: Path) -> None:
    report = ingest_file(store, shared / "tayvano-atomic" / "atomic_top70.txt", Options(as_format="theft-list"))
    assert (report.loaded, report.quarantined) == (0, report.rows_in)


def test_with_an_incident_each_is_its_victim(store: Store, shared: Path, tmp_path: Path) -> None:
    text = (shared / "tayvano-atomic" / "atomic_top70.txt").read_text()
    head = "# source: tayvano\n# incident: atomic-wallet-2023 Atomic Wallet\n"
    report = load(store, tmp_path, head + text, "list.txt")
    rows = found(store, "MATCH (i:Incident)-[v:INVOLVES]->(w) RETURN i.id, v.role, count(DISTINCT w)")
    assert rows == [("atomic-wallet-2023", "victim", len({line.split()[1] for line in text.splitlines()}))]
    assert report.quarantined == 0


@pytest.mark.parametrize("line", ["ETH 0x12 $5", "ETH 0x7f691eba903423900b40a397d94f9062cae72dbf 5 dollars"])
def test_a_line_that_is_none_is_quarantined(store: Store, tmp_path: Path, line: str) -> None:
    text = "BTC 1BskZr9N4V8fHeB28sNGGCPH7usBGboS15 $1,871,716\n" * 1 + line + "\n"
    report = load(store, tmp_path, text, "list.txt", source="s", as_format="theft-list")
    assert (report.loaded, report.quarantined) == (1, 1)


@pytest.mark.parametrize(
    ("head", "sure"),
    [
        ("", False), ("# Wallets of the Lazarus thieves\n", False), ("# incident: a A theft\n", True),
        ("# Addresses of victims\n", True), ("# stolen from these\n", True), ("# source: theft-tracker\n", False),
        ("# The attacker's wallets after the theft\n", False), ("# Exploiter of the incident\n", False),
        ("# incident: a A\n# wallets of the hacker\n", False), ("# A list\n", False),
    ],
)  # fmt: skip
def test_a_list_is_of_victims_only_where_it_says_so(shared: Path, head: str, sure: bool) -> None:
    """A thief's addresses with what they hold look the same: tagged as victims they would be cleared."""
    text = (shared / "tayvano-atomic" / "atomic_top70.txt").read_text()
    assert bool(TheftList.detect(head + text, "list.txt")) is sure


def test_a_second_head_holds_for_the_rows_after_it(store: Store, tmp_path: Path) -> None:
    btc, eth = "1BskZr9N4V8fHeB28sNGGCPH7usBGboS15", "0x7f691eba903423900b40a397d94f9062cae72dbf"
    text = f"# source: one\n# incident: a A\nBTC {btc} $5\n# source: two\n# incident: b B\nETH {eth} $6\n"
    assert load(store, tmp_path, text, "list.txt").loaded == 2
    rows = found(store, "MATCH (i:Incident)-[v:INVOLVES]->(w) RETURN i.id, v.source_id, w.address ORDER BY i.id")
    assert rows == [("a", "one", btc), ("b", "two", eth)]
    listed = found(store, "MATCH (w)-[l:LISTED_BY]->(s) RETURN s.id, w.address ORDER BY s.id")
    assert listed == [("one", btc), ("two", eth)]
    assert load(store, tmp_path, text, "list.txt").duplicates == 2
