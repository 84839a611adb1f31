"""Times are aware and in UTC: `datetime.timezone.utc` itself, never a named zone.

The driver mishandles other zone objects (see docs/graph.md), so every time is made here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from workbench.errors import RecordError

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y-%m-%d %H:%M:%S UTC", "%Y-%m", "%Y")


def utc_now() -> datetime:
    """The present instant, in UTC, to the millisecond (what the graph keeps)."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def parse_time(value: str | int | float | date | datetime, *, field: str = "time") -> datetime:
    """An aware UTC time from ISO 8601, the other spellings seen in real files, or Unix seconds.

    A time without an offset is taken as UTC, which is what ledgers mean. Raises RecordError for
    anything else and for instants outside 1970–2200.
    """
    if isinstance(value, datetime):
        parsed = value
    elif isinstance(value, date):
        parsed = datetime(value.year, value.month, value.day)
    elif isinstance(value, int | float):
        parsed = _from_seconds(float(value), field)
    elif isinstance(value, str):
        parsed = _from_text(value.strip(), field)
    else:  # YAML and JSON can have anything in the place of a time
        raise RecordError("not a time", field=field, value=str(value)[:200])
    try:
        parsed = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError:
        raise RecordError("the time is outside 1970 to 2200", field=field, value=str(value)) from None
    if not EARLIEST <= parsed < LATEST:
        raise RecordError("the time is outside 1970 to 2200", field=field, value=str(value))
    return parsed


def _from_text(text: str, field: str) -> datetime:
    if not text:
        raise RecordError("the time is empty", field=field, value=text)
    if text.isascii() and text.isdigit() and len(text) > 8:
        return _from_seconds(float(text), field)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    for form in _FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    raise RecordError("not a time (write 2023-06-02T21:49:23Z)", field=field, value=text[:60])


def _from_seconds(seconds: float, field: str) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise RecordError("not a Unix time in seconds", field=field, value=str(seconds)) from None


def date_precision(text: str) -> str:
    """How precise a written date is: "year", "month", "day" or "time"."""
    raw = text.strip()
    if len(raw) == 4 and raw.isdigit():
        return "year"
    if len(raw) == 7:
        return "month"
    return "day" if len(raw) <= 10 else "time"
