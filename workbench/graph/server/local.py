"""The workspace's own Neo4j, shared by its processes: the first starts it, the next ones attach.

Everything is in one folder:

    home/           Neo4j's home: data, settings, logs
    password        random, mode 0600
    server.json     address, process and start stamp of the running server, mode 0600; may be stale
    server.lock     held while somebody starts, stops, backs up or restores
    users/          one file for each process that uses the server
    watchdog.lock   held by the watchdog as long as it lives

No file is believed without a look at the process it names, so anything may be killed at any time.
"""

from __future__ import annotations

import atexit
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from workbench.errors import ServerError
from workbench.graph.server import users
from workbench.graph.server.alive import end_process, is_alive
from workbench.graph.server.files import make_private_folder, read_json, write_json
from workbench.graph.server.home import USER, data_version
from workbench.graph.server.locking import locked
from workbench.graph.server.locks import DEFAULT_VERSION
from workbench.graph.server.process import HOST, answers_bolt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.graph.server.distribution import Distribution

START_TIMEOUT = 60.0


@dataclass(frozen=True)
class Address:
    """Where the server answers, and as whom. The password is kept out of the repr."""

    uri: str
    user: str
    password: str = field(repr=False)
    database: str
    version: str
    pid: int


class LocalServer:
    """A Neo4j in `folder`, started when first needed and stopped when nobody has used it for a while."""

    def __init__(
        self,
        folder: Path,
        *,
        version: str | None = None,
        idle_minutes: float = 10,
        cache: Path | None = None,
        port: int | None = None,
        neo4j_home: Path | None = None,
        transaction_timeout: str = "60s",
        progress: bool = True,
    ) -> None:
        from workbench.graph.server.distribution import unpacked_home, unpacked_version

        self.folder = Path(folder).resolve()
        self.home = self.folder / "home"
        self.state_file = self.folder / "server.json"
        self.password_file = self.folder / "password"
        self.users_folder = self.folder / "users"
        self.neo4j_home = neo4j_home or unpacked_home()  # an unpacked Neo4j brings its own version
        if self.neo4j_home is not None:
            version = unpacked_version(self.neo4j_home)
        self.version = version or DEFAULT_VERSION
        self.idle_minutes = idle_minutes
        self.cache = Path(cache) if cache is not None else None
        self.port = port
        self.transaction_timeout = transaction_timeout
        self.progress = progress
        self._user: tuple[int, Path] | None = None

    def attach(self) -> Address:
        """The address of the running server; starts it if need be, and counts this process as a user."""
        with self.lock():
            self._register()
            try:
                address = self.running() or self.start_locked()
            except BaseException:
                self.detach()
                raise
            self._watch()
            return address

    def detach(self) -> None:
        """This process no longer uses the server (which stops when nobody does for `idle_minutes`)."""
        if self._user is not None and self._user[0] == os.getpid():
            self._user[1].unlink(missing_ok=True)
            self._user = None
            atexit.unregister(self.detach)

    def stop(self) -> bool:
        """Stop the server, whoever uses it, and wait until it is gone; False when none was running."""
        with self.lock():
            return self.stop_locked()

    def status(self) -> dict[str, Any]:
        """What is known without starting anything. No password in it."""
        state = self._live_state()
        known: dict[str, Any] = {
            "engine": "neo4j",
            "folder": str(self.folder),
            "running": state is not None,
            "version": state["version"] if state else data_version(self.home) or self.version,
            "uri": f"bolt://{HOST}:{state['port']}" if state else None,
            "pid": state["pid"] if state else None,
            "ready": bool(state and state.get("ready")),
            "java": state.get("java") if state else None,
            "idle_minutes": state.get("idle_minutes") if state else self.idle_minutes,
            "users": users.live_users(self.users_folder),
            "bytes": sum(file.stat().st_size for file in (self.home / "data").rglob("*") if file.is_file()),
        }
        return known

    def __enter__(self) -> Self:
        self.attach()
        return self

    def __exit__(self, *failure: object) -> None:
        self.detach()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process from starting, stopping or replacing this server."""
        make_private_folder(self.folder)
        with locked(self.folder / "server.lock", timeout=600, what="the local database"):
            self._finish_switch()
            yield

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Hold the lock with the server stopped; started again afterwards, same port, if it was running."""
        with self.lock():
            state = self._live_state()
            self.stop_locked()
            try:
                yield
            finally:
                if state is not None:
                    self.start_locked(port=state["port"])
                    self._watch()

    def running(self) -> Address | None:
        """The address of this folder's server if it runs and answers. Call it with the lock held."""
        state = self._live_state()
        if state is None:
            return None
        if state["version"] != self.version:
            raise ServerError(
                f"Neo4j {state['version']} is running here, not {self.version}",
                where=str(self.folder),
                hint="Stop it first (workbench db stop), or use that version.",
            )
        if not (state.get("ready") and answers_bolt(state["port"])):
            return self._adopt(state)
        return self._address(state)

    def start_locked(self, *, port: int | None = None) -> Address:
        """Start the server (lock held). `port` is a wish; the one the user fixed is a demand."""
        from workbench.graph.server.starting import start

        state = start(self, self.distribution(), wish=port)
        return self._address(state)

    def stop_locked(self) -> bool:
        """Stop the server (lock held); the state file goes only once the process is gone."""
        state = self._live_state()
        if state is not None:
            end_process(state["pid"], state["stamp"])
        self.state_file.unlink(missing_ok=True)
        return state is not None

    def distribution(self) -> Distribution:
        """The Neo4j to run; fetches its jars where they are missing."""
        from workbench.graph.server.distribution import find_distribution

        return find_distribution(self.version, self.cache, self.neo4j_home, progress=self.progress)

    def _adopt(self, state: dict[str, Any]) -> Address | None:
        """A live server that is not known to answer: its starter was killed, or it hangs. Wait, or end it."""
        from workbench.graph.server.process import wait_until_ready

        password = self.password_file.read_text(encoding="utf-8").strip()
        try:
            wait_until_ready(self.home, state["pid"], state["stamp"], state["port"], password, timeout=START_TIMEOUT)
        except ServerError:
            self.stop_locked()
            return None
        write_json(self.state_file, state | {"ready": True})
        return self._address(state)

    def _live_state(self) -> dict[str, Any] | None:
        state = read_json(self.state_file)
        return state if state and is_alive(state.get("pid"), state.get("stamp")) else None

    def _address(self, state: dict[str, Any]) -> Address:
        return Address(
            uri=f"bolt://{HOST}:{state['port']}",
            user=USER,
            password=self.password_file.read_text(encoding="utf-8").strip(),
            database="neo4j",
            version=state["version"],
            pid=state["pid"],
        )

    def _register(self) -> None:
        if self._user is None or self._user[0] != os.getpid() or not self._user[1].exists():
            self._user = (os.getpid(), users.register(self.users_folder))
            atexit.register(self.detach)

    def _watch(self) -> None:
        from workbench.graph.server.watchdog import ensure_watchdog

        ensure_watchdog(self.folder)

    def _finish_switch(self) -> None:
        """A restore was killed between its two renames: put the old home back."""
        previous = self.folder / "home.previous"
        if not self.home.exists() and previous.exists():
            previous.rename(self.home)
