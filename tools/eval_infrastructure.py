"""Measures how often lists that look copied are, and writes docs/accuracy-infrastructure.md.

    python tools/eval_infrastructure.py --data ../shared/data

The lists may not all be shipped; the labels (tests/data/infrastructure-overlap) are ours, from what the sources say of
themselves.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict
from pathlib import Path

from workbench.analysis.evaluation.intervals import Figure, wilson
from workbench.analysis.matching.infrastructure import overlaps
from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile

PROJECT = Path(__file__).resolve().parent.parent
LABELS = PROJECT / "tests" / "data" / "infrastructure-overlap" / "labels.csv"
PAGE = PROJECT / "docs" / "accuracy-infrastructure.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "infrastructure.json"
KINDS = ("Infrastructure", "Wallet")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    chosen.page.write_text(page(chosen.data), encoding="utf-8")
    SHOWN.write_text(json.dumps(figures(chosen.data), indent=1) + "\n", encoding="utf-8")


def page(data: Path) -> str:
    """The page as Markdown."""
    found, labels = candidates(data), read_labels()
    hits, shown, there = counts(found, labels)
    lines = [
        _HEAD, f"- Precision: {_shown(wilson(hits, shown))}", f"- Recall: {_shown(wilson(hits, there))}", "",
        "| pair | by its own word | candidate, and why |", "|---|---|---|",
    ]  # fmt: skip
    for (left, right), said in sorted(labels.items()):
        reasons = "; ".join(found.get((left, right), ())) or "no"
        lines.append(f"| {left}, {right} | {said} | {reasons} |")
    return "\n".join(lines) + _TAIL


def figures(data: Path) -> dict[str, dict[str, float | int | None]]:
    """Precision and recall of candidates."""
    hits, shown, there = counts(candidates(data), read_labels())
    return {"precision": asdict(wilson(hits, shown)), "recall": asdict(wilson(hits, there))}


def candidates(data: Path) -> dict[tuple[str, str], tuple[str, ...]]:
    """Labelled pairs that are candidates for a copy, with the reasons."""
    labels = read_labels()
    lists = {name: indicators(data / name) for name in sorted({name for pair in labels for name in pair})}
    found = {(pair.left, pair.right): pair.reasons for pair in overlaps(lists) if pair.candidate}
    return {pair: reasons for pair, reasons in found.items() if pair in labels}


def counts(found: dict[tuple[str, str], tuple[str, ...]], labels: dict[tuple[str, str], str]) -> tuple[int, int, int]:
    """Candidates that are copies, candidates, and copies there are; pairs nobody can tell are left out."""
    judged = {pair for pair in found if labels[pair] != "unsure"}
    true = {pair for pair, said in labels.items() if said == "yes"}
    return len(judged & true), len(judged), len(true)


def indicators(path: Path) -> list[str]:
    """Infrastructure and wallets of a file, in its order, as its format reads them."""
    file = SourceFile(path)
    fmt, context = formats().detect(file)(), Context(source_name="list", network="eth")
    seen: dict[str, None] = {}
    for row in fmt.rows(file, context):
        try:
            seen.update(dict.fromkeys(r.id for r in fmt.records(row.raw, context) if getattr(r, "label", "") in KINDS))
        except RecordError:
            continue
    return list(seen)


def read_labels() -> dict[tuple[str, str], str]:
    """(left, right), in alphabetical order → yes, no or unsure."""
    with LABELS.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    return {(min(r["left"], r["right"]), max(r["left"], r["right"])): r["copied"] for r in rows}


def _shown(share: Figure) -> str:
    if share.value is None:
        return "–"
    return f"{share.hits} of {share.n}: {share.value:.0%} ({share.low:.0%}–{share.high:.0%})"


_HEAD = """\
# How often lists that look copied are

Written by `make eval` (`tools/eval_infrastructure.py`); do not edit.

Pairs of real lists were labelled by one reader from what the sources say of themselves: who cites whom, which files
are renderings of one report (`tests/data/infrastructure-overlap`, with the origin of each label). The pairs were picked
from those that have two indicators or more in common, and the reader had seen the overlaps when thresholds and labels
were set: they are no random sample and no blind test, and another collection will give other figures. Intervals are
Wilson's, 95 %. A candidate is shown with its reasons and changes no count. The lists are compared here in their own
order; a graph keeps no order, so that there the first reason alone is found.
"""
_TAIL = """

What it misses: excerpts (a label that changed after it was copied, a pack made of one part of a list). What it gets
wrong: two sources that list all of one service's addresses are alike because both are right.
"""


if __name__ == "__main__":
    main()
