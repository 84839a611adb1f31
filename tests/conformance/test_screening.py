"""Screening lists of addresses: every row answered once, in order; lists of many shapes; what the commands print."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exposure_case import FAR, MULE, STRANGER, THIEF, story
from workbench.analysis.exposure.network import Network, read_network
from workbench.analysis.exposure.screen import Screening, screen
from workbench.analysis.projection import Ledger
from workbench.errors import InputError, UsageError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.reading.address_rows import address_rows


@pytest.fixture
def loaded(store: Store) -> Store:
    return story(store)


def look_up(store: Store, path: Path, **options: str) -> Screening:
    return screen(store, address_rows(path, **options))


def test_every_row_comes_out_once_in_order(loaded: Store, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    texts = [THIEF.address, "nonsense", MULE.address.upper().replace("0X", "0x"), "", STRANGER.id, THIEF.address,
             "0x" + "f" * 40]  # fmt: skip
    path.write_text("Name;Wallet Address;note\n" + "".join(f"n{i};{t};x\n" for i, t in enumerate(texts)))
    found = look_up(loaded, path)
    assert found.rows["input"].tolist() == texts
    assert found.rows["where"].tolist() == [f"line {i}" for i in range(2, 9)]
    assert found.rows["status"].tolist() == ["hit", "invalid", "direct", "invalid", "service", "hit", "no hit"]
    assert found.summary["statuses"] == {"hit": 2, "invalid": 2, "direct": 1, "service": 1, "no hit": 1}
    assert "ofac" in found.rows["sources"][0]
    assert "clean" not in " ".join(found.rows["verdict"])
    assert "no finding" in found.rows["verdict"][6]
    json.dumps(found.to_json())
    assert "<p>" in found._repr_html_()
    assert found.plot().get_xlabel()


def test_each_network_has_its_own_answer(loaded: Store) -> None:
    bare = screen(loaded, [THIEF.address])
    assert bare.answers["network"].tolist() == ["eth", "bsc"] or bare.answers["network"].tolist() == ["bsc", "eth"]
    assert set(zip(bare.answers["network"], bare.answers["status"], strict=True)) == {("eth", "hit"), ("bsc", "no hit")}
    assert bare.rows["verdict"][0].count("on eth: ") == bare.rows["verdict"][0].count("on bsc: ") == 1
    assert screen(loaded, [THIEF.address], network="bsc").rows["status"].tolist() == ["no hit"]
    assert screen(loaded, ["eip155:56:" + THIEF.address]).rows["status"].tolist() == ["no hit"]
    wrong = screen(loaded, [("x", "eip155:56:" + THIEF.address, "eth", None)]).rows
    assert wrong["verdict"][0] == "not looked up: the id says bsc, the row eth"


def test_lists_of_many_shapes_are_read(tmp_path: Path) -> None:
    a, b = THIEF.address, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    shapes = {
        "bare.txt": f"{a}\n\n{b}\n", "mark.csv": f"\ufeffaddress,chain\n{a},eth\n{b},btc\n",
        "other.csv": f"id,what\n1,{a}\n2,{b}\n", "nohead.csv": f"1,{a}\n2,{b}\n",
        "lines.jsonl": json.dumps({"address": a}) + "\n" + json.dumps({"address": b}) + "\n",
        "array.json": json.dumps([{"wallet": a}, {"wallet": b}]), "tab.tsv": f"x\taddress\n1\t{a}\n2\t{b}\n",
    }  # fmt: skip
    for name, text in shapes.items():
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert [row.text for row in address_rows(path)] == [a, b], name
    assert [row.network for row in address_rows(tmp_path / "mark.csv")] == ["eth", "btc"]
    assert [row.where for row in address_rows(tmp_path / "bare.txt")] == ["line 1", "line 3"]
    (tmp_path / "latin.csv").write_bytes(f"name,address\nGr\xfc\xdfe,{a}\n".encode("cp1252"))
    assert address_rows(tmp_path / "latin.csv")[0].text == a


def test_broken_rows_cost_themselves_only(tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f'id,address\n1,{THIEF.address}\n"2"x,{MULE.address}\n3\n4,{FAR.address}\n')
    rows = address_rows(path)
    assert len(rows) == 4
    assert [row.problem is None for row in rows] == [True, False, False, True]
    (tmp_path / "none.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no column holds addresses"):
        address_rows(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no column is called"):
        address_rows(path, column="adress")
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(InputError):
        address_rows(tmp_path / "empty.csv")


@given(st.text(max_size=200) | st.lists(st.sampled_from([THIEF.address, '"', ",", ";", "address", "\n", "é", "eth"]),
       max_size=30).map("".join))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("any") / "list.csv"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    try:
        rows = address_rows(path)
    except InputError:
        return
    assert len(rows) <= len(text)


def test_an_empty_graph_answers(store: Store) -> None:
    found = screen(store, [THIEF.address])
    assert found.rows["status"].tolist() == ["no hit"]
    assert any("No wallet is listed as sanctioned" in line for line in found.words())
    assert Network.of(Ledger.of([]), read_network(store).usd).nodes == 0


def test_every_line_of_a_sanctions_list_is_a_hit_by_its_word(store: Store, shared: Path) -> None:
    path = shared / "ofac-0xB10C-lists" / "sanctioned_addresses_ETH.txt"
    assert not ingest_paths(store, [path]).failed
    lines = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    found = screen(store, address_rows(path))
    assert found.rows["input"].tolist() == lines
    assert set(found.rows["status"]) == {"hit"}
    assert all("in the word of 0xb10c-ofac-addresses" in verdict for verdict in found.rows["verdict"])
    assert screen(store, address_rows(path), network="bsc").summary["statuses"] == {"no hit": len(lines)}


def test_the_command_prints_stable_csv(loaded: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                       monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from workbench.cli import main

    path = tmp_path / "list.csv"
    path.write_text(f"address\n{THIEF.address}\nnope\n")
    user, password = loaded.auth
    monkeypatch.setenv("WORKBENCH_DB_USER", user)
    monkeypatch.setenv("WORKBENCH_DB_PASSWORD", password)
    codes = []
    for arguments in ([], ["--strict"], ["--table", "nothing"]):
        with pytest.raises(SystemExit) as done:
            main(["screen", str(path), "--db", loaded.uri, "--format", "csv", *arguments])
        codes.append(done.value.code)
    out = capsys.readouterr().out
    assert codes == [0, 1, 2]
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["status"] for row in rows[:2]] == ["hit", "invalid"]
    with pytest.raises(SystemExit) as done:
        main(["exposure", MULE.id, "--db", loaded.uri, "--format", "json"])
    assert done.value.code == 0
    assert json.loads(capsys.readouterr().out)["summary"]["basis"] == "usd"


def test_a_file_has_to_be_read_before(store: Store) -> None:
    for wrong in ("list.csv", Path("list.csv")):
        with pytest.raises(UsageError, match="is a file"):
            screen(store, wrong)  # type: ignore[arg-type]
    assert screen(store, THIEF.address).rows["input"].tolist() == [THIEF.address]
