"""The README of DeFiHackLabs: a table of contents `[20240102 Radiant Capital](#…)`, and headings with details.

Each entry of the contents becomes an Incident of the list's own with NAMED and REPORTED; where the page has its
heading (`### 20240102 Radiant Capital - …`, `### Lost: …`; those of earlier years are on pages of their own) the
cause, the loss and the test that reproduces it are added. The loss is kept in the list's words; as dollars only
where it names exactly one figure in dollars.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Format, Record, Row
from workbench.ingest.lists.incident_lists import dollars_in, theft, theft_date
from workbench.ingest.reading.fields import Fields
from workbench.ingest.reading.files import SourceFile
from workbench.model.nodes import Source

SOURCE = Source(
    id="defihacklabs", title="DeFiHackLabs: list of DeFi hacks & POCs", publisher="SunWeb3Sec", kind="researcher",
    url="https://github.com/SunWeb3Sec/DeFiHackLabs", licence="Apache-2.0",
)  # fmt: skip
_ENTRY = re.compile(r"\[(\d{8})\s+([^\]]+?)\s*\]\(([^)]{0,300})\)\s*\Z")
_HEADING = re.compile(r"#{2,4}\s+(\d{8})\s+(.+?)\s*\Z")
_LOST = re.compile(r"#{2,5}\s*(?:Total\s+)?Lost\s*:?\s*(.*?)\s*\Z", re.IGNORECASE)
_TEST = re.compile(r"\((src/test/[\w./-]{1,200}\.sol)\)")


class DefiHackLabs(Format):
    """One edition of the README, or an older year's page of it."""

    name = "defihacklabs"
    title = "DeFiHackLabs README (Markdown)"
    doc = "One entry: one attack, with its date, and where the page has it what was lost, in the list's words."
    expected = Expected(min_rows=1)
    reads = {
        "[YYYYMMDD Name](…)": "Incident, NAMED, REPORTED.date",
        "### YYYYMMDD Name - cause": "the same; REPORTED.technique",
        "### Lost:": "REPORTED.amount_text; amount_usd where exactly one figure is in dollars",
        "src/test/….sol": "evidence of the claims",
    }  # fmt: skip
    ignores = {"forge test …": "how to run the test"}

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Headings, or links to headings, that begin with a day, and the list's own words."""
        dated = re.search(r"^(?:#{2,4} |\[)20\d{6} \S", sample, re.MULTILINE)
        return 90 if dated and ("DeFiHackLabs" in sample or re.search(r"^#+ Lost", sample, re.MULTILINE)) else 0

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every entry of the contents with what the page says below its heading, then headings without an entry."""
        context.source(SOURCE)
        self.dataset = SOURCE.id
        entries: list[tuple[int, dict[str, str]]] = []
        headings: dict[str, tuple[int, dict[str, str]]] = {}
        row: dict[str, str] = {}
        with file.text() as lines:
            for number, line in enumerate(lines, 1):
                text = line.strip()[:2_000]
                if entry := _ENTRY.match(text):
                    entries.append((number, {"date": entry[1], "heading": entry[2], "link": entry[3]}))
                elif heading := _HEADING.match(text):
                    row = {"date": heading[1], "heading": heading[2]}
                    headings.setdefault(_anchor(f"{heading[1]} {heading[2]}"), (number, row))
                elif row and "lost" not in row and (lost := _LOST.match(text)):
                    row["lost"] = lost[1]
                elif row and "test" not in row and (test := _TEST.search(text)):
                    row["test"] = test[1]
        for number, found in entries:
            _, more = headings.pop(found["link"].partition("#")[2], (0, {}))
            yield Row(f"line {number}", {**found, **more})
        for number, found in headings.values():
            yield Row(f"line {number}", found)

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """The attack as the list has it."""
        fields = Fields(raw, "heading")
        date, heading = fields.required("date"), fields.required("heading", most=500)
        lost, test, link = fields.text("lost"), fields.text("test"), fields.text("link")
        name, _, cause = heading.partition(" - ")
        day = f"{date[:4]}-{date[4:6]}-{date[6:]}"
        if day.endswith("-00"):
            day = day[:-3]
            context.warn("the day is 00: taken as a date of which only the month is known", field="date", value=date)
        time, precision = theft_date(day)
        if not name.strip():
            raise RecordError("no name in the heading", field="heading", value=heading)
        _, records = theft(
            SOURCE, name.strip(), time, precision, context=context, technique=cause.strip() or None,
            evidence=f"{SOURCE.url}/blob/main/{test}" if test else _page(link),
            amount_text=lost, amount_usd=dollars_in(lost) if lost else None,
        )  # fmt: skip
        return records


def _page(link: str | None) -> str | None:
    """The page of the repository that a link of the contents leads to."""
    path = (link or "").partition("#")[0]
    return f"{SOURCE.url}/blob/main/{path}" if re.fullmatch(r"[\w./-]{1,100}\.md", path) else None


def _anchor(heading: str) -> str:
    """The anchor GitHub gives a heading: lower case, without punctuation, blanks as hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
