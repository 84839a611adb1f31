"""The published laundering paths of Atomic Wallet and LI.FI, loaded, traced and counted against the data itself."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from workbench.analysis.tracing.follow import trace, trace_incident
from workbench.errors import RecordError, UsageError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths

CASES = {"Atomic": ("atomic-wallet-2023", 10), "LIFI": ("li-fi-2024", 11)}
"""Folder → incident, and the millions of dollars that the data set's readme says were involved."""


@pytest.fixture
def loaded(store: Store, shared: Path) -> Store:
    folder = shared / "mftracer-groundtruth" / "mit_dataset"
    report = ingest_paths(store, [folder / name for name in CASES])
    assert not report.failed
    return store


def addresses(path: Path) -> set[str]:
    return {line.strip().lower() for line in path.read_text(encoding="utf-8-sig").split() if line.strip()}


def reachable(folder: Path, name: str) -> tuple[set[str], set[str]]:
    """Terminals of a case, and those that value can reach in the order of time: straight from the CSV file."""
    sources = addresses(folder / "source_addresses.csv")
    terminals = addresses(folder / "terminal_addresses.csv")
    with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [(r["Timestamp"], r["From"].lower(), r["To"].lower()) for r in csv.DictReader(handle)]
    earliest = dict.fromkeys(sources, "")
    changed = True
    while changed:
        changed = False
        for time, start, end in rows:
            if start in earliest and earliest[start] <= time and time < earliest.get(end, "9"):
                earliest[end] = time
                changed = True
    return terminals, terminals & earliest.keys()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("through", [(), ("defi_dex",)])
def test_published_terminals_are_reached(loaded: Store, shared: Path, name: str, through: tuple[str, ...]) -> None:
    incident, _ = CASES[name]
    terminals, expected = reachable(shared / "mftracer-groundtruth" / "mit_dataset" / name, name)
    free = trace_incident(loaded, incident, stop_at=())
    assert free.summary["terminals"] == len(terminals)
    assert {w.rpartition(":")[2] for w in free.terminals.query("reached_poison")["wallet"]} == expected
    stopped = trace_incident(loaded, incident, through=through)
    found = {w.rpartition(":")[2] for w in stopped.terminals.query("reached_poison")["wallet"]}
    assert found <= expected
    # the data set calls a terminal what the money reached at last: stopping at services loses none of them
    assert found == expected


@pytest.mark.parametrize("name", CASES)
def test_figures_balance_and_stay_within_the_published_loss(loaded: Store, name: str) -> None:
    incident, millions = CASES[name]
    found = trace_incident(loaded, incident)
    line = found.conservation.query("method == 'haircut'").iloc[0]
    assert line["injected"] == line["held"] + line["crossed"] + line["returned"] + line["dropped"]
    # "money involved" is rounded to a million and says nothing of how; the order of magnitude must be its
    assert abs((line["injected"] - line["returned"]) / 1e12 - millions) < 1.5
    assert sum(found.services["haircut"]) == line["crossed"]
    assert set(found.stops["source"]) == {"mftracer-dataset"}


def test_explain_leads_back_to_a_source_in_the_order_of_time(loaded: Store) -> None:
    found = trace_incident(loaded, "atomic-wallet-2023")
    for wallet in found.terminals.query("reached_haircut")["wallet"].head(20):
        for _, path in found.explain(wallet).groupby("path"):
            assert path["sender"].iloc[0] in found.sources
            assert path["receiver"].iloc[-1] == wallet
            assert path["time"].is_monotonic_increasing
            assert path["receiver"].tolist()[:-1] == path["sender"].tolist()[1:]
            assert (path["at_most"] == path["tainted"].min()).all()


def test_confidence_decides_what_stops(loaded: Store) -> None:
    sure = trace_incident(loaded, "li-fi-2024", stop_confidence=70)
    surer = trace_incident(loaded, "li-fi-2024", stop_confidence=71)
    assert len(sure.stops) > 0
    assert len(surer.stops) == 0
    assert set(sure.stops["wallet"]) <= set(surer.summary["services_not_stopped"])


