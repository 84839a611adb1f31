"""Settings of a workspace: workbench.toml, environment, arguments; the same names everywhere.

An argument beats the environment (`WORKBENCH_<NAME>`), which beats the workspace's workbench.toml, which
beats the default. The database password never stands in workbench.toml: it comes from
`WORKBENCH_DB_PASSWORD`, from a file that only its owner can read, or from a prompt.
"""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, nearest_hint

FILE_NAME = "workbench.toml"
PRIVATE = ".workbench"


@dataclass(frozen=True)
class Settings:
    """What a case needs to know before it opens."""

    db: str = "local"
    """"local" for the workspace's own Neo4j, or a bolt:// or neo4j(+s)(+ssc):// address."""
    user: str = "neo4j"
    database: str = "neo4j"
    password_file: str = ""
    """File with the password, mode 0600; relative to the workspace."""
    neo4j_version: str = "2026.08.1"
    cache: str = ""
    """Folder of the downloaded Neo4j, shared by workspaces; "" is the user's cache folder."""
    port: int = 0
    """Loopback port of the local server; 0 takes a free one."""
    idle_minutes: float = 10.0
    """The local server stops when nobody has used it for so long."""
    query_timeout: float = 60.0
    """Seconds a read may take."""
    row_limit: int = 10_000
    """Rows that free Cypher returns at most."""


def find_workspace(start: Path | None = None) -> Path | None:
    """The nearest folder upward from `start` (or the current one) that has a workbench.toml."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    return None


def load_settings(
    workspace: Path | None,
    arguments: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings of `workspace`, or the defaults without one.

    Raises SettingsError for an unknown name (with the nearest known one) or a value of the wrong type.
    """
    merged: dict[str, Any] = {}
    if workspace is not None and (workspace / FILE_NAME).is_file():
        merged |= _checked(_read_toml(workspace / FILE_NAME), str(workspace / FILE_NAME))
    known = {field.name for field in fields(Settings)}
    env = os.environ if environment is None else environment
    found = {name: env[f"WORKBENCH_{name.upper()}"] for name in known if f"WORKBENCH_{name.upper()}" in env}
    merged |= _checked(found, "environment", from_text=True)
    given = {key: value for key, value in (arguments or {}).items() if value is not None}
    merged |= _checked(given, "argument")
    return replace(Settings(), **merged)


def password(settings: Settings, workspace: Path | None) -> str | None:
    """The password for a database by address: environment, then file; None where neither is there."""
    if given := os.environ.get("WORKBENCH_DB_PASSWORD"):
        return given
    if not settings.password_file:
        return None
    path = (workspace or Path.cwd()) / settings.password_file
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"cannot read the password file: {error.strerror}", where=str(path)) from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise SettingsError("others can read the password file", where=str(path), hint=f"chmod 600 {path}")
    return text


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"not TOML: {error}", where=str(path)) from error


def _checked(values: Mapping[str, Any], where: str, *, from_text: bool = False) -> dict[str, Any]:
    defaults = Settings()
    known = {field.name for field in fields(Settings)}
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"no setting is called {name!r}", where=where, hint=nearest_hint(name, known))
        wanted = type(getattr(defaults, name))
        try:
            if from_text or (wanted is float and isinstance(value, int) and not isinstance(value, bool)):
                value = wanted(value)
        except ValueError:
            raise SettingsError(f"{name} must be a {wanted.__name__}", where=where) from None
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise SettingsError(f"{name} must be a {wanted.__name__}, not {value!r}", where=where)
        checked[name] = value
    return checked


TEMPLATE = """\
# Settings of this workspace; every name can also be an argument or WORKBENCH_<NAME> in the environment.
# db = "local"                 # or bolt://host:7687, neo4j+s://host
# user = "neo4j"
# password_file = "password"   # a file that only you can read (chmod 600); or WORKBENCH_DB_PASSWORD
# query_timeout = 60.0         # seconds
# row_limit = 10000            # rows of free Cypher
"""
"""What `workbench init` writes."""
