"""Template `wallets`: an address is checked, and a row says no more than its cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import FBI_GROUPS, as_csv, found, load, reasons
from workbench.graph.store import Store

BYBIT = "0x51E9d833Ecae4E8D9D8Be17300AEE6D3398C135D"
ROW = {"address": BYBIT, "network": "eth", "label": "x", "source": "a"}


def test_one_row_makes_every_claim_its_cells_make(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    load(store, tmp_path, as_csv([{"incident": "Bybit", "date": "2025-02-21", "source": "a"}]), "incidents.csv")
    row = {
        **ROW, "listing": "Published", "program": "PSA", "attributed_to": "fbi:tradertraitor", "incident": "bybit-2025",
        "role": "laundering", "service": "Some Mixer", "service_role": "deposit", "concept": "mixing_service",
        "confidence": "80", "grade": "B2", "tlp": "TLP:GREEN", "source_url": "https://example.org/psa",
    }  # fmt: skip
    report = load(store, tmp_path, as_csv([row]))
    assert (report.loaded, report.issues) == (1, [])
    wallet = "eip155:1:" + BYBIT.lower()
    claims = found(
        store,
        "MATCH (w:Wallet)-[c]-(x) RETURN w.id, type(c), c.confidence, c.grade, c.tlp, c.evidence, x.id "
        "ORDER BY type(c)",
    )
    assert [(c[1], c[6]) for c in claims] == [
        ("ATTRIBUTED_TO", "fbi:tradertraitor"), ("CONTROLS", "some-mixer"), ("INVOLVES", "bybit-2025"),
        ("LISTED_BY", "a"), ("NAMED", "a"),
    ]  # fmt: skip
    assert {(c[0], *c[2:6]) for c in claims} == {(wallet, 80, "B2", "green", "https://example.org/psa")}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"address": BYBIT[:-1]}, "40 hexadecimal"),
        ({"address": "3LU8wRu4ZnXP4UM8Yo6kkTiGHM9BubgyiH", "network": "btc"}, "no network accepts"),
        ({"network": "btc"}, "cannot be on Bitcoin"),
        ({"network": "USDT"}, "not a network"),
        ({"label": ""}, "says nothing"),
        ({"role": "thief"}, "role without an incident"),
        ({"incident": "nowhere-2020", "role": "thief"}, "not in the graph"),
        ({"incident": "nowhere-2020", "role": "mastermind"}, "Input should be"),
        ({"listing": "blacklisted"}, "Input should be"),
        ({"attributed_to": "fbi:nobody"}, "not in the graph"),
    ],
)
def test_what_cannot_be_is_quarantined(store: Store, tmp_path: Path, change: dict[str, str], why: str) -> None:
    report = load(store, tmp_path, as_csv([{**ROW, **change}, {**ROW, "label": "good"}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]


def test_a_wrong_checksum_is_a_remark_on_ethereum(store: Store, tmp_path: Path) -> None:
    """EIP-55: many tools do not preserve case."""
    report = load(store, tmp_path, as_csv([{**ROW, "address": BYBIT.replace("E9d8", "E9D8")}]))
    assert report.loaded == 1
    assert "EIP-55" in reasons(report, "warned")[0]


def test_rival_labels_of_one_wallet_are_both_kept(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([ROW, {**ROW, "label": "y", "source": "b"}, {**ROW, "address": BYBIT.lower()}]))
    names = found(store, "MATCH (s)-[n:NAMED]->(w:Wallet) RETURN s.id, n.name ORDER BY s.id")
    assert names == [("a", "x"), ("b", "y")]