def test_a_retracted_claim_stops_nothing(loaded: Store) -> None:
    loaded.write("MATCH (:Service)-[c:CONTROLS]->() SET c.retracted_at = datetime()")
    assert len(trace_incident(loaded, "li-fi-2024").stops) == 0


def test_an_address_may_be_given_without_its_network(loaded: Store) -> None:
    thief = "0x8b3cb6bf982798fba233bca56749e22eec42dcf3"
    bare, full = trace(loaded, [thief]), trace(loaded, [f"eip155:1:{thief}"])
    assert bare.to_json() == full.to_json()
    assert bare.summary["transfers"] > 100


def test_what_cannot_be_traced_is_said(store: Store, loaded: Store) -> None:
    with pytest.raises(UsageError, match="no source wallets"):
        trace_incident(loaded, "no-such-incident-1999")
    with pytest.raises(UsageError, match="sent anything"):
        trace(loaded, ["0x" + "0" * 39 + "1"])
    with pytest.raises(RecordError):
        trace(loaded, ["'; MATCH (n) DETACH DELETE n"])


def test_two_incidents_in_one_pass_say_what_each_says_alone(loaded: Store) -> None:
    """Their wallets never meet, so that together is the same as apart; every method conserves."""
    both = trace(loaded, incident=["atomic-wallet-2023", "li-fi-2024"])
    assert set(both.conservation["incident"]) == {"atomic-wallet-2023", "li-fi-2024"}
    assert all(both.conservation.query("method != 'poison'")["difference"] == 0)
    for name in ("atomic-wallet-2023", "li-fi-2024"):
        alone = trace_incident(loaded, name).holdings
        mine = both.holdings[both.holdings["incident"] == name].reset_index(drop=True)
        shared_columns = ["wallet", "poison", "haircut", "fifo", "lifo", "tiho"]
        assert mine[shared_columns].equals(alone[shared_columns])
    assert len(both.commingled()) == 0


def test_the_way_back_from_a_published_terminal_leads_to_the_published_sources(loaded: Store, shared: Path) -> None:
    forth = trace_incident(loaded, "li-fi-2024", stop_at=(), through=())
    terminal = forth.terminals.sort_values("fifo", ascending=False).iloc[0]
    back = trace(loaded, [terminal["wallet"]], direction="backward", stop_at=(), through=())
    sources = addresses(shared / "mftracer-groundtruth" / "mit_dataset" / "LIFI" / "source_addresses.csv")
    origins = {wallet.rpartition(":")[2] for wallet in back.flows["sender"]}
    assert origins & sources
    assert all(back.conservation.query("method != 'poison'")["difference"] == 0)


def test_bitcoin_is_traced_through_its_transactions(store: Store, shared: Path) -> None:
    """Every transaction of a real file: what a wallet's outputs paid is followed, and the fee is its own."""
    import json

    name = "bitcoin__block_with_transactions__expected_transactions.json"
    path = shared / "etl-fixtures" / "btc" / name
    report = ingest_paths(store, [path], network="btc")
    assert not report.failed
    lines = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    paying = store.read(
        "MATCH (w:Wallet)-[i:INPUT]->(t:Transaction) RETURN w.id, t.hash, count(i) ORDER BY w.id LIMIT 1", {}
    ).rows
    if not paying:  # bitcoin-etl leaves out whose inputs are: then there is nobody to follow
        assert all(not item.get("addresses") for line in lines for item in line["inputs"])
        return
    found = trace(store, [paying[0][0]])
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)
    assert paying[0][1] in {name.rpartition(":")[2] for name in found.flows["receiver"]}


def test_the_wannacry_bundle_is_followed_from_input_to_outputs(store: Store, shared: Path) -> None:
    """The bundle has one transaction; its outputs, counted from the JSON, are what is reached."""
    import json

    path = shared / "wannacry-btc-stix" / "transaction_example.json"
    assert not ingest_paths(store, [path]).failed
    objects = json.loads(path.read_text())["objects"]
    moved = next(item for item in objects if item["type"] == "cryptocurrency-transaction")
    names = {item["id"]: item["address"] for item in objects if item["type"] == "cryptocurrency-wallet"}
    payers = {names[end["address_ref"]] for end in moved["input"]}
    paid = {names[end["address_ref"]] for end in moved["output"]}
    found = trace(store, [f"bip122:000000000019d6689c085ae165831e93:{name}" for name in payers])
    reached = {name.rpartition(":")[2] for name in found.holdings["wallet"]}
    assert reached == paid - payers
    assert all(found.conservation.query("method != 'poison'")["difference"] == 0)


