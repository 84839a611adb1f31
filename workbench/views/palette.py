"""Shapes and colours of a map, chosen to stay apart for colour-blind readers and on paper.

Colours of actors: Paul Tol's "muted" scheme (technical note SRON/EPS/TN/09-002); a shape tells the
kind, so that nothing depends on colour alone.
"""

from __future__ import annotations

KINDS: dict[str, tuple[str, str, int, str]] = {
    # kind: shape (as vis-network has them), colour, size, words in the legend
    "ActorGroup": ("hexagon", "#7a2e52", 32, "Actor group"),
    "Person": ("hexagon", "#b0567f", 18, "Person designated by an authority"),
    "Incident": ("diamond", "#b4532a", 28, "Incident"),
    "Service": ("square", "#2f6b4f", 20, "Service"),
    "Wallet": ("dot", "#4a7fa5", 11, "Wallet"),
    "Transaction": ("dot", "#9db7c9", 5, "Transaction"),
    "Cluster": ("triangleDown", "#5b7f95", 14, "Cluster of wallets"),
    "Malware": ("star", "#6b5b95", 19, "Malware or tool"),
    "Technique": ("triangle", "#8a7a3a", 14, "Technique"),
    "Campaign": ("diamond", "#8f6d4f", 15, "Campaign"),
    "Lure": ("star", "#a58a5a", 11, "Lure"),
    "Infrastructure": ("triangleDown", "#6f7f86", 11, "Infrastructure"),
}
OTHER = ("dot", "#8b949b", 8, "Other")

ACTORS = ("#cc6677", "#332288", "#ddaa33", "#117733", "#88ccee", "#882255", "#44aa99", "#999933", "#aa4499")
NO_ACTOR = "#b9c2c9"
RIVALS = "#3b4248"
"""For a node that different actors are named for."""

_POINTS = {
    "hexagon": "8,1 14.5,4.5 14.5,11.5 8,15 1.5,11.5 1.5,4.5",
    "diamond": "8,0.5 15.5,8 8,15.5 0.5,8",
    "square": "2,2 14,2 14,14 2,14",
    "triangle": "8,1.5 15,14 1,14",
    "triangleDown": "8,14.5 15,2 1,2",
    "star": "8,0.8 10.2,5.6 15.4,6.1 11.5,9.6 12.6,14.8 8,12.1 3.4,14.8 4.5,9.6 0.6,6.1 5.8,5.6",
}


def style(kind: str) -> tuple[str, str, int, str]:
    """Shape, colour, size and words of a kind."""
    return KINDS.get(kind, OTHER)


def points(shape: str) -> str | None:
    """Corners of a shape in a 16 × 16 box, for the legend; None for a circle."""
    return _POINTS.get(shape)
