"""`workbench results`: the analyses that were recorded in the graph, and taking one back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from workbench.cli._common import DbOption, Format, FormatOption, WorkspaceOption, emit_frame, open_case, talk


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Results that --write recorded in the graph: list, withdraw.", no_args_is_help=True)
    group.command("list")(recorded)
    group.command()(withdraw)
    app.add_typer(group, name="results")


def recorded(
    kind: Annotated[
        str | None, typer.Option(help="trace, exposure, screening, behaviour, profile or demixing alone.")
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(help="As they were known then (UTC).")] = None,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Every recorded analysis, the latest first: how many of its claims stand."""
    from datetime import UTC

    given = {"kind": kind, "as_of": as_of.replace(tzinfo=UTC) if as_of else None}
    with open_case(workspace, db) as case:
        emit_frame(case.query("analyses/overview", **{k: v for k, v in given.items() if v is not None}), form)


def withdraw(
    analysis: Annotated[list[str], typer.Argument(help="Ids of analyses, as `workbench results list` shows them.")],
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Take back the claims of an analysis; they can still be asked as of before, and --write records them anew."""
    with open_case(workspace, db) as case:
        for name in dict.fromkeys(analysis):
            talk().print(f"{name}: {case.withdraw(name):,} claims taken back.", markup=False)