def test_pairs_of_a_file_are_found_in_the_graph_and_followed_to_another_network(store: Store, tmp_path: Path) -> None:
    """40 ether go over a bridge, 36 come out elsewhere; the ledger's other rows of those transactions stay apart."""
    a, b, bridge, far, other = ("0x" + digit * 40 for digit in "abcde")
    deposit, release = "0x" + "1" * 64, "0x" + "2" * 64
    ledger = tmp_path / "ledger.csv"
    ledger.write_text("\n".join([
        "network,tx_hash,index,from,to,asset,amount,time,block,source",
        f"eth,0x{'0' * 64},tx,{a},{b},native,40,2024-01-01T00:00:00Z,1,my-node",
        f"eth,{deposit},tx,{b},{bridge},native,40,2024-01-01T00:01:00Z,2,my-node",
        f"eth,0x{'1' * 63}2,tx,{other},{bridge},native,7,2024-01-01T00:01:00Z,2,my-node",
        f"arbitrum,{release},tx,{far},{b},native,36,2024-01-01T00:09:00Z,9,my-node",
        f"arbitrum,{release},log:1,{far},{other},{other},5,2024-01-01T00:09:00Z,9,my-node",
    ]), "utf-8")  # fmt: skip
    assert not ingest_paths(store, [ledger]).failed
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(
        f"deposit,release,id,service,asset_out\n{deposit},{release},42,a bridge,native\n{'f' * 64},{release},43,x,\n"
        f"eip155:1/tx:{'1' * 64}/tx,{release},44,,\n",
        "utf-8",
    )
    found = trace(store, [f"eip155:1:{a}"], bridges=pairs)
    assert found.bridges["status"].tolist() == ["followed", "refused", "refused"]
    assert "2 transfers of the release fit" in found.bridges["why"][2]
    lines = found.conservation.query("method == 'haircut'").set_index("asset")
    ether, there = "eip155:1/slip44:native", "eip155:42161/slip44:native"
    assert lines.loc[ether, ["injected", "bridged", "fees", "crossed"]].tolist() == [40, 36, 4, 0]
    assert lines.loc[there, ["injected_by_bridge", "held"]].tolist() == [36, 36]
    assert found.joins["id"].tolist() == ["42"]
    again = trace(store, [f"eip155:1:{a}"], bridges=pairs)
    assert again.to_json() == found.to_json()


def test_what_the_published_case_paid_into_bridges_is_probable_beyond_them_and_changes_nothing(loaded: Store) -> None:
    """Atomic Wallet paid THORChain's vaults: every candidate is told with its chance, the trace stays as it was."""
    from workbench.analysis.projection import project, transfer_ids
    from workbench.analysis.services import service_claims
    from workbench.analysis.tracing.beyond import trace_beyond
    from workbench.analysis.tracing.exits import bridge_exits
    from workbench.analysis.tracing.sides import rows_in_graph

    found = trace_incident(loaded, "atomic-wallet-2023", methods=("haircut",))
    before = found.conservation.copy()
    ledger, claims = project(loaded, order=True), service_claims(loaded)
    exits = bridge_exits(found, ledger, claims, lambda part, rows: transfer_ids(loaded, part, rows), fee=(0.0, 0.5))
    beyond = trace_beyond(
        found, exits, ledger, claims, lambda part, rows: transfer_ids(loaded, part, rows), rows_of=rows_in_graph(loaded)
    )
    assert exits.arrivals > 0
    assert found.conservation.equals(before)
    paid = found.stops[found.stops["concept"].str.contains("defi_bridge")]["haircut"].sum()
    assert beyond.totals["expected_base_units"].sum() <= paid
    assert (beyond.table["certainty"] == "probable").all()
