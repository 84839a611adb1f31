"""Writes records into the graph: idempotent, batched, never overwriting a rival's claim.

The checked upsert: ask which ids exist, create the rest. While a relationship type is still empty, and after
a batch of ledger facts that were all new, the question is skipped; if the uniqueness constraint then refuses a
batch, the loader falls back to asking. Files are mostly all new or all known, so it is seldom wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from hashlib import blake2b
from typing import Any

from workbench.errors import DatabaseError, StatementError
from workbench.graph import writes
from workbench.graph.failures import Failures
from workbench.graph.schema import edge_kind, node_kind
from workbench.graph.store import BATCH, Store
from workbench.model.claims import Claim
from workbench.model.ledger import Flow, Transfer, time_ms
from workbench.model.networks import BY_CAIP2
from workbench.model.nodes import Merge, Node, Ref

CHECK = 1_000
"""Ids asked about in one query."""
_SEEN_MAX = 1_000_000
_TAKEN = "ConstraintValidationFailed"
_RACES = 12
Fact = Transfer | Flow


@dataclass
class Outcome:
    """What happened to a batch of edges."""

    new: set[str] = field(default_factory=set)
    """Keys that were created."""
    conflicts: dict[tuple[Any, ...], str] = field(default_factory=dict)
    """Ledger facts that were refused because their key is stored with something else, and what that is."""
    failed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Transfers, by id, that are known to have failed, and who says so."""


