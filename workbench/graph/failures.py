"""What failed moved nothing: transfers of transactions, and of calls, that a source says failed.

Whichever comes first, the transfer or the word that it failed, the graph is the same: the failure is a claim of its
source (REPORTED_FAILED), and the transfer an ATTEMPTED edge in place of a SENT one, so that nobody who counts what
was sent has to think of it. See docs/decisions/0011-failed-transfers.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from workbench.graph.store import BATCH, Store

CHUNK = 1_000
"""Failures a statement settles."""
MOST = 2_000_000
"""Failures remembered here, at some 60 bytes each; of more, the server is asked for every batch."""
_COUNT = "MATCH (f:FailedTransaction) RETURN count(f) AS n"
_ALL = "MATCH (f:FailedTransaction) RETURN f.id AS id"
_SAID = (
    "MATCH (f:FailedTransaction)<-[c:REPORTED_FAILED]-() WHERE f.id IN $ids AND c.retracted_at IS NULL "
    "RETURN f.id AS id, c.source_id AS source"
)
_WITHDRAW = """UNWIND $ids AS failed
MATCH (a)-[e:SENT]->(b) WHERE e.id STARTS WITH failed AND substring(e.id, size(failed), 1) IN ['', '/', '_']
WITH DISTINCT a, e, b
OPTIONAL MATCH (r:IngestRun {id: e.run_id, states_status: true})
MERGE (a)-[t:ATTEMPTED {id: e.id}]->(b) ON CREATE SET t = properties(e)
WITH e, r IS NOT NULL OR e.succeeded_by IS NOT NULL AS rival DELETE e
RETURN count(*) AS withdrawn, sum(CASE WHEN rival THEN 1 ELSE 0 END) AS rivals"""


class Failures:
    """What the graph knows to have failed, as of the first question, and what came since by way of here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: set[int] | None = None
        """Hashes of the ids of what failed, for most of a ledger did not; None: not asked yet, or too many."""

    def of(self, transfer_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Those of some transfers that failed, with who says so: of them, of a call around them, or of all of it."""
        known = self._remembered()
        parts = {id_: fails_with(id_) for id_ in transfer_ids} if known is None or known else {}
        if known is not None:
            parts = {id_: some for id_, some in parts.items() if any(hash(part) in known for part in some)}
        if not parts:
            return {}
        wanted = list({part for some in parts.values() for part in some})
        said: dict[str, list[str]] = defaultdict(list)
        for start in range(0, len(wanted), BATCH):
            for id_, source in self._store.read(_SAID, {"ids": wanted[start : start + BATCH]}).rows:
                said[id_].append(source)
        by = {id_: {source for part in some for source in said.get(part, ())} for id_, some in parts.items()}
        return {id_: tuple(sorted(sources)) for id_, sources in by.items() if sources}

    def _remembered(self) -> set[int] | None:
        if self._known is None and self._store.read(_COUNT).rows[0][0] <= MOST:
            self._known = {hash(id_) for (id_,) in self._store.stream(_ALL)}
        return self._known

    def withdraw(self, failed: Sequence[str]) -> tuple[int, int]:
        """Turn stored transfers of what failed (ids of FailedTransaction nodes) from SENT into ATTEMPTED.

        Returns how many, and of how many of them their own file says that they succeeded.
        """
        if (known := self._remembered()) is not None:
            known.update(map(hash, failed))
        withdrawn = rivals = 0
        for start in range(0, len(failed), CHUNK):
            for row in self._store.write(_WITHDRAW, {"ids": failed[start : start + CHUNK]}):
                withdrawn += row["withdrawn"]
                rivals += row["rivals"]
        return withdrawn, rivals


def fails_with(transfer_id: str) -> list[str]:
    """With the failure of what a transfer fails: of the whole transaction, its own, and of the calls around it."""
    transaction, _, index = transfer_id.rpartition("/")
    parts = [transaction, transfer_id]
    while index.startswith("trace:") and "_" in index:
        index = index.rpartition("_")[0]
        parts.append(f"{transaction}/{index}")
    return parts
