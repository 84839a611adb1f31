"""The audit log: one JSON line for every statement that somebody runs as their own."""

from __future__ import annotations

import getpass
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.errors import LimitError, RefusedError, WorkbenchError
from workbench.graph.cypher_text import MAX_LENGTH
from workbench.model.times import utc_now


@contextmanager
def audited(path: Path | None, mode: str, statement: str, values: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Log one statement when it is over. The log is opened first: what cannot be logged is not run."""
    entry: dict[str, Any] = {
        "time": utc_now().isoformat(), "user": _user(), "mode": mode, "statement": statement[:MAX_LENGTH],
        "parameters": sorted(values), "rows": 0, "seconds": 0.0, "outcome": "failed",
    }  # fmt: skip
    descriptor = _open_log(path) if path is not None else None
    started = time.perf_counter()
    try:
        yield entry
    except RefusedError as error:
        entry |= {"outcome": "refused", "reason": error.what}
        raise
    except LimitError as error:
        entry |= {"outcome": "limit", "reason": error.code}
        raise
    except WorkbenchError as error:
        entry["reason"] = getattr(error, "code", None) or type(error).__name__
        raise
    finally:
        if descriptor is not None:
            entry["seconds"] = round(time.perf_counter() - started, 3)
            try:
                os.write(descriptor, (json.dumps(entry) + "\n").encode())  # one write: lines never mix
            finally:
                os.close(descriptor)


def _open_log(path: Path) -> int:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, flags, 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, 0o600)
        return descriptor
    except OSError as error:
        raise RefusedError(
            f"the audit log cannot be written: {error.strerror}", where=str(path), hint="Nothing was run."
        ) from error


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
