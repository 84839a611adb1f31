"""Measures how often matches between incident lists are right, and writes docs/incident-matching.md.

    python tools/eval_incident_matching.py --data ../shared/data

The lists themselves may not be shipped; the labels (tests/data/incident-matching) are ours. The scorer's bits were set
before the labels existed, and were not changed after.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.analysis.evaluation.intervals import Figure, wilson
from workbench.analysis.matching.scorer import Entry, Match, matches
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.model.claims import Named, Reported

PROJECT = Path(__file__).resolve().parent.parent
LABELS = PROJECT / "tests" / "data" / "incident-matching" / "labels.csv"
PAGE = PROJECT / "docs" / "incident-matching.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "incident-matching.json"
FILES = ("defillama_hacks.json.xz", "slowmist_hacked_all.csv.xz", "DeFiHackLabs_README.md.xz")
LEAST = (0.5, 0.9, 0.99)


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
    found = matches(list(entries(data / "hack-incidents")), 0.0)
    labels = read_labels()
    parts = [_HEAD, "| least probability | lists | precision | recall |", "|---|---|---|---|"]
    for least in LEAST:
        kept = [match for match in found if match.probability >= least]
        for right in ("slowmist", "defihacklabs", ""):
            parts.append(_row(least, right, *counts(kept, labels, right)))
    return "\n".join(parts) + _TAIL


def figures(data: Path) -> dict[str, dict[str, float | int | None]]:
    """Precision and recall at even odds over both lists, as the command line shows them."""
    hits, recorded, there = counts(matches(list(entries(data / "hack-incidents")), 0.0), read_labels(), "")
    return {"precision": asdict(wilson(hits, recorded)), "recall": asdict(wilson(hits, there))}


def counts(found: Iterable[Match], labels: dict[tuple[str, str], str], right: str) -> tuple[int, int, int]:
    """Matches that are right, matches recorded, and pairs there are; of sampled entries with one list, or all."""
    sampled = {left for left, _ in labels}
    pairs = {_pair(match, sampled) for match in found}
    judged = {
        pair for pair in pairs if pair and pair[1].startswith(right) and labels.get(pair) != "unsure"
    }  # fmt: skip
    true = {pair for pair, same in labels.items() if same == "yes" and pair[1].startswith(right)}
    return len(judged & true), len(judged), len(true)


def read_labels() -> dict[tuple[str, str], str]:
    """(left, right) → yes, no, unsure or none:<list>."""
    with LABELS.open(encoding="utf-8", newline="") as handle:
        return {(row["left"], row["right"]): row["same"] for row in csv.DictReader(handle)}


def entries(folder: Path) -> Iterable[Entry]:
    """Every theft of the three lists, as the formats read them."""
    for name in FILES:
        file = SourceFile(folder / name)
        fmt, context = formats().detect(file)(), Context()
        seen: set[str] = set()
        for row in fmt.rows(file, context):
            made: list[Any] = list(fmt.records(row.raw, context))
            said = next(record for record in made if isinstance(record, Reported))
            if said.object.id in seen:
                continue
            seen.add(said.object.id)
            names = tuple(sorted({record.name for record in made if isinstance(record, Named)}))
            yield Entry(
                said.object.id, said.source_id, names, said.date, said.date_precision, said.amount_usd,
                said.networks or (), frozenset(), frozenset({said.evidence} if said.evidence else ()),
            )  # fmt: skip


def _pair(match: Match, sampled: set[str]) -> tuple[str, str] | None:
    if match.left in sampled:
        return match.left, match.right
    return (match.right, match.left) if match.right in sampled else None


def _row(least: float, right: str, hits: int, recorded: int, there: int) -> str:
    name = {"slowmist": "DefiLlama and SlowMist", "defihacklabs": "DefiLlama and DeFiHackLabs", "": "both"}[right]
    return f"| {least:g} | {name} | {_shown(wilson(hits, recorded))} | {_shown(wilson(hits, there))} |"


def _shown(share: Figure) -> str:
    if share.value is None:
        return "–"
    return f"{share.hits} of {share.n}: {share.value:.0%} ({share.low:.0%}–{share.high:.0%})"


_HEAD = """\
# How often matched incidents are one theft

Written by `make eval` (`tools/eval_incident_matching.py`); do not edit.

200 entries of DefiLlama's list, 160 drawn at random and 40 that are ascribed to North Korea, were looked up by one
reader in SlowMist's archive and in DeFiHackLabs, without any program; see `tests/data/incident-matching`. A pair that
the reader did not call one theft is wrong; the 9 that could not be decided are left out. The bits of the scorer
(`analysis.matching.scorer`) were set before these labels existed. Precision: how many recorded matches are right.
Recall: how many of the reader's pairs are recorded. Intervals are Wilson's, 95 %.
"""
_TAIL = """

What it misses: thefts that one list dates months away (three of the reader's pairs; the window is three weeks), names
that have nothing in common (an alias, a parent company, a token's ticker), and second rows for one theft in one list
(each entry gets at most one match in a list). The labels are one reader's; nobody has read them a second time.
"""


if __name__ == "__main__":
    main()
