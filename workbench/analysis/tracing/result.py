"""The result of a trace: tables, a summary, and the paths behind a figure."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.tracing.paths import paths_to
from workbench.errors import MissingExtraError, UnknownNameError
from workbench.model.amounts import USD_ASSET, USD_DECIMALS, from_base_units
from workbench.model.networks import BY_CAIP2

if TYPE_CHECKING:
    from workbench.analysis.tracing.asset import AssetTrace
    from workbench.analysis.tracing.follow import Options

AMOUNTS = (
    "amount", "poison", "haircut", "low", "high", "received_poison", "received_haircut", "passed_through",
    "shortfall", "tainted", "injected", "held", "crossed", "returned", "dropped", "difference", "disputed", "at_most",
)  # fmt: skip
"""Columns in base units: exact Python integers in object columns, which never wrap."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "flows": ("transfer_id", "time", "asset", "sender", "receiver", "amount", "poison", "haircut", "hops", "ambiguous"),
    "holdings": (
        "wallet", "asset", "hops", "first_time", "poison", "haircut", "low", "high",
        "received_poison", "received_haircut", "incomplete", "ambiguous",
    ),
    "stops": (
        "wallet", "asset", "reason", "service", "concept", "role", "confidence", "source", "rival_claims", "hops",
        "transfers", "poison", "haircut", "low", "high", "passed_through",
    ),
    "dropped": ("transfer_id", "time", "asset", "sender", "receiver", "amount", "poison", "haircut", "reason"),
    "conservation": (
        "asset", "method", "injected", "held", "crossed", "returned", "dropped", "difference", "conserves",
    ),
    "terminals": (
        "wallet", "asset", "service", "reached_static", "reached_poison", "reached_haircut", "poison", "haircut",
        "low", "high", "hops", "why",
    ),
    "services": (
        "service", "name", "concept", "asset", "addresses", "transfers", "poison", "haircut", "low", "high", "disputed",
    ),
    "incomplete": ("wallet", "asset", "shortfall", "hops", "received_haircut"),
}  # fmt: skip

_ORDER: dict[str, tuple[tuple[str, ...], tuple[bool, ...]]] = {
    "flows": (("time", "transfer_id"), (True, True)),
    "holdings": (("haircut", "poison", "wallet", "asset"), (False, False, True, True)),
    "stops": (("haircut", "poison", "wallet", "asset"), (False, False, True, True)),
    "dropped": (("time", "transfer_id"), (True, True)),
    "conservation": (("asset", "method"), (True, True)),
    "terminals": (("haircut", "poison", "wallet", "asset"), (False, False, True, True)),
    "services": (("haircut", "poison", "service", "asset"), (False, False, True, True)),
    "incomplete": (("shortfall", "wallet", "asset"), (False, True, True)),
}
_HAIRCUT_ONLY = ("low", "high", "disputed", "passed_through", "shortfall")
_SHOWN = 20


def frame(name: str, rows: Iterable[Mapping[str, Any]], hidden: Iterable[str] = ()) -> pd.DataFrame:
    """One table, its columns and row order fixed; columns of methods in `hidden` are left out."""
    left_out = set(hidden)
    by, rising = _ORDER[name]
    made = sorted(
        rows, key=lambda row: tuple(row[key] if up else -row[key] for key, up in zip(by, rising, strict=True))
    )
    if name == "conservation":
        made = [row for row in made if row["method"] not in left_out]
    table = pd.DataFrame({
        column: pd.Series([row[column] for row in made], dtype=object if column in AMOUNTS else None)
        for column in COLUMNS[name]
    })  # fmt: skip
    gone = {column for column in table.columns if any(column.endswith(method) for method in left_out)}
    if "haircut" in left_out:
        gone |= set(_HAIRCUT_ONLY) & set(table.columns) - {"shortfall"}
    return table.drop(columns=sorted(gone))


