"""`workbench db`: start, stop, look at, fetch, back up and check the graph server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli import Exit
from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    WorkspaceOption,
    emit,
    emit_json,
    open_case,
    talk,
)
from workbench.errors import RefusedError

app = typer.Typer(help="The graph server: start, stop, status, fetch, backup, restore, check.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    """Add the commands."""
    parent.add_typer(app, name="db")


@app.command()
def start(workspace: WorkspaceOption = None, db: DbOption = None) -> None:
    """Start the workspace's Neo4j, or say that it runs already."""
    with open_case(workspace, db) as case:
        found = case.server.attach()
        case.store  # noqa: B018 - brings the schema up
        talk().print(f"Neo4j {found.version} answers at {found.uri}")


@app.command()
def stop(
    force: Annotated[bool, typer.Option("--force", help="Stop it even while others use it.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Stop the workspace's Neo4j; refused while another process uses it, unless forced."""
    with open_case(workspace, db) as case:
        if (users := case.server.status()["users"]) and not force:
            raise RefusedError(
                f"{users} other {'process uses' if users == 1 else 'processes use'} it",
                hint="Close the notebook or command that does, or cut it off with --force.",
            )
        stopped = case.server.stop()
        talk().print("Stopped." if stopped else "It was not running.")


@app.command()
def status(workspace: WorkspaceOption = None, db: DbOption = None, form: FormatOption = Format.table) -> None:
    """Engine, address, version, counts and schema version; starts nothing."""
    with open_case(workspace, db) as case:
        shown: dict[str, Any] = {"engine": "neo4j", "db": case.settings.db}
        running = True
        if case.settings.db == "local":
            shown |= case.server.status()
            running = bool(shown.get("running"))
        if running:
            from workbench.graph.migrations import stored_version

            store = case.store
            shown |= {
                "address": store.uri,
                "version": store.version(),
                "schema_version": stored_version(store),
            }
            shown["nodes"] = store.read("MATCH (n) RETURN count(n) AS n").rows[0][0]
            shown["edges"] = store.read("MATCH ()-[r]->() RETURN count(r) AS n").rows[0][0]
    if form is Format.table:
        emit(("what", "value"), [(key, str(value)) for key, value in shown.items()], form)
    else:
        emit_json(shown)
    if not running:
        raise typer.Exit(Exit.DATABASE)


@app.command()
def fetch(
    to: Annotated[Path | None, typer.Option(help="Also copy the verified jars to this folder, to carry along.")] = None,
    from_: Annotated[Path | None, typer.Option("--from", help="Take the jars from such a folder; no network.")] = None,
    version: Annotated[str, typer.Option(help="Neo4j version.")] = "2026.08.1",
    cache: Annotated[Path | None, typer.Option(help="Cache folder; the user's by default.", show_default=False)] = None,
) -> None:
    """Download Neo4j's jars into the cache that all workspaces share (176 MB, once), each verified."""
    from workbench.graph.server.jars import fetch_jars

    folder = fetch_jars(version, cache=cache, to=to, source=from_)
    talk().print(f"Neo4j {version} is verified and ready in {folder}")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The dump to write.")],
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Write the whole database to one file; the server stops for it and starts again."""
    from workbench.graph.server.admin import backup as dump

    with open_case(workspace, db) as case:
        dump(case.server, file)
    talk().print(f"Backed up to {file}")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A dump written by `workbench db backup`.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Replace the workspace's database by a backup; the old one goes only when the new one is in place."""
    from workbench.graph.server.admin import restore as load

    if not yes:
        typer.confirm("This replaces the workspace's database. Go on?", abort=True, err=True)
    with open_case(workspace, db) as case:
        load(case.server, file)
    talk().print(f"Restored from {file}")


@app.command()
def check(workspace: WorkspaceOption = None, db: DbOption = None) -> None:
    """Check the database's files for consistency; the server stops for it and starts again."""
    from workbench.graph.server.admin import check as verify

    with open_case(workspace, db) as case:
        verify(case.server)
    talk().print("The database is consistent.")
