"""Results in the graph: an Analysis node for what was asked, and claims that end at it for what was found.

Trace, exposure, screening, behaviour, profile and demixing results have a method `write`; a module `written` beside
each says which claims it makes. Runs, repeats and retraction are those of `analysis.computed`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

import numpy as np

from workbench.analysis.computed import Computation, Progress, record_run
from workbench.analysis.ledger_arrays import Ledger
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.loader import Loader, retract
from workbench.graph.schema import edge_kinds
from workbench.graph.store import Store
from workbench.model.claims import Computed
from workbench.model.confidence import TLP_ORDER, Tlp
from workbench.model.nodes import MAX_TEXT, Analysis, Source
from workbench.model.times import utc_now

Kind = Literal["trace", "exposure", "screening", "behaviour", "profile", "demixing"]
_TITLES: dict[str, tuple[str, str]] = {
    "trace": ("tracing", "Traces of stolen value, computed"),
    "exposure": ("exposure", "Exposure of wallets, computed"),
    "screening": ("screening", "Screenings of addresses, computed"),
    "behaviour": ("behaviour", "Patterns of behaviour, computed"),
    "profile": ("profiles", "Laundering profiles, computed"),
    "demixing": ("demixing", "Hypotheses about mixers, computed"),
}
_MOST_OPTIONS = 1_000_000


@dataclass(frozen=True)
class Asked:
    """What a result was asked, and a digest of all that it was computed from: what it takes to record it."""

    options: Mapping[str, Any]
    input_sha256: Callable[[], str]


@dataclass(frozen=True)
class Finding:
    """A result as it is to be recorded."""

    kind: Kind
    type: type[Computed]
    version: int
    """Of the rules: raised when the same question about the same graph would be answered otherwise."""
    asked: Asked
    claims: Sequence[Mapping[str, Any]]
    """For each claim its `subject` and what only this type of claim says."""
    words: Sequence[str]
    incidents: Sequence[str] = ()
    wallets: Sequence[str] = field(default=())


@dataclass(frozen=True)
class Written:
    """What came of recording a result."""

    analysis: str
    """Id of the Analysis node; the same question has the same in every run."""
    claims: int
    """How many the result makes."""
    recorded: int
    """How many of them are new; the others were in the graph already."""
    retracted: int
    """How many an earlier run of the same question had made, and no longer hold."""

    def words(self) -> list[str]:
        """In one sentence."""
        if not self.claims and not self.retracted:
            return [f"In the graph as {self.analysis}: nothing was found, so no claim; that it was asked is recorded."]
        if not self.recorded and not self.retracted:
            return [f"In the graph as {self.analysis}: {self.claims:,} claims, all of them known; nothing was changed."]
        return [
            f"In the graph as {self.analysis}: {self.claims:,} claims, {self.recorded:,} of them new; "
            f"{self.retracted:,} of an earlier run were taken back."
        ]

    def to_json(self) -> dict[str, Any]:
        """The figures."""
        return {
            "analysis": self.analysis, "claims": self.claims, "recorded": self.recorded, "retracted": self.retracted
        }  # fmt: skip


class Recordable(Protocol):
    """A result that can be recorded."""

    def write(self, store: Store, progress: Progress | None = None) -> Written:
        """Record it."""


def write_finding(store: Store, found: Finding, progress: Progress | None = None) -> Written:
    """Record a result as claims; the same again writes nothing, and what no longer holds is retracted.

    The claims are marked like the most restricted claim that is in the graph: any of them may have had a part in it.
    """
    said = json.dumps(dict(found.asked.options), sort_keys=True, default=_plain)
    if len(said) > _MOST_OPTIONS:
        raise ParameterError("the options are too long to be recorded", hint="Ask with fewer.")
    wallets, incidents = tuple(found.wallets), tuple(found.incidents)
    question = json.dumps([found.version, found.kind, incidents, wallets, said])
    source_id, title = _TITLES[found.kind]
    node = Analysis(
        id=f"{found.kind}:{hashlib.sha256(question.encode()).hexdigest()[:12]}", kind=found.kind, incidents=incidents,
        wallets=wallets, options=said,
    )  # fmt: skip
    method = f"{found.kind}/{found.version}"
    common = {
        "object": node.ref, "source_id": source_id, "method": method, "dataset": node.id, "tlp": _marking(store)
    }  # fmt: skip
    claims = [found.type(**common, **row) for row in found.claims]
    ends = sorted({claim.subject for claim in claims})
    if lost := sorted(Loader(store, "", utc_now()).missing(ends)):
        raise UsageError(
            f"{len(lost)} of {len(ends)} wallets of this result are not in the graph, for example {lost[0].id[:120]}",
            hint="Write it to the graph that it was computed from.",
        )
    run = Computation(
        Source(id=source_id, title=title, publisher="attribution-workbench", kind="researcher"), node.id, method,
        found.asked.input_sha256(), tuple(line[:MAX_TEXT] for line in found.words),
    )  # fmt: skip
    recorded, retracted = record_run(store, run, found.type.type, claims, lambda _: [node], progress)
    return Written(node.id, len({claim.claim_id for claim in claims}), recorded, retracted)


def withdraw(store: Store, analysis: str) -> int:
    """Take back every claim of one analysis (its id); they can still be asked as of before. Returns how many.

    Raises UnknownNameError for one that nobody recorded.
    """
    known = [id_ for (id_,) in store.read("MATCH (q:Analysis) RETURN q.id ORDER BY q.id").rows]
    if analysis not in known:
        raise UnknownNameError("analysis", analysis, known)
    found = store.read(
        "MATCH ()-[c]->(:Analysis {id: $id}) WHERE c.retracted_at IS NULL RETURN type(c), collect(c.claim_id)",
        {"id": analysis},
    ).rows
    at = utc_now()
    return sum(retract(store, type_, sorted(ids), at) for type_, ids in found)


def not_from_a_graph() -> UsageError:
    """What is said of a result that was made from records."""
    return UsageError("this result was not computed from a graph", hint="Ask the case for it, and write that.")


def digest(*parts: Any) -> str:
    """SHA-256 over arrays and plain values, in their order."""
    made = hashlib.sha256()
    for part in parts:
        if isinstance(part, np.ndarray) and part.dtype != object:
            made.update(f"{part.dtype}{part.shape}".encode() + np.ascontiguousarray(part).tobytes())
        else:
            made.update(repr(part.tolist() if isinstance(part, np.ndarray) else part).encode())
        made.update(b"\0")
    return made.hexdigest()


def ledger_digest(ledger: Ledger, *columns: Any) -> str:
    """SHA-256 over the transfers of a ledger and further columns of it, whatever the order of rows of one instant."""
    halves = ledger.limbs()
    used = np.zeros(len(ledger.wallets), bool)
    used[ledger.source] = used[ledger.target] = True
    number = np.cumsum(used) - 1  # wallets that no transfer touches change no answer
    keys = (
        halves.high, halves.low, ledger.asset, number[ledger.target], number[ledger.source], ledger.time_ms
    )  # fmt: skip
    order = np.lexsort(keys)
    beyond = sorted(map(int, ledger.amount[halves.beyond]))
    return digest(ledger.wallets[used], ledger.assets, beyond, *(column[order] for column in (*keys, *columns)))


def rounded(value: Any) -> float | None:
    """A figure to twelve digits: sums of floats in another order are the same figure. None where it is missing."""
    return None if value is None or value != value else float(f"{value:.12g}")


def _marking(store: Store) -> Tlp:
    types = "|".join(kind.type for kind in edge_kinds().values() if not kind.ledger)
    rows = store.read(f"MATCH ()-[c:{types}]->() WHERE c.tlp <> 'clear' RETURN DISTINCT c.tlp AS tlp").rows
    found = {row[0] for row in rows}
    return next((tlp for tlp in reversed(TLP_ORDER) if tlp in found), "red" if found else "clear")


def _plain(value: Any) -> Any:
    """What JSON has no word for: times, and mappings and collections that are none of its own."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return sorted(value) if isinstance(value, set | frozenset) else str(value)


__all__ = [
    "Asked", "Finding", "Recordable", "Written", "digest", "ledger_digest", "not_from_a_graph", "rounded", "withdraw",
    "write_finding",
]  # fmt: skip
