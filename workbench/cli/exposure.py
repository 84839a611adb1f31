"""`workbench exposure`: what a wallet or cluster has to do with listed and labelled ones."""

from __future__ import annotations

from datetime import datetime
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


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("exposure")(exposure)


def exposure(
    wallets: Annotated[list[str], typer.Argument(help="Addresses, CAIP-10 ids, or ids of clusters.")],
    hops: Annotated[int, typer.Option(help="How far to look.")] = 5,
    as_of: Annotated[datetime | None, typer.Option(help="Go by what was known and in force then (UTC).")] = None,
    min_confidence: Annotated[int, typer.Option(help="Confidence (0-100) a claim needs; listings need none.")] = 50,
    value: Annotated[str | None, typer.Option(help="usd, or the asset that shares are of.")] = None,
    least_usd: Annotated[float, typer.Option(help="Transfers known to be worth less are no links.")] = 0.0,
    guard: Annotated[
        list[str] | None,
        typer.Option(help="lookalike, counterfeit, dust, coinjoin; all by default; or `none`."),
    ] = None,
    dust_usd: Annotated[float, typer.Option(help="Less than so many dollars in all, from one wallet, is dust.")] = 1.0,
    table: Annotated[
        str, typer.Option(help="own, exposures, direct, uncounted, members, unresolved, paths or claims.")
    ] = "exposures",
    write: WriteOption = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Exposure to lists, actor groups, incidents, mixers and services: direct, by hops, by share of flow."""
    from datetime import UTC

    from workbench.analysis.exposure.planted import GUARDS
    from workbench.analysis.exposure.result import COLUMNS
    from workbench.analysis.exposure.run import exposure as ask

    if table not in COLUMNS:
        raise UnknownNameError("table of an exposure", table, COLUMNS)
    with open_case(workspace, db) as case:
        with watch_ledger(talk(), case.store) as watch:
            found = ask(
                case.store, wallets, hops=hops, as_of=as_of.replace(tzinfo=UTC) if as_of else None,
                min_confidence=min_confidence, value=value, least_usd=least_usd, dust_usd=dust_usd,
                guards=GUARDS if guard is None else [name for name in guard if name != "none"],
                progress=watch.of(LEDGER),
            )  # fmt: skip
            written = found.write(case.store, watch) if write else None
    if form is Format.json:
        emit_json(found.to_json())
    else:
        frame = getattr(found, table)
        emit_frame(frame.drop(columns="words") if form is Format.table and "words" in frame else frame, form)
    for line in [*found.words(), *(written.words() if written else [])]:
        talk().print(line, style="dim", markup=False)
