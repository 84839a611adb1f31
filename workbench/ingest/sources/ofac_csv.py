"""OFAC's lists as CSV: SDN.CSV with ALT.CSV, ADD.CSV and SDN_COMMENTS.CSV (and CONS_PRIM.CSV with its own).

The files have no header row, and `-0-` is an empty cell. Wallets have no column: they stand in the last one, the
remarks, as `Digital Currency Address - XBT 12QtD5…; alt. Digital Currency Address - XBT 1LrxsR…`. A remark stops at
1,000 characters, also in the middle of an address, and goes on in SDN_COMMENTS.CSV under the same entity number:
the two are joined as they are before anything is split. Where the rest is missing, the piece of an address that is
left is quarantined, never stored. What was joined is whole, with a full stop at its end or (told) without.

The parts have to be of one edition. An entity number in ALT, ADD or COMMENTS that the main file does not have, or
dates in a zip archive more than a day apart, show that they are not: that is told, nothing is joined across them,
and nothing is retracted, because such a mixture is an edition of nothing. The files give no date themselves: the
edition is the date of the member in a zip archive, or one in the name of the file or its folder (2024-03-01).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from workbench.errors import InputError
from workbench.ingest.context import Context
from workbench.ingest.format import Expected, Row
from workbench.ingest.reading.dated import edition_of, member_day
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import MAX_CELL
from workbench.ingest.sanctions.designations import DesignationList
from workbench.ingest.sanctions.ofac import OFAC, PAGE, is_cut, may_go_on, remarks_of

COLUMNS = (
    "ent_num", "sdn_name", "sdn_type", "program", "title", "call_sign", "vess_type", "tonnage", "grt", "vess_flag",
    "vess_owner", "remarks",
)  # fmt: skip
ALT_COLUMNS = ("ent_num", "alt_num", "alt_type", "alt_name", "alt_remarks")
ADD_COLUMNS = ("ent_num", "add_num", "address", "city", "country", "add_remarks")
COMMENT_COLUMNS = ("ent_num", "remarks")
FAMILIES = {
    "sdn": {"alt": "ALT.CSV", "add": "ADD.CSV", "comments": "SDN_COMMENTS.CSV"},
    "cons": {"alt": "CONS_ALT.CSV", "add": "CONS_ADD.CSV", "comments": "CONS_COMMENTS.CSV"},
}
TYPES = {"": "entity", "individual": "individual", "vessel": "vessel", "aircraft": "aircraft", "entity": "entity"}
_ROW = re.compile(r'\d{1,9},"(?:[^"]|"")*",')
_END_OF_FILE = "\x1a"
"""What DOS wrote at the end of a text, and OFAC's files still end in."""


