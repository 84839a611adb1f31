"""OFAC's CSV files: four parts of one edition, wallets in remarks, remarks that stop in the middle of an address.

No sample of these files is in the shared data; the fixtures are built from OFAC's data specification and follow
real editions in every habit (see `sanction_cases`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sources.sanction_cases import (
    NOTHING,
    btc,
    eth,
    load_file,
    ofac_files,
    rows_of,
    sdn_row,
    trx,
    wallets,
    write,
    write_zip,
)
from tests.sources.template_cases import HOSTILE, found, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile, members
from workbench.ingest.run import Options, ingest_file
from workbench.ingest.sources.ofac_csv import OfacCsv

MANY = [("XBT", btc(n)) for n in range(1, 26)] + [("ETH", eth(1)), ("USDT", eth(1)), ("USDT", trx(2)), ("USDT", btc(9))]
LONG = (
    f"Website www.exchange-otc.example.org/en; {wallets(*MANY)}; Organization Established Date 25 Sep 2018; "
    "a.k.a. 'GOOD CHANGE'."
)
PARTIES = [
    (101, "EXAMPLE EXCHANGE OTC, S.R.O.", NOTHING, "CYBER2] [RUSSIA-EO14024", LONG),
    (102, "INVENTED, Person", "individual", "DPRK3", f"DOB 1980; {wallets(('XBT', btc(77)))}; Gender Male."),
    (103, "P-999", "aircraft", "DPRK3"),
    (104, "NO SHIP", "vessel", "DPRK4", "Vessel Registration Identification IMO 1234567 (vessel)."),
]
ALIASES = [(101, "aka", "EXAMPLE OTC"), (102, "fka", "INVENTED, P."), (101, "nka", "EXAMPLE NEW")]


@pytest.fixture
def edition(tmp_path: Path) -> Path:
    return write(tmp_path / "one", ofac_files(PARTIES, ALIASES, [101, 102, 103, 104]))


def test_a_whole_edition_is_accounted_for(store: Store, edition: Path) -> None:
    """Wallets counted another way: the words `Digital Currency Address` in the files' text, the pieces put together."""
    texts = {path.name: path.read_text("utf-8") for path in edition.parent.iterdir()}
    assert "\x1a" in texts["SDN.CSV"]
    assert [len(line) > 1000 for line in texts["SDN.CSV"].splitlines()] == [True, False, False, False, False]
    joined = LONG + PARTIES[1][4]
    said = len(re.findall("Digital Currency Address", joined))
    report = load_file(store, edition)
    assert (report.format, report.source, report.quarantined, report.duplicates) == ("ofac-csv", "ofac", 0, 0)
    assert report.rows_in == report.loaded == len(PARTIES) + said + len(ALIASES) + joined.count("a.k.a.")
    assert [Path(part).name for part in report.read_with] == ["ALT.CSV", "ADD.CSV", "SDN_COMMENTS.CSV"]
    assert reasons(report, "dropped") == ["left out: 4 postal addresses of ADD.CSV"]
    listed = found(store, "MATCH (w:Wallet)-[l:LISTED_BY {listing: 'sanctioned'}]->(:Source {id: 'ofac'}) RETURN w, l")
    assert len(listed) == said
    before = content_hash(store)
    again = load_file(store, edition)
    assert (again.loaded, again.duplicates, again.retracted) == (0, report.rows_in, 0)
    assert content_hash(store) == before


def test_trap_1_the_asset_is_not_the_chain(store: Store, edition: Path) -> None:
    report = load_file(store, edition)
    usdt = "MATCH (w:Wallet)-[l:LISTED_BY {asset: 'USDT'}]->() RETURN w.network, w.address ORDER BY w.network"
    assert found(store, usdt) == [("btc", btc(9)), ("eth", eth(1)), ("trx", trx(2))]
    assert any("no network was stated" in reason for reason in reasons(report, "warned"))


def test_trap_2_a_remark_cut_in_an_address_is_joined_before_it_is_split(store: Store, edition: Path) -> None:
    assert re.search(r"Address - XBT \w{1,30}\Z", LONG[:1000]), "the cut is to fall into an address"
    load_file(store, edition)
    bitcoin = {row[0] for row in found(store, "MATCH (w:Wallet {network: 'btc'}) RETURN w.address")}
    assert bitcoin == {address for _, address in MANY if address.startswith("1")} | {btc(77)}


