"""Template `infrastructure`: indicators as vendors write them, defanged or not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import FBI_GROUPS, as_csv, found, load, reasons
from workbench.graph.store import Store

ROW = {"value": "x", "label": "C2", "source": "a"}


@pytest.mark.parametrize(
    ("written", "type_", "meant"),
    [
        ("bug.restoroad[.]com", "DomainName", "bug.restoroad.com"),
        ("46.105.57[.]169", "IPAddress", "46.105.57.169"),
        ("hxxp://Bug.Restoroad[.]com/Admin/view.php", "Url", "http://bug.restoroad.com/Admin/view.php"),
        ("philip.je[@]proton.me", "EmailAddress", "philip.je@proton.me"),
        ("17E6189C19DEDEA678969E042C64DE2A51DD9FBA69FF521571D63FD92E48601B", "FileHash", "17e6189c19de"),
        ("AS4134", "AutonomousSystem", "AS4134"),
        ("2001:DB8::1", "IPAddress", "2001:db8::1"),
    ],
)
def test_the_kind_is_decided_from_the_value(store: Store, tmp_path: Path, written: str, type_: str, meant: str) -> None:
    load(store, tmp_path, as_csv([{**ROW, "value": written}]))
    ((labels, value),) = found(store, "MATCH (i:Infrastructure) RETURN labels(i), i.value")
    assert set(labels) == {"Infrastructure", type_}
    assert value.startswith(meant)


def test_defanged_and_plain_are_one_thing(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, as_csv([{**ROW, "value": v} for v in ("telloo[.]io", "telloo.io", "TELLOO.IO.")]))
    assert (report.loaded, report.duplicates) == (1, 2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"value": "not an indicator"}, "not a domain"),
        ({"value": "strainservice.com", "type": "IPAddress"}, "it is a DomainName"),
        ({"value": "strainservice.com", "label": ""}, "says nothing"),
        ({"value": "strainservice.com", "malware": "mitre:S9999"}, "not in the graph"),
        ({"value": "82e67114d632795edf29ce1d50a4c1c444846d9e16cd121ce26e63c8dc4a162"}, "not a domain"),
    ],
)
def test_what_cannot_be_is_quarantined(store: Store, tmp_path: Path, change: dict[str, str], why: str) -> None:
    report = load(store, tmp_path, as_csv([{**ROW, **change}, {**ROW, "value": "good.example"}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]


def test_pointing_to_a_group_is_not_being_the_groups(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    rows = [
        {**ROW, "value": "compromised.example", "indicates_group": "fbi:apt38"},
        {**ROW, "value": "own.example", "attributed_to": "fbi:apt38"},
    ]
    load(store, tmp_path, as_csv(rows))
    said = found(store, "MATCH (i:Infrastructure)-[c]->(g:ActorGroup) RETURN i.value, type(c) ORDER BY i.value")
    assert said == [("compromised.example", "INDICATES"), ("own.example", "ATTRIBUTED_TO")]
