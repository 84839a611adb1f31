"""Vendors' CSV lists: Volexity's real ones, and small ones made on the spot for what they lack."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.template_cases import HOSTILE, as_csv, found, load, reasons
from workbench.errors import InputError, RecordError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest import Options, ingest_file
from workbench.ingest.context import Context
from workbench.ingest.intelligence.indicator_lists import VALUE_ROLES, read_value
from workbench.ingest.sources.indicator_csv import IndicatorCsv

MD5 = "0889a7ad0ad0822e9bce2ca316b57f4d"
SHA1 = "ec69154b36a9918db3c7fb4013a2fe1a1ab4ee62"
SHA256 = "586f30907c3849c363145bfdcdabe3e2e4688cbd5688ff968e984b201b474730"
ETH = "0x098b716b8aaf21512996dc57eb0615e2383e2f96"
VOLEXITY = {
    "2021-08-17_-_InkySquid_Part_1__indicators.csv": 0, "2021-08-24_-_InkySquid_Part_2__indicators.csv": 0,
    "2022-07-28_SharpTongue_SharpTongue_Deplo__indicators.csv": 0,
    "2022-12-01_Buyer_Beware_-_Fake_Cryptocur__indicators.csv": 0, "2023-03-30_3CX__github_summary.csv": 2,
    "2023-03-30_3CX__iocs.csv": 0,
}  # fmt: skip
"""Rows of each that hold no indicator: two files without a domain."""


@pytest.mark.parametrize("name", VOLEXITY)
def test_volexitys_lists_are_loaded_whole(store: Store, shared: Path, name: str) -> None:
    """Values as Python's csv module and two regular expressions find them."""
    path = shared / "dprk-iocs" / "volexity" / name
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))[1:]
    report = ingest_file(store, path, Options(source="volexity"))
    assert (report.format, report.rows_in, report.quarantined) == ("indicator-csv", len(rows), VOLEXITY[name])
    text = "\n".join(cell.replace("[.]", ".") for row in rows for cell in row if not cell.endswith((".ico", ".md")))
    hashes = set(re.findall(r"\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b", text))
    others = {w for w in re.findall(r"^[\w.@-]+\.[a-z]{2,10}$", text, re.M) if not w.endswith(".pack")}
    listed = found(store, "MATCH (i)-[:LISTED_BY {listing: 'published'}]->({id: 'volexity'}) RETURN i.value")
    assert {value for (value,) in listed} == hashes | others
    damaged = {v for v in re.findall(r"\b[0-9a-f]{41,}\b", text) if len(v) != 64}  # one SHA-256 lacks a digit
    assert damaged == {issue.value for issue in report.issues if issue.reason.startswith("left out of the row")}
    before = content_hash(store)
    again = ingest_file(store, path, Options(source="volexity"))
    assert (again.loaded, again.duplicates) == (0, len(rows) - VOLEXITY[name])
    assert content_hash(store) == before


def test_several_hashes_of_one_file(store: Store, tmp_path: Path) -> None:
    rows = [
        {"Indicator": f"{MD5},{SHA1},{SHA256}", "Type": "file", "Notes": "a loader"},
    ]
    load(store, tmp_path, as_csv(rows), source="v")
    same = found(store, "MATCH (a)-[r:RELATED]->(b) RETURN a.value, b.value, r.relation ORDER BY b.value")
    assert same == [(MD5, SHA256, "same-file"), (MD5, SHA1, "same-file")]
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN DISTINCT l.label, l.source_id") == [("a loader", "v")]


def test_headers_in_any_case_and_a_column_for_each_kind(store: Store, tmp_path: Path) -> None:
    rows = [
        {"SHA-256": SHA256.upper(), "MD5": MD5, "File Name": "x.exe", "Domain": "", "IP Address": "", "First_Seen": ""},
        {"Domain": "bad[.]example", "IP Address": "192[.]0[.]2[.]1", "First_Seen": "2021-10-10", "Link": "https://b.example/p"},
    ]  # fmt: skip
    report = load(store, tmp_path, as_csv(rows, ";"), source="v")
    assert (report.format, report.loaded) == ("indicator-csv", 2)
    named = found(store, "MATCH ()-[n:NAMED]->(h) RETURN n.name, h.value")
    assert named == [("x.exe", SHA256)]
    together = found(store, "MATCH (a)-[r:RELATED {relation: 'listed-together'}]->(b) RETURN a.value, b.value")
    assert together == [("bad.example", "192.0.2.1")]
    seen = found(store, "MATCH ({value: 'bad.example'})-[l:LISTED_BY]->() RETURN toString(l.valid_from)")
    assert seen == [("2021-10-10T00:00:00Z",)]
    told = reasons(report, "warned")
    assert {f"written as {SHA256}", "refanged to bad.example", "refanged to 192.0.2.1"} <= set(told)


def test_trap_13_a_link_to_a_report_is_no_indicator(store: Store, tmp_path: Path) -> None:
    rows = [
        {
            "value": "bad.example",
            "type": "domain",
            "reference": "https://vendor.example/report",
            "comment": "see https://x.example",
        }
    ]
    load(store, tmp_path, as_csv(rows), source="v")
    assert found(store, "MATCH (i:Infrastructure) RETURN i.value") == [("bad.example",)]
    derived = found(store, "MATCH (:Source {id: 'v'})-[:DERIVED_FROM]->(s) RETURN s.url")
    assert derived == [("https://vendor.example/report",)]


