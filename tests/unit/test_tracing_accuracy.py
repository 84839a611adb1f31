"""The figures of docs/accuracy-tracing.md: what others published, counted again; and what made-up laundering shows."""

from __future__ import annotations

import json
from pathlib import Path

from tools.published_ledgers import relations, wannacry
from workbench.analysis.laundering.generator import DIFFICULTIES
from workbench.analysis.tracing.taint import METHODS

SHOWN = Path(__file__).resolve().parents[2] / "workbench" / "analysis" / "measured" / "tracing.json"


def test_graphsense_relations_are_reproduced_but_for_the_one_that_moved_nothing(shared: Path) -> None:
    stated, ours = relations(shared / "graphsense-fixtures" / "account" / "eth" / "complex_graph")
    assert ours <= stated
    assert [relation[3] for relation in (stated - ours).elements()] == [0]
    assert stated.total() == 9


def test_the_wannacry_transaction_adds_up_to_its_stated_fee(shared: Path) -> None:
    found = wannacry(shared / "wannacry-btc-stix" / "transaction_example.json")
    assert found["fee"] == found["fee stated"] == 481_282
    assert (found["outputs"], found["inputs"]) == (found["outputs stated"], found["inputs stated"])


def test_every_method_and_difficulty_has_its_figures_and_poison_reaches_most() -> None:
    figures = json.loads(SHOWN.read_text(encoding="utf-8"))["figures"]
    assert set(figures) == set(DIFFICULTIES)
    for methods in figures.values():
        assert set(methods) == set(METHODS)
        for name, measures in methods.items():
            for figure in measures.values():
                assert 0 <= figure["low"] <= figure["value"] <= figure["high"] <= 1
            assert measures["wallets_found"]["value"] <= methods["poison"]["wallets_found"]["value"], name
