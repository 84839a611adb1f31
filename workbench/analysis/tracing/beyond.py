"""What became of value behind bridges without ids, if candidates are what they may be: probable, and kept apart.

Every candidate exit of `exits.bridge_exits` is followed as though all of it were the loot. What arrives anywhere is
then weighted by the candidate's probability and by the tainted share of the arrival: an expectation, with nothing as
its low and the whole as its high. Nothing of it is added to what the ledger proves (section 4 of the definitions).
"""

from __future__ import annotations

import html
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.kernels.rows import ORDINARY, PASSING, ROUTER, STOP
from workbench.analysis.ledger_arrays import Ledger
from workbench.analysis.services import ServiceClaim, Stops
from workbench.analysis.tracing.asset import AssetTrace, solve
from workbench.analysis.tracing.figures import Figures
from workbench.analysis.tracing.frames import records
from workbench.analysis.tracing.onward import crossed_at, crossed_within
from workbench.analysis.tracing.problem import Seeding, account_problem
from workbench.analysis.tracing.questions import guarded_rows, question_of
from workbench.analysis.tracing.sides import RowsOf, rows_by_id, sides_in
from workbench.analysis.tracing.tables import named
from workbench.analysis.tracing.taint import METHODS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.analysis.tracing.bridged import Side
    from workbench.analysis.tracing.exits import BridgeExits
    from workbench.analysis.tracing.result import Trace

COLUMNS = (
    "certainty", "wallet", "asset", "incident", "what", "service", "expected_base_units", "low_base_units",
    "high_base_units", "exits", "best_probability", "candidates", "by_chance",
)  # fmt: skip
TOTALS = ("certainty", "asset", "incident", "exits", "expected_base_units", "held", "paid", "returned", "dropped")
AT_ONCE = 64
MOST = 256
"""Candidate exits that are followed, those with most probable value first."""


@dataclass(frozen=True, eq=False)
class Beyond:
    """Where probable value is. Every figure is a possibility: an expectation within [nothing, the whole]."""

    table: pd.DataFrame
    """One row a wallet, asset, incident and what it did with it. `exits`: candidates that lead there; of the likeliest
    of them `best_probability`; of the largest set `candidates`; `by_chance`: exits that fit by coincidence alone."""
    totals: pd.DataFrame
    """Per asset and incident: what is expected to have come out = held + paid + returned + dropped."""
    method: str
    followed: int
    left_out: int
    """Candidate exits that were too many to be followed."""

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_json(self) -> dict[str, Any]:
        """Table, totals, and how they were come by."""
        return {
            "certainty": "probable", "wallets": records(self.table), "totals": records(self.totals),
            "method": self.method, "exits_followed": self.followed, "exits_left_out": self.left_out,
        }  # fmt: skip

    def words(self) -> list[str]:
        """What it says, in sentences."""
        if not self.followed:
            return ["No candidate exit of a bridge could be followed: nothing is known of what is beyond."]
        likeliest, largest = self.table["best_probability"].max(), self.table["candidates"].max()
        lines = [
            f"PROBABLE, not proved: {self.followed} candidate exits of bridges were followed by {self.method}, to "
            f"{self.table['wallet'].nunique()} wallets. The likeliest has a probability of {likeliest:.0%}; the "
            f"largest set has {largest} candidates; by coincidence alone up to {self.table['by_chance'].max():.2g} "
            "would fit.",
            "Amounts are expectations (probability times what would have come), between nothing and the whole. They "
            "are in no total of the trace, and must not be added to one or quoted as a finding about an address.",
        ]
        if self.left_out:
            lines.append(f"{self.left_out} less likely candidate exits were not followed.")
        return lines

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        return said + self.table.head(20).to_html(index=False, escape=True)


@dataclass(frozen=True)
class _Exit:
    """A candidate exit: for each incident its weight, and how much each arrival can have brought."""

    side: Side
    weight: Mapping[str, float]
    whole: Mapping[tuple[str, str], float]
    """(incident, arrival) → tainted share of the arrival."""
    probability: float
    candidates: int
    by_chance: float


def trace_beyond(
    trace: Trace, exits: BridgeExits, ledger: Ledger, claims: Iterable[ServiceClaim], read_ids: Any, *,
    rows_of: RowsOf | None = None, most: int = MOST,
) -> Beyond:  # fmt: skip
    """Follow the candidate exits of a trace's bridges, with its options, apart from it.

    An exit that may belong to several arrivals counts for one: where their probabilities add up to more than one, they
    are scaled down. `ledger`: all transfers that are loaded. `most`: candidates that are followed at most.
    """
    method = exits.method
    found = _exits(exits, sides_in(ledger, rows_of or rows_by_id(read_ids), read_ids))
    kept, chosen = found[:most], trace.options
    stops = Stops.of(claims, chosen.stop_at, chosen.stop_confidence)
    guarded = guarded_rows(ledger, chosen)
    own = frozenset(ledger.indices_of(trace.sources).values())
    made = _Sums()
    for code, asset in enumerate(ledger.assets):
        mine = [one for one in kept if one.side.asset == asset]
        rows = np.flatnonzero(ledger.asset == code)
        part = ledger.take(rows) if mine else ledger
        for start in range(0, len(mine), AT_ONCE):
            some = mine[start : start + AT_ONCE]
            labels = tuple(str(start + i) for i in range(len(some)))
            question = replace(
                question_of(part, asset, labels, {}, stops, replace(chosen, methods=(method,), since=None)),
                seeded={one.side.row: (_whole(i, one.side.amount),) for i, one in enumerate(some)},
            )
            question = replace(question, stops=question.stops | own, through=question.through - own)
            problem = account_problem(part, asset, question, read_ids, None if guarded is None else guarded[rows])
            if problem is not None:
                made.add(solve(problem, read_ids), some, method, own, stops)
    return Beyond(made.table(), made.totals(), method, len(kept), len(found) - len(kept))


