"""Behaviour of the published laundering wallets, counted against the files themselves; and what the commands print."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.exposure_case import ETHER, EXCHANGE, FAR, KESTREL, NOW, THIEF, TOKEN, coin, story, transfer, w
from workbench.analysis.behaviour.profile import compare, profile
from workbench.analysis.behaviour.run import behaviour
from workbench.analysis.exposure.planted import COUNTERFEIT, DUST, LOOKALIKE
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.model import nodes as n
from workbench.model.claims import DescribesToken, Involves
from workbench.model.ledger import Input, Output
from workbench.model.nodes import Ref

CASES = {"LIFI": "li-fi-2024", "Atomic": "atomic-wallet-2023"}


@pytest.fixture
def loaded(store: Store, shared: Path) -> Store:
    folder = shared / "mftracer-groundtruth" / "mit_dataset"
    assert not ingest_paths(store, [folder / name for name in CASES]).failed
    return store


def rows_of(shared: Path, name: str) -> list[tuple[datetime, str, str]]:
    path = shared / "mftracer-groundtruth" / "mit_dataset" / name / f"{name}.csv"
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [
            (datetime.fromisoformat(row["Timestamp"]), row["From"].lower(), row["To"].lower())
            for row in csv.DictReader(handle)
        ]


@pytest.mark.parametrize("name", CASES)
def test_fan_outs_are_those_counted_from_the_file(loaded: Store, shared: Path, name: str) -> None:
    """For each sender the most different receivers within 24 hours, by trying every transfer as the first."""
    sent: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for time, start, end in rows_of(shared, name):
        if start != end:
            sent[start].append((time, end))
    most = {
        sender: max(
            len({end for time, end in rows if first <= time <= first + timedelta(hours=24)}) for first, _ in rows
        )
        for sender, rows in sent.items()
    }
    found = behaviour(loaded, CASES[name], patterns=["fan-out"])
    got = {row.wallet.rpartition(":")[2]: json.loads(row.figures)["receivers"] for row in found.findings.itertuples()}
    mine = {
        row[0].rpartition(":")[2]
        for row in loaded.read(
            "MATCH (:Incident {id: $id})-[c:INVOLVES]->(w) WHERE c.role IN ['thief', 'laundering'] "
            "AND NOT EXISTS { (:Service)-[:CONTROLS]->(w) } RETURN w.id",
            {"id": CASES[name]},
        ).rows
    }
    assert got == {sender: count for sender, count in most.items() if count >= 10 and sender in mine}
    assert len(got) > 0


def test_every_finding_names_its_transactions_and_its_rate(loaded: Store) -> None:
    found = behaviour(loaded, "li-fi-2024")
    assert set(found.findings["pattern"]) >= {"fan-out", "peel-chain", "chain-hop", "working-hours"}
    behind = found.transfers.groupby("finding")["transfer_id"].count()
    assert (behind.reindex(found.findings["finding"]).to_numpy() == found.findings["transfers"].to_numpy()).all()
    ids = set(found.transfers["transfer_id"])
    there = {
        row[0] for row in loaded.read("MATCH ()-[r:SENT]->() WHERE r.id IN $ids RETURN r.id", {"ids": sorted(ids)}).rows
    }
    assert ids == there
    assert found.findings["base_rate"].str.contains("harmless traffic").all()
    hours = found.findings.query("pattern == 'working-hours'")["words"].iloc[0]
    assert "too few" in hours
    json.dumps(found.to_json())
    assert "<script" not in found._repr_html_()
    assert found.plot().get_xlabel()
    assert found.hours().get_xlabel()
    assert any("no proof of laundering" in line for line in found.words())


def test_a_profile_says_how_far_the_first_service_was(loaded: Store, shared: Path) -> None:
    """Hours from the first transfer of a source wallet to the first arrival at a wallet of a service, from the file."""
    services = {row[0].rpartition(":")[2] for row in loaded.read("MATCH (:Service)-[:CONTROLS]->(w) RETURN w.id").rows}
    folder = shared / "mftracer-groundtruth" / "mit_dataset" / "LIFI"
    sources = {line.strip().lower() for line in (folder / "source_addresses.csv").read_text("utf-8-sig").split()}
    rows = sorted(rows_of(shared, "LIFI"))
    begin = min(time for time, start, _ in rows if start in sources)
    held = dict.fromkeys(sources, begin)
    first = None
    changed = True
    while changed:
        changed = False
        for time, start, end in rows:
            if start in held and start not in services and held[start] <= time and time < held.get(end, datetime.max):
                held[end] = time
                changed = True
    first = min(time for wallet, time in held.items() if wallet in services)
    got = profile(loaded, "li-fi-2024")
    assert got.vector()["hours_to_first_service"] == pytest.approx((first - begin).total_seconds() / 3600)
    both = compare(got, profile(loaded, "atomic-wallet-2023"))
    assert both.distance is not None
    assert 0 < both.distance <= 1
    assert compare(profile(loaded, "atomic-wallet-2023"), got).distance == pytest.approx(both.distance)
    json.dumps(both.to_json())
    assert got._repr_html_()
    assert both._repr_html_()


def test_two_incidents_with_one_launderer_are_told(loaded: Store) -> None:
    wallet = loaded.read(
        "MATCH (:Incident {id: 'li-fi-2024'})-[:INVOLVES {role: 'laundering'}]->(w)-[:SENT]->() RETURN w.id LIMIT 1"
    ).rows[0][0]
    other = n.Incident(id="invented-2025", name="Invented")
    source = n.Source(id="blog", title="A blog", publisher="A. Blogger", kind="researcher")
    loader = Loader(loaded, "run", datetime(2024, 1, 1, tzinfo=UTC))
    loader.nodes([other, source])
    loader.claims([
        Involves(subject=other.ref, object=Ref("Wallet", wallet), source_id="blog", role="thief", confidence=80)
    ])  # fmt: skip
    found = behaviour(loaded, "invented-2025", patterns=["reuse"])
    assert len(found.findings) > 0
    assert {tuple(json.loads(figures)["incidents"]) for figures in found.findings["figures"]} == {
        ("invented-2025", "li-fi-2024")
    }


def test_a_peel_chain_of_utxo_transactions_is_found(store: Store) -> None:
    """Five transactions with one input, a payment and change each: four wallets receive, peel and pass on."""
    change, shops = [coin(i) for i in range(1, 8)], [coin(100 + i) for i in range(6)]
    caip2 = change[0].id.rpartition(":")[0]
    loader = Loader(store, "run", datetime(2024, 1, 1, tzinfo=UTC))
    left, inputs, outputs = 1_000_000, [], []
    for i in range(5):
        time = datetime(2024, 1, 1 + i, tzinfo=UTC)
        tx = n.Transaction(id=f"{caip2}/tx:{i:064x}", hash=f"{i:064x}", network="btc", time=time)
        loader.nodes([tx, change[i], change[i + 1], shops[i]])
        inputs.append(Input(change[i].id, tx.id, f"i{i}", str(left), float(left), 0))
        left -= 50_000
        outputs.append(Output(tx.id, shops[i].id, f"p{i}", "49000", 49e3, 0))
        outputs.append(Output(tx.id, change[i + 1].id, f"c{i}", str(left), float(left), 1))
    loader.flows("INPUT", inputs, "blog")
    loader.flows("OUTPUT", outputs, "blog")
    found = behaviour(store, wallets=[one.id for one in change], patterns=["peel-chain"])
    assert [json.loads(figures)["steps"] for figures in found.findings["figures"]] == [4]
    assert found.transfers["transfer_id"].str.startswith(f"{caip2}/tx:").all()
    assert any("which input paid which output nobody knows" in line for line in found.words())


def test_what_cannot_be_asked_is_said(loaded: Store) -> None:
    with pytest.raises(UnknownNameError):
        behaviour(loaded, "no-such-incident")
    with pytest.raises(UnknownNameError):
        behaviour(loaded, "li-fi-2024", patterns=["peel"])
    with pytest.raises(UsageError):
        behaviour(loaded)
    with pytest.raises(ParameterError):
        behaviour(loaded, "li-fi-2024", parameters={"fan-out": {"receivers": 3}})
    loaded.write("CREATE (:Incident {id: 'empty-2020', name: 'Empty'})")
    with pytest.raises(UsageError, match="no wallets"):
        behaviour(loaded, "empty-2020")


def test_the_command_prints_findings_and_profiles(
    loaded: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.cli import main

    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", loaded.auth[1])
    common = ["behaviour", "li-fi-2024", "--db", loaded.uri, "--format", "json"]
    printed = []
    for more in (["--pattern", "fan-out", "-p", "fan-out.min_receivers=20"], ["--profile"],
                 ["--against", "atomic-wallet-2023"]):  # fmt: skip
        with pytest.raises(SystemExit) as done:
            main([*common, *more])
        assert done.value.code == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert [one["figures"]["receivers"] for one in printed[0]["findings"]] == [29]
    assert printed[1]["incident"] == "li-fi-2024"
    assert printed[2]["right"] == "atomic-wallet-2023"
    with pytest.raises(SystemExit) as done:
        main([*common, "-p", "fan-out.min_receivers=many"])
    assert done.value.code == 2


def test_a_service_among_an_incidents_wallets_is_left_out_and_counted_and_a_weak_word_starts_nothing(
    store: Store,
) -> None:
    """The exchange is named as a launderer's too; FAR is a source by a claim of confidence 5 only."""
    story(store)
    Loader(store, "more", NOW).claims([
        Involves(subject=KESTREL.ref, object=EXCHANGE.ref, source_id="blog", role="laundering", confidence=80),
        Involves(subject=KESTREL.ref, object=FAR.ref, source_id="blog", role="source", confidence=5),
    ])  # fmt: skip
    found = behaviour(store, KESTREL.id)
    assert (found.summary["wallets"], found.summary["services_left_out"]) == (2, 1)
    assert any("1 wallets of services were left out" in line for line in found.words())
    assert profile(store, KESTREL.id).summary["starts"] == 1
    moved = profile(store, KESTREL.id).vector()
    assert (moved["hops_to_first_service"], moved["hours_to_first_service"]) == (2, 4), "thief, mule, exchange"
    early = behaviour(store, KESTREL.id, as_of=NOW.replace(tzinfo=None))
    assert early.summary["transfers"] == found.summary["transfers"]


