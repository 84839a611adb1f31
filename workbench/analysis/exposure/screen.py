"""Screening: what is known of each address of a list, every row answered once, in order."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.exposure.addresses import Resolved, as_asked, resolve
from workbench.analysis.exposure.labels import Labels, read_labels
from workbench.analysis.exposure.network import read_network
from workbench.analysis.exposure.result import Exposure, limits, records
from workbench.analysis.exposure.run import HOPS, PATHS, of
from workbench.analysis.exposure.words import no_hit
from workbench.errors import MissingExtraError, UsageError
from workbench.graph.store import Store
from workbench.model.networks import BY_CAIP2
from workbench.model.times import utc_now

STATUSES = ("hit", "direct", "indirect", "service", "mentioned", "no hit", "invalid")
"""hit: listed or labelled itself; direct: dealt with such a wallet; indirect: by way of others; service: a service's
own wallet, or one that dealt with services only; mentioned: a source speaks of it in a way that does not count; no
hit: nothing in what is loaded; invalid: no address. The first that fits stands; the verdict has all."""
ROWS = (
    "row", "where", "input", "status", "verdict", "wallets", "own_hits", "direct_categories", "indirect_categories",
    "nearest_hops", "sources", "as_of", "remarks",
)  # fmt: skip
ANSWERS = (
    "row", "input", "wallet", "network", "status", "verdict", "own_hits", "direct_categories", "indirect_categories",
    "nearest_hops", "transfers", "sources", "as_of",
)  # fmt: skip
_SAID = 3
"""Statements of a kind that a verdict spells out; the tables have all."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True, eq=False)
class Screening:
    """The answers to a list of addresses. A row without a hit is not called clean: it has no hit in what is loaded."""

    rows: pd.DataFrame
    """A row for every row of the list, in its order."""
    answers: pd.DataFrame
    """A row for every row of the list and network: the same address on two networks is two wallets."""
    exposure: Exposure
    """Own hits, exposures, evidence paths and claims behind the answers."""
    summary: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row a row of the list."""
        return self.rows

    def to_json(self) -> dict[str, Any]:
        """Rows, answers, the evidence behind them, and the summary."""
        behind = {k: v for k, v in self.exposure.to_json().items() if k not in ("summary", "unresolved")}
        return {"rows": records(self.rows), "answers": records(self.answers), **behind, "summary": self.summary}

    def words(self) -> list[str]:
        """What was asked, what was found, and what this cannot know."""
        counts = self.summary["statuses"]
        told = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if counts.get(status))
        labelled = ", ".join(f"{n:,} {kind}" for kind, n in self.summary["labelled"].items()) or "none"
        return [
            f"{self.summary['rows']:,} rows ({self.summary['distinct_wallets']:,} different wallets): {told}.",
            f"As of {self.summary['as_of'][:10]}, against {self.summary['transfers']:,} transfers and these labelled "
            f"wallets: {labelled}. A row without a hit has none in what is loaded; nothing more follows.",
            *limits(self.summary),
        ]

    def __repr__(self) -> str:
        return "\n".join(self.words())

    def _repr_html_(self) -> str:
        lines = "\n".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        shown = self.rows[self.rows["status"] != "no hit"].head(50)
        return lines + shown.to_html(index=False, escape=True)

    def plot(self) -> Any:
        """How many rows have which status; returns matplotlib's Axes. Raises MissingExtraError without matplotlib."""
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        counts = [self.summary["statuses"].get(status, 0) for status in reversed(STATUSES)]
        axes = Figure(figsize=(7, 2.6), layout="constrained").subplots()
        bars = axes.barh(list(reversed(STATUSES)), counts, color="#3b6fb6")
        axes.bar_label(bars, labels=[f"{n:,}" for n in counts], padding=3)
        axes.set_xlabel("rows of the list")
        return axes


def screen(
    store: Store,
    rows: Iterable[Any],
    *,
    network: str | None = None,
    hops: int = HOPS,
    as_of: datetime | None = None,
    min_confidence: int = 50,
    value: str | None = None,
    least_usd: float = 0.0,
    paths: int = PATHS,
    progress: Progress | None = None,
) -> Screening:
    """Answer for every row what is listed, labelled, or dealt with what is; see `analysis.exposure.run.exposure`.

    `rows`: addresses or CAIP-10 ids, or rows (where, text, network, problem) as
    `workbench.ingest.reading.address_rows` reads them from a file. `network`: of rows that state none.
    `progress` is called with the name of a step and how far it is.
    """
    if isinstance(rows, Path) or (isinstance(rows, str) and Path(rows).suffix):
        raise UsageError(f"{rows} is a file", hint="Read it first: workbench.ingest.reading.address_rows.")
    tell = progress or (lambda what, count: None)
    moment = as_of or utc_now()
    asked = as_asked([rows] if isinstance(rows, str) else rows, network)
    labels = read_labels(store, moment, min_confidence)
    tell("labels", len(labels.labels))
    net = read_network(store, value=value, least_usd=least_usd, progress=lambda n: tell("transfers", n))
    resolved = resolve(asked, net.ledger.wallets)
    tell("addresses", len(resolved))
    wallets = list(dict.fromkeys(wallet for one in resolved for wallet in one.wallets))
    found = of(store, net, labels, wallets, hops=hops, paths=paths)
    tell("exposures", len(found.exposures))
    touched = np.bincount(net.ledger.source, minlength=net.nodes) + np.bincount(net.ledger.target, minlength=net.nodes)
    transfers = {wallet: int(touched[place]) for wallet, place in net.ledger.indices_of(wallets).items()}
    by_wallet = _answers(found, labels, wallets, transfers, moment, hops)
    made = [_row(one, by_wallet, moment) for one in resolved]
    answers = [
        {"row": one.row, "input": one.text, **by_wallet[wallet], "as_of": moment}
        for one in resolved
        for wallet in one.wallets
    ]
    counted = Counter(row["status"] for row in made)
    return Screening(
        pd.DataFrame({name: pd.Series([row[name] for row in made], dtype=_dtype(name)) for name in ROWS}),
        pd.DataFrame({name: pd.Series([row[name] for row in answers], dtype=_dtype(name)) for name in ANSWERS}),
        found,
        {**found.summary, "rows": len(made), "distinct_wallets": len(wallets), "statuses": dict(counted)},
    )


