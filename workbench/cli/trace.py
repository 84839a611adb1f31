"""`workbench trace`: where the money went, and where it came from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

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
from workbench.cli._progress import LEDGER, watch_ledger
from workbench.errors import UnknownNameError

VIEWS = {
    "joins": "joins", "bridges": "bridges", "cash-out": "cash_out", "compare": "compare", "commingled": "commingled",
}  # fmt: skip
"""Tables that are worked out from the others."""

BRIDGES, BEYOND = "bridge-exits", "beyond"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace")(trace)


def trace(
    incident: Annotated[
        list[str] | None, typer.Argument(help="Ids of incidents with source wallets; several are kept apart.")
    ] = None,
    from_: Annotated[list[str] | None, typer.Option("--from", help="CAIP-10 id of a source wallet.")] = None,
    method: Annotated[
        list[str] | None, typer.Option(help="poison, haircut, fifo, lifo, tiho; all when not given.")
    ] = None,
    backward: Annotated[bool, typer.Option("--backward", help="Where what the wallets received came from.")] = False,
    since: Annotated[datetime | None, typer.Option(help="Follow nothing a source sent before (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(help="Follow nothing later than this (UTC).")] = None,
    min_amount: Annotated[int, typer.Option(help="Follow no transfer of fewer base units.")] = 0,
    max_depth: Annotated[int | None, typer.Option(help="Hops; unlimited when not given.", show_default=False)] = None,
    stop_confidence: Annotated[int, typer.Option(help="Confidence (0-100) a service claim needs to stop.")] = 50,
    swaps: Annotated[
        bool, typer.Option("--swaps", help="Follow value into other assets where a swap is proved.")
    ] = False,
    bridges: Annotated[
        Path | None,
        typer.Option(help="CSV of bridges matched by an id: deposit, release (transactions), id or reason."),
    ] = None,
    guard: Annotated[list[str] | None, typer.Option(help="lookalike, when not given; `none` for none.")] = None,
    explain: Annotated[str | None, typer.Option(help="Show the paths by which value reached this wallet.")] = None,
    at: Annotated[datetime | None, typer.Option(help="Show what was still held at this time (UTC).")] = None,
    table: Annotated[
        str,
        typer.Option(
            help="Which table --format table and csv show, in whole units: services, holdings, stops, flows, dropped, "
            f"conservation, terminals, incomplete; or {', '.join([*VIEWS, BRIDGES, BEYOND])} (base units)."
        ),
    ] = "services",
    write: WriteOption = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Follow stolen value through the ledger, by five methods, to services and holdings."""
    options: dict[str, object] = {} if not method or "all" in method else {"methods": tuple(method)}
    if bridges:
        options["bridges"] = bridges
    if guard:
        options["guards"] = tuple(name for name in guard if name != "none")
    with open_case(workspace, db) as case:
        with watch_ledger(talk(), case.store) as watch:
            found = case.trace(
                incident or None,
                sources=from_ or None,
                direction="backward" if backward else "forward",
                since=_utc(since),
                until=_utc(until),
                min_amount=min_amount,
                max_depth=max_depth,
                stop_confidence=stop_confidence,
                swaps=swaps,
                progress=watch.of(LEDGER),
                **options,
            )
            written = found.write(case.store, watch) if write else None
        if explain:
            emit_frame(found.explain(explain), form)
        elif at:
            emit_frame(found.held_at(at.replace(tzinfo=UTC)), form)
        elif table == BRIDGES:
            exits = case.bridge_exits(found)
            emit_frame(exits.to_frame(), form)
            for line in exits.words():
                talk().print(line, markup=False)
        elif table == BEYOND:
            probable = case.trace_beyond(found)
            emit_json(probable.to_json()) if form is Format.json else emit_frame(probable.to_frame(), form)
            for line in probable.words():
                talk().print(line, markup=False)
        elif table in VIEWS:
            view = getattr(found, VIEWS[table])
            emit_frame(view() if callable(view) else view, form)
        elif form is Format.json:
            emit_json(found.to_json())
        else:
            from workbench.analysis.tracing.result import TABLES

            if table not in TABLES:
                raise UnknownNameError("table of a trace", table, [*TABLES, *VIEWS, BRIDGES, BEYOND])
            emit_frame(found.in_units(table), form)
        for line in [*found.words(), *(written.words() if written else [])]:
            talk().print(line, style="dim", markup=False)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
