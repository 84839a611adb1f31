"""Report specs: TOML files that say which queries, texts and analyses a report is made of."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from workbench.errors import InputError, RecordError, UnknownNameError, nearest_hint
from workbench.model.confidence import Tlp, parse_tlp
from workbench.queries import Parameter
from workbench.queries.parameters import TYPES, default_fits
from workbench.report.markup import PARAM, Figure, figures
from workbench.shipped import shipped_folder

Kind = Literal["text", "query", "block", "accounting", "limits"]
_COMMON = {"kind", "heading", "text"}
_KEYS: dict[str, set[str]] = {
    "text": _COMMON | {"evidence", "background"},
    "query": _COMMON | {"id", "query", "params", "columns", "caption", "empty", "limit"},
    "block": _COMMON | {"name", "empty"},
    "accounting": _COMMON,
    "limits": _COMMON,
}
_TOP = {"title", "doc", "tlp", "params", "sections"}
_PARAMETER = {"type", "doc", "default", "optional"}
_ID = re.compile(r"[a-z][a-z0-9_]*\Z")
_MAX_BYTES = 1_000_000
DEFAULT_ROWS = 500


@dataclass(frozen=True)
class Section:
    """One section of a report."""

    kind: Kind
    heading: str = ""
    text: str = ""
    evidence: tuple[str, ...] = ()
    """text: query sections that bear the text out, besides those whose figures it holds."""
    background: bool = False
    """text: it explains and finds nothing, so no evidence is asked for; the page says so."""
    id: str = ""
    query: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    """query: values; "$name" is the report's own parameter of that name."""
    columns: Mapping[str, str] | None = None
    """query: columns to show with their headings; None shows all."""
    caption: str = ""
    empty: str = ""
    limit: int = DEFAULT_ROWS
    name: str = ""
    """block: under which name the caller hands over the result."""


@dataclass(frozen=True)
class ReportSpec:
    """A report spec, checked."""

    path: Path
    title: str
    doc: str
    tlp: Tlp
    """The least restricted marking the report may carry."""
    params: Mapping[str, Parameter]
    sections: tuple[Section, ...]

    @property
    def queries(self) -> dict[str, Section]:
        """The query sections by id."""
        return {section.id: section for section in self.sections if section.kind == "query"}


def find_spec(name: str, folders: Iterable[str | Path] = ()) -> Path:
    """The file of a report: a path that ends in .toml, or a name in `folders` or among the shipped ones.

    Raises UnknownNameError with the nearest names, InputError where two folders have the name.
    """
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise InputError("there is no such report spec", where=name)
        return Path(name)
    found = {
        path.relative_to(folder).with_suffix("").as_posix(): path
        for folder in (shipped_folder("reports"), *map(Path, folders))
        for path in sorted(folder.rglob("*.toml"))
    }
    both = [p for f in (shipped_folder("reports"), *map(Path, folders)) if (p := f / f"{name}.toml").is_file()]
    if name not in found:
        raise UnknownNameError("report", name, found)
    if len(both) > 1:
        raise InputError(
            f"two files are called {name!r}: {both[0]} and {both[1]}",
            hint="Rename one of them: a report of your own never replaces another silently.",
        )
    return found[name]


