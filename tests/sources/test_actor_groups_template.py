"""Template `actor_groups`: one alias may belong to several groups, and that is shown, not solved."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import as_csv, found, load, reasons
from workbench.graph.store import Store

LAZARUS = {"id": "mitre:G0032", "name": "Lazarus Group", "aliases": "HIDDEN COBRA; Diamond Sleet", "source": "mitre"}
MISP = {"id": "misp:68391641", "name": "Lazarus Group", "aliases": "APT38; Diamond Sleet; Andariel", "source": "misp"}
APT38 = {"id": "mitre:G0082", "name": "APT38", "aliases": "Sapphire Sleet", "source": "mitre"}


def test_one_alias_of_two_groups_has_both_readings(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([LAZARUS, APT38, MISP]))
    called = found(store, "MATCH (s)-[n:NAMED {name: 'APT38'}]->(g) RETURN g.id, s.id, n.kind ORDER BY g.id")
    assert called == [("misp:68391641", "misp", "alias"), ("mitre:G0082", "mitre", "name")]


def test_sameness_is_a_claim_and_merges_nothing(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([LAZARUS, APT38, {**MISP, "same_as": "mitre:G0032; mitre:G0082"}]))
    assert found(store, "MATCH (g:ActorGroup) RETURN count(g)") == [(3,)]
    same = found(store, "MATCH (a)-[c:SAME_AS]->(b) RETURN a.id, b.id, c.source_id ORDER BY b.id")
    assert same == [("misp:68391641", "mitre:G0032", "misp"), ("misp:68391641", "mitre:G0082", "misp")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "G0032"}, "catalogue:name"),
        ({"id": "mitre:G0032 x"}, "catalogue:name"),
        ({"name": ""}, "empty"),
        ({"same_as": "mitre:G9999"}, "not in the graph"),
        ({"status": "retired"}, "Input should be"),
    ],
)
def test_what_cannot_be_is_quarantined(store: Store, tmp_path: Path, change: dict[str, str], why: str) -> None:
    report = load(store, tmp_path, as_csv([{**LAZARUS, **change}, APT38]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]
