"""What a map shows, read from the graph or taken from a trace."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from workbench.errors import ParameterError, UnknownNameError
from workbench.graph.store import Store
from workbench.views import graph_read
from workbench.views.actors import actor_claims, group_names
from workbench.views.graph_read import DEFAULT_THROUGH
from workbench.views.map_data import DEFAULT_LIMIT, EDGE_COLUMNS, NODE_COLUMNS, MapData, frame, node_row
from workbench.views.text import most_restricted
from workbench.views.trace_data import TraceLike, from_trace

_DETAILS = 12


def neighbourhood(
    store: Store,
    ids: Sequence[str],
    *,
    hops: int = 2,
    limit: int = DEFAULT_LIMIT,
    through: Collection[str] = DEFAULT_THROUGH,
) -> MapData:
    """Ledger facts and live claims within `hops` edges of some wallets, incidents, groups or other nodes.

    `limit` is the number of nodes at most: nearer ones first, then those with more claims, more dollars,
    more edges, smaller ids. The walk goes *through* nodes of the kinds in `through` only, and from a
    service's wallet to the service only: what meets at an exchange, in a technique or in a group need have
    nothing else in common. Sources are no nodes here; who says what stands on the edges and in the details.

    Raises UnknownNameError for an id that no node has, ParameterError for numbers below their minimum.
    """
    if hops < 0 or limit < 1 or not ids:
        raise ParameterError("a map needs at least one id, hops of 0 or more and a limit of 1 or more")
    seeds = graph_read.find(store, ids)
    missing = [wanted for wanted in ids if wanted not in {key.id for key in seeds}]
    if missing:
        raise UnknownNameError("node", missing[0], graph_read.names(store))
    walk = graph_read.walk(store, seeds, hops, limit, frozenset(through))
    nodes = graph_read.nodes(store, walk.keys)
    edges = graph_read.edges(store, walk.keys)
    said = graph_read.details(store, walk.keys)
    actors = actor_claims(edges)
    rows = []
    for key in sorted(nodes):
        lines = [detail.text for detail in said.get(key, ())]
        if len(lines) > _DETAILS:
            lines[_DETAILS:] = [f"and {len(lines) - _DETAILS} more statements"]
        rows.append(
            node_row(
                key, nodes[key], actors=actors.get(str(key), ()), details=lines, seed=key in seeds,
                tlp=most_restricted(detail.tlp for detail in said.get(key, ())),
            )
        )  # fmt: skip
    notes = [
        *walk.notes,
        "Sources are not drawn as nodes: who says what stands on each line and in each node's details.",
        "Transfers of one asset between the same two wallets are one line.",
    ]
    return MapData(
        frame(rows, NODE_COLUMNS), frame(edges, EDGE_COLUMNS), walk.left_out, tuple(notes), group_names(nodes, edges)
    )


__all__ = ["MapData", "TraceLike", "from_trace", "neighbourhood"]
