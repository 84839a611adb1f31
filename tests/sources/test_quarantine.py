"""Refused rows can be mended in their file and fed back, and then it is as if nothing had been wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, RunReport, ingest_file
from workbench.ingest.lists.graphsense import pack_id

HEADER = "title: Test pack\ncreator: Somebody\nsource: https://example.org/list\nconfidence: forensic\ncurrency: BTC\n"
GOOD = "- {address: 1F1tAaz5x1HUXrCNLbtMDqcw6o5GNn4xqX, label: good}\n"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
MENDED = f"- {{address: {GENESIS}, label: was bad, category: exchange, actor: someone}}\n"
PACK = pack_id("tagpack", "pack", "Somebody", "Test pack")
BAD = MENDED.replace("fNa", "fNb")


def write(folder: Path, tags: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pack.yaml"
    path.write_text(f"{HEADER}tags:\n{tags}", encoding="utf-8")
    return path


def refused(store: Store, folder: Path, tags: str = GOOD + BAD, **options: Any) -> tuple[RunReport, Path]:
    report = ingest_file(store, write(folder, tags), Options(quarantine_folder=folder / "q", **options))
    assert report.quarantine_file is not None
    return report, Path(report.quarantine_file)


def mend(path: Path, old: str = "fNb", new: str = "fNa") -> Path:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return path


def test_mended_rows_make_the_graph_of_a_clean_load(store: Store, tmp_path: Path) -> None:
    ingest_file(store, write(tmp_path / "clean", GOOD + MENDED))
    clean = content_hash(store)
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta DETACH DELETE n")
    first, path = refused(store, tmp_path / "bad")
    assert (first.loaded, first.quarantined) == (1, 1)
    assert content_hash(store) != clean
    second = ingest_file(store, mend(path))
    assert second.format == "quarantine"
    assert (second.rows_in, second.loaded, second.quarantined, second.retracted) == (1, 1, 0, 0)
    assert second.source == PACK
    assert content_hash(store) == clean
    assert ingest_file(store, path).duplicates == 1


def test_it_works_in_an_empty_graph_too(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path)
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta DETACH DELETE n")
    assert ingest_file(store, mend(path)).loaded == 1
    assert store.read("MATCH (s:Source {id: $id}) RETURN s.title, s.publisher", {"id": PACK}).rows == [
        ("Test pack", "Somebody")
    ]


def test_rows_that_are_still_bad_stay_refused_and_can_be_mended_again(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path)
    again = ingest_file(store, path, Options(quarantine_folder=tmp_path / "q2"))
    assert (again.loaded, again.quarantined) == (0, 1)
    third = ingest_file(store, mend(Path(again.quarantine_file or "")))
    assert (third.format, third.loaded) == ("quarantine", 1)


def test_the_broken_edition_read_again_does_not_take_mended_claims_away(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path)
    ingest_file(store, mend(path))
    before = content_hash(store)
    again = ingest_file(store, tmp_path / "pack.yaml", Options(accept_shrink=True))
    assert (again.quarantined, again.retracted) == (1, 0)
    assert content_hash(store) == before


def test_a_sound_edition_that_drops_the_row_retracts_what_was_mended(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path)
    ingest_file(store, mend(path))
    report = ingest_file(store, write(tmp_path, GOOD), Options(accept_shrink=True))
    assert report.retracted == 2  # NAMED and CONTROLS of the mended row
    live = store.read("MATCH ()-[n:NAMED]->() WHERE n.retracted_at IS NULL RETURN n.name").rows
    assert live == [("good",)]


def test_the_marking_survives(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path, tlp="red")
    ingest_file(store, mend(path), Options(tlp="green"))
    assert store.read("MATCH ()-[n:NAMED {name: 'was bad'}]->() RETURN n.tlp").rows == [("red",)]


def test_given_up_rows_may_be_deleted(store: Store, tmp_path: Path) -> None:
    _, path = refused(store, tmp_path)
    path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    report = ingest_file(store, path)
    assert (report.rows_in, report.quarantined) == (0, 0)


@pytest.mark.parametrize(
    "line", ["{broken", "[]", '{"where": "tag 2"}', '{"raw": null}', '{"raw": "text"}', "[" * 50_000]
)
def test_lines_that_were_mended_badly_are_refused_one_by_one(store: Store, tmp_path: Path, line: str) -> None:
    _, path = refused(store, tmp_path)
    mend(path)
    with path.open("a", encoding="utf-8") as handle:
        handle.write(line + "\n\n")
    report = ingest_file(store, path)
    assert (report.rows_in, report.loaded, report.quarantined) == (2, 1, 1)


@pytest.mark.parametrize(
    "head",
    [
        "",
        "{}",
        "[]",
        '{"workbench-quarantine": 99, "format": "tagpack", "header": {}}',
        '{"workbench-quarantine": 1, "format": "nobody", "header": {}}',
        '{"workbench-quarantine": 1, "format": "tagpack"}',
        '{"workbench-quarantine": 1, "format": "tagpack", "header": {}, "tlp": "purple"}',
        '{"workbench-quarantine": 1, "format": "tagpack", "header": {}, "sources": [{"mention": false, "source": 3}]}',
    ],
)
def test_a_broken_first_line_is_refused_whole(store: Store, tmp_path: Path, head: str) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text(head + '\n{"raw": {}}\n', encoding="utf-8")
    with pytest.raises(InputError):
        ingest_file(store, path, Options(as_format="quarantine"))


def test_a_first_line_that_lost_its_header_quarantines_the_rows(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    head = {"workbench-quarantine": 1, "format": "tagpack", "header": {}}
    path.write_text(f'{json.dumps(head)}\n{{"where": "tag 1", "raw": {{"label": "x"}}}}\n', encoding="utf-8")
    assert ingest_file(store, path).quarantined == 1


def test_attack_relationships_can_be_mended(store: Store, shared: Path, tmp_path: Path) -> None:
    original = json.loads((shared / "mitre-attack" / "dprk-subset-v18.1.json").read_text(encoding="utf-8"))
    target = next(o for o in original["objects"] if o["type"] == "tool")
    number = target["external_references"][0]["external_id"]
    kept = [o for o in original["objects"] if o is not target]
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps({**original, "objects": kept}), encoding="utf-8")
    ingest_file(store, shared / "mitre-attack" / "dprk-subset-v18.1.json")
    clean = content_hash(store)
    report = ingest_file(store, path, Options(quarantine_folder=tmp_path / "q"))
    assert report.quarantined > 0
    lines = Path(report.quarantine_file or "").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines[1:]]
    for row in rows:
        row["raw"]["target"] = number
    mended = tmp_path / "mended.jsonl"
    mended.write_text("\n".join([lines[0], *map(json.dumps, rows)]) + "\n", encoding="utf-8")
    again = ingest_file(store, mended)
    assert (again.duplicates, again.quarantined) == (len(rows), 0)
    assert content_hash(store) == clean
