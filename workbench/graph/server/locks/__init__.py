"""The committed locks: for each supported Neo4j version every jar's coordinates, SHA-256 and size.

The shape is jgo's lock file with a `size` added (so that a download can show how far it is and a full disk
is noticed before it happens). Read with tomllib: a warm start must not import jgo.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import ServerError, UnknownNameError

LOCK_FOLDER = Path(__file__).parent
DEFAULT_VERSION = "2026.08.1"


@dataclass(frozen=True)
class Jar:
    """One locked jar."""

    group: str
    artifact: str
    version: str
    classifier: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """The file's name, as Maven has it."""
        suffix = f"-{self.classifier}" if self.classifier else ""
        return f"{self.artifact}-{self.version}{suffix}.jar"

    @property
    def path(self) -> str:
        """The path below a Maven repository."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"

    @property
    def coordinates(self) -> str:
        """`group:artifact:version`, for messages."""
        return f"{self.group}:{self.artifact}:{self.version}"


def locked_versions() -> list[str]:
    """The Neo4j versions that have a lock."""
    return sorted(file.name.removesuffix(".lock.toml") for file in LOCK_FOLDER.glob("*.lock.toml"))


@lru_cache(maxsize=8)
def read_lock(version: str) -> tuple[Jar, ...]:
    """The jars of a version; a lock without a proper SHA-256 for every jar is refused."""
    file = LOCK_FOLDER / f"{version}.lock.toml"
    if version not in locked_versions():
        raise UnknownNameError("Neo4j version", version, locked_versions())
    return parse_lock(file.read_text(encoding="utf-8"), where=str(file))


def parse_lock(text: str, *, where: str) -> tuple[Jar, ...]:
    """Read a lock's text. Every jar needs a SHA-256 and a size, and its own file name."""
    try:
        rows = tomllib.loads(text)["dependencies"]
        jars = tuple(
            Jar(
                group=row["groupId"],
                artifact=row["artifactId"],
                version=row["version"],
                classifier=row.get("classifier", ""),
                sha256=row["sha256"],
                size=int(row["size"]),
            )
            for row in rows
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ServerError(f"this lock of Neo4j's jars cannot be read: {error!r}", where=where) from error
    for jar in jars:
        if not re.fullmatch(r"[0-9a-f]{64}", jar.sha256):
            raise ServerError(f"no SHA-256 for {jar.coordinates} in the lock", where=where)
        if not re.fullmatch(r"[\w.+-]+", jar.name) or ".." in jar.path:
            raise ServerError(f"not a file name: {jar.name!r}", where=where)
    if not jars or len({jar.name for jar in jars}) != len(jars):
        raise ServerError("the lock is empty, or two jars share a file name", where=where)
    return jars
