"""Free Cypher that cannot change anything: a check of the text, a dry run, a read session, a log.

Neo4j Community has no roles, so reading only is held by several locks, each of which stops most
attacks alone: the text is checked here, EXPLAIN must give the type "read", and the statement runs in a
READ session, inside a transaction, with a cap on rows and time (see docs/queries.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from workbench.errors import ParameterError, ReadOnlyError, RefusedError
from workbench.graph.audit import audited
from workbench.graph.cypher_text import Token, depths, tokens
from workbench.graph.store import Result, Store

FIRST_WORDS = ("MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL")
MAX_DEPTH = 50
"""Neo4j's parser and planner recurse: 300 nested brackets leave it without an answer (2026.08)."""
PROCEDURES = frozenset({
    "db.labels", "db.relationshipTypes", "db.propertyKeys", "db.schema.visualization",
    "db.schema.nodeTypeProperties", "db.schema.relTypeProperties", "db.index.fulltext.queryNodes",
    "db.index.fulltext.queryRelationships", "db.index.vector.queryNodes", "db.index.vector.queryRelationships",
    "db.ping", "dbms.components",
})  # fmt: skip
"""Procedures that read the graph or its schema, and nothing else."""
FUNCTION_NAMESPACES = frozenset(
    {"date", "datetime", "localdatetime", "time", "localtime", "duration", "point", "vector"}
)
"""First words of built-in functions with a dotted name; others (apoc.*, plugins) could do anything."""

_CLAUSES = frozenset(
    "CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH INSERT DROP ALTER USE LOAD".split()
)  # fmt: skip
# After these a word is somebody's name, even when it is spelt like a clause (RETURN set, AS create).
_NAME_FOLLOWS = frozenset(
    "AS RETURN WITH BY WHERE AND OR XOR NOT IN UNWIND DISTINCT WHEN THEN ELSE CASE YIELD CONTAINS SKIP LIMIT IS".split()
)
# Before these too: `ORDER BY x, load DESC`, `set IS NULL`.
_NAME_PRECEDES = frozenset(
    "AS IN IS AND OR XOR NOT ORDER WHERE RETURN WITH ASC DESC ASCENDING DESCENDING SKIP LIMIT UNION WHEN THEN ELSE END "
    "STARTS ENDS CONTAINS MATCH OPTIONAL UNWIND CALL".split()
)
_OPENS_CLAUSE = frozenset(")]}{")
"""A clause can follow these: what went before is closed, or a body begins."""


def check_read_only(statement: str) -> list[Token]:
    """Check the text of one statement; returns its tokens.

    Never refuses an ordinary read: names, labels, strings and comments may contain CREATE. Raises
    ReadOnlyError, with the line, for anything that writes, reaches outside the graph, calls a procedure
    that is not on the list, or cannot be read with certainty.
    """
    found = tokens(statement)
    while found and found[-1] == ("symbol", ";", found[-1].line):
        found.pop()
    if not found:
        raise ReadOnlyError("the statement is empty")
    if found[0].keyword not in FIRST_WORDS:
        raise ReadOnlyError(
            f"a reading statement begins with {', '.join(FIRST_WORDS)}, not {found[0].text[:40]!r}",
            where=f"line {found[0].line}",
        )
    if max(depths(found)) > MAX_DEPTH or sum(token.keyword == "CASE" for token in found) > MAX_DEPTH:
        raise ReadOnlyError(f"brackets, or CASE, are nested more than {MAX_DEPTH} deep")
    for at, token in enumerate(found):
        if reason := _objection(found, at):
            raise ReadOnlyError(reason, where=f"line {token.line}")
    return found


def _objection(found: Sequence[Token], at: int) -> str | None:
    token, word = found[at], found[at].keyword
    before = found[at - 1] if at else None
    after = found[at + 1] if at + 1 < len(found) else None
    if token.kind == "symbol":
        if token.text == ";":
            return "only one statement at a time"
        if token.text == "}" and _in_transactions(found[at + 1 : at + 8]):
            return "IN TRANSACTIONS is not allowed on the read path"
        if token.text == "(":
            return _function_objection(found, at)
    elif word == "LOAD" and after is not None and after.keyword == "CSV":
        return "LOAD CSV reads outside the graph"
    elif word == "CALL":
        return None if _is_property(found, at) else _procedure_objection(found, at)
    elif word in _CLAUSES and _opens_clause(before, after):
        return f"{word} is not allowed on the read path"
    return None


