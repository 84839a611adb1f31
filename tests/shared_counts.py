"""What every file of the shared data holds, counted by another way than the loader counts it.

The counts come from the text of a file: regular expressions, `csv`, `json`, lines. Nothing of `workbench` is used.
What a format leaves out as a whole and tells of (objects of a kind it has no use for, transfers of nothing, totals)
is part of the count; a run has to give account of it: `rows_in + left_out(report) == count`.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import re
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

SMALL = 500_000
"""Length of a file, decompressed, up to which the tests load it; `tools/measure_formats.py` loads every one."""


@dataclass(frozen=True)
class Known:
    """Files of one kind: where they are, the format that reads them, and how many rows they hold."""

    files: str
    format: str
    count: Callable[[str], int]
    how: str
    source: str | None = None
    """Who says it, where neither the file nor the format tells (`--source`)."""
    as_format: str | None = None
    """The format again, where the file does not show it (`--as`)."""


def _matches(pattern: str, less: int = 0) -> Callable[[str], int]:
    return lambda text: len(re.findall(pattern, text, re.MULTILINE)) - less


def _csv_rows(text: str) -> int:
    csv.field_size_limit(10_000_000)
    return sum(1 for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if row) - 1


def _table_rows(text: str) -> int:
    return _lines(text) if text.lstrip()[:1] == "{" else _csv_rows(text)


def _lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip())


def _items(*keys: str) -> Callable[[str], int]:
    def count(text: str) -> int:
        value = json.loads(text)
        for key in keys:
            value = value[key]
        return len(value)

    return count


def _marked_up(text: str) -> int:
    """Lines with text outside AsciiDoc tables, without the fences of code blocks; a head and the rows of each table,
    whose cells are counted by their bars, for a row may go over several lines."""
    found = 0
    for place, part in enumerate(re.split(r"^\|={3,}\s*$", text, flags=re.MULTILINE)):
        lines = [line for line in part.splitlines() if line.strip()]
        if place % 2:
            found += 1 + sum(line.count("|") for line in lines[1:]) // lines[0].count("|")
        else:
            found += sum(1 for line in lines if not re.fullmatch(r"\s*(?:-{4,}|`{3,}\w*)\s*", line))
    return found


_STIX = r'"id":\s*"[a-z0-9-]+--[0-9a-f-]{36}"'
_OBJECTS = "ids of objects (regular expression), less the bundle's own"
_CSV, _LINES = "rows after the header (csv)", "lines with text"
_JSON_LINES = "lines (JSON), or rows after the header (csv)"

READ: tuple[Known, ...] = (
    Known("address-vectors/eip55_vectors.txt", "address-list", _lines, _LINES, "eip-55"),
    Known("attack-flow/*.afb.xz", "attack-flow", _matches(r'"instance":'), "instances (regular expression)"),
    Known("dprk-incidents/documented_incidents.csv", "documented-incidents", _csv_rows, _CSV),
    Known("dprk-incidents/official_attributions.csv", "official-attributions", _csv_rows, _CSV),
    Known("dprk-iocs/eset/*.misp.json.xz", "misp-event", _matches(r'"(?:template_uuid|referenced_uuid)"', -1),
          "the event, its objects and references (regular expressions)"),
    Known("dprk-iocs/eset/*.adoc", "indicator-text", _marked_up, "lines with text, and rows of tables", "eset"),
    Known("dprk-iocs/eset/*_samples.*", "indicator-text", _lines, _LINES, "eset"),
    Known("dprk-iocs/jpcert/*.md", "indicator-text", _marked_up, "lines with text", "jpcert"),
    Known("dprk-iocs/talos/*.json", "stix", _matches(_STIX, 1), _OBJECTS),
    Known("dprk-iocs/talos/*", "indicator-text", _lines, _LINES, "talos"),
    Known("dprk-iocs/volexity/*.csv", "indicator-csv", _csv_rows, _CSV, "volexity"),
    Known("etherscan-labels/*.csv", "etherscan-labels", _csv_rows, _CSV),
    Known("etl-fixtures/btc/*_transactions.json", "bitcoin-etl-transactions", _lines, _LINES),
    Known("etl-fixtures/btc/*_blocks.json", "etl-lookups", _lines, _LINES),
    Known("etl-fixtures/eth/*_token_transfers.*", "ethereum-etl-token-transfers", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*_transactions.*", "ethereum-etl-transactions", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*_traces.*", "ethereum-etl-traces", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*_logs.*", "ethereum-etl-logs", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*_tokens.*", "ethereum-etl-tokens", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*_receipts.*", "ethereum-etl-receipts", _table_rows, _JSON_LINES),
    Known("etl-fixtures/eth/*", "etl-lookups", _table_rows, _JSON_LINES),
    Known("fbi-bybit/fbi_psa250226_51.txt", "fbi-bybit", _lines, _LINES),
    Known("fbi-bybit/safe_other_sanctioned_eoas_16.txt", "address-list", _lines, _LINES, "safe"),
    Known("graphsense-fixtures/*/transactions.csv*", "ethereum-etl-transactions", _csv_rows, _CSV),
    Known("graphsense-fixtures/*/traces.csv*", "ethereum-etl-traces", _csv_rows, _CSV),
    Known("graphsense-fixtures/*/logs.json.xz", "ethereum-etl-logs", _lines, _LINES),
    Known("graphsense-tagpacks/*.actorpack.yaml.xz", "actorpack", _matches(r"^- id:"), "`- id:` (regular expression)"),
    Known("graphsense-tagpacks/*.yaml*", "tagpack", _matches(r"^ *(?:- )? *(?:address|tx_hash):"),
          "`address:` and `tx_hash:` (regular expression)"),
    Known("hack-incidents/DeFiHackLabs_README.md.xz", "defihacklabs",
          lambda text: int(re.findall(r"(\d+) incidents included", text)[0]), "the number the page gives itself"),
    Known("hack-incidents/defillama_hacks.csv.xz", "defillama-hacks", _csv_rows, _CSV),
    Known("hack-incidents/defillama_hacks.json.xz", "defillama-hacks", _items(), "entries of the array (json)"),
    Known("hack-incidents/slowmist_*.csv.xz", "slowmist-hacked", _csv_rows, _CSV),
    Known("hack-incidents/narratives/*.md", "incident-markdown", lambda text: 1, "one incident a page"),
    Known("lazarus-ronin-dune/LazarusGroup.txt", "address-list", _lines, _LINES, "lazarus-ronin-dune"),
    Known("lazarus-ronin-dune/*.csv", "dune-csv", _csv_rows, _CSV),
    Known("mftracer-groundtruth/*_addresses.csv", "mftracer-addresses", _lines, _LINES),
    Known("mftracer-groundtruth/*.csv", "mftracer", _csv_rows, _CSV),
    Known("misp/galaxy/*.json.xz", "misp-galaxy", _matches(r'"(?:dest-)?uuid":', 1),
          "UUIDs of entries and of what they relate to, less the galaxy's own (regular expression)"),
    Known("misp/warninglists/*.json", "misp-warninglist", _items("list"), "entries of `list` (json)"),
    Known("mitre-attack/*.json*", "attack-stix", _matches(_STIX, 1), _OBJECTS),
    Known("ofac-0xB10C-lists/*.txt", "ofac-address-list", _lines, _LINES),
    Known("ofac-0xB10C-lists/*.json", "ofac-address-list", _matches(r'"[^"]+"'), "texts (regular expression)"),
    Known("tayvano-atomic/*.txt", "theft-list", _lines, _LINES, "tayvano", "theft-list"),
    Known("tornado-cash/*_addresses.csv.xz", "tornado-addresses", _csv_rows, _CSV),
    Known("tornado-cash/deposits_*.zip", "tornado-deposits", _items(), "entries of the array (json)"),
    Known("tornado-cash/withdrawals_*.zip", "tornado-withdrawals", _items(), "entries of the array (json)"),
    Known("tornado-cash/tornado_pools.json", "tornado-pools", _items(), "contracts of the object (json)"),
    Known("wannacry-btc-stix/*.json", "stix", _matches(_STIX, 1), _OBJECTS),
)  # fmt: skip

NOT_READ: dict[str, str] = {
    "MANIFEST.md": "the data's own list of contents",
    "README.md": "the data's own list of contents",
    "*/README.txt": "says what the folder is",
    "hack-incidents/UPSTREAM_README.md": "says what the folder is",
    "mftracer-groundtruth/mit_dataset/readme.md": "says what the folder is",
    "address-vectors/*": "cases for the validation of addresses, valid and not: see tests/unit/test_addresses.py",
    "cypher-attacks/statements.json": "statements for the read-only path: see tests/conformance",
    "etl-fixtures/eth/*marketplace.json": "offers of a marketplace (Origin): no transfer of value, no format",
    "etl-fixtures/eth/*shop.json": "offers of a marketplace (Origin): no transfer of value, no format",
    "graphsense-fixtures/*exchange_rates.json*": "rates of exchange, read by no format",
    "graphsense-fixtures/*/reference/*": "what GraphSense computes from the fixtures: the tests compare with it",
    "graphsense-fixtures/account/trx/*": "GraphSense's own table of TRON traces, with addresses in base64: no format",
    "misp/galaxy-def/*": "a galaxy's heading; its entries are in misp/galaxy",
    "misp/objects/*": "templates of MISP objects: a vocabulary, no assertion about anything",
    "misp/taxonomies/*": "vocabularies of tags: no assertion about anything",
}
"""Files that no format is meant to read, and why; a file without a byte in it is not either."""


def files(shared: Path) -> list[Path]:
    """Every file of the shared data, in the order of names; ATT&CK first, for others refer to it."""
    return sorted((p for p in shared.rglob("*") if p.is_file()), key=lambda p: (p.parent.name != "mitre-attack", p))


def known(shared: Path, path: Path) -> Known | None:
    """What is known of a file that a format reads; None for one that none is meant to read."""
    name = path.relative_to(shared).as_posix()
    if why_not_read(shared, path):
        return None
    return next((one for one in READ if fnmatch(name, one.files)), None)


def why_not_read(shared: Path, path: Path) -> str | None:
    """Why no format is meant to read a file; None for one that a format reads, or that nobody thought of."""
    name = path.relative_to(shared).as_posix()
    if not path.stat().st_size:
        return "empty: there is nothing in it that tells its format"
    if fnmatch(name, READ[0].files):  # one of the address vectors is an address list
        return None
    return next((why for pattern, why in NOT_READ.items() if fnmatch(name, pattern)), None)


def text_of(path: Path) -> str:
    """The text of a file, decompressed with Python's own modules."""
    data = path.read_bytes()
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            (name,) = archive.namelist()
            data = archive.read(name)
    openers = {".xz": lzma.decompress, ".gz": gzip.decompress, ".bz2": bz2.decompress}
    return openers.get(path.suffix, bytes)(data).decode("utf-8-sig")


_LEFT_OUT = re.compile(
    r"left out: ([\d,]+) (?!field|proposed)|([\d,]+) of [\d,]+ rows left out|([\d,]+) [^:]{3,40}: nothing moves by them"
)


def left_out(reasons: Iterable[str]) -> int:
    """How many rows, objects or lines a run tells of as left out, whatever the reason."""
    found = (_LEFT_OUT.match(reason) for reason in reasons)
    return sum(int((m[1] or m[2] or m[3]).replace(",", "")) for m in found if m)
