"""What others published of real ledgers, beside what the workbench says of them: a part of `eval_tracing.py`."""

from __future__ import annotations

import csv
import json
from base64 import b64decode
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.analysis.projection import Ledger
from workbench.analysis.tracing.follow import Options, trace_ledger
from workbench.analysis.tracing.taint import METHODS
from workbench.ingest.context import Context
from workbench.ingest.format import formats
from workbench.ingest.reading.files import SourceFile
from workbench.model.ledger import Input, Output, Transfer

Relation = tuple[str, str, int, int]
CASES = {"Atomic": (1_080, 389, 10), "LIFI": (135, 93, 11)}
"""Folder → records, addresses and millions of dollars, as the data set's readme states them."""


def page(data: Path) -> list[str]:
    """Lines of Markdown."""
    return [
        *_mftracer(data / "mftracer-groundtruth"),
        *_graphsense(data / "graphsense-fixtures" / "account" / "eth" / "complex_graph"),
        *_wannacry(data / "wannacry-btc-stix" / "transaction_example.json"),
    ]


def _mftracer(folder: Path) -> list[str]:
    lines = [
        "## Published: hand-verified paths (Atomic Wallet, LI.FI)", "",
        "The data set gives sources, terminals and every verified transfer in dollars (*Shedding Light on Shadows*,",
        "2025). `in time`: terminals that a search written for this page alone, straight on the CSV file, finds a",
        "path to in the order of time; `at all`: ignoring time.", "",
        "| case, edition | records (stated) | addresses (stated) | terminals | at all | in time | "
        + " | ".join(METHODS) + " | most hops |",
        "|---" * (7 + len(METHODS)) + "|",
    ]  # fmt: skip
    remarks = []
    for case, (records, addresses, millions) in CASES.items():
        for edition in ("mit_dataset", "ground_truth_v1"):
            base = folder / edition / case
            ledger = _ledger(base / f"{case}.csv")
            sources, ends = _addresses(base / "source_addresses.csv"), _addresses(base / "terminal_addresses.csv")
            found = trace_ledger(ledger, sources, terminals=ends, options=Options(stop_at=()))
            reached = []
            for method in METHODS:
                paid = found.flows[found.flows[method] > 0]
                reached.append(str(len(set(paid["receiver"]) & set(ends))))
            timely, ever = (_reach(base / f"{case}.csv", sources, ends, timely=how) for how in (True, False))
            hops = int(found.flows["hops"].max())
            lines.append(
                f"| {case}, {edition} | {len(ledger):,} ({records:,}) | {len(ledger.wallets)} ({addresses}) | "
                f"{len(ends)} | {ever} | {timely} | {' | '.join(reached)} | {hops} |"
            )
            if edition == "mit_dataset":
                sent = sum(int(v) for v in found.conservation.loc[found.conservation.method == "haircut", "injected"])
                off = int(found.conservation.loc[found.conservation["conserves"], "difference"].abs().sum())
                remarks.append(
                    f"- {case}: the readme states {millions} million dollars; in the file the sources send "
                    f"{sent / 1e12:.2f} million. Conservation differs by {off} millionths of a dollar over all methods "
                    f"that conserve. The deepest followed transfer is number {hops} from a source."
                )
    return [
        *lines, "", *remarks,
        "- A method that reaches fewer terminals says that other money, not the loot, was paid there. In this file",
        "  every transfer was verified to be loot, so a terminal that fifo, lifo or tiho leaves out is one they miss.",
        f"- The two editions differ in values by {_apart(folder)} dollars at most, and in nothing counted here.", "",
    ]  # fmt: skip


def _apart(folder: Path) -> Decimal:
    """The largest difference between the editions' values of one row."""
    most = Decimal(0)
    for case in CASES:
        values = []
        for edition in ("mit_dataset", "ground_truth_v1"):
            with (folder / edition / case / f"{case}.csv").open(encoding="utf-8-sig", newline="") as handle:
                values.append([Decimal(row["Value_in_USD"]) for row in csv.DictReader(handle)])
        most = max(most, *(abs(a - b) for a, b in zip(*values, strict=True)))
    return most.quantize(Decimal("0.0001"))


def _records(path: Path) -> list[Any]:
    file = SourceFile(path)
    fmt, context = formats().detect(file)(), Context()
    return [record for row in fmt.rows(file, context) for record in fmt.records(row.raw, context)]


