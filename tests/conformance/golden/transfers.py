"""Golden rows of queries/transfers."""

from __future__ import annotations

from golden import Golden
from tests.sample_case import BETWEEN, ETH, FAILED, TOKEN, W1, W2, W4, W8, W9, W11, W12, at


def tx(digit: str, place: int) -> str:
    """The id of a transfer of the sample."""
    return f"eip155:1/tx:{digit * 64}/log:{place}"


HARBOR, TUMBLER = ("harbor-exchange", "Harbor Exchange"), ("tumbler", "Tumbler")
TEN, FIVE_PAST, NEXT_DAY, DAY3, YEAR23 = map(
    at, ("2021-03-01T10:00:00", "2021-03-01T10:05:00", "2021-03-02", "2021-03-03", "2023-06-03")
)
BIG = "123456789012345678901"  # more than a 64-bit integer or a double holds
OF_W2 = [
    (W2.id, TEN, 1, "in", W1.id, ETH, "5000000000000000000", 9000.0, tx("1", 1), "acme"),
    (W2.id, FIVE_PAST, 1, "out", W11.id, ETH, "2000000000000000000", 3600.0, tx("2", 1), "acme"),
    (W2.id, FIVE_PAST, 2, "out", W11.id, ETH, "3000000000000000001", 5400.0, tx("3", 2), "acme"),
    (W2.id, NEXT_DAY, 1, "out", W8.id, ETH, BIG, None, tx("4", 1), "acme"),
]
FIRST, THIRD, SECOND, SELF, TOKENS = (
    (TEN, W1.id, W2.id, ETH, "5000000000000000000", 9000.0, 9000.0, tx("1", 1), "acme"),
    (FIVE_PAST, W2.id, W11.id, ETH, "3000000000000000001", 5400.0, 5400.0, tx("3", 2), "acme"),
    (FIVE_PAST, W2.id, W11.id, ETH, "2000000000000000000", 3600.0, 3600.0, tx("2", 1), "acme"),
    (DAY3, W12.id, W12.id, ETH, "1000000000000000000", 1800.0, 1800.0, tx("5", 1), "acme"),
    (YEAR23, W4.id, W9.id, TOKEN, "7000000", 7.0, 7.0, tx("6", 1), "acme"),
)
CASHED = (NEXT_DAY, W2.id, W8.id, *HARBOR, ETH, BIG, None, tx("4", 1), ["blog"])
TRIED = (
    at("2021-03-01T09:00:00"), W1.id, W9.id, ETH, "4000000000000000000", tx("7", 1), "acme", "run-first.csv", False,
    [], [FAILED.id], ["atlas"],
)  # fmt: skip
MIXED = (YEAR23, W4.id, W9.id), (TOKEN, "7000000", 7.0, tx("6", 1), ["blog"])

GOLDEN = [
    Golden("transfers/of-wallet", {"wallet": W2.id}, OF_W2, "in the order of the ledger, the amounts exact"),
    Golden(
        "transfers/of-wallet", {"wallet": W2.address, "since": "2021-03-01T10:05:00Z", "until": "2021-03-02"},
        OF_W2[1:3],
        "since is included, until is not",
    ),
    Golden(
        "transfers/of-wallet", {"wallet": W12.id},
        [(W12.id, DAY3, 1, "self", W12.id, ETH, "1000000000000000000", 1800.0, tx("5", 1), "acme")],
        "a transfer to itself is one row",
    ),
    Golden("transfers/largest", {}, [FIRST, THIRD, SECOND, SELF, TOKENS], "unknown values are not ranked"),
    Golden("transfers/largest", {"rows": "2"}, [FIRST, THIRD], "the first two"),
    Golden(
        "transfers/largest", {"asset": ETH, "rows": 2},
        [
            (NEXT_DAY, W2.id, W8.id, ETH, BIG, None, 1.2345678901234568e20, tx("4", 1), "acme"),
            (*FIRST[:6], 5e18, *FIRST[7:]),
        ],
        "of one asset, by amount",
    ),
    Golden(
        "transfers/into-services", {"incident": "kestrel-exchange-2021"}, [(*CASHED, ["acme", "blog"])],
        "wallet 2 is said to launder, wallet 8 to be Harbor's",
    ),
    Golden(
        "transfers/into-services", {"incident": "kestrel-exchange-2021", "as_of": BETWEEN}, [(*CASHED, ["acme"])],
        "the blog had not said so yet",
    ),
    Golden(
        "transfers/into-services", {"incident": "mosaic-wallet-2023"},
        [(*MIXED[0], *HARBOR, *MIXED[1], ["blog"]), (*MIXED[0], *TUMBLER, *MIXED[1], ["acme"])],
        "wallet 9 has two claimed owners: both are shown",
    ),
    Golden(
        "transfers/token-symbols", {},
        [(TOKEN, "EEE", None, None, ["atlas"]), (TOKEN, "USDT", "Tether USD", 6, ["acme", "beta"])],
        "rivals are rows of their own, sources that say the same are one",
    ),
    Golden("transfers/token-symbols", {"asset": ETH}, [], "a coin has no contract that could call it anything"),
    Golden("transfers/failed", {}, [TRIED], "acme has it, atlas says that it failed"),
    Golden("transfers/failed", {"wallet": W9.address}, [TRIED], "of its receiver"),
    Golden("transfers/failed", {"wallet": W2.id}, [], "all that it sent arrived"),
    Golden("transfers/into-services", {"incident": "pebble-dex-2023"}, [], "its wallets sent nothing"),
]  # fmt: skip
