"""Reading transfers out of the graph into arrays, beside the bare shape on the bare driver.

    python -m bench.projection [transfers] [bolt address] [password]

The graph is made here, with a seed: Zipf-like ends, one hub. Rows of `main`: what, ours in rows/s,
the rival's, and the ratio of the times (1.0 is as fast, 1.3 is the limit the project sets itself).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import neo4j
import numpy as np

from workbench.analysis.projection import project, transfer_ids
from workbench.graph.migrations import ensure_schema
from workbench.graph.store import Store

RUNS = 3
BARE = """
MATCH (a:Wallet) WITH collect(a) AS l
UNWIND range(0, size(l)-1, 2000) AS i
CALL (l,i) { UNWIND l[i..i+2000] AS a
             MATCH (a)-[r:SENT]->(b:Wallet)
             RETURN collect(id(a)) AS s, collect(id(b)) AS t, collect(r.value) AS v, collect(r.time.epochMillis) AS w }
RETURN s, t, v, w
"""
BARE_NAMES = "MATCH (w:Wallet) RETURN id(w) AS k, w.id AS n"
BARE_NAME_LISTS = """
MATCH (a:Wallet) WITH collect(a) AS l
UNWIND range(0, size(l)-1, 20000) AS i
CALL (l,i) { UNWIND l[i..i+20000] AS a RETURN collect(id(a)) AS k, collect(a.id) AS n }
RETURN k, n
"""


def make_graph(store: Store, transfers: int, *, seed: int = 7) -> int:
    """Empty the database, write `transfers` edges between a fifth as many wallets; returns the wallets."""
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS")
    ensure_schema(store)
    wallets = max(transfers // 5, 10)
    rng = np.random.default_rng(seed)
    for start in range(0, wallets, 20_000):
        numbers = list(range(start, min(start + 20_000, wallets)))
        store.write_batch(
            "UNWIND $n AS i CREATE (:Wallet {id: 'eip155:1:0x' + right('0000000000000000000000000000000000000000' "
            "+ toString(i), 40), address: toString(i), network: 'eth'})", {"n": numbers},
        )  # fmt: skip
    for start in range(0, transfers, 5_000):
        size = min(5_000, transfers - start)
        ends = (rng.pareto(0.9, (size, 2)) * wallets / 50).astype(np.int64) % wallets
        value = rng.integers(1, 2**40, size)
        rows = [[int(s), int(t), start + i, int(v)] for i, ((s, t), v) in enumerate(zip(ends, value, strict=True))]
        store.write_batch(
            "UNWIND $rows AS row\n"
            "WITH row, 'eip155:1:0x' + right('0000000000000000000000000000000000000000' + toString(row[0]), 40) AS s,"
            " 'eip155:1:0x' + right('0000000000000000000000000000000000000000' + toString(row[1]), 40) AS t\n"
            "MATCH (a:Wallet {id: s}) MATCH (b:Wallet {id: t})\n"
            "CREATE (a)-[:SENT {id: 'eip155:1/tx:' + right('00000000000000000000000000000000000000000000000000000000'"
            " + toString(row[2]), 56) + '/log:0', asset: 'eip155:1/slip44:native', amount: toString(row[3]),"
            " value: toFloat(row[3]), time: datetime({epochMillis: 1700000000000 + row[2] * 1000}), block: row[2] / 10,"
            " position: row[2] % 10, source_id: 'bench', run_id: 'bench'}]->(b)",
            {"rows": rows},
        )
    return wallets


def bare(driver: neo4j.Driver, *, names: bool) -> int:
    """The reference shape, mapped to 0…n-1; with `names` also the wallets' ids."""
    parts: list[list[np.ndarray[Any, Any]]] = [[], [], [], []]
    with driver.session(default_access_mode="READ", fetch_size=4) as session:
        for record in session.run(BARE):
            for column, values in zip(parts, record.values(), strict=True):
                column.append(np.array(values))
        s, t, _, _ = (np.concatenate(column) for column in parts)
        if names:
            keys: list[int] = []
            texts: list[str] = []
            for k, n in session.run(BARE_NAME_LISTS):
                keys += k
                texts += n
            known = np.sort(np.array(keys))
        else:
            known = np.unique(np.concatenate([s, t]))
        np.searchsorted(known, s), np.searchsorted(known, t)
    return len(s)


def timed(*works: Callable[[], Any]) -> list[float]:
    """Median seconds of each, taken in turns so that noise falls on all alike."""
    taken: list[list[float]] = [[] for _ in works]
    for work in works:
        work()
    for _ in range(RUNS):
        for times, work in zip(taken, works, strict=True):
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return [median(times) for times in taken]


def main(
    n: int = 1_000_000, uri: str = "bolt://127.0.0.1:7687", password: str = "", *, make: bool = True
) -> list[tuple[str, float, float, float]]:
    """Rows (what, our rows/s, the rival's rows/s, our time / the rival's time)."""
    with (
        Store(uri, "neo4j", password, timeout=600) as store,
        neo4j.GraphDatabase.driver(uri, auth=("neo4j", password), notifications_min_severity="OFF") as driver,
    ):
        if make:
            make_graph(store, n)

        def everything() -> None:
            ledger = project(store, order=True)
            transfer_ids(store, ledger, np.arange(0, len(ledger), 20))

        ours, ordered, full, shape, with_names = timed(
            lambda: project(store),
            lambda: project(store, order=True),
            everything,
            lambda: bare(driver, names=False),
            lambda: bare(driver, names=True),
        )
    return [
        (
            "arrays with wallet ids and assets / the bare shape with wallet ids",
            n / ours,
            n / with_names,
            ours / with_names,
        ),
        (
            "arrays with wallet ids and assets / the bare shape, numbers only",
            n / ours,
            n / shape,
            ours / shape,
        ),
        (
            "with block, position, edge / the bare shape with wallet ids",
            n / ordered,
            n / with_names,
            ordered / with_names,
        ),
        (
            "with 5 % of the transfer ids too / the bare shape with wallet ids",
            n / full,
            n / with_names,
            full / with_names,
        ),
    ]


if __name__ == "__main__":
    arguments = sys.argv[1:]
    for what, us, rival, ratio in main(
        int(arguments[0]) if arguments else 100_000, *arguments[1:3], make="--keep" not in arguments
    ):
        sys.stdout.write(f"{what:70} {us:12,.0f} {rival:12,.0f} {ratio:6.2f}\n")
