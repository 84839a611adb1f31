"""What the consolidated lists of the EU and the UN have in common: one XML file, an entry a party."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import ClassVar
from xml.etree.ElementTree import Element

from workbench.errors import InputError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Row
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.xml_stream import items, local, root_of
from workbench.ingest.sanctions.designations import DesignationList, Unknowns


class ConsolidatedList(DesignationList):
    """One edition of a list whose root element names its day."""

    expected = Expected(min_rows=1, max_quarantined_share=0.1)
    root: ClassVar[str]
    entries: ClassVar[tuple[str, ...]]
    """Elements that are a party each."""
    edition_in: ClassVar[str]
    """Attribute of the root with the day of the edition."""
    edition_of: ClassVar[str]
    """The data set."""

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Every entry, then its further names and its wallets; unknown elements are told once."""
        root = root_of(file)
        if root.name != self.root:
            raise InputError(f"the root element is {root.name}, not {self.root}", where=file.name)
        self.begin(self.edition_of, root.attributes.get(self.edition_in, "")[:10] or None, context)
        unknowns = Unknowns(self.reads, self.ignores)
        for number, kind, element in items(file, self.entries):
            unknowns.tell((local(child.tag) for child in element), context)
            yield from self.entry(element, kind, number, context)

    @abstractmethod
    def entry(self, element: Element, kind: str, number: int, context: Context) -> Iterator[Row]:
        """The rows of one entry (`kind` its element, `number` its place in the file)."""
