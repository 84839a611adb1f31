"""bitcoin-etl transactions: inputs and outputs exact to the satoshi, on the right network, and nobody's guessed."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing import damaged, read
from tests.ledger_cases import ANY_JSON, check, read_any, read_json, said, write
from workbench.errors import InputError
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.run import Options, RunReport, ingest_file

NAME = "bitcoin-etl-transactions"
GENESIS, SATOSHI = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "12c6DSiU4Rq3P4ZxziKxzrL5LmMBrzjrJX"
"""The addresses of the first two blocks' outputs."""
FILES = {
    "bitcoin__block_with_transactions": "btc", "bitcoin__stream_50001_50002": "btc",
    "bitcoin_cash__block_with_duplicate_txid": "bch", "dogecoin__block_with_float_precision_loss": "doge",
    "dogecoin__block_without_transactions": "doge", "zcash__block_0": "zec",
    "zcash__block_with_shielded_addresses": "zec", "zcash__block_with_value_balance": "zec",
}  # fmt: skip


def output(index: int, address: str | None, value: Any, kind: str = "pubkeyhash") -> dict[str, Any]:
    addresses = [address] if address else []
    return {"index": index, "type": kind, "addresses": addresses, "value": value, "script_asm": "", "script_hex": ""}


def transaction(number: int, inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "hash": f"{number:064x}", "block_number": 50001, "block_timestamp": 1270917100, "is_coinbase": not inputs,
        "inputs": inputs, "outputs": outputs,
    }  # fmt: skip


def flows(store: Store, kind: str) -> set[tuple[str, str, str, int]]:
    """Transaction, address, amount and place of every edge of a kind."""
    pattern = "(w:Wallet)-[f:INPUT]->(t)" if kind == "INPUT" else "(t)-[f:OUTPUT]->(w:Wallet)"
    rows = store.read(f"MATCH {pattern} RETURN t.hash, w.address, f.amount, f.position").rows
    return {tuple(row) for row in rows}


def load_twice(store: Store, path: Path, **options: Any) -> RunReport:
    first, again = (ingest_file(store, path, Options(**options)) for _ in range(2))
    check(first)
    check(again)
    assert (again.loaded, again.duplicates) == (0, first.loaded + first.duplicates)
    return first


@pytest.mark.parametrize(("name", "network"), FILES.items())
def test_real_blocks_hold_what_they_hold(store: Store, shared: Path, name: str, network: str) -> None:
    """Compared with the file's own lists as Python's json module reads them; inputs not complete are counted apart."""
    path = shared / f"etl-fixtures/btc/{name}__expected_transactions.json"
    rows = read_json(path)
    report = load_twice(store, path)
    paid = {
        (r["hash"], o["addresses"][0].removeprefix("bitcoincash:"), str(o["value"]), o["index"])
        for r in rows for o in r["outputs"] if o["addresses"]
    }  # fmt: skip
    assert flows(store, "OUTPUT") == paid
    mine = {(r["hash"], o["index"]): o for r in rows for o in r["outputs"]}
    spent = {
        (r["hash"], source["addresses"][0], str(source["value"]), i["index"])
        for r in rows for i in r["inputs"]
        if (source := i if i.get("addresses") else mine.get((i["spent_transaction_hash"], i["spent_output_index"])))
    }  # fmt: skip
    assert flows(store, "INPUT") == spent
    assert report.rows_in == len(rows)
    assert report.quarantined == sum(not any(o["addresses"] for o in r["outputs"]) for r in rows)
    found = store.read("MATCH (t:Transaction) RETURN DISTINCT t.network, t.time.epochSeconds").rows
    assert {tuple(row) for row in found} == {
        (network, r["block_timestamp"]) for r in rows if any(o["addresses"] for o in r["outputs"])
    }
    assert said(report, "it does not say its network")


def test_dogecoins_amounts_are_not_floats(store: Store, shared: Path) -> None:
    """The fixture is named after the bug: 84841299.38700000 and others that a float does not hold."""
    path = shared / "etl-fixtures/btc/dogecoin__block_with_float_precision_loss__expected_transactions.json"
    ingest_file(store, path)
    assert {"8484129938700000", "992162973066915"} <= {amount for _, _, amount, _ in flows(store, "OUTPUT")}


