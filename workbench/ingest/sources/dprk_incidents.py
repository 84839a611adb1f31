"""Two lists of thefts given to DPRK actors: what authorities stated, and one researcher's list.

`official-attributions`: one row is one authority's statement about one theft. Every group it names gets an
ATTRIBUTED_TO claim under that statement; groups that one statement names together get a SAME_AS claim of low
confidence (method "named-together": the statement may mean one group, or several). Joint statements keep
all their authorities as publisher. The dates of theft were compiled from the statements and, where they give
none, from lists; the claim's method says so. Who is an authority is decided by where the statement stands: on
a government's host. A statement quoted elsewhere is the word of that site's user, under an id of its own, and
the groups it names are not the FBI's.

`documented-incidents`: one row is one theft of the researcher's list, which names no group, only DPRK actors.

Only the lists as they were published are recognised by themselves: anybody may fill a table with these headers,
and has to say `--as` to speak in these names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from itertools import combinations
from typing import Any, cast

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.lists.graphsense import host_of, is_government, web_source
from workbench.ingest.reading.cells import MAX_USD
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import row_cells, rows_by_column
from workbench.ingest.sources.fbi_bybit import AUTHORITY_CONFIDENCE
from workbench.model.amounts import parse_amount
from workbench.model.claims import AttributedTo, DerivedFrom, Involves, Named, Reported, SameAs
from workbench.model.nodes import ActorGroup, Incident, Service, Source, SourceKind, incident_id, slug
from workbench.model.times import date_precision, parse_time

NAMED_TOGETHER_CONFIDENCE = 40
RESEARCHER_CONFIDENCE = 50
_FBI = frozenset(("fbi", "fbi-ic3", "ic3", "federal-bureau-of-investigation"))
_OFFICIAL = (
    "incident", "theft_date", "amount_usd_as_stated", "attributed_to", "authority", "statement_date", "url", "note",
)  # fmt: skip
_DOCUMENTED = ("date", "kind", "incident", "amount_usd")
_KINDS = {"": None, "key": "key", "wallet": "wallet", "job": "job"}
_LAUNDERED = re.compile(r"names laundering through ([\w.\- ]{2,40})\Z")
_FIRST_THEFT = 2009


# The list does not say which dates are the statement's own and which come from incident lists, so no
# authority is made to have said one.
_COMPILED = Source(
    id="official-attributions-dates", title="Dates of theft compiled beside the authorities' statements",
    publisher="attribution-workbench", kind="researcher", licence="facts",
)  # fmt: skip


class OfficialAttributions(Format):
    """Statements of authorities about thefts."""

    name = "official-attributions"
    title = "Authorities' statements about thefts (CSV)"
    doc = "One row: one statement about one theft, with the groups it names and its address."

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The list as it was published; the header alone could be anybody's."""
        return 95 if _is_published(sample, "official_attributions.csv") else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column."""
        yield from rows_by_column(file, _OFFICIAL)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The statement as a source, the theft, and what the statement says about it."""
        cells = row_cells(raw)
        stated = _date(cells, "statement_date")
        authorities = _parts(cells["authority"], "authority")
        url, host = _url(cells["url"])
        id_, kind = slug(" ".join([*authorities, f"{stated:%Y-%m-%d}"])), "authority"
        catalogue = "fbi" if any(slug(name) in _FBI for name in authorities) else slug(authorities[0])
        confidence: int | None = AUTHORITY_CONFIDENCE
        if not is_government(host):
            reason = "not the host of a government; kept as somebody's word about the statement"
            context.warn(reason, field="url", value=url)
            id_, kind, catalogue, confidence = f"{id_}-via-{slug(host)}", "user", slug(host), None
        groups = [_group(name, catalogue) for name in _parts(cells["attributed_to"], "attributed_to")]
        theft, incident = _theft(cells["incident"], cells["theft_date"], "theft_date")
        amount = _dollars(cells["amount_usd_as_stated"], "amount_usd_as_stated", context)
        source = Source(
            id=id_,
            title=f"Statement of {stated:%d %B %Y}", publisher="; ".join(authorities), kind=cast(SourceKind, kind),
            url=url, published=stated, licence="public statement of an authority; facts",
        )  # fmt: skip
        context.source(source)
        says: dict[str, Any] = {"source_id": source.id, "tlp": context.tlp, "evidence": cells["url"]}
        sure = {**says, "confidence": confidence}
        yield incident
        yield Named(subject=source.ref, object=incident.ref, name=incident.name, **sure)
        yield Reported(
            subject=source.ref, object=incident.ref, amount_usd=amount,
            amount_text=cells["amount_usd_as_stated"] or None, stated_on=stated, **sure,
        )  # fmt: skip
        if theft:
            compiled = context.source(_COMPILED)
            yield Reported(
                subject=_COMPILED.ref, object=incident.ref, source_id=compiled, tlp=context.tlp, date=theft,
                date_precision=date_precision(cells["theft_date"]), method="compiled", evidence=cells["url"],
            )  # fmt: skip
        for group in groups:
            yield group
            yield Named(subject=source.ref, object=group.ref, name=group.name, **sure)
            yield AttributedTo(subject=incident.ref, object=group.ref, **sure)
        together = {**says, "confidence": NAMED_TOGETHER_CONFIDENCE, "method": "named-together"}
        for one, other in combinations(sorted(group.ref for group in groups), 2):
            yield SameAs(subject=one, object=other, **together)
        if page := web_source(cells["url"]):  # so that other sources that cite the page are seen to repeat it
            yield page
            yield DerivedFrom(subject=page.ref, object=source.ref, **{**says, "method": "the statement's own page"})
        if match := _LAUNDERED.match(cells["note"]):
            service = Service(id=slug(match[1]), name=match[1])
            yield service
            yield Involves(subject=incident.ref, object=service.ref, role="laundering", **sure)


