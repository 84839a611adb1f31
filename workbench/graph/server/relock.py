"""Write the lock of one Neo4j version: `python -m workbench.graph.server.relock 2026.08.1`.

A developer's tool, run once for each new version; the result is committed and reviewed. jgo resolves the
coordinates and downloads every jar through the user's own Maven configuration; the lock names coordinates,
SHA-256 and size, and no host.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.graph.server.locks import LOCK_FOLDER

ROOTS = ("org.neo4j:neo4j", "org.neo4j.app:neo4j-server")


def relock(version: str, target: Path, jar_folder: Path) -> int:
    """Resolve `version`, download its jars below `jar_folder`, write the lock; returns the number of jars."""
    import tomli_w
    from jgo.env import LockedDependency
    from jgo.maven import MavenContext

    from workbench.graph.server.repository import repositories

    context = MavenContext(
        repo_cache=jar_folder,
        remote_repos={f"r{n}": repository.url for n, repository in enumerate(repositories())},
        timeout=60,
    )
    roots = [context.create_dependency(f"{root}:{version}") for root in ROOTS]
    inputs, transitive = context.resolver.resolve(roots)
    wanted = inputs + [found for found in transitive if found.scope in ("compile", "runtime")]
    unique = {found.artifact.key: found for found in wanted}

    def lock_one(found: Any) -> dict[str, Any]:
        locked: dict[str, Any] = LockedDependency.from_dependency(found).to_dict()
        return locked | {"size": found.artifact.resolve().stat().st_size}

    with ThreadPoolExecutor(8) as pool:
        rows = list(pool.map(lock_one, unique.values()))
    rows.sort(key=lambda row: (row["groupId"], row["artifactId"], row["version"], row.get("classifier", "")))
    text = tomli_w.dumps({"environment": {"name": f"neo4j-{version}"}, "dependencies": rows})
    target.write_text(text, encoding="utf-8")
    return len(rows)


def main(arguments: list[str]) -> int:
    """Command line: the versions to lock; `--jars DIR` keeps the downloaded jars there."""
    keep = None
    if "--jars" in arguments:
        at = arguments.index("--jars")
        keep = Path(arguments[at + 1])
        arguments = arguments[:at] + arguments[at + 2 :]
    with TemporaryDirectory() as scratch:
        for version in arguments:
            count = relock(version, LOCK_FOLDER / f"{version}.lock.toml", keep or Path(scratch))
            sys.stderr.write(f"{version}: {count} jars locked\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
