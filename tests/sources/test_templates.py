"""What holds for every template: examples load, twice is once, order is nothing, hostile cells stay cells."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.sources.template_cases import HOSTILE, as_csv, example_rows, found, load, reasons
from workbench.errors import InputError, UnknownNameError
from workbench.graph.content import content_hash
from workbench.graph.store import Store
from workbench.ingest.format import formats
from workbench.ingest.template import template_csv, template_names

NAMES = ["actor_groups", "claims", "incidents", "infrastructure", "transfers", "wallets"]
FIRST = {
    "actor_groups": "name", "claims": "name", "incidents": "incident", "infrastructure": "label", "wallets": "label",
}  # fmt: skip
"""A column of free text of each template that has one."""


def test_the_templates_are_those_the_documentation_names() -> None:
    assert template_names() == NAMES


def test_an_unknown_template_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="incidents"):
        template_csv("incident")


@pytest.mark.parametrize("name", NAMES)
def test_the_example_is_recognised_and_loads_without_a_remark(store: Store, tmp_path: Path, name: str) -> None:
    report = load(store, tmp_path, template_csv(name))
    assert (report.format, report.rows_in, report.loaded, report.issues) == (name, 2, 2, [])


@pytest.mark.parametrize("name", NAMES)
def test_an_unedited_example_speaks_for_nobody_real(store: Store, tmp_path: Path, name: str) -> None:
    """RFC 2606 domains, the test vectors of EIP-55 and BIP 173, and sources of the user's own."""
    load(store, tmp_path, template_csv(name))
    sources = {row[0] for row in found(store, "MATCH (s:Source) RETURN s.id")}
    assert sources <= {"my-notes", "example-vendor-report", "my-node"}
    pages = {row[0] for row in found(store, "MATCH (s:Source) WHERE s.url IS NOT NULL RETURN s.url")}
    assert pages <= {"https://example.org/report"}
    things = found(store, "MATCH (n:ActorGroup|Incident|Infrastructure) RETURN n.id")
    assert all("example" in id_ for (id_,) in things)
    vectors = {"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"}
    if name != "transfers":
        assert {row[0] for row in found(store, "MATCH (w:Wallet) RETURN w.address")} <= vectors


@pytest.mark.parametrize(
    ("name", "column"),
    [("actor_groups", "id"), ("actor_groups", "same_as"), ("actor_groups", "part_of"), ("incidents", "incident_id"),
     ("incidents", "attributed_to"), ("incidents", "part_of"), ("wallets", "incident"), ("wallets", "attributed_to"),
     ("infrastructure", "incident"), ("infrastructure", "malware"), ("infrastructure", "indicates_group")],
)  # fmt: skip
@pytest.mark.parametrize(
    "id_", ["fb\u0456:apt38", "a:<b>", "a:b/c", "a:b'c", "a:x\u200by", "a:" + "x" * 300, "a:b\nc", "a:", "a:\u0665"]
)
def test_an_id_has_no_letters_that_look_like_others(
    store: Store, tmp_path: Path, name: str, column: str, id_: str
) -> None:
    first, second = example_rows(name)
    report = load(store, tmp_path, as_csv([{**first, column: id_}, second]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert "id" in reasons(report, "quarantined")[0]
    assert "not in the graph" not in reasons(report, "quarantined")[0]


@pytest.mark.parametrize("name", NAMES)
def test_an_authority_by_the_files_own_word_is_remarked_once(store: Store, tmp_path: Path, name: str) -> None:
    rows = [{**row, "source": "a", "source_url": "", "source_kind": "Authority"} for row in example_rows(name)]
    report = load(store, tmp_path, as_csv(rows))
    assert reasons(report) == ["that this source is an authority is this file's word"]
    assert found(store, "MATCH (s:Source) RETURN s.kind") == [("authority",)]


@pytest.mark.parametrize("amount", ["\u0665", "1_000", "\uff15", "1e12", "1000000000000", "0x10", "5 000", "NaN", "-1"])
def test_a_number_has_plain_digits_and_one_limit(store: Store, tmp_path: Path, amount: str) -> None:
    """The same cells are refused in both templates that have dollars."""
    incident = {"incident": "Good", "source": "a", "amount_usd": "999,999,999,999"}
    report = load(store, tmp_path, as_csv([incident, {**incident, "amount_usd": amount}]))
    assert (report.loaded, report.quarantined) == (1, 1)
    claim = {"type": "REPORTED", "object": "good", "source": "b", "amount_usd": "999999999999"}
    report = load(store, tmp_path, as_csv([claim, {**claim, "amount_usd": amount}]), "claims.csv")
    assert (report.loaded, report.quarantined) == (1, 1)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "transfers"])
