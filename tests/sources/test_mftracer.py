"""The laundering ground truth: its own counts, exact values, and labels read for what they say."""

from __future__ import annotations

import csv
import random
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.lists.graphsense import CONCEPTS
from workbench.ingest.lists.mftracer_labels import role_in_incident, service_of
from workbench.ingest.run import ingest_file

HEADER = "Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD\n"
TX, A, B = "0x" + "ab" * 32, "0x" + "1a" * 20, "0x" + "2b" * 20
CASES = [("Atomic", 1_080, 389, "atomic-wallet-2023"), ("LIFI", 135, 93, "li-fi-2024")]
"""Records and addresses as the data set's readme gives them."""


def line(value: str = "10.5", to: str = B, label: str = "", time: str = "2023-06-02 21:49:23") -> str:
    return f"{time},17395810,{TX},{A},,{to},{label},{value}\n"


@pytest.mark.parametrize(("case", "records", "addresses", "incident"), CASES)
def test_records_and_addresses_are_as_many_as_the_readme_says(
    store: Store, shared: Path, case: str, records: int, addresses: int, incident: str
) -> None:
    report = ingest_file(store, shared / "mftracer-groundtruth" / "mit_dataset" / case / f"{case}.csv")
    assert (report.format, report.source) == ("mftracer", "mftracer-dataset")
    assert (report.rows_in, report.loaded) == (records, records)
    assert (report.quarantined, report.duplicates, report.issues) == (0, 0, [])
    assert found(store, "MATCH (w:Wallet) RETURN count(w)") == [(addresses,)]
    assert found(store, "MATCH (i:Incident) RETURN i.id") == [(incident,)]


@pytest.mark.parametrize(("case", "records", "addresses", "incident"), CASES)
def test_values_are_exact_in_millionths(
    store: Store, shared: Path, case: str, records: int, addresses: int, incident: str
) -> None:
    path = shared / "mftracer-groundtruth" / "mit_dataset" / case / f"{case}.csv"
    ingest_file(store, path)
    with path.open(encoding="utf-8") as handle:
        written = sum(Decimal(row["Value_in_USD"]) for row in csv.DictReader(handle))
    stored = sum(int(row[0]) for row in found(store, "MATCH ()-[s:SENT {asset: 'iso4217:USD'}]->() RETURN s.amount"))
    assert stored == written * 10**6


@pytest.mark.parametrize(("case", "records", "addresses", "incident"), CASES)
def test_the_other_edition_is_the_same_flows_and_its_rival_values_are_noted(
    store: Store, shared: Path, case: str, records: int, addresses: int, incident: str
) -> None:
    root = shared / "mftracer-groundtruth"
    ingest_file(store, root / "mit_dataset" / case / f"{case}.csv")
    before = content_hash(store)
    report = ingest_file(store, root / "ground_truth_v1" / case / f"{case}.csv")
    assert (report.loaded, report.duplicates, report.quarantined) == (0, records, 0)
    assert content_hash(store) == before
    values = []
    for edition in ("mit_dataset", "ground_truth_v1"):
        with (root / edition / case / f"{case}.csv").open(encoding="utf-8") as handle:
            values.append([Decimal(row["Value_in_USD"]) for row in csv.DictReader(handle)])
    micro = Decimal("0.000001")
    differ = sum(round(a, 6) != round(b, 6) for a, b in zip(*values, strict=True))
    long = sum(value != value.quantize(micro) for value in values[1])
    told = Counter(reason.split(":")[0].split(" with amount ")[0] for reason in reasons(report, "warned"))
    assert told == {"the same transfer is stored": differ, "more than six decimals": long}


