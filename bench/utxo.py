"""Inputs and outputs of UTXO transactions out of the graph into arrays, beside two ways of reading them row by row.

The graph is made: transactions spend one or two outputs that are there and pay two wallets, some are coinbases, and
wallets are busy by a power law. One rival asks for one row an edge, with the wallet's id and the amount as text, and
orders and links them in Python, as tracing did before it read arrays; the other is `project()`, rows a second, on as
many transfers of an account network. Each is the best of three in turns; memory is what Python asked for at most.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np

from bench._server import fresh_store
from bench.figure import Figure
from bench.projection import make_graph
from workbench.analysis.projection import project
from workbench.analysis.utxo_projection import project_utxo
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.ledger import Input, Output
from workbench.model.networks import NETWORKS
from workbench.model.nodes import Transaction, Wallet
from workbench.model.times import EARLIEST

TITLE = "UTXO projection"
FULL = 300_000
RUNS = 3
_CAIP2 = NETWORKS["btc"].caip2
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276B
_IN = (
    "MATCH (w:Wallet)-[i:INPUT]->(t:Transaction {network: 'btc'})\n"
    "RETURN t.id AS tx, w.id AS wallet, i.amount AS amount, i.position AS position, i.id AS id, i.spends AS spends"
)
_OUT = (
    "MATCH (t:Transaction {network: 'btc'})-[o:OUTPUT]->(w:Wallet)\n"
    "RETURN t.id AS tx, w.id AS wallet, o.amount AS amount, o.position AS position, o.id AS id"
)
_TRANSACTIONS = "MATCH (t:Transaction {network: 'btc'}) RETURN t.id, t.time.epochMillis, t.block"


def measure(scale: float) -> list[Figure]:
    """Figures at `scale` × 300,000 inputs and outputs."""
    size = max(int(FULL * scale), 700)
    with fresh_store() as store:
        make_coins(store, size)
        plain, spent, slow = best(
            lambda: project_utxo(store), lambda: project_utxo(store, spends=True), lambda: row_by_row(store)
        )
        flows = project_utxo(store)
        memory, rival_memory = peak(lambda: project_utxo(store, spends=True)), peak(lambda: row_by_row(store))
    rows = len(flows.inputs) + len(flows.outputs)
    with fresh_store() as store:
        make_graph(store, rows, 2**40)
        (transfers,) = best(lambda: project(store, order=True))
    return [
        Figure(f"{rows:,} inputs and outputs", plain, slow, "s", 0.25, False, "row by row"),
        Figure("the same with what each input spends", spent, slow, "s", 0.25, False, "row by row"),
        Figure("rows a second", rows / plain, rows / transfers, "rows/s", 0.5, True, "project(), transfers"),
        Figure("rows a second with what each input spends", rows / spent, rows / transfers, "rows/s", 0.33, True,
               "project(), transfers"),
        Figure("memory at most, with what each input spends", memory, rival_memory, "MB", 0.5, False, "row by row"),
    ]  # fmt: skip


def row_by_row(store: Store) -> tuple[Any, ...]:
    """One row an edge, all text, ordered and linked in Python."""
    transactions = store.read(_TRANSACTIONS).rows
    inputs, outputs = store.read(_IN).rows, store.read(_OUT).rows
    number = {row[0]: i for i, row in enumerate(sorted(transactions, key=lambda row: (row[1], row[2], row[0])))}
    wallet = {name: i for i, name in enumerate(sorted({row[1] for row in (*inputs, *outputs)}))}
    inputs.sort(key=lambda row: (number[row[0]], row[3]))
    outputs.sort(key=lambda row: (number[row[0]], row[3]))
    at = {row[4]: i for i, row in enumerate(outputs)}
    spends = [at.get(row[5], -1) for row in inputs]
    columns = [
        [(number[row[0]], wallet[row[1]], int(row[2])) for row in rows] for rows in (inputs, outputs)
    ]  # fmt: skip
    return np.array(columns[0], np.int64), np.array(columns[1], np.int64), np.array(spends), number, wallet


def make_coins(store: Store, size: int, *, seed: int = 7) -> list[str]:
    """Write about `size` inputs and outputs through the loader; returns a wallet of middling size to start from."""
    rng = np.random.default_rng(seed)
    loader = Loader(store, "bench", EARLIEST)
    wallets = max(size // 8, 10)
    transactions = size * 2 // 7  # one and a half inputs and two outputs each
    unspent: list[tuple[str, int, int]] = []
    for start in range(0, transactions, 10_000):
        made: list[Transaction] = []
        inputs: list[Input] = []
        outputs: list[Output] = []
        touched: dict[int, None] = {}
        for number in range(start, min(start + 10_000, transactions)):
            digest = f"{number * _SPREAD % 2**256:064x}"
            id_ = f"{_CAIP2}/tx:{digest}"
            made.append(Transaction(id=id_, hash=digest, network="btc", block=number // 50,
                                    time=datetime.fromtimestamp(1_600_000_000 + number // 50 * 600, UTC)))  # fmt: skip
            total = 0
            for place in range(0 if number % 50 == 0 else 1 + number % 2):
                if unspent:
                    at = int(rng.integers(len(unspent)))
                    unspent[at], unspent[-1] = unspent[-1], unspent[at]
                    spent, wallet, amount = unspent.pop()
                    total += amount
                    inputs.append(
                        Input(address(wallet), id_, f"{id_}/in:{place}", str(amount), float(amount), place, spent)
                    )
            total = total or 625_000_000
            for place, amount in enumerate((total // 3, total - total // 3 - 50)):
                wallet = int(rng.pareto(0.9) * wallets / 50) % wallets
                touched[wallet] = None
                output = f"{id_}/out:{place}"
                outputs.append(Output(id_, address(wallet), output, str(max(amount, 1)), float(max(amount, 1)), place))
                unspent.append((output, wallet, max(amount, 1)))
        names = map(address, touched)
        loader.nodes([Wallet(id=name, address=name.rpartition(":")[2], network="btc") for name in names])
        loader.nodes(made)
        loader.flows("INPUT", inputs, "bench")
        loader.flows("OUTPUT", outputs, "bench")
    return [address(wallets // 10 + 3)]


def address(number: int) -> str:
    """A wallet id as long as real ones are."""
    return f"{_CAIP2}:1{number * _SPREAD % 58**20:033d}"


def best(*works: Callable[[], object]) -> list[float]:
    """The shortest time of each in seconds, in turns, after one run to warm up."""
    taken = [float("inf")] * len(works)
    for run in range(RUNS + 1):
        for i, work in enumerate(works):
            start = time.perf_counter()
            work()
            if run:
                taken[i] = min(taken[i], time.perf_counter() - start)
    return taken


def peak(work: Callable[[], object]) -> float:
    """Megabytes that Python held at most while it ran."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()
