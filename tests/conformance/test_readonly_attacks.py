"""Statements that try to write, read files or escape, against a real server: nothing changes, nothing gets out.

After every statement the whole graph and its tokens are compared with what they were, and at the end of
a corpus the indexes, constraints, settings, users and databases too. The 110 shared statements are joined
by a corpus of our own.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from workbench.errors import LimitError, ParameterError, ReadOnlyError, RefusedError, StatementError, WorkbenchError
from workbench.graph.readonly import run_read_only, run_write
from workbench.graph.store import Store

SECRET = "kept-out-of-reach"
PARAMS = {"p": 1, "label": "Pwn", "file": "file:///etc/passwd"}

GRAPH = (
    "MATCH (n) RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties ORDER BY id",
    "MATCH ()-[r]->() RETURN elementId(r) AS id, type(r) AS type, properties(r) AS properties ORDER BY id",
    "CALL db.labels() YIELD label RETURN label ORDER BY label",
    "CALL db.relationshipTypes() YIELD relationshipType AS type RETURN type ORDER BY type",
    "CALL db.propertyKeys() YIELD propertyKey AS key RETURN key ORDER BY key",
)
SCHEMA = (
    "SHOW INDEXES YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name",
    "SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties RETURN * ORDER BY name",
    "SHOW SETTINGS YIELD name, value RETURN * ORDER BY name",
)
SYSTEM = (
    "SHOW USERS YIELD user, suspended, passwordChangeRequired RETURN * ORDER BY user",
    "SHOW DATABASES YIELD name, currentStatus, access RETURN * ORDER BY name",
)

OURS = [
    # escapes that the server decodes before it reads the statement
    r"\u0043REATE (:Pwn)", r"RETURN 'a\u0027 CREATE (:Pwn) //' AS x", r"RETURN 1 AS x // \u000aCREATE (:Pwn)",
    r"RETURN 1 AS `a\u0060 CREATE (:Pwn) //`", r"RETURN 'x\u005c' AS a, ' CREATE (:Pwn) //' AS b",
    r"/* \u002a\u002f CREATE (:Pwn) /* */ RETURN 1 AS x", r"MATCH (n:Victim) S\u0045T n.pwn = 1",
    r'RETURN "\u0022 CREATE (:Pwn) //" AS x', r"WITH 1 AS x LOAD\u0020CSV FROM 'file:///etc/passwd' AS l RETURN l",
    # comments
    "RETURN 1 /*! */ CREATE (:Pwn)", "/*! CREATE (:Pwn) */ MERGE (:Pwn)", "MATCH (n:Victim) /**/ SET /**/ n.pwn = 1",
    "MATCH (n:Victim) DET/**/ACH DELETE n", "RETURN 1 AS x // \rCREATE (:Pwn)", "MATCH (n:Victim)//\nDETACH DELETE n",
    "RETURN 1 AS x /* never closed CREATE (:Pwn)", "MATCH (n:Victim) /*'*/ DELETE n //'",
    "MATCH (n:Victim) WHERE n.id <> '//' DETACH DELETE n", "RETURN 'x' /* ' */ AS x CREATE (:Pwn) // '",
    # letters that look or fold like others
    "\u0421REATE (:Pwn)", "\uff23\uff32\uff25\uff21\uff34\uff25 (:Pwn)", "MATCH (n:Victim) \u0405ET n.pwn = 1",
    "MATCH (n:Victim) \uff33\uff25\uff34 n.pwn = 1 RETURN n",
    "WITH 1 AS x LOAD C\u017fV FROM 'file:///x' AS l RETURN l",
    "MATCH (n:Victim) \u200bSET n.pwn = 1", "MATCH (n:Victim) DEL\u00adETE n", "MATCH (n:Victim)\x1cSET n.pwn = 1",
    # nested
    "CALL () { MATCH (n:Victim) CALL (n) { CALL (n) { SET n.pwn = 1 } } RETURN 1 AS y } RETURN y",
    "RETURN COLLECT { CREATE (p:Pwn) RETURN p } AS x",
    "MATCH (n:Victim) RETURN [x IN [1] | COUNT { MERGE (:Pwn) }] AS x",
    "MATCH (n:Victim) CALL (*) { DETACH DELETE n } RETURN 1 AS x",
    "RETURN 1 AS x UNION ALL CALL () { MERGE (p:Pwn) RETURN 1 AS x } RETURN x",
    "MATCH (n:Victim) WITH n AS as SET as.pwn = 1", "MATCH (set:Victim) SET set.pwn = 1",
    "MATCH (n:Victim) WITH collect(n) AS l FOREACH (x IN l | FOREACH (y IN [x] | SET y.pwn = 1))",
    "MATCH (n:Victim) SET n:$($label)", "MATCH (n:Victim) INSERT (n)-[:PWN]->(n)", "MATCH (n:Victim) REMOVE n:Victim",
    "OPTIONAL MATCH (n:NoSuch) CREATE (:Pwn)", "MATCH (n:Victim) SET n = {}", "UNWIND [1] AS x CREATE (p:Pwn) RETURN p",
    # procedures and functions
    "OPTIONAL CALL apoc.do.when(true, 'CREATE (:Pwn)', '', {})", "CALL `apoc`.`cypher`.`doIt`('CREATE (:Pwn)', {})",
    "CALL /**/ apoc . create . node(['Pwn'], {}) YIELD node RETURN node",
    "RETURN apoc.cypher.runFirstColumnSingle('CREATE (n:Pwn) RETURN n', {}) AS x",
    "RETURN `apoc`.`load`.`json`('file:///etc/passwd') AS x",
    "CALL dbms.listConfig() YIELD name, value RETURN name, value",
    "WITH 1 AS as CALL dbms.listConfig() YIELD name RETURN name", "CALL dbms.queryJmx('*:*') YIELD name RETURN name",
    "CALL dbms.killConnection('bolt-1')", "CALL dbms.security.createUser('pwn', 'longpassword1', false)",
    "CALL db.prepareForReplanning()", "CALL db.checkpoint()", "CALL tx.setMetaData({pwn: 1})",
    "CALL db.awaitIndexes(1)",
    "CALL db.index.fulltext.createNodeIndex('pwn', ['Victim'], ['id'])", "CALL db.createRelationshipType('PWN')",
    "MATCH ()-[r]->() CALL db.create.setRelationshipVectorProperty(r, 'pwn', [1.0]) RETURN 1 AS x",
    "CALL db.stats.retrieve('GRAPH COUNTS') YIELD data RETURN data", "CALL dbms.listCapabilities()",
    # other graphs, administration, schema
    "CALL () { USE system SHOW USERS } RETURN 1 AS x", "RETURN 1 AS x UNION USE system RETURN 1 AS x",
    "CALL () { USE system MATCH (u:User) RETURN u } RETURN u", "USE system SHOW USERS", "SHOW USERS",
    "SHOW TRANSACTIONS",
    "SHOW SETTINGS YIELD name, value", "SHOW PROCEDURES", "SHOW FUNCTIONS",
    "ALTER USER neo4j SET PASSWORD 'longpassword9'",
    "CREATE USER pwn SET PASSWORD 'longpassword1' CHANGE NOT REQUIRED", "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "CREATE INDEX pwn FOR (n:Victim) ON (n.id)", "DROP CONSTRAINT wallet_id", "START DATABASE neo4j",
    "STOP DATABASE neo4j",
    # what only clients understand
    ":param x => 1", ":use system", ":source /etc/passwd", ":begin", "BEGIN; CREATE (:Pwn); COMMIT",
    # several statements
    "RETURN 1 AS x; MATCH (n) DETACH DELETE n", ";CREATE (:Pwn)", "RETURN ';' AS x; CREATE (:Pwn);",
    "RETURN 1 AS x;;CREATE (:Pwn)",
    # batches, prefixes, other versions' syntax
    "MATCH (n:Victim) CALL (n) { DELETE n } IN 2 CONCURRENT TRANSACTIONS OF 10 ROWS",
    "MATCH (n:Victim) CALL (n) { SET n.pwn = 1 } IN /**/ TRANSACTIONS ON ERROR CONTINUE",
    "UNWIND [1] AS x CALL (x) { RETURN x AS y } IN TRANSACTIONS RETURN y",
    "USING PERIODIC COMMIT LOAD CSV FROM $file AS l CREATE (:Pwn)", "PROFILE MATCH (n:Victim) SET n.pwn = 1",
    "CYPHER runtime=slotted CREATE (:Pwn)", "CYPHER 25 MATCH (n:Victim) SET n.pwn = 1", "EXPLAIN EXPLAIN CREATE (:Pwn)",
    "LET x = 1 CREATE (:Pwn)", "FOR x IN [1] CREATE (:Pwn)", "RETURN 1 AS x NEXT CREATE (:Pwn)",
    "FILTER true CREATE (:Pwn)",
    # files and the network
    "WITH $file AS f LOAD CSV WITH HEADERS FROM f AS l RETURN l", "WITH 1 AS x LOAD\u00a0CSV FROM $file AS l RETURN l",
    "UNWIND [1] AS x LOAD/**/CSV FROM $file AS l RETURN l", "WITH 1 AS x LOAD\x1fCSV FROM $file AS l RETURN l",
    "CALL () { LOAD CSV FROM $file AS l RETURN l } RETURN l",
    "OPTIONAL MATCH (n) LOAD CSV FROM 'https://127.0.0.1/' AS l RETURN l",
    "WITH 1 AS x LOAD CSV FROM 'ftp://127.0.0.1/x' AS l RETURN l",
    "MATCH (n) WHERE EXISTS { LOAD CSV FROM $file AS l RETURN l } RETURN n",
]  # fmt: skip


def content(store: Store, system: Store | None = None) -> str:
    """A hash of the graph; with the system database, of everything an attack could change."""
    rows = [store.read(statement).rows for statement in GRAPH]
    if system is not None:
        rows += [store.read(statement).rows for statement in SCHEMA]
        rows += [system.read(statement).rows for statement in SYSTEM]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


@pytest.fixture
def victim(store: Store) -> Store:
    """A small graph to attack."""
    store.write("CREATE (:Victim {id: 1})-[:KNOWS {since: 2020}]->(:Victim {id: 2}), (:Wallet {id: 'w'})")
    return store


@pytest.fixture
def system(server: tuple[str, str, str]) -> Iterator[Store]:
    """The system database, where the users are."""
    with Store(*server, database="system") as opened:
        yield opened


def attack(store: Store, statement: str, audit: Path | None = None) -> str:
    """What became of one attack: refused here, refused by the server, or the rows it got."""
    try:
        return f"rows {run_read_only(store, statement, PARAMS, timeout=10, audit=audit).rows}"
    except ReadOnlyError:
        return "refused"
    except StatementError:
        return "an error of the server's"


def test_the_shared_statements_change_nothing(victim: Store, system: Store, shared: Path) -> None:
    statements = json.loads((shared / "cypher-attacks" / "statements.json").read_text(encoding="utf-8"))
    assert len(statements) == 110
    before, all_before = content(victim), content(victim, system)
    got_through = {}
    for entry in statements:
        outcome = attack(victim, entry["statement"])
        assert content(victim) == before, entry
        if outcome.startswith("rows"):
            got_through[entry["statement"]] = outcome
        elif entry["kind"] in ("files", "admin", "schema"):
            assert outcome == "refused", entry
    assert content(victim, system) == all_before
    # U+2028 ends no line for Neo4j: the write stands in a comment
    assert got_through == {"RETURN 1 AS x //\u2028UNION CREATE (:Pwn) RETURN 1 AS x": "rows [(1,)]"}


def test_our_own_corpus_changes_nothing(victim: Store, system: Store) -> None:
    assert len(set(OURS)) >= 40
    before, all_before = content(victim), content(victim, system)
    for statement in OURS:
        outcome = attack(victim, statement)
        assert content(victim) == before, statement
        assert not outcome.startswith("rows"), statement
    assert content(victim, system) == all_before


def test_the_hash_sees_a_change(victim: Store, system: Store) -> None:
    seen = {content(victim, system)}
    for statement in ("MATCH (v:Victim {id: 1}) SET v.id = 3", "MATCH ()-[r:KNOWS]->() SET r.since = 1"):
        victim.write(statement)
        seen.add(content(victim, system))
    assert len(seen) == 3


def test_no_file_and_no_address_is_read(victim: Store, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(SECRET, encoding="utf-8")
    visits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        for place in (
            f"file://{tmp_path}/secret.csv",
            f"{tmp_path}/secret.csv",
            f"http://127.0.0.1:{web.server_port}/x",
        ):
            for statement in (
                f"LOAD CSV FROM '{place}' AS l RETURN l", f"WITH 1 AS x LOAD CSV FROM '{place}' AS l RETURN l",
                f"CALL () {{ LOAD CSV FROM '{place}' AS l RETURN l }} RETURN l",
                rf"WITH 1 AS x LOAD\u0020CSV FROM '{place}' AS l RETURN l",
            ):  # fmt: skip
                assert attack(victim, statement) == "refused"
        web.shutdown()
    assert visits == []


def test_ordinary_reads_run(victim: Store) -> None:
    result = run_read_only(victim, "MATCH (v:Victim) RETURN v.id AS create ORDER BY create; // CREATE", {})
    assert (result.columns, result.rows, result.capped) == (("create",), [(1,), (2,)], False)
    assert run_read_only(victim, "CALL db.labels() YIELD label RETURN label ORDER BY label").rows[0]


def test_the_row_cap_says_that_it_bit(victim: Store) -> None:
    many = "UNWIND range(1, 100000000) AS x RETURN x"
    started = time.monotonic()
    result = run_read_only(victim, many, limit=5)
    assert (len(result.rows), result.capped) == (5, True)
    assert time.monotonic() - started < 10  # the rest was never computed
    assert not run_read_only(victim, "UNWIND range(1, 5) AS x RETURN x", limit=5).capped


def test_the_time_cap_ends_the_statement(victim: Store, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    with pytest.raises(LimitError):
        run_read_only(victim, "UNWIND range(1, 10000000000) AS x RETURN count(x)", timeout=0.5, audit=log)
    assert json.loads(log.read_text())["outcome"] == "limit"


@pytest.mark.parametrize("caps", [{"limit": 0}, {"limit": -1}, {"timeout": 0}, {"timeout": float("nan")}])
def test_caps_that_cap_nothing_are_refused(victim: Store, caps: dict[str, float]) -> None:
    with pytest.raises(ParameterError):
        run_read_only(victim, "RETURN 1 AS x", **caps)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [2**63, object(), "\ud800", {1: 2}], ids=["64 bits", "type", "unicode", "keys"])
def test_values_that_cannot_be_sent_are_refused(victim: Store, value: object) -> None:
    with pytest.raises(ParameterError, match="cannot be sent"):
        run_read_only(victim, "RETURN $x AS x", {"x": value})


def test_absurdly_nested_statements_do_no_harm(victim: Store) -> None:
    for opened, closed in (("(", ")"), ("[", "]"), ("CASE WHEN true THEN ", " END")):
        assert attack(victim, "RETURN " + opened * 300 + "1" + closed * 300 + " AS x") == "refused"
        assert attack(victim, "RETURN " + opened * 40 + "1" + closed * 40 + " AS x").startswith("rows")


def test_the_time_cap_holds_for_planning_too(victim: Store) -> None:
    with pytest.raises(LimitError):
        run_read_only(victim, "MATCH (a)" + "--()" * 60 + " RETURN a", timeout=1)


def test_the_log_has_a_line_for_every_statement_and_no_values(victim: Store, tmp_path: Path) -> None:
    log = tmp_path / "private" / "audit.jsonl"
    run_read_only(victim, "RETURN $secret AS x", {"secret": SECRET}, audit=log)
    run_read_only(victim, "UNWIND [1, 2] AS x RETURN x", limit=1, audit=log)
    for statement in ("CREATE (:Pwn)\n", "RETURN nonsense"):
        with pytest.raises(WorkbenchError):
            run_read_only(victim, statement, audit=log)
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(line["outcome"], line["rows"]) for line in lines] == [
        ("done", 1), ("capped", 1), ("refused", 0), ("failed", 0),
    ]  # fmt: skip
    assert lines[0]["parameters"] == ["secret"]
    assert lines[0]["statement"] == "RETURN $secret AS x"
    assert all(line["user"] and line["time"].endswith("+00:00") and line["seconds"] >= 0 for line in lines)
    assert SECRET not in log.read_text(encoding="utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_log_others_could_read_is_closed_and_one_that_cannot_be_written_stops_the_statement(
    victim: Store, tmp_path: Path
) -> None:
    log = tmp_path / "audit.jsonl"
    log.touch(mode=0o644)
    run_read_only(victim, "RETURN 1 AS x", audit=log)
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    with pytest.raises(RefusedError, match="audit log"):
        run_read_only(victim, "RETURN 1 AS x", audit=tmp_path)
    with pytest.raises(RefusedError, match="audit log"):
        run_write(victim, "CREATE (:Pwn)", confirmed=True, audit=tmp_path)
    assert victim.read("MATCH (p:Pwn) RETURN count(p) AS n").rows == [(0,)]


def test_writing_is_a_path_of_its_own(victim: Store, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    write = "CREATE (p:Note {text: $text}) RETURN p.text AS text"
    with pytest.raises(RefusedError, match="confirmed"):
        run_write(victim, write, {"text": "x"}, confirmed=False, audit=log)
    assert victim.read("MATCH (n:Note) RETURN count(n) AS n").rows == [(0,)]
    assert run_write(victim, write, {"text": "x"}, confirmed=True, audit=log) == [{"text": "x"}]
    assert victim.read("MATCH (n:Note) RETURN n.text AS text").rows == [("x",)]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["mode"], line["outcome"]) for line in lines] == [("write", "refused"), ("write", "done")]
