"""The ActorPack: who the actors of tags are, and no verdict of our own."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import pytest

from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file
from workbench.ingest.sources.actorpack import ActorPack

HEADER = "title: Actors\ncreator: Somebody\nlastmod: '2023-02-17'\nactors:\n"


def pack(folder: Path, actors: str, header: str = HEADER) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "test.actorpack.yaml"
    path.write_text(header + actors, encoding="utf-8")
    return path


def test_the_real_actorpack(store: Store, shared: Path) -> None:
    path = shared / "graphsense-tagpacks" / "graphsense.actorpack.yaml.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    actors = len(re.findall(r"^- id:", text, re.MULTILINE))
    without = len(re.findall(r"^  categories: \[\]", text, re.MULTILINE))
    report = ingest_file(store, path)
    assert report.format == "actorpack"
    assert (report.rows_in, report.quarantined) == (actors, without) == (3813, 447)
    assert report.loaded == actors - without
    groups = store.read("MATCH (g:ActorGroup) RETURN g.id ORDER BY g.id").rows
    assert ("graphsense:lazarusgroup",) in groups
    assert {id_ for (id_,) in groups}.isdisjoint(
        {"graphsense:binance", "graphsense:blenderio", "graphsense:hydramarket"}
    )
    assert store.read("MATCH (s:Service {id: 'blenderio'}) RETURN s.name, s.concept").rows == [
        ("blender.io", "mixing_service")
    ]
    assert store.read("MATCH (s:Service {id: 'tornado'})<-[n:NAMED {kind: 'alias'}]-() RETURN n.name").rows == [
        ("tornadocash",)
    ]
    before = content_hash(store)
    assert ingest_file(store, path).loaded == 0
    assert content_hash(store) == before


@pytest.mark.parametrize(
    ("actor", "reason"),
    [
        ("- {id: a, label: A, uri: u, categories: []}", "categories are missing"),
        ("- {id: a, label: A, uri: u, categories: [made_up]}", "does not tell"),
        ("- {id: a, label: A, uri: u, categories: [organization, ransomware]}", "does not tell"),
        ("- {id: a, uri: u, categories: [exchange]}", "label is missing"),
        ("- {id: '...', label: A, uri: u, categories: [exchange]}", "no letters"),
        ("- {id: a, label: A, uri: u, categories: {x: y}}", "not a list"),
        ("- {id: a, id: b, label: A, uri: u, categories: [exchange]}", "given twice"),
        ("- [a, b]", "not a mapping"),
    ],
)
def test_bad_actors_are_quarantined(store: Store, tmp_path: Path, actor: str, reason: str) -> None:
    report = ingest_file(store, pack(tmp_path, f"{actor}\n- {{id: ok, label: OK, uri: u, categories: [exchange]}}\n"))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert any(reason in issue.reason for issue in report.issues)


def test_context_is_a_mapping_or_json_text(store: Store, tmp_path: Path) -> None:
    actors = (
        "- {id: a, label: A, uri: u, categories: [exchange], context: {aliases: [A1], legal_name: A Ltd}}\n"
        '- {id: b, label: B, uri: u, categories: [exchange], context: \'{"aliases": ["B1"]}\'}\n'
        "- {id: c, label: C, uri: u, categories: [exchange], context: '{broken', whatever: 1}\n"
    )
    report = ingest_file(store, pack(tmp_path, actors))
    assert report.loaded == 3
    assert sorted((issue.field, issue.action) for issue in report.issues) == [
        ("context", "dropped"),
        ("whatever", "warned"),
    ]
    aliases = store.read("MATCH ()-[n:NAMED {kind: 'alias'}]->(s) RETURN s.id, n.name ORDER BY n.name").rows
    assert aliases == [("a", "A Ltd"), ("a", "A1"), ("b", "B1")]


def test_what_is_known_and_left_out_is_silent_and_what_is_not_is_told_once(store: Store, tmp_path: Path) -> None:
    actor = "- {{id: {0}, label: {0}, uri: u, categories: [exchange], jurisdictions: [VC], "
    actor += "context: {{images: [x], odd: 1}}}}\n"
    report = ingest_file(store, pack(tmp_path, actor.format("aa") + actor.format("bb")))
    assert [(issue.field, issue.where) for issue in report.issues] == [("context.odd", "actor 1, line 5")]
    assert store.read("MATCH (r:IngestRun) RETURN r.edition").rows == [("2023-02-17",)]


def test_every_field_of_the_real_pack_is_read_or_left_out_with_a_reason(store: Store, shared: Path) -> None:
    """The fields are those of the text, by their indentation (regular expression)."""
    path = shared / "graphsense-tagpacks" / "graphsense.actorpack.yaml.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    used = set(re.findall(r"^(?:- |  )([a-z_]+):", text, re.MULTILINE)) - {"context"}
    used |= {f"context.{name}" for name in re.findall(r"^    ([a-z_]+):", text, re.MULTILINE)} - {"context.aliases"}
    assert used - ActorPack.reads.keys() - ActorPack.ignores.keys() == set()
    fields = {issue.field for issue in ingest_file(store, path).issues if issue.action != "quarantined"}
    assert fields <= {"categories", None}


def test_an_alias_that_is_dropped_is_retracted(store: Store, tmp_path: Path) -> None:
    actor = "- {{id: a, label: A, uri: u, categories: [exchange, gambling], aliases: [{}]}}\n"
    ingest_file(store, pack(tmp_path / "1", actor.format("old, new")))
    report = ingest_file(store, pack(tmp_path / "2", actor.format("new")))
    assert report.retracted == 1
    told = store.read("MATCH ()-[n:NAMED {kind: 'alias'}]->() RETURN n.name, n.retracted_at IS NULL ORDER BY n.name")
    assert told.rows == [("new", True), ("old", False)]


@pytest.mark.parametrize(
    "text", ["", "actors: 1\n", "actors:\n", HEADER, "title: [a]\nactors: [b]\n", HEADER.replace("2023", "soon")]
)
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        ingest_file(store, path, Options(as_format="actorpack"))
