"""Attack Flow files: three real ones of the corpus, and small ones made in their shape."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import ingest_file

FLOWS = ["Mac_Malware_Steals_Crypto", "SWIFT_Heist", "Sony_Malware"]
DRAWN = ("vertical_anchor", "horizontal_anchor", "generic_latch", "generic_handle")


def uuid(key: object) -> str:
    return str(uuid5(NAMESPACE_URL, ascii(key)))


def box(kind: str, key: str, **properties: Any) -> list[dict[str, Any]]:
    """A box with one anchor that has one latch."""
    held = {"id": kind, "instance": uuid(key), "properties": [[k, v] for k, v in properties.items()],
            "anchors": {"0": uuid(f"anchor {key}")}}  # fmt: skip
    latch = uuid(f"latch {key}")
    return [held, {"id": "vertical_anchor", "instance": uuid(f"anchor {key}"), "latches": [latch]},
            {"id": "generic_latch", "instance": latch}]  # fmt: skip


def arrow(start: str, end: str) -> list[dict[str, Any]]:
    ends = {"source": uuid(f"latch {start}"), "target": uuid(f"latch {end}")}
    return [{"id": "dynamic_line", "instance": uuid(start + end), **ends, "handles": []}]


def flow(*parts: list[Any], scope: str = "incident", **more: Any) -> str:
    about = {"name": "A heist", "description": "…", "scope": scope, "author": [["name", "An Author"]], **more}
    head = {"id": "flow", "instance": uuid("flow"), "properties": [[k, v] for k, v in about.items()], "objects": []}
    objects = [head, *(item for part in parts for item in part)]
    return json.dumps(
        {"schema": "attack_flow_v2", "theme": "dark_theme", "objects": objects, "layout": {}, "camera": {}}
    )


def action(key: str, technique: str | None = "T1566.001", **more: Any) -> list[dict[str, Any]]:
    return box("action", key, name=key, technique_id=technique, **more)


@pytest.mark.parametrize("name", FLOWS)
def test_real_flows_are_loaded_whole(store: Store, shared: Path, name: str) -> None:
    """Boxes and arrows, counted in the text; every technique id that an action names is used."""
    path = shared / "attack-flow" / f"{name}.afb.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    objects = len(re.findall(r'"instance":', text))
    drawn = sum(len(re.findall(rf'"id":\s*"{kind}"', text)) for kind in DRAWN)
    lines = len(re.findall(r'"id":\s*"dynamic_line"', text))
    techniques = set(re.findall(r'"technique_id",\s*"(T[0-9.]+)"', text))
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.quarantined) == ("attack-flow", objects - drawn, 0)
    left_out = [int(m[1]) for reason in reasons(report) if (m := re.match(r"left out: (\d+)", reason))]
    assert sum(left_out) == drawn
    assert found(store, "MATCH ()-[r:RELATED {relation: 'then'}]->() RETURN count(r)") == [(lines,)]
    used = found(store, "MATCH ()-[:USES]->(t:Technique) RETURN DISTINCT t.id")
    assert {id_ for (id_,) in used} == {f"mitre:{id_}" for id_ in techniques}
    before = content_hash(store)
    again = ingest_file(store, path)
    assert (again.loaded, again.retracted) == (0, 0)
    assert content_hash(store) == before


def test_people_in_a_flow_are_no_actors(store: Store, shared: Path) -> None:
    """The SWIFT flow draws a bank's manager, among others, as a threat actor."""
    ingest_file(store, shared / "attack-flow" / "SWIFT_Heist.afb.xz")
    assert found(store, "MATCH (n) WHERE n:Person OR n:ActorGroup RETURN count(n)") == [(0,)]
    kept = found(store, "MATCH (n:ForeignObject {type: 'threat_actor'}) RETURN count(n)")
    assert kept == [(3,)]
    assert found(store, "MATCH ()-[r:ATTRIBUTED_TO]->() RETURN count(r)") == [(0,)]
    assert found(store, "MATCH (i:Incident) RETURN i.name") == [("SWIFT Heist",)]


def test_the_order_of_the_actions(store: Store, tmp_path: Path) -> None:
    parts = [action("mail"), action("run", "T1204", confidence="probable"), box("AND_operator", "and", operator="AND"),
             action("steal", None), arrow("mail", "run"), arrow("run", "and"), arrow("and", "steal")]  # fmt: skip
    report = load(store, tmp_path, flow(*parts), "a.afb")
    assert (report.format, report.rows_in, report.loaded) == ("attack-flow", 8, 8)
    path = found(
        store, "MATCH p = (a {name: 'mail'})-[:RELATED*3 {relation: 'then'}]->() RETURN [n IN nodes(p) | n.name]"
    )
    assert path == [(["mail", "run", "AND", "steal"],)]
    used = found(store, "MATCH (i:Incident)-[u:USES]->(t) RETURN i.name, t.id, u.confidence ORDER BY t.id")
    assert used == [("A heist", "mitre:T1204", 70), ("A heist", "mitre:T1566.001", None)]
    source = found(
        store, "MATCH ()-[n:NAMED]->(:Incident) MATCH (s:Source {id: n.source_id}) RETURN s.title, s.publisher"
    )
    assert source == [("A heist", "An Author")]


