"""How a loop is compiled: once per machine (numba keeps the result on disk), and without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import event

from workbench.analysis.kernels.compiling import compiling_begins

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}

kernel = cast(Callable[[F], F], njit(**_OPTIONS))
"""Decorator of a loop over arrays. Integers wrap silently, and a division by zero is not noticed, in compiled code: the
caller checks what may overflow."""

inline = cast(Callable[[F], F], njit(**_OPTIONS, inline="always"))
"""Decorator of a few lines that stand inside other loops."""


class _Compiling(event.Listener):
    """Hears of loops that numba compiles; one that is found in its cache is none (numba.core.event)."""

    def on_start(self, event: Any) -> None:
        if event.data["dispatcher"].__module__.startswith("workbench."):
            compiling_begins()

    def on_end(self, event: Any) -> None:
        """Nothing is said of the end."""


event.register("numba:compile", _Compiling())  # type: ignore[no-untyped-call]

__all__ = ["inline", "kernel"]