def _opens_clause(before: Token | None, after: Token | None) -> bool:
    if before is not None:
        if before.kind == "symbol" and before.text not in _OPENS_CLAUSE:
            return False
        if before.keyword in _NAME_FOLLOWS:
            return False
    if after is None or after.keyword in _NAME_PRECEDES:
        return False
    return after.is_name or after.text == "("


def _in_transactions(following: Sequence[Token]) -> bool:
    words = [token.keyword for token in following]
    return bool(words) and words[0] == "IN" and bool({"TRANSACTIONS", "TRANSACTION"} & set(words))


def _is_property(found: Sequence[Token], at: int) -> bool:
    """Whether the word is a property or label: after a dot behind a name or a bracket, or after a colon."""
    if at == 0 or found[at - 1].kind != "symbol":
        return False
    if found[at - 1].text == ":":
        return True
    return found[at - 1].text == "." and at > 1 and found[at - 2].kind != "number"


def _dotted(found: Sequence[Token], at: int) -> str:
    parts = []
    while at < len(found) and found[at].is_name:
        parts.append(found[at].text)
        if at + 1 >= len(found) or found[at + 1].text != "." or found[at + 1].kind != "symbol":
            break
        at += 2
    return ".".join(parts)


def _procedure_objection(found: Sequence[Token], at: int) -> str | None:
    name = _dotted(found, at + 1)
    if not name or name in PROCEDURES:  # no name: a subquery, or a variable called `call`
        return None
    return f"the procedure {name[:80]} is not on the list of those that only read"


def _function_objection(found: Sequence[Token], at: int) -> str | None:
    """A dotted name before `(` is a function of a namespace."""
    first = at - 1
    while first >= 2 and found[first].is_name and found[first - 1] == ("symbol", ".", found[first - 1].line):
        first -= 2
    if first == at - 1 or first < 0 or not found[first].is_name:
        return None
    if first and found[first - 1].keyword == "CALL":
        return None
    if found[first].text.lower() in FUNCTION_NAMESPACES:
        return None
    return f"the function {_dotted(found, first)[:80]} is not one of Cypher's own"


def utc_parameters(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    """Parameters with every datetime in UTC itself (a naive one is taken as UTC): the driver mishandles others."""
    return {name: _utc(value) for name, value in (parameters or {}).items()}


def _utc(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, Mapping):
        return {key: _utc(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_utc(item) for item in value]
    return value


def run_read_only(
    store: Store,
    statement: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    limit: int = 10_000,
    timeout: float = 60.0,
    audit: Path | None = None,
) -> Result:
    """Run somebody's own reading statement.

    `limit` caps the rows (then `capped` is True), `timeout` is in seconds, `audit` is a file that gets a
    JSON line for every call, refused ones too. Raises ReadOnlyError, LimitError when the time is up,
    StatementError when the server does not accept the statement.
    """
    if limit < 1 or not timeout > 0:
        raise ParameterError("the caps must be at least one row and more than no time")
    values = utc_parameters(parameters)
    with audited(audit, "read", statement, values) as entry:
        check_read_only(statement)
        with _sendable():
            kind = store.explain(statement, values, timeout=timeout)
        if kind != "r":
            raise ReadOnlyError(f"the server says that the statement does more than read (type {kind!r})")
        result = store.read(statement, values, limit=limit, timeout=timeout)
        entry["rows"] = len(result.rows)
        entry["outcome"] = "capped" if result.capped else "done"
        return result


def run_write(
    store: Store,
    statement: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    confirmed: bool,
    audit: Path | None,
) -> list[dict[str, Any]]:
    """Run somebody's own writing statement, as it is, and return its rows: the separate path, to be asked for.

    Raises RefusedError unless `confirmed` is True; the audit file gets a line either way.
    """
    values = utc_parameters(parameters)
    with audited(audit, "write", statement, values) as entry:
        if confirmed is not True:
            raise RefusedError("a statement that writes needs to be confirmed", hint="Nothing was run.")
        with _sendable():
            records = store.write(statement, values)
        entry["rows"] = len(records)
        entry["outcome"] = "done"
        return records


@contextmanager
def _sendable() -> Iterator[None]:
    """Say it as ours when the driver cannot send a value."""
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"a parameter cannot be sent to the graph: {str(error)[:200]}") from error