def older(text: str) -> str:
    """A flow as the builder's second version saved it (the shape of docs/_static/action.afb in the project's
    repository at commit 77a97662): boxes, anchors, lines and their ends point to each other as children."""
    made: list[dict[str, Any]] = []
    for item in json.loads(text)["objects"]:
        kind, one = item["id"], {"id": item["instance"], "x": 1, "y": 2, "attrs": 0, "properties": [], "children": []}
        if kind == "flow":
            one |= {"template": "attack_flow_page", "properties": item["properties"]}
        elif kind == "dynamic_line":
            ends = [uuid((item["instance"], end)) for end in ("source", "target")]
            for template, end in zip(("line_source", "line_target"), ends, strict=True):
                made.append({"id": end, "template": f"@__builtin__{template}", "children": [], "properties": []})
            anchors = {a["id"]: a for a in made if a["template"] == "@__builtin__anchor"}
            for end, latch in zip(ends, (item["source"], item["target"]), strict=True):
                anchors[latch]["children"].append(end)
            one |= {"template": "@__builtin__line_vertical_elbow", "children": ends}
        elif kind == "vertical_anchor":
            one |= {"template": "@__builtin__anchor", "id": item["latches"][0]}
        elif kind == "generic_latch":
            continue
        else:
            one |= {"template": kind, "properties": item["properties"], "children": [made_latch(item)]}
        made.append(one)
    return json.dumps({"version": "2.0.1", "id": uuid("doc"), "schema": {"page_template": "attack_flow_page",
                       "templates": []}, "objects": made, "location": {}})  # fmt: skip


def made_latch(item: dict[str, Any]) -> str:
    return uuid(f"latch {dict(item['properties']).get('name')}")


def test_files_of_older_builders_say_the_same(store: Store, tmp_path: Path) -> None:
    text = flow(action("mail"), action("run", "T1204"), arrow("mail", "run"))
    first = load(store, tmp_path, text, "a.afb")
    before = content_hash(store)
    report = load(store, tmp_path, older(text), "b.afb")
    assert (report.format, report.rows_in, report.duplicates) == ("attack-flow", 4, 4)
    assert first.rows_in == 4
    assert content_hash(store) == before


def test_a_flow_that_is_no_incident_is_a_campaign(store: Store, tmp_path: Path) -> None:
    parts = [box("malware", "m", name="Wiper"), box("infrastructure", "i", name="192.0.2.1:8000"),
             box("infrastructure", "f", name="iissrv.exe"), box("url", "u", value="hxxps://a[.]example/x"),
             box("note", "n", content="Low confidence.")]  # fmt: skip
    references = [["k", [["source_name", "Blog"], ["url", "https://blog.example/p"]]]]
    report = load(store, tmp_path, flow(*parts, scope="malware", external_references=references), "a.afb")
    assert report.loaded == 6
    used = found(store, "MATCH (c:Campaign)-[:USES]->(n) RETURN coalesce(n.name, n.value) AS x ORDER BY x")
    assert used == [("192.0.2.1",), ("Wiper",)]
    assert found(store, "MATCH (d:DomainName) RETURN count(d)") == [(0,)]
    said = found(store, "MATCH ()-[m:MENTIONS]->(n) RETURN m.kind, m.text, n.value ORDER BY m.kind")
    assert said == [("note", "Low confidence.", None), ("observation", None, "https://a.example/x")]
    assert found(store, "MATCH ()-[:DERIVED_FROM]->(s) RETURN s.url") == [("https://blog.example/p",)]


def test_a_later_save_retracts(store: Store, tmp_path: Path) -> None:
    parts = [action(f"a{n}", f"T10{n:02}") for n in range(8)]
    load(store, tmp_path, flow(*parts), "a.afb")
    report = load(store, tmp_path, flow(*parts[1:]), "a.afb")
    assert (report.loaded, report.retracted) == (0, 3)  # the box's name, its technique, and that it is used


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (action("x", "G0032"), "not a technique's id"), (action("x", "T15"), "not a technique's id"),
        ([{"id": "action", "instance": 7, "properties": []}], "no kind, or no id"), ([7], "not an object"),
        (action("x", execution_start="then"), "not a time"), (box("note", "x", content="y" * 11_000), "not a text"),
        (box("url", "x", value="no address"), "not a domain"), (arrow("x", "y"), "joins no two boxes"),
        (box("asset", "x", name="half \ud800"), "surrogate"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, part: list[Any], reason: str) -> None:
    report = load(store, tmp_path, flow(action("ok"), part), "a.afb")
    assert (report.rows_in, report.loaded, report.quarantined) == (3, 2, 1)
    assert reason in reasons(report, "quarantined")[0]


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"schema": "attack_flow_v2", "objects": []}', '{"version": "2.0.1", "objects": [{"id": "flow"}]}',
     flow().replace("attack_flow_v2", "attack_flow_v9"), flow(action("a"))[:-30]],
)  # fmt: skip
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, text, "a.afb", as_format="attack-flow")


def test_hostile_names_are_kept_as_text(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, flow(*(box("asset", text, name=text) for text in HOSTILE)), "a.afb")
    assert {name for (name,) in found(store, "MATCH (n:ForeignObject) RETURN n.name")} == set(HOSTILE)
