"""Reads FollowTheMoney entities as OpenSanctions writes them: one JSON object a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.json_text import parse_json
from workbench.ingest.sanctions.authorities import OF_DATASET
from workbench.model.nodes import Source, slug
from workbench.model.times import parse_time

OPENSANCTIONS = Source(
    id="opensanctions",
    title="OpenSanctions, entities merged out of several data sets",
    publisher="OpenSanctions",
    kind="catalogue",
    url="https://www.opensanctions.org",
    licence="CC BY-NC 4.0",
)
DESIGNATED = frozenset(("sanction", "sanction.counter", "wanted"))
"""Topics by which an authority publicly designates somebody; `sanction.linked`, `poi` or `role.pep` are none."""
SANCTIONED = frozenset(("sanction", "sanction.counter"))
_DATASET = re.compile(r"[a-z0-9][a-z0-9_]{0,59}\Z")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,199}\Z")
_ENDED = re.compile(
    r"\b(?:de-?\s?list|remov|expir|revok|revoc|lift|inactiv|not (?:active|in force)|no longer|terminat|cancel|repeal|"
    r"rescind|annul|withdr|suspend|ended|ceas|former|clos|lapsed|archiv|historic)",
    re.IGNORECASE,
)
"""Words of the lists for a sanction that is no longer in force (a suspended one is not either)."""
_IN_FORCE = re.compile(r"(?:active|current|in force|in effect|effective|listed|valid|ongoing|permanent)", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:T[\d:.+Z-]*)?\Z")


@dataclass(frozen=True)
class Entity:
    """One line: what it is, whose it is, and its properties, each a list."""

    id: str
    schema: str
    caption: str
    datasets: tuple[str, ...]
    properties: Mapping[str, Any]
    raw: Mapping[str, Any]

    @classmethod
    def of(cls, raw: Any) -> Entity:
        """Check what every entity has to have; raises RecordError."""
        if not isinstance(raw, dict):
            raise RecordError("not an entity: an object with id, schema and properties", value=raw)
        properties, datasets = raw.get("properties"), raw.get("datasets")
        if not isinstance(raw.get("id"), str) or not _ID.match(raw["id"]):
            raise RecordError("not the id of an entity", field="id", value=raw.get("id"))
        if not isinstance(raw.get("schema"), str) or not isinstance(properties, dict):
            raise RecordError("an entity needs a schema and properties", field="properties", value=properties)
        if not isinstance(datasets, list) or not all(isinstance(d, str) and _DATASET.match(d) for d in datasets):
            raise RecordError("an entity needs the names of its data sets", field="datasets", value=datasets)
        if strange := [name for name, found in properties.items() if not isinstance(found, list)]:
            raise RecordError(f"{strange[0]} is not a list", field=strange[0][:100], value=properties[strange[0]])
        caption = raw.get("caption")
        return cls(raw["id"], raw["schema"], caption if isinstance(caption, str) else "",
                   tuple(sorted(set(datasets))), properties, raw)  # fmt: skip

    def values(self, name: str) -> list[str]:
        """The texts of a property."""
        return [value for value in self.properties.get(name, []) if isinstance(value, str) and value.strip()]

    def ids(self, name: str) -> list[str]:
        """The ids of the entities a property refers to, nested ones by their own id."""
        nested = [value.get("id") for value in self.properties.get(name, []) if isinstance(value, dict)]
        return [*self.values(name), *(id_ for id_ in nested if isinstance(id_, str))]


@dataclass
class Index:
    """What has to be known of the other entities to read one."""

    kept: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    """People and organisations that are loaded: id → label and data sets."""
    wallets: dict[str, tuple[list[str], str | None]] = field(default_factory=dict)
    """Wallets: id → addresses and asset."""
    sanctioned_by: dict[str, set[str]] = field(default_factory=dict)
    """Who has a Sanction of their own: id → data sets."""
    datasets: set[str] = field(default_factory=set)
    last_seen: str | None = None

    @classmethod
    def of(cls, entities: Iterable[tuple[str, Entity | str]], kinds: Mapping[str, str]) -> Index:
        """Read everything once."""
        index = cls()
        undecided: dict[str, tuple[str, tuple[str, ...]]] = {}
        for _, entity in entities:
            if not isinstance(entity, str):  # that one is told of when the row itself is read
                index._note(entity, kinds, undecided)
        index.kept |= {id_: end for id_, end in undecided.items() if id_ in index.sanctioned_by}
        return index

    def _note(self, entity: Entity, kinds: Mapping[str, str], undecided: dict[str, Any]) -> None:
        self.datasets.update(entity.datasets)
        seen = entity.raw.get("last_seen")
        if isinstance(seen, str) and _DAY.match(seen):
            self.last_seen = max(self.last_seen or "", seen[:10])
        if entity.schema in kinds:
            may_be_a_person = kinds[entity.schema] in ("person", "legal")
            end = ("Person" if kinds[entity.schema] == "person" else "Organisation", entity.datasets)
            topics = entity.values("topics")
            if not may_be_a_person or DESIGNATED & set(topics):
                self.kept[entity.id] = end
            elif not topics or any(not topic.startswith("role.") for topic in topics):
                undecided[entity.id] = end  # a politician is never kept in mind, only counted
        elif entity.schema == "Sanction":
            for id_ in entity.ids("entity"):
                self.sanctioned_by.setdefault(id_, set()).update(entity.datasets)
        elif entity.schema == "CryptoWallet":
            assets = [*entity.values("currency"), *entity.values("currencySymbol")]
            self.wallets[entity.id] = (entity.values("publicKey"), assets[0] if assets else None)


def read_lines(file: SourceFile) -> Iterator[tuple[str, Entity | str]]:
    """Every line with its place; the text of one that is no entity."""
    with file.text() as lines:
        for number, line in enumerate(lines, 1):
            if not (text := line.strip("\ufeff \t\r\n")):
                continue
            try:
                yield f"line {number}", Entity.of(parse_json(text, file.name))
            except (InputError, RecordError):
                yield f"line {number}", text


@lru_cache(maxsize=1_000)
def source_of(dataset: str) -> Source:
    """The data set as a source."""
    return Source(
        id=f"opensanctions-{slug(dataset)}", title=f"OpenSanctions data set {dataset}", publisher="OpenSanctions",
        kind="catalogue", url=f"https://www.opensanctions.org/datasets/{dataset}/", licence="CC BY-NC 4.0",
    )  # fmt: skip


def authority_of(dataset: str) -> Source | None:
    """The authority whose list the data set copies, where it is one this workbench knows."""
    return OF_DATASET.get(dataset)


def speaker_of(datasets: Sequence[str]) -> Source:
    """Who says what an entity says: its data set, or OpenSanctions where it was merged of several."""
    return source_of(datasets[0]) if len(datasets) == 1 else OPENSANCTIONS


def dates_of(entity: Entity, context: Context) -> dict[str, datetime | None]:
    """From when to when; a date without a day says nothing about a day, and is told."""
    begin = _days(entity, "listingDate", context) or _days(entity, "startDate", context)
    end = _days(entity, "endDate", context)
    return {"valid_from": min(begin, default=None), "valid_to": max(end, default=None)}


def ended_somewhen(entity: Entity, context: Context) -> bool:
    """Whether a sanction is called ended while no day of its end is given; told, like a status nobody has met."""
    for status in entity.values("status"):
        if _ENDED.search(status):
            told = "called ended, without a day of its end: kept as published, not as sanctioned"
            context.warn(told, field="status", value=status)
            return True
        if not _IN_FORCE.fullmatch(status.strip()):
            context.warn(
                "a status this format does not know: the listing stands by its dates", field="status", value=status
            )
    if ends := entity.values("endDate"):
        told = "it ends on no day that is stated: kept as published, not as sanctioned"
        context.warn(told, field="endDate", value="; ".join(ends))
    return bool(ends)


def _days(entity: Entity, name: str, context: Context) -> list[datetime]:
    found = []
    for text in entity.values(name):
        if _DAY.match(text):
            found.append(parse_time(text, field=name))
        else:
            context.warn("a date without a day is left out", field=name, value=text)
    if len(found) > 1:
        context.warn("several dates: the widest span is taken", field=name, value="; ".join(entity.values(name)))
    return found
