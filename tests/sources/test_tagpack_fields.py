"""TagPacks: every field that formats.md names, in a tag or in the header, is read or left out with a reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sources.test_tagpack import GENESIS, HEADER, SILK_ROAD, pack, reasons, rows
from workbench.graph.store import Store
from workbench.ingest import ingest_file
from workbench.ingest.sources.tagpack import TagPack

GRAPHSENSE_LEVELS = {
    "override": 100, "ownership": 100, "ledger_immanent": 100, "manual_transaction": 90, "service_api": 70,
    "forensic_investigation": 70, "authority_data": 60, "trusted_provider": 50, "service_data": 50, "forensic": 50,
    "untrusted_transaction": 40, "web_crawl": 20, "heuristic": 10, "unknown": 5,
}  # fmt: skip
"""The levels that GraphSense publishes (its confidence taxonomy, as formats.md has it)."""
FIELDS = {
    "label": "From the header", "source": "https://example.org/other", "currency": "LTC", "network": "BTC",
    "confidence": "ownership", "context": "kept", "category": "exchange", "abuse": "service_hack", "actor": "someone",
    "concepts": "[victim]", "tag_type": "mention", "lastmod": "2020-01-01", "is_cluster_definer": "true",
}  # fmt: skip
"""Every field of a tag that says something, by formats.md; what a tag is on is its own."""


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_tag_is_inherited_and_may_be_overridden(store: Store, tmp_path: Path, field: str) -> None:
    """A field in the header says for the tag what it says in the tag itself; the claims are the same."""
    said = "MATCH ()-[c]->() WHERE c.claim_id IS NOT NULL RETURN c.claim_id ORDER BY c.claim_id"
    base = {
        "source": "https://example.org/list", "confidence": "forensic", "currency": "BTC", "actor": "bitstamp",
        "category": "exchange", "label": "Own",
    }  # fmt: skip

    def claims(header: dict[str, str], tag: dict[str, str]) -> list[Any]:
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        head = "".join(f"{name}: {value}\n" for name, value in {"title": "T", "creator": "C", **header}.items())
        cells = ", ".join(f"{name}: '{v}'" if v[0] != "[" else f"{name}: {v}" for name, v in tag.items())
        report = ingest_file(store, pack(tmp_path, f"- {{address: {GENESIS}, {cells}}}\n", head))
        assert (report.rows_in, report.quarantined) == (1, 0), reasons(report)
        return rows(store, said)

    without = {name: value for name, value in base.items() if name != field}
    inherited = claims({field: FIELDS[field]}, without)
    own = claims({}, {**without, field: FIELDS[field]})
    overridden = claims(
        {field: "unlike anything"} if field != "concepts" else {field: "[x]"}, {**without, field: FIELDS[field]}
    )
    assert inherited == own == overridden


@pytest.mark.parametrize(("name", "level"), GRAPHSENSE_LEVELS.items())
def test_every_confidence_has_graphsenses_level(store: Store, tmp_path: Path, name: str, level: int) -> None:
    ingest_file(store, pack(tmp_path, f"- {{address: {GENESIS}, label: x, confidence: {name}}}\n"))
    assert rows(store, "MATCH ()-[n:NAMED]->() RETURN n.confidence, n.method") == [(level, name)]


def test_every_concept_is_kept_once_whatever_field_it_stands_in(store: Store, tmp_path: Path) -> None:
    tag = f"- {{address: {GENESIS}, label: x, category: exchange, abuse: scam, concepts: [hot_wallet, exchange]}}\n"
    ingest_file(store, pack(tmp_path, tag))
    named = rows(store, "MATCH ()-[n:NAMED {name: 'x'}]->() RETURN n.concept ORDER BY n.concept")
    assert named == [("exchange",), ("hot_wallet",), ("scam",)]


@pytest.mark.parametrize(
    ("tag_type", "held", "listed"),
    [("actor", 1, 1), ("attribute", 0, 1), ("event", 0, 0), ("mention", 0, 0), ("rumour", 0, 0)],
)
def test_what_a_tag_of_each_type_says(store: Store, tmp_path: Path, tag_type: str, held: int, listed: int) -> None:
    """Only a tag about the actor says who holds the address; an event or a mention puts nobody on a list."""
    page = "https://home.treasury.gov/policy-issues/financial-sanctions/recent-actions/20220405"
    tag = f"- {{address: {GENESIS}, label: x, concepts: [sanction, perpetrator], actor: y, tag_type: {tag_type}, "
    report = ingest_file(store, pack(tmp_path, f"{tag}source: '{page}'}}\n"))
    assert report.loaded == 1
    assert rows(store, "MATCH ()-[c:CONTROLS|ATTRIBUTED_TO]->() RETURN count(c)") == [(held,)]
    assert rows(store, "MATCH ()-[l:LISTED_BY]->() RETURN count(l)") == [(listed,)]
    assert any("not a type of tag" in reason for reason in reasons(report)) is (tag_type == "rumour")
    assert rows(store, "MATCH ()-[n:NAMED]->(:Wallet) RETURN count(n)") == [(2,)]


def test_a_tags_context_is_a_note(store: Store, tmp_path: Path, shared: Path) -> None:
    ingest_file(store, shared / "graphsense-tagpacks" / "ronin_bridge.yaml")
    note = "MATCH (s:Source)-[m:MENTIONS]->(w:Wallet) RETURN m.kind, m.text, m.evidence IS NOT NULL"
    assert rows(store, note) == [("note", '{"description": "original address"}', True)]
    tags = f"- {{address: {SILK_ROAD}, label: x, context: {{b: [1], a: y}}}}\n"
    tags += f"- {{address: {GENESIS}, label: x, context: '{'z' * 20_000}'}}\n"
    report = ingest_file(store, pack(tmp_path, tags))
    assert (report.loaded, [issue.field for issue in report.issues if issue.action == "dropped"]) == (2, ["context"])
    assert rows(store, "MATCH ()-[m:MENTIONS]->(w {address: $a}) RETURN m.text", a=SILK_ROAD) == [
        ('{"a": "y", "b": ["1"]}',)
    ]


def test_the_date_of_the_header_is_the_edition_and_an_older_one_retracts_nothing(store: Store, tmp_path: Path) -> None:
    two = f"- {{address: {GENESIS}, label: a}}\n- {{address: {SILK_ROAD}, label: b}}\n"
    ingest_file(store, pack(tmp_path / "1", two, f"{HEADER}lastmod: 2023-05-10\n"))
    older = ingest_file(store, pack(tmp_path / "2", two.splitlines()[0] + "\n", f"{HEADER}lastmod: 2021-11-12\n"))
    assert older.retracted == 0
    assert any("2021-11-12 is older than 2023-05-10" in reason for reason in reasons(older))
    newer = ingest_file(store, pack(tmp_path / "2", two.splitlines()[0] + "\n", f"{HEADER}lastmod: 2024-01-01\n"))
    assert newer.retracted == 1
    editions = rows(store, "MATCH (r:IngestRun) RETURN r.edition ORDER BY r.edition")
    assert editions == [("2021-11-12",), ("2023-05-10",), ("2024-01-01",)]


def test_what_is_not_known_is_told_once_a_file(store: Store, tmp_path: Path) -> None:
    tags = f"- {{address: {GENESIS}, label: a, made_up: 1}}\n- {{address: {SILK_ROAD}, label: b, made_up: 2}}\n"
    header = f"{HEADER}nonsense: 1\nis_public: false\nowner: me\nlastmod: soon\n"
    report = ingest_file(store, pack(tmp_path, tags, header))
    assert report.loaded == 2
    assert sorted(str(issue.field) for issue in report.issues) == ["is_public", "lastmod", "made_up", "nonsense"]


def test_every_field_of_the_format_is_read_or_left_out_with_a_reason() -> None:
    """The fields of header and tag as formats.md lists them (tagpack_schema.yaml)."""
    header = "title creator description owner is_public"
    tag = "label source currency network confidence context is_cluster_definer lastmod category abuse address tx_hash"
    assert {
        *header.split(),
        *tag.split(),
        "actor",
        "concepts",
        "tag_type",
    } <= TagPack.reads.keys() | TagPack.ignores.keys()
    assert TagPack.reads.keys() & TagPack.ignores.keys() == set()