def read_spec(path: str | Path) -> ReportSpec:
    """Read and check a spec. Raises InputError with file and section, and the nearest known name for an unknown one."""
    where = str(path)
    try:
        raw = Path(path).read_bytes()
        if len(raw) > _MAX_BYTES:
            raise InputError("larger than 1 MB, which no report spec is", where=where)
        data = tomllib.loads(raw.decode("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot be read as TOML: {error}", where=where) from error
    _known(data, _TOP, where)
    if not isinstance(data.get("title"), str) or not isinstance(data.get("sections"), list) or not data["sections"]:
        raise InputError("a report spec needs a title and at least one [[sections]]", where=where)
    try:
        tlp = parse_tlp(_text(data, "tlp", where))
    except RecordError as error:
        raise InputError(f"tlp: {error.what}", where=where) from None
    params = {name: _parameter(name, value, where) for name, value in _table(data, "params", where).items()}
    sections = tuple(_section(item, f"{where}: section {i}") for i, item in enumerate(data["sections"], 1))
    spec = ReportSpec(Path(path), data["title"], _text(data, "doc", where), tlp, params, sections)
    _check(spec, where)
    return spec


def _parameter(name: str, value: object, where: str) -> Parameter:
    place = f"{where}: params.{name}"
    if not isinstance(value, dict):
        raise InputError("a parameter is a table with type and doc", where=place)
    _known(value, _PARAMETER, place)
    if value.get("type") not in TYPES:
        raise InputError(f"no type is called {value.get('type')!r}", where=place, hint=f"Known: {', '.join(TYPES)}.")
    if "default" in value and not default_fits(value["type"], value["default"]):
        raise InputError(f"the default is not of type {value['type']}", where=place)
    return Parameter(name, value["type"], _text(value, "doc", place), value.get("default"),
                     bool(value.get("optional", False)))  # fmt: skip


def _section(item: object, where: str) -> Section:
    if not isinstance(item, dict):
        raise InputError("a section is a table", where=where)
    kind = item.get("kind", "query" if "query" in item else None)
    if kind not in _KEYS:
        raise InputError(f"no kind of section is called {kind!r}", where=where, hint=f"Known: {', '.join(_KEYS)}.")
    _known(item, _KEYS[kind], where)
    texts = ("heading", "text", "id", "query", "caption", "empty", "name")
    words = {key: _text(item, key, where) for key in texts if key in item}
    columns = item.get("columns")
    if isinstance(columns, list):
        columns = {str(name): heading(str(name)) for name in columns}
    if columns is not None and not (isinstance(columns, dict) and all(isinstance(v, str) for v in columns.values())):
        raise InputError("columns is a list of names, or a table of names and headings", where=where)
    limit = item.get("limit", DEFAULT_ROWS)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= 10_000:
        raise InputError("limit is a whole number from 1 to 10,000", where=where)
    evidence = item.get("evidence", [])
    if not isinstance(evidence, list) or not all(isinstance(e, str) for e in evidence):
        raise InputError("evidence is a list of ids of query sections", where=where)
    return Section(
        cast("Kind", kind), evidence=tuple(evidence), background=item.get("background") is True,
        params=_table(item, "params", where), columns=columns, limit=limit, **words,
    )  # fmt: skip


def _check(spec: ReportSpec, where: str) -> None:
    """What only the whole shows: ids, references, and that a text rests on something."""
    ids: set[str] = set()
    for i, section in enumerate(spec.sections, 1):
        place = f"{where}: section {i}"
        if section.kind == "query":
            if not _ID.match(section.id) or section.id == PARAM or section.id in ids or not section.query:
                raise InputError("a query section needs a query and an id of its own (small letters, digits, _)",
                                 where=place)  # fmt: skip
            ids.add(section.id)
            for value in section.params.values():
                if isinstance(value, str) and value.startswith("$"):
                    _one_of(value[1:], spec.params, "parameter", place)
        if section.kind == "block" and not section.name:
            raise InputError("a block section needs a name", where=place)
    for figure in figures(spec.title, where=f"{where}: title"):
        if figure.section != PARAM:
            raise InputError("a title holds parameters only", where=f"{where}: title")
        _one_of(figure.column or "", spec.params, "parameter", f"{where}: title")
    for i, section in enumerate(spec.sections, 1):
        place = f"{where}: section {i}"
        used = [f for text in (section.heading, section.text, section.caption, section.empty)
                for f in figures(text, where=place)]  # fmt: skip
        for figure in used:
            _refers(figure, spec, ids, place)
        for name in section.evidence:
            _one_of(name, ids, "query section", place)
        rests = section.evidence or section.background or any(f.section != PARAM for f in used)
        if section.kind == "text" and not rests:
            raise InputError(
                "a text that rests on nothing", where=place,
                hint='Put figures into it, name its evidence = ["…"], or say background = true.',
            )  # fmt: skip


def _refers(figure: Figure, spec: ReportSpec, ids: Iterable[str], where: str) -> None:
    if figure.section == PARAM:
        _one_of(figure.column or "", spec.params, "parameter", where)
    else:
        _one_of(figure.section, ids, "query section", where)


def _one_of(name: str, known: Iterable[str], kind: str, where: str) -> None:
    if name not in set(known):
        raise InputError(f"no {kind} is called {name!r}", where=where, hint=nearest_hint(name, known))


def _known(data: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in data:
        if key not in known:
            raise InputError(f"unknown key {key!r}", where=where, hint=nearest_hint(key, known))


def _text(data: Mapping[str, Any], key: str, where: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise InputError(f"{key} is not text", where=where)
    return value


def _table(data: Mapping[str, Any], key: str, where: str) -> dict[str, Any]:
    value = data.get(key, {})
    if not isinstance(value, dict):
        raise InputError(f"{key} is not a table", where=where)
    return value


def heading(column: str) -> str:
    """A column's name as a heading: amount_usd → Amount USD."""
    words = column.replace("_", " ").strip()
    return re.sub(r"\b(usd|tlp)\b", lambda match: match.group().upper(), words[:1].upper() + words[1:], flags=re.I)


def bound(section: Section, values: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a section's query, with the report's own put in; those not given are left out."""
    made = {
        name: values[value[1:]] if isinstance(value, str) and value.startswith("$") else value
        for name, value in section.params.items()
    }
    return {name: value for name, value in made.items() if value is not None}


__all__ = ["ReportSpec", "Section", "bound", "find_spec", "heading", "read_spec"]
