"""Which actor a node is coloured by, and under which name: only what live claims on the map say."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from workbench.views.map_data import ActorClaim, Key
from workbench.views.text import visible

_ACTORS = ("ActorGroup/", "Person/")
_ROLES = frozenset({"thief", "laundering", "published"})
"""Roles in which a wallet is the thief's side of its incident. A victim's wallet is never coloured."""


def actor_claims(edges: list[dict[str, Any]]) -> dict[str, list[ActorClaim]]:
    """Node key → the claims that tie it to actors: its own, and those about the incident it is part of."""
    found: dict[str, set[ActorClaim]] = defaultdict(set)
    for edge in edges:
        if edge["type"] == "ATTRIBUTED_TO":
            found[edge["source"]].add(ActorClaim(edge["target"], edge["confidence"], True))
        elif edge["type"] == "CONTROLS" and edge["source"].startswith(_ACTORS):
            found[edge["target"]].add(ActorClaim(edge["source"], edge["confidence"], True))
        for end in (edge["source"], edge["target"]):
            if end.startswith(_ACTORS):
                found[end].add(ActorClaim(end, 100, True))
    own = {key: set(claims) for key, claims in found.items()}
    for edge in edges:
        if edge["type"] == "INVOLVES" and edge["role"] in _ROLES and edge["target"].startswith("Wallet/"):
            for claim in own.get(edge["source"], ()):
                weaker = [c for c in (claim.confidence, edge["confidence"]) if c is not None]
                found[edge["target"]].add(ActorClaim(claim.actor, min(weaker, default=None), False))
    return {
        key: sorted(claims, key=lambda c: (c.actor, not c.direct, -(c.confidence or 0), c.confidence is None))
        for key, claims in found.items()
    }


def group_names(nodes: dict[Key, dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, str]:
    """Actor's node key → the name in the legend; SAME_AS claims on the map join names (a view, no fact)."""
    parent = {str(key): str(key) for key in nodes if str(key).startswith(_ACTORS)}

    def root(key: str) -> str:
        while parent[key] != key:
            key = parent[key]
        return key

    for edge in edges:
        if edge["type"] == "SAME_AS" and edge["source"] in parent and edge["target"] in parent:
            a, b = sorted((root(edge["source"]), root(edge["target"])))
            parent[b] = a
    members: dict[str, list[str]] = defaultdict(list)
    for key, properties in sorted(nodes.items()):
        if str(key) in parent:
            name = visible(properties.get("name") or key.id, 60)
            whose = properties.get("catalogue") or properties.get("authority") or ""
            members[root(str(key))].append(f"{name} ({visible(whose, 30)})" if whose else name)
    shown = {top: " = ".join(dict.fromkeys(names)) for top, names in members.items()}
    return {key: shown[root(key)] for key in parent}