def _ledger(path: Path) -> Ledger:
    return Ledger.of(record for record in _records(path) if isinstance(record, Transfer))


def relations(folder: Path) -> tuple[Counter[Relation], Counter[Relation]]:
    """(sender, receiver, transactions, base units): GraphSense's reference, and our ledger of its traces.

    The traces name real blocks and the fixture has no times for them: they are given made-up ones, in order.
    """
    names = {}
    for line in (folder / "reference" / "addresses.json").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        names[row["addressId"]] = f"eip155:1:0x{b64decode(row['address']).hex()}"
    stated: Counter[Relation] = Counter()
    for line in (folder / "reference" / "address_relations.json").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        ends = names[row["srcAddressId"]], names[row["dstAddressId"]]
        stated[*ends, row["noTransactions"], row["value"]["value"]] += 1
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "traces.csv"
        copy.write_bytes((folder / "traces.csv").read_bytes())
        with copy.open(encoding="utf-8", newline="") as handle:
            blocks = sorted({int(row["blockId"]) for row in csv.DictReader(handle)})
        lines = [f"{number},{1_438_900_000 + number}" for number in blocks]
        (Path(scratch) / "blocks.csv").write_text("\n".join(["number,timestamp", *lines, ""]), encoding="utf-8")
        ledger = _ledger(copy)
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for source, target, amount in zip(ledger.source, ledger.target, ledger.amount, strict=True):
        total = sums[str(ledger.wallets[source]), str(ledger.wallets[target])]
        total[0] += 1
        total[1] += int(amount)
    return stated, Counter((*ends, count, amount) for ends, (count, amount) in sums.items())


def _graphsense(folder: Path) -> list[str]:
    stated, ours = relations(folder)
    nothing = sum(count for relation, count in stated.items() if relation[3] == 0)
    return [
        "", "## Published: GraphSense's account-model fixture", "",
        f"Its reference has {stated.total()} relations between addresses (transactions and wei of each). Our ledger "
        f"of its traces gives {(stated & ours).total()} of",
        f"them with the same numbers, and {(ours - stated).total()} others. Missing: {(stated - ours).total()}, of "
        f"which {nothing} moved no value (a call; left out at loading, and",
        "said so). Its `transactions.csv` names other addresses than its traces for the same amounts (they were edited",
        "apart), so it is not compared.", "",
    ]  # fmt: skip


def wannacry(path: Path) -> dict[str, int]:
    """What the bundle states of its transaction, and what our records of it add up to, in satoshi."""
    stated = next(
        item for item in json.loads(path.read_text(encoding="utf-8"))["objects"]
        if item["type"] == "cryptocurrency-transaction"
    )  # fmt: skip
    made = _records(path)
    sums = {kind: [int(r.amount) for r in made if isinstance(r, kind)] for kind in (Input, Output)}
    return {
        "fee stated": int(Decimal(stated["fee"]) * 10**8), "fee": sum(sums[Input]) - sum(sums[Output]),
        "outputs stated": len(stated["output"]), "outputs": len(sums[Output]),
        "inputs stated": len(stated["input"]), "inputs": len(sums[Input]),
    }  # fmt: skip


def _wannacry(path: Path) -> list[str]:
    found = wannacry(path)
    return [
        "## Published: a transaction as STIX (WannaCry)", "",
        f"Stated: {found['inputs stated']} input, {found['outputs stated']} outputs, a fee of {found['fee stated']:,} "
        f"satoshi. Ours: {found['inputs']} input,", f"{found['outputs']} outputs, and inputs less outputs are "
        f"{found['fee']:,} satoshi.",
    ]  # fmt: skip


def _addresses(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8-sig").split()
    return sorted({f"eip155:1:{line.strip().lower()}" for line in text if line.strip()})


def _reach(path: Path, sources: list[str], terminals: list[str], *, timely: bool) -> int:
    """Terminals that value can reach, by going round until nothing changes."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = [
            (r["Timestamp"] if timely else "", f"eip155:1:{r['From'].lower()}", f"eip155:1:{r['To'].lower()}")
            for r in csv.DictReader(handle)
            if Decimal(r["Value_in_USD"]) > 0
        ]
    earliest = dict.fromkeys(sources, "")
    changed = True
    while changed:
        changed = False
        for time, start, end in rows:
            if start in earliest and earliest[start] <= time and (end not in earliest or time < earliest[end]):
                earliest[end] = time
                changed = True
    return len(set(terminals) & earliest.keys())