@pytest.mark.parametrize("text", ["\\ud800", "a\\udfffb"])
def test_half_a_surrogate_pair_costs_its_row(store: Store, tmp_path: Path, name: str, text: str) -> None:
    first, second = example_rows(name)
    for column in ("source_title", FIRST[name], "confidence"):
        content = json.dumps([{**first, column: "HERE"}, second]).replace("HERE", text)
        report = load(store, tmp_path, content, f"{column}.json", quarantine_folder=tmp_path / "q")
        assert report.quarantined == 1
        assert "surrogate" in reasons(report, "quarantined")[0]
        json.dumps(report.to_json(), ensure_ascii=False).encode()
    content = json.dumps([{**first, "HERE": "x"}, second]).replace("HERE", text)
    report = load(store, tmp_path, content, "key.json", as_format=name)
    assert (report.quarantined, len(report.issues)) == (0, 1)
    json.dumps(report.to_json(), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_explained(name: str) -> None:
    columns = formats().named(name).all_columns()  # type: ignore[attr-defined]
    assert all(column.doc for column in columns)
    assert len({column.name for column in columns}) == len(columns)


@pytest.mark.parametrize("name", NAMES)
def test_a_second_time_changes_nothing(store: Store, tmp_path: Path, name: str) -> None:
    load(store, tmp_path, template_csv(name))
    before = content_hash(store)
    again = load(store, tmp_path, template_csv(name))
    assert (again.loaded, again.duplicates) == (0, 2)
    assert content_hash(store) == before


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_and_encodings_say_the_same(store: Store, tmp_path: Path, name: str, delimiter: str) -> None:
    rows = example_rows(name)
    load(store, tmp_path, as_csv(rows))
    for content in (as_csv(rows, delimiter).encode("utf-16"), b"\xef\xbb\xbf" + as_csv(rows, delimiter).encode()):
        again = load(store, tmp_path, content)
        assert (again.format, again.loaded, again.duplicates) == (name, 0, 2)


@pytest.mark.parametrize("name", NAMES)
def test_json_says_the_same_as_csv(store: Store, tmp_path: Path, name: str) -> None:
    rows = example_rows(name)
    load(store, tmp_path, as_csv(rows))
    for content in (json.dumps(rows, indent=1), "\n".join(json.dumps(row) for row in rows)):
        again = load(store, tmp_path, content, "rows.json")
        assert (again.format, again.loaded, again.duplicates) == (name, 0, 2)


@pytest.mark.parametrize("name", NAMES)
def test_row_and_column_order_do_not_matter(store: Store, tmp_path: Path, name: str) -> None:
    rows = example_rows(name)
    load(store, tmp_path, as_csv(rows))
    before = content_hash(store)
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    shuffled = [dict(reversed(row.items())) for row in reversed(rows)]
    load(store, tmp_path, as_csv(shuffled))
    assert content_hash(store) == before


@pytest.mark.parametrize("name", NAMES)
def test_a_misspelt_column_is_named_with_the_nearest(store: Store, tmp_path: Path, name: str) -> None:
    rows = [{**row, "source_ulr": "https://example.org"} for row in example_rows(name)]
    report = load(store, tmp_path, as_csv(rows))
    assert report.loaded == 2
    (issue,) = report.issues
    assert issue.where == "header"
    assert issue.field == "source_ulr"
    assert "source_url" in issue.reason


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_column_refuses_the_file_and_says_which(store: Store, tmp_path: Path, name: str) -> None:
    needed = next(c.name for c in formats().named(name).all_columns() if c.required)  # type: ignore[attr-defined]
    rows = [{c if c != needed else f"{c}s": v for c, v in row.items()} for row in example_rows(name)]
    with pytest.raises(InputError, match=f"the column {needed} .*is missing[\\s\\S]*{needed}s"):
        load(store, tmp_path, as_csv(rows), as_format=name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(store: Store, tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(InputError, match="empty"):
        load(store, tmp_path, content, as_format=name)


@pytest.mark.parametrize("name", NAMES)
def test_a_header_alone_is_refused(store: Store, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="no rows"):
        load(store, tmp_path, template_csv(name).splitlines()[0] + "\n")


@pytest.mark.parametrize(("name", "column"), FIRST.items())
def test_hostile_text_stays_text(store: Store, tmp_path: Path, name: str, column: str) -> None:
    row = example_rows(name)[-1]
    rows = [{**row, column: text} for text in HOSTILE]
    report = load(store, tmp_path, as_csv(rows))
    assert report.loaded == len(HOSTILE), reasons(report)
    names = {row[0] for row in found(store, "MATCH ()-[c:NAMED]->() RETURN c.name")}
    assert set(HOSTILE) <= names


@pytest.mark.parametrize(("name", "column"), FIRST.items())
@pytest.mark.parametrize(("text", "why"), [("a\x00b", "control character"), ("x" * 1_000_000, "longer than")])
def test_hostile_bytes_and_sizes_cost_one_row(
    store: Store, tmp_path: Path, name: str, column: str, text: str, why: str
) -> None:
    first, second = example_rows(name)
    report = load(store, tmp_path, as_csv([{**second, column: text}, first]))
    assert (report.loaded, report.quarantined) == (1, 1)
    assert why in reasons(report, "quarantined")[0]
    assert all(len(issue.value or "") < 300 for issue in report.issues)


@pytest.mark.parametrize("name", NAMES)
def test_a_stray_quote_costs_its_row_and_is_kept_to_be_mended(store: Store, tmp_path: Path, name: str) -> None:
    header, first, second = template_csv(name).splitlines()
    report = load(store, tmp_path, f'{header}\n"x"y,{first}\n{second}\n', quarantine_folder=tmp_path / "quarantine")
    assert (report.loaded, report.quarantined) == (1, 1)
    (kept,) = (tmp_path / "quarantine").iterdir()
    assert '\\"x\\"y' in kept.read_text("utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_an_open_quote_never_swallows_rows_in_silence(store: Store, tmp_path: Path, name: str) -> None:
    header, first, _ = template_csv(name).splitlines()
    with pytest.raises(InputError, match="line 2.*never closed"):
        load(store, tmp_path, f'{header}\n"{first}\n{first}\n')


@pytest.mark.parametrize("name", NAMES)
def test_cells_too_many_cost_the_row(store: Store, tmp_path: Path, name: str) -> None:
    header, first, second = template_csv(name).splitlines()
    report = load(store, tmp_path, f"{header}\n{first},surplus\n{second}\n")
    assert (report.loaded, report.quarantined) == (1, 1)
    assert "more cells" in reasons(report, "quarantined")[0]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "transfers"])
def test_a_row_without_a_source_is_nobodys_word(store: Store, tmp_path: Path, name: str) -> None:
    rows = [{c: v for c, v in row.items() if c != "source"} for row in example_rows(name)]
    refused = load(store, tmp_path, as_csv(rows), "a.csv")
    assert (refused.loaded, refused.quarantined) == (0, 2)
    given = load(store, tmp_path, as_csv(rows), "b.csv", source="My notes")
    assert (given.loaded, given.source) == (2, "my-notes")


def test_a_mentioned_source_does_not_overwrite_a_described_one(store: Store, tmp_path: Path) -> None:
    row = example_rows("wallets")[0]
    described = {**row, "source_title": "A title", "source_publisher": "FBI", "source_kind": "authority"}
    load(store, tmp_path, as_csv([described]), "a.csv")
    load(store, tmp_path, as_csv([{**row, "label": "another"}]), "b.csv")
    assert found(store, "MATCH (s:Source) RETURN s.title, s.publisher, s.kind") == [("A title", "FBI", "authority")]


def test_rival_descriptions_of_a_source_do_not_depend_on_the_order(store: Store, tmp_path: Path) -> None:
    examples = example_rows("wallets")
    one, two = ({**row, "source": "a", "source_title": title} for row, title in zip(examples, "BA", strict=True))
    for rows in ([one, two], [two, one]):
        report = load(store, tmp_path, as_csv(rows))
        assert "described in two ways" in " ".join(reasons(report))
        assert found(store, "MATCH (s:Source) RETURN s.title") == [("A",)]


def test_a_wrong_kind_of_source_costs_the_row(store: Store, tmp_path: Path) -> None:
    rows = [{**row, "source_kind": kind} for row, kind in zip(example_rows("wallets"), ("spy", "media"), strict=True)]
    report = load(store, tmp_path, as_csv(rows))
    assert (report.loaded, report.quarantined) == (1, 1)


@pytest.mark.parametrize(
    ("column", "value"),
    [("confidence", "101"), ("confidence", "high"), ("confidence", "\u0665"), ("confidence", "1_0"),
     ("grade", "G7"), ("tlp", "purple"), ("valid_from", "yesterday"),
     ("valid_to", "9999-01-01")],
)  # fmt: skip
def test_a_bad_value_costs_its_row_and_is_named(store: Store, tmp_path: Path, column: str, value: str) -> None:
    rows = [{**row, column: text} for row, text in zip(example_rows("wallets"), (value, ""), strict=True)]
    report = load(store, tmp_path, as_csv(rows))
    assert (report.loaded, report.quarantined) == (1, 1)
    (issue,) = (issue for issue in report.issues if issue.action == "quarantined")
    assert issue.where == "line 2"
    assert value in str(issue.value)


def test_blanks_are_trimmed_with_a_remark(store: Store, tmp_path: Path) -> None:
    rows = example_rows("wallets")
    load(store, tmp_path, as_csv(rows))
    padded = [{column: f" {cell}\u00a0" for column, cell in row.items()} for row in rows]
    again = load(store, tmp_path, as_csv(padded))
    assert (again.loaded, again.duplicates) == (0, 2)
    assert "trimmed" in reasons(again, "warned")[0]


def test_lines_that_are_no_objects_cost_themselves(store: Store, tmp_path: Path) -> None:
    first, second = (json.dumps(row) for row in example_rows("incidents"))
    report = load(store, tmp_path, f"{first}\n[1, 2]\n{{broken\n{second}\n", "rows.jsonl")
    assert (report.loaded, report.quarantined) == (2, 2)


@pytest.mark.parametrize("content", ['[{"incident": "x"}', "[" * 100_000])
def test_broken_json_is_refused(store: Store, tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="not JSON"):
        load(store, tmp_path, content, "rows.json", as_format="incidents")


def test_a_thousand_rows_in_any_order_make_the_same_graph(store: Store, tmp_path: Path) -> None:
    base = example_rows("incidents")[0]
    rows = [{**base, "incident": f"Theft {i % 400}", "amount_usd": str(i), "source": f"s{i % 7}"} for i in range(1_000)]
    load(store, tmp_path, as_csv(rows))
    before = content_hash(store)
    store.schema("MATCH (n) WHERE NOT n:WorkbenchMeta CALL (n) { DETACH DELETE n } IN TRANSACTIONS")
    random.Random(4).shuffle(rows)
    load(store, tmp_path, as_csv(rows))
    assert content_hash(store) == before
