"""Transfers written through the loader come back out of the graph exactly, on every server version."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.analysis.projection import Ledger, project, transfer_ids
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.ledger import Transfer, native_asset, token_asset

NATIVE = native_asset("eip155:1")
TOKEN = token_asset("eip155:1", "0x" + "ab" * 20)


def wallet(number: int) -> str:
    return f"eip155:1:0x{number:040x}"


def transfer(
    i: int, sender: int, receiver: int, amount: int, *, asset: str = NATIVE, time_ms: int = 1_685_742_563_000,
    block: int | None = None, position: int | None = None,
) -> Transfer:  # fmt: skip
    return Transfer(
        wallet(sender), wallet(receiver), f"eip155:1/tx:{i:064x}/tx", asset, str(amount), float(amount), None, time_ms,
        block, position,
    )  # fmt: skip


def load(store: Store, rows: list[Transfer]) -> None:
    Loader(store, "run", datetime(2024, 1, 1, tzinfo=UTC)).transfers(rows, "a-source")


def told(ledger: Ledger, ids: list[str]) -> set[tuple[object, ...]]:
    """The ledger's rows as facts that do not depend on any numbering."""
    block = [-1] * len(ledger) if ledger.block is None else ledger.block
    position = [-1] * len(ledger) if ledger.position is None else ledger.position
    columns = zip(ids, ledger.source, ledger.target, ledger.asset, ledger.amount, ledger.time_ms, block, position,
                  strict=True)  # fmt: skip
    return {
        (id_, ledger.wallets[s], ledger.wallets[t], ledger.assets[a], int(v), int(w), int(b), int(p))
        for id_, s, t, a, v, w, b, p in columns
    }


def facts(rows: list[Transfer]) -> set[tuple[object, ...]]:
    return {
        (r.id, r.sender, r.receiver, r.asset, int(r.amount), r.time_ms, -1 if r.block is None else r.block,
         -1 if r.position is None else r.position)
        for r in rows
    }  # fmt: skip


EDGE_AMOUNTS = [0, 1, 2**53 - 1, 2**53, 2**53 + 1, 2**63 - 1025, 2**63 - 1, 2**63, 10**25 + 1, 2**256 - 1]


def test_every_amount_is_exact_on_both_sides_of_every_limit(store: Store) -> None:
    rows = [transfer(i, i % 3, 7, amount, asset=TOKEN if i % 2 else NATIVE) for i, amount in enumerate(EDGE_AMOUNTS)]
    load(store, rows)
    ledger = project(store, order=True)
    assert ledger.amount.dtype == object
    assert told(ledger, list(transfer_ids(store, ledger, np.arange(len(ledger))))) == facts(rows)


def test_amounts_that_fit_are_int64(store: Store) -> None:
    load(store, [transfer(i, 1, 2, amount) for i, amount in enumerate(EDGE_AMOUNTS) if amount < 2**63])
    ledger = project(store)
    assert ledger.amount.dtype == np.int64
    assert sorted(ledger.amount.tolist()) == sorted(amount for amount in EDGE_AMOUNTS if amount < 2**63)
    assert ledger.block is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.integers(0, 5), st.one_of(st.integers(0, 2**80), st.sampled_from(EDGE_AMOUNTS)),
            st.integers(0, 4_000_000_000_000), st.none() | st.integers(0, 30_000_000),
            st.none() | st.integers(0, 10**12), st.booleans(),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_what_was_loaded_is_what_is_projected(store: Store, drawn: list[tuple[int, ...]]) -> None:
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    rows = [
        transfer(i, s, t, v, time_ms=w, block=b, position=p, asset=TOKEN if token else NATIVE)
        for i, (s, t, v, w, b, p, token) in enumerate(drawn)
    ]
    load(store, rows)
    ledger = project(store, order=True)
    assert told(ledger, list(transfer_ids(store, ledger, np.arange(len(ledger))))) == facts(rows)
    assert all(a <= b for a, b in pairwise(ledger.time_ms.tolist()))
    again = Ledger.of(rows)  # the graph and the records give one ledger
    assert again.ids is not None
    assert told(again, list(again.ids)) == facts(rows)


def test_assets_can_be_chosen_and_more_wallets_than_a_chunk_are_all_there(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.analysis.projection.CHUNK", 7)
    monkeypatch.setattr("workbench.analysis.projection.NAMES_CHUNK", 5)
    rows = [transfer(i, i % 40, (i * 7) % 41, i, asset=TOKEN if i % 4 == 0 else NATIVE) for i in range(200)]
    load(store, rows)
    seen: list[int] = []
    chosen = project(store, asset=TOKEN, order=True, progress=seen.append)
    assert chosen.assets == (TOKEN,)
    assert seen[-1] == 50
    wanted = [r for r in rows if r.asset == TOKEN]
    assert told(chosen, list(transfer_ids(store, chosen, np.arange(50)))) == facts(wanted)
    assert len(project(store, asset=[TOKEN, NATIVE])) == 200


def test_nothing_gives_empty_arrays(store: Store) -> None:
    ledger = project(store, order=True)
    assert (len(ledger), ledger.assets, ledger.amount.dtype) == (0, (), np.int64)
    assert len(transfer_ids(store, ledger, np.arange(0))) == 0
    assert ledger.indices_of(["eip155:1:0x0"]) == {}
    assert len(Ledger.of([])) == 0


def test_a_hostile_asset_name_is_only_a_value(store: Store) -> None:
    load(store, [transfer(1, 1, 2, 3)])
    assert len(project(store, asset="'] DETACH DELETE a //")) == 0
    assert len(project(store)) == 1
