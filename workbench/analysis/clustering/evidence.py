"""What heuristics look at: the ledgers as arrays, and who is claimed to control which wallet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.clustering.coinjoin import CoinJoin, coinjoins
from workbench.analysis.clustering.ledger import Spend, Utxo, read_utxo
from workbench.analysis.ledger_arrays import objects
from workbench.analysis.projection import Ledger, project, transfer_ids
from workbench.graph.store import Store
from workbench.model.ledger import Transfer

Progress = Callable[[str, int], None]
"""Called with what is being done, and how many of it are done."""
NAMES_CHUNK = 20_000


class OwnerClaim(NamedTuple):
    """Somebody says that a service, group or person controls a wallet."""

    wallet: str
    owner: str
    """Id of the service, group, person or organisation."""
    name: str
    kind: str
    """Label of the owner's node: Service, ActorGroup, Person or Organisation."""
    concept: str | None
    confidence: int | None
    role: str | None
    source: str


@dataclass(frozen=True)
class Evidence:
    """One reading of the graph. `wallets`, the UTXO ledger and the transfers share one numbering of wallets."""

    wallets: NDArray[Any]
    utxo: Utxo
    transfers: Ledger
    owners: tuple[OwnerClaim, ...] = ()
    store: Store | None = None
    _found: list[list[CoinJoin]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        spends: Iterable[Spend] = (),
        transfers: Iterable[Transfer] = (),
        owners: Iterable[OwnerClaim] = (),
        wallets: Iterable[str] = (),
    ) -> Evidence:
        """Evidence from records that are in no graph."""
        moved = list(transfers)
        names = {*wallets, *(end for row in moved for end in (row.sender, row.receiver))}
        utxo = Utxo.of(spends, names)
        ledger = Ledger.of(moved)
        place = np.searchsorted(utxo.wallets, ledger.wallets) if len(ledger.wallets) else np.empty(0, np.int64)
        renumbered = Ledger(
            wallets=utxo.wallets, assets=ledger.assets, source=place[ledger.source], target=place[ledger.target],
            asset=ledger.asset, amount=ledger.amount, time_ms=ledger.time_ms, ids=ledger.ids,
        )  # fmt: skip
        return cls(utxo.wallets, utxo, renumbered, tuple(sorted(set(owners), key=str)))

    def transfer_ids(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Ids of some rows of `transfers`."""
        if self.store is None:
            ids = self.transfers.ids
            return objects([]) if ids is None else objects(ids[rows].tolist())
        return transfer_ids(self.store, self.transfers, rows)

    def signed(self, wallets: NDArray[np.int64]) -> dict[int, tuple[str, int]]:
        """The first transaction that each of some wallets sent in its own name: id and time; only those that did."""
        names = self.wallets[wallets].tolist()
        found: dict[str, tuple[str, int]] = {}
        if self.store is not None:
            for start in range(0, len(names), NAMES_CHUNK):
                for name, id_, time in self.store.read(_SIGNED, {"ids": names[start : start + NAMES_CHUNK]}).rows:
                    found[name] = (id_, time)
        elif self.transfers.ids is not None:
            wanted = set(wallets.tolist())
            for row in np.flatnonzero(np.isin(self.transfers.source, wallets)).tolist():
                source, id_ = int(self.transfers.source[row]), str(self.transfers.ids[row])
                told = (id_, int(self.transfers.time_ms[row]))
                known = found.get(str(self.wallets[source]))
                if source in wanted and id_.endswith("/tx") and (known is None or told[::-1] < known[::-1]):
                    found[str(self.wallets[source])] = told
        return {
            int(i): found[name] for i, name in zip(wallets.tolist(), names, strict=True) if name in found
        }  # fmt: skip

    def coinjoins(self, progress: Progress | None = None) -> list[CoinJoin]:
        """The CoinJoins of the UTXO ledger; looked for once, whoever asks."""
        if not self._found:
            told = None if progress is None else lambda done, _: progress("looking for CoinJoins", done)
            self._found.append(coinjoins(self.utxo, told))
        return self._found[0]

    @cached_property
    def owners_by_wallet(self) -> dict[str, list[OwnerClaim]]:
        """The claims about each wallet."""
        found: dict[str, list[OwnerClaim]] = {}
        for claim in self.owners:
            found.setdefault(claim.wallet, []).append(claim)
        return found

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all that heuristics look at: the same input gives the same clusters."""
        made = hashlib.sha256()
        for name in self.wallets.tolist():
            made.update(name.encode() + b"\n")
        utxo, moved = self.utxo, self.transfers
        for name in utxo.transactions.tolist():
            made.update(name.encode() + b"\n")
        sides = [column for s in (utxo.inputs, utxo.outputs) for column in (s.transaction, s.wallet, s.amount)]
        for array in (utxo.time_ms, utxo.block, *sides):
            made.update(np.ascontiguousarray(array).tobytes())
        made.update("\n".join(moved.assets).encode())
        amounts = moved.amount if moved.amount.dtype != object else np.array([str(a) for a in moved.amount], "U")
        # rows of one millisecond stand in no fixed order: sorted by all that is said of them
        columns = (amounts, moved.asset, moved.target, moved.source, moved.time_ms)
        order = np.lexsort(columns)
        for column in columns:
            made.update(np.ascontiguousarray(column[order]).tobytes())
        for claim in self.owners:
            made.update(repr(claim).encode())
        return made.hexdigest()


def read_evidence(store: Store, *, utxo: bool, transfers: bool, progress: Progress | None = None) -> Evidence:
    """Read what is asked for; the wallets and the claims about them always."""

    def told(what: str) -> Callable[[int], None] | None:
        return None if progress is None else lambda done: progress(what, done)

    names = sorted(
        name
        for (chunk,) in store.stream(_WALLETS, {"chunk": NAMES_CHUNK}, fetch_size=4)
        for name in chunk
    )  # fmt: skip
    wallets = objects(names)
    owners = tuple(OwnerClaim(*row) for row in store.read(_OWNERS).rows)
    coins = read_utxo(store, wallets, told("reading transactions")) if utxo else Utxo.of((), names)
    moved = project(store, order=True, progress=told("reading transfers")) if transfers else Ledger.of(())
    if transfers and len(moved.wallets) != len(wallets):
        from workbench.errors import DatabaseError

        raise DatabaseError("wallets came while they were read", hint="Run it again when nothing else writes.")
    return Evidence(wallets, coins, moved, owners, store)


_WALLETS = (
    "MATCH (a:Wallet) WITH collect(a) AS l UNWIND range(0, size(l) - 1, $chunk) AS i\n"
    "CALL (l, i) { UNWIND l[i..i + $chunk] AS a RETURN collect(a.id) AS name } RETURN name"
)
_OWNERS = """
MATCH (s:Service|ActorGroup|Person|Organisation)-[c:CONTROLS]->(w:Wallet) WHERE c.retracted_at IS NULL
RETURN w.id AS wallet, s.id AS owner, s.name AS name, labels(s)[0] AS kind, s.concept AS concept,
  c.confidence AS confidence, c.role AS role, c.source_id AS source, c.claim_id AS claim
UNION
MATCH (w:Wallet)-[c:ATTRIBUTED_TO]->(s:ActorGroup|Person|Organisation) WHERE c.retracted_at IS NULL
RETURN w.id AS wallet, s.id AS owner, s.name AS name, labels(s)[0] AS kind, null AS concept,
  c.confidence AS confidence, null AS role, c.source_id AS source, c.claim_id AS claim
"""
_OWNERS = (
    "CALL () {" + _OWNERS + "}\nRETURN DISTINCT wallet, owner, name, kind, concept, confidence, role, source\n"
    "ORDER BY wallet, owner, source, role, confidence"
)
_SIGNED = """
MATCH (w:Wallet) WHERE w.id IN $ids
MATCH (w)-[r:SENT]->() WHERE r.id ENDS WITH '/tx'
WITH w, r ORDER BY r.time, r.id
WITH w, collect(r)[0] AS r
RETURN w.id AS wallet, r.id AS id, r.time.epochMillis AS time
"""
