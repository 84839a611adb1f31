"""How often a heuristic was right where the owners are known, in words; written by `make eval`, never by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

from workbench.analysis.clustering.heuristics import heuristics

FILE = "measured/clustering.json"
_NOT_MEASURED = {
    "same_key": ": it is wrong where two hands hold one key (stolen, sold, a service's), and no ledger shows how often"
}


@lru_cache(maxsize=1)
def figures() -> dict[str, Any]:
    """The last measurement; empty where none is packaged."""
    file = files("workbench.analysis") / FILE
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return found


def measured(heuristic: str, parameters: Mapping[str, Any]) -> list[str]:
    """Precision and recall of a heuristic, each with its interval and on what they were measured."""
    usual = {name: parameter.default for name, parameter in heuristics()[heuristic].parameters.items()}
    key = heuristic
    if heuristic == "co_spend" and not parameters.get("leave_out_coinjoins", True):
        key = "co_spend_with_coinjoins"
        usual["leave_out_coinjoins"] = False
    found = figures().get(key)
    if not found:
        why = _NOT_MEASURED.get(heuristic, "")
        return [f"How often {heuristic} is wrong has not been measured{why}."]
    other = sorted(name for name, value in usual.items() if parameters.get(name, value) != value)
    with_ = f" (but not with {', '.join(f'{name} {parameters[name]}' for name in other)})" if other else ""
    return [
        f"{heuristic}, measured on {found['on']}{with_}: {in_percent(found['precision'])} of the joined pairs have one "
        f"owner, and {in_percent(found['recall'])} of the pairs that have one are joined."
    ]


def in_percent(figure: Mapping[str, Any]) -> str:
    """A share, rounded down, with its interval, rounded outwards: almost all is never called all."""
    if figure["value"] is None:
        return "no case"
    value, low = (f"{math.floor(figure[name] * 1000 + 1e-9) / 10:.1f}%" for name in ("value", "low"))
    return f"{value} ({low}–{math.ceil(figure['high'] * 1000 - 1e-9) / 10:.1f}%)"
