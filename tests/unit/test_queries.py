"""Saved query files: what is accepted, what is refused and where the error points; parameters; the library."""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError, ParameterError, ReadOnlyError, UnknownNameError
from workbench.graph.cypher_text import tokens
from workbench.graph.schema import edge_kinds, node_kinds
from workbench.queries import Parameter, QueryLibrary, SavedQuery, parse_query, queries_page
from workbench.queries.parameters import TYPES, bind
from workbench.shipped import shipped_folder

LIBRARY = QueryLibrary([shipped_folder("queries")])
SHIPPED = [LIBRARY.get(name) for name in LIBRARY.names()]

# The example of the design document.
DESIGN = """\
//---
// title = "Wallets attributed to an actor group, with the claim behind each"
// params.actor_group = { type = "id", doc = "for example mitre:G0032" }
// params.min_confidence = { type = "int", default = 50, doc = "STIX confidence, 0-100" }
// returns = ["wallet", "network", "confidence", "source"]
// maturity = "stable"
//---
MATCH (w:Wallet)-[c:ATTRIBUTED_TO]->(g:ActorGroup {id: $actor_group})
WHERE c.confidence >= $min_confidence AND c.retracted_at IS NULL
RETURN w.id AS wallet, w.network AS network, c.confidence AS confidence, c.source_id AS source
ORDER BY confidence DESC, wallet, source
"""


def write(folder: Path, text: str, name: str = "topic/query") -> Path:
    path = folder / f"{name}.cypher"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def parsed(folder: Path, text: str) -> SavedQuery:
    return parse_query("topic/query", write(folder, text))


def test_the_example_of_the_design(tmp_path: Path) -> None:
    query = parsed(tmp_path, DESIGN)
    assert query.topic == "topic"
    assert query.title.startswith("Wallets attributed")
    assert query.returns == ("wallet", "network", "confidence", "source")
    assert query.order == ("confidence", "wallet", "source")
    assert query.maturity == "stable"
    assert query.params["min_confidence"] == Parameter("min_confidence", "int", "STIX confidence, 0-100", 50)
    assert query.params["actor_group"].required
    assert query.source_text == DESIGN
    assert query.statement.startswith("MATCH")


def change(old: str, new: str) -> str:
    assert old in DESIGN
    return DESIGN.replace(old, new, 1)


BROKEN = [
    ("MATCH (n) RETURN n ORDER BY n", 1, "begin with //---"),
    ("", 1, "begin with //---"),
    (change("// maturity", "maturity"), 6, "does not begin with //"),
    (DESIGN.split("MATCH")[0].rsplit("//---", 1)[0], 7, "does not begin with //"),
    ('//---\n// title = "x"', 1, "never closed"),
    (change('"stable"', '"stable'), 6, "not TOML"),
    (change('"stable"', '"perfect"'), 6, "maturity"),
    (change("// title", "// titel"), 2, "Did you mean title"),
    (change('title = "', 'title = 5 # "'), 2, "title"),
    (change('type = "int"', 'type = "integer"'), 4, "Types: id, text, int"),
    (change("default = 50", "defualt = 50"), 4, "Did you mean default"),
    (change("default = 50", 'default = "50"'), 4, "not of type int"),
    (change("default = 50", "default = true"), 4, "not of type int"),
    (change("default = 50", "default = 50, optional = true"), 4, "both a default and optional"),
    (change("params.min_confidence = {", "params.limit = {"), 4, "cannot be called 'limit'"),
    (change('{ type = "id", doc = "for example mitre:G0032" }', '"id"'), 3, "not a table"),
    (change("$min_confidence", "50"), 4, "declared and never used"),
    (change("$min_confidence", "$min_confidnce"), 9, "Did you mean min_confidence"),
    (change('["wallet", ', "["), 10, "returns says network"),
    (change('"network", "confidence"', '"confidence", "network"'), 10, "returns says"),
    (change("w.network AS network", "w.network"), 10, "(no name)"),
    (change('["wallet",', '["wallet", "wallet",'), 5, "twice"),
    (change('["wallet", "network", "confidence", "source"]', '"wallet"'), 5, "not a list"),
    (change("ORDER BY confidence DESC, wallet, source\n", ""), 10, "does not end in ORDER BY"),
    (
        change("WHERE", "WITH w, c ORDER BY w.id WHERE").replace("\nORDER BY confidence DESC, wallet, source", ""),
        10,
        "ORDER BY",
    ),
    (change("MATCH", "MATCH (x) RETURN x UNION MATCH"), 11, "UNION"),
]


