"""The sixteen traps that real data contains (reference/formats.md), one named test each, from a file to the answer.

The files are real ones of the shared data where it holds such a case, and else small ones made here; each test says
which. What a trap does to a single format is tested in that format's own file too.
"""

from __future__ import annotations

import csv
import lzma
from pathlib import Path
from typing import Any

import pytest

from tests.attribution_case import ATOMIC, FBI, FBI_NAMES, MITRE, MITRE_GROUPS, fbi_statement
from tests.attribution_case import load as load_claims
from tests.ledger_cases import transfers
from tests.sources.sanction_cases import NOTHING, advanced_xml, btc, eth, load_file, ofac_files, trx, wallets, write
from tests.sources.template_cases import as_csv, found, load, reasons
from tests.sources.test_attack_stix import GROUP, TOOL, bundle, relation
from tests.sources.test_etherscan import TOKENS, USDT, export, row
from workbench.analysis.attribution.rank import attribute
from workbench.analysis.matching.incidents import match_incidents
from workbench.analysis.tracing.follow import trace, trace_incident
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file, ingest_paths
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])
THIEF = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"  # of Ronin, 2022
LOOKALIKE = THIEF[:6] + "0" * 32 + THIEF[-4:]
TRANSFER = {"network": "eth", "index": "tx", "asset": "native", "source": "a-node"}


def ask(store: Store, query: str, **parameters: Any) -> list[dict[str, Any]]:
    return LIBRARY.run(store, query, parameters).records()


def ledger(*steps: tuple[str, str, int]) -> str:
    """A file of transfers (from, to, amount), one a minute."""
    return as_csv([
        {**TRANSFER, "tx_hash": f"0x{n:064x}", "from": start, "to": end, "amount": str(amount),
         "time": f"2022-03-23T12:{n:02}:00Z", "block": str(n)}
        for n, (start, end, amount) in enumerate(steps, 1)
    ])  # fmt: skip


def test_trap_01_asset_is_not_chain(store: Store, tmp_path: Path) -> None:
    """Made in OFAC's shape (the real SDN.CSV is not in the data): USDT on three networks, and a TRON address under
    ETH. The address decides; what the list called it is kept beside, and the contradiction is told."""
    remark = wallets(("USDT", btc(9)), ("USDT", eth(1)), ("USDT", trx(2)), ("ETH", trx(3)))
    report = load_file(store, write(tmp_path, ofac_files([(1, "EXAMPLE", NOTHING, "CYBER2", remark)])))
    listed = found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.network, w.address, l.asset")
    assert sorted(listed) == sorted([
        ("btc", btc(9), "USDT"), ("eth", eth(1), "USDT"), ("trx", trx(2), "USDT"), ("trx", trx(3), "ETH"),
    ])  # fmt: skip
    assert any("ETH" in i.reason and i.value is not None and trx(3) in i.value for i in report.issues)


@pytest.mark.parametrize("with_the_rest", [True, False])
def test_trap_02_text_cut_at_a_limit_continues_elsewhere(store: Store, tmp_path: Path, with_the_rest: bool) -> None:
    """Made in OFAC's shape: remarks of more than 1,000 characters, cut inside an address. With SDN_COMMENTS.CSV every
    address is there; without it the piece is quarantined and never stored."""
    many = [("XBT", btc(number)) for number in range(1, 40)]
    remark = f"{wallets(*many)}."
    files = ofac_files([(1, "EXAMPLE", NOTHING, "CYBER2", remark)])
    piece = remark[:1000].rpartition(" ")[2]
    assert piece
    assert piece not in {address for _, address in many}
    if not with_the_rest:
        del files["SDN_COMMENTS.CSV"]
    report = load_file(store, write(tmp_path, files))
    whole = {address for _, address in many if with_the_rest or address in remark[:1000]}
    assert {address for (address,) in found(store, "MATCH (w:Wallet) RETURN w.address")} == whole
    assert any("cut at 1,000" in reason for reason in reasons(report, "quarantined")) is not with_the_rest


