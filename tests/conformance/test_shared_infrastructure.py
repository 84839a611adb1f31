"""Addresses inside listed networks are flagged, with the network as the reason; a second run changes nothing."""

from __future__ import annotations

import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.shared_infrastructure import Networks, flag_shared, parent_domain
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import ListedBy
from workbench.model.infrastructure import parse_infrastructure
from workbench.model.nodes import SourceMention
from workbench.model.times import utc_now

networks = st.ip_addresses(v=4).flatmap(
    lambda a: st.integers(4, 32).map(lambda n: str(ipaddress.ip_network(f"{a}/{n}", strict=False)))
)


def load(store: Store, *values: str, shared: tuple[str, ...] = ()) -> None:
    loader, source = Loader(store, "run", utc_now(), "test"), SourceMention.of("vpn-list")
    nodes = [parse_infrastructure(value) for value in (*values, *shared)]
    loader.nodes([source, *nodes])
    loader.claims([
        ListedBy(subject=node.ref, object=source.ref, source_id=source.id, listing="shared")
        for node in nodes if node.value in shared
    ])  # fmt: skip


def test_what_lies_inside_is_flagged_and_what_does_not_is_not(store: Store) -> None:
    load(store, "192.0.2.7", "192.0.3.7", "2001:db8::1", "exit.vpn.example", "vpn.example.org",
         shared=("192.0.2.0/24", "192.0.0.0/16", "2001:db8::/32", "vpn.example"))  # fmt: skip
    frame = flag_shared(store)
    assert dict(zip(frame.infrastructure, frame.inside, strict=True)) == {
        "IPAddress:192.0.2.7": "192.0.2.0/24", "IPAddress:192.0.3.7": "192.0.0.0/16",
        "IPAddress:2001:db8::1": "2001:db8::/32", "DomainName:exit.vpn.example": "vpn.example",
    }  # fmt: skip
    count = "MATCH ()-[c:LISTED_BY]->() WHERE c.tier = 'structural' RETURN count(c), collect(DISTINCT c.listing)"
    assert store.read(count).rows == [(4, ["shared"])]
    flag_shared(store)
    assert store.read(count).rows == [(4, ["shared"])]
    assert store.read("MATCH ()-[c:LISTED_BY {tier: 'structural'}]->() RETURN DISTINCT c.source_id").rows == [
        ("shared-infrastructure-flags",)
    ], "the list itself did not say so"


def test_a_flag_goes_when_the_list_takes_its_network_back(store: Store) -> None:
    load(store, "192.0.2.7", shared=("192.0.2.0/24",))
    assert len(flag_shared(store)) == 1
    store.write("MATCH ()-[c:LISTED_BY]->(:Source {id: 'vpn-list'}) SET c.retracted_at = datetime()")
    assert flag_shared(store).empty
    live = "MATCH ()-[c:LISTED_BY]->() WHERE c.retracted_at IS NULL RETURN count(c)"
    assert store.read(live).rows == [(0,)]


def test_what_lies_below_a_suffix_or_a_popular_site_is_not_shared(store: Store) -> None:
    loader, source = Loader(store, "run", utc_now(), "test"), SourceMention.of("misp-warninglist-second-level-tlds")
    nodes = [parse_infrastructure(value) for value in ("co.example", "evil.co.example")]
    loader.nodes([source, *nodes])
    loader.claims([ListedBy(subject=nodes[0].ref, object=source.ref, source_id=source.id, listing="shared")])
    assert flag_shared(store).empty


def test_without_a_list_nothing_is_flagged(store: Store) -> None:
    load(store, "192.0.2.7")
    assert flag_shared(store).empty


@given(st.lists(networks, max_size=8), st.ip_addresses(v=4))
def test_the_smallest_network_that_holds_the_address(listed: list[str], address: ipaddress.IPv4Address) -> None:
    holding = [ipaddress.ip_network(n) for n in listed if address in ipaddress.ip_network(n)]
    smallest = str(max(holding, key=lambda n: n.prefixlen)) if holding else None
    assert Networks(dict.fromkeys(listed, "x")).containing(address) == smallest


def test_a_domain_is_below_another_only_at_a_dot() -> None:
    assert parent_domain("a.b.example", {"b.example"}) == "b.example"
    assert parent_domain("ab.example", {"b.example"}) is None
    assert parent_domain("example", {"example"}) is None, "a listed top-level domain flags nobody"
