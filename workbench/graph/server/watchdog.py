"""A tiny detached process that stops a server nobody uses (`python -m workbench.graph.server.watchdog DIR`).

It holds `watchdog.lock` while it lives, which is how others know; it looks at the registered users every few
seconds and, when none has lived for the idle time, stops the server under the same lock attaching takes. It
ends with the server, and also ends a server whose folder was deleted.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.graph.server.alive import end_process, is_alive, python_environment, spawn_detached
from workbench.graph.server.files import read_json
from workbench.graph.server.locking import locked, try_lock, unlock
from workbench.graph.server.users import live_users


def ensure_watchdog(folder: Path) -> None:
    """Start the folder's watchdog unless it lives (call with the server's lock held)."""
    handle = try_lock(folder / "watchdog.lock")
    if handle is None:
        return
    unlock(handle)
    command = [sys.executable, "-m", __name__, str(folder)]
    root = Path(folder.anchor)
    spawn_detached(command, log=folder / "watchdog.log", folder=root, environment=python_environment())


def watch(folder: Path) -> None:
    """Watch until the server is gone."""
    held = _take(folder)
    if held is None:
        return
    known: dict[str, Any] = {}
    idle_since: float | None = None
    while True:
        if not folder.exists():
            _end(known)
            return
        state = read_json(folder / "server.json")
        if state is None or not is_alive(state.get("pid"), state.get("stamp")):
            if _finish(folder, held, known, idle=False):
                return
            continue
        known = state
        limit = float(state.get("idle_minutes", 10)) * 60
        if live_users(folder / "users"):
            idle_since = None
        elif idle_since is None:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since >= limit:
            if _finish(folder, held, known, idle=True):
                return
            idle_since = None
        time.sleep(min(3.0, max(0.1, limit / 10)))


def _finish(folder: Path, held: int, known: dict[str, Any], *, idle: bool) -> bool:
    """Under the server's lock look again, and end server and watchdog if there is still no reason to stay.

    The watchdog's own lock goes first, so that whoever attaches next sees that it needs a new one.
    """
    with locked(folder / "server.lock", timeout=86400, what="the local database"):
        state = read_json(folder / "server.json")
        alive = state is not None and is_alive(state.get("pid"), state.get("stamp"))
        if alive and (not idle or live_users(folder / "users")):
            return False
        if state is not None and alive:
            end_process(state["pid"], state["stamp"])
            (folder / "server.json").unlink(missing_ok=True)
        elif state is None:
            _end(known)
        unlock(held)
        return True


def _take(folder: Path) -> int | None:
    for _ in range(40):
        held = try_lock(folder / "watchdog.lock")
        if held is not None:
            return held
        time.sleep(0.05)
    return None


def _end(known: dict[str, Any]) -> None:
    if is_alive(known.get("pid"), known.get("stamp")):
        end_process(known["pid"], known["stamp"])


def main(arguments: list[str]) -> int:
    """Command line: the server's folder."""
    try:
        watch(Path(arguments[0]))
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
