"""An invented case, small enough to know by heart: what every saved query must answer is known beforehand.

Nobody and nothing in it exists. Names are made up, domains and IP addresses are from the ranges reserved
for documentation (RFC 2606, RFC 5737), wallets are small numbers (and the first Bitcoin address ever,
whose owner made it public). It is built so that every rule a query has to keep is put to the test:
rival claims, agreeing claims, copies, claims that were taken back or recorded later, revoked entries,
shared names, a victim's wallet beside the thief's, equal times, amounts beyond 2^53.

The story is known in two readings: edition one at FIRST, edition two at SECOND, when some claims were
taken back (`TAKEN_BACK`) and others added. BEFORE, BETWEEN and after both are the times to ask about.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.graph.loader import Loader, retract
from workbench.graph.store import Store
from workbench.model import claims as c
from workbench.model import nodes as n
from workbench.model.infrastructure import parse_infrastructure
from workbench.model.ledger import Transfer, native_asset, time_ms, token_asset, transfer_id


def at(text: str) -> datetime:
    """A UTC time written in ISO 8601."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


BEFORE, FIRST, BETWEEN, SECOND = map(at, ("2023-12-31", "2024-01-10T12:00:00", "2024-03-01", "2024-06-10T12:00:00"))
RUNS = {1: ("run-first", FIRST), 2: ("run-second", SECOND)}


def wallet(number: int) -> n.Wallet:
    """The Ethereum wallet of a small number."""
    return n.Wallet.of(f"0x{number:040x}", "eth")


