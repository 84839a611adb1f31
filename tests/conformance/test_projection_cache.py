"""What is kept of a projection is found again as long as nobody has committed anything, and never after that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.test_projection import EDGE_AMOUNTS, NATIVE, TOKEN, facts, load, told, transfer, wallet
from workbench.analysis import projection
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.limbs import TOO_LARGE, integers_of, limbs_of
from workbench.analysis.projection import project, transfer_ids, transfer_usd
from workbench.analysis.projection_cache import Kept, ProjectionCache
from workbench.errors import DatabaseError
from workbench.graph.loader import Loader
from workbench.graph.store import Store


@pytest.fixture
def kept(store: Store, tmp_path: Path) -> Iterator[Store]:
    store.cache = tmp_path / "cache"
    yield store
    store.cache = None


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One item for every projection that asked the server."""
    found: list[bool] = []
    real = projection._read

    def counted(*arguments: object) -> Ledger:
        found.append(True)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(projection, "_read", counted)
    return found


def entries(store: Store) -> list[Path]:
    assert store.cache is not None
    return sorted(path for path in store.cache.glob("projection-*/*") if not path.name.startswith(".part"))


def rows_of(store: Store, ledger: Ledger) -> set[tuple[object, ...]]:
    return told(ledger, list(transfer_ids(store, ledger, np.arange(len(ledger)))))


def test_the_second_time_nothing_is_read_and_every_fact_is_there(kept: Store, reads: list[bool]) -> None:
    rows = [transfer(i, i % 3, 7, v, asset=TOKEN if i % 2 else NATIVE, block=i) for i, v in enumerate(EDGE_AMOUNTS)]
    load(kept, rows)
    first, second = project(kept, order=True), project(kept, order=True)
    assert len(reads) == 1
    assert rows_of(kept, first) == rows_of(kept, second) == facts(rows)
    assert first.amount.dtype == second.amount.dtype == object
    assert [type(v) for v in second.amount] == [int] * len(rows)
    assert all((a == b).all() for a, b in zip(first.limbs(), second.limbs(), strict=True))
    assert second.source.flags.writeable, "compiled loops take a read-only array for another type"
    second.source[:] = 0  # touches this process's copy only
    assert rows_of(kept, project(kept, order=True)) == facts(rows)


WRITES = {
    "load": lambda store: load(store, [transfer(99, 1, 2, 5)]),
    "hand": lambda store: store.write("MATCH ()-[r:SENT]->() SET r.amount = '7', r.value = 7.0"),
    "delete": lambda store: store.write("MATCH ()-[r:SENT]->() DELETE r"),
    "run": lambda store: store.write("CREATE (:IngestRun {id: 'x'})"),
    "schema": lambda store: (
        store.schema("CREATE INDEX gone IF NOT EXISTS FOR (n:Gone) ON (n.x)"),
        store.schema("DROP INDEX gone IF EXISTS"),
    ),
}


@pytest.mark.parametrize("how", WRITES)
def test_any_commit_of_anybody_makes_it_read_anew(kept: Store, reads: list[bool], how: str) -> None:
    load(kept, [transfer(i, 1, 2, i) for i in range(3)])
    project(kept, order=True)
    with Store(kept.uri, *kept.auth) as other:  # another connection, as another program has one
        WRITES[how](other)
    found = project(kept, order=True)
    assert len(reads) == 2
    kept.cache, folder = None, kept.cache
    assert rows_of(kept, found) == rows_of(kept, project(kept, order=True))
    kept.cache = folder
    assert len(entries(kept)) == 1, "what other states left is cleared away"


def test_a_write_that_is_rolled_back_and_reads_change_nothing(kept: Store, reads: list[bool]) -> None:
    load(kept, [transfer(1, 1, 2, 3)])
    project(kept)
    with kept._session() as session:
        tx = session.begin_transaction()
        tx.run("MATCH ()-[r:SENT]->() DELETE r").consume()
        assert len(project(kept)) == 1, "what is not committed is not there"
        tx.rollback()
    kept.read("MATCH (n) RETURN count(n)")
    project(kept)
    assert len(reads) == 1


