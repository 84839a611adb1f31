"""`workbench incidents`: the same theft in several lists, matched, reviewed, joined, split, undone."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli._common import DbOption, Format, FormatOption, WorkspaceOption, emit_frame, open_case, talk

_Left = Annotated[str, typer.Argument(help="Id of an incident.")]
_Right = Annotated[str, typer.Argument(help="Id of another.")]
_Why = Annotated[str | None, typer.Option(help="The reason, kept with the decision.")]
_By = Annotated[str, typer.Option(help="Who decides.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="The same theft in several lists: match, review, join, split, undo.", no_args_is_help=True)
    for command in (match, review, join, split, undo):
        group.command()(command)
    app.add_typer(group, name="incidents")


def match(
    least: Annotated[float, typer.Option(help="Lowest probability that is recorded, 0 to 1.")] = 0.5,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the matches and record nothing.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Find pairs that are one theft, and record each as a claim with its probability and reasons."""
    with open_case(workspace, db) as case:
        found = case.match_incidents(least=least, write=not dry_run)
    emit_frame(found, form)
    from workbench.analysis.matching.incidents import measured

    done = f"{len(found)} pairs {'found' if dry_run else 'recorded'}; `workbench incidents review` lists them."
    talk().print(done, measured(), sep="\n", markup=False, soft_wrap=True)


def review(
    most: Annotated[int, typer.Option(help="Highest confidence shown, 0 to 100.")] = 100,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """The recorded matches and decisions, the least sure first."""
    with open_case(workspace, db) as case:
        emit_frame(case.query("incidents/matches", most=most), form)


def join(
    left: _Left, right: _Right, why: _Why = None, by: _By = "analyst",
    workspace: WorkspaceOption = None, db: DbOption = None,
) -> None:  # fmt: skip
    """Decide that two incidents are one theft."""
    with open_case(workspace, db) as case:
        case.join_incidents(left, right, by=by, why=why)
    talk().print(f"{left} and {right} count as one. `workbench incidents undo` takes it back.", markup=False)


def split(
    left: _Left, right: _Right, why: _Why = None, by: _By = "analyst",
    workspace: WorkspaceOption = None, db: DbOption = None,
) -> None:  # fmt: skip
    """Decide that two incidents are different thefts; matching leaves the pair alone from then on."""
    with open_case(workspace, db) as case:
        case.split_incidents(left, right, by=by, why=why)
    talk().print(f"{left} and {right} count as two. `workbench incidents undo` takes it back.", markup=False)


def undo(left: _Left, right: _Right, workspace: WorkspaceOption = None, db: DbOption = None) -> None:
    """Take back a decision about two incidents; computed matches come back with the next `match`."""
    with open_case(workspace, db) as case:
        count = case.undo_incident_decision(left, right)
    talk().print(f"{count} decisions taken back.", markup=False)
