"""Runs every benchmark beside this file and writes docs/benchmarks.md.

A benchmark is one module here with `TITLE` and `measure(scale) -> list[Figure]`; its presence is its
registration. `--scale 0.1` runs a tenth of the size, for a quick look; the page says which it was.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import bench
from bench.figure import Figure
from workbench import __version__

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="benchmarks to run; all when none is named")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is the full size")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write; only when all are run")
    chosen = parser.parse_args()
    modules = [
        import_module(f"bench.{info.name}") for info in iter_modules(bench.__path__) if not info.name.startswith("_")
    ]
    found = [m for m in modules if hasattr(m, "measure")]
    parts = []
    for module in found:
        name = module.__name__.rpartition(".")[2]
        if chosen.names and name not in chosen.names:
            continue
        sys.stderr.write(f"measuring: {name}\n")
        figures: list[Figure] = module.measure(chosen.scale)
        parts.append("\n".join([f"## {module.TITLE}", "", module.__doc__.strip(), "", *_table(figures), ""]))
        sys.stderr.write("\n".join(_table(figures)) + "\n")
    if not chosen.names:
        chosen.page.write_text(_head(chosen.scale) + "\n".join(parts), encoding="utf-8")


def _head(scale: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    return (
        "# Benchmarks\n\n"
        "Written by `make bench`; do not edit. Figures of one run on one machine: read the ratios, not the seconds.\n\n"
        f"Version {__version__}, {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {memory} GB, "
        f"Python {platform.python_version()}, Neo4j 2026.08.1 on the same machine, scale {scale:g}.\n\n"
    )


def _table(figures: list[Figure]) -> list[str]:
    rows = ["| what | ours | rival or limit | ratio | wanted | met |", "|---|---|---|---|---|---|"]
    return rows + [figure.row() for figure in figures]


if __name__ == "__main__":
    main()
