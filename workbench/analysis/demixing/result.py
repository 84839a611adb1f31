"""The result of `demix`: hypotheses in a table, and in sentences that never call one a finding."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.analysis.computed import Progress
    from workbench.analysis.written import Asked, Written
    from workbench.graph.store import Store

GRADES = ("likely", "possible", "weak")


@dataclass(frozen=True, eq=False)
class Demixing:
    """Hypotheses, and what they were drawn from."""

    table: pd.DataFrame
    """One row a withdrawal and depositor. `rivals`: other depositors guessed for it; `anonymity_set`: notes paid
    into the pool before it, each of which it can be; `pool_looks_whole`: no more notes came out than are loaded as
    paid in; `false_positive_rate`: withdrawals of a made-up mixer that its heuristics gave to somebody wrong."""
    deposits: int
    withdrawals: int
    asked: tuple[str, ...]
    remarks: tuple[str, ...]
    _asked: Asked | None = None

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record the hypotheses in the graph, as claims that end at an Analysis; the same again writes nothing.

        Raises UsageError for hypotheses that were not drawn from a graph. See docs/written-results.md.
        """
        from workbench.analysis.demixing.written import write

        return write(store, self, progress)

    def to_frame(self) -> pd.DataFrame:
        """The hypotheses."""
        return self.table

    def to_json(self) -> dict[str, Any]:
        """The hypotheses as rows, with what was looked at."""
        rows = json.loads(self.table.to_json(orient="records", date_format="iso"))
        return {"hypotheses": rows, "deposits": self.deposits, "withdrawals": self.withdrawals, "words": self.words()}

    def words(self) -> list[str]:
        """In sentences."""
        counts = self.table["grade"].value_counts()
        graded = ", ".join(f"{int(counts.get(grade, 0))} {grade}" for grade in GRADES)
        return [
            f"{self.deposits} deposits and {self.withdrawals} withdrawals were looked at; {len(self.table)} hypotheses "
            f"({graded}).",
            "None of them is a finding: the mixer hides whose note is whose. Rates were measured on a made-up mixer.",
            *self.remarks,
        ]

    def plot(self) -> Any:
        """Hypotheses by grade over the size of their crowd; raises MissingExtraError without matplotlib."""
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        _, axes = plt.subplots()
        for grade in GRADES:
            part = self.table[self.table["grade"] == grade]
            axes.scatter(part["withdrawal_time"], part["anonymity_set"], label=grade)
        axes.set(xlabel="withdrawal (UTC)", ylabel="notes it can be (paid in before)", title="Hypotheses, not findings")
        axes.legend()
        return axes

    def _repr_html_(self) -> str:
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in self.words())
        return lines + str(self.table.head(50).to_html(index=False, escape=True))
