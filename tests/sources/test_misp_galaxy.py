"""MISP galaxies: the real ones, and small ones made from the published format for `threat-actor`."""

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
from workbench.ingest.sources.misp_galaxy import LIKELIHOOD


def uuid(key: object) -> str:
    return str(uuid5(NAMESPACE_URL, ascii(key)))


def value(name: Any, related: Any = (), **more: Any) -> dict[str, Any]:
    return {"value": name, "uuid": uuid(name), "description": "…", "related": list(related), **more}


def related(name: str, type_: str = "similar", *tags: str) -> dict[str, Any]:
    return {"dest-uuid": uuid(name), "type": type_, "tags": list(tags)}


def galaxy(*values: Any, type_: str = "threat-actor", version: Any = 7) -> str:
    head = {"authors": ["A"], "category": "actor", "name": "Threat Actor", "type": type_, "uuid": uuid(type_)}
    return json.dumps({**head, "version": version, "values": list(values)})


def test_mitres_groups_as_misp_sees_them(store: Store, shared: Path) -> None:
    """Counted in the text: entries, ATT&CK ids, relations of each kind; `similar` ends are in another galaxy."""
    path = shared / "misp" / "galaxy" / "mitre-intrusion-set.json.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    count = {word: len(re.findall(rf'"type":\s*"{word}"', text)) for word in ("similar", "uses", "revoked-by")}
    ids = set(re.findall(r'"external_id":\s*"(G\d{4})"', text))
    entries = len(re.findall(r'"external_id"', text))
    report = ingest_file(store, path)
    assert report.rows_in == entries + count["similar"] + count["revoked-by"]
    assert (report.format, report.quarantined) == ("misp-galaxy", count["similar"])
    assert f"left out: {count['uses']} relations `uses` to entries of other galaxies" in reasons(report)
    same = found(store, "MATCH (a {catalogue: 'misp'})-[:SAME_AS]->(b {catalogue: 'mitre'}) RETURN DISTINCT b.id")
    assert {id_ for (id_,) in same} == {f"mitre:{id_}" for id_ in ids}
    assert found(store, "MATCH ()-[r:SUPERSEDED_BY]->() RETURN count(r)") == [(count["revoked-by"],)]
    revoked = found(store, "MATCH (g:ActorGroup {status: 'revoked'}) RETURN count(g)")
    assert revoked == [(len(re.findall(r'"revoked":\s*true', text)),)]
    lazarus = found(
        store, "MATCH ()-[n:NAMED {kind: 'alias'}]->({name: 'Lazarus Group - G0032'}) RETURN collect(n.name)"
    )
    assert {"HIDDEN COBRA", "Guardians of Peace", "ZINC"} <= set(lazarus[0][0])
    before = content_hash(store)
    again = ingest_file(store, path)
    assert (again.loaded, again.retracted) == (0, 0)
    assert content_hash(store) == before


@pytest.mark.parametrize(("name", "label"), [("country", "ForeignObject"), ("cryptominers", "Malware")])
def test_other_galaxies_are_kept(store: Store, shared: Path, name: str, label: str) -> None:
    path = shared / "misp" / "galaxy" / f"{name}.json.xz"
    entries = len(re.findall(r'"value":', lzma.decompress(path.read_bytes()).decode()))
    report = ingest_file(store, path)
    assert (report.rows_in, report.loaded, report.quarantined) == (entries, entries, 0)
    assert found(store, f"MATCH (n:{label}) RETURN count(n)") == [(entries,)]
    assert ingest_file(store, path).duplicates == entries


def test_likelihoods_are_those_of_the_taxonomy(shared: Path) -> None:
    taxonomy = json.loads((shared / "misp" / "taxonomies" / "estimative-language.json").read_text("utf-8"))
    words = taxonomy["values"][0]
    assert words["predicate"] == "likelihood-probability"
    assert {entry["value"]: entry["numerical_value"] for entry in words["entry"]} == LIKELIHOOD


