"""Small ledgers for the tests of tracing: wallets that can be read, transfers by the second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from workbench.analysis.projection import Ledger
from workbench.analysis.services import ServiceClaim
from workbench.analysis.tracing.follow import Options, Trace, trace_ledger
from workbench.model.ledger import Transfer

START = datetime(2023, 6, 2, tzinfo=UTC)
ASSET = "eip155:1/slip44:native"


def wallet(name: str) -> str:
    """A wallet id that can be read: the name's bytes, then zeros."""
    return "eip155:1:0x" + name.encode().hex().ljust(40, "0")


def sent(
    sender: str, receiver: str, amount: int, second: int, *, tx: str | None = None, asset: str = ASSET,
    block: int | None = None, position: int | None = None,
) -> Transfer:  # fmt: skip
    """A transfer `second` seconds after the start."""
    time_ms = round((START.timestamp() + second) * 1000)
    name = f"eip155:1/tx:{tx or f'{second:04}'}/{sender}-{receiver}-{amount}"
    return Transfer(
        wallet(sender), wallet(receiver), name, asset, str(amount), float(amount), None, time_ms, block, position
    )


def traced(rows: list[Transfer], *sources: str, claims: Any = (), terminals: Any = (), **options: Any) -> Trace:
    return trace_ledger(
        Ledger.of(rows), [wallet(s) for s in sources], claims=claims,
        terminals=[wallet(t) for t in terminals], options=Options(**options),
    )  # fmt: skip


def claim(name: str, service: str, concept: str, confidence: int | None = 70) -> ServiceClaim:
    return ServiceClaim(wallet(name), service, service.title(), concept, confidence, None, "a-source")
