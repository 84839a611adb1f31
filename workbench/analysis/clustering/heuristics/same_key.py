"""Same key: one externally owned account has the same address on every EVM network."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from workbench.analysis.clustering.evidence import Evidence, Progress
from workbench.analysis.clustering.heuristics import Found, LeftOut, Parameter, Parameters
from workbench.analysis.clustering.ledger import UNKNOWN
from workbench.analysis.ledger_arrays import objects

TITLE = "Same key on several EVM networks"
SOURCE = "the address is the hash of the key (Ethereum yellow paper, §4); contracts are no keys (Wintermute, June 2022)"
ON = True
READS = "transfers"
PARAMETERS = {
    "same_key_signed": Parameter(
        True, "true or false: only addresses that sent a transaction of their own somewhere, which no contract can"
    ),
}
_EVM = "eip155:"


def find(evidence: Evidence, parameters: Parameters, progress: Progress | None) -> Found:
    """A group an address that is on at least two networks.

    One signed transaction on one network shows that the 20 bytes come from a key, and so on all of them. A contract may
    be somebody else's on another network: what is claimed to be one is left out.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for i, name in enumerate(evidence.wallets.tolist()):
        if name.startswith(_EVM):
            places[name.rpartition(":")[2]].append(i)
    shared = {address: wallets for address, wallets in sorted(places.items()) if len(wallets) > 1}
    asked = np.array(sorted(i for wallets in shared.values() for i in wallets), np.int64)
    if progress:
        progress("looking for signatures", len(asked))
    signed = evidence.signed(asked)
    rows: list[tuple[int, int, str, int]] = []
    keys: list[str] = []
    left_out: list[LeftOut] = []
    for address, wallets in shared.items():
        names = [str(evidence.wallets[i]) for i in wallets]
        claims = [claim for name in names for claim in evidence.owners_by_wallet.get(name, [])]
        reason = ""
        if any(is_contract(claim.role, claim.concept) for claim in claims):
            reason = "a contract, by somebody's claim"
        elif parameters["same_key_signed"] and not any(i in signed for i in wallets):
            reason = "it was not seen to sign a transaction: it may be a contract"
        if reason:
            left_out.append(LeftOut("same_key", address, reason, f"on {len(wallets)} networks"))
            continue
        for i in wallets:
            transaction, time = signed.get(i, ("", UNKNOWN))
            rows.append((len(keys), i, transaction, time))
        keys.append(address)
    return Found(
        group=np.array([row[0] for row in rows], np.int32),
        member=np.array([row[1] for row in rows], np.int32),
        transaction=objects([row[2] for row in rows]),
        time_ms=np.array([row[3] for row in rows], np.int64),
        key=objects(keys),
        note=objects(["the same 20 bytes"] * len(keys)),
        left_out=left_out,
    )


def is_contract(role: str | None, concept: str | None) -> bool:
    """Whether a claim says, or means, that a wallet is a contract."""
    return "contract" in (role or "").lower() or (concept or "").startswith("defi")