@pytest.mark.parametrize(("case", "records", "addresses", "incident"), CASES)
def test_source_and_terminal_lists(
    store: Store, shared: Path, case: str, records: int, addresses: int, incident: str
) -> None:
    folder = shared / "mftracer-groundtruth" / "mit_dataset" / case
    for kind in ("source", "terminal"):
        written = (folder / f"{kind}_addresses.csv").read_text("utf-8").split()
        report = ingest_file(store, folder / f"{kind}_addresses.csv")
        assert (report.format, report.rows_in, report.loaded) == ("mftracer-addresses", len(written), len(written))
        query = "MATCH (:Incident {id: $incident})-[c:INVOLVES {role: $role}]->(w) RETURN w.address"
        stored = {row[0] for row in found(store, query, incident=incident, role=kind)}
        assert stored == {address.lower() for address in written}


def test_a_service_among_the_terminals_is_known_for_nearly_all_of_atomic(store: Store, shared: Path) -> None:
    folder = shared / "mftracer-groundtruth" / "mit_dataset" / "Atomic"
    for name in ("Atomic", "terminal_addresses"):
        ingest_file(store, folder / f"{name}.csv")
    unnamed = found(
        store,
        "MATCH (:Incident)-[:INVOLVES {role: 'terminal'}]->(w) WHERE NOT (w)<-[:CONTROLS]-() "
        "RETURN [(w)<-[n:NAMED {kind: 'label'}]-() WHERE NOT n.name STARTS WITH 'terminal' | n.name] AS names",
    )
    assert {name for row in unnamed for name in row[0]} == {"Terminus", "Terminus (Tiny)"}
    assert len(unnamed) == 5


@pytest.mark.parametrize(
    ("label", "service", "concept", "role"),
    [
        ("Huobi_Deposit_0x02e7", "huobi", "exchange", "deposit"),
        ("Binance_Deposit_0x32ab_0x32ab", "binance", "exchange", "deposit"),
        ("Stake_Deposit_0x1294", "stake-com", "gambling", "deposit"),
        ("THORChain_vault_21d8_7427", "thorchain", "defi_bridge", "vault"),
        ("THORChain: THORChain Router v4.1.1", "thorchain", "defi_bridge", "router"),
        ("Tornado.Cash: Router", "tornado-cash", "mixing_service", "router"),
        ("Tornado.Cash: L1 Helper", "tornado-cash", "mixing_service", "contract"),
        ("Transit Swap: Router V4 2", "transit-swap", "defi_dex", "router"),
        ("BingX 6 AWHT", "bingx", "exchange", None),
        ("Cobo_0xb800 AWHT", "cobo", "wallet_service", "custody"),
        ("eXch", "exch", "exchange", None),
    ],
)
def test_labels_that_name_a_service(label: str, service: str, concept: str, role: str | None) -> None:
    found_service = service_of(label)
    assert found_service is not None
    assert (found_service[0].id, found_service[0].concept, found_service[1]) == (service, concept, role)


@pytest.mark.parametrize(
    ("label", "role"),
    [("Fake_Phishing181463", None), ("Terminus", None), ("Terminus (Tiny)", None), ("LI.FI Hack Terminus", None),
     ("Atomic Wallet Hack 08-12 SRC", "thief"), ("Atomic Wallet Hack 01 OSRC", "victim"),
     ("LI.FI Exploiter 2", "thief"), ("Harmony Bridge Hacker 46", "thief"),
     ("Hopeful Trader", None), ("eXchange of somebody", None), ("", None)],
)  # fmt: skip
def test_labels_that_do_not(label: str, role: str | None) -> None:
    assert service_of(label) is None
    assert role_in_incident(label) == role


def test_every_label_of_both_cases_is_understood_and_every_concept_is_graphsenses(shared: Path) -> None:
    names_only = set()
    for case in ("Atomic", "LIFI"):
        path = shared / "mftracer-groundtruth" / "mit_dataset" / case / f"{case}.csv"
        with path.open(encoding="utf-8") as handle:
            for row in csv.DictReader(handle):
                for label in filter(None, (row["From_label"], row["To_label"])):
                    service = service_of(label)
                    assert service is None or service[0].concept in CONCEPTS
                    if service is None and role_in_incident(label) is None:
                        names_only.add(label.rstrip("0123456789abcdef_"))
    assert names_only == {"Fake_Phishing", "LI.FI Hack Terminus", "Terminus", "Terminus (Tiny)"}


