"""Which graph a case works on: the workspace's own Neo4j, or any other by its address."""

from __future__ import annotations

import getpass
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import SettingsError
from workbench.graph.store import Store
from workbench.settings import Settings, password
from workbench.workspace import Workspace

if TYPE_CHECKING:
    from workbench.graph.server import LocalServer

SCHEMES = ("bolt://", "bolt+s://", "bolt+ssc://", "neo4j://", "neo4j+s://", "neo4j+ssc://")


def local_server(workspace: Workspace, settings: Settings) -> LocalServer:
    """The workspace's own Neo4j; nothing is started yet."""
    from workbench.graph.server import LocalServer

    return LocalServer(
        workspace.private / "neo4j",
        version=settings.neo4j_version,
        idle_minutes=settings.idle_minutes,
        cache=Path(settings.cache) if settings.cache else None,
        port=settings.port or None,
    )


def connect(workspace: Workspace | None, settings: Settings) -> tuple[Store, LocalServer | None]:
    """A store on the database that the settings name; starts the local server where that is the one.

    Raises SettingsError for an address the driver does not know or a missing password, UnreachableError
    or ServerError when nothing answers.
    """
    if settings.db == "local":
        if workspace is None:
            raise SettingsError(
                "the local database needs a workspace",
                hint="Make one with `workbench init DIR`, or name a server with --db bolt://…",
            )
        server = local_server(workspace, settings)
        found = server.attach()
        store = Store(found.uri, found.user, found.password, timeout=settings.query_timeout)
        store.cache = _cache(workspace)
        return store, server
    if not settings.db.startswith(SCHEMES):
        raise SettingsError(
            f"{settings.db!r} is no address", where="db", hint=f"It starts with one of {', '.join(SCHEMES)}"
        )
    if "@" in settings.db:
        raise SettingsError(
            "an address with a user or password in it is refused: it would show in process lists and logs",
            where="db", hint="Give the user as --user or WORKBENCH_USER, the password as WORKBENCH_DB_PASSWORD.",
        )  # fmt: skip
    secret = password(settings, workspace.root if workspace else None) or _ask(settings)
    store = Store(settings.db, settings.user, secret, database=settings.database, timeout=settings.query_timeout)
    store.cache = _cache(workspace)
    store.version()  # an address that does not answer is said now, not at the first query
    return store, None


def _cache(workspace: Workspace | None) -> Path:
    """Where projections are kept: with the workspace, else with what else this user's workbench keeps."""
    from platformdirs import user_cache_path

    if workspace is not None:
        return workspace.private / "cache"
    return user_cache_path("attribution-workbench", appauthor=False) / "projections"


def _ask(settings: Settings) -> str:
    if sys.stdin is not None and sys.stdin.isatty() and not os.environ.get("WORKBENCH_CI"):
        return getpass.getpass(f"Password of {settings.user} at {settings.db}: ")
    raise SettingsError(
        "no password for the database",
        where=settings.db,
        hint="Set WORKBENCH_DB_PASSWORD, or password_file in workbench.toml (mode 0600).",
    )
