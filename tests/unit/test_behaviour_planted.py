"""What strangers plant into harmless traffic makes patterns, and with the guards on none."""

from __future__ import annotations

import random

import numpy as np

from workbench.analysis.behaviour.benign import START_MS, benign, wallet
from workbench.analysis.behaviour.pattern import View, patterns
from workbench.analysis.exposure.planted import DUST, LOOKALIKE, planted
from workbench.analysis.projection import Ledger
from workbench.model.amounts import USD_ASSET
from workbench.model.ledger import Transfer

PEOPLE = 100
DAY = 86_400_000


def found(rows: list[Transfer], services: dict[str, tuple[str, str]], guards: tuple[str, ...]) -> dict[str, set[str]]:
    """Pattern → people at whom it is found."""
    ledger = Ledger.of(rows)
    worth = {row.id: row.usd for row in rows}
    assert ledger.ids is not None
    usd = np.array([worth[id_] for id_ in ledger.ids], float)
    gone = np.zeros(len(ledger), bool)
    for some in planted(ledger, usd, guards).values():
        gone |= some
    view = View.of(ledger.take(~gone), usd[~gone], services=services)
    people = {wallet(1, i) for i in range(PEOPLE)}
    return {
        name: {one.wallets[0] for one in pattern.find(view, **pattern.values({}))} & people
        for name, pattern in patterns().items() if name not in ("reuse", "routes", "working-hours")
    }  # fmt: skip


def test_dust_and_lookalikes_make_no_pattern_that_was_not_there() -> None:
    """Every one of them gets half a cent of ten strangers on one day, and a crumb of who imitates a payee."""
    rows, services = benign(PEOPLE, seed=1)
    rng = random.Random(5)
    more = list(rows)

    def plant(sender: str, receiver: str, dollars: float, time_ms: int) -> None:
        units = max(int(dollars * 1e6), 1)
        more.append(Transfer(sender, receiver, f"eip155:1/tx:{10**8 + len(more):064x}/tx", USD_ASSET, str(units),
                             float(units), dollars, time_ms, None, None))  # fmt: skip

    for i in range(PEOPLE):
        me, day = wallet(1, i), rng.uniform(0, 300)
        for stranger in range(10):
            at = START_MS + int((day + rng.uniform(0, 0.9)) * DAY)
            plant(f"eip155:1:0xdd{i:019x}{stranger:019x}", me, 0.005, at)
        for paid in [row for row in rows if row.sender == me][:3]:
            address = paid.receiver.rpartition(":")[2]
            likeness = f"eip155:1:{address[:5]}{rng.getrandbits(120):031x}00{address[-4:]}"
            plant(likeness, me, max((paid.usd or 0) / 5_000, 0.01), paid.time_ms + 1_000)
    clean = found(rows, services, ())
    assert clean == found(rows, services, ("lookalike", "dust")), "harmless traffic loses nothing by the guards"
    assert len(clean["fan-in"]) == 0
    assert len(found(more, services, ())["fan-in"]) == PEOPLE
    assert found(more, services, ("lookalike", "dust")) == clean
    ledger = Ledger.of(more)
    assert planted(ledger, np.full(len(ledger), np.nan), ("lookalike", "dust")).keys() == {LOOKALIKE}
    assert DUST not in planted(ledger, np.full(len(ledger), np.nan), ("dust",)), "without dollars nobody can tell"
