"""A saved query, found by its name, checked and run, against the same Cypher through the bare driver.

The two take turns, and the ratio is that of their medians. The graph is the bundled case.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from bench._server import fresh_store
from bench.figure import Figure
from workbench.graph.store import Store
from workbench.ingest.bundle import ingest_bundle
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

TITLE = "Saved queries"
QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("actors/names", {"name": "Lazarus Group"}),
    ("wallets/claims", {"wallet": "eip155:1:0x098b716b8aaf21512996dc57eb0615e2383e2f96"}),
    ("incidents/all-sources", {}),
    ("techniques/prevalence", {}),
    ("transfers/largest", {}),
)


def measure(scale: float) -> list[Figure]:
    """One figure a query, in milliseconds."""
    turns = max(20, round(200 * scale))
    with fresh_store() as store:
        ingest_bundle(store)
        library = QueryLibrary([shipped_folder("queries")])
        return [figure(store, library, name, params, turns) for name, params in QUERIES]


def figure(store: Store, library: QueryLibrary, name: str, params: dict[str, Any], turns: int) -> Figure:
    """Ours and the bare driver's, turn by turn."""
    saved = library.get(name)
    values = {key: saved.params[key].default for key in saved.params} | params
    driver: Any = store._driver  # noqa: SLF001 - the rival is the bare driver on the same connection pool

    def ours() -> None:
        library.run(store, name, params)

    def bare() -> None:
        with driver.session(database="neo4j", default_access_mode="READ") as session:
            session.execute_read(lambda tx: [tuple(r.values()) for r in tx.run(saved.statement, values)])

    mine: list[float] = []
    theirs: list[float] = []
    for turn in range(turns + 10):
        for job, times in ((ours, mine), (bare, theirs)):
            spent = timed(job)
            if turn >= 10:
                times.append(spent)
    return Figure(name, statistics.median(mine), statistics.median(theirs), "ms", 1.1, False, "bare driver")


def timed(job: Callable[[], None]) -> float:
    """Milliseconds of one run."""
    started = time.perf_counter()
    job()
    return (time.perf_counter() - started) * 1000
