"""Reads one query file and checks all that can be known without a server; errors name file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from workbench.errors import InputError, ParameterError, ReadOnlyError, nearest_hint
from workbench.graph.cypher_text import Token, depths
from workbench.graph.readonly import check_read_only
from workbench.queries.parameters import TYPES, Parameter, default_fits

FENCE = "//---"
MATURITY = ("stable", "draft")
MAX_FILE = 100_000
RESERVED = frozenset({"limit", "timeout"})
"""Parameter names that are the runner's own."""

_KEYS = ("title", "doc", "params", "returns", "maturity")
_PARAM_KEYS = ("type", "default", "optional", "doc")
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


@dataclass(frozen=True)
class SavedQuery:
    """One checked query file."""

    name: str
    path: Path
    title: str
    source_text: str
    """The whole file: its header is a comment, so it pastes into any Neo4j client as it is."""
    statement: str
    """The Cypher below the header."""
    returns: tuple[str, ...]
    order: tuple[str, ...]
    """The columns that the last ORDER BY names."""
    params: dict[str, Parameter] = field(default_factory=dict)
    doc: str = ""
    maturity: Literal["stable", "draft"] = "draft"

    @property
    def topic(self) -> str:
        """The folder it is in, "" for a file without one."""
        return self.name.rpartition("/")[0]


def parse_query(name: str, path: Path) -> SavedQuery:
    """Read and check the query file `path`.

    Raises InputError for a header or a statement that breaks a rule of docs/queries.md, and
    ReadOnlyError for a statement that does more than read, both with file and line.
    """
    return _File(name, path).parse()


