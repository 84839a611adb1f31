"""`workbench screen`: what is known of every address of a list."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from workbench.cli import Exit
from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    WorkspaceOption,
    WriteOption,
    emit_frame,
    emit_json,
    open_case,
    talk,
)
from workbench.cli._progress import watch_ledger
from workbench.errors import UnknownNameError

TABLES = ("rows", "answers", "own", "exposures", "direct", "uncounted", "paths", "claims")
SHORT = ["where", "input", "status", "verdict"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("screen")(screen)


def screen(
    path: Annotated[str, typer.Argument(help="CSV or JSON with addresses, or one address a line; - reads stdin.")],
    column: Annotated[str | None, typer.Option(help="The column of addresses; found when not given.")] = None,
    network: Annotated[str | None, typer.Option(help="Network of rows that state none: eth, btc, …")] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Go by what was known and in force then (UTC).")] = None,
    hops: Annotated[int, typer.Option(help="How far to look.")] = 5,
    min_confidence: Annotated[int, typer.Option(help="Confidence (0-100) a claim needs; listings need none.")] = 50,
    least_usd: Annotated[float, typer.Option(help="Transfers known to be worth less are no links.")] = 0.0,
    guard: Annotated[
        list[str] | None,
        typer.Option(help="lookalike, counterfeit, dust, coinjoin; all by default; or `none`."),
    ] = None,
    dust_usd: Annotated[float, typer.Option(help="Less than so many dollars in all, from one wallet, is dust.")] = 1.0,
    table: Annotated[str, typer.Option(help=f"Which table: {', '.join(TABLES)}.")] = "rows",
    write: WriteOption = False,
    strict: Annotated[bool, typer.Option(help="Exit with 1 when a row has no valid address.")] = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Look up a list of addresses: hits, exposure, sources, as-of date; every row comes out once, in order."""
    from datetime import UTC

    from workbench.analysis.exposure.planted import GUARDS
    from workbench.analysis.exposure.screen import screen as look_up
    from workbench.ingest.reading.address_rows import address_rows

    if table not in TABLES:
        raise UnknownNameError("table of a screening", table, TABLES)
    rows = address_rows(path, column=column, network=network)
    console = talk()
    with open_case(workspace, db) as case:
        store = case.store  # reach the database before the progress bar starts
        with watch_ledger(console, store) as watch:
            found = look_up(
                store, rows, network=network, hops=hops, as_of=as_of.replace(tzinfo=UTC) if as_of else None,
                min_confidence=min_confidence, least_usd=least_usd, dust_usd=dust_usd, progress=watch,
                guards=GUARDS if guard is None else [name for name in guard if name != "none"],
            )  # fmt: skip
            written = found.write(store, watch) if write else None
    if form is Format.json and table == "rows":
        emit_json(found.to_json())
    else:
        frame: Any = getattr(found if table in ("rows", "answers") else found.exposure, table)
        emit_frame(frame[SHORT] if form is Format.table and table == "rows" else frame, form)
    for line in [*found.words(), *(written.words() if written else [])]:
        console.print(line, style="dim", markup=False)
    if strict and found.summary["statuses"].get("invalid"):
        raise typer.Exit(Exit.SHORT)
