"""What failed moved nothing, whichever file says so and whichever comes first."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import ALICE, BOB, CAROL, TOKEN, check, failures, said, transfers, write
from workbench.analysis.projection import project, transfer_ids
from workbench.graph.store import Store
from workbench.ingest.run import Options, RunReport, ingest_file
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])
TX = [f"{i:02x}" * 32 for i in range(1, 7)]
TIME = 1_683_029_999
ETH = "eip155:1/slip44:native"


def bare(tx: str, index: str = "tx", amount: int = 5) -> dict[str, Any]:
    """A transfer in the template, which knows no status."""
    return {
        "network": "eth", "tx_hash": "0x" + tx, "index": index, "from": ALICE, "to": BOB,
        "asset": TOKEN if index.startswith("log") else "native", "amount": amount, "time": TIME, "source": "somebody",
    }  # fmt: skip


def node(tx: str, status: int | None, value: int = 5) -> dict[str, Any]:
    """A transaction as ethereum-etl has it; without receipt_status where it is None."""
    row = {
        "hash": "0x" + tx, "from_address": ALICE, "to_address": BOB, "value": value, "gas": 21000,
        "block_number": 17173049, "transaction_index": 7, "block_timestamp": TIME,
    }  # fmt: skip
    return row if status is None else {**row, "receipt_status": status}


def call(tx: str, address: Sequence[int], status: int, value: int = 5) -> dict[str, Any]:
    """A trace."""
    return {
        "block_number": 17173049, "transaction_hash": "0x" + tx, "transaction_index": 7, "from_address": ALICE,
        "to_address": BOB, "value": value, "trace_type": "call", "call_type": "call", "trace_address": list(address),
        "error": None, "status": status, "trace_id": f"call_0x{tx}_{'_'.join(map(str, address))}",
        "block_timestamp": TIME,
    }  # fmt: skip


def edges(store: Store, type_: str) -> set[tuple[Any, ...]]:
    """Id, ends, asset, amount and time of all edges of a type."""
    rows = store.read(
        f"MATCH (a)-[e:{type_}]->(b) RETURN e.id, a.id, b.id, e.asset, e.amount, e.time.epochMillis, e.digest"
    ).rows
    return {tuple(row) for row in rows}


def graph(store: Store) -> tuple[Any, ...]:
    """Everything that must not depend on the order of loading: all but who told of a transfer first."""
    return edges(store, "SENT"), edges(store, "ATTEMPTED"), failures(store)


def files(folder: Path, *tables: tuple[str, list[dict[str, Any]]]) -> list[Path]:
    """Tables in files of their own folders: nothing lies beside another."""
    made = []
    for name, rows in tables:
        (folder / name).mkdir(exist_ok=True)
        made.append(write(folder / name / f"{name}.json", rows))
    return made


def load_all(store: Store, paths: Sequence[Path]) -> list[RunReport]:
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    reports = [ingest_file(store, path, Options(source=path.parent.name)) for path in paths]
    for report in reports:
        check(report)
    return reports


@pytest.fixture
def three(tmp_path: Path) -> list[Path]:
    """Transaction 0 succeeded, 1 failed as a whole, of 2 the call 0_1 did; 3 is in the file without a status alone."""
    return files(
        tmp_path,
        ("without", [
            bare(TX[0]), bare(TX[1]), bare(TX[1], "log:7"), bare(TX[1], "trace:0"), bare(TX[2], "tx"),
            bare(TX[2], "trace:0"), bare(TX[2], "trace:0_1"), bare(TX[2], "trace:0_1_4"), bare(TX[2], "trace:0_11"),
            bare(TX[3]),
        ]),
        ("receipts", [node(TX[0], 1), node(TX[1], 0), node(TX[2], 1)]),
        ("traces", [call(TX[2], (), 1), call(TX[2], (0,), 1), call(TX[2], (0, 1), 0), call(TX[2], (0, 1, 4), 0)]),
    )  # fmt: skip


def test_every_order_of_loading_gives_the_same_graph(store: Store, three: list[Path]) -> None:
    load_all(store, three)
    expected = graph(store)
    sent, attempted, failed = expected
    assert {row[0].split("tx:")[1] for row in sent} == {
        f"{TX[0]}/tx", f"{TX[2]}/tx", f"{TX[2]}/trace:0", f"{TX[2]}/trace:0_11", f"{TX[3]}/tx"
    }  # fmt: skip
    assert {row[0].split("tx:")[1] for row in attempted} == {
        f"{TX[1]}/tx", f"{TX[1]}/log:7", f"{TX[1]}/trace:0", f"{TX[2]}/trace:0_1", f"{TX[2]}/trace:0_1_4"
    }  # fmt: skip
    assert failed == {
        (f"eip155:1/tx:{TX[1]}", "receipts"), (f"eip155:1/tx:{TX[2]}/trace:0_1", "traces"),
        (f"eip155:1/tx:{TX[2]}/trace:0_1_4", "traces"),
    }  # fmt: skip
    for order in permutations(three):
        load_all(store, order)
        assert graph(store) == expected, [path.name for path in order]
        again = [ingest_file(store, path, Options(source=path.parent.name)) for path in three]
        assert [(run.loaded, run.duplicates) for run in again] == [(0, run.rows_in) for run in again]
        assert graph(store) == expected


@given(seed=st.integers(0, 2**32))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_ledgers_in_any_order_give_the_same_graph(store: Store, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    status = {tx: rng.randrange(2) for tx in TX}
    traced = {(tx, part): status[tx] and rng.randrange(2) for tx in TX for part in ((), (0,), (0, 1), (0, 1, 2))}
    some = rng.sample(TX, rng.randrange(1, 6))
    paths = files(
        tmp_path,
        ("without", [bare(tx, i) for tx in TX for i in ("tx", "log:1", "trace:0", "trace:0_1") if rng.random() < 0.7]
            or [bare(TX[0])]),
        ("receipts", [node(tx, status[tx], rng.randrange(2) * 5) for tx in some]),
        ("traces", [call(*key, traced[key], rng.randrange(2) * 5) for key in sorted(traced) if rng.random() < 0.7]
            or [call(TX[0], (), 1)]),
        ("plain", [node(tx, None) for tx in TX]),
    )  # fmt: skip
    load_all(store, paths)
    expected = graph(store)
    for _ in range(2):
        rng.shuffle(paths)
        load_all(store, paths)
        assert graph(store) == expected
        assert not {row[0] for row in expected[0]} & {row[0] for row in expected[1]}


def test_both_directions_are_told_with_who_says_so(store: Store, three: list[Path]) -> None:
    without, receipts, _ = three
    first, later = load_all(store, [without, receipts])
    assert not said(first, "failed")
    (told,) = said(later, "failed")
    assert told.startswith("3 transfers that were loaded before failed, as this file says: kept as ATTEMPTED")
    assert "they succeeded" not in told
    first, later = load_all(store, [receipts, without])
    assert not said(first, "ATTEMPTED")
    (told,) = said(later, "failed")
    assert told.startswith("3 of its transfers failed, as receipts says: kept as ATTEMPTED")
    assert (later.loaded, later.duplicates) == (8, 2)


def test_rivals_both_stand_and_it_is_said(store: Store, tmp_path: Path) -> None:
    """One node says that it succeeded, the other that it failed."""
    paths = files(tmp_path, ("yes", [node(TX[0], 1)]), ("no", [node(TX[0], 0)]))
    for order, words in ((paths, "the files of 1 of them say that they succeeded"),
                         (paths[::-1], "failed, as no says, and this file says that they succeeded")):  # fmt: skip
        *_, later = load_all(store, order)
        assert len(said(later, words)) == 1
        (row,) = LIBRARY.run(store, "transfers/failed", {}).records()
        assert (row["source"], row["file_says_succeeded"], row["failed_says"]) == ("yes", True, ["no"])
        assert transfers(store) == set()


def test_every_source_that_says_it_succeeded_is_kept_also_where_its_row_is_a_duplicate(
    store: Store, tmp_path: Path
) -> None:
    """In whichever order: two say yes, one says no, and one has it without a status."""
    paths = files(
        tmp_path, ("yes", [node(TX[0], 1)]), ("si", [node(TX[0], 1), node(TX[1], 1)]), ("no", [node(TX[0], 0)]),
        ("bare", [bare(TX[0])]),
    )  # fmt: skip
    for order in permutations(paths):
        load_all(store, order)
        for _ in range(2):
            (row,) = LIBRARY.run(store, "transfers/failed", {}).records()
            assert (row["succeeded_says"], row["failed_says"]) == (["si", "yes"], ["no"]), [p.name for p in order]
            assert {key.partition("tx:")[2] for key, *_ in transfers(store)} == {f"{TX[1]}/tx"}
            again = [ingest_file(store, path, Options(source=path.parent.name)) for path in order]
            assert not any(run.loaded for run in again)
    rivals = load_all(store, [paths[3], paths[0], paths[2]])[-1]
    assert said(rivals, "the files of 1 of them say that they succeeded"), "a duplicate's word counts"


def test_a_file_loaded_again_confirms_nothing(store: Store, tmp_path: Path) -> None:
    (path,) = files(tmp_path, ("yes", [node(TX[0], 1)]))
    load_all(store, [path, path])
    assert store.read("MATCH ()-[e:SENT]->() RETURN e.succeeded_by").rows == [(None,)]


def test_what_failed_is_in_no_projection_and_no_query_of_what_was_sent(store: Store, three: list[Path]) -> None:
    load_all(store, three)
    ledger = project(store, order=True)
    ids = set(transfer_ids(store, ledger, ledger.source.argsort()).tolist())
    assert ids == {row[0] for row in edges(store, "SENT")}
    assert not ids & {row[0] for row in edges(store, "ATTEMPTED")}
    rows = LIBRARY.run(store, "transfers/of-wallet", {"wallet": ALICE}).records()
    assert {row["transfer"] for row in rows} == ids
    assert len(LIBRARY.run(store, "transfers/failed", {"wallet": ALICE}).rows) == 5
    assert LIBRARY.run(store, "transfers/failed", {"wallet": CAROL}).rows == []


def test_a_load_that_was_cut_off_before_it_withdrew_is_made_good_by_the_next(store: Store, three: list[Path]) -> None:
    without, receipts, _ = three
    load_all(store, [without, receipts])
    expected = graph(store)
    store.write("MATCH (a)-[t:ATTEMPTED]->(b) CREATE (a)-[s:SENT]->(b) SET s = properties(t) DELETE t")
    assert graph(store) != expected
    again = ingest_file(store, receipts, Options(source="receipts"))
    assert (again.loaded, again.duplicates) == (0, 3)
    assert graph(store) == expected
