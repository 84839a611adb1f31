"""The bundled case: whole, unchanged, licensed, and loaded to the last row."""

from __future__ import annotations

import lzma
import re
from collections import Counter
from pathlib import Path

import pytest

from tests.sources.template_cases import found
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.bundle import BundleEntry, bundle_entries, bundle_folder, ingest_bundle
from workbench.ingest.bundle_page import sources_page
from workbench.ingest.format import formats
from workbench.ingest.lists.graphsense import pack_id
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.sources.fbi_bybit import psa_addresses


def test_every_file_is_in_the_manifest_and_unchanged() -> None:
    entries = bundle_entries()
    for entry in entries:
        entry.verify()
        assert entry.format in formats().by_name
        assert entry.licence
        assert entry.origin
    there = {str(p.relative_to(bundle_folder())) for p in bundle_folder().rglob("*") if p.is_file()}
    there = {name for name in there if not name.startswith("__") and "__pycache__" not in name}
    assert there == {entry.file for entry in entries} | {"manifest.toml", "LICENCES.txt"}


def test_a_changed_file_is_refused_before_anything_is_loaded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = bundle_entries()
    damaged = BundleEntry(**{**vars(entries[-1]), "sha256": "0" * 64})
    monkeypatch.setattr("workbench.ingest.bundle.bundle_entries", lambda: [*entries[:-1], damaged])
    with pytest.raises(InputError, match="not the one that was published"):
        ingest_bundle(store)
    assert found(store, "MATCH (n) WHERE NOT n:WorkbenchMeta RETURN count(n)") == [(0,)]


def test_formats_are_detected_as_the_manifest_says() -> None:
    from workbench.ingest.reading.files import SourceFile

    for entry in bundle_entries():
        assert formats().detect(SourceFile(entry.path)).name == entry.format, entry.file


def test_copies_are_the_originals(shared: Path) -> None:
    from tools.make_bundle import COPIED

    for origin, target in COPIED.items():
        assert (bundle_folder() / target).read_bytes() == (shared / origin).read_bytes()


def test_the_page_of_sources_is_up_to_date() -> None:
    assert (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text("utf-8") == sources_page(
        bundle_entries()
    )


@pytest.mark.slow
def test_everything_loads_and_again_changes_nothing(store: Store) -> None:
    report = ingest_bundle(store)
    for run in report.runs:
        assert run.rows_in == run.loaded + run.quarantined + run.duplicates
        assert (run.quarantined, run.retracted) == (0, 0), (run.path, run.issues[:3])
    assert sum(run.duplicates for run in report.runs) == 4  # four of the twelve Ronin lines are repeats
    before = content_hash(store)
    again = ingest_bundle(store)
    assert sum(run.loaded for run in again.runs) == 0
    assert content_hash(store) == before

    sources = (
        "MATCH ()-[c]->() WHERE c.source_id IS NOT NULL "
        "AND NOT EXISTS { (s:Source) WHERE s.id = c.source_id } RETURN count(c)"
    )
    assert found(store, sources) == [(0,)]
    vague = "MATCH (s:Source) WHERE s.publisher = 'not stated' AND NOT s.id STARTS WITH 'web-' RETURN s.id"
    assert found(store, vague) == []
    # LI.FI: no authority and no other source gives it to anybody
    assert found(store, "MATCH (:Incident {id: 'li-fi-2024'})-[c:ATTRIBUTED_TO]->() RETURN c") == []
    amounts = "MATCH ()-[r:REPORTED]->(:Incident {id: $id}) RETURN min(r.amount_usd), max(r.amount_usd)"
    assert found(store, amounts, id="atomic-wallet-2023") == [(10e6, 115e6)]
    # the six Bitcoin addresses: both who published them and who repeats it
    lists = "MATCH (w:Wallet {network: 'btc'})-[:LISTED_BY]->(:Source {id: 'fbi-2023-08-22'}) RETURN count(w)"
    assert found(store, lists) == [(6,)]
    lazarus2 = pack_id(
        "tagpack", "lazarus2", "GraphSense Core Team", "FBI Identifies Cryptocurrency Funds Stolen by DPRK"
    )
    chain = "MATCH p = (:Source {id: $copy})-[:DERIVED_FROM*1..3]->(:Source {id: $original}) RETURN length(p)"
    assert found(store, chain, copy=lazarus2, original="fbi-2023-08-22") == [(2,)]
    campaigns = "MATCH (c:Campaign)-[:ATTRIBUTED_TO]->(g:ActorGroup) RETURN count(c)"
    assert found(store, campaigns) == [(25,)]


def test_the_attack_excerpt_has_all_that_the_evaluation_needs(shared: Path) -> None:
    """Every live relationship of groups and campaigns, counted in the whole bundle and in the excerpt."""

    def counts(path: Path) -> Counter[tuple[str, str]]:
        objects = parse_json(lzma.decompress(path.read_bytes()).decode(), path.name)["objects"]
        relations = (o for o in objects if o["type"] == "relationship")
        kinds = ((o["source_ref"].split("--")[0], o["relationship_type"]) for o in relations)
        wanted = {(start, kind) for start in ("intrusion-set", "campaign") for kind in ("uses", "attributed-to")}
        return Counter(kind for kind in kinds if kind in wanted)

    whole = counts(shared / "mitre-attack" / "enterprise-attack-v18.1-reassembled.json.xz")
    entry = bundle_entries()[0]
    assert counts(entry.path) == whole
    assert whole["campaign", "attributed-to"] == 25
    assert entry.path.stat().st_size < 2_500_000


def test_licences_that_ask_for_a_notice_have_one() -> None:
    text = (bundle_folder() / "LICENCES.txt").read_text("utf-8")
    for notice in ("Iknaio", "AnonymousMFTracer", "DspytDAO", "Volexity", "ESET spol", "JPCERT"):
        assert re.search(f"Copyright.*{notice}", text), notice
    assert not any("none stated" in e.licence and "facts" not in e.licence for e in bundle_entries())
    assert len(psa_addresses()) == 51