def test_what_was_read_while_somebody_wrote_is_not_kept(kept: Store, reads: list[bool]) -> None:
    load(kept, [transfer(i, 1, 2, i) for i in range(3)])
    project(kept, progress=lambda _: load(kept, [transfer(50, 3, 4, 1)]))
    assert entries(kept) == []
    assert len(project(kept)) == 4
    assert len(reads) == 2


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["load", "delete", "hand", "project", "asset"]), max_size=12))
def test_with_and_without_a_cache_the_answer_is_the_same(kept: Store, steps: list[str]) -> None:
    folder = kept.cache
    kept.write("MATCH (w:Wallet) DETACH DELETE w")
    for number, step in enumerate(steps):
        if step == "load":
            rows = [transfer(3 * number + i, i, i + 1, 2**64 * i, asset=(NATIVE, TOKEN)[i % 2]) for i in range(3)]
            load(kept, rows)
        elif step in WRITES:
            WRITES[step](kept)
        wanted = TOKEN if step == "asset" else None
        kept.cache = folder
        ours = project(kept, asset=wanted, order=True)
        again = project(kept, asset=wanted, order=True)
        kept.cache = None
        plain = project(kept, asset=wanted, order=True)
        kept.cache = folder
        assert rows_of(kept, ours) == rows_of(kept, again) == rows_of(kept, plain)
        assert ours.assets == again.assets == plain.assets
        assert ours.amount.dtype == again.amount.dtype == plain.amount.dtype


def test_one_asset_comes_out_of_what_was_kept_of_all(kept: Store, reads: list[bool]) -> None:
    rows = [transfer(i, i, i + 1, i if i % 2 else 2**70, asset=TOKEN if i % 2 else NATIVE) for i in range(20)]
    load(kept, rows)
    project(kept, order=True)
    chosen = project(kept, asset=TOKEN, order=True)
    assert len(reads) == 1
    assert (chosen.assets, chosen.amount.dtype) == ((TOKEN,), np.int64)
    assert rows_of(kept, chosen) == facts([r for r in rows if r.asset == TOKEN])
    assert project(kept, asset="nobody's", order=True).assets == ()
    project(kept)  # without order is another question
    assert len(reads) == 2


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "rubbish", "empty"])
def test_a_damaged_file_is_noticed_and_read_anew(kept: Store, reads: list[bool], harm: str) -> None:
    rows = [transfer(i, i, i + 1, 2**66 + i) for i in range(5)]
    load(kept, rows)
    project(kept, order=True)
    names = sorted(file.name for file in entries(kept)[0].iterdir())
    assert {"meta.json", "low.npy", "high.npy", "wallets.txt", "source.npy"} <= set(names)
    for count, name in enumerate(names, 2):
        file = entries(kept)[0] / name
        data = file.read_bytes()
        if harm == "gone":
            file.unlink()
        else:
            file.write_bytes({
                "flip": data[:-1] + bytes([data[-1] ^ 1]), "cut": data[:-3], "rubbish": b"\x80\x04]q", "empty": b"",
            }[harm])  # fmt: skip
        assert rows_of(kept, project(kept, order=True)) == facts(rows)
        assert len(reads) == count, name


def test_several_processes_at_once(kept: Store) -> None:
    rows = [transfer(i, i % 50, i % 49, i + 2**62) for i in range(2_000)]
    load(kept, rows)
    code = (
        "import sys; from pathlib import Path; from workbench.graph.store import Store;"
        "from workbench.analysis.projection import project;"
        "store = Store(sys.argv[1], sys.argv[2], sys.stdin.read()); store.cache = Path(sys.argv[3]);"
        "print({sum(project(store, order=True).amount.tolist()) for _ in range(4)})"
    )
    user, secret = kept.auth
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, kept.uri, user, str(kept.cache)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(3)
    ]  # fmt: skip
    answers = [run.communicate(secret, timeout=60) for run in runs]
    assert {out.strip() for out, _ in answers} == {str({sum(i + 2**62 for i in range(2_000))})}, answers
    assert len(entries(kept)) == 1
    assert kept.cache is not None
    assert not list(kept.cache.glob("*/.part-*"))


