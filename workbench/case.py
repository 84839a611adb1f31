"""The case: the one object a user holds. Everything a notebook or a script does goes through it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from workbench.connect import connect, local_server
from workbench.errors import MissingExtraError, SettingsError, UsageError
from workbench.settings import Settings, load_settings
from workbench.workspace import Workspace, locate

if TYPE_CHECKING:
    import pandas as pd
    import py2neo

    from workbench.analysis.attribution.rank import Attribution
    from workbench.analysis.behaviour.result import Behaviour
    from workbench.analysis.clustering.result import Clustering
    from workbench.analysis.demixing.result import Demixing
    from workbench.analysis.exposure.result import Exposure
    from workbench.analysis.exposure.screen import Screening
    from workbench.analysis.matching.infrastructure import Overlap
    from workbench.analysis.tracing.beyond import Beyond
    from workbench.analysis.tracing.exits import BridgeExits
    from workbench.analysis.tracing.result import Trace
    from workbench.analysis.written import Recordable, Written
    from workbench.graph.server import LocalServer
    from workbench.graph.store import Store
    from workbench.ingest import IngestReport
    from workbench.queries import QueryLibrary


class Case:
    """A workspace and its graph. Use it with `with`, or call `close()`."""

    def __init__(self, workspace: Workspace | None, settings: Settings) -> None:
        self.workspace = workspace
        self.settings = settings
        self._store: Store | None = None
        self._server: LocalServer | None = None
        self._library: QueryLibrary | None = None

    @classmethod
    def open(cls, workspace: str | Path | None = None, *, db: str | None = None, **settings: Any) -> Case:
        """See `workbench.open`. The database itself is reached (and started) at the first use."""
        found = Workspace(Path(workspace).resolve()).create() if workspace else locate()
        if found is None and (db is None or db == "local"):
            raise SettingsError(
                "there is no workspace here",
                hint="Name one: workbench.open('my-case'), or `workbench init DIR`.",
            )
        chosen = load_settings(found.root if found else None, {"db": db, **settings})
        return cls(found, chosen)

    # --- the graph ---------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The connection, with the schema in place."""
        if self._store is None:
            from workbench.graph.migrations import ensure_schema

            self._store, self._server = connect(self.workspace, self.settings)
            ensure_schema(self._store)
        return self._store

    @property
    def server(self) -> LocalServer:
        """The workspace's own Neo4j; raises UsageError where the case works on another database."""
        if self.settings.db != "local" or self.workspace is None:
            raise UsageError(f"the database at {self.settings.db} is not the workbench's to start or stop")
        if self._server is None:
            self._server = local_server(self.workspace, self.settings)
        return self._server

    def close(self) -> None:
        """Close the connection; the local server stops by itself when nobody uses it."""
        if self._store is not None:
            self._store.close()
            self._store = None
        if self._server is not None:
            self._server.detach()
            self._server = None

    def __enter__(self) -> Case:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def py2neo(self) -> py2neo.Graph:
        """A py2neo Graph on the same database (extra `py2neo`; the package is end-of-life upstream)."""
        try:
            import py2neo
        except ImportError:
            raise MissingExtraError("py2neo", "py2neo") from None
        user, secret = self.store.auth
        return py2neo.Graph(self.store.uri, auth=(user, secret), name=self.store.database)

    # --- in ----------------------------------------------------------------------------------------

    def ingest(
        self, *paths: str | Path, progress: Callable[[str, int], None] | None = None, **options: Any
    ) -> IngestReport:
        """Load files (or every file below a folder); returns one run a file, with every row accounted for.

        Options: `as_format` (detected when not given), `source` (id of the source, for files that do not
        say), `network` (of a ledger that does not say it), `tlp`, `accept_shrink`. A file that cannot be
        read at all is reported in `failed`; the others load.
        """
        from workbench.ingest import ingest_paths

        folder = self.workspace.quarantine if self.workspace else Path.cwd() / "quarantine"
        return ingest_paths(self.store, paths, quarantine_folder=folder, progress=progress, **options)

    def load_bundle(self, progress: Callable[[str, int], None] | None = None) -> IngestReport:
        """Load the bundled case: published facts about DPRK thefts, each with its source."""
        from workbench.ingest.bundle import ingest_bundle

        folder = self.workspace.quarantine if self.workspace else None
        return ingest_bundle(self.store, quarantine_folder=folder, progress=progress)

    # --- questions ---------------------------------------------------------------------------------

    @property
    def queries(self) -> QueryLibrary:
        """The shipped saved queries and the workspace's own."""
        if self._library is None:
            from workbench.queries import QueryLibrary
            from workbench.shipped import shipped_folder

            folders = [shipped_folder("queries")]
            if self.workspace and self.workspace.queries.is_dir():
                folders.append(self.workspace.queries)
            self._library = QueryLibrary(folders)
        return self._library

    def query_list(self) -> pd.DataFrame:
        """Every saved query with its title and parameters."""
        import pandas as pd

        saved = [self.queries.get(name) for name in self.queries.names()]
        rows = [(query.name, query.title, ", ".join(query.params), query.maturity) for query in saved]
        return pd.DataFrame(rows, columns=["query", "title", "parameters", "maturity"])

    def query(self, name: str, /, **params: Any) -> pd.DataFrame:
        """The rows of a saved query, for example `case.query("actors/wallets", actor_group="mitre:G0032")`."""
        return self.queries.run(self.store, name, params).to_frame()

    def cypher(self, statement: str, /, **params: Any) -> pd.DataFrame:
        """The rows of your own Cypher, read-only, capped in rows and time (`frame.attrs["capped"]` says so).

        Raises ReadOnlyError for anything that could write or reach outside the graph, LimitError when
        it took too long. Every statement is noted in the workspace's audit log, without its values.
        """
        from workbench.graph.readonly import run_read_only

        result = run_read_only(
            self.store, statement, params,
            limit=self.settings.row_limit, timeout=self.settings.query_timeout, audit=self._audit,
        )  # fmt: skip
        return result.to_frame()

    def write_cypher(self, statement: str, /, *, confirmed: bool = False, **params: Any) -> list[dict[str, Any]]:
        """Run your own Cypher that writes: a separate path, refused unless `confirmed=True`, and audited."""
        from workbench.graph.readonly import run_write

        return run_write(self.store, statement, params, confirmed=confirmed, audit=self._audit)

    def actors(self, name: str, *, view: str | None = None, min_confidence: int = 50) -> pd.DataFrame:
        """Every catalogue's reading of a group's name or alias, each with its source.

        `view`: a catalogue ("mitre", "misp", …) for its reading alone, or "merged" for every group that SAME_AS
        claims of at least `min_confidence` (0-100) make the same as one so named, with those claims. A view
        is a way of looking: nothing is written.
        """
        if view == "merged":
            return self.query("actors/merged", name=name, min_confidence=min_confidence)
        return self.query("actors/names", name=name, **({"catalogue": view} if view else {}))

    # --- analyses ----------------------------------------------------------------------------------

    def trace(
        self, incident: str | Sequence[str] | None = None, *,
        sources: Sequence[str] | Mapping[str, Sequence[str]] | None = None, **options: Any,
    ) -> Trace:  # fmt: skip
        """Follow value from incidents' source wallets, or from `sources`, by five methods, forward or backward.

        See `analysis.tracing.follow.trace` for the options and for what each figure means.
        """
        from workbench.analysis.tracing.follow import trace

        return trace(self.store, sources, incident=incident, **options)

    def bridge_exits(self, trace: Trace, **options: Any) -> BridgeExits:
        """What may have come out of the bridges a trace ends at: candidates with probabilities, never findings."""
        from workbench.analysis.projection import project, transfer_ids
        from workbench.analysis.services import service_claims
        from workbench.analysis.tracing.exits import bridge_exits

        return bridge_exits(
            trace, project(self.store, order=True), service_claims(self.store),
            lambda part, rows: transfer_ids(self.store, part, rows), **options,
        )  # fmt: skip

    def trace_beyond(self, trace: Trace, exits: BridgeExits | None = None, **options: Any) -> Beyond:
        """Where value is if what may have come out of bridges did: probable, and apart from what the trace proves.

        `exits`: of `bridge_exits`; asked for with its own defaults when not given. See `analysis.tracing.beyond`.
        """
        from workbench.analysis.projection import project, transfer_ids
        from workbench.analysis.services import service_claims
        from workbench.analysis.tracing.beyond import trace_beyond
        from workbench.analysis.tracing.sides import rows_in_graph

        return trace_beyond(
            trace, self.bridge_exits(trace) if exits is None else exits, project(self.store, order=True),
            service_claims(self.store), lambda part, rows: transfer_ids(self.store, part, rows),
            rows_of=rows_in_graph(self.store), **options,
        )  # fmt: skip

    def cluster(self, **options: Any) -> Clustering:
        """Group wallets under one control, each link with its reason; see `analysis.clustering.run.cluster`."""
        from workbench.analysis.clustering.run import cluster

        return cluster(self.store, **options)

    def exposure(self, wallets: str | Sequence[str], **options: Any) -> Exposure:
        """What wallets or clusters are, and are near to: groups, sanctions, services; see `analysis.exposure.run`."""
        from workbench.analysis.exposure.run import exposure

        return exposure(self.store, wallets, **options)

    def screen(
        self, addresses: str | Path | Iterable[str], *, column: str | None = None, network: str | None = None,
        **options: Any,
    ) -> Screening:  # fmt: skip
        """Screen a CSV file, or a list, of addresses: every row comes out once; see `analysis.exposure.screen`."""
        from workbench.analysis.exposure.screen import screen
        from workbench.ingest.reading.address_rows import address_rows

        is_file = isinstance(addresses, Path) or (
            isinstance(addresses, str) and (addresses == "-" or Path(addresses).is_file())
        )
        rows: Any = [addresses] if isinstance(addresses, str) else addresses
        if is_file:
            rows = address_rows(str(addresses), column=column, network=network)
        return screen(self.store, rows, network=network, **options)

    def behaviour(self, incident: str | None = None, **options: Any) -> Behaviour:
        """Patterns in how value was moved, each with its transfers; see `analysis.behaviour.run.behaviour`."""
        from workbench.analysis.behaviour.run import behaviour

        return behaviour(self.store, incident=incident, **options)

    def demix(self, incident: str | None = None, **options: Any) -> Demixing:
        """Graded hypotheses of who withdrew what was put into a mixer; see `analysis.demixing.run.demix`."""
        from workbench.analysis.demixing.run import demix

        return demix(self.store, incident=incident, **options)

    def write(self, result: Recordable) -> Written:
        """Record a result in the graph, as claims that end at an Analysis; the same again writes nothing.

        Raises UsageError for what is no such result, or was not computed from this graph. See docs/written-results.md.
        """
        if not hasattr(result, "write"):
            hint = "Write a trace, exposure, screening, behaviour, profile or demixing."
            raise UsageError(f"a {type(result).__name__} cannot be written", hint=hint)
        return result.write(self.store)

    def withdraw(self, analysis: str) -> int:
        """Take back every claim of a recorded analysis, by its id (`analyses/overview` lists them); returns how many.

        They can still be asked as of before. Raises UnknownNameError for an analysis that nobody recorded.
        """
        from workbench.analysis.written import withdraw

        return withdraw(self.store, analysis)

    def attribute(self, incident: str, **options: Any) -> Attribution:
        """Rank the actor groups, and "unknown", that an incident may be ascribed to, with the evidence."""
        from workbench.analysis.attribution.rank import attribute

        return attribute(self.store, incident, **options)

    def sources(self) -> pd.DataFrame:
        """Every data set that was loaded: its source, editions, licence, counts and age in days."""
        return self.query("sources/editions")

    def diff(self, source: str, before: str, after: str) -> pd.DataFrame:
        """The claims of a source that came and went between two editions, ingest runs or times."""
        from workbench.analysis.editions import diff

        return diff(self.store, source, before, after)

    def match_incidents(self, *, least: float = 0.5, write: bool = True) -> pd.DataFrame:
        """Pairs of incidents of different lists that are one theft; see `analysis.matching.incidents`."""
        from workbench.analysis.matching.incidents import match_incidents

        return match_incidents(self.store, least=least, write=write)

    def join_incidents(self, left: str, right: str, *, by: str = "analyst", why: str | None = None) -> None:
        """Decide that two incidents are one theft: a claim of your own beside the computed ones."""
        from workbench.analysis.matching.incidents import decide

        decide(self.store, left, right, same=True, by=by, why=why)

    def split_incidents(self, left: str, right: str, *, by: str = "analyst", why: str | None = None) -> None:
        """Decide that two incidents are different thefts, however alike."""
        from workbench.analysis.matching.incidents import decide

        decide(self.store, left, right, same=False, by=by, why=why)

    def undo_incident_decision(self, left: str, right: str) -> int:
        """Take back what was decided about two incidents; returns how many decisions there were."""
        from workbench.analysis.matching.incidents import undo

        return undo(self.store, left, right)

    def flag_shared_infrastructure(self) -> pd.DataFrame:
        """Record which addresses and hosts lie inside listed VPN exits, clouds and other shared networks."""
        from workbench.analysis.shared_infrastructure import flag_shared

        return flag_shared(self.store)

    def infrastructure_overlap(self, **options: Any) -> Overlap:
        """Infrastructure that several sources name, those that copy one another counted once."""
        from workbench.analysis.matching.infrastructure import infrastructure_overlap

        return infrastructure_overlap(self.store, **options)

    # --- pages -------------------------------------------------------------------------------------

    def map(self, of: Any = None, path: str | Path | None = None, *, title: str = "", **options: Any) -> Path:
        """Draw a map page of a trace, of one or more node ids, or of a `MapData`; returns the page's path."""
        from workbench.views.graph_data import MapData, from_trace, neighbourhood
        from workbench.views.graph_read import marking
        from workbench.views.map import draw

        if isinstance(of, str):
            of = [of]
        if isinstance(of, MapData):
            data = of
        elif hasattr(of, "flows"):
            data = from_trace(of, **{"tlp": marking(self.store), **options})
        elif isinstance(of, Iterable):
            data = neighbourhood(self.store, list(of), **options)
        else:
            raise UsageError("map needs a trace, or the ids of nodes")
        return draw(data, self._out(path, "map.html"), title=title or "Cluster map")

    def report(
        self, name: str, /, path: str | Path | None = None, *, extras: Mapping[str, Any] | None = None, **params: Any
    ) -> Path:  # fmt: skip
        """Write a report from its spec; returns the page's path.

        The blocks `trace` and `attribution` of a spec are computed for the parameter `incident`, unless
        `extras` has them. Raises UnknownNameError for a report nobody has.
        """
        from workbench.report import build_report, find_spec, read_spec
        from workbench.report.analyses import as_extra

        spec = find_spec(name, [self.workspace.reports] if self.workspace else [])
        blocks = {section.name for section in read_spec(spec).sections if section.kind == "block"}
        given = dict(extras or {})
        incident = params.get("incident")
        if incident and "trace" in blocks - given.keys():
            with suppress(UsageError):  # an incident without source wallets has no trace, and the report says so
                given["trace"] = self.trace(str(incident))
        if incident and "attribution" in blocks - given.keys():
            given["attribution"] = self.attribute(str(incident))
        shown = {key: as_extra(value) for key, value in given.items()}
        target = self._out(path, f"{Path(name).stem}.html")
        return build_report(self.store, self.queries, spec, params, target, extras=shown)

    # --- inner -------------------------------------------------------------------------------------

    @property
    def _audit(self) -> Path | None:
        return self.workspace.audit if self.workspace else None

    def _out(self, path: str | Path | None, name: str) -> Path:
        target = Path(path) if path else (self.workspace.out if self.workspace else Path.cwd()) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _repr_html_(self) -> str:
        from html import escape

        where = self.workspace.root.name if self.workspace else self.settings.db
        return f"<b>Case</b> {escape(where)} (database: {escape(self.settings.db)})"
