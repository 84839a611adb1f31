"""Golden rows of queries/wallets."""

from __future__ import annotations

from golden import Golden, evidence
from tests.sample_case import BETWEEN, FIRST, W1, W2, W3, W4, W5, W8, W9, W10

KESTREL, MOSAIC = ("kestrel-exchange-2021", "Kestrel Exchange"), ("mosaic-wallet-2023", "Mosaic Wallet")
SAID = ("statement", FIRST)
TUMBLED = (W10.id, "CONTROLS", None, None, "Service", "tumbler", "Tumbler", "acme", None, *SAID, evidence("acme"))
UNDATED = ("not stated", *[None] * 6)
LANTERN_WALLET = (W3.id, "eth", ["acme", "bureau"], ["Lantern"])

GOLDEN = [
    Golden(
        "wallets/claims", {"wallet": W1.id},
        [
            (W1.id, "ATTRIBUTED_TO", None, None, "ActorGroup", "atlas:G1", "Quiet Heron", "bureau", None, *SAID,
             evidence("bureau")),
            (W1.id, "ATTRIBUTED_TO", None, None, "ActorGroup", "atlas:G2", "Copper Fox", "blog", 40, *SAID, None),
            (W1.id, "INVOLVES", "thief", None, "Incident", *KESTREL, "blog", None, *SAID, None),
            (W1.id, "INVOLVES", "thief", None, "Incident", *KESTREL, "bureau", None, *SAID, evidence("bureau")),
            (W1.id, "INVOLVES", "laundering", None, "Incident", *MOSAIC, "acme", None, *SAID, evidence("acme")),
            (W1.id, "LISTED_BY", "published", "Kestrel", "Source", "bureau", "Statement of the Bureau", "bureau", None,
             *SAID, evidence("bureau")),
            (W1.id, "LISTED_BY", "sanctioned", None, "Source", "police", "Statement of the Police", "police", None,
             *SAID, evidence("police")),
        ],
        "rivals side by side; published and sanctioned are different listings",
    ),
    Golden("wallets/claims", {"wallet": W10.id}, [TUMBLED], "by id"),
    Golden("wallets/claims", {"wallet": "0x" + W10.address[2:].upper()}, [TUMBLED],
     "by address, whatever its capitals"),
    Golden("wallets/claims", {"wallet": W10.id, "as_of": "2023-12-31"}, [], "nothing was known yet"),
    Golden(
        "wallets/rival-claims", {},
        [
            (W1.id, "eth", "atlas:G1", "ActorGroup", ["bureau"], "atlas:G2", "ActorGroup", ["blog"], []),
            (W3.id, "eth", "atlas:G1", "ActorGroup", ["bureau"], "beta:heron", "ActorGroup", ["beta"], ["beta"]),
            (W9.id, "eth", "harbor-exchange", "Service", ["blog"], "tumbler", "Service", ["acme"], []),
        ],
        "wallet 8 has two sources that agree, wallet 7's claim is retracted",
    ),
    Golden(
        "wallets/published-not-sanctioned", {}, [LANTERN_WALLET, (W4.id, "eth", ["bureau"], ["Mosaic"])],
        "wallet 1 is sanctioned; wallet 4 no longer is",
    ),
    Golden("wallets/published-not-sanctioned", {"as_of": BETWEEN}, [LANTERN_WALLET], "wallet 4 still was sanctioned"),
    Golden(
        "wallets/listed-on", {"wallet": W1.id, "on": "2024-05-01"},
        [
            (W1.id, "bureau", "published", *UNDATED, None, None, "bureau", evidence("bureau")),
            (W1.id, "police", "sanctioned", *UNDATED, "EXAMPLE", None, "police", evidence("police")),
        ],
        "neither gives a date, nor an edition of it",
    ),
    Golden(
        "wallets/listed-on", {"wallet": W4.id, "on": "2024-01-01"},
        [(W4.id, "bureau", "published", *UNDATED, None, None, "bureau", evidence("bureau"))],
        "the police took theirs back, in no edition",
    ),
    Golden(
        "wallets/listed-on", {"wallet": "eip155:1:0x" + W4.address[2:].upper(), "on": "2024-01-01"},
        [(W4.id, "bureau", "published", *UNDATED, None, None, "bureau", evidence("bureau"))],
        "an id, whatever the capitals of its address",
    ),
    Golden(
        "wallets/listed-on", {"wallet": W4.id, "on": "2024-01-01", "as_of": BETWEEN},
        [
            (W4.id, "bureau", "published", *UNDATED, None, None, "bureau", evidence("bureau")),
            (W4.id, "police", "sanctioned", *UNDATED, None, None, "police", evidence("police")),
        ],
        "then it was still listed by the police",
    ),
    Golden(
        "wallets/by-service", {"service": "harbor-exchange"},
        [
            (W8.id, "eth", "deposit", "acme", 70, "statement", evidence("acme")),
            (W8.id, "eth", "deposit", "blog", None, "statement", None),
            (W9.id, "eth", "hot_wallet", "blog", None, "statement", None),
        ],
        "a row for every claim",
    ),
    Golden(
        "wallets/in-several-incidents", {},
        [
            (W1.id, "eth", 2, [KESTREL[0], MOSAIC[0]], ["acme", "blog", "bureau"]),
            (W2.id, "eth", 2, [KESTREL[0], "lantern-bridge-2022"], ["acme", "blog"]),
        ],
        "wallet 5 is a victim's and a terminal, which does not count",
    ),
    Golden(
        "wallets/in-several-incidents", {"roles": "victim, terminal"},
        [(W5.id, "eth", 2, [MOSAIC[0], "pebble-dex-2023"], ["acme", "blog"])], "other roles on request",
    ),
    Golden(
        "wallets/claimed-for", {},
        [
            ("atlas:G1", "Quiet Heron", "bureau", "Statement of the Bureau", 2, ["eth"], 100, 100),
            ("atlas:G1", "Quiet Heron", "acme", "Acme report", 1, ["eth"], 55, 55),
            ("atlas:G2", "Copper Fox", "blog", "A blog", 1, ["eth"], 40, 40),
            ("beta:gull", "Grey Gull", "beta", "Beta catalogue", 1, ["btc"], 70, 70),
            ("beta:heron", "Heron", "beta", "Beta catalogue", 1, ["eth"], 80, 80),
        ],
        "the blog's claim on wallet 7 is retracted; one of the bureau's two has no confidence",
    ),
]  # fmt: skip
