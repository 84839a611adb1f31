"""Several slow reads at once, each in a thread of its own, their rows in an order that does not depend on who is first.

A query of the server runs on one of its cores. The same read in two halves was measured to take two thirds of the time
where two cores are free (docs/benchmarks.md).
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

T = TypeVar("T")
_AHEAD = 2
"""Rows that a read may be ahead of whoever takes them."""
_LOOK = 0.5
"""Seconds after which a waiting read looks whether anybody still wants it."""


def side_by_side(reads: Sequence[Callable[[], Generator[T, None, None]]]) -> Generator[T, None, None]:
    """A row of the first, a row of the second, …, and so on; of those that have ended no more.

    Raises what a read raises, when its turn comes. The others are then given up.
    """
    unwanted = threading.Event()
    lines: deque[queue.Queue[tuple[str, Any]]] = deque()
    for number, read in enumerate(reads):
        line: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=_AHEAD)
        threading.Thread(target=_fill, args=(read, line, unwanted), name=f"read-{number}", daemon=True).start()
        lines.append(line)
    try:
        while lines:
            line = lines.popleft()
            what, item = line.get()
            if what == "failed":
                raise item
            if what == "row":
                lines.append(line)
                yield item
    finally:
        unwanted.set()


def _fill(
    read: Callable[[], Generator[Any, None, None]], line: queue.Queue[tuple[str, Any]], unwanted: threading.Event
) -> None:
    def put(what: str, item: Any = None) -> bool:
        while not unwanted.is_set():
            try:
                line.put((what, item), timeout=_LOOK)
                return True
            except queue.Full:
                continue
        return False

    try:
        with closing(read()) as rows:
            for row in rows:
                if not put("row", row):
                    return
        put("ended")
    except BaseException as error:  # handed to whoever takes the rows, and raised there
        put("failed", error)


__all__ = ["side_by_side"]
