"""Who uses the server: one small file for each process. What counts is the process, not the file.

No heartbeat is needed: a file whose process is gone counts as nothing, whatever killed the process.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

from workbench.graph.server.alive import is_alive, stamp_of
from workbench.graph.server.files import make_private_folder, read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path


def register(folder: Path) -> Path:
    """Note that this process uses the server; returns the file to remove when it no longer does."""
    pid = os.getpid()
    file = make_private_folder(folder) / f"{pid}-{uuid.uuid4().hex[:12]}.json"
    write_json(file, {"pid": pid, "stamp": stamp_of(pid)})
    return file


def live_users(folder: Path) -> int:
    """How many registrations have a living process; removes those that have not."""
    count = 0
    for file in folder.glob("*.json"):
        user = read_json(file)
        if user is not None and is_alive(user.get("pid"), user.get("stamp")):
            count += 1
        elif user is not None or not file.exists():
            file.unlink(missing_ok=True)
    return count
