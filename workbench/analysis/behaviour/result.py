"""What was found, with the transactions behind each finding and how often it is found where nothing is wrong."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.exposure.result import guarded_words
from workbench.errors import MissingExtraError

if TYPE_CHECKING:
    from workbench.analysis.computed import Progress
    from workbench.analysis.written import Asked, Written
    from workbench.graph.store import Store

_SHOWN = 25


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Patterns found in the transfers of some wallets. A pattern is a shape; it is evidence of no crime by itself."""

    findings: pd.DataFrame
    """A row a finding: `finding`, `pattern`, `wallet`, `wallets`, `transfers`, `first_time`, `last_time`,
    `value_usd`, `words`, `figures` (with units in their names), `base_rate`."""
    transfers: pd.DataFrame
    """The transactions behind each finding, in the order of the story."""
    patterns: pd.DataFrame
    """A row a pattern that was looked for: parameters with units, source, limitation, findings, base rate."""
    uncounted: pd.DataFrame
    """Transfers of these wallets that guards left out, because anybody can plant them or nobody knows who paid whom."""
    summary: dict[str, Any]
    _asked: Asked | None = None

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record what was found in the graph, as claims that end at an Analysis; the same again writes nothing.

        Raises UsageError for a result that was not computed from a graph. See docs/written-results.md.
        """
        from workbench.analysis.behaviour.written import write

        return write(store, self, progress)

    def to_frame(self) -> pd.DataFrame:
        """The findings."""
        return self.findings

    def to_json(self) -> dict[str, Any]:
        """Tables as lists of rows, and the summary."""
        tables = {name: _records(getattr(self, name)) for name in ("findings", "transfers", "patterns", "uncounted")}
        return {**tables, "summary": self.summary}

    def words(self) -> list[str]:
        """Every pattern that was found, with its rate on harmless traffic, and some findings of each."""
        said = self.summary
        lines = [
            f"Looked at {said['wallets']:,} wallets and {said['transfers']:,} transfers they sent or received, for "
            f"{len(self.patterns)} patterns; {said['services_left_out']} wallets of services were left out."
        ]
        lines += [f"Left out: {count:,} {what}." for what, count in said["left_out"].items()]
        lines += guarded_words(said.get("planted", ()))
        if said["utxo_parts"]:
            lines.append(
                f"{said['utxo_parts']:,} transfers are parts of UTXO transactions, each output divided among the "
                "inputs in proportion: which input paid which output nobody knows."
            )
        for row in self.patterns.to_dict("records"):
            if not row["findings"]:
                continue
            lines.append(f"{row['title']}: {row['findings']:,} found ({row['base_rate']}). {row['limitation']}")
            some = self.findings[self.findings["pattern"] == row["pattern"]]["words"].head(3)
            lines += [f"  – {words}" for words in some]
            if row["findings"] > len(some):
                lines.append(f"  – {row['findings'] - len(some):,} more in the table.")
        none = [row["title"] for row in self.patterns.to_dict("records") if not row["findings"]]
        if none:
            lines.append(f"Not found in what is loaded: {', '.join(none)}.")
        return [*lines, "A pattern is a shape of movement, and no proof of laundering or of whose hand it was."]

    def __repr__(self) -> str:
        return "\n".join(self.words())

    def _repr_html_(self) -> str:
        lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        shown = self.findings.drop(columns=["wallets", "figures"]).head(_SHOWN)
        return lines + shown.to_html(index=False, escape=True)

    def plot(self) -> Any:
        """How often each pattern was found; for working hours see `hours`. Returns matplotlib's Axes."""
        axes = _axes(0.8 + 0.35 * len(self.patterns))
        shown = self.patterns.iloc[::-1]
        bars = axes.barh(list(shown["title"]), list(shown["findings"]), color="#3b6fb6")
        axes.bar_label(bars, labels=[f"{n:,}" for n in shown["findings"]], padding=3)
        axes.set_xlabel("findings")
        return axes

    def hours(self) -> Any:
        """The hours of the day (UTC) in which the wallets were active; returns matplotlib's Axes, or None."""
        found = self.findings[self.findings["pattern"] == "working-hours"]
        if not len(found):
            return None
        figures = json.loads(found.iloc[0]["figures"])
        axes = _axes(2.8)
        axes.bar(range(24), figures["hours_utc"], color="#3b6fb6")
        axes.set_xlabel("hour of the day, UTC")
        axes.set_ylabel("active hours")
        axes.set_xticks(range(0, 24, 3))
        return axes


def _axes(height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "jupyter") from None
    return Figure(figsize=(8, height), layout="constrained").subplots()


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _plain(name, value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(name: Any, value: Any) -> Any:
    if name == "figures":
        return json.loads(value)
    if name == "amount_base_units":
        return str(value)
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list | Mapping):
        return value
    if value is None or pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
