"""MITRE ATT&CK bundles: what MITRE published is what is loaded, and revoked entries are never live."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file

ENTERPRISE = "enterprise-attack-v18.1-reassembled.json.xz"


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (lzma.decompress(data) if path.suffix == ".xz" else data).decode()


def stix_id(kind: str, name: str) -> str:
    return f"{kind}--{uuid5(NAMESPACE_URL, name)}"


def entry(kind: str, attack_id: str, name: str, **more: Any) -> dict[str, Any]:
    reference = {
        "source_name": "mitre-attack",
        "external_id": attack_id,
        "url": f"https://attack.mitre.org/x/{attack_id}",
    }
    return {"type": kind, "id": stix_id(kind, attack_id), "name": name, "external_references": [reference], **more}


def relation(kind: str, start: dict[str, Any], end: dict[str, Any], **more: Any) -> dict[str, Any]:
    id_ = stix_id("relationship", kind + start["id"] + end["id"])
    ends = {"source_ref": start["id"], "target_ref": end["id"]}
    return {"type": "relationship", "id": id_, "relationship_type": kind, **ends, **more}


MATRIX = {"type": "x-mitre-matrix", "id": stix_id("x-mitre-matrix", "m"), "name": "Enterprise ATT&CK",
          "external_references": [{"source_name": "mitre-attack", "external_id": "enterprise-attack"}]}  # fmt: skip
GROUP = entry(
    "intrusion-set",
    "G0032",
    "Lazarus Group",
    aliases=["Lazarus Group", "HIDDEN COBRA"],
    modified="2025-01-01T00:00:00Z",
)
TOOL = entry("tool", "S0002", "Mimikatz")
TECHNIQUE = entry("attack-pattern", "T1566.002", "Spearphishing Link",
                  kill_chain_phases=[{"kill_chain_name": "mitre-attack", "phase_name": "initial-access"}])  # fmt: skip
PARENT = entry("attack-pattern", "T1566", "Phishing")
CAMPAIGN = entry("campaign", "C0022", "Operation Dream Job", first_seen="2019-09-01T04:00:00.000Z")


def bundle(folder: Path, *objects: dict[str, Any], matrix: bool = True, name: str = "bundle.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    everything = [*objects, *([MATRIX] if matrix else [])]
    path.write_text(
        json.dumps({"type": "bundle", "id": "bundle--1", "spec_version": "2.0", "objects": everything}), "utf-8"
    )
    return path


def count(text: str, key: str, value: str) -> int:
    return len(re.findall(rf'"{key}":\s*"{value}"', text))


def test_enterprise_is_what_mitre_published(store: Store, shared: Path) -> None:
    """ATT&CK v18: 216 techniques, 475 sub-techniques, 172 groups, 784 software, 52 campaigns in Enterprise
    (attack.mitre.org/resources/versions), and relationships counted in the text."""
    path = shared / "mitre-attack" / ENTERPRISE
    report = ingest_file(store, path)
    assert (report.format, report.quarantined, report.duplicates) == ("attack-stix", 0, 0)
    live = {
        label: store.read(f"MATCH (n:{label} {{status: 'live'}}) RETURN count(n)").rows[0][0]
        for label in ("Technique", "ActorGroup", "Malware", "Campaign")
    }
    assert live == {"Technique": 216 + 475, "ActorGroup": 172, "Malware": 784, "Campaign": 52}
    text = text_of(path)
    for stix, ours in (("uses", "USES"), ("attributed-to", "ATTRIBUTED_TO"), ("subtechnique-of", "PART_OF"),
                       ("revoked-by", "SUPERSEDED_BY")):  # fmt: skip
        stored = store.read(f"MATCH ()-[r:{ours}]->() RETURN count(r)").rows[0][0]
        assert stored == count(text, "relationship_type", stix), stix
    left_out = sum(int(m[1]) for i in report.issues if (m := re.match(r"left out: (\d+)", i.reason)))
    ids = len(re.findall(r'"id":\s*"[a-z-]+--[0-9a-f-]{36}"', text))
    assert report.rows_in + left_out == ids - 1  # one is the bundle's own
    assert store.read(
        "MATCH (c:Campaign {id: 'mitre:C0022'})-[a:ATTRIBUTED_TO]->(g) "
        "RETURN c.name, g.id, a.source_id, c.first_seen.year"
    ).rows == [("Operation Dream Job", "mitre:G0032", "mitre-attack", 2019)]
    assert store.read("MATCH (t {id: 'mitre:T1566.002'})-[:PART_OF]->(p) RETURN p.id, t.tactics").rows == [
        ("mitre:T1566", ["initial-access"])
    ]
    aliases = store.read("MATCH ()-[n:NAMED {kind: 'alias'}]->({id: 'mitre:G0032'}) RETURN collect(n.name)").rows[0][0]
    assert {"HIDDEN COBRA", "Guardians of Peace", "ZINC", "Labyrinth Chollima"} <= set(aliases)
    cited = store.read(
        "MATCH ()-[u:USES]->() RETURN count(u), sum(CASE WHEN size(u.citations) > 0 THEN 1 ELSE 0 END)"
    ).rows[0]
    assert cited[1] >= 17_250  # relationships with "(Citation: …)" in the text
    before = content_hash(store)
    second = ingest_file(store, path)
    assert (second.loaded, second.retracted, second.duplicates) == (0, 0, report.rows_in)
    assert content_hash(store) == before


@pytest.mark.parametrize("name", ["dprk-subset-v18.1.json", "ics-attack-18.1.json.xz", "pre-attack.json.xz"])
def test_other_bundles_are_accounted_for(store: Store, shared: Path, name: str) -> None:
    path = shared / "mitre-attack" / name
    report = ingest_file(store, path)
    assert report.quarantined == 0
    assert report.rows_in == report.loaded
    stored = store.read("MATCH ()-[r:USES]->() RETURN count(r)").rows[0][0]
    assert stored == count(text_of(path), "relationship_type", "uses")
    assert ingest_file(store, path).loaded == 0


def test_pre_attack_relates_its_techniques(store: Store, shared: Path) -> None:
    path = shared / "mitre-attack" / "pre-attack.json.xz"
    report = ingest_file(store, path)
    related = store.read("MATCH (:Technique)-[r:RELATED {relation: 'related-to'}]->(:Technique) RETURN count(r)").rows
    assert related == [(count(text_of(path), "relationship_type", "related-to"),)]
    assert not any("related-to" in issue.reason for issue in report.issues)


def test_the_mobile_domain_is_a_data_set_of_its_own(store: Store, tmp_path: Path) -> None:
    """In the shape of mitre/cti's mobile-attack.json, of which there is no copy here: its matrix names the domain.

    A group that both domains have is one node, and an edition of one domain retracts nothing of the other.
    """
    mobile = {**MATRIX, "external_references": [{"source_name": "mitre-attack", "external_id": "mobile-attack"}]}
    phone = entry("attack-pattern", "T1417.001", "Keylogging")
    ingest_file(store, bundle(tmp_path / "1", GROUP, TOOL, relation("uses", GROUP, TOOL)))
    part = bundle(tmp_path / "2", GROUP, phone, relation("uses", GROUP, phone), mobile, matrix=False)
    report = ingest_file(store, part)
    assert (report.rows_in, report.quarantined, report.retracted) == (3, 0, 0)
    assert report.issues[-1].reason == "left out: 1 objects of type x-mitre-matrix"
    used = store.read("MATCH (:ActorGroup)-[u:USES]->(t) RETURN t.id, u.dataset ORDER BY t.id").rows
    assert used == [("mitre:S0002", "mitre-enterprise-attack"), ("mitre:T1417.001", "mitre-mobile-attack")]
    gone = ingest_file(store, bundle(tmp_path / "3", GROUP, phone, mobile, matrix=False))
    assert gone.retracted == 1
    live = store.read("MATCH ()-[u:USES]->(t) WHERE u.retracted_at IS NULL RETURN t.id").rows
    assert live == [("mitre:S0002",)]


def test_revoked_and_deprecated_are_not_live(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "mitre-attack" / "dprk-subset-v18.1.json")
    ingest_file(store, shared / "mitre-attack" / "pre-attack.json.xz")
    found = store.read(
        "MATCH (g {id: 'mitre:G0086'})-[:SUPERSEDED_BY]->(n) RETURN g.name, g.status, n.id, n.status"
    ).rows
    assert found == [("Stolen Pencil", "revoked", "mitre:G0094", "live")]
    assert store.read("MATCH (t:Technique {id: 'mitre:T1266'}) RETURN t.status").rows == [("deprecated",)]


def test_an_older_bundle_does_not_bring_a_revoked_entry_back(store: Store, tmp_path: Path) -> None:
    older = bundle(tmp_path / "1", {**GROUP, "name": "Old name", "modified": "2018-01-01T00:00:00Z"}, matrix=True)
    newer = bundle(tmp_path / "2", {**GROUP, "revoked": True})
    hashes = set()
    for order in ((older, newer), (newer, older)):
        for path in order:
            ingest_file(store, path, Options(accept_shrink=True))
        found = store.read("MATCH (g:ActorGroup) RETURN g.name, g.status").rows
        assert found == [("Lazarus Group", "revoked")]
        hashes.add(str(found))
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta DETACH DELETE n")
    assert len(hashes) == 1


def test_an_excerpt_adds_and_retracts_nothing(store: Store, shared: Path, tmp_path: Path) -> None:
    whole = bundle(
        tmp_path / "1", GROUP, {**TOOL, "x_mitre_domains": ["enterprise-attack"]}, relation("uses", GROUP, TOOL)
    )
    ingest_file(store, whole)
    excerpt = bundle(tmp_path / "2", {**GROUP, "x_mitre_domains": ["enterprise-attack"]}, matrix=False)
    report = ingest_file(store, excerpt)
    assert (report.rows_in, report.duplicates, report.retracted) == (1, 1, 0)
    assert report.issues == []


def test_citations_come_from_the_list_and_from_the_text(store: Store, tmp_path: Path) -> None:
    text = "It did.(Citation: Report B (2020))(Citation: Report A)"
    listed = [{"source_name": "Report A", "url": "https://example.org"}, {"source_name": "Report C"}]
    uses = relation("uses", GROUP, TOOL, description=text, external_references=listed)
    ingest_file(store, bundle(tmp_path, GROUP, TOOL, uses))
    assert store.read("MATCH (g)-[u:USES]->(s) RETURN g.id, s.id, u.citations, u.evidence").rows == [
        (
            "mitre:G0032",
            "mitre:S0002",
            ["Report A", "Report B (2020)", "Report C"],
            "https://attack.mitre.org/groups/G0032",
        )
    ]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (relation("uses", GROUP, entry("tool", "S9999", "absent")), "target_ref is not in the bundle"),
        (relation("attributed-to", GROUP, TOOL), "is not a claim the graph has"),
        ({"type": "relationship", "relationship_type": "uses"}, "source_ref is missing"),
        ({"type": "relationship"}, "relationship_type is missing"),
        ({"type": "relationship", "relationship_type": ["uses"]}, "not a text"),
        (entry("malware", "G0001", "a group's id"), "is not the id of a malware"),
        ({**GROUP, "id": stix_id("x", "y"), "external_references": "none"}, "no ATT&CK id"),
        ({**entry("tool", "S0003", "x"), "name": 7}, "not a text"),
        ({**entry("tool", "S0003", "x"), "revoked": "perhaps"}, "neither true nor false"),
        ({**entry("tool", "S0003", "x"), "modified": "yesterday"}, "not a time"),
        ({**entry("tool", "S0003", "x"), "description": "x" * 20_000}, "longer than"),
        ("just text", "not a mapping"),
        ({"no": "type"}, "type is missing"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, broken: Any, reason: str) -> None:
    report = ingest_file(store, bundle(tmp_path, GROUP, TOOL, relation("uses", GROUP, TOOL), broken))
    assert (report.rows_in, report.loaded, report.quarantined) == (4, 3, 1)
    assert any(reason in issue.reason for issue in report.issues)


def test_what_is_left_out_is_counted(store: Store, tmp_path: Path) -> None:
    mitigation = {"type": "course-of-action", "id": stix_id("course-of-action", "m"), "name": "Train people"}
    asset = {"type": "x-mitre-asset", "id": stix_id("x-mitre-asset", "a"), "name": "PLC"}
    relations = [
        relation("mitigates", mitigation, TOOL),
        relation("uses", GROUP, asset),
        relation("uses", GROUP, TOOL, revoked=True),
    ]
    report = ingest_file(store, bundle(tmp_path, GROUP, TOOL, mitigation, asset, *relations))
    assert (report.rows_in, report.loaded) == (2, 2)
    assert sorted(issue.reason for issue in report.issues) == [
        "left out: 1 objects of type course-of-action",
        "left out: 1 objects of type x-mitre-asset",
        "left out: 1 objects of type x-mitre-matrix",
        "left out: 1 relationships of kind mitigates",
        "left out: 1 relationships of kind uses that are revoked or deprecated",
        "left out: 1 relationships of kind uses with a x-mitre-asset",
    ]


def test_a_relationship_that_is_dropped_or_revoked_is_retracted(store: Store, tmp_path: Path) -> None:
    kept = [GROUP, TOOL, TECHNIQUE, PARENT, CAMPAIGN, relation("attributed-to", CAMPAIGN, GROUP)]
    uses, part = relation("uses", GROUP, TOOL), relation("subtechnique-of", TECHNIQUE, PARENT)
    ingest_file(store, bundle(tmp_path / "1", *kept, uses, part))
    report = ingest_file(store, bundle(tmp_path / "2", *kept, {**uses, "revoked": True}))
    assert (report.loaded, report.retracted) == (0, 2)
    told = store.read(
        "MATCH ()-[r:USES|PART_OF|ATTRIBUTED_TO]->() RETURN type(r), r.retracted_at IS NULL ORDER BY type(r)"
    ).rows
    assert told == [("ATTRIBUTED_TO", True), ("PART_OF", False), ("USES", False)]


def test_a_damaged_edition_retracts_nothing(store: Store, tmp_path: Path) -> None:
    tools = [entry("tool", f"S{n:04}", f"Tool {n}") for n in range(1, 40)]
    ingest_file(store, bundle(tmp_path / "1", GROUP, *tools, *(relation("uses", GROUP, tool) for tool in tools)))
    report = ingest_file(store, bundle(tmp_path / "2", GROUP, *tools[:3]))
    assert report.retracted == 0
    assert any("nothing was retracted" in issue.reason for issue in report.issues)
    cut = tmp_path / "cut.json"
    cut.write_text((tmp_path / "1" / "bundle.json").read_text()[:-500])
    with pytest.raises(InputError, match="not JSON"):
        ingest_file(store, cut)
    assert store.read("MATCH ()-[u:USES]->() WHERE u.retracted_at IS NULL RETURN count(u)").rows == [(39,)]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"objects": 3}', '{"objects": []}', "[" * 50_000, '{"objects": [{"type": "tool"}]}']
)
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, path, Options(as_format="attack-stix"))


def test_another_stix_bundle_is_not_taken_for_attack(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"type": "bundle", "objects": [{"type": "malware", "name": "WannaCry"}]}))
    from workbench.ingest.reading.files import SourceFile
    from workbench.ingest.sources.attack_stix import AttackStix

    assert AttackStix.detect(SourceFile(path).sample(), path.name) == 0
