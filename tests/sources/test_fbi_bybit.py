"""The FBI's 51 addresses: published, not sanctioned, and nothing else under the FBI's name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from eth_utils.address import is_checksum_address

from tests.sources.template_cases import found, load, reasons
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file
from workbench.ingest.sources.fbi_bybit import psa_addresses


@pytest.fixture
def real(shared: Path) -> Path:
    return shared / "fbi-bybit" / "fbi_psa250226_51.txt"


def test_all_51_load_and_none_has_a_bad_checksum(store: Store, real: Path) -> None:
    report = ingest_file(store, real)
    assert (report.format, report.source) == ("fbi-bybit", "fbi-ic3-2025-02-26")
    assert (report.rows_in, report.loaded, report.quarantined, report.duplicates, report.issues) == (51, 51, 0, 0, [])
    written = real.read_text("utf-8").split()
    assert all(is_checksum_address(address) for address in written)
    assert {row[0] for row in found(store, "MATCH (w:Wallet) RETURN w.address")} == {a.lower() for a in written}


def test_what_is_said_of_each(store: Store, real: Path) -> None:
    ingest_file(store, real)
    said = found(
        store,
        "MATCH (w:Wallet)-[l:LISTED_BY]->(s:Source), (w)-[a:ATTRIBUTED_TO]->(g), (i)-[p:INVOLVES]->(w) "
        "RETURN l.listing, s.kind, s.url, g.id, i.id, p.role, count(DISTINCT w)",
    )
    url = "https://www.ic3.gov/PSA/2025/PSA250226"
    assert said == [("published", "authority", url, "fbi:tradertraitor", "bybit-2025", "laundering", 51)]
    assert found(store, "MATCH ()-[l:LISTED_BY {listing: 'sanctioned'}]->() RETURN l") == []


def test_twice_and_shuffled_is_once(store: Store, real: Path, tmp_path: Path) -> None:
    ingest_file(store, real)
    before = content_hash(store)
    lines = real.read_text("utf-8").split()
    random.Random(2).shuffle(lines)
    again = load(store, tmp_path, "\r\n".join(line.lower() for line in lines), "any name.txt")
    assert (again.format, again.loaded, again.duplicates) == ("fbi-bybit", 0, 51)
    assert content_hash(store) == before


def test_an_address_the_fbi_did_not_publish_is_not_put_in_its_mouth(store: Store, real: Path, tmp_path: Path) -> None:
    others = (real.parent / "safe_other_sanctioned_eoas_16.txt").read_text("utf-8").split()
    assert not psa_addresses() & {address.lower() for address in others}
    lines = [*real.read_text("utf-8").split(), others[0], "0x12", "=cmd()"]
    report = load(store, tmp_path, "\n".join(lines))
    assert (report.format, report.loaded, report.quarantined) == ("fbi-bybit", 51, 3)
    assert "not one of the 51" in reasons(report, "quarantined")[0]


def test_another_list_is_not_taken_for_it(store: Store, shared: Path) -> None:
    report = ingest_file(store, shared / "fbi-bybit" / "safe_other_sanctioned_eoas_16.txt")
    assert (report.format, report.loaded, report.quarantined) == ("address-list", 0, 16)
    assert set(reasons(report)) == {"nobody is named as the source of the list"}


def test_a_wrong_checksum_is_a_remark(store: Store, real: Path, tmp_path: Path) -> None:
    text = real.read_text("utf-8").replace("0x51E9d833", "0x51e9d833", 1)
    report = load(store, tmp_path, text)
    assert (report.loaded, reasons(report)) == (51, ["the EIP-55 checksum does not match; kept in lower case"])
