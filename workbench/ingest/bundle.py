"""The bundled case: which files it has, where they are from, and how they are loaded."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import InputError
from workbench.ingest.run import Options, ingest_file

if TYPE_CHECKING:
    from workbench.graph.store import Store
    from workbench.ingest import IngestReport

BUNDLE = "bundle"
"""The key under which the bundled files describe nodes; see `Format.describes`."""


@dataclass(frozen=True)
class BundleEntry:
    """One file of the bundled case, in the order in which they are loaded."""

    file: str
    """Path inside the bundle."""
    sha256: str
    format: str
    title: str
    publisher: str
    address: str
    """Where the original is published."""
    licence: str
    origin: str
    """Repository, commit and path the file was taken from."""
    derived: str
    """`copied`, or how it was made from the original."""

    @property
    def path(self) -> Path:
        """The file on disk."""
        return bundle_folder() / self.file

    def options(self, quarantine_folder: Path | None = None) -> Options:
        """What `ingest_file` needs to load it."""
        return Options(as_format=self.format, quarantine_folder=quarantine_folder, described_by=BUNDLE)

    def verify(self) -> None:
        """Raise InputError unless the file is there and has the SHA-256 of the manifest."""
        if not self.path.is_file():
            raise InputError("the bundled file is missing", where=self.file, hint="Install the workbench again.")
        if hashlib.sha256(self.path.read_bytes()).hexdigest() != self.sha256:
            raise InputError(
                "the bundled file is not the one that was published", where=self.file,
                hint="Install the workbench again; to load a file of your own, use `workbench ingest`.",
            )  # fmt: skip


def bundle_folder() -> Path:
    """Where the bundled files are."""
    return Path(str(files("workbench.bundled")))


@lru_cache(maxsize=1)
def bundle_entries() -> list[BundleEntry]:
    """Every file of the bundled case, in the order of loading; raises InputError for a broken manifest."""
    try:
        manifest = tomllib.loads((bundle_folder() / "manifest.toml").read_text("utf-8"))
        names = {field.name for field in fields(BundleEntry)}
        return [BundleEntry(**{name: str(entry[name]) for name in names}) for entry in manifest["file"]]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise InputError(f"the list of bundled files is broken: {error}", where="manifest.toml") from error


def ingest_bundle(
    store: Store,
    *,
    quarantine_folder: Path | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> IngestReport:
    """Load the whole bundled case; again, it changes nothing. Raises InputError before anything is loaded if a
    file is damaged."""
    from workbench.ingest import IngestReport

    entries = bundle_entries()
    for entry in entries:
        entry.verify()
    report = IngestReport()
    for entry in entries:
        step = partial(progress, entry.file) if progress else None
        report.runs.append(ingest_file(store, entry.path, entry.options(quarantine_folder), step))
        if progress:
            progress(entry.file, report.runs[-1].rows_in)
    return report