def test_a_type_that_contradicts_the_value_is_told(store: Store, tmp_path: Path) -> None:
    rows = [{"value": "192.0.2.1", "type": "domain"}, {"value": "a.example", "type": "gizmo"}]
    report = load(store, tmp_path, as_csv(rows), source="v")
    assert report.loaded == 2
    told = reasons(report, "warned")
    assert told == [
        "stated as DomainName, but it is a IPAddress; kept as that", "a type that is not known; the value decides"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"value": MD5, "type": "imphash"}, "no indicator the graph has"),
        ({"value": MD5, "type": "sha256"}, "not a sha256"),
        ({"value": "C:\\x.exe", "type": "file"}, "not a domain"), ({"value": "N/A", "type": "ip"}, "no indicator"),
        ({"value": "readme.md", "type": ""}, "as likely a file's name"),
        ({"value": "evil..example", "type": ""}, "not a domain"),
        ({"value": "x" * 11_000, "type": ""}, "longer than"),
        ({"value": "a\x00b.example", "type": ""}, "control character"),
        ({"value": " ".join(f"{n}.example" for n in range(60)), "type": ""}, "more than 50"),
        ({"value": "a.example", "type": "domain", "first seen": "once"}, "not a time"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_quarantined(store: Store, tmp_path: Path, row: dict[str, str], reason: str) -> None:
    content = as_csv([{"value": "ok.example", "type": "domain"}, row])
    report = load(store, tmp_path, content, source="v", as_format="indicator-csv")
    assert (report.rows_in, report.loaded, report.quarantined) == (2, 1, 1)
    assert any(reason in told for told in reasons(report, "quarantined")), reasons(report)


def test_without_a_source_everything_is_quarantined(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, as_csv([{"value": "a.example", "type": "domain"}]))
    assert (report.loaded, report.quarantined) == (0, 1)
    assert "--source says who" in reasons(report)[0]


def test_a_row_with_other_cells_costs_itself(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, "value,type\na.example,domain\nb.example\nc.example,domain,,,\n", source="v")
    assert (report.loaded, report.quarantined) == (1, 2)


@pytest.mark.parametrize("content", ["", "value,type\n", "name,colour\nx,y\n", 'value,type\n"a.example,domain\n'])
def test_files_that_make_no_sense_are_refused_whole(store: Store, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError):
        load(store, tmp_path, content, source="v", as_format="indicator-csv")


def test_hostile_notes_are_kept_as_text(store: Store, tmp_path: Path) -> None:
    rows = [{"value": f"a{n}.example", "type": "domain", "notes": text} for n, text in enumerate(HOSTILE)]
    load(store, tmp_path, as_csv(rows), source="v")
    assert {label for (label,) in found(store, "MATCH ()-[l:LISTED_BY]->() RETURN l.label")} == set(HOSTILE)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings(store: Store, tmp_path: Path, encoding: str) -> None:
    load(store, tmp_path, "value,type,notes\na.example,domain,café\n".encode(encoding), source="v")
    assert found(store, "MATCH ()-[l:LISTED_BY]->() RETURN l.label") == [("café",)]


def test_other_tables_are_left_alone() -> None:
    for text in ("hash,value,from_address\n0x1,5,0x2\n", "Address,Name Tag\n0xabc,Binance\n", "name,file\na,b\n"):
        assert IndicatorCsv.detect(text, "a.csv") == 0


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from(sorted(VALUE_ROLES)), st.none() | st.text(max_size=10))
def test_any_cell_is_read_or_refused(text: str, role: str, stated: str | None) -> None:
    try:
        read_value(text, role, stated, Context())
    except RecordError:
        pass


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Wallet,Description,Date", f"{ETH},theft,2024-01-01"), ("IP,Date,Description", "45.61.136.10,2024-01-01,C2"),
        ("ADDRESS,Type,Date", f"{ETH},wallet,2024-01-01"), ("Domain,Description", "bad.example.com,C2"),
        ("date;type;Indicator", "2024-01-01;domain;bad.example.com"), ("Hash,Date", f"{MD5},2024-01-01"),
        ("URL,description,date", "https://bad.example.com/x,C2,2024-01-01"), ("IOC,Date", f"{SHA256},2024-01-01"),
    ],
)  # fmt: skip
def test_headers_of_generic_words_are_lists_and_no_template(
    store: Store, tmp_path: Path, header: str, row: str
) -> None:
    report = load(store, tmp_path, f"{header}\n{row}\n", "list.csv", source="vendor")
    assert (report.format, report.loaded) == ("indicator-csv", 1), reasons(report)


def test_a_table_of_anything_is_refused_and_taken_for_no_template(store: Store, tmp_path: Path) -> None:
    for header in ("name,date,amount_usd", "name,type_of_thing,description", "kind,date,text"):
        (tmp_path / "table.csv").write_text(f"{header}\nRonin,2022-03-23,5\n")
        with pytest.raises(InputError) as refused:
            ingest_file(store, tmp_path / "table.csv")
        assert "is missing" not in str(refused.value), header
