"""The README of DeFiHackLabs: as many incidents as it says of itself."""

from __future__ import annotations

import lzma
import re
from pathlib import Path

import pytest

from tests.sources.template_cases import found, load
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import ingest_file


def test_it_holds_as_many_incidents_as_it_says(store: Store, shared: Path) -> None:
    path = shared / "hack-incidents" / "DeFiHackLabs_README.md.xz"
    text = lzma.open(path, "rt", encoding="utf-8").read()
    said = int(re.search(r"(\d+) incidents included", text)[1])  # type: ignore[index]
    report = ingest_file(store, path)
    assert (report.format, report.rows_in, report.loaded, report.quarantined) == ("defihacklabs", said, said, 0)
    assert ingest_file(store, path).duplicates == said
    flashstake = found(
        store,
        "MATCH (:Source)-[r:REPORTED]->(:Incident {id: 'defihacklabs:flashstakev2-2026-08-20'}) "
        "RETURN r.amount_usd, r.amount_text, r.technique, r.evidence",
    )
    assert flashstake == [(
        None,  # in WETH, not in dollars
        "~0.5453 WETH drained (28.25% of reward pool reserve); attacker net profit ~0.4285 ETH",
        "Mispriced reward pool, instant upfront reward extraction",
        "https://github.com/SunWeb3Sec/DeFiHackLabs/blob/main/src/test/2026-08/FlashstakeV2_exp.sol",
    )]  # fmt: skip


def test_an_amount_is_in_dollars_only_where_the_list_says_so(store: Store, tmp_path: Path) -> None:
    text = (
        "# DeFiHackLabs\n### 20260819 A - x\n### Lost: ~112,976.12 USDC (~$118.7K reported)\n"
        "### 20260818 B - y\n### Lost: $5M or $6M\n### 20260800 C\n"
    )
    report = load(store, tmp_path, text, "README.md")
    assert report.loaded == 3
    rows = found(store, "MATCH (i:Incident)<-[r:REPORTED]-() RETURN i.name, r.amount_usd, r.date_precision ORDER BY 1")
    assert rows == [("A", 118_700.0, "day"), ("B", None, "day"), ("C", None, "month")]


@pytest.mark.parametrize("text", ["", "# DeFiHackLabs\n## Lost and found\n"])
def test_a_page_without_incidents_is_refused(store: Store, tmp_path: Path, text: str) -> None:
    (tmp_path / "README.md").write_text(text)
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "README.md")


def test_a_heading_with_an_impossible_date_is_quarantined(store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, "# DeFiHackLabs\n### 20261399 A - x\n### Lost: 1\n### 20260101 B\n", "README.md")
    assert (report.loaded, report.quarantined) == (1, 1)