@pytest.mark.parametrize(("text", "line", "what"), BROKEN, ids=[what for _, _, what in BROKEN])
def test_a_broken_file_is_refused_with_its_line(tmp_path: Path, text: str, line: int, what: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(tmp_path, text)
    assert what in str(caught.value)
    assert caught.value.where == f"{tmp_path / 'topic' / 'query.cypher'}:{line}"


@pytest.mark.parametrize(
    "clause", ["SET w.pwn = 1", "CALL apoc.load.json('x') YIELD value", "LOAD CSV FROM 'x' AS l", "DETACH DELETE w"]
)
def test_a_file_that_does_more_than_read_is_refused_with_its_line(tmp_path: Path, clause: str) -> None:
    text = change("RETURN w.id", f"WITH w, c\n{clause}\nRETURN w.id")
    with pytest.raises(ReadOnlyError) as caught:
        parsed(tmp_path, text)
    assert caught.value.where == f"{tmp_path / 'topic' / 'query.cypher'}:11"


def test_names_in_strings_and_comments_are_no_parameters(tmp_path: Path) -> None:
    text = change("WHERE", "WHERE w.note <> '$text' AND // $comment\n ")
    assert set(parsed(tmp_path, text).params) == {"actor_group", "min_confidence"}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    path.write_bytes(b"\xff\xfe//---")
    with pytest.raises(InputError, match="UTF-8"):
        parse_query("topic/query", path)
    with pytest.raises(InputError, match="more than"):
        parsed(tmp_path, DESIGN + "// " + "x" * 100_000)
    with pytest.raises(InputError, match="cannot be read"):
        parse_query("topic/query", tmp_path / "absent.cypher")


def test_a_deeply_nested_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        parsed(tmp_path, change("default = 50", "default = " + "[" * 5_000 + "]" * 5_000))


@given(st.text(max_size=300))
def test_any_header_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.cypher"
    path.write_bytes(f"//---\n// {text}\n//---\nRETURN 1 AS x ORDER BY x".encode("utf-8", "replace"))
    failed = None
    try:
        parse_query("any", path)
    except (InputError, ReadOnlyError) as error:
        failed = str(error)
    assert failed is None or str(path) in failed


# --- parameters ---------------------------------------------------------------------------------

NOON = datetime(2024, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "given_", "value"),
    [
        ("id", " mitre:G0032 ", "mitre:G0032"), ("text", " as it is ", " as it is "), ("int", "50", 50),
        ("int", 50, 50),
        ("float", "1.5", 1.5), ("float", 2, 2.0), ("bool", "true", True), ("bool", "No", False), ("bool", True, True),
        ("date", "2024-01-01", date(2024, 1, 1)), ("date", date(2024, 1, 1), date(2024, 1, 1)),
        ("datetime", "2024-01-01T12:00:00Z", NOON), ("datetime", "2024-01-01 13:00:00+01:00", NOON),
        ("datetime", "2024-01-01T12:00:00", NOON), ("datetime", date(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)),
        ("list of text", "a, b", ["a", "b"]), ("list of text", ("a", "b"), ["a", "b"]),
        ("list of text", {"b", "a"}, ["a", "b"]),
    ],
)  # fmt: skip
def test_values_become_what_the_type_says(type_: Any, given_: Any, value: Any) -> None:
    made = Parameter("p", type_).convert(given_)
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("type_", "given_"),
    [
        ("id", ""), ("id", "  "), ("text", "\ud800"), ("id", 5), ("id", "x" * 501), ("text", 5), ("text", "x" * 10_001),
        ("int", "5.5"),
        ("int", True), ("int", 1.5), ("int", str(2**63)), ("int", "9" * 5_000), ("float", "nan"), ("float", "1e999"),
        ("float", True), ("bool", "maybe"), ("bool", 1), ("date", "2024-13-01"), ("date", NOON),
        ("datetime", "yesterday"),
        ("datetime", 5), ("datetime", "9999-01-01"), ("list of text", 5), ("list of text", [5]),
        ("list of text", ["x"] * 10_001),
    ],
)  # fmt: skip
def test_values_of_another_type_are_refused(type_: Any, given_: Any) -> None:
    with pytest.raises(ParameterError, match="p = "):
        Parameter("p", type_).convert(given_)


