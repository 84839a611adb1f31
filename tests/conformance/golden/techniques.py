"""Golden rows of queries/techniques."""

from __future__ import annotations

from golden import Golden
from tests.sample_case import BETWEEN

PHISHING = ("atlas:T1", "Phishing", ["initial-access"])
ACCOUNTS = ("atlas:T2", "Stolen accounts", ["initial-access", "persistence"])

GOLDEN = [
    Golden(
        "techniques/prevalence", {}, [(*PHISHING, 3, 1.0, 0, 0), (*ACCOUNTS, 1, 0.3333, 1, 1)],
        "three live groups have techniques; the revoked group, technique and malware count nowhere",
    ),
    Golden(
        "techniques/prevalence", {"as_of": BETWEEN}, [(*PHISHING, 3, 1.0, 0, 0), (*ACCOUNTS, 2, 0.6667, 1, 1)],
        "Copper Fox still had the second technique",
    ),
    Golden("techniques/prevalence", {"min_groups": "2"}, [(*PHISHING, 3, 1.0, 0, 0)], "common ones only"),
    Golden(
        "techniques/shared-between", {"actor_group": "atlas:G1", "other_group": "atlas:G2"},
        [(*PHISHING, 3, ["atlas"], ["atlas"])], "the revoked technique they share is not offered",
    ),
    Golden(
        "techniques/shared-between", {"actor_group": "atlas:G1", "other_group": "atlas:G2", "as_of": BETWEEN},
        [(*ACCOUNTS, 2, ["atlas"], ["atlas"]), (*PHISHING, 3, ["atlas"], ["atlas"])], "the rarer one comes first",
    ),
    Golden("techniques/shared-between", {"actor_group": "atlas:G1", "other_group": "beta:gull"}, [],
     "nothing in common"),
]  # fmt: skip
