"""Measures how well each taint method finds laundered value, and writes docs/accuracy-tracing.md.

    python tools/eval_tracing.py --data ../shared/data

Two kinds of truth: made-up laundering, of which every unit is known (`workbench.analysis.laundering`), and what others
published of real thefts. After a first look the generator's parcels were made larger (one theft used up all spare
wallets); no method was fitted on it.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import published_ledgers

from workbench.analysis.evaluation.intervals import Figure, bootstrap_mean
from workbench.analysis.laundering.generator import DIFFICULTIES, Difficulty, Made, generate
from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.follow import Options, trace_ledger
from workbench.analysis.tracing.taint import METHODS

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "accuracy-tracing.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "tracing.json"
SEEDS = tuple(range(1, 17))
ROWS = 20_000
_CONCEPT = {"router": "defi_dex", "bridge": "defi_bridge"}
MEASURES = {
    "wallets_found": "of the thief's wallets that units reached, the share the method reaches",
    "wallets_false": "of the wallets the method reaches (services left out), the share that never got one stolen unit",
    "services_found": "of the services that stolen units reached, the share the method reaches",
    "services_false": "of the services the method reaches, the share that got no stolen unit",
    "value_found": "of the stolen units, the share the method places in the wallet or service where they end",
    "value_false": "of the units the method places somewhere, the share that is not there",
}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    found = synthetic(SEEDS)
    chosen.page.write_text(page(found, chosen.data), encoding="utf-8")
    SHOWN.write_text(json.dumps(shown(found), indent=1) + "\n", encoding="utf-8")


def synthetic(seeds: Sequence[int], rows: int = ROWS) -> dict[tuple[str, str, str], Figure]:
    """(difficulty, method, measure) → mean over incidents, with its interval over seeds."""
    values: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for difficulty in DIFFICULTIES:
        for seed in seeds:
            for scores in score(seed, difficulty, rows):
                for (method, measure), value in scores.items():
                    values[difficulty, method, measure].append(value)
                    groups[difficulty, method, measure].append(str(seed))
    return {key: bootstrap_mean(values[key], groups[key], seed=1) for key in values}


def score(seed: int, difficulty: Difficulty, rows: int = ROWS) -> list[dict[tuple[str, str], float]]:
    """For each incident of one made-up ledger: (method, measure) → value."""
    made = generate(seed, difficulty, rows=rows)
    claims = [
        ServiceClaim(wallet, name, name, _CONCEPT.get(name, "exchange"), 90, None, "made-up")
        for wallet, name in made.truth.known_stops.items()
    ]
    return [_score(made, k, claims) for k in range(len(made.truth.incidents))]


def _score(made: Made, k: int, claims: list[ServiceClaim]) -> dict[tuple[str, str], float]:
    truth, ledger = made.truth, made.ledger
    found = trace_ledger(ledger, truth.sources[truth.incidents[k]], claims=claims, options=Options(swaps=True))
    size = len(ledger.wallets)
    got, held = truth.got[:, :, k].sum(1), truth.held[:, :, k].sum(1)
    service = truth.operator >= 0
    # all wallets of one service are one place: a trace ends at a deposit address, the units a step behind it
    place = np.where(service, size + truth.operator, np.arange(size))
    places = size + int(truth.operator.max()) + 1
    at_end = np.bincount(place, weights=held.astype(float), minlength=places)
    # routers and bridges hand on what they get: nothing ends there
    through = [name for name, service in truth.known_stops.items() if service in _CONCEPT]
    handing = {int(truth.operator[i]) for i in ledger.indices_of(through).values()}
    at_end[[size + number for number in handing]] = 0
    paid = np.unique(truth.operator[service & (got > 0)])
    mine, true = (truth.owner == k) & (got > 0), got > 0
    mine[[ledger.indices_of(truth.sources[truth.incidents[k]]).popitem()[1]]] = False
    scores: dict[tuple[str, str], float] = {}
    for method in METHODS:
        reached = np.zeros(size, bool)
        to = found.flows.loc[(found.flows[method] > 0).to_numpy(bool), "receiver"]
        reached[_places(ledger.wallets, to)] = True
        placed = np.zeros(places)
        for table in (found.holdings, found.stops):
            np.add.at(placed, place[_places(ledger.wallets, table["wallet"])], table[method].to_numpy(float))
        placed[[size + number for number in handing]] = 0
        right = float(np.minimum(placed, at_end).sum())
        hit = np.unique(truth.operator[service & reached])
        scores |= {
            (method, "wallets_found"): float((reached & mine).sum() / max(mine.sum(), 1)),
            (method, "wallets_false"): float((reached & ~true & ~service).sum() / max((reached & ~service).sum(), 1)),
            (method, "services_found"): len(np.intersect1d(hit, paid)) / max(len(paid), 1),
            (method, "services_false"): len(np.setdiff1d(hit, paid)) / max(len(hit), 1),
            (method, "value_found"): right / max(float(at_end.sum()), 1.0),
            (method, "value_false"): 1 - right / max(float(placed.sum()), 1.0),
        }
    return scores


def _places(wallets: Any, names: Any) -> Any:
    return np.searchsorted(wallets, np.asarray(names, object))


def shown(found: dict[tuple[str, str, str], Figure]) -> dict[str, Any]:
    """The figures as the code shows them beside a trace."""
    made: dict[str, Any] = {"seeds": len(SEEDS), "rows": ROWS, "measures": MEASURES, "figures": {}}
    for (difficulty, method, measure), figure in found.items():
        made["figures"].setdefault(difficulty, {}).setdefault(method, {})[measure] = asdict(figure)
    return made


def page(found: dict[tuple[str, str, str], Figure], data: Path) -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    parts += [f"- **{name.replace('_', ' ')}**: {what}." for name, what in MEASURES.items()]
    for difficulty in DIFFICULTIES:
        parts += ["", f"### {difficulty.capitalize()}", "",
                  "| method | " + " | ".join(name.replace("_", " ") for name in MEASURES) + " |",
                  "|---" * (len(MEASURES) + 1) + "|"]  # fmt: skip
        for method in METHODS:
            cells = " | ".join(_cell(found[difficulty, method, measure]) for measure in MEASURES)
            parts.append(f"| {method} | {cells} |")
    return "\n".join([*parts, "", _READ, *published_ledgers.page(data)]) + "\n"


def _cell(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    return f"{figure.value:.1%} ({figure.low:.1%}–{figure.high:.1%})"


_HEAD = f"""\
# How well a trace finds laundered value

Written by `make eval` (`tools/eval_tracing.py`); do not edit.

## Made-up laundering

{len(SEEDS)} seeds of two thefts each in about {ROWS:,} transfers, at three difficulties
(`analysis.laundering.generator` says what they are, and what the generator is not). Means over thefts; intervals are
bootstrapped over seeds, 95 %. Every owner pays out of whichever of his own units he likes, so no method is right by
construction. Traces follow swaps (`swaps=True`), and end at services and bridges: what was bridged counts as not found.
"""
_READ = """\
What a difference between methods means: *poison* reaches whatever can be reached and places the same value many times
over; the others conserve it, and differ in whose money they take to have moved. In the hard case half of the services
are not known as such, so that every method walks through them into their customers' wallets.
"""


if __name__ == "__main__":
    main()
