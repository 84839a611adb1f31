"""What a format may say besides records: who the source is, and what was odd about a row."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from workbench.model.confidence import Tlp
from workbench.model.nodes import Source, SourceMention

Action = Literal["quarantined", "warned", "dropped"]
_SHOWN = 200


@dataclass(frozen=True)
class Issue:
    """Something about one value of one row, kept with the run."""

    where: str
    field: str | None
    value: str | None
    reason: str
    action: Action

    def to_json(self) -> dict[str, Any]:
        """As the command line prints it."""
        return asdict(self)


@dataclass
class Context:
    """One per file. `row_source` and `tlp` are what the user said about the file on the command line."""

    source_name: str | None = None
    """`--source`: the id of the source, where the file does not say it."""
    tlp: Tlp = "clear"
    network: str | None = None
    """`--network`: the network of a ledger, where the file does not say it."""
    where: str = ""
    issues: list[Issue] = field(default_factory=list)
    sources: dict[str, Source] = field(default_factory=dict)
    main_source: str | None = None
    """The source that ledger rows and the run are booked under: the first one that was declared."""

    def source(self, source: Source) -> str:
        """Declare who says what follows; returns the source's id. The first description in a file stands."""
        if isinstance(self.sources.get(source.id), SourceMention) or source.id not in self.sources:
            self.sources[source.id] = source
        if self.main_source is None:
            self.main_source = source.id
        return source.id

    def forget_sources(self, kept: int) -> None:
        """Take back sources that were declared by a row that turned out bad; the first `kept` stay."""
        for source_id in list(self.sources)[kept:]:
            del self.sources[source_id]
            if self.main_source == source_id:
                self.main_source = None

    def warn(self, reason: str, *, field: str | None = None, value: object = None) -> None:
        """Note something odd about the present row, which is loaded all the same."""
        self._note("warned", reason, field, value)

    def drop(self, reason: str, *, field: str | None = None, value: object = None) -> None:
        """Note that one value of the present row is left out, while the rest of the row is loaded."""
        self._note("dropped", reason, field, value)

    def quarantine(self, reason: str, *, field: str | None = None, value: object = None) -> None:
        """Note that the present row is quarantined (the run calls this)."""
        self._note("quarantined", reason, field, value)

    def _note(self, action: Action, reason: str, field: str | None, value: object) -> None:
        shown = None if value is None else str(value)
        if shown is not None and len(shown) > _SHOWN:
            shown = shown[:_SHOWN] + "…"
        self.issues.append(Issue(self.where, field, shown, reason, action))
