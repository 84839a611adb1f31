"""Why two wallets are in one cluster: the shortest chain of links, each with its transactions."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.analysis.clustering.ledger import UNKNOWN
from workbench.analysis.clustering.links import Link
from workbench.errors import MissingExtraError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "step", "a", "b", "heuristic", "link", "note", "transaction_a", "time_a", "transaction_b", "time_b", "splits",
    "wallets_that_leave",
)  # fmt: skip
_SHOWN = 40


@dataclass(frozen=True, eq=False)
class Explanation:
    """A chain of links from one wallet to another; empty where they are in different clusters."""

    a: str
    b: str
    chain: tuple[Link, ...]
    leaving: tuple[int, ...]
    """For each link how many wallets leave the largest part without it; 0: the cluster stays whole."""

    def to_frame(self) -> pd.DataFrame:
        """One row a link, in the order of the chain."""
        import pandas as pd

        return pd.DataFrame(
            [
                (
                    step, link.a, link.b, link.heuristic, link.key, link.note, link.transaction_a,
                    moment(link.time_ms_a), link.transaction_b, moment(link.time_ms_b), leaving > 0, leaving,
                )
                for step, (link, leaving) in enumerate(zip(self.chain, self.leaving, strict=True), 1)
            ],
            columns=list(COLUMNS),
        )  # fmt: skip

    def to_json(self) -> list[dict[str, Any]]:
        """The chain as a list of links, times as text."""
        return records(self.to_frame())

    def words(self) -> list[str]:
        """The chain in plain sentences."""
        if self.a == self.b:
            return [f"{self.a} is one wallet."]
        if not self.chain:
            return [f"No link of this run joins {self.a} and {self.b}."]
        lines = [f"{self.a} and {self.b} are joined by {_links(len(self.chain))}."]
        for step, (link, leaving) in enumerate(zip(self.chain, self.leaving, strict=True), 1):
            fate = f"without it {leaving} wallets leave" if leaving else "without it other links still join them"
            lines.append(f"{step}. {link.a} and {link.b}: {sentence(link)} ({fate}).")
        return lines

    def _repr_html_(self) -> str:
        said = "".join(f"<p>{html.escape(line)}</p>" for line in self.words()[:1])
        return said + self.to_frame().to_html(index=False, escape=True)

    def plot(self) -> Any:
        """The chain as a row of wallets with their links; returns matplotlib's Axes.

        Raises MissingExtraError without matplotlib (extra `jupyter`).
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        shown = self.chain[:_SHOWN]
        axes = Figure(figsize=(9, 1.2 + 0.9 * max(len(shown), 1)), layout="constrained").subplots()
        names = [shown[0].a, *(link.b for link in shown)] if shown else [self.a, self.b]
        for place, name in enumerate(names):
            axes.plot(0, -place, "o", markersize=9, color="#31688e")
            axes.text(0.02, -place, f"  {short(name)}", va="center")
        for place, (link, leaving) in enumerate(zip(shown, self.leaving, strict=False)):
            axes.plot([0, 0], [-place, -place - 1], color="#b2182b" if leaving else "#444444", lw=2)
            told = sentence(link).replace("$", r"\$")
            axes.text(0.02, -place - 0.5, f"    {told}", va="center", fontsize=8)
        axes.set_xlim(-0.05, 1)
        axes.set_axis_off()
        more = f" (first {_SHOWN} of {len(self.chain)} links)" if len(self.chain) > _SHOWN else ""
        axes.set_title(
            f"Why {short(self.a)} and {short(self.b)} are in one cluster{more}; red: without it they are not"
        )
        return axes


def sentence(link: Link) -> str:
    """What a link rests on."""
    if link.heuristic == "co_spend":
        return f"inputs of one transaction, {short(link.key)}{_on(link.time_ms_a)}"
    if link.heuristic == "deposit_reuse":
        return (
            f"both paid into {short(link.key)}, {link.note}, by {short(link.transaction_a)}{_on(link.time_ms_a)} and "
            f"{short(link.transaction_b)}{_on(link.time_ms_b)}"
        )
    if link.heuristic == "same_key":
        return f"one account, {short(link.key)}, on two networks"
    if link.heuristic == "one_time_change":
        return f"payer and change of one transaction, {short(link.key)}{_on(link.time_ms_a)}"
    return f"{link.heuristic}, {short(link.key)}"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values for JSON: times as text, nothing that is not a value."""
    import pandas as pd

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        if isinstance(value, pd.Timestamp):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        if value is None or value is pd.NaT or (isinstance(value, float) and pd.isna(value)):
            return None
        return value.item() if hasattr(value, "item") else value

    return [{str(name): plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def moment(time_ms: int) -> pd.Timestamp | None:
    """A time as pandas has it; None where it is not known."""
    import pandas as pd

    return None if time_ms == UNKNOWN else pd.Timestamp(time_ms, unit="ms", tz="UTC")


def short(id_: str) -> str:
    """An id that fits a line: its first and last letters, without the network."""
    tail = id_.rpartition("/tx:")[2] if "/tx:" in id_ else id_.rpartition(":")[2]
    return tail if len(tail) <= 24 else f"{tail[:12]}…{tail[-8:]}"


def _on(time_ms: int) -> str:
    at = moment(time_ms)
    return "" if at is None else f" on {at:%Y-%m-%d %H:%M}"


def _links(count: Any) -> str:
    return "one link" if count == 1 else f"a chain of {count} links"


__all__: Sequence[str] = ("Explanation", "moment", "records", "sentence", "short")
