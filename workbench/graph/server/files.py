"""Small files that only their owner may read: written whole or not at all."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def make_private_folder(folder: Path) -> Path:
    """The folder, made where missing, readable by its owner only."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def write_private(file: Path, text: str) -> None:
    """Write a file with mode 0600 so that a reader sees the old text or the new one, never half."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(scratch, file)


def write_json(file: Path, value: dict[str, Any]) -> None:
    """`write_private` of a JSON object."""
    write_private(file, json.dumps(value, indent=1, sort_keys=True) + "\n")


def read_json(file: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where the file is missing or is not one (killed while writing)."""
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
