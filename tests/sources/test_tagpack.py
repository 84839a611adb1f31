"""TagPacks: who is said to hold what, by whom, and never more than that."""

from __future__ import annotations

import lzma
import re
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, RunReport, ingest_file
from workbench.ingest.lists.graphsense import kind_of_actor, pack_id, pack_name, service_concept, web_source

HEADER = "title: Test pack\ncreator: Somebody\nsource: https://example.org/list\nconfidence: forensic\ncurrency: BTC\n"
CORE_TEAM = "GraphSense Core Team"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SILK_ROAD = "1F1tAaz5x1HUXrCNLbtMDqcw6o5GNn4xqX"
VITALIK = "0xd8dA6BF26964aF9D7eEd9e03E53415D37aA96045"
TRON = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def pack(folder: Path, tags: str, header: str = HEADER, name: str = "test.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"{header}tags:\n{tags}", encoding="utf-8")
    return path


def text_of(path: Path) -> str:
    data = path.read_bytes()
    return (lzma.decompress(data) if path.suffix == ".xz" else data).decode()


def reasons(report: RunReport) -> list[str]:
    return [issue.reason for issue in report.issues]


def rows(store: Store, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    return store.read(statement, parameters).rows


@pytest.mark.parametrize(
    "name",
    [
        "lazarus.yaml",
        "lazarus2.yaml",
        "ronin_bridge.yaml",
        "hacks.yaml",
        "demo.yaml",
        "exchange-wallets-bitfinexcom.yaml",
        "exchange-wallets-kucoin.yaml",
        "walletexplorer.yaml",
        "ransomwhere.yaml.xz",
    ],
)
def test_every_tag_of_the_real_files_is_accounted_for(store: Store, shared: Path, name: str) -> None:
    path = shared / "graphsense-tagpacks" / name
    tags = len(re.findall(r"^ *(?:- )? *address:", text_of(path), re.MULTILINE))
    first = ingest_file(store, path)
    assert first.format == "tagpack"
    assert first.rows_in == tags == first.loaded + first.quarantined + first.duplicates
    before = content_hash(store)
    second = ingest_file(store, path)
    assert (second.loaded, second.retracted) == (0, 0)
    assert content_hash(store) == before


def test_lazarus_is_a_group_and_graphsense_is_not_ofac(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "graphsense-tagpacks" / "lazarus.yaml")
    listed = rows(store, "MATCH (:Wallet)-[l:LISTED_BY]->(s:Source) RETURN DISTINCT l.listing, s.id")
    assert listed == [("tagged", pack_id("tagpack", "lazarus", CORE_TEAM, "OFAC Tagpack"))]
    statement = "MATCH (w:Wallet)-[a:ATTRIBUTED_TO]->(g:ActorGroup) RETURN g.id, a.confidence, count(DISTINCT w)"
    assert rows(store, statement) == [("graphsense:lazarusgroup", 60, 21)]
    assert rows(store, "MATCH (s:Service) RETURN s.id") == []
    pages = rows(store, "MATCH (:Source)-[:DERIVED_FROM]->(p:Source) RETURN p.publisher, p.kind")
    assert pages == [("treasury.gov", "authority")]


def test_published_by_the_fbi_is_not_a_sanction(store: Store, shared: Path) -> None:
    """The six addresses the FBI published on 22 August 2023, which this pack tags as a sanction."""
    report = ingest_file(store, shared / "graphsense-tagpacks" / "lazarus2.yaml")
    assert reasons(report).count("tagged as a sanction, but citing no sanctions authority") == 6
    assert rows(store, "MATCH ()-[l:LISTED_BY]->() RETURN l") == []
    assert rows(store, "MATCH (w:Wallet)-[:ATTRIBUTED_TO]->() RETURN count(DISTINCT w)") == [(6,)]


def test_tags_inherit_the_header_and_may_override_it(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "graphsense-tagpacks" / "exchange-wallets-bybit.yaml")
    found = rows(
        store,
        "MATCH (s:Service)-[c:CONTROLS]->(w:Wallet) RETURN s.id, s.concept, w.address, c.evidence, c.confidence "
        "ORDER BY w.address LIMIT 2",
    )
    assert found[0][:3] == ("bybit", "exchange", "0x1db92e2eebc8e0c075a02bea49a2935bcd2dfcf4")
    statement = "MATCH ()-[c:CONTROLS]->(:Wallet {address: $a}) RETURN c.evidence, c.confidence, c.method"
    own = rows(store, statement, a="1GrwDkr33gT6LuumniYjKEGjTLhsL5kmqC")
    assert own == [("https://www.bybithelp.com/bybitHC_Article?id=000001880", 50, "service_data")]


def test_names_carry_the_concept_and_the_pack(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "graphsense-tagpacks" / "ronin_bridge.yaml")
    wallet = "eip155:1:0x098b716b8aaf21512996dc57eb0615e2383e2f96"
    pack_says = "MATCH (s:Source)-[n:NAMED]->(w:Wallet {id: $id}) RETURN s.id, s.publisher"
    assert rows(store, pack_says, id=wallet) == [
        (pack_id("tagpack", "ronin-bridge", CORE_TEAM, "Ronin bridge hack"), CORE_TEAM)
    ]
    named = "MATCH ()-[n:NAMED]->(w:Wallet {id: $id}) RETURN n.name, n.kind, n.concept, n.confidence"
    assert rows(store, named, id=wallet) == [("Ronin bridge exploiter", "label", "service_hack", 50)]


def test_one_site_with_a_page_for_each_address_is_one_source(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "graphsense-tagpacks" / "walletexplorer.yaml")
    assert rows(store, "MATCH (:Source)-[:DERIVED_FROM]->(p:Source) RETURN p.id") == [
        ("web-walletexplorer-com-address",)
    ]


def test_order_of_packs_does_not_matter(store: Store, shared: Path) -> None:
    folder = shared / "graphsense-tagpacks"
    files = [folder / "lazarus.yaml", folder / "blender_io.yaml", folder / "graphsense.actorpack.yaml.xz"]
    hashes = set()
    for order in (files, files[::-1]):
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        for path in (*order, files[0]):
            ingest_file(store, path)
        hashes.add(content_hash(store))
    assert len(hashes) == 1
    assert rows(store, "MATCH (g:ActorGroup {id: 'graphsense:lazarusgroup'}) RETURN g.name") == [("Lazarus Group",)]


@pytest.mark.parametrize(
    ("tag", "reason"),
    [
        ("- {address: 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb, label: x}", "no network accepts this address"),
        (f"- {{address: {GENESIS}, label: x, network: ETH}}", "stated as Ethereum"),
        (f"- {{address: '{VITALIK}', label: x}}", "does not tell which network"),
        (f"- {{address: '{VITALIK}', label: x, currency: USDT}}", "does not tell which network"),
        (f"- {{address: '{VITALIK}', label: x, currency: VET}}", "no network the workbench knows"),
        (f"- {{address: {GENESIS}, label: x, confidence: sure}}", "not a confidence"),
        (f"- {{address: {GENESIS}}}", "label is missing"),
        ("- {label: x}", "neither address nor tx_hash"),
        (f"- {{address: {GENESIS}, label: a, label: b}}", "given twice"),
        (f"- {{address: [{GENESIS}], label: x}}", "not a text"),
        ("- just a word", "not a mapping"),
        ("- {tx_hash: abc, label: x}", "not a transaction hash"),
        (f"- {{tx_hash: {'ab' * 32}, label: x, network: ETH}}", "only UTXO networks"),
    ],
)
def test_bad_tags_are_quarantined_with_the_reason(store: Store, tmp_path: Path, tag: str, reason: str) -> None:
    report = ingest_file(store, pack(tmp_path, f"{tag}\n- {{address: {SILK_ROAD}, label: good}}\n"))
    assert (report.rows_in, report.loaded, report.quarantined) == (2, 1, 1)
    assert any(reason in text for text in reasons(report))
    assert rows(store, "MATCH (w:Wallet) RETURN w.address") == [(SILK_ROAD,)]


def test_the_address_decides_the_network_where_the_asset_does_not(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, pack(tmp_path, f"- {{address: {TRON}, label: x, currency: USDT}}\n"))
    assert any("the currency is USDT, but the address is of trx" in text for text in reasons(report))
    assert rows(store, "MATCH (w:Wallet) RETURN w.network") == [("trx",)]


def test_an_unquoted_hexadecimal_address_is_not_a_number(store: Store, tmp_path: Path) -> None:
    ingest_file(store, pack(tmp_path, f"- {{address: {VITALIK}, label: 0123, network: ETH}}\n"))
    assert rows(store, "MATCH ()-[n:NAMED]->(w:Wallet) RETURN w.address, n.name") == [(VITALIK.lower(), "0123")]


def test_a_list_where_the_day_of_the_edition_should_be_is_told(store: Store, tmp_path: Path) -> None:
    """Found by fuzzing."""
    path = pack(tmp_path, f"- address: {GENESIS}\n  label: Somebody\n", HEADER + "lastmod: [2021-11-14, 3]\n")
    report = ingest_file(store, path, Options())
    assert (report.rows_in, report.loaded) == (1, 1)
    assert "not a time" in reasons(report)


def test_a_tag_on_a_transaction_names_it(store: Store, tmp_path: Path) -> None:
    tag = f"- {{tx_hash: {'AB' * 32}, label: peel chain, abuse: service_hack, actor: someone}}\n"
    report = ingest_file(store, pack(tmp_path, tag))
    assert (report.loaded, report.warnings) == (1, 1)
    assert rows(store, "MATCH ()-[n:NAMED]->(t:Transaction) RETURN t.hash, t.network, n.name") == [
        ("ab" * 32, "btc", "peel chain")
    ]


@pytest.mark.parametrize(
    ("concepts", "kind"),
    [
        (["exchange"], "service"),
        (["mixing_service", "sanction"], "service"),
        (["user", "sanction"], "group"),
        (["perpetrator"], "group"),
        (["service_hack"], "group"),
        (["exchange", "service_hack"], "undecided"),
        (["victim", "service_hack"], "undecided"),
        (["victim", "exchange"], "undecided"),
        ([], "undecided"),
        (["user"], "undecided"),
        (["made_up"], "undecided"),
    ],
)
def test_what_an_actor_is(concepts: list[str], kind: str) -> None:
    assert kind_of_actor(concepts) == kind


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("category: exchange, abuse: service_hack", "exchange, service_hack"),
        ("concepts: [victim], abuse: service_hack", "victim"),
        ("category: exchange, tag_type: mention", "mention"),
        ("label: nothing said", "no concept"),
    ],
)
def test_nobody_is_accused_where_the_tag_does_not_tell(store: Store, tmp_path: Path, fields: str, shown: str) -> None:
    label = "" if "label" in fields else "label: x, "
    report = ingest_file(store, pack(tmp_path, f"- {{address: {GENESIS}, actor: bitstamp, {label}{fields}}}\n"))
    assert report.loaded == 1
    assert any(
        issue.field == "actor" and issue.action == "dropped" and shown in issue.reason for issue in report.issues
    )
    assert rows(store, "MATCH ()-[c:CONTROLS|ATTRIBUTED_TO]->() RETURN c") == []


