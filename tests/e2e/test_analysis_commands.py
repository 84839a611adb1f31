"""The analyses from the command line, on the bundled case: stdout is data, talk goes to stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


def run(folder: Path, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *words, "--workspace", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def rows(folder: Path, *words: str) -> Any:
    return json.loads(run(folder, *words, "--format", "json").stdout)


def test_trace_prints_every_method_and_conserves(demo_workspace: Path) -> None:
    found = rows(demo_workspace, "trace", "atomic-wallet-2023")
    methods = {row["method"] for row in found["conservation"]}
    assert methods == {"poison", "haircut", "fifo", "lifo", "tiho"}
    assert all(row["difference"] == "0" for row in found["conservation"] if row["method"] != "poison")
    assert all(isinstance(row["fifo"], str) for row in found["flows"])


def test_two_incidents_the_way_back_a_date_and_cash_outs(demo_workspace: Path) -> None:
    both = rows(demo_workspace, "trace", "atomic-wallet-2023", "li-fi-2024", "--method", "haircut")
    assert {row["incident"] for row in both["conservation"]} == {"atomic-wallet-2023", "li-fi-2024"}
    cash = rows(demo_workspace, "trace", "atomic-wallet-2023", "--table", "cash-out")
    assert cash[0]["hours_to_first_contact"] >= 0
    early = rows(demo_workspace, "trace", "atomic-wallet-2023", "--at", "2023-06-03")
    assert early
    terminal = next(row["wallet"] for row in both["terminals"] if row["reached_haircut"])
    back = rows(demo_workspace, "trace", "--from", terminal, "--backward", "--method", "fifo")
    assert back["flows"]
    assert back["summary"]["direction"] == "backward"


def test_bridges_give_possibilities_and_say_so(demo_workspace: Path) -> None:
    done = run(demo_workspace, "trace", "atomic-wallet-2023", "--table", "bridge-exits", "--format", "csv")
    assert done.stdout.startswith("service,incident,arrival")
    assert "bridges" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("trace", "atomic-wallet-2023", "--method", "voodoo"), "voodoo"),
        (("trace", "atomic-wallet-2023", "--table", "nothing"), "nothing"),
        (("trace", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line_with_a_way_on(
    demo_workspace: Path, words: tuple[str, ...], said: str
) -> None:
    done = run(demo_workspace, *words, code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
