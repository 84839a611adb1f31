"""`workbench sources` and `workbench diff`: who says so, in which edition, and what changed between two."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli._common import DbOption, Format, FormatOption, WorkspaceOption, emit_frame, open_case, talk


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sources")(sources)
    app.command("diff")(diff)


def sources(
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Every data set that was loaded: its source, editions, licence, counts and age."""
    with open_case(workspace, db) as case:
        found = case.query("sources/editions")
    shown = found
    if form is Format.table:
        shown = found[
            [
                "source", "dataset", "format", "editions", "last_edition", "age_days", "rows", "quarantined", "status",
                "unfinished_runs", "licence",
            ]
        ]  # fmt: skip
    emit_frame(shown, form)
    if unfinished := int((found["status"] != "done").sum()):
        what = "data set was" if unfinished == 1 else "data sets were"
        told = "not read whole by the latest run; what was cut off is made good by loading it again"
        talk().print(f"{unfinished} {what} {told}.", markup=False)


def diff(
    source: Annotated[str, typer.Argument(help="Id of the source; `workbench sources` lists them.")],
    before: Annotated[str, typer.Argument(help="An edition, an ingest run, or a time (UTC).")],
    after: Annotated[str, typer.Argument(help="A later one.")],
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Which claims of a source came and went between two editions."""
    with open_case(workspace, db) as case:
        found = case.diff(source, before, after)
    emit_frame(found[["change", "claim", "subject", "object", "says"]] if form is Format.table else found, form)
    counts = found.change.value_counts()
    talk().print(f"{counts.get('came', 0)} came, {counts.get('went', 0)} went.", markup=False)
