"""How far a long run is, and about how long it will take: one line on stderr, and what an interruption left."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from workbench.graph.store import Store

EVERY_SECONDS = 30.0
"""Between two lines where stderr is no terminal: whoever reads a log wants to see that it goes on, and no more."""
_REFRESH_SECONDS = 0.5
_SURE_SECONDS, _SURE_SHARE = 3.0, 0.01
"""Nothing is estimated from less."""
LEDGER = "reading the ledger"
NOTHING = "nothing was recorded."
LOADED = "what was loaded stays; run the same command again to finish."
RECORDED = "the claims recorded so far stay; run the same command again to finish."
_kept = ["run the same command again to finish."]


def kept() -> str:
    """What the last long run that was interrupted left behind, in words."""
    return _kept[-1]


class Watch:
    """Shows the step a run is at: a line that changes on a terminal, else a line each half minute (none before).

    Call it with the step and how many are done; `totals` has how many there are of a step, where that is known. A count
    that carries a `share` (see `Done`) needs no total. Steps of a computation (`model.progress.each`) come of
    themselves. Whatever is compiled meanwhile is told, once.
    """

    def __init__(
        self, console: Console, start: str, totals: Mapping[str, int] | None = None, *, left: str = NOTHING
    ) -> None:
        """`left`: what an interruption leaves behind, in words."""
        self._console = console
        self._totals = dict(totals or {})
        self._left = left
        self._what, self._done = start, 0
        self._share: float | None = None
        self._of: int | None = None
        self._begun = self._at = monotonic()
        self._end = Event()
        self._thread = Thread(target=self._show, daemon=True)
        self._status: Any = None

    def __call__(self, what: str, done: int) -> None:
        """Take note of how far it is."""
        total = self._totals.get(what)
        if what != self._what or done < self._done:
            self._what, self._begun = what, monotonic()
        if what == "writing":
            self._left = RECORDED
        self._done = done
        self._share = getattr(done, "share", None)
        self._of = getattr(done, "total", None) or total
        if total and self._share is None:
            self._share = min(done / total, 1.0)

    def of(self, what: str) -> Callable[[int], None]:
        """A callback of one step."""
        return lambda done: self(what, done)

    def __enter__(self) -> Watch:
        from workbench.analysis.kernels.compiling import tell_of_compiling
        from workbench.model.progress import listen

        if self._console.is_terminal:
            self._status = self._console.status("")
            self._status.start()
        self._forget = (tell_of_compiling(self._say), listen(self))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for forget in self._forget:
            forget()
        self._end.set()
        self._thread.join()
        if self._status is not None:
            self._status.stop()
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            _kept.append(self._left)

    def line(self) -> str:
        """The step, how much of it is done, how long it has taken, and about how long it will still."""
        now = monotonic()
        what = "".join(c if c.isprintable() else "�" for c in self._what)[:80]
        total = self._of
        parts = [what]
        if self._done:
            parts.append(f"{self._done:,}" + (f" of {total:,}" if total and self._done <= total else ""))
        if self._share is not None:
            parts.append(f"{self._share:.0%}")
        if (took := now - self._at) >= 1:
            parts.append(f"{_time(took)} so far")
        spent, share = now - self._begun, self._share
        if share is not None and _SURE_SHARE < share < 1 and spent >= _SURE_SECONDS:
            parts.append(f"about {_time(spent * (1 - share) / share)} left")
        return ", ".join(parts)

    def _say(self, words: str) -> None:
        self._console.print(words, style="dim", markup=False, highlight=False)

    def _show(self) -> None:
        from rich.text import Text

        while not self._end.wait(EVERY_SECONDS if self._status is None else _REFRESH_SECONDS):
            if self._status is None:
                self._say(self.line())
            else:
                self._status.update(Text(self.line()))


def watch_ledger(console: Console, store: Store) -> Watch:
    """A watch over an analysis, which begins with reading the ledger.

    The reading of transfers knows its share; of the rest the totals are in Neo4j's count store, and cost nothing.
    """
    flows = "MATCH ()-[r:INPUT]->() RETURN count(r) AS n UNION ALL MATCH ()-[r:OUTPUT]->() RETURN count(r) AS n"
    transactions = store.read("MATCH (t:Transaction) RETURN count(t) AS n").rows[0][0]
    totals = {LEDGER: sum(n for (n,) in store.read(flows).rows), "reading transactions": transactions}
    return Watch(console, LEDGER, totals)


def _time(seconds: float) -> str:
    whole = round(seconds)
    if whole < 90:
        return f"{max(whole, 1)} s"
    if whole < 5400:
        return f"{round(whole / 60)} min"
    return f"{whole / 3600:.1f} h"


__all__ = ["LEDGER", "LOADED", "NOTHING", "RECORDED", "Watch", "kept", "watch_ledger"]
