"""What is said of each wallet of a screening, and of each row of the list: status, verdict, sources, markings."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from workbench.analysis.exposure.addresses import Resolved
from workbench.analysis.exposure.labels import Labels, strictest
from workbench.analysis.exposure.result import Exposure
from workbench.analysis.exposure.words import no_hit
from workbench.model.networks import BY_CAIP2
from workbench.model.progress import each

STATUSES = ("hit", "direct", "indirect", "service", "uncounted", "mentioned", "no hit", "invalid")
"""hit: listed or labelled itself; direct: dealt with such a wallet; indirect: by way of others; service: a service's
own wallet, or one that dealt with services only; uncounted: such a wallet dealt with it only in a way that anybody can
plant (dust, counterfeit tokens, lookalikes), or in a CoinJoin; mentioned: a source speaks of it in a way that does not
count; no hit: nothing in what is loaded; invalid: no address. The first that fits stands; the verdict has all."""
_SUMS = ("own_hits", "direct_categories", "indirect_categories", "uncounted_transfers")
_SAID = 3
"""Statements of a kind that a verdict spells out; the tables have all."""


def answers_of(
    found: Exposure, labels: Labels, wallets: list[str], transfers: dict[str, int], as_of: datetime, hops: int
) -> dict[str, dict[str, Any]]:
    """Wallet → its answer: status, verdict, counts, and whose statements they rest on."""
    own: dict[str, list[Any]] = defaultdict(list)
    row: Any
    for row in found.own.itertuples(index=False):
        own[row.wallet].append(row)
    exposed: dict[str, list[Any]] = defaultdict(list)
    for row in found.exposures.itertuples(index=False):
        exposed[row.wallet].append(row)
    planted: dict[str, list[Any]] = defaultdict(list)
    for row in found.uncounted.itertuples(index=False):
        planted[row.wallet].append(row)
    behind = _Behind.of(found, labels)
    plain = {known: no_hit(known, as_of, hops) for known in (True, False)}
    return {
        wallet: _answer(
            wallet, own.get(wallet, []), exposed.get(wallet, []), planted.get(wallet, []), behind,
            transfers.get(wallet, 0), plain,
        ) for wallet in each("answering", wallets)
    }  # fmt: skip


@dataclass(frozen=True)
class _Behind:
    """Whose statements an exposure rests on, with their TLP markings.

    Of a direct one those about the counterparties; of an indirect one it is not known which labelled wallet the value
    came from, so all that label wallets of the category.
    """

    near: dict[tuple[str, str, str], set[tuple[str, str | None]]]
    far: dict[tuple[str, str], set[tuple[str, str | None]]]

    @classmethod
    def of(cls, found: Exposure, labels: Labels) -> _Behind:
        far: dict[tuple[str, str], set[tuple[str, str | None]]] = defaultdict(set)
        by: dict[tuple[str, str, str], set[tuple[str, str | None]]] = defaultdict(set)
        for label in labels.labels:
            if label.counts:
                far[label.kind, label.category].add((label.source, label.tlp))
                by[label.wallet, label.kind, label.category].add((label.source, label.tlp))
        near: dict[tuple[str, str, str], set[tuple[str, str | None]]] = defaultdict(set)
        for table in (found.direct, found.uncounted):
            row: Any
            for row in table[["wallet", "kind", "category", "counterparty"]].drop_duplicates().itertuples(index=False):
                near[row.wallet, row.kind, row.category] |= by[row.counterparty, row.kind, row.category]
        return cls(near, far)

    def said(self, wallet: str, row: Any) -> set[tuple[str, str | None]]:
        """Sources and markings of one exposure (or of what was left out) of a wallet."""
        near = self.near.get((wallet, row.kind, row.category), set())
        return near if near and getattr(row, "hops", 1) == 1 else near | self.far.get((row.kind, row.category), set())


def _answer(
    wallet: str, own: list[Any], exposed: list[Any], planted: list[Any], behind: _Behind, transfers: int,
    plain: dict[bool, str],
) -> dict[str, Any]:  # fmt: skip
    hits = [row for row in own if row.counts]
    direct = [row for row in exposed if row.hops is not pd.NA and row.hops == 1]
    farther = [row for row in exposed if row.hops is pd.NA or row.hops != 1]
    said = some([row.words for row in hits], "more statements")
    said += some([row.words for row in own if not row.counts], "more that do not count", ", which does not count here")
    said += some([row.words for row in direct], "more direct exposures")
    said += some([row.words for row in farther], "more indirect exposures")
    said += some([row.words for row in planted], "more dealings that do not count")
    near = [int(row.hops) for row in exposed if row.hops is not pd.NA]
    who = {(row.source, row.tlp) for row in own}.union(*(behind.said(wallet, row) for row in [*exposed, *planted]))
    return {
        "wallet": wallet, "network": BY_CAIP2[wallet.rpartition(":")[0]].name,
        "status": _status(hits, direct, farther, planted, own),
        "verdict": "; ".join(said) or plain[transfers > 0], "own_hits": len(hits), "direct_categories": len(direct),
        "indirect_categories": len(farther), "nearest_hops": 0 if hits else min(near, default=None),
        "uncounted_transfers": sum(row.transfers for row in _once(planted)), "transfers": transfers,
        "sources": sorted({source for source, _ in who}), "tlp": strictest(tlp for _, tlp in who),
    }  # fmt: skip


def _once(planted: list[Any]) -> list[Any]:
    """A counterparty in several categories has a row in each: its transfers are counted once."""
    return list({(row.direction, row.reason, row.counterparty, row.asset): row for row in planted}.values())


def _status(hits: list[Any], direct: list[Any], farther: list[Any], planted: list[Any], own: list[Any]) -> str:
    for status, rows in (("hit", hits), ("direct", direct), ("indirect", farther)):
        if any(row.kind != "service" for row in rows):
            return status
    if hits or direct or farther:
        return "service"
    return "uncounted" if any(row.kind != "service" for row in planted) else "mentioned" if own else "no hit"


def some(words: list[str], rest: str, after: str = "") -> list[str]:
    """The first of some statements, and how many more there are."""
    shown = [word + after for word in dict.fromkeys(words)]
    more = len(shown) - _SAID
    return [*shown[:_SAID], f"{more} {rest} (see the tables)"] if more > 0 else shown


def row_of(one: Resolved, answers: dict[str, dict[str, Any]], as_of: datetime) -> dict[str, Any]:
    """The answer to one row of the list, over all wallets it stands for."""
    common = {"row": one.row, "where": one.where, "input": one.text, "as_of": as_of, "remarks": list(one.remarks)}
    if not one.wallets:
        return {
            **common, "status": "invalid", "verdict": f"not looked up: {one.reason}", "wallets": [], "own_hits": 0,
            "direct_categories": 0, "indirect_categories": 0, "nearest_hops": None, "uncounted_transfers": 0,
            "sources": [], "tlp": None,
        }  # fmt: skip
    found = [answers[wallet] for wallet in one.wallets]
    verdict = found[0]["verdict"] if len(found) == 1 else "; ".join(f"on {a['network']}: {a['verdict']}" for a in found)
    near = [a["nearest_hops"] for a in found if a["nearest_hops"] is not None]
    sums = {n: sum(a[n] for a in found) for n in _SUMS}
    return {
        **common, **sums, "status": min((a["status"] for a in found), key=STATUSES.index), "verdict": verdict,
        "wallets": list(one.wallets), "nearest_hops": min(near, default=None),
        "sources": sorted({source for a in found for source in a["sources"]}),
        "tlp": strictest(a["tlp"] for a in found),
    }  # fmt: skip


__all__ = ["STATUSES", "answers_of", "row_of", "some"]
