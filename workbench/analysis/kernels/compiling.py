"""Who is told when loops are compiled, which takes seconds and happens once on a machine.

The command line asks to be told. Elsewhere it is a line of the log, which a notebook shows.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

WORDS = "Compiling the loops of this analysis, once on this machine: about 10 seconds."
_LOG = logging.getLogger("workbench")
_listeners: list[Callable[[str], None]] = []
_logged: list[str] = []


def tell_of_compiling(tell: Callable[[str], None]) -> Callable[[], None]:
    """Have `tell` called with a sentence, once, when a loop has to be compiled; call what is returned to end that."""
    pending = [tell]

    def once(words: str) -> None:
        if pending:
            pending.pop()(words)

    _listeners.append(once)
    return lambda: _listeners.remove(once)


def compiling_begins() -> None:
    """A loop is not in the cache, and is being compiled."""
    for tell in list(_listeners):
        tell(WORDS)
    if not _logged:
        _logged.append(WORDS)
        _LOG.log(logging.WARNING if _in_notebook() and not _listeners else logging.INFO, WORDS)


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    return shell is not None and shell() is not None


__all__ = ["WORDS", "compiling_begins", "tell_of_compiling"]
