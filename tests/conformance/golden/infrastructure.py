"""Golden rows of queries/infrastructure."""

from __future__ import annotations

from golden import Golden, evidence
from tests.sample_case import FIRST

CDN = ("DomainName:cdn.example.net", "DomainName", "cdn.example.net")
PANEL = ("DomainName:panel.example.com", "DomainName", "panel.example.com")
IP = ("IPAddress:203.0.113.5", "IPAddress", "203.0.113.5")
HASH = ("FileHash:" + "0" * 64, "FileHash", "0" * 64)

GOLDEN = [
    Golden(
        "infrastructure/by-actor", {"actor_group": "atlas:G1"},
        [
            (*CDN, "INDICATES", "acme", None, None, None, ["news"], evidence("acme")),
            (*PANEL, "ATTRIBUTED_TO", "acme", None, None, 75, [], evidence("acme")),
        ],
        "what points to the group and what is said to be its own",
    ),
    Golden(
        "infrastructure/by-actor", {"actor_group": "atlas:G2"},
        [
            (*CDN, "INDICATES", "blog", None, None, 30, ["news"], None),
            (*HASH, "INDICATES", "acme", None, None, None, [], evidence("acme")),
            (*IP, "USES", "atlas", None, None, None, [], evidence("atlas")),
        ],
        "edges in either direction",
    ),
    Golden(
        "infrastructure/by-malware", {"malware": "atlas:S1"},
        [
            (*PANEL, "INDICATES", "acme", None, None, None, evidence("acme")),
            (*IP, "COMMUNICATES_WITH", "acme", None, None, None, evidence("acme")),
        ],
        "edges in either direction",
    ),
    Golden(
        "infrastructure/shared-by-several", {},
        [
            (*CDN, 2, ["atlas:G1", "atlas:G2"], ["acme", "blog"]),
            (*PANEL, 2, ["atlas:G1", "atlas:S1"], ["acme"]),
            (*IP, 2, ["atlas:G2", "atlas:S1"], ["acme", "atlas"]),
        ],
        "the file's second owner is deprecated malware, which does not count",
    ),
    Golden(
        "infrastructure/shared-by-several", {"actors_only": "yes"},
        [(*CDN, 2, ["atlas:G1", "atlas:G2"], ["acme", "blog"])],
        "groups only",
    ),
    Golden(
        "infrastructure/vendors", {},
        [
            (*CDN, 2, 2, ["acme", "blog"], FIRST, FIRST, True, ["news"]),
            (*IP, 2, 2, ["acme", "atlas"], FIRST, FIRST, False, []),
        ],
        "two that know of one another by nobody's word; what news lists as shared is flagged",
    ),
]  # fmt: skip
