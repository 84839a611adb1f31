"""The result of a trace: tables, a summary, and the paths behind a figure."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.tracing.bridged import FOLLOWED, REFUSED, TOLD, UNTOUCHED, Bridges
from workbench.analysis.tracing.frames import COLUMNS, decimals_of, in_units, records, whole
from workbench.analysis.tracing.paths import paths_to
from workbench.errors import UnknownNameError

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.analysis.computed import Progress
    from workbench.analysis.tracing.asset import AssetTrace
    from workbench.analysis.tracing.follow import Options
    from workbench.analysis.written import Written
    from workbench.graph.store import Store

_SHOWN = 20
TABLES = ("holdings", "flows", "stops", "dropped", "conservation", "terminals", "services", "incomplete")


@dataclass(frozen=True, eq=False)
class Trace:
    """Where the value of a theft went; see `workbench.analysis.tracing.follow.trace` for what each figure means.

    Amounts are exact integers in base units of the row's asset; `in_units` writes them in whole ones.
    """

    holdings: pd.DataFrame
    """What addresses hold, with `low` and `high` beside haircut (`compare` has the intervals of all methods)."""
    stops: pd.DataFrame
    """Services' wallets where the trace ends, whose word that is, and what crossed."""
    conservation: pd.DataFrame
    """Per asset, incident and method: injected = held + crossed + swapped + bridged + returned + fees + dropped."""
    terminals: pd.DataFrame
    services: pd.DataFrame
    incomplete: pd.DataFrame
    """Addresses that spent more than they were seen to receive, and by how much at least."""
    summary: dict[str, Any]
    options: Options
    sources: tuple[str, ...]
    joins: pd.DataFrame
    """Swaps, wraps and matched bridges that value was followed through; empty unless asked for."""
    bridges: pd.DataFrame
    """What became of every row of the table of bridges that was handed over."""
    _transfers: Callable[[str], pd.DataFrame]
    _parts: tuple[AssetTrace, ...] = ()

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Every followed transfer and its tainted amount per incident and method. Read while the case is open."""
        return self._transfers("flows")

    @cached_property
    def dropped(self) -> pd.DataFrame:
        """Transfers that were not followed, and why. Read while the case is open."""
        return self._transfers("dropped")

    @classmethod
    def _of(
        cls, tables: Mapping[str, pd.DataFrame], transfers: Callable[[str], pd.DataFrame], sources: tuple[str, ...],
        terminals: tuple[str, ...], options: Options, remarks: Mapping[str, Any], parts: tuple[AssetTrace, ...],
        exchanges: pd.DataFrame | None = None,
    ) -> Trace:  # fmt: skip
        return cls(
            **tables, summary=_summary(tables, sources, terminals, options, remarks), options=options, sources=sources,
            joins=empty_joins() if exchanges is None else exchanges, bridges=pd.DataFrame(columns=list(TOLD)),
            _transfers=transfers, _parts=parts,
        )  # fmt: skip

    def with_bridges(self, bridges: Bridges) -> Trace:
        """The same, with what became of the pairs that were handed over."""
        mine = self.joins[self.joins["kind"] == "bridge"]
        table = bridges.table(set(zip(mine["transaction"], mine["release"], strict=True)))
        counts = {status: int((table["status"] == status).sum()) for status in (FOLLOWED, UNTOUCHED, REFUSED)}
        said = {**self.summary, "bridges": counts, "bridge_columns_not_read": list(bridges.not_read)}
        return replace(self, bridges=table, summary=said)

    def explain(self, address: str, *, method: str = "haircut", paths: int = 5) -> pd.DataFrame:
        """The largest paths by which taint came to an address, back to a source, hop by hop.

        `at_most` is the smallest tainted amount on the path: no more than that can have come this way
        (in a balance that mixes, how much did is not knowable). One path for each last transfer, the
        widest to it; at most `paths` for each asset. Falls back to poison where the method carried nothing.

        Raises UnknownNameError for a wallet the trace did not reach, and for another method.
        """
        from workbench.analysis.tracing.follow import METHODS, wallet_id

        if method not in METHODS:
            raise UnknownNameError("tracing method", method, METHODS)
        wanted = wallet_id(address)
        found = [paths_to(part, wanted, method=method, limit=paths) for part in self._parts]
        tables = [table for table in found if table is not None]
        if not tables:
            reached = sorted({*self.holdings["wallet"], *self.stops["wallet"]})
            raise UnknownNameError("wallet reached by this trace", wanted, reached)
        return pd.concat(tables, ignore_index=True)

    def compare(self) -> pd.DataFrame:
        """What every method says of every address that holds or was paid, with its interval: one row each."""
        from workbench.analysis.tracing.compare import compare

        return compare(self)

    def held_at(self, moment: datetime) -> pd.DataFrame:
        """What addresses still held of it at a time (UTC), by every method, in base units."""
        from workbench.analysis.tracing.compare import held_at

        return held_at(self, moment)

    def cash_out(self) -> pd.DataFrame:
        """What each service received and when, in base units and dollars, with the hours since the theft began."""
        from workbench.analysis.tracing.compare import cash_out

        return cash_out(self)

    def commingled(self) -> pd.DataFrame:
        """Addresses that value of several incidents reached, with each incident's share by every method."""
        from workbench.analysis.tracing.compare import commingled

        return commingled(self)

    def to_frame(self) -> pd.DataFrame:
        """The flows: one row a transfer and incident."""
        return self.flows

    def to_json(self) -> dict[str, Any]:
        """What `workbench trace --format json` prints: tables as lists of rows.

        Amounts are decimal text, as in the graph: JSON readers round large numbers.
        """
        tables = {name: records(getattr(self, name)) for name in (*TABLES, "joins", "bridges")}
        return {**tables, "summary": self.summary}

    def in_units(self, table: str) -> pd.DataFrame:
        """A table with its amounts in whole units of the asset, as text, where the decimals are known."""
        if table not in COLUMNS:
            raise UnknownNameError("table of a trace", table, COLUMNS)
        return in_units(getattr(self, table))

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record what was found in the graph, as claims that end at an Analysis; the same again writes nothing.

        Raises UsageError for a trace that was not computed from a graph. See docs/written-results.md.
        """
        from workbench.analysis.tracing.written import write

        return write(store, self, progress)

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(line)}</p>" for line in self.words()]
        for name in ("conservation", "services", "terminals", "holdings"):
            table = self.in_units(name)
            more = f" (first {_SHOWN} of {len(table)})" if len(table) > _SHOWN else f" ({len(table)})"
            parts.append(f"<h4>{name}{more}</h4>" + table.head(_SHOWN).to_html(index=False, escape=True))
        return "\n".join(parts)

    def words(self) -> list[str]:
        """The result in a few sentences, with what it does not know."""
        from workbench.analysis.tracing.words import words

        return words(self)

    def plot(self, kind: str = "services", **options: Any) -> Any:
        """Draw it; returns matplotlib's Axes. Kinds: services (value that arrived, with its interval), time (flow over
        time), sankey (by service), methods (taint by method, with intervals).

        Raises UnknownNameError for another kind, MissingExtraError without matplotlib (extra `jupyter`).
        """
        from workbench.analysis.tracing.plots import plot

        return plot(self, kind, **options)


def empty_joins() -> pd.DataFrame:
    """The table of swaps of a trace that followed none."""
    from workbench.analysis.tracing.swapped import COLUMNS as columns

    return pd.DataFrame(columns=list(columns))


def _summary(
    tables: Mapping[str, pd.DataFrame], sources: tuple[str, ...], terminals: tuple[str, ...],
    options: Options, remarks: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    ends = tables["terminals"]
    reached = {
        name: int(ends.loc[ends[f"reached_{name}"].astype(bool), "wallet"].nunique())
        for name in ("static", *options.methods)
    }
    moments = {
        name: None if (moment := getattr(options, name)) is None else moment.isoformat() for name in ("since", "until")
    }
    return {
        "sources": len(sources), "stops": int(tables["stops"]["wallet"].nunique()),
        "terminals": len(terminals), "terminals_reached": reached,
        "incomplete_wallets": int(tables["incomplete"]["wallet"].nunique()),
        "assets": [], "sources_not_in_ledger": [], "ambiguous_wallets": 0, "depth_limit_bit": False,
        "services_not_stopped": [], "methods": list(options.methods), "stop_at": list(options.stop_at),
        "stop_confidence": options.stop_confidence, "through": list(options.through), **moments,
        "max_depth": options.max_depth, "incident": options.incident, "guards": list(options.guards),
        "direction": options.direction, **remarks,
    }  # fmt: skip


__all__ = ["COLUMNS", "TABLES", "Trace", "decimals_of", "whole"]
