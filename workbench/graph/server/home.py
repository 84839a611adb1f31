"""A Neo4j home of the workspace's own: its folders, its settings file and its random password.

The password of a new home is written in the form `neo4j-admin dbms set-initial-password` writes (tested
against a real server): that takes no second JVM, and the password appears on no command line.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from workbench.errors import ServerError
from workbench.graph.server.files import make_private_folder, write_private
from workbench.graph.server.settings import settings_text

if TYPE_CHECKING:
    from pathlib import Path

FOLDERS = ("conf", "data", "logs", "plugins", "import", "run", "licenses")
USER = "neo4j"
ITERATIONS = 1024


def make_home(home: Path, version: str, password_file: Path) -> str:
    """Make (or complete) a home for this version; returns its password. Data of a newer Neo4j is refused."""
    make_private_folder(home)
    for name in FOLDERS:
        make_private_folder(home / name)
    _check_version(home, version)
    if has_data(home):
        try:
            return password_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ServerError(
                "the database exists, but the file with its password is gone",
                where=str(password_file),
                hint="Put the file back, or restore a backup into a new workspace.",
            ) from error
    password = _kept_password(password_file) or secrets.token_urlsafe(24)
    write_private(password_file, password + "\n")
    make_private_folder(home / "data" / "dbms")
    write_private(home / "data" / "dbms" / "auth.ini", initial_password(password))
    return password


def has_data(home: Path) -> bool:
    """Whether a server has run in this home."""
    return (home / "data" / "databases" / "system").is_dir()


def write_settings(home: Path, settings: dict[str, str], version: str) -> None:
    """Write conf/neo4j.conf and note which Neo4j the data is for."""
    write_private(home / "conf" / "neo4j.conf", settings_text(settings))
    write_private(home / "version", version + "\n")


def initial_password(password: str) -> str:
    """The line of auth.ini for a password: salted SHA-256, repeated."""
    salt = secrets.token_bytes(32)
    digest = hashlib.sha256(salt + password.encode()).digest()
    for _ in range(ITERATIONS - 1):
        digest = hashlib.sha256(digest).digest()
    return f"{USER}:SHA-256,{digest.hex()},{salt.hex()},{ITERATIONS}:\n"


def data_version(home: Path) -> str | None:
    """The Neo4j version that last ran on this home."""
    try:
        return (home / "version").read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _kept_password(password_file: Path) -> str | None:
    try:
        return password_file.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None


def _check_version(home: Path, version: str) -> None:
    found = data_version(home)
    if found and has_data(home) and _number(found) > _number(version):
        raise ServerError(
            f"this database was last used by Neo4j {found}; the older {version} cannot open it",
            where=str(home),
            hint=f"Use version {found} or a newer one.",
        )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("-")[0].split(".") if part.isdigit())
