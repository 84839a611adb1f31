"""The habits that hold the project together, checked."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path for folder in ("workbench", "tests", "bench") for path in (PROJECT / folder).rglob("*.py") if path.is_file()
)


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import sys, workbench; heavy = {'neo4j', 'pandas', 'numpy', 'IPython', 'pydantic', 'rich', 'typer'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_file_is_over_400_lines():
    long = {str(p.relative_to(PROJECT)): n for p in MODULES if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_every_source_format_has_its_test():
    names = {p.stem for p in (PROJECT / "workbench/ingest/sources").glob("*.py")} - {"__init__"}
    tested = "\n".join(p.read_text() for p in (PROJECT / "tests/sources").glob("test_*.py"))
    named = {p.stem.removeprefix("test_") for p in (PROJECT / "tests/sources").glob("test_*.py")}
    assert {n for n in names if n not in named and n not in tested} == set()


def test_no_registry_host_and_no_machine_path_stands_in_the_project():
    pattern = re.compile(r"https?://[^\s\"']*/(simple|maven2)/|/root/|/tmp/bash|pypi\.org|repo1\.maven|repo\.maven")
    listed = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in listed.splitlines():
        path = PROJECT / name
        if path == Path(__file__) or path.suffix in (".xz", ".png") or not path.is_file():
            continue
        if pattern.search(path.read_text(encoding="utf-8", errors="replace")):
            found.append(name)
    assert found == []


def test_generated_pages_are_what_the_code_renders():
    from workbench.cli.docs import pages

    stale = [name for name, text in pages().items() if (PROJECT / "docs" / name).read_text(encoding="utf-8") != text]
    assert stale == [], "run `make docs`"


@pytest.mark.parametrize("argument", ["--help", "ingest --help", "query --help", "db --help"])
def test_help_answers_without_a_workspace(argument, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *argument.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
