"""Address lists with `# key: value` lines above them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sources.template_cases import found, load, reasons
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.run import Options, ingest_file

HEAD = "# source: ofac\n# publisher: OFAC\n# kind: authority\n# listing: sanctioned\n"
BTC = ("3LU8wRu4ZnXP4UM8Yo6kkTiGHM9BubgyiG", "39idqitN9tYNmq3wYanwg3MitFB5TZCjWu")


def test_networks_are_decided_from_the_addresses(store: Store, tmp_path: Path) -> None:
    """An asset is not a chain: USDT lists mix Ethereum, TRON and Bitcoin-style addresses."""
    lines = f"{BTC[0]}\nTR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t\n'0x098B716B8Aaf21512996dC57EB0615e2383E2f96',\n"
    report = load(store, tmp_path, HEAD + lines)
    assert (report.format, report.loaded, report.source) == ("address-list", 3, "ofac")
    assert found(store, "MATCH (w:Wallet) RETURN w.network ORDER BY w.network") == [("btc",), ("eth",), ("trx",)]
    listed = found(store, "MATCH (:Wallet)-[l:LISTED_BY]->(s) RETURN DISTINCT l.listing, s.id, s.publisher")
    assert listed == [("sanctioned", "ofac", "OFAC")]


def test_the_eight_ronin_wallets_are_listed_twelve_times(store: Store, shared: Path) -> None:
    path = shared / "lazarus-ronin-dune" / "LazarusGroup.txt"
    report = ingest_file(store, path, Options(source="dspytdao"))
    assert (report.rows_in, report.loaded, report.duplicates) == (12, 8, 4)
    assert set(reasons(report, "warned")) >= {"\\x was read as 0x"}


def test_header_lines_in_any_order(store: Store, tmp_path: Path) -> None:
    head = "# network: btc\n# a remark without a key\n\n# Group: fbi:tradertraitor TraderTraitor\n# confidence: 90\n"
    load(store, tmp_path, f"{head}{HEAD}{BTC[0]}\n")
    said = found(store, "MATCH (w)-[a:ATTRIBUTED_TO]->(g) RETURN w.network, g.id, g.name, a.confidence")
    assert said == [("btc", "fbi:tradertraitor", "TraderTraitor", 90)]


def test_an_unknown_key_is_named_with_the_nearest(store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="licence"):
        load(store, tmp_path, f"{HEAD}# license: MIT\n{BTC[0]}\n")


@pytest.mark.parametrize(
    ("line", "why"),
    [("3LU8wRu4ZnXP4UM8Yo6kkTiGHM9BubgyiH", "no network accepts"), ("0x" + "ab" * 19, "40 hexadecimal"),
     ("x" * 1_000_000, "longer than"), ("a\x00b" + "c" * 30, "control character"),
     ("<script>alert(1)</script>", "no network")],
)  # fmt: skip
def test_bad_lines_cost_themselves(store: Store, tmp_path: Path, line: str, why: str) -> None:
    report = load(store, tmp_path, f"{HEAD}{BTC[0]}\n{line}\n{BTC[1]}\n", as_format="address-list")
    assert (report.loaded, report.quarantined) == (2, 1)
    assert why in reasons(report, "quarantined")[0]


@pytest.mark.parametrize("head", ["# listing: liked\n", "# confidence: 200\n", "# role: x\n# incident: a-2020 A\n"])
def test_a_head_that_makes_no_sense_loads_nothing(store: Store, tmp_path: Path, head: str) -> None:
    report = load(store, tmp_path, f"# source: a\n# publisher: A\n{head}{BTC[0]}\n")
    assert (report.loaded, report.quarantined) == (0, 1)


@pytest.mark.parametrize("content", ["", "\n\n", HEAD])
def test_a_list_of_nothing_is_refused(store: Store, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="no rows"):
        load(store, tmp_path, content, as_format="address-list")


def test_utf16_and_byte_order_marks(store: Store, tmp_path: Path) -> None:
    text = HEAD + "\n".join(BTC) + "\n"
    assert load(store, tmp_path, text).loaded == 2
    assert load(store, tmp_path, text.encode("utf-16")).duplicates == 2
    assert load(store, tmp_path, b"\xef\xbb\xbf" + text.encode()).duplicates == 2