def test_trap_10_who_is_the_same_as_whom_is_a_claim(store: Store, tmp_path: Path) -> None:
    tag = 'estimative-language:likelihood-probability="likely"'
    one = value("Lazarus", [related("APT38", "similar", tag)], meta={"synonyms": ["Bluenoroff", "G0032", "Lazarus"]})
    two = value("APT38", meta={"synonyms": ["Bluenoroff"], "country": "KP", "cfr-suspected-victims": ["X", "Y"]})
    report = load(store, tmp_path, galaxy(one, two), "a.json")
    assert (report.rows_in, report.loaded) == (3, 3)
    same = found(store, "MATCH (a)-[s:SAME_AS]->(b) RETURN a.name, b.id, s.confidence ORDER BY b.id")
    assert same == [("Lazarus", f"misp:{uuid('APT38')}", 55), ("Lazarus", "mitre:G0032", None)]
    named = found(store, "MATCH (s)-[:NAMED {name: 'Bluenoroff'}]->(g) RETURN s.id, g.name ORDER BY g.name")
    assert named == [("misp-threat-actor", "APT38"), ("misp-threat-actor", "Lazarus")]
    notes = found(store, "MATCH ()-[m:MENTIONS {kind: 'note'}]->(g) RETURN g.name, m.text")
    assert notes == [("APT38", "cfr-suspected-victims: X, Y\ncountry: KP")]
    assert found(store, "MATCH ()-[r:ATTRIBUTED_TO|TARGETS]->() RETURN count(r)") == [(0,)]


def test_relations_to_another_galaxy_wait_for_it(store: Store, tmp_path: Path) -> None:
    one = value("A", [related("B"), related("T", "uses")])
    first = load(store, tmp_path, galaxy(one), "a.json")
    assert (first.loaded, first.quarantined) == (1, 1)
    load(store, tmp_path, galaxy(value("B"), type_="microsoft-activity-group"), "b.json")
    assert load(store, tmp_path, galaxy(one), "a.json").loaded == 1
    assert found(store, "MATCH (a)-[:SAME_AS]->(b) RETURN a.name, b.name") == [("A", "B")]


def test_the_pages_it_cites(store: Store, tmp_path: Path) -> None:
    """Trap 11: a catalogue and the report it copies are one piece of news."""
    report = load(store, tmp_path, galaxy(value("A", meta={"refs": ["https://b.example/x", "no address"]})), "a.json")
    assert found(store, "MATCH (:Source {id: 'misp-threat-actor'})-[:DERIVED_FROM]->(s) RETURN s.url") == [
        ("https://b.example/x",)
    ]
    assert reasons(report, "dropped") == ["not a web address"]


def test_a_later_version_retracts(store: Store, tmp_path: Path) -> None:
    names = ["b", "c", "d", "e"]
    load(store, tmp_path, galaxy(value("A", meta={"synonyms": names})), "a.json")
    report = load(store, tmp_path, galaxy(value("A", meta={"synonyms": names[1:]}), version=8), "a.json")
    assert (report.loaded, report.retracted) == (0, 1)
    assert load(store, tmp_path, galaxy(value("A"), version=6), "a.json").retracted == 0


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("text", "not a mapping"), ({"value": "x"}, "uuid is missing"), (value("x", uuid="7"), "not a UUID"),
        (value(7), "not a text"), (value("x", meta=[1]), "not an object"), (value("x", description=3), "not a text"),
        (value("x", meta={"synonyms": [{}]}), "not a list"), (value("x", revoked="perhaps"), "neither true nor false"),
        (value("half \ud800"), "surrogate"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, broken: Any, reason: str) -> None:
    report = load(store, tmp_path, galaxy(value("A"), broken), "a.json", as_format="misp-galaxy")
    assert (report.loaded, report.quarantined) == (1, 1)
    assert reason in reasons(report, "quarantined")[0]


@pytest.mark.parametrize(
    ("relation", "reason"),
    [({"type": "similar"}, "dest-uuid is missing"), ("x", "not a mapping"),
     ({"dest-uuid": uuid("A")}, "type is missing"),
     (related("A", "similar", 'estimative-language:likelihood-probability="maybe"'), "estimative language")],
)  # fmt: skip
def test_a_relation_that_makes_no_sense_costs_itself(
    store: Store, tmp_path: Path, relation: Any, reason: str
) -> None:  # fmt: skip
    report = load(store, tmp_path, galaxy(value("A"), value("B", [relation])), "a.json")
    assert (report.loaded, report.quarantined) == (2, 1)
    assert reason in reasons(report, "quarantined")[0]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"type": "x y", "values": [1]}', '{"type": "tool", "values": 3}', galaxy()]
)
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, text, "a.json", as_format="misp-galaxy")


def test_hostile_names_are_kept_as_text(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, galaxy(*(value(text) for text in HOSTILE)), "a.json")
    assert {name for (name,) in found(store, "MATCH (g:ActorGroup) RETURN g.name")} == set(HOSTILE)
