"""Reads XML from outside piece by piece: bounded memory, no DTD, no entities, namespaces ignored.

A list of 100 MB is a root with a hundred thousand elements in it. Whoever reads it names the elements that are
wanted; each is handed out whole and forgotten afterwards, and everything else is forgotten as it passes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from workbench.errors import InputError
from workbench.ingest.reading.files import SourceFile

MAX_DEPTH = 100
MAX_PARTS = 500_000
"""Most elements inside one wanted element; a bigger one is no entry of a list."""
MAX_TOKEN = 64 * 1024 * 1024
"""Most bytes without an element beginning or ending: one text or attribute of that size is no data."""


class Root(NamedTuple):
    """The outermost element: its name, its namespace ("" for none), its attributes without their namespaces."""

    name: str
    namespace: str
    attributes: dict[str, str]


class Item(NamedTuple):
    """A wanted element: its place among the wanted ones of its name, its name, the element itself."""

    number: int
    name: str
    element: Element


def root_of(file: SourceFile) -> Root:
    """The outermost element; raises InputError for what is no XML."""
    with _events(file) as events:
        for _, element in events:
            space, _, name = element.tag.rpartition("}")
            return Root(name, space.lstrip("{"), {local(key): value for key, value in element.attrib.items()})
    raise InputError("no element in it", where=file.name)


def items(file: SourceFile, wanted: Collection[str]) -> Iterator[Item]:
    """Every outermost element of a wanted name, whole, in order; it is emptied when the next one is asked for.

    Raises InputError where the XML is not well formed, has a document type or entities, is nested too deeply, or
    holds a piece that is too large.
    """
    counts = dict.fromkeys(wanted, 0)
    open_: list[Element] = []
    inside, parts = 0, 0
    with _events(file) as events:
        for event, element in events:
            name = local(element.tag)
            if event == "start":
                open_.append(element)
                if len(open_) > MAX_DEPTH:
                    raise InputError(f"XML nested more than {MAX_DEPTH} deep", where=file.name)
                if inside or name in counts:
                    inside, parts = inside + 1, parts + 1 if inside else 1
                    if parts > MAX_PARTS:
                        raise InputError(f"an element {name} of more than {MAX_PARTS:,} parts", where=file.name)
                continue
            open_.pop()
            if inside:
                inside -= 1
                if inside:
                    continue
                counts[name] += 1
                yield Item(counts[name], name, element)
            element.clear()
            if open_:
                open_[-1].remove(element)


def local(tag: str) -> str:
    """The name of an element or attribute without its namespace."""
    return tag.rpartition("}")[2]


def children(element: Element, *path: str) -> list[Element]:
    """The elements below it along a path of names, whatever their namespaces."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in parent if local(child.tag) == name]
    return found


def text(element: Element, *path: str) -> str:
    """The text of the first element along a path of names, as it is written; "" where there is none."""
    return next((child.text or "" for child in children(element, *path)), "")


@contextmanager
def _events(file: SourceFile) -> Iterator[Iterator[tuple[str, Element]]]:
    with file.binary() as stream:
        try:
            yield _watched(stream, file.name)
        except ParseError as error:
            raise InputError(f"not well-formed XML: {error}", where=file.name) from error
        except DefusedXmlException as error:
            what = "the XML has a document type or entities of its own, which are not read"
            raise InputError(what, where=file.name) from error
        except (LookupError, ValueError) as error:  # an encoding nobody knows
            raise InputError(f"not readable XML: {error}", where=file.name) from error


def _watched(stream: BinaryIO, name: str) -> Iterator[tuple[str, Element]]:
    watch = _Watch(stream, name)
    for event in iterparse(watch, events=("start", "end"), forbid_dtd=True):
        watch.since = 0
        yield event


class _Watch:
    """A stream that ends in an error when much is read without any element coming out of it."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream = stream
        self._name = name
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.since += len(data)
        if self.since > MAX_TOKEN:
            raise InputError(f"a piece of XML larger than {MAX_TOKEN // 1024 // 1024} MiB", where=self._name)
        return data
