"""What the commands share: options, opening the case, rows on stdout, talk on stderr."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from workbench.case import Case

WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="Workspace folder; found upward from here when not given.",
        show_default=False,
    ),
]
DbOption = Annotated[
    str | None,
    typer.Option("--db", help='"local", or a bolt:// or neo4j(+s):// address.', show_default=False),
]
WriteOption = Annotated[
    bool,
    typer.Option("--write", help="Record the result in the graph, as claims; the same again records nothing."),
]
ParamOption = Annotated[
    list[str] | None, typer.Option("--param", "-p", metavar="KEY=VALUE", help="A parameter; may be repeated.")
]


class Format(StrEnum):
    """How rows are written to stdout."""

    table = "table"
    csv = "csv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How rows are written to stdout.")]


def open_case(workspace: Path | None, db: str | None, **settings: Any) -> Case:
    """The case that a command works on. A folder that is no workspace yet is not silently made one."""
    from workbench.case import Case
    from workbench.settings import FILE_NAME

    if workspace is not None and not (workspace / FILE_NAME).is_file():
        raise UsageError(f"{workspace} is not a workspace", hint=f"Make it one: workbench init {workspace}")
    return Case.open(workspace, db=db, **settings)


def talk() -> Console:
    """The console for messages and progress: stderr."""
    from rich.console import Console

    return Console(stderr=True)


def data_console(width: int) -> Console:
    """The console for tables on stdout: as wide as the terminal, or `width` where there is none."""
    from rich.console import Console

    wide = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console() if wide else Console(width=width)


def parameters(pairs: Sequence[str] | None) -> dict[str, str]:
    """`KEY=VALUE` texts as a dictionary; raises UsageError for anything else."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        key, sign, value = pair.partition("=")
        if not sign or not key:
            raise UsageError(f"{pair!r} is not KEY=VALUE")
        found[key] = value
    return found


def typed(text: str) -> Any:
    """A parameter of free Cypher: a number, true, false, null, a JSON list or map, else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def emit(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format) -> None:
    """Write rows to stdout."""
    if form is Format.table:
        _table(columns, rows)
    elif form is Format.json:
        objects = [dict(zip(columns, row, strict=True)) for row in rows]
        sys.stdout.write(json.dumps(objects, ensure_ascii=False, indent=2, default=plain) + "\n")
    elif form is Format.jsonl:
        for row in rows:
            line = dict(zip(columns, row, strict=True))
            sys.stdout.write(json.dumps(line, ensure_ascii=False, default=plain) + "\n")
    elif form is Format.csv:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([[_cell(value) for value in row] for row in rows])
        sys.stdout.write(out.getvalue())
    else:
        _parquet(columns, rows)


def emit_json(content: Any) -> None:
    """Write one JSON document to stdout."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2, default=plain) + "\n")


def emit_frame(frame: Any, form: Format) -> None:
    """Write a DataFrame's rows to stdout."""
    rows = frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None)
    emit([str(c) for c in frame.columns], list(rows), form)


def plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    return str(value)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | dict | tuple):
        return json.dumps(value, ensure_ascii=False, default=plain)
    return value


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_shown(value)) for value in row))
    data_console(200).print(table if rows else Text("(no rows)"))


def _shown(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M") if (value.hour or value.minute) else value.strftime("%Y-%m-%d")
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 10 else f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(_shown(item) for item in value)
    return "".join(c if c.isprintable() else "�" for c in str(_cell(value)))


def _parquet(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "all") from None
    table = pyarrow.table({
        column: _parquet_column(pyarrow, [row[i] for row in rows]) for i, column in enumerate(columns)
    })  # fmt: skip
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer)
    sys.stdout.buffer.write(buffer.getvalue())


def _parquet_column(pyarrow: Any, values: list[Any]) -> Any:
    """The values as Arrow has them; a column of mixed types as JSON text."""
    try:
        return pyarrow.array(values)
    except (pyarrow.ArrowInvalid, pyarrow.ArrowTypeError, OverflowError):
        return pyarrow.array([None if v is None else json.dumps(v, ensure_ascii=False, default=plain) for v in values])