def test_shielded_value_is_told_and_belongs_to_nobody(store: Store, shared: Path) -> None:
    path = shared / "etl-fixtures/btc/zcash__block_with_shielded_addresses__expected_transactions.json"
    report = ingest_file(store, path)
    assert said(report, "2 left out: value in or out of Zcash's shielded pool")
    assert said(report, "nothing of it can be kept")


def test_inputs_and_outputs_balance_but_for_the_fee(store: Store, shared: Path) -> None:
    """In complete transactions the fee of the file is what the graph's inputs have more than its outputs."""
    path = shared / "etl-fixtures/btc/bitcoin__stream_50001_50002__expected_transactions.json"
    ingest_file(store, path)
    for row in read_json(path):
        if not row["is_coinbase"]:
            into = sum(int(f[2]) for f in flows(store, "INPUT") if f[0] == row["hash"])
            out = sum(int(f[2]) for f in flows(store, "OUTPUT") if f[0] == row["hash"])
            assert into - out == row["fee"]


def test_trap_exact_duplicates_of_a_coinbase_in_two_blocks(store: Store, shared: Path, tmp_path: Path) -> None:
    """BIP 30: the transaction of block 91,722 stands again in 91,880; the second moved nothing new."""
    path = shared / "etl-fixtures/btc/bitcoin_cash__block_with_duplicate_txid__expected_transactions.json"
    (row,) = read_json(path)
    report = ingest_file(store, write(tmp_path / "t.json", [row, {**row, "block_number": 91880}]))
    check(report)
    assert (report.loaded, report.duplicates) == (1, 1)
    assert len(said(report, "two blocks (BIP 30)")) == 2


def test_an_input_is_looked_up_in_the_file_and_never_guessed(store: Store, tmp_path: Path) -> None:
    spend = {"index": 0, "spent_transaction_hash": f"{1:064x}", "spent_output_index": 1, "addresses": [], "value": None}
    lost = {**spend, "index": 1, "spent_transaction_hash": "ff" * 32}
    rows = [
        transaction(1, [], [output(0, SATOSHI, 5), output(1, GENESIS, 7)]),
        transaction(2, [spend, lost], [output(0, SATOSHI, 6)]),
    ]
    report = load_twice(store, write(tmp_path / "t.json", rows), network="btc")
    assert flows(store, "INPUT") == {(f"{2:064x}", GENESIS, "7", 0)}
    assert said(report, "1 left out: an input whose wallet and amount are not given")


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        ({**output(1, None, 3, "multisig"), "addresses": [GENESIS, SATOSHI]}, "bare multisig"),
        (output(1, None, 0, "nulldata"), "a script without an address"),
        (output(1, "nonstandard" + "ab" * 20, 3, "nonstandard"), "a script without an address"),
    ],
)
def test_outputs_of_no_one_wallet_are_told_and_left_out(
    store: Store, tmp_path: Path, odd: dict[str, Any], why: str
) -> None:
    report = load_twice(store, write(tmp_path / "t.json", [transaction(1, [], [output(0, GENESIS, 1), odd])]))
    assert len(said(report, f"1 left out: {'a ' if why.startswith('bare') else ''}{why}")) == 1
    assert {amount for _, _, amount, _ in flows(store, "OUTPUT")} == {"1"}


