"""The made-up ledger obeys the laws of ledgers, and its truth accounts for every stolen unit."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import numpy as np
import pytest

from workbench.analysis.laundering.generator import DIFFICULTIES, Difficulty, Made, generate


@pytest.fixture(scope="module", params=DIFFICULTIES)
def made(request: pytest.FixtureRequest) -> Made:
    return generate(3, request.param, rows=20_000)


def test_no_wallet_spends_what_it_never_had_counted_with_python_integers(made: Made) -> None:
    led, balance = made.ledger, {}
    for s, t, a, v in zip(
        led.source.tolist(), led.target.tolist(), led.asset.tolist(), led.amount.tolist(), strict=True
    ):
        if made.truth.service[s] < 0:
            balance[s, a] = balance.get((s, a), 0) - v
            assert balance[s, a] >= 0
        balance[t, a] = balance.get((t, a), 0) + v
        assert v > 0


def test_every_stolen_unit_is_somewhere(made: Made) -> None:
    truth = made.truth
    fees = np.zeros(len(truth.incidents), np.int64)
    linked = np.flatnonzero(truth.link >= 0)
    for row in linked:
        assert (truth.moved[row] <= truth.moved[truth.link[row]]).all()
        fees += truth.moved[row]
    for k, name in enumerate(truth.incidents):
        # what a router or a bridge handed on is held there and in the wallet that got it: counted once
        assert int(truth.held[:, :, k].sum()) - int(fees[k]) == truth.stolen[name]
        assert set(truth.ended(k)) <= set(np.unique(truth.service).tolist())
    assert all(
        truth.got[truth.owner == k, :, k].sum() > 3 * truth.stolen[name] for k, name in enumerate(truth.incidents)
    )
    assert (truth.moved.sum(1) <= made.ledger.amount).all()
    assert (truth.moved >= 0).all()
    assert (truth.held >= 0).all()


def test_rows_are_in_order_names_are_sorted_and_ids_are_unique(made: Made) -> None:
    led = made.ledger
    assert (np.diff(led.time_ms) >= 0).all()
    assert sorted(led.wallets.tolist()) == led.wallets.tolist()
    assert len(set(led.ids)) == len(led)  # type: ignore[arg-type]
    assert (made.truth.link < np.arange(len(led))).all(), "what is handed on came in before"


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    one, two, other = (generate(seed, "hard", rows=5_000) for seed in (1, 1, 2))
    for name in ("source", "target", "amount", "time_ms", "asset"):
        assert getattr(one.ledger, name).tobytes() == getattr(two.ledger, name).tobytes()
    assert one.truth.moved.tobytes() == two.truth.moved.tobytes()
    assert one.ledger.wallets.tolist() == two.ledger.wallets.tolist() != other.ledger.wallets.tolist()


def test_difficulties_differ_as_they_say() -> None:
    found: dict[Difficulty, Made] = {d: generate(5, d, rows=20_000) for d in DIFFICULTIES}
    strangers = {}
    for name, made in found.items():
        truth = made.truth
        benign = (truth.owner < 0) & (truth.service < 0)
        strangers[name] = int((truth.got[benign].sum((1, 2)) > 0).sum())
        sources = [made.ledger.wallets.tolist().index(w) for ws in truth.sources.values() for w in ws]
        assert (truth.owner[sources] == [0, 1]).all()
    assert (
        len(found["easy"].truth.known_stops)
        > len(found["medium"].truth.known_stops)
        > len(found["hard"].truth.known_stops)
    )
    assert strangers["hard"] > strangers["easy"]


def test_a_csv_file_of_the_transfers_template(tmp_path: Path) -> None:
    made = generate(1, "easy", rows=3_000)
    made.write_csv(tmp_path / "made.csv")
    with (tmp_path / "made.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == len(made.ledger)
    assert sum(int(row["amount"]) for row in rows) == int(made.ledger.amount.sum())


def test_a_million_rows_take_seconds() -> None:
    generate(1, "easy", rows=1_000)
    start = time.perf_counter()
    assert len(generate(1, "hard", rows=1_000_001).ledger) > 900_000
    assert time.perf_counter() - start < 15
