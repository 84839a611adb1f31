"""Golden rows of queries/quality."""

from __future__ import annotations

from collections import Counter
from typing import Any

from golden import Golden
from tests.sample_case import ADDED, BETWEEN, FIRST, SECOND, STANDING, TAKEN_BACK, W7, W11, W12

OF = ("claims", "blog")
TRACED = ("(computed)", "trace/1", "tracing", "done")
RUNS = {
    "second": ("run-second", "run-second.csv", *OF, "done", SECOND, SECOND, 10, 6, 0, 4, 7, 0, "0.1.0", "b" * 64),
    "third": ("run-third", "run-third.csv", *OF, "failed", SECOND, None, 0, 0, 0, 0, 0, 0, "0.1.0", "c" * 64),
    "traced again": ("run-trace-2", *TRACED, SECOND, SECOND, 7, 1, 0, 6, 1, 0, "0.1.0", "f" * 64),
    "clusters": (
        "run-clusters", "(computed)", "co_spend/1", "clustering", "done", FIRST, FIRST, 0, 0, 0, 0, 0, 0, "0.1.0",
        "d" * 64,
    ),
    "first": ("run-first", "run-first.csv", *OF, "done", FIRST, FIRST, 80, 78, 1, 1, 0, 0, "0.1.0", "a" * 64),
    "traced": ("run-trace-1", *TRACED, FIRST, FIRST, 7, 7, 0, 0, 0, 0, "0.1.0", "e" * 64),
}  # fmt: skip


def retracted(source: str | None = None) -> list[tuple[Any, ...]]:
    """The claims that were taken back, from the records; all at one time, so ordered by kind and id."""
    found = sorted((c for c in TAKEN_BACK if source in (None, c.source_id)), key=lambda c: (c.type, c.claim_id))
    return [(c.claim_id, c.type, c.subject.id, c.object.id, c.source_id, FIRST, SECOND, c.evidence) for c in found]


def without_evidence() -> list[tuple[Any, ...]]:
    """Only the blog names no evidence, and it never does."""
    counts = Counter(c.type for c in [*STANDING, *ADDED] if c.source_id == "blog")
    return [("blog", type_, n, n, 1.0) for type_, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


GOLDEN = [
    Golden("quality/ingest-runs", {}, list(RUNS.values()), "the latest first; the failed one is in the list too"),
    Golden("quality/retracted", {}, retracted(), "all of them"),
    Golden("quality/retracted", {"source": "blog"}, retracted("blog"), "of one source"),
    Golden("quality/retracted", {"since": "2024-06-11"}, [], "none after the second edition"),
    Golden("quality/retracted", {"as_of": BETWEEN}, [], "none had been retracted yet"),
    Golden("quality/claims-without-evidence", {}, without_evidence(), "the blog's claims"),
    Golden(
        "quality/wallets-without-claims", {}, [(W11.id, "eth", 2), (W12.id, "eth", 1), (W7.id, "eth", 0)],
        "two that only the ledger knows, and one whose only claim was retracted",
    ),
    Golden(
        "quality/wallets-without-claims", {"as_of": BETWEEN}, [(W11.id, "eth", 2), (W12.id, "eth", 1)],
        "wallet 7 was still claimed",
    ),
    Golden("quality/wallets-without-claims", {"rows": 1}, [(W11.id, "eth", 2)], "the busiest"),
]  # fmt: skip
