"""The tables of a trace: their columns, their order, and how amounts are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.limbs import limbs_of
from workbench.analysis.tracing.taint import METHODS
from workbench.model.amounts import USD_ASSET, USD_DECIMALS, from_base_units
from workbench.model.networks import BY_CAIP2

AMOUNTS = (
    "amount", *METHODS, "low", "high", "received_poison", "received_haircut", "passed_through", "shortfall", "tainted",
    "injected", "injected_by_swap", "injected_by_bridge", "held", "crossed", "swapped", "bridged", "returned", "fees",
    "dropped", "difference", "disputed", "at_most", "value", "tainted_in_base_units", "tainted_out_base_units",
    "fee_base_units",
)  # fmt: skip
"""Columns in base units: exact Python integers in object columns, which never wrap."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "flows": (
        "transfer_id", "time", "asset", "incident", "sender", "receiver", "amount", *METHODS, "usd", "hops", "ambiguous"
    ),
    "holdings": (
        "wallet", "asset", "incident", "hops", "first_time", *METHODS, "low", "high",
        "received_poison", "received_haircut", "incomplete", "ambiguous",
    ),
    "stops": (
        "wallet", "asset", "incident", "reason", "service", "concept", "role", "confidence", "source", "rival_claims",
        "hops", "transfers", *METHODS, "low", "high", "passed_through",
    ),
    "dropped": ("transfer_id", "time", "asset", "incident", "sender", "receiver", "amount", *METHODS, "reason"),
    "conservation": (
        "asset", "incident", "method", "injected", "injected_by_swap", "injected_by_bridge", "held", "crossed",
        "swapped", "bridged", "returned", "fees", "dropped", "difference", "conserves",
    ),
    "terminals": (
        "wallet", "asset", "incident", "service", "reached_static", *(f"reached_{method}" for method in METHODS),
        *METHODS, "low", "high", "hops", "why",
    ),
    "services": (
        "service", "name", "concept", "asset", "incident", "addresses", "transfers", *METHODS, "low", "high",
        "disputed",
    ),
    "incomplete": ("wallet", "asset", "incident", "shortfall", "hops", "received_haircut"),
}  # fmt: skip

_BY_VALUE = (("haircut", "poison", "wallet", "asset", "incident"), (False, False, True, True, True))
_ORDER: dict[str, tuple[tuple[str, ...], tuple[bool, ...]]] = {
    "flows": (("time", "transfer_id", "incident"), (True, True, True)),
    "holdings": _BY_VALUE,
    "stops": _BY_VALUE,
    "dropped": (("time", "transfer_id", "incident"), (True, True, True)),
    "conservation": (("asset", "incident", "method"), (True, True, True)),
    "terminals": _BY_VALUE,
    "services": (("haircut", "poison", "service", "asset", "incident"), (False, False, True, True, True)),
    "incomplete": (("shortfall", "wallet", "asset", "incident"), (False, True, True, True)),
}
_HAIRCUT_ONLY = ("low", "high", "disputed", "passed_through")


def frame(name: str, found: Iterable[pd.DataFrame | Sequence[Any]], asked: Sequence[str]) -> pd.DataFrame:
    """One table of its parts, columns and row order fixed; columns of methods that were not asked for left out."""
    parts = [part if isinstance(part, pd.DataFrame) else _of_rows(name, part) for part in found]
    parts = [part.reindex(columns=list(COLUMNS[name])) for part in parts if len(part)]
    table = pd.concat(parts, ignore_index=True) if parts else _of_rows(name, [])
    by, rising = _ORDER[name]
    table = _in_order(table, by, rising)
    for column in set(AMOUNTS) & set(table.columns):
        table[column] = table[column].astype(object)
    gone = [method for method in METHODS if method not in asked]
    left_out = {column for column in table.columns for method in gone if column.endswith(method)}
    if "haircut" in gone:
        left_out |= set(_HAIRCUT_ONLY) & set(table.columns)
    return table.drop(columns=sorted(left_out))


def _in_order(table: pd.DataFrame, by: Sequence[str], rising: Sequence[bool]) -> pd.DataFrame:
    """Sorted; where amounts come first, by those alone, and by names only what they leave undecided."""

    def by_all(some: pd.DataFrame) -> pd.DataFrame:
        return some.sort_values(list(by), ascending=list(rising), kind="stable", na_position="last")

    first = [column for column in by if column in METHODS]
    if not first or table[first].isna().any(axis=None):
        return by_all(table).reset_index(drop=True)
    halves = [limbs_of(table[column].to_numpy()) for column in first]
    if any(half.beyond.any() for half in halves):
        return by_all(table).reset_index(drop=True)
    keys = [~part for half in halves for part in (half.high, half.low)]  # the largest first
    order = np.lexsort(keys[::-1])
    same = np.logical_and.reduce([key[order][1:] == key[order][:-1] for key in keys])
    tied = np.flatnonzero(np.append(same, False) | np.append(False, same))
    order[tied] = by_all(table.iloc[order[tied]]).index.to_numpy()
    return table.iloc[order].reset_index(drop=True)


def _of_rows(name: str, rows: Sequence[Any]) -> pd.DataFrame:
    return pd.DataFrame({
        column: pd.Series([row[column] for row in rows], dtype=object if column in AMOUNTS or not rows else None)
        for column in COLUMNS[name]
    })  # fmt: skip


def decimals_of(asset: str) -> int | None:
    """Decimal places of an asset where they are known: US dollars and networks' own coins."""
    if asset == USD_ASSET:
        return USD_DECIMALS
    network, _, kind = asset.partition("/")
    return BY_CAIP2[network].decimals if kind == "slip44:native" and network in BY_CAIP2 else None


def whole(amount: int, asset: str) -> str:
    """An amount in whole units; in base units, said so, where the decimals are not known."""
    decimals = decimals_of(asset)
    return f"{amount} base units" if decimals is None else from_base_units(amount, decimals)


def in_units(table: pd.DataFrame) -> pd.DataFrame:
    """A table with its amounts in whole units of the asset, as text, where the decimals are known."""
    made = table.copy()
    for column in set(AMOUNTS) & set(made.columns):
        made[column] = [whole(amount, asset) for amount, asset in zip(made[column], made["asset"], strict=True)]
    return made


def floats(amounts: Iterable[int], assets: Iterable[str]) -> list[float]:
    """Amounts in whole units (base units where the decimals are not known), for drawing only."""
    return [amount / 10 ** (decimals_of(asset) or 0) for amount, asset in zip(amounts, assets, strict=True)]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: amounts as decimal text, times in ISO 8601, whole numbers beside missing ones as such."""
    rows = []
    for record in table.to_dict("records"):
        row: dict[str, Any] = {}
        for name, value in record.items():
            if name in AMOUNTS:
                row[str(name)] = str(value)
            elif isinstance(value, pd.Timestamp):
                row[str(name)] = value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            elif value is pd.NaT:
                row[str(name)] = None
            elif isinstance(value, float):
                row[str(name)] = None if pd.isna(value) else int(value) if value == int(value) else value
            else:
                row[str(name)] = value.item() if hasattr(value, "item") else value
        rows.append(row)
    return rows


__all__ = ["AMOUNTS", "COLUMNS", "decimals_of", "floats", "frame", "in_units", "records", "whole"]
