"""`workbench init` and `workbench template`: a new workspace, and example files to fill in."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli._common import talk
from workbench.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init")(init)
    app.command("template")(template)


def init(folder: Annotated[Path, typer.Argument(help="Folder of the new workspace.")] = Path()) -> None:
    """Make a workspace: settings, folders for your own queries and reports, output."""
    from workbench.shipped import shipped_folder
    from workbench.workspace import Workspace

    if (folder / "queries").resolve() == shipped_folder("queries").resolve():
        raise UsageError(f"{folder} is the workbench's own folder", hint="Name a folder outside it.")
    made = Workspace(folder.resolve()).create()
    talk().print(f"Workspace {made.root}. Next: workbench ingest FILE --workspace {folder}", markup=False)


def template(
    name: Annotated[
        str | None, typer.Argument(help="incidents, wallets, transfers, …; lists them when absent.")
    ] = None,
) -> None:
    """Write an example file of one of the workbench's own formats to stdout."""
    from workbench.ingest.template import template_csv, template_names

    if name is None:
        sys.stdout.write("\n".join(template_names()) + "\n")
        return
    sys.stdout.write(template_csv(name))
