"""MISP events: ESET's real one, and events made from the published core format and object templates for what it
lacks (coin-address v7, btc-wallet v3, btc-transaction v4, cryptocurrency-transaction v3, domain-ip, sightings)."""

from __future__ import annotations

import json
import lzma
import re
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError, RecordError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import ingest_file
from workbench.ingest.context import Context
from workbench.ingest.intelligence.misp_values import PAIRS, VALUES, attribute_nodes

SHA256 = "586f30907c3849c363145bfdcdabe3e2e4688cbd5688ff968e984b201b474730"
MD5, BTC = "0889a7ad0ad0822e9bce2ca316b57f4d", "115p7UMMngoj1pMvkpHijcRdfJNXj6LrLn"
TX = "3a5395bc3e8584786ad0598db33adda0b991814fd035089d69d7e2bda3272893"
TRON, ETH = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
ACTOR_TAG = {"name": 'misp-galaxy:threat-actor="Lazarus Group"'}


def uuid(key: object) -> str:
    return str(uuid5(NAMESPACE_URL, ascii(key)))


def attribute(type_: str, value: Any, to_ids: Any = True, **more: Any) -> dict[str, Any]:
    base = {"uuid": uuid(f"{type_}{value}"), "type": type_, "value": value, "to_ids": to_ids, "deleted": False}
    return {**base, "category": "Other", "timestamp": "1700000000", "comment": "", **more}


def thing(name: str, *attributes: tuple[str, str, Any], **more: Any) -> dict[str, Any]:
    made = [attribute(type_, value, object_relation=relation) for relation, type_, value in attributes]
    return {"name": name, "uuid": uuid(name), "deleted": False, "Attribute": made, "ObjectReference": [], **more}


def event(*attributes: Any, objects: Any = (), **more: Any) -> dict[str, Any]:
    org = {"name": "CERT", "uuid": uuid("org")}
    base = {"uuid": uuid("event"), "info": "A theft", "date": "2024-05-01", "Orgc": org, "timestamp": "1700000000"}
    return {**base, "Tag": [], "Attribute": list(attributes), "Object": list(objects), **more}


def export(*events: dict[str, Any]) -> str:
    return json.dumps({"response": [{"Event": one} for one in events]} if len(events) != 1 else {"Event": events[0]})


def test_esets_event_is_loaded_whole(store: Store, shared: Path) -> None:
    """One event, its objects and its references, counted in the text; what is `to_ids` is listed."""
    path = shared / "dprk-iocs" / "eset" / "lazarus_3cx.misp.json.xz"
    text = lzma.decompress(path.read_bytes()).decode()
    objects = len(re.findall(r'"template_uuid"', text))
    references = len(re.findall(r'"referenced_uuid"', text))
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.quarantined) == ("misp-event", 1 + objects + references, 0)
    stated = json.loads(text)["response"][0]["Event"]
    values = [a for o in stated["Object"] for a in o["Attribute"] if a["type"] in ("md5", "sha1", "sha256", "url")]
    listed = found(store, "MATCH (i)-[:LISTED_BY]->(s {title: 'ESET'}) RETURN i.value")
    assert {value for (value,) in listed} == {a["value"] for a in values if a["to_ids"]}
    resolved = found(store, "MATCH (d)-[:RESOLVES_TO]->(i) RETURN d.value, i.value ORDER BY d.value")
    assert resolved == [("journalide.org", "172.93.201.88"), ("od.lk", "38.108.185.115")]  # its two "resolved-to"
    indicated = found(store, "MATCH ()-[i:INDICATES]->(g) RETURN DISTINCT g.id, g.name")
    assert indicated == [("misp:68391641-859f-4a9a-9a1e-3e5cf71ec376", "Lazarus Group")]
    before = content_hash(store)
    again = ingest_file(store, path)
    assert (again.loaded, again.duplicates, again.retracted) == (0, report.rows_in, 0)
    assert content_hash(store) == before


def test_context_indicates_nothing(store: Store, tmp_path: Path) -> None:
    """Trap 6 and `to_ids`: what is not meant for detection is mentioned, and points to nobody."""
    made = event(attribute("domain", "bad.example"), attribute("domain", "good.example", to_ids=False), Tag=[ACTOR_TAG])
    load(store, tmp_path, export(made), "a.json")
    said = "MATCH (i:Infrastructure)-[r]-() RETURN i.value, type(r) ORDER BY i.value, type(r)"
    assert found(store, said) == [
        ("bad.example", "INDICATES"), ("bad.example", "LISTED_BY"), ("good.example", "MENTIONS")
    ]  # fmt: skip


