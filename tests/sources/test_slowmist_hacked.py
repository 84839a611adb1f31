"""SlowMist's archive: counted by the csv module, dates and losses as its rows have them."""

from __future__ import annotations

import csv
import lzma
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

HEADER = "date,name,description,loss_usd,attack_method,reference,year\n"


def test_every_row_of_the_archive_is_accounted_for(store: Store, shared: Path) -> None:
    path = shared / "hack-incidents" / "slowmist_hacked_all.csv.xz"
    with lzma.open(path, "rt", encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    report = ingest_file(store, path)
    assert (report.rows_in, report.quarantined) == (len(rows), 0)
    told = {
        (r["date"], r["name"].strip(), r["loss_usd"], r["attack_method"], r["reference"].partition(" ")[0])
        for r in rows
    }
    assert len(told) - 2 <= report.loaded <= len(told)  # two pairs differ in what is not read
    assert report.loaded + report.duplicates == len(rows)
    echo = found(store, "MATCH (:Source)-[r:REPORTED]->(:Incident {id: 'slowmist:echo-protocol-2026-05-19'}) "
                        "RETURN r.amount_usd, toString(date(r.date)), r.technique")  # fmt: skip
    assert echo == [(821_700.0, "2026-05-19", "Private Key Leakage")]
    assert ingest_file(store, path).loaded == 0


def test_a_name_without_latin_letters_has_an_incident_too(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, HEADER + "2020-08-28,天穹,,100,Rug Pull,https://example.org,2020\n", "s.csv")
    assert report.loaded == 1
    assert found(store, "MATCH (i:Incident) RETURN i.name") == [("天穹",)]


def test_a_loss_of_nothing_is_no_figure(store: Store, tmp_path: Path) -> None:
    text = HEADER + "2020-08-28,A,,0.0,x,,2020\n2020-08-29,B,,,x,,2020\n"
    load(store, tmp_path, text, "s.csv")
    assert found(store, "MATCH ()-[r:REPORTED]->() RETURN r.amount_usd") == [(None,), (None,)]


def test_addresses_in_the_prose_are_nobodys(store: Store, shared: Path) -> None:
    ingest_file(store, shared / "hack-incidents" / "slowmist_defi_subset_matched.csv.xz")
    assert found(store, "MATCH (w:Wallet) RETURN count(w)") == [(0,)]


def test_an_empty_file_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEADER)
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, tmp_path / "s.csv")