class DocumentedIncidents(Format):
    """A researcher's list of thefts attributed to DPRK actors."""

    name = "documented-incidents"
    title = "Researcher's list of DPRK thefts (CSV)"
    doc = "One row: a theft the list gives to DPRK actors, with its date and amount."
    source = Source(
        id="tayvano-lazarus-research", title="lazarus-bluenoroff-research: Breakdown of Incidents",
        publisher="tayvano", kind="researcher", url="https://github.com/tayvano/lazarus-bluenoroff-research",
        licence="none stated; dates, names and amounts only",
    )  # fmt: skip
    group = ActorGroup(
        id="tayvano:dprk-actors", name="DPRK actors", catalogue="tayvano",
        description="The list's own wording: thefts attributed to DPRK actors, no group named.",
    )  # fmt: skip

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """The list as it was published; the header alone could be anybody's."""
        return 95 if _is_published(sample, "documented_incidents.csv") else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every row by column."""
        context.source(self.source)
        yield from rows_by_column(file, _DOCUMENTED)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The theft, its names, date and amount, and that the list gives it to DPRK actors."""
        cells = row_cells(raw)
        first, *others = re.split(r"\s+aka\s+", cells["incident"])
        date, incident = _theft(first, cells["date"], "date")
        if cells["kind"] not in _KINDS:
            raise RecordError("not a kind this list has", field="kind", value=cells["kind"])
        amount = _dollars(cells["amount_usd"], "amount_usd", context)
        says: dict[str, Any] = {
            "source_id": self.source.id, "tlp": context.tlp, "confidence": RESEARCHER_CONFIDENCE,
            "method": "researcher's list", "evidence": self.source.url,
        }  # fmt: skip
        source = self.source.ref
        yield incident
        yield Named(subject=source, object=incident.ref, name=incident.name, **says)
        for alias in others:
            yield Named(subject=source, object=incident.ref, name=alias, kind="alias", **says)
        yield Reported(
            subject=source, object=incident.ref, amount_usd=amount, amount_text=cells["amount_usd"] or None,
            date=date, date_precision=date_precision(cells["date"]) if date else None,
            category=_KINDS[cells["kind"]], **says,
        )  # fmt: skip
        yield self.group
        yield Named(subject=source, object=self.group.ref, name=self.group.name, **says)
        yield AttributedTo(subject=incident.ref, object=self.group.ref, **says)


def _theft(name: str, date: str, field: str) -> tuple[datetime | None, Incident]:
    if not name:
        raise RecordError("the cell is empty", field="incident", value="")
    time = parse_time(date, field=field) if date else None
    if time and time.year < _FIRST_THEFT:
        raise RecordError("before there was any cryptocurrency", field=field, value=date)
    return time, Incident(id=incident_id(name, time.year if time else None), name=name)


def _dollars(text: str, field: str, context: Context) -> float | None:
    """The amount, or None with a remark: a bad amount does not make the rest of the row untrue."""
    if not text:
        return None
    try:
        amount = parse_amount(text, field=field)
    except RecordError as error:
        context.drop(f"the amount is left out: {error.what}", field=field, value=text)
        return None
    if amount >= MAX_USD:
        context.drop("the amount is left out: more than a trillion dollars", field=field, value=text)
        return None
    return float(amount)


def _date(cells: dict[str, str], field: str) -> datetime:
    return parse_time(cells[field], field=field)


def _parts(text: str, field: str) -> list[str]:
    parts = list(dict.fromkeys(part.strip() for part in text.split(";") if part.strip()))
    if not parts:
        raise RecordError("the cell is empty", field=field, value=text)
    return parts


def _group(name: str, catalogue: str) -> ActorGroup:
    """A group as those call it who made the statement: the FBI, alone or with others, or another authority."""
    return ActorGroup(id=f"{catalogue}:{slug(name)}", name=name, catalogue=catalogue)


def _url(text: str) -> tuple[str, str]:
    """The address of a statement, and its host."""
    host = host_of(text)
    if not text.startswith(("https://", "http://")) or not host or re.search(r"[\s\\]", text):
        raise RecordError("not the address of a statement", field="url", value=text)
    return text, host


@lru_cache(maxsize=2)
def _published(name: str) -> frozenset[str]:
    """The lines of a bundled list, its header included."""
    text = files("workbench.bundled").joinpath("dprk-incidents", name).read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines())


def _is_published(sample: str, name: str) -> bool:
    """Whether every whole line of a sample stands in the bundled list, in any order after the header."""
    lines = [line for line in (line.strip("\ufeff \t\r\n") for line in sample.splitlines()) if line]
    return len(lines) > 1 and _published(name).issuperset(lines[:-1] if len(sample) > 60_000 else lines)
