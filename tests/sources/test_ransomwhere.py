"""Ransomwhere's export. Made from its published interface (api.ransomwhe.re/export): no sample is bundled."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file

ENTRY = {
    "address": "1BskZr9N4V8fHeB28sNGGCPH7usBGboS15", "balance": 0, "balanceUSD": 0, "blockchain": "bitcoin",
    "createdAt": "2021-07-08T00:00:00.000Z", "updatedAt": "2021-07-08T00:00:00.000Z", "family": "Example Locker",
    "transactions": [{"hash": "ab" * 32, "time": 1600000000, "amount": 1, "amountUSD": 2}],
}  # fmt: skip


def test_an_entry_is_a_tag_and_a_family_and_no_group(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, json.dumps({"result": [ENTRY, ENTRY]}), "export.json")
    assert (report.format, report.loaded, report.duplicates, report.issues) == ("ransomwhere", 1, 1, [])
    rows = found(store, "MATCH (w:Wallet)-[l:LISTED_BY]->(), (w)-[r:RELATED]->(m:Malware) "
                        "RETURN w.network, l.listing, toString(date(l.valid_from)), r.relation, m.id")  # fmt: skip
    assert rows == [("btc", "tagged", "2021-07-08", "ransom-paid-to", "ransomwhere:example-locker")]
    assert found(store, "MATCH (g:ActorGroup) RETURN count(g)") == [(0,)]


def test_the_address_decides_and_the_contradiction_is_told(store: Store, tmp_path: Path) -> None:
    wrong = ENTRY | {"address": "0x7f691eba903423900b40a397d94f9062cae72dbf"}
    report = load(store, tmp_path, json.dumps({"result": [wrong]}), "export.json")
    assert report.loaded == 1
    assert any("listed under bitcoin" in issue.reason for issue in report.issues)
    assert found(store, "MATCH (w:Wallet) RETURN w.network") == [("eth",)]


DAMAGED = ("", '{"result": {"family": 1, "balanceUSD": 2}}', '{"result": [{"family": 1, "balanceUSD":')


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_file_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    (tmp_path / "export.json").write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "export.json")
