"""Where the shipped queries, reports and notebooks are: inside a wheel, or beside the package in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from workbench.errors import UsageError


def shipped_folder(name: Literal["queries", "reports", "notebooks"]) -> Path:
    """The folder of what travels with the workbench.

    Raises UsageError where it is absent, which means a broken installation.
    """
    package = Path(__file__).resolve().parent
    packed = package / "_shipped" / name
    if packed.is_dir():
        return packed
    beside = package.parent / name
    if beside.is_dir() and (package.parent / "pyproject.toml").is_file():
        return beside
    raise UsageError(f"the shipped {name} are absent", where=str(packed), hint="Install attribution-workbench again.")
