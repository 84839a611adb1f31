"""Golden rows of queries/actors."""

from __future__ import annotations

from golden import Golden, evidence
from tests.sample_case import BETWEEN, STANDING, W1, W3, W4, W7, at

QUIET = ("Quiet Heron", "name", "atlas:G1", "Quiet Heron", "atlas", "live", [], "atlas", evidence("atlas"))
OWN_NAMES = [
    ("Quiet Heron", "name", "atlas:G1", [], "atlas", None, evidence("atlas")),
    ("Heron Group", "alias", "atlas:G1", [], "atlas", None, evidence("atlas")),
    ("Heron Group", "alias", "atlas:G1", [], "bureau", None, evidence("bureau")),
]
WALLETS = [
    (W1.id, "eth", None, "bureau", "statement", evidence("bureau")),
    (W3.id, "eth", 100, "bureau", "statement", evidence("bureau")),
    (W4.id, "eth", 55, "acme", "statement", evidence("acme")),
]
THEFTS = [
    ("kestrel-exchange-2021", "Kestrel Exchange", "bureau", "authority", True, None, "statement", evidence("bureau")),
    ("lantern-bridge-2022", "Lantern Bridge", "bureau", "authority", True, None, "statement", evidence("bureau")),
]
PHISHING = ("atlas:T1", "Phishing", ["initial-access"])
ACCOUNTS = ("atlas:T2", "Stolen accounts", ["initial-access", "persistence"])

JOINED = min(
    (made.claim_id, made.source_id)
    for made in STANDING
    if made.type in ("SAME_AS", "SUPERSEDED_BY") and made.subject.id == "atlas:G9"
)
"""Of the two claims that join the old entry, the one whose id comes first."""

