"""EthereumHeist's tables. Made from their published headers (formats.md of the reference): no sample is bundled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file


def test_labels_are_etherscans_word_copied(store: Store, tmp_path: Path) -> None:
    text = "\ufeffAddress,Name Tag\n0x7f691eba903423900b40a397d94f9062cae72dbf,Example Heist\n0x12,Bad\n"
    report = load(store, tmp_path, text, "Heist label-etherscan.csv")
    assert (report.format, report.loaded, report.quarantined) == ("ethereum-heist", 1, 1)
    assert found(store, "MATCH (a:Source)-[:DERIVED_FROM]->(b:Source) RETURN a.id, b.id") == [
        ("ethereum-heist", "etherscan-labels")
    ]


def test_events_keep_the_amount_in_their_words(store: Store, tmp_path: Path) -> None:
    text = (
        "\ufeffCase Name,Year,Type,Amount Stolen,Summary,Means of Crime\n"
        "A,2019,Exchange,750ETH,s,Hot wallet\nB,2020,DeFi,$1.5 million,s,Flash loan\nC,,DeFi,1,s,x\n"
    )
    report = load(store, tmp_path, text, "HeistEvent_Info - filtered.csv")
    assert (report.loaded, report.quarantined) == (2, 1)
    asked = "MATCH ()-[r:REPORTED]->(i) RETURN i.name, r.amount_text, r.amount_usd, r.date_precision ORDER BY i.name"
    rows = found(store, asked)
    assert rows == [("A", "750ETH", None, "year"), ("B", "$1.5 million", 1_500_000.0, "year")]


def test_the_table_of_origins(store: Store, tmp_path: Path) -> None:
    text = "Event,year,Amount stolen,Source\nA,2019,750ETH,https://example.org/a\n"
    assert load(store, tmp_path, text, "HeistEvent_Info - origin.csv").loaded == 1
    assert found(store, "MATCH ()-[r:REPORTED]->() RETURN r.evidence") == [("https://example.org/a",)]


def test_an_empty_table_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Case Name,Year,Type,Amount Stolen,Summary,Means of Crime\n")
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, tmp_path / "x.csv")
