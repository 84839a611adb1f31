"""A small lexer for Cypher: enough to tell words from strings, comments and quoted names.

It errs on the side of refusing: a character it does not know, or an escape that the server would
decode before it reads the statement, is an error and never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, NamedTuple

from workbench.errors import ReadOnlyError

MAX_LENGTH = 100_000
"""Characters; no statement that somebody wrote is longer."""

Kind = Literal["word", "quoted", "string", "number", "parameter", "symbol"]

_TOKEN = re.compile(
    r"""(?P<blank>[^\S\x0b\x0c\x1c-\x1f\x85\u2028\u2029]+)  # the server takes the excluded ones for blanks or not
      | (?P<comment>//[^\r\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<parameter>\$(?:\w+|`(?:[^`]|``)*`))
      | (?P<number>\d\w*(?:\.\d\w*)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<symbol>(?!/\*)[][(){}.,:;+\-*/%^=<>!&|?$~])""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u(?P<hex>[0-9a-fA-F]{4})?|.)", re.DOTALL)


class Token(NamedTuple):
    """One piece of a statement. `text` of a parameter or quoted name is the bare name."""

    kind: Kind
    text: str
    line: int

    @property
    def keyword(self) -> str:
        """The word as a keyword would read; "" for anything that is not a bare word.

        Letters that look or fold like ASCII ones (full-width, long s, Kelvin sign) are read as those.
        """
        if self.kind != "word":
            return ""
        return unicodedata.normalize("NFKC", self.text).casefold().upper()

    @property
    def is_name(self) -> bool:
        """Whether it can be the name of something: a bare word or one in backticks."""
        return self.kind in ("word", "quoted")


def tokens(statement: str) -> list[Token]:
    """The statement's tokens, comments and blanks left out.

    Raises ReadOnlyError, with the line, for what cannot be read with certainty: an unknown character,
    an unclosed string or comment, a `\\u` escape outside a string (the server decodes it first), or one
    in a string that stands for a quote, a backslash or a control character (it would end the string).
    """
    if len(statement) > MAX_LENGTH:
        raise ReadOnlyError(f"the statement has more than {MAX_LENGTH} characters")
    try:
        statement.encode()
    except UnicodeEncodeError:
        raise ReadOnlyError("the statement is not valid Unicode") from None
    found: list[Token] = []
    position, line = 0, 1
    while position < len(statement):
        match = _TOKEN.match(statement, position)
        if match is None:
            raise ReadOnlyError(_unreadable(statement, position), where=f"line {line}")
        kind, text = str(match.lastgroup), match.group()
        if kind in ("comment", "quoted", "parameter") and "\\u" in text:
            raise ReadOnlyError(r"a \u escape outside a string is not read", where=f"line {line}")
        if kind == "string":
            _check_escapes(text, line)
        if kind not in ("blank", "comment"):
            found.append(Token(kind, _bare(kind, text), line))  # type: ignore[arg-type]
        line += text.count("\n")
        position = match.end()
    return found


def depths(found: Sequence[Token]) -> list[int]:
    """How many brackets are open around each token; a bracket itself counts as outside."""
    depth, made = 0, []
    for token in found:
        symbol = token.text if token.kind == "symbol" else ""
        if symbol and symbol in ")]}":
            depth -= 1
        made.append(depth)
        if symbol and symbol in "([{":
            depth += 1
    return made


def _bare(kind: str, text: str) -> str:
    if kind == "parameter":
        text = text[1:]
    return text[1:-1].replace("``", "`") if text.startswith("`") else text


def _check_escapes(text: str, line: int) -> None:
    for match in _ESCAPE.finditer(text):
        if match.group()[:2] != "\\u":
            continue
        char = chr(int(match["hex"], 16)) if match["hex"] else ""
        if not (char.isalnum() or char == " " or (char > "\xa0" and char not in "\u2028\u2029")):
            raise ReadOnlyError(rf"the escape \u{match['hex'] or ''} in a string is not read", where=f"line {line}")


def _unreadable(statement: str, position: int) -> str:
    char = statement[position]
    if char == "/":
        return "the comment is never closed"
    if char in "'\"`":
        return f"the {char} is never closed"
    if char == "\\":
        return r"a backslash outside a string is not read (\u escapes are decoded before the statement is)"
    return f"the character U+{ord(char):04X} ({unicodedata.name(char, 'a control character')}) is not read here"
