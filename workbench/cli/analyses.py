"""`workbench attribute`, `map`, `report`: the analyses and what they are shown with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    ParamOption,
    WorkspaceOption,
    emit_frame,
    emit_json,
    open_case,
    parameters,
    talk,
)
from workbench.errors import UnknownNameError

ATTRIBUTION_TABLES = ("candidates", "evidence", "sensitivity", "matrix", "assumptions", "accuracy", "merges")
SHORT = ["name", "probability", "low", "high", "words", "sources", "confidence"]
"""Columns of the candidates on a screen; the other formats have all of them."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("attribute")(attribute)
    app.command("map")(draw_map)
    app.command("report")(report)


def attribute(
    incident: Annotated[str, typer.Argument(help="Id of an incident, for example atomic-wallet-2023.")],
    table: Annotated[str, typer.Option(help="candidates, evidence, sensitivity or matrix.")] = "candidates",
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Rank the actor groups, and "unknown", by the evidence for each."""
    with open_case(workspace, db) as case:
        found = case.attribute(incident)
    if form is Format.json:
        emit_json(found.to_json())
        return
    frame = getattr(found, table) if table in ATTRIBUTION_TABLES else None
    if frame is None:
        raise UnknownNameError("table of an attribution", table, ATTRIBUTION_TABLES)
    if table == "candidates" and form is Format.table:
        told = frame[(frame["sources"] > 0) | (frame["actor"] == "unknown")]
        emit_frame(told[SHORT], form)
        talk().print(
            f"{len(frame) - len(told)} other groups: no source names them (--format csv lists all).", style="dim"
        )
    else:
        emit_frame(frame, form)
    talk().print(found.sentence(), markup=False)


def draw_map(
    ids: Annotated[list[str], typer.Argument(help="Ids of wallets, incidents or groups to start from.")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Page to write; out/map.html by default.")] = None,
    hops: Annotated[int, typer.Option(help="How far around them.")] = 2,
    limit: Annotated[int, typer.Option(help="Nodes at most; the page says what was left out.")] = 2000,
    traced: Annotated[bool, typer.Option("--trace", help="Draw the trace of the incident instead.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Draw a page with the neighbourhood of some nodes, or the trace of an incident; works offline."""
    with open_case(workspace, db) as case:
        if traced:
            path = case.map(case.trace(ids[0]), out, title=f"Trace of {ids[0]}", limit=limit)
        else:
            path = case.map(ids, out, title=f"Around {', '.join(ids)}", hops=hops, limit=limit)
    typer.echo(path)


def report(
    name: Annotated[str, typer.Argument(help="Name of a report, or a TOML file.")],
    param: ParamOption = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Page to write; out/NAME.html by default.")] = None,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
) -> None:
    """Write a report in which every figure links to its evidence."""
    with open_case(workspace, db) as case:
        path = case.report(name, out, **dict[str, Any](parameters(param)))
    typer.echo(path)
