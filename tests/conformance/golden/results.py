"""Golden rows of queries/exposure, queries/behaviour and queries/demixing."""

from __future__ import annotations

from golden import Golden, evidence
from tests.sample_case import (
    BEFORE,
    ETH,
    FIRST,
    GUESSES,
    HABITS,
    HERON,
    KESTREL,
    LANTERN,
    LOOK,
    PROFILE,
    SCREENING,
    SECOND,
    W1,
    W2,
    W4,
    W7,
    W8,
    W9,
    W11,
)

LISTED = (
    "received from", "sanctioned", "police", "Statement of the Police", 1, 0.5, 1, 9000.0, 0, [ETH],
    ["5000000000000000000"], [W1.id], "received from a list",
)  # fmt: skip
NEAR = ("sent to", "actor", HERON.id, HERON.name, 2, 0.25, 0, None, 0, [], [], [], None)
NOBODY = (
    "received from", "unresolved", "unresolved", "nobody that is labelled", None, 0.5, 0, None, 0, [], [], [], None
)  # fmt: skip
FAN = (
    "fan-out", W2.id, "It paid two.", FIRST, SECOND, None, "in 3 of 100", [W2.id, W8.id, W11.id], ["one", "two"],
    '{"receivers": 2}', [KESTREL.id], HABITS.id,
)  # fmt: skip
SCREENED = sorted([
    (W1.id, "hit", "listed", 1, 0, 0, 0, 0, 2, ["police"], FIRST, SCREENING.id),
    (W2.id, "direct", "received from it", 0, 1, 0, 1, 0, 2, ["police"], FIRST, SCREENING.id),
    (W7.id, "no hit", None, 0, 0, 0, None, 0, 0, [], FIRST, SCREENING.id),
], key=lambda row: str(row[0]))  # fmt: skip
PROFILED = [
    (KESTREL.id, "assets", 2.0, "assets", FIRST, PROFILE.id),
    (KESTREL.id, "hop_delay_median", 1.5, "hours", FIRST, PROFILE.id),
]
POSSIBLE, WEAK = (
    (W9.id, depositor.id, strength, ["timing"], 1, 40, True, None, None, "1 ETH", FIRST, 2.5, evidence("looks"), "tx",
     rank, GUESSES.id)
    for depositor, strength, rank in ((W4, "possible", 2), (W1, "weak", 3))
)  # fmt: skip

GOLDEN = [
    Golden(
        "exposure/of-wallet", {"wallet": W2.id},
        [(W2.id, *row, FIRST, LOOK.id) for row in (LISTED, NEAR, NOBODY)],
        "with the share for which nobody was found",
    ),
    Golden("exposure/of-wallet", {"wallet": W1.id}, [], "it was not asked about"),
    Golden("exposure/to-category", {"category": HERON.id}, [(W2.id, *NEAR, LOOK.id)], "at two hops"),
    Golden("exposure/to-category", {"category": HERON.id, "most_hops": 1}, [], "not nearer"),
    Golden("exposure/to-category", {"category": "police"}, [(W2.id, *LISTED, LOOK.id)], "to a list"),
    Golden("behaviour/findings", {}, [FAN], "what was found"),
    Golden("behaviour/findings", {"incident": KESTREL.id, "wallet": W11.id}, [FAN], "by a wallet that is in it"),
    Golden("behaviour/findings", {"pattern": "peel-chain"}, [], "another pattern"),
    Golden("exposure/screened", {}, SCREENED, "also who has no hit"),
    Golden("exposure/screened", {"status": "hit"}, [row for row in SCREENED if row[1] == "hit"], "hits alone"),
    Golden(
        "exposure/screened", {"wallet": W7.id, "analysis": SCREENING.id},
        [row for row in SCREENED if row[0] == W7.id], "of one wallet",
    ),
    Golden("exposure/screened", {"analysis": LOOK.id}, [], "of another analysis"),
    Golden("behaviour/profiles", {}, PROFILED, "what could be measured"),
    Golden("behaviour/profiles", {"incident": KESTREL.id, "feature": "assets"}, PROFILED[:1], "one measure"),
    Golden("behaviour/profiles", {"incident": LANTERN.id}, [], "nobody made its profile"),
    Golden("demixing/hypotheses", {}, [POSSIBLE, WEAK], "the strongest first"),
    Golden("demixing/hypotheses", {"wallet": W1.id}, [WEAK], "of a depositor"),
    Golden("demixing/hypotheses", {"wallet": W9.id}, [POSSIBLE, WEAK], "of the recipient"),
    Golden("demixing/hypotheses", {"incident": LANTERN.id}, [], "it did not pass a mixer"),
    Golden("demixing/hypotheses", {"as_of": BEFORE}, [], "nothing was known yet"),
]  # fmt: skip
