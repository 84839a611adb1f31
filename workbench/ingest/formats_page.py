"""The pages docs/formats/: one a format, made from what the format's class says about itself."""

from __future__ import annotations

import inspect
import sys

from workbench.ingest.format import Format, formats

_HEAD = """\
# Formats

Written by `workbench docs` from the classes in `workbench/ingest/sources/`; do not edit. A file's format is
decided from its content; `--as NAME` forces one. Files may be gzip, xz, zstd, bzip2 or zip (every member is
read), in a folder, or on stdin (`-`); in UTF-8, UTF-16, Windows-1252 or EUC-KR, with a byte order mark or
without.

What every format holds to: each row is loaded, quarantined with its reason, or counted as a duplicate; a
value that is changed (trimmed, refanged) or left out is told with its place.

| format | what it is | whole edition |
|---|---|---|
"""


def formats_pages() -> dict[str, str]:
    """Path below docs/ → text: the list, and a page for every format."""
    known = sorted(formats().by_name.values(), key=lambda fmt: fmt.name)
    rows = [f"| [`{f.name}`](formats/{f.name}.md) | {f.title} | {'yes' if f.snapshot else ''} |" for f in known]
    return {"formats.md": _HEAD + "\n".join(rows) + "\n", **{f"formats/{f.name}.md": _page(f) for f in known}}


def _page(fmt: type[Format]) -> str:
    module = sys.modules[fmt.__module__]
    first, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    parts = [f"# {fmt.title}", "", f"`--as {fmt.name}`. Written by `workbench docs` from `{fmt.__module__}`."]
    parts += ["", fmt.doc or first, *(["", rest.strip()] if rest.strip() else [])]
    reads, ignores = fmt.field_docs()
    for title, second, fields in (
        ("Fields read", "what becomes of it", reads), ("Fields left out", "why", ignores)
    ):  # fmt: skip
        if fields:
            parts += ["", f"## {title}", "", f"| field | {second} |", "|---|---|"]
            parts += [f"| `{name}` | {_cell(text)} |" for name, text in fields.items()]
    parts += ["", "## Editions", "", _edition(fmt)]
    return "\n".join(parts) + "\n"


def _edition(fmt: type[Format]) -> str:
    expected = fmt.expected
    if not fmt.snapshot:
        return "A file adds to what is known; nothing that an earlier file said is retracted."
    return (
        "A file is a whole edition of its data set: what an earlier edition said and this one does not is retracted, "
        f"once the file was read whole, unless it has fewer than {expected.min_rows} rows, more than "
        f"{expected.max_quarantined_share:.0%} of them were quarantined, or more than {expected.max_shrink:.0%} of "
        "what is known would go (then `--accept-shrink` says that it is right)."
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