class Loader:
    """One ingest run's way into the graph."""

    def __init__(self, store: Store, run_id: str, recorded_at: datetime, described_by: str | None = None) -> None:
        """`described_by`: the key under which this run describes nodes; see `writes.upsert_nodes`."""
        self._store = store
        self.described_by = described_by
        self._run = {"run_id": run_id, "recorded_at": recorded_at}
        self._seen: set[str] = set()
        self._unchecked: dict[str, bool] = {}
        """Ledger types whose next batch is created without asking."""
        self._confirming = False
        self.failures = Failures(store)

    def nodes(self, nodes: Iterable[Node]) -> list[tuple[str, str, str]]:
        """Upsert nodes; properties of the same node are joined by its kind's merge rule.

        Returns (label, id, by whom it is described) of nodes that are described otherwise already, which stands.
        """
        otherwise: list[tuple[str, str, str]] = []
        groups: dict[tuple[tuple[str, ...], Merge], dict[str, list[Any]]] = defaultdict(dict)
        for node in nodes:
            merge = type(node).merge
            if merge == "intrinsic" and node.id in self._seen:
                continue
            plain = _in_milliseconds if node.label in writes.EPOCH_MILLIS else _plain
            row = [plain(getattr(node, name)) for name in writes.node_columns(node_kind(node.label))]
            group = groups[node.labels, merge]
            old = group.get(node.id)
            group[node.id] = row if old is None or merge != "shared" else _smallest(old, row)
            if merge == "intrinsic":
                self._remember(node.id)
        for (labels, merge), rows in groups.items():
            text = writes.upsert_nodes(labels[0], labels[1:], merge)
            for chunk in _chunks(list(rows.values()), BATCH):
                found = self._store.write(text, {"rows": chunk, "by": self.described_by})
                otherwise += [(labels[0], row["id"], row["by"]) for row in found]
        return otherwise

    def missing(self, refs: Iterable[Ref]) -> set[Ref]:
        """Those of `refs` that are not in the graph."""
        wanted: dict[str, set[str]] = defaultdict(set)
        for ref in refs:
            if ref.id not in self._seen:
                wanted[ref.label].add(ref.id)
        lost: set[Ref] = set()
        for label, ids in wanted.items():
            kind = node_kind(label)
            found = {
                row[0]
                for chunk in _chunks(sorted(ids), CHECK)
                for row in self._store.read(
                    f"MATCH (n:{kind.label}) WHERE n.id IN $ids RETURN n.id AS id", {"ids": chunk}
                ).rows
            }
            lost |= {Ref(label, id_) for id_ in ids - found}
        return lost

    def claims(self, claims: Iterable[Claim]) -> Outcome:
        """Record claims that are not there yet; one that was retracted before is recorded anew.

        Both ends must be in the graph (see `missing`).
        """
        outcome = Outcome()
        groups: dict[tuple[str, str, str], dict[str, Claim]] = defaultdict(dict)
        for claim in claims:
            groups[claim.type, claim.subject.label, claim.object.label][claim.claim_id] = claim
        for (type_, start, end), members in groups.items():
            _despite_others(partial(self._create_claims, type_, start, end, members, outcome))
        return outcome

    def _create_claims(self, type_: str, start: str, end: str, members: dict[str, Claim], outcome: Outcome) -> None:
        live, retracted = self._known(type_, list(members), ledger=False)
        columns = writes.edge_columns(edge_kind(type_))[3:]
        rows, new = [], []
        for claim_id, claim in members.items():
            if claim_id in live:
                continue
            stored_id: str | None = claim_id
            if claim_id in retracted:
                stored_id = self._next_revision(type_, claim_id)
                if stored_id is None:
                    continue
            new.append(claim_id)
            values = [_plain(getattr(claim, name)) for name in columns]
            rows.append([claim.subject.id, claim.object.id, stored_id, *values])
        self._send(writes.create_edges(type_, start, end), rows, self._run)
        outcome.new.update(new)

    def transfers(self, transfers: Sequence[Transfer], source_id: str, *, succeeded: bool = False) -> Outcome:
        """Record SENT edges and the wallets they join; ATTEMPTED ones of what failed, as somebody says.

        `succeeded`: the source says of each that it did; that is kept too of those that another source had before.
        """
        self._confirming = succeeded
        self._wallets(transfers)
        failed = self.failures.of(transfer.id for transfer in transfers)
        if not failed:
            return self._ledger("SENT", "Wallet", "Wallet", transfers, source_id)
        sent = [transfer for transfer in transfers if transfer.id not in failed]
        outcome = self._ledger("SENT", "Wallet", "Wallet", sent, source_id)
        tried = [transfer for transfer in transfers if transfer.id in failed]
        attempted = self._ledger("ATTEMPTED", "Wallet", "Wallet", tried, source_id)
        outcome.new |= attempted.new
        outcome.conflicts |= attempted.conflicts
        outcome.failed = failed
        return outcome

    def flows(self, type_: str, flows: Sequence[Flow], source_id: str) -> Outcome:
        """Record INPUT or OUTPUT edges between wallets and transactions that are in the graph."""
        start, end = ("Wallet", "Transaction") if type_ == "INPUT" else ("Transaction", "Wallet")
        return self._ledger(type_, start, end, flows, source_id)

    def _ledger(self, type_: str, start: str, end: str, facts: Sequence[Fact], source_id: str) -> Outcome:
        text = writes.create_edges(type_, start, end)
        constant = {"source_id": source_id, "run_id": self._run["run_id"]}
        outcome = Outcome()
        rows: dict[str, list[Any]] = {}
        for fact in facts:
            row = [*fact, digest(fact)] if isinstance(fact, Transfer) else list(fact)  # the driver packs lists only
            first = rows.setdefault(fact.id, row)
            if first is not row and (told := _difference(type_, row, _said(type_, first))):
                outcome.conflicts[fact] = told
        for chunk in _chunks(list(rows.values()), BATCH):
            self._create_ledger(type_, text, constant, {row[2]: row for row in chunk}, outcome)
        return outcome

    def _create_ledger(
        self,
        type_: str,
        text: str,
        constant: dict[str, Any],
        rows: dict[str, list[Any]],
        outcome: Outcome,
    ) -> None:
        if self._is_empty(type_):
            try:
                self._send(text, list(rows.values()), constant)
            except StatementError as error:
                if _TAKEN not in (error.code or ""):
                    raise
                self._unchecked[type_] = False
            else:
                outcome.new.update(rows)
                return

        def create() -> None:
            same, others, sources = self._same(type_, rows)
            if self._confirming and same and sources - {constant["source_id"]}:
                parameters = {"ids": list(same), "source": constant["source_id"]}
                self._store.write(writes.confirm_transfers(type_), parameters)
            new = {key: row for key, row in rows.items() if key not in same and key not in others}
            self._send(text, list(new.values()), constant)
            outcome.new.update(new)
            self._unchecked[type_] = len(new) == len(rows)
            for key, stored in others.items():
                if told := _difference(type_, rows[key], stored):
                    outcome.conflicts[_fact(type_, rows[key])] = told

        _despite_others(create)

    def _is_empty(self, type_: str) -> bool:
        if type_ not in self._unchecked:
            found = self._store.read(f"MATCH ()-[e:{edge_kind(type_).type}]->() RETURN 1 AS one LIMIT 1").rows
            self._unchecked[type_] = not found
        return self._unchecked[type_]

    def _same(self, type_: str, rows: dict[str, list[Any]]) -> tuple[set[str], dict[str, Any], set[str]]:
        """Keys stored with the very same content, by their digests; what else is stored under the others; and whose."""
        keys = list(rows)
        if type_ not in writes.TRANSFERS:
            return set(), self._known(type_, keys, ledger=True)[0], set()
        found, digests, sources = self._store.read(writes.known_digests(type_), {"ids": keys}).rows[0]
        stored = set(digests)
        same = {key for key, row in rows.items() if row[-1] in stored}
        if found == len(same):
            return same, {}, set(sources)
        return same, self._known(type_, [key for key in keys if key not in same], ledger=True)[0], set(sources)

    def _known(self, type_: str, keys: list[str], *, ledger: bool) -> tuple[dict[str, Any], set[str]]:
        """Stored keys with their amount (ledger), or live and retracted claim ids."""
        live: dict[str, Any] = {}
        retracted: set[str] = set()
        for chunk in _chunks(keys, CHECK):
            ids, facts = self._store.read(writes.known_edges(type_), {"ids": chunk}).rows[0]
            for key, fact in zip(ids, facts, strict=True):
                if ledger or not fact:
                    live[key] = fact
                else:
                    retracted.add(key)
        return live, retracted

    def _next_revision(self, type_: str, claim_id: str) -> str | None:
        """The stored id under which a retracted claim is made again; None if that has happened already."""
        kind = edge_kind(type_)
        rows = self._store.read(
            f"MATCH ()-[e:{kind.type}]->() WHERE e.claim_id STARTS WITH $prefix "
            "RETURN count(e) AS n, sum(CASE WHEN e.retracted_at IS NULL THEN 1 ELSE 0 END) AS live",
            {"prefix": claim_id},
        ).rows
        count, live = rows[0]
        return None if live else f"{claim_id}-{count + 1}"

    def _wallets(self, transfers: Sequence[Transfer]) -> None:
        rows = []
        for transfer in transfers:
            for wallet_id in (transfer.sender, transfer.receiver):
                if wallet_id not in self._seen:
                    self._remember(wallet_id)
                    caip2, _, address = wallet_id.rpartition(":")
                    rows.append([wallet_id, address, BY_CAIP2[caip2].name])
        self._send(writes.upsert_nodes("Wallet"), rows)

    def _remember(self, node_id: str) -> None:
        if len(self._seen) >= _SEEN_MAX:
            self._seen.clear()
        self._seen.add(node_id)

    def _send(self, text: str, rows: Sequence[Any], constant: dict[str, Any] | None = None) -> None:
        for chunk in _chunks(rows, BATCH):
            made = self._store.write_batch(text, {"rows": chunk, **(constant or {})})
            if constant is not None and made != len(chunk):
                raise DatabaseError(f"{len(chunk) - made} of {len(chunk)} edges have an end that is not in the graph")


