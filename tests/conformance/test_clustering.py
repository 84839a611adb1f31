"""Clusters in the graph: read back, written once, retracted when they no longer hold, beside those of others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench.analysis import computed
from workbench.analysis.clustering.cases import CAIP2, Case, read_cases
from workbench.analysis.clustering.compare import compare, stored
from workbench.analysis.clustering.evidence import Evidence, read_evidence
from workbench.analysis.clustering.heuristics import chosen
from workbench.analysis.clustering.ledger import Utxo, read_utxo
from workbench.analysis.clustering.run import cluster, clustering, settled
from workbench.cli import main
from workbench.errors import UnknownNameError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.model.claims import Controls, InCluster
from workbench.model.ledger import Input, Output, Transfer, native_asset
from workbench.model.nodes import Cluster, Service, Source, Transaction, Wallet

CASES = read_cases(Path(__file__).parents[1] / "data" / "coinjoin" / "cases.txt")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def load(store: Store, cases: list[Case]) -> None:
    loader = Loader(store, "test", NOW, "test")
    coins = [coin for case in cases for coin in (*case.spend.inputs, *case.spend.outputs)]
    loader.nodes(
        Wallet(id=name, address=name.rpartition(":")[2], network="btc") for name in {coin.wallet for coin in coins}
    )
    loader.nodes(
        Transaction(
            id=case.spend.id, hash=case.spend.id[-64:], network="btc", block=case.spend.block,
            time=datetime.fromtimestamp(case.spend.time_ms / 1000, UTC),
        )
        for case in cases
    )  # fmt: skip
    ins, outs = [], []
    for spend in (case.spend for case in cases):
        for i, coin in enumerate(spend.inputs):
            amount = str(coin.amount)
            ins.append(Input(coin.wallet, spend.id, f"{spend.id}/in:{i}", amount, float(amount), i))
        for i, coin in enumerate(spend.outputs):
            amount = str(coin.amount)
            outs.append(Output(spend.id, coin.wallet, f"{spend.id}/out:{i}", amount, float(amount), i))
    loader.flows("INPUT", ins, "test")
    loader.flows("OUTPUT", outs, "test")


@pytest.fixture
def loaded(store: Store) -> Store:
    load(store, CASES)
    return store


def everything(store: Store) -> list[Any]:
    """Every node and edge with its properties."""
    nodes = store.read("MATCH (n) WHERE NOT n:WorkbenchMeta RETURN properties(n)").rows
    edges = store.read("MATCH (a)-[r]->(b) RETURN a.id, type(r), b.id, properties(r)").rows
    return sorted(map(repr, [*nodes, *edges]))


def live(store: Store) -> dict[str, str]:
    rows = store.read(
        "MATCH (w:Wallet)-[c:IN_CLUSTER {source_id: 'clustering'}]->(k) WHERE c.retracted_at IS NULL RETURN w.id, k.id"
    ).rows
    return dict(rows)


def in_memory(cases: list[Case]) -> dict[str, str]:
    used = chosen(["co_spend"])
    return clustering(Evidence.of(case.spend for case in cases), used, *settled(used, {})).membership()


def test_the_ledger_is_read_back_exactly(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.analysis.utxo_projection.CHUNK", 5)
    wallets = read_evidence(loaded, utxo=False, transfers=False).wallets
    read, made = read_utxo(loaded, wallets), Utxo.of(case.spend for case in CASES)
    assert read.wallets.tolist() == made.wallets.tolist()
    count = len(made.transactions)
    assert [read.spend(i) for i in range(count)] == [made.spend(i) for i in range(count)]


def test_clusters_are_claims_with_method_parameters_input_and_code(loaded: Store) -> None:
    found = cluster(loaded, ["co_spend"])
    assert live(loaded) == found.membership() == in_memory(CASES)
    claim, node = loaded.read(
        "MATCH ()-[c:IN_CLUSTER]->(k) RETURN properties(c), properties(k) ORDER BY c.claim_id LIMIT 1"
    ).rows[0]
    assert (claim["tier"], claim["method"], claim["source_id"]) == ("structural", "co_spend/2", "clustering")
    assert json.loads(node["parameters"]) == {"leave_out_coinjoins": True}
    assert node["heuristic"] == "co_spend"
    smallest = min(name for name, of in live(loaded).items() if of == node["id"])
    assert node["id"] == f"{found.summary['run'].replace(' ', ':')}:{smallest}"
    (run,) = loaded.read("MATCH (r:IngestRun {source_id: 'clustering'}) RETURN properties(r)").rows
    assert run[0]["input_sha256"] == found.summary["input_sha256"]
    assert run[0]["code_version"]
    assert run[0]["rows_in"] == run[0]["loaded"] == len(live(loaded))


def test_again_writes_nothing_and_a_dry_run_never_does(loaded: Store) -> None:
    before = everything(loaded)
    cluster(loaded, ["co_spend"], write=False)
    assert everything(loaded) == before
    first = cluster(loaded, ["co_spend"])
    assert first.summary["written"] == (len(first.membership()), 0)
    before = everything(loaded)
    again = cluster(loaded, ["co_spend"])
    assert again.summary["written"] == (0, 0)
    assert everything(loaded) == before
    assert again.to_json() == {**first.to_json(), "summary": {**first.summary, "written": (0, 0)}}


def test_other_parameters_are_another_run_beside_the_first(loaded: Store) -> None:
    cluster(loaded, ["co_spend"])
    one = stored(loaded, loaded.read("MATCH (r:IngestRun) RETURN r.dataset").rows[0][0])
    found = cluster(loaded, ["co_spend"], leave_out_coinjoins=False)
    assert loaded.read("MATCH ()-[c:IN_CLUSTER]->() WHERE c.retracted_at IS NOT NULL RETURN c").rows == []
    datasets = [row[0] for row in loaded.read("MATCH ()-[c:IN_CLUSTER]->() RETURN DISTINCT c.dataset").rows]
    assert len(datasets) == 2
    stricter = cluster(loaded, ["co_spend"], guard_share=0.01, guard_least=5)  # marks clusters, and makes no others
    assert stricter.membership() == one
    assert stricter.summary["written"][0] == stricter.summary["written"][1] > 0
    cluster(loaded, ["co_spend"])
    changes = set(compare(one, found.membership())["change"])
    assert "merged" in changes
    assert "split" not in changes


def test_changed_input_retracts_what_no_longer_holds_and_the_first_run_can_still_be_asked(store: Store) -> None:
    fewer = [case for case in CASES if case.name != "spend-exch"]
    load(store, fewer)
    first = cluster(store, ["co_spend"])
    load(store, CASES)
    second = cluster(store, ["co_spend"])
    assert live(store) == in_memory(CASES)
    recorded, retracted = second.summary["written"]
    assert retracted > 0
    assert recorded >= retracted  # who changed cluster is retracted there and recorded here
    runs = store.read("MATCH (r:IngestRun {source_id: 'clustering'}) RETURN r.id ORDER BY r.started_at").rows
    assert stored(store, runs[0][0]) == first.membership()
    assert stored(store, runs[1][0][:8]) == second.membership()
    told = compare(stored(store, runs[0][0]), stored(store, runs[1][0]))
    assert told["change"].tolist().count("merged") == 1
    with pytest.raises(UnknownNameError, match="run of clusters"):
        stored(store, "nobody")


def test_interrupted_it_is_completed_by_the_next_run(loaded: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(computed, "BATCH", 50)

    def stop(what: str, done: int) -> None:
        if what == "writing":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cluster(loaded, ["co_spend"], progress=stop)
    assert len(live(loaded)) == 50
    assert loaded.read("MATCH (r:IngestRun) RETURN r.status").rows == [("interrupted",)]
    cluster(loaded, ["co_spend"])
    assert live(loaded) == in_memory(CASES)
    assert ("done",) in loaded.read("MATCH (r:IngestRun) RETURN r.status").rows


def test_clusters_of_others_stand_beside_and_are_never_touched(loaded: Store) -> None:
    other = Source(id="other", title="Other", publisher="Other", kind="vendor")
    node = Cluster(id="other:7", heuristic="theirs", parameters="{}")
    wallets = sorted(CASES[0].owners)[:3]
    loader = Loader(loaded, "other", NOW, "other")
    loader.nodes([other, node])
    claims = [InCluster(subject=("Wallet", name), object=node.ref, source_id="other") for name in wallets]  # type: ignore[arg-type]
    loader.claims(claims)
    found = cluster(loaded, ["co_spend"])
    assert found.imported[["source", "cluster", "wallets"]].values.tolist() == [["other", "other:7", 3]]
    cluster(loaded, ["co_spend"], leave_out_coinjoins=False)
    rows = loaded.read("MATCH (w)-[c:IN_CLUSTER {source_id: 'other'}]->() RETURN w.id, c.retracted_at ORDER BY 1").rows
    assert rows == [(name, None) for name in wallets]
    assert stored(loaded, "other") == dict.fromkeys(wallets, "other:7")


def test_a_cluster_of_two_services_is_written_as_defect(loaded: Store) -> None:
    exch = sorted(name for name, of in in_memory(CASES).items() if of == max(in_memory(CASES).values(), key=list(
        in_memory(CASES).values()).count))  # fmt: skip
    loader = Loader(loaded, "claims", NOW, "claims")
    loader.nodes([Source(id="list", title="A list", publisher="List", kind="vendor")])
    for name, wallet in (("One Exchange", exch[0]), ("Two Exchange", exch[1])):
        service = Service(id=name.lower().replace(" ", "-"), name=name, concept="exchange")
        loader.nodes([service])
        loader.claims([Controls(subject=service.ref, object=("Wallet", wallet), source_id="list")])  # type: ignore[arg-type]
    found = cluster(loaded, ["co_spend"])
    assert found.warnings["kind"].tolist().count("services") == 1
    assert loaded.read("MATCH ()-[c:IN_CLUSTER]->() WHERE c.defect CONTAINS 'services' RETURN count(c)").rows == [
        (len(exch),)
    ]


def test_accounts_and_coins_of_one_graph_share_their_numbers(loaded: Store) -> None:
    key = "0x" + "11" * 20
    mine, other = [f"eip155:{chain}:{key}" for chain in (1, 56)], f"eip155:1:0x{'22' * 20}"
    transfers = [
        Transfer(name, other, f"{name[: name.rindex(':')]}/tx:{i:064x}/tx", native_asset(name[: name.rindex(":")]), "5",
                 5.0, None, 1_600_000_000_000 + i, i, 0)
        for i, name in enumerate(mine)
    ]  # fmt: skip
    transfers[1] = transfers[1]._replace(receiver=f"eip155:56:0x{'22' * 20}")
    Loader(loaded, "accounts", NOW, "accounts").transfers(transfers, "test")
    found = cluster(loaded)
    assert set(found.summary["heuristics"]) == {"co_spend", "deposit_reuse", "same_key"}
    assert found.members(mine[0]) == mine
    (link,) = found.explain(*mine).chain
    assert [link.transaction_a, link.transaction_b] == [transfer.id for transfer in transfers]
    btc = {name: of for name, of in found.membership().items() if name.startswith(CAIP2)}
    groups = {frozenset(n for n, of in btc.items() if of == one) for one in set(btc.values())}
    memory = in_memory(CASES)
    assert groups == {frozenset(n for n, of in memory.items() if of == one) for one in set(memory.values())}


def test_real_ledgers_cluster(store: Store, shared: Path) -> None:
    """The fixture files of bitcoin-etl: co-spends counted from the JSON lines themselves."""
    files = sorted((shared / "etl-fixtures" / "btc").glob("dogecoin*_transactions.json"))
    files += sorted((shared / "etl-fixtures" / "btc").glob("bitcoin__*_transactions.json"))
    assert not ingest_paths(store, files).failed
    sets: list[set[str]] = []
    for path in files:
        for line in path.read_text().splitlines():
            inputs = {a for i in json.loads(line)["inputs"] if i.get("value") for a in i.get("addresses") or []}
            if len(inputs) > 1:
                sets.append(inputs)
    while any(a & b for i, a in enumerate(sets) for b in sets[:i]):
        i, j = next((i, j) for i, a in enumerate(sets) for j, b in enumerate(sets[:i]) if a & b)
        sets[j] |= sets.pop(i)
    found = cluster(store, ["co_spend"], leave_out_coinjoins=False)
    made = [{name.rpartition(":")[2] for name in found.members(of)} for of in found.clusters["cluster"]]
    assert sorted(map(sorted, made)) == sorted(map(sorted, sets))


def test_the_command_line(loaded: Store, server, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    address, _, password = server
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", password)

    def said(*arguments: str) -> Any:
        with pytest.raises(SystemExit) as done:
            main(["cluster", "--heuristic", "co-spend", *arguments, "--db", address, "--format", "json"])
        assert not done.value.code
        return json.loads(capsys.readouterr().out)

    dry = said("--dry-run")
    assert set(dry) >= {"clusters", "warnings"}
    assert live(loaded) == {}
    first = said()
    assert first["clusters"] == dry["clusters"]
    assert set(live(loaded).values()) == {row["cluster"] for row in first["clusters"]}
    a, b = sorted(live(loaded))[:1] * 2
    b = next(name for name, of in sorted(live(loaded).items()) if of == live(loaded)[a] and name != a)
    chain = said("--explain", a, b)
    assert (chain[0]["a"], chain[-1]["b"]) == (a, b)
    assert {row["cluster"] for row in said("--without", chain[0]["link"])} <= {live(loaded)[a]}
    run = loaded.read("MATCH (r:IngestRun) RETURN r.id").rows[0][0]
    assert {row["change"] for row in said("--compare", run[:8], "now")} == {"same"}
    assert {row["change"] for row in said("--compare", run, run)} == {"same"}
    joined = said("--compare", run, "now", "-p", "leave_out_coinjoins=false")
    assert "merged" in {row["change"] for row in joined}
    assert said("--table", "links", "--dry-run") == dry
