"""One file a heuristic: `TITLE`, `SOURCE` (who described it), `WHOLE` (it rests on what others did not do, and is
worth nothing where the pool is loaded in part) and `links(mixing)`. Being here registers it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from workbench.analysis.demixing.events import Link, Mixing


class Heuristic(Protocol):
    """What a file here has."""

    TITLE: str
    SOURCE: str
    WHOLE: bool

    def links(self, mixing: Mixing) -> Iterable[Link]:
        """Every guess it makes."""
        ...


@lru_cache(maxsize=1)
def heuristics() -> dict[str, Heuristic]:
    """Name → heuristic, in the order of names."""
    names = sorted(info.name for info in iter_modules(__path__))
    return {name: cast(Heuristic, import_module(f"{__name__}.{name}")) for name in names}