def test_both_timestamp_formats_mean_the_same(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, HEADER + line(time="2022-06-28 20:02:00"), "Atomic.csv")
    again = load(store, tmp_path, HEADER + line(time="2022/6/28 20:02"), "Atomic.csv")
    assert again.duplicates == 1
    ((moment,),) = found(store, "MATCH ()-[s:SENT]->() RETURN s.time")
    assert moment.isoformat() == "2022-06-28T20:02:00+00:00"


def test_several_transfers_between_two_in_one_transaction(store: Store, tmp_path: Path) -> None:
    """Different amounts are different transfers, in any order; the same row twice is a duplicate."""
    lines = [line("10"), line("20"), line("10"), line("30")]
    first = load(store, tmp_path, HEADER + "".join(lines), "Atomic.csv")
    assert (first.loaded, first.duplicates) == (3, 1)
    before = content_hash(store)
    random.Random(1).shuffle(lines)
    again = load(store, tmp_path, HEADER + "".join(lines), "Atomic.csv")
    assert (again.loaded, again.duplicates, again.issues) == (0, 4, [])
    assert content_hash(store) == before


@pytest.mark.parametrize(
    ("value", "time", "to"),
    [("1,620,00", "2023-06-02 21:49:23", B), ("-1", "2023-06-02 21:49:23", B), ("1e13", "2023-06-02 21:49:23", B),
     ("", "2023-06-02 21:49:23", B), ("1", "06/02/2023", B), ("1", "2023-06-02 21:49:23", "0x12")],
)  # fmt: skip
def test_bad_rows_are_quarantined(store: Store, tmp_path: Path, value: str, time: str, to: str) -> None:
    bad = line(f'"{value}"', to=to, time=time)
    report = load(store, tmp_path, HEADER + bad + line("99") + "1,2,3\n", "Atomic.csv")
    assert (report.loaded, report.quarantined) == (1, 2)


def test_artefacts_of_floats_are_rounded_with_a_remark(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, HEADER + line("728251.5957000001"), "Atomic.csv")
    assert found(store, "MATCH ()-[s:SENT]->() RETURN s.amount") == [("728251595700",)]
    assert reasons(report) == ["more than six decimals: rounded to a millionth of a dollar"]


def test_hostile_labels_are_names(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, HEADER + line(label="<script>alert(1)</script>"), "Atomic.csv")
    assert found(store, "MATCH ()-[n:NAMED]->(:Wallet) RETURN n.name") == [("<script>alert(1)</script>",)]


def test_a_file_of_another_name_claims_no_part_in_any_incident(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, HEADER + line(label="Atomic Wallet Hack 01 SRC"), "flow records.csv")
    assert report.loaded == 1
    assert found(store, "MATCH (i:Incident) RETURN i") == []
    assert "which incident" in reasons(report)[0]
    with pytest.raises(InputError, match="which incident"):
        load(store, tmp_path, f"{A}\n{B}\n", "source_addresses.csv")


def test_quarantined_rows_load_once_mended(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, HEADER + line("12x"), "LIFI.csv", quarantine_folder=tmp_path / "quarantine")
    (kept,) = (tmp_path / "quarantine").iterdir()
    again = load(store, tmp_path, kept.read_text("utf-8").replace('"12x"', '"12"'), "mended.jsonl")
    assert (report.quarantined, again.loaded, again.source) == (1, 1, "mftracer-dataset")
    assert found(store, "MATCH (i:Incident) RETURN i.id") == [("li-fi-2024",)]


def test_detection_needs_the_whole_header() -> None:
    detect = formats().named("mftracer").detect
    assert detect(HEADER, "x.csv") > 0
    assert detect("From,To,Value_in_USD\n", "Atomic.csv") == 0
