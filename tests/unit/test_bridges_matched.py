"""Bridges whose two sides somebody matched by an id: what holds is followed, and every row is answered for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taint_cases import ASSET, claim, sent, traced, wallet

from workbench.analysis.tracing.bridged import read_pairs
from workbench.analysis.tracing.follow import Trace
from workbench.errors import InputError, ParameterError
from workbench.model.ledger import Transfer

ARBITRUM = "eip155:42161"
ETHER = f"{ARBITRUM}/slip44:native"
TOKEN = f"{ARBITRUM}/erc20:0x" + "1" * 40
BRIDGE = [claim("e", "bridge", "defi_bridge")]
HASH = "ab" * 32
FAR = "cd" * 32


def there(sender: str, receiver: str, amount: int, second: int, *, tx: str = FAR, asset: str = ETHER) -> Transfer:
    """A transfer on Arbitrum."""
    row = sent(sender, receiver, amount, second, tx=tx, asset=asset)
    ends = (row.sender.replace("eip155:1:", f"{ARBITRUM}:"), row.receiver.replace("eip155:1:", f"{ARBITRUM}:"))
    return row._replace(sender=ends[0], receiver=ends[1], id=row.id.replace("eip155:1/", f"{ARBITRUM}/"))


def far(name: str) -> str:
    return wallet(name).replace("eip155:1:", f"{ARBITRUM}:")


ROWS = [
    sent("x", "a", 25, 1), sent("s", "a", 75, 2), sent("a", "e", 40, 3, tx=HASH), there("f", "b", 36, 60),
    there("b", "c", 18, 70, tx="ee"), sent("x", "e", 7, 90),
]  # fmt: skip
"""a holds 75 stolen and 25 of its own, and sends 40 (30 of them stolen) over the bridge, which keeps a tenth."""


def crossed(rows: list[Transfer] = ROWS, claims: Any = BRIDGE, **row: str) -> Trace:
    """A trace with a table of one pair."""
    pair = {"deposit": HASH, "release": FAR, "id": "message 7", **row}
    return traced(rows, "s", claims=claims, bridges=read_pairs([pair]))


def line(found: Trace, asset: str, method: str = "haircut") -> dict[str, int]:
    table = found.conservation[(found.conservation["asset"] == asset) & (found.conservation["method"] == method)]
    named = table.iloc[0].drop("conserves").to_dict()
    return {name: value for name, value in named.items() if isinstance(value, int) and value}


def test_a_matched_bridge_is_followed_and_its_fee_is_booked() -> None:
    found = crossed()
    assert line(found, ASSET) == {"injected": 75, "held": 45, "bridged": 27, "fees": 3}
    assert line(found, ETHER) == {"injected": 27, "injected_by_bridge": 27, "held": 27}
    for method, went, fee in (("fifo", 13, 2), ("lifo", 36, 4)):  # 15 and 40 of the 40 were stolen
        assert (line(found, ASSET, method)["bridged"], line(found, ASSET, method)["fees"]) == (went, fee)
        assert line(found, ETHER, method)["injected"] == went
    assert dict(zip(found.holdings["wallet"], found.holdings["haircut"], strict=True)) == {
        wallet("a"): 45, far("b"): 14, far("c"): 13
    }  # fmt: skip
    join = found.joins.iloc[0].to_dict()
    assert (join["kind"], join["id"], join["fee_base_units"]) == ("bridge", "message 7", 3)
    assert (join["tainted_in_base_units"], join["tainted_out_base_units"]) == (30, 27)
    assert (join["transaction"], join["release"]) == (f"eip155:1/tx:{HASH}", f"{ARBITRUM}/tx:{FAR}")
    assert found.bridges[["row", "status"]].values.tolist() == [[1, "followed"]]
    stop = found.stops.iloc[0]
    assert (stop["haircut"], stop["low"], stop["high"]) == (0, 0, 0)
    assert found.cash_out()["haircut_base_units"].tolist() == [0]
    assert "the word of whoever made the table" in " ".join(found.words())
    assert found.to_json()["joins"][0]["fee_base_units"] == "3"
    assert found.to_json()["bridges"][0]["status"] == "followed"
    assert found.explain(far("c"))["sender"].tolist() == [far("f"), far("b")]
    ended = traced(ROWS, "s", claims=BRIDGE)
    assert line(ended, ASSET) == {"injected": 75, "held": 45, "crossed": 30}
    assert len(ended.bridges) == 0


def test_without_a_common_unit_no_fee_is_made_up_but_one_that_is_told_is_booked() -> None:
    rows = [*ROWS[:3], there("f", "b", 9, 60, asset=TOKEN)]
    found = crossed(rows)
    assert line(found, ASSET) == {"injected": 75, "held": 45, "bridged": 30}
    assert line(found, TOKEN) == {"injected": 6, "injected_by_bridge": 6, "held": 6}  # 9 * 30 / 40, rounded down
    assert found.joins["fee_base_units"].tolist() == [None]
    told = crossed(rows, fee_base_units="4")
    assert line(told, ASSET) == {"injected": 75, "held": 45, "bridged": 27, "fees": 3}


@pytest.mark.parametrize(("pair", "why"), [
    ({"deposit": "ff" * 32}, "the deposit is not in the loaded ledger"),
    ({"release": "ff" * 32}, "the release is not in the loaded ledger"),
    ({"release": ""}, "the release is not in the loaded ledger"),
    ({"release": "x" * 10_000}, "the release is not in the loaded ledger"),
    ({"deposit_network": "bsc"}, "the deposit is not in the loaded ledger"),
    ({"asset_out": TOKEN}, "the release moved another asset than it says"),
    ({"amount_in": "41"}, "the deposit moved another amount than it says"),
    ({"amount_out": "3.6e1"}, "amount_out is no whole number of base units"),
    ({"fee_base_units": "5"}, "its fee is not what went in less what came out (4)"),
    ({"fee_base_units": "lots"}, "its fee is no whole number of base units, or more than went in"),
    ({"release": HASH}, "both sides are in one transaction: that is no bridge"),
    ({"deposit": FAR, "release": HASH}, "it was released before it was deposited"),
    ({"id": ""}, "neither an id nor a reason says why the two are one"),
    ({"deposit": f"eip155:1/tx:{HASH}/s-e-1"}, "the deposit is not in the loaded ledger"),
])  # fmt: skip
def test_a_pair_that_the_ledger_contradicts_is_refused_with_the_reason(pair: dict[str, str], why: str) -> None:
    found = crossed(**pair)
    assert found.bridges[["status", "why"]].values.tolist() == [["refused", why]]
    assert found.conservation.equals(traced(ROWS, "s", claims=BRIDGE).conservation)


def test_more_out_than_in_and_a_release_beyond_the_date_are_refused() -> None:
    rich = [row._replace(amount="41") if FAR in row.id else row for row in ROWS]
    assert crossed(rich).bridges["why"].tolist() == ["more came out than went in"]
    from datetime import timedelta

    from taint_cases import START

    pairs = read_pairs([{"deposit": HASH, "release": FAR, "reason": "seen on its explorer"}])
    found = traced(ROWS, "s", claims=BRIDGE, bridges=pairs, until=START + timedelta(seconds=30))
    assert found.bridges["why"].tolist() == ["it was released after the date limit of the trace"]


def test_who_the_bridge_is_must_be_known_or_said() -> None:
    unknown = crossed(claims=[])
    assert unknown.bridges["status"].tolist() == ["refused"]
    assert "column `service`" in unknown.bridges["why"][0]
    said = crossed(claims=[], service="<b>My bridge")
    assert said.bridges["status"].tolist() == ["followed"]
    assert said.stops[["service", "source"]].values.tolist() == [["<b>My bridge", "bridge pairs given by hand"]]
    assert "<b>My bridge" not in said._repr_html_()


def test_several_transfers_of_one_transaction_are_told_apart_by_their_ids_or_amounts() -> None:
    rows = [*ROWS, there("f", "d", 4, 60)]
    assert crossed(rows).bridges["why"].tolist() == ["2 transfers of the release fit: name one by its transfer id"]
    assert crossed(rows, amount_out="36").bridges["status"].tolist() == ["followed"]
    named = crossed(rows, release=f"{ARBITRUM}/tx:{FAR}/f-d-4")
    assert line(named, ETHER) == {"injected": 3, "injected_by_bridge": 3, "held": 3}


def test_rows_that_stand_twice_are_followed_once_and_one_without_taint_is_told() -> None:
    rows = [*ROWS, sent("x", "e", 9, 95, tx="aa"), there("f", "d", 8, 99, tx="bb")]
    pairs = [
        {"deposit": HASH, "release": FAR, "id": "7"}, {"deposit": HASH, "release": FAR, "id": "8"},
        {"deposit": "aa", "release": "bb", "id": "9"}, {"deposit": "1", "release": "2", "id": "5"},
        {"deposit": "1", "release": "2", "id": "5"},
    ]  # fmt: skip
    found = traced(rows, "s", claims=BRIDGE, bridges=read_pairs(pairs))
    assert found.bridges["status"].tolist() == ["followed", "refused", "not reached", "refused", "refused"]
    assert found.bridges["why"][1].startswith("an earlier row has ")
    assert found.bridges["why"][3] == found.bridges["why"][4] == "its id stands in several rows"
    assert found.summary["bridges"] == {"followed": 1, "not reached": 1, "refused": 3}


def test_single_sides_are_joined_by_their_ids_and_those_left_over_are_told() -> None:
    sides = pd.DataFrame([
        ("deposit", HASH, 7, ""), ("release", FAR, 7, "ETH"), ("release", "ff", 8, ""), ("deposit", "1", 9, ""),
        ("deposit", "2", 9, ""), ("sideways", "3", 10, ""),
    ], columns=["Side", "transaction", "id", "note"])  # fmt: skip
    found = traced(ROWS, "s", claims=BRIDGE, bridges=read_pairs(sides))
    told = {row["id"]: row for row in found.bridges.to_dict("records")}
    assert told["7"]["status"] == "followed"
    assert told["8"]["why"] == "its id has no (one) other side"
    assert told["9"]["why"] == "its id stands more than once on one side"
    assert told["10"]["why"] == "its side is neither deposit nor release"
    assert len(found.bridges) == 5  # six rows, of which two are one pair
    assert found.summary["bridge_columns_not_read"] == ["note"]


def test_a_file_is_read_row_by_row_and_what_is_no_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(f"\ufeffDeposit,release,ID\n0x{HASH.upper()},0x{FAR},=cmd()\n{HASH},{FAR},x,too,many\n", "utf-8")
    found = traced(ROWS, "s", claims=BRIDGE, bridges=read_pairs(path))
    assert found.bridges["status"].tolist() == ["followed", "refused"]
    assert found.bridges["why"][1] == "it has more cells than columns"
    for text in ("", "from,to\n1,2\n", 'deposit,release\n"1,2\n'):
        path.write_text(text, "utf-8")
        with pytest.raises(InputError):
            read_pairs(path)
    with pytest.raises(InputError):
        read_pairs(tmp_path / "nothing.csv")
    path.write_bytes(b"deposit,release,id\n\xff\xfe,1,2\n")
    with pytest.raises(InputError):
        read_pairs(path)
    assert read_pairs([]) == ()
    with pytest.raises(ParameterError):
        read_pairs([{"deposit": "1", "release": "2"}] * 100_001)
    with pytest.raises(ParameterError, match="forward only"):
        crossed_back()


def crossed_back() -> Trace:
    pairs = read_pairs([{"deposit": HASH, "release": FAR, "id": "7"}])
    return traced(ROWS, "c", direction="backward", methods=("fifo",), bridges=pairs)


def test_there_and_back_in_one_asset_conserves_and_the_sources_own_releases_are_refused() -> None:
    usd = "iso4217:USD"
    rows = [
        sent("s", "a", 100, 1, asset=usd), sent("a", "e", 100, 2, tx="in", asset=usd),
        sent("e", "b", 90, 9, tx="out", asset=usd), sent("s", "b", 5, 10, tx="own", asset=usd),
    ]  # fmt: skip
    found = crossed(rows, deposit="in", release="out")
    assert line(found, usd) == {
        "injected": 195, "injected_by_bridge": 90, "held": 95, "bridged": 90, "fees": 10
    }  # fmt: skip
    assert "source" in crossed(rows, deposit="in", release="own").bridges["why"][0]


steps = st.lists(st.tuples(st.sampled_from("ssaab"), st.sampled_from("abce"), st.integers(0, 30)), max_size=8)
hops = st.lists(st.tuples(st.sampled_from("abs"), st.integers(1, 30), st.integers(0, 9), st.sampled_from("bcd")),
                min_size=1, max_size=4)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(steps, hops)
def test_laws(moves: list[Any], bridged: list[Any]) -> None:
    rows = [sent("s", "a", 50, 0, tx="first")]
    rows += [sent(a, b, v, i + 1, tx=f"t{i}") for i, (a, b, v) in enumerate(moves)]
    pairs = []
    for i, (who, amount, fee, to) in enumerate(bridged):
        rows.append(sent(who, "e", amount, 20 + i, tx=f"in{i}"))
        rows.append(there("f", to, max(amount - fee, 0), 40 + i, tx=f"out{i}"))
        pairs.append({"deposit": f"in{i}", "release": f"out{i}", "id": str(i)})
    rows += [there("b", "c", 5, 60, tx="on")]
    found = traced(rows, "s", claims=BRIDGE, bridges=read_pairs(pairs))
    assert len(found.bridges) == len(pairs)
    for one in found.conservation[found.conservation["conserves"]].to_dict("records"):
        assert one["difference"] == 0
        mine = found.stops[found.stops["asset"] == one["asset"]]
        assert sum(mine[one["method"]]) == one["crossed"]
        assert all(v >= 0 for v in mine[one["method"]])
    for method in ("haircut", "fifo", "lifo", "tiho"):
        table = found.conservation[found.conservation["method"] == method]
        assert sum(table["bridged"]) == sum(table["injected_by_bridge"])  # one coin: what left arrived
    assert all(found.stops["low"] <= found.stops["haircut"])
    assert all(found.stops["haircut"] <= found.stops["high"])
