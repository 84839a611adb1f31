"""`workbench infrastructure`: what is shared by many, and what several sources have."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    WorkspaceOption,
    emit_frame,
    emit_json,
    open_case,
    talk,
)
from workbench.model.times import parse_time


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Domains, addresses and hosts.", no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("flag-shared")(flag_shared)
    group.command("overlap")(overlap)
    app.add_typer(group, name="infrastructure")


def flag_shared(workspace: WorkspaceOption = None, db: DbOption = None, form: FormatOption = Format.table) -> None:
    """Flag addresses and hosts inside networks and domains that a loaded list calls shared (VPN exits, clouds)."""
    with open_case(workspace, db) as case:
        found = case.flag_shared_infrastructure()
    emit_frame(found, form)
    talk().print(f"{len(found)} flagged; they are evidence of nobody by themselves.", markup=False)


def overlap(
    indicators: Annotated[bool, typer.Option(help="The indicators, instead of the pairs of sources.")] = False,
    candidates: Annotated[bool, typer.Option(help="Only pairs that may be copies.")] = False,
    as_of: Annotated[str | None, typer.Option(help="As it was known at this time (UTC).")] = None,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Indicators that several sources have, how many of those are independent, and which may be copies."""
    when = parse_time(as_of, field="as_of") if as_of else None
    with open_case(workspace, db) as case:
        found = case.infrastructure_overlap(as_of=when)
    pairs = found.to_frame()
    if candidates:
        pairs = pairs[pairs["candidate"]]
    if form is Format.json and not (indicators or candidates):
        emit_json(found.to_json())
    else:
        emit_frame(found.indicators if indicators else pairs, form)
    talk().print(found.words(), markup=False)