def test_a_rate_is_not_shown_as_measured_for_other_parameters(loaded: Store) -> None:
    found = behaviour(loaded, "li-fi-2024", patterns=["fan-out"], parameters={"fan-out": {"min_receivers": 2}})
    assert found.patterns["base_rate"].str.startswith("not measured with these parameters").all()
    assert len(found.findings) > 0
    assert found.findings["base_rate"].str.startswith("not measured with these parameters").all()


FAN = {"patterns": ["fan-in"], "parameters": {"fan-in": {"min_senders": 10}}}


def planted_fan(store: Store) -> tuple[list[str], n.Wallet]:
    """Twelve strangers send a new wallet a cent each within the hour; nine others a hundred dollars each."""
    story(store)
    new = w(50)
    senders = [w(100 + i) for i in range(21)]
    loader = Loader(store, "more", NOW)
    loader.nodes([new, *senders])
    rows = [transfer(100 + i, one, new, 9, 0, usd=0.01 if i < 12 else 100.0) for i, one in enumerate(senders)]
    loader.transfers(rows, "blog")
    return [row.id for row in rows], new


def test_what_anybody_can_plant_makes_no_pattern_and_is_listed(store: Store) -> None:
    ids, new = planted_fan(store)
    found = behaviour(store, wallets=[new.id], **FAN)  # type: ignore[arg-type]
    assert not len(found.findings)
    assert sorted(found.uncounted["transfer_id"]) == sorted(ids[:12])
    assert set(found.uncounted["reason"]) == {DUST}
    assert set(found.uncounted["amount_base_units"]) == {9}
    assert found.summary["planted"] == [
        {"reason": DUST, "asset": ETHER, "transfers": 12, "amount_base_units": "108"}
    ]  # fmt: skip
    assert any("Left out as dust: 12 transfers, 108 base units" in line for line in found.words())
    assert len(found.to_json()["uncounted"]) == 12
    for off in ({"guards": ()}, {"guards": ["lookalike"]}, {"dust_usd": 0.0}):
        bare = behaviour(store, wallets=[new.id], **FAN, **off)  # type: ignore[arg-type]
        assert [json.loads(figures)["senders"] for figures in bare.findings["figures"]] == [21]
        assert not len(bare.uncounted)
    assert behaviour(store, wallets=[new.id], **FAN, guards=()).write(store).analysis != (  # type: ignore[arg-type]
        found.write(store).analysis
    ), "another question"
    with pytest.raises(UnknownNameError):
        behaviour(store, wallets=[new.id], guards=["dst"])
    with pytest.raises(ParameterError):
        behaviour(store, wallets=[new.id], dust_usd=-1.0)


