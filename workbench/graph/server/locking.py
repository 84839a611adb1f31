"""One process at a time: a lock on a file that the operating system lets go of when its holder dies.

Used around starting and stopping a server, around filling the jar cache, and as the sign that a watchdog
lives. `flock` is per open file, so two threads of one process exclude one another too.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked(file: Path, *, timeout: float = 180.0, what: str = "this") -> Iterator[None]:
    """Hold the lock on `file`; waits up to `timeout` seconds for another process to finish."""
    deadline = time.monotonic() + timeout
    handle = try_lock(file)
    while handle is None:
        if time.monotonic() >= deadline:
            raise ServerError(
                f"another process has been busy with {what} for more than {timeout:.0f} seconds",
                where=str(file),
                hint="Look for a hanging workbench process, end it and try again.",
            )
        time.sleep(0.03)
        handle = try_lock(file)
    try:
        yield
    finally:
        unlock(handle)


def try_lock(file: Path) -> int | None:
    """Take the lock without waiting: a handle for `unlock`, or None while somebody else has it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(handle)
    except OSError:
        os.close(handle)
        return None
    return handle


def unlock(handle: int) -> None:
    """Let go of a lock. The file stays: removing it would let two processes lock two different files."""
    os.close(handle)


if sys.platform == "win32":  # pragma: no cover - exercised on Windows only

    def _take(handle: int) -> None:
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:

    def _take(handle: int) -> None:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
