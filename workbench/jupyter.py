"""Magics for JupyterLab: `%load_ext workbench.jupyter`, then `%%cypher` and `%query`.

Both work on the case in the notebook's variable `case`; parameters are KEY=VALUE words, and `KEY=$name`
takes the value of a notebook variable.
"""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.case import Case


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext workbench.jupyter`."""

    def cypher(line: str, cell: str) -> Any:
        """%%cypher [KEY=VALUE …]: the rows of the cell's Cypher, read-only."""
        return _case(shell).cypher(cell, **_parameters(shell, line.strip()))

    def query(line: str) -> Any:
        """%query NAME [KEY=VALUE …]: the rows of a saved query; without a name, the list of them."""
        name, _, rest = line.strip().partition(" ")
        case = _case(shell)
        return case.query(name, **_parameters(shell, rest)) if name else case.query_list()

    shell.register_magic_function(cypher, magic_kind="cell", magic_name="cypher")
    shell.register_magic_function(query, magic_kind="line", magic_name="query")


def _case(shell: Any) -> Case:
    from workbench.case import Case

    found = shell.user_ns.get("case")
    if not isinstance(found, Case):
        raise UsageError("there is no case", hint='First: import workbench; case = workbench.open("my-case")')
    return found


def _parameters(shell: Any, line: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in shlex.split(line):
        key, sign, value = word.partition("=")
        if not sign:
            raise UsageError(f"{word!r} is not KEY=VALUE")
        if value.startswith("$"):
            if value[1:] not in shell.user_ns:
                raise UsageError(f"the notebook has no variable {value[1:]!r}")
            found[key] = shell.user_ns[value[1:]]
        else:
            found[key] = _typed(value)
    return found


def _typed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
