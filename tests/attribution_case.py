"""A small graph of statements, groups and wallets, shared by the tests of attribution."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from workbench.analysis.attribution.rank import UNKNOWN, Attribution
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import (
    AttributedTo,
    Claim,
    Involves,
    SameAs,
    Uses,
)
from workbench.model.ledger import Transfer, native_asset, transfer_id
from workbench.model.nodes import ActorGroup, Incident, IngestRun, Malware, Node, Ref, Source, Technique, Wallet

T0 = datetime(2024, 1, 1, tzinfo=UTC)
FBI = Source(id="fbi", title="FBI statements", publisher="FBI", kind="authority")
LIST = Source(id="one-researcher", title="A researcher's list", publisher="somebody", kind="researcher")
VENDOR = Source(id="a-vendor", title="A vendor's report", publisher="vendor", kind="vendor")
MITRE = Source(id="mitre-attack", title="MITRE ATT&CK", publisher="MITRE", kind="catalogue")
STATEMENT = "https://www.fbi.gov/news/press-releases/fbi-identifies-cryptocurrency-funds-stolen-by-dprk"
ATOMIC = Incident(id="atomic-wallet-2023", name="Atomic Wallet")
ALPHAPO = Incident(id="alphapo-2023", name="Alphapo")
LIFI = Incident(id="li-fi-2024", name="LI.FI")
FBI_NAMES = [
    ActorGroup(id=f"fbi:{key}", name=name, catalogue="fbi")
    for key, name in (("tradertraitor", "TraderTraitor"), ("lazarus-group", "Lazarus Group"), ("apt38", "APT38"))
]
MITRE_GROUPS = [
    ActorGroup(id=f"mitre:G{number:04}", name=name, catalogue="mitre")
    for number, name in ((32, "Lazarus Group"), (82, "APT38"), (34, "Sandworm Team"), (16, "APT29"), (7, "APT28"))
]
WALLETS = [Wallet.of("0x" + f"{n:040x}", "eth") for n in range(1, 9)]
NODES: list[Node] = [FBI, LIST, VENDOR, MITRE, ATOMIC, ALPHAPO, LIFI, *FBI_NAMES, *MITRE_GROUPS, *WALLETS]


def load(store: Store, things: Iterable[Node | Claim], at: datetime = T0, *, key: str | None = None) -> None:
    """`key`: under which the file that holds them describes things, "format:file"; by default nothing is known."""
    made = list(things)
    loader = Loader(store, "test-run" if key is None else f"run of {key}", at, key)
    if key is not None:
        run = {"id": f"run of {key}", "file": key.rpartition(":")[2], "format": "x", "input_sha256": "0" * 64}
        loader.nodes([IngestRun(**run, code_version="1", described_by=key, status="done", started_at=at)])
    loader.nodes([t for t in made if isinstance(t, Node)])
    loader.claims([t for t in made if isinstance(t, Claim)])


def says(source: Source, subject: Node, group: str, url: str | None = None, **more: object) -> AttributedTo:
    return AttributedTo.model_validate(
        {"subject": subject.ref, "object": Ref("ActorGroup", group), "source_id": source.id, "evidence": url, **more}
    )


def same(source: Source, one: str, other: str, confidence: int | None = None) -> SameAs:
    return SameAs(
        subject=Ref("ActorGroup", one), object=Ref("ActorGroup", other), source_id=source.id, confidence=confidence
    )


def fbi_statement(incident: Incident = ATOMIC) -> list[Claim]:
    """The statement of 22 August 2023 names TraderTraitor, "also known as" Lazarus Group and APT38."""
    return [says(FBI, incident, g.id, STATEMENT) for g in FBI_NAMES] + [
        same(FBI, "fbi:tradertraitor", "fbi:lazarus-group"),
        same(FBI, "fbi:tradertraitor", "fbi:apt38"),
    ]


def probability(found: Attribution, actor: str) -> float:
    """Of the candidate that has this group as a member."""
    for row in found.candidates.to_dict("records"):
        if actor == row["actor"] or actor in row["members"]:
            return float(row["probability"])
    raise AssertionError(actor)


def check(found: Attribution) -> None:
    """What holds of every result."""
    frame = found.candidates
    assert frame["probability"].sum() == pytest.approx(1)
    assert (frame["low"] <= frame["probability"]).all()
    assert (frame["probability"] <= frame["high"]).all()
    assert list(frame["actor"]).count(UNKNOWN) == 1
    for actor, bits in found.evidence.groupby("actor")["bits"].sum().items():
        assert bits == pytest.approx(frame.set_index("actor").loc[actor, "bits"])
    json.dumps(found.to_json(), allow_nan=False)


@pytest.fixture
def case(store: Store) -> Store:
    load(store, [*NODES, *fbi_statement()])
    return store


def wallets_in(incident: Incident, places: Iterable[int], role: str, source: Source = VENDOR) -> list[Claim]:
    return [
        Involves.model_validate(
            {"subject": incident.ref, "object": WALLETS[n].ref, "role": role, "source_id": source.id}
        )
        for n in places
    ]


def sent(start: int, end: int, minute: int) -> Transfer:
    time = int((T0 + timedelta(minutes=minute)).timestamp() * 1000)
    ends = WALLETS[start].id, WALLETS[end].id
    return Transfer(
        *ends, transfer_id("eip155:1", f"{minute:064x}", "tx"), native_asset("eip155:1"), "1", 1.0, None, time, 1, 1
    )


def uses(subject: Node, thing: Node, *citations: str) -> Uses:
    return Uses(subject=subject.ref, object=thing.ref, source_id="mitre-attack", citations=citations)


TECHNIQUES = [Technique(id=f"mitre:T{n}", name=f"Technique {n}", catalogue="mitre") for n in range(1000, 1006)]
APPLEJEUS = Malware(id="mitre:S0584", name="AppleJeus", catalogue="mitre")


@pytest.fixture
def technical(case: Store) -> Store:
    lazarus, apt38, sandworm, apt29, apt28 = MITRE_GROUPS
    common, rare, other = TECHNIQUES[:3]
    groups = [lazarus, apt38, sandworm, apt29, apt28]
    load(
        case,
        [
            *TECHNIQUES, APPLEJEUS, *(uses(g, common, f"about {g.name}") for g in groups),
            uses(lazarus, rare, "an older report"), uses(sandworm, other, "another report"),
            uses(lazarus, APPLEJEUS, "an older report"), uses(LIFI, common), uses(LIFI, rare), uses(LIFI, APPLEJEUS),
        ],
    )  # fmt: skip
    return case