@given(st.sampled_from(TYPES), st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.binary(), st.dates()))
def test_any_value_is_converted_or_refused(type_: Any, value: object) -> None:
    said = ""
    try:
        Parameter("p", type_).convert(value)
    except ParameterError as error:
        said = str(error)
    assert len(said) < 400


def test_binding_takes_defaults_and_names_what_is_wrong() -> None:
    declared = {
        "group": Parameter("group", "id", "for example mitre:G0032"), "least": Parameter("least", "int", "", 50),
        "as_of": Parameter("as_of", "datetime", optional=True), "off": Parameter("off", "bool", "", False),
    }  # fmt: skip
    assert bind(declared, {"group": "g"}, query="q") == {"group": "g", "least": 50, "as_of": None, "off": False}
    assert bind(declared, {"group": "g", "as_of": "", "least": None}, query="q")["least"] == 50
    with pytest.raises(ParameterError, match="(?s)q: the parameter group is missing.*for example mitre:G0032"):
        bind(declared, {}, query="q")
    with pytest.raises(ParameterError, match="(?s)'grup'.*Did you mean group"):
        bind(declared, {"grup": "g"}, query="q")
    with pytest.raises(ParameterError, match="It takes none"):
        bind({}, {"x": 1}, query="q")


# --- the library --------------------------------------------------------------------------------


def test_a_query_is_found_by_its_path(tmp_path: Path) -> None:
    write(tmp_path, DESIGN, "actors/mine")
    write(tmp_path, DESIGN, "without-topic")
    library = QueryLibrary([tmp_path])
    assert library.names() == ["actors/mine", "without-topic"]
    assert library.get("actors/mine").topic == "actors"
    with pytest.raises(UnknownNameError, match="(?s)actors/mien.*Did you mean actors/mine"):
        library.get("actors/mien")


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "actors/../../secret", "actors\\mine", "", "ACTORS/mine", "a\0b"]
)
def test_a_name_is_never_a_way_out_of_the_folder(tmp_path: Path, name: str) -> None:
    write(tmp_path, DESIGN, "secret")
    write(tmp_path / "queries", DESIGN, "actors/mine")
    with pytest.raises(UnknownNameError):
        QueryLibrary([tmp_path / "queries"]).get(name)


def test_nothing_is_shadowed_silently(tmp_path: Path) -> None:
    one, two = write(tmp_path / "shipped", DESIGN), write(tmp_path / "own", DESIGN)
    library = QueryLibrary([tmp_path / "shipped", tmp_path / "own"])
    for ask in (library.names, lambda: library.get("topic/query")):
        with pytest.raises(InputError, match=f"{re.escape(str(one))} and {re.escape(str(two))}"):
            ask()


