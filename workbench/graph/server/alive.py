"""Is that process still the one we meant? A process id alone is not enough: systems use them again.

A process is named by its id and a stamp that no later process with the same id has: on Linux the boot and
the start time in clock ticks (read from /proc, no import, and steady when the clock is set), elsewhere
psutil's creation time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Mapping

_children: list[subprocess.Popen[bytes]] = []


def stamp_of(pid: int) -> str | None:
    """What tells this process from every other with its id; None where it is gone (or only a zombie)."""
    _reap()
    if sys.platform.startswith("linux"):
        try:
            line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        fields = line.rpartition(")")[2].split()
        return None if fields[0] in ("Z", "X") else f"{_boot()}:{fields[19]}"
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.0f}"
    except psutil.Error:
        return None


def is_alive(pid: object, stamp: object) -> bool:
    """Whether the process a state file names still runs."""
    return isinstance(pid, int) and pid > 0 and stamp is not None and stamp_of(pid) == stamp


def spawn_detached(command: list[str], *, log: Path, folder: Path, environment: Mapping[str, str] | None = None) -> int:
    """Start a process that outlives this one and gets none of its signals; output goes to `log`."""
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":  # pragma: no cover
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        options = {"creationflags": flags}
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=handle,
            stderr=handle,
            cwd=folder,
            env=dict(environment or os.environ),
            **options,
        )
    except OSError as error:
        raise ServerError(f"cannot be run: {error}", where=command[0]) from error
    finally:
        os.close(handle)
    _children.append(process)
    return process.pid


def python_environment() -> dict[str, str]:
    """The environment in which a detached Python finds this same workbench, installed or not."""
    root = str(Path(__file__).resolve().parents[3])
    path = os.environ.get("PYTHONPATH")
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join([root, path] if path else [root])}


def end_process(pid: int, stamp: str, *, patience: float = 120.0) -> bool:
    """SIGTERM, then wait until the process is gone; SIGKILL only after `patience`. True if it went by itself.

    The wait matters: Neo4j holds its store's lock, and is still writing, until the process is gone.
    """
    if not is_alive(pid, stamp):
        return True
    for number, wait in ((signal.SIGTERM, patience), (getattr(signal, "SIGKILL", signal.SIGTERM), 20.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        except OSError as error:
            raise ServerError(f"process {pid} cannot be ended: {error}") from error
        if _gone_within(pid, stamp, wait):
            return number == signal.SIGTERM
    raise ServerError(f"process {pid} does not end", hint="Look at it with the system's own tools.")


def _gone_within(pid: int, stamp: str, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid, stamp):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _reap() -> None:
    """Collect ended children, so that none stays behind as a zombie."""
    _children[:] = [child for child in _children if child.poll() is None]


@lru_cache(maxsize=1)
def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8]
    except OSError:
        return ""
