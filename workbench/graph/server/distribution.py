"""What to run: Neo4j's class path, main class and Java, from the jar cache or from an unpacked Neo4j."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ServerError
from workbench.graph.server.jars import ensure_jars, jar_folder
from workbench.graph.server.java import Java, find_java

OPENED = ("java.base/java.nio", "java.base/java.lang", "java.base/sun.nio.ch")


@dataclass(frozen=True)
class Distribution:
    """A Neo4j that can be run, and the folder its start archive may be kept in (None: nowhere)."""

    version: str
    jars: tuple[Path, ...]
    java: Java
    archive_folder: Path | None

    @property
    def main_class(self) -> str:
        """The server's entry point."""
        if self.version.startswith("5."):
            return "org.neo4j.server.CommunityEntryPoint"
        return "org.neo4j.server.Neo4jCommunity"

    @property
    def flags(self) -> list[str]:
        """JVM flags that server and AdminTool share (a start archive is only valid for the same ones)."""
        flags = ["-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"]
        flags += ["-Dlog4j2.disable.jmx=true", "-Djava.awt.headless=true"]
        flags += [f"--add-opens={name}=ALL-UNNAMED" for name in OPENED]
        if self.java.major >= 22:
            flags.append("--enable-native-access=ALL-UNNAMED")
        if self.java.major >= 23:
            flags.append("--sun-misc-unsafe-memory-access=allow")
        return flags

    @property
    def class_path(self) -> str:
        """The jars in the lock's order, the same on every machine (a `*` follows the disk's order)."""
        return os.pathsep.join(str(jar) for jar in self.jars)


def find_distribution(
    version: str, cache: Path | None, neo4j_home: Path | None, *, progress: bool = True
) -> Distribution:
    """The Neo4j to run: the unpacked one if given, else the locked jars (fetched where missing)."""
    if neo4j_home is not None:
        return _unpacked(neo4j_home)
    java = find_java(version)
    jars = ensure_jars(version, cache, progress=progress)
    return Distribution(version, jars, java, jar_folder(version, cache))


def unpacked_home() -> Path | None:
    """`NEO4J_HOME`, where the user set it."""
    chosen = os.environ.get("NEO4J_HOME", "").strip()
    return Path(chosen).expanduser() if chosen else None


def unpacked_version(neo4j_home: Path) -> str:
    """The version of an unpacked Neo4j Community, read from its jars' names."""
    lib = neo4j_home / "lib"
    names = [jar.name for jar in lib.glob("neo4j-*.jar")]
    if any("enterprise" in name for name in names):
        raise ServerError(
            "this is a Neo4j Enterprise",
            where=str(neo4j_home),
            hint="Start it yourself and give its address (--db bolt://…).",
        )
    found = [match for name in names if (match := re.fullmatch(r"neo4j-kernel-(\d[\w.-]*)\.jar", name))]
    if len(found) != 1:
        raise ServerError("no Neo4j is unpacked here (no lib/neo4j-kernel-….jar)", where=str(neo4j_home))
    return found[0][1]


def _unpacked(neo4j_home: Path) -> Distribution:
    version = unpacked_version(neo4j_home)
    jars = tuple(sorted((neo4j_home / "lib").glob("*.jar")))
    return Distribution(version, jars, find_java(version), None)
