"""How a loop is compiled: once per machine (numba keeps the result on disk), and without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}

kernel = cast(Callable[[F], F], njit(**_OPTIONS))
"""Decorator of a loop over arrays. Integers wrap silently, and a division by zero is not noticed, in compiled code: the
caller checks what may overflow."""

inline = cast(Callable[[F], F], njit(**_OPTIONS, inline="always"))
"""Decorator of a few lines that stand inside other loops."""

__all__ = ["inline", "kernel"]
