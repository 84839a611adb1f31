"""A trace and an attribution as blocks of a report: their tables, their method, their measured error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.model.amounts import USD_ASSET, USD_DECIMALS
from workbench.report.blocks import Block

if TYPE_CHECKING:
    from workbench.analysis.attribution.rank import Attribution
    from workbench.analysis.tracing.follow import Trace

_ROWS = 25


def as_extra(value: Any) -> Any:
    """A trace or an attribution as a block; everything else as it is."""
    from workbench.analysis.attribution.rank import Attribution
    from workbench.analysis.tracing.follow import Trace

    if isinstance(value, Trace):
        return trace_block(value)
    return attribution_block(value) if isinstance(value, Attribution) else value


def trace_block(trace: Trace) -> Block:
    """Services and end points that value reached, holdings, and the conservation table."""
    summary = trace.summary
    reached = summary["terminals_reached"]
    words = ", ".join(f"{reached[name]} by {name}" for name in summary["methods"])
    text = (
        f"{summary['transfers']:,} transfers were followed from {summary['sources']} source wallets, forward in time, "
        f"{summary['deepest']} hops deep. Of {summary['terminals']} published end points, {words} were reached. "
        f"{summary['incomplete_wallets']} wallets spent more than they were seen to receive: what passed them is "
        "uncertain, which the columns low and high show."
    )
    return Block(
        text=text,
        tables={
            "What arrived at services": _amounts(trace.services).head(_ROWS),
            "Largest amounts still held where the trace ends": _amounts(trace.holdings).head(_ROWS),
            "Conservation: haircut adds up; poison is an upper bound and need not": _amounts(trace.conservation),
        },
        method=(
            f"Taint by {' and '.join(summary['methods'])} (Möser, Böhme, Breuker 2014), in exact integers, stopping at "
            f"services claimed with a confidence of at least {summary['stop_confidence']}. "
            "Nothing beyond the loaded ledger is known."
        ),
        error_rate=(
            "not measured in general. On the published paths of this case every listed end point can be compared: "
            f"{reached.get('haircut', 0)} of {summary['terminals']} were reached. Those paths list illicit flows only, "
            "so they cannot show how often the method reaches the wrong wallet."
            if summary["terminals"]
            else ""
        ),
    )


def attribution_block(answer: Attribution) -> Block:
    """The ranking, the evidence for its first names, what would change it, and how often the method is right."""
    told = answer.candidates[(answer.candidates["bits"] != 0) | (answer.candidates["actor"] == "unknown")]
    ranked = told[["name", "probability", "low", "high", "words", "sources", "confidence"]].head(6)
    evidence = answer.evidence[answer.evidence["collapsed_into"].isna()]
    evidence = evidence.reindex(evidence["bits"].abs().sort_values(ascending=False, kind="stable").index)
    return Block(
        text=answer.sentence(),
        tables={
            "Candidates": _rounded(ranked),
            "Evidence, in bits": _rounded(evidence[["name", "kind", "what", "bits", "sources", "urls"]]).head(_ROWS),
            "What would change the first place": _rounded(
                answer.sensitivity[answer.sensitivity["changes_first"].astype(bool)].head(10)
            ),
            "Assumptions": answer.assumptions,
            "Measured accuracy of the method": _rounded(answer.accuracy),
        },
        method="Weights of evidence (Good 1950) over all groups in the graph and unknown; see docs/attribution.md.",
        error_rate=error_rate(answer),
    )


def error_rate(answer: Attribution) -> str:
    """How often the method is right, in a sentence with its cases and intervals."""
    rows = {str(row["measure"]): row for row in answer.accuracy.to_dict("records")}
    parts = []
    for measure, words in (
        ("top-1", "the right group came first in"),
        ("precision where named", "a named group was the right one in"),
        ("false naming, true group withheld", "with the right group withheld, a wrong one was named in"),
    ):
        row = next((row for name, row in rows.items() if name.startswith(measure)), None)
        if row is not None and row["value"] == row["value"]:
            hits = round(float(row["value"]) * int(row["n"]))
            interval = f"{float(row['low']):.0%} to {float(row['high']):.0%}"
            parts.append(f"{words} {hits} of {int(row['n'])} cases ({interval})")
    if not parts:
        return ""
    return (
        "Measured on ATT&CK campaigns, from techniques and software alone: " + "; ".join(parts) + ". How often "
        "statements of authorities are wrong is not measured but assumed, and adjustable."
    )


def _amounts(frame: pd.DataFrame) -> pd.DataFrame:
    """Base units as whole ones, where the asset says how many those are."""
    if frame.empty or set(frame["asset"]) != {USD_ASSET}:
        return _joined(frame)
    shown = _joined(frame.drop(columns="asset"))
    for column in shown.columns:
        if shown[column].map(lambda v: isinstance(v, int) and not isinstance(v, bool)).all() and column in _MONEY:
            shown[column] = [v // 10**USD_DECIMALS for v in shown[column]]
    return shown.rename(columns={c: f"{c}, USD" for c in shown.columns if c in _MONEY})


_MONEY = frozenset({
    "poison", "haircut", "low", "high", "received_poison", "received_haircut", "injected", "held", "crossed",
    "returned", "fees", "swapped", "bridged", "injected_by_swap", "injected_by_bridge", "dropped",
    "difference", "disputed",
})  # fmt: skip


def _joined(frame: pd.DataFrame) -> pd.DataFrame:
    made = frame.copy()
    for column in made.columns:
        made[column] = [", ".join(map(str, v)) if isinstance(v, list | tuple) else v for v in made[column]]
    return made


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    made = _joined(frame)
    for column in made.columns:
        made[column] = [f"{v:.2f}" if isinstance(v, float) and v == v else v for v in made[column]]
    return made
