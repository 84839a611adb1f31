"""Golden rows of queries/clusters."""

from __future__ import annotations

from golden import Golden
from tests.sample_case import BEFORE, BETWEEN, FIRST, SECOND, W2, W3, W8

ACME, BETA = ("acme:c1", "co_spend"), ("beta:c7", "deposit_reuse")
HARBOR, HERON, OTHER_HERON = (
    ("harbor-exchange", "Harbor Exchange"), ("atlas:G1", "Quiet Heron"), ("beta:heron", "Heron")
)  # fmt: skip
OVER_ACME = (*ACME, "acme", None, 3, ["eth"], ["Harbor Exchange", "Heron", "Quiet Heron"], None)
OVER_BETA = (*BETA, "beta", None, 2, ["eth"], [], "one link")
OF_W3 = [
    (W3.id, *ACME, "not stated", 3, "acme", "statement", None, SECOND),
    (W3.id, *BETA, "{}", 2, "beta", "statement", "one link", FIRST),
]
SAID = ("acme", "statement", None)
OWNERS_BETA = [
    (BETA[0], *HERON, "ActorGroup", "ATTRIBUTED_TO", "acme", 1, 2, 2, "one link"),
    (BETA[0], *HERON, "ActorGroup", "ATTRIBUTED_TO", "bureau", 1, 2, 2, "one link"),
    (BETA[0], *OTHER_HERON, "ActorGroup", "ATTRIBUTED_TO", "beta", 1, 2, 2, "one link"),
]
RUN = (
    "run-clusters", "co_spend/1", "clustering co_spend 1a2b3c4d", "done", FIRST, FIRST, 0, 0, 0, "d" * 64, "0.1.0"
)  # fmt: skip

GOLDEN = [
    Golden("clusters/overview", {}, [OVER_ACME, OVER_BETA], "the defect one has no owner, though two are claimed"),
    Golden("clusters/overview", {"source": "beta"}, [OVER_BETA], "of one source"),
    Golden("clusters/overview", {"least": 3}, [OVER_ACME], "the large ones"),
    Golden(
        "clusters/overview", {"as_of": BETWEEN, "source": "acme"},
        [(*ACME, "acme", None, 2, ["eth"], ["Harbor Exchange"], None)],
        "wallet 3, with its owners, came with the second edition",
    ),
    Golden("clusters/of-wallet", {"wallet": W3.id}, OF_W3, "two sources, each with a cluster of its own"),
    Golden("clusters/of-wallet", {"wallet": W3.address}, OF_W3, "by address"),
    Golden(
        "clusters/of-wallet", {"wallet": W2.id, "as_of": BETWEEN},
        [(W2.id, *ACME, "not stated", 2, "acme", "statement", None, FIRST)], "it had two wallets then",
    ),
    Golden(
        "clusters/members", {"cluster": ACME[0]},
        [
            (W2.id, "eth", *SAID, FIRST), (W3.id, "eth", *SAID, SECOND), (W8.id, "eth", *SAID, FIRST),
        ],
        "three wallets, one of them since the second edition",
    ),
    Golden("clusters/members", {"cluster": ACME[0], "as_of": BEFORE}, [], "nothing was known yet"),
    Golden("clusters/owners", {"cluster": BETA[0]}, OWNERS_BETA, "rival names side by side, with who says so"),
    Golden(
        "clusters/owners", {"as_of": BETWEEN},
        [
            (ACME[0], *HARBOR, "Service", "CONTROLS", "acme", 1, 2, 1, None), *OWNERS_BETA,
        ],
        "the blog had not said so of wallet 8",
    ),
    Golden("clusters/runs", {}, [RUN], "one run; readings of files are none"),
]  # fmt: skip
