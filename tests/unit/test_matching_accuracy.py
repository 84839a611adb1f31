"""The page about matched incidents says what is measured, and nothing better."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

PROJECT = Path(__file__).resolve().parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "eval_incident_matching", PROJECT / "tools" / "eval_incident_matching.py"
    )
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_holds_the_figures_of_today(shared: Path) -> None:
    measuring = tool()
    assert (PROJECT / "docs" / "incident-matching.md").read_text(encoding="utf-8") == measuring.page(shared)
    assert json.loads(measuring.SHOWN.read_text(encoding="utf-8")) == measuring.figures(shared)


def test_the_labels_are_as_many_as_their_readme_says() -> None:
    said = list(tool().read_labels().values())
    assert (said.count("yes"), said.count("unsure"), said.count("no")) == (240, 9, 145)


def test_a_wrong_match_counts_against_it() -> None:
    from workbench.analysis.matching.scorer import Match

    labels = {("a:1", "b:1"): "yes", ("a:2", "b:2"): "unsure", ("a:3", ""): "none:b"}
    found = [Match("a:1", "b:9", 5.0), Match("a:2", "b:2", 5.0), Match("a:3", "b:3", 5.0), Match("x:1", "b:1", 5.0)]
    assert tool().counts(found, labels, "b") == (0, 2, 1)
