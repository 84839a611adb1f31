"""`workbench cluster`: which wallets have one owner, by which heuristic, and because of which transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

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
    typed,
)
from workbench.cli._progress import watch_ledger
from workbench.errors import UnknownNameError

if TYPE_CHECKING:
    from workbench.graph.store import Store

_TABLES = ("clusters", "warnings", "left_out", "imported", "bridges", "links")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(cluster)


def cluster(
    heuristic: Annotated[
        list[str] | None, typer.Option(help="co_spend, deposit_reuse, same_key, one_time_change; may be repeated.")
    ] = None,
    param: ParamOption = None,
    explain: Annotated[
        tuple[str, str] | None, typer.Option(metavar="A B", help="Show the chain of links that joins two wallets.")
    ] = None,
    without: Annotated[
        str | None, typer.Option(help="Who would leave without this transaction, deposit address or account?")
    ] = None,
    compare: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="A B", help='What became of each cluster from run A to run B ("now" is this one).'),
    ] = None,
    table: Annotated[str, typer.Option(help="Which table is shown: " + ", ".join(_TABLES) + ".")] = "clusters",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the clusters and record nothing.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Cluster wallets, record who is in which cluster, and say why; explaining and comparing record nothing."""
    from workbench.analysis.clustering.compare import compare as side_by_side
    from workbench.analysis.clustering.run import cluster as run

    if table not in _TABLES:
        raise UnknownNameError("table of clusters", table, _TABLES)
    given: dict[str, Any] = {name: typed(text) for name, text in parameters(param).items()}
    asking = explain is not None or without is not None or compare is not None
    with open_case(workspace, db) as case:
        store = case.store
        if compare is not None and "now" not in compare:
            before, after = (_stored(store, name) for name in compare)
            emit_frame(side_by_side(before, after), form)
            return
        with watch_ledger(talk(), store) as watch:
            found = run(store, heuristic, write=not (dry_run or asking), progress=watch, **given)
        if compare is not None:
            sides = [found.membership() if name == "now" else _stored(store, name) for name in compare]
            emit_frame(side_by_side(*sides), form)
            return
    if explain is not None:
        chain = found.explain(*explain)
        if form is Format.json:
            emit_json(chain.to_json())
        else:
            emit_frame(chain.to_frame(), form)
        lines = chain.words()
    elif without is not None:
        leaving = found.what_if(without)
        emit_frame(leaving, form)
        lines = [f"Without it {len(leaving)} wallets leave."]
    elif form is Format.json:
        emit_json(found.to_json())
        lines = found.words()
    else:
        made = {"bridges": found.bridges, "links": found.link_table}
        emit_frame(made[table]() if table in made else getattr(found, table), form)
        lines = found.words()
    for line in lines:
        talk().print(line, style="dim", markup=False)


def _stored(store: Store, name: str) -> dict[str, str]:
    from workbench.analysis.clustering.compare import stored

    return stored(store, name)