def test_a_wallet_indicates_nobody(store: Store, tmp_path: Path) -> None:
    made = event(attribute("btc", BTC), Tag=[ACTOR_TAG])
    load(store, tmp_path, export(made), "a.json")
    assert found(store, "MATCH (w:Wallet)-[r]-() RETURN type(r), w.network") == [("LISTED_BY", "btc")]


def test_values_of_every_kind(store: Store, tmp_path: Path) -> None:
    made = event(
        attribute("ip-dst|port", "192.0.2.1|443"), attribute("domain|ip", "a.example|192.0.2.2"),
        attribute("filename|sha256", f"x.exe|{SHA256}"), attribute("url", "hxxp://b[.]example/x"),
        attribute("email-src", "Me@C.example"), attribute("AS", "15169"), attribute("github-username", "octo"),
        attribute("malware-sample", f"y.exe|{MD5}", data="AAAA"), attribute("text", "a remark", to_ids=False),
        attribute("link", "https://blog.example/post", to_ids=False), attribute("threat-actor", "APT38", to_ids=False),
        attribute("imphash", MD5), attribute("x-new-type", "what?"),
    )  # fmt: skip
    report = load(store, tmp_path, export(made), "a.json")
    assert (report.rows_in, report.loaded) == (14, 14)
    assert {value for (value,) in found(store, "MATCH (i:Infrastructure) RETURN i.id")} == {
        "IPAddress:192.0.2.1", "IPAddress:192.0.2.2", "DomainName:a.example", f"FileHash:{SHA256}",
        "Url:http://b.example/x", "EmailAddress:me@c.example", "AutonomousSystem:AS15169",
        "UserAccount:github-username:octo", f"FileHash:{MD5}",
    }  # fmt: skip
    assert found(store, "MATCH (a)-[:RESOLVES_TO]->(b) RETURN a.value, b.value") == [("a.example", "192.0.2.2")]
    notes = found(store, "MATCH ()-[m:MENTIONS {kind: 'note'}]->(:Source) RETURN m.text ORDER BY m.text")
    assert notes == [(f"imphash: {MD5}",), ("text: a remark",), ("x-new-type: what?",)]
    assert found(store, "MATCH (s {id: 'web-blog-example-post'})<-[:DERIVED_FROM]-(e) RETURN e.title") == [("A theft",)]
    told = reasons(report, "warned")
    assert "an attribute type that is not known; kept as a note" in told
    assert "refanged to http://b.example/x" in told
    assert "written as me@c.example" in told


def test_coin_objects(store: Store, tmp_path: Path) -> None:
    """Trap 1: `address-crypto` and `symbol` name an asset; the address decides the network."""
    objects = [
        thing("coin-address", ("address-crypto", "text", TRON), ("symbol", "text", "USDT"), ("text", "text", "loot")),
        thing("btc-wallet", ("wallet-address", "btc", BTC), ("balance_BTC", "float", "1.5")),
        thing("btc-transaction", ("btc-address", "btc", BTC), ("transaction-number", "text", TX),
              ("transaction-number", "text", "not a hash"), ("value_BTC", "float", "0.5"),
              ("time", "datetime", "2017-05-13T16:58:03Z")),
        thing("cryptocurrency-transaction", ("address", "btc", ETH), ("symbol", "text", "ETH"),
              ("transaction-number", "text", TX)),
    ]  # fmt: skip
    report = load(store, tmp_path, export(event(objects=objects)), "a.json")
    assert (report.rows_in, report.loaded) == (5, 5)
    assert found(store, "MATCH (w:Wallet) RETURN w.network, w.address ORDER BY w.network") == [
        ("btc", BTC), ("eth", ETH), ("trx", TRON)
    ]  # fmt: skip
    beside = found(store, "MATCH (w)-[r:RELATED]->(t:Transaction) RETURN w.address, t.hash, r.description, t.time.year")
    assert beside == [(BTC, TX, "value_BTC 0.5", 2017)]
    assert found(store, "MATCH ()-[n:NAMED]->(w:Wallet) RETURN n.name, w.address") == [("loot", TRON)]
    assert any("no node; left out" in reason for reason in reasons(report))