def digest(transfer: Transfer) -> int:
    """63 bits over what two sources could say differently about a transfer, its id included.

    A stored transfer that has the same digest is the same transfer: a quarter of the work of comparing the fields.
    """
    said = "\0".join((transfer[2], transfer[0], transfer[1], transfer[3], transfer[4], str(transfer[7])))
    return int.from_bytes(blake2b(said.encode(), digest_size=8).digest(), "big") >> 1


def _fact(type_: str, row: Sequence[Any]) -> tuple[Any, ...]:
    """The fact of a row, without the digest."""
    return tuple(row[:-1] if type_ in writes.TRANSFERS else row)


_COMPARED = {"sender": 0, "receiver": 1, "asset": 3, "amount": 4, "time": 7}
"""What two sources can say differently about one transfer, and its column."""


def _said(type_: str, row: Sequence[Any]) -> Any:
    """What a row says, in the shape of `writes.known_edges`."""
    return [row[0], row[1], row[2], row[3], row[4], row[7]] if type_ in writes.TRANSFERS else row[3]


def _difference(type_: str, row: Sequence[Any], stored: Any) -> str:
    """What is stored otherwise, in words; "" where nothing is."""
    if type_ not in writes.TRANSFERS:
        return "" if row[3] == stored else f"amount {stored}"
    if stored[:5] == row[:5] and stored[5] == row[7]:
        return ""
    pairs = zip(_COMPARED.items(), (stored[0], stored[1], stored[3], stored[4], stored[5]), strict=True)
    return ", ".join(f"{name} {value}" for (name, column), value in pairs if row[column] != value)


def _despite_others(create: Callable[[], None]) -> None:
    """Check and create again when another process has created the same edges in between."""
    for attempt in range(_RACES):
        try:
            return create()
        except StatementError as error:
            if _TAKEN not in (error.code or "") or attempt == _RACES - 1:
                raise


def retract(store: Store, type_: str, claim_ids: Sequence[str], at: datetime) -> int:
    """Mark claims as no longer made; returns how many were live until now."""
    return sum(
        row["retracted"]
        for chunk in _chunks(claim_ids, BATCH)
        for row in store.write(writes.retract_claims(type_), {"ids": chunk, "at": at})
    )


def _chunks(items: Sequence[Any], size: int) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _in_milliseconds(value: Any) -> Any:
    return time_ms(value) if isinstance(value, datetime) else value


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _smallest(old: list[Any], new: list[Any]) -> list[Any]:
    return [b if a is None else a if b is None else min(a, b) for a, b in zip(old, new, strict=True)]
