"""Golden rows of queries/traces."""

from __future__ import annotations

from golden import Golden
from tests.sample_case import (
    BETWEEN,
    ETH,
    FIFO_TRACE,
    FIRST,
    HARBOR,
    HUGE,
    KESTREL,
    LANTERN,
    SECOND,
    TRACE,
    TUMBLER,
    W2,
    W7,
    W8,
    W9,
    W10,
    W11,
    W12,
)

JOINT = f"{KESTREL.id} | {LANTERN.id}"
HOW = (FIRST, False, True)
NOT_SAID = (None, None, None)
LOT, FIVE, FOUR = (
    (wallet.id, ETH, KESTREL.id, HUGE, haircut, "5", "6", "7", "1", "9", 2, *HOW, float(haircut), TRACE.id)
    for wallet, haircut in ((W12, HUGE), (W11, "500"), (W11, "400"))
)
BY_FIFO, ONE = (
    (wallet.id, ETH, KESTREL.id, None, haircut, fifo, None, None, low, high, 2, *NOT_SAID, float(haircut),
     FIFO_TRACE.id)
    for wallet, haircut, fifo, low, high in ((W12, "11", "5", "10", "12"), (W7, "1", "2", "1", "1"))
)  # fmt: skip
BOTH = (W10.id, ETH, JOINT, "3", "3", "3", "3", "3", "3", "3", 2, *NOT_SAID, 3.0, TRACE.id)
OTHER = (W11.id, ETH, LANTERN.id, "8", "7", "6", "5", "4", "7", "7", 2, *NOT_SAID, 7.0, TRACE.id)

AT_8 = (HUGE, "300", "500", "0", "100", "200", "400")
AT_9 = ("90", "30", "50", "0", "10", "20", "40")
HARBOR_IS, TUMBLER_IS = (
    (service.id, service.name, service.concept) for service in (HARBOR, TUMBLER)
)  # fmt: skip
STOP_8 = (ETH, KESTREL.id, *AT_8, 2, 300.0, [HARBOR.id], TRACE.id)
STOP_9 = (ETH, KESTREL.id, *AT_9, 2, 30.0, [HARBOR.id, TUMBLER.id], TRACE.id)
ABOUT_HARBOR = (float(HUGE) + 90, 330.0, 550.0, 0.0, 110.0, 220.0, 440.0)
ABOUT_TUMBLER = (90.0, 30.0, 50.0, 0.0, 10.0, 20.0, 40.0)

TWO = [KESTREL.id, LANTERN.id]
PASSED = ("0",) * 7

GOLDEN = [
    Golden(
        "traces/holdings", {"incident": KESTREL.id}, [LOT, FIVE, BY_FIFO, BOTH, ONE],
        "by haircut, exact beyond 2^63; what is of two thefts is told of each; one other question was asked too",
    ),
    Golden("traces/holdings", {"incident": KESTREL.id, "analysis": FIFO_TRACE.id}, [BY_FIFO, ONE], "of one question"),
    Golden("traces/holdings", {"incident": LANTERN.id}, [OTHER, BOTH], "of the other theft"),
    Golden(
        "traces/holdings", {"incident": KESTREL.id, "analysis": TRACE.id, "as_of": BETWEEN}, [LOT, FOUR, BOTH],
        "by the first run",
    ),
    Golden(
        "traces/stops", {"incident": KESTREL.id},
        [
            (W8.id, *HARBOR_IS, "acme", 70, *STOP_8), (W8.id, *HARBOR_IS, "blog", None, *STOP_8),
            (W9.id, *HARBOR_IS, "blog", None, *STOP_9), (W9.id, *TUMBLER_IS, "acme", 60, *STOP_9),
        ],
        "each claim about a wallet has its row; rivals side by side",
    ),
    Golden("traces/stops", {"incident": LANTERN.id}, [], "it reached no service"),
    Golden(
        "traces/by-service", {"incident": KESTREL.id},
        [
            (*HARBOR_IS, ETH, KESTREL.id, 2, 1, ["acme", "blog"], *ABOUT_HARBOR, TRACE.id),
            (*TUMBLER_IS, ETH, KESTREL.id, 1, 1, ["acme"], *ABOUT_TUMBLER, TRACE.id),
        ],
        "the disputed wallet counts for both, and is told",
    ),
    Golden(
        "traces/by-service", {"incident": KESTREL.id, "as_of": BETWEEN},
        [
            (*HARBOR_IS, ETH, KESTREL.id, 2, 1, ["acme", "blog"], *ABOUT_HARBOR, TRACE.id),
            (*TUMBLER_IS, ETH, KESTREL.id, 1, 1, ["acme"], *ABOUT_TUMBLER, TRACE.id),
        ],
        "then the blog said it of wallet 9 only",
    ),
    Golden(
        "traces/commingled", {},
        [
            (W10.id, ETH, JOINT, "held", "3", "3", "3", "3", "3", "3", "3", "3", 2, TWO, TRACE.id),
            (W11.id, ETH, KESTREL.id, "held", HUGE, "500", "5", "6", "7", "1", "9", "500", 2, TWO, TRACE.id),
            (W11.id, ETH, LANTERN.id, "held", "8", "7", "6", "5", "4", "7", "7", "7", 2, TWO, TRACE.id),
        ],
        "one wallet where two thefts meet, one whose value is of both",
    ),
    Golden("traces/commingled", {"analysis": FIFO_TRACE.id}, [], "it follows one theft"),
    Golden(
        "traces/of-wallet", {"wallet": W2.address},
        [(W2.id, KESTREL.id, ETH, "passed", *PASSED, "600", 1, None, [], FIRST, TRACE.id)],
        "nothing stays where it passed",
    ),
    Golden(
        "traces/of-wallet", {"wallet": W11.id},
        [
            (W11.id, KESTREL.id, ETH, "held", HUGE, "500", "5", "6", "7", "1", "9", "500", 2, FIRST, [], SECOND,
             TRACE.id),
            (W11.id, LANTERN.id, ETH, "held", "8", "7", "6", "5", "4", "7", "7", "7", 2, None, [], FIRST, TRACE.id),
        ],
        "what the first run said has been taken back",
    ),
    Golden(
        "traces/compare", {"one": FIFO_TRACE.id, "other": TRACE.id},
        [
            (W2.id, ETH, KESTREL.id, "passed", "only in the other", None, "0", None, "0", None, "0", None, "0", None,
             "0"),
            (W7.id, ETH, KESTREL.id, "held", "only in one", None, None, "1", None, "2", None, None, None, None, None),
            (W8.id, ETH, KESTREL.id, "crossed", "only in the other", None, HUGE, None, "300", None, "500", None, "0",
             None, "100"),
            (W9.id, ETH, KESTREL.id, "crossed", "only in the other", None, "90", None, "30", None, "50", None, "0",
             None, "10"),
            (W10.id, ETH, JOINT, "held", "only in the other", None, "3", None, "3", None, "3", None, "3", None, "3"),
            (W11.id, ETH, KESTREL.id, "held", "only in the other", None, HUGE, None, "500", None, "5", None, "6", None,
             "7"),
            (W11.id, ETH, LANTERN.id, "held", "only in the other", None, "8", None, "7", None, "6", None, "5", None,
             "4"),
            (W12.id, ETH, KESTREL.id, "held", "another amount", None, HUGE, "11", HUGE, "5", "5", None, "6", None, "7"),
        ],
        "a method that one did not ask for is no difference; fifo agrees on wallet 12, haircut does not",
    ),
    Golden("traces/compare", {"one": TRACE.id, "other": TRACE.id}, [], "the same says the same"),
]  # fmt: skip
