"""Co-spend clustering of a synthetic ledger: a third of the transactions has several inputs, the largest 3,000.

Ours, scipy and graphsense-clustering run on the same arrays, in turns, and must give the same labels; what each needs
to be fed (an edge list, an Arrow list) is part of its time. Compiling (once a machine) is not. The streamed run reads
ten times as many inputs from Parquet in a process of its own, whose peak memory is what the system says it was.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench._memory import peak_bytes
from bench.figure import Figure
from workbench.analysis.clustering.streaming import co_spend_parquet
from workbench.analysis.kernels.union_find import co_spend_labels

TITLE = "Co-spend clustering"
FULL = 10_000_000
RUNS = 3
Columns = tuple[NDArray[np.int32], NDArray[np.int32]]


def measure(scale: float) -> list[Figure]:
    """Figures at `scale` × 10 M inputs from arrays and ten times as many from Parquet."""
    size = max(int(FULL * scale), 10_000)
    inputs, addresses = make_inputs(size), size // 2
    co_spend_labels(*make_inputs(100), 50)
    (ours, labels), (scipy, of_scipy), (graphsense, of_graphsense) = in_turns(
        lambda: co_spend_labels(*inputs, addresses),
        lambda: by_scipy(*inputs, addresses),
        lambda: by_graphsense(*inputs, addresses),
    )
    assert np.array_equal(labels, of_scipy)
    assert np.array_equal(labels, of_graphsense)
    shown = f"{size / 1e6:g} M inputs"
    figures = [
        Figure(f"{shown} from arrays", ours, 0.5 * scale, "s", 1, False),
        Figure(f"{shown} from arrays, beside scipy", ours, scipy, "s", 1, False, "scipy, edges made"),
        Figure(
            f"{shown} from arrays, beside GraphSense's",
            ours,
            graphsense,
            "s",
            1,
            False,
            "graphsense-clustering, Arrow list made",
        ),
    ]
    sizes = [size // 100, size // 10, size]
    by_size = [(make_inputs(n), n // 2) for n in sizes]
    taken = [in_turns(lambda made=made: co_spend_labels(*made[0], made[1]), runs=5)[0][0] for made in by_size]
    slope = float(np.polyfit(np.log(sizes), np.log(taken), 1)[0])
    told = ", ".join(f"{n / 1e6:g} M {t:.3g} s" for n, t in zip(sizes, taken, strict=True))
    figures.append(Figure(f"growth, log-log slope ({told})", slope, 1, "", 1.3, False, "linear"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "inputs.parquet"
        write_inputs(path, 10 * size)
        told = subprocess.run([sys.executable, "-m", "bench.clustering", str(path), str(5 * size)], check=True,
                              capture_output=True, text=True).stdout  # fmt: skip
    found = json.loads(told)
    shown = f"{size / 1e5:g} M inputs streamed from Parquet"
    figures.append(Figure(shown, found["seconds"], 10 * scipy, "s", 1, False, "ten times scipy's"))
    figures.append(Figure(f"{shown}, peak memory", found["peak"] / 2**30, 3, "GiB", 1, False))
    return figures


def make_inputs(size: int, *, seed: int = 7, first_transaction: int = 0, addresses: int | None = None) -> Columns:
    """`size` inputs between half as many addresses: the transaction of each, in order, and its address.

    An address is used again with Zipf-like weight: two in three inputs near in time to where it was new, the others
    anywhere, which is what makes the walk through memory slow.
    """
    rng = np.random.default_rng(seed)
    addresses = addresses or max(size // 2, 2)
    counts = np.ones(max(int(size / 2.27), 1), np.int64)  # inputs a transaction: 4.4 M transactions for 10 M inputs
    several = rng.random(len(counts)) < 0.33
    drawn = 2 + rng.pareto(1.25, int(several.sum()))
    counts[several] = np.minimum(drawn, 3_000).astype(np.int64)
    transaction = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
    while len(transaction) < size:
        more = np.arange(transaction[-1] + 1, transaction[-1] + 1 + size - len(transaction), dtype=np.int32)
        transaction = np.concatenate([transaction, more])
    transaction = transaction[:size] + np.int32(first_transaction)
    near = (np.arange(size) * (addresses / size)).astype(np.int64)
    back = rng.pareto(0.8, size) * 5
    address = (near - np.minimum(back, 1e12).astype(np.int64)) % addresses
    anywhere = rng.random(size) < 1 / 3
    address[anywhere] = rng.integers(0, addresses, int(anywhere.sum()))
    return transaction, address.astype(np.int32)


def write_inputs(path: Path, size: int) -> None:
    """Inputs by the ten million, a row group a million."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    part, first = min(size, FULL), 0
    with pq.ParquetWriter(path, pa.schema([("transaction", pa.int32()), ("address", pa.int32())])) as file:
        for seed in range(math.ceil(size / part)):
            transaction, address = make_inputs(part, seed=seed, first_transaction=first)
            # half of a part's addresses are its own, the others are shared with the parts before it
            shared = np.random.default_rng(seed).random(part) < 0.05
            address = np.where(shared, address, address + seed * (part // 2)).astype(np.int32)
            table = pa.table({"transaction": transaction, "address": address % np.int32(size // 2)})
            file.write_table(table, row_group_size=1_000_000)
            first = int(transaction[-1]) + 1


def by_scipy(transaction: NDArray[np.int32], address: NDArray[np.int32], addresses: int) -> NDArray[np.int64]:
    """Labels by scipy: an edge from every input to the one before it in its transaction."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    same = transaction[1:] == transaction[:-1]
    a, b = address[:-1][same], address[1:][same]
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(addresses, addresses)).tocsr()
    _, component = connected_components(graph, directed=False)
    first = np.full(int(component.max()) + 1, addresses, np.int64)
    np.minimum.at(first, component, np.arange(addresses))
    return first[component]


def by_graphsense(transaction: NDArray[np.int32], address: NDArray[np.int32], addresses: int) -> NDArray[np.int64]:
    """Labels by GraphSense's Rust library, whose ids start at 1."""
    import gs_clustering
    import pyarrow as pa

    starts = np.flatnonzero(np.diff(transaction, prepend=-1))
    offsets = np.append(starts, len(transaction)).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array((address + 1).astype(np.uint32)))
    found = gs_clustering.Clustering(addresses)
    found.process_transactions_arrow(lists)
    cluster = found.get_mapping().column(1).to_numpy()
    return cluster[1:].astype(np.int64) - 1


def in_turns(*works: Callable[[], object], runs: int = RUNS) -> list[tuple[float, object]]:
    """The shortest time of each in seconds, and what it gave."""
    best = [(float("inf"), None)] * len(works)
    for _ in range(runs):
        for i, work in enumerate(works):
            start = time.perf_counter()
            given = work()
            best[i] = (min(best[i][0], time.perf_counter() - start), given)
    return best


def _streamed(path: str, addresses: str) -> None:
    co_spend_labels(*make_inputs(100), 50)
    start = time.perf_counter()
    co_spend_parquet(Path(path), int(addresses))
    seconds = time.perf_counter() - start
    sys.stdout.write(json.dumps({"seconds": seconds, "peak": peak_bytes()}))


if __name__ == "__main__":
    _streamed(*sys.argv[1:])
