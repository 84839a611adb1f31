"""In which encoding a text is read: Korean with all its signs, and the western letters it must not be taken for."""

from __future__ import annotations

import io

import pytest

from workbench.ingest.reading.encodings import encoding_of


@pytest.mark.parametrize(
    ("text", "encoding", "read_as"),
    [
        ("업비트 (Upbit) · 해킹 「2019」\n", "euc-kr", "cp949"),
        ("「」『』·…※→ 해킹 ㈜ 2019\n", "euc-kr", "cp949"),
        ("이름,금액\n업비트,580억\n", "cp949", "cp949"),
        ("José Muñoz – café\n", "cp1252", "cp1252"),
        ("Ünïted, “quoted” names…\n", "cp1252", "cp1252"),
        ("price in €, § 5\n", "cp1252", "cp1252"),
        ("업비트 · 「2019」\n", "utf-8", "utf-8-sig"),
    ],
)
def test_what_is_read_as_what(text: str, encoding: str, read_as: str) -> None:
    content = text.encode(encoding)
    name, told = encoding_of(io.BytesIO(content))
    assert name == read_as
    assert content.decode(name) == text
    assert (told is None) == (encoding == "utf-8"), "a guess is told"
