"""Screening: what is known of each address of a list, every row answered once, in order."""

from __future__ import annotations

import html
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.exposure.addresses import Resolved, as_asked, resolve
from workbench.analysis.exposure.answers import STATUSES, answers_of, row_of, some
from workbench.analysis.exposure.labels import KINDS, Label, Labels, read_labels
from workbench.analysis.exposure.network import read_network
from workbench.analysis.exposure.planted import DUST_USD, GUARDS
from workbench.analysis.exposure.result import Exposure, limits, records
from workbench.analysis.exposure.run import HOPS, PATHS, of, question
from workbench.analysis.written import Asked, Written
from workbench.errors import MissingExtraError, UsageError
from workbench.graph.store import Store
from workbench.model.networks import BY_CAIP2
from workbench.model.times import parse_time, utc_now

ROWS = (
    "row", "where", "input", "status", "verdict", "wallets", "own_hits", "direct_categories", "indirect_categories",
    "nearest_hops", "uncounted_transfers", "sources", "tlp", "as_of", "remarks",
)  # fmt: skip
ANSWERS = (
    "row", "input", "wallet", "network", "status", "verdict", "own_hits", "direct_categories", "indirect_categories",
    "nearest_hops", "uncounted_transfers", "transfers", "sources", "tlp", "as_of",
)  # fmt: skip

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
    _asked: Asked | None = None

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record the answers in the graph, as claims that end at an Analysis; the same again writes nothing.

        The list itself (its rows, their order, what else stood in them) is not recorded. Raises UsageError for a
        result that was not computed from a graph. See docs/written-results.md.
        """
        from workbench.analysis.exposure.written import write_screening

        return write_screening(store, self, progress)

    def to_frame(self) -> pd.DataFrame:
        """One row a row of the list."""
        return self.rows

    def to_json(self) -> dict[str, Any]:
        """Rows, answers, the evidence behind them, and the summary."""
        behind = {k: v for k, v in self.exposure.to_json().items() if k not in ("summary", "unresolved", "members")}
        return {"rows": records(self.rows), "answers": records(self.answers), **behind, "summary": self.summary}

    def words(self) -> list[str]:
        """What was asked, what was found, and what this cannot know."""
        counts = self.summary["statuses"]
        told = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if counts.get(status))
        labelled = ", ".join(f"{n:,} {kind}" for kind, n in self.summary["labelled"].items()) or "none"
        return [
            f"{self.summary['rows']:,} rows ({self.summary['distinct_wallets']:,} different wallets): {told}.",
            *self._marked(),
            f"As of {self.summary['as_of'][:10]}, against {self.summary['transfers']:,} transfers and these labelled "
            f"wallets: {labelled}. A row without a hit has none in what is loaded; nothing more follows.",
            *limits(self.summary),
        ]

    def _marked(self) -> list[str]:
        counts = Counter(tlp for tlp in self.rows["tlp"] if tlp not in (None, "clear"))
        told = ", ".join(f"{n:,} TLP:{tlp.upper()}" for tlp, n in sorted(counts.items()))
        return (
            [f"Rows that rest on marked statements, by the strictest: {told}. Share them no further."] if told else []
        )

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
    guards: Collection[str] = GUARDS,
    dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None,
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
    moment = utc_now() if as_of is None else parse_time(as_of, field="as_of")
    asked = as_asked([rows] if isinstance(rows, str) else rows, network)
    labels = read_labels(store, moment, min_confidence)
    tell("labels", len(labels.labels))
    net = read_network(
        store, value=value, least_usd=least_usd, as_of=moment, guards=guards, dust_usd=dust_usd, dust=dust,
        progress=lambda n: tell("transfers", n),
    )  # fmt: skip
    resolved = _with_twins(resolve(asked, net.ledger.wallets), labels)
    tell("addresses", len(resolved))
    wallets = list(dict.fromkeys(wallet for one in resolved for wallet in one.wallets))
    question_ = question(
        net, labels, hops=hops, as_of=None if as_of is None else moment, min_confidence=min_confidence, value=value,
        least_usd=least_usd, guards=sorted(guards), dust_usd=dust_usd, dust=dust,
    )  # fmt: skip
    found = of(store, net, labels, wallets, hops=hops, paths=paths, asked=question_)
    tell("exposures", len(found.exposures))
    touched = np.bincount(net.ledger.source, minlength=net.nodes) + np.bincount(net.ledger.target, minlength=net.nodes)
    transfers = {wallet: int(touched[place]) for wallet, place in net.ledger.indices_of(wallets).items()}
    by_wallet = answers_of(found, labels, wallets, transfers, moment, hops)
    made = [row_of(one, by_wallet, moment) for one in resolved]
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
        question_,
    )


def _dtype(name: str) -> Any:
    if name in ("row", "own_hits", "direct_categories", "indirect_categories", "uncounted_transfers", "transfers"):
        return "int64"
    return "Int64" if name == "nearest_hops" else None if name == "as_of" else object


def _with_twins(asked: list[Resolved], labels: Labels) -> list[Resolved]:
    """Rows that state their network, with a remark where the address is labelled on another: one key has both."""
    labelled: dict[str, list[Label]] = defaultdict(list)
    for wallet, said in labels.by_wallet.items():
        if wallet.startswith("eip155:"):
            labelled[wallet.rpartition(":")[2]] += [label for label in said if label.counts]
    made = []
    for one in asked:
        twins = labelled.get(one.wallets[0].rpartition(":")[2], []) if len(one.wallets) == 1 else []
        found = [
            f"{BY_CAIP2[label.wallet.rpartition(':')[0]].name}: {label.kind} {label.name} by {label.source}"
            for label in sorted(twins, key=lambda label: (KINDS.index(label.kind), label.wallet))
            if label.wallet != one.wallets[0]
        ]
        told = f"the same address is labelled on another network ({'; '.join(some(found, 'more statements'))})"
        made.append(replace(one, remarks=(*one.remarks, told)) if found else one)
    return made


__all__ = ["STATUSES", "Screening", "screen"]
