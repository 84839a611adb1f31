"""The cluster map: one HTML page that needs nothing but a browser, made with pyvis.

pyvis holds nodes and edges and brings vis-network; the page is our own template, because pyvis's loads
Bootstrap from elsewhere. The page's Content-Security-Policy lets only the scripts run that are in it when it is
written (by their SHA-256), and opens no connection, so that a hostile name stays a name.
"""

from __future__ import annotations

import base64
import hashlib
import math
from collections import Counter
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError
from workbench.views import palette
from workbench.views.layout import positions
from workbench.views.map_data import ActorClaim, MapData, records
from workbench.views.text import dollars, moment, script_json, visible

if TYPE_CHECKING:
    from pyvis.network import Network

_VIS = "lib/vis-9.1.2/vis-network.min.js"


def draw(data: MapData, path: str | Path, *, title: str) -> Path:
    """Write the map as one page that works offline, and return its path.

    The same data gives the same bytes. Takes about 2 s for 2,000 nodes (the places of the nodes).
    """
    target = Path(path)
    target.write_text(page(data, title=title), encoding="utf-8", newline="\n")
    return target


def page(data: MapData, *, title: str) -> str:
    """The page's HTML."""
    from jinja2 import Environment, StrictUndefined

    net = network(data)
    groups = _groups(data)
    scripts = {"vis": _library(), "map": _own("map.js")}
    css = _own("map.css")
    payload = {
        "nodes": net.nodes, "edges": net.edges, "groups": groups, "none": palette.NO_ACTOR, "rivals": palette.RIVALS,
    }  # fmt: skip
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(visible=visible)
    return environment.from_string(_own("map.html.j2")).render(
        title=visible(title, 200),
        tlp=data.tlp.upper(),
        left_out=data.left_out,
        notes=data.notes,
        kinds=_kinds(data),
        groups=groups,
        nodes=_node_table(net, groups),
        edges=_edge_table(net),
        ledger=any(edge["wb"]["ledger"] for edge in net.edges),
        css=css,
        scripts=scripts,
        script_hashes=[_hash(text) for text in scripts.values()],
        style_hash=_hash(css),
        data=script_json(payload),
    )


def network(data: MapData) -> Network:
    """The map as a pyvis Network: shapes, colours, places and, under `wb`, what the page says of each item."""
    from pyvis.network import Network

    net = Network(directed=True, cdn_resources="in_line")
    number = {key: i for i, key in enumerate(data.nodes["key"])}
    edges = records(data.edges)
    sizes = [round(palette.style(kind)[2] * (1.5 if seed else 1)) for kind, seed in
             zip(data.nodes["kind"], data.nodes["seed"], strict=True)]  # fmt: skip
    places = positions(len(number), [(number[e["source"]], number[e["target"]]) for e in edges], sizes)
    group = {name: i for i, name in enumerate(_ranked(data))}
    for (x, y), size, row in zip(places, sizes, records(data.nodes), strict=True):
        shape, colour, _, words = palette.style(row["kind"])
        net.add_node(
            number[row["key"]],
            label=" ",
            shape=shape,
            color=colour,
            size=size,
            x=x,
            y=y,
            wb={
                "name": visible(row["label"], 80), "id": visible(row["id"]), "kind": visible(row["kind"], 40),
                "words": words, "seed": bool(row["seed"]), "color": colour,
                "lines": [visible(line) for line in row["details"]],
                "actors": _actors(row["actors"], data.groups, group),
            },
        )  # fmt: skip
    seen: Counter[tuple[int, int]] = Counter()
    for i, row in enumerate(edges):
        start, end = number[row["source"]], number[row["target"]]
        pair = (min(start, end), max(start, end))
        net.add_edge(start, end, id=f"e{i}", **_edge(row, seen[pair], flip=start > end))
        seen[pair] += 1
    return net


