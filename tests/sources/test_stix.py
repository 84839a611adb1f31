"""STIX bundles that are not ATT&CK's: real ones of Talos and of crypto2stix, and bundles made from the published
schemas (OASIS STIX 2.0 and 2.1, muchdogesec/stix2extensions) for the kinds of objects the real ones lack."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import ingest_file
from workbench.ingest.format import formats
from workbench.ingest.intelligence.stix_patterns import parse_pattern
from workbench.ingest.reading.files import SourceFile

BORN = {"created": "2024-01-01T00:00:00Z", "modified": "2024-01-01T00:00:00Z"}
SHA256 = "586f30907c3849c363145bfdcdabe3e2e4688cbd5688ff968e984b201b474730"
BTC, ETH = "115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn", "0x098b716b8aaf21512996dc57eb0615e2383e2f96"


def stix_id(kind: str, key: object = 0) -> str:
    return f"{kind}--{uuid5(NAMESPACE_URL, f'{kind}{key}')}"


VENDOR = {
    "type": "identity", "id": stix_id("identity", "vendor"), "name": "Vendor", "identity_class": "organization", **BORN,
}  # fmt: skip
BY = {"created_by_ref": VENDOR["id"], **BORN}


def thing(kind: str, key: object = 0, **more: Any) -> dict[str, Any]:
    return {"type": kind, "spec_version": "2.1", "id": stix_id(kind, key), **BY, **more}


def sco(kind: str, key: object = 0, **more: Any) -> dict[str, Any]:
    return {"type": kind, "spec_version": "2.1", "id": stix_id(kind, key), **more}


def relation(word: str, start: dict[str, Any], end: dict[str, Any], **more: Any) -> dict[str, Any]:
    ends = {"source_ref": start["id"], "target_ref": end["id"]}
    return thing("relationship", word + start["id"] + end["id"], relationship_type=word, **ends, **more)


def indicator(pattern: str, key: object = 0, **more: Any) -> dict[str, Any]:
    kind = {"pattern": pattern, "pattern_type": "stix", "valid_from": "2024-02-01T00:00:00Z"}
    return thing("indicator", key, **kind, **more)


def bundle(*objects: Any) -> str:
    return json.dumps({"type": "bundle", "id": stix_id("bundle"), "objects": [VENDOR, *objects]})


GROUP = thing("intrusion-set", "g", name="Some Panda", aliases=["Bluenoroff"])
MALWARE = thing("malware", "m", name="Wiper", is_family=True)
TALOS = {
    "2022-09-lazarus-magicrat": (27, 0), "2022-09-lazarus-three-rats": (104, 0),
    "2023-08-lazarus-collectionrat": (22, 0), "2023-08-lazarus-quiterat": (12, 0),
    "2024-08-moonpeak-infrastructure-north-korea": (47, 0), "2025-06-python-version-of-golangghost-rat": (101, 8),
    "2025-10-beavertail-and-ottercookie": (57, 0),
}  # fmt: skip
"""Objects of each file but its marking definition, counted with grep; and its patterns on names."""


@pytest.mark.parametrize("name", TALOS)
def test_talos_bundles_are_loaded_whole(store: Store, shared: Path, name: str) -> None:
    """Rows, and the values of the patterns, as regular expressions find them in the text."""
    path = shared / "dprk-iocs" / "talos" / f"{name}.json"
    text = path.read_text("utf-8")
    report = ingest_file(store, path)
    rows, file_names = TALOS[name]
    assert (report.format, report.rows_in, report.quarantined) == ("stix", rows, 0)
    ids = set(re.findall(r'"id":\s*"(?!bundle|marking)([a-z-]+--[0-9a-f-]{36})"', text))
    assert len(ids) == rows
    values = {v.lower() for v in re.findall(r"(?:hashes\.\w+|value) = '([^']+)'", text)}
    listed = found(store, "MATCH (i)-[l:LISTED_BY {listing: 'published'}]->(s) RETURN i.value, s.title, l.valid_from")
    assert {value.lower() for value, _, _ in listed} == values
    assert {title for _, title, _ in listed} == {"Talos"}
    assert text.count("[file:name =") == file_names == sum("no value that could be read" in r for r in reasons(report))
    before = content_hash(store)
    again = ingest_file(store, path)
    assert (again.loaded, again.duplicates) == (0, rows)
    assert content_hash(store) == before


def test_seven_files_of_one_publisher_are_not_seven_sources(store: Store, shared: Path) -> None:
    """Trap 11: what a bundle says without naming a creator is derived from the bundle's only creator."""
    for name in TALOS:
        ingest_file(store, shared / "dprk-iocs" / "talos" / f"{name}.json")
    named = found(
        store,
        "MATCH (s)-[n:NAMED {name: 'Lazarus Group', kind: 'name'}]->(g:ActorGroup) "
        "RETURN g.id, count(DISTINCT s), count { (s)-[:DERIVED_FROM]->({title: 'Talos'}) } > 0",
    )
    assert named == [("stix:threat-actor--68391641-859f-4a9a-9a1e-3e5cf71ec376", 4, True)]


