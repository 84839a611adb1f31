"""Comparing stored clusters refuses what would be told wrongly: a run that never ended, a wallet in several."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.exposure_case import BLOG, FAR, MULE, THIEF
from workbench.analysis.clustering.compare import stored
from workbench.analysis.clustering.write import CLUSTERING
from workbench.errors import UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import InCluster
from workbench.model.nodes import Cluster, IngestRun

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_run_that_was_killed_is_not_compared_as_if_it_had_found_nothing(store: Store) -> None:
    run = IngestRun(
        id="f" * 32, file="(computed)", format="co_spend/2", source_id=CLUSTERING.id, input_sha256="0" * 64,
        dataset="clustering co_spend 1234abcd", code_version="0", status="running", started_at=NOW, rows_in=2,
    )  # fmt: skip
    Loader(store, run.id, NOW).nodes([CLUSTERING, run])
    with pytest.raises(UsageError, match="never ended"):
        stored(store, "ffffff")


def test_a_source_that_has_a_wallet_in_two_clusters_is_not_compared_by_one_of_them(store: Store) -> None:
    one, two = (Cluster(id=f"theirs:{i}", heuristic="theirs", parameters="{}") for i in (1, 2))
    loader = Loader(store, "run", NOW)
    loader.nodes([BLOG, THIEF, MULE, FAR, one, two])
    claims = [(THIEF, one), (MULE, one), (FAR, two)]
    loader.claims([
        InCluster(subject=wallet.ref, object=of.ref, source_id="blog", tier="structural") for wallet, of in claims
    ])  # fmt: skip
    assert stored(store, "blog") == {THIEF.id: one.id, MULE.id: one.id, FAR.id: two.id}
    loader.claims([InCluster(subject=MULE.ref, object=two.ref, source_id="blog", tier="structural")])
    with pytest.raises(UsageError, match="in several clusters"):
        stored(store, "blog")