def test_trap_03_two_authorities_two_owners(store: Store, shared: Path, tmp_path: Path) -> None:
    """The real TagPack gives OFAC's wallets to Lazarus; a list made in OFAC's shape gives one to a person."""
    ingest_file(store, shared / "graphsense-tagpacks" / "lazarus.yaml")
    address = found(store, "MATCH (w:Wallet {network: 'btc'}) RETURN w.address ORDER BY w.address LIMIT 1")[0][0]
    person = {"number": 7, "type": "individual", "name": [(42, "Given"), (41, "INVENTED")], "listed": (2022, 11, 8)}
    load(store, tmp_path, advanced_xml([{**person, "wallets": [("XBT", address)]}]), "sdn_advanced.xml")
    owners = found(store, "MATCH ({address: $a})-[c:ATTRIBUTED_TO]->(o) RETURN head(labels(o)), c.source_id", a=address)
    assert sorted(kind for kind, _ in owners) == ["ActorGroup", "Person"]
    rivals = ask(store, "wallets/rival-claims")
    assert [{r["owner_kind"], r["other_kind"]} for r in rivals] == [{"ActorGroup", "Person"}]
    assert not set(rivals[0]["sources"]) & set(rivals[0]["other_sources"])


def test_trap_04_published_is_not_sanctioned(store: Store, shared: Path, tmp_path: Path) -> None:
    """The FBI's 51 real addresses, and OFAC's real list for ETH; a listing that ended, made in OFAC's shape."""
    ingest_file(store, shared / "fbi-bybit" / "fbi_psa250226_51.txt")
    ingest_file(store, shared / "ofac-0xB10C-lists" / "sanctioned_addresses_ETH.txt")
    kinds = found(store, "MATCH (:Wallet)-[l:LISTED_BY]->() RETURN l.listing, count(*) ORDER BY l.listing")
    lines = (shared / "ofac-0xB10C-lists" / "sanctioned_addresses_ETH.txt").read_text().split()
    assert kinds == [("published", 51), ("sanctioned", len(set(lines)))]
    assert len(ask(store, "wallets/published-not-sanctioned")) == 51
    group = {"number": 7, "type": "entity", "name": [(43, "EXAMPLE")], "listed": (2019, 9, 13)}
    for day, held in (((2024, 1, 5), [btc(1), btc(2)]), ((2024, 6, 5), [btc(1)])):
        party = {**group, "wallets": [("XBT", address) for address in held]}
        load(store, tmp_path, advanced_xml([party], day), "sdn_advanced.xml", accept_shrink=True)
    answers = {
        on: [row["answer"] for row in ask(store, "wallets/listed-on", wallet=btc(2), on=on)]
        for on in ("2019-09-12", "2024-01-05", "2024-06-05")
    }
    assert answers == {"2019-09-12": ["no"], "2024-01-05": ["yes"], "2024-06-05": ["no"]}


def test_trap_05_address_poisoning(store: Store, tmp_path: Path) -> None:
    """Made in Etherscan's shape: a lookalike with the thief's first and last digits gets a counterfeit whose symbol
    has a Cyrillic letter, by far the largest transfer, and a real one of nothing. A trace of the token follows its
    contract: the poison gets none of it."""
    real = row(TOKENS, From=THIEF, To=eth(8), TokenValue="1,000")
    fake = row(
        TOKENS, From=THIEF, To=LOOKALIKE, TokenValue="9,000,000", ContractAddress=eth(7), TokenSymbol="U\u0405DT"
    )
    dust = row(TOKENS, From=THIEF, To=LOOKALIKE, TokenValue="0")
    assert ingest_file(store, export(tmp_path / "export.csv", TOKENS, real, fake, dust)).loaded == 3
    sent = {(end[-42:], asset.rpartition(":")[2], amount) for _, _, end, asset, amount in transfers(store)}
    assert (eth(8), USDT, "1000000000") in sent
    assert {asset for end, asset, amount in sent if end == LOOKALIKE and amount != "0"} == {eth(7)}
    assert len(found(store, "MATCH (w:Wallet) RETURN w.id")) == 3
    reached = trace(store, [THIEF]).holdings
    usdt = reached[reached["asset"].str.endswith(USDT)]
    assert [wallet[-42:] for wallet in usdt["wallet"]] == [eth(8)]