def test_objects_of_files_domains_and_others(store: Store, tmp_path: Path) -> None:
    objects = [
        thing("file", ("md5", "md5", MD5), ("sha256", "sha256", SHA256), ("filename", "filename", "x.exe")),
        thing("domain-ip", ("domain", "domain", "a.example"), ("ip", "ip-dst", "192.0.2.1")),
        thing("person", ("first-name", "first-name", "Jane"), ObjectReference=[
            {"uuid": uuid("r"), "referenced_uuid": uuid("file"), "relationship_type": "wrote"},
            {"uuid": uuid("s"), "referenced_uuid": uuid("gone"), "relationship_type": "wrote"}]),
    ]  # fmt: skip
    report = load(store, tmp_path, export(event(objects=objects)), "a.json")
    assert (report.rows_in, report.loaded, report.quarantined) == (6, 5, 1)
    related = found(store, "MATCH (a)-[r:RELATED]->(b) RETURN r.relation, a.value, b.value ORDER BY r.relation")
    assert related == [("same-file", MD5, SHA256), ("wrote", None, MD5)]
    assert found(store, "MATCH (a)-[:RESOLVES_TO]->(b) RETURN b.value") == [("192.0.2.1",)]
    assert found(store, "MATCH (n:Person) RETURN count(n)") == [(0,)]
    assert found(store, "MATCH (n:ForeignObject) RETURN n.type") == [("person",)]


def test_what_is_deleted_is_not_live(store: Store, tmp_path: Path) -> None:
    """Trap 15. 1700000000 is 2023-11-14T22:13:20Z; a later edition of the event retracts the live claim."""
    first = event(attribute("domain", "a.example"), attribute("domain", "b.example"), attribute("domain", "c.example"))
    load(store, tmp_path, export(first), "a.json")
    gone = attribute("domain", "a.example", deleted=True)
    second = event(gone, *first["Attribute"][1:], timestamp="1700000001")
    report = load(store, tmp_path, export(second), "a.json")
    assert report.retracted == 1
    ends = "MATCH ({value: 'a.example'})-[l:LISTED_BY]->() WHERE l.retracted_at IS NULL RETURN toString(l.valid_to)"
    assert found(store, ends) == [("2023-11-14T22:13:20Z",)]
    assert load(store, tmp_path, export(first), "a.json").retracted == 0  # the older edition, loaded later


def test_tlp_and_sightings(store: Store, tmp_path: Path) -> None:
    sightings = [{"type": "0", "date_sighting": "1700000000", "uuid": uuid(1), "Organisation": {"name": "Bank"}},
                 {"type": "1", "date_sighting": "1700000001", "uuid": uuid(2)}]  # fmt: skip
    one = attribute("domain", "a.example", Sighting=sightings, Tag=[{"name": "tlp:amber+strict"}])
    load(store, tmp_path, export(event(one, attribute("domain", "b.example"), Tag=[{"name": "tlp:white"}])), "a.json")
    listed = found(store, "MATCH (i)-[l:LISTED_BY]->() RETURN i.value, l.tlp ORDER BY i.value")
    assert listed == [("a.example", "amber+strict"), ("b.example", "clear")]
    seen = found(store, "MATCH ()-[m:MENTIONS]->({value: 'a.example'}) RETURN m.kind, m.text, m.tlp ORDER BY m.kind")
    assert seen == [("opinion", "false positive", "amber+strict"), ("sighting", "Bank", "amber+strict")]


def test_clusters_with_and_without_their_own_entry(store: Store, tmp_path: Path) -> None:
    cluster = {"type": "threat-actor", "value": "Lazarus Group", "uuid": "68391641-859f-4a9a-9a1e-3e5cf71ec376"}
    tags = [ACTOR_TAG, {"name": 'misp-galaxy:mitre-attack-pattern="Phishing - T1566"'},
            {"name": 'misp-galaxy:threat-actor="New Panda"'}, {"name": 'misp-galaxy:sector="Bank"'}]  # fmt: skip
    made = event(Tag=tags, Galaxy=[{"type": "threat-actor", "GalaxyCluster": [cluster]}])
    report = load(store, tmp_path, export(made), "a.json")
    spoken = found(store, "MATCH (:Source)-[:MENTIONS]->(n) RETURN n.id ORDER BY n.id")
    assert spoken == [
        ("misp:68391641-859f-4a9a-9a1e-3e5cf71ec376",),
        ("misp:threat-actor:new-panda",),
        ("mitre:T1566",),
    ]
    assert any("galaxy sector" in reason for reason in reasons(report))


