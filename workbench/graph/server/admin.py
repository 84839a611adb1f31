"""Backup, restore and check of the local database, with Neo4j's own AdminTool (offline, as in Community).

A restore never touches the data in use until the backup has been loaded and checked in a home of its own:
then the two homes change names. The old one is kept as `home.previous` until the next restore, and put back
if the server does not start on the new one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from workbench.errors import InputError, ServerError
from workbench.graph.server.archive import archive_flags
from workbench.graph.server.home import has_data, make_home, write_settings
from workbench.graph.server.process import write_arguments
from workbench.graph.server.settings import machine_memory, memory_for, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.graph.server.local import LocalServer

DATABASE = "neo4j"


def backup(local: LocalServer, target: Path) -> Path:
    """Write the database to one file (mode 0600). The server is stopped meanwhile and started again."""
    target = Path(target).resolve()
    with _disk_errors(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with local.stopped(), TemporaryDirectory(prefix=".backup-", dir=target.parent) as scratch:
            _need_data(local)
            _settings(local, local.home)
            _admin(local, local.home, ["database", "dump", DATABASE, f"--to-path={scratch}"])
            dumped = Path(scratch) / f"{DATABASE}.dump"
            dumped.chmod(0o600)
            os.replace(dumped, target)
    return target


def restore(local: LocalServer, file: Path, *, check: bool = True) -> Path | None:
    """Replace the database by a backup; returns the folder in which the old one is kept, if there was one.

    Loaded and checked beside the running server, which stops only for the switch. Whatever fails, the old
    database is in place afterwards.
    """
    file = Path(file).resolve()
    if not file.is_file():
        raise InputError("there is no such backup file", where=str(file))
    fresh = local.folder / "home.restoring"
    previous = local.folder / "home.previous"
    with _disk_errors(local.folder), local.lock():
        shutil.rmtree(fresh, ignore_errors=True)
        try:
            make_home(fresh, local.version, local.password_file)
            _settings(local, fresh)
            load = ["database", "load", DATABASE, "--from-stdin", "--overwrite-destination=true"]
            _admin(local, fresh, load, stdin=file)
            if check:
                _check(local, fresh, f"the backup {file}")
            return _switch(local, fresh, previous)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)


def check(local: LocalServer) -> str:
    """Check the store; returns Neo4j's report, or raises a ServerError with it when it is inconsistent.

    The server is stopped meanwhile and started again.
    """
    with local.stopped():
        _need_data(local)
        _settings(local, local.home)
        return _check(local, local.home, "the database")


def _switch(local: LocalServer, fresh: Path, previous: Path) -> Path | None:
    """Put the new home in the old one's place; back again if the server does not start on it.

    Between the two renames there is no `home`: `LocalServer.lock` puts `home.previous` back if we die there.
    """
    running = local.running()
    port = int(running.uri.rpartition(":")[2]) if running else None
    local.stop_locked()
    shutil.rmtree(previous, ignore_errors=True)
    had_data = local.home.exists()
    if had_data:
        local.home.rename(previous)
    try:
        fresh.rename(local.home)
        local.start_locked(port=port)
    except BaseException:
        local.stop_locked()
        if had_data:
            if local.home.exists():
                local.home.rename(fresh)
            previous.rename(local.home)
            if running:
                local.start_locked(port=port)
        raise
    if running is None:
        local.stop_locked()
    return previous if had_data else None


def _check(local: LocalServer, home: Path, what: str) -> str:
    command = ["database", "check", DATABASE, f"--report-path={home / 'logs'}"]
    done = _run(local, home, command, None)
    text = done.stdout + done.stderr
    if done.returncode:
        verdict = "is not consistent" if "nconsisten" in text else "could not be checked"
        raise ServerError(f"{what} {verdict}\n{_tail(text)}", where=str(home / "logs"))
    return _tail(text, 60)


def _admin(local: LocalServer, home: Path, command: list[str], *, stdin: Path | None = None) -> str:
    done = _run(local, home, command, stdin)
    text = done.stdout + done.stderr
    if done.returncode:
        raise ServerError(
            f"Neo4j's `{' '.join(command[:2])}` failed (exit code {done.returncode})\n{_tail(text)}",
            where=str(stdin or home),
        )
    return text


def _run(local: LocalServer, home: Path, command: list[str], stdin: Path | None) -> subprocess.CompletedProcess[str]:
    distribution = local.distribution()
    main = ["org.neo4j.cli.AdminTool", *command]
    heap = f"{memory_for(*machine_memory()).heap_mb}m"
    extra = [*archive_flags(distribution), "-Dpicocli.ansi=false"]
    arguments = write_arguments(home / "run" / "admin.args", distribution, main, heap=heap, extra=extra)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    environment |= {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    source = stdin.open("rb") if stdin else None
    try:
        return subprocess.run(
            arguments,
            stdin=source or subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            cwd=home,
            env=environment,
            check=False,
        )
    except OSError as error:
        raise ServerError(f"Java cannot be run: {error}", where=arguments[0]) from error
    finally:
        if source:
            source.close()


def _settings(local: LocalServer, home: Path) -> None:
    memory = memory_for(*machine_memory())
    write_settings(home, settings_for(version=local.version, memory=memory), local.version)


def _need_data(local: LocalServer) -> None:
    if not has_data(local.home):
        raise ServerError("there is no database here yet", where=str(local.folder))


def _tail(text: str, lines: int = 15) -> str:
    noise = re.compile(r"^\s+at |^\s*$|^Picked up |^Selecting JVM|\d+%|^Files: |^-+$")
    kept = [line for line in text.splitlines() if not noise.search(line)]
    return "\n".join(f"  | {line[:300]}" for line in kept[-lines:])


@contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ServerError(f"cannot be written: {error}", where=str(folder)) from error
