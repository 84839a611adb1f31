"""Screenings and profiles in the graph, and taking a recorded result back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.exposure_case import FAR, KESTREL, MULE, story, transfer, w
from tests.written_case import everything, live
from workbench.analysis.behaviour.profile import profile
from workbench.analysis.exposure.run import exposure
from workbench.analysis.exposure.screen import screen
from workbench.analysis.tracing.follow import trace
from workbench.analysis.written import Written
from workbench.cli import main
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.nodes import Source

LATER = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def told(store: Store) -> Store:
    return story(store)


LISTED = [MULE.address, FAR.address, "no address", MULE.address, "0x" + "9" * 40]


def test_a_screening_is_written_wallet_by_wallet_and_not_as_a_list(told: Store) -> None:
    """The mule dealt with a sanctioned wallet; nobody knows the last address, and one row is none."""
    found = screen(told, LISTED, network="eth")
    done = found.write(told)
    assert (done.claims, done.recorded) == (2, 2)
    by = {row["subject"]: row for row in live(told, "SCREENED_IN")}
    assert by.keys() == {MULE.id, FAR.id}
    answer = found.answers.drop_duplicates("wallet").set_index("wallet").loc[MULE.id]
    for name in ("status", "own_hits", "direct_categories", "indirect_categories", "uncounted_transfers", "transfers"):
        assert by[MULE.id][name] == answer[name]
    assert (by[MULE.id]["status"], by[MULE.id]["words"]) == ("direct", answer["verdict"])
    ((node,),) = told.read("MATCH (q:Analysis) RETURN properties(q)").rows
    assert (node["kind"], node["wallets"]) == ("screening", [])
    assert not any(address in json.dumps(node) for address in LISTED), "whose list it was is not told"
    (run,) = told.read("MATCH (r:IngestRun {source_id: 'screening'}) RETURN r.words").rows
    assert any("1 of the wallets are not in the graph" in line for line in run[0])
    before = everything(told)
    assert screen(told, LISTED[:3] + LISTED[4:], network="eth").write(told) == Written(done.analysis, 2, 0, 0)
    assert everything(told) == before, "the same wallets, listed once, are the same question"
    assert screen(told, LISTED[:1], network="eth").write(told).analysis != done.analysis


def test_what_has_no_hit_is_written_without_the_day_and_a_list_of_nothing_has_no_claim(store: Store) -> None:
    loader = Loader(store, "run", LATER)
    loader.nodes([Source(id="s", title="s", publisher="s", kind="user"), w(1), w(2)])
    loader.transfers([transfer(1, w(1), w(2), 7, 0)], "s")
    screen(store, [w(1).address], network="eth").write(store)
    (row,) = live(store, "SCREENED_IN")
    assert (row["status"], "words" in row, "nearest_hops" in row) == ("no hit", False, False)
    done = screen(store, ["nothing"], network="eth").write(store)
    assert (done.claims, done.recorded) == (0, 0)
    assert "nothing was found" in done.words()[0]
    before = everything(store)
    assert screen(store, ["nothing"], network="eth").write(store) == done
    assert everything(store) == before


def test_a_profile_is_written_with_its_units_and_what_could_not_be_measured(told: Store) -> None:
    found = profile(told, KESTREL.id)
    done = found.write(told)
    assert (done.claims, done.recorded) == (1, 1)
    (row,) = live(told, "PROFILED_IN")
    assert row["subject"] == KESTREL.id
    assert dict(zip(row["features"], row["values"], strict=True)) == pytest.approx(found.vector())
    units = dict(zip(found.features["feature"], found.features["unit"], strict=True))
    assert dict(zip(row["features"], row["units"], strict=True)) == {name: units[name] for name in row["features"]}
    assert set(row["features"]) | set(row["not_measured"]) == set(found.features["feature"])
    before = everything(told)
    assert profile(told, KESTREL.id).write(told) == Written(done.analysis, 1, 0, 0)
    assert everything(told) == before
    assert profile(told, KESTREL.id, guards=()).write(told).analysis != done.analysis


def test_a_result_is_listed_and_withdrawn_on_the_command_line(
    told: Store, server: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _, password = server
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", password)

    def said(*words: str, ends: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as done:
            main([*words, "--db", address])
        assert (done.value.code or 0) == ends
        told_ = capsys.readouterr()
        return told_.out, told_.err

    assert json.loads(said("results", "list", "--format", "json")[0]) == []
    one = trace(told, incident=KESTREL.id).write(told)
    other = exposure(told, [MULE.id]).write(told)
    rows = json.loads(said("results", "list", "--format", "json")[0])
    assert {row["analysis"]: row["claims"] for row in rows} == {
        one.analysis: one.claims, other.analysis: other.claims
    }  # fmt: skip
    assert f"{one.analysis}: {one.claims} claims taken back" in said("results", "withdraw", one.analysis)[1]
    rows = json.loads(said("results", "list", "--format", "json")[0])
    assert {row["analysis"]: row["claims"] for row in rows} == {one.analysis: 0, other.analysis: other.claims}
    assert live(told, "TAINTED_IN") == []
    before = everything(told)
    assert "0 claims taken back" in said("results", "withdraw", one.analysis)[1]
    assert one.analysis in said("results", "withdraw", one.analysis[:-1] + "x", ends=2)[1], "the nearest is named"
    assert everything(told) == before
    kinds = json.loads(said("results", "list", "--kind", "trace", "--format", "json")[0])
    assert [row["analysis"] for row in kinds] == [one.analysis]
