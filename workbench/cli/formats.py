"""`workbench formats`: what `workbench ingest` reads."""

from __future__ import annotations

import typer

from workbench.cli._common import Format, FormatOption, emit


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("formats")(formats)


def formats(form: FormatOption = Format.table) -> None:
    """Every format that is read, by the name that --as takes."""
    from workbench.ingest.format import formats as known

    rows = [(name, found.title, found.snapshot) for name, found in sorted(known().by_name.items())]
    emit(("format", "title", "whole_edition"), rows, form)