def test_a_talos_report_keeps_its_marking_for_what_it_contains(store: Store, shared: Path) -> None:
    """The report is marked green (and says TLP:WHITE in a label); its indicators carry no marking of their own."""
    report = ingest_file(store, shared / "dprk-iocs" / "talos" / "2022-09-lazarus-magicrat.json")
    assert "marked clear, green; the strictest holds" in reasons(report)
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN DISTINCT l.tlp") == [("green",)]


def test_the_wannacry_transaction_becomes_flows(store: Store, shared: Path) -> None:
    """Amounts as the file states them: the one input is the outputs and the fee, to the satoshi."""
    path = shared / "wannacry-btc-stix" / "transaction_example.json"
    stated = next(o for o in json.loads(path.read_text())["objects"] if o["type"] == "cryptocurrency-transaction")
    report = ingest_file(store, path)
    assert (report.rows_in, report.quarantined) == (44, 0)
    outputs = found(store, "MATCH (:Transaction)-[o:OUTPUT]->(w) RETURN o.amount, w.network")
    inputs = found(store, "MATCH (w:Wallet)-[i:INPUT]->(t) RETURN w.address, i.amount, t.hash, t.block")
    assert len(outputs) == len(stated["output"])
    assert {network for _, network in outputs} == {"btc"}
    fee = int(Decimal(stated["fee"]) * 10**8)
    assert inputs == [("17A16QmavnUfCW11DAApiJxp7ARnxN5pGX", "10442730936", stated["hash"], 466221)]
    assert sum(int(amount) for amount, _ in outputs) + fee == 10442730936
    assert ingest_file(store, path).loaded == 0
    second = ingest_file(store, shared / "wannacry-btc-stix" / "wallet_only_example.json")
    assert (second.rows_in, second.duplicates) == (3, 2)  # the two extension definitions are the same


def test_who_uses_and_targets_what(store: Store, tmp_path: Path) -> None:
    campaign = thing("campaign", name="Operation", first_seen="2020-01-01T00:00:00Z")
    victim = thing("identity", "victim", name="A Bank", identity_class="organization")
    country = thing("location", name="Atlantis", country="AT")
    tool = thing("tool", name="curl")
    ioc = indicator(f"[file:hashes.'SHA-256' = '{SHA256}' OR domain-name:value = 'evil.example']")
    domain = sco("domain-name", value="a.example", resolves_to_refs=[stix_id("ipv4-addr")])
    address = sco("ipv4-addr", value="192.0.2.1")
    relations = [
        relation("attributed-to", campaign, GROUP), relation("uses", GROUP, MALWARE), relation("uses", campaign, tool),
        relation("targets", GROUP, victim), relation("targets", GROUP, country), relation("indicates", ioc, MALWARE),
        relation("communicates-with", MALWARE, address), relation("variant-of", tool, MALWARE, description="a fork"),
    ]  # fmt: skip
    objects = [*relations, domain, address, ioc, campaign, victim, country, tool, GROUP, MALWARE]  # ends come last
    report = load(store, tmp_path, bundle(*objects), "a.json")
    assert (report.format, report.rows_in, report.loaded) == ("stix", 18, 18)
    said = found(
        store,
        "MATCH (a)-[r]->(b) WHERE NOT type(r) IN ['NAMED', 'MENTIONS', 'LISTED_BY', 'DERIVED_FROM'] RETURN "
        "type(r), coalesce(a.name, a.value), coalesce(b.name, b.value), r.relation ORDER BY type(r), a.name, a.value",
    )
    assert sorted(said, key=str) == sorted(
        [
            ("ATTRIBUTED_TO", "Operation", "Some Panda", None), ("USES", "Some Panda", "Wiper", None),
            ("USES", "Operation", "curl", None), ("TARGETS", "Some Panda", "A Bank", None),
            ("RELATED", "Some Panda", "Atlantis", "targets"), ("INDICATES", SHA256, "Wiper", None),
            ("INDICATES", "evil.example", "Wiper", None), ("COMMUNICATES_WITH", "Wiper", "192.0.2.1", None),
            ("RELATED", "curl", "Wiper", "variant-of"), ("RESOLVES_TO", "a.example", "192.0.2.1", None),
        ],
        key=str,
    )  # fmt: skip
    names = found(store, "MATCH (s)-[n:NAMED]->(g:ActorGroup) RETURN s.title, n.name, n.kind ORDER BY n.kind")
    assert names == [("Vendor", "Bluenoroff", "alias"), ("Vendor", "Some Panda", "name")]


