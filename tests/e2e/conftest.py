"""The demo, run once a session the way a user runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.case import Case
from workbench.graph.content import content_hash
from workbench.graph.server import LocalServer


class DemoRun:
    """What `workbench demo` printed, and where it worked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        done = subprocess.run(
            [sys.executable, "-m", "workbench", "demo", str(folder)], capture_output=True, text=True, check=False
        )
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        self.content = ""
        """Content hash of the graph as the demo left it; other tests add to it afterwards."""
        if self.code == 0:
            with Case.open(folder) as case:
                self.content = content_hash(case.store)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoRun]:
    """A finished demo in a folder of its own."""
    folder = tmp_path_factory.mktemp("demo") / "demo-case"
    run = DemoRun(folder)
    yield run
    LocalServer(folder / ".workbench" / "neo4j").stop()


@pytest.fixture(scope="session")
def demo_workspace(demo: DemoRun) -> Path:
    """The demo's workspace."""
    assert demo.code == 0, demo.stderr
    return demo.folder