@pytest.mark.parametrize("comments", [None, "\x1a", '999,"of another entity."\r\n'])
def test_trap_2_a_piece_of_an_address_is_never_stored(store: Store, tmp_path: Path, comments: str | None) -> None:
    files = ofac_files(PARTIES, ALIASES)
    files |= {"SDN_COMMENTS.CSV": comments} if comments is not None else {}
    if comments is None:
        del files["SDN_COMMENTS.CSV"]
    report = load_file(store, write(tmp_path / "cut", files))
    told = [issue for issue in report.issues if issue.action == "quarantined" and "cut at 1,000" in issue.reason]
    assert [issue.where for issue in told] == ["line 1, end of remarks"]
    assert str(told[0].value).startswith("alt. Digital Currency Address - XBT 1")
    whole = {address for _, address in MANY if address in LONG[:1000]} | {btc(77)}
    assert {row[0] for row in found(store, "MATCH (w:Wallet) RETURN w.address")} == whole


def test_the_last_address_of_a_joined_remark_is_whole_without_a_full_stop(store: Store, tmp_path: Path) -> None:
    files = ofac_files([(1, "EXAMPLE", NOTHING, "CYBER2", wallets(*MANY))])
    assert files["SDN_COMMENTS.CSV"].split('"')[1].endswith(MANY[-1][1])
    report = load_file(store, write(tmp_path, files))
    assert (report.quarantined, report.loaded) == (0, 1 + len(MANY))
    assert "joined, and without a full stop at its end: its last item is taken as whole" in reasons(report, "warned")
    short = {**files, "SDN_COMMENTS.CSV": files["SDN_COMMENTS.CSV"].replace(MANY[-1][1], MANY[-1][1][:-1])}
    again = load_file(store, write(tmp_path / "short", short), accept_shrink=True)
    assert len(reasons(again, "quarantined")) == 1
    assert "no network accepts this address" in reasons(again, "quarantined")[0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.integers(0, 70), blanks=st.booleans())
def test_wherever_the_cut_falls_the_same_wallets_come_out(tmp_path: Path, before: int, blanks: bool) -> None:
    remark = f"Website {'x' * before}.example; {wallets(*MANY)}."
    files = ofac_files([(1, "EXAMPLE", NOTHING, "CYBER2", remark)])
    if blanks:
        files["SDN_COMMENTS.CSV"] = files["SDN_COMMENTS.CSV"].replace("\x1a", "\n\n")
    rows, _ = rows_of(OfacCsv(), write(tmp_path, files))
    read = [(row.raw["asset"], row.raw["address"]) for row in rows if row.raw["is"] == "wallet"]
    assert read == MANY
    assert not [row for row in rows if "problem" in row.raw]


def test_parts_of_another_edition_are_noticed_and_nothing_is_joined(store: Store, tmp_path: Path) -> None:
    load_file(store, write(tmp_path / "first", ofac_files(PARTIES, ALIASES)))
    later = ofac_files([*PARTIES, (105, "LATER", NOTHING, "CYBER2", LONG)], [*ALIASES, (105, "aka", "LATE")], [105])
    main = ofac_files(PARTIES[:1], [])["SDN.CSV"]
    report = load_file(store, write(tmp_path / "mixed", {**later, "SDN.CSV": main}), accept_shrink=True)
    told = [reason for reason in reasons(report, "warned") if "of another edition" in reason]
    assert [reason.split()[0] for reason in told] == ["ALT.CSV", "ADD.CSV", "SDN_COMMENTS.CSV"]
    assert report.retracted == 0
    assert sum("cut at 1,000" in reason for reason in reasons(report, "quarantined")) == 1
    assert (
        report.duplicates + report.loaded == 1 + sum(a in LONG[:1000] for _, a in MANY[:25]) + 2
    )  # two aliases of 101


