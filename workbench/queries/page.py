"""The list of saved queries as a Markdown page, generated from the files."""

from __future__ import annotations

from itertools import groupby

from workbench.queries.library import QueryLibrary
from workbench.queries.parameters import Parameter


def queries_page(library: QueryLibrary) -> str:
    """The page docs/saved-queries.md: every query by topic with title, parameters, columns and maturity.

    Raises InputError or ReadOnlyError for a file that breaks the rules.
    """
    queries = [library.get(name) for name in library.names()]
    lines = [
        "# Saved queries",
        "",
        "Generated from the files in `queries/` by `workbench docs`. How to write one: [queries.md](queries.md).",
        "",
    ]
    for topic, members in groupby(queries, key=lambda query: query.topic):
        lines += [f"## {topic or 'without a topic'}", ""]
        for query in members:
            note = "" if query.maturity == "stable" else " *(draft)*"
            lines += [f"### {query.name}", "", f"{_cell(query.title)}.{note}", ""]
            if query.doc:
                lines += [_cell(query.doc), ""]
            lines += [f"- {_parameter(parameter)}" for parameter in query.params.values()]
            lines += [f"- columns: {', '.join(f'`{column}`' for column in query.returns)}", ""]
    return "\n".join(lines)


def _parameter(parameter: Parameter) -> str:
    if parameter.required:
        need = "required"
    elif parameter.default is None:
        need = "optional"
    else:
        need = f"default {parameter.default!r}" if not isinstance(parameter.default, list) else "default a list"
    doc = f": {_cell(parameter.doc)}" if parameter.doc else ""
    return f"parameter `{parameter.name}` ({parameter.type}, {need}){doc}"


def _cell(text: str) -> str:
    """One line that no Markdown renderer takes for markup."""
    flat = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return flat.replace("|", "\\|")
