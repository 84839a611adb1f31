"""Decides in which encoding a text file is written: byte order mark, UTF-8, UTF-16, EUC-KR or Windows-1252.

UTF-8 is checked over the whole text (its first 64 MiB), because a list of names is often plain ASCII for
thousands of lines before the first accent. What is not UTF-8 is EUC-KR (as Windows has it, cp949) where
most of its letters come out as Hangul, and Windows-1252 otherwise; either is a guess, and is told. Brackets, dots
and other signs do not count: Korean text is full of them.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO

from workbench.errors import RecordError

LOOKED_AT = 64 * 1024 * 1024
_CHUNK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTERS = re.compile(r"[^\W\d_]")
_KOREAN_SHARE = 0.8


def encoding_named(name: str) -> str:
    """Python's name of an encoding that a user named; raises RecordError for one that no text is written in."""
    try:
        found = codecs.lookup(name)
        "".encode(found.name)
    except (LookupError, UnicodeError, ValueError):
        raise RecordError("no such text encoding", field="encoding", value=name) from None
    return "utf-8-sig" if found.name == "utf-8" else found.name


def encoding_of(stream: BinaryIO) -> tuple[str, str | None]:
    """The encoding of the text in `stream`, and what a reader should be told about how it was found."""
    start = stream.read(_CHUNK)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name, None
    if wide := _without_mark(start):
        return wide, f"read as {wide}: it has no byte order mark, and every other byte is zero"
    decoder = codecs.getincrementaldecoder("utf-8")()
    seen, chunk = 0, start
    while chunk:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            return _older(chunk, seen + error.start)
        seen += len(chunk)
        if seen >= LOOKED_AT:
            break
        chunk = stream.read(_CHUNK)
    return "utf-8-sig", None


def _without_mark(start: bytes) -> str | None:
    """UTF-16 that lost its mark: Latin text has a zero in every other byte."""
    sample = start[: 4096 & ~1]
    half = len(sample) // 2
    if half < 4:
        return None
    if sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _older(chunk: bytes, place: int) -> tuple[str, str]:
    told = f"not UTF-8 (byte {place}); read as"
    try:
        korean = codecs.getincrementaldecoder("cp949")().decode(chunk)
    except UnicodeDecodeError:
        korean = ""
    foreign = sum(not letter.isascii() for letter in _LETTERS.findall(korean))
    if foreign and len(_HANGUL.findall(korean)) >= _KOREAN_SHARE * foreign:
        return "cp949", f"{told} EUC-KR"
    return "cp1252", f"{told} Windows-1252"
