"""What changed between two editions of a list: claims that came and went, by edition, run or time."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.analysis.editions import diff
from workbench.errors import UnknownNameError
from workbench.graph.store import Store
from workbench.ingest.run import Options, RunReport, ingest_file

HEADER = ",Address,Name Tag,Balance,Txn Count\n"
A, B, C = ("0x3f5ce5fbfe3e9af3971dd833d26ba9b5c936f0be", "0x85b931a32a0725be14285b66f1a22178c672d69b",
           "0x708396f17127c42383e3b9014072679b2f60b82f")  # fmt: skip


def edition(store: Store, folder: Path, *addresses: str) -> RunReport:
    path = folder / "etherscan_accounts_example.csv"
    path.write_text(HEADER + "".join(f"{i},{a},,0,1\n" for i, a in enumerate(addresses)))
    return ingest_file(store, path, Options(accept_shrink=True))


def test_what_came_and_what_went(store: Store, tmp_path: Path) -> None:
    runs = [edition(store, tmp_path, A, B), edition(store, tmp_path, B, C), edition(store, tmp_path, A, B)]
    assert [run.retracted for run in runs] == [0, 1, 1]
    first, second, third = (run.run_id for run in runs)
    frame = diff(store, "etherscan-labels", first, second)
    told = [(row.change, row.claim, row.subject) for row in frame.itertuples()]
    assert told == [("came", "LISTED_BY", f"eip155:1:{C}"), ("went", "LISTED_BY", f"eip155:1:{A}")]
    assert list(frame.says) == ["listing tagged; label example"] * 2
    back = diff(store, "etherscan-labels", second, third[:8])
    assert [(row.change, row.subject) for row in back.itertuples()] == [
        ("came", f"eip155:1:{A}"), ("went", f"eip155:1:{C}"),
    ]  # fmt: skip
    assert diff(store, "etherscan-labels", first, third).empty, "taken back and made again is no change"
    everything = diff(store, "etherscan-labels", "2009-01-01", third)
    assert len(everything) == 2


def test_what_is_not_there_is_said(store: Store, tmp_path: Path) -> None:
    run = edition(store, tmp_path, A)
    with pytest.raises(UnknownNameError, match="etherscan-labels"):
        diff(store, "etherscan-label", "2020-01-01", run.run_id)
    with pytest.raises(UnknownNameError, match="edition"):
        diff(store, "etherscan-labels", "no such edition", run.run_id)


PACK = (
    "title: Example\ncreator: Somebody\nsource: https://example.org/a\nconfidence: web_crawl\n"
    "network: eth\ncurrency: ETH\n"
)


def pack(store: Store, folder: Path, day: str | None, *addresses: str) -> RunReport:
    tags = "".join(f"  - {{address: '{address}', label: x}}\n" for address in addresses)
    (folder / "example.yaml").write_text(PACK + (f"lastmod: {day}\n" if day else "") + "tags:\n" + tags)
    return ingest_file(store, folder / "example.yaml")


def live(store: Store) -> set[str]:
    asked = "MATCH (:Source)-[c:NAMED]->(w:Wallet) WHERE c.retracted_at IS NULL RETURN w.address"
    return {row[0] for row in store.read(asked).rows}


def test_an_older_edition_read_later_brings_nothing_back(store: Store, tmp_path: Path) -> None:
    pack(store, tmp_path, "2024-01-15", A, B, C)
    newer = pack(store, tmp_path, "2024-06-01", B, C)
    assert (newer.retracted, live(store)) == (1, {B, C})
    older = pack(store, tmp_path, "2024-01-15", A, B, C)
    assert live(store) == {B, C}, "A was dropped by a newer edition"
    assert any("older than 2024-06-01" in issue.reason for issue in older.issues)
    assert older.rows_in == older.loaded + older.duplicates + older.quarantined


def test_without_an_editions_date_what_comes_back_is_told(store: Store, tmp_path: Path) -> None:
    for addresses in ((A, B, C), (B, C)):
        pack(store, tmp_path, None, *addresses)
    again = pack(store, tmp_path, None, A, B, C)
    assert live(store) == {A, B, C}
    assert any("made again" in issue.reason for issue in again.issues)


def test_another_page_of_a_list_does_not_retract_the_first(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "etherscan_accounts_example.csv"
    for page in ((A, B), (C, "0x" + "ab" * 20)):
        path.write_text(HEADER + "".join(f"{i},{a},,0,1\n" for i, a in enumerate(page)))
        report = ingest_file(store, path)
    assert report.retracted == 0
    assert any("it would retract 2 of 2 claims" in issue.reason for issue in report.issues)


def test_what_a_killed_run_had_made_of_an_edition_goes_with_the_next(store: Store, tmp_path: Path) -> None:
    """A killed run could not say of which data set it was."""
    killed = pack(store, tmp_path, "2024-01-15", A, B, C)
    store.write(
        "MATCH (r:IngestRun {id: $id}) SET r.status = 'running' REMOVE r.dataset, r.edition, r.finished_at",
        {"id": killed.run_id},
    )
    newer = pack(store, tmp_path, "2024-06-01", B, C)
    assert (newer.retracted, live(store)) == (1, {B, C})
