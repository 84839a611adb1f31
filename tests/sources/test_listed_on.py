"""The saved query wallets/listed-on over editions of lists: that day in the world, in what we knew on that other."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from tests.sources.sanction_cases import advanced_xml, btc, eth
from tests.sources.template_cases import found, load
from tests.sources.test_opensanctions import entity, lines
from workbench.graph.store import Store
from workbench.model.times import utc_now
from workbench.queries import QueryLibrary
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])
KEPT, GONE, LATE = btc(1), btc(2), btc(3)
GROUP: dict[str, Any] = {
    "number": 7, "type": "entity", "name": [(43, "EXAMPLE GROUP")], "listed": (2019, 9, 13), "programs": ["DPRK3"],
}  # fmt: skip
EDITIONS = {(2024, 1, 5): (KEPT, GONE), (2024, 3, 5): (KEPT, GONE), (2024, 6, 5): (KEPT, LATE)}


def answers(store: Store, wallet: str, on: str, as_of: datetime | None = None) -> list[tuple[Any, ...]]:
    """Listing and answer of every row."""
    params = {"wallet": wallet, "on": on, **({"as_of": as_of} if as_of else {})}
    found = LIBRARY.run(store, "wallets/listed-on", params)
    return [(row["listing"], row["answer"]) for row in found.records()]


@pytest.fixture
def known(store: Store, tmp_path: Path) -> list[datetime]:
    """Three editions of one list, the last of which drops an address; the instants after each was read."""
    instants = []
    for day, addresses in EDITIONS.items():
        party = {**GROUP, "wallets": [("XBT", address) for address in addresses]}
        load(store, tmp_path, advanced_xml([party], day), "sdn_advanced.xml")
        instants.append(utc_now())
        time.sleep(0.01)
    return instants


def test_the_four_combinations(store: Store, known: list[datetime]) -> None:
    """Before and after the delisting in the world, in what was known before and after it was read."""
    early, late = "2024-02-01", "2024-07-01"
    assert answers(store, GONE, early, known[1]) == [("sanctioned", "yes")]
    assert answers(store, GONE, late, known[1]) == [("sanctioned", "in the last edition")]
    assert answers(store, GONE, early, known[2]) == [("sanctioned", "yes")]
    assert answers(store, GONE, late, known[2]) == [("sanctioned", "no")]
    assert answers(store, GONE, early) == answers(store, GONE, early, known[2])
    assert answers(store, GONE, late) == answers(store, GONE, late, known[2])


@pytest.mark.parametrize(
    ("wallet", "on", "edition", "answer"),
    [
        (GONE, "2018-01-01", 2, "no"),  # its owner was not listed yet
        (GONE, "2020-01-01", 2, "not stated"),  # its owner was; when the wallet was added, the list does not say
        (GONE, "2024-01-05", 2, "yes"),
        (GONE, "2024-03-05", 2, "yes"),
        (GONE, "2024-03-06", 2, "not stated"),  # after the last edition that had it, before the first that had not
        (GONE, "2024-06-04", 2, "not stated"),
        (GONE, "2024-06-05", 2, "no"),
        (GONE, "2024-03-05", 0, "in the last edition"),  # only the first edition had been read
        (KEPT, "2024-05-05", 2, "yes"),
        (KEPT, "2024-06-06", 2, "in the last edition"),
        (LATE, "2024-05-05", 2, "not stated"),
        (LATE, "2024-06-05", 2, "yes"),
    ],
)
def test_days_and_editions(
    store: Store, known: list[datetime], wallet: str, on: str, edition: int, answer: str
) -> None:
    assert answers(store, wallet, on, known[edition]) == [("sanctioned", answer)]


def test_what_was_not_read_yet_is_not_known(store: Store, known: list[datetime]) -> None:
    assert answers(store, LATE, "2024-06-05", known[1]) == []
    assert answers(store, btc(9), "2024-06-05") == []


def test_an_older_edition_read_later_moves_nothing(store: Store, known: list[datetime], tmp_path: Path) -> None:
    party = {**GROUP, "wallets": [("XBT", KEPT)]}
    load(store, tmp_path, advanced_xml([party], (2023, 1, 1)), "sdn_advanced.xml", accept_shrink=True)
    assert answers(store, LATE, "2023-06-01") == [("sanctioned", "not stated")]
    assert answers(store, LATE, "2024-06-05") == [("sanctioned", "yes")]


def test_an_address_that_comes_back_has_two_rows(store: Store, known: list[datetime], tmp_path: Path) -> None:
    party = {**GROUP, "wallets": [("XBT", KEPT), ("XBT", GONE)]}
    load(store, tmp_path, advanced_xml([party], (2024, 9, 5)), "sdn_advanced.xml", accept_shrink=True)
    table = {"2024-02-01": ["not stated", "yes"], "2024-07-01": ["no", "not stated"], "2024-09-05": ["no", "yes"]}
    for on, answer in table.items():
        assert sorted(row[1] for row in answers(store, GONE, on)) == answer, on


@pytest.mark.parametrize(
    ("on", "answer"), [("2021-06-29", "no"), ("2021-06-30", "yes"), ("2021-12-31", "yes"), ("2022-01-01", "no")]
)
def test_stated_dates_of_listing_and_delisting(store: Store, tmp_path: Path, on: str, answer: str) -> None:
    """An order that ended: the Sanction gives both days; that the wallet stands in the data set is another listing."""
    wallet = entity("w-5", "CryptoWallet", "il_mod_crypto", publicKey=eth(5), currency="ETH")
    order = entity("s-5", "Sanction", "il_mod_crypto", entity="w-5", startDate="2021-06-30", endDate="2022-01-01")
    load(store, tmp_path, lines(wallet, order), "e.json")
    assert answers(store, eth(5), on) == [("published", "not stated"), ("sanctioned", answer)]


@pytest.mark.parametrize("address", ["0x2f389ce8bd8ff92de3402ffce4691d17fc4f6535", eth(0xABCDEF)])
def test_capitals_of_an_ethereum_address_do_not_matter(store: Store, tmp_path: Path, address: str) -> None:
    party = {**GROUP, "wallets": [("ETH", address), ("XBT", KEPT)]}
    load(store, tmp_path, advanced_xml([party], (2024, 1, 5)), "sdn_advanced.xml")
    for text in (address, to_checksum_address(address), "0x" + address[2:].upper()):
        assert answers(store, text, "2024-01-05") == [("sanctioned", "yes")]
        assert answers(store, f"eip155:1:{text}", "2024-01-05") == [("sanctioned", "yes")]
        assert answers(store, f"eip155:56:{text}", "2024-01-05") == []
    [(id_,)] = found(store, "MATCH (w:Wallet {address: $a}) RETURN w.id", a=KEPT)
    assert answers(store, id_, "2024-01-05") == [("sanctioned", "yes")]
    assert answers(store, id_.swapcase(), "2024-01-05") == []  # capitals are part of a Bitcoin address


def test_the_row_says_where_the_answer_comes_from(store: Store, known: list[datetime]) -> None:
    row = LIBRARY.run(store, "wallets/listed-on", {"wallet": GONE, "on": "2024-02-01"}).records()[0]
    days = [row[name] for name in ("seen_from", "seen_until", "gone_by", "owner_listed_from")]
    assert [day if isinstance(day, date) else day.to_native() for day in days] == [
        date(2024, 1, 5), date(2024, 3, 5), date(2024, 6, 5), date(2019, 9, 13),
    ]  # fmt: skip
    assert (row["program"], row["asset"], row["source"]) == ("DPRK3", "XBT", "ofac")
    assert str(row["evidence"]).endswith("id=7")


def test_every_day_has_one_answer_per_listing(store: Store, known: list[datetime]) -> None:
    """Over all days around the editions, the answers of a wallet follow one another in one order and never go back."""
    order: Callable[[str], int] = ["not stated", "yes", "not stated again", "no"].index
    seen = []
    for on in ("2023-12-31", "2024-01-05", "2024-02-20", "2024-03-05", "2024-04-01", "2024-06-05", "2025-01-01"):
        answer = answers(store, GONE, on)[0][1]
        seen.append(f"{answer} again" if answer == "not stated" and "yes" in seen else answer)
    assert [order(answer) for answer in seen] == sorted(order(answer) for answer in seen)
