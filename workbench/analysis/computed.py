"""Claims that the workbench computes itself: a run of their own, made anew as a whole each time."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Sequence
from datetime import datetime

from workbench.graph.loader import Loader, retract
from workbench.graph.schema import edge_kind
from workbench.graph.store import Store
from workbench.model.claims import Claim
from workbench.model.nodes import IngestRun, Source
from workbench.model.times import utc_now


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
