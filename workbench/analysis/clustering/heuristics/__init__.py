"""Heuristics: rules by which wallets are taken to have one owner.

One file a heuristic, and the file is its registration: `TITLE`, `SOURCE` (who published it), `ON` (used when none is
named), `READS` ("utxo" or "transfers"), `PARAMETERS` (name → default, with what it means), and
`find(evidence, parameters, progress)`, which returns the links. A name of a parameter belongs to one heuristic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.evidence import Evidence, Progress
from workbench.errors import UnknownNameError, UsageError

Value = bool | int | float
Parameters = Mapping[str, Value]


@dataclass(frozen=True)
class Parameter:
    """A setting of a heuristic."""

    default: Value
    doc: str
    least: float = 0
    most: float = float("inf")


@dataclass(frozen=True)
class LeftOut:
    """What a heuristic looked at and did not use, and why."""

    heuristic: str
    what: str
    """Id of the transaction or wallet."""
    reason: str
    detail: str = ""


@dataclass(frozen=True)
class Found:
    """The links of one heuristic: groups of wallets, each with the transaction that puts a wallet into it.

    Two wallets of one group are linked by it. A wallet may stand in a group several times, by several
    transactions: the link falls when the last of them is taken away.
    """

    group: NDArray[np.int32]
    member: NDArray[np.int32]
    transaction: NDArray[Any]
    """Id of the transaction or transfer; "" where the link needs none."""
    time_ms: NDArray[np.int64]
    key: NDArray[Any]
    """A group's own id: the transaction, the deposit address, the account."""
    note: NDArray[Any]
    """What a group is, where its key does not say it."""
    left_out: Sequence[LeftOut] = field(default_factory=list)
    remarks: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Heuristic:
    """One rule, as its file describes it."""

    name: str
    title: str
    source: str
    on: bool
    reads: str
    parameters: Mapping[str, Parameter]
    find: Callable[[Evidence, Parameters, Progress | None], Found]


@lru_cache(maxsize=1)
def heuristics() -> dict[str, Heuristic]:
    """Every heuristic in this folder by name."""
    found = {}
    for info in iter_modules(__path__):
        if not info.name.startswith("_"):
            module: Any = import_module(f"{__name__}.{info.name}")
            found[info.name] = Heuristic(
                info.name, module.TITLE, module.SOURCE, module.ON, module.READS, module.PARAMETERS, module.find
            )
    return found


def chosen(names: Sequence[str] | None) -> list[Heuristic]:
    """The heuristics of these names, or those that are on by themselves; hyphens and underscores are one."""
    known = heuristics()
    if names is None:
        return [heuristic for heuristic in known.values() if heuristic.on]
    if not names:
        raise UsageError("no heuristic is named", hint=f"Known: {', '.join(known)}")
    wanted = {name.replace("-", "_") for name in names}
    for name in sorted(wanted - known.keys()):
        raise UnknownNameError("heuristic", name, known)
    return [heuristic for heuristic in known.values() if heuristic.name in wanted]


def settle(used: Sequence[Heuristic], given: Mapping[str, Any]) -> dict[str, Value]:
    """The parameters of some heuristics: what was given, and the defaults; raises UsageError for what does not fit."""
    known = {name: parameter for heuristic in used for name, parameter in heuristic.parameters.items()}
    settled: dict[str, Value] = {name: parameter.default for name, parameter in known.items()}
    for name, value in given.items():
        if name not in known:
            raise UnknownNameError(f"parameter of {', '.join(h.name for h in used)}", name, known)
        parameter = known[name]
        if isinstance(parameter.default, bool) != isinstance(value, bool) or not isinstance(value, int | float):
            raise UsageError(f"{name} is {value!r}: {parameter.doc}")
        if isinstance(parameter.default, int) and value != int(value):
            raise UsageError(f"{name} is {value!r}, no whole number: {parameter.doc}")
        if not parameter.least <= value <= parameter.most:
            raise UsageError(f"{name} is {value!r}, not from {parameter.least:g} to {parameter.most:g}")
        settled[name] = type(parameter.default)(value)
    return dict(sorted(settled.items()))
