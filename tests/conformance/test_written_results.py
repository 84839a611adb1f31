"""Results in the graph: what is written, that the same again writes nothing, and what becomes of an old run."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.exposure_case import EXCHANGE, FAR, HUGE, KESTREL, MULE, THIEF, TOKEN, coin, story, transfer, w
from tests.written_case import everything, live
from workbench.analysis import computed
from workbench.analysis.behaviour.profile import profile
from workbench.analysis.behaviour.run import behaviour
from workbench.analysis.demixing.pools import TORNADO
from workbench.analysis.demixing.run import demix
from workbench.analysis.exposure.run import exposure
from workbench.analysis.exposure.screen import screen
from workbench.analysis.tracing.follow import METHODS, Options, trace, trace_ledger
from workbench.analysis.written import Written, withdraw
from workbench.case import Case
from workbench.cli import main
from workbench.errors import UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.model.claims import Involves
from workbench.model.ledger import Input, Output, Transfer, native_asset
from workbench.model.nodes import Incident, Source, Transaction
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

LATER = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def told(store: Store) -> Store:
    return story(store)


def test_a_trace_is_written_row_by_row_to_the_base_unit(told: Store) -> None:
    """The thief sends 750 of ether (and 2 × (2^63 + 5) of a token); the mule adds 250 of its own and passes on half:
    400 to one wallet, 100 to the exchange."""
    found = trace(told, incident=KESTREL.id)
    done = found.write(told)
    assert done.to_json() == {"analysis": done.analysis, "claims": 4, "recorded": 4, "retracted": 0}
    by = {(row["subject"], row["asset"] == TOKEN): row for row in live(told, "TAINTED_IN")}
    mule = by[MULE.id, False]
    assert (mule["outcome"], mule["haircut"], mule["low"], mule["high"]) == ("held", "375", "375", "375")
    assert (mule["received"], mule["value"], mule["hops"]) == ("750", 375.0, 1)
    assert by[FAR.id, False]["haircut"] == "300"
    token = by[MULE.id, True]
    assert {token[method] for method in ("poison", "haircut", "fifo", "lifo", "tiho")} == {str(2 * HUGE)}
    assert int(token["haircut"]) > 2**64
    crossed = by[EXCHANGE.id, False]
    assert (crossed["outcome"], crossed["services"], crossed["haircut"]) == ("crossed", ["harbor"], "75")
    assert {row["tier"] for row in by.values()} == {"structural"}
    assert not any("confidence" in row for row in by.values())
    (node,) = told.read("MATCH (q:Analysis) RETURN properties(q)").rows
    assert (node[0]["kind"], node[0]["incidents"], node[0]["wallets"]) == ("trace", [KESTREL.id], [THIEF.id])
    assert json.loads(node[0]["options"])["stop_confidence"] == 50


def test_no_calculation_leads_from_a_wallet_to_an_actor_or_an_incident(told: Store) -> None:
    results: list[Any] = [
        trace(told, incident=KESTREL.id), exposure(told, [MULE.id]), behaviour(told, KESTREL.id),
        screen(told, [MULE.id]), profile(told, KESTREL.id),
    ]  # fmt: skip
    for result in results:
        result.write(told)
    types = "TAINTED_IN|EXPOSED_IN|SHOWS_PATTERN_IN|SCREENED_IN|PROFILED_IN"
    ends = told.read(f"MATCH ()-[c:{types}]->(n) RETURN DISTINCT labels(n)").rows
    assert ends == [(["Analysis"],)]
    both = f"MATCH (:Incident)-[:PROFILED_IN]->(q)<-[:{types}]-(:Wallet) RETURN q.id"
    assert told.read(both).rows == [], "and none from a wallet to an incident by way of a profile"


@pytest.mark.parametrize("what", ["trace", "exposure", "behaviour"])
def test_the_same_again_writes_nothing(told: Store, what: str) -> None:
    asked = {
        "trace": lambda: trace(told, incident=KESTREL.id),
        "exposure": lambda: exposure(told, [MULE.id, FAR.id]),
        "behaviour": lambda: behaviour(
            told, wallets=[MULE.id], patterns=["fan-out"], parameters={"fan-out": {"min_receivers": 2}}
        ),
    }[what]
    first = asked().write(told)
    assert first.recorded == first.claims > 0
    before = everything(told)
    again = asked().write(told)
    assert again == Written(first.analysis, first.claims, 0, 0)
    assert everything(told) == before
    assert "nothing was changed" in again.words()[0]


def test_a_changed_ledger_is_another_run_and_takes_back_what_no_longer_holds(told: Store) -> None:
    first = trace(told, incident=KESTREL.id).write(told)
    Loader(told, "later", LATER).transfers([transfer(20, FAR, w(20), 390, 10)], "blog")
    second = trace(told, incident=KESTREL.id).write(told)
    assert second.analysis == first.analysis
    assert second.recorded > 0
    assert second.retracted > 0
    runs = told.read("MATCH (r:IngestRun {source_id: 'tracing'}) RETURN r.input_sha256, r.status, r.words").rows
    assert len({row[0] for row in runs}) == 2
    assert {row[1] for row in runs} == {"done"}
    assert all(any("difference 0" in line for line in row[2]) for row in runs)
    held = {row["subject"] for row in live(told, "TAINTED_IN") if row["outcome"] == "held"}
    assert w(20).id in held
    gone = told.read("MATCH (w)-[c:TAINTED_IN]->() WHERE c.retracted_at IS NOT NULL RETURN w.id").rows
    assert (FAR.id,) in gone


def test_an_unrelated_transfer_changes_nothing_of_a_trace(told: Store) -> None:
    trace(told, incident=KESTREL.id).write(told)
    Loader(told, "later", LATER).transfers([transfer(21, w(30), w(31), 5, 10)], "blog")
    before = everything(told)
    assert trace(told, incident=KESTREL.id).write(told).recorded == 0
    assert everything(told) == before


def test_another_question_stands_beside_the_first_and_can_be_taken_back(told: Store) -> None:
    one = trace(told, incident=KESTREL.id).write(told)
    other = trace(told, incident=KESTREL.id, methods=["fifo"], stop_at=()).write(told)
    assert one.analysis != other.analysis
    assert {row["analysis"] for row in live(told, "TAINTED_IN")} == {one.analysis, other.analysis}
    only = [row for row in live(told, "TAINTED_IN") if row["analysis"] == other.analysis]
    assert not any("haircut" in row or "low" in row or "received" in row for row in only)
    assert {float(row["fifo"]) for row in only} == {row["value"] for row in only}
    assert withdraw(told, other.analysis) == other.claims
    assert {row["analysis"] for row in live(told, "TAINTED_IN")} == {one.analysis}
    assert withdraw(told, other.analysis) == 0
    assert trace(told, incident=KESTREL.id, methods=["fifo"], stop_at=()).write(told).recorded == other.claims


def test_interrupted_it_is_completed_by_the_next_run(told: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computed, "BATCH", 2)

    def stop(what: str, done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trace(told, incident=KESTREL.id).write(told, stop)
    assert len(live(told, "TAINTED_IN")) == 2
    assert told.read("MATCH (r:IngestRun {source_id: 'tracing'}) RETURN r.status").rows == [("interrupted",)]
    overview = QueryLibrary([shipped_folder("queries")])
    assert overview.run(told, "analyses/overview", {}).to_frame()["last_run"].tolist() == ["interrupted"]
    done = trace(told, incident=KESTREL.id).write(told)
    assert overview.run(told, "analyses/overview", {}).to_frame()["last_run"].tolist() == ["done"]
    assert len(live(told, "TAINTED_IN")) == done.claims == done.recorded + 2


def test_exposure_is_written_with_exact_amounts_and_with_what_is_not_explained(told: Store) -> None:
    exposure(told, [MULE.id, w(8).id]).write(told)
    rows = live(told, "EXPOSED_IN")
    (sanctioned,) = [r for r in rows if r["kind"] == "sanctioned" and r["direction"] == "received from"]
    assert (sanctioned["subject"], sanctioned["category"], sanctioned["hops"]) == (MULE.id, "ofac", 1)
    assert dict(zip(sanctioned["assets"], sanctioned["amounts"], strict=True)) == {
        native_asset("eip155:1"): "750", TOKEN: str(2 * HUGE)
    }  # fmt: skip
    assert sanctioned["counterparties"] == [THIEF.id]
    assert {r["direction"] for r in rows if r["kind"] == "unresolved"} <= {"received from", "sent to"}
    assert [r for r in rows if r["kind"] == "unresolved" and r["subject"] == MULE.id]
    (node,) = told.read("MATCH (q:Analysis {kind: 'exposure'}) RETURN q.wallets").rows
    assert node[0] == sorted([MULE.id, w(8).id]), "who was asked about and has nothing is told as well"


def test_patterns_are_written_with_their_transfers(told: Store) -> None:
    found = behaviour(told, wallets=[MULE.id], patterns=["fan-out"], parameters={"fan-out": {"min_receivers": 2}})
    found.write(told)
    (row,) = live(told, "SHOWS_PATTERN_IN")
    assert (row["subject"], row["pattern"], row["words"]) == (MULE.id, "fan-out", found.findings["words"].iloc[0])
    assert row["transfers"] == found.transfers["transfer_id"].tolist()
    assert {"receivers"} <= json.loads(row["figures"]).keys()


def test_hypotheses_are_written_as_hypotheses(store: Store) -> None:
    thief, friend, other = (f"eip155:1:0x{letter * 40}" for letter in "abc")
    note, pool = TORNADO[2].note, TORNADO[2].wallet
    rows = [(thief, pool, note, 1), (other, pool, note, 2), (pool, friend, note, 3), (friend, thief, 10**17, 4)]
    Loader(store, "run", LATER).transfers([
        Transfer(a, b, f"eip155:1/tx:{i:064x}/trace:0", native_asset("eip155:1"), str(v), float(v), None,
                 86_400_000 * i, i, 0)
        for a, b, v, i in rows
    ], "a-source")  # fmt: skip
    found = demix(store, [thief])
    done = found.write(store)
    (row,) = live(store, "MAY_EXIT_IN")
    assert (row["subject"], row["depositor"], row["strength"]) == (friend, thief, found.table["grade"].iloc[0])
    assert row["anonymity_set"] == found.table["anonymity_set"].iloc[0]
    assert "confidence" not in row
    before = everything(store)
    assert demix(store, [thief]).write(store) == Written(done.analysis, 1, 0, 0)
    assert everything(store) == before


def test_an_empty_result_is_told_as_a_run_that_found_nothing(told: Store) -> None:
    done = behaviour(told, wallets=[FAR.id], patterns=["peel-chain"]).write(told)
    assert (done.claims, done.recorded) == (0, 0)
    assert told.read("MATCH (q:Analysis) RETURN q.id, q.wallets").rows == [(done.analysis, [FAR.id])]
    (run,) = told.read("MATCH (r:IngestRun {source_id: 'behaviour'}) RETURN r.status, r.rows_in, r.words").rows
    assert run[:2] == ("done", 0)
    assert any("Not found" in line for line in run[2])
    before = everything(told)
    behaviour(told, wallets=[FAR.id], patterns=["peel-chain"]).write(told)
    assert everything(told) == before


def test_hostile_names_are_text(store: Store) -> None:
    """A name with Cypher, with the mark that joins names, and a very long one, come back as they went in."""
    name = "x' }) DETACH DELETE n // | y, z <script>" + "é" * 300
    loader = Loader(store, "run", LATER)
    incident = Incident(id=name, name=name)
    loader.nodes([Source(id="s", title="s", publisher="s", kind="user"), incident, w(1)])
    loader.transfers([transfer(1, w(1), w(2), 7, 0)], "s")
    loader.claims([Involves(subject=incident.ref, object=w(1).ref, source_id="s", role="thief")])
    trace(store, incident=name).write(store)
    (row,) = live(store, "TAINTED_IN")
    assert (row["incident"], row["haircut"]) == (name, "7")
    assert store.read("MATCH (q:Analysis) RETURN q.incidents").rows == [([name],)]


def test_what_may_not_be_passed_on_marks_what_was_made_of_it(told: Store) -> None:
    loader = Loader(told, "later", LATER)
    loader.claims([Involves(subject=KESTREL.ref, object=w(9).ref, source_id="blog", role="laundering", tlp="amber")])
    trace(told, incident=KESTREL.id).write(told)
    assert {row["tlp"] for row in live(told, "TAINTED_IN")} == {"amber"}


def test_a_result_of_another_graph_or_of_no_graph_is_refused(told: Store) -> None:
    from workbench.analysis.ledger_arrays import Ledger

    made = trace_ledger(Ledger.of([transfer(1, w(90), w(91), 5, 0)]), [w(90).id], options=Options())
    with pytest.raises(UsageError, match="not in the graph"):
        made.write(told)
    assert told.read("MATCH (q:Analysis) RETURN q").rows == []
    with pytest.raises(UsageError, match="cannot be written"):
        Case.write(object(), "a trace")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "type_"),
    [
        (["trace", KESTREL.id], "TAINTED_IN"),
        (["exposure", MULE.id], "EXPOSED_IN"),
        (["behaviour", "--wallet", MULE.id, "--pattern", "fan-out", "-p", "fan-out.min_receivers=2"],
         "SHOWS_PATTERN_IN"),
        (["behaviour", KESTREL.id, "--profile"], "PROFILED_IN"),
    ],
)  # fmt: skip
def test_the_command_line_writes_only_when_it_is_told_to(
    told: Store, server: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str],
    type_: str,
) -> None:  # fmt: skip
    address, _, password = server
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", password)

    def said(*more: str) -> tuple[Any, str]:
        with pytest.raises(SystemExit) as done:
            main([*words, *more, "--db", address, "--format", "json"])
        assert not done.value.code
        told_ = capsys.readouterr()
        return json.loads(told_.out), " ".join(told_.err.split())

    before = everything(told)
    plain, _ = said()
    assert everything(told) == before
    written, talk = said("--write")
    assert {k: v for k, v in written.items() if k != "summary"} == {k: v for k, v in plain.items() if k != "summary"}
    assert len(live(told, type_)) > 0
    assert "In the graph as" in talk
    before = everything(told)
    assert "nothing was changed" in said("--write")[1]
    assert everything(told) == before


def sums_to_the_conservation_table(store: Store, found: Any) -> None:
    """What is written of every method, asset and incident comes to what the trace booked, to the base unit."""
    rows = live(store, "TAINTED_IN")
    for line in found.conservation.to_dict("records"):
        mine = [r for r in rows if (r["asset"], r["incident"]) == (line["asset"], line["incident"])]
        for outcome in ("held", "crossed"):
            there = [int(r[line["method"]]) for r in mine if r["outcome"] == outcome]
            assert sum(there) == line[outcome], (line["method"], outcome)
    for row in rows:
        assert int(row["low"]) <= int(row["haircut"]) <= int(row["high"])
        assert (row["outcome"] == "passed") == (not any(int(row[m]) for m in METHODS))


def test_what_is_written_of_published_paths_adds_up(store: Store, shared: Path) -> None:
    assert not ingest_paths(store, [shared / "mftracer-groundtruth" / "mit_dataset" / "LIFI"]).failed
    found = trace(store, incident="li-fi-2024")
    assert found.write(store).claims == found.summary["wallets"]
    sums_to_the_conservation_table(store, found)


def test_outputs_of_one_wallet_are_one_claim(store: Store) -> None:
    """One coin of 100 pays one wallet twice (30, 20), another 45, and 5 of fee; then the first 20 to a third."""
    wallets = [coin(n) for n in range(1, 5)]
    start, twice, other, third = (wallet.id for wallet in wallets)
    txs = [
        Transaction(id=f"bip122:000000000019d6689c085ae165831e93/tx:{d * 64}", hash=d * 64, network="btc", block=n,
                    time=datetime(2024, 1, 1 + n, tzinfo=UTC))
        for n, d in enumerate("abc")
    ]  # fmt: skip
    first, split, last = (tx.id for tx in txs)
    loader = Loader(store, "run", LATER)
    loader.nodes([*wallets, *txs])

    def out(tx: str, to: str, amount: int, at: int) -> Output:
        return Output(tx, to, f"{tx}/out:{at}", str(amount), float(amount), at)

    loader.flows("OUTPUT", [
        out(first, start, 100, 0), out(split, twice, 30, 0), out(split, twice, 20, 1), out(split, other, 45, 2),
        out(last, third, 20, 0),
    ], "s")  # fmt: skip
    loader.flows("INPUT", [
        Input(start, split, f"{split}/in:0", "100", 100.0, 0), Input(twice, last, f"{last}/in:0", "20", 20.0, 0)
    ], "s")  # fmt: skip
    found = trace(store, [start])
    found.write(store)
    sums_to_the_conservation_table(store, found)
    by = {(row["subject"], row["outcome"]): row for row in live(store, "TAINTED_IN")}
    assert by[twice, "held"]["haircut"] == "30"
    assert (by[other, "held"]["haircut"], by[third, "held"]["haircut"]) == ("45", "20")
