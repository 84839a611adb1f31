"""Template `claims`: any claim the schema has, and none it has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import FBI_GROUPS, as_csv, found, load, reasons
from workbench.graph.schema import edge_kinds
from workbench.graph.store import Store
from workbench.ingest.sources.claims_template import Claims, claim_classes
from workbench.model.claims import Computed

WALLET = "0x098B716B8Aaf21512996dC57EB0615e2383E2f96"
ROW = {"type": "ATTRIBUTED_TO", "subject_label": "Wallet", "subject": f"eip155:1:{WALLET}", "source": "a"}
GOOD = {**ROW, "object_label": "ActorGroup", "object": "fbi:apt38"}


def test_the_columns_are_those_of_the_schema() -> None:
    """Every property of a claim that a source can state has a column, and no other has one."""
    computed = {cls.type for cls in Computed.__subclasses__()}
    kinds = [kind for kind in edge_kinds().values() if not kind.ledger and kind.type not in computed]
    stated = {p.name for kind in kinds for p in kind.properties}
    kept = {"claim_id", "run_id", "recorded_at", "retracted_at", "source_id", "dataset"}
    columns = {column.name for column in Claims.all_columns()}
    ends = {"type", "subject", "subject_label", "object", "object_label"}
    assert {c for c in columns if c != "source" and not c.startswith("source_")} == (stated - kept) | ends
    assert set(claim_classes()) == {kind.type for kind in kinds}


def test_wallets_and_indicators_are_made_and_groups_are_not(store: Store, tmp_path: Path) -> None:
    refused = load(store, tmp_path, as_csv([GOOD]))
    assert "ActorGroup 'fbi:apt38', which is not in the graph" in reasons(refused, "quarantined")[0]
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    rows = [GOOD, {**GOOD, "subject_label": "Infrastructure", "subject": "DomainName:telloo.io"},
            {**GOOD, "subject_label": "Infrastructure", "subject": "telloo[.]io", "source": "b"}]  # fmt: skip
    assert load(store, tmp_path, as_csv(rows)).loaded == 3
    said = found(store, "MATCH (x)-[c:ATTRIBUTED_TO]->() RETURN x.id, c.source_id ORDER BY x.id, c.source_id")
    assert said == [("DomainName:telloo.io", "a"), ("DomainName:telloo.io", "b"), (f"eip155:1:{WALLET.lower()}", "a")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"type": "ATTRIBUTE_TO"}, "Did you mean ATTRIBUTED_TO"),
        ({"type": "SENT"}, "no such claim"),
        ({"subject_label": "Walet"}, "Did you mean Wallet"),
        ({"subject_label": ""}, "which kind of thing"),
        ({"subject": ""}, "empty"),
        ({"subject": "0x12"}, "40 hexadecimal"),
        ({"object_label": "Service", "object": "x"}, "cannot run from Wallet to Service"),
        ({"role": "thief"}, "ATTRIBUTED_TO has no role"),
        ({"tier": "gossip"}, "Input should be"),
        ({"subject_label": "Wallet) DETACH DELETE n //"}, "which kind of thing"),
    ],
)
def test_what_cannot_be_is_quarantined(store: Store, tmp_path: Path, change: dict[str, str], why: str) -> None:
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    report = load(store, tmp_path, as_csv([{**GOOD, **change}, {**GOOD, "confidence": "10"}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]


def test_numbers_dates_and_lists_arrive_as_such(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, as_csv([{"incident": "Bybit", "date": "2025-02-21", "source": "z"}]), "incidents.csv")
    load(store, tmp_path, as_csv(FBI_GROUPS), "groups.csv")
    rows = [
        {"type": "REPORTED", "object": "bybit-2025", "amount_usd": "1,460,000,000.50", "date": "2025-02-21",
         "source": "a"},
        {"type": "CONTROLS", "subject_label": "ActorGroup", "subject": "fbi:apt38", "object_label": "Wallet",
         "object": f"eip155:1:{WALLET}", "role": "hot_wallet", "source": "a", "tier": "structural"},
    ]  # fmt: skip
    assert load(store, tmp_path, as_csv(rows)).loaded == 2
    query = "MATCH ({id: 'a'})-[r:REPORTED]->(i) RETURN i.id, r.amount_usd, r.date.year"
    assert found(store, query) == [("bybit-2025", 1460000000.5, 2025)]
    assert found(store, "MATCH ()-[c:CONTROLS]->() RETURN c.role, c.tier") == [("hot_wallet", "structural")]


@pytest.mark.parametrize("header", ["type,name,date,amount", "type,name,listing,kind", "id,type,name"])
def test_anybodys_table_with_a_type_is_no_table_of_claims(header: str) -> None:
    assert Claims.detect(header + "\nx,y,z,1\n", "table.csv") == 0
