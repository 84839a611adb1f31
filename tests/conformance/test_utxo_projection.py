"""Inputs and outputs written through the loader come back out of the graph exactly, and are kept like a projection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.test_projection import EDGE_AMOUNTS
from tests.exposure_case import coin
from workbench.analysis import utxo_projection
from workbench.analysis.clustering.ledger import read_utxo
from workbench.analysis.exposure.utxo import read_links
from workbench.analysis.tracing.follow import trace
from workbench.analysis.utxo_arrays import MISSING, NOT_LOADED, UNSAID, Flows, Side
from workbench.analysis.utxo_projection import project_utxo
from workbench.errors import DatabaseError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.ledger import Input, Output
from workbench.model.networks import NETWORKS
from workbench.model.nodes import Transaction, Wallet

NOW = datetime(2024, 1, 1, tzinfo=UTC)
WALLETS = 7


def caip2(network: str = "btc") -> str:
    return NETWORKS[network].caip2


def wallet(number: int, network: str = "btc") -> str:
    return coin(number).id if network == "btc" else f"{caip2(network)}:w{number}"


def tx(number: int, network: str = "btc") -> str:
    return f"{caip2(network)}/tx:{number:064x}"


def load(
    store: Store, transactions: list[tuple[int, int | None, int | None]], inputs: list[Input], outputs: list[Output],
    network: str = "btc",
) -> None:  # fmt: skip
    loader = Loader(store, "run", NOW)
    loader.nodes(Wallet(id=wallet(n, network), address=f"w{n}", network=network) for n in range(WALLETS))
    loader.nodes(
        Transaction(id=tx(n, network), hash=f"{n:064x}", network=network, block=block,
                    time=None if second is None else datetime.fromtimestamp(second, UTC))
        for n, second, block in transactions
    )  # fmt: skip
    loader.flows("INPUT", inputs, "a-source")
    loader.flows("OUTPUT", outputs, "a-source")


def put(n: int, owner: int, amount: int, place: int, spends: str | None = None, network: str = "btc") -> Input:
    id_ = tx(n, network)
    return Input(wallet(owner, network), id_, f"{id_}/in:{place}", str(amount), float(amount), place, spends)


def out(n: int, owner: int, amount: int, place: int, network: str = "btc") -> Output:
    id_ = tx(n, network)
    return Output(id_, wallet(owner, network), f"{id_}/out:{place}", str(amount), float(amount), place)


def told(flows: Flows, side: Side) -> list[tuple[Any, ...]]:
    """Rows as facts that do not depend on any numbering, in their order."""
    of, owner = flows.transactions[side.transaction].tolist(), flows.wallets[side.wallet].tolist()
    ids = flows.ids(side, np.arange(len(side))).tolist()
    return list(zip(of, owner, ids, map(int, side.amount.tolist()), side.position.tolist(), strict=True))


def spent(flows: Flows) -> dict[str, Any]:
    """Id of an input → id of the output it spends, or what stands for none."""
    assert flows.spends is not None
    ids = flows.ids(flows.inputs, np.arange(len(flows.inputs))).tolist()
    return {
        id_: flows.ids(flows.outputs, np.array([row]))[0] if row >= 0 else int(row)
        for id_, row in zip(ids, flows.spends.tolist(), strict=True)
    }


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, WALLETS - 1),
                       st.one_of(st.integers(0, 2**70), st.sampled_from(EDGE_AMOUNTS)), st.integers(0, 3),
                       st.none() | st.tuples(st.integers(0, 6), st.integers(0, 4))), max_size=20),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, WALLETS - 1),
                       st.one_of(st.integers(0, 2**70), st.sampled_from(EDGE_AMOUNTS)), st.integers(0, 3)),
             max_size=20),
    st.lists(st.none() | st.integers(0, 3), min_size=6, max_size=6),
)  # fmt: skip
def test_what_was_loaded_is_what_is_projected(store: Store, ins: Any, outs: Any, times: Any) -> None:
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    said = [
        put(n, w, v, p, None if spends is None else f"{tx(spends[0])}/out:{spends[1]}") for n, w, v, p, spends in ins
    ]
    inputs = list({row.id: row for row in reversed(said)}.values())  # the first of an id stands
    outputs = list({row.id: row for row in reversed([out(*row) for row in outs])}.values())
    load(store, [(n, time, n) for n, time in enumerate(times)], inputs, outputs)
    flows = project_utxo(store, spends=True)
    moment = {tx(n): -1 if time is None else time * 1000 for n, time in enumerate(times)}
    named = sorted({*(row.end for row in inputs), *(row.start for row in outputs)}, key=lambda id_: (moment[id_], id_))
    assert flows.transactions.tolist() == named
    assert flows.time_ms.tolist() == [moment[id_] for id_ in named]
    rank = {id_: i for i, id_ in enumerate(named)}
    facts = [(row.end, row.start, row.id, int(row.amount), row.position) for row in inputs]
    assert told(flows, flows.inputs) == sorted(facts, key=lambda fact: (rank[fact[0]], fact[4]))
    facts = [(row.start, row.end, row.id, int(row.amount), row.position) for row in outputs]
    assert told(flows, flows.outputs) == sorted(facts, key=lambda fact: (rank[fact[0]], fact[4]))
    there = {row.id for row in outputs}
    assert spent(flows) == {
        row.id: UNSAID if row.spends is None else row.spends if row.spends in there else NOT_LOADED for row in inputs
    }
    again = Flows.of(  # the graph and the records give one ledger
        [(id_, None if moment[id_] == -1 else moment[id_], None) for id_ in moment],
        [(row.end, row.start, row.amount, row.position, row.id, row.spends) for row in inputs],
        [(row.start, row.end, row.amount, row.position, row.id) for row in outputs],
    )
    assert [told(again, side) for side in (again.inputs, again.outputs)] == [
        told(flows, side) for side in (flows.inputs, flows.outputs)
    ]
    assert spent(again) == spent(flows)


def a_graph(store: Store, count: int = 30) -> None:
    transactions = [(n, 60 * n, n) for n in range(count)]
    inputs = [put(n, n % 5, 10 + n - 1, 0, f"{tx(n - 1)}/out:0") for n in range(1, count)]
    load(store, transactions, inputs, [out(n, (n + 1) % 5, 10 + n, 0) for n in range(count)])


def test_more_than_a_chunk_is_all_there_and_progress_counts(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    a_graph(store)
    whole = project_utxo(store, spends=True)
    monkeypatch.setattr(utxo_projection, "CHUNK", 7)
    monkeypatch.setattr(utxo_projection, "NAMES_CHUNK", 2)
    seen: list[int] = []
    parts = project_utxo(store, spends=True, progress=seen.append)
    assert [told(parts, side) for side in (parts.inputs, parts.outputs)] == [
        told(whole, side) for side in (whole.inputs, whole.outputs)
    ]
    assert spent(parts) == spent(whole)
    assert (len(seen), seen[-1]) == (5, 59)
    assert parts.wallets.tolist() == sorted(wallet(n) for n in range(5))  # of those that take part only


def test_networks_are_told_apart_and_nothing_gives_empty_arrays(store: Store) -> None:
    empty = project_utxo(store, spends=True)
    assert (len(empty.inputs), len(empty.outputs), len(empty.transactions), len(empty.wallets)) == (0, 0, 0, 0)
    assert len(read_links(store, np.empty(0, object)).source) == 0
    load(store, [(1, 5, 1)], [put(1, 1, 9, 0)], [out(1, 2, 9, 0)])
    load(store, [(1, 5, 1), (2, 6, 1)], [], [out(1, 3, 4, 0, "ltc")], "ltc")  # of transaction 2 there is but a name
    assert project_utxo(store, networks=["ltc"]).transactions.tolist() == [tx(1, "ltc")]
    assert sorted(project_utxo(store).transactions.tolist()) == sorted([tx(1), tx(1, "ltc")])
    assert len(project_utxo(store, networks=["'] DETACH DELETE t //"]).transactions) == 0
    assert len(project_utxo(store).transactions) == 2


def test_an_id_of_another_form_is_kept_and_can_be_spent(store: Store) -> None:
    made = Output(tx(1), wallet(1), "named as somebody likes", "5", 5.0, 0)
    spending = Input(wallet(1), tx(2), "so/is\nthis", "5", 5.0, 3, "named as somebody likes")
    load(store, [(1, 1, 1), (2, 2, 2)], [spending], [made])
    assert spent(project_utxo(store, spends=True)) == {spending.id: made.id}


def test_missing_places_come_last_and_junk_amounts_are_refused(store: Store) -> None:
    load(store, [(1, 1, 1)], [], [out(1, 1, 5, 0), out(1, 2, 6, 1)])
    store.write("MATCH ()-[r:OUTPUT {amount: '5'}]->() REMOVE r.position")
    flows = project_utxo(store)
    assert [row[3:] for row in told(flows, flows.outputs)] == [(6, 1), (5, MISSING)]
    for value, amount in (("-5.0", "'-5'"), ("9.9e30", "'ten'"), ("null", "null"), ("1e16", "'ten'")):
        store.write(f"MATCH ()-[r:OUTPUT {{position: 1}}]->() SET r.value = {value}, r.amount = {amount}")
        with pytest.raises(DatabaseError, match="no whole number"):
            project_utxo(store)


def test_what_two_sources_tell_of_counts_once_in_every_room(store: Store) -> None:
    """The same transaction from bitcoin-etl, by index, and from a STIX bundle, by address."""
    load(store, [(1, 1, 1)], [put(1, 1, 100, 0)], [out(1, 2, 60, 0), out(1, 3, 40, 1)])
    again = [
        Output(tx(1), wallet(2), f"{tx(1)}/output:{coin(2).address}", "60", 60.0, 0),
        Output(tx(1), wallet(3), f"{tx(1)}/output:{coin(3).address}", "40", 40.0, 1),
    ]
    Loader(store, "run", NOW).flows("OUTPUT", again, "a bundle")
    flows = project_utxo(store)
    assert (flows.told_twice, len(flows.outputs)) == (2, 2)
    assert read_utxo(store, np.array(sorted(wallet(n) for n in range(WALLETS)), object)).spend(0).outputs == (
        (wallet(2), 60), (wallet(3), 40),
    )  # fmt: skip
    assert read_links(store, flows.wallets).amount == [60, 40]
    found = trace(store, [wallet(1)])
    assert dict(zip(found.holdings["wallet"], found.holdings["haircut"], strict=True)) == {wallet(2): 60, wallet(3): 40}


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Iterator[Store]:
    store.cache = tmp_path / "cache"
    yield store
    store.cache = None


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    found: list[bool] = []
    real = utxo_projection._read

    def counted(*arguments: Any) -> Flows:
        found.append(True)
        return real(*arguments)

    monkeypatch.setattr(utxo_projection, "_read", counted)
    return found


def test_the_second_time_nothing_is_read_until_somebody_writes(kept: Store, reads: list[bool]) -> None:
    a_graph(kept)
    first, second = project_utxo(kept, spends=True), project_utxo(kept, spends=True)
    assert (told(first, first.inputs), spent(first)) == (told(second, second.inputs), spent(second))
    without = project_utxo(kept)  # what was read with more is good for less
    assert told(without, without.outputs) == told(first, first.outputs)
    assert len(reads) == 1
    project_utxo(kept, networks=["btc"])
    assert len(reads) == 2
    kept.write("MATCH (t:Transaction) WITH t LIMIT 1 SET t.block = 5")
    project_utxo(kept, spends=True)
    assert len(reads) == 3


def test_what_is_kept_holds_every_amount_and_id(kept: Store, reads: list[bool]) -> None:
    outputs = [out(1, n % 3, amount, n) for n, amount in enumerate(EDGE_AMOUNTS)]
    outputs.append(Output(tx(1), wallet(1), "another form", "7", 7.0, 99))
    load(kept, [(1, 1, 1)], [], outputs)
    first, second = project_utxo(kept, spends=True), project_utxo(kept, spends=True)
    assert told(first, first.outputs) == told(second, second.outputs)
    assert [row[3] for row in told(second, second.outputs)] == [*EDGE_AMOUNTS, 7]
    assert all(type(amount) is int for amount in second.outputs.amount)
    assert len(reads) == 1


def test_what_is_damaged_on_disk_is_read_anew(kept: Store, reads: list[bool]) -> None:
    a_graph(kept)
    first = project_utxo(kept, spends=True)
    assert kept.cache is not None
    (file,) = kept.cache.glob("projection-*/*/out_amount.npy")
    blob = bytearray(file.read_bytes())
    blob[-1] ^= 1
    file.write_bytes(bytes(blob))
    second = project_utxo(kept, spends=True)
    assert told(first, first.outputs) == told(second, second.outputs)
    assert len(reads) == 2


def test_wallets_that_are_deleted_meanwhile_are_an_error_in_words(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_graph(store)
    real = utxo_projection._names

    def later(asked: Store, numbers: Any) -> Any:
        asked.write("MATCH (w:Wallet {id: $id}) DETACH DELETE w", {"id": wallet(0)})
        return real(asked, numbers)

    monkeypatch.setattr(utxo_projection, "_names", later)
    with pytest.raises(DatabaseError, match="deleted while they were read"):
        project_utxo(store)
