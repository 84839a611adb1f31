"""OpenSanctions' entities: who is named, in whose word, from when to when.

No sample is in the shared data; the fixture is built from the published model (FollowTheMoney schemata and topics,
OpenSanctions' entity fields). Nobody in it exists.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.sanction_cases import btc, eth, trx
from tests.sources.template_cases import HOSTILE, found, load, reasons
from workbench.errors import InputError, RecordError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.sources.opensanctions import RELATIONS, OpenSanctions
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

SDN, FBI, IL = "us_ofac_sdn", "us_fbi_lazarus_crypto", "il_mod_crypto"


def entity(
    id_: str, schema: str, datasets: str | list[str] = SDN, caption: str = "", **properties: Any
) -> dict[str, Any]:
    lists = {name: value if isinstance(value, list) else [value] for name, value in properties.items()}
    return {
        "id": id_, "caption": caption or id_.upper(), "schema": schema, "properties": lists, "referents": [],
        "datasets": [datasets] if isinstance(datasets, str) else datasets, "target": True,
        "first_seen": "2023-04-20T11:00:00", "last_seen": "2024-03-01T06:00:00", "last_change": "2023-04-20T11:00:00",
    }  # fmt: skip


def lines(*entities: dict[str, Any] | str) -> str:
    return "".join((e if isinstance(e, str) else json.dumps(e)) + "\n" for e in entities)


GROUP = entity("ofac-1", "Organization", name=["EXAMPLE GROUP", "Example Grp"], alias="GUARDIANS", topics="sanction")
LISTING = entity("s-1", "Sanction", entity="ofac-1", listingDate="2019-09-13", program=["DPRK3", "CYBER2"])
PERSON = entity("ofac-2", "Person", caption="Given Invented", topics=["sanction", "crime.cyber"])
ENDED = entity("s-2", "Sanction", entity="ofac-2", startDate="2020-01-05", endDate="2023-02-01", program="DPRK3")
BITCOIN = entity("w-1", "CryptoWallet", publicKey=btc(1), currency="XBT", holder="ofac-1", topics="sanction")
TETHER = entity("w-2", "CryptoWallet", publicKey=trx(2), currency="USDT", holder="ofac-2", topics="sanction")
OWNED = entity("o-1", "Ownership", owner="ofac-2", asset="ofac-1", role="shareholder", startDate="2018-06-01")
POLITICIAN = entity("Q1", "Person", caption="Some Politician", topics=["role.pep", "poi"])
RELATIVE = entity("Q2", "Person", caption="Some Relative")
FAMILY = entity("f-1", "Family", person="ofac-2", relative="Q2")
PLACE = entity("a-1", "Address", full="1 Example Street")
ALL = [BITCOIN, TETHER, OWNED, LISTING, ENDED, GROUP, PERSON, POLITICIAN, RELATIVE, FAMILY, PLACE]


def test_a_whole_data_set_is_accounted_for(store: Store, tmp_path: Path) -> None:
    """Counted another way: lines by schema, less the two people nobody designates, their relation and the place."""
    text = lines(*ALL)
    schemas = Counter(json.loads(line)["schema"] for line in text.splitlines())
    report = load(store, tmp_path, text, "entities.ftm.json")
    assert (report.format, report.quarantined) == ("opensanctions", 0)
    assert report.rows_in == report.loaded == schemas.total() - 4
    assert reasons(report, "dropped") == [
        "left out: 1 entities of schema Address", "left out: 2 entities of schema Person that no authority designates",
        "left out: 1 relations of schema Family with an end that is not loaded",
    ]  # fmt: skip
    run = "MATCH (r:IngestRun) RETURN r.dataset, r.edition"
    assert found(store, run) == [("opensanctions-us-ofac-sdn", "2024-03-01")]
    before = content_hash(store)
    again = load(store, tmp_path, text, "entities.ftm.json")
    assert (again.loaded, again.duplicates, again.retracted) == (0, report.rows_in, 0)
    assert content_hash(store) == before


def test_only_people_whom_an_authority_designates_are_people_here(store: Store, tmp_path: Path) -> None:
    linked = entity("Q3", "Person", topics=["sanction.linked", "role.rca"])
    debarred = entity("Q4", "Person", caption="Debarred One", topics="debarment")
    decision = entity("s-4", "Sanction", entity="Q4", listingDate="2021-01-01", authority="A Bank")
    wanted = entity("Q5", "Person", caption="Wanted One", topics="wanted")
    maybe = entity("Q6", "LegalEntity", topics="poi")
    shown = entity("Q7", "LegalEntity", caption="A Desk", topics="sanction")
    report = load(store, tmp_path, lines(*ALL, linked, debarred, decision, wanted, maybe, shown), "e.json")
    people = [row[0] for row in found(store, "MATCH (p:Person) RETURN p.name ORDER BY p.name")]
    assert people == ["Debarred One", "Given Invented", "Wanted One"]
    listed = "MATCH (:Person {name: 'Wanted One'})-[l:LISTED_BY]->(s) RETURN l.listing, l.label, s.id"
    assert found(store, listed) == [("published", "wanted", "ofac")]
    assert "a LegalEntity: whether a person or an organisation is not said" in reasons(report, "warned")
    assert found(store, "MATCH (o:Organisation {name: 'A Desk'})-[l:LISTED_BY]->() RETURN l.listing") == [
        ("sanctioned",)
    ]


def test_trap_4_listings_begin_and_end(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, lines(*ALL), "e.json")
    said = (
        "MATCH (x)-[l:LISTED_BY]->(s) WHERE NOT x:Wallet RETURN x.id, s.id, l.listing, l.program, "
        "toString(date(l.valid_from)), toString(date(l.valid_to)) ORDER BY x.id"
    )
    assert found(store, said) == [
        ("opensanctions:ofac-1", "ofac", "sanctioned", "DPRK3; CYBER2", "2019-09-13", None),
        ("opensanctions:ofac-2", "ofac", "sanctioned", "DPRK3", "2020-01-05", "2023-02-01"),
    ]


def test_trap_1_the_asset_is_not_the_chain(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, lines(*ALL), "e.json")
    wallets = (
        "MATCH (w:Wallet)-[l:LISTED_BY]->(s), (w)-[a:ATTRIBUTED_TO]->(o) RETURN w.network, l.asset, l.listing, o.id"
    )
    assert sorted(found(store, wallets)) == [
        ("btc", "XBT", "sanctioned", "opensanctions:ofac-1"), ("trx", "USDT", "sanctioned", "opensanctions:ofac-2"),
    ]  # fmt: skip


@pytest.mark.parametrize("merged", [False, True])
def test_trap_3_two_authorities_two_owners_both_stand(store: Store, tmp_path: Path, merged: bool) -> None:
    other = entity("fbi-1", "Organization", FBI, caption="Another Group")
    if merged:
        both = entity("w-9", "CryptoWallet", [SDN, FBI], publicKey=eth(9), currency="ETH", holder=["ofac-1", "fbi-1"],
                      topics="sanction")  # fmt: skip
        wallets = [both]
    else:
        wallets = [entity("w-9", "CryptoWallet", publicKey=eth(9), currency="ETH", holder="ofac-1", topics="sanction"),
                   entity("w-8", "CryptoWallet", FBI, publicKey=eth(9), currency="ETH", holder="fbi-1")]  # fmt: skip
    report = load(store, tmp_path, lines(*ALL, other, *wallets), "e.json")
    assert report.quarantined == 0
    owners = "MATCH (w:Wallet {address: $a})-[c:ATTRIBUTED_TO]->(o) RETURN o.name, c.source_id ORDER BY o.name"
    assert found(store, owners, a=eth(9)) == [
        ("Another Group", "opensanctions-us-fbi-lazarus-crypto"), ("OFAC-1", "opensanctions-us-ofac-sdn"),
    ]  # fmt: skip
    listed = "MATCH (w:Wallet {address: $a})-[l:LISTED_BY]->(s) RETURN s.id, l.listing, l.source_id ORDER BY s.id"
    assert found(store, listed, a=eth(9)) == [
        ("ofac", "sanctioned", "opensanctions-us-ofac-sdn"),
        ("opensanctions-us-fbi-lazarus-crypto", "published", "opensanctions-us-fbi-lazarus-crypto"),
    ]
    rivals = QueryLibrary([shipped_folder("queries")]).run(store, "wallets/rival-claims", {}).records()
    assert [(row["owner"], row["sources"], row["other"], row["other_sources"]) for row in rivals] == [
        ("opensanctions:fbi-1", ["opensanctions-us-fbi-lazarus-crypto"], "opensanctions:ofac-1",
         ["opensanctions-us-ofac-sdn"]),
    ]  # fmt: skip
    derived = "MATCH (a:Source)-[:DERIVED_FROM]->(b:Source) RETURN a.id, b.id"
    assert found(store, derived) == [("opensanctions-us-ofac-sdn", "ofac")]
    assert any("2 data sets in one file" in reason for reason in reasons(report, "warned"))


def test_a_sanction_of_a_wallet_gives_its_dates(store: Store, tmp_path: Path) -> None:
    """A wallet seized by order and released later: the order ended."""
    wallet = entity("w-5", "CryptoWallet", IL, publicKey=eth(5), currency="ETH")
    order = entity("s-5", "Sanction", IL, entity="w-5", startDate="2021-06-30", endDate="2022-01-01")
    load(store, tmp_path, lines(wallet, order), "e.json")
    said = (
        "MATCH (:Wallet)-[l:LISTED_BY]->() RETURN l.listing, toString(date(l.valid_from)), toString(date(l.valid_to))"
    )
    assert sorted(found(store, said)) == [("published", None, None), ("sanctioned", "2021-06-30", "2022-01-01")]


def test_relations_are_kept_in_the_word_of_the_source(store: Store, tmp_path: Path) -> None:
    wallet = entity("o-2", "Ownership", owner="ofac-1", asset="w-1")
    load(store, tmp_path, lines(*ALL, wallet), "e.json")
    said = "MATCH (a)-[r:RELATED]->(b) RETURN a.id, r.relation, r.description, b.id, toString(date(r.valid_from))"
    assert found(store, said) == [
        ("opensanctions:ofac-2", "ownership", "shareholder", "opensanctions:ofac-1", "2018-06-01")
    ]
    names = "MATCH ()-[n:NAMED]->(o {id: 'opensanctions:ofac-1'}) RETURN n.name, n.kind ORDER BY n.name"
    assert found(store, names) == [
        ("EXAMPLE GROUP", "alias"), ("Example Grp", "alias"), ("GUARDIANS", "alias"), ("OFAC-1", "name"),
    ]  # fmt: skip


@pytest.mark.parametrize("direction", ["forth", "back"])
def test_having_sent_money_to_a_wallet_is_not_holding_it(store: Store, tmp_path: Path, direction: str) -> None:
    ends = ("ofac-2", "w-9") if direction == "forth" else ("w-9", "ofac-2")
    wallet = entity("w-9", "CryptoWallet", publicKey=eth(9), currency="ETH")
    link = entity("l-1", "UnknownLink", subject=ends[0], object=ends[1], role="sent money to")
    report = load(store, tmp_path, lines(GROUP, PERSON, wallet, link), "e.json")
    assert (report.rows_in, report.loaded, report.quarantined) == (4, 4, 0)
    assert found(store, "MATCH ()-[a:ATTRIBUTED_TO]->() RETURN a") == []
    at = {"ofac-2": "opensanctions:ofac-2", "w-9": f"eip155:1:{eth(9)}"}
    assert found(store, "MATCH (a)-[r:RELATED]->(b) RETURN a.id, r.relation, r.description, b.id") == [
        (at[ends[0]], "unknownlink", "sent money to", at[ends[1]])
    ]


@pytest.mark.parametrize("schema", sorted(RELATIONS))
@pytest.mark.parametrize("forth", [True, False])
def test_only_an_ownership_of_a_wallet_attributes_it(store: Store, tmp_path: Path, schema: str, forth: bool) -> None:
    start, stop = RELATIONS[schema] if forth else reversed(RELATIONS[schema])
    wallet = entity("w-9", "CryptoWallet", publicKey=eth(9), currency="ETH")
    link = entity("l-1", schema, **{start: "ofac-1", stop: "w-9"})
    assert load(store, tmp_path, lines(GROUP, wallet, link), "e.json").loaded == 3
    made = found(store, "MATCH (:Wallet)-[c:ATTRIBUTED_TO|RELATED]-(:Organisation) RETURN type(c)")
    assert made == [("ATTRIBUTED_TO" if schema == "Ownership" and forth else "RELATED",)]


def test_wallets_related_to_each_other_and_words_about_an_ownership(store: Store, tmp_path: Path) -> None:
    pair = [entity(f"w-{n}", "CryptoWallet", publicKey=eth(n), currency="ETH") for n in (8, 9)]
    link = entity("l-1", "UnknownLink", subject="w-8", object="w-9", role="swept into")
    owned = entity("l-2", "Ownership", owner="ofac-1", asset="w-9", role="former owner")
    report = load(store, tmp_path, lines(GROUP, *pair, link, owned), "e.json")
    assert found(store, "MATCH (a:Wallet)-[r:RELATED]->(b:Wallet) RETURN a.address, r.description, b.address") == [
        (eth(8), "swept into", eth(9))
    ]
    assert [issue.value for issue in report.issues if issue.action == "dropped"] == ["former owner"]


LISTINGS = (
    "MATCH (o:Organisation)-[l:LISTED_BY]->(s) "
    "RETURN s.id, l.listing, l.label, toString(date(l.valid_from)), toString(date(l.valid_to))"
)


@pytest.mark.parametrize("status", ["Delisted", "de-listed", "Removed", "Expired", "REVOKED", "Inactive", "Suspended"])
def test_a_sanction_that_is_called_ended_is_not_one_without_end(store: Store, tmp_path: Path, status: str) -> None:
    ended = entity("s-1", "Sanction", entity="ofac-1", listingDate="2019-09-13", status=status)
    report = load(store, tmp_path, lines(GROUP, ended), "e.json")
    assert (report.loaded, report.quarantined) == (2, 0)
    assert found(store, LISTINGS) == [("ofac", "published", f"status: {status}", "2019-09-13", None)]
    assert any("called ended, without a day" in reason for reason in reasons(report, "warned"))


@pytest.mark.parametrize(
    ("status", "ends", "listing", "until", "told"),
    [
        ("Delisted", ["2023-02-01"], "sanctioned", "2023-02-01", ""),  # the dates say all
        ("Delisted", ["2023"], "published", None, "called ended"),
        ("Active", [], "sanctioned", None, ""),
        ("Active", ["2023"], "published", None, "ends on no day"),
        ("Under the seventh heaven", [], "sanctioned", None, "does not know"),
    ],
)
def test_status_and_dates_together(
    store: Store, tmp_path: Path, status: str, ends: list[str], listing: str, until: str | None, told: str
) -> None:
    order = entity("s-1", "Sanction", entity="ofac-1", listingDate="2019-09-13", status=status, endDate=ends)
    report = load(store, tmp_path, lines(GROUP, order), "e.json")
    assert found(store, LISTINGS) == [("ofac", listing, f"status: {status}", "2019-09-13", until)]
    said = [reason for reason in reasons(report, "warned") if "date without a day" not in reason]
    assert [told in reason for reason in said] == ([True] if told else [])


def test_a_date_without_a_day_says_nothing_about_a_day(store: Store, tmp_path: Path) -> None:
    vague = {**LISTING, "properties": {**LISTING["properties"], "listingDate": ["2019"]}}
    report = load(store, tmp_path, lines(GROUP, vague), "e.json")
    assert "a date without a day is left out" in reasons(report, "warned")
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN l.valid_from") == [(None,)]


def test_a_later_edition_delists_and_an_older_one_does_not(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, lines(*ALL), "e.json")
    later = [{**e, "last_seen": "2024-06-01T00:00:00"} for e in ALL if e is not BITCOIN]
    assert load(store, tmp_path, lines(*later), "e.json").retracted == 2
    older = [{**e, "last_seen": "2023-06-01T00:00:00"} for e in (GROUP, LISTING)]
    assert load(store, tmp_path, lines(*older), "e.json", accept_shrink=True).retracted == 0


BAD = [
    ("not json", "not JSON"), ('{"id": "x"}', "needs a schema"), ("[1]", "not an entity"),
    (json.dumps({**GROUP, "id": "no good"}), "not the id"), (json.dumps({**GROUP, "datasets": "x"}), "data sets"),
    (json.dumps({**GROUP, "properties": {"name": "x"}}), "not a list"),
    (json.dumps(entity("w-7", "CryptoWallet", currency="XBT")), "without an address"),
    (json.dumps(entity("w-7", "CryptoWallet", publicKey=btc(1)[:-1])), "no network accepts"),
    (json.dumps(entity("s-7", "Sanction", program="X")), "sanction of nobody"),
    (json.dumps(entity("s-7", "Sanction", entity="ofac-1", startDate="2021-13-45")), "not a time"),
    ('{"id": ' + "[" * 5_000, "nested too deeply"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "why"), BAD, ids=[why for _, why in BAD])
def test_a_bad_line_costs_itself(store: Store, tmp_path: Path, line: str, why: str) -> None:
    report = load(store, tmp_path, lines(line, GROUP, LISTING), "e.json", as_format="opensanctions")
    assert (report.loaded, report.quarantined) == (2, 1)
    assert why in reasons(report, "quarantined")[0]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(store: Store, tmp_path: Path, name: str) -> None:
    load(store, tmp_path, lines(entity("x", "Organization", caption=name)), "e.json")
    assert found(store, "MATCH (o:Organisation) RETURN o.name") == [(" ".join(name.split()),)]


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.text(max_size=8) | st.integers(), lambda x: st.lists(x, max_size=3) |
       st.dictionaries(st.sampled_from(["id", "schema", "properties", "datasets", "holder", "entity"]), x, max_size=4),
       max_leaves=12))  # fmt: skip
def test_whatever_a_line_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    path = tmp_path_factory.mktemp("os") / "e.json"
    strange = [{**e, "properties": {**e["properties"], "holder": [value], "entity": [value]}} for e in ALL]
    path.write_text(lines(GROUP, json.dumps(value), *strange), "utf-8")
    fmt, context = OpenSanctions(), Context()
    for row in fmt.rows(SourceFile(path), context):
        with suppress(RecordError):
            assert list(fmt.records(json.loads(json.dumps(row.raw)), context))


def test_empty_and_foreign_files_are_refused(store: Store, tmp_path: Path) -> None:
    for text in ("", "\n\n", "{}\n", "no json"):
        with pytest.raises(InputError):
            load(store, tmp_path, text, "e.json", as_format="opensanctions")
    assert found(store, "MATCH (n:Wallet|Person|Organisation) RETURN n") == []


def test_what_is_detected(tmp_path: Path, shared: Path) -> None:
    path = tmp_path / "any.json"
    path.write_text("\ufeff" + lines(*ALL), "utf-8")
    assert formats().detect(SourceFile(path)) is OpenSanctions
    others = [p for p in shared.glob("*/*.json") if p.stat().st_size < 1_000_000]
    assert others
    assert [p.name for p in others if OpenSanctions.detect(SourceFile(p).sample(), p.name)] == []
