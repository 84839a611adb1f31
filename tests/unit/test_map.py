"""The map: what is read from the graph, what is said of it, and a page that opens no door."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import sample_case
from tests.map_cases import HOSTILE, case
from tests.sample_case import BETA_HERON, FOX, HARBOR, HERON, KESTREL, LANTERN, MOSAIC, W1, W2, W4, W5, W7, W8, W9, W11
from workbench.errors import ParameterError, UnknownNameError, UsageError
from workbench.graph.loader import Loader
from workbench.graph.store import Store
from workbench.model.claims import AttributedTo
from workbench.model.nodes import Wallet
from workbench.views.graph_data import from_trace, neighbourhood
from workbench.views.graph_read import marking
from workbench.views.layout import positions
from workbench.views.map import draw, network, page
from workbench.views.map_data import MapData, records
from workbench.views.text import asset_amount, most_restricted, script_json, short_address, visible

LOADING = re.compile(r"""(?:src|href|action|data|poster)\s*=\s*["']?\s*(?:https?:)?//|@import|url\(\s*["']?(?!data:)""")


class Page(HTMLParser):
    """What a browser would see: elements, attributes, and the text of script elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.words: list[str] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")
        self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._inside:
            while self._inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self._inside and self._inside[-1] == "script":
            self.scripts[-1] += data
        elif not self._inside or self._inside[-1] != "style":
            self.words.append(data)


@pytest.fixture
def loaded(store: Store) -> Store:
    """The invented case of tests/sample_case.py."""
    sample_case.load(store)
    return store


def keys(data: MapData) -> set[str]:
    return set(data.nodes["key"])


def edge(data: MapData, **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in records(data.edges) if all(row[name] == value for name, value in wanted.items())]


# --- from the graph ----------------------------------------------------------------------------


def test_a_theft_one_step_around_has_what_live_claims_say_of_it(loaded: Store) -> None:
    data = neighbourhood(loaded, [KESTREL.id], hops=1)
    assert keys(data) == {
        f"Incident/{KESTREL.id}", f"ActorGroup/{HERON.id}", f"ActorGroup/{FOX.id}", f"Wallet/{W1.id}",
        f"Wallet/{W2.id}", "Malware/atlas:S1", "Malware/atlas:S9",
    }  # fmt: skip
    rivals = edge(data, type="ATTRIBUTED_TO", source=f"Incident/{KESTREL.id}")
    assert sorted((e["target"], e["source_id"], e["confidence"]) for e in rivals) == [
        (f"ActorGroup/{HERON.id}", "bureau", None),
        (f"ActorGroup/{FOX.id}", "blog", 40),
        (f"ActorGroup/{FOX.id}", "news", 40),
    ]
    (sent,) = edge(data, type="SENT")
    assert (sent["source"], sent["target"]) == (f"Wallet/{W1.id}", f"Wallet/{W2.id}")
    assert (sent["amount"], sent["usd"], sent["source_id"]) == ("5 ETH", 9000.0, "acme")


def test_retracted_claims_are_not_drawn(loaded: Store) -> None:
    data = neighbourhood(loaded, [MOSAIC.id, W7.id], hops=1)
    assert not edge(data, source=f"Wallet/{W7.id}")
    assert [e["target"] for e in edge(data, type="ATTRIBUTED_TO", source=f"Incident/{MOSAIC.id}")] == [
        f"ActorGroup/{HERON.id}"
    ]


def test_transfers_between_two_wallets_are_one_line_with_the_exact_sum(loaded: Store) -> None:
    data = neighbourhood(loaded, [W2.id], hops=1)
    (sent,) = edge(data, type="SENT", target=f"Wallet/{W11.id}")
    assert (sent["count"], sent["amount"], sent["usd"]) == (2, "5.000000000000000001 ETH", 9000.0)
    (unpriced,) = edge(data, type="SENT", target=f"Wallet/{W8.id}")
    assert (unpriced["amount"], unpriced["usd"]) == ("123.456789012345678901 ETH", None)


def test_the_walk_does_not_go_on_from_a_services_wallet_or_a_group(loaded: Store) -> None:
    near = neighbourhood(loaded, [KESTREL.id], hops=2)
    assert f"Wallet/{W8.id}" in keys(near)  # reached through W2
    far = keys(neighbourhood(loaded, [KESTREL.id], hops=3))
    assert f"Service/{HARBOR.id}" in far
    theirs = keys(neighbourhood(loaded, [W8.id], hops=3))
    assert f"Service/{HARBOR.id}" in theirs  # asked about, so all around it is looked at
    assert f"Wallet/{W9.id}" not in theirs  # which only Harbor joins to W8
    assert "Technique/atlas:T1" not in keys(near)  # only the groups use it


def test_sources_stand_in_the_details_and_are_no_nodes(loaded: Store) -> None:
    data = neighbourhood(loaded, [KESTREL.id], hops=2)
    assert not any(key.startswith(("Source/", "IngestRun/")) for key in keys(data))
    (theft,) = [row for row in records(data.nodes) if row["id"] == KESTREL.id]
    assert theft["details"] == [
        "reported $120,000,000, 2021-03-02 — blog",
        "reported $100,000,000, 2021-03-01 — bureau",
        "reported $120,000,000, 2021-03-02 — news",
    ]
    assert theft["seed"]


def test_a_victims_wallet_is_never_tied_to_an_actor(loaded: Store) -> None:
    data = neighbourhood(loaded, [MOSAIC.id], hops=1)
    actors = {row["id"]: row["actors"] for row in records(data.nodes)}
    assert actors[W5.id] == []
    assert [(c.actor, c.direct) for c in actors[W4.id]] == [
        (f"ActorGroup/{HERON.id}", True), (f"ActorGroup/{HERON.id}", False)
    ]  # fmt: skip


def test_groups_that_a_source_says_are_one_share_a_name_and_others_do_not(loaded: Store) -> None:
    groups = neighbourhood(loaded, [LANTERN.id, KESTREL.id], hops=1).groups
    assert groups[f"ActorGroup/{HERON.id}"] == groups[f"ActorGroup/{BETA_HERON.id}"]
    assert groups[f"ActorGroup/{HERON.id}"] == "Quiet Heron (atlas) = Heron (beta)"
    assert groups[f"ActorGroup/{FOX.id}"] == "Copper Fox (atlas)"


def test_a_limit_that_bites_says_how_many_nodes_it_left_out(loaded: Store) -> None:
    whole = neighbourhood(loaded, [KESTREL.id], hops=1)
    part = neighbourhood(loaded, [KESTREL.id], hops=1, limit=3)
    assert len(part.nodes) == 3
    assert part.left_out == len(whole.nodes) - 3
    assert str(part.left_out) in part.notes[0]
    assert f"{part.left_out} nodes left out" in page(part, title="part")
    assert whole.left_out == 0
    assert "nodes left out" not in page(whole, title="whole")


def test_the_order_of_loading_changes_nothing(store: Store) -> None:
    pages = []
    for seed in (1, 2):
        store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
        sample_case.load(store, shuffle=seed)
        pages.append(page(neighbourhood(store, [KESTREL.id, MOSAIC.id], hops=3), title="both"))
    assert pages[0] == pages[1]


def test_an_id_nobody_has_is_refused_with_the_nearest(loaded: Store) -> None:
    with pytest.raises(UnknownNameError, match="kestrel-exchange-2021"):
        neighbourhood(loaded, ["kestrel-exchange-2020"])
    with pytest.raises(ParameterError):
        neighbourhood(loaded, [])
    with pytest.raises(ParameterError):
        neighbourhood(loaded, [KESTREL.id], limit=0)


def test_the_marking_is_that_of_the_most_restricted_claim_shown(loaded: Store) -> None:
    assert neighbourhood(loaded, [KESTREL.id], hops=1).tlp == "clear"
    assert marking(loaded) == "clear"
    secret = AttributedTo(subject=W11.ref, object=HERON.ref, source_id="acme", tlp="amber+strict")
    Loader(loaded, "run-late", datetime(2024, 7, 1, tzinfo=UTC)).claims([secret])
    assert neighbourhood(loaded, [KESTREL.id], hops=1).tlp == "clear"
    marked = neighbourhood(loaded, [W11.id], hops=1)
    assert (marked.tlp, marking(loaded)) == ("amber+strict", "amber+strict")
    assert ">TLP:AMBER+STRICT</span>" in page(marked, title="marked")


def test_a_marking_nobody_can_read_counts_as_red() -> None:
    assert most_restricted(["clear", "green"]) == "green"
    assert most_restricted(["clear", "TLP:PURPLE"]) == "red"
    assert most_restricted([]) == "clear"


# --- from a trace ------------------------------------------------------------------------------


def trace(rows: int = 3) -> Any:
    names = [Wallet.of(f"0x{n:040x}", "eth").id for n in range(1, rows + 2)]
    flows = pd.DataFrame({
        "transfer_id": [f"t{n}" for n in range(rows)], "sender": names[:-1], "receiver": names[1:],
        "asset": "eip155:1/slip44:native", "amount": pd.Series([10**24 + n for n in range(rows)], dtype=object),
        "haircut": pd.Series([10**23 + n for n in range(rows)], dtype=object),
        "time": [pd.Timestamp("2023-06-02T21:49:23Z")] * rows,
    })  # fmt: skip
    stops = pd.DataFrame({
        "wallet": [names[-1]], "reason": ["service"], "service": ["thorchain"], "source": ["blog"],
        "confidence": [70], "role": ["deposit"], "tlp": ["green"],
    })  # fmt: skip
    return SimpleNamespace(flows=flows, stops=stops, sources=(names[0],))


def test_a_trace_has_its_transfers_its_start_and_the_services_that_stopped_it() -> None:
    data = from_trace(trace())
    assert sum(data.nodes["kind"] == "Wallet") == 4
    assert [row["id"] for row in records(data.nodes) if row["seed"]] == [Wallet.of("0x" + "0" * 39 + "1", "eth").id]
    last = edge(data, type="SENT")[-1]
    assert last["amount"] == "1,000,000.000000000000000002 ETH"  # exact beyond 2^53
    assert last["taint"] == "haircut 100,000.000000000000000002 ETH"
    (stop,) = edge(data, type="CONTROLS")
    assert (stop["source"], stop["source_id"], stop["confidence"]) == ("Service/thorchain", "blog", 70)
    assert data.tlp == "green"


def test_a_long_trace_keeps_what_most_value_passed_through_and_says_so() -> None:
    data = from_trace(trace(50), limit=10)
    assert (sum(data.nodes["kind"] == "Wallet"), data.left_out) == (10, 41)
    assert "41 wallets" in data.notes[0]


def test_an_empty_trace_is_an_empty_map(tmp_path: Path) -> None:
    empty = SimpleNamespace(flows=pd.DataFrame(columns=["transfer_id", "sender", "receiver", "amount"]))
    data = from_trace(empty)
    assert len(data.nodes) == len(data.edges) == 0
    assert "0 nodes" in draw(data, tmp_path / "map.html", title="nothing").read_text()


def test_a_trace_without_a_column_is_refused() -> None:
    with pytest.raises(UsageError, match="receiver"):
        from_trace(SimpleNamespace(flows=pd.DataFrame({"transfer_id": ["t"], "sender": ["a"]})))


# --- the page ----------------------------------------------------------------------------------


def test_the_page_names_no_address_to_load_from() -> None:
    text = page(case(60), title="offline")
    assert not LOADING.findall(text)
    assert "cdn" not in text.lower()
    policy = next(a["content"] for t, a in Page(text).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert "http" not in policy


def test_hostile_names_are_text_everywhere() -> None:
    found = Page(page(case(60), title=HOSTILE[1]))
    assert len(found.scripts) == 3
    assert not any(tag == "img" for tag, _ in found.tags)
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)
    assert not any((a.get("href") or "").lower().startswith("javascript") for _, a in found.tags)
    data = found.scripts[0]
    assert not set("<>&\u2028\u2029") & set(data)
    names = {node["wb"]["name"] for node in json.loads(data)["nodes"]}
    assert "</script><script>window.pwned=1</script>" in names  # shown as what it is
    shown = "".join(found.words) + data
    assert "\u202e" not in shown
    assert "\x1b" not in shown
    assert max(map(len, names)) <= 80


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    first = draw(case(120), tmp_path / "a.html", title="t").read_bytes()
    assert first == draw(case(120), tmp_path / "b.html", title="t").read_bytes()


def test_every_node_and_edge_is_in_the_tables_too() -> None:
    data = case(60)
    rows = [a["data-id"] for tag, a in Page(page(data, title="t")).tags if tag == "tr" and "data-id" in a]
    assert len(rows) == len(data.nodes) + len(data.edges)


def test_shapes_tell_kinds_apart_without_colour_and_rivals_are_bent_apart() -> None:
    data = case(60)
    net = network(data)
    shapes = {node["wb"]["kind"]: node["shape"] for node in net.nodes}
    assert len(set(shapes.values())) == len(shapes)
    pairs = [(min(e["from"], e["to"]), max(e["from"], e["to"]), json.dumps(e.get("smooth"))) for e in net.edges]
    assert len(pairs) == len(set(pairs))


def test_an_edge_says_source_confidence_and_amount() -> None:
    net = network(case(60))
    for drawn in net.edges:
        facts = dict(drawn["wb"]["facts"])
        assert facts["Source"]
        assert facts["Confidence"] in ("a ledger fact", "not stated") or facts["Confidence"].endswith(" of 100")
        assert ("Amount" in facts) == (drawn["wb"]["type"] == "SENT")


def test_numbers_of_a_page_follow_its_data() -> None:
    data = case(60)
    assert f"{len(data.nodes)} nodes, {len(data.edges)} lines" in page(data, title="t")
    assert "5,312 nodes left out" in page(replace(data, left_out=5312), title="t")


# --- places ------------------------------------------------------------------------------------


@given(
    st.integers(0, 40).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0))), max_size=80)
        )
    )
)
@settings(max_examples=40, deadline=None)
def test_places_are_finite_and_no_two_nodes_share_one(graph: tuple[int, list[tuple[int, int]]]) -> None:
    count, edges = graph
    edges = edges if count else []
    places = positions(count, edges)
    assert len(places) == count == len(set(places))
    assert places == positions(count, list(reversed(edges)))


# --- words -------------------------------------------------------------------------------------


def test_amounts_are_exact_and_say_their_unit() -> None:
    assert asset_amount(1_500_000, "iso4217:USD") == "1.5 USD"
    assert asset_amount(10**18 + 1, "eip155:1/slip44:native") == "1.000000000000000001 ETH"
    assert asset_amount(7, "eip155:1/erc20:0xdead") == "7 base units of erc20:0xdead"


@given(st.text(max_size=400))
def test_visible_text_is_bounded_one_line_and_hides_nothing(text: str) -> None:
    shown = visible(text, 50)
    assert len(shown) <= 50
    assert not set(shown) & set("\n\r\t\x00\u202a\u202e\u2066\u2028\u2029\u200b")


@given(st.recursive(st.text() | st.none() | st.integers(), lambda inner: st.lists(inner), max_leaves=5))
def test_script_json_says_the_same_and_cannot_end_a_script(value: Any) -> None:
    text = script_json(value)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_addresses_are_shortened_names_are_not() -> None:
    assert short_address("0x098B716B8Aaf21512996dC57EB0615e2383E2f96") == "0x098B71…3E2f96"
    assert short_address("a name") == "a name"
