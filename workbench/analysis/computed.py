"""Claims that the workbench computes itself: runs of their own, and only what has changed is written."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from workbench.graph.loader import Loader, retract
from workbench.graph.schema import edge_kind
from workbench.graph.store import BATCH, Store
from workbench.model.claims import Claim
from workbench.model.nodes import IngestRun, Node, Source
from workbench.model.progress import Done
from workbench.model.times import utc_now

Progress = Callable[[str, int], None]
"""Called with what is being done, and how many are done."""


def computed_run(store: Store, what: str, content: str) -> tuple[Loader, datetime]:
    """A loader with a run of its own, so that every claim has one; and the time of the run."""
    from workbench import __version__

    at = utc_now()
    run = IngestRun(
        id=uuid.uuid4().hex, file="(computed)", format=what, input_sha256=hashlib.sha256(content.encode()).hexdigest(),
        code_version=__version__, status="done", started_at=at, finished_at=at, described_by=what,
    )  # fmt: skip
    loader = Loader(store, run.id, at, what)
    loader.nodes([run])
    return loader, at


def replace_claims(store: Store, type_: str, claims: Sequence[Claim], source: Source, what: str) -> None:
    """Record the claims that `source` computes now; those it computed before and no longer does are retracted."""
    loader, at = computed_run(store, what, json.dumps(sorted(claim.claim_id for claim in claims)))
    loader.nodes([source])
    known = store.read(
        f"MATCH ()-[c:{edge_kind(type_).type}]->() WHERE c.source_id = $id AND c.retracted_at IS NULL "
        "RETURN c.claim_id",
        {"id": source.id},
    ).rows
    loader.claims(claims)
    kept = {claim.claim_id for claim in claims}
    retract(store, type_, sorted(id_ for (id_,) in known if id_.split("-")[0] not in kept), at)


@dataclass(frozen=True)
class Computation:
    """One run of an analysis: what asked, by which rules, of what."""

    source: Source
    dataset: str
    """Names the question: all runs of one question have the same."""
    method: str
    input_sha256: str
    """Over all that the analysis looked at."""
    words: tuple[str, ...] = ()


def record_run(
    store: Store,
    run: Computation,
    type_: str,
    claims: Sequence[Claim],
    nodes: Callable[[Sequence[Claim]], Sequence[Node]],
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Record what a run found; `nodes` makes what the new claims end at. The same again writes nothing.

    Claims of an earlier run of the same question that no longer hold are retracted, after the new ones are all there:
    an interrupted run is finished by the next. Returns how many were recorded and how many retracted.
    """
    from workbench import __version__

    asked = {"id": run.source.id, "dataset": run.dataset}
    known = {
        id_.split("-")[0]: id_
        for (id_,) in store.read(
            f"MATCH ()-[c:{edge_kind(type_).type}]->() WHERE c.source_id = $id AND c.dataset = $dataset "
            "AND c.retracted_at IS NULL RETURN c.claim_id",
            asked,
        ).rows
    }
    new = [claim for claim in claims if claim.claim_id not in known]
    gone = sorted(known[id_] for id_ in known.keys() - {claim.claim_id for claim in claims})
    last = store.read(
        "MATCH (r:IngestRun {source_id: $id, dataset: $dataset, status: 'done'}) "
        "RETURN r.input_sha256, r.code_version ORDER BY r.finished_at DESC LIMIT 1",
        asked,
    ).rows
    if not new and not gone and last == [(run.input_sha256, __version__)]:
        return 0, 0
    at = utc_now()
    booked = IngestRun(
        id=uuid.uuid4().hex, file="(computed)", format=run.method, source_id=run.source.id,
        input_sha256=run.input_sha256, dataset=run.dataset, code_version=__version__, status="running", started_at=at,
        rows_in=len(claims), described_by=run.dataset, words=run.words,
    )  # fmt: skip
    loader = Loader(store, booked.id, at, run.dataset)
    loader.nodes([booked, run.source])
    try:
        loader.nodes(nodes(new))
        for start in range(0, len(new), BATCH):
            loader.claims(new[start : start + BATCH])
            if progress:
                progress("writing", Done.out_of(min(start + BATCH, len(new)), len(new)))
        retract(store, type_, gone, at)
    except BaseException as error:
        ended = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        loader.nodes([booked.model_copy(update={"status": ended, "finished_at": utc_now()})])
        raise
    done = {
        "status": "done", "finished_at": utc_now(), "loaded": len(new), "duplicates": len(claims) - len(new),
        "retracted": len(gone),
    }  # fmt: skip
    loader.nodes([booked.model_copy(update=done)])
    return len(new), len(gone)
