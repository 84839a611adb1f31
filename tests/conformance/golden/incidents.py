"""Golden rows of queries/incidents."""

from __future__ import annotations

from golden import Golden, evidence
from tests.sample_case import BEFORE, BETWEEN, FIRST, SECOND, W1, W4, W5, W6, at

K, L, M, P, Q = (
    ("kestrel-exchange-2021", "Kestrel Exchange"), ("lantern-bridge-2022", "Lantern Bridge"),
    ("mosaic-wallet-2023", "Mosaic Wallet"), ("pebble-dex-2023", "Pebble DEX"), ("quarry-pool-2024", "Quarry Pool"),
)  # fmt: skip
HERON, FOX, BETA = ("atlas:G1", "Quiet Heron"), ("atlas:G2", "Copper Fox"), ("beta:heron", "Heron")
PERSON = ("police:p1", "Invented Person")
BUREAU, POLICE = ("Bureau of Examples", "bureau"), ("Example Police", "police")
MARCH1, MARCH2, MAY, JUNE1, JUNE2, JULY, JANUARY = map(
    at, ("2021-03-01", "2021-03-02", "2022-05-05", "2023-06-01", "2023-06-02", "2023-07-01", "2024-01-02")
)
UNDISPUTED = [
    (*K, 100e6, 120e6, MARCH1, MARCH2, ["blog", "bureau", "news"], 3, 2, ["atlas:G1", "atlas:G2"]),
    (*L, 50e6, 50e6, MAY, MAY, ["acme", "bureau"], 2, 2, ["atlas:G1", "beta:heron", "police:p1"]),
]
PEBBLE_ALONE = (*P, 2e6, 2e6, JULY, JULY, ["news"])
QUARRY = (*Q, 10e6, 10.5e6, JANUARY, JANUARY, ["acme", "blog"])

