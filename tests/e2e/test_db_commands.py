"""`workbench db start`, `status` and `stop` as somebody types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def workbench(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_start_status_stop_and_stop_again(tmp_path: Path) -> None:
    assert workbench(tmp_path, "init", "case").returncode == 0
    case = tmp_path / "case"
    started = workbench(case, "db", "start")
    assert started.returncode == 0, started.stderr
    assert "answers at bolt://127.0.0.1" in started.stderr
    status = json.loads(workbench(case, "db", "status", "--format", "json").stdout)
    assert status["running"] is True
    assert status["users"] == 0, "the command that started it is gone"
    stopped = workbench(case, "db", "stop")
    assert (stopped.returncode, stopped.stderr.strip()) == (0, "Stopped.")
    again = workbench(case, "db", "stop")
    assert (again.returncode, again.stderr.strip()) == (0, "It was not running.")


def test_a_server_in_use_is_not_stopped_unless_forced(tmp_path: Path) -> None:
    assert workbench(tmp_path, "init", "case").returncode == 0
    case = tmp_path / "case"
    code = (
        "import sys, workbench\nwith workbench.open(sys.argv[1]) as case:\n    case.store.version()\n"
        "    print('ready', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(case)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout
        assert other.stdin
        assert other.stdout.readline().strip() == "ready"
        refused = workbench(case, "db", "stop")
        assert refused.returncode == 4
        assert "1 other process uses it" in refused.stderr
        assert workbench(case, "db", "stop", "--force").returncode == 0
        other.stdin.close()
