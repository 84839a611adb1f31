"""Any table of transfers, CSV, JSON lines or Parquet, with its columns mapped in TOML beside it.

`x.csv.mapping.toml`, or `mapping.toml` for every table of the folder that has its columns, says which column is
which; the rows are then read as the `transfers` template reads them, with the same checks:

    source = "some-vendor"                       # who says so; --source says another

    [columns]
    network = { value = "eth" }                  # the same in every row
    tx_hash = "Tx"                               # the name of a column
    index = { column = "Log", prefix = "log:" }  # left out: ids are made of the ends
    from = "Sender"
    to = "Receiver"
    asset = { column = "Token", names = { USDT = "0xdac17f958d2ee523a2206206994597c13d831ec7", ETH = "native" } }
    amount = { column = "Qty", decimals = 6, decimal_comma = true }  # or decimals_column = "…"; neither: base units
    usd = "Value (USD)"
    block = "Height"
    time = { column = "When", format = "%d.%m.%Y %H:%M", zone = "+02:00" }  # or format = "unix_ms"

Further: `position`, and as in the template `status` (`{ column = "State", names = { done = "ok" } }` where it has words
of its own), `token_symbol`, `token_name` and `token_decimals`. `decimal_comma = true` is for amounts such as 1.234,56.
That a symbol means a contract is the mapping's word, and is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, Record, Row
from workbench.ingest.ledgers.ledger_table import LedgerTable, cells_in_order, sample_columns
from workbench.ingest.ledgers.mapping import FIELDS, NEEDED, Place, mapping_beside, places, read_mapping, units
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.reading.tables import column_name
from workbench.ingest.sources.transfers_template import Transfers


class MappedTransfers(Format):
    """A transfers template by any other name."""

    name = "mapped-transfers"
    title = "Transfers in any table, with a mapping (TOML beside it)"
    reads = {column.name: column.doc for column in Transfers.columns}

    def __init__(self) -> None:
        super().__init__()
        self._template = Transfers()
        self._plan: list[Place] = []
        self._fields: list[str] = []
        self._width = 0

    @classmethod
    def detect(cls, sample: str, name: str) -> int:
        """Never by its content alone."""
        return 0

    @classmethod
    def detect_file(cls, file: SourceFile, sample: str) -> int:
        """By the mapping beside it: its own, or the folder's where the columns are there."""
        found = mapping_beside(file)
        if found is None or file.name.endswith(".toml"):
            return 0
        if found.name != "mapping.toml":
            return 100
        try:
            specs = read_mapping(found)["columns"].values()
        except InputError:
            return 0
        named = {column_name(spec["column"]) for spec in specs if "column" in spec}
        return 99 if named and named <= sample_columns(sample, named) else 0

    @classmethod
    def companions(cls, file: SourceFile) -> list[SourceFile]:
        """The mapping."""
        found = mapping_beside(file)
        return [found] if found else []

    def rows(self, file: SourceFile, context: Context) -> Iterator[Row]:
        """The rows as they are, cells in the order of `header["columns"]`."""
        found = mapping_beside(file)
        if found is None:
            hint = f"Write {file.name}.mapping.toml; docs/formats/{self.name}.md has an example."
            raise InputError("there is no mapping beside it", where=file.name, hint=hint)
        mapping = read_mapping(found)
        table = LedgerTable(file, {})
        if not (mapping["source"] or context.source_name):
            hint = 'source = "some-vendor" in the mapping, or --source.'
            raise InputError("nobody is named as the source", where=found.name, hint=hint)
        self.header = {"columns": table.columns, "mapping": mapping}
        self._begin(file.name)
        context.where = found.name
        read = self._columns_read()
        for name in table.columns:
            if name and name not in read:
                context.warn("the column is not in the mapping and was not read", field=name)
        for symbol, contract in mapping["columns"]["asset"].get("names", {}).items():
            context.warn(f"that {symbol} is {contract} is the mapping's word", field="asset", value=symbol)
        if "index" not in mapping["columns"]:
            context.warn(
                "no index is mapped: ids are made of the ends, the asset and the amount; rows that say the same are "
                "one, and the same transfers from a source with an index count twice"
            )
        yield from table.rows()

    def records(self, raw: Any, context: Context) -> Iterable[Record]:
        """What the template makes of the mapped row."""
        if not self._plan:
            self._begin("the mapping")
        if type(raw) is not list or len(raw) != self._width:
            raw = cells_in_order(raw, self.header["columns"])
        cells = [place.value if place.at < 0 else _cell(raw, place, field)
                 for place, field in zip(self._plan, self._fields, strict=True)]  # fmt: skip
        source = "" if context.source_name else self.header["mapping"]["source"]
        made = self._template.records([*cells, source], context)
        self.states_status = self._template.states_status
        return made

    def _begin(self, where: str) -> None:
        columns: list[str] = self.header["columns"]
        self._width = len(columns)
        mapped = self.header["mapping"]["columns"]
        found = dict(zip(FIELDS, places(mapped, columns, where), strict=True))
        self._fields = [name for name in FIELDS if name in mapped or name == "index"]
        self._plan = [found[name] for name in self._fields]
        self._template.by_ends = "index" not in mapped
        self._template.header = {"columns": [*self._fields, "source"]}
        self._template.use_columns(self._template.header["columns"])
        self.states_status = self._template.states_status

    def _columns_read(self) -> set[str]:
        specs = self.header["mapping"]["columns"].values()
        return {column_name(spec[key]) for spec in specs for key in ("column", "decimals_column") if key in spec}


def _cell(raw: list[Any], place: Place, field: str) -> Any:
    text = raw[place.at]
    if text is None or text == "":
        return ""
    if not isinstance(text, str):
        raise RecordError("a list or an object where a value belongs", field=field, value=text)
    if place.change is None and place.decimals_at < 0:
        return text
    changed = place.change(text) if place.change else text
    return units(changed, raw[place.decimals_at]) if place.decimals_at >= 0 else changed


assert set(NEEDED) <= set(FIELDS) <= {column.name for column in Transfers.columns}