class _File:
    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        try:
            raw = path.read_bytes()
            if len(raw) > MAX_FILE:
                raise InputError(f"more than {MAX_FILE} bytes", where=str(path))
            self.text = raw.decode("utf-8")
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
        except UnicodeDecodeError as error:
            raise InputError("not UTF-8", where=str(path)) from error
        self.lines = self.text.split("\n")

    def fail(self, what: str, line: int, hint: str | None = None) -> InputError:
        return InputError(what, where=f"{self.path}:{line}", hint=hint)

    def parse(self) -> SavedQuery:
        header, body_line = self._header()
        params = self._params(header)
        title = self._text(header, "title", required=True)
        returns = self._returns(header)
        maturity = header.get("maturity", "draft")
        if maturity not in MATURITY:
            raise self.fail(f"maturity is {maturity!r}, not stable or draft", self._line("maturity"))
        statement = "\n".join(self.lines[body_line - 1 :]).strip("\n")
        first_line = body_line + _leading_blank(self.lines[body_line - 1 :])
        found = self._tokens(statement, first_line)
        self._check_used(params, found, first_line)
        order = self._check_shape(returns, found, first_line)
        return SavedQuery(
            self.name, self.path, title, self.text, statement, returns, order, params,
            self._text(header, "doc"), maturity,
        )  # fmt: skip

    def _header(self) -> tuple[dict[str, Any], int]:
        """The TOML between the fences, and the line the statement begins at."""
        self.start = next((n for n, line in enumerate(self.lines, 1) if line.strip()), 1)
        if self.lines[self.start - 1].strip() != FENCE:
            raise self.fail(f"the file does not begin with {FENCE}", self.start, "See docs/queries.md.")
        toml: list[str] = []
        for number, line in enumerate(self.lines[self.start :], self.start + 1):
            stripped = line.strip()
            if stripped == FENCE:
                return self._toml(toml), number + 1
            if not stripped.startswith("//"):
                raise self.fail(f"a line of the header does not begin with // (is the second {FENCE} there?)", number)
            toml.append(stripped[2:].removeprefix(" "))
        raise self.fail(f"the header is never closed with {FENCE}", self.start)

    def _toml(self, lines: Sequence[str]) -> dict[str, Any]:
        try:
            header = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            at = re.search(r"at line (\d+)", str(error))
            line = self.start + (int(at.group(1)) if at else len(lines))
            raise self.fail(f"not TOML: {re.sub(r' [(]at .*', '', str(error))}", line) from None
        except RecursionError:
            raise self.fail("nested too deeply", self.start) from None
        for key in header:
            if key not in _KEYS:
                raise self.fail(f"no key is called {key!r}", self._line(key), nearest_hint(key, _KEYS))
        return header

    def _line(self, key: str) -> int:
        """The header line that sets a key; the first one where it cannot be told."""
        pattern = re.compile(rf"\s*//\s*(\[?params\]?\s*\.\s*)?{re.escape(key)}\b")
        for number, line in enumerate(self.lines[self.start :], self.start + 1):
            if pattern.match(line):
                return number
        return self.start

    def _text(self, header: dict[str, Any], key: str, *, required: bool = False) -> str:
        value = header.get(key, "")
        if not isinstance(value, str) or (required and not value.strip()):
            raise self.fail(f"{key} is not text" if key in header else f"{key} is missing", self._line(key))
        return value.strip()

    def _returns(self, header: dict[str, Any]) -> tuple[str, ...]:
        value = header.get("returns")
        if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
            raise self.fail("returns is not a list of the columns", self._line("returns"))
        if len(set(value)) < len(value):
            raise self.fail("returns names a column twice", self._line("returns"))
        return tuple(value)

    def _params(self, header: dict[str, Any]) -> dict[str, Parameter]:
        table = header.get("params", {})
        if not isinstance(table, dict):
            raise self.fail("params is not a table", self._line("params"))
        return {name: self._param(name, spec) for name, spec in table.items()}

    def _param(self, name: str, spec: Any) -> Parameter:
        line = self._line(name)
        if not _NAME.match(name) or name in RESERVED:
            raise self.fail(f"a parameter cannot be called {name!r}", line)
        if not isinstance(spec, dict):
            raise self.fail(f'params.{name} is not a table such as {{ type = "id" }}', line)
        for key in spec:
            if key not in _PARAM_KEYS:
                raise self.fail(f"params.{name} has no key {key!r}", line, nearest_hint(key, _PARAM_KEYS))
        type_, default, optional = spec.get("type"), spec.get("default"), spec.get("optional", False)
        if type_ not in TYPES:
            raise self.fail(f"params.{name} has the type {type_!r}", line, f"Types: {', '.join(TYPES)}")
        if not isinstance(optional, bool) or not isinstance(spec.get("doc", ""), str):
            raise self.fail(f"params.{name}: optional is true or false, doc is text", line)
        if default is not None and (optional or not default_fits(type_, default)):
            why = "both a default and optional" if optional else f"a default that is not of type {type_}"
            raise self.fail(f"params.{name} has {why}", line)
        parameter = Parameter(name, type_, spec.get("doc", "").strip(), None, optional)
        try:
            return Parameter(name, type_, parameter.doc, parameter.convert(default), optional)
        except ParameterError as error:
            raise self.fail(error.what, line) from None

    def _tokens(self, statement: str, first_line: int) -> list[Token]:
        try:
            return check_read_only(statement)
        except ReadOnlyError as error:
            at = re.match(r"line (\d+)", error.where or "")
            line = first_line + (int(at.group(1)) - 1 if at else 0)
            raise ReadOnlyError(error.what, where=f"{self.path}:{line}", hint=error.hint) from None

    def _check_used(self, params: dict[str, Parameter], found: Sequence[Token], first_line: int) -> None:
        used = {token.text: token.line for token in reversed(found) if token.kind == "parameter"}
        for name, line in used.items():
            if name not in params:
                raise self.fail(f"${name} is not declared", first_line + line - 1, nearest_hint(name, params))
        for name in params:
            if name not in used:
                raise self.fail(f"the parameter {name} is declared and never used", self._line(name))

    def _check_shape(self, returns: tuple[str, ...], found: Sequence[Token], first_line: int) -> tuple[str, ...]:
        """The statement returns the declared columns and ends in an order; gives the order's columns."""
        top = [token for token, depth in zip(found, depths(found), strict=True) if depth == 0]
        line = first_line + found[-1].line - 1
        words = [token.keyword for token in top]
        if "UNION" in words:
            hint = "Wrap it: CALL () { … UNION … } RETURN … ORDER BY …"
            raise self.fail("a UNION has no order as a whole", line, hint)
        if "RETURN" not in words:
            raise self.fail("it returns nothing", line)
        last = len(words) - 1 - words[::-1].index("RETURN")
        tail, tail_words = top[last + 1 :], words[last + 1 :]
        order_at = next(
            (n for n, pair in enumerate(zip(tail_words, tail_words[1:], strict=False)) if pair == ("ORDER", "BY")), None
        )
        if order_at is None:
            raise self.fail("it does not end in ORDER BY, so its rows would come in any order", line)
        columns = tuple(_column(item) for item in _items(tail[:order_at]))
        if columns != returns:
            shown = ", ".join(column or "(no name)" for column in columns)
            raise self.fail(
                f"returns says {', '.join(returns)}, the statement returns {shown}", first_line + top[last].line - 1
            )
        return tuple(_order_item(item) for item in _items(tail[order_at + 2 :]))


def _leading_blank(lines: Sequence[str]) -> int:
    return next((n for n, line in enumerate(lines) if line), 0)


def _items(found: Sequence[Token]) -> list[list[Token]]:
    items: list[list[Token]] = [[]]
    for token in found:
        if token.kind == "symbol" and token.text == ",":
            items.append([])
        else:
            items[-1].append(token)
    return items


def _column(item: Sequence[Token]) -> str:
    """The name a RETURN item gets: what stands after AS, or the variable itself."""
    if item and item[0].keyword == "DISTINCT":
        item = item[1:]
    if len(item) == 1 and item[0].is_name:
        return item[0].text
    if len(item) >= 2 and item[-2].keyword == "AS" and item[-1].is_name:
        return item[-1].text
    return ""


def _order_item(item: Sequence[Token]) -> str:
    for at, token in enumerate(item):
        if token.keyword in ("SKIP", "OFFSET", "LIMIT"):
            item = item[:at]
            break
    if item and item[-1].keyword in ("ASC", "ASCENDING", "DESC", "DESCENDING"):
        item = item[:-1]
    return item[0].text if len(item) == 1 and item[0].is_name else ""
