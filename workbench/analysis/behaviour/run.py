"""Looks for patterns of behaviour in the transfers of an incident's wallets, or of any wallets or clusters."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.behaviour.pattern import Finding, Pattern, View, chosen
from workbench.analysis.behaviour.rates import rate_words
from workbench.analysis.behaviour.read import read
from workbench.analysis.behaviour.result import Behaviour
from workbench.analysis.exposure.network import USD, Network, by_asset
from workbench.analysis.exposure.planted import DUST_USD, GUARDS
from workbench.analysis.ledger_arrays import Ledger
from workbench.errors import UnknownNameError
from workbench.graph.store import Store
from workbench.model.progress import each

UNCOUNTED = (
    "reason", "transfer_id", "time", "asset", "sender", "receiver", "amount_base_units", "value_usd",
)  # fmt: skip


def behaviour(
    store: Store,
    incident: str | None = None,
    *,
    wallets: str | Sequence[str] | None = None,
    patterns: Sequence[str] | None = None,
    parameters: Mapping[str, Mapping[str, float]] | None = None,
    as_of: datetime | None = None,
    min_confidence: int = 50,
    guards: Collection[str] = GUARDS,
    dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Behaviour:
    """Find patterns around an incident's thieves' and launderers' wallets, or around `wallets` (or clusters).

    `patterns`: names (`peel-chain`, `fan-out`, …), by default all. `parameters`: pattern → parameter → value;
    `Behaviour.patterns` lists them with their units. Wallets that a claim of at least `min_confidence` gives to a
    service are left out: a service does all of this every day. `as_of`: the claims as they were known
    then, and the transfers up to then (UTC where it does not say).
    `guards`: what is listed in `uncounted` and makes no pattern, because anybody can plant it (`lookalike`,
    `counterfeit`, `dust`) or nobody knows who paid whom (`coinjoin`); `exposure.planted` says how, with `dust_usd`
    (dollars) and `dust` (asset → base units).
    `progress` is called with the number of transfers read so far.

    Raises UsageError, UnknownNameError (a pattern, guard or incident nobody has), ParameterError.
    """
    wanted, values = plan(patterns, parameters)
    material = read(
        store, incident=incident, wallets=wallets, as_of=as_of, min_confidence=min_confidence, guards=guards,
        dust_usd=dust_usd, dust=dust, progress=progress,
    )  # fmt: skip
    found = {pattern.name: pattern.find(material.view, **values[pattern.name])
             for pattern in each("looking for patterns", wanted)}  # fmt: skip
    used = np.unique([row for findings in found.values() for one in findings for row in one.rows]).astype(np.int64)
    network = Network(material.view.ledger, material.view.usd, USD, transaction=material.view.transaction)
    ids = dict(zip(used.tolist(), network.ids(store, used), strict=True)) if len(used) else {}
    told = {"incident": incident, "as_of": material.as_of.isoformat(), "min_confidence": min_confidence,
            "guards": sorted(guards), "dust_usd": dust_usd, "planted": by_asset(material.apart)}  # fmt: skip
    asked = material.asked(
        incident=incident, wallets=None if incident else list(material.wallets), parameters=values,
        as_of=None if as_of is None else material.as_of, min_confidence=min_confidence, guards=sorted(guards),
        dust_usd=dust_usd, dust=dust,
    )  # fmt: skip
    made = tables(material.view, wanted, values, found, ids, told)
    return replace(made, uncounted=_uncounted(store, material.apart), _asked=asked)


def _uncounted(store: Store, apart: Mapping[str, Network]) -> pd.DataFrame:
    """What guards left out, transfer by transfer."""
    rows: list[dict[str, Any]] = []
    for reason, network in sorted(apart.items()):
        ledger, every = network.ledger, np.arange(len(network.ledger))
        rows += [
            {"reason": reason, "transfer_id": id_, **_transfer(ledger, network.usd, row)}
            for row, id_ in zip(every.tolist(), network.ids(store, every), strict=True)
        ]
    return _frame(rows, UNCOUNTED)


def _transfer(ledger: Ledger, usd: Any, row: int) -> dict[str, Any]:
    time = int(ledger.time_ms[row])
    return {
        "time": pd.NaT if time < 0 else _time(time), "asset": ledger.assets[ledger.asset[row]],
        "sender": str(ledger.wallets[ledger.source[row]]), "receiver": str(ledger.wallets[ledger.target[row]]),
        "amount_base_units": int(ledger.amount[row]), "value_usd": None if np.isnan(usd[row]) else float(usd[row]),
    }  # fmt: skip


def plan(
    names: Sequence[str] | None, parameters: Mapping[str, Mapping[str, float]] | None
) -> tuple[list[Pattern], dict[str, dict[str, float]]]:
    """The patterns and the values of their parameters; raises for names that nobody has."""
    wanted = chosen(names)
    given = parameters or {}
    for name in given:
        if name not in {pattern.name for pattern in wanted}:
            raise UnknownNameError("pattern that is looked for", name, [pattern.name for pattern in wanted])
    return wanted, {pattern.name: pattern.values(given.get(pattern.name, {})) for pattern in wanted}


def tables(
    view: View,
    wanted: Sequence[Pattern],
    values: Mapping[str, Mapping[str, float]],
    found: Mapping[str, Sequence[Finding]],
    ids: Mapping[int, str],
    told: Mapping[str, Any],
) -> Behaviour:
    """The result's tables. `ids`: row of the view's ledger → transfer id."""
    ledger = view.ledger
    rate = {p.name: rate_words(p.name, dict(values[p.name]) == p.values({})) for p in wanted}
    findings: list[dict[str, Any]] = []
    behind: list[dict[str, Any]] = []
    for pattern in wanted:
        for one in found[pattern.name]:
            number = len(findings) + 1
            times = ledger.time_ms[list(one.rows)]
            findings.append({
                "finding": number, "pattern": pattern.name, "wallet": one.wallets[0], "wallets": list(one.wallets),
                "transfers": len(one.rows), "first_time": _time(times.min()), "last_time": _time(times.max()),
                "value_usd": view.dollars(one.rows), "words": one.words,
                "figures": json.dumps(one.figures, default=_number), "base_rate": rate[pattern.name],
            })  # fmt: skip
            behind += [{
                "finding": number, "pattern": pattern.name, "step": step, "transfer_id": ids.get(row, ""),
                **_transfer(ledger, view.usd, row),
            } for step, row in enumerate(one.rows, 1)]  # fmt: skip
    looked = [{
        "pattern": p.name, "title": p.title, "findings": len(found[p.name]), "base_rate": rate[p.name],
        "parameters": "; ".join(f"{name} {values[p.name][name]:g} ({one.unit})" for name, one in p.parameters.items()),
        "source": p.source, "limitation": p.limitation,
    } for p in wanted]  # fmt: skip
    mine = view.subject
    return Behaviour(
        _frame(findings, ("finding", "pattern", "wallet", "wallets", "transfers", "first_time", "last_time",
                          "value_usd", "words", "figures", "base_rate")),
        _frame(behind, ("finding", "pattern", "step", *UNCOUNTED[1:])),
        pd.DataFrame(looked),
        _frame([], UNCOUNTED),
        {
            **told, "wallets": int(mine.sum()), "transfers": int((mine[ledger.source] | mine[ledger.target]).sum()),
            "services_left_out": int(mine.sum()) - len(view.private()), "findings": len(findings),
            "left_out": dict(view.left_out),
            "utxo_parts": 0 if view.transaction is None else sum(one is not None for one in view.transaction),
        },
    )  # fmt: skip


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    exact = ("amount_base_units", "wallets")
    return pd.DataFrame({
        name: pd.Series([row[name] for row in rows], dtype=object if name in exact else None) for name in columns
    })  # fmt: skip


def _time(milliseconds: Any) -> pd.Timestamp:
    return pd.Timestamp(int(milliseconds), unit="ms", tz="UTC")


def _number(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else str(value)


__all__ = ["behaviour", "plan", "tables"]
