"""Loads every file of the shared data once into a fresh graph, and writes docs/formats-measured.md.

    python tools/measure_formats.py --data ../shared/data

What a file holds is counted by tests/shared_counts.py, in another way than the loader counts it. Ends with an error
where a run does not give account of as many.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from bench._server import fresh_store  # noqa: E402
from tests.shared_counts import files, known, left_out, text_of, why_not_read  # noqa: E402
from workbench import __version__  # noqa: E402
from workbench.graph.store import Store  # noqa: E402
from workbench.ingest import RunReport, ingest_paths  # noqa: E402
from workbench.ingest.format import formats  # noqa: E402

PAGE = PROJECT / "docs" / "formats-measured.md"
RATED = 100
"""Rows from which on a rate is given; below it the time is that of opening and booking a run."""
_HEADER = "| file | holds | left out | rows in | loaded | quarantined | duplicates | seconds | rows/s |"


@dataclass(frozen=True)
class Measured:
    """One file, what it holds, and what became of it."""

    name: str
    format: str
    how: str
    holds: int
    report: RunReport
    seconds: float

    @property
    def left_out(self) -> int:
        """What the run tells of as left out."""
        return left_out(issue.reason for issue in self.report.issues)

    @property
    def accounted(self) -> bool:
        """Whether everything the file holds has its end."""
        run = self.report
        rows = run.rows_in == run.loaded + run.quarantined + run.duplicates
        return rows and self.format == run.format and self.holds == run.rows_in + self.left_out


def main() -> None:
    """Load, measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    with fresh_store() as store:
        found = list(measure(store, chosen.data))
    chosen.page.write_text(page(found, chosen.data), encoding="utf-8")
    if wrong := [one.name for one in found if not one.accounted]:
        sys.exit(f"not accounted for: {', '.join(wrong)}")


def measure(store: Store, data: Path) -> Iterator[Measured]:
    """Every file that a format reads, loaded into one graph."""
    for path in files(data):
        if (what := known(data, path)) is None:
            continue
        name = path.relative_to(data).as_posix()
        sys.stderr.write(f"{name}\n")
        started = time.perf_counter()
        report = ingest_paths(store, [path], source=what.source, as_format=what.as_format)
        seconds = time.perf_counter() - started
        if len(report.runs) != 1:
            sys.exit(f"{name}: {report.failed}")
        yield Measured(name, what.format, what.how, what.count(text_of(path)), report.runs[0], seconds)


def page(found: list[Measured], data: Path) -> str:
    """The page as Markdown."""
    by_format: dict[str, list[Measured]] = {}
    for one in sorted(found, key=lambda m: (m.format, m.name)):
        by_format.setdefault(one.format, []).append(one)
    parts = [_head(found), "", _HEADER.replace("file |", "format | files |", 1), "|---|---:" + "|---:" * 8 + "|"]
    parts += [_line(f"[{name}](#{name}) | {len(group)}", group) for name, group in by_format.items()]
    parts += [_line(f"all | {len(found)}", found), "", *_reasons(found)]
    for name, group in by_format.items():
        how = "; ".join(dict.fromkeys(one.how for one in group))
        parts += ["", f"## {name}", "", f"Counted: {how}.", "", _HEADER, "|---|" + "---:|" * 8]
        parts += [_line(_cell(one.name), [one]) for one in group]
    without = ", ".join(f"`{name}`" for name in sorted(formats().by_name.keys() - by_format.keys()))
    parts += ["", "## Formats of which the data has no file", ""]
    parts += [f"{without}. Their tests load files made from the published schemas, and the workbench's own examples."]
    return "\n".join([*parts, "", *_unread(data)]) + "\n"


def _head(found: list[Measured]) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    wrong = sum(not one.accounted for one in found)
    verdict = "Every file's account is complete" if not wrong else f"**The account of {wrong} files is not complete**"
    return f"""# Every format, on every file

Written by `python tools/measure_formats.py`; do not edit. All files of the shared data, loaded once, one after the
other, into one fresh graph. *Holds* is what a file has in it, counted by other means than the loader's
(`tests/shared_counts.py`). *Left out* are objects, lines and transfers of nothing that the run counts and tells of with
the reason; they are no rows. {verdict}:
holds = left out + rows in, and rows in = loaded + quarantined + duplicates. A duplicate says only what an earlier row,
or an earlier file, has said.

Version {__version__}, {time.strftime("%Y-%m-%d")}, {os.cpu_count()} cores (load average {os.getloadavg()[1]:.1f}),
{memory} GB, Python {platform.python_version()}, Neo4j 2026.08.1 on the same machine. Seconds are those of the
whole run, from opening the file to its booking; the rate is what the file holds over that time. None is given below
{RATED} rows, and none is typical of its format where most rows are known already, refused or left out."""


def _line(name: str, group: list[Measured]) -> str:
    runs = [one.report for one in group]
    held, seconds = sum(one.holds for one in group), sum(one.seconds for one in group)
    told = sum(one.left_out for one in group)
    counts = [sum(getattr(run, what) for run in runs) for what in ("rows_in", "loaded", "quarantined", "duplicates")]
    cells = [f"{count:,}" for count in (held, told, *counts)]
    rate = f"{held / seconds:,.0f}" if held >= RATED else ""
    mark = "" if all(one.accounted for one in group) else " **not accounted for**"
    return f"| {name}{mark} | {' | '.join(cells)} | {seconds:.2f} | {rate} |"


def _reasons(found: list[Measured]) -> Iterable[str]:
    """What the quarantined rows are, the ten most frequent reasons."""
    issues = [issue for one in found for issue in one.report.issues if issue.action == "quarantined"]
    grouped = Counter(re.sub(r"'[^']*'|\b[0-9a-f-]{12,}\b|\b\d[\d,]*\b", "…", issue.reason)[:160] for issue in issues)
    yield f"Of the {len(issues):,} quarantined rows:"
    yield ""
    for reason, count in grouped.most_common(10):
        yield f"- {count:,}: {_cell(reason)}"
    rest = sum(grouped.values()) - sum(count for _, count in grouped.most_common(10))
    if rest:
        yield f"- {rest:,}: {len(grouped) - 10} other reasons"


def _unread(data: Path) -> Iterable[str]:
    """Files that no format is meant to read."""
    reasons = Counter(why for path in files(data) if (why := why_not_read(data, path)))
    yield "## Files that no format is meant to read"
    yield ""
    for why, count in sorted(reasons.items()):
        yield f"- {count}: {why}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


if __name__ == "__main__":
    main()