def _whole(label: int, amount: int) -> Seeding:
    return Seeding(label, amount, 0, (amount,) * len(METHODS), "bridge")


def _exits(exits: BridgeExits, find: Any) -> list[_Exit]:
    """Candidates with their weights, those of most probable value first."""
    table = exits.table
    sides = find({name.rpartition("/")[0] for name in table["exit"]})
    by_name = {side.transfer: side for some in sides.values() for side in some}
    made = []
    for name, some in table.groupby("exit", sort=True):
        once = some.drop_duplicates("arrival")
        scale = 1 / max(float(once["probability"].sum()), 1.0)
        weight: dict[str, float] = defaultdict(float)
        whole: dict[tuple[str, str], float] = {}
        for row in some.to_dict("records"):
            share = row["tainted_base_units"] / row["arrival_base_units"]
            weight[row["incident"]] += row["probability"] * scale * share
            whole[row["incident"], row["arrival"]] = share
        if name in by_name:
            made.append(_Exit(
                by_name[name], dict(weight), whole, float(some["probability"].max()), int(some["candidates"].max()),
                float(some["by_chance"].max()),
            ))  # fmt: skip
    return sorted(made, key=lambda one: (-sum(one.weight.values()) * one.side.amount, one.side.transfer))


class _Sums:
    """Expectations and the most that can be, per wallet, asset, incident and outcome."""

    def __init__(self) -> None:
        self.expected: dict[tuple[str, ...], float] = defaultdict(float)
        self.most: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
        self.leading: dict[tuple[str, ...], list[_Exit]] = defaultdict(list)
        self.service: dict[str, str] = {}
        self.sums: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))

    def add(
        self, part: AssetTrace, exits: Sequence[_Exit], method: str, own: Collection[int], stops: Stops
    ) -> None:  # fmt: skip
        """What became of each of these exits, a label each."""
        for label, one in enumerate(exits):
            figures = Figures(part, label, [method])
            for what, nodes, amounts, high in _outcomes(part, figures, method, own):
                for node, amount, top in zip(nodes.tolist(), amounts.tolist(), high.tolist(), strict=True):
                    if top or amount:
                        self._put(
                            str(named(part, part.wallet[node : node + 1])[0]), part.asset, what, one, amount, top, stops
                        )
            for incident, weight in one.weight.items():
                sums = self.sums[part.asset, incident]
                sums["exits"] += 1
                sums["expected_base_units"] += weight * one.side.amount
                sums["dropped"] += weight * figures.dropped(method)

    def _put(
        self, wallet: str, asset: str, what: str, one: _Exit, amount: int, top: int, stops: Stops
    ) -> None:  # fmt: skip
        if what == "was paid":
            self.service[wallet] = " | ".join(dict.fromkeys(claim.service for claim in stops.by_wallet.get(wallet, ())))
        for incident, weight in one.weight.items():
            key = (wallet, asset, incident, what)
            self.expected[key] += weight * amount
            self.leading[key].append(one)
            self.sums[asset, incident][what] += weight * amount
            for (of, arrival), share in one.whole.items():  # of the exits of an arrival one is true at most
                if of == incident:
                    self.most[key][arrival] = max(self.most[key].get(arrival, 0.0), share * top)

    def table(self) -> pd.DataFrame:
        """One row a wallet, asset, incident and outcome."""
        import pandas as pd

        rows = []
        for key, expected in self.expected.items():
            wallet, asset, incident, what = key
            leading = self.leading[key]
            rows.append((
                "probable", wallet, asset, incident, what, self.service.get(wallet) if what == "was paid" else None,
                expected, 0, sum(self.most[key].values()), len(leading), max(one.probability for one in leading),
                max(one.candidates for one in leading), max(one.by_chance for one in leading),
            ))  # fmt: skip
        return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
            ["expected_base_units", "wallet", "asset", "incident", "what"], ascending=[False, True, True, True, True],
            ignore_index=True,
        )  # fmt: skip

    def totals(self) -> pd.DataFrame:
        """One row an asset and incident."""
        import pandas as pd

        places = {"held": "holds", "paid": "was paid", "returned": "returned", "dropped": "dropped"}
        rows = [
            ("probable", asset, incident, int(sums["exits"]), sums["expected_base_units"],
             *(sums[what] for what in places.values()))
            for (asset, incident), sums in sorted(self.sums.items())
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(TOTALS))


def _outcomes(
    part: AssetTrace, figures: Figures, method: str, own: Collection[int]
) -> Iterable[tuple[str, Any, Any, Any]]:
    """(what, nodes, amounts, the most) of all that one exit's value came to."""
    holding = figures.reached(ORDINARY, PASSING)
    yield "holds", holding, figures.held(method)[holding], figures.held_within(method, holding)[1]
    stopped = figures.reached(STOP, ROUTER)
    back = np.isin(part.wallet[stopped], list(own))
    for what, nodes in (("was paid", stopped[~back]), ("returned", stopped[back])):
        yield what, nodes, crossed_at(figures, method)[nodes], crossed_within(figures, method, nodes)[1]


__all__ = ["Beyond", "trace_beyond"]