def test_an_unknown_category_is_a_warning_and_no_default(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, pack(tmp_path, f"- {{address: {GENESIS}, label: x, category: exchnage, actor: y}}\n"))
    assert any("taxonomy" in text for text in reasons(report))
    assert rows(store, "MATCH ()-[n:NAMED]->() RETURN n.concept") == [("exchnage",)]
    assert rows(store, "MATCH (s:Service) RETURN s") == []


def test_repeated_tags_are_duplicates(store: Store, tmp_path: Path) -> None:
    tag = f"- {{address: {GENESIS}, label: x}}\n"
    report = ingest_file(store, pack(tmp_path, tag * 3))
    assert (report.rows_in, report.loaded, report.duplicates) == (3, 1, 2)


def test_a_later_edition_retracts_what_it_dropped(store: Store, tmp_path: Path) -> None:
    keep = "".join(f"- {{address: {SILK_ROAD}, label: kept {n}}}\n" for n in range(3))
    ingest_file(store, pack(tmp_path / "1", keep + f"- {{address: {GENESIS}, label: dropped}}\n"))
    report = ingest_file(store, pack(tmp_path / "2", keep))
    assert (report.loaded, report.retracted) == (0, 1)
    told = rows(store, "MATCH ()-[n:NAMED]->() RETURN n.name, n.retracted_at IS NULL ORDER BY n.name")
    assert told == [("dropped", False), ("kept 0", True), ("kept 1", True), ("kept 2", True)]
    again = ingest_file(store, tmp_path / "1" / "test.yaml")
    assert (again.loaded, again.retracted) == (1, 0)


