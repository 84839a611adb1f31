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
from types import ModuleType

import bench
from bench.figure import Figure
from workbench import __version__

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def main() -> None:
    """Measure, print and write the sections that were measured; the others stay as they are."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="benchmarks to run; all when none is named")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0 is the full size")
    parser.add_argument("--page", type=Path, default=PAGE, help="page to write")
    chosen = parser.parse_args()
    modules = [
        import_module(f"bench.{info.name}") for info in iter_modules(bench.__path__) if not info.name.startswith("_")
    ]
    for module in modules:
        name = module.__name__.rpartition(".")[2]
        if not hasattr(module, "measure") or (chosen.names and name not in chosen.names):
            continue
        sys.stderr.write(f"measuring: {name}\n")
        table = _table(module.measure(chosen.scale))
        sys.stderr.write("\n".join(table) + "\n")
        write_section(chosen.page, module, table, chosen.scale)


def write_section(page: Path, module: ModuleType, table: list[str], scale: float) -> None:
    """Put one benchmark's table into the page, with the day and the machine it is from."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    measured = (
        f"Version {__version__}, {time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {memory} GB, "
        f"Python {platform.python_version()}, Neo4j 2026.08.1 on the same machine, scale {scale:g}."
    )
    text = "\n".join([f"## {module.TITLE}", "", (module.__doc__ or "").strip(), "", measured, "", *table, ""])
    _, *sections = page.read_text(encoding="utf-8").split("\n## ") if page.is_file() else [""]
    known = {section.partition("\n")[0]: "## " + section.rstrip() + "\n" for section in sections}
    known[module.TITLE] = text
    page.write_text(_HEAD + "\n".join(known[title] for title in sorted(known)), encoding="utf-8")


_HEAD = """\
# Benchmarks

Written by `make bench`; do not edit. Figures of one run on one machine: read the ratios, not the seconds.

"""


def _table(figures: list[Figure]) -> list[str]:
    rows = ["| what | ours | rival or limit | ratio | wanted | met |", "|---|---|---|---|---|---|"]
    return rows + [figure.row() for figure in figures]


if __name__ == "__main__":
    main()
