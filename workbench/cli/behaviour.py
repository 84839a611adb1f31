"""`workbench behaviour`: patterns in the transfers of an incident's wallets."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Annotated, Any

import typer

from workbench.cli._common import (
    DbOption,
    Format,
    FormatOption,
    ParamOption,
    WorkspaceOption,
    WriteOption,
    emit_frame,
    emit_json,
    open_case,
    parameters,
    talk,
)
from workbench.cli._progress import LEDGER, watch_ledger
from workbench.errors import UnknownNameError, UsageError

SHORT = ["finding", "pattern", "words"]
TABLES = ("findings", "transfers", "patterns", "uncounted")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("behaviour")(behaviour)


def behaviour(
    incident: Annotated[str | None, typer.Argument(help="Id of an incident, for example atomic-wallet-2023.")] = None,
    wallet: Annotated[list[str] | None, typer.Option(help="A wallet or cluster instead; may be repeated.")] = None,
    pattern: Annotated[list[str] | None, typer.Option(help="Only this pattern; may be repeated.")] = None,
    param: ParamOption = None,
    profile: Annotated[bool, typer.Option(help="Print the laundering profile of the incident instead.")] = False,
    against: Annotated[
        str | None, typer.Option(help="Compare the profile with this incident's.", show_default=False)
    ] = None,
    as_of: Annotated[datetime | None, typer.Option(help="Go by the claims known then (UTC).")] = None,
    min_confidence: Annotated[int, typer.Option(help="Confidence (0-100) a claim needs.")] = 50,
    guard: Annotated[
        list[str] | None,
        typer.Option(help="lookalike, counterfeit, dust, coinjoin; all by default; or `none`."),
    ] = None,
    dust_usd: Annotated[float, typer.Option(help="Less than so many dollars in all, from one wallet, is dust.")] = 1.0,
    table: Annotated[str, typer.Option(help="findings, transfers, patterns or uncounted.")] = "findings",
    write: WriteOption = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Find peel chains, fan-outs, splitting and other patterns; a parameter is -p fan-out.min_receivers=20."""
    from datetime import UTC

    from workbench.analysis.behaviour.profile import compare
    from workbench.analysis.behaviour.profile import profile as describe
    from workbench.analysis.behaviour.run import behaviour as look
    from workbench.analysis.exposure.planted import GUARDS

    if table not in TABLES:
        raise UnknownNameError("table of behaviour", table, TABLES)
    common: dict[str, Any] = {
        "as_of": as_of.replace(tzinfo=UTC) if as_of else None, "min_confidence": min_confidence, "dust_usd": dust_usd,
        "guards": GUARDS if guard is None else [name for name in guard if name != "none"],
    }  # fmt: skip
    if write and against:
        raise UsageError("a comparison is not recorded", hint="Write each profile: --profile --write, then compare.")
    with open_case(workspace, db) as case:
        if profile or against:
            if incident is None:
                raise UsageError("a profile is of an incident", hint="workbench behaviour INCIDENT --profile")
            with watch_ledger(talk(), case.store) as watch:
                one = describe(case.store, incident, **common, progress=watch.of(LEDGER))
                written = one.write(case.store, watch) if write else None
            if against is None:
                frame, lines, content = one.to_frame(), one.words(), one.to_json()
            else:
                both = compare(one, describe(case.store, against, **common))
                frame, lines, content = both.to_frame(), both.words(), both.to_json()
        else:
            with watch_ledger(talk(), case.store) as watch:
                found = look(
                    case.store, incident, wallets=wallet or None, patterns=pattern or None, parameters=_values(param),
                    progress=watch.of(LEDGER), **common,
                )  # fmt: skip
                written = found.write(case.store, watch) if write else None
            frame, lines, content = getattr(found, table), found.words(), found.to_json()
            if form is Format.table and table == "findings":
                frame = frame[SHORT]
    if form is Format.json:
        emit_json(content)
    else:
        emit_frame(frame, form)
    for line in [*lines, *(written.words() if written else [])]:
        talk().print(line, style="dim", markup=False)


def _values(pairs: list[str] | None) -> dict[str, dict[str, float]]:
    made: dict[str, dict[str, float]] = defaultdict(dict)
    for key, text in parameters(pairs).items():
        pattern, dot, name = key.partition(".")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not dot or value != value:
            raise UsageError(f"{key}={text} is not PATTERN.PARAMETER=NUMBER")
        made[pattern][name] = value
    return dict(made)
