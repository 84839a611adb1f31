"""Results of analyses in a report: what a caller may hand over, and the one shape they all get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import pandas as pd

from workbench.errors import UsageError


@dataclass(frozen=True)
class Block:
    """What an analysis gives to a report: words, tables by caption, and how far it can be trusted."""

    text: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    method: str = ""
    """How it was computed, with its parameters."""
    error_rate: str = ""
    """How often the method was right where the truth is known; the report says so where it is absent."""
    image: bytes | None = None
    """A PNG picture."""
    image_words: str = ""
    """What the picture shows, for those who cannot see it."""


@runtime_checkable
class Reportable(Protocol):
    """A result that makes its own block: a mapping with the fields of `Block` as keys."""

    def report_parts(self) -> Mapping[str, Any]: ...


def as_block(value: object) -> Block:
    """A block from a block, a table, a text, or a result that has `report_parts`; raises UsageError otherwise."""
    if isinstance(value, Block):
        made = value
    elif isinstance(value, str):
        made = Block(text=value)
    elif isinstance(value, pd.DataFrame):
        made = Block(tables={"": value})
    elif isinstance(value, Reportable):
        made = Block(**dict(value.report_parts()))
    else:
        raise UsageError(f"a report cannot show a {type(value).__name__}", hint="Give a DataFrame, a text or a Block.")
    if made.image is not None and not made.image.startswith(b"\x89PNG\r\n"):
        raise UsageError("the picture of a block is not a PNG")
    return made
