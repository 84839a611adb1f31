"""The store: every statement that reaches the graph goes through here.

Nothing above this file knows which server answers. Reads run in READ sessions; writes in managed
transactions that the driver retries; every driver error is raised again as one of ours, with the
statement and without its parameters.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import DatabaseError, LimitError, StatementError, UnreachableError

if TYPE_CHECKING:
    import neo4j
    import pandas as pd

_DATABASE = "SHOW DATABASE $name YIELD databaseID, lastStartTime"
_SERVER = (
    "CALL dbms.queryJmx('java.lang:type=Runtime') YIELD attributes "
    "RETURN attributes.StartTime.value AS started, attributes.Name.value AS name"
)
BATCH = 5_000
"""Rows a write transaction carries: the flat optimum measured on two cores."""


@dataclass(frozen=True)
class Result:
    """Rows of a read, and whether a cap ended it early."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    capped: bool = False

    def records(self) -> list[dict[str, Any]]:
        """One dictionary a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_frame(self) -> pd.DataFrame:
        """The rows as a DataFrame; driver times become Python datetimes."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=list(self.columns))
        frame.attrs["capped"] = self.capped
        return frame


@dataclass(frozen=True)
class State:
    """A database at one moment; equal texts are the same content."""

    database: str
    """Which database it is."""
    text: str


