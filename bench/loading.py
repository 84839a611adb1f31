"""Transfers from a CSV file into the graph: parsing, validation, provenance and uniqueness included.

The rival is the best bare shape written straight on the driver for the same job on the same kind of
database (constraints in place, rows as lists of lists, 5,000 a transaction), which checks nothing; py2neo's
bulk functions are measured on fewer rows. Each rate is rows a second of the whole job, on a server that has done
such jobs before.
"""

from __future__ import annotations

import csv
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from bench._server import fresh_store
from bench.figure import Figure
from bench.synthetic import wallets, write_transfers
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file

TITLE = "Loading transfers"
WARM = 20_000
_BATCH = 5_000
_CREATE = (
    "UNWIND $rows AS row MATCH (a:Wallet {id: row[0]}) MATCH (b:Wallet {id: row[1]}) CREATE (a)-[:SENT {id: row[2], "
    "asset: row[3], amount: row[4], value: row[5], usd: row[6], time: datetime({epochMillis: row[7]}), "
    "block: row[8], position: row[9], source_id: $source_id, run_id: $run_id}]->(b)"
)
_MERGE_WALLETS = (
    "UNWIND $rows AS row MERGE (n:Wallet {id: row[0]}) ON CREATE SET n.address = row[1], n.network = row[2]"
)
_KNOWN = "MATCH ()-[e:SENT]->() WHERE e.id IN $ids RETURN collect(e.id) AS ids"