GOLDEN = [
    Golden(
        "actors/names", {"name": " quiet HERON "},
        [QUIET, ("QUIET HERON", "alias", "beta:heron", "Heron", "beta", "live", [], "beta", evidence("beta"))],
        "capitals and blanks do not matter; each catalogue keeps its own entry",
    ),
    Golden(
        "actors/names", {"name": "Night Post"},
        [
            ("Night Post", "alias", "atlas:G2", "Copper Fox", "atlas", "live", [], "atlas", evidence("atlas")),
            ("Night Post", "alias", "atlas:G9", "Old Heron", "atlas", "revoked", ["atlas:G1"], "atlas",
             evidence("atlas")),
            ("Night Post", "alias", "beta:gull", "Grey Gull", "beta", "live", [], "beta", evidence("beta")),
        ],
        "one alias, three entries; the revoked one says so and by what it was replaced",
    ),
    Golden(
        "actors/names", {"name": "heron group"},
        [
            ("Heron Group", "alias", "atlas:G1", "Quiet Heron", "atlas", "live", [], "atlas", evidence("atlas")),
            ("Heron Group", "alias", "atlas:G1", "Quiet Heron", "atlas", "live", [], "bureau", evidence("bureau")),
        ],
        "two sources that use the same name are two rows",
    ),
    Golden(
        "actors/names", {"name": "Invented Person"},
        [("Invented Person", "name", "police:p1", "Invented Person", "police", "live", [], "police",
          evidence("police"))],
        "persons are found too, under the authority that named them",
    ),
    Golden(
        "actors/names", {"name": "quiet heron", "catalogue": "beta"},
        [("QUIET HERON", "alias", "beta:heron", "Heron", "beta", "live", [], "beta", evidence("beta"))],
        "as one catalogue sees it",
    ),
    Golden(
        "actors/merged", {"name": "quiet heron"},
        [
            ("atlas:G1", "Quiet Heron", "atlas", "live", 0, [], []),
            ("beta:heron", "Heron", "beta", "live", 0, [], []),
            ("atlas:G9", "Old Heron", "atlas", "revoked", 1, [JOINED[0]], [JOINED[1]]),
        ],
        "two carry the name, the third is joined to the first by a claim",
    ),
    Golden(
        "actors/merged", {"name": "quiet heron", "min_confidence": 51},
        [("atlas:G1", "Quiet Heron", "atlas", "live", 0, [], []), ("beta:heron", "Heron", "beta", "live", 0, [], [])],
        "claims that state no confidence count as 50",
    ),
    Golden("actors/merged", {"name": "nobody"}, [], "a name nobody uses"),
    Golden("actors/names", {"name": "Red Fox", "as_of": BETWEEN}, [], "that alias was recorded later"),
    Golden("actors/names", {"name": "' OR 1=1 //"}, [], "a value is a value"),
    Golden("actors/aliases", {"actor_group": "atlas:G1"}, OWN_NAMES, "the name first, then aliases with their users"),
    Golden(
        "actors/aliases", {"actor_group": "atlas:G1", "include_same_as": "true"},
        [
            *OWN_NAMES,
            ("Heron", "name", "beta:heron", ["beta"], "beta", None, evidence("beta")),
            ("QUIET HERON", "alias", "beta:heron", ["beta"], "beta", None, evidence("beta")),
        ],
        "Beta says that its Heron is the same; the revoked Old Heron is not offered, though Acme says it is",
    ),
    Golden("actors/wallets", {"actor_group": "atlas:G1"}, WALLETS, "a claim without confidence is not a weak claim"),
    Golden("actors/wallets", {"actor_group": "atlas:G1", "min_confidence": 60}, WALLETS[1:2],
           "55 is too little, unstated cannot be compared"),
    Golden("actors/wallets", {"actor_group": "atlas:G1", "as_of": BETWEEN},
           [*WALLETS, (W7.id, "eth", 30, "blog", "statement", None)], "the blog had not taken back wallet 7 yet"),
    Golden("actors/wallets", {"actor_group": "atlas:G9"}, [], "a revoked entry has no wallets of its own"),
    Golden(
        "actors/incidents", {"actor_group": "atlas:G1"},
        [*THEFTS, ("mosaic-wallet-2023", "Mosaic Wallet", "acme", "vendor", False, 60, "statement", evidence("acme"))],
        "official and other attributions are told apart",
    ),
    Golden("actors/incidents", {"actor_group": "atlas:G1", "as_of": BETWEEN}, THEFTS, "Mosaic came later"),
    Golden(
        "actors/incidents", {"actor_group": "atlas:G2"},
        [
            ("kestrel-exchange-2021", "Kestrel Exchange", "blog", "researcher", False, 40, "statement", None),
            ("kestrel-exchange-2021", "Kestrel Exchange", "news", "media", False, 40, "statement", evidence("news")),
        ],
        "the two retracted attributions are gone",
    ),
    Golden(
        "actors/techniques", {"actor_group": "atlas:G1"},
        [
            (*PHISHING, None, "atlas", 2, None, evidence("atlas")),
            (*ACCOUNTS, None, "atlas", 0, None, evidence("atlas")),
        ],
        "the revoked technique is not offered",
    ),
    Golden(
        "actors/techniques", {"actor_group": "atlas:G1", "include_software": True},
        [
            (*PHISHING, None, "atlas", 2, None, evidence("atlas")),
            (*ACCOUNTS, "atlas:S1", "atlas", 0, None, evidence("atlas")),
            (*ACCOUNTS, None, "atlas", 0, None, evidence("atlas")),
        ],
        "PipeOrgan's technique is added, the deprecated OldPipe's is not",
    ),
    Golden(
        "actors/techniques", {"actor_group": "beta:heron", "include_software": True},
        [(*PHISHING, None, "beta", 0, None, evidence("beta"))], "Beta names no software of it",
    ),
    Golden(
        "actors/software", {"actor_group": "atlas:G1"},
        [("atlas:S1", "PipeOrgan", "atlas", "atlas", 1, None, evidence("atlas"))], "OldPipe is deprecated",
    ),
    Golden(
        "actors/campaigns", {"actor_group": "atlas:G1"},
        [("atlas:C1", "Operation Spring", at("2021-01-01"), None, "atlas", None, evidence("atlas"))],
        "the deprecated campaign is not offered",
    ),
    Golden(
        "actors/shared-names", {},
        [
            ("night post", "atlas:G2", "Copper Fox", ["atlas"], "beta:gull", "Grey Gull", ["beta"], []),
            ("quiet heron", "atlas:G1", "Quiet Heron", ["atlas"], "beta:heron", "Heron", ["beta"], ["beta"]),
        ],
        "one misleading name and one that is meant; the revoked entry's alias does not count",
    ),
]  # fmt: skip
