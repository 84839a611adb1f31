"""Pictures of a trace; matplotlib comes with the extra `jupyter`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.tracing.frames import floats
from workbench.analysis.tracing.stayed import injected, stayed
from workbench.errors import MissingExtraError, UnknownNameError
from workbench.model.networks import BY_CAIP2

if TYPE_CHECKING:
    from workbench.analysis.tracing.result import Trace

_SHOWN = 20


def plot(trace: Trace, kind: str = "services", *, method: str | None = None, limit: int = _SHOWN) -> Any:
    """Draw a trace one way (see `Trace.plot`); returns matplotlib's Axes."""
    kinds = {"services": _services, "time": _over_time, "sankey": _sankey, "methods": _methods}
    if kind not in kinds:
        raise UnknownNameError("plot of a trace", kind, kinds)
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("matplotlib", "jupyter") from None
    asked = list(trace.options.methods)
    chosen = method or ("haircut" if "haircut" in asked else asked[0])
    if chosen not in asked:
        raise UnknownNameError("method of this trace", chosen, asked)
    return kinds[kind](trace, Figure, chosen, limit)


def _axes(figure: Any, rows: int, width: float = 8.0) -> Any:
    return figure(figsize=(width, 1.2 + 0.35 * max(rows, 1)), layout="constrained").subplots()


def _safe(text: Any) -> str:
    """matplotlib reads $…$ as mathematics."""
    return str(text).replace("$", r"\$")


def _unit(assets: Any) -> str:
    return _safe(", ".join(sorted(set(assets))) or "the asset")


def _services(trace: Trace, figure: Any, method: str, limit: int) -> Any:
    """A bar a service: the value that arrived, haircut with its interval."""
    shown = trace.services[trace.services[method].astype(object) > 0].head(limit).iloc[::-1]
    axes = _axes(figure, len(shown))
    assets = list(shown["asset"])
    values = floats(shown[method], assets)
    labels = [_safe(f"{name} ({concept or 'unclassified'})") for name, concept
              in zip(shown["name"], shown["concept"], strict=True)]  # fmt: skip
    positions = list(range(len(shown)))
    axes.barh(positions, values)
    if method == "haircut":
        sides = (floats(shown[name], assets) for name in ("low", "high"))
        bounds = [[abs(edge - v) for edge, v in zip(side, values, strict=True)] for side in sides]
        axes.errorbar(values, positions, xerr=bounds, fmt="none", capsize=3, color="black")
    axes.set_yticks(positions, labels)
    axes.set_xlabel(f"{method}, in units of {_unit(assets)}")
    axes.set_title("Value that arrived at services")
    return axes


def _over_time(trace: Trace, figure: Any, method: str, limit: int) -> Any:
    """What came to stay at services, added up over time, beside what left the sources: a line a service and asset."""
    back = trace.options.direction == "backward"
    paid, began = stayed(trace, method), injected(trace, method)
    services = dict(zip(trace.stops["wallet"], trace.stops["service"], strict=True))
    paid["line"] = [str(services.get(wallet, wallet)) for wallet in paid["wallet"]]
    began["line"] = "received by the sources" if back else "left the sources"
    assets = sorted({*paid["asset"], *began["asset"]})
    undated = unseen = 0
    axes = _axes(figure, 10)
    for table, most, style in ((began, len(assets), "--"), (paid, min(limit, 8), "-")):
        table["value"] = floats(table["value"], table["asset"])
        undated += int(table["time"].isna().sum())
        sums = table.groupby(["line", "asset"])["value"].sum()
        largest = sums[sums > 0].sort_values(ascending=False, kind="stable").index
        unseen += max(len(largest) - most, 0)
        for line, asset in largest[:most]:
            mine = table[(table["line"] == line) & (table["asset"] == asset) & table["time"].notna()]
            label = str(line) if len(assets) == 1 else f"{line} ({_asset(str(asset))})"
            drawn = axes.step(mine["time"], mine["value"].cumsum(), where="post", linestyle=style)
            drawn[0].set_label(_told(label))
    if axes.get_lines():
        axes.legend(fontsize="small")
    axes.set_ylabel(f"{method}, in units of {_unit(assets)}", wrap=True)
    said = "Value that came from services" if back else "Value that came to services and stayed"
    title = [f"{said}, added up over time, by {method}" + " (upper bound)" * (method == "poison")]
    if len(trace.joins):
        title.append("what was swapped or bridged on counts where it came out, and nowhere else")
    if unseen:
        title.append(f"{unseen:,} smaller lines are not drawn")
    if undated:
        title.append(f"{undated:,} movements without a time are not drawn")
    axes.set_title("\n".join(title), fontsize="medium")
    axes.tick_params(axis="x", rotation=30)
    return axes


