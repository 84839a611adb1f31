"""Invented maps for tests of the page: hostile names, rival claims, and as many nodes as wanted."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from workbench.views.actors import actor_claims, group_names
from workbench.views.map_data import (
    EDGE_COLUMNS,
    NODE_COLUMNS,
    Key,
    MapData,
    claim_row,
    frame,
    node_row,
    transfers_row,
)

HOSTILE = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "javascript:window.pwned=1",
    "before\u2028window.pwned=1\u2029after",
    "invoice\u202egnp.exe",
    "'; window.pwned=1; //",
    "{{ 7*7 }} ${window.pwned=1} {% raw %}",
    "<!--<script>",
    "\x00\x07\x1b[31mred",
    "z" + "\u0301" * 500,
    "A" * 5_000,
)
START = datetime(2023, 6, 2, 21, 49, 23, tzinfo=UTC)


def case(count: int, *, seed: int = 1, left_out: int = 0) -> MapData:
    """A map of `count` nodes: a theft, groups with rival claims, services, techniques, wallets with transfers."""
    chance = random.Random(seed)
    nodes: dict[Key, dict[str, Any]] = {}
    edges: list[dict[str, Any]] = []

    def add(kind: str, id_: str, **properties: Any) -> Key:
        nodes[Key(kind, id_)] = properties
        return Key(kind, id_)

    def claim(start: Key, end: Key, type_: str, **said: Any) -> None:
        made = {
            "claim_id": f"{len(edges):032x}", "source_id": chance.choice(["bureau", "blog", "acme"]), "tlp": "clear",
            "confidence": chance.choice([None, 20, 50, 70, 90]), "tier": "intelligence",
            "evidence": "https://bureau.example.org/statement", **said,
        }  # fmt: skip
        edges.append(claim_row(start, end, type_, made))

    heron = add("ActorGroup", "atlas:G1", name="Quiet Heron", catalogue="atlas")
    same = add("ActorGroup", "beta:heron", name="Heron", catalogue="beta")
    fox = add("ActorGroup", "atlas:G2", name="Copper Fox", catalogue="atlas")
    theft = add("Incident", "mosaic-wallet-2023", name="Mosaic Wallet")
    other = add("Incident", "hostile-2024", name=HOSTILE[1])
    services = [add("Service", name, name=name.title()) for name in ("harbor", "tumbler", "quay-bridge")]
    techniques = [add("Technique", f"atlas:T{i}", name=HOSTILE[i]) for i in range(8)]
    claim(same, heron, "SAME_AS", confidence=80)
    claim(theft, heron, "ATTRIBUTED_TO", confidence=85)
    claim(theft, same, "ATTRIBUTED_TO", confidence=60)
    claim(other, fox, "ATTRIBUTED_TO", confidence=20)
    claim(other, heron, "ATTRIBUTED_TO", confidence=90)
    for technique in techniques:
        claim(chance.choice([heron, fox]), technique, "USES")
    wallets: list[Key] = []
    for i in range(count - len(nodes)):
        name = HOSTILE[i] if i < len(HOSTILE) else f"0x{chance.getrandbits(160):040x}"
        wallet = add("Wallet", f"eip155:1:{name}", address=name)
        if i < 24:
            claim((theft, other)[i % 2], wallet, "INVOLVES", role="victim" if i == 23 else "thief")
        else:
            near = chance.randrange(max(0, i - 60), i) if chance.random() < 0.55 else chance.randrange(24)
            moved = chance.choice([1, 1, 1, 2, 5])
            amounts = [chance.randrange(10**16, 10**22) for _ in range(moved)]
            edges.append(
                transfers_row(
                    wallets[near], wallet, "eip155:1/slip44:native",
                    ids=[f"eip155:1/tx:{chance.getrandbits(256):064x}/tx" for _ in amounts],
                    amounts=[str(amount) for amount in amounts], usd=[amount / 1e18 * 1_800 for amount in amounts],
                    times=[START + timedelta(hours=i + n) for n in range(moved)], source_id="mosaic-ledger",
                )
            )  # fmt: skip
        if i % 9 == 8:
            claim(wallet, chance.choice([heron, fox]), "ATTRIBUTED_TO")
        if i % 11 == 10:
            claim(chance.choice(services), wallet, "CONTROLS", role="deposit")
        wallets.append(wallet)
    actors = actor_claims(edges)
    rows = [
        node_row(
            key, properties, actors=actors.get(str(key), ()), seed=key == theft,
            details=[f"name “{HOSTILE[0]}” — blog"] if key.kind == "Technique" else [],
        )
        for key, properties in sorted(nodes.items())
    ]  # fmt: skip
    notes = ("A made-up case.",)
    if left_out:
        notes = (f"{left_out:,} nodes 2 steps away were left out: a map shows {count:,} nodes at most.", *notes)
    return MapData(frame(rows, NODE_COLUMNS), frame(edges, EDGE_COLUMNS), left_out, notes, group_names(nodes, edges))
