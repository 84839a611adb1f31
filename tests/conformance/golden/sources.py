"""Golden rows of queries/sources."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from golden import Golden, evidence
from tests.sample_case import ADDED, BETWEEN, FIRST, SECOND, SOURCES, STANDING, TAKEN_BACK, at


def overview(as_of: datetime | None) -> list[tuple[Any, ...]]:
    """Claims counted from the records: what was added came with the second edition, as did the retractions."""
    if as_of is None:
        live, back = Counter(c.source_id for c in [*STANDING, *ADDED]), Counter(c.source_id for c in TAKEN_BACK)
    else:
        live, back = Counter(c.source_id for c in [*STANDING, *TAKEN_BACK]), Counter[str]()
    ordered = sorted(SOURCES, key=lambda source: (-live[source.id], source.id))
    return [(s.id, s.title, s.publisher, s.kind, FIRST, live[s.id], back[s.id]) for s in ordered]


BLOG = next(source for source in SOURCES if source.id == "blog")
AGE_FIRST, AGE_SECOND = ((at("2024-12-31") - loaded).days for loaded in (FIRST, SECOND))

GOLDEN = [
    Golden("sources/overview", {}, overview(None), "live and retracted claims of every source"),
    Golden("sources/overview", {"as_of": BETWEEN}, overview(BETWEEN), "before anything was retracted"),
    Golden(
        "sources/overview", {"as_of": "2023-01-01"},
        [(s.id, s.title, s.publisher, s.kind, FIRST, 0, 0) for s in sorted(SOURCES, key=lambda s: s.id)],
        "a source without claims is in the list too",
    ),
    Golden(
        "sources/editions", {"today": "2024-12-31"},
        [
            (
                "blog", BLOG.title, BLOG.licence, "run-first.csv", "claims", 1, None, FIRST, AGE_FIRST,
                80, 78, 1, 0, "done", 0,
            ),
            (
                "blog", BLOG.title, BLOG.licence, "run-second.csv", "claims", 1, None, SECOND, AGE_SECOND,
                10, 6, 0, 7, "done", 0,
            ),
            (
                "clustering", None, None, "clustering co_spend 1a2b3c4d", "co_spend/1", 1, None, FIRST, AGE_FIRST,
                0, 0, 0, 0, "done", 0,
            ),
            (
                "tracing", "Traces of stolen value, computed", None, "trace:aaaa", "trace/1", 2, None, SECOND,
                AGE_SECOND, 7, 1, 0, 1, "done", 0,
            ),
        ],
        "files without a data set of their own count by their names; a run that failed is no edition",
    ),
    Golden(
        "sources/derived", {},
        [("news", "Example News", "blog", "A. Blogger", "acme", None, evidence("acme"))],
        "the newspaper copies the blog",
    ),
]  # fmt: skip
