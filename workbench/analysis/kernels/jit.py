"""How a loop is compiled: once per machine (numba keeps the result on disk), and without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

kernel = cast(Callable[[F], F], njit(cache=True, nogil=True))
"""Decorator of a loop over arrays. Integers wrap silently in compiled code: the caller checks what may overflow."""

inline = cast(Callable[[F], F], njit(cache=True, nogil=True, inline="always"))
"""Decorator of a few lines that stand inside other loops."""

__all__ = ["inline", "kernel"]