@dataclass(frozen=True, eq=False)
class Trace:
    """Where the value of a theft went; see `workbench.analysis.tracing.trace` for what each figure means.

    Amounts are exact integers in base units of the row's asset; `in_units` writes them in whole ones.
    """

    flows: pd.DataFrame
    """Every followed transfer and its tainted amount per method."""
    holdings: pd.DataFrame
    """What addresses hold, with `low` and `high` beside haircut."""
    stops: pd.DataFrame
    """Services' wallets where the trace ends, whose word that is, and what crossed."""
    dropped: pd.DataFrame
    """Transfers that were not followed, and why."""
    conservation: pd.DataFrame
    """Per asset and method: injected = held + crossed + returned + dropped."""
    terminals: pd.DataFrame
    services: pd.DataFrame
    incomplete: pd.DataFrame
    """Addresses that spent more than they were seen to receive, and by how much at least."""
    summary: dict[str, Any]
    options: Options
    sources: tuple[str, ...]
    _parts: tuple[AssetTrace, ...] = ()
    _wallets: Any = None

    @classmethod
    def _of(
        cls, tables: Mapping[str, pd.DataFrame], sources: tuple[str, ...], terminals: tuple[str, ...],
        options: Options, remarks: Mapping[str, Any], parts: tuple[AssetTrace, ...], wallets: Any = None,
    ) -> Trace:  # fmt: skip
        summary = _summary(tables, sources, terminals, options, remarks)
        return cls(**tables, summary=summary, options=options, sources=sources, _parts=parts, _wallets=wallets)

    def explain(self, address: str, *, method: str = "haircut", paths: int = 5) -> pd.DataFrame:
        """The largest paths by which taint came to an address, back to a source, hop by hop.

        `at_most` is the smallest tainted amount on the path: no more than that can have come this way
        (in a balance that mixes, how much did is not knowable). One path for each last transfer, the
        widest to it; at most `paths`. Falls back to poison where haircut carried nothing.

        Raises UnknownNameError for a wallet the trace did not reach.
        """
        from workbench.analysis.tracing.follow import wallet_id

        wanted = wallet_id(address)
        rows = [
            row for part in self._parts for row in paths_to(part, self._wallets, wanted, method=method, limit=paths)
        ]
        if not rows:
            reached = sorted({*self.holdings["wallet"], *self.stops["wallet"]})
            raise UnknownNameError("wallet reached by this trace", wanted, reached)
        columns = (
            "path", "hop", "transfer_id", "time", "asset", "sender", "receiver",
            "amount", "tainted", "at_most", "method",
        )  # fmt: skip
        return pd.DataFrame({
            name: pd.Series([row[name] for row in rows], dtype=object if name in AMOUNTS else None) for name in columns
        })  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """The flows: one row a transfer."""
        return self.flows

    def to_json(self) -> dict[str, Any]:
        """What `workbench trace --format json` prints: tables as lists of rows.

        Amounts are decimal text, as in the graph: JSON readers round large numbers.
        """
        names = ("holdings", "flows", "stops", "dropped", "conservation", "terminals", "services", "incomplete")
        return {**{name: _records(getattr(self, name)) for name in names}, "summary": self.summary}

    def in_units(self, table: str) -> pd.DataFrame:
        """A table with its amounts in whole units of the asset, as text, where the decimals are known."""
        if table not in COLUMNS:
            raise UnknownNameError("table of a trace", table, COLUMNS)
        made: pd.DataFrame = getattr(self, table).copy()
        for column in set(AMOUNTS) & set(made.columns):
            made[column] = [whole(amount, asset) for amount, asset in zip(made[column], made["asset"], strict=True)]
        return made

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(line)}</p>" for line in self.words()]
        for name in ("conservation", "services", "terminals", "holdings"):
            table = self.in_units(name)
            more = f" (first {_SHOWN} of {len(table)})" if len(table) > _SHOWN else f" ({len(table)})"
            parts.append(f"<h4>{name}{more}</h4>" + table.head(_SHOWN).to_html(index=False, escape=True))
        return "\n".join(parts)

    def words(self) -> list[str]:
        """The result in a few sentences, with what it does not know."""
        said = self.summary
        lines = [
            f"Followed {said['transfers']:,} transfers from {said['sources']} source wallets to "
            f"{said['wallets']:,} wallets, at most {said['deepest']} hops away; "
            f"{said['stops']} of them belong to services, where the trace ends."
        ]
        if said["terminals"]:
            reached = said["terminals_reached"]
            lines.append(
                f"Terminals reached, of {said['terminals']}: " + ", ".join(f"{k} {v}" for k, v in reached.items()) + "."
            )
        if said["incomplete_wallets"]:
            lines.append(
                f"{said['incomplete_wallets']} wallets spent more than they were seen to receive: their history is "
                "incomplete, and what passed them is an interval (low, high)."
            )
        if said["ambiguous_wallets"]:
            lines.append(f"{said['ambiguous_wallets']} wallets received and sent at one instant; the order is unknown.")
        if said["depth_limit_bit"]:
            lines.append("The depth limit cut the trace: see the dropped transfers.")
        if said["services_not_stopped"]:
            lines.append(
                f"{len(said['services_not_stopped'])} reached wallets are given to a service by a claim that did not "
                "meet the threshold; the trace goes on through them."
            )
        return lines

    def plot(self) -> Any:
        """A bar a service: the value that arrived by haircut, with its interval; returns matplotlib's Axes.

        Raises MissingExtraError without matplotlib (extra `jupyter`).
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        method = "haircut" if "haircut" in self.services.columns else "poison"
        shown = self.services[self.services[method] > 0].head(_SHOWN).iloc[::-1]
        axes = Figure(figsize=(8, 1 + 0.35 * max(len(shown), 1)), layout="constrained").subplots()
        assets = list(shown["asset"])
        values = _in_whole(shown[method], assets)
        labels = [f"{name} ({concept or 'unclassified'})".replace("$", r"\$") for name, concept
                  in zip(shown["name"], shown["concept"], strict=True)]  # fmt: skip
        positions = list(range(len(shown)))
        axes.barh(positions, values)
        if method == "haircut":
            sides = (_in_whole(shown[name], assets) for name in ("low", "high"))
            bounds = [[abs(edge - v) for edge, v in zip(side, values, strict=True)] for side in sides]
            axes.errorbar(values, positions, xerr=bounds, fmt="none", capsize=3, color="black")
        axes.set_yticks(positions, labels)
        axes.set_xlabel(f"{method}, in units of {', '.join(sorted(set(assets))) or 'the asset'}")
        axes.set_title("Value that arrived at services")
        return axes


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


def _in_whole(amounts: Iterable[int], assets: Iterable[str]) -> list[float]:
    """For drawing only."""
    return [amount / 10 ** (decimals_of(asset) or 0) for amount, asset in zip(amounts, assets, strict=True)]


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    for record in table.to_dict("records"):
        row: dict[str, Any] = {}
        for name, value in record.items():
            if name in AMOUNTS:
                row[str(name)] = str(value)
            elif isinstance(value, pd.Timestamp):
                row[str(name)] = value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
            elif isinstance(value, float):
                row[str(name)] = None if pd.isna(value) else int(value)  # whole numbers beside missing ones
            else:
                row[str(name)] = value.item() if hasattr(value, "item") else value
        rows.append(row)
    return rows


def _summary(
    tables: Mapping[str, pd.DataFrame], sources: tuple[str, ...], terminals: tuple[str, ...],
    options: Options, remarks: Mapping[str, Any],
) -> dict[str, Any]:  # fmt: skip
    flows, ends = tables["flows"], tables["terminals"]
    reached = {
        name: int(ends.loc[ends[f"reached_{name}"].astype(bool), "wallet"].nunique())
        for name in ("static", *options.methods)
    }
    moments = {
        name: None if (moment := getattr(options, name)) is None else moment.isoformat() for name in ("since", "until")
    }
    return {
        "sources": len(sources), "transfers": len(flows), "wallets": int(flows["receiver"].nunique()),
        "deepest": int(flows["hops"].max()) if len(flows) else 0,
        "stops": int(tables["stops"]["wallet"].nunique()), "dropped": len(tables["dropped"]),
        "terminals": len(terminals), "terminals_reached": reached,
        "incomplete_wallets": int(tables["incomplete"]["wallet"].nunique()),
        "assets": [], "sources_not_in_ledger": [], "ambiguous_wallets": 0, "depth_limit_bit": False,
        "services_not_stopped": [], "methods": list(options.methods), "stop_at": list(options.stop_at),
        "stop_confidence": options.stop_confidence, "through": list(options.through), **moments,
        "max_depth": options.max_depth, "incident": options.incident, **remarks,
    }  # fmt: skip
