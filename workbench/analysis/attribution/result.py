"""What `attribute` returns: tables, a waterfall, a sentence; and what it looks like in a notebook."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analysis.attribution.weights import UNKNOWN, UNKNOWN_NAME
from workbench.errors import MissingExtraError, UnknownNameError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAX_TEXT = 200
EVEN = 0.55
"""Above this a name is more than "roughly even" (ICD 203) and needs two independent sources."""
LEAST_BITS = 0.05
SPELT_OUT = 3
"""Warnings that the sentence gives in full; `warnings` has all."""


@dataclass(frozen=True)
class Attribution:
    """The ranked candidates for an incident, with the evidence and what would change the answer."""

    incident: str
    incident_name: str
    settings: Mapping[str, Any]
    candidates: pd.DataFrame
    """actor, name, probability, low, high (95 %), words, sources (independent ones that name it), confidence (in
    the evidence), prior, bits, names, catalogues, members; the likeliest first, unknown always."""
    evidence: pd.DataFrame
    """actor, name, kind, what, bits, sources, claims, urls, files, collapsed_into, item: of the first
    candidates and of everyone who is named; the bits of an actor sum to its score."""
    sensitivity: pd.DataFrame
    """withdrawn (item, source, smallest set), what, changes_first, first_after, probability_after, change."""
    matrix: pd.DataFrame
    """Competing hypotheses (Heuer): CC C N I II of each item for each hypothesis, and its diagnosticity."""
    assumptions: pd.DataFrame
    accuracy: pd.DataFrame
    """The measured error rate of the method, with intervals and numbers of cases."""
    merges: pd.DataFrame
    """SAME_AS claims that made one candidate of several groups."""
    together: Mapping[str, Any] | None = None
    """Where the strongest naming of the first group names several candidates in one breath: their actors, names
    and joint probability, low, high, words, sources."""
    remarks: tuple[str, ...] = ()

    @property
    def first(self) -> dict[str, Any]:
        """The first row of `candidates`."""
        return {str(k): v for k, v in self.candidates.iloc[0].items()}

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must be told beside the name."""
        first = self._leading
        told: list[str] = []
        if first["actor"] != UNKNOWN and first["probability"] > EVEN and first["sources"] < 2:
            alone = "no source names it; it rests on techniques and software alone"
            told.append("the name rests on one independent source only" if first["sources"] else alone)
        return (*told, *self.remarks)

    def sentence(self) -> str:
        """The answer in a sentence or two, with its number, its words and its weakness."""
        first, about = self._leading, _cut(self.incident_name)
        share = f"{_percent(first['probability'])}, 95 % interval {_percent(first['low'])}–{_percent(first['high'])}"
        if first["actor"] == UNKNOWN:
            if (self.candidates["sources"] > 0).any():
                text = f'{about}: "{UNKNOWN_NAME}" comes first ({share}), though somebody names a group.'
            else:
                text = f'{about}: nobody in this graph names a group; "{UNKNOWN_NAME}" comes first ({share}).'
            text += self._next_best()
        else:
            verb = f"is {first['words']} the work of" if first["probability"] > EVEN else "has as its first candidate"
            text = f"{about} {verb} {first['name'][:500]} ({share}); confidence in the evidence: {first['confidence']}."
        if self.warnings:
            spelt, more = self.warnings[:SPELT_OUT], len(self.warnings) - SPELT_OUT
            text += f" Note: {'; '.join(spelt)}{f'; and {more} more' if more > 0 else ''}."
        return text

    @property
    def _leading(self) -> dict[str, Any]:
        """The first row, or, where they are likelier, the candidates that are named together, as one row."""
        first, whole = self.first, self.together
        if whole is None or whole["probability"] <= first["probability"]:
            return first
        confidence = self.candidates.set_index("actor").loc[whole["actors"][0], "confidence"]
        name = f"{', '.join(map(_cut, whole['names'][:4]))} (named together; which of them is not said)"
        return {**whole, "actor": whole["actors"][0], "name": name, "confidence": confidence}

    def _next_best(self) -> str:
        """Which group comes next after unknown; no name where several are level."""
        groups = self.candidates[self.candidates["actor"] != UNKNOWN]
        if groups.empty:
            return ""
        best = groups.iloc[0]
        level = int((groups["probability"] > best["probability"] - 1e-9).sum())
        stands = _percent(float(best["probability"]))
        if level > 1:
            return f" No group stands out: {level} of {len(groups)} are level at {stands}."
        return f" The first group, {_cut(best['name'])}, stands at {stands}."

    def waterfall(self, actor: str | None = None) -> pd.DataFrame:
        """Prior, each item's bits, posterior: the odds of `actor` against unknown / other, in bits.

        `actor`: a candidate's id; by default the likeliest group. Raises UnknownNameError for another.
        """
        groups = self.candidates[self.candidates["actor"] != UNKNOWN]
        if groups.empty or (actor is not None and actor not in set(groups["actor"])):
            raise UnknownNameError("candidate", str(actor), groups["actor"])
        chosen = groups.iloc[0] if actor is None else groups[groups["actor"] == actor].iloc[0]
        unknown = self.candidates[self.candidates["actor"] == UNKNOWN].iloc[0]
        start = _log2(chosen["prior"]) - _log2(unknown["prior"])
        items = self.evidence[self.evidence["actor"] == chosen["actor"]]
        steps = [("prior odds", "prior", start)]
        small = 0.0
        for item in items.to_dict("records"):
            if abs(item["bits"]) >= LEAST_BITS:
                steps.append((_cut(item["what"]), item["kind"], item["bits"]))
            else:
                small += item["bits"]
        if small:
            steps.append((f"items of less than {LEAST_BITS} bits each", "small", small))
        rest = _log2(chosen["probability"]) - _log2(unknown["probability"]) - sum(bits for *_, bits in steps)
        if items.empty and abs(rest) > 1e-6:
            steps.append(("all items (not listed for candidates further down)", "all", rest))
        steps.append(("posterior odds", "posterior", 0.0))
        frame = pd.DataFrame(steps, columns=["step", "kind", "bits"])
        frame["cumulative"] = frame["bits"].cumsum()
        frame.attrs["actor"] = chosen["actor"]
        return frame

    def plot(self, actor: str | None = None, ax: Axes | None = None) -> Axes:
        """The waterfall as a picture. Raises MissingExtraError without matplotlib."""
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise MissingExtraError("matplotlib", "jupyter") from error
        frame = self.waterfall(actor)
        if ax is None:
            _, ax = plt.subplots(figsize=(9, 1 + 0.35 * len(frame)), layout="constrained")
        for place, row in enumerate(frame.to_dict("records")):
            whole = row["kind"] in ("prior", "posterior")
            left = 0.0 if whole else row["cumulative"] - row["bits"]
            width = row["cumulative"] if whole else row["bits"]
            colour = "#777777" if whole else "#2a6f97" if width > 0 else "#b5542b"
            ax.barh(place, width, left=left, color=colour)
            ax.text(max(left, left + width), place, f" {width:+.1f}", va="center", fontsize=8)
        labels = [str(step)[:70].replace("$", r"\$") for step in frame["step"]]
        ax.set_yticks(range(len(frame)), labels, fontsize=8)
        ax.invert_yaxis()
        ax.axvline(0, color="black", linewidth=0.8)
        ax.set_xlabel(f"bits: odds of the candidate against {UNKNOWN_NAME}")
        title = "\n".join(wrap(self.sentence(), 72)[:4])
        ax.set_title(title.replace("$", r"\$"), fontsize=8, loc="left")
        ax.margins(x=0.12)
        return ax

    def to_json(self) -> dict[str, Any]:
        """What `workbench attribute --format json` prints: plain values only."""
        return {
            "incident": self.incident,
            "sentence": self.sentence(),
            "warnings": list(self.warnings),
            "together": _plain(self.together),
            "settings": {k: _plain(v) for k, v in self.settings.items()},
            **{
                name: [{str(k): _plain(v) for k, v in row.items()} for row in getattr(self, name).to_dict("records")]
                for name in ("candidates", "evidence", "sensitivity", "matrix", "assumptions", "accuracy", "merges")
            },
        }

    def to_frame(self) -> pd.DataFrame:
        """The candidates."""
        return self.candidates

    def _repr_html_(self) -> str:
        """Sentence, first candidates, first evidence and measured accuracy; everything from outside escaped."""
        told = (self.candidates["actor"] == UNKNOWN) | (self.candidates["bits"] != 0)
        columns = ["name", "probability", "low", "high", "words", "sources", "confidence"]
        top = self.candidates.loc[told, columns].head(6).copy()
        rest = f"<p>{len(self.candidates) - len(top):,} other groups are less likely or have no evidence.</p>"
        for column in ("probability", "low", "high"):
            top[column] = [_percent(v) for v in top[column]]
        strongest = self.evidence["bits"].abs().sort_values(ascending=False, kind="stable").index[:12]
        items = self.evidence.loc[strongest, ["name", "kind", "what", "bits", "sources"]].copy()
        items["bits"] = [f"{b:+.2f}" for b in items["bits"]]
        items["sources"] = [", ".join(s) for s in items["sources"]]
        measure = self.accuracy[["measure", "value", "low", "high", "n", "of"]]
        pieces = [f"<p><b>{escape(self.sentence())}</b></p>", _table(top), rest, _table(items)]
        pieces += ["<p>Measured accuracy of the method:</p>", _table(measure)]
        return "\n".join(pieces)


def _table(frame: pd.DataFrame) -> str:
    heads = "".join(f"<th>{escape(str(c))}</th>" for c in frame.columns)
    lines = [
        "<tr>" + "".join(f"<td>{escape(_cut(_shown(v)))}</td>" for v in row) + "</tr>"
        for row in frame.itertuples(index=False)
    ]
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3g}"
    return "–" if value is None else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %" if 0 < value < 0.1 or 0.99 < value < 1 else f"{100 * value:.0f} %"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def _log2(value: float) -> float:
    return math.log2(max(value, 1e-300))
