"""What may have come out of the bridges that a trace ends at: possibilities with probabilities, never findings.

Where the two sides of a bridge carry no id that can be matched, an arrival maps to a set of exits of the same service,
by value (after fees) and delay. What of the loot each may be is its probability times what arrived, kept apart from
what the ledger proves.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.kernels.rows import FOLLOWED, ROUTER, STOP
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.joins import candidates
from workbench.analysis.tracing.result import Trace

CONCEPTS = ("defi_bridge",)
COLUMNS = (
    "service", "incident", "arrival", "arrival_time", "asset_in", "arrival_base_units", "tainted_base_units", "exit",
    "exit_time", "receiver", "asset_out", "exit_base_units", "probability", "probable_base_units", "delay_hours",
    "candidates", "by_chance",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class BridgeExits:
    """Candidate exits of what a trace paid into bridges."""

    table: pd.DataFrame
    """One row an arrival and exit. `probable_base_units`: of the asset that arrived, tainted × probability."""
    without: int
    """Arrivals with no exit that fits in the loaded ledger."""
    arrivals: int
    method: str

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def words(self) -> list[str]:
        """What it says, in sentences."""
        if not self.arrivals:
            return ["Nothing that was traced went into a bridge."]
        found = self.table["arrival"].nunique()
        chance = self.table["by_chance"].mean() if len(self.table) else 0.0
        lines = [
            f"{self.arrivals} tainted transfers went into bridges; {found} of them have possible exits in the loaded "
            f"ledger ({len(self.table)} in all), {self.without} have none."
        ]
        if found:
            lines.append(
                f"By coincidence alone an arrival would have {chance:.2g} exits that fit (times shifted). These are "
                "possibilities with probabilities, not findings: nothing is followed through them in the trace."
            )
        return lines

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        return said + self.table.head(20).to_html(index=False, escape=True)


def bridge_exits(
    trace: Trace, ledger: Ledger, claims: list[ServiceClaim], read_ids: Any, *, min_confidence: int = 50,
    fee: tuple[float, float] = (0.0, 0.01), hours: float = 6.0, worth: Mapping[str, float] | None = None,
) -> BridgeExits:  # fmt: skip
    """Candidate exits of a forward trace's arrivals at bridges.

    Neither side of a bridge that was matched by an id is asked about again.

    `ledger`: all transfers that are loaded. An exit is a transfer that leaves a wallet of the same service (claims of
    at least `min_confidence`). `fee`: least and most share that is kept. `hours`: longest delay. `worth`: asset id →
    what a base unit is worth, in any one measure, at the time; without it only exits in the same asset fit.
    """
    method = "haircut" if "haircut" in trace.options.methods else trace.options.methods[0]
    owners: dict[str, set[str]] = {}
    for claim in claims:
        if claim.concept in CONCEPTS and (claim.confidence or 0) >= min_confidence:
            owners.setdefault(claim.service, set()).add(claim.wallet)
    number = ledger.indices_of({wallet for wallets in owners.values() for wallet in wallets})
    values = None
    if worth is not None:
        values = {code: worth[asset] for code, asset in enumerate(ledger.assets) if asset in worth}
    matched = _matched(trace, ledger)
    rows: list[dict[str, Any]] = []
    arrivals = without = 0
    for service, wallets in sorted(owners.items()):
        mine = np.array(sorted(number[name] for name in wallets if name in number), np.int64)
        exits = np.flatnonzero(np.isin(ledger.source, mine) & ~np.isin(ledger.target, mine))
        exits = exits[~np.isin(exits, matched)]
        paid = _arrivals(trace, ledger, mine, method)
        arrivals += len(paid)
        if not paid or not len(exits):
            without += len(paid)
            continue
        found = candidates(
            ledger, np.array(sorted(paid)), exits, worth=values, fee=fee, delay_ms=(0, round(hours * 3_600_000))
        )
        without += len(found.without)
        if not len(found.table):
            continue
        ends = np.unique(found.table[["out_row", "in_row"]].to_numpy().ravel())
        names = dict(zip(ends.tolist(), read_ids(ledger, ends).tolist(), strict=True))
        for line in found.table.to_dict("records"):
            came, left = int(line["out_row"]), int(line["in_row"])
            for incident, amount in paid[came].items():
                rows.append({
                    "service": service, "incident": incident, "arrival": names[came],
                    "arrival_time": _moment(ledger, came), "asset_in": ledger.assets[int(ledger.asset[came])],
                    "arrival_base_units": int(ledger.amount[came]), "tainted_base_units": amount,
                    "exit": names[left], "exit_time": _moment(ledger, left),
                    "receiver": ledger.wallets[int(ledger.target[left])],
                    "asset_out": ledger.assets[int(ledger.asset[left])], "exit_base_units": int(ledger.amount[left]),
                    "probability": line["probability"], "probable_base_units": amount * line["probability"],
                    "delay_hours": line["delay_hours"], "candidates": line["candidates"],
                    "by_chance": line["by_chance"],
                })  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["probable_base_units", "arrival", "exit", "incident"], ascending=[False, True, True, True], ignore_index=True
    )
    return BridgeExits(table, without, arrivals, method)


def _arrivals(trace: Trace, ledger: Ledger, wallets: Any, method: str) -> dict[int, dict[str, int]]:
    """Row of the whole ledger → incident → tainted amount, for rows that end at these wallets."""
    paid: dict[int, dict[str, int]] = {}
    for part in trace._parts:
        if part.problem.ledger is None or part.asset not in ledger.assets:
            continue
        own = np.flatnonzero(ledger.asset == ledger.assets.index(part.asset))
        row, incident, amounts = part.entries
        whole = own[part.problem.picked[row]]
        some = np.isin(ledger.target[whole], wallets) & (amounts[method] > 0).astype(bool)
        ends = np.isin(part.kind[part.problem.rows.target[row]], (STOP, ROUTER))  # elsewhere the trace goes on
        some &= ends & (part.found.status[row] == FOLLOWED)
        some &= ~np.isin(row, [one.row for one in part.onward if one.kind == "bridge"])
        for at, of, amount in zip(
            whole[some].tolist(), incident[some].tolist(), amounts[method][some].tolist(), strict=True
        ):
            paid.setdefault(at, {})[part.incidents[of]] = amount
    return paid


def _matched(trace: Trace, ledger: Ledger) -> list[int]:
    """Rows of the whole ledger that are the release of a matched bridge."""
    rows: list[int] = []
    for part in trace._parts:
        seeded = part.problem.question.seeded
        if seeded and part.asset in ledger.assets:
            own = np.flatnonzero(ledger.asset == ledger.assets.index(part.asset))
            rows += own[[row for row, some in seeded.items() if any(one.kind == "bridge" for one in some)]].tolist()
    return rows


def _moment(ledger: Ledger, row: int) -> pd.Timestamp:
    return pd.Timestamp(int(ledger.time_ms[row]), unit="ms", tz="UTC")


__all__ = ["BridgeExits", "bridge_exits"]