class OfacCsv(DesignationList):
    """One edition of the SDN list or of the consolidated list, in four files."""

    name = "ofac-csv"
    title = "OFAC SDN.CSV with ALT, ADD and SDN_COMMENTS"
    doc = "The Specially Designated Nationals list (or the consolidated list) as CSV, its parts read together."
    expected = Expected(min_rows=1, max_quarantined_share=0.2)
    describes = "ofac"
    publisher = OFAC
    page = PAGE
    reads = {
        "ent_num": "the id of a Person or Organisation: `ofac:<number>`",
        "sdn_name": "its name: NAMED by OFAC",
        "sdn_type": "Person for individual; else Organisation: organisation, vessel or aircraft",
        "program": "`program` of LISTED_BY; several are joined by `; `",
        "remarks": "wallets: LISTED_BY with the asset as stated, ATTRIBUTED_TO the party; a.k.a.: NAMED, alias",
        "alt_type": "`concept` of the NAMED claim: aka, fka or nka",
        "alt_name": "NAMED by OFAC, kind alias",
    }
    ignores = {
        "title": "a person's office is nothing the graph keeps",
        "call_sign, vess_type, tonnage, grt, vess_flag, vess_owner": "particulars of ships",
        "alt_num, alt_remarks, add_num": "numbers of rows; the remarks of aliases are empty in every edition seen",
        "address, city, country, add_remarks": "postal addresses; ADD.CSV is read only to see whether it fits",
    }

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """A first row of twelve cells that begins with a number, a name and a known type."""
        lines = sample.lstrip("\ufeff \r\n").splitlines()
        if not lines or not _ROW.match(lines[0]):
            return 0
        try:
            cells = next(csv.reader(lines[:1]), [])
        except csv.Error:
            return 0
        return 92 if len(cells) == len(COLUMNS) and _text(cells[2]).lower() in TYPES and "-0-" in lines[0] else 0

    @classmethod
    def companions(cls, file: SourceFile) -> list[SourceFile]:
        """ALT, ADD and COMMENTS of the same list in the same folder or archive."""
        return list(_parts(file).values())

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """Parties with their wallets, then further names, then parts that belong to no party."""
        family = _family(file)
        self.begin(f"ofac-{family}-csv", edition_of(file), context)
        parts = _parts(file)
        comments, bad = _comments(parts.get("comments"))
        owners: dict[str, dict[str, Any]] = {}
        mixed = self._other_editions(file, parts, comments, context)
        missing = [FAMILIES[family][part] for part in ("alt", "comments") if part not in parts]
        if missing:
            _tell(context, f"{' and '.join(missing)} not beside it: read without, and nothing is retracted")
        if mixed or missing:
            self.dataset = None
        for line, cells in _table(file):
            where = f"line {line}"
            if len(cells) != len(COLUMNS) or not cells[0].strip().isdigit():
                problem = f"not a number and {len(COLUMNS) - 1} more cells"
                yield Row(where, {"is": "party", "problem": problem, "value": str(cells)[:500]})
                continue
            party = _party(cells)
            number = party["number"]
            owners[number] = party
            yield Row(where, {"is": "party", **party})
            joined = number in comments and may_go_on(cells[-1]) and not mixed
            rest = comments.pop(number)[1] if joined else ""
            if rest and is_cut(cells[-1] + rest):
                context.where = f"{where}, end of remarks"
                context.warn("joined, and without a full stop at its end: its last item is taken as whole",
                             field="remarks", value=rest[-100:])  # fmt: skip
            yield from _remarks(where, party, cells[-1], rest)
        yield from _aliases(parts.get("alt"), owners)
        for number, (line, text) in comments.items():
            problem = "goes on from a remark that the main file does not have: of another edition"
            yield Row(f"{parts['comments'].name} line {line}", _stray(number, problem, text))
        yield from bad
        if other := parts.get("add"):
            count = sum(1 for _ in _table(other))
            context.where = "whole file"
            context.drop(f"left out: {count:,} postal addresses of {other.name}", field="address")

    def _other_editions(
        self, file: SourceFile, parts: dict[str, SourceFile], comments: dict[str, tuple[int, str]], context: Context
    ) -> bool:
        """Whether the parts are of another edition than the main file; told, with how it shows."""
        known = {cells[0].strip() for _, cells in _table(file)}  # read twice: it has to be known before it is read
        found = False
        for part, other in parts.items():
            numbers = set(comments) if part == "comments" else {cells[0].strip() for _, cells in _table(other)}
            if unknown := numbers - known:
                first = min(unknown, key=lambda n: (len(n), n))[:40]
                reason = f"{other.name} has {len(unknown):,} entity numbers that {file.name} does not have"
                _tell(context, f"{reason}: of another edition; nothing is joined or retracted", value=first)
                found = True
            days = member_day(file), member_day(other)
            if days[0] and days[1] and abs((days[0] - days[1]).days) > 1:
                _tell(context, f"{other.name} is of {days[1]}, {file.name} of {days[0]}: not one edition")
                found = True
        return found


def _party(cells: list[str]) -> dict[str, Any]:
    number, name, type_, program = (_text(cell) for cell in cells[:4])
    programs = [part.strip(" []") for part in program.split("] [")]
    return {
        "number": number, "name": cells[1] if name else "", "type": TYPES.get(type_.lower(), type_),
        "program": "; ".join(part for part in programs if part) or None,
    }  # fmt: skip


