"""Claims that are none: taken back, or not known yet, between all the things of the sample case."""

from __future__ import annotations

from typing import Any

from tests.sample_case import (
    ETH,
    FIRST,
    HARBOR,
    HERON,
    KESTREL,
    NODES,
    W1,
    W2,
    W4,
    W5,
    W9,
    W11,
    at,
    claim,
)
from workbench.graph.loader import Loader, retract
from workbench.graph.store import Store
from workbench.model import claims as c

GONE, LATER = at("2024-02-01"), at("2025-01-01")


def ghosts(method: str) -> list[c.Claim]:
    """Claims of every kind between all nodes they may join, none of them in the case.

    Whatever a query looks for, ghosts would change its answer if it let one in that had been taken back
    (before BETWEEN) or was not known yet.
    """
    rest: dict[type[c.Claim], list[dict[str, Any]]] = {
        c.Named: [{"name": "Quiet Heron"}, {"name": "Night Post"}], c.Involves: [{"role": "thief"}],
        c.Mentions: [{"kind": "note"}], c.Related: [{"relation": "like"}],
        c.Reported: [{"amount_usd": 1.0, "date": at("1999-01-01")}],
        c.ListedBy: [{"listing": "sanctioned"}, {"listing": "published"}],
        c.TaintedIn: [
            {"incident": KESTREL.id, "asset": ETH, "outcome": outcome, "value": 1.0, "hops": 1, "haircut": "1",
             "services": (HARBOR.id,)}
            for outcome in ("held", "crossed", "passed")
        ],
        c.ExposedIn: [{"direction": "sent to", "kind": "actor", "category": HERON.id, "name": "x", "hops": 1}],
        c.ShowsPatternIn: [{
            "pattern": "fan-out", "words": "x", "wallets": (W2.id,), "transfers": (), "first_time": FIRST,
            "last_time": FIRST, "figures": "{}",
        }],
        c.ScreenedIn: [{
            "status": "hit", "own_hits": 1, "direct_categories": 0, "indirect_categories": 0,
            "uncounted_transfers": 0, "transfers": 1,
        }],
        c.ProfiledIn: [{"features": ("assets",), "values": (9.0,), "units": ("assets",)}],
        c.MayExitIn: [{
            "depositor": W1.id, "pool": "x", "transaction": "x", "time": FIRST, "strength": "likely",
            "heuristics": (), "rivals": 0, "anonymity_set": 1, "pool_looks_whole": True,
            "days_after_first_deposit": 1.0,
        }],
    }  # fmt: skip
    kinds = [kind for kind in (*c.Claim.__subclasses__(), *c.Computed.__subclasses__()) if "type" in vars(kind)]
    some = {W1, W2, W4, W5, W9, W11}
    nodes = [node for node in NODES if node.label != "IngestRun" and (node.label != "Wallet" or node in some)]
    made = []
    for kind in kinds:
        for starts, stops in kind.ends:
            for subject in (node for node in nodes if node.label in starts):
                for object_ in (node for node in nodes if node.label in stops or "*" in stops):
                    for source in {"bureau", "blog"} if subject.label != "Source" else {subject.id}:
                        for more in rest.get(kind, [{}]):
                            made.append(claim(kind, subject, object_, source, method=method, confidence=99, **more))
    return [ghost for ghost in made if ghost.subject != ghost.object]


def haunt(store: Store) -> None:
    """Add every ghost twice: once taken back before BETWEEN, once recorded after everything else."""
    past = ghosts("taken back")
    Loader(store, "run-ghosts", FIRST).claims(past)
    for kind in sorted({ghost.type for ghost in past}):
        retract(store, kind, [ghost.claim_id for ghost in past if ghost.type == kind], GONE)
    Loader(store, "run-later", LATER).claims(ghosts("later"))
