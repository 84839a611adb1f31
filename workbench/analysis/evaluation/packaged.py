"""The measured figures that travel with the package; written by `make eval`, never by hand."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from workbench.analysis.attribution.weights import FEATURE_KINDS, FeatureKind, Reuse

FILE = "measured/attribution.json"
UNMEASURED = {"technique": Reuse(3, 10, 0.1), "software": Reuse(3, 10, 0.03)}
"""Assumed reuse counts where nothing has been measured."""


@lru_cache(maxsize=1)
def packaged_accuracy() -> dict[str, Any] | None:
    """The last measurement's figures and counts; None where none is packaged."""
    file = files("workbench.analysis") / FILE
    if not file.is_file():
        return None
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def packaged_reuse() -> dict[FeatureKind, Reuse]:
    """How often known techniques and software were used again, counted over all campaigns with an answer."""
    measured = packaged_accuracy()
    if measured is None:
        return {kind: UNMEASURED[kind] for kind in FEATURE_KINDS}
    return {kind: Reuse(**measured["reuse"][kind]) for kind in FEATURE_KINDS}
