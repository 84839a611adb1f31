"""Writes the measured figures: the page docs/accuracy.md and the file that travels with the package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.analysis.evaluation.catalogue import NAMED_ABOVE, UNKNOWN_SHARE, CatalogueResult, Prediction
from workbench.analysis.evaluation.intervals import Figure, wilson
from workbench.analysis.evaluation.packaged import FILE, packaged_accuracy

SHARES = ("top-1", "top-3", "precision where named", "coverage", "false naming, true group withheld")
SIZES = ((1, 10), (11, 20), (21, 30), (31, 10_000))
BANDS = ((0.0, 0.05), (0.05, 0.20), (0.20, 0.45), (0.45, 0.55), (0.55, 0.80), (0.80, 0.95), (0.95, 1.0))


def edition(result: CatalogueResult) -> str:
    """Which data, in a line."""
    return f"ATT&CK bundle last modified {result.catalogue.modified}, {len(result.catalogue.groups)} live groups"


def write_accuracy_json(result: CatalogueResult, path: str | Path | None = None) -> Path:
    """Write the figures that `attribute` shows; by default into the installed package."""
    target = Path(path) if path is not None else Path(str(files("workbench.analysis") / FILE))
    body = {
        "version": __version__, "edition": edition(result), "sha256": result.catalogue.sha256, "seed": result.seed,
        "figures": {name: _rounded(result.figures[name]) for name in SHARES},
        "baselines": {name: _rounded(figure) for name, figure in result.baselines.items()},
        "reuse": {kind: asdict(reuse) for kind, reuse in result.reuse.items()},
    }  # fmt: skip
    target.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    packaged_accuracy.cache_clear()
    return target


def write_accuracy_page(path: str | Path, result: CatalogueResult, *, command: str = "make eval") -> Path:
    """Write docs/accuracy.md; the same result gives the same bytes."""
    target = Path(path)
    target.write_text("\n".join(_page(result, command)) + "\n", encoding="utf-8")
    return target


def _rounded(figure: Figure) -> dict[str, Any]:
    return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(figure).items()}


def _page(result: CatalogueResult, command: str) -> Iterable[str]:
    catalogue, n = result.catalogue, len(result.predictions)
    yield "# How often attribution is right"
    yield ""
    yield f"Written by `{command}`; do not edit. Version {__version__}, seed {result.seed}."
    yield f"Data: {catalogue.file}, {edition(result)}, SHA-256 `{catalogue.sha256}`."
    yield ""
    yield "## Catalogue test: techniques and software"
    yield ""
    yield from _method(n, result)
    yield ""
    yield from _table(("figure", "value", "95 % interval", "cases"), _figures(result.figures))
    yield ""
    yield (
        "Shares have Wilson's interval; means are bootstrapped over groups, because campaigns of one group are "
        "not independent cases. Log loss and bits are base 2. Lower log loss and Brier score are better."
    )
    yield ""
    yield "### Baselines (share right)"
    yield ""
    yield from _table(("baseline", "value", "95 % interval", "cases"), _figures(result.baselines))
    yield ""
    yield "### Other ways of running it, for comparison"
    yield ""
    yield (
        "The rows show how much the figures depend on choices. The first matters most: with every relationship "
        "removed that shares *any* reference with the campaign or names it, far less is left to recognise a group "
        "by. That removes some honest knowledge too, so what to expect for a new incident lies between the two."
    )
    yield ""
    names = ("top-1", "precision where named", "coverage", "false naming, true group withheld", "log loss")
    heads = ("way", *names)
    ways = {"as reported above": result.figures, **result.variants}
    yield from _table(heads, [(way, *(_cell(found[k]) for k in names)) for way, found in ways.items()])
    yield ""
    yield "### By number of techniques and software in the campaign"
    yield ""
    yield from _table(("entries", "right", "named", "named and right"), _by_size(result.predictions))
    yield ""
    yield "### Calibration of the first group's probability (bands of ICD 203)"
    yield ""
    bands = ("probability", "campaigns", "mean probability", "right", "95 % interval")
    yield from _table(bands, _bands(result.predictions))
    yield ""
    yield "### Each campaign"
    yield ""
    yield from _table(("campaign", "entries", "true group", "first group", "probability", "right"), _each(result))
    yield ""
    yield from _limits(n)


def _method(n: int, result: CatalogueResult) -> Iterable[str]:
    reuse = (f"{r.matched} of {r.seen} for {kind} ({r.rate:.2f} beyond chance)" for kind, r in result.reuse.items())
    yield (
        f"Each of the {n} campaigns that ATT&CK attributes to a group is left out once; its group is predicted from "
        "the campaign's techniques and software with the very weights that `attribute` uses. Before each "
        "prediction every group's relationship that is cited only by the left-out campaign's own references is "
        f"removed. The prior is uniform over the groups, with {UNKNOWN_SHARE:.0%} for unknown / other. A group "
        f"counts as *named* when its probability is above {NAMED_ABOVE:.0%}, a threshold fixed beforehand. "
        "*False naming* repeats each prediction with the true group withheld from the candidates, when the right "
        "answer is unknown. The only number counted from campaigns, how often known techniques are used again, "
        f"comes from the other campaigns; over all of them it is {', '.join(reuse)}."
    )


def _limits(n: int) -> Iterable[str]:
    yield "## What this does not measure"
    yield ""
    yield f"- {n} campaigns are few: read the intervals, not the values."
    yield (
        "- The campaigns were attributed by the same community whose reports describe the groups, partly *because* "
        "of shared techniques; a fresh incident is harder."
    )
    yield (
        "- Leak control works by references. What an analyst copied from a campaign into a group under another "
        'reference stays; the row "any shared reference or mention" shows how much may come from that.'
    )
    yield (
        "- The form of the weights was chosen with these campaigns in sight: an earlier form (a smoothed "
        "multinomial over each group's entries) got 3 to 6 of 24 right, fixed reuse rates from 0.1 to 0.7 in the "
        "present form 8 to 10, before the rate was counted instead. No constant is fitted, but the figures are "
        "flattered by that choice; only campaigns of a later edition can tell by how much."
    )
    yield (
        "- Statements by authorities and others, and reuse of wallets, are not measured: their error rates are "
        "assumptions."
    )
    yield "- State-backed intrusion campaigns are not crypto thefts; thefts rarely have so many techniques on record."
    yield ""
    yield (
        "© The MITRE Corporation. ATT&CK data is reproduced and distributed with the permission of The MITRE "
        "Corporation."
    )


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterable[str]:
    columns = list(heads)
    yield "| " + " | ".join(columns) + " |"
    yield "|" + " --- |" * len(columns)
    for row in rows:
        yield "| " + " | ".join(_inert(cell) for cell in row) + " |"


def _figures(figures: Mapping[str, Figure]) -> list[tuple[str, ...]]:
    return [(name, _value(f), _interval(f), str(f.n)) for name, f in figures.items()]


def _value(figure: Figure) -> str:
    if figure.value is None:
        return "–"
    return f"{figure.hits} of {figure.n} ({figure.value:.0%})" if figure.hits is not None else f"{figure.value:.2f}"


def _interval(figure: Figure) -> str:
    if figure.low is None or figure.high is None:
        return "–"
    return f"{figure.low:.0%}–{figure.high:.0%}" if figure.hits is not None else f"{figure.low:.2f}–{figure.high:.2f}"


def _cell(figure: Figure) -> str:
    return f"{figure.hits} of {figure.n}" if figure.hits is not None else _value(figure)


def _by_size(predictions: Iterable[Prediction]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for low, high in SIZES:
        found = [p for p in predictions if low <= p.size <= high]
        named = [p for p in found if p.named]
        label = f"{low}–{high}" if high < 1_000 else f"{low} and more"
        right = sum(p.right for p in found)
        rows.append((label, f"{right} of {len(found)}", str(len(named)), str(sum(p.right for p in named))))
    return rows


def _bands(predictions: Iterable[Prediction]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for low, high in BANDS:
        found = [p for p in predictions if low < p.probability <= high]
        right = wilson(sum(p.right for p in found), len(found))
        mean = f"{sum(p.probability for p in found) / len(found):.2f}" if found else "–"
        rows.append((f"{low:.0%}–{high:.0%}", str(len(found)), mean, str(right.hits), _interval(right)))
    return rows


def _each(result: CatalogueResult) -> list[tuple[str, ...]]:
    names, groups = {c.id: c.name for c in result.catalogue.campaigns}, result.catalogue.groups
    rows = [
        (
            names[p.campaign], str(p.size), ", ".join(sorted(groups[g] for g in p.groups)), groups[p.ranking[0]],
            f"{p.probability:.2f}", "yes" if p.right else "no",
        )
        for p in result.predictions
    ]  # fmt: skip
    return sorted(rows)


def _inert(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|").replace("<", "&lt;")
