"""Patterns between two incidents: wallets that both paid, and routes that an address of each took."""

from __future__ import annotations

from test_behaviour_patterns import Moved, look, w

from workbench.model.amounts import USD_ASSET


def test_reuse_names_both_incidents_and_how_many_strangers_pay_there() -> None:
    moves = [("a", "dep", 10, 0), ("b", "dep", 20, 900), ("c", "dep", 5, 901), ("a", "solo", 1, 2)]
    (one,) = look("reuse", moves, incidents={"one": ["a"], "two": ["b"]}, services={"dep": ("Harbor", "exchange")})
    assert one.wallets[0] == w("dep")
    assert (one.figures["other_senders"], one.figures["value_usd"]) == (1, 30)
    assert one.figures["incidents"] == ["one", "two"]
    assert look("reuse", moves, incidents={"one": ["a"], "two": ["b"]}, max_other_senders=0) == []


def test_a_wallet_that_both_incidents_have_is_said_to_be_paid_by_those_who_paid_it_only() -> None:
    """`s` is in both incidents and was paid by `a` of the first only; what `s` itself paid is no second sign."""
    moves = [("a", "s", 10, 0), ("s", "x", 9, 1)]
    found = look("reuse", moves, incidents={"one": ["a", "s"], "two": ["b", "s"]})
    assert [one.wallets[0] for one in found] == [w("s")]
    assert found[0].figures["paid_from"] == ["one"]
    assert found[0].figures["in_both"]
    assert "was paid from one: 1 transfers" in found[0].words
    assert "and from two" not in found[0].words


VENUES = {
    "dex": ("Swapper", "defi_dex"), "br1": ("Bridge", "defi_bridge"), "br2": ("Bridge", "defi_bridge"),
    "hot": ("Harbor", "exchange"),
}  # fmt: skip
ROUTE: list[Moved] = [
    ("a", "dex", 10, 1), ("a", "dex", 11, 2), ("a", "br1", 20, 3), ("a", "hot", 5, 4),
    ("z", "hot", 1, 1), ("b", "dex", 30, 5), ("q", "b", 1, 6), ("b", "br2", 29, 7),
]  # fmt: skip


def test_a_route_is_the_same_services_in_the_same_order() -> None:
    """Both swapped, then bridged (by two wallets of one bridge); only the first went on to the exchange."""
    both = {"one": ["a"], "two": ["b"]}
    (one,) = look("routes", ROUTE, incidents=both, services=VENUES)
    assert one.figures["route"] == [["Swapper", USD_ASSET], ["Bridge", USD_ASSET]]
    assert (one.figures["steps"], one.figures["other_addresses"], one.figures["value_usd"]) == (2, 0, 89)
    assert len(one.rows) == 4, "swap and bridge of each; the second swap in a row is the same step"
    assert "Swapper" in one.words
    turned = [*ROUTE[:5], ("b", "br2", 29, 5), ("b", "dex", 30, 7)]
    assert look("routes", turned, incidents=both, services=VENUES) == [], "the other way round is another route"
    assert look("routes", ROUTE, incidents={"one": ["a"], "two": ["z"]}, services=VENUES) == []
    assert look("routes", ROUTE, incidents={"one": ["a"]}, services=VENUES) == []


def test_a_route_that_many_strangers_take_is_nobodys_and_one_hand_is_no_two() -> None:
    strangers = [(f"s{i}", there, 5, 10 + i + j / 2) for i in range(11) for j, there in enumerate(("dex", "br1"))]
    both = {"one": ["a"], "two": ["b"]}
    assert look("routes", [*ROUTE, *strangers], incidents=both, services=VENUES) == []
    (one,) = look("routes", [*ROUTE, *strangers[:6]], incidents=both, services=VENUES)
    assert one.figures["other_addresses"] == 3
    assert look("routes", ROUTE, incidents={"one": ["a", "b"], "two": ["b"]}, services=VENUES) == []


def test_of_routes_within_one_another_the_longest_is_told() -> None:
    longer = [*ROUTE, ("b", "hot", 3, 8)]
    (one,) = look("routes", longer, incidents={"one": ["a"], "two": ["b"]}, services=VENUES)
    assert one.figures["steps"] == 3
    (two,) = look("routes", longer, incidents={"one": ["a"], "two": ["b"]}, services=VENUES, max_steps=2)[:1]
    assert two.figures["steps"] == 2