def test_the_folder_stays_within_its_bound_and_the_oldest_goes(tmp_path: Path) -> None:
    cache = ProjectionCache(tmp_path, "db", "state", limit=40_000)
    kept = Kept({"a": np.arange(1_000)}, {"names": ["x", ""]}, {})  # 8 kB each
    for number in range(10):
        assert cache.save({"number": number}, kept)
        assert cache.load({"number": 0}) is not None, "used all the time"
    there = [number for number in range(10) if cache.load({"number": number})]
    assert there[0] == 0
    assert there[-1] == 9
    assert sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()) <= 40_000
    assert not cache.save({"number": 11}, Kept({"a": np.arange(10_000)}, {}, {})), "larger than all there is room for"
    assert ProjectionCache(tmp_path, "db", "later").load({"number": 0}) is None
    assert ProjectionCache(tmp_path, "other", "state").load({"number": 0}) is None
    assert not cache.save({"number": 12}, Kept({}, {"names": ["a\nb"]}, {})), "would come back as two names"
    (file := tmp_path / "file").write_text("")
    assert not ProjectionCache(file, "db", "state").save({}, kept), "a disk that refuses is no error"


def test_a_store_without_a_folder_keeps_nothing(store: Store, reads: list[bool]) -> None:
    assert store.cache is None
    project(store)
    project(store)
    assert len(reads) == 2


def test_dollars_of_picked_rows(kept: Store) -> None:
    rows = [transfer(i, i, i + 1, i)._replace(usd=None if i % 3 else float(i)) for i in range(9)]
    Loader(kept, "run", datetime(2024, 1, 1, tzinfo=UTC)).transfers(rows, "a-source")
    ledger = project(kept, order=True)
    picked = np.array([8, 0, 3, 3])
    worth = transfer_usd(kept, ledger, picked)
    by_id = {row.id: row.usd for row in rows}
    stored = [by_id[name] for name in transfer_ids(kept, ledger, picked)]
    assert [None if np.isnan(value) else value for value in worth] == stored
    assert len(transfer_usd(kept, ledger, picked[:0])) == 0
    kept.write("MATCH (w:Wallet {id: $id}) DETACH DELETE w", {"id": wallet(0)})
    with pytest.raises(DatabaseError, match="deleted"):
        transfer_usd(kept, ledger, np.arange(9))


def test_ids_and_dollars_of_many_rows_are_kept_and_never_stale(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projection, "KEEP_FROM", 3)
    rows = [transfer(i, i, i + 1, i)._replace(usd=None if i % 3 else float(i)) for i in range(9)]
    Loader(kept, "run", datetime(2024, 1, 1, tzinfo=UTC)).transfers(rows, "a-source")
    ledger = project(kept, order=True)
    picked = np.array([7, 0, 3, 3, 1])
    first = transfer_ids(kept, ledger, picked).tolist(), transfer_usd(kept, ledger, picked)
    assert len(entries(kept)) == 3
    asked: list[str] = []
    monkeypatch.setattr(Store, "stream", lambda self, statement, *_, **__: asked.append(statement) or iter(()))
    again = transfer_ids(kept, ledger, picked).tolist(), transfer_usd(kept, ledger, picked)
    assert asked == []
    assert first[0] == again[0]
    assert np.array_equal(first[1], again[1], equal_nan=True)
    monkeypatch.undo()
    monkeypatch.setattr(projection, "KEEP_FROM", 3)
    kept.write("MATCH ()-[r:SENT]->() SET r.usd = 1.5")
    assert transfer_usd(kept, ledger, picked).tolist() == [1.5] * 5


@given(st.lists(st.integers(0, 2**128) | st.sampled_from([*EDGE_AMOUNTS, 2**64, TOO_LARGE - 1, TOO_LARGE])))
def test_two_halves_hold_every_amount_exactly_or_say_that_they_do_not(values: list[int]) -> None:
    amounts = np.empty(len(values), object)
    amounts[:] = values
    limbs = limbs_of(amounts)
    assert limbs.beyond.tolist() == [value >= TOO_LARGE for value in values]
    joined = [a + (b << 64) for a, b in zip(limbs.low.tolist(), limbs.high.tolist(), strict=True)]
    assert joined == [0 if value >= TOO_LARGE else value for value in values]
    back = integers_of(limbs, {i: v for i, v in enumerate(values) if v >= TOO_LARGE})
    assert back.tolist() == values
    if all(value < 2**63 for value in values):
        assert limbs_of(np.array(values, np.int64)).low.tolist() == values