def _edge(row: dict[str, Any], nth: int, *, flip: bool) -> dict[str, Any]:
    """Options of one edge. Rivals between the same two nodes are bent apart, so that each can be pointed at."""
    ledger = row["tier"] == "ledger"
    firm = ledger or (row["confidence"] is not None and row["confidence"] >= 50)
    options: dict[str, Any] = {
        "width": _width(row["usd"]) if ledger else 2.0,
        "color": "#5d86a8" if ledger else "#a08d78",
        "wb": {
            "type": visible(row["type"], 40), "ledger": ledger, "confidence": row["confidence"],
            "facts": _facts(row), "source": visible(row["source_id"] or "–", 120),
        },
    }  # fmt: skip
    if not firm:
        options["dashes"] = [5, 5]
    if nth:
        bend = "curvedCW" if (nth % 2 == 1) != flip else "curvedCCW"
        options["smooth"] = {"enabled": True, "type": bend, "roundness": round(0.12 * ((nth + 1) // 2), 2)}
    return options


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    """What the tooltip, the panel and the table say of an edge, in this order."""
    confidence = "a ledger fact" if row["tier"] == "ledger" else "not stated"
    if row["confidence"] is not None:
        confidence = f"{row['confidence']} of 100"
    facts = [("Source", visible(row["source_id"] or "not stated", 120)), ("Confidence", confidence)]
    if row["amount"] is not None:
        count = f" in {row['count']:,} transfers" if row["count"] > 1 else ""
        facts.append(("Amount", visible(row["amount"], 120) + count))
    if row["usd"] is not None:
        facts.append(("In US dollars then", dollars(row["usd"])))
    if row["taint"]:
        facts.append(("Taint", visible(row["taint"])))
    if row["role"]:
        facts.append(("Role", visible(row["role"], 40)))
    times = [moment(row[name]) for name in ("time", "until") if row[name] is not None]
    if times:
        facts.append(("Time", " to ".join(dict.fromkeys(times))))
    if row["tlp"] not in (None, "clear"):
        facts.append(("Marking", f"TLP:{visible(row['tlp'], 20).upper()}"))
    if row["evidence"]:
        facts.append(("Evidence", visible(row["evidence"])))
    return facts


def _width(usd: float | None) -> float:
    return 1.2 if not usd or usd < 1_000 else round(min(4.5, (math.log10(usd) - 1) / 1.4), 1)


def _actors(
    claims: list[ActorClaim], names: dict[str, str], group: dict[str, int]
) -> list[tuple[int, int | None, bool]]:
    """Claims as (group's number, confidence, direct), joined as the legend joins them."""
    return [(group[names.get(c.actor, c.actor)], c.confidence, c.direct) for c in claims]


def _ranked(data: MapData) -> dict[str, int]:
    """Groups as the legend joins them, with their numbers of nodes, those with most nodes first."""
    counted: Counter[str] = Counter()
    for claims in data.nodes["actors"]:
        counted.update({data.groups.get(c.actor, c.actor) for c in claims})
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def _groups(data: MapData) -> list[dict[str, Any]]:
    """Legend entries; the last colour serves all that come after it, and long names are cut."""
    ranked = _ranked(data)
    colours = [*palette.ACTORS, *("#777777" for _ in ranked)]
    return [
        {"name": visible(name, 120), "count": count, "color": colours[i]}
        for i, (name, count) in enumerate(ranked.items())
    ]


def _kinds(data: MapData) -> list[dict[str, Any]]:
    counted = Counter(data.nodes["kind"])
    order = [*palette.KINDS, *sorted(set(counted) - set(palette.KINDS))]
    return [
        {"kind": visible(kind, 40), "count": counted[kind], "words": style[3], "color": style[1],
         "points": palette.points(style[0])}
        for kind in order if counted[kind] for style in [palette.style(kind)]
    ]  # fmt: skip


def _node_table(net: Network, groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for node in net.nodes:
        said = dict.fromkeys(
            groups[g]["name"] + ("" if direct else " (through its incident)") for g, _, direct in node["wb"]["actors"]
        )
        rows.append({"number": node["id"], **node["wb"], "actors": ", ".join(said)})
    return rows


def _edge_table(net: Network) -> list[dict[str, Any]]:
    names = {node["id"]: node["wb"]["name"] for node in net.nodes}
    return [
        {"id": e["id"], "start": names[e["from"]], "end": names[e["to"]], **e["wb"], "facts": dict(e["wb"]["facts"])}
        for e in net.edges
    ]


@cache
def _own(name: str) -> str:
    return (files("workbench.views") / "page" / name).read_text(encoding="utf-8").replace("\r\n", "\n")


@cache
def _library() -> str:
    """vis-network as pyvis brings it, with its licence notice."""
    place = files("pyvis") / _VIS
    if not place.is_file():
        raise InputError("this pyvis does not bring vis-network 9.1.2", hint="pip install 'pyvis>=0.3.2,<0.4'")
    text = place.read_text(encoding="utf-8").replace("\r\n", "\n")
    if "</script" in text.lower():
        raise InputError("vis-network cannot be put inside a page: it holds the end of a script element")
    return text.partition("//# sourceMappingURL=")[0]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
