"""The workspace: a folder with settings, the local database, the user's own queries and reports, and output."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SettingsError
from workbench.settings import FILE_NAME, PRIVATE, TEMPLATE, find_workspace


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace; nothing is made until `create`."""

    root: Path

    @property
    def private(self) -> Path:
        """Local database, caches, audit log; not for git."""
        return self.root / PRIVATE

    @property
    def queries(self) -> Path:
        """The user's own saved queries, which join the shipped ones."""
        return self.root / "queries"

    @property
    def reports(self) -> Path:
        """The user's own report specs."""
        return self.root / "reports"

    @property
    def out(self) -> Path:
        """Maps, reports and exports."""
        return self.root / "out"

    @property
    def quarantine(self) -> Path:
        """Rows that were not loaded, to be mended and fed back."""
        return self.root / "quarantine"

    @property
    def audit(self) -> Path:
        """One JSON line for every statement of free Cypher."""
        return self.private / "audit.jsonl"

    def create(self) -> Workspace:
        """Make what is missing; what is there stays as it is."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            if not (self.root / FILE_NAME).exists():
                (self.root / FILE_NAME).write_text(TEMPLATE, encoding="utf-8")
            self.private.mkdir(mode=0o700, exist_ok=True)
            ignore = self.private / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
            for folder in (self.queries, self.reports, self.out):
                folder.mkdir(exist_ok=True)
        except OSError as error:
            raise SettingsError(f"cannot make the workspace: {error.strerror}", where=str(self.root)) from error
        return self


def locate(folder: str | Path | None = None) -> Workspace | None:
    """The workspace meant: `folder`, else WORKBENCH_WORKSPACE, else the nearest upward from here."""
    named = folder or os.environ.get("WORKBENCH_WORKSPACE")
    if named:
        return Workspace(Path(named).resolve())
    found = find_workspace()
    return Workspace(found) if found else None