def _methods(trace: Trace, figure: Any, method: str, limit: int) -> Any:
    """The largest addresses by every method, a bar each, with intervals: never one method alone."""
    table = trace.compare()
    table = table[(table["method"] != "poison") & table["what"].isin(["holds", "was paid", "first seen", "paid"])]
    largest = table.groupby("wallet")["amount_base_units"].max().sort_values(ascending=False).head(min(limit, 10)).index
    methods = [name for name in trace.options.methods if name != "poison"]
    axes = _axes(figure, len(largest) * max(len(methods), 1))
    step = 0.8 / max(len(methods), 1)
    for number, name in enumerate(methods):
        mine = table[table["method"] == name].drop_duplicates("wallet").set_index("wallet").reindex(largest)
        assets = [str(asset) for asset in mine["asset"]]
        columns = ("amount_base_units", "low_base_units", "high_base_units")
        values, low, high = (floats([v if pd.notna(v) else 0 for v in mine[c]], assets) for c in columns)
        at = [place + number * step for place in range(len(largest))]
        axes.barh(at, values, height=step, label=name)
        errors = [[abs(v - edge) for v, edge in zip(values, side, strict=True)] for side in (low, high)]
        axes.errorbar(values, at, xerr=errors, fmt="none", capsize=2, color="black", linewidth=0.7)
    axes.set_yticks([place + 0.4 for place in range(len(largest))], [_short(name) for name in largest])
    axes.set_xlabel(f"in units of {_unit(table['asset'])}")
    axes.set_title("What each method says of the same addresses")
    if methods:
        axes.legend(fontsize="small")
    return axes


def _sankey(trace: Trace, figure: Any, method: str, limit: int) -> Any:
    """Bands from the incident to services, to what is still held, and to what was not followed."""
    rows: list[tuple[str, str, float]] = []
    conserved = trace.conservation[trace.conservation["method"] == method]
    for line in conserved.to_dict("records"):
        asset, incident = str(line["asset"]), str(line["incident"])
        mine = trace.services[(trace.services["asset"] == asset) & (trace.services["incident"] == incident)]
        for service in mine.head(limit).to_dict("records"):
            label = str(service["name"]) + (" (disputed)" if service.get("disputed") else "")
            rows.append((incident, label, floats([service[method]], [asset])[0]))
        for name in ("held", "returned", "fees", "dropped"):
            rows.append((incident, {"held": "still held", "dropped": "not followed"}.get(name, name),
                         floats([line[name]], [asset])[0]))  # fmt: skip
    return bands(
        [row for row in rows if row[2] > 0], figure, f"Where it went, by {method} ({_unit(conserved['asset'])})"
    )


def bands(rows: list[tuple[str, str, float]], figure: Any, title: str) -> Any:
    """Bands from left to right, as wide as their values, on matplotlib's Axes."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    totals: dict[str, float] = {}
    for _, right, value in rows:
        totals[right] = totals.get(right, 0.0) + value
    lefts = list(dict.fromkeys(left for left, _, _ in rows))
    rights = sorted(totals, key=lambda name: (-totals[name], name))
    axes = _axes(figure, len(rights) + 4)
    whole = sum(totals.values()) or 1.0
    gap = 0.02
    tops: list[dict[str, float]] = [{}, {}]
    for side, names, sums in ((0, lefts, None), (1, rights, totals)):
        y = 0.0
        for name in names:
            tops[side][name] = y
            height = (sums[name] if sums else sum(v for left, _, v in rows if left == name)) / whole
            axes.text(-0.02 if side == 0 else 1.02, -(y + height / 2), _safe(name), ha="right" if side == 0 else "left",
                      va="center", fontsize="small")  # fmt: skip
            y += height + gap
    for number, (left, right, value) in enumerate(sorted(rows, key=lambda row: rights.index(row[1]))):
        height = value / whole
        a, b = tops[0][left], tops[1][right]
        tops[0][left] += height
        tops[1][right] += height
        points = [(0, -a), (0.5, -a), (0.5, -b), (1, -b), (1, -b - height), (0.5, -b - height), (0.5, -a - height),
                  (0, -a - height), (0, -a)]  # fmt: skip
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        axes.add_patch(PathPatch(Path(points, codes), facecolor=f"C{number % 10}", alpha=0.5, linewidth=0))
    axes.set_xlim(-0.5, 1.6)
    axes.set_ylim(-1.0 - gap * (len(rights) + 1), 0.05)
    axes.axis("off")
    axes.set_title(title)
    return axes


def _asset(asset: str) -> str:
    """An asset in a legend: its network, and its kind or contract."""
    network, _, what = asset.partition("/")
    name = BY_CAIP2[network].name if network in BY_CAIP2 else network
    return f"{name} {_short(what)}".strip()


def _told(label: str) -> str:
    """matplotlib leaves labels that begin with an underscore out of a legend."""
    return _safe(f" {label}" if label.startswith("_") else label)


def _short(wallet: str) -> str:
    address = wallet.rpartition(":")[2]
    return address if len(address) <= 14 else f"{address[:8]}…{address[-4:]}"


__all__ = ["bands", "plot"]
