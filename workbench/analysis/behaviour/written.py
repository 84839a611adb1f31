"""Patterns of behaviour as claims: each with its sentence, its figures and the transfers behind it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from workbench.analysis.written import Finding, Written, not_from_a_graph, rounded, write_finding
from workbench.model.claims import ShowsPatternIn
from workbench.model.nodes import Ref

if TYPE_CHECKING:
    from workbench.analysis.behaviour.result import Behaviour
    from workbench.analysis.computed import Progress
    from workbench.graph.store import Store

VERSION = 1


def write(store: Store, found: Behaviour, progress: Progress | None = None) -> Written:
    """Record what was found: a `SHOWS_PATTERN_IN` claim a finding, at its first wallet; see docs/written-results.md."""
    if found._asked is None:
        raise not_from_a_graph()
    behind: dict[int, list[str]] = defaultdict(list)
    for row in found.transfers.to_dict("records"):
        behind[row["finding"]].append(row["transfer_id"])
    claims = [
        {
            "subject": Ref("Wallet", row["wallet"]), "pattern": row["pattern"], "words": row["words"],
            "wallets": tuple(row["wallets"]), "transfers": tuple(behind[row["finding"]]),
            "first_time": row["first_time"].to_pydatetime(), "last_time": row["last_time"].to_pydatetime(),
            "value_usd": rounded(row["value_usd"]), "figures": row["figures"], "base_rate": row["base_rate"],
        }
        for row in found.findings.to_dict("records")
    ]  # fmt: skip
    options = found._asked.options
    result = Finding(
        "behaviour", ShowsPatternIn, VERSION, found._asked, claims, found.words(),
        (options["incident"],) if options["incident"] else (), tuple(sorted(options["wallets"] or ())),
    )  # fmt: skip
    return write_finding(store, result, progress)


__all__ = ["VERSION", "write"]