def test_dates_in_an_archive_show_another_edition(store: Store, tmp_path: Path) -> None:
    files = ofac_files(PARTIES, ALIASES)
    days = dict.fromkeys(files, (2024, 3, 1))
    same = members(write_zip(tmp_path / "same.zip", files, days))
    main = next(member for member in same if member.name == "SDN.CSV")
    report = load_file(store, main)
    assert (report.quarantined, [r for r in reasons(report) if "edition" in r]) == (0, [])
    run = "MATCH (r:IngestRun) RETURN r.dataset, r.edition ORDER BY r.started_at"
    assert found(store, run) == [("ofac-sdn-csv", "2024-03-01")]
    apart = members(write_zip(tmp_path / "apart.zip", files, {**days, "SDN_COMMENTS.CSV": (2024, 2, 1)}))
    mixed = load_file(store, next(member for member in apart if member.name == "SDN.CSV"))
    assert "SDN_COMMENTS.CSV is of 2024-02-01, SDN.CSV of 2024-03-01: not one edition" in reasons(mixed, "warned")
    assert sum("cut at 1,000" in reason for reason in reasons(mixed, "quarantined")) == 1


def test_a_later_edition_delists_and_an_older_one_does_not(store: Store, tmp_path: Path) -> None:
    old = write(tmp_path / "2024-01-05", ofac_files(PARTIES, ALIASES))
    new = write(tmp_path / "2024-06-05", ofac_files([*PARTIES[:1], *PARTIES[2:]], ALIASES[:1] + ALIASES[2:]))
    load_file(store, old)
    later = load_file(store, new)
    # the person's NAMED, LISTED_BY and alias; its wallet's LISTED_BY and ATTRIBUTED_TO
    assert (later.loaded, later.retracted) == (0, 5)
    again = load_file(store, old)
    assert again.retracted == 0
    missing = {name: text for name, text in ofac_files(PARTIES[2:], []).items() if name != "ALT.CSV"}
    assert load_file(store, write(tmp_path / "2024-07-05", missing), accept_shrink=True).retracted == 0


def test_kinds_of_parties_and_programs(store: Store, edition: Path) -> None:
    load_file(store, edition)
    said = "MATCH (x)-[l:LISTED_BY]->() WHERE NOT x:Wallet RETURN x.id, labels(x)[0], x.kind, l.program ORDER BY x.id"
    assert found(store, said) == [
        ("ofac:101", "Organisation", "organisation", "CYBER2; RUSSIA-EO14024"), ("ofac:102", "Person", None, "DPRK3"),
        ("ofac:103", "Organisation", "aircraft", "DPRK3"), ("ofac:104", "Organisation", "vessel", "DPRK4"),
    ]  # fmt: skip
    names = "MATCH ()-[n:NAMED]->({id: 'ofac:101'}) RETURN n.name, n.kind, n.concept ORDER BY n.name"
    assert found(store, names) == [
        ("EXAMPLE EXCHANGE OTC, S.R.O.", "name", None), ("EXAMPLE NEW", "alias", "nka"),
        ("EXAMPLE OTC", "alias", "aka"), ("GOOD CHANGE", "alias", "aka"),
    ]  # fmt: skip
    owner = "MATCH (w:Wallet)-[a:ATTRIBUTED_TO]->(p:Person) RETURN w.address, p.id, a.source_id, a.confidence"
    assert found(store, owner) == [(btc(77), "ofac:102", "ofac", None)]


def test_a_typing_error_of_the_list_costs_itself(store: Store, tmp_path: Path) -> None:
    """Real editions have an Ethereum address of 39 digits, and Monero payment ids among addresses."""
    bad = wallets(("XBT", btc(5)), ("ETH", eth(7)[:-1]), ("XMR", "5be5" * 16), ("XBT", btc(6)))
    empty = "Digital Currency Address - XBT"
    report = load_file(store, write(tmp_path, ofac_files([(1, "E", NOTHING, "X", f"{bad}; {empty}.")])))
    assert (report.loaded, report.quarantined) == (3, 3)
    assert [issue.where for issue in report.issues if issue.action == "quarantined"] == [
        "line 1, wallet 2", "line 1, wallet 3", "line 1, remark 5",
    ]  # fmt: skip
    assert {row[0] for row in found(store, "MATCH (w:Wallet) RETURN w.address")} == {btc(5), btc(6)}


