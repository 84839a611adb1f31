"""The server's process: its command, its start, and the wait until it answers."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

from workbench.errors import ServerError
from workbench.graph.server.alive import end_process, is_alive, spawn_detached, stamp_of
from workbench.graph.server.files import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.graph.server.distribution import Distribution

HOST = "127.0.0.1"
HANDSHAKE = bytes.fromhex("6060b017 00000405 00000404 00000304 00000005")


class PortTakenError(ServerError):
    """Another program listens on the port."""


def free_port() -> int:
    """A loopback port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def refuse_taken(port: int) -> None:
    """Raise PortTakenError where a port the user fixed is in use."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortTakenError(
                f"port {port} is taken by another program",
                where=f"{HOST}:{port}",
                hint="Choose another port, or none: then a free one is used.",
            ) from error


def answers_bolt(port: int, *, timeout: float = 2.0) -> bool:
    """Whether something at the port shakes hands as Bolt does. Needs no driver and sends no password."""
    try:
        with socket.create_connection((HOST, port), timeout=timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(HANDSHAKE)
            answer = connection.recv(4)
    except OSError:
        return False
    return len(answer) == 4 and answer != b"\0\0\0\0" and answer[:2] == b"\0\0"


def write_arguments(
    file: Path, distribution: Distribution, main: list[str], *, heap: str, extra: list[str]
) -> list[str]:
    """Write a Java argument file and return the command that uses it.

    A file, because 237 jars are too long for some systems' command line, and because its path on the
    command line tells this home's processes from all others.
    """
    flags = [*distribution.flags, f"-Xmx{heap}", *extra]
    quoted = [_quote(part) for part in [*flags, "-cp", distribution.class_path, *main]]
    write_private(file, "\n".join(quoted) + "\n")
    return [str(distribution.java.path), f"@{file}"]


def launch(
    distribution: Distribution, home: Path, settings: dict[str, str], *, extra: list[str] | None = None
) -> tuple[int, str]:
    """Start the server detached; returns its process id and stamp at once."""
    main = [distribution.main_class, f"--home-dir={home}", f"--config-dir={home / 'conf'}"]
    heap = settings["server.memory.heap.max_size"]
    start = settings["server.memory.heap.initial_size"]
    flags = [f"-Xms{start}", *(extra or [])]
    command = write_arguments(arguments_file(home), distribution, main, heap=heap, extra=flags)
    log = console_log(home)
    log.unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    pid = spawn_detached(command, log=log, folder=home, environment=environment)
    return pid, stamp_of(pid) or ""


def wait_until_ready(home: Path, pid: int, stamp: str, port: int, password: str, *, timeout: float = 60.0) -> None:
    """Return when the database answers a query; otherwise say why not, with the end of the log."""
    deadline = time.monotonic() + timeout
    while not answers_bolt(port):
        if not is_alive(pid, stamp):
            _raise_failed(home, port)
        if time.monotonic() > deadline:
            end_process(pid, stamp)
            raise ServerError(
                f"Neo4j did not answer within {timeout:.0f} seconds\n{log_tail(home)}",
                where=str(console_log(home)),
                hint="A slow disk or a big recovery: try again, or look at the log.",
            )
        time.sleep(0.04)
    _verify(home, port, password, deadline)


def _verify(home: Path, port: int, password: str, deadline: float) -> None:
    from neo4j import GraphDatabase
    from neo4j.exceptions import AuthError, DriverError, Neo4jError

    while True:
        try:
            with GraphDatabase.driver(f"bolt://{HOST}:{port}", auth=("neo4j", password)) as driver:
                driver.execute_query("RETURN 1", database_="neo4j")
            return
        except AuthError as error:
            raise ServerError(
                "the database does not accept the password kept beside it",
                where=str(home.parent / "password"),
                hint="If the password was changed by hand, write the new one into this file.",
            ) from error
        except (DriverError, Neo4jError) as error:
            if time.monotonic() > deadline:
                raise ServerError(f"Neo4j runs but does not answer: {error}\n{log_tail(home)}") from error
            time.sleep(0.1)


def end_orphans(home: Path) -> None:
    """End a server of this home that no state file names (its starter was killed in between)."""
    import psutil

    marker = f"@{arguments_file(home)}"
    for process in psutil.process_iter(["cmdline"]):
        if marker in (process.info["cmdline"] or []):
            stamp = stamp_of(process.pid)
            if stamp:
                end_process(process.pid, stamp)


def arguments_file(home: Path) -> Path:
    """Where the server's Java argument file is."""
    return home / "run" / "java.args"


def console_log(home: Path) -> Path:
    """Where the server's standard output and error go."""
    return home / "logs" / "console.log"


def log_tail(home: Path, lines: int = 15) -> str:
    """The end of the server's output, for an error message."""
    try:
        text = console_log(home).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "(no log)"
    kept = [line for line in text.splitlines() if line.strip() and "[aot" not in line]
    return "\n".join(f"  | {line[:300]}" for line in kept[-lines:]) or "(the log is empty)"


def _raise_failed(home: Path, port: int) -> None:
    tail = log_tail(home, 40)
    if "BindException" in tail or "Address already in use" in tail or "already bound" in tail:
        raise PortTakenError(f"port {port} was taken by another program meanwhile", where=f"{HOST}:{port}")
    hint = None
    if "lock" in tail.lower() and "store" in tail.lower():
        hint = "Another Neo4j uses this database: perhaps on another machine, or in a container."
    raise ServerError(f"Neo4j did not start\n{log_tail(home)}", where=str(console_log(home)), hint=hint)


def _quote(part: str) -> str:
    return '"' + part.replace("\\", "\\\\").replace('"', '\\"') + '"'