def test_several_events_and_proposals(store: Store, tmp_path: Path) -> None:
    proposed = [attribute("domain", "p.example")]
    other = event(attribute("domain", "b.example"), uuid=uuid("other"), ShadowAttribute=proposed, extra=1)
    report = load(store, tmp_path, export(event(attribute("domain", "a.example")), other), "a.json")
    assert (report.rows_in, report.loaded) == (4, 4)
    assert {"left out: 1 proposed attributes", "left out: 1 field extra of the event, which is not known"} <= set(
        reasons(report)
    )


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("text", "not an object"), ({}, "type is missing"), (attribute("domain", "no domain"), "not a domain"),
        (attribute("md5", SHA256), "not a md5"), (attribute("domain|ip", "a.example"), "bar between"),
        (attribute("btc", BTC[:-1] + "x"), "no network accepts"), (attribute("domain", None), "not a text"),
        (attribute("domain", "a.example", to_ids="perhaps"), "neither true nor false"),
        (attribute("domain", "a.example", first_seen="then"), "not a time"),
        (attribute("domain", "a.example", deleted=True, timestamp="soon"), "Unix seconds"),
        (attribute("text", "half \ud800"), "surrogate"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, broken: Any, reason: str) -> None:
    report = load(store, tmp_path, export(event(attribute("domain", "ok.example"), broken)), "a.json")
    assert (report.rows_in, report.quarantined) == (3, 1)
    assert any(reason in told for told in reasons(report, "quarantined")), reasons(report)


@pytest.mark.parametrize("text", ["", "{}", '{"response": []}', '{"Event": 3, "info": 1, "Attribute": 2}', "[1]",
                                  export(event())[:-30]])  # fmt: skip
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, text, "a.json", as_format="misp-event")


def test_hostile_values_are_kept_as_text(store: Store, tmp_path: Path) -> None:
    notes = [attribute("comment", text, to_ids=False) for text in HOSTILE]
    load(store, tmp_path, export(event(*notes, info=HOSTILE[0])), "a.json")
    kept = found(store, "MATCH ()-[m:MENTIONS {kind: 'note'}]->(e) RETURN m.text, e.title")
    assert {text for text, _ in kept} == {f"comment: {text}" for text in HOSTILE}
    assert {title for _, title in kept} == {HOSTILE[0]}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted({*VALUES, *PAIRS})), st.text(max_size=60) | st.from_regex(r"\A[0-9a-f|.:]{0,70}\Z"))
def test_any_value_is_read_or_refused(kind: str, value: str) -> None:
    try:
        assert attribute_nodes(kind, value, Context())[0]
    except RecordError:
        pass


def test_what_is_the_victims_indicates_nobody(store: Store, tmp_path: Path) -> None:
    """`to_ids` is a switch for detection: the victim's own server or mailbox is no sign of the group."""
    made = event(
        attribute("domain", "bad.example"), attribute("email-dst", "staff@bank.example"),
        attribute("ip-dst", "10.0.0.5"), attribute("ip-dst", "fe80::1"), attribute("ip-src", "45.61.136.10"),
        attribute("domain", "bank.example", category="Targeting data"),
        objects=[thing("victim", ("domain", "domain", "victim.example")),
                 thing("email", ("to", "email-dst", "boss@bank.example"), ("from", "email-src", "x@bad.example"))],
        Tag=[ACTOR_TAG],
    )  # fmt: skip
    report = load(store, tmp_path, export(made), "e.json")
    assert report.quarantined == 0
    theirs = {("bad.example",), ("45.61.136.10",), ("x@bad.example",)}
    assert set(found(store, "MATCH (n)-[:INDICATES]->() RETURN n.value")) == theirs
    assert set(found(store, "MATCH (n)-[:LISTED_BY]->() RETURN n.value")) == theirs
    mentioned = found(store, "MATCH ()-[:MENTIONS {kind: 'observation'}]->(n:Infrastructure) RETURN n.value")
    own = ("staff@bank.example", "10.0.0.5", "fe80::1", "bank.example", "victim.example", "boss@bank.example")
    assert {value for (value,) in mentioned} == set(own)
    assert sum("indicates nobody" in reason for reason in reasons(report, "warned")) == len(own)
