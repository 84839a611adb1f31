"""The thread that writes a batch while the next rows are being read.

Files are read one after the other. To read the next one while this one is written was measured on two cores: in a
thread it gained a tenth on one large bundle and nothing that showed over the whole test data; to a process of its own
the handing over of parsed rows costs, by format, 0.3 to 2.0 times what their parsing takes.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType

_LOOK = 0.5
"""Seconds after which a waiting reader looks whether the writer is still there."""
Job = Callable[[], None]


class Writer:
    """Does jobs in a thread of its own, in order, at most two waiting; what goes wrong there reaches the reader."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(maxsize=2)
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="workbench-writer", daemon=True)

    def put(self, job: Job) -> None:
        """Hand over a job; raises what went wrong with an earlier one."""
        while True:
            if self._error is not None:
                raise self._error
            try:
                return self._jobs.put(job, timeout=_LOOK)
            except queue.Full:
                continue

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:  # the batch at hand is still written whole
            self._stopped.set()
        while self._thread.is_alive():
            try:
                self._jobs.put(None, timeout=_LOOK)
                break
            except queue.Full:
                continue
        self._thread.join()
        if kind is None and self._error is not None:
            raise self._error

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if self._stopped.is_set():
                continue
            try:
                job()
            except BaseException as error:  # handed to the reader, which raises it
                self._error = error
                return