def test_trap_06_inbound_dust_is_not_association(store: Store, shared: Path) -> None:
    """Real transfers around the sanctioned Lazarus wallets, and the real TagPack that says whose these are: who sent
    them something is nobody's, and no trace from the thief reaches those who only ever sent."""
    ingest_file(store, shared / "lazarus-ronin-dune" / "LazarusTabularTxs1322519.csv")
    ingest_file(store, shared / "graphsense-tagpacks" / "ronin_bridge.yaml")
    ingest_file(store, shared / "graphsense-tagpacks" / "lazarus.yaml")
    claimed = "MATCH (w:Wallet) WHERE EXISTS { (w)-[:ATTRIBUTED_TO]->() } RETURN w.id"
    theirs = {id_ for (id_,) in found(store, claimed)}
    only_sent = (
        "MATCH (w:Wallet)-[:SENT]->(t) WHERE t.id IN $ids AND NOT EXISTS { (w)<-[:SENT]-() } RETURN DISTINCT w.id"
    )
    strangers = {id_ for (id_,) in found(store, only_sent, ids=sorted(theirs))} - theirs
    assert len(strangers) > 10
    said = "MATCH (w:Wallet)-[c]-() WHERE w.id IN $ids RETURN DISTINCT type(c)"
    assert found(store, said, ids=sorted(strangers)) == [("SENT",)]
    reached = trace(store, [id_ for id_ in theirs if id_.endswith(THIEF)], stop_at=()).holdings
    assert strangers.isdisjoint(reached["wallet"])


def test_trap_07_incomplete_history(store: Store, tmp_path: Path) -> None:
    """A made ledger in which a wallet spends more than it is seen to get: history is missing, and the trace says how
    much and gives an interval, instead of a finding."""
    load(store, tmp_path, ledger((THIEF, eth(2), 100), (eth(2), eth(3), 150)))
    result = trace(store, [THIEF])
    assert [(w[-42:], short) for w, short in result.incomplete[["wallet", "shortfall"]].values] == [(eth(2), 50)]
    last = result.holdings[result.holdings["wallet"].str.endswith(eth(3))].iloc[0]
    assert (last["low"], last["high"]) == (0, 100)


def test_trap_08_super_clusters(store: Store, shared: Path) -> None:
    """No wallets are clustered here yet, so what can grow together are incidents and groups. On two real lists no
    theft grows beyond one entry of each list; and joining is a view: the entries stay as many as they were."""
    folder = shared / "hack-incidents"
    ingest_file(store, folder / "defillama_hacks.json.xz")
    ingest_file(store, folder / "slowmist_defi_subset_matched.csv.xz")
    before = found(store, "MATCH (i:Incident) RETURN count(i)")
    matches = match_incidents(store)
    joined = ask(store, "incidents/merged")
    assert len(matches) > 50
    assert max(len(one["incidents"]) for one in joined) == 2
    assert all(len({id_.partition(":")[0] for id_ in one["incidents"]}) == len(one["incidents"]) for one in joined)
    assert found(store, "MATCH (i:Incident) RETURN count(i)") == before


def test_trap_09_same_attacker_field_different_people(store: Store, tmp_path: Path) -> None:
    """Two made notes in the shape of the real narratives, with one address as `Attacker` (a bot that runs ahead of
    thieves, say): the address is of two thefts, the thefts stay two, and nobody is said to have done both."""
    note = "# {name}\n\nDate:: {day}\nAmount Stolen:: $1M\nChain:: Ethereum\nAttacker:: " + THIEF + "\n"
    load(store, tmp_path, note.format(name="One Farm", day="2022-01-02"), "one.md")
    load(store, tmp_path, note.format(name="Two Swap", day="2023-05-06"), "two.md")
    (shared_wallet,) = ask(store, "wallets/in-several-incidents")
    assert shared_wallet["incident_count"] == 2
    assert len(match_incidents(store)) == 0
    assert found(store, "MATCH ()-[c:ATTRIBUTED_TO|CONTROLS|SAME_AS]->() RETURN c") == []


