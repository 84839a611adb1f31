"""The case object, the py2neo bridge, the magics and the workspace's commands, on the demo's graph."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import workbench
from workbench.errors import ReadOnlyError, RefusedError, SettingsError, UnknownNameError
from workbench.graph.schema import SCHEMA_VERSION
from workbench.settings import Settings


@pytest.fixture(scope="module")
def case(demo_workspace):
    with workbench.open(str(demo_workspace)) as opened:
        yield opened


def run(*arguments, cwd=None, text=None):
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        cwd=cwd, input=text, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_frame_that_was_cut_says_so(case):
    frame = case.cypher("MATCH (n) RETURN n.id AS id ORDER BY id")
    assert frame.attrs["capped"] is False or len(frame) == Settings().row_limit
    small = workbench.open(str(case.workspace.root), row_limit=3)
    with small:
        cut = small.cypher("MATCH (w:Wallet) RETURN w.id AS id ORDER BY id")
    assert len(cut) == 3
    assert cut.attrs["capped"] is True


def test_writing_is_a_separate_confirmed_path(case):
    with pytest.raises(ReadOnlyError):
        case.cypher("MATCH (w:Wallet) SET w.owned = true RETURN count(w) AS n")
    with pytest.raises(RefusedError):
        case.write_cypher("MERGE (n:Scratch {id: 1}) RETURN n.id AS id")
    assert case.write_cypher("MERGE (n:Scratch {id: 1}) RETURN n.id AS id", confirmed=True) == [{"id": 1}]
    case.write_cypher("MATCH (n:Scratch) DELETE n", confirmed=True)


def test_every_catalogue_reads_a_name_its_own_way(case):
    readings = case.actors("Lazarus Group")
    assert readings["source"].nunique() >= 3
    assert case.actors("nobody is called so").empty


def test_an_unknown_query_names_the_nearest(case):
    with pytest.raises(UnknownNameError, match="actors/wallets"):
        case.query("actor/wallets")


def test_py2neo_reads_the_same_graph(case):
    ours = int(case.cypher("MATCH (w:Wallet) RETURN count(w) AS n")["n"].iloc[0])
    bridge = case.py2neo()
    assert bridge.evaluate("MATCH (w:Wallet) RETURN count(w)") == ours
    bridge.service.connector.close()


def test_the_magics_run_on_the_notebooks_case(case):
    from IPython.testing.globalipapp import get_ipython, start_ipython

    shell = start_ipython() or get_ipython()
    shell.run_line_magic("load_ext", "workbench.jupyter")
    shell.user_ns |= {"case": case, "network": "btc"}
    frame = shell.run_cell_magic(
        "cypher", "network=$network", "MATCH (w:Wallet {network: $network}) RETURN count(w) AS n"
    )
    assert frame["n"].iloc[0] > 0
    assert "actors/wallets" in set(shell.run_line_magic("query", "")["query"])
    assert not shell.run_line_magic("query", "incidents/official").empty


def test_there_is_no_case_where_there_is_no_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_WORKSPACE", raising=False)
    with pytest.raises(SettingsError, match="workbench init"):
        workbench.open()


def test_users_own_query_joins_and_may_not_shadow(case, demo_workspace):
    folder = demo_workspace / "queries" / "mine"
    folder.mkdir(parents=True, exist_ok=True)
    text = (
        '//---\n// title = "Networks"\n// returns = ["network", "wallets"]\n//---\n'
        "MATCH (w:Wallet) RETURN w.network AS network, count(w) AS wallets ORDER BY network\n"
    )
    (folder / "networks.cypher").write_text(text)
    done = run("query", "mine/networks", "--format", "csv", cwd=demo_workspace)
    assert done.stdout.startswith("network,wallets\n")
    assert "btc," in done.stdout
    shadow = demo_workspace / "queries" / "actors" / "wallets.cypher"
    shadow.parent.mkdir(exist_ok=True)
    shadow.write_text(text)
    refused = run("query", "actors/wallets", "-p", "actor_group=mitre:G0032", cwd=demo_workspace)
    shadow.unlink()
    assert refused.returncode != 0
    assert str(shadow) in refused.stderr.replace("\n", "")


def test_templates_load_from_stdin_and_every_row_is_accounted_for(demo_workspace):
    text = run("template", "wallets").stdout
    done = run("ingest", "-", "--as", "wallets", "--format", "json", cwd=demo_workspace, text=text)
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)["runs"]
    assert one["rows_in"] == len(text.splitlines()) - 1 == one["loaded"] + one["quarantined"] + one["duplicates"]
    again = run("ingest", "-", "--as", "wallets", "--format", "json", cwd=demo_workspace, text=text)
    assert json.loads(again.stdout)["runs"][0]["loaded"] == 0


def test_strict_says_that_something_was_quarantined(demo_workspace, tmp_path):
    bad = tmp_path / "wallets.csv"
    head, *rows = run("template", "wallets").stdout.splitlines()
    address = rows[0].split(",")[head.split(",").index("address")]
    bad.write_text("\n".join([head, rows[0].replace(address, address[:-1], 1)]) + "\n")
    done = run("ingest", bad, "--as", "wallets", "--strict", cwd=demo_workspace)
    assert done.returncode == 1, done.stderr
    assert "quarantine" in done.stderr


def test_database_commands(demo_workspace, tmp_path):
    status = json.loads(run("db", "status", "--format", "json", cwd=demo_workspace).stdout)
    assert status["schema_version"] == SCHEMA_VERSION
    assert status["nodes"] > 1_000
    dump = tmp_path / "case.dump"
    assert run("db", "backup", dump, cwd=demo_workspace).returncode == 0
    assert dump.stat().st_size > 10_000
    restored = run("db", "restore", dump, "--yes", cwd=demo_workspace)
    assert restored.returncode == 0, restored.stderr
    after = json.loads(run("db", "status", "--format", "json", cwd=demo_workspace).stdout)
    assert (after["nodes"], after["edges"]) == (status["nodes"], status["edges"])


def test_the_password_is_in_no_command_line_and_no_readable_file(case, demo_workspace):
    password = case.store.auth[1]
    lines = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert password not in lines
    for path in demo_workspace.rglob("*"):
        if path.is_file() and path.stat().st_size < 1_000_000 and password in path.read_text(errors="ignore"):
            assert os.stat(path).st_mode & 0o077 == 0, path


def test_a_folder_is_read_without_its_hidden_parts(demo_workspace, tmp_path):
    (tmp_path / "in" / ".hidden").mkdir(parents=True)
    (tmp_path / "in" / ".hidden" / "secret.txt").write_text("secret\n")
    (tmp_path / "in" / "wallets.csv").write_text(run("template", "wallets").stdout)
    done = run("ingest", tmp_path / "in", "--format", "json", cwd=demo_workspace)
    assert [one["path"].endswith("wallets.csv") for one in json.loads(done.stdout)["runs"]] == [True]
    empty = run("ingest", tmp_path / "in" / ".hidden" / "..", "--format", "json", cwd=demo_workspace)
    assert empty.returncode == 0
    (tmp_path / "none").mkdir()
    nothing = run("ingest", tmp_path / "none", cwd=demo_workspace)
    assert nothing.returncode == 5
    assert "no file in there" in nothing.stderr


def test_an_address_with_a_password_in_it_is_refused_without_showing_it(demo_workspace):
    done = run("query", "incidents/official", "--db", "bolt://u:hunter2@127.0.0.1:9", cwd=demo_workspace)
    assert done.returncode == 2
    assert "hunter2" not in done.stderr + done.stdout