WALLETS = [wallet(number) for number in range(1, 13)]
W1, W2, W3, W4, W5, W6, W7, W8, W9, W10, W11, W12 = WALLETS
BTC = n.Wallet.of("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "btc")

SOURCES = [
    n.Source(id=id_, title=title, publisher=publisher, kind=kind, published=FIRST)  # type: ignore[arg-type]
    for id_, title, publisher, kind in (
        ("bureau", "Statement of the Bureau", "Bureau of Examples", "authority"),
        ("police", "Statement of the Police", "Example Police", "authority"),
        ("acme", "Acme report", "Acme Labs", "vendor"),
        ("blog", "A blog", "A. Blogger", "researcher"),
        ("news", "A newspaper", "Example News", "media"),
        ("atlas", "Atlas of groups", "Atlas Institute", "catalogue"),
        ("beta", "Beta catalogue", "Beta Institute", "catalogue"),
        ("tracing", "Traces of stolen value, computed", "attribution-workbench", "researcher"),
        ("looks", "Other results, computed", "attribution-workbench", "researcher"),
    )
]

HERON = n.ActorGroup(id="atlas:G1", name="Quiet Heron", catalogue="atlas")
FOX = n.ActorGroup(id="atlas:G2", name="Copper Fox", catalogue="atlas")
OLD_HERON = n.ActorGroup(id="atlas:G9", name="Old Heron", catalogue="atlas", status="revoked")
BETA_HERON = n.ActorGroup(id="beta:heron", name="Heron", catalogue="beta")
GULL = n.ActorGroup(id="beta:gull", name="Grey Gull", catalogue="beta")
PERSON = n.Person(id="police:p1", name="Invented Person", authority="police")

KESTREL = n.Incident(id="kestrel-exchange-2021", name="Kestrel Exchange")
LANTERN = n.Incident(id="lantern-bridge-2022", name="Lantern Bridge")
MOSAIC = n.Incident(id="mosaic-wallet-2023", name="Mosaic Wallet")
PEBBLE = n.Incident(id="pebble-dex-2023", name="Pebble DEX")
QUARRY = n.Incident(id="quarry-pool-2024", name="Quarry Pool")

HARBOR = n.Service(id="harbor-exchange", name="Harbor Exchange", concept="exchange")
TUMBLER = n.Service(id="tumbler", name="Tumbler", concept="mixing_service")

PANEL = parse_infrastructure("panel.example.com")
CDN = parse_infrastructure("cdn.example.net")
IP = parse_infrastructure("203.0.113.5")
HASH = parse_infrastructure("0" * 64)

PIPE = n.Malware(id="atlas:S1", name="PipeOrgan", catalogue="atlas")
OLD_PIPE = n.Malware(id="atlas:S9", name="OldPipe", catalogue="atlas", status="deprecated")
PHISHING = n.Technique(id="atlas:T1", name="Phishing", catalogue="atlas", tactics=("initial-access",))
ACCOUNTS = n.Technique(
    id="atlas:T2", name="Stolen accounts", catalogue="atlas", tactics=("initial-access", "persistence")
)
OLD_WAY = n.Technique(id="atlas:T9", name="Old way", catalogue="atlas", status="revoked", tactics=("impact",))
SPRING = n.Campaign(id="atlas:C1", name="Operation Spring", catalogue="atlas", first_seen=at("2021-01-01"))
OLD_SPRING = n.Campaign(id="atlas:C9", name="Operation Old", catalogue="atlas", status="deprecated")

ACME_CLUSTER = n.Cluster(id="acme:c1", heuristic="co_spend", parameters="not stated")
BETA_CLUSTER = n.Cluster(id="beta:c7", heuristic="deposit_reuse", parameters="{}")

FAILED = n.FailedTransaction(id=f"eip155:1/tx:{'7' * 64}", network="eth")
CALLED = n.Token(id=token_asset("eip155:1", "0x" + "ee" * 20), network="eth")

INGEST_RUNS = [
    n.IngestRun(
        id=id_, file=f"{id_}.csv", format="claims", source_id="blog", input_sha256=digit * 64, code_version="0.1.0",
        status=status, started_at=started, finished_at=finished, rows_in=rows, loaded=loaded, quarantined=bad,
        duplicates=rows - loaded - bad, retracted=retracted,
    )  # type: ignore[arg-type]
    for id_, digit, status, started, finished, rows, loaded, bad, retracted in (
        ("run-first", "a", "done", FIRST, FIRST, 80, 78, 1, 0),
        ("run-second", "b", "done", SECOND, SECOND, 10, 6, 0, 7),
        ("run-third", "c", "failed", SECOND, None, 0, 0, 0, 0),
    )
]  # fmt: skip

CLUSTER_RUN = n.IngestRun(
    id="run-clusters", file="(computed)", format="co_spend/1", source_id="clustering", input_sha256="d" * 64,
    dataset="clustering co_spend 1a2b3c4d", code_version="0.1.0", status="done", started_at=FIRST, finished_at=FIRST,
)  # fmt: skip

TRACE, FIFO_TRACE = (
    n.Analysis(id=id_, kind="trace", incidents=(KESTREL.id, LANTERN.id), wallets=(W1.id, W3.id), options=options)
    for id_, options in (("trace:aaaa", '{"methods": "all"}'), ("trace:bbbb", '{"methods": "haircut, fifo"}'))
)
LOOK = n.Analysis(id="exposure:cccc", kind="exposure", wallets=(W2.id,), options="{}")
HABITS = n.Analysis(id="behaviour:dddd", kind="behaviour", incidents=(KESTREL.id,), options="{}")
GUESSES = n.Analysis(id="demixing:eeee", kind="demixing", incidents=(KESTREL.id,), options="{}")
SCREENING = n.Analysis(id="screening:ffff", kind="screening", options="{}")
PROFILE = n.Analysis(id="profile:9999", kind="profile", incidents=(KESTREL.id,), options="{}")
ANALYSES = [TRACE, FIFO_TRACE, LOOK, HABITS, GUESSES, SCREENING, PROFILE]

TRACE_RUNS = [
    n.IngestRun(
        id=id_, file="(computed)", format="trace/1", source_id="tracing", input_sha256=digit * 64, dataset=TRACE.id,
        code_version="0.1.0", status="done", started_at=at_, finished_at=at_, rows_in=rows, loaded=new,
        duplicates=rows - new, retracted=gone, words=("Never quote one method alone.",),
    )
    for id_, digit, at_, rows, new, gone in (
        ("run-trace-1", "e", FIRST, 7, 7, 0), ("run-trace-2", "f", SECOND, 7, 1, 1)
    )
]  # fmt: skip

NODES: list[n.Node] = [
    *SOURCES, HERON, FOX, OLD_HERON, BETA_HERON, GULL, PERSON, KESTREL, LANTERN, MOSAIC, PEBBLE, QUARRY, HARBOR,
    TUMBLER, PANEL, CDN, IP, HASH, PIPE, OLD_PIPE, PHISHING, ACCOUNTS, OLD_WAY, SPRING, OLD_SPRING, *WALLETS, BTC,
    ACME_CLUSTER, BETA_CLUSTER, FAILED, CALLED, *INGEST_RUNS, CLUSTER_RUN, *ANALYSES, *TRACE_RUNS,
]  # fmt: skip


def claim(kind: type[c.Claim], subject: n.Node, object_: n.Node, source: str, /, **rest: Any) -> c.Claim:
    """A claim with its source's usual evidence; the blog names none, ever."""
    if source != "blog":
        rest.setdefault("evidence", f"https://{source}.example.org/")
    return kind(subject=subject.ref, object=object_.ref, source_id=source, **rest)


def _source(id_: str) -> n.Source:
    return next(source for source in SOURCES if source.id == id_)


def _named(source: str, thing: n.Node, name: str, kind: str = "name") -> c.Claim:
    return claim(c.Named, _source(source), thing, source, name=name, kind=kind)


def _reported(
    source: str, incident: n.Incident, usd: float | None, words: str | None, day: str, **rest: Any
) -> c.Claim:
    rest.setdefault("date_precision", "day")
    return claim(
        c.Reported, _source(source), incident, source, amount_usd=usd, amount_text=words, date=at(day), **rest
    )  # fmt: skip


def _listed(thing: n.Wallet, source: str, listing: str, **rest: Any) -> c.Claim:
    return claim(c.ListedBy, thing, _source(source), source, listing=listing, **rest)


ETH = native_asset("eip155:1")
TOKEN = token_asset("eip155:1", "0x" + "ee" * 20)
HUGE = "123456789012345678901"


def tainted(
    wallet_: n.Wallet, incident: str, outcome: str, amounts: tuple[str, ...], analysis: n.Analysis = TRACE, **rest: Any
) -> c.Claim:
    """A wallet in a trace: amounts by poison, haircut, fifo, lifo, tiho, and low and high of haircut."""
    names = ("poison", "haircut", "fifo", "lifo", "tiho", "low", "high")
    said = {name: amount for name, amount in zip(names, amounts, strict=True) if amount}
    return claim(
        c.TaintedIn, wallet_, analysis, "tracing", incident=incident, outcome=outcome, tier="structural",
        value=float(said["haircut"]), **{"asset": ETH, "hops": 2, "received": said["haircut"], **said, **rest},
    )  # fmt: skip


def traced(wallet_: n.Wallet, haircut: str, **rest: Any) -> c.Claim:
    """A wallet that holds value of the Kestrel theft."""
    return tainted(wallet_, KESTREL.id, "held", (HUGE, haircut, "5", "6", "7", "1", "9"), first_time=FIRST,
                   incomplete=False, ambiguous=True, **rest)  # fmt: skip


def _exposed(category: tuple[str, str, str], **rest: Any) -> c.Claim:
    kind, id_, name = category
    return claim(c.ExposedIn, W2, LOOK, "looks", tier="structural", kind=kind, category=id_, name=name,
                 **{"direction": "received from", **rest})  # fmt: skip


RESULTS: list[c.Claim] = [
    # two wallets of services, one of them disputed; one that only passed on; one where two thefts meet
    tainted(W8, KESTREL.id, "crossed", (HUGE, "300", "500", "0", "100", "200", "400"), services=(HARBOR.id,)),
    tainted(W9, KESTREL.id, "crossed", ("90", "30", "50", "0", "10", "20", "40"), services=(HARBOR.id, TUMBLER.id)),
    tainted(W2, KESTREL.id, "passed", ("0", "0", "0", "0", "0", "0", "0"), received="600", hops=1),
    tainted(W11, LANTERN.id, "held", ("8", "7", "6", "5", "4", "7", "7")),
    tainted(W10, f"{KESTREL.id} | {LANTERN.id}", "held", ("3", "3", "3", "3", "3", "3", "3")),
    traced(W12, HUGE),
    tainted(W12, KESTREL.id, "held", ("", "11", "5", "", "", "10", "12"), FIFO_TRACE),
    tainted(W7, KESTREL.id, "held", ("", "1", "2", "", "", "1", "1"), FIFO_TRACE),
    _exposed(("sanctioned", "police", "Statement of the Police"), hops=1, flow_share=0.5, transfers=1, value_usd=9000.0,
             assets=(ETH,), amounts=("5000000000000000000",), counterparties=(W1.id,), words="received from a list"),
    _exposed(("actor", HERON.id, HERON.name), hops=2, flow_share=0.25, direction="sent to"),
    _exposed(("unresolved", "unresolved", "nobody that is labelled"), flow_share=0.5),
    claim(c.ShowsPatternIn, W2, HABITS, "looks", tier="structural", pattern="fan-out", words="It paid two.",
          wallets=(W2.id, W8.id, W11.id), transfers=("one", "two"), first_time=FIRST, last_time=SECOND,
          figures='{"receivers": 2}', base_rate="in 3 of 100"),
    *(
        claim(c.ScreenedIn, wallet_, SCREENING, "looks", tier="structural", status=status, words=words, own_hits=hits,
              direct_categories=1 - hits, indirect_categories=0, nearest_hops=1 - hits, uncounted_transfers=0,
              transfers=2, sources=("police",))
        for wallet_, status, words, hits in ((W1, "hit", "listed", 1), (W2, "direct", "received from it", 0))
    ),
    claim(c.ScreenedIn, W7, SCREENING, "looks", tier="structural", status="no hit", own_hits=0, direct_categories=0,
          indirect_categories=0, uncounted_transfers=0, transfers=0),
    claim(c.ProfiledIn, KESTREL, PROFILE, "looks", tier="structural", features=("hop_delay_median", "assets"),
          values=(1.5, 2.0), units=("hours", "assets"), not_measured=("peel_share",)),
    *(
        claim(c.MayExitIn, W9, GUESSES, "looks", tier="structural", depositor=depositor.id, pool="1 ETH",
              transaction="tx", time=FIRST, strength=strength, heuristics=("timing",), rivals=1, anonymity_set=40,
              pool_looks_whole=True, days_after_first_deposit=2.5)
        for depositor, strength in ((W1, "weak"), (W4, "possible"))
    ),
]  # fmt: skip
"""What analyses of the workbench made of it: invented, like all else."""

STANDING: list[c.Claim] = [
    *RESULTS,
    claim(c.ReportedFailed, _source("atlas"), FAILED, "atlas"),
    # rivals about one token
    claim(c.DescribesToken, _source("acme"), CALLED, "acme", symbol="USDT", name="Tether USD", decimals=6),
    claim(c.DescribesToken, _source("beta"), CALLED, "beta", symbol="USDT", name="Tether USD", decimals=6),
    claim(c.DescribesToken, _source("atlas"), CALLED, "atlas", symbol="EEE"),
    # names: one name used by two sources; one in capitals; one that two catalogues give to different groups
    _named("atlas", HERON, "Quiet Heron"), _named("atlas", HERON, "Heron Group", "alias"),
    _named("bureau", HERON, "Heron Group", "alias"), _named("atlas", FOX, "Copper Fox"),
    _named("atlas", FOX, "Night Post", "alias"), _named("atlas", OLD_HERON, "Old Heron"),
    _named("atlas", OLD_HERON, "Night Post", "alias"), _named("beta", BETA_HERON, "Heron"),
    _named("beta", BETA_HERON, "QUIET HERON", "alias"), _named("beta", GULL, "Grey Gull"),
    _named("beta", GULL, "Night Post", "alias"), _named("police", PERSON, "Invented Person"),
    claim(c.SameAs, BETA_HERON, HERON, "beta"), claim(c.SameAs, OLD_HERON, HERON, "acme"),
    claim(c.SupersededBy, OLD_HERON, HERON, "atlas"),
    claim(c.DerivedFrom, _source("news"), _source("blog"), "acme"),
    # what was stolen: disputed, agreed, without an amount, reported by one source only
    _reported("bureau", KESTREL, 100e6, "$100 million", "2021-03-01", stated_on=at("2021-04-01")),
    _reported("blog", KESTREL, 120e6, "$120m", "2021-03-02", category="key"),
    _reported("news", KESTREL, 120e6, "120 million dollars", "2021-03-02"),
    _reported("bureau", LANTERN, 50e6, "$50 million", "2022-05-05"),
    _reported("acme", LANTERN, 50e6, "50M", "2022-05-05"),
    _reported("acme", MOSAIC, None, None, "2023-06-01", date_precision="month"),
    _reported("news", PEBBLE, 2e6, "two million", "2023-07-01", date_precision="month"),
    _reported("acme", QUARRY, 10e6, "10M", "2024-01-02"),
    # one theft under two names; and two that look alike and are not one
    claim(c.SameAs, PEBBLE, QUARRY, "acme", confidence=60, method="decision by acme", reasons=("the same pool",)),
    claim(c.SameAs, MOSAIC, PEBBLE, "news", confidence=70),
    claim(c.DistinctFrom, MOSAIC, PEBBLE, "bureau", confidence=100, evidence="another victim"),
    # who did it
    claim(c.AttributedTo, KESTREL, HERON, "bureau"), claim(c.AttributedTo, KESTREL, FOX, "blog", confidence=40),
    claim(c.AttributedTo, KESTREL, FOX, "news", confidence=40), claim(c.AttributedTo, LANTERN, HERON, "bureau"),
    claim(c.AttributedTo, LANTERN, BETA_HERON, "police", confidence=90),
    claim(c.AttributedTo, LANTERN, PERSON, "police"),
    claim(c.AttributedTo, SPRING, HERON, "atlas"), claim(c.AttributedTo, OLD_SPRING, HERON, "atlas"),
    # wallets of the thefts, a victim's among them
    claim(c.Involves, KESTREL, W1, "bureau", role="thief"), claim(c.Involves, KESTREL, W1, "blog", role="thief"),
    claim(c.Involves, KESTREL, W2, "blog", role="laundering"), claim(c.Involves, LANTERN, W3, "bureau", role="thief"),
    claim(c.Involves, LANTERN, W2, "acme", role="laundering"), claim(c.Involves, MOSAIC, W4, "blog", role="thief"),
    claim(c.Involves, MOSAIC, W5, "blog", role="victim"), claim(c.Involves, MOSAIC, W1, "acme", role="laundering"),
    claim(c.Involves, PEBBLE, W6, "news", role="thief"), claim(c.Involves, PEBBLE, W5, "acme", role="terminal"),
    claim(c.Involves, KESTREL, PIPE, "acme", role="used"), claim(c.Involves, KESTREL, OLD_PIPE, "acme", role="used"),
    # whose wallets
    claim(c.AttributedTo, W1, HERON, "bureau"), claim(c.AttributedTo, W1, FOX, "blog", confidence=40),
    claim(c.AttributedTo, W3, HERON, "bureau", confidence=100),
    claim(c.AttributedTo, W3, BETA_HERON, "beta", confidence=80),
    claim(c.AttributedTo, W4, HERON, "acme", confidence=55), claim(c.AttributedTo, BTC, GULL, "beta", confidence=70),
    claim(c.Controls, HARBOR, W8, "acme", role="deposit", confidence=70),
    claim(c.Controls, HARBOR, W9, "blog", role="hot_wallet"),
    claim(c.Controls, TUMBLER, W9, "acme", confidence=60), claim(c.Controls, TUMBLER, W10, "acme"),
    _listed(W1, "bureau", "published", label="Kestrel"), _listed(W1, "police", "sanctioned", program="EXAMPLE"),
    _listed(W3, "bureau", "published", label="Lantern"), _listed(W3, "acme", "published"),
    _listed(W4, "bureau", "published", label="Mosaic"), _listed(W8, "blog", "tagged", label="Harbor deposit"),
    # infrastructure
    claim(c.AttributedTo, PANEL, HERON, "acme", confidence=75), claim(c.Indicates, PANEL, PIPE, "acme"),
    claim(c.ResolvesTo, PANEL, IP, "acme"), claim(c.Indicates, CDN, FOX, "blog", confidence=30),
    claim(c.ListedBy, CDN, _source("news"), "news", listing="shared"),
    claim(c.Indicates, CDN, HERON, "acme"), claim(c.CommunicatesWith, PIPE, IP, "acme"),
    claim(c.Uses, FOX, IP, "atlas"), claim(c.Indicates, HASH, OLD_PIPE, "acme"), claim(c.Indicates, HASH, FOX, "acme"),
    # techniques and software; revoked and deprecated entries among them
    claim(c.Uses, HERON, PHISHING, "atlas", citations=("one", "two")), claim(c.Uses, FOX, PHISHING, "atlas"),
    claim(c.Uses, BETA_HERON, PHISHING, "beta"), claim(c.Uses, HERON, ACCOUNTS, "atlas"),
    claim(c.Uses, OLD_HERON, ACCOUNTS, "atlas"), claim(c.Uses, HERON, OLD_WAY, "atlas"),
    claim(c.Uses, FOX, OLD_WAY, "atlas"), claim(c.Uses, SPRING, ACCOUNTS, "atlas"),
    claim(c.Uses, PIPE, ACCOUNTS, "atlas"),
    claim(c.Uses, OLD_PIPE, PHISHING, "atlas"), claim(c.Uses, HERON, PIPE, "atlas", citations=("three",)),
    claim(c.Uses, HERON, OLD_PIPE, "atlas"), claim(c.Uses, FOX, PIPE, "beta", confidence=50),
    claim(c.Uses, PIPE, OLD_WAY, "atlas"), claim(c.Uses, GULL, OLD_WAY, "beta"),
    # clusters: two sources each have their own, with a wallet in common; one is said to be defect
    claim(c.InCluster, W8, ACME_CLUSTER, "acme"), claim(c.InCluster, W2, ACME_CLUSTER, "acme"),
    claim(c.InCluster, W3, BETA_CLUSTER, "beta", defect="one link"),
    claim(c.InCluster, W4, BETA_CLUSTER, "beta", defect="one link"),
]  # fmt: skip
"""Made in the first edition, and still."""

TAKEN_BACK: list[c.Claim] = [
    traced(W11, "400"),
    _reported("blog", MOSAIC, 30e6, "$30m", "2023-06-02"),
    claim(c.AttributedTo, MOSAIC, FOX, "acme"),
    claim(c.AttributedTo, QUARRY, FOX, "blog"),
    claim(c.Involves, PEBBLE, W5, "news", role="thief"),
    claim(c.AttributedTo, W7, HERON, "blog", confidence=30),
    _listed(W4, "police", "sanctioned"),
    claim(c.Uses, FOX, ACCOUNTS, "atlas"),
]
"""Made in the first edition, retracted at SECOND."""

ADDED: list[c.Claim] = [
    traced(W11, "500"),
    _reported("blog", MOSAIC, 35e6, "$35m", "2023-06-02"),
    claim(c.AttributedTo, MOSAIC, HERON, "acme", confidence=60),
    _reported("blog", QUARRY, 10.5e6, "10.5M", "2024-01-02"),
    claim(c.Controls, HARBOR, W8, "blog", role="deposit"),
    claim(c.InCluster, W3, ACME_CLUSTER, "acme"),
    _named("acme", FOX, "Red Fox", "alias"),
]
"""Recorded at SECOND."""

_HASHES = [f"{digit}" * 64 for digit in "1234567"]


def _transfer(
    number: int, sender: n.Wallet, receiver: n.Wallet, asset: str, units: str, usd: float | None, when: str, place: int
) -> Transfer:
    time = time_ms(at(when))
    id_ = transfer_id("eip155:1", _HASHES[number - 1], f"log:{place}")
    return Transfer(sender.id, receiver.id, id_, asset, units, float(units), usd, time, 100 + number, place)


TRANSFERS = [
    _transfer(1, W1, W2, ETH, "5000000000000000000", 9000.0, "2021-03-01T10:00:00", 1),
    # the same second, told apart by the place in the block; written here in the wrong order
    _transfer(3, W2, W11, ETH, "3000000000000000001", 5400.0, "2021-03-01T10:05:00", 2),
    _transfer(2, W2, W11, ETH, "2000000000000000000", 3600.0, "2021-03-01T10:05:00", 1),
    _transfer(4, W2, W8, ETH, "123456789012345678901", None, "2021-03-02T00:00:00", 1),
    _transfer(5, W12, W12, ETH, "1000000000000000000", 1800.0, "2021-03-03T00:00:00", 1),
    _transfer(6, W4, W9, TOKEN, "7000000", 7.0, "2023-06-03T00:00:00", 1),
    _transfer(7, W1, W9, ETH, "4000000000000000000", 7200.0, "2021-03-01T09:00:00", 1),  # FAILED, as atlas says
]


def load(store: Store, *, shuffle: int | None = None) -> None:
    """Load the case as two editions; `shuffle` is a seed for another order of records within each step."""
    mixed = random.Random(shuffle)

    def order(items: Iterable[Any]) -> Sequence[Any]:
        made = list(items)
        if shuffle is not None:
            mixed.shuffle(made)
        return made

    first, second = (Loader(store, *RUNS[edition]) for edition in (1, 2))
    first.nodes(order(NODES))
    first.claims(order([*STANDING, *TAKEN_BACK]))
    first.transfers(order(TRANSFERS), "acme")
    for kind in {made.type for made in TAKEN_BACK}:
        retract(store, kind, [made.claim_id for made in TAKEN_BACK if made.type == kind], SECOND)
    second.claims(order(ADDED))
