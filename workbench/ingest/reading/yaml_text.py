"""Reads YAML from outside: bounded in size, depth and aliases, and every scalar stays the text it was.

Scalars are not interpreted: `0x098b…` stays an address instead of becoming a number, `NO` stays a country
code instead of becoming false, and a date stays what the source wrote. Only an empty value, `~` and `null`
become None. The document is built from the parser's events with a stack of our own, so that nesting cannot
exhaust the interpreter's; tags, merge keys and includes are never acted upon.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from workbench.errors import InputError

MAX_DEPTH = 64
MAX_VALUES = 20_000_000
"""Values a document may stand for once its aliases are written out."""
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_CORE_TAG = "tag:yaml.org,2002:"


@dataclass
class YamlText:
    """One YAML document as dictionaries, lists, texts and None."""

    value: Any = None
    repeated: list[tuple[int, str]] = field(default_factory=list)
    """Line and name of every key that stands twice in one mapping; its value is the list of both values."""
    _lines: dict[int, int] = field(default_factory=dict)

    def line(self, mapping: Any) -> int | None:
        """The line on which a mapping or list of the document starts."""
        return self._lines.get(id(mapping))


class _Open:
    """A mapping or list that is being filled, and how many values it stands for."""

    __slots__ = ("anchor", "key", "repeated", "size", "value")

    def __init__(self, value: Any, anchor: str | None) -> None:
        self.value = value
        self.anchor = anchor
        self.key: str | None = None
        self.repeated: set[str] = set()
        self.size = 1


def parse_yaml(text: str, where: str) -> YamlText:
    """The one document in `text`; `where` (a file name) is named in errors.

    Raises InputError: not YAML, several documents, nested or aliased beyond the bounds, or a tag that
    would make the reader build an object.
    """
    import yaml

    try:
        return _Builder(where).build(_events(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}" if mark else where
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise InputError(f"not YAML: {problem}", where=place) from error


def _events(text: str) -> Iterator[Any]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser is an option of PyYAML's build
    yield from yaml.parse(text, Loader=loader)


class _Builder:
    def __init__(self, where: str) -> None:
        self.where = where
        self.done = YamlText()
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.documents = 0

    def build(self, events: Iterator[Any]) -> YamlText:
        import yaml

        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._start(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                closed = self.stack.pop()
                self._put(closed.value, closed.size, closed.anchor, event)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor not in self.anchors:
                    raise self._error(f"the alias *{event.anchor} stands before or inside what it names", event)
                self._put(*self.anchors[event.anchor], None, event)
            elif isinstance(event, yaml.DocumentStartEvent):
                self.documents += 1
                if self.documents > 1:
                    raise self._error("more than one YAML document", event)
        return self.done

    def _start(self, event: Any, value: Any) -> None:
        self._check_tag(event)
        if self.stack and self._expects_key(self.stack[-1]):
            raise self._error("a mapping or list as a key", event)
        if len(self.stack) >= MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", event)
        self.done._lines[id(value)] = event.start_mark.line + 1
        self.stack.append(_Open(value, event.anchor))

    def _scalar(self, event: Any) -> None:
        self._check_tag(event)
        value: str | None = event.value
        if self.stack and self._expects_key(self.stack[-1]):
            self.stack[-1].key = event.value
            return
        if event.implicit[0] and value in _NULL:
            value = None
        self._put(value, 1, event.anchor, event)

    def _put(self, value: Any, size: int, anchor: str | None, event: Any) -> None:
        if anchor is not None:
            self.anchors[anchor] = (value, size)
        if not self.stack:
            self.done.value = value
            return
        parent = self.stack[-1]
        parent.size += size
        if parent.size > MAX_VALUES:
            raise self._error(f"stands for more than {MAX_VALUES:,} values once its aliases are written out", event)
        if isinstance(parent.value, list):
            parent.value.append(value)
            return
        if parent.key is None:
            raise self._error("an alias as a key", event)
        self._set(parent, parent.key, value, event)
        parent.key = None

    def _set(self, parent: _Open, key: str, value: Any, event: Any) -> None:
        if key not in parent.value:
            parent.value[key] = value
            return
        self.done.repeated.append((event.start_mark.line + 1, key))
        if key not in parent.repeated:
            parent.repeated.add(key)
            parent.value[key] = [parent.value[key]]
        parent.value[key].append(value)

    @staticmethod
    def _expects_key(parent: _Open) -> bool:
        return isinstance(parent.value, dict) and parent.key is None

    def _check_tag(self, event: Any) -> None:
        tag = event.tag
        if tag and tag != "!" and (not tag.startswith(_CORE_TAG) or "python" in tag):
            raise self._error(f"the tag {tag[:60]} is not data", event)

    def _error(self, what: str, event: Any) -> InputError:
        return InputError(what, where=f"{self.where}, line {event.start_mark.line + 1}")