def measure(scale: float) -> list[Figure]:
    """Every figure of this page."""
    rows, accounts = round(1_000_000 * scale), round(200_000 * scale)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first, more, further = folder / "first.csv", folder / "more.csv", folder / "further.csv"
        write_transfers(first, rows, accounts)
        write_transfers(more, rows // 10, accounts, seed=2, first=rows)
        write_transfers(further, rows // 10, accounts, seed=5, first=rows * 2)
        with warm_store(folder) as store:
            bare_new = rate(lambda: bare_load(store, first, check=False), rows)
        with warm_store(folder) as store:
            new = rate(lambda: ours(store, first), rows)
            checked = rate(lambda: ours(store, more), rows // 10)
            bare_checked = rate(lambda: bare_load(store, further, check=True), rows // 10)
            again = rate(lambda: ours(store, first), rows)
            hub, flat = hub_rates(store, folder, rows)
        with fresh_store() as store:
            memory = peak_memory(store, first)
        small = beside_py2neo(folder, min(60_000, rows), rows * 8)
    return [
        faster("known-new into an empty graph", new, bare_new, 0.85, "bare driver"),
        faster("checked upsert into a constrained graph", checked, bare_checked, 0.85, "bare driver"),
        *small,
        faster("loading it all again", again, new, 3.0, "first time"),
        Figure("seconds a row at a hub with 100,000 edges", 1 / hub, 1 / flat, "s", 1.5, False, "elsewhere"),
        Figure("peak memory of the loading process", memory, 1024, "MB", 1.0, False),
    ]


def beside_py2neo(folder: Path, rows: int, offset: int) -> list[Figure]:
    """Ours and py2neo's bulk functions in turns, medians of three.

    py2neo can make a constraint on nodes and none on relationships, so its merge is measured in a graph as py2neo
    would set it up; and once more in ours, where our constraint helps it.
    """
    taken: dict[str, list[float]] = {name: [] for name in ("new", "create", "checked", "merge", "helped")}

    def run(name: str, store: Store, load: Callable[[Store, Path], None]) -> None:
        nonlocal offset
        offset += rows
        path = folder / "small.csv"
        write_transfers(path, rows, rows // 5, seed=3, first=offset)
        taken[name].append(rate(lambda: load(store, path), rows))

    merge = partial(py2neo_load, merge=True)
    with warm_store(folder) as constrained, warm_store(folder) as plain:
        plain.schema("DROP CONSTRAINT sent_id")
        for _ in range(3):
            run("new", constrained, ours)
            wipe(constrained)
            run("create", constrained, partial(py2neo_load, merge=False))
            run("checked", constrained, ours)
            run("helped", constrained, merge)
            run("merge", plain, merge)
            wipe(constrained)
            wipe(plain)
    rates = {name: statistics.median(times) for name, times in taken.items()}
    return [
        faster(f"known-new, {rows:,} rows", rates["new"], rates["create"], 1.2, "py2neo create"),
        faster(f"checked upsert, {rows:,} rows", rates["checked"], rates["merge"], 2.0, "py2neo merge"),
        faster("the same, py2neo helped by our constraint", rates["checked"], rates["helped"], 1.0, "py2neo merge"),
    ]


def faster(what: str, mine: float, theirs: float, wanted: float, rival: str) -> Figure:
    """Rates of ours and a rival's."""
    return Figure(what, mine, theirs, "rows/s", wanted, True, rival)


@contextmanager
def warm_store(folder: Path) -> Iterator[Store]:
    """An empty store whose server has done all kinds of load before: Java compiles what runs often."""
    with fresh_store() as store:
        path = folder / "warm.csv"
        write_transfers(path, WARM, WARM // 5, seed=9, first=10**9)
        for load in (ours, partial(bare_load, check=True), partial(py2neo_load, merge=False),
                     partial(py2neo_load, merge=True)):  # fmt: skip
            load(store, path)
            wipe(store)
        yield store


def wipe(store: Store) -> None:
    """Empty the graph; the schema stays."""
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS")


def rate(job: Callable[[], Any], rows: int) -> float:
    """Rows a second of one run of `job`."""
    started = time.perf_counter()
    job()
    return rows / (time.perf_counter() - started)


def ours(store: Store, path: Path) -> None:
    """The workbench's own way in, as `workbench ingest` takes it."""
    report = ingest_file(store, path, Options(source="synthetic"))
    assert report.rows_in == report.loaded + report.quarantined + report.duplicates
    assert report.quarantined == 0, report.issues[:3]


def bare_load(store: Store, path: Path, *, check: bool) -> None:
    """What a careful person writes on the driver for this one file, checking no value."""
    seen: set[str] = set()
    driver, stamp = store._driver, {"source_id": "synthetic", "run_id": "bare"}  # noqa: SLF001
    with path.open(newline="") as handle, driver.session(database="neo4j") as session:
        reader = csv.reader(handle)
        next(reader)
        batch: list[list[Any]] = []

        def run(tx: Any, text: str, **parameters: Any) -> list[Any]:
            return tx.run(text, **parameters).values()

        def send() -> None:
            fresh = {w for row in batch for w in row[:2]} - seen
            seen.update(fresh)
            names = [[w, w.rpartition(":")[2], "eth"] for w in fresh]
            for start in range(0, len(names), _BATCH):
                session.execute_write(run, _MERGE_WALLETS, rows=names[start : start + _BATCH])
            todo = batch
            if check:
                known: set[str] = set()
                for start in range(0, len(batch), 1_000):
                    ids = [row[2] for row in batch[start : start + 1_000]]
                    known.update(session.execute_read(run, _KNOWN, ids=ids)[0][0])
                todo = [row for row in batch if row[2] not in known]
            session.execute_write(run, _CREATE, rows=todo, **stamp)
            batch.clear()

        for _, tx, index, start, end, _, amount, usd, stamp_text, block, _ in reader:
            moment = int(datetime.fromisoformat(stamp_text).timestamp() * 1000)
            batch.append([
                "eip155:1:" + start, "eip155:1:" + end, f"eip155:1/tx:{tx[2:]}/{index}", "eip155:1/slip44:native",
                amount, float(amount), float(usd), moment, int(block), None,
            ])  # fmt: skip
            if len(batch) == _BATCH:
                send()
        send()


def hub_rates(store: Store, folder: Path, offset: int) -> tuple[float, float]:
    """Rates of 5,000 new rows at a hub with 100,000 edges, and of 5,000 between quiet wallets."""
    names = wallets(12_000)
    hub = names[0]
    stored = store.read("MATCH (w:Wallet {id: $id})-[r:SENT]-() RETURN count(r) AS n", {"id": f"eip155:1:{hub}"}).rows[
        0
    ][0]
    fill = max(0, 100_000 - stored)

    def write(name: str, pairs: list[tuple[str, str]], first: int) -> Path:
        base = folder / f"{name}.csv"
        write_transfers(base, len(pairs), 10, first=first)
        lines = base.read_text().splitlines()
        for i, (a, b) in enumerate(pairs, 1):
            cells = lines[i].split(",")
            cells[3], cells[4] = a, b
            lines[i] = ",".join(cells)
        base.write_text("\n".join(lines) + "\n")
        return base

    ours(
        store,
        write("fill", [(hub, names[1 + i % 11_000]) for i in range(fill)] or [(hub, names[1])], offset * 2),
    )
    quiet = write("quiet", [(names[2_000 + i], names[7_000 + i]) for i in range(5_000)], offset * 4)
    busy = write("busy", [(hub, names[2_000 + i % 5_000]) for i in range(5_000)], offset * 6)
    flat = rate(lambda: ours(store, quiet), 5_000)
    return rate(lambda: ours(store, busy), 5_000), flat


def py2neo_load(store: Store, path: Path, *, merge: bool) -> None:
    """The same job through py2neo's bulk functions, checking no value; times as integers, for it cannot send others."""
    import warnings

    warnings.simplefilter("ignore")
    import py2neo
    from py2neo.bulk import create_relationships, merge_nodes, merge_relationships

    user, secret = store.auth
    graph = py2neo.Graph(store.uri, auth=(user, secret))
    ends = {"start_node_key": ("Wallet", "id"), "end_node_key": ("Wallet", "id")}
    seen: set[str] = set()
    batch: list[tuple[str, dict[str, Any], str]] = []

    def send() -> None:
        fresh = {w for a, _, b in batch for w in (a, b)} - seen
        seen.update(fresh)
        wallets_ = [{"id": w, "address": w.rpartition(":")[2], "network": "eth"} for w in fresh]
        merge_nodes(graph.auto(), wallets_, ("Wallet", "id"))
        if merge:
            merge_relationships(graph.auto(), batch, ("SENT", "id"), **ends)
        else:
            create_relationships(graph.auto(), batch, "SENT", **ends)
        batch.clear()

    with path.open(newline="") as handle:
        for row in csv.DictReader(handle):
            properties = {
                "id": f"eip155:1/tx:{row['tx_hash'][2:]}/{row['index']}", "asset": "eip155:1/slip44:native",
                "amount": row["amount"], "value": float(row["amount"]), "usd": float(row["usd"]),
                "time": int(datetime.fromisoformat(row["time"]).timestamp() * 1000), "block": int(row["block"]),
                "source_id": "synthetic", "run_id": "py2neo",
            }  # fmt: skip
            batch.append(("eip155:1:" + row["from"], properties, "eip155:1:" + row["to"]))
            if len(batch) == _BATCH:
                send()
        if batch:
            send()


def peak_memory(store: Store, path: Path) -> float:
    """Peak resident MB of a process of its own that loads `path`."""
    code = (
        "import sys; from pathlib import Path; from bench.loading import ours; from bench._memory import peak_bytes; "
        "from workbench.graph.store import Store; s = Store(sys.argv[1], 'neo4j', sys.stdin.read()); "
        "ours(s, Path(sys.argv[2])); print(peak_bytes())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, store.uri, str(path)],
        input=store.auth[1], capture_output=True, text=True, check=True, env=os.environ,
    )  # fmt: skip
    return int(done.stdout.split()[-1]) / 2**20


__all__ = ["TITLE", "measure"]
