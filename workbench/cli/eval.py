"""`workbench eval`: how often the attribution method is right, measured on data it was not fitted on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli._common import Format, FormatOption, emit, talk

BUNDLED = "mitre-attack/"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("eval")(evaluate)


def evaluate(
    data: Annotated[Path | None, typer.Option(help="An ATT&CK bundle; the bundled excerpt by default.")] = None,
    docs: Annotated[
        bool, typer.Option("--docs", help="Also write docs/accuracy.md and the figures that every answer shows.")
    ] = False,
    form: FormatOption = Format.table,
) -> None:
    """Measure the attribution method: leave one ATT&CK campaign out, predict its group."""
    from workbench.analysis.evaluation.catalogue import evaluate_catalogue
    from workbench.analysis.evaluation.page import write_accuracy_json, write_accuracy_page

    with talk().status("Leaving out one campaign after the other …"):
        result = evaluate_catalogue(data or bundled_catalogue())
    rows = [
        (name, f.value, f.low, f.high, f.hits, f.n) for name, f in (*result.figures.items(), *result.baselines.items())
    ]
    emit(("figure", "value", "low", "high", "right", "cases"), rows, form)
    if docs:
        page = write_accuracy_page(Path("docs/accuracy.md"), result)
        talk().print(f"Written: {page} and {write_accuracy_json(result).name}", markup=False)


def bundled_catalogue() -> Path:
    """The ATT&CK excerpt of the bundled case, its SHA-256 checked."""
    from workbench.ingest.bundle import bundle_entries

    entry = next(entry for entry in bundle_entries() if entry.file.startswith(BUNDLED))
    entry.verify()
    return entry.path
