"""`workbench ingest`: load files, every row accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import Exit
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
from workbench.cli._progress import LOADED, Watch

SHOWN = 5
"""Kinds of remark shown for a file."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ingest")(ingest)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders; - reads stdin.")],
    source: Annotated[str | None, typer.Option(help="Id of the source, for files that do not say it.")] = None,
    as_format: Annotated[str | None, typer.Option("--as", help="Force a format instead of detecting it.")] = None,
    tlp: Annotated[str | None, typer.Option(help="TLP marking of what the files say.")] = None,
    network: Annotated[
        str | None, typer.Option(help="Network of a ledger file that does not say it: eth, bsc, btc, …")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the files, where guessing goes wrong: shift_jis, gbk, …")
    ] = None,
    accept_shrink: Annotated[
        bool, typer.Option(help="Retract even if a new edition drops more than its format expects.")
    ] = False,
    strict: Annotated[bool, typer.Option(help="Exit with 1 when a row was quarantined.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Load source files; rows are loaded, quarantined with a reason, or counted as duplicates."""
    console = talk()
    with open_case(workspace, db) as case:
        case.store  # noqa: B018 - reach the database before the progress bar starts
        with Watch(console, "reading", left=LOADED) as watch:
            report = case.ingest(
                *paths,
                progress=watch,
                source=source,
                as_format=as_format,
                tlp=tlp,
                accept_shrink=accept_shrink,
                network=network,
                encoding=encoding,
            )
    if form is Format.json:
        emit_json(report.to_json())
    elif report.runs or not report.failed or form is not Format.table:  # no empty table above what failed
        emit_frame(report.to_frame(), form)
    for path, reason in report.failed:
        shown = reason if reason.startswith((path, Path(path).name)) else f"{path}: {reason}"
        console.print(shown, style="red", markup=False)
    for run in report.runs:
        if as_format is None:
            console.print(f"{run.path}: read as {run.format}", style="dim", markup=False)
        alike: dict[tuple[str, str], list[str]] = {}
        for issue in run.issues:
            alike.setdefault((issue.action, issue.reason), []).append(issue.where)
        for (action, reason), places in list(alike.items())[:SHOWN]:
            where = f"{places[0]} and {len(places) - 1} more" if len(places) > 1 else places[0]
            console.print(f"  {where}: {action}: {reason}", style="yellow", markup=False)
        if len(alike) > SHOWN:
            console.print(f"  … and {len(alike) - SHOWN} more kinds (--format json lists all)", style="yellow")
        if run.quarantine_file:
            console.print(
                f"  Mend {run.quarantine_file} and ingest it, or ingest the file anew.", style="yellow", markup=False
            )
    if report.failed:
        raise typer.Exit(Exit.INPUT)
    if strict and any(run.quarantined for run in report.runs):
        raise typer.Exit(Exit.SHORT)
