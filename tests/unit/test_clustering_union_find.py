"""The union-find against scipy and graphsense-clustering, its order, its duplicates, and the streamed version."""

from __future__ import annotations

from pathlib import Path

import gs_clustering
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from workbench.analysis.clustering import streaming
from workbench.analysis.clustering.streaming import co_spend_parquet
from workbench.analysis.kernels.union_find import UnionFind, co_spend_labels
from workbench.errors import InputError

ADDRESSES = 40
Transactions = list[list[int]]
TRANSACTIONS = st.lists(st.lists(st.integers(0, ADDRESSES - 1), min_size=1, max_size=6), max_size=30)


def columns(transactions: Transactions) -> tuple[np.ndarray, np.ndarray]:
    group = np.repeat(np.arange(len(transactions)), [len(inputs) for inputs in transactions]).astype(np.int32)
    return group, np.array([a for inputs in transactions for a in inputs], np.int32)


def scipy_labels(transactions: Transactions) -> np.ndarray:
    """Smallest member of every connected component, by scipy."""
    pairs = [(inputs[0], other) for inputs in transactions for other in inputs[1:]]
    rows, cols = zip(*pairs, strict=True) if pairs else ((), ())
    graph = coo_matrix((np.ones(len(pairs)), (rows, cols)), shape=(ADDRESSES, ADDRESSES))
    _, component = connected_components(graph, directed=False)
    return np.array([np.flatnonzero(component == component[i])[0] for i in range(ADDRESSES)])


def graphsense_labels(transactions: Transactions) -> np.ndarray:
    """The same by the Rust library of GraphSense, whose ids start at 1."""
    found = gs_clustering.Clustering(ADDRESSES)
    found.process_transactions([[a + 1 for a in inputs] for inputs in transactions])
    table = pa.table([*found.get_mapping().columns], names=["address", "cluster"]).to_pydict()
    by_address = dict(zip(table["address"], table["cluster"], strict=True))
    return np.array([by_address[i + 1] - 1 for i in range(ADDRESSES)])


@settings(deadline=None)  # the first example compiles
@given(TRANSACTIONS)
def test_labels_are_those_of_scipy_and_of_graphsense(transactions: Transactions) -> None:
    labels = co_spend_labels(*columns(transactions), ADDRESSES)
    assert labels.tolist() == scipy_labels(transactions).tolist() == graphsense_labels(transactions).tolist()


@settings(deadline=None)
@given(TRANSACTIONS, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_duplicate_rows_change_nothing(transactions: Transactions, random) -> None:
    group, member = columns(transactions)
    expected = co_spend_labels(group, member, ADDRESSES).tolist()
    rows = list(range(len(group)))
    random.shuffle(rows)
    rows += [random.choice(rows) for _ in range(5)] if rows else []
    assert co_spend_labels(group[rows], member[rows], ADDRESSES).tolist() == expected
    ordered = sorted(rows, key=lambda row: group[row])
    assert co_spend_labels(group[ordered], member[ordered], ADDRESSES).tolist() == expected


@settings(deadline=None)
@given(TRANSACTIONS, st.data())
def test_a_transaction_left_out_joins_nobody(transactions: Transactions, data) -> None:
    left_out = data.draw(st.lists(st.booleans(), min_size=len(transactions), max_size=len(transactions)))
    kept = [inputs for inputs, out in zip(transactions, left_out, strict=True) if not out]
    group, member = columns(transactions)
    mask = np.array(left_out, bool)
    expected = scipy_labels(kept).tolist()
    assert co_spend_labels(group, member, ADDRESSES, mask).tolist() == expected
    assert co_spend_labels(group[::-1].copy(), member[::-1].copy(), ADDRESSES, mask).tolist() == expected


@settings(deadline=None)
@given(TRANSACTIONS, st.integers(1, 7))
def test_batches_are_joined_as_a_whole_is(transactions: Transactions, size: int) -> None:
    group, member = columns(transactions)
    found = UnionFind(ADDRESSES)
    for start in range(0, len(group), size):
        found.join_runs(group[start : start + size], member[start : start + size])
    assert found.labels().tolist() == scipy_labels(transactions).tolist()


@settings(max_examples=20, deadline=None)
@given(transactions=TRANSACTIONS, size=st.integers(1, 9), batch=st.integers(1, 9))
def test_streamed_from_parquet_it_is_the_same(
    transactions: Transactions, size: int, batch: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "inputs.parquet"
    group, member = columns(transactions)
    pq.write_table(pa.table({"transaction": group, "address": member}), path, row_group_size=size)
    seen: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streaming, "BATCH", batch)
        labels = co_spend_parquet(path, ADDRESSES, progress=lambda *told: seen.append(told))
    assert labels.tolist() == scipy_labels(transactions).tolist()
    assert not len(group) or seen[-1] == (len(group), len(group))


def test_what_cannot_be_streamed_is_told(tmp_path: Path) -> None:
    path = tmp_path / "inputs.parquet"
    pq.write_table(pa.table({"transaction": [1, 0, 1], "address": [0, 1, 2]}), path)
    with pytest.raises(InputError, match="order"):
        co_spend_parquet(path, 3)
    pq.write_table(pa.table({"transaction": [0, None], "address": [0, 1]}), path)
    with pytest.raises(InputError, match="no whole number"):
        co_spend_parquet(path, 3)
    with pytest.raises(InputError, match="no column hash"):
        co_spend_parquet(path, 3, transaction="hash")


def test_an_index_outside_the_labels_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        co_spend_labels(np.zeros(1, np.int32), np.array([3], np.int32), 3)
    with pytest.raises(ValueError, match="left_out"):
        co_spend_labels(np.array([1, 1], np.int32), np.array([0, 1], np.int32), 3, np.zeros(1, bool))
