"""Any table of transfers with a mapping beside it: the transfers template by any other name."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger_cases import ALICE, ANY_JSON, BOB, check, load, parsed, read_any, said, transfers, write
from workbench.errors import InputError, RecordError
from workbench.graph.store import Store
from workbench.ingest import ingest_paths
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.run import Options, ingest_file

USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7"
MAPPING = f"""
source = "some-vendor"
[columns]
network = {{ value = "eth" }}
tx_hash = "Tx Hash"
index = {{ column = "Log", prefix = "log:" }}
from = "Sender"
to = "Receiver"
asset = {{ column = "Token", names = {{ USDT = "{USDT}", ETH = "native" }} }}
amount = {{ column = "Qty", decimals = 6, decimal_comma = true }}
time = {{ column = "When", format = "%d.%m.%Y %H:%M", zone = "+02:00" }}
usd = "Value (USD)"
"""
ROW: dict[str, Any] = {
    "Tx Hash": "0x" + "ab" * 32, "Log": "7", "Sender": ALICE, "Receiver": BOB, "Token": "USDT", "Qty": "1.234,56",
    "When": "02.05.2023 14:19", "Value (USD)": "1,234.56", "Mood": "x",
}  # fmt: skip


def table(folder: Path, rows: list[dict[str, Any]], mapping: str = MAPPING, name: str = "vendor.csv") -> Path:
    """A table with its mapping beside it."""
    (folder / f"{name}.mapping.toml").write_text(mapping, encoding="utf-8")
    return write(folder / name, rows)


@pytest.mark.parametrize("name", ["vendor.csv", "vendor.json", "vendor.parquet"])
def test_every_field_arrives_exactly(tmp_path: Path, name: str) -> None:
    path = table(tmp_path, [ROW], name=name)
    assert formats().detect(SourceFile(path)).name == "mapped-transfers"
    (made,), context = parsed(path)
    assert made == (
        f"eip155:1:{ALICE}", f"eip155:1:{BOB}", f"eip155:1/tx:{'ab' * 32}/log:7", f"eip155:1/erc20:{USDT}",
        "1234560000", 1234560000.0, 1234.56, int(datetime(2023, 5, 2, 12, 19, tzinfo=UTC).timestamp() * 1000), None,
        None,
    )  # fmt: skip
    assert [i.field for i in context.issues if "not in the mapping" in i.reason] == ["mood"]
    assert [i.value for i in context.issues if "the mapping's word" in i.reason] == ["USDT", "ETH"]


def test_it_says_what_the_template_says(store: Store, tmp_path: Path) -> None:
    """The same rows as a template: every one a duplicate."""
    load(store, table(tmp_path, [ROW, {**ROW, "Log": "8", "Token": "ETH"}]))
    same = {"network": "eth", "tx_hash": ROW["Tx Hash"], "from": ALICE, "to": BOB, "amount": "1234560000",
            "time": "2023-05-02T12:19:00Z", "source": "some-vendor"}  # fmt: skip
    rows = [{**same, "index": "log:7", "asset": USDT}, {**same, "index": "log:8", "asset": "native"}]
    report = ingest_file(store, write(tmp_path / "template.csv", rows))
    assert (report.format, report.loaded, report.duplicates) == ("transfers", 0, 2)


def test_a_folder_with_one_mapping_loads_its_tables_and_not_the_mapping(store: Store, tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING)
    write(tmp_path / "a.csv", [ROW])
    write(tmp_path / "b.csv", [{**ROW, "Log": "9"}])
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    report = ingest_paths(store, [tmp_path])
    assert [(run.format, run.loaded) for run in report.runs] == [("mapped-transfers", 1)] * 2
    assert [Path(path).name for path, _ in report.failed] == ["other.csv"]
    assert [Path(part).name for part in report.runs[0].read_with] == ["mapping.toml"]


def test_without_an_index_ids_are_made_of_the_ends(store: Store, tmp_path: Path) -> None:
    mapping = MAPPING.replace('index = { column = "Log", prefix = "log:" }\n', "")
    report = load(store, table(tmp_path, [ROW, {**ROW, "Qty": "2"}, ROW], mapping))
    assert (report.loaded, report.duplicates) == (2, 1)
    assert said(report, "no index is mapped")
    assert len({id_ for id_, *_ in transfers(store)}) == 2


def test_decimals_of_each_row(tmp_path: Path) -> None:
    mapping = MAPPING.replace("decimals = 6, decimal_comma = true", 'decimals_column = "Dec"')
    made, _ = parsed(table(tmp_path, [{**ROW, "Qty": "1.5", "Dec": d, "Log": d} for d in ("6", "18")], mapping))
    assert [t[4] for t in made] == ["1500000", "1500000000000000000"]  # type: ignore[index]


@given(st.datetimes(datetime(2009, 2, 1), datetime(2025, 1, 1)))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_times_in_milliseconds_and_in_a_form_of_ones_own(tmp_path: Path, moment: datetime) -> None:
    moment = moment.replace(microsecond=0, second=0)
    ms = int(moment.replace(tzinfo=UTC).timestamp()) * 1000
    form = 'format = "%d.%m.%Y %H:%M", zone = "+02:00"'
    ours, _ = parsed(table(tmp_path, [{**ROW, "When": f"{moment:%d.%m.%Y %H:%M}"}]))
    unix, _ = parsed(table(tmp_path, [{**ROW, "When": str(ms)}], MAPPING.replace(form, 'format = "unix_ms"')))
    assert unix[0][7] == ms  # type: ignore[index]
    assert ours[0][7] == ms - 7_200_000  # type: ignore[index]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"Sender"', '"Sendr"', "sender"),
        ('from = "Sender"\n', "", "does not say where from is"),
        ("decimals = 6", 'decimals = "six"', "decimals of amount"),
        ("decimals = 6", "decimls = 6", "decimals"),
        ("usd =", "dollars =", "means nothing in a mapping"),
        ("[columns]", "[column]", "means nothing in a mapping"),
        ('source = "some-vendor"', "", "nobody is named as the source"),
        ('"+02:00"', '"CEST"', "zone of time"),
        ("[columns]", "[columns", "not TOML"),
    ],
)
def test_a_mapping_that_makes_no_sense_says_where(store: Store, tmp_path: Path, old: str, new: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        ingest_file(store, table(tmp_path, [ROW], MAPPING.replace(old, new)))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"Qty": "1,2345678"}, "more than 6 decimal places"),
        ({"Qty": "lots"}, "not a number"),
        ({"When": "2023-05-02"}, "not a time as the mapping has it"),
        ({"Token": "U\u0405DT"}, "not its symbol"),
        ({"Sender": "0x1"}, "40 hexadecimal"),
        ({"Log": "x"}, "not tx, log:7"),
        ({"Sender": ""}, "empty"),
        ({"Sender": [ALICE]}, "a list or an object"),
    ],
)
def test_a_bad_value_is_refused_with_its_reason(tmp_path: Path, changed: dict[str, Any], why: str) -> None:
    with pytest.raises(RecordError, match=why):
        parsed(table(tmp_path, [ROW, {**ROW, **changed}], name="vendor.json"))


def test_bad_rows_are_kept_apart_and_mended_ones_fed_back(store: Store, tmp_path: Path) -> None:
    report = ingest_file(store, table(tmp_path, [ROW, {**ROW, "Qty": "lots"}]), Options(quarantine_folder=tmp_path))
    check(report)
    assert (report.loaded, report.quarantined, report.source) == (1, 1, "some-vendor")
    kept = Path(str(report.quarantine_file))
    kept.write_text(kept.read_text().replace('"lots"', '"3"').replace('"7"', '"8"'))
    assert ingest_file(store, kept).loaded == 1
    assert {amount for *_, amount in transfers(store)} == {"1234560000", "3000000"}


def test_empty_and_damaged_files(store: Store, tmp_path: Path) -> None:
    path = table(tmp_path, [ROW])
    path.write_text(path.read_text().splitlines()[0] + "\n")
    with pytest.raises(InputError, match="no rows in it"):
        ingest_file(store, path)
    (tmp_path / "vendor.csv.mapping.toml").unlink()
    with pytest.raises(InputError, match="there is no mapping beside it"):
        ingest_file(store, path, Options(as_format="mapped-transfers"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(ROW)), ANY_JSON))
def test_no_cell_makes_the_reader_fall(tmp_path: Path, changed: dict[str, Any]) -> None:
    assert read_any(table(tmp_path, [ROW, {**ROW, **changed}], name="v.json"), "mapped-transfers") == 2
