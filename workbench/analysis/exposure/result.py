"""The result of asking for exposure: tables, sentences, evidence paths."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.exposure.words import exposed, own
from workbench.errors import MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from workbench.analysis.computed import Progress
    from workbench.analysis.written import Asked, Written
    from workbench.graph.store import Store

COLUMNS: dict[str, tuple[str, ...]] = {
    "own": (
        "wallet", "kind", "category", "name", "role", "source", "confidence", "since", "until", "known_since",
        "cluster", "counts", "why_not", "words", "evidence", "tlp", "claim_id",
    ),
    "exposures": (
        "wallet", "direction", "kind", "category", "name", "hops", "flow_share", "transfers", "value_usd",
        "transfers_without_usd", "called", "member_itself", "words",
    ),
    "direct": (
        "wallet", "direction", "kind", "category", "counterparty", "called", "asset", "transfers",
        "amount_base_units", "value_usd", "transfers_without_usd", "apportioned",
        "first_time", "last_time",
    ),
    "uncounted": (
        "wallet", "direction", "reason", "kind", "category", "name", "counterparty", "called", "asset", "transfers",
        "amount_base_units", "value_usd", "transfers_without_usd", "first_time", "last_time", "words",
    ),
    "members": ("asked", "wallet", "in_ledger", "own_hits", "categories", "nearest_hops", "value_usd"),
    "unresolved": ("wallet", "direction", "unresolved_share"),
    "paths": (
        "wallet", "direction", "kind", "category", "hop", "transfer_id", "time", "asset", "sender", "receiver",
        "amount_base_units", "value_usd", "transfers_of_pair", "in_time_order",
    ),
    "claims": (
        "wallet", "kind", "category", "name", "role", "source", "confidence", "since", "until", "known_since",
        "cluster", "counts", "why_not", "words", "evidence", "tlp", "claim_id",
    ),
}  # fmt: skip
_EXACT = ("amount_base_units", "called")
_SHOWN = 20


def frame(name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """One table with its columns in order; exact amounts stay Python integers."""
    made = list(rows)
    table = {
        column: pd.Series([row[column] for row in made], dtype=object if column in _EXACT else None)
        for column in COLUMNS[name]
    }
    for column in ("hops", "nearest_hops", "confidence"):
        if column in table:
            table[column] = table[column].astype("Int64")
    for column in ("flow_share", "value_usd", "unresolved_share"):
        if column in table:
            table[column] = table[column].astype(float)
    return pd.DataFrame(table)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: exact amounts as decimal text, times as ISO 8601, nothing as null."""
    rows = []
    for record in table.to_dict("records"):
        row: dict[str, Any] = {}
        for name, value in record.items():
            if name == "amount_base_units":
                row[str(name)] = str(value)
            elif isinstance(value, list):
                row[str(name)] = value
            elif value is None or pd.isna(value):
                row[str(name)] = None
            elif isinstance(value, pd.Timestamp):
                row[str(name)] = value.strftime("%Y-%m-%dT%H:%M:%SZ")
            else:
                row[str(name)] = value.item() if hasattr(value, "item") else value
        rows.append(row)
    return rows


