"""A Neo4j Community of the workspace's own, run as a child process: fetched, started, shared, stopped.

`LocalServer(folder).attach()` is the way in; `docs` of each module say why things are done as they are.
Nothing heavy is imported until it is needed, so that attaching to a running server stays cheap.
"""

from __future__ import annotations

from workbench.graph.server.local import Address, LocalServer

__all__ = ["Address", "LocalServer"]
