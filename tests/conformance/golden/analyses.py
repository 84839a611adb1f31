"""Golden rows of queries/analyses."""

from __future__ import annotations

from golden import Golden
from tests.sample_case import BETWEEN, FIRST, KESTREL, LANTERN, SECOND, TRACE

OF = (TRACE.id, "trace", [KESTREL.id, LANTERN.id], 2)
SAID = (["Never quote one method alone."], TRACE.options)
NEW = (*OF, "run-trace-2", "done", True, SECOND, SECOND, 7, 1, 1, *SAID, "f" * 64, "0.1.0")
OLD = (*OF, "run-trace-1", "done", False, FIRST, FIRST, 7, 7, 0, *SAID, "e" * 64, "0.1.0")

GOLDEN = [
    Golden("analyses/runs", {}, [NEW, OLD], "the run over the changed ledger is the one that stands"),
    Golden("analyses/runs", {"incident": LANTERN.id, "kind": "trace"}, [NEW, OLD], "of one incident"),
    Golden("analyses/runs", {"kind": "exposure"}, [], "its run was not kept"),
    Golden(
        "analyses/runs", {"as_of": BETWEEN},
        [(*OLD[:6], True, *OLD[7:])], "then it was the only one",
    ),
]  # fmt: skip
