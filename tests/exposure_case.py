"""An invented graph whose exposures are known by heart. Nobody and nothing in it exists."""

from __future__ import annotations

from datetime import UTC, datetime

from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model import claims as c
from workbench.model import nodes as n
from workbench.model.ledger import Transfer, native_asset, token_asset

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ETHER = native_asset("eip155:1")
TOKEN = token_asset("eip155:1", "0x" + "ab" * 20)
HUGE = 2**63 + 5


def w(number: int, network: str = "eth") -> n.Wallet:
    return n.Wallet.of(f"0x{number:040x}", network)


THIEF, MULE, FAR, EXCHANGE, CUSTOMER, STRANGER, VICTIM, DELISTED, TIMELESS = (w(i) for i in range(1, 10))
OFAC = n.Source(id="ofac", title="OFAC", publisher="OFAC", kind="authority")
BLOG = n.Source(id="blog", title="A blog", publisher="A. Blogger", kind="researcher")
RIVAL = n.Source(id="rival", title="Another blog", publisher="B. Blogger", kind="researcher")
HERON = n.ActorGroup(id="atlas:G1", name="Quiet Heron", catalogue="atlas")
FOX = n.ActorGroup(id="atlas:G2", name="Copper Fox", catalogue="atlas")
KESTREL = n.Incident(id="kestrel-2021", name="Kestrel")
HARBOR = n.Service(id="harbor", name="Harbor", concept="exchange")
CLUSTER = n.Cluster(id="cospend:1", heuristic="co-spend", parameters="{}")


def transfer(i: int, sender: n.Wallet, receiver: n.Wallet, amount: int, hour: int, *, asset: str = ETHER,
             usd: float | None = None) -> Transfer:  # fmt: skip
    time = 1_700_000_000_000 + hour * 3_600_000
    return Transfer(sender.id, receiver.id, f"eip155:1/tx:{i:064x}/tx", asset, str(amount), float(amount), usd, time,
                    None, None)  # fmt: skip


def story(store: Store, *, usd: bool = True) -> Store:
    """Thief → mule → far; mule → exchange → customer; a token of huge amounts; a path against the order of time."""
    loader = Loader(store, "run", NOW)
    loader.nodes([OFAC, BLOG, RIVAL, HERON, FOX, KESTREL, HARBOR, CLUSTER, w(1, "bsc"), THIEF, MULE, FAR, EXCHANGE,
                  CUSTOMER, STRANGER, VICTIM, DELISTED, TIMELESS])  # fmt: skip
    day = datetime(2022, 4, 14, tzinfo=UTC)
    gone = datetime(2024, 5, 1, tzinfo=UTC)
    loader.claims([
        c.ListedBy(subject=THIEF.ref, object=OFAC.ref, source_id="ofac", listing="sanctioned", valid_from=day),
        c.ListedBy(subject=DELISTED.ref, object=OFAC.ref, source_id="ofac", listing="sanctioned", valid_to=gone),
        c.AttributedTo(subject=THIEF.ref, object=HERON.ref, source_id="blog", confidence=60),
        c.AttributedTo(subject=THIEF.ref, object=FOX.ref, source_id="rival", confidence=70),
        c.AttributedTo(subject=STRANGER.ref, object=FOX.ref, source_id="rival", confidence=10),
        c.Involves(subject=KESTREL.ref, object=THIEF.ref, source_id="blog", role="thief", confidence=80),
        c.Involves(subject=KESTREL.ref, object=VICTIM.ref, source_id="blog", role="victim", confidence=80),
        c.AttributedTo(subject=KESTREL.ref, object=HERON.ref, source_id="ofac", confidence=90),
        c.Controls(subject=HARBOR.ref, object=EXCHANGE.ref, source_id="blog", confidence=70, role="hot_wallet"),
        c.InCluster(subject=MULE.ref, object=CLUSTER.ref, source_id="blog", tier="structural"),
        c.InCluster(subject=FAR.ref, object=CLUSTER.ref, source_id="blog", tier="structural"),
    ])  # fmt: skip

    def worth(dollars: float) -> float | None:
        return dollars if usd else None

    loader.transfers([
        transfer(1, VICTIM, THIEF, 1_000, 0, usd=worth(100.0)),
        transfer(2, THIEF, MULE, 600, 1, usd=worth(60.0)),
        transfer(3, THIEF, MULE, 150, 2, usd=worth(15.0)),
        transfer(4, STRANGER, MULE, 250, 3, usd=worth(25.0)),
        transfer(5, MULE, FAR, 400, 4, usd=worth(40.0)),
        transfer(6, MULE, EXCHANGE, 100, 5, usd=worth(10.0)),
        transfer(7, EXCHANGE, CUSTOMER, 100, 6, usd=worth(10.0)),
        transfer(8, THIEF, MULE, HUGE, 7, asset=TOKEN), transfer(9, THIEF, MULE, HUGE, 8, asset=TOKEN),
        transfer(10, THIEF, STRANGER, 0, 9),
        transfer(11, FAR, TIMELESS, 5, 2, usd=worth(1.0)),
    ], "blog")  # fmt: skip
    return store


def coin(number: int) -> n.Wallet:
    """The Bitcoin wallet of a number: the pay-to-public-key-hash address of its 20 bytes."""
    from bip_utils import Base58Encoder

    return n.Wallet.of(Base58Encoder.CheckEncode(b"\x00" + number.to_bytes(20, "big")), "btc")
