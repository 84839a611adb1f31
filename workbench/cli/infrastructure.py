"""`workbench infrastructure`: what is shared by many, and so evidence of nobody."""

from __future__ import annotations

import typer

from workbench.cli._common import DbOption, Format, FormatOption, WorkspaceOption, emit_frame, open_case, talk


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Domains, addresses and hosts.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("flag-shared")(flag_shared)
    app.add_typer(group, name="infrastructure")


def flag_shared(workspace: WorkspaceOption = None, db: DbOption = None, form: FormatOption = Format.table) -> None:
    """Flag addresses and hosts inside networks and domains that a loaded list calls shared (VPN exits, clouds)."""
    with open_case(workspace, db) as case:
        found = case.flag_shared_infrastructure()
    emit_frame(found, form)
    talk().print(f"{len(found)} flagged; they are evidence of nobody by themselves.", markup=False)