def _dtype(name: str) -> Any:
    if name in ("row", "own_hits", "direct_categories", "indirect_categories", "transfers"):
        return "int64"
    return "Int64" if name == "nearest_hops" else None if name == "as_of" else object


def _answers(
    found: Exposure, labels: Labels, wallets: list[str], transfers: dict[str, int], as_of: datetime, hops: int
) -> dict[str, dict[str, Any]]:
    own: dict[str, list[Any]] = defaultdict(list)
    row: Any
    for row in found.own.itertuples(index=False):
        own[row.wallet].append(row)
    exposed: dict[str, list[Any]] = defaultdict(list)
    for row in found.exposures.itertuples(index=False):
        exposed[row.wallet].append(row)
    sources: dict[tuple[str, str], set[str]] = defaultdict(set)
    for label in labels.labels:
        if label.counts:
            sources[label.kind, label.category].add(label.source)
    plain = {known: no_hit(known, as_of, hops) for known in (True, False)}
    return {
        wallet: _answer(wallet, own.get(wallet, []), exposed.get(wallet, []), sources, transfers.get(wallet, 0), plain)
        for wallet in wallets
    }


def _answer(
    wallet: str, own: list[Any], exposed: list[Any], sources: dict[Any, set[str]], transfers: int,
    plain: dict[bool, str],
) -> dict[str, Any]:  # fmt: skip
    hits = [row for row in own if row.counts]
    direct = [row for row in exposed if row.hops is not pd.NA and row.hops == 1]
    farther = [row for row in exposed if row.hops is pd.NA or row.hops != 1]
    said = _some([row.words for row in hits], "more statements")
    said += _some([row.words for row in own if not row.counts], "more that do not count", ", which does not count here")
    said += _some([row.words for row in direct], "more direct exposures")
    said += _some([row.words for row in farther], "more indirect exposures")
    near = [int(row.hops) for row in exposed if row.hops is not pd.NA]
    who = {row.source for row in own} | {s for row in exposed for s in sources.get((row.kind, row.category), ())}
    return {
        "wallet": wallet, "network": BY_CAIP2[wallet.rpartition(":")[0]].name,
        "status": _status(hits, direct, farther, own),
        "verdict": "; ".join(said) or plain[transfers > 0], "own_hits": len(hits), "direct_categories": len(direct),
        "indirect_categories": len(farther), "nearest_hops": 0 if hits else min(near, default=None),
        "transfers": transfers, "sources": sorted(who),
    }  # fmt: skip


def _status(hits: list[Any], direct: list[Any], farther: list[Any], own: list[Any]) -> str:
    for status, rows in (("hit", hits), ("direct", direct), ("indirect", farther)):
        if any(row.kind != "service" for row in rows):
            return status
    return "service" if hits or direct or farther else "mentioned" if own else "no hit"


def _some(words: list[str], rest: str, after: str = "") -> list[str]:
    shown = [word + after for word in dict.fromkeys(words)]
    more = len(shown) - _SAID
    return [*shown[:_SAID], f"{more} {rest} (see the tables)"] if more > 0 else shown


def _row(one: Resolved, answers: dict[str, dict[str, Any]], as_of: datetime) -> dict[str, Any]:
    common = {"row": one.row, "where": one.where, "input": one.text, "as_of": as_of, "remarks": list(one.remarks)}
    if not one.wallets:
        return {
            **common, "status": "invalid", "verdict": f"not looked up: {one.reason}", "wallets": [], "own_hits": 0,
            "direct_categories": 0, "indirect_categories": 0, "nearest_hops": None, "sources": [],
        }  # fmt: skip
    found = [answers[wallet] for wallet in one.wallets]
    verdict = found[0]["verdict"] if len(found) == 1 else "; ".join(f"on {a['network']}: {a['verdict']}" for a in found)
    near = [a["nearest_hops"] for a in found if a["nearest_hops"] is not None]
    sums = {n: sum(a[n] for a in found) for n in ("own_hits", "direct_categories", "indirect_categories")}
    return {
        **common, **sums, "status": min((a["status"] for a in found), key=STATUSES.index), "verdict": verdict,
        "wallets": list(one.wallets), "nearest_hops": min(near, default=None),
        "sources": sorted({source for a in found for source in a["sources"]}),
    }  # fmt: skip


__all__ = ["STATUSES", "Screening", "screen"]
