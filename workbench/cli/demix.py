"""`workbench demix`: hypotheses about who withdrew what from a fixed-denomination mixer."""

from __future__ import annotations

import csv
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
from workbench.errors import InputError

MOST = 5_000_000
"""Lines of a file of gas prices."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demix")(demix)


def demix(
    incident: Annotated[str | None, typer.Argument(help="Id of an incident whose wallets paid into a mixer.")] = None,
    from_: Annotated[list[str] | None, typer.Option("--from", help="A wallet that paid into a mixer.")] = None,
    gas: Annotated[Path | None, typer.Option(help="CSV of gas prices: tx_hash, gas_price (wei).")] = None,
    write: WriteOption = False,
    workspace: WorkspaceOption = None,
    db: DbOption = None,
    form: FormatOption = Format.table,
) -> None:
    """Which withdrawals from a mixer may be whose: graded hypotheses with the size of the crowd, never findings."""
    from workbench.analysis.demixing.run import demix as look

    prices = read_gas(gas) if gas else None
    with open_case(workspace, db) as case:
        with watch_ledger(talk(), case.store) as watch:
            found = look(
                case.store, from_ or None, incident=incident, gas_price=prices, progress=watch.of(LEDGER)
            )  # fmt: skip
            written = found.write(case.store, watch) if write else None
    if form is Format.json:
        emit_json(found.to_json())
    else:
        emit_frame(found.table, form)
    for line in [*found.words(), *(written.words() if written else [])]:
        talk().print(line, style="dim", markup=False)


def read_gas(path: Path) -> dict[str, int]:
    """Transaction hash → wei; raises InputError for a file that is not one."""
    prices: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            rows = csv.DictReader(handle)
            if not {"tx_hash", "gas_price"} <= set(rows.fieldnames or ()):
                raise InputError("it needs the columns tx_hash and gas_price", where=str(path))
            for number, row in enumerate(rows, 2):
                if number > MOST:
                    raise InputError(f"more than {MOST:,} lines", where=str(path))
                price = (row["gas_price"] or "").strip()
                if not (price.isascii() and price.isdigit() and len(price) < 30):
                    raise InputError("a gas price is a whole number of wei", where=f"{path} line {number}")
                prices[(row["tx_hash"] or "").strip().lower()] = int(price)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path)) from error
    return prices