def test_a_file_with_a_name_that_cannot_be_asked_for_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, DESIGN, "Actors/Mine")
    with pytest.raises(InputError, match="lower-case"):
        QueryLibrary([tmp_path]).names()


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, DESIGN)
    library = QueryLibrary([tmp_path])
    first = library.get("topic/query")
    assert library.get("topic/query") is first
    path.write_text(DESIGN.replace("Wallets", "Addresses"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert library.get("topic/query").title.startswith("Addresses")
    path.unlink()
    with pytest.raises(UnknownNameError):
        library.get("topic/query")


def test_a_broken_file_breaks_only_itself(tmp_path: Path) -> None:
    write(tmp_path, DESIGN, "good")
    write(tmp_path, "CREATE (:Pwn)", "bad")
    library = QueryLibrary([tmp_path])
    assert library.get("good")
    assert list(library.problems()) == ["bad"]


def test_an_absent_or_empty_folder_has_no_queries(tmp_path: Path) -> None:
    assert QueryLibrary([tmp_path, tmp_path / "absent"]).names() == []


# --- the shipped queries ------------------------------------------------------------------------

CLAIM_TYPES = {kind.type for kind in edge_kinds().values() if not kind.ledger}
RECORDED = "coalesce({0}.recorded_at <= $as_of, true)"
RETRACTED = "coalesce({0}.retracted_at > $as_of, {0}.retracted_at IS NULL)"
HISTORY = ("sources/overview", "quality/retracted")  # these are about what was retracted


def test_there_are_many_and_they_are_sound() -> None:
    assert len(SHIPPED) >= 18
    assert LIBRARY.problems() == {}
    assert {"incidents", "actors", "wallets", "infrastructure", "techniques", "sources", "quality", "transfers"} <= {
        query.topic for query in SHIPPED
    }


@pytest.mark.parametrize("query", SHIPPED, ids=lambda query: query.name)
def test_shipped_queries_keep_the_rules(query: SavedQuery) -> None:
    text = query.statement
    assert all(parameter.doc for parameter in query.params.values())
    assert set(query.order) <= set(query.returns), "ORDER BY names columns, so the order can be checked from the rows"
    assert max(map(len, query.source_text.splitlines())) <= 200
    words = [token.keyword for token in tokens(text)]
    assert not {"FILTER", "LET", "NEXT"} & set(words), "Cypher 25, which 5.26 does not have"
    used = {type_ for group in re.findall(r"-\[\w*:([A-Z_|]+)", text) for type_ in group.split("|")}
    assert used <= set(edge_kinds())
    labels = {label for group in re.findall(r"\(\w*:([A-Za-z|]+)", text) for label in group.split("|")}
    assert labels <= set(node_kinds())


@pytest.mark.parametrize("query", SHIPPED, ids=lambda query: query.name)
def test_every_claim_that_is_read_is_read_as_of(query: SavedQuery) -> None:
    for variable, group in re.findall(r"-\[(\w*):([A-Z_|]+)", query.statement):
        if not set(group.split("|")) & CLAIM_TYPES:
            continue
        assert query.params["as_of"].optional
        assert variable, f"the claim [:{group}] has no variable to filter by"
        if query.name not in HISTORY:
            assert RECORDED.format(variable) in query.statement
            assert RETRACTED.format(variable) in query.statement


def test_queries_over_all_claims_name_every_type_of_the_schema() -> None:
    for name in (*HISTORY, "quality/claims-without-evidence"):
        match = re.search(r"\[c:([A-Z_|\s]+)\]", LIBRARY.get(name).statement)
        assert match
        assert {word.strip() for word in match.group(1).split("|")} == CLAIM_TYPES


def test_the_page_names_every_query_and_parameter() -> None:
    page = queries_page(LIBRARY)
    for query in SHIPPED:
        assert f"### {query.name}\n" in page
        assert all(f"`{name}`" in page for name in (*query.params, *query.returns))


def test_the_page_escapes_what_a_file_says(tmp_path: Path) -> None:
    write(tmp_path, change("Wallets attributed", "<script>alert(1)</script> | Wallets"))
    assert "<script" not in queries_page(QueryLibrary([tmp_path]))
