"""`workbench docs`: writes the generated documentation pages. For developers, in a checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli import Exit
from workbench.cli._common import talk


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("docs")(docs)


def docs(
    folder: Annotated[Path, typer.Option(help="Folder to write to.")] = Path("docs"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a page is out of date.")] = False,
) -> None:
    """Write the generated pages: schema, sources, formats, saved queries."""
    stale = []
    for name, text in pages().items():
        path = folder / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    talk().print(f"{'Out of date' if check else 'Written'}: {', '.join(stale) or 'nothing'}", markup=False)
    if check and stale:
        raise typer.Exit(Exit.SHORT)


def pages() -> dict[str, str]:
    """File name → text of every page that is generated from code or data."""
    from workbench.graph.schema_page import schema_page, schema_picture
    from workbench.ingest.bundle import bundle_entries
    from workbench.ingest.bundle_page import sources_page
    from workbench.ingest.formats_page import formats_pages
    from workbench.queries import QueryLibrary
    from workbench.queries.page import queries_page
    from workbench.shipped import shipped_folder

    return {
        "schema.md": schema_page(),
        "schema.svg": schema_picture(),
        "sources.md": sources_page(bundle_entries()),
        **formats_pages(),
        "saved-queries.md": queries_page(QueryLibrary([shipped_folder("queries")])),
    }
