"""How far a long run is: a count that may know of how much it is a part, and steps that tell whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TypeVar

Item = TypeVar("Item")
Listener = Callable[[str, "Done"], None]
_listeners: list[Listener] = []


class Done(int):
    """How many are done; `share` (0 to 1) is how much of all that is, None where nobody knows."""

    share: float | None = None
    total: int | None = None
    """Of how many, where they are few enough to be counted beforehand."""

    @classmethod
    def of(cls, count: int, share: float | None) -> Done:
        """A count and its share."""
        made = cls(count)
        made.share = None if share is None else min(max(share, 0.0), 1.0)
        return made

    @classmethod
    def out_of(cls, count: int, total: int) -> Done:
        """A count of a known total."""
        made = cls.of(count, count / total if total else 1.0)
        made.total = total
        return made


def listen(tell: Listener) -> Callable[[], None]:
    """Have `tell` called with the steps of every computation, as they are done; call what is returned to end that."""
    _listeners.append(tell)
    return lambda: _listeners.remove(tell)


def each(what: str, items: Collection[Item]) -> Iterator[Item]:
    """The items one by one; who listens is told what is being done, and how many of them are done.

    A step is of any length: what is told is how many there still are, and no promise that they take as long.
    """
    for done, item in enumerate(items):
        _tell(what, done, len(items))
        yield item
    _tell(what, len(items), len(items))


def _tell(what: str, done: int, total: int) -> None:
    for tell in tuple(_listeners):
        tell(what, Done.out_of(done, total))