GOLDEN = [
    Golden(
        "incidents/official", {},
        [
            (*K, *HERON, *BUREAU, MARCH1, "day", 100e6, "$100 million", None, evidence("bureau")),
            (*L, *HERON, *BUREAU, MAY, "day", 50e6, "$50 million", None, evidence("bureau")),
            (*L, *BETA, *POLICE, None, None, None, None, 90, evidence("police")),
            (*L, *PERSON, *POLICE, None, None, None, None, None, evidence("police")),
        ],
        "authorities only, each with its own date and amount; the police stated none",
    ),
    Golden("incidents/official", {"as_of": BEFORE}, [], "nothing was known yet"),
    Golden(
        "incidents/all-sources", {},
        [
            *UNDISPUTED,
            (*M, 35e6, 35e6, JUNE2, JUNE2, ["acme", "blog"], 2, 2, ["atlas:G1"]),
            (*PEBBLE_ALONE, 1, 1, []),
            (*QUARRY, 2, 2, []),
        ],
        "the newspaper copies the blog, so three sources on Kestrel are two pieces of news",
    ),
    Golden(
        "incidents/all-sources", {"as_of": "2024-03-01"},
        [
            *UNDISPUTED,
            (*M, 30e6, 30e6, JUNE2, JUNE2, ["acme", "blog"], 2, 2, ["atlas:G2"]),
            (*PEBBLE_ALONE, 1, 1, []),
            (*Q, 10e6, 10e6, JANUARY, JANUARY, ["acme"], 1, 1, ["atlas:G2"]),
        ],
        "before the second edition the blog said 30 million, and two attributions still stood",
    ),
    Golden("incidents/all-sources", {"as_of": BEFORE}, [], "nothing was known yet"),
    Golden(
        "incidents/merged", {},
        [
            (K[0], [K[0]], [K[1]], 100e6, 120e6, MARCH1, MARCH2, ["blog", "bureau", "news"]),
            (L[0], [L[0]], [L[1]], 50e6, 50e6, MAY, MAY, ["acme", "bureau"]),
            (M[0], [M[0]], [M[1]], 35e6, 35e6, JUNE2, JUNE2, ["acme", "blog"]),
            (P[0], [P[0], Q[0]], [P[1], Q[1]], 2e6, 10.5e6, JANUARY, JANUARY, ["acme", "blog", "news"]),
        ],
        "Pebble and Quarry are joined; Mosaic and Pebble are not, for the bureau keeps them apart",
    ),
    Golden(
        "incidents/merged", {"min_confidence": 61},
        [
            (K[0], [K[0]], [K[1]], 100e6, 120e6, MARCH1, MARCH2, ["blog", "bureau", "news"]),
            (L[0], [L[0]], [L[1]], 50e6, 50e6, MAY, MAY, ["acme", "bureau"]),
            (M[0], [M[0]], [M[1]], 35e6, 35e6, JUNE2, JUNE2, ["acme", "blog"]),
            (P[0], [P[0]], [P[1]], 2e6, 2e6, JULY, JULY, ["news"]),
            (Q[0], [Q[0]], [Q[1]], 10e6, 10.5e6, JANUARY, JANUARY, ["acme", "blog"]),
        ],
        "a claim of 60 joins nothing at 61",
    ),
    Golden("incidents/merged", {"as_of": BEFORE}, [], "nothing was known yet"),
    Golden(
        "incidents/matches", {},
        [
            (60, "same", P[0], Q[0], P[1], Q[1], "decision by acme", ["the same pool"], "acme"),
            (70, "same", M[0], P[0], M[1], P[1], "statement", [evidence("news")], "news"),
            (100, "distinct", M[0], P[0], M[1], P[1], "statement", ["another victim"], "bureau"),
        ],
        "the least sure first, decisions to split among them",
    ),
    Golden(
        "incidents/matches", {"most": 60}, [(60, "same", P[0], Q[0], P[1], Q[1], "decision by acme", ["the same pool"],
        "acme")], "only the unsure ones",
    ),
    Golden(
        "incidents/disputed-amounts", {},
        [(*K, 100e6, ["bureau"], 120e6, ["blog", "news"], 1.2), (*Q, 10e6, ["acme"], 10.5e6, ["blog"], 1.05)],
        "Lantern's sources agree; Mosaic has one amount; the retracted 30 million disputes nothing",
    ),
    Golden(
        "incidents/disputed-amounts", {"min_ratio": "1.1"},
        [(*K, 100e6, ["bureau"], 120e6, ["blog", "news"], 1.2)], "5 % is below the wanted ratio",
    ),
    Golden(
        "incidents/reports", {"incident": K[0]},
        [
            ("blog", "A. Blogger", "researcher", MARCH2, "day", 120e6, "$120m", "key", None, FIRST, None),
            ("bureau", "Bureau of Examples", "authority", MARCH1, "day", 100e6, "$100 million", None,
             at("2021-04-01"), FIRST, evidence("bureau")),
            ("news", "Example News", "media", MARCH2, "day", 120e6, "120 million dollars", None, None, FIRST,
             evidence("news")),
        ],
        "each in its own words",
    ),
    Golden(
        "incidents/reports", {"incident": M[0]},
        [
            ("acme", "Acme Labs", "vendor", JUNE1, "month", None, None, None, None, FIRST, evidence("acme")),
            ("blog", "A. Blogger", "researcher", JUNE2, "day", 35e6, "$35m", None, None, SECOND, None),
        ],
        "a month is not a day, and the corrected amount stands alone",
    ),
    Golden("incidents/reports", {"incident": "nowhere-1999"}, [], "an incident nobody has"),
    Golden(
        "incidents/wallets", {"incident": M[0]},
        [
            (W1.id, "eth", "laundering", "acme", None, "statement", evidence("acme")),
            (W4.id, "eth", "thief", "blog", None, "statement", None),
            (W5.id, "eth", "victim", "blog", None, "statement", None),
        ],
        "the victim's wallet is marked as such",
    ),
    Golden(
        "incidents/wallets", {"incident": P[0], "as_of": BETWEEN},
        [
            (W5.id, "eth", "terminal", "acme", None, "statement", evidence("acme")),
            (W5.id, "eth", "thief", "news", None, "statement", evidence("news")),
            (W6.id, "eth", "thief", "news", None, "statement", evidence("news")),
        ],
        "the newspaper's later retracted word was still standing",
    ),
    Golden(
        "incidents/wallets", {"incident": P[0]},
        [
            (W5.id, "eth", "terminal", "acme", None, "statement", evidence("acme")),
            (W6.id, "eth", "thief", "news", None, "statement", evidence("news")),
        ],
        "the retracted role is gone, the rival one stands",
    ),
    Golden(
        "incidents/methods", {"incident": K[0]},
        [("Malware", "atlas:S1", "PipeOrgan", "INVOLVES", "used", "acme", None, evidence("acme"))],
        "the deprecated OldPipe is not offered",
    ),
    Golden(
        "incidents/attributions", {"incident": K[0]},
        [
            (*HERON, "atlas", "bureau", BUREAU[0], "authority", None, None, "statement", "clear", evidence("bureau")),
            (*FOX, "atlas", "blog", "A. Blogger", "researcher", 40, None, "statement", "clear", None),
            (*FOX, "atlas", "news", "Example News", "media", 40, None, "statement", "clear", evidence("news")),
        ],
        "the rival words side by side, each with its source",
    ),
    Golden("incidents/attributions", {"incident": Q[0]}, [], "its only attribution was retracted"),
    Golden("incidents/unattributed", {}, [PEBBLE_ALONE, QUARRY], "Quarry's only attribution was retracted"),
    Golden("incidents/unattributed", {"as_of": BETWEEN}, [PEBBLE_ALONE], "Quarry's attribution was still standing"),
    Golden(
        "incidents/rival-attributions", {},
        [
            (*K, *HERON, ["bureau"], *FOX, ["blog", "news"], []),
            (*L, *HERON, ["bureau"], *BETA, ["police"], ["beta"]),
        ],
        "a real dispute, and one that a sameness claim may settle; a person beside a group is no rival",
    ),
]  # fmt: skip