class Store:
    """One database of one Neo4j server."""

    def __init__(
        self,
        uri: str,
        user: str,
        password: str,
        *,
        database: str = "neo4j",
        timeout: float = 60.0,
        **driver: Any,
    ) -> None:
        """Connect lazily; `timeout` is seconds a read may take. `driver` goes to `neo4j.GraphDatabase.driver`."""
        import neo4j

        self.uri = uri
        self.database = database
        self.timeout = timeout
        self.cache: Path | None = None
        """Folder where what was read may be kept for the next time; None keeps nothing."""
        self._auth = (user, password)
        self._driver = neo4j.GraphDatabase.driver(
            uri,
            auth=(user, password),
            notifications_min_severity="OFF",
            warn_notification_severity="OFF",
            **driver,
        )

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def auth(self) -> tuple[str, str]:
        """User and password, for the py2neo bridge."""
        return self._auth

    def version(self) -> str:
        """The server's version, for example 2026.08.1; raises UnreachableError."""
        with _ours("server version"):
            return str(self._driver.get_server_info().agent).removeprefix("Neo4j/")

    def state(self) -> State | None:
        """A text that is another one after every commit of anybody, and after every start of the server.

        What was committed by then is seen by every read that begins afterwards. None where the server does not
        tell, and for a cluster, whose members differ. On Community a read's bookmark tells the last transaction that
        was committed; asked again with that bookmark, the server answers when it has been applied as well. An
        old dump put in the database's place may lead to the same transaction numbers: hence the times of the start.
        """
        self._bookmark(marks := self._bookmark(()))
        try:
            databases = self.read(_DATABASE, {"name": self.database}).rows
            servers = self.read(_SERVER).rows
        except StatementError:  # not allowed, or not there
            return None
        if not marks or len(databases) != 1 or len(servers) != 1 or None in servers[0]:
            return None
        database, started = databases[0]
        return State(f"{self.database} {database}", " ".join(map(str, (started, *servers[0], *marks))))

    def read(
        self,
        statement: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a read and keep its rows, at most `limit` of them (then `capped` is True)."""

        def work(tx: neo4j.ManagedTransaction) -> Result:
            answer = tx.run(_text(statement), dict(parameters or {}))
            rows: list[tuple[Any, ...]] = []
            for record in answer:
                if limit is not None and len(rows) == limit:
                    return Result(tuple(answer.keys()), rows, capped=True)
                rows.append(tuple(native(value) for value in record.values()))
            return Result(tuple(answer.keys()), rows)

        with _ours(statement), self._session(read=True, fetch_size=1_000) as session:
            found: Result = session.execute_read(self._timed(work, timeout))
            return found

    def stream(
        self, statement: str, parameters: Mapping[str, Any] | None = None, *, fetch_size: int = 1_000
    ) -> Generator[tuple[Any, ...], None, None]:
        """Rows of a big read one after the other, memory bounded by `fetch_size`; no retry, no time limit."""
        with _ours(statement), self._session(read=True, fetch_size=fetch_size) as session:
            for record in session.run(_text(statement), dict(parameters or {})):
                yield tuple(record.values())

    def explain(
        self, statement: str, parameters: Mapping[str, Any] | None = None, *, timeout: float | None = None
    ) -> str:
        """The query type the server gives a statement without running it: r, rw, w or s."""
        import neo4j

        query = neo4j.Query(_text("EXPLAIN " + statement), timeout=timeout or self.timeout)  # planning may hang
        with _ours(statement), self._session(read=True) as session:
            return str(session.run(query, dict(parameters or {})).consume().query_type)

    def write(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one write in a managed transaction; returns its rows."""

        def work(tx: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return [record.data() for record in tx.run(_text(statement), dict(parameters or {}))]

        with _ours(statement), self._session() as session:
            return session.execute_write(work)

    def write_batch(self, statement: str, parameters: Mapping[str, Any]) -> int:
        """Run one batched write in a managed transaction; returns how many relationships it created."""

        def work(tx: neo4j.ManagedTransaction) -> int:
            return tx.run(_text(statement), dict(parameters)).consume().counters.relationships_created

        with _ours(statement), self._session() as session:
            return session.execute_write(work)

    def schema(self, statement: str) -> None:
        """Run a schema statement, outside a managed transaction."""
        with _ours(statement), self._session() as session:
            session.run(_text(statement)).consume()

    def _bookmark(self, after: tuple[str, ...]) -> tuple[str, ...]:
        statement = "RETURN 1 AS one"
        with _ours(statement), self._session(read=True, bookmarks=after) as session:
            session.execute_read(lambda tx: tx.run(_text(statement)).consume())
            return tuple(sorted(session.last_bookmarks().raw_values))

    @contextmanager
    def _session(
        self, *, read: bool = False, fetch_size: int = 1_000, bookmarks: tuple[str, ...] = ()
    ) -> Iterator[neo4j.Session]:
        import neo4j

        mode = neo4j.READ_ACCESS if read else neo4j.WRITE_ACCESS
        with self._driver.session(
            database=self.database, default_access_mode=mode, fetch_size=fetch_size,
            bookmarks=neo4j.Bookmarks.from_raw_values(bookmarks),
        ) as session:  # fmt: skip
            yield session

    def _timed(self, work: Any, timeout: float | None) -> Any:
        import neo4j

        return neo4j.unit_of_work(timeout=timeout or self.timeout)(work)


def native(value: Any) -> Any:
    """A driver value as plain Python: times become `datetime`, nodes and edges dictionaries."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list):
        return [native(item) for item in value]
    if hasattr(value, "to_native"):
        made = value.to_native()
        return made.astimezone(UTC) if isinstance(made, datetime) and made.tzinfo else made
    if isinstance(value, dict):
        return {key: native(item) for key, item in value.items()}
    return _entity(value)


def _entity(value: Any) -> Any:
    import neo4j.graph

    if isinstance(value, neo4j.graph.Node):
        return {"labels": sorted(value.labels), **{k: native(v) for k, v in value.items()}}
    if isinstance(value, neo4j.graph.Relationship):
        return {"type": value.type, **{k: native(v) for k, v in value.items()}}
    if isinstance(value, neo4j.graph.Path):
        return {
            "nodes": [_entity(n) for n in value.nodes],
            "edges": [_entity(r) for r in value.relationships],
        }
    return value


def _text(statement: str) -> Any:
    return statement  # the driver's types ask for a literal; ours come from the schema and from query files


@contextmanager
def _ours(statement: str) -> Iterator[None]:
    """Raise driver errors again as ours."""
    import neo4j.exceptions as ne

    try:
        yield
    except ne.ResultFailedError as error:  # what failed is its cause: told when the transaction closes, say on a retry
        cause = error.__cause__
        raise _as_ours(cause if isinstance(cause, ne.Neo4jError | ne.DriverError) else error, statement) from error
    except (ne.Neo4jError, ne.DriverError) as error:
        raise _as_ours(error, statement) from error


def _as_ours(error: Exception, statement: str) -> DatabaseError:
    """The driver's `error` as the one of ours that says what to do."""
    import neo4j.exceptions as ne

    if isinstance(error, ne.AuthError | ne.ServiceUnavailable | ne.SessionExpired | ne.ConfigurationError):
        return UnreachableError(
            f"the graph server does not answer or does not let us in ({type(error).__name__})",
            hint="Look at `workbench db status`; check address, user and password.",
        )
    if not isinstance(error, ne.Neo4jError):
        return DatabaseError(f"the driver failed: {type(error).__name__}")
    code = error.code or ""
    if "TransactionTimedOut" in code or "Terminated" in code or "MemoryPool" in code:
        return LimitError(
            f"the statement was ended by a limit ({code.rsplit('.', 1)[-1]})", statement=statement, code=code,
            hint="Narrow it, add a LIMIT, or raise `query_timeout` in workbench.toml.",
        )  # fmt: skip
    return StatementError(_message(error), statement=statement, code=code)


def _message(error: Any) -> str:
    """The server's own words, except where they repeat stored or given values."""
    if "ConstraintValidationFailed" in (error.code or ""):
        return "a key is taken already (uniqueness constraint)"
    return str((error.message or type(error).__name__).splitlines()[0])
