"""A batch of rows on its way to the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.errors import RecordError
from workbench.graph.loader import Loader, Outcome
from workbench.ingest.context import Context, Issue
from workbench.ingest.format import Record, Row
from workbench.model.claims import Claim
from workbench.model.ledger import Input, Output, Transfer
from workbench.model.nodes import Node, Source


class Batch:
    """Rows with what they say, and, once written, what became of them."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.claims: list[Claim] = []
        self.transfers: list[Transfer] = []
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.rows: list[tuple[Row, tuple[str, ...], tuple[Transfer, ...]]] = []
        """Each row with the keys of the edges it asserts, and those of them that are transfers."""
        self.bad: list[tuple[Row, str]] = []
        """Rows that could not be taken, with the reason."""
        self.sources: list[Source] = []
        self.source_id = ""
        self.succeeded = False
        """Whether the file says of each of its transfers that it succeeded."""
        self.described_by: str | None = None
        self.otherwise: list[tuple[str, str, str]] = []
        """Nodes that another file describes otherwise: label, id, which file."""
        self.loaded = 0
        self.duplicates = 0
        self.refused: list[tuple[Row, str]] = []
        self.remarks: list[Issue] = []
        self.claim_ids: dict[str, set[str]] = {}
        self.withdrawn = self.rivals = 0
        """Transfers loaded before that failed, as a row says; those of them whose file says that they succeeded."""
        self.failed: list[tuple[Row, tuple[str, ...]]] = []
        """Rows with a transfer that failed, as somebody said before, and who."""

    @property
    def size(self) -> int:
        """Edges and bad rows in it, roughly: when to send it."""
        return len(self.transfers) + len(self.claims) + len(self.inputs) + len(self.outputs) + len(self.bad)

    def add(self, row: Row, records: Sequence[Record]) -> None:
        """Add a row with its records; raises RecordError when they assert nothing."""
        if len(records) == 1 and type(records[0]) is Transfer:  # the ledger's fast path
            self.transfers.append(records[0])
            self.rows.append((row, (records[0].id,), (records[0],)))
            return
        keys: list[str] = []
        transfers: list[Transfer] = []
        inputs: list[Input] = []
        outputs: list[Output] = []
        for record in records:
            if isinstance(record, Claim):
                self.claims.append(record)
                keys.append(record.claim_id)
            elif isinstance(record, Transfer):
                transfers.append(record)
                keys.append(record.id)
            elif isinstance(record, Input):
                inputs.append(record)
                keys.append(record.id)
            elif isinstance(record, Output):
                outputs.append(record)
                keys.append(record.id)
            else:
                self.nodes.append(record)
        if not keys:
            raise RecordError("the row says nothing that can be kept")
        self.transfers += transfers
        self.inputs += inputs
        self.outputs += outputs
        self.rows.append((row, tuple(keys), tuple(transfers)))

    def seal(self, context: Context, described_by: str, *, succeeded: bool = False) -> Batch:
        """Keep what the reader knows by now: it goes on reading while the batch is written."""
        self.described_by = described_by
        self.succeeded = succeeded
        self.sources = list(context.sources.values())
        self.source_id = context.main_source or ""
        return self

    def write(self, loader: Loader) -> None:
        """Send everything and settle every row as loaded, duplicate or refused."""
        loader.described_by = self.described_by
        self.otherwise = loader.nodes([*self.sources, *self.nodes])
        homeless = self._homeless(loader)
        claims = [claim for claim in self.claims if claim.claim_id not in homeless]
        said = loader.claims(claims)
        if failed := [claim.object.id for claim in claims if claim.type == "REPORTED_FAILED"]:
            self.withdrawn, self.rivals = loader.failures.withdraw(failed)  # of claims that were known, too: a load
            # that was killed may not have come to it
        transfers = [t for t in self.transfers if t.id not in homeless] if homeless else self.transfers
        outcome = loader.transfers(transfers, self.source_id, succeeded=self.succeeded)
        for type_, flows in (("INPUT", self.inputs), ("OUTPUT", self.outputs)):
            if flows:
                self._flows(type_, flows, loader, outcome)
        new = outcome.new | said.new
        for row, keys, moved in self.rows:
            if reason := next((homeless[key] for key in keys if key in homeless), None):
                self.refused.append((row, reason))
            elif any(key in new for key in keys):
                self.loaded += 1
                new.difference_update(keys)
            else:
                self.duplicates += 1
            if outcome.conflicts:
                self._remark_conflicts(row, moved, outcome.conflicts)
            if outcome.failed:
                self.failed += [(row, outcome.failed[t.id]) for t in moved if t.id in outcome.failed]
        for claim in self.claims:
            if claim.dataset:
                self.claim_ids.setdefault(claim.type, set()).add(claim.claim_id)

    def _flows(self, type_: str, flows: Sequence[Input | Output], loader: Loader, outcome: Outcome) -> None:
        made = loader.flows(type_, flows, self.source_id)
        outcome.new |= made.new
        for flow, told in made.conflicts.items():
            reason = f"the same {type_.lower()} is stored with {told}; what is stored stands"
            self.remarks.append(Issue(flow[2], None, None, reason, "warned"))

    def _homeless(self, loader: Loader) -> dict[str, str]:
        """Claims with an end that is not in the graph, and the reason in words; their whole row is refused."""
        here = {(node.label, node.id) for node in (*self.nodes, *self.sources)}
        ends = {ref for claim in self.claims for ref in (claim.subject, claim.object) if tuple(ref) not in here}
        lost = loader.missing(ends)
        if not lost:
            return {}
        direct = {
            claim.claim_id: f"refers to {ref.label} {ref.id!r}, which is not in the graph"
            for claim in self.claims
            for ref in (claim.subject, claim.object)
            if ref in lost
        }
        for _, keys, _ in self.rows:
            if reason := next((direct[key] for key in keys if key in direct), None):
                direct.update(dict.fromkeys(keys, reason))
        return direct

    def _remark_conflicts(self, row: Row, transfers: Sequence[Transfer], conflicts: dict[tuple[Any, ...], str]) -> None:
        for transfer in transfers:
            if stored := conflicts.get(tuple(transfer)):
                reason = f"the same transfer is stored with {stored}; what is stored stands"
                self.remarks.append(Issue(row.where, None, transfer.id, reason, "warned"))
