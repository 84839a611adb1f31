"""Label lists: counted by the csv module; a label is a tag, and never a sanction or a freeze."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

HEADER = ",Address,Name Tag,Balance,Txn Count\n"


def test_every_list_is_loaded_whole(store: Store, shared: Path) -> None:
    for path in sorted((shared / "etherscan-labels").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = list(csv.DictReader(handle))
        report = ingest_file(store, path)
        distinct = {(r["Address"].lower(), r["Name Tag"].strip()) for r in rows}
        assert (report.format, report.rows_in) == ("etherscan-labels", len(rows)), path.name
        assert (report.loaded, report.quarantined) == (len(distinct), 0), path.name
    asked = "MATCH (:Wallet)-[l:LISTED_BY]->(:Source {id: 'etherscan-labels'}) RETURN DISTINCT l.listing"
    listings = found(store, asked)
    assert listings == [("tagged",)], "a label called 'blocked' or 'OFAC' is the explorer's word only"


def test_a_label_that_is_a_service_says_who_controls(store: Store, shared: Path) -> None:
    folder = shared / "etherscan-labels"
    ingest_file(store, folder / "etherscan_accounts_binance-deposit.csv")
    ingest_file(store, folder / "etherscan_accounts_bridge.csv")
    rows = found(store, "MATCH (s:Service)-[c:CONTROLS]->(:Wallet) RETURN s.id, c.role, count(*)")
    assert rows == [("binance", "deposit", 1)], "`bridge` is a kind of service and no service"


def test_another_explorers_list_is_of_its_network(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, HEADER + "0,0x3f5ce5fbfe3e9af3971dd833d26ba9b5c936f0be,B,0,1\n", "bscscan_accounts_x.csv")
    assert found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->(s) RETURN w.network, s.id, l.label") == [
        ("bsc", "bscscan-labels", "x")
    ]


def test_a_file_without_an_explorer_in_its_name_is_not_the_explorers_word(store: Store, tmp_path: Path) -> None:
    row = HEADER + "0,0x3f5ce5fbfe3e9af3971dd833d26ba9b5c936f0be,Lazarus Group,0,1\n"
    report = load(store, tmp_path, row, "binance.csv")
    assert (report.loaded, report.quarantined) == (0, 1)
    assert load(store, tmp_path, row, "binance.csv", source="my-list", network="bsc").loaded == 1
    asked = "MATCH (w:Wallet)-[l:LISTED_BY]->() RETURN w.network, l.source_id, l.listing"
    assert found(store, asked) == [("bsc", "my-list", "tagged")]
    assert found(store, "MATCH (:Service)-[c:CONTROLS]->() RETURN count(c)") == [(0,)]


def test_bad_rows_are_quarantined_and_a_dropped_address_is_retracted(store: Store, tmp_path: Path) -> None:
    good = "0,0x3f5ce5fbfe3e9af3971dd833d26ba9b5c936f0be,B,0,1\n1,0x85b931a32a0725be14285b66f1a22178c672d69b,C,0,1\n"
    name = "etherscan_accounts_x.csv"
    report = load(store, tmp_path, HEADER + good + "2,0x12,D,0,1\n", name)
    assert (report.loaded, report.quarantined) == (2, 1)
    later = load(store, tmp_path, HEADER + good.splitlines()[0] + "\n", name, accept_shrink=True)
    assert (later.duplicates, later.retracted) == (1, 2)  # the listing and the name of the other address


def test_an_empty_list_is_refused(store: Store, tmp_path: Path) -> None:
    (tmp_path / "etherscan_accounts_x.csv").write_text(HEADER)
    with pytest.raises(InputError, match="no rows"):
        ingest_file(store, tmp_path / "etherscan_accounts_x.csv")