def test_nobody_becomes_a_person(store: Store, tmp_path: Path) -> None:
    individual = thing("identity", "p", name="Jane Doe", identity_class="individual")
    actor = thing("threat-actor", "p", name="John Doe", resource_level="individual")
    report = load(store, tmp_path, bundle(individual, actor, relation("attributed-to", GROUP, actor), GROUP), "a.json")
    assert report.loaded == 5
    assert found(store, "MATCH (n) WHERE n:Person OR n:Organisation RETURN count(n)") == [(0,)]
    assert found(store, "MATCH (n:ForeignObject) RETURN n.name ORDER BY n.name") == [("Jane Doe",), ("John Doe",)]
    assert found(store, "MATCH ()-[r:RELATED]->(n) RETURN r.relation, n.name") == [("attributed-to", "John Doe")]
    assert found(store, "MATCH ()-[r:ATTRIBUTED_TO]->() RETURN count(r)") == [(0,)]


def test_reports_notes_opinions_sightings_and_groupings_are_mentions(store: Store, tmp_path: Path) -> None:
    refs = {"object_refs": [GROUP["id"]]}
    objects = [
        thing("report", name="On pandas", published="2024-05-01T00:00:00Z",
              object_refs=[GROUP["id"], stix_id("x-gone")]),
        thing("note", content="Look again", **refs), thing("opinion", opinion="disagree", explanation="No.", **refs),
        thing("grouping", name="Working set", context="suspicious-activity", **refs),
        thing("sighting", sighting_of_ref=GROUP["id"], count=50, summary=True, first_seen="2024-03-01T00:00:00Z",
              where_sighted_refs=[stix_id("identity", "bank")]),
        thing("identity", "bank", name="A Bank"), thing("observed-data", first_observed="2024-01-01T00:00:00Z",
              last_observed="2024-01-02T00:00:00Z", number_observed=3, object_refs=[stix_id("url")]),
        sco("url", value="https://a.example/x"), GROUP,
    ]  # fmt: skip
    report = load(store, tmp_path, bundle(*objects), "a.json")
    assert (report.rows_in, report.loaded) == (10, 10)
    said = found(store, "MATCH (s)-[m:MENTIONS]->(n) RETURN m.kind, s.title, m.text, m.count ORDER BY m.kind, m.count")
    assert said == [
        ("grouping", "Vendor", "Working set", None), ("note", "Vendor", "Look again", None),
        ("observation", "Vendor", None, 3), ("observation", "a.json", None, None),
        ("opinion", "Vendor", "disagree; No.", None), ("report", "On pandas", "On pandas", None),
        ("sighting", "Vendor", None, 50),
    ]  # fmt: skip
    assert found(store, "MATCH (r:Source {title: 'On pandas'})-[:DERIVED_FROM]->(s) RETURN s.title") == [("Vendor",)]
    assert any("1 references to what is not in the bundle" in reason for reason in reasons(report))


