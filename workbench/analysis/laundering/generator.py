"""A seeded ledger of thefts and how they are laundered, amid benign traffic, with the truth of every unit.

What it is: thefts split, peeled, mixed with other money, passed through mules, swapped in one transaction, bridged
and paid into services through deposit addresses, among power-law traffic of people who have nothing to do with it.
The truth is kept unit by unit: every owner pays out of whichever of his own units he likes (other money first, stolen
first, or by chance, drawn per wallet), so that no taint method is right by construction.

What it is not: a likeness of any real theft. Sizes, delays and habits are round numbers chosen beforehand, not
fitted; figures measured on it compare methods and difficulties, and say nothing of how often a trace is right in
the world. No address in it is anybody's.

`easy`: wallets of the thief's own that hold loot only; services known. `medium`: his wallets hold other money too,
mules take part, and deposit addresses are not known (their services are). `hard`: mules serve benign customers as
well, and half of the services are not known as such.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.kernels.lots_truth import carry_units
from workbench.analysis.laundering.cast import ASSETS, NETWORKS, Cast
from workbench.analysis.laundering.plot import Plot
from workbench.analysis.ledger_arrays import Ledger, objects

Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")
START_MS = 1_700_000_000_000
SPAN_MS = 120 * 86_400_000


@dataclass(frozen=True)
class Truth:
    """Who is who, and which units of which incident went where. Rows and wallets as in the ledger."""

    incidents: tuple[str, ...]
    sources: dict[str, tuple[str, ...]]
    """Incident → the thief's wallet that took the loot: where a trace begins."""
    stolen: dict[str, int]
    owner: NDArray[np.int64]
    """For each wallet: the incident whose thief runs it, -1 for everybody else's."""
    service: NDArray[np.int64]
    """For each wallet: the service that pools its customers' money in it, -1 for none."""
    operator: NDArray[np.int64]
    """The same, deposit addresses included."""
    known_stops: dict[str, str]
    """Wallet id → service, as far as the analyst is told."""
    moved: NDArray[np.int64]
    """Units of each incident in each row."""
    got: NDArray[np.int64]
    """Units of each incident that ever reached each wallet, asset by asset: (wallet, asset, incident)."""
    held: NDArray[np.int64]
    """The same for what each wallet has at the end; a service's are what ended there."""
    link: NDArray[np.int64]
    """For each row, the row whose units it hands on in another asset (a swap, a bridge); -1 for none."""

    def ended(self, incident: int) -> dict[int, int]:
        """Units of an incident that ended at each service."""
        services = np.unique(self.service[self.service >= 0]).tolist()
        units = {number: int(self.held[self.service == number, :, incident].sum()) for number in services}
        return {number: amount for number, amount in units.items() if amount}


@dataclass(frozen=True)
class Made:
    """A made-up ledger and its truth."""

    ledger: Ledger
    truth: Truth

    def write_csv(self, path: Path) -> None:
        """The ledger as a file of the `transfers` template."""
        led = self.ledger
        with path.open("w", newline="", encoding="utf-8") as handle:
            out = csv.writer(handle)
            out.writerow(("network", "tx_hash", "index", "from", "to", "asset", "amount", "time", "block", "position",
                          "source"))  # fmt: skip
            for i in range(len(led)):
                caip2, _, token = led.assets[led.asset[i]].partition("/erc20:")
                digest = hashlib.sha256(f"made-up {led.block[i]}".encode()).hexdigest()  # type: ignore[index]
                out.writerow((
                    caip2, "0x" + digest, f"log:{led.position[i]}",  # type: ignore[index]
                    led.wallets[led.source[i]].rpartition(":")[2], led.wallets[led.target[i]].rpartition(":")[2], token,
                    int(led.amount[i]), int(led.time_ms[i]) // 1000, int(led.block[i]),  # type: ignore[index]
                    int(led.position[i]), "made-up",  # type: ignore[index]
                ))  # fmt: skip


def generate(
    seed: int, difficulty: Difficulty = "medium", *, rows: int = 100_000, incidents: int = 2, services: int = 8
) -> Made:
    """A ledger of about `rows` transfers between a fifth as many wallets. The same arguments give the same bytes."""
    rng = np.random.default_rng([seed, DIFFICULTIES.index(difficulty), rows, incidents])
    cast = Cast.of(rng, wallets=max(rows // 5, 400), services=services)
    plot = Plot(rng, cast, difficulty, START_MS, SPAN_MS)
    for incident in range(incidents):
        plot.steal(incident, int(rng.integers(5, 50)) * 10**12)
    source, target, amount, asset, when, mark, group = plot.with_benign(rows)
    order = np.lexsort((mark, when))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    link = np.where(group[order] >= 0, place[group[order]], -1)
    source, target, amount, asset, when = (column[order] for column in (source, target, amount, asset, when))
    injects = plot.injects(len(order))[order]
    width, count = len(ASSETS), len(cast.names)
    lowest, moved, got, held = carry_units(
        source * width + asset, target * width + asset, amount, link, injects,
        np.repeat(cast.service >= 0, width).astype(np.int64), np.repeat(cast.habit, width), rng.random(len(order)),
        incidents,
    )  # fmt: skip
    if lowest < 0:
        raise AssertionError("a made-up wallet spent what it never had")
    block = np.where(link >= 0, np.maximum(link, 0), np.arange(len(order)))  # both sides of a swap in one transaction
    block = np.where(asset == len(ASSETS) - 1, np.arange(len(order)), block)
    ledger = Ledger(
        wallets=objects(cast.names), assets=ASSETS, source=source, target=target, asset=asset, amount=amount,
        time_ms=when, block=block, position=(link >= 0).astype(np.int64), edge=np.arange(len(order)),
        ids=objects([f"{NETWORKS[a]}/tx:{b:064x}/log:{p}" for a, b, p in
                     zip((asset == len(ASSETS) - 1).tolist(), block.tolist(), (link >= 0).tolist(), strict=True)])
        if len(order) <= 1_000_000 else None,
    )  # fmt: skip
    names = tuple(f"made-up-{i}" for i in range(incidents))
    truth = Truth(
        incidents=names,
        sources={name: (cast.names[plot.thief[i]],) for i, name in enumerate(names)},
        stolen={name: plot.stolen[i] for i, name in enumerate(names)},
        owner=cast.owner, service=cast.service, operator=cast.operator, known_stops=plot.known_stops(), moved=moved,
        got=got.reshape(count, width, incidents), held=held.reshape(count, width, incidents), link=link,
    )  # fmt: skip
    return Made(ledger, truth)


__all__ = ["DIFFICULTIES", "Difficulty", "Made", "Truth", "generate"]
