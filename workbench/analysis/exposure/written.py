"""Exposure as claims: what each wallet has to do with each category, and the share for which nobody was found.

Of a screening, its answer for each wallet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.written import Finding, Written, digest, not_from_a_graph, rounded, write_finding
from workbench.graph.loader import Loader
from workbench.model.claims import ExposedIn, ScreenedIn
from workbench.model.nodes import Ref
from workbench.model.times import utc_now

if TYPE_CHECKING:
    from workbench.analysis.computed import Progress
    from workbench.analysis.exposure.result import Exposure
    from workbench.analysis.exposure.screen import Screening
    from workbench.graph.store import Store

VERSION = 1


def write(store: Store, found: Exposure, progress: Progress | None = None) -> Written:
    """Record exposure: an `EXPOSED_IN` claim a wallet, direction and category; see docs/written-results.md.

    What sources say of the wallets themselves is in the graph already, and is not said again.
    """
    if found._asked is None:
        raise not_from_a_graph()
    claims = [*_claims(found), *_unresolved(found)]
    result = Finding(
        "exposure", ExposedIn, VERSION, found._asked, claims, found.words(), wallets=tuple(sorted(found.wallets))
    )
    return write_finding(store, result, progress)


def write_screening(store: Store, found: Screening, progress: Progress | None = None) -> Written:
    """Record a screening: a `SCREENED_IN` claim a wallet; see docs/written-results.md.

    Of a wallet that is not in the graph nothing can be recorded but that it was asked about: it is counted.
    """
    if found._asked is None:
        raise not_from_a_graph()
    answers = found.answers.drop_duplicates("wallet")
    asked = sorted(answers["wallet"])
    known = answers[(answers["transfers"] > 0) | (answers["status"] != "no hit")]
    rest = {Ref("Wallet", wallet) for wallet in asked} - {Ref("Wallet", wallet) for wallet in known["wallet"]}
    strangers = {ref.id for ref in Loader(store, "", utc_now()).missing(sorted(rest))}
    claims = [_answer(row) for row in answers.to_dict("records") if row["wallet"] not in strangers]
    words = found.words()
    if strangers:
        words.append(f"{len(strangers):,} of the wallets are not in the graph: no claim was recorded of them.")
    options = {**found._asked.options, "distinct_wallets": len(asked), "wallets_sha256": digest(asked)}
    result = Finding("screening", ScreenedIn, VERSION, replace(found._asked, options=options), claims, words)
    return write_finding(store, result, progress)


def _answer(row: dict[Any, Any]) -> dict[str, Any]:
    """What was answered; "no hit" without its sentence, which has the day on which it was said."""
    numbers = ("own_hits", "direct_categories", "indirect_categories", "uncounted_transfers", "transfers")
    return {
        "subject": Ref("Wallet", row["wallet"]), "status": row["status"],
        "words": None if row["status"] == "no hit" else row["verdict"], **{name: int(row[name]) for name in numbers},
        "nearest_hops": None if pd.isna(row["nearest_hops"]) else int(row["nearest_hops"]),
        "sources": tuple(row["sources"]),
    }  # fmt: skip


def _claims(found: Exposure) -> list[dict[str, Any]]:
    direct: dict[tuple[str, ...], list[dict[Any, Any]]] = defaultdict(list)
    for row in found.direct.to_dict("records"):
        direct[row["wallet"], row["direction"], row["kind"], row["category"]].append(row)
    made = []
    for row in found.exposures.to_dict("records"):
        near = direct[row["wallet"], row["direction"], row["kind"], row["category"]]
        sums: dict[str, int] = defaultdict(int)
        for one in near:
            sums[one["asset"]] += one["amount_base_units"]
        made.append({
            "subject": Ref("Wallet", row["wallet"]),
            **{name: row[name] for name in ("direction", "kind", "category", "name", "words")},
            "hops": None if pd.isna(row["hops"]) else int(row["hops"]), "flow_share": rounded(row["flow_share"]),
            "transfers": int(row["transfers"]), "value_usd": rounded(row["value_usd"]),
            "transfers_without_usd": int(row["transfers_without_usd"]),
            "apportioned": sum(int(one["apportioned"]) for one in near), "assets": tuple(sorted(sums)),
            "amounts": tuple(str(sums[asset]) for asset in sorted(sums)),
            "counterparties": tuple(sorted({one["counterparty"] for one in near})),
        })  # fmt: skip
    return made


def _unresolved(found: Exposure) -> list[dict[str, Any]]:
    """A wallet that was asked about and is near to nobody is in the graph as well."""
    return [
        {
            "subject": Ref("Wallet", row["wallet"]), "direction": row["direction"], "kind": "unresolved",
            "category": "unresolved", "name": "nobody that is labelled", "flow_share": rounded(row["unresolved_share"]),
        }
        for row in found.unresolved.to_dict("records")
    ]  # fmt: skip


__all__ = ["VERSION", "write", "write_screening"]