def test_a_lookalike_and_a_counterfeit_token_make_no_round_trip(store: Store) -> None:
    """A true friend gets 5,000; the one who imitates him, and a token that calls itself USDT, send something back."""
    story(store)
    new = w(50)
    true, fake = (n.Wallet.of(f"0xaaa{middle * 33}beef", "eth") for middle in "12")
    loader = Loader(store, "more", NOW)
    token = n.Token(id=TOKEN, network="eth")
    loader.nodes([new, true, fake, token])
    loader.transfers([
        transfer(100, new, true, 5_000, 0, usd=5_000.0), transfer(101, fake, new, 5, 1, usd=5.0),
        transfer(102, true, new, 9_000, 2, asset=TOKEN, usd=9_000.0),
    ], "blog")  # fmt: skip
    loader.claims([DescribesToken(subject=Ref("Source", "blog"), object=token.ref, source_id="blog", symbol="USDT")])
    found = behaviour(store, wallets=[new.id])
    told = dict(zip(found.uncounted["reason"], found.uncounted["sender"], strict=True))
    assert told == {LOOKALIKE: fake.id, COUNTERFEIT: true.id}
    assert found.summary["transfers"] == 1
    assert behaviour(store, wallets=[new.id], guards=()).summary["transfers"] == 3


def test_a_profile_says_what_guards_left_out(store: Store) -> None:
    story(store)
    loader = Loader(store, "more", NOW)
    dusted = [w(100 + i) for i in range(5)]
    loader.nodes(dusted)
    loader.transfers([transfer(100 + i, THIEF, one, 9, 0, usd=0.01) for i, one in enumerate(dusted)], "blog")
    made, bare = profile(store, KESTREL.id), profile(store, KESTREL.id, guards=())
    assert bare.vector()["fan_out_most"] == made.vector()["fan_out_most"] + 5
    assert any("Left out as dust: 5 transfers, 45 base units" in line for line in made.words())


def test_the_command_switches_guards(
    store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.cli import main

    _, new = planted_fan(store)
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", store.auth[1])
    printed = []
    for more in ([], ["--guard", "none"], ["--dust-usd", "0"]):
        with pytest.raises(SystemExit) as done:
            main(["behaviour", "--wallet", new.id, "--pattern", "fan-in", "-p", "fan-in.min_senders=10", *more,
                  "--table", "uncounted", "--db", store.uri, "--format", "jsonl"])  # fmt: skip
        assert done.value.code == 0
        printed.append(len(capsys.readouterr().out.splitlines()))
    assert printed == [12, 0, 0]
