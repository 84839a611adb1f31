"""The peak memory of the process that asks."""

from __future__ import annotations

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_bytes() -> int:
    """Most resident bytes since this program was started.

    Linux's `ru_maxrss` of a new program begins at the size of the process that started it, so a benchmark that
    has held large arrays would be measured in its children; `VmHWM` counts from the program's own start.
    """
    if _STATUS.is_file():
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