@dataclass(frozen=True, eq=False)
class Exposure:
    """What some wallets have to do with listed and labelled ones, in the transfers that are loaded.

    A hit of the wallet itself (`own`) is one thing, exposure to others (`exposures`, `direct`) another. `flow_share`
    is a share of value that flowed, without regard to the order of time: it is not taint, and proves no path of money.
    """

    own: pd.DataFrame
    """What sources say of the wallets themselves; also what does not count, and why not."""
    exposures: pd.DataFrame
    """A row a wallet, direction and category: hops, flow share, and what went directly."""
    direct: pd.DataFrame
    """Direct dealings with labelled wallets, per counterparty and asset, in exact base units; `apportioned` of the
    transfers are parts of UTXO transactions, divided among the inputs in proportion."""
    uncounted: pd.DataFrame
    """Direct dealings with labelled wallets that make nobody exposed, because anybody can plant them, or because
    they are parts of a CoinJoin: the reason, the transfers and their value."""
    unresolved: pd.DataFrame
    """The share of each wallet's value for which no labelled wallet was found."""
    paths: pd.DataFrame
    """For indirect exposures, up to a cap: a shortest path, the widest of them, transfer by transfer."""
    claims: pd.DataFrame
    """The claims by which the wallets that were met are labelled, rivals side by side."""
    summary: dict[str, Any]
    wallets: tuple[str, ...]
    members: pd.DataFrame = field(default_factory=lambda: frame("members", ()))
    """A row for every wallet asked about, by the address or cluster it was asked as: whether the ledger has it, hits of
    its own, categories it is exposed to, the fewest hops, dollars directly (where known). Empty for a screening."""
    _explain: Any = None
    _asked: Asked | None = None

    def to_frame(self) -> pd.DataFrame:
        """The exposures: one row a wallet, direction and category."""
        return self.exposures

    def to_json(self) -> dict[str, Any]:
        """Tables as lists of rows, and the summary."""
        return {**{name: records(getattr(self, name)) for name in COLUMNS}, "summary": self.summary}

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record what was found in the graph, as claims that end at an Analysis; the same again writes nothing.

        Raises UsageError for a result that was not computed from a graph. See docs/written-results.md.
        """
        from workbench.analysis.exposure.written import write

        return write(store, self, progress)

    def explain(self, wallet: str, category: str, direction: str = "received from") -> pd.DataFrame:
        """The evidence path from (to) the nearest wallet of a category, by its id; see `paths`.

        Raises UnknownNameError for a wallet or category that this result does not have.
        """
        from workbench.analysis.exposure.network import DIRECTIONS

        if direction not in DIRECTIONS:
            raise UnknownNameError("direction", direction, DIRECTIONS)
        if wallet not in self.wallets:
            raise UnknownNameError("wallet of this result", wallet, self.wallets)
        return frame("paths", self._explain(wallet, category, direction))

    def words(self) -> list[str]:
        """The result in plain sentences, with what it does not know."""
        said = self.summary
        lines = [
            f"Asked about: {len(self.wallets):,}; known to the graph: {said['wallets_in_ledger']:,}; "
            f"as of {said['as_of'][:10]}; looked at most {said['hops']} hops far, and through no service that pools "
            "its customers' value."
        ]
        lines += [
            f"{id_} was reported by the collapse guard ({defect}): its members may be strangers to one another."
            for id_, defect in said.get("doubtful_clusters", ())
        ]
        hits = self.own[self.own["counts"].astype(bool)]
        lines.append(
            f"Listed or labelled themselves: {hits['wallet'].nunique():,}; statements about them that do not count as "
            f"a hit, and say why: {len(self.own) - len(hits):,}."
        )
        lines += [f"{row.wallet}: {row.words}." for row in hits.head(_SHOWN).itertuples()]
        near = self.exposures.sort_values(["hops", "flow_share"], ascending=[True, False], kind="stable")
        lines += [f"{row.wallet}: {row.words}." for row in near.head(_SHOWN).itertuples()]
        if len(near) > _SHOWN:
            lines.append(f"{len(near) - _SHOWN:,} further exposures are in the table.")
        lines += [f"{row.wallet}: {row.words}." for row in self.uncounted.head(_SHOWN).itertuples()]
        if not len(near) and not len(hits):
            lines.append("No hit in what is loaded. That is no finding that there is none.")
        return [*lines, *limits(said)]

    def __repr__(self) -> str:
        return "\n".join(self.words())

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(line)}</p>" for line in self.words()]
        for name in ("own", *["members"] * (len(self.members) > 1), "exposures", "direct", "uncounted", "paths"):
            table = getattr(self, name)
            if len(table):
                more = f" (first {_SHOWN} of {len(table)})" if len(table) > _SHOWN else f" ({len(table)})"
                parts.append(f"<h4>{name}{more}</h4>" + table.head(_SHOWN).to_html(index=False, escape=True))
        return "\n".join(parts)

    def plot(self) -> Any:
        """Flow shares by category, received to the right and sent to the left; returns matplotlib's Axes.

        The bars are means over the wallets whose value is known. Raises MissingExtraError without matplotlib.
        """
        try:
            from matplotlib.figure import Figure
        except ImportError:
            raise MissingExtraError("matplotlib", "jupyter") from None
        known = {d: max(int((self.unresolved["direction"] == d).sum()), 1) for d in ("received from", "sent to")}
        sums = self.exposures.groupby(["kind", "category", "direction"])["flow_share"].sum().unstack(fill_value=0)
        for direction, count in known.items():
            sums[direction] = sums[direction] / count if direction in sums else 0.0
        sums = sums.loc[sums.sum(axis=1).sort_values().index].tail(_SHOWN)
        axes = Figure(figsize=(8, 1.2 + 0.35 * max(len(sums), 1)), layout="constrained").subplots()
        names = [f"{kind}: {category}".replace("$", r"\$") for kind, category in sums.index]
        axes.barh(names, 100 * sums["received from"], color="#3b6fb6", label="received from")
        axes.barh(names, -100 * sums["sent to"], color="#c8713a", label="sent to")
        axes.axvline(0, color="#444", linewidth=0.8)
        axes.set_xlabel("share of value by flow, percent, mean of the wallets (no order of time)")
        axes.legend(loc="best", fontsize="small")
        return axes


def limits(said: Mapping[str, Any]) -> list[str]:
    """What every result has to admit."""
    basis = "US dollars at the time" if said["basis"] == "usd" else said["basis"]
    lines = [
        f"Shares are of value in {basis}, known of {said['transfers_weighed']:,} of {said['transfers']:,} transfers; "
        "they are shares of flow without the order of time, not taint."
    ]
    lines += [f"Left out: {count:,} {what}." for what, count in said["left_out"].items()]
    lines += guarded_words(said["planted"])
    if said["undated"]:
        lines.append(f"{said['undated']:,} transfers have no time, and count whatever time is asked about.")
    lines += [f"Not counted: {count:,} statements ({why})." for why, count in said["labels_not_used"].items()]
    for kind in ("sanctioned",):
        if not said["labelled"].get(kind):
            lines.append(f"No wallet is listed as {kind} in what is loaded: nothing here says whether one is.")
    if said["utxo_links"]:
        lines.append(
            f"{said['utxo_links']:,} of these are parts of UTXO transactions, each output divided among the inputs in "
            "proportion (shares there are of the network's own coin): which input paid which output nobody knows."
        )
    return lines


def guarded_words(planted: Sequence[Mapping[str, Any]]) -> list[str]:
    """What guards left out, by reason and asset."""
    lines = [
        f"Left out as {row['reason']}: {row['transfers']:,} transfers, {int(row['amount_base_units']):,} base units of "
        f"{row['asset']}." for row in planted[:_SHOWN]
    ]  # fmt: skip
    more = len(planted) - _SHOWN
    return [*lines, f"Left out by guards: {more:,} more assets."] if more > 0 else lines


def own_rows(labels: Iterable[Any], all_labels: Any) -> list[dict[str, Any]]:
    """Rows of `own` and `claims`."""
    return [
        {
            "wallet": one.wallet, "kind": one.kind, "category": one.category, "name": one.name, "role": one.role,
            "source": one.source, "confidence": one.confidence, "since": one.since, "until": one.until,
            "known_since": one.recorded_at, "cluster": one.cluster, "counts": one.counts, "why_not": one.why_not,
            "words": own(one, all_labels), "evidence": one.evidence, "tlp": one.tlp, "claim_id": one.claim_id,
        }
        for one in labels
    ]  # fmt: skip


def exposure_words(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The exposures with a sentence each."""
    for row in rows:
        row["words"] = exposed(row)
    return rows


__all__ = ["COLUMNS", "Exposure", "exposure_words", "frame", "guarded_words", "limits", "own_rows", "records"]
