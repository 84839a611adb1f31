"""Hypotheses about a mixer as claims, each with its strength and the size of its crowd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.analysis.written import Finding, Written, not_from_a_graph, rounded, write_finding
from workbench.model.claims import MayExitIn
from workbench.model.nodes import Ref

if TYPE_CHECKING:
    from workbench.analysis.computed import Progress
    from workbench.analysis.demixing.result import Demixing
    from workbench.graph.store import Store

VERSION = 1


def write(store: Store, found: Demixing, progress: Progress | None = None) -> Written:
    """Record the hypotheses: a `MAY_EXIT_IN` claim for each, at the recipient; see docs/written-results.md."""
    if found._asked is None:
        raise not_from_a_graph()
    claims = [
        {
            "subject": Ref("Wallet", row["recipient"]), "depositor": row["depositor"], "pool": row["pool"],
            "transaction": row["transaction"], "time": row["withdrawal_time"].to_pydatetime(), "strength": row["grade"],
            "heuristics": tuple(row["heuristics"].split(", ")), "rivals": int(row["rivals"]),
            "anonymity_set": int(row["anonymity_set"]), "pool_looks_whole": bool(row["pool_looks_whole"]),
            "share_right_measured": rounded(row["share_right_measured"]),
            "false_positive_rate": rounded(row["false_positive_rate"]),
            "days_after_first_deposit": float(f"{row['days_after_first_deposit']:.12g}"), "evidence": row["evidence"],
        }
        for row in found.table.to_dict("records")
    ]  # fmt: skip
    options = found._asked.options
    result = Finding(
        "demixing", MayExitIn, VERSION, found._asked, claims, found.words(),
        (options["incident"],) if options["incident"] else (), tuple(options["wallets"] or ()),
    )  # fmt: skip
    return write_finding(store, result, progress)


__all__ = ["VERSION", "write"]
