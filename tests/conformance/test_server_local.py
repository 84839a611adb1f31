"""The local server for real: shared, private, closed, and alive again after anything was killed.

`WORKBENCH_TEST_NEO4J_VERSION` chooses the version (5.26.30 needs Java 17 or 21). Few servers are started,
because each start takes seconds.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ClientError, Neo4jError

from workbench.errors import ServerError
from workbench.graph.server import Address, LocalServer
from workbench.graph.server.admin import backup, check, restore
from workbench.graph.server.alive import is_alive, stamp_of
from workbench.graph.server.files import read_json
from workbench.graph.server.process import answers_bolt

VERSION = os.environ.get("WORKBENCH_TEST_NEO4J_VERSION", "2026.08.1")
PROJECT = Path(__file__).resolve().parents[2]
USER = """
import json, sys, time
began = time.perf_counter()
from pathlib import Path
from workbench.graph.server import LocalServer
local = LocalServer(Path(sys.argv[1]), version=sys.argv[2], idle_minutes=float(sys.argv[3]))
found = local.attach()
print(json.dumps({"pid": found.pid, "uri": found.uri, "password": found.password,
                  "seconds": time.perf_counter() - began}), flush=True)
time.sleep(float(sys.argv[4]))
"""


def user_process(folder: Path, *, idle_minutes: float = 10, stay: float = 0) -> subprocess.Popen[str]:
    """Another process that attaches, prints what it got, stays a while and goes."""
    command = [sys.executable, "-c", USER, str(folder), VERSION, str(idle_minutes), str(stay)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=PROJECT)


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def ask(address: Address, statement: str, **parameters: Any) -> list[list[Any]]:
    with GraphDatabase.driver(address.uri, auth=(address.user, address.password)) as driver:
        records, _, _ = driver.execute_query(statement, parameters, database_=address.database)
    return [list(record.values()) for record in records]


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


@pytest.fixture(scope="module")
def first_two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalServer, list[dict[str, Any]]]]:
    """A server that two processes started at the same moment, and what each of them got."""
    folder = tmp_path_factory.mktemp("shared") / "db"
    pair = [user_process(folder), user_process(folder)]
    found = [answer(process) for process in pair]
    for process in pair:
        end(process)
    local = LocalServer(folder, version=VERSION, progress=False)
    yield local, found
    local.stop()
    local.detach()


@pytest.fixture
def local(first_two: tuple[LocalServer, list[dict[str, Any]]]) -> LocalServer:
    return first_two[0]


def test_two_simultaneous_first_users_get_one_server(
    first_two: tuple[LocalServer, list[dict[str, Any]]],
) -> None:
    local, (one, other) = first_two
    assert one["pid"] == other["pid"] == local.attach().pid
    assert one["uri"] == other["uri"]
    marker = f"@{local.home / 'run' / 'java.args'}"
    running = [p.pid for p in psutil.process_iter(["cmdline"]) if marker in (p.info["cmdline"] or [])]
    assert running == [one["pid"]]


def test_a_second_process_attaches_quickly_and_shares_the_server(local: LocalServer) -> None:
    mine = local.attach()
    process = user_process(local.folder, stay=30)
    try:
        theirs = answer(process)
        assert (theirs["pid"], theirs["uri"]) == (mine.pid, mine.uri)
        assert theirs["seconds"] < 0.5
        assert local.status()["users"] == 2
    finally:
        end(process)
    assert local.status()["users"] == 1


def test_the_version_is_the_one_asked_for(local: LocalServer) -> None:
    address = local.attach()
    rows = ask(address, "CALL dbms.components() YIELD name, versions, edition RETURN name, versions, edition")
    assert ["Neo4j Kernel", [VERSION], "community"] in rows
    assert address.version == local.status()["version"] == VERSION


def test_password_is_random_and_a_wrong_one_is_refused(local: LocalServer) -> None:
    address = local.attach()
    assert len(address.password) >= 32
    assert address.password not in repr(address)
    command_line = " ".join(psutil.Process(address.pid).cmdline())
    assert address.password not in command_line
    with (
        GraphDatabase.driver(address.uri, auth=("neo4j", "neo4j")) as driver,
        pytest.raises(AuthError),
    ):
        driver.verify_connectivity()
    if os.name == "posix":
        assert local.password_file.stat().st_mode & 0o777 == 0o600
        assert local.state_file.stat().st_mode & 0o777 == 0o600
        assert local.home.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "source",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:{port}/x.csv",
        "http://localhost:{port}/x.csv",
        "http://[::1]:{port}/x.csv",
        "ftp://127.0.0.1:{port}/x.csv",
    ],
)
def test_load_csv_reaches_neither_files_nor_addresses(local: LocalServer, source: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        statement = f"LOAD CSV FROM '{source.format(port=listener.getsockname()[1])}' AS row RETURN row"
        with pytest.raises(Neo4jError) as caught:
            ask(local.attach(), statement)
        assert caught.value.code == "Neo.ClientError.Statement.ExternalResourceFailed"
        with pytest.raises(TimeoutError):
            listener.accept()


def test_only_the_loopback_is_listened_on_and_only_bolt(local: LocalServer) -> None:
    address = local.attach()
    connections = psutil.Process(address.pid).net_connections(kind="inet")
    listening = {(c.laddr.ip.removeprefix("::ffff:"), c.laddr.port) for c in connections if c.status == "LISTEN"}
    assert listening == {("127.0.0.1", int(address.uri.rpartition(":")[2]))}


def test_the_doors_are_closed_in_the_running_server(local: LocalServer) -> None:
    rows = ask(local.attach(), "SHOW SETTINGS YIELD name, value RETURN name, value ORDER BY name")
    found = {name: value for name, value in rows}
    assert found["dbms.security.auth_enabled"] == "true"
    assert found["dbms.security.allow_csv_import_from_file_urls"] == "false"
    assert found["dbms.usage_report.enabled"] == "false"
    assert found["server.http.enabled"] == found["server.https.enabled"] == "false"
    assert found["db.transaction.timeout"] in ("60s", "1m")
    assert found["db.memory.transaction.max"] not in ("0B", "0")


def test_a_fixed_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        local = LocalServer(tmp_path, version=VERSION, port=port, progress=False)
        with pytest.raises(ServerError, match=f"port {port} is taken"):
            local.attach()
        assert local.status()["running"] is False


def test_after_a_killed_server_the_next_user_finds_the_data(local: LocalServer) -> None:
    before = local.attach()
    ask(before, "MERGE (:Kept {id: 'k'})")
    os.kill(before.pid, signal.SIGKILL)
    after = local.attach()
    assert after.pid != before.pid
    assert after.password == before.password
    assert ask(after, "MATCH (n:Kept) RETURN n.id") == [["k"]]


def test_a_killed_watchdog_is_replaced_at_the_next_attach(local: LocalServer) -> None:
    def watchdogs() -> list[int]:
        wanted = ["workbench.graph.server.watchdog", str(local.folder)]
        found = psutil.process_iter(["cmdline"])
        return [p.pid for p in found if (p.info["cmdline"] or [])[-2:] == wanted and stamp_of(p.pid)]

    local.attach()
    assert eventually(lambda: len(watchdogs()) == 1, 5)
    (first,) = watchdogs()
    os.kill(first, signal.SIGTERM)
    assert eventually(lambda: not watchdogs(), 5)
    for _ in range(3):
        local.attach()
    # Several may be started before the first has its lock; all but one go again.
    assert eventually(lambda: len(watchdogs()) == 1, 10)
    time.sleep(3)
    assert len(watchdogs()) == 1
    assert watchdogs() != [first]


def test_backup_check_and_restore(local: LocalServer, tmp_path: Path) -> None:
    address = local.attach()
    ask(address, "MATCH (n) DETACH DELETE n")
    ask(address, "CREATE CONSTRAINT thing IF NOT EXISTS FOR (t:Thing) REQUIRE t.id IS UNIQUE")
    ask(address, "UNWIND range(1, 100) AS i CREATE (:Thing {id: i})-[:OF]->(:Other {id: i})")
    file = backup(local, tmp_path / "sub" / "db.dump")
    assert [found.name for found in file.parent.iterdir()] == ["db.dump"]
    assert local.attach().uri == address.uri  # drivers that were connected find it again
    ask(local.attach(), "MATCH (n:Thing) DETACH DELETE n")
    assert restore(local, file) == local.folder / "home.previous"
    assert ask(local.attach(), "MATCH (:Thing)-[r:OF]->(:Other) RETURN count(r)") == [[100]]
    with pytest.raises(ClientError):
        ask(local.attach(), "CREATE (:Thing {id: 1})")
    assert "onsistency check" in check(local)

    ask(local.attach(), "CREATE (:Later)")
    before = local.attach()
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(ServerError, match="database load"):
        restore(local, file)
    assert local.attach().pid == before.pid  # not even stopped
    assert ask(before, "MATCH (n:Later) RETURN count(n)") == [[1]]
    assert not (local.folder / "home.restoring").exists()


def test_a_restore_the_server_does_not_start_on_is_undone(
    local: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(local.attach(), "MERGE (:Kept {id: 'k2'})")
    file = backup(local, tmp_path / "db.dump")
    real = LocalServer.start_locked
    failures = [ServerError("it does not start")]

    def fails_once(self: LocalServer, *, port: int | None = None) -> Address:
        if failures:
            raise failures.pop()
        return real(self, port=port)

    monkeypatch.setattr(LocalServer, "start_locked", fails_once)
    with pytest.raises(ServerError, match="it does not start"):
        restore(local, file, check=False)
    assert ask(local.attach(), "MATCH (n:Kept {id: 'k2'}) RETURN count(n)") == [[1]]


def test_killed_starter_then_killed_user_then_the_watchdog_stops_the_server(tmp_path: Path) -> None:
    folder = tmp_path / "db"
    state_file = folder / "server.json"
    starter = user_process(folder, idle_minutes=0.05)
    assert eventually(state_file.exists, 30)
    end(starter)  # while the server is still starting
    state = read_json(state_file)
    assert state is not None
    assert state["ready"] is False
    user = user_process(folder, stay=60)
    adopted = answer(user)
    assert adopted["pid"] == state["pid"]
    assert answers_bolt(state["port"])
    end(user)  # kill -9: it could not say goodbye
    assert eventually(lambda: not is_alive(state["pid"], state["stamp"]), 20)
    assert eventually(lambda: not state_file.exists(), 5)


def test_an_unpacked_neo4j_is_used_by_its_home(
    tmp_path: Path, local: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked = tmp_path / "neo4j-community"
    (unpacked / "lib").mkdir(parents=True)
    for jar in local.distribution().jars:
        (unpacked / "lib" / jar.name).symlink_to(jar)
    monkeypatch.setenv("NEO4J_HOME", str(unpacked))
    own = LocalServer(tmp_path / "db", progress=False)
    assert own.version == VERSION
    try:
        assert ask(own.attach(), "RETURN 1") == [[1]]
        assert own.home == tmp_path / "db" / "home"
    finally:
        own.stop()
        own.detach()
    (unpacked / "lib" / "neo4j-enterprise-9.jar").touch()
    with pytest.raises(ServerError, match="Enterprise"):
        LocalServer(tmp_path / "db2")
