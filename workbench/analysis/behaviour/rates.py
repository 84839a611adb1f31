"""How often each pattern fires on traffic that launders nothing: the measured rate shown beside every finding."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

FILE = "measured/behaviour.json"


@lru_cache(maxsize=1)
def base_rates() -> dict[str, dict[str, Any]]:
    """Pattern → share of benign wallets on which it fired, with its 95 % interval; empty where nothing was measured."""
    file = files("workbench.analysis") / FILE
    if not file.is_file():
        return {}
    found: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


def rate_words(pattern: str, as_measured: bool = True) -> str:
    """The rate in words. `as_measured`: the parameters are those it was measured with, the defaults."""
    rate = base_rates().get(pattern)
    if rate is None or rate.get("value") is None:
        return "not measured on harmless traffic"
    told = "" if as_measured else "not measured with these parameters; with the usual ones "
    return told + (
        f"found at {rate['hits']:,} of {rate['n']:,} {rate['unit']} of invented harmless traffic: "
        f"{rate['value']:.1%} ({rate['low']:.1%}–{rate['high']:.1%})"
    )
