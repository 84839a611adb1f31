"""Chain hopping: value goes to a bridge or swap service, and another asset arrives at the same address soon after."""

from __future__ import annotations

from workbench.analysis.behaviour.pattern import HOUR_MS, Finding, Parameter, View, money

TITLE = "Chain hopping"
SOURCE = (
    "Elliptic 2025, Chain-hopping emerges as defining money laundering method of 2025 (rapidly swapping assets across "
    "blockchains, or different assets on one, by decentralised exchanges, bridges and coin swaps)"
)
LIMITATION = (
    "Every user of a bridge does it. The arrival is joined by address and time only: it is probable, and not proven, "
    "that the one paid for the other. An arrival at another address is not seen."
)
PARAMETERS = {
    "window_hours": Parameter(24, "hours", "from the transfer to the service to the arrival"),
}
HOPPING = ("defi_bridge", "defi_dex")


def find(view: View, window_hours: float) -> list[Finding]:
    """Every wallet that sent to bridges or exchanges between assets, with arrivals of other assets that fit."""
    found = []
    ledger = view.ledger
    same: dict[str, list[int]] = {}
    for place, name in enumerate(ledger.wallets):
        same.setdefault(str(name).rpartition(":")[2], []).append(place)
    for wallet in view.private():
        rows = [r for r in view.sent(wallet).tolist() if _hops(view, int(ledger.target[r]))]
        if not rows:
            continue
        twins = same[view.name(wallet).rpartition(":")[2]]
        arrivals = []
        for row in rows:
            for twin in twins:
                for other in view.received(twin).tolist():
                    lag = ledger.time_ms[other] - ledger.time_ms[row]
                    if 0 <= lag <= window_hours * HOUR_MS and ledger.asset[other] != ledger.asset[row]:
                        arrivals.append(other)
        arrivals = sorted(set(arrivals))
        by = sorted({view.services[int(ledger.target[r])][0] for r in rows})
        after = (
            f"; within {window_hours:g} hours {len(arrivals)} transfers of other assets arrived at the same address, "
            "which may be the other side" if arrivals else "; the other side is not in what is loaded"
        )  # fmt: skip
        found.append(Finding(
            view.names([wallet, *ledger.target[rows]]), (*rows, *arrivals),
            {"departures": len(rows), "arrivals": len(arrivals), "services": by, "value_usd": view.dollars(rows),
             "assets": sorted({ledger.assets[ledger.asset[r]] for r in (*rows, *arrivals)})},
            f"{view.name(wallet)} sent {money(view.dollars(rows))} in {len(rows)} transfers to {', '.join(by)}{after}.",
        ))  # fmt: skip
    return found


def _hops(view: View, wallet: int) -> bool:
    return wallet in view.services and view.services[wallet][1] in HOPPING