def test_trap_10_rival_names(store: Store, shared: Path) -> None:
    """ATT&CK's real DPRK groups, and MISP's real galaxy of ATT&CK's groups: a name gets every reading with who says
    so, each catalogue's alone where it is asked for, and no catalogue's group is merged into another's."""
    ingest_file(store, shared / "mitre-attack" / "dprk-subset-v18.1.json")
    mitre = "MATCH (g:ActorGroup {catalogue: 'mitre', status: 'live'}) RETURN g.id, g.name ORDER BY g.id"
    groups = [row for row in found(store, mitre) if row[1]]
    ingest_file(store, shared / "misp" / "galaxy" / "mitre-intrusion-set.json.xz")
    readings = ask(store, "actors/names", name="hidden cobra")
    assert {row["catalogue"] for row in readings} >= {"mitre", "misp"}
    assert len({row["actor"] for row in readings}) > 1
    assert all(row["source"] for row in readings)
    assert {row["catalogue"] for row in ask(store, "actors/names", name="Hidden Cobra", catalogue="mitre")} == {"mitre"}
    assert set(groups) <= set(found(store, mitre))
    assert found(store, "MATCH (g:ActorGroup) WHERE NOT g.id STARTS WITH g.catalogue + ':' RETURN g.id") == []


def test_trap_11_sources_copy_each_other(store: Store, tmp_path: Path) -> None:
    """Five made TagPacks cite one page of the FBI: they are DERIVED_FROM one source; and five repeats of a statement,
    said to be derived from it, add nothing to an attribution."""
    page = "https://www.fbi.gov/news/a-statement"
    for number in range(5):
        pack = (
            f"title: Pack {number}\ncreator: Somebody {number}\nsource: {page}\nconfidence: web_crawl\ncurrency: BTC\n"
        )
        load(store, tmp_path, f"{pack}tags:\n- {{address: {btc(1)}, label: x}}\n", f"pack{number}.yaml")
    derived = found(store, "MATCH (p:Source)-[:DERIVED_FROM]->(s:Source) RETURN s.publisher, count(DISTINCT p)")
    assert derived == [("fbi.gov", 5)]
    load_claims(store, [FBI, MITRE, ATOMIC, *FBI_NAMES, *MITRE_GROUPS, *fbi_statement()])
    before = attribute(store, ATOMIC.id)
    rows = []
    for number in range(5):
        source = {"source": f"copy-{number}"}
        repeat = {"type": "ATTRIBUTED_TO", "subject_label": "Incident", "subject": ATOMIC.id}
        rows.append({**repeat, "object_label": "ActorGroup", "object": "fbi:apt38", **source})
        rows.append(
            {"type": "DERIVED_FROM", "subject_label": "Source", "object_label": "Source", "object": "fbi", **source}
        )
    report = load(store, tmp_path, as_csv(rows), "claims.csv")
    assert report.loaded == 10, reasons(report)
    after = attribute(store, ATOMIC.id)
    assert list(after.candidates["probability"]) == pytest.approx(list(before.candidates["probability"]))


def test_trap_12_dates_and_amounts_disagree(store: Store, shared: Path) -> None:
    """Two real lists of the same thefts: each keeps its figure, and the difference is shown. Two real thefts of one
    victim (Radiant Capital, January and October 2024) stay two."""
    folder = shared / "hack-incidents"
    ingest_file(store, folder / "defillama_hacks.json.xz")
    ingest_file(store, shared / "dprk-incidents" / "documented_incidents.csv")
    for path in sorted((folder / "narratives").glob("*RadiantCapital*.md")):
        ingest_file(store, path)
    match_incidents(store)
    merged = ask(store, "incidents/merged")
    joined = [one for one in merged if len(one["incidents"]) > 1 and one["min_usd"]]
    assert sum(one["max_usd"] > one["min_usd"] * 1.01 for one in joined) > 3
    figures = "MATCH (s:Source)-[r:REPORTED]->(i) WHERE i.id IN $ids RETURN r.amount_usd"
    for one in joined:
        own = [usd for (usd,) in found(store, figures, ids=one["incidents"]) if usd is not None]
        assert (min(own), max(own)) == (one["min_usd"], one["max_usd"])
    radiant = [one for one in merged if any("radiant" in name.lower() for name in one["names"])]
    months = {(one["first_date"].month, one["last_date"].month) for one in radiant if one["first_date"].year == 2024}
    assert {(1, 1), (10, 10)} <= months
    assert not any(first == 1 and last == 10 for first, last in months)


