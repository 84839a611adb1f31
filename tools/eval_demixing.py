"""Measures how often each demixing heuristic is right on a made-up mixer, and writes docs/accuracy-demixing.md.

    python tools/eval_demixing.py

The mixer's settings stand in `workbench.analysis.demixing.simulation`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.analysis.demixing.heuristics import heuristics
from workbench.analysis.demixing.simulation import simulate
from workbench.analysis.evaluation.intervals import wilson

PROJECT = Path(__file__).resolve().parent.parent
PAGE = PROJECT / "docs" / "accuracy-demixing.md"
SHOWN = PROJECT / "workbench" / "analysis" / "measured" / "demixing.json"
SEEDS = range(1, 21)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=None, help="not used: nothing published has the truth")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    found = figures()
    chosen.page.write_text(page(found), encoding="utf-8")
    SHOWN.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def figures() -> dict[str, Any]:
    """Heuristic → share of guesses that are right, and of all withdrawals those given to somebody wrong."""
    counts = {name: [0, 0, 0] for name in heuristics()}  # guesses, right ones, withdrawals guessed wrong
    withdrawals = 0
    for seed in SEEDS:
        made = simulate(seed)
        withdrawals += len(made.mixing.withdrawals)
        for name, heuristic in heuristics().items():
            links = list(heuristic.links(made.mixing))
            right = [made.right(link.withdrawal, link.depositor) for link in links]
            counts[name][0] += len(links)
            counts[name][1] += sum(right)
            counts[name][2] += len({link.withdrawal for link, so in zip(links, right, strict=True) if not so})
    return {
        name: {
            "title": heuristics()[name].TITLE, "source": heuristics()[name].SOURCE,
            "right": asdict(wilson(right, guesses)), "found": asdict(wilson(right, withdrawals)),
            "false_positive_rate": asdict(wilson(wrong, withdrawals)),
        }
        for name, (guesses, right, wrong) in counts.items()
    }  # fmt: skip


def page(found: dict[str, Any]) -> str:
    """The page as Markdown."""
    rows = [
        f"| {name} | {figure['title']} | {_cell(figure['right'])} | {_cell(figure['found'])} | "
        f"{_cell(figure['false_positive_rate'])} | {figure['source']} |"
        for name, figure in found.items()
    ]
    return "\n".join([_HEAD, *rows]) + "\n" + _TAIL


def _cell(figure: dict[str, Any]) -> str:
    return "–" if figure["value"] is None else f"{figure['value']:.1%} ({figure['low']:.1%}–{figure['high']:.1%})"


_HEAD = f"""\
# How often a demixing hypothesis is right

Written by `make eval` (`tools/eval_demixing.py`); do not edit.

{len(SEEDS)} made-up mixers of 400 users each (`analysis.demixing.simulation`). Intervals are Wilson's, 95 %; guesses of
one user's notes are not independent, so they are too narrow rather than too wide. *Right*: of the guesses, those that
are true. *Found*: of the withdrawals, those given to their depositor. *False positives*: of the withdrawals, those
given to somebody else.

| heuristic | what it sees | right | found | false positives | described by |
|---|---|---|---|---|---|"""
_TAIL = """
The shares of careless users and of chance likenesses are round numbers, not estimates of a real mixer.
The figures show how a heuristic fails (strangers who deal with one another, somebody paid straight out of the pool),
not how often it does in the world: there is no published truth to measure that on.
"""


if __name__ == "__main__":
    main()
