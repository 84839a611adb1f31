"""Reads JSON from outside: nesting bounded, no NaN, no numbers of absurd length."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from workbench.errors import InputError

MAX_DIGITS = 400


def parse_json(text: str, where: str) -> Any:
    """The JSON value in `text`; `where` (a file name, with a line where there is one) is named in errors.

    Raises InputError: not JSON, nested too deeply, NaN or Infinity, or a number of more than 400 digits.
    Of a key that stands twice in one object the last value counts, as in every JSON reader.
    """
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_integer)
    except RecursionError as error:
        raise InputError("JSON nested too deeply", where=where) from error
    except json.JSONDecodeError as error:
        place = f"{where}, line {error.lineno}" if error.lineno > 1 else where
        raise InputError(f"not JSON: {error.msg} (column {error.colno})", where=place) from error
    except ValueError as error:
        raise InputError(f"not JSON: {error}", where=where) from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