@pytest.mark.parametrize(
    ("definition", "tlp"),
    [
        ({"definition_type": "tlp", "definition": {"tlp": "white"}}, "clear"),
        ({"definition_type": "tlp", "definition": {"tlp": "amber"}}, "amber"),
        ({"name": "TLP:AMBER+STRICT", "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
            "extension_type": "property-extension", "tlp_2_0": "amber+strict"}}}, "amber+strict"),
        ({"extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {"tlp_2_0": "clear"}}}, "clear"),
    ],
)  # fmt: skip
def test_markings_of_both_tlp_versions(store: Store, tmp_path: Path, definition: dict[str, Any], tlp: str) -> None:
    marking = {"type": "marking-definition", "id": stix_id("marking-definition"), **definition}
    marked = {**GROUP, "object_marking_refs": [marking["id"]]}
    load(store, tmp_path, bundle(marked, marking), "a.json")
    assert found(store, "MATCH ()-[n:NAMED]->(:ActorGroup) RETURN DISTINCT n.tlp") == [(tlp,)]
    load(store, tmp_path, bundle(marked, marking, MALWARE), "b.json", tlp="red")
    assert found(store, "MATCH ()-[n:NAMED]->(:Malware) RETURN n.tlp") == [("red",)]


def test_fixed_markings_hold_without_their_definition(store: Store, tmp_path: Path) -> None:
    """OASIS fixes the ids: 826578e1… is no marking, 939a9414… is TLP:AMBER+STRICT."""
    known, unknown = "939a9414-2ddd-4d32-a0cd-375ea402b003", "826578e1-40ad-459f-bc73-ede076f81f37"
    refs = [f"marking-definition--{known}", f"marking-definition--{unknown}"]
    report = load(store, tmp_path, bundle({**GROUP, "object_marking_refs": refs}), "a.json")
    assert found(store, "MATCH ()-[n:NAMED]->(:ActorGroup) RETURN DISTINCT n.tlp") == [("amber+strict",)]
    assert "a marking that is not in the bundle" in reasons(report)


def test_trap_15_what_is_revoked_is_not_live(store: Store, tmp_path: Path) -> None:
    later = {"revoked": True, "modified": "2024-06-01T00:00:00Z"}
    ioc, uses = indicator("[domain-name:value = 'a.example']"), relation("uses", GROUP, MALWARE)
    load(store, tmp_path, bundle(GROUP, MALWARE, uses, ioc), "a.json")
    report = load(
        store, tmp_path, bundle(GROUP, {**GROUP, **later}, MALWARE, {**uses, **later}, {**ioc, **later}), "b.json"
    )
    assert "left out: 1 objects of which the bundle holds a later version" in reasons(report)
    assert found(store, "MATCH (g:ActorGroup) RETURN g.status") == [("revoked",)]
    ended = "MATCH ()-[r:USES|LISTED_BY {run_id: $run}]->() RETURN DISTINCT toString(r.valid_to)"
    assert found(store, ended, run=report.run_id) == [("2024-06-01T00:00:00Z",)]


def test_wallets_and_who_holds_them(store: Store, tmp_path: Path) -> None:
    """The wallet names no network: it is decided from the address (both spellings of the property are in use)."""
    wallets = [sco("cryptocurrency-wallet", 1, value=BTC, holder_ref=GROUP["id"]),
               sco("cryptocurrency-wallet", 2, address=ETH.upper().replace("0X", "0x")),
               sco("cryptocurrency-wallet", 3, value="not an address")]  # fmt: skip
    report = load(store, tmp_path, bundle(*wallets, GROUP), "a.json", source="chain-watch")
    assert (report.loaded, report.quarantined) == (4, 1)
    assert found(store, "MATCH (w:Wallet) RETURN w.address ORDER BY w.address") == [(ETH,), (BTC,)]
    held = found(store, "MATCH (g)-[c:CONTROLS]->(w) RETURN g.name, w.address, w.network, c.source_id")
    assert held == [("Some Panda", BTC, "btc", "chain-watch")]


