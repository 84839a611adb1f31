"""The result of clustering: who belongs together, why, and what would be left without a link."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.analysis.clustering.compare import compare
from workbench.analysis.clustering.explanation import Explanation, moment, records
from workbench.analysis.clustering.guard import numbers_of
from workbench.analysis.clustering.heuristics import heuristics
from workbench.analysis.clustering.measured import measured
from workbench.errors import MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from workbench.analysis.clustering.links import Links

_SHOWN = 20
_LINKS = ("a", "b", "heuristic", "link", "note", "transaction_a", "time_a", "transaction_b", "time_b")


@dataclass(frozen=True, eq=False)
class Clustering:
    """Clusters of wallets by named heuristics; see `workbench.analysis.clustering.run.cluster`."""

    clusters: pd.DataFrame
    """Every cluster of at least two wallets: its links, who is claimed to control members, and its defects."""
    warnings: pd.DataFrame
    """Clusters that look as if one bad link had made them: cluster, kind, wallets, detail."""
    left_out: pd.DataFrame
    """What was looked at and joins nobody, and why: CoinJoins with the rule that fired, disputed exchanges, …"""
    imported: pd.DataFrame
    """Clusters of other sources, side by side: how many of their wallets are in which of ours."""
    links: Links
    labels: NDArray[np.int32]
    """For every wallet the number of the smallest wallet of its cluster."""
    parameters: Mapping[str, Any]
    summary: Mapping[str, Any]

    # --- questions ---------------------------------------------------------------------------------

    def members(self, of: str) -> list[str]:
        """The wallets of a cluster (its id, or any of its wallets), sorted."""
        found: list[str] = self.links.wallets[self.labels == self._label(of)].tolist()
        return found

    def membership(self) -> dict[str, str]:
        """Wallet → cluster, of every wallet that is in one."""
        names = dict(zip(self._numbers, self.clusters["cluster"], strict=True))
        rows = np.flatnonzero(np.isin(self.labels, list(names)))
        wallets, labels = self.links.wallets[rows].tolist(), self.labels[rows].tolist()
        return {wallet: names[label] for wallet, label in zip(wallets, labels, strict=True)}

    def link_table(self, of: str | None = None) -> pd.DataFrame:
        """Every link (a, b, heuristic, link, its transactions and times), of all clusters or of one.

        A link of many wallets, such as one transaction with many inputs, is told as its first wallet with each other.
        """
        wallets = None if of is None else np.flatnonzero(self.labels == self._label(of)).tolist()
        rows = [
            (
                link.a, link.b, link.heuristic, link.key, link.note, link.transaction_a, moment(link.time_ms_a),
                link.transaction_b, moment(link.time_ms_b),
            )
            for link in self.links.each(wallets)
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=list(_LINKS))

    def explain(self, a: str, b: str) -> Explanation:
        """The shortest chain of links that joins two wallets, and what hangs on each link."""
        one, other = self._wallet(a), self._wallet(b)
        chain = [] if one == other else self.links.explain(one, other)
        place = self._groups if chain else {}
        parts, largest, _ = self.links.parts if chain else (np.empty(0), np.empty(0), np.empty(0))
        leaving = []
        for link in chain:
            node = len(self.links.wallets) + place[link.heuristic, link.key]
            size = int((self.labels == self.labels[one]).sum())
            leaving.append(size - int(largest[node]) if parts[node] > 1 else 0)
        return Explanation(str(self.links.wallets[one]), str(self.links.wallets[other]), tuple(chain), tuple(leaving))

    def bridges(self, of: str | None = None) -> pd.DataFrame:
        """The links whose removal splits a cluster, the weightiest first: into how many parts, and who leaves."""
        names = dict(zip(self._numbers, self.clusters["cluster"], strict=True))
        parts, largest, second = (column[len(self.links.wallets) :] for column in self.links.parts)
        label = np.empty(len(self.links.key), np.int32)
        label[self.links.group] = self.labels[self.links.member]
        wanted = parts > 1
        if of is not None:
            wanted &= label == self._label(of)
        rows = [
            (
                names[int(label[g])], self.links.heuristics[int(self.links.of[g])], str(self.links.key[g]),
                int(parts[g]), int(largest[g]), int(second[g]),
            )
            for g in np.flatnonzero(wanted).tolist()
        ]  # fmt: skip
        rows.sort(key=lambda row: (-row[5], row[0], row[2]))
        columns = ["cluster", "heuristic", "link", "parts", "largest_part_wallets", "next_part_wallets"]
        return pd.DataFrame(rows, columns=columns)

    def articulation_points(self, of: str | None = None) -> pd.DataFrame:
        """The wallets without which a cluster falls apart, the weightiest first."""
        names = dict(zip(self._numbers, self.clusters["cluster"], strict=True))
        parts, largest, second = (column[: len(self.links.wallets)] for column in self.links.parts)
        wanted = parts > 1
        if of is not None:
            wanted &= self.labels == self._label(of)
        rows = [
            (
                names[int(self.labels[w])], str(self.links.wallets[w]), int(parts[w]), int(largest[w]), int(second[w])
            )
            for w in np.flatnonzero(wanted).tolist()
        ]  # fmt: skip
        rows.sort(key=lambda row: (-row[4], row[0], row[1]))
        columns = ["cluster", "wallet", "parts", "largest_part_wallets", "next_part_wallets"]
        return pd.DataFrame(rows, columns=columns)

    def what_if(self, without: str) -> pd.DataFrame:
        """Who leaves without a link: a transaction's id, a deposit address, or the account of a shared key.

        The largest part (of equals the one with the smallest wallet) stays. One row a wallet that leaves: wallet,
        cluster, part (its smallest wallet), wallets_in_part. Raises UnknownNameError where no link has that name.
        """
        gone = self.links.rows_of(without)
        if not without or not gone.any():
            near = [] if not without else [key for key in self.links.key.tolist() if without[-12:] in key][:5]
            raise UnknownNameError("link of this run", without, near)
        now = self.links.labels(~gone)
        names = dict(zip(self._numbers, self.clusters["cluster"], strict=True))
        rows = []
        for label in np.unique(self.labels[self.links.member[gone]]).tolist():
            wallets = np.flatnonzero(self.labels == label)
            part, size = np.unique(now[wallets], return_counts=True)
            stays = part[np.lexsort((part, -size))[0]]
            sizes = dict(zip(part.tolist(), size.tolist(), strict=True))
            for wallet in wallets[now[wallets] != stays].tolist():
                of = int(now[wallet])
                rows.append((str(self.links.wallets[wallet]), names[label], str(self.links.wallets[of]), sizes[of]))
        return pd.DataFrame(rows, columns=["wallet", "cluster", "part", "wallets_in_part"])

    def compare(self, after: Clustering | Mapping[str, str]) -> pd.DataFrame:
        """What became of each cluster in another run: same, split, merged or regrouped, with the wallets."""
        return compare(self.membership(), after.membership() if isinstance(after, Clustering) else after)

    # --- showing -----------------------------------------------------------------------------------

    def to_frame(self) -> pd.DataFrame:
        """The clusters: one row each, the largest first."""
        return self.clusters

    def to_json(self) -> dict[str, Any]:
        """What `workbench cluster --format json` prints: tables as lists of rows."""
        tables = {name: records(getattr(self, name)) for name in ("clusters", "warnings", "left_out", "imported")}
        return {**tables, "parameters": dict(self.parameters), "summary": dict(self.summary)}

    def words(self) -> list[str]:
        """The result in a few sentences, with what it does not know and how often such links were wrong."""
        said, found = self.summary, self.clusters
        clustered = int(found["wallets"].sum()) if len(found) else 0
        lines = [
            f"{clustered:,} of {said['wallets']:,} wallets are in clusters: {len(found):,} by {_names(said)}, "
            f"the largest of {int(found['wallets'].max()) if len(found) else 0:,} wallets."
        ]
        if len(self.warnings):
            lines.append(
                f"{self.warnings['cluster'].nunique()} clusters look as if one bad link had made them; they get no "
                "owner: see the warnings."
            )
        for reason, count in self.left_out["reason"].value_counts().sort_index().items():
            lines.append(f"Left out: {count:,} × {reason}.")
        if len(self.imported):
            lines.append(f"{self.imported['source'].nunique()} other sources have clusters of their own beside these.")
        if said["written"] is not None:
            new, gone = said["written"]
            lines.append(
                f"Written to the graph: {new:,} claims recorded, {gone:,} retracted."
                if new or gone else "The graph already said the same: no claim was written."
            )  # fmt: skip
        lines += said["remarks"]
        linking = [name for i, name in enumerate(self.links.heuristics) if (self.links.of == i).any()]
        return lines + [line for name in linking for line in measured(name, self.parameters)]

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(line)}</p>" for line in self.words()]
        for name in ("warnings", "clusters", "left_out", "imported"):
            table = getattr(self, name)
            if len(table):
                more = f" (first {_SHOWN} of {len(table)})" if len(table) > _SHOWN else f" ({len(table)})"
                title = name.replace("_", " ")
                parts.append(f"<h4>{title}{more}</h4>" + table.head(_SHOWN).to_html(index=False, escape=True))
        return "\n".join(parts)

    def plot(self) -> Any:
        """How many clusters have how many wallets; returns matplotlib's Axes.

        Raises MissingExtraError without matplotlib (extra `jupyter`).
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        axes = Figure(figsize=(8, 4), layout="constrained").subplots()
        sizes = self.clusters["wallets"].to_numpy()
        flagged = self.clusters["defect"].notna().to_numpy(bool)
        if len(sizes):
            edges = [2.0**i for i in range(1, int(np.log2(sizes.max())) + 2)]
            axes.hist([sizes[~flagged], sizes[flagged]], bins=edges, stacked=True, color=["#31688e", "#b2182b"],
                      label=["clusters", "reported by the collapse guard"])  # fmt: skip
            axes.set_xscale("log", base=2)
            axes.set_yscale("log")
            axes.set_ylim(bottom=0.7)
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.legend()
        axes.set_xlabel("wallets in a cluster")
        axes.set_ylabel("clusters")
        axes.set_title("Cluster sizes")
        return axes

    # --- inner -------------------------------------------------------------------------------------

    @cached_property
    def _groups(self) -> dict[tuple[str, str], int]:
        """Heuristic and key → number of the group: one transaction may be a link of two heuristics."""
        names = [self.links.heuristics[of] for of in self.links.of.tolist()]
        return {pair: i for i, pair in enumerate(zip(names, self.links.key.tolist(), strict=True))}

    @cached_property
    def _numbers(self) -> list[int]:
        """The label of every row of `clusters`."""
        found = numbers_of(self.links.wallets, self.clusters["smallest_wallet"].tolist())
        return [found[name] for name in self.clusters["smallest_wallet"]]

    def _wallet(self, name: str) -> int:
        for id_ in (name, name.lower()):
            if found := numbers_of(self.links.wallets, [id_]):
                return found[id_]
        alone = [i for i, id_ in enumerate(self.links.wallets.tolist())
                 if id_.rpartition(":")[2] in (name, name.lower())]  # fmt: skip
        if len(alone) == 1:
            return alone[0]
        known = [str(self.links.wallets[i]) for i in alone] or self.clusters["smallest_wallet"].tolist()
        raise UnknownNameError("wallet (on one network)", name, known)

    def _label(self, of: str) -> int:
        for label, name in zip(self._numbers, self.clusters["cluster"], strict=True):
            if name == of:
                return label
        return int(self.labels[self._wallet(of)])


def _names(said: Mapping[str, Any]) -> str:
    return ", ".join(heuristics()[name].title.lower() for name in said["heuristics"])
