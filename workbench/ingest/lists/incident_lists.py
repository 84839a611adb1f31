"""What lists of thefts share: an incident of the list's own, its name, amount and date as the list gives them.

An incident's id is the list's name, the theft's and its day (`defillama:radiant-capital-2024-01-02`): two
thefts from one service in one year are two, and whether two lists mean the same theft is a SAME_AS claim
(`workbench incidents match`), never a coincidence of names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Record
from workbench.ingest.reading.cells import MAX_USD
from workbench.model.amounts import parse_amount
from workbench.model.claims import Named, Reported
from workbench.model.nodes import Incident, Source, slug
from workbench.model.times import date_precision, parse_time

FIRST_THEFT = 2009
_DOLLARS = re.compile(
    r"\$\s?(\d[\d,]*(?:\.\d+)?)\s*(k|m|b|thousand|million|billion)?(?![\w.])", re.IGNORECASE
)  # fmt: skip
_SCALE = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}


def theft_date(text: Any, field: str = "date") -> tuple[datetime | None, str | None]:
    """The date of a theft and how precisely it is given; (None, None) where the cell is empty.

    Raises RecordError for what is no date, and for one before there was any cryptocurrency.
    """
    raw = str(text).strip() if text is not None else ""
    if not raw:
        return None, None
    month = re.fullmatch(r"(\d{4}-\d{2})-(?:XX|xx|\?\?)", raw)
    raw = month[1] if month else raw
    time = parse_time(raw, field=field)
    if time.year < FIRST_THEFT:
        raise RecordError("before there was any cryptocurrency", field=field, value=raw)
    return time, "day" if raw.isdigit() and len(raw) > 4 else date_precision(raw)


def theft(
    source: Source,
    name: str,
    time: datetime | None,
    precision: str | None,
    *,
    context: Context,
    evidence: str | None = None,
    dataset: str | None = None,
    **reported: Any,
) -> tuple[Incident, Iterator[Record]]:
    """The incident, and the records that say what the list says of it: NAMED and REPORTED."""
    written = {"year": "%Y", "month": "%Y-%m"}.get(precision or "", "%Y-%m-%d")
    day = f"-{time.strftime(written)}" if time else ""
    incident = Incident(id=f"{source.id}:{_key(name)}{day}", name=name)

    def records() -> Iterator[Record]:
        says: dict[str, Any] = {
            "source_id": source.id, "tlp": context.tlp, "method": "list", "evidence": evidence or source.url,
            "dataset": dataset or source.id,
        }  # fmt: skip
        yield incident
        yield Named(subject=source.ref, object=incident.ref, name=name, **says)
        yield Reported.model_validate({
            "subject": source.ref, "object": incident.ref, "date": time, "date_precision": precision,
            **reported, **says,
        })  # fmt: skip

    return incident, records()


def _key(name: str) -> str:
    """The name as a part of an id; a name without Latin letters or digits by its hash."""
    try:
        return slug(name)
    except RecordError:
        return hashlib.sha256(name.encode()).hexdigest()[:12]


def dollars(value: Any, field: str, context: Context) -> float | None:
    """A cell with an amount in US dollars, or None, with a remark where it holds something else."""
    raw = str(value).strip() if value is not None else ""
    if not raw:
        return None
    try:
        amount = float(parse_amount(raw, field=field))
    except RecordError as error:
        context.drop(f"the amount is left out: {error.what}", field=field, value=raw)
        return None
    if amount >= MAX_USD:
        context.drop("the amount is left out: more than a trillion dollars", field=field, value=raw)
        return None
    return amount


def dollars_in(text: str) -> float | None:
    """The amount in a text that names exactly one in dollars ("~$118.7K reported"), else None."""
    found = {
        float(number.replace(",", "")) * _SCALE.get(scale.lower(), 1.0) for number, scale in _DOLLARS.findall(text)
    }
    amount = found.pop() if len(found) == 1 else None
    return amount if amount is not None and amount < MAX_USD else None
