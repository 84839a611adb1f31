"""A start archive: Java's own cache of Neo4j's classes. Start 7.5 s without, 2 s with it (Java 25).

It is trained once per jar cache and Java by starting a scratch server, asking it a few things and stopping
it; Java writes 160 MB (80 MB before Java 25). This happens beside the first use, at low priority. Java checks
that the archive fits its own version, flags and jars, and starts without it where it does not.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError
from workbench.graph.server.alive import end_process, python_environment, spawn_detached
from workbench.graph.server.files import make_private_folder
from workbench.graph.server.locking import try_lock, unlock

if TYPE_CHECKING:
    from workbench.graph.server.distribution import Distribution

FREE_MB = 2048
OLDEST, AHEAD_OF_TIME = 17, 25  # Java versions: from 25 on the archive holds linked classes and profiles
TRAINING = (
    "CREATE CONSTRAINT IF NOT EXISTS FOR (n:T) REQUIRE n.id IS UNIQUE",
    "UNWIND range(1, 500) AS i MERGE (n:T {id: toString(i)}) SET n.at = datetime(), n.x = i",
    "MATCH (a:T), (b:T) WHERE a.x + 1 = b.x MERGE (a)-[r:R {id: a.id}]->(b) SET r.v = toFloat(a.x)",
    "MATCH p = (:T {id: '1'})-[:R*1..4]->(b) RETURN b.id AS id, length(p) AS n ORDER BY n, id",
    "MATCH (a:T)-[r:R]->(b) RETURN a.id AS id, sum(r.v) AS v, count(*) AS n ORDER BY v DESC, id LIMIT 10",
)


def archive_file(distribution: Distribution) -> Path | None:
    """Where the archive of this Neo4j and this Java is, or would be; None where Java is too old for one."""
    if distribution.archive_folder is None or distribution.java.major < OLDEST:
        return None
    parts = [str(distribution.java.path), *distribution.flags]
    for file in (distribution.java.path, *distribution.jars):
        found = file.stat()
        parts.append(f"{file}:{found.st_size}:{found.st_mtime_ns}")
    key = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    kind = "aot" if distribution.java.major >= AHEAD_OF_TIME else "jsa"
    return distribution.archive_folder / f"start-{key}.{kind}"


def archive_flags(distribution: Distribution) -> list[str]:
    """The flags that use the archive, if there is one."""
    file = archive_file(distribution)
    if file is None or not file.is_file():
        return []
    if distribution.java.major >= AHEAD_OF_TIME:
        return [f"-XX:AOTCache={file}", "-Xlog:aot*=off", "-Xlog:cds*=off"]
    return [f"-XX:SharedArchiveFile={file}", "-Xlog:cds*=off"]


def start_training(distribution: Distribution, cache: Path | None) -> None:
    """Make the archive in a process of its own, if it is missing and the machine has room for it."""
    from workbench.graph.server.settings import machine_memory

    file = archive_file(distribution)
    if file is None or file.is_file() or _failed(file).exists() or os.environ.get("WORKBENCH_NO_ARCHIVE"):
        return
    if machine_memory()[1] < FREE_MB:
        return
    command = [sys.executable, "-m", __name__, distribution.version, str(cache or "")]
    spawn_detached(command, log=file.with_name("archive.log"), folder=file.parent, environment=python_environment())


def train(distribution: Distribution) -> bool:
    """Make the archive now (about 25 s); False where it exists, cannot be made, or somebody else is at it."""
    file = archive_file(distribution)
    if file is None or file.is_file():
        return False
    handle = try_lock(file.with_name("archive.lock"))
    if handle is None:
        return False
    from workbench.graph.server.process import end_orphans

    try:
        part = file.with_name(f"{file.name}.part")
        part.unlink(missing_ok=True)
        scratch = file.with_name("archive-scratch")
        end_orphans(scratch / "home")  # of a training that was killed
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            _record(distribution, make_private_folder(scratch), part)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        if not part.is_file():
            _failed(file).touch()  # this Java cannot: not tried again at every start
            return False
        os.replace(part, file)
        for old in file.parent.glob("start-*"):
            if old != file:
                old.unlink(missing_ok=True)
        return True
    finally:
        unlock(handle)


def _recording(distribution: Distribution, part: Path) -> str:
    option = "AOTCacheOutput" if distribution.java.major >= AHEAD_OF_TIME else "ArchiveClassesAtExit"
    return f"-XX:{option}={part}"


def _failed(file: Path) -> Path:
    return file.with_suffix(".failed")


def _record(distribution: Distribution, scratch: Path, part: Path) -> None:
    from neo4j import GraphDatabase

    from workbench.graph.server.home import make_home, write_settings
    from workbench.graph.server.process import free_port, launch, wait_until_ready
    from workbench.graph.server.settings import Memory, settings_for

    home, port = scratch / "home", free_port()
    password = make_home(home, distribution.version, scratch / "password")
    settings = settings_for(version=distribution.version, memory=Memory(512, 64), port=port)
    write_settings(home, settings, distribution.version)
    pid, stamp = launch(distribution, home, settings, extra=[_recording(distribution, part)])
    try:
        wait_until_ready(home, pid, stamp, port, password, timeout=180)
        with GraphDatabase.driver(f"bolt://127.0.0.1:{port}", auth=("neo4j", password)) as driver:
            for statement in TRAINING:
                driver.execute_query(statement, database_="neo4j")
    finally:
        end_process(pid, stamp, patience=240)


def main(arguments: list[str]) -> int:
    """The process `start_training` starts: VERSION CACHE."""
    from workbench.graph.server.distribution import find_distribution

    if hasattr(os, "nice"):
        os.nice(15)
    version, cache = arguments[0], Path(arguments[1]) if arguments[1] else None
    try:
        train(find_distribution(version, cache, None, progress=False))
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
