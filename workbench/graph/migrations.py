"""Brings a database to the present schema, and refuses one that is newer.

A migration is a function of the store, listed here under the version it leads to. The version is
kept in the graph itself, in one `WorkbenchMeta` node.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench.errors import SchemaError, StatementError
from workbench.graph.schema import SCHEMA_VERSION, constraints
from workbench.graph.store import Store

_ATTEMPTS = 6
_TRANSIENT = ("Transient", "AlreadyExists", "Deadlock")
MIGRATIONS: dict[int, Callable[[Store], None]] = {}
"""Version → what leads to it. Version 1 is the first schema: its constraints are all there is to do."""


def stored_version(store: Store) -> int:
    """The schema version recorded in the graph; 0 for an empty database."""
    rows = store.read("MATCH (m:WorkbenchMeta {key: 'schema'}) RETURN m.version AS version").rows
    return int(rows[0][0]) if rows else 0


def ensure_schema(store: Store) -> int:
    """Create what is missing, run the migrations due, record the version; returns the version found.

    Raises SchemaError when the graph was written by a newer workbench.
    """
    found = stored_version(store)
    if found > SCHEMA_VERSION:
        raise SchemaError(
            f"the graph has schema version {found}, this workbench knows {SCHEMA_VERSION}",
            hint="Install a newer attribution-workbench; nothing was changed.",
        )
    if found == SCHEMA_VERSION:
        return found
    for statement in constraints():
        _patiently(store, statement)
    store.schema("CALL db.awaitIndexes(120)")
    for version in range(found + 1, SCHEMA_VERSION + 1):
        if migrate := MIGRATIONS.get(version):
            migrate(store)
    store.write("MERGE (m:WorkbenchMeta {key: 'schema'}) SET m.version = $version", {"version": SCHEMA_VERSION})
    return found


def _patiently(store: Store, statement: str) -> None:
    """Another process may be bringing up the same database at this moment: wait for it instead of failing."""
    for attempt in range(_ATTEMPTS):
        try:
            return store.schema(statement)
        except StatementError as error:
            if attempt == _ATTEMPTS - 1 or not any(word in (error.code or "") for word in _TRANSIENT):
                raise
            time.sleep(0.2 * 2**attempt)
