"""Starting the server of a `LocalServer`, whose lock the caller holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.graph.server.archive import archive_flags, start_training
from workbench.graph.server.files import write_json
from workbench.graph.server.home import make_home, write_settings
from workbench.graph.server.process import (
    PortTakenError,
    end_orphans,
    free_port,
    launch,
    refuse_taken,
    wait_until_ready,
)
from workbench.graph.server.settings import machine_memory, memory_for, settings_for

if TYPE_CHECKING:
    from workbench.graph.server.distribution import Distribution
    from workbench.graph.server.local import LocalServer

TRIES = 3


def start(server: LocalServer, distribution: Distribution, *, wish: int | None) -> dict[str, Any]:
    """Start on the fixed port, the wished one or a free one; returns the state once a query was answered."""
    memory = memory_for(*machine_memory())
    end_orphans(server.home)
    password = make_home(server.home, server.version, server.password_file)
    for attempt in range(TRIES):
        port = _choose_port(server.port, wish if attempt == 0 else None)
        settings = settings_for(
            version=server.version,
            memory=memory,
            port=port,
            transaction_timeout=server.transaction_timeout,
        )
        write_settings(server.home, settings, server.version)
        try:
            state = _start_once(server, distribution, settings, port, password)
        except PortTakenError:
            if server.port is not None or attempt == TRIES - 1:
                raise
            continue
        start_training(distribution, server.cache)
        return state
    raise AssertionError("unreachable")


def _start_once(
    server: LocalServer, distribution: Distribution, settings: dict[str, str], port: int, password: str
) -> dict[str, Any]:
    from workbench.graph.server.local import START_TIMEOUT

    pid, stamp = launch(distribution, server.home, settings, extra=archive_flags(distribution))
    state: dict[str, Any] = {
        "pid": pid,
        "stamp": stamp,
        "port": port,
        "version": server.version,
        "java": f"{distribution.java.path} ({distribution.java.major})",
        "idle_minutes": server.idle_minutes,
        "ready": False,
    }
    # Written before the server answers: if this process is killed now, the next one finds and adopts it.
    write_json(server.state_file, state)
    try:
        wait_until_ready(server.home, pid, stamp, port, password, timeout=START_TIMEOUT)
    except BaseException:
        server.stop_locked()
        raise
    state["ready"] = True
    write_json(server.state_file, state)
    return state


def _choose_port(fixed: int | None, wish: int | None) -> int:
    if fixed is not None:
        refuse_taken(fixed)
        return fixed
    if wish is not None:
        try:
            refuse_taken(wish)
        except PortTakenError:
            return free_port()
        return wish
    return free_port()
