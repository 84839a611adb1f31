"""The text check of the read path: ordinary reads pass, everything else is refused with its line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ReadOnlyError
from workbench.graph.cypher_text import MAX_LENGTH, depths, tokens
from workbench.graph.readonly import check_read_only, utc_parameters

ORDINARY = [
    "MATCH (n:Create {create: 1, `set`: 2}) WHERE n.set = 'CREATE (x)' RETURN n.delete AS set // CREATE (y)",
    "MATCH (n) /* MERGE (m) */ RETURN `DELETE n`",
    "MATCH (set) WITH set MATCH (set)-[create:MERGE|DELETE]->(call) RETURN set, create, call.x, {set: 1, call: call}",
    "MATCH (n) WHERE n.name =~ '(?i)x.*' AND n.load <> \"LOAD CSV FROM 'x'\" RETURN n",
    "CALL db.labels() YIELD label RETURN label ORDER BY label",
    "CALL db.labels",
    "OPTIONAL CALL db.labels() YIELD label RETURN label",
    "MATCH (n) CALL (n) { MATCH (n)--(m) RETURN count(m) AS c } RETURN n, c",
    "MATCH (n) CALL { WITH n MATCH (n)--(m) RETURN count(m) AS c } RETURN n, c",
    "MATCH (n) WHERE EXISTS { (n)--() } RETURN COUNT { (n)--() } AS c, COLLECT { MATCH (n)--(m) RETURN m.id } AS ids",
    "RETURN date.truncate('day', datetime()) AS d, point.distance(point({x: 1, y: 2}), point({x: 1, y: 3})) AS far",
    "RETURN duration.between(date('2024-01-01'), date()) AS d, datetime({epochMillis: 0}) AS t",
    "MATCH p = shortestPath((a:Wallet)-[:SENT*..4]->(b:Wallet)) RETURN p",
    "MATCH p = SHORTEST 1 (a)-[:SENT]->+(b) RETURN p",
    "MATCH p = ((x)-[r:SENT]->(y) WHERE r.value > $v){1,4} RETURN p",
    "MATCH (a) RETURN a.id AS id UNION MATCH (b) RETURN b.id AS id;",
    "UNWIND [1, 2] AS create RETURN create",
    "WITH 1 AS load, 2 AS csv RETURN load, csv",
    "MATCH (n) WHERE n.x IN transactions RETURN 1",
    "WITH [1] AS transactions MATCH (n {x: 1}) WHERE n.x IN transactions RETURN n",
    "RETURN 'C:\\\\users\\\\x' AS path, 'caf\\u00e9' AS drink",
    "MATCH (w:Wallet)-[c:CONTROLS|USE]-() RETURN DISTINCT w {.*, set: c.set, use: 1}",
    "MATCH (größe) RETURN größe.länge",
    "MATCH (n) RETURN all(set IN n.l WHERE set > 1) AS x, [delete IN n.l | delete + 1] AS y",
    "MATCH (n) RETURN n ORDER BY n.remove DESC SKIP 1 LIMIT 5",
    "MATCH (n:(A|B)&!C) WHERE n.x IS NOT NULL AND NOT n:Set RETURN CASE n.x WHEN 1 THEN 'set' ELSE 'merge' END AS x",
    "WITH 1 AS x\u00a0RETURN x",
    "RETURN 'CREATE (:Pwn)' + \"SET n.x = 1\" AS x, ';' AS y",
    "\n  // a comment first\n  MATCH (n) RETURN n",
    "MATCH (n) RETURN n {.name, .set} AS use",
]

REFUSED = [
    ("", "empty"), ("   // nothing\n", "empty"), (";", "empty"),
    ("CREATE (:Pwn)", "begins with"), ("EXPLAIN RETURN 1", "begins with"), ("SHOW USERS", "begins with"),
    (":param x => 1", "begins with"), ("\ufeffCREATE (:Pwn)", "U+FEFF"), ("USE system RETURN 1 AS x", "begins with"),
    ("MATCH (n) SET n.x = 1", "SET"), ("MATCH (n) set n.x = 1", "SET"), ("MATCH (n) SET(n).x = 1", "SET"),
    ("MATCH (n) REMOVE n.x RETURN n", "REMOVE"), ("MATCH (n) DETACH DELETE n", "DETACH"),
    ("MATCH (n) DELETE n", "DELETE"),
    ("MATCH (n) WITH n MERGE (m:Pwn)", "MERGE"), ("MATCH (n) FOREACH (x IN [n] | SET x.y = 1)", "FOREACH"),
    ("MATCH (n) INSERT (:Pwn)", "INSERT"), ("CALL { CREATE (:Pwn) } RETURN 1 AS x", "CREATE"),
    ("MATCH (n) WHERE EXISTS { CREATE (:Pwn) RETURN 1 } RETURN n", "CREATE"),
    ("RETURN 1 AS x; RETURN 2 AS x", "one statement"), ("RETURN 1 AS x;;CREATE (:Pwn)", "one statement"),
    ("LOAD CSV FROM 'x' AS l RETURN l", "begins with"), ("WITH 1 AS x LOAD CSV FROM 'x' AS l RETURN l", "LOAD CSV"),
    ("WITH 1 AS x LoAd/**/cSv FROM 'x' AS l RETURN l", "LOAD CSV"),
    ("WITH 1 AS x LOAD C\u017fV FROM 'x' AS l RETURN l", "CSV"),
    ("WITH 1 AS x LOAD\x1fCSV FROM 'x' AS l RETURN l", "U+001F"),
    ("UNWIND [1] AS x CALL (x) { RETURN x AS y } IN TRANSACTIONS RETURN y", "IN TRANSACTIONS"),
    ("UNWIND [1] AS x CALL (x) { RETURN x AS y } IN 4 CONCURRENT TRANSACTIONS OF 10 ROWS RETURN y", "IN TRANSACTIONS"),
    ("CALL apoc.load.json('x')", "apoc.load.json"), ("CALL `apoc` . /**/ `load`.json('x')", "apoc.load.json"),
    ("WITH 1 AS as CALL dbms.listConfig() YIELD name RETURN name", "dbms.listConfig"),
    ("RETURN 1 AS x UNION CALL db.stats.retrieveAllAnonymized('x') YIELD data RETURN data AS x", "db.stats"),
    ("CALL dbms.listConnections", "dbms.listConnections"), ("CALL db.Labels()", "db.Labels"),
    ("RETURN apoc.load.json('x') AS x", "apoc.load.json"), ("RETURN `apoc`.`x` ('y') AS x", "apoc.x"),
    (r"\u0043REATE (:Pwn)", "backslash"), (r"RETURN 'a\u0027 CREATE (:Pwn) //'", "escape"),
    (r"RETURN 1 AS x // \u000a CREATE (:Pwn)", "escape"), (r"RETURN 1 AS `a\u0060 CREATE (:Pwn) //`", "escape"),
    (r"RETURN 'x\u005c' AS a, ' CREATE (:Pwn) //' AS b", "escape"), (r"RETURN '\u00zz' AS a", "escape"),
    ("RETURN 'never closed", "never closed"), ("RETURN 1 /* never closed", "never closed"),
    ("RETURN 1 AS x // a\u2028b\nCREATE (:Pwn)", "CREATE"), ("RETURN 1\u2028AS x", "U+2028"),
    ("RETURN '\ud800' AS x", "Unicode"),
    ("MATCH (n) \uff33\uff25\uff34 n.x = 1", "SET"), ("RETURN " + "1+" * MAX_LENGTH + "1", "characters"),
]  # fmt: skip


@pytest.mark.parametrize("statement", ORDINARY)
def test_ordinary_reads_pass(statement: str) -> None:
    assert check_read_only(statement)


@pytest.mark.parametrize(("statement", "why"), REFUSED[:-1], ids=lambda value: repr(value)[:60])
def test_what_does_more_than_read_is_refused(statement: str, why: str) -> None:
    with pytest.raises(ReadOnlyError, match=re.escape(why)):
        check_read_only(statement)


def test_a_statement_has_a_longest_length() -> None:
    with pytest.raises(ReadOnlyError, match="characters"):
        check_read_only(REFUSED[-1][0])


def test_the_line_is_named() -> None:
    with pytest.raises(ReadOnlyError) as caught:
        check_read_only("MATCH (n)\n/* two\nlines */\nSET n.x = 1")
    assert caught.value.where == "line 4"


def test_tokens_and_depths() -> None:
    found = tokens("RETURN {a: [1, 'x']} AS `b c`, $p, $`q r` // end")
    assert [token.kind for token in found if token.kind != "symbol"] == [
        "word", "word", "number", "string", "word", "quoted", "parameter", "parameter",
    ]  # fmt: skip
    assert [token.text for token in found][-3:] == ["p", ",", "q r"]
    assert depths(found) == [0, 0, 1, 1, 1, 2, 2, 2, 1, 0, 0, 0, 0, 0, 0, 0]


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        check_read_only(text)
    except ReadOnlyError:
        pass


@given(st.text(st.characters(blacklist_characters="\\'", blacklist_categories=["Cs"]), max_size=100))
def test_any_text_may_stand_in_a_string_or_a_quoted_name(text: str) -> None:
    assert check_read_only(f"RETURN '{text}' AS `{text.replace('`', '``')}`")[1].kind == "string"


@given(
    st.sampled_from(["CREATE (:P)", "MERGE (:P)", "SET n.x = 1", "DELETE n", "DETACH DELETE n", "REMOVE n.x"]),
    st.lists(st.sampled_from([" ", "\n", "\t", "/* x */", "// y\n", "\u3000"]), min_size=1, max_size=4),
    st.integers(0, 255),
)
def test_writes_are_found_whatever_their_capitals_and_blanks(clause: str, blanks: list[str], capitals: int) -> None:
    mixed = "".join(c.lower() if capitals >> at % 8 & 1 and not c.islower() else c for at, c in enumerate(clause))
    blank = "".join(blanks)
    with pytest.raises(ReadOnlyError):
        check_read_only(f"MATCH (n){blank}{mixed.replace(' ', blank)}")


def test_datetimes_travel_in_utc() -> None:
    east = datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))
    made = utc_parameters({"a": east, "b": [datetime(2024, 1, 1)], "c": {"d": east}, "e": "text"})
    midnight = datetime(2024, 1, 1, tzinfo=UTC)
    assert made == {"a": midnight, "b": [midnight], "c": {"d": midnight}, "e": "text"}
    assert made["a"].tzinfo is UTC
    assert utc_parameters(None) == {}