def test_packs_with_the_same_title_leave_each_other_alone(store: Store, tmp_path: Path) -> None:
    ingest_file(store, pack(tmp_path, f"- {{address: {GENESIS}, label: one}}\n", name="one.yaml"))
    report = ingest_file(store, pack(tmp_path, f"- {{address: {SILK_ROAD}, label: two}}\n", name="two.yaml"))
    assert report.retracted == 0
    assert rows(store, "MATCH ()-[n:NAMED]->() WHERE n.retracted_at IS NULL RETURN count(n)") == [(2,)]


@pytest.mark.parametrize("change", ["title: OFAC Tagpack, new edition", "creator: Somebody"])
def test_a_strangers_pack_of_the_same_name_retracts_nothing(
    store: Store, shared: Path, tmp_path: Path, change: str
) -> None:
    official = shared / "graphsense-tagpacks" / "lazarus.yaml"
    first = ingest_file(store, official)
    live = "MATCH ()-[c]->() WHERE c.source_id = $id AND c.retracted_at IS NULL RETURN count(c)"
    before = rows(store, live, id=first.source)
    named = "MATCH (s:Source {id: $id}) RETURN s.title, s.publisher, s.described_by"
    described = rows(store, named, id=first.source)
    lines = re.sub(rf"^{change.partition(':')[0]}: .*$", change, text_of(official), flags=re.MULTILINE)
    head, *tags = re.split(r"^(?= *- )", lines, flags=re.MULTILINE)
    (tmp_path / "lazarus.yaml").write_text(head + "".join(tags[: len(tags) * 2 // 3]), encoding="utf-8")
    stranger = ingest_file(store, tmp_path / "lazarus.yaml", Options(accept_shrink=True))
    assert stranger.format == "tagpack"
    assert stranger.loaded > 0
    assert (stranger.retracted, stranger.source != first.source) == (0, True)
    assert rows(store, live, id=first.source) == before
    assert rows(store, named, id=first.source) == described


@pytest.mark.parametrize("damage", ["cut", "garbled"])
def test_a_damaged_edition_retracts_nothing(store: Store, tmp_path: Path, damage: str) -> None:
    tags = [f"- {{address: {GENESIS}, label: tag {n}}}\n" for n in range(20)]
    ingest_file(store, pack(tmp_path / "1", "".join(tags)))
    if damage == "cut":
        path = pack(tmp_path / "2", "".join(tags[:3]))
        report = ingest_file(store, path)
    else:
        path = pack(tmp_path / "2", "".join(tags[:3]) + "".join(t.replace(GENESIS, "gone") for t in tags[3:]))
        report = ingest_file(store, path)
        assert report.quarantined == 17
    assert report.retracted == 0
    assert any("nothing was retracted" in text for text in reasons(report))
    assert rows(store, "MATCH ()-[n:NAMED]->() WHERE n.retracted_at IS NULL RETURN count(n)") == [(20,)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tags:\n",
        "tags: 3\ntitle: x\n",
        "title: [x]\ncreator: y\ntags: [a]\n",
        "tags:\n- {a: 1\n",
        "tags: []\ncreator: x\n",
        "creator: x\ntags: !!python/object/apply:os.system ['true']\n",
        "creator: x\ntags: " + "[" * 10_000,
    ],
)
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        ingest_file(store, path, Options(as_format="tagpack"))
    assert rows(store, "MATCH (n:Wallet|Source) RETURN n") == []


def test_hostile_text_stays_text(store: Store, tmp_path: Path) -> None:
    label = "<script>alert(1)</script>'}) DETACH DELETE n //"
    ingest_file(store, pack(tmp_path, f'- {{address: {GENESIS}, label: "{label}"}}\n'))
    assert rows(store, "MATCH ()-[n:NAMED]->() RETURN n.name") == [(label,)]


def test_marking_and_source_name_come_from_the_user(store: Store, tmp_path: Path) -> None:
    path = pack(tmp_path, f"- {{address: {GENESIS}, label: x}}\n")
    report = ingest_file(store, path, Options(source="my-pack", tlp="amber"))
    assert report.source == "my-pack"
    assert rows(store, "MATCH (s:Source)-[n:NAMED]->() RETURN s.id, n.tlp") == [("my-pack", "amber")]


def test_names_of_packs_pages_and_concepts() -> None:
    assert pack_name("Ronin_Bridge.yaml.xz", "any") == "ronin-bridge"
    assert pack_name("stdin", "My Pack") == "my-pack"
    ids = {pack_id("tagpack", "x", *who) for who in (("a", "b"), ("b", "a"), ("ab", None), (None, "ab"), ("a", None))}
    assert len(ids) == 5
    for url in ("ftp://example.org/x", "https://localhost/x", "not a page", "https://[bad", "javascript:alert(1)"):
        assert web_source(url) is None
    same = {web_source(url).id for url in ("https://www.fbi.gov/news/x/", "http://fbi.gov/news/x")}  # type: ignore[union-attr]
    assert same == {"web-fbi-gov-news-x"}
    assert service_concept(["organization", "exchange", "mining_service"]) == "exchange"
    assert service_concept(["organization", "defi_dex", "exchange"]) is None
    assert service_concept(["user"]) is None
