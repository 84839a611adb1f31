"""Downloading one jar, resumably, from the user's Maven repositories; and the progress bar.

jgo's HTTP helper is used (it waits where a repository says "too many requests"); certificates and proxies
come from the environment as for every Python program. Nothing here trusts what arrives: `jars._accept`
compares the SHA-256 before a file gets its name.
"""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.errors import ServerError
from workbench.graph.server.repository import Repository, local_maven_folder, repositories

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.graph.server.locks import Jar

ATTEMPTS = 4
OFFLINE_HINT = (
    "Without a network: on a machine that has one run `workbench db fetch --to DIR`, carry DIR over, and run "
    "`workbench db fetch --from DIR` here. Behind a mirror: set WORKBENCH_MAVEN_REPOSITORY."
)


def fetcher() -> Callable[[Jar, Path], None]:
    """A function that fills a `.part` file: from the user's own Maven folder if there, else by download."""
    places = repositories()
    local = local_maven_folder()

    def fetch(jar: Jar, part: Path) -> None:
        if local is not None and _copy_local(local, jar, part):
            return
        reasons = []
        for place in places:
            reason = _copy_folder(place, jar, part) if place.folder else _download(place, jar, part)
            if reason is None:
                return
            reasons.append(reason)
        raise ServerError(
            f"{jar.name} could not be fetched: {'; '.join(reasons)}", where=jar.coordinates, hint=OFFLINE_HINT
        )

    return fetch


def _copy_local(folder: Path, jar: Jar, part: Path) -> bool:
    from workbench.graph.server.jars import sha256_of

    source = folder / jar.path
    if not source.is_file() or source.stat().st_size != jar.size or sha256_of(source) != jar.sha256:
        return False
    shutil.copyfile(source, part)
    return True


def _copy_folder(place: Repository, jar: Jar, part: Path) -> str | None:
    assert place.folder is not None
    source = place.folder / jar.path
    if not source.is_file():
        return f"not in {place.folder}"
    shutil.copyfile(source, part)
    return None


def _download(place: Repository, jar: Jar, part: Path) -> str | None:
    """Fill `part` from a repository; None when it has its full size, else the reason in words."""
    import requests

    reason = "nothing was tried"
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(0.5 * 2**attempt)
        try:
            status = _stream(place, jar, part)
        except requests.RequestException as error:
            reason = f"{type(error).__name__} at {place.url}"
            continue
        if status in (200, 206) and part.stat().st_size >= jar.size:
            return None
        if status in (401, 403, 404, 407):
            return f"{place.url} answered {status}"
        reason = f"{place.url} answered {status}" if status not in (200, 206) else "the answer was cut short"
    return reason


def _stream(place: Repository, jar: Jar, part: Path) -> int:
    from jgo.util import http

    have = part.stat().st_size if part.exists() else 0
    if have == jar.size:
        return 206
    if have > jar.size:
        part.unlink()
        have = 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    options: dict[str, Any] = {"stream": True, "timeout": (15, 60), "headers": headers}
    if place.auth:
        options["auth"] = place.auth
    if place.proxies:
        options["proxies"] = place.proxies
    with http.get(f"{place.url}/{jar.path}", **options) as response:
        status: int = response.status_code
        if status == 416:
            part.unlink(missing_ok=True)
        if status in (200, 206):
            with part.open("ab" if status == 206 else "wb") as stream:
                for chunk in response.iter_content(1 << 16):
                    stream.write(chunk)
    return status


@contextmanager
def shown_progress(title: str, total: int, shown: bool) -> Iterator[Callable[[int], None]]:
    """A bar on stderr that counts bytes; nothing at all when `shown` is false."""
    if not shown or os.environ.get("WORKBENCH_QUIET"):
        yield lambda size: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)
        yield lambda size: bar.advance(task, size)
