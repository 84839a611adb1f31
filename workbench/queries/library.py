"""The library of saved queries: the shipped folder and the user's own; a file's path is its name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import InputError, ReadOnlyError, StatementError, UnknownNameError, WorkbenchError
from workbench.graph.schema import node_kinds
from workbench.graph.store import Result, Store
from workbench.queries.check import SavedQuery, parse_query
from workbench.queries.parameters import bind

SUFFIX = ".cypher"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*\Z")


class QueryLibrary:
    """Queries in one or several folders, for example the shipped one and a workspace's own.

    Files are read when they are asked for, and again when they change. A name that is in two folders
    is an error that names both files: nothing is shadowed silently.
    """

    def __init__(self, folders: Iterable[str | Path]) -> None:
        self.folders = tuple(Path(folder) for folder in folders)
        self._parsed: dict[Path, tuple[tuple[int, int], SavedQuery]] = {}
        self._explained: set[tuple[str, str, str]] = set()

    def names(self) -> list[str]:
        """The name of every query file, sorted; says nothing about whether the file is sound."""
        return sorted(self._files())

    def get(self, name: str) -> SavedQuery:
        """The query of a name, read and checked.

        Raises UnknownNameError (with the nearest names), InputError or ReadOnlyError (with file and line).
        """
        path = self._path(name)
        if path is None:
            raise UnknownNameError("query", name, self.names())
        try:
            stat = path.stat()
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
        stamp = (stat.st_mtime_ns, stat.st_size)
        kept = self._parsed.get(path)
        if kept is None or kept[0] != stamp:
            kept = (stamp, parse_query(name, path))
            self._parsed[path] = kept
        return kept[1]

    def problems(self) -> dict[str, WorkbenchError]:
        """What is wrong with each query file that cannot be used; empty when all is well."""
        found: dict[str, WorkbenchError] = {}
        for name in self.names():
            try:
                self.get(name)
            except WorkbenchError as error:
                found[name] = error
        return found

    def run(
        self,
        store: Store,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Run a query; `limit` caps its rows (none: all of them), `timeout` is in seconds.

        Values may be text, as a command line gives them. Raises ParameterError for a wrong parameter, and
        what `get` and the store raise. The first run of a query on a server asks it (EXPLAIN) whether
        the statement only reads.
        """
        query = self.get(name)
        values = bind(query.params, parameters or {}, query=name)
        self._check_on_server(store, query, values)
        result = store.read(query.statement, values, limit=limit, timeout=timeout)
        if result.columns != query.returns:
            raise InputError(
                f"returns says {', '.join(query.returns)}, the server gave {', '.join(result.columns)}",
                where=str(query.path),
            )
        return result

    def unknown_ids(self, store: Store, name: str, parameters: Mapping[str, Any]) -> list[str]:
        """Values given for parameters of the type `id` that are the id of no node: why an answer may be empty."""
        query = self.get(name)
        given = [str(v) for key, v in parameters.items() if key in query.params and query.params[key].type == "id"]

        def known(id_: str) -> bool:
            texts = (f"MATCH (n:{label} {{id: $id}}) RETURN 1 AS one LIMIT 1" for label in node_kinds())
            return any(store.read(text, {"id": id_}).rows for text in texts)

        return [id_ for id_ in given if not known(id_)]

    def _check_on_server(self, store: Store, query: SavedQuery, values: Mapping[str, Any]) -> None:
        key = (store.uri, store.database, query.statement)
        if key in self._explained:
            return
        try:
            kind = store.explain(query.statement, values)
        except StatementError as error:
            error.add_note(f"in {query.path}")
            raise
        if kind != "r":
            raise ReadOnlyError(f"the server says that it does more than read (type {kind!r})", where=str(query.path))
        self._explained.add(key)

    def _path(self, name: str) -> Path | None:
        if not _NAME.match(name):
            return None
        found = [path for folder in self.folders if (path := folder / (name + SUFFIX)).is_file()]
        _one_of(name, found)
        return found[0] if found else None

    def _files(self) -> dict[str, Path]:
        found: dict[str, list[Path]] = {}
        for folder in self.folders:
            for path in folder.rglob("*" + SUFFIX):
                name = path.relative_to(folder).as_posix().removesuffix(SUFFIX)
                if not _NAME.match(name):
                    raise InputError(
                        "the name of a query is lower-case letters, digits, hyphens and underscores", where=str(path)
                    )
                found.setdefault(name, []).append(path)
        for name, paths in found.items():
            _one_of(name, paths)
        return {name: paths[0] for name, paths in found.items()}


def _one_of(name: str, paths: list[Path]) -> None:
    if len(paths) > 1:
        raise InputError(
            f"two files are called {name!r}: {' and '.join(map(str, paths))}",
            hint="Rename one of them: a query of your own never replaces another silently.",
        )
