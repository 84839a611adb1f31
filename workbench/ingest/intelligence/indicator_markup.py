"""Reads lists written for people: plain text, Markdown and AsciiDoc, as blocks that may hold indicators.

In marked-up text only list items, code blocks and tables hold indicators; paragraphs are prose, and what they
link to is a reference. In plain text every line may be one. Headings, captions and prose are counted, not rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Markup = Literal["plain", "markdown", "asciidoc"]
_LINK = re.compile(r"!?\[([^\]\[]{0,500})\]\((?:[^()\s]|\([^()]{0,200}\)){0,2000}\)")
_ADOC_LINK = re.compile(
    r"link:[^\[\s]{1,500}\[([^\]]{0,500})\]|(?<![\w/])https?://[^\[\s]{1,2000}\[((?!\.\]|dot\]|:)[^\]]{1,500})\]"
)
"""A link with its text; `https://a[.]example` is no link but a defanged address."""
_PASS = re.compile(r"`?\+{1,2}(.+?)\+{1,2}`?\Z")
_ITEM = re.compile(r"\s*(?:[-*•‣]|\*{2,5}|[0-9]{1,4}[.)])\s+(.*)\Z")
_HEADING = re.compile(r"(={1,6}|#{1,6})\s+(.*?)\s*#*\Z")
_RULE = re.compile(r"\|?[\s:|-]*-[\s:|-]*\Z")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass
class Line:
    """A line, list item or table row that may hold indicators, with what stands above it."""

    number: int
    text: str = ""
    heading: str = ""
    caption: str = ""
    cells: list[str] | None = None
    header: list[str] = field(default_factory=list)


def markup_of(sample: str, name: str) -> Markup:
    """Which markup a text is written in, by its name and by signs that plain lists do not have."""
    bare = re.sub(r"\.(gz|xz|zst|bz2)\Z", "", name.lower())
    if bare.endswith((".adoc", ".asciidoc")) or re.search(r"^\|={3,}\s*$", sample, re.MULTILINE):
        return "asciidoc"
    if bare.endswith((".md", ".markdown")) or re.search(r"^\|[\s:|-]+\|\s*$|^```", sample, re.MULTILINE):
        return "markdown"
    return "plain"


def clean(text: str) -> str:
    """A cell or item without its markup: backticks, passthroughs, emphasis, links replaced by their text."""
    text = _LINK.sub(r"\1", text.strip())
    text = _ADOC_LINK.sub(lambda m: m[1] or m[2] or "", text).strip()
    text = text.removeprefix("**").removesuffix("**").strip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "`\"'":
        text = text[1:-1].strip()
    if match := _PASS.match(text):
        text = match[1].strip()
    return text.strip("`").strip()


def read_lines(lines: Iterator[str], markup: Markup) -> Iterator[Line]:
    """Every line that may hold an indicator; prose, headings and captions come without text, to be counted."""
    if markup == "plain":
        for number, line in enumerate(lines, 1):
            yield Line(number, line.strip("\ufeff \t\r\n"))
        return
    yield from _Reader(markup).read(lines)


class _Reader:
    """Marked-up text, line by line."""

    def __init__(self, markup: Markup) -> None:
        self._asciidoc = markup == "asciidoc"
        self._heading = self._caption = ""
        self._header: list[str] = []
        self._cells: list[str] = []
        self._start = 0

    def read(self, lines: Iterator[str]) -> Iterator[Line]:
        code = table = False
        for number, raw in enumerate(lines, 1):
            line = raw.strip("\ufeff\r\n").rstrip()
            text = line.strip()
            fence = text.startswith("----" if self._asciidoc else "```") and not text.strip(
                "-`" + "abcdefghijklmnopqrst"
            )
            if fence:
                code = not code
            elif code:
                if text:
                    yield self._line(number, text)
            elif self._asciidoc and re.match(r"\|={3,}\Z", text):
                if table:
                    yield from self._rest()
                table, self._header, self._cells = not table, [], []
            elif table:
                yield from self._adoc_row(text, number)
            elif not self._asciidoc and text.startswith("|"):
                yield from self._markdown_row(text, number)
            else:
                self._header = []
                yield from self._other(text, number)
        if table:
            yield from self._rest()

    def _other(self, text: str, number: int) -> Iterator[Line]:
        if match := _HEADING.match(text):
            self._heading, self._caption = clean(match[2]), ""
        elif self._asciidoc and re.match(r"\.[^\s.]", text):
            self._caption = clean(text[1:])
        elif match := _ITEM.match(text):
            yield self._line(number, clean(match[1]))
            return
        if text:
            yield Line(number, heading=self._heading)

    def _line(self, number: int, text: str) -> Line:
        return Line(number, text, self._heading, self._caption)

    def _markdown_row(self, text: str, number: int) -> Iterator[Line]:
        if _RULE.match(text):
            yield Line(number, heading=self._heading)
            return
        cells = [cell.strip() for cell in _CELL.split(text.strip().removeprefix("|").removesuffix("|"))]
        if not self._header:
            self._header = [clean(cell) for cell in cells]
            yield Line(number, heading=self._heading)
            return
        yield Line(number, "", self._heading, "", cells, self._header)

    def _adoc_row(self, text: str, number: int) -> Iterator[Line]:
        """Cells of an AsciiDoc table may stand on lines of their own: as many as the header has make a row."""
        if not text:
            return
        parts = [part.strip() for part in _CELL.split(text)]
        if not self._header:
            self._header = [clean(part) for part in parts[1:]]
            yield Line(number, heading=self._heading)
            return
        if not self._cells:
            self._start = number
        if parts[0] and self._cells:
            self._cells[-1] += f" {parts[0]}"
        self._cells += parts[1:]
        if len(self._cells) >= len(self._header):
            yield from self._rest()

    def _rest(self) -> Iterator[Line]:
        if self._cells:
            yield Line(self._start, "", self._heading, "", self._cells, self._header)
        self._cells = []