def test_trap_13_dirty_fields(store: Store, shared: Path, tmp_path: Path) -> None:
    r"""Real: `\x` hex, trailing blanks and a mark of byte order are read for what they are, and two forms of time are
    one instant. Made: a defanged address is refanged and told, a link is no indicator, an address with a letter l for
    a 1 is quarantined and never mended. Cells over several lines, with Markdown or with markup: test_templates.py."""
    ingest_file(store, shared / "lazarus-ronin-dune" / "LazarusGroup.txt", Options(source="dune"))
    assert found(store, "MATCH (w:Wallet {address: $a}) RETURN w.network", a=THIEF) == [("eth",)]
    listed = load(store, tmp_path, f"\ufeff{btc(1)}  \n{'l' + btc(2)[1:]}\n", "list.txt", source="x")
    assert (listed.loaded, listed.quarantined) == (1, 1)
    assert found(store, "MATCH (w:Wallet {network: 'btc'}) RETURN w.address") == [(btc(1),)]
    text = "Indicator,Description\nhxxps://bad[.]example/x,see https://blog.example/report\n"
    refanged = load(store, tmp_path, text, "iocs.csv", source="x")
    urls = {value for (value,) in found(store, "MATCH (u:Infrastructure)-[:LISTED_BY]->() RETURN u.value")}
    assert urls == {"https://bad.example/x"}
    assert any("defang" in reason or "refang" in reason for reason in reasons(refanged))
    thousands = row(TOKENS, TokenValue="1,234.5")
    iso = {**thousands, "UnixTimestamp": "", "DateTime (UTC)": "2023-05-02 12:19:59"}
    first = ingest_file(store, export(tmp_path / "a.csv", TOKENS, thousands))
    second = ingest_file(store, export(tmp_path / "b.csv", TOKENS, iso))
    assert (first.loaded, second.duplicates) == (1, 1)
    assert {amount for *_, amount in transfers(store)} == {"1234500000"}


def test_trap_14_exact_duplicates(store: Store, shared: Path) -> None:
    """Real: a list that has some addresses twice, and one of 2,100 incidents whose part is another file."""
    path = shared / "lazarus-ronin-dune" / "LazarusGroup.txt"
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    report = ingest_file(store, path, Options(source="dune"))
    assert (report.rows_in, report.loaded) == (len(lines), len({line.lower().strip("',") for line in lines}))
    assert report.duplicates == report.rows_in - report.loaded > 0
    whole, part = (shared / "hack-incidents" / f"slowmist_{n}.csv.xz" for n in ("hacked_all", "defi_subset_matched"))
    ingest_file(store, whole)
    before = content_hash(store)
    assert ingest_file(store, path, Options(source="dune")).duplicates == len(lines)
    for again in (whole, part):
        with lzma.open(again, "rt", encoding="utf-8-sig", newline="") as handle:
            rows = sum(1 for _ in csv.DictReader(handle))
        report = ingest_file(store, again)
        assert (report.loaded, report.duplicates) == (0, rows)
    assert content_hash(store) == before


def test_trap_15_revoked_and_deprecated(store: Store, tmp_path: Path) -> None:
    """Made in ATT&CK's shape: what is revoked is there with its status, and neither what a group uses nor a look
    for its name offers it as live."""
    used = relation("uses", GROUP, TOOL)
    ingest_file(store, bundle(tmp_path, GROUP, {**TOOL, "revoked": True}, used))
    assert found(store, "MATCH (m:Malware) RETURN m.status") == [("revoked",)]
    assert ask(store, "actors/software", actor_group="mitre:G0032") == []
    ingest_file(store, bundle(tmp_path, {**GROUP, "revoked": True, "modified": "2026-01-01T00:00:00Z"}, name="b.json"))
    assert {row["status"] for row in ask(store, "actors/names", name="Lazarus Group")} == {"revoked"}


def test_trap_16_depth_limits_lie(store: Store, shared: Path) -> None:
    """The real paths of LI.FI: a trace of two hops says that it was cut and what went on beyond; and what value can
    have reached in the order of time is part of what it could have reached whenever."""
    ingest_paths(store, [shared / "mftracer-groundtruth" / "mit_dataset" / "LIFI"])
    short = trace_incident(store, "li-fi-2024", stop_at=(), max_depth=2)
    assert short.summary["depth_limit_bit"] is True
    assert "beyond the depth limit" in set(short.dropped["reason"])
    whole = trace_incident(store, "li-fi-2024", stop_at=())
    assert whole.summary["depth_limit_bit"] is False
    assert whole.holdings["hops"].max() > 2
    reached = whole.terminals
    assert (reached["reached_poison"] <= reached["reached_static"]).all()
    assert reached["reached_static"].sum() >= reached["reached_poison"].sum() > 0
