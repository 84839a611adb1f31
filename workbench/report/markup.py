"""The text of a report: a small part of Markdown, and figures that come from query rows.

Markdown: paragraphs, `- ` lists, `### ` headings, **bold**, *italic*, `code`. Nothing else, and no HTML.

Figures, the only thing between double braces:

    {{ official.amount_usd }}        the column of the query section `official`, first row
    {{ official.amount_usd[3] }}     its third row
    {{ official }}                   how many rows it has
    {{ official.amount_usd | usd }}  with a format: usd, number, date, text
    {{ param.incident }}             a parameter of the report

Values from data are set as text where they stand; they are never read as Markdown or as a figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal, NamedTuple, cast, get_args

from markupsafe import Markup, escape

from workbench.errors import InputError, nearest_hint

Form = Literal["usd", "number", "date", "text"]
_FIGURE = re.compile(
    r"\{\{\s*(?P<section>[a-z][a-z0-9_]*)(?:\.(?P<column>[A-Za-z_][A-Za-z0-9_]*)(?:\[(?P<row>[1-9][0-9]{0,5})\])?)?"
    r"\s*(?:\|\s*(?P<form>[a-z]+)\s*)?\}\}"
)
_INLINE = re.compile(r"(?P<figure>\{\{.*?\}\})|\*\*(?P<bold>.+?)\*\*|\*(?P<italic>[^*]+?)\*|`(?P<code>[^`]+)`")
PARAM = "param"


class Figure(NamedTuple):
    """A reference to a value."""

    section: str
    column: str | None
    row: int
    form: Form | None


def figures(text: str, *, where: str) -> list[Figure]:
    """The figures a text asks for. Raises InputError for braces that are none."""
    found = [_figure(match.group(), where) for match in re.finditer(r"\{\{.*?\}\}", text, re.S)]
    if len(found) != text.count("{{") or len(found) != text.count("}}"):
        raise InputError("double braces that do not close", where=where, hint="Write {{ section.column }}.")
    return found


def render(text: str, figure: Callable[[Figure], Markup], *, where: str) -> Markup:
    """The text as HTML; `figure` gives the HTML of each figure."""
    figures(text, where=where)
    blocks = [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()]
    return Markup("\n").join(_block(block, figure, where) for block in blocks)


def substitute(text: str, value: Callable[[Figure], str], *, where: str) -> str:
    """The text with every figure replaced by its value, as plain text; what a value holds is not read again."""
    figures(text, where=where)
    return re.sub(r"\{\{.*?\}\}", lambda match: value(_figure(match.group(), where)), text, flags=re.S)


def _block(block: str, figure: Callable[[Figure], Markup], where: str) -> Markup:
    lines = [line.strip() for line in block.splitlines()]
    if lines[0].startswith("### ") and len(lines) == 1:
        return Markup("<h3>{}</h3>").format(_inline(lines[0][4:], figure, where))
    if lines[0].startswith("- "):
        items: list[str] = []
        for line in lines:
            if line.startswith("- "):
                items.append(line[2:])
            else:
                items[-1] += " " + line
        made = Markup("").join(Markup("<li>{}</li>").format(_inline(item, figure, where)) for item in items)
        return Markup("<ul>{}</ul>").format(made)
    return Markup("<p>{}</p>").format(_inline(" ".join(lines), figure, where))


def _inline(text: str, figure: Callable[[Figure], Markup], where: str) -> Markup:
    made = Markup("")
    end = 0
    for match in _INLINE.finditer(text):
        made += escape(text[end : match.start()])
        end = match.end()
        if match["figure"]:
            made += figure(_figure(match["figure"], where))
        elif match["code"]:
            made += Markup("<code>{}</code>").format(match["code"])
        else:
            tag = "strong" if match["bold"] else "em"
            made += Markup(f"<{tag}>{{}}</{tag}>").format(_inline(match["bold"] or match["italic"], figure, where))
    return made + escape(text[end:])


def _figure(text: str, where: str) -> Figure:
    match = _FIGURE.fullmatch(text)
    if match is None:
        raise InputError(
            f"{text[:80]!r} is not a figure",
            where=where,
            hint="Write {{ section.column }}, {{ section.column[2] }}, {{ section }} or {{ param.name }}.",
        )
    form = match["form"]
    if form is not None and form not in get_args(Form):
        raise InputError(f"no format is called {form!r}", where=where, hint=nearest_hint(form, get_args(Form)))
    return Figure(match["section"], match["column"], int(match["row"] or 1), cast("Form | None", form))
