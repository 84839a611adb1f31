"""`demix` on a graph, and the command over it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.analysis.demixing.pools import ROUTERS, TORNADO
from workbench.analysis.demixing.run import demix
from workbench.cli.demix import read_gas
from workbench.errors import InputError, UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import Involves
from workbench.model.ledger import Transfer, native_asset
from workbench.model.nodes import Incident, Source, Wallet

ETH = native_asset("eip155:1")
THIEF, FRIEND, OTHER = (f"eip155:1:0x{letter * 40}" for letter in "abc")


@pytest.fixture
def mixer(store: Store) -> Store:
    note, pool = TORNADO[2].note, TORNADO[2].wallet
    rows = [
        (THIEF, ROUTERS[1], note, 1, 1), (ROUTERS[1], pool, note, 1, 1), (OTHER, pool, note, 2, 2),
        (pool, FRIEND, note, 3, 3), (FRIEND, THIEF, 10**17, 4, 4), (OTHER, FRIEND, 0, 5, 5),
    ]  # fmt: skip
    loader = Loader(store, "run", datetime(2024, 1, 1, tzinfo=UTC))
    loader.transfers([
        Transfer(a, b, f"eip155:1/tx:{tx:064x}/trace:{i}", ETH, str(v), float(v), None, 86_400_000 * day, day, i)
        for i, (a, b, v, day, tx) in enumerate(rows)
    ], "a-source")  # fmt: skip
    source = Source(id="a-source", title="t", publisher="p", kind="researcher")
    incident, wallet = Incident(id="theft", name="Theft"), Wallet.of(THIEF.rpartition(":")[2], "eth")
    loader.nodes([source, incident, wallet])
    loader.claims([Involves(subject=incident.ref, object=wallet.ref, source_id="a-source", role="thief", dataset="d")])
    return store


def test_hypotheses_about_an_incident(mixer: Store) -> None:
    found = demix(mixer, incident="theft")
    assert (found.deposits, found.withdrawals) == (2, 1)
    row = found.table.iloc[0]
    assert (row["depositor"], row["recipient"], row["anonymity_set"]) == (THIEF, FRIEND, 2)
    assert row["heuristics"] == "linked_address"
    assert len(demix(mixer, [OTHER]).table) == 0, "anybody can make a transfer of nothing in another's name"
    assert len(demix(mixer, gas_price={"0x" + f"{2:064x}": 31_234_567_891, f"{3:064x}": 31_234_567_891}).table) == 2


def test_what_cannot_be_asked(mixer: Store) -> None:
    with pytest.raises(UsageError, match="no wallet is known"):
        demix(mixer, incident="nobody's")
    with pytest.raises(UsageError, match="none of the pools"):
        demix(mixer, [THIEF], pools=TORNADO[:1])


def test_gas_prices_of_a_file(tmp_path: Path) -> None:
    (good := tmp_path / "gas.csv").write_text("tx_hash,gas_price\n0xAB,31000000001\n")
    assert read_gas(good) == {"0xab": 31_000_000_001}
    for text in ("tx_hash,gas_price\n0xab,1.5\n", "a,b\n1,2\n", "tx_hash,gas_price\n0xab,\n", "\udcff"):
        (bad := tmp_path / "bad.csv").write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(InputError):
            read_gas(bad)
    with pytest.raises(InputError):
        read_gas(tmp_path / "none.csv")
