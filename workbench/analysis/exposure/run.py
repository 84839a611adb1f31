"""Exposure of wallets or clusters: to lists, actor groups, incidents, mixers and services, both ways."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.exposure.labels import Labels, read_labels
from workbench.analysis.exposure.measure import Measured, direct_rows, exposure_rows, measure, with_direct
from workbench.analysis.exposure.network import DIRECTIONS, Network, by_asset, read_network
from workbench.analysis.exposure.paths import chosen, path
from workbench.analysis.exposure.planted import DUST_USD, GUARDS
from workbench.analysis.exposure.result import Exposure, exposure_words, frame, own_rows
from workbench.analysis.exposure.words import uncounted
from workbench.analysis.written import Asked, digest, ledger_digest
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.store import Store
from workbench.model.addresses import parse_address
from workbench.model.networks import BY_CAIP2
from workbench.model.progress import each
from workbench.model.times import parse_time, utc_now

HOPS = 5
PATHS = 200
MOST_HOPS = 50


def exposure(
    store: Store,
    wallets: str | Sequence[str],
    *,
    hops: int = HOPS,
    as_of: datetime | None = None,
    min_confidence: int = 50,
    value: str | None = None,
    least_usd: float = 0.0,
    guards: Collection[str] = GUARDS,
    dust_usd: float = DUST_USD,
    dust: Mapping[str, int] | None = None,
    paths: int = PATHS,
    progress: Callable[[int], None] | None = None,
) -> Exposure:
    """What wallets, or all members of clusters, have to do with listed and labelled wallets.

    *Own hits*: what sources say of the wallet itself. *Direct* exposure: what it received from and sent to labelled
    wallets, exact per asset, in dollars where known. *Indirect*: the fewest transfers to a labelled wallet (within
    `hops`), and the share of its value that came from (went to) each category over at most `hops` hops, where
    every labelled wallet keeps what reaches it. Neither knows of time: the share is one of flow, not taint, and a
    path may be one that no money took (`paths` says of each whether its transfers are in the order of time). No
    path passes a service that pools its customers' value.

    `wallets`: CAIP-10 ids, addresses (an Ethereum-like one is taken on Ethereum), or ids of Cluster nodes. `as_of`:
    the claims as they were known then, and in force then, and the transfers up to then (UTC where it does not say).
    `min_confidence`: what a claim needs to count (listings need none). `value`: `usd` or one asset, what shares are
    shares of; by default dollars where any are known. Transfers known to be worth less than `least_usd` are no
    links. `guards`: what is listed in `uncounted` instead of counted, because anybody can plant it (`lookalike`,
    `counterfeit`, `dust`) or nobody knows who paid whom (`coinjoin`); `planted` says how, with `dust_usd` and
    `dust`. `paths`: evidence paths at most.

    Raises UnknownNameError for a cluster nobody has, RecordError for what is no address, ParameterError, UsageError.
    """
    if not 1 <= hops <= MOST_HOPS:
        raise ParameterError(f"hops is {hops}", hint=f"A whole number from 1 to {MOST_HOPS}.")
    if not 0 <= min_confidence <= 100:
        raise ParameterError(f"min_confidence is {min_confidence}", hint="A whole number from 0 to 100.")
    moment = utc_now() if as_of is None else parse_time(as_of, field="as_of")
    texts = [wallets] if isinstance(wallets, str) else wallets
    groups = grouped(store, texts, moment)
    wanted = list(dict.fromkeys(wallet for some in groups.values() for wallet in some))
    labels = read_labels(store, moment, min_confidence)
    network = read_network(
        store, value=value, least_usd=least_usd, as_of=moment, guards=guards, dust_usd=dust_usd, dust=dust,
        progress=progress,
    )  # fmt: skip
    asked = question(
        network, labels, hops=hops, as_of=None if as_of is None else moment, min_confidence=min_confidence, value=value,
        least_usd=least_usd, guards=sorted(guards), dust_usd=dust_usd, dust=dust,
    )  # fmt: skip
    found = of(store, network, labels, wanted, hops=hops, paths=paths, asked=asked)
    doubtful = {"doubtful_clusters": _doubtful(store, texts, moment)}
    rows = _members(found, groups, set(network.ledger.indices_of(wanted)))
    return replace(found, summary={**found.summary, **doubtful}, members=frame("members", rows))


def _members(found: Exposure, groups: Mapping[str, Sequence[str]], known: Collection[str]) -> list[dict[str, Any]]:
    """What was found of every wallet that was asked about, also of one of which nothing was."""
    hits = found.own[found.own["counts"].astype(bool)]["wallet"].value_counts()
    near = {wallet: rows for wallet, rows in found.exposures.groupby("wallet", sort=False)}
    usd = found.direct.drop_duplicates(["wallet", "direction", "counterparty", "asset"])  # in two categories: once
    worth = usd.groupby("wallet")["value_usd"].sum(min_count=1)
    made = []
    for asked, wallets in groups.items():
        for wallet in wallets:
            rows = near.get(wallet)
            made.append({
                "asked": asked, "wallet": wallet, "in_ledger": wallet in known, "own_hits": int(hits.get(wallet, 0)),
                "categories": 0 if rows is None else len(rows[["kind", "category"]].drop_duplicates()),
                "nearest_hops": None if rows is None or rows["hops"].isna().all() else int(rows["hops"].min()),
                "value_usd": worth.get(wallet),
            })  # fmt: skip
    return made


def question(network: Network, labels: Labels, **options: Any) -> Asked:
    """What was asked, and a digest of what it was answered from."""
    apart = sorted(network.planted.items())
    return Asked(
        options,
        lambda: digest(
            ledger_digest(network.ledger, network.usd), network.basis, labels.labels,
            [(reason, ledger_digest(one.ledger, one.usd)) for reason, one in apart],
        ),
    )  # fmt: skip


def of(
    store: Store, network: Network, labels: Labels, wallets: Sequence[str], *, hops: int = HOPS, paths: int = PATHS,
    asked: Asked | None = None,
) -> Exposure:  # fmt: skip
    """The exposure of wallets (ids) in a network and under labels that were read before."""
    places = network.ledger.indices_of(wallets)
    found = measure(network, labels, sorted(places.values()), hops=hops)
    direct = direct_rows(found)
    rows = exposure_words(with_direct(exposure_rows(found), direct))
    evidence = [step for row in each("finding paths", chosen(rows, paths)) for step in _path(found, row)]
    mine = set(wallets)
    met = {row["counterparty"] for row in direct} | {
        end for step in evidence for end in (step["sender"], step["receiver"])
    }  # fmt: skip
    order = {wallet: n for n, wallet in enumerate(wallets)}
    rows.sort(key=lambda r: (order[r["wallet"]], r["hops"] or MOST_HOPS + 1, -(r["flow_share"] or 0.0), r["direction"],
                             r["kind"], r["category"]))  # fmt: skip

    def explain(wallet: str, category: str, direction: str) -> list[dict[str, Any]]:
        known = [c for c, one in enumerate(found.categories) if one.id == category]
        if not known:
            raise UnknownNameError("category", category, [one.id for one in found.categories])
        if wallet not in places:
            return []
        return _named(store, network, [s for c in known for s in path(found, places[wallet], c, direction)])

    return Exposure(
        own=frame("own", own_rows([label for w in wallets for label in labels.by_wallet.get(w, ())], labels)),
        exposures=frame("exposures", rows),
        direct=frame("direct", [_timed(row) for row in direct]),
        uncounted=frame("uncounted", [_timed(row) for row in _uncounted(found)]),
        unresolved=frame("unresolved", _unresolved(found)),
        paths=frame("paths", _named(store, network, evidence)),
        claims=frame(
            "claims", own_rows([one for w in sorted(met - mine) for one in labels.by_wallet.get(w, ())], labels)
        ),
        summary=summary(store, network, labels, hops, len(places)),
        wallets=tuple(wallets),
        _explain=explain,
        _asked=asked,
    )


def summary(store: Store, network: Network, labels: Labels, hops: int, in_ledger: int) -> dict[str, Any]:
    """What a result is of."""
    labelled: dict[str, int] = {}
    for (kind, _), wallets in sorted(labels.members().items()):
        labelled[kind] = labelled.get(kind, 0) + len(wallets)
    newest = max((label.recorded_at for label in labels.labels if label.recorded_at), default=None)
    return {
        "as_of": labels.as_of.isoformat(), "newest_statement": None if newest is None else newest.isoformat(),
        "hops": hops, "min_confidence": labels.min_confidence, "basis": network.basis,
        "transfers": len(network.ledger), "transfers_weighed": network.weighed, "left_out": dict(network.left_out),
        "wallets_in_ledger": in_ledger, "categories": len(labels.categories()), "labelled": labelled,
        "sources": sorted({label.source for label in labels.labels}), "labels_not_used": labels.not_used(),
        "utxo_links": int(network.links.sum()), "undated": network.undated, "planted": by_asset(network.planted),
    }  # fmt: skip


def members(store: Store, texts: Sequence[str], as_of: datetime) -> list[str]:
    """Wallet ids of ids, addresses and clusters, each once, in the order given; raises where there are none."""
    return list(dict.fromkeys(wallet for some in grouped(store, texts, as_of).values() for wallet in some))


def grouped(store: Store, texts: Sequence[str], as_of: datetime) -> dict[str, list[str]]:
    """Ids, addresses and clusters → their wallet ids; raises where there are none."""
    found: dict[str, list[str]] = {}
    for text in texts:
        clustered = store.read(
            "MATCH (k:Cluster {id: $id}) OPTIONAL MATCH (w:Wallet)-[c:IN_CLUSTER]->(k) WHERE c.recorded_at <= $as_of "
            "AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL) RETURN DISTINCT w.id AS id ORDER BY id",
            {"id": text, "as_of": as_of},
        ).rows
        if clustered:
            found[text] = [id_ for (id_,) in clustered if id_]
        else:
            found[text] = [_wallet(store, text)]
    if not any(found.values()):
        raise UsageError("no wallet to look at", hint="Name wallets or clusters.")
    return found


def _doubtful(store: Store, texts: Sequence[str], as_of: datetime) -> list[list[str]]:
    """Clusters asked about that the collapse guard reported, and why: their members may be strangers."""
    rows = store.read(
        "MATCH (:Wallet)-[c:IN_CLUSTER]->(k:Cluster) WHERE k.id IN $ids AND c.defect IS NOT NULL AND c.recorded_at <= "
        "$as_of AND coalesce(c.retracted_at > $as_of, c.retracted_at IS NULL) RETURN DISTINCT k.id, c.defect "
        "ORDER BY k.id, c.defect",
        {"ids": list(texts), "as_of": as_of},
    ).rows
    return [[id_, defect] for id_, defect in rows]


def _wallet(store: Store, text: str) -> str:
    chain, _, address = text.rpartition(":")
    if chain:
        if chain not in BY_CAIP2:
            known = [row[0] for row in store.read("MATCH (k:Cluster) RETURN k.id LIMIT 1000").rows]
            raise UnknownNameError("network or cluster", text, [*BY_CAIP2, *known])
        return parse_address(address, chain).id
    return parse_address(text).id


def _path(found: Measured, row: dict[str, Any]) -> list[dict[str, Any]]:
    at = next(
        c for c, one in enumerate(found.categories) if (one.kind, one.id) == (row["kind"], row["category"])
    )  # fmt: skip
    wallet = found.network.ledger.indices_of([row["wallet"]])[row["wallet"]]
    return path(found, wallet, at, row["direction"])


def _named(store: Store, network: Network, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = network.ids(store, np.array([step["row"] for step in steps], np.int64)) if steps else []
    return [{**step, "transfer_id": id_, "time": _when(step["time_ms"])} for step, id_ in zip(steps, ids, strict=True)]


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: _when(row[f"{name}_ms"]) for name in ("first_time", "last_time")}}


def _when(time_ms: int) -> Any:
    return pd.NaT if time_ms < 0 else pd.Timestamp(time_ms, unit="ms", tz="UTC")


def _uncounted(found: Measured) -> list[dict[str, Any]]:
    """Direct dealings with labelled wallets that a guard left out, with the reason."""
    rows = [
        {**row, "reason": reason}
        for reason, network in sorted(found.network.planted.items())
        for row in direct_rows(replace(found, network=network))
    ]
    return [{**row, "words": uncounted(row)} for row in rows]


def _unresolved(found: Measured) -> list[dict[str, Any]]:
    names = found.network.ledger.wallets
    return [
        {"wallet": str(names[w]), "direction": direction, "unresolved_share": float(left)}
        for direction in DIRECTIONS
        for w, left, known in zip(found.asked, found.unresolved[direction], found.has_value(direction), strict=True)
        if known
    ]


__all__ = ["HOPS", "PATHS", "exposure", "members", "of", "question", "summary"]