def test_custom_objects_are_kept(store: Store, tmp_path: Path) -> None:
    custom = {"type": "x-acme-case", "id": stix_id("x-acme-case"), **BORN, "name": "Case 7", "x_list": [1, {"a": None}]}
    ekey = sco("mutex", name="abc")
    report = load(store, tmp_path, bundle(custom, ekey, relation("related-to", GROUP, custom), GROUP), "a.json")
    assert report.loaded == 5
    kept = found(store, "MATCH (s)-[:NAMED]->(n:ForeignObject {type: 'x-acme-case'}) RETURN n.content, n.name")
    assert [(json.loads(content), name) for content, name in kept] == [(custom, "Case 7")]
    assert found(store, "MATCH (g)-[r:RELATED]->(n) RETURN r.relation, n.type") == [("related-to", "x-acme-case")]


def test_an_attack_pattern_with_an_attack_id_is_the_same_as_that(store: Store, tmp_path: Path) -> None:
    refs = [{"source_name": "mitre-attack", "external_id": "T1566.002", "url": "https://attack.mitre.org/x"}]
    load(
        store,
        tmp_path,
        bundle(thing("attack-pattern", name="Links", external_references=refs)),
        "a.json",
        as_format="stix",
    )
    assert found(store, "MATCH (a)-[s:SAME_AS]->(b) RETURN a.name, b.id, s.evidence") == [
        ("Links", "mitre:T1566.002", "https://attack.mitre.org/x")
    ]


def test_benign_indicators_accuse_nobody(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, bundle(indicator("[domain-name:value = 'a.example']", indicator_types=["benign"])), "a.json")
    assert found(store, "MATCH (n:Infrastructure)-[r]-() RETURN type(r)") == [("MENTIONS",)]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("text", "not a STIX object"), ({"type": "malware"}, "no STIX id"), ({**GROUP, "type": "tool"}, "no STIX id"),
        ({**GROUP, "name": 7}, "not a text"), ({**GROUP, "confidence": 101}, "not from 0 to 100"),
        ({**GROUP, "revoked": "yes"}, "neither true nor false"), ({**GROUP, "modified": "soon"}, "not a time"),
        ({**GROUP, "name": "half \ud800"}, "surrogate"), ({**GROUP, "aliases": "x"}, "not a list of texts"),
        (relation("uses", MALWARE, GROUP) | {"target_ref": stix_id("tool", "absent")}, "not in the bundle"),
        (relation("uses", MALWARE, GROUP) | {"source_ref": None}, "source_ref is missing"),
        (thing("relationship", source_ref=GROUP["id"], target_ref=MALWARE["id"]), "relationship_type is missing"),
        (sco("domain-name", value="no domain"), "not a domain"), (sco("url"), "not a text"),
        (thing("sighting", sighting_of_ref=GROUP["id"], count=-1), "not a count"),
        (thing("indicator", pattern_type="stix"), "pattern is missing"),
        (thing("note", content="x", object_refs=[]), "none of the objects"),
        (sco("cryptocurrency-transaction", symbol="BTC", value="zz"), "not a transaction hash"),
        (thing("x-huge", data=["x" * 999] * 20, more=[["y" * 9] * 9] * 200, **{f"k{n}": "z" * 900 for n in range(12)}),
         "as JSON"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, broken: Any, reason: str) -> None:
    kept = [MALWARE] if isinstance(broken, dict) and broken.get("id") == GROUP["id"] else [GROUP, MALWARE]
    report = load(store, tmp_path, bundle(*kept, broken), "a.json", as_format="stix")
    assert report.quarantined == 1, reasons(report)
    assert any(reason in told for told in reasons(report, "quarantined")), reasons(report)


def test_exact_duplicates_are_counted(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, bundle(GROUP, GROUP, MALWARE, GROUP), "a.json", as_format="stix")
    assert (report.rows_in, report.loaded, report.duplicates) == (5, 3, 2)


@pytest.mark.parametrize("text", ["", "{}", '{"type": "bundle", "objects": {}}', '{"type": "bundle", "objects": []}',
                                  "[" * 50_000, bundle(GROUP)[:-40]])  # fmt: skip
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, text, "a.json", as_format="stix")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_kept_as_text(store: Store, tmp_path: Path, name: str) -> None:
    load(store, tmp_path, bundle({**GROUP, "name": name, "aliases": [name * 2]}), "a.json", as_format="stix")
    assert found(store, "MATCH (g:ActorGroup) RETURN g.name") == [(name,)]


