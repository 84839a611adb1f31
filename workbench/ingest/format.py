"""What a source format is: the one base class that every file in `sources/` extends.

A format splits a file into raw rows and turns one raw row into records. It never touches the graph
and never decides what happens to a bad row: it raises RecordError, and the run quarantines the row.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, ClassVar, NamedTuple

from workbench.errors import InputError, UnknownNameError
from workbench.ingest.context import Context
from workbench.ingest.reading.files import SourceFile
from workbench.model.claims import Claim
from workbench.model.ledger import Input, Output, Transfer
from workbench.model.nodes import Node

Record = Node | Claim | Transfer | Input | Output
"""What a row becomes. Every row must make at least one claim or transfer: a row is an assertion."""


class Row(NamedTuple):
    """One raw row: where it stands (`line 7`, `tag 3`, `object intrusion-set--…`) and what it says."""

    where: str
    raw: Any


@dataclass(frozen=True)
class Expected:
    """What a whole file of this format is known to hold; outside it nothing is retracted."""

    min_rows: int = 1
    max_quarantined_share: float = 0.5
    max_shrink: float = 0.5
    """The largest share of a data set's live claims that one new edition may drop."""


class Format(ABC):
    """One source format. Instances are made per file, so `self` may hold what the file's header said."""

    name: ClassVar[str]
    title: ClassVar[str]
    doc: ClassVar[str] = ""
    snapshot: ClassVar[bool] = False
    """Whether a file is a whole edition of its data set: what it no longer says is retracted."""
    expected: ClassVar[Expected] = Expected()

    reads: ClassVar[Mapping[str, str]] = {}
    """Fields it reads, and what becomes of each in the graph; with `ignores`, the page of the format."""
    ignores: ClassVar[Mapping[str, str]] = {}
    """Fields it knows and leaves out, and why. One that is in neither is told of as unknown."""

    def __init__(self) -> None:
        self.describes: str | None = getattr(type(self), "describes", None)
        """The key under which it describes nodes, where the format or the file's header decides it; else the
        format's and the file's names. What is described under one key is never changed under another."""
        self.dataset: str | None = None
        """Which data set the file is an edition of; set by `rows` in formats that are snapshots."""
        self.edition: str | None = None
        """The edition's own date or number where the file gives one (ISO 8601 dates, so that they sort); an older
        edition, loaded later, retracts nothing."""
        self.states_status: bool | None = None
        """Of a ledger: whether the file says which of its transactions succeeded."""
        self.header: dict[str, Any] = {}
        """What a raw row needs besides itself; kept in the quarantine file, so JSON types only."""

    @classmethod
    @abstractmethod
    def detect(cls, sample: str, name: str) -> int:
        """How surely the first 64 KiB of text are this format: 0 no, 100 certainly. `name` is the file's name."""

    @classmethod
    def detect_file(cls, file: SourceFile, sample: str) -> int:
        """As `detect`, for the few formats that something beside the file decides."""
        return cls.detect(sample, file.name)

    @classmethod
    def field_docs(cls) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Fields read, and fields left out, for the page of the format."""
        return cls.reads, cls.ignores

    @classmethod
    def companions(cls, file: SourceFile) -> list[SourceFile]:
        """Files beside `file` that are parts of it and are read with it, never alone; [] for most formats.

        A file that is only looked up (times of blocks, say) is no companion: see `SourceFile.beside`.
        """
        return []

    @abstractmethod
    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """The raw rows (JSON types), in order; raises InputError when the file as a whole makes no sense."""

    @abstractmethod
    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What one raw row says; raises RecordError to have it quarantined."""


@dataclass
class Formats:
    """Every format there is, found by path."""

    by_name: dict[str, type[Format]] = field(default_factory=dict)

    def named(self, name: str) -> type[Format]:
        """The format of a name; raises UnknownNameError with the nearest ones."""
        try:
            return self.by_name[name]
        except KeyError:
            raise UnknownNameError("format", name, self.by_name) from None

    def detect(self, file: SourceFile) -> type[Format]:
        """The format that is surest of the file; raises InputError when none is sure at all."""
        sample = file.sample()
        if not sample.strip("\ufeff \t\r\n"):
            raise InputError("the file is empty: no rows in it", where=file.name)
        sure = sorted(
            ((fmt.detect_file(file, sample), fmt.name) for fmt in self.by_name.values()),
            key=lambda x: (-x[0], x[1]),
        )
        if not sure or sure[0][0] <= 0:
            raise InputError(
                "no known format",
                where=file.name,
                hint="`workbench formats` lists them; --as NAME forces one.",
            )
        return self.by_name[sure[0][1]]


@lru_cache(maxsize=1)
def formats() -> Formats:
    """Imports every module of `workbench.ingest.sources` and collects the formats in them."""
    import workbench.ingest.sources as package

    found = Formats()
    for info in iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Format) and "name" in vars(value):
                found.by_name[value.name] = value
    return found
