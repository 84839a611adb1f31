"""Ledger formats beside the transfers template: parsing alone, and the whole load into an empty graph.

Every file has the same transfers. The rival of each is the transfers template in the same run. The memory is
that of a process that loads ethereum-etl token transfers, their times looked up in the blocks beside them.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from pathlib import Path

from bench._server import fresh_store
from bench.figure import Figure
from bench.ledgers import EDGES, WRITERS, bitcoin_address, token_transfers
from bench.loading import ours, peak_memory, rate
from bench.synthetic import write_transfers
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile

TITLE = "Ledger formats"


def measure(scale: float) -> list[Figure]:
    """Every figure of this page; at scale 1 files of 200,000 rows, and 10,000,000 for the memory."""
    rows = max(1_000, round(200_000 * scale))
    accounts = max(200, rows // 5)
    parsing: list[Figure] = []
    loading: list[Figure] = []
    folder = Path(tempfile.mkdtemp(prefix="workbench-formats-"))
    try:
        template = folder / "template.csv"
        write_transfers(template, rows, accounts)
        parse_rival = parse_rate(template, rows)
        with fresh_store() as store:
            load_rival = rate(lambda: ours(store, template), rows)
        for what, (name, write) in WRITERS.items():
            own = folder / name.replace(".", "-")
            own.mkdir()
            write(own / name, rows, accounts)
            edges = EDGES.get(name, 1)
            parsed = edges * parse_rate(own / name, rows)
            parsing.append(Figure(f"parsing {what}", parsed, parse_rival, "edges/s", 0.4, True, "template"))
            with fresh_store() as store:
                loaded = edges * rate(lambda path=own / name: ours(store, path), rows)  # type: ignore[misc]
            loading.append(Figure(f"loading {what}", loaded, load_rival, "edges/s", 0.5, True, "template"))
            shutil.rmtree(own)
        many = round(10_000_000 * scale)
        token_transfers(folder / "token_transfers.csv", many, min(1_000_000, many // 10))
        with fresh_store() as store:
            started = time.perf_counter()
            memory = peak_memory(store, folder / "token_transfers.csv")
            seconds = time.perf_counter() - started
        what = f"peak memory, {many:,} ethereum-etl token transfers in {seconds:,.0f} s"
        tags = round(36_000 * scale)
        write_tagpack(folder / "pack.yaml", tags)
        with fresh_store() as store:
            started = time.perf_counter()
            ours(store, folder / "pack.yaml")
            seconds = time.perf_counter() - started
        pack = Figure(f"a TagPack of {tags:,} tags", seconds, 60 * scale, "s", 1.0, False)
        return [*parsing, *loading, Figure(what, memory, 1024, "MB", 1.0, False), pack]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_tagpack(path: Path, tags: int, seed: int = 1) -> None:
    """A TagPack in the shape of GraphSense's larger ones: header defaults, then tags on Bitcoin and Ethereum
    addresses, one in three with fields of its own."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8") as out:
        out.write(
            "title: Synthetic pack\ncreator: Benchmark\ndescription: seeded\nabuse: ransomware\ncurrency: BTC\n"
            "lastmod: 2021-11-14\nconfidence: forensic\nsource: https://example.org/pack\ntags:\n"
        )
        for number in range(tags):
            address = bitcoin_address(number) if number % 3 else f"0x{number:040x}"
            out.write(f"- address: {address}\n  label: Family {number % 90}\n")
            if number % 3 == 0:
                out.write(f"  currency: ETH\n  source: https://example.org/report/{rng.randrange(400)}\n")
                out.write("  confidence: web_crawl\n  lastmod: 2022-01-01\n")
            out.write("  is_cluster_definer: true\n")


def parse_rate(path: Path, rows: int) -> float:
    """Rows a second from the file to records, without a graph; the better of two."""
    return max(rate(lambda: parse(path, rows), rows) for _ in range(2))


def parse(path: Path, rows: int) -> None:
    """Read a whole file."""
    file = SourceFile(path)
    fmt, context = formats().detect(file)(), Context(source_name="synthetic")
    seen = 0
    for row in fmt.rows(file, context):
        seen += 1
        for _ in fmt.records(row.raw, context):
            pass
    assert seen == rows, f"{path.name}: {seen} of {rows} rows"


__all__ = ["TITLE", "measure"]
