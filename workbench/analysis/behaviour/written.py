"""Patterns of behaviour as claims: each with its sentence, its figures and the transfers behind it; and profiles."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from workbench.analysis.written import Finding, Written, not_from_a_graph, rounded, write_finding
from workbench.model.claims import ProfiledIn, ShowsPatternIn
from workbench.model.nodes import Ref

if TYPE_CHECKING:
    from workbench.analysis.behaviour.profile import Profile
    from workbench.analysis.behaviour.result import Behaviour
    from workbench.analysis.computed import Progress
    from workbench.graph.store import Store

VERSION = 2


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


def write_profile(store: Store, found: Profile, progress: Progress | None = None) -> Written:
    """Record a profile: one `PROFILED_IN` claim at the incident, nothing where nothing could be measured."""
    if found._asked is None:
        raise not_from_a_graph()
    rows = found.features.to_dict("records")
    known = [row for row in rows if rounded(row["value"]) is not None]
    claim = {
        "subject": Ref("Incident", found.incident), "features": tuple(row["feature"] for row in known),
        "values": tuple(rounded(row["value"]) for row in known), "units": tuple(row["unit"] for row in known),
        "not_measured": tuple(row["feature"] for row in rows if rounded(row["value"]) is None),
    }  # fmt: skip
    result = Finding(
        "profile", ProfiledIn, VERSION, found._asked, [claim] if known else [], found.words(), (found.incident,)
    )  # fmt: skip
    return write_finding(store, result, progress)


__all__ = ["VERSION", "write", "write_profile"]
