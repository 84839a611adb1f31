"""Builds a report: one HTML page in which every figure and every cell links to its evidence."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from workbench.errors import InputError, UnknownNameError, nearest_hint
from workbench.graph.store import Result, Store
from workbench.queries.parameters import bind
from workbench.report import cells
from workbench.report.blocks import Block, as_block
from workbench.report.evidence import NOT_CONTENT, Exhibit, accounting, cited, marking
from workbench.report.markup import PARAM, Figure, render, substitute
from workbench.report.spec import ReportSpec, Section, bound, heading, read_spec
from workbench.views.text import visible

if TYPE_CHECKING:
    from workbench.queries import SavedQuery

ROWS_SHOWN = 30
"""Rows of a table in the text; the evidence has all of them."""
EMPTY = "The query found nothing: the graph holds no such statement. That is not a finding that there is none."
ABSENT = "This part was not computed for this report."


class Library(Protocol):
    """What a report needs of the query library."""

    def get(self, name: str) -> SavedQuery: ...

    def run(
        self, store: Store, name: str, parameters: Mapping[str, Any] | None = None, *, limit: int | None = None
    ) -> Result: ...


def build_report(
    store: Store,
    library: Library,
    spec_path: str | Path,
    params: Mapping[str, Any],
    out_path: str | Path,
    *,
    extras: Mapping[str, Any] | None = None,
    generated: date | None = None,
) -> Path:
    """Write the report of a spec and return its path.

    `params` are the report's parameters (text is converted); `extras` are results for the spec's block
    sections, by name: a DataFrame, a text, a `Block`, or anything with `report_parts()`. `generated` is the date
    to print; without it the page has none, and the same graph gives the same bytes.

    Raises InputError for a spec that is wrong, ParameterError, UnknownNameError, and what the store raises.
    """
    spec = read_spec(spec_path)
    values = bind(spec.params, params, query=str(spec_path))
    target = Path(out_path)
    page = _Builder(store, library, spec, values, dict(extras or {})).page(generated)
    target.write_text(page, encoding="utf-8", newline="\n")
    return target


class _Builder:
    def __init__(
        self, store: Store, library: Library, spec: ReportSpec, values: Mapping[str, Any], extras: Mapping[str, Any]
    ) -> None:
        self.store = store
        self.spec = spec
        self.values = values
        self.exhibits: list[Exhibit] = []
        self.by_id: dict[str, Exhibit] = {}
        self.blocks: dict[str, tuple[Block, list[Exhibit]]] = {}
        for section in spec.sections:
            if section.kind == "query":
                self.by_id[section.id] = self._run(library, section)
            elif section.kind == "block" and section.name in extras:
                self.blocks[section.name] = self._block(section, as_block(extras[section.name]))
        for name in extras:
            if name not in {section.name for section in spec.sections}:
                raise UnknownNameError("block of this report", name, [s.name for s in spec.sections if s.name])
        self.sources = cited(store, self.exhibits)

    def page(self, generated: date | None) -> str:
        """The HTML."""
        from jinja2 import Environment, StrictUndefined

        tlp = marking(self.store, self.exhibits, self.spec.tlp).upper()
        css = _own("report.css").replace("TLP:MARKING", f"TLP:{tlp}")  # on every printed page
        style = "sha256-" + base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        environment.globals.update(
            shown=cells.shown,
            visible=visible,
            heading=heading,
            web_address=cells.web_address,
            cell=self._evidence_cell,
            look=cells.look,
        )
        return environment.from_string(_own("report.html.j2")).render(
            title=visible(self._plain(self.spec.title), 300),
            doc=self.spec.doc,
            tlp=tlp,
            params={name: cells.shown(value) for name, value in self.values.items() if value is not None},
            sections=[self._section(i, section) for i, section in enumerate(self.spec.sections, 1)],
            exhibits=self.exhibits,
            sources=list(self.sources.values()),
            generated=generated.isoformat() if generated else None,
            css=css,
            style_hash=style,
        )

    # --- evidence ----------------------------------------------------------------------------------

    def _run(self, library: Library, section: Section) -> Exhibit:
        where = f"{self.spec.path}: section {section.id}"
        query = library.get(section.query)
        result = library.run(self.store, section.query, bound(section, self.values), limit=section.limit)
        for name in section.columns or ():
            if name not in result.columns:
                raise InputError(f"{section.query} has no column {name!r}", where=where,
                                 hint=nearest_hint(name, result.columns))  # fmt: skip
        keep = tuple(c for c in result.columns if c not in NOT_CONTENT or c in (section.columns or ()))
        rows = [{c: record[c] for c in keep} for record in result.records()]
        return self._exhibit(
            title=query.title, columns=keep, rows=rows, query=section.query, statement=query.statement,
            params=bound(section, self.values), capped=result.capped,
        )  # fmt: skip

    def _block(self, section: Section, block: Block) -> tuple[Block, list[Exhibit]]:
        made = []
        for caption, frame in block.tables.items():
            columns = tuple(map(str, frame.columns))
            rows = [dict(zip(columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]
            made.append(
                self._exhibit(
                    title=caption or section.heading or section.name, columns=columns, rows=rows,
                    method=block.method, error_rate=block.error_rate,
                )
            )  # fmt: skip
        return block, made

    def _exhibit(self, **content: Any) -> Exhibit:
        exhibit = Exhibit(number=len(self.exhibits) + 1, **content)
        self.exhibits.append(exhibit)
        return exhibit

    def _evidence_cell(self, row: Mapping[str, Any], column: str) -> Markup:
        """A cell of the appendix: sources lead to the list of sources, addresses out of the page."""
        value = row[column]
        if cells.is_source_column(column) and cells.source_ids(value):
            return Markup("; ").join(self._source(id_) for id_ in cells.source_ids(value))
        text = cells.shown(value, column, row)
        if address := cells.web_address(value):
            return Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(address, text)
        return Markup("{}").format(text)

    def _source(self, id_: str) -> Markup:
        source = self.sources.get(id_)
        if source is None:
            return Markup("{} (not described in the graph)").format(visible(id_, 120))
        return Markup('<a href="#{}">{}</a>').format(source.anchor, visible(id_, 120))

    # --- sections ----------------------------------------------------------------------------------

    def _section(self, number: int, section: Section) -> dict[str, Any]:
        where = f"{self.spec.path}: section {number}"
        made: dict[str, Any] = {
            "kind": section.kind, "anchor": f"section{number}", "heading": self._plain(section.heading),
            "text": render(section.text, self._figure, where=where), "background": section.background,
            "evidence": [self.by_id[name] for name in section.evidence], "tables": [], "note": "", "block": None,
        }  # fmt: skip
        if section.kind == "query":
            exhibit = self.by_id[section.id]
            made["tables"] = [self._table(exhibit, section.columns, self._plain(section.caption))]
            made["note"] = self._plain(section.empty or EMPTY) if not exhibit.rows else ""
        elif section.kind == "block":
            block, exhibits = self.blocks.get(section.name, (None, []))
            made["block"] = block
            made["image"] = base64.b64encode(block.image).decode() if block and block.image else None
            made["note"] = "" if block else self._plain(section.empty or ABSENT)
            made["tables"] = [self._table(exhibit, None, exhibit.title) for exhibit in exhibits]
        elif section.kind == "accounting":
            made["runs"] = accounting(self.store)
        elif section.kind == "limits":
            made["capped"] = [exhibit for exhibit in self.exhibits if exhibit.capped]
        return made

    def _table(self, exhibit: Exhibit, columns: Mapping[str, str] | None, caption: str) -> dict[str, Any]:
        chosen = columns or {name: heading(name) for name in exhibit.columns}
        rows = [
            [
                {"html": self._cell(exhibit, i, row, name), "look": cells.look(row[name])}
                for name in chosen
            ]
            for i, row in enumerate(exhibit.rows[:ROWS_SHOWN])
        ]  # fmt: skip
        return {"exhibit": exhibit, "caption": caption, "rows": rows,
                "headings": [(words, any(cells.numeric(row[name]) for row in exhibit.rows))
                             for name, words in chosen.items()],
                "more": len(exhibit.rows) - len(rows)}  # fmt: skip

    def _cell(self, exhibit: Exhibit, i: int, row: Mapping[str, Any], column: str) -> Markup:
        text = cells.shown(row[column], column, row)
        return Markup('<a class="cell" href="#{}">{}</a>').format(exhibit.row_anchor(i), text)

    def _figure(self, figure: Figure) -> Markup:
        """A figure in a text, as a link to the row it comes from."""
        if figure.section == PARAM:
            return Markup('<span class="param">{}</span>').format(self._value(figure))
        exhibit = self.by_id[figure.section]
        known = figure.column is None or figure.row <= len(exhibit.rows)
        anchor = exhibit.row_anchor(figure.row - 1) if figure.column and known else exhibit.anchor
        return Markup('<a class="figure" href="#{}">{}<sup>E{}</sup></a>').format(
            anchor, self._value(figure), exhibit.number
        )

    def _value(self, figure: Figure) -> str:
        if figure.section == PARAM:
            return cells.shown(self.values.get(figure.column or ""), form=figure.form)
        exhibit = self.by_id[figure.section]
        if figure.column is None:
            return f"more than {len(exhibit.rows):,}" if exhibit.capped else f"{len(exhibit.rows):,}"
        if figure.column not in exhibit.columns:
            raise InputError(f"{exhibit.query} has no column {figure.column!r}", where=str(self.spec.path),
                             hint=nearest_hint(figure.column, exhibit.columns))  # fmt: skip
        if figure.row > len(exhibit.rows):
            return "(nothing found)"
        row = exhibit.rows[figure.row - 1]
        text = cells.shown(row[figure.column], figure.column, row, figure.form)
        return "(not stated)" if text == cells.NOTHING else text

    def _plain(self, text: str) -> str:
        """A heading or caption: figures as text, no markup."""
        return substitute(text, self._value, where=str(self.spec.path))


def _own(name: str) -> str:
    return (files("workbench.report") / "page" / name).read_text(encoding="utf-8").replace("\r\n", "\n")