def _remarks(where: str, party: dict[str, Any], remark: str, rest: str) -> Iterator[Row]:
    """The wallets and names in a remark, joined with its rest where there is one."""
    if not _text(remark):
        return
    whole, piece = remark + rest, ""
    if not rest and is_cut(whole):
        whole, _, piece = whole.rpartition(";")
    for place, item in enumerate(remarks_of(whole), 1):
        if item.kind == "wallet":
            yield Row(f"{where}, wallet {place}", {"is": "wallet", **party, "asset": item.what, "address": item.value})
        elif item.kind == "alias":
            yield Row(f"{where}, name {place}", _alias(party, item.value, item.what))
        else:
            problem = "speaks of digital currency, and is no address in OFAC's form"
            yield Row(f"{where}, remark {place}", _stray(party["number"], problem, item.value))
    if piece:
        problem = "cut at 1,000 characters, and what follows is not in the comments of the same edition"
        yield Row(f"{where}, end of remarks", _stray(party["number"], problem, piece.strip()))


def _alias(owner: dict[str, Any], alias: str, kind: str) -> dict[str, Any]:
    return {"is": "alias", **{key: owner[key] for key in ("number", "name", "type")}, "alias": alias, "kind": kind}


def _stray(number: str, problem: str, text: str) -> dict[str, Any]:
    return {"is": "remark", "problem": problem, "number": number, "value": text[:2_000]}


def _aliases(file: SourceFile | None, owners: dict[str, dict[str, Any]]) -> Iterator[Row]:
    for line, cells in _table(file) if file else ():
        where = f"{file.name if file else ''} line {line}"
        if len(cells) != len(ALT_COLUMNS):
            yield Row(where, {"is": "alias", "problem": f"not {len(ALT_COLUMNS)} cells", "value": str(cells)[:500]})
        elif (owner := owners.get(number := cells[0].strip())) is None:
            yield Row(where, _stray(number, "the main file has no such entity: of another edition", cells[3]))
        else:
            yield Row(where, _alias(owner, cells[3], cells[2].strip().lower()))


def _comments(file: SourceFile | None) -> tuple[dict[str, tuple[int, str]], list[Row]]:
    """The rest of remarks by entity number, with the line it stands in, and the rows that are none; several rows of
    one number go on from each other."""
    found: dict[str, tuple[int, str]] = {}
    bad: list[Row] = []
    for line, cells in _table(file) if file else ():
        if len(cells) == len(COMMENT_COLUMNS):
            number = cells[0].strip()
            first, text = found.get(number, (line, ""))
            found[number] = (first, text + cells[1])
        else:
            where = f"{file.name if file else ''} line {line}"
            bad.append(Row(where, _stray("", f"not {len(COMMENT_COLUMNS)} cells", str(cells))))
    return found, bad


def _table(file: SourceFile) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row; raises InputError for what is no CSV, such as a quote never closed."""
    csv.field_size_limit(MAX_CELL)
    with file.text() as lines:
        start = next(lines, "").removeprefix("\ufeff")
        reader = csv.reader(chain([start], lines) if start else lines, strict=True)
        line = 1
        try:
            for cells in reader:
                if cells and cells != [_END_OF_FILE]:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(f"no CSV: {error}", where=f"{file}, line {line}") from error


def _text(cell: str) -> str:
    """A cell without the blanks around it; "" for `-0-`."""
    text = cell.strip()
    return "" if text == "-0-" else text


def _family(file: SourceFile) -> str:
    return "cons" if file.name.lower().startswith("cons") else "sdn"


def _parts(file: SourceFile) -> dict[str, SourceFile]:
    found = {part: file.beside(name) for part, name in FAMILIES[_family(file)].items()}
    return {part: other for part, other in found.items() if other is not None}


def _tell(context: Context, reason: str, value: object = None) -> None:
    context.where = "whole file"
    context.warn(reason, value=value)