def test_the_network_is_the_users_word_or_the_addresses(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", [transaction(1, [], [output(0, GENESIS, 1)])])
    assert said(ingest_file(store, path), "valid on btc, ltc, bsv, bch: taken as Bitcoin")
    report = ingest_file(store, path, Options(network="bsv"))
    assert report.loaded == 1
    assert not said(report, "does not say its network")
    with pytest.raises(InputError, match="which Ethereum does not have"):
        ingest_file(store, path, Options(network="eth"))
    mixed = [transaction(1, [], [output(0, "DLrPBnddK81Tn7YStmKVAhqfxYexZFJymq", 1), output(1, GENESIS, 1)])]
    with pytest.raises(InputError, match="addresses of several networks"):
        ingest_file(store, write(tmp_path / "m.json", mixed))
    test_network = [transaction(1, [], [output(0, "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", 1)])]
    with pytest.raises(InputError, match="no address that a known main network accepts"):
        ingest_file(store, write(tmp_path / "n.json", test_network))


def test_bad_rows_are_kept_apart_and_good_ones_load(store: Store, tmp_path: Path) -> None:
    good = transaction(1, [], [output(0, GENESIS, 1)])
    rows = [
        good, {**good, "hash": "xyz"}, {**good, "outputs": "x"}, {**good, "outputs": [output(0, GENESIS, -1)]},
        {**good, "outputs": [output(0, GENESIS, 1), output(0, GENESIS, 2)]}, {**good, "block_timestamp": None},
        {**good, "outputs": [{**output(0, None, 1), "addresses": GENESIS}]}, transaction(2, [], []),
        {**good, "outputs": [output(0, GENESIS[:-1] + "b", 1)]}, {**good, "mood": 1, "hash": f"{3:064x}"},
    ]  # fmt: skip
    report = ingest_file(store, write(tmp_path / "t.json", rows), Options(network="btc"))
    check(report)
    assert (report.loaded, report.quarantined) == (2, 8)
    assert [i.field for i in report.issues if "not known and was not read" in i.reason] == ["mood"]
    for why in ("64 hexadecimal", "not a list", "negative", "same index", "no time", "not a list of addresses"):
        assert said(report, why)


def test_an_endless_address_costs_its_own_row(store: Store, tmp_path: Path) -> None:
    """Where the network is decided from the first rows' addresses: found by fuzzing, and took minutes."""
    rows = [transaction(1, [], [output(0, "a" * 20_000, 1)]), transaction(2, [], [output(0, GENESIS, 1)])]
    report = ingest_file(store, write(tmp_path / "t.json", rows))
    check(report)
    assert (report.loaded, report.quarantined) == (1, 1)
    assert said(report, "too long to be one")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("dogecoin__block_with_float_precision_loss", 2867089036), ("zcash__block_with_value_balance", 4126157544),
        ("dogecoin__block_with_float_precision_loss", 918017786),
    ],
)  # fmt: skip
def test_damaged_files_that_took_minutes_are_read(shared: Path, tmp_path: Path, name: str, number: int) -> None:
    """Seeds of the fuzzer (tests/fuzzing.py): it alone says what the damage is."""
    content = (shared / f"etl-fixtures/btc/{name}__expected_transactions.json").read_bytes()
    path = tmp_path / "t.json"
    path.write_bytes(damaged(content, random.Random(number)))
    rows, good = read(formats().named(NAME), path)
    assert rows > good > 0


def test_parquet_says_the_same(store: Store, tmp_path: Path) -> None:
    rows = [transaction(1, [], [output(0, GENESIS, 5000000000), output(1, SATOSHI, 7)])]
    assert ingest_file(store, write(tmp_path / "t.parquet", rows)).loaded == 1
    assert ingest_file(store, write(tmp_path / "t.json", rows)).duplicates == 1


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text("")
    with pytest.raises(InputError):
        ingest_file(store, tmp_path / "t.json", Options(as_format=NAME))
    whole = write(tmp_path / "t.json", [transaction(n, [], [output(0, GENESIS, 1)]) for n in range(3)])
    whole.write_text(whole.read_text()[:-30])
    report = ingest_file(store, whole)
    check(report)
    assert (report.loaded, report.quarantined) == (2, 1)


def test_a_mended_row_is_fed_back(store: Store, tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", [transaction(1, [], [output(0, GENESIS, "x")])])
    report = ingest_file(store, path, Options(network="bsv", quarantine_folder=tmp_path / "q"))
    kept = Path(str(report.quarantine_file))
    kept.write_text(kept.read_text().replace('"value": "x"', '"value": "12"'))
    assert ingest_file(store, kept).loaded == 1
    assert store.read("MATCH (t:Transaction) RETURN t.network").rows == [("bsv",)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["hash", "inputs", "outputs", "block_number", "block_timestamp"]), ANY_JSON),
       st.dictionaries(st.sampled_from(sorted(output(0, None, 1))), ANY_JSON))  # fmt: skip
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any], odd: dict[str, Any]) -> None:
    good = transaction(1, [], [output(0, GENESIS, 1)])
    inner = transaction(2, [{**output(0, GENESIS, 1), **odd}], [{**output(0, GENESIS, 1), **odd}])
    assert read_any(write(tmp_path / "t.json", [good, {**good, **changed}, inner]), NAME, network="btc") == 3
