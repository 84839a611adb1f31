"""Reads STIX patterns as far as they name values: `[domain-name:value = 'x' OR domain-name:value = 'y']`.

Comparisons with `=`, `IN` and `ISSUBSET` on a value that is an indicator are read, each by itself. Everything
else (other paths, `!=`, `LIKE`, `MATCHES`, negations) is given back as unread, to be told. Values that a pattern
wants together (AND, FOLLOWEDBY) are read one by one, and `together` says so.
Language: https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_e8slinrhxcc9
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_PATTERN = 1_000_000
_STRING = r"'(?:[^'\\]|\\.)*'"
_PATH = re.compile(rf"[A-Za-z0-9_-]+:(?:[A-Za-z0-9_.*-]|\[[^\]'\"]*\]|{_STRING})+")
_OPERATOR = re.compile(r"\s*(NOT\s+)?(=|!=|<>|>=|<=|>|<|IN\b|LIKE\b|MATCHES\b|ISSUBSET\b|ISSUPERSET\b)\s*", re.I)
_LITERAL = re.compile(rf"[thb]?({_STRING})|[-+]?[0-9][0-9A-Za-z.+-]*|true\b|false\b", re.I)
_LIST = re.compile(rf"\(\s*((?:{_STRING}|[-+0-9.]+)(?:\s*,\s*(?:{_STRING}|[-+0-9.]+))*)\s*\)")
_ITEM = re.compile(rf"{_STRING}|[-+0-9.]+")
_WORD = re.compile(rf"{_STRING}|[A-Za-z0-9_:.-]+|\s+|.", re.S)
_ESCAPE = re.compile(r"\\(.)", re.S)
_IP = ("IPAddress", "IPNetwork")
_PATHS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern + r"\Z"), types)
    for pattern, types in (
        (r"domain-name:value", ("DomainName",)),
        (r"ipv[46]-addr:value", _IP),
        (r"(?:domain-name:resolves_to_refs\[[^\]]*\]|network-traffic:(?:src|dst)_ref)\.value", ()),
        (r"url:value", ("Url",)),
        (r"email-addr:value|email-message:(?:from|sender|to|cc)_refs?(?:\[[^\]]*\])?\.value", ("EmailAddress",)),
        (r"user-account:(?:account_login|user_id)", ("UserAccount",)),
        (r"autonomous-system:number", ("AutonomousSystem",)),
        (r"cryptocurrency-wallet:(?:value|address)", ("Wallet",)),
    )
)
_HASH = re.compile(r"(?:file|artifact):hashes\.'?([A-Za-z0-9-]+)'?\Z|.*_ref\.hashes\.'?([A-Za-z0-9-]+)'?\Z")
_HINT = re.compile(r".*(?:_refs?(?:\[[^\]]*\])?\.type|:type)\Z")


@dataclass(frozen=True)
class Value:
    """A value that a pattern names, with what it is: types of Infrastructure or Wallet, or a hash's algorithm."""

    text: str
    types: tuple[str, ...] = ()
    algorithm: str | None = None


@dataclass
class Pattern:
    """What was read of a pattern."""

    values: list[Value] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Comparisons that name no indicator, or in a way that is not read; also stray text."""
    together: bool = False
    """Whether it wants several of its comparisons together."""


def parse_pattern(text: str) -> Pattern:
    """What a pattern says, as far as it is read; never raises."""
    found = Pattern()
    if len(text) > MAX_PATTERN:
        found.unread.append(f"a pattern of {len(text):,} characters")
        return found
    place = comparisons = 0
    joined = False
    while place < len(text):
        end = _comparison(text, place, found)
        if end > place:
            comparisons += not _HINT.match(_path(text, place))
            place = end
            continue
        match = _WORD.match(text, place)
        word = match[0] if match else text[place]
        place += len(word)
        upper = word.upper()
        if upper in ("AND", "FOLLOWEDBY"):
            joined = True
        elif upper in ("WITHIN", "REPEATS", "START", "STOP", "EXISTS", "NOT"):
            found.unread.append(word)
        elif not word.isspace() and word not in "[]()" and upper not in ("OR", "SECONDS", "TIMES"):
            if not (word[:1].isdigit() or word.startswith(("'", "t'"))) or not found.unread:
                found.unread.append(word[:80])
    found.together = joined and comparisons > 1
    return found


def _path(text: str, place: int) -> str:
    match = _PATH.match(text, place)
    return match[0] if match else ""


def _comparison(text: str, place: int, found: Pattern) -> int:
    """Where a comparison that starts at `place` ends, its values taken; `place` where there is none."""
    path = _path(text, place)
    if not path or not (operator := _OPERATOR.match(text, place + len(path))):
        return place
    literal = _LIST.match(text, operator.end()) or _LITERAL.match(text, operator.end())
    if literal is None:
        return place
    if _HINT.match(path):
        return literal.end()
    word = operator[2].upper()
    values = _values(path, literal[0]) if word in ("=", "IN", "ISSUBSET") and not operator[1] else None
    if values is None:
        found.unread.append(text[place : min(literal.end(), place + 120)])
    else:
        found.values += values
    return literal.end()


def _values(path: str, literal: str) -> list[Value] | None:
    items = [_plain(item) for item in _ITEM.findall(literal)]
    if match := _HASH.match(path):
        return [Value(item, ("FileHash",), match[1] or match[2]) for item in items]
    for pattern, types in _PATHS:
        if pattern.match(path):
            number = "AutonomousSystem" in types
            return [Value(f"AS{item}" if number else item, types) for item in items]
    return None


def _plain(literal: str) -> str:
    return _ESCAPE.sub(r"\1", literal[1:-1]) if literal.startswith("'") else literal
