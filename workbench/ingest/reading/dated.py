"""From what day a file is, where the file itself does not say: its name, its folder, or the archive it came in."""

from __future__ import annotations

import re
import zipfile
from datetime import date
from pathlib import Path

from workbench.ingest.reading.files import SourceFile

_DAY = re.compile(r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


def member_day(file: SourceFile) -> date | None:
    """The day a member of a zip archive was last changed, as the archive says; None outside archives."""
    if not file.member:
        return None
    with zipfile.ZipFile(file.path) as archive:
        year, month, day = archive.getinfo(file.member).date_time[:3]
    return date(year, month, day) if year > 1980 else None  # 1980 is what archives say that give no date


def edition_of(file: SourceFile) -> str | None:
    """The day in the name of the file or of its folder (2024-03-01), else that of the archive's member, else None."""
    inside = Path(file.member).parent.name if file.member else ""
    for text in (file.name, inside, file.path.name, file.path.parent.name):
        if match := _DAY.search(text):
            try:
                return date(*(int(part) for part in match.groups())).isoformat()
            except ValueError:
                continue
    day = member_day(file)
    return day.isoformat() if day else None