def test_patterns_are_read_as_far_as_they_name_values() -> None:
    """Examples of the STIX Patterning specification, and what MISP and OpenCTI write."""
    read = {
        "[file:hashes.MD5 = 'a'] AND [file:hashes.'SHA-256' = 'b']": (["a", "b"], 0, True),
        "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]": (["192.0.2.1", "192.0.2.2"], 0, False),
        "[ipv4-addr:value ISSUBSET '198.51.100.0/24']": (["198.51.100.0/24"], 0, False),
        "[url:value = 'http://a.example/it\\'s' OR url:value = 'b']": (["http://a.example/it's", "b"], 0, False),
        "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1']":
            (["192.0.2.1"], 0, False),
        "[cryptocurrency-wallet:value = 'x']": (["x"], 0, False), "[domain-name:value != 'a.example']": ([], 1, False),
        "[file:name MATCHES '^a.*']": ([], 1, False), "[domain-name:value NOT = 'a']": ([], 1, False),
        "[autonomous-system:number = 15169]": (["AS15169"], 0, False),
    }  # fmt: skip
    for text, (values, unread, together) in read.items():
        pattern = parse_pattern(text)
        assert ([v.text for v in pattern.values], len(pattern.unread), pattern.together) == (values, unread, together)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.from_regex(r"\A(\[[a-z-]+:[a-z'.]+ (=|IN|LIKE) \(?'[^']*'\)?\]? ?(OR|AND)?){0,5}\Z"))
def test_any_pattern_is_read_without_an_error(text: str) -> None:
    parse_pattern(text)


def test_attack_bundles_are_left_to_their_own_format(shared: Path) -> None:
    for path in sorted((shared / "mitre-attack").iterdir()):
        assert formats().detect(SourceFile(path)).name == "attack-stix", path.name


def test_dissent_on_a_relationship_is_kept_at_both_its_ends(store: Store, tmp_path: Path) -> None:
    """An opinion on "the malware is the group's" is the rival claim: it is said of the malware and of the group."""
    other = thing("intrusion-set", "other", name="Someone else")
    said = relation("attributed-to", other, GROUP)
    refs = {"object_refs": [said["id"]]}
    objects = [
        GROUP, other, said, thing("opinion", opinion="strongly-disagree", **refs),
        thing("note", content="Weak", **refs),
        thing("sighting", sighting_of_ref=said["id"], count=2),
    ]  # fmt: skip
    report = load(store, tmp_path, bundle(*objects), "a.json")
    assert report.quarantined == 0, reasons(report)
    rows = found(store, "MATCH (:Source)-[m:MENTIONS]->(n:ActorGroup) RETURN m.kind, n.name, m.text, m.count")
    ends, about = (GROUP["name"], "Someone else"), f"of the relationship Someone else attributed-to {GROUP['name']}"
    whole = f"{about} ({said['id']})"
    assert set(rows) == {
        (kind, end, whole + words, count)
        for end in ends
        for kind, words, count in (
            ("opinion", ": strongly-disagree", None),
            ("note", ": Weak", None),
            ("sighting", "", 2),
        )
    }
    assert not any("not in the bundle" in reason for reason in reasons(report))


def test_not_seen_is_not_seen_anywhere(store: Store, tmp_path: Path) -> None:
    bank = thing("identity", "bank", name="A Bank", identity_class="organization")
    sighting = thing("sighting", sighting_of_ref=GROUP["id"], count=0, where_sighted_refs=[bank["id"]])
    report = load(store, tmp_path, bundle(GROUP, bank, sighting), "a.json")
    assert found(store, "MATCH ()-[m:MENTIONS {kind: 'sighting'}]->() RETURN m.count, m.text") == [(0, "not seen")]
    assert found(store, "MATCH ()-[r:RELATED]->() RETURN count(r)") == [(0,)]
    assert not any("no property that is read" in reason for reason in reasons(report)), reasons(report)