def test_an_unknown_kind_of_party_is_quarantined_with_its_wallets(store: Store, tmp_path: Path) -> None:
    rows = [(1, "A", "satellite", "X", f"{wallets(('XBT', btc(1)))}."), (2, "B", "individual", "X")]
    report = load_file(store, write(tmp_path, ofac_files(rows)), as_format="ofac-csv")
    assert (report.loaded, report.quarantined) == (1, 2)
    assert set(reasons(report, "quarantined")) == {"not a kind of party that is known"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(store: Store, tmp_path: Path, name: str) -> None:
    report = load_file(store, write(tmp_path, ofac_files([(1, name.replace('"', '""'), "individual", "X")])),
                       as_format="ofac-csv")  # fmt: skip
    assert (report.loaded, report.quarantined) == (1, 0)
    assert found(store, "MATCH (p:Person) RETURN p.name") == [(" ".join(name.split()),)]


def test_the_consolidated_list_is_another_data_set(store: Store, tmp_path: Path) -> None:
    files = ofac_files(PARTIES, ALIASES)
    names = {"SDN.CSV": "CONS_PRIM.CSV", "SDN_COMMENTS.CSV": "CONS_COMMENTS.CSV"}
    path = write(tmp_path, {names.get(name, f"CONS_{name}").lower(): text for name, text in files.items()})
    report = load_file(store, path)
    assert (report.format, report.quarantined) == ("ofac-csv", 0)
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN DISTINCT l.dataset") == [("ofac-cons-csv",)]


def test_what_is_detected(edition: Path, shared: Path) -> None:
    assert formats().detect(SourceFile(edition)) is OfacCsv
    lists = [path for path in sorted(shared.glob("*/*.csv")) if path.stat().st_size < 1_000_000]
    assert [path for path in lists if OfacCsv.detect(SourceFile(path).sample(), path.name)] == []
    parts = [SourceFile(edition.parent / name) for name in ("ALT.CSV", "ADD.CSV", "SDN_COMMENTS.CSV")]
    assert [OfacCsv.detect(part.sample(), part.name) for part in parts] == [0, 0, 0]


@pytest.mark.parametrize("text", ["", "\x1a", "\r\n\r\n"])
def test_an_empty_file_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, write(tmp_path, {"SDN.CSV": text}), Options(as_format="ofac-csv"))


def test_a_damaged_file_retracts_nothing(store: Store, edition: Path, tmp_path: Path) -> None:
    load_file(store, edition)
    text = edition.read_text("utf-8")
    with pytest.raises(InputError, match="CSV"):
        ingest_file(store, write(tmp_path / "open", {"SDN.CSV": text[: text.index("IMO")]}), Options())
    broken = text.replace('"P-999",', '"P-999" x,')
    with pytest.raises(InputError, match="CSV"):
        ingest_file(store, write(tmp_path / "quote", {"SDN.CSV": broken}), Options())
    short = {**ofac_files(PARTIES, ALIASES), "SDN.CSV": f'{sdn_row(101, "A")}\r\n102,"INVENTED"\r\nx,{NOTHING}\r\n'}
    report = load_file(store, write(tmp_path / "short", short), as_format="ofac-csv", accept_shrink=True)
    assert (report.retracted, report.quarantined) == (0, 4)  # two rows, an alias without its party, a stray comment
    live = "MATCH ()-[c]->() WHERE c.retracted_at IS NOT NULL RETURN count(c)"
    assert found(store, live) == [(0,)]


def test_a_mended_row_is_fed_back(store: Store, tmp_path: Path) -> None:
    bad = f"{wallets(('ETH', eth(7)[:-1]))}."
    path = write(tmp_path, ofac_files([(1, "EXAMPLE", NOTHING, "X", bad)]))
    report = load_file(store, path, quarantine_folder=tmp_path / "quarantine")
    kept = next((tmp_path / "quarantine").iterdir())
    kept.write_text(kept.read_text("utf-8").replace(eth(7)[:-1], eth(7)), "utf-8")
    mended = load_file(store, kept)
    assert (report.quarantined, mended.loaded, mended.quarantined) == (1, 1, 0)
    assert found(store, "MATCH (w:Wallet)-[:ATTRIBUTED_TO]->(o) RETURN w.address, o.id") == [(eth(7), "ofac:1")]


def test_a_folder_or_an_archive_of_the_four_files_is_one_run(store: Store, edition: Path, tmp_path: Path) -> None:
    files = ofac_files(PARTIES, ALIASES, [101])
    archive = write_zip(tmp_path / "sdn.zip", files, dict.fromkeys(files, (2024, 3, 1)))
    for path in (edition.parent, archive):
        report = ingest_paths(store, [path])
        assert ([run.format for run in report.runs], report.failed) == (["ofac-csv"], [])
        assert len(report.runs[0].read_with) == 3
