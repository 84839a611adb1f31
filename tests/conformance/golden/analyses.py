"""Golden rows of queries/analyses."""

from __future__ import annotations

from datetime import datetime

from golden import Golden
from tests.sample_case import (
    ADDED,
    ANALYSES,
    BETWEEN,
    FIRST,
    KESTREL,
    LANTERN,
    SECOND,
    STANDING,
    TAKEN_BACK,
    TRACE,
)

OF = (TRACE.id, "trace", [KESTREL.id, LANTERN.id], 2)
SAID = (["Never quote one method alone."], TRACE.options)
NEW = (*OF, "run-trace-2", "done", True, SECOND, SECOND, 7, 1, 1, *SAID, "f" * 64, "0.1.0")
OLD = (*OF, "run-trace-1", "done", False, FIRST, FIRST, 7, 7, 0, *SAID, "e" * 64, "0.1.0")
RUN = {TRACE.id: "done"}


def overview(kind: str | None, until: datetime) -> list[tuple[object, ...]]:
    """From the records: FIRST has all but what SECOND added, and SECOND took some back."""
    made = []
    for node in ANALYSES:
        standing, gone, added = (
            [claim for claim in some if claim.object == node.ref] for some in (STANDING, TAKEN_BACK, ADDED)
        )
        stand = len(standing) + len(added if until == SECOND else gone)
        last = SECOND if added and until == SECOND else FIRST
        if kind in (None, node.kind):
            made.append(
                (node.id, node.kind, list(node.incidents), len(node.wallets), stand, FIRST, last, RUN.get(node.id))
            )
    return sorted(made, key=lambda row: (-row[6].timestamp(), row[0]))


GOLDEN = [
    Golden("analyses/overview", {}, overview(None, SECOND), "every question, with what stands"),
    Golden("analyses/overview", {"kind": "screening"}, overview("screening", SECOND), "one kind"),
    Golden("analyses/overview", {"as_of": BETWEEN}, overview(None, FIRST), "as of before the second edition"),
    Golden("analyses/runs", {}, [NEW, OLD], "the run over the changed ledger is the one that stands"),
    Golden("analyses/runs", {"incident": LANTERN.id, "kind": "trace"}, [NEW, OLD], "of one incident"),
    Golden("analyses/runs", {"kind": "exposure"}, [], "its run was not kept"),
    Golden(
        "analyses/runs", {"as_of": BETWEEN},
        [(*OLD[:6], True, *OLD[7:])], "then it was the only one",
    ),
]  # fmt: skip
