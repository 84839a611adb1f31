"""`workbench query` and `workbench cypher`: saved queries, and the user's own, read-only."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    ParamOption,
    WorkspaceOption,
    emit,
    emit_frame,
    emit_json,
    open_case,
    parameters,
    talk,
    typed,
)
from workbench.errors import InputError, UsageError


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("query")(query)
    app.command("cypher")(cypher)


def query(
    name: Annotated[str | None, typer.Argument(help="For example actors/wallets.")] = None,
    param: ParamOption = None,
    list_: Annotated[bool, typer.Option("--list", help="List the saved queries.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Show the query's text and parameters instead.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Run a saved query."""
    if list_ or name is None:
        library = _library(workspace)
        broken = library.problems()
        sound = [library.get(n) for n in library.names() if n not in broken]
        emit(("query", "title", "parameters"), [(q.name, q.title, ", ".join(q.params)) for q in sound], form)
        for problem in broken.values():
            talk().print(str(problem), style="red", markup=False)
        return
    if show:
        sys.stdout.write(_library(workspace).get(name).source_text.rstrip() + "\n")
        return
    with open_case(workspace, db) as case:
        saved = case.queries.get(name)
        given = parameters(param)
        result = case.queries.run(case.store, saved.name, given)
        unknown = [] if result.rows else case.queries.unknown_ids(case.store, saved.name, given)
    emit(result.columns, result.rows, form)
    for id_ in unknown:
        talk().print(f"Nothing in the graph has the id {id_}.", style="yellow", markup=False)


def _library(workspace: Path | None):  # type: ignore[no-untyped-def]
    """The queries alone need no database; without a workspace the shipped ones are shown."""
    from workbench.case import Case
    from workbench.settings import Settings
    from workbench.workspace import locate

    return Case(locate(workspace), Settings()).queries


def cypher(
    statement: Annotated[str, typer.Argument(help="Cypher, a file that holds it, or - for stdin.")],
    param: ParamOption = None,
    limit: Annotated[int | None, typer.Option(help="Rows at most.", show_default=False)] = None,
    write: Annotated[bool, typer.Option("--write", help="Let the statement write; asks first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --write: do not ask.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Run your own Cypher, read-only, with caps on rows and time."""
    text = _statement(statement)
    params = {key: typed(value) for key, value in parameters(param).items()}
    console = talk()
    with open_case(workspace, db, row_limit=limit) as case:
        if write:
            if not yes and not typer.confirm(
                "This writes to the graph, outside the record of claims. Go on?", err=True
            ):
                raise UsageError("not confirmed; nothing was run")
            emit_json(case.write_cypher(text, confirmed=True, **params))
            return
        frame = case.cypher(text, **params)
    emit_frame(frame, form)
    if frame.attrs.get("capped"):
        console.print(f"Capped: only the first {len(frame):,} rows are shown (--limit).", style="yellow")


def _statement(text: str) -> str:
    if text == "-":
        return sys.stdin.read()
    if "\n" not in text and len(text) < 250 and text.endswith((".cypher", ".cyp", ".txt")):
        path = Path(text)
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise InputError(f"cannot read it: {error.strerror}", where=text) from error
    return text
