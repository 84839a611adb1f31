"""Starting: the package, the local server on existing data, a second process, the demo a second time.

Each is the median of several runs of a process of its own, against a fixed limit.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figure import Figure
from workbench.graph.server import LocalServer

TITLE = "Starting"


def measure(scale: float) -> list[Figure]:
    """Seconds, each against its limit."""
    runs = 5 if scale >= 1 else 3
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        case = Path(folder) / "case"
        first = wall("-m", "workbench", "demo", str(case))
        again = statistics.median(wall("-m", "workbench", "demo", str(case)) for _ in range(runs))
        server = LocalServer(case / ".workbench" / "neo4j")
        attach = f"from workbench.graph.server import LocalServer; LocalServer({str(server.folder)!r}).attach()"
        empty = statistics.median(wall("-c", "pass") for _ in range(runs))
        attached = statistics.median(wall("-c", attach) for _ in range(runs))
        starts = []
        for _ in range(runs):
            server.stop()
            starts.append(wall("-m", "workbench", "db", "start", "--workspace", str(case)))
        server.stop()
        imported = statistics.median(wall("-c", "import workbench") for _ in range(runs))
    return [
        Figure("import workbench (Python's own start included)", imported, 0.3, "s", 1.0, False),
        Figure("workbench db start on existing data", statistics.median(starts), 8.0, "s", 1.0, False),
        Figure("a second process attaches (Python's own start taken off)", attached - empty, 0.5, "s", 1.0, False),
        Figure("workbench demo, first time, jars in the cache", first, 120.0, "s", 1.0, False),
        Figure("workbench demo, second time", again, 30.0, "s", 1.0, False),
    ]


def wall(*arguments: str) -> float:
    """Seconds of one Python process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - started
