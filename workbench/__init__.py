"""Attribution workbench: who stole it, how did the money move, how sure are we, and who said so.

    import workbench
    case = workbench.open("my-case")

Importing this package loads neither the driver nor pandas.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.case import Case

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(workspace: str | None = None, *, db: str | None = None, **settings: Any) -> Case:  # noqa: A001
    """Open a case: a workspace folder (made when it does not exist), or a database by address.

    `db` is a `bolt://` or `neo4j(+s)://` address, or "local" for the workspace's own Neo4j; further
    settings are those of workbench.toml (see docs/getting-started.md). Use it with `with`, or call `close()`.
    """
    from workbench.case import Case

    return Case.open(workspace, db=db, **settings)
