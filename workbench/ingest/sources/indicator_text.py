"""Indicator lists in plain text, Markdown and AsciiDoc, as vendors publish them.

Plain text: one indicator a line; what stands behind it on the line, or alone on a line above, is its label. Markdown
and AsciiDoc: list items, code blocks and tables; the heading and the caption above are the label, and a table's header
says which columns hold indicators. Prose, detection names and what stands under headings such as "References",
"Mutexes" or "Certificate serial numbers" is no indicator; one remark says how many lines that were.

A word that looks like an indicator and is none (damaged, or as likely a file's name as a domain) is quarantined.
ATT&CK technique ids in tables are MENTIONS. A list names no source: `--source` says who publishes it, and without that
its rows are quarantined.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, ClassVar

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Row
from workbench.ingest.intelligence.indicator_lists import (
    VALUE_ROLES,
    IndicatorList,
    cell_values,
    read_value,
    role_of,
    techniques_in,
)
from workbench.ingest.intelligence.indicator_markup import Line, Markup, clean, markup_of, read_lines
from workbench.ingest.intelligence.indicators import FILE_NAME, read_indicator
from workbench.ingest.reading.files import SourceFile

_NOT_HERE = re.compile(
    r"\b(references?|links?|further reading|blog|sources?|credits?|mutex(es)?|serial numbers?|certificates?|yara|"
    r"registry|detection names?|passwords?|user.agents?|files and folders|file ?paths?)\b",
    re.IGNORECASE,
)
_LIKE = re.compile(
    r"hxxp|://|\[\.\]|\(\.\)|\[dot\]|\[@\]|[0-9a-f]{30,}|\A[0-9]{1,3}(\.[0-9]{1,3}){3}|[^\s@]@+[^\s@]+\.[a-z]|\A0x[0-9a-z]{30,}",
    re.IGNORECASE,
)


class IndicatorText(IndicatorList):
    """A list of indicators in text."""

    name = "indicator-text"
    title = "Indicator list (text, Markdown, AsciiDoc)"
    doc = "Domains, addresses, URLs and hashes that a vendor publishes, under their headings."
    reads: ClassVar[dict[str, str]] = {
        "lines, list items, code blocks": "one indicator each: LISTED_BY as published",
        "tables": "the columns that hold indicators; a note, a file's name, first and last seen beside them",
        "headings, captions": "label of LISTED_BY",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Text in which some lines are indicators that are no wallets; unsure, because so much text is a list."""
        start = sample.lstrip("\ufeff \t\r\n")
        if not start or start[:1] in "{[<" or start.startswith(("---", "title:")):
            return 0
        markup = markup_of(sample, name)
        found = other = 0
        for line in list(read_lines(iter(sample.splitlines()[:400]), markup))[:300]:
            raw = _raw(line, markup)
            if raw and raw["values"]:
                text = raw["values"][0]["text"]
                found += _is_network(raw)
                other += not _LIKE.search(text)
            elif raw and raw["techniques"] and markup == "markdown":
                found += 1
            elif line.text.count(",") > 2 or line.text.count("\t") > 2:
                other += 1
        if not found:
            return 0
        return 55 if markup != "plain" else 50 if found > other else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every line or table row that holds an indicator, or something like one."""
        self.settle(file, context)
        markup = markup_of(file.sample(), file.name)
        left_out: Counter[str] = Counter()
        heading = ""
        unknown: set[str] = set()
        with file.text() as lines:
            for line in read_lines(iter(lines), markup):
                if markup == "plain":
                    line.heading = heading
                raw = _raw(line, markup)
                context.where = f"line {line.number}"
                for name, cell in zip(line.header, line.cells or (), strict=False):
                    if role_of(name) is None and name and cell and name not in unknown and not techniques_in(cell):
                        unknown.add(name)
                        context.drop("a column that is not known; left out", field=name)
                if raw is None:
                    if markup == "plain" and line.text:
                        heading = line.text.strip("#:*- ")[:500]
                    if line.text or line.cells is not None or markup != "plain":
                        left_out["lines that hold no indicator (headings, prose, names)"] += 1
                elif line.cells is None and _NOT_HERE.search(line.heading):
                    left_out[f"lines under “{line.heading[:80]}”"] += 1
                else:
                    yield Row(f"line {line.number}", raw)
        context.where = "whole file"
        for what, count in sorted(left_out.items()):
            context.drop(f"left out: {count} {what}", field="line")


def _raw(line: Line, markup: Markup) -> dict[str, Any] | None:
    """What a line holds, as a row; None for a line without anything like an indicator."""
    if line.cells is not None:
        return _table_row(line)
    first, _, rest = line.text.partition(" ") if " " in line.text else line.text.partition("\t")
    word = clean(first).strip(",;")
    if not word or line.text.startswith(("//", "#")) or not _looks_like_one(word):
        return None
    if markup != "plain" and rest.strip() and not _LIKE.search(word):
        return None  # a sentence that begins with a name
    text = first if clean(first) == first and first.strip(",;") == first else word
    note = "; ".join(part for part in (line.heading, line.caption, rest.strip(" -–—:#(),;\t*")) if part)
    return {"values": [{"text": text, "role": "value"}], "note": note[:2_000] or None, "techniques": []}


def _looks_like_one(word: str) -> bool:
    """Whether a word is an indicator, or looks so much like one that it must be accounted for."""
    if _LIKE.search(word):
        return True
    if FILE_NAME.match(word) or "\\" in word or "." not in word:
        return False
    try:
        return read_indicator(word, Context()).label != "Wallet"
    except RecordError:
        return False


def _table_row(line: Line) -> dict[str, Any] | None:
    cells = line.cells or []
    if len(cells) != len(line.header):
        return {"values": None, "techniques": [], "note": " | ".join(cells)[:500]}  # refused: cells too many or too few
    raw: dict[str, Any] = {"values": [], "techniques": []}
    notes = [line.heading] if line.heading else []
    for name, cell in zip(line.header, cells, strict=True):
        role, text = role_of(name), clean(cell)
        if role in VALUE_ROLES:
            parts = [clean(part["text"]) for part in cell_values(cell, role)]
            raw["values"] += [{"text": part, "role": role} for part in parts if part]
        elif role == "note" and text:
            notes.append(text)
        elif role in ("file", "first seen", "last seen"):
            raw[role.replace(" ", "_")] = text
        elif role is None or role == "technique":
            raw["techniques"] += [id_ for id_ in techniques_in(text) if id_ not in raw["techniques"]]
    if not raw["values"] and not raw["techniques"]:
        return None
    return {**raw, "note": "; ".join(notes)[:2_000] or None}


def _is_network(raw: dict[str, Any]) -> bool:
    """Whether a row's first value is an indicator that is no wallet."""
    try:
        return read_value(raw["values"][0]["text"], raw["values"][0]["role"], None, Context()).label != "Wallet"
    except RecordError:
        return False
