"""Damages real files in known ways and reads them: no format may crash, hang, or lose a row without a reason.

    python -m tests.fuzzing --minutes 10 --data ../shared/data

A file is read as a run reads it, up to the graph: its rows, and the records of each row. What may come out is
rows, records, InputError for the file and RecordError or ValidationError for a row; anything else is a fault, and
so is a file that takes longer than ten seconds. Every case is told by format, file and seed, so that it can be
made again. Damage: bytes flipped, cut, doubled; lines shuffled; values of JSON, XML attributes and cells replaced by
hostile ones.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError, RecordError
from workbench.ingest.context import Context
from workbench.ingest.format import Format, formats
from workbench.ingest.reading.files import SourceFile
from workbench.ingest.template import Template, template_csv
from workbench.model.claims import Claim
from workbench.model.ledger import Flow, Transfer
from workbench.model.nodes import Node

MOST_BYTES = 400_000
SECONDS = 10
HOSTILE: tuple[Any, ...] = (
    None, True, -1, 0, 1e308, 10**400, "", " ", "\x00", "\ud800", "NaN", "=1+1", "'; MATCH (n) DETACH DELETE n //",
    "<script>alert(1)</script>", "0x" + "f" * 40, "0x" + "F" * 41, "bc1q" + "q" * 60, "9" * 500, "-0", "1e400", "١٢٣",
    "2026-13-45", "9999999999999999999", [], {}, [[]], {"a": {"a": {"a": []}}}, "a" * 20_000, "\u202e", "\ufeff",
    "../../etc/passwd", "&lol;", "%s%n", "\r\n\r\n", "1,000,00", "\\x" + "00" * 32, ["x"] * 300,
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A small real file and the format that reads it."""

    format: type[Format]
    path: Path
    content: bytes


class Hang(Exception):  # noqa: N818 - raised by the alarm, caught here only
    """The file took too long."""


def seeds(*folders: Path) -> list[Seed]:
    """Every file below the folders that some format knows and that is small enough, decompressed."""
    found = []
    for folder in folders:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            try:
                file = SourceFile(path)
                fmt = formats().detect(file)
                with file.binary() as stream:
                    content = stream.read(MOST_BYTES + 1)
            except InputError:
                continue
            if content and len(content) <= MOST_BYTES:
                found.append(Seed(fmt, path, content))
    for name, fmt in formats().by_name.items():
        if issubclass(fmt, Template):
            found.append(Seed(fmt, Path(f"{name}.csv"), template_csv(name).encode()))
    return found


def damaged(content: bytes, rng: random.Random) -> bytes:
    """The content with one to four kinds of damage."""
    for _ in range(rng.randint(1, 4)):
        content = rng.choice((_flip, _cut, _double, _lines, _values, _cells, _values, _cells))(content, rng)
        if len(content) > 4 * MOST_BYTES:
            break
    return content


def read(fmt: type[Format], path: Path) -> tuple[int, int]:
    """Rows, and rows that gave records; raises what a run would not stand."""
    reader, context = fmt(), Context(source_name="fuzz")
    rows = good = 0
    try:
        for row in reader.rows(SourceFile(path), context):
            rows += 1
            context.where = row.where
            json.dumps(row.raw, default=_refuse)  # the quarantine has to be able to write it
            try:
                made = list(reader.records(row.raw, context))
            except (RecordError, ValidationError):
                continue
            good += 1
            for record in made:
                if isinstance(record, Claim):
                    assert record.claim_id
                else:
                    assert isinstance(record, Node | Transfer | Flow), type(record)
            if rows > 20_000:
                break
    except InputError:
        pass
    return rows, good


def run(
    found: list[Seed], cases: Iterable[int], rng: random.Random, folder: Path
) -> tuple[dict[str, Counter[str]], list[str]]:
    """Read damaged files until `cases` ends; returns what became of them by format, and the faults in words."""
    done: dict[str, Counter[str]] = defaultdict(Counter)
    faults: list[str] = []
    by_format: dict[str, list[Seed]] = {}
    for seed in found:
        by_format.setdefault(seed.format.name, []).append(seed)
    names = sorted(by_format)
    for case in cases:
        name = names[case % len(names)]
        seed = rng.choice(by_format[name])
        number = rng.randrange(2**32)
        path = folder / seed.path.name.removesuffix(".xz")
        path.write_bytes(damaged(seed.content, random.Random(number)))
        done[name]["cases"] += 1
        signal.signal(signal.SIGALRM, _alarm)
        signal.alarm(SECONDS)
        try:
            rows, good = read(seed.format, path)
            done[name].update(rows=rows, refused=rows - good, unreadable=int(not rows))
        except Hang:
            faults.append(f"{name}: {seed.path.name}, seed {number}: takes longer than {SECONDS} seconds")
        except Exception as error:
            faults.append(f"{name}: {seed.path.name}, seed {number}: {type(error).__name__}: {str(error)[:200]}")
        finally:
            signal.alarm(0)
            path.unlink(missing_ok=True)
    return done, faults


def _alarm(*_: object) -> None:
    raise Hang


def _refuse(value: object) -> None:
    raise TypeError(f"{type(value).__name__} is no JSON type")


def _flip(content: bytes, rng: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def _cut(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[start + rng.randrange(len(content) // 2 + 1) :]


def _double(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content) + 1)
    return content[:start] + content[max(0, start - rng.randrange(2_000)) :]


def _lines(content: bytes, rng: random.Random) -> bytes:
    lines = content.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def _values(content: bytes, rng: random.Random) -> bytes:
    """Replace some values of JSON, where it is JSON."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return _cells(content, rng)
    for _ in range(rng.randint(1, 6)):
        node = tree
        for _ in range(rng.randint(1, 6)):
            keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
            if not keys:
                break
            key = rng.choice(keys)
            if rng.random() < 0.4 or not isinstance(node[key], dict | list):
                node[key] = deepcopy(rng.choice(HOSTILE))
                break
            node = node[key]
    return json.dumps(tree).encode()


def _cells(content: bytes, rng: random.Random) -> bytes:
    """Replace some words of text: cells, values of YAML, attributes and texts of XML."""
    text = content.decode("utf-8", "replace")
    places = list(re.finditer(r"[^\s,;<>\"'|:=\[\]{}]+", text))
    for match in sorted(rng.sample(places, min(len(places), rng.randint(1, 6))), key=lambda m: -m.start()):
        value = rng.choice(HOSTILE)
        shown = value if isinstance(value, str) else json.dumps(value)
        text = text[: match.start()] + shown + text[match.end() :]
    return text.encode("utf-8", "surrogatepass")


def main() -> int:
    """Fuzz for some minutes; exit 1 where there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--data", type=Path, nargs="*", default=[])
    parser.add_argument("--format", nargs="*", default=[], help="only these formats")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    end = time.monotonic() + 60 * chosen.minutes
    found = seeds(*(chosen.data or [Path(__file__).parent / "data"]))
    found = [seed for seed in found if not chosen.format or seed.format.name in chosen.format]

    def until() -> Iterator[int]:
        case = 0
        while time.monotonic() < end:
            yield case
            case += 1

    with tempfile.TemporaryDirectory() as folder:
        done, faults = run(found, until(), random.Random(chosen.seed), Path(folder))
    for name, counts in sorted(done.items()):
        sys.stdout.write(f"{name}: {', '.join(f'{count} {what}' for what, count in counts.items())}\n")
    for fault in faults:
        sys.stdout.write(fault + "\n")
    sys.stdout.write(f"{sum(counts['cases'] for counts in done.values())} cases, {len(faults)} faults\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
